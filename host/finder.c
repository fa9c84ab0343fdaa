/* SPDX-License-Identifier: MIT */
/* finder.c - the search: added libraries, then folder after folder its files and its libraries; the first one wins. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "finder.h"

/* ---- Places ---- */

enum smf_status smf_finder_start(struct smf_finder *finder, const struct smf_finder_options *options)
{
    memset(finder, 0, sizeof *finder);
    if (options != NULL)
        finder->options = *options;
    if (finder->options.cache != NULL && (finder->options.flags & SMF_FINDER_LINKS) == 0)
        return SMF_ERR_ARGUMENT;
    if ((finder->options.flags & SMF_FINDER_STANDARD) == 0)
        return SMF_OK;
    for (const char *const *path = smf_beneath_standard; *path != NULL; path++)
        if (smf_finder_put_folder(finder, *path, true) != SMF_OK) {
            smf_finder_close(finder);
            return SMF_ERR_NO_MEMORY;
        }
    return SMF_OK;
}

void smf_finder_close(struct smf_finder *finder)
{
    while (finder->libraries != NULL) {
        struct smf_finder_library *library = finder->libraries;
        finder->libraries = library->next;
        smf_finder_free_library(library);
    }
    while (finder->folders != NULL) {
        struct smf_finder_folder *folder = finder->folders;
        finder->folders = folder->next;
        free(folder);
    }
    smf_finder_forget_files(finder);
    free(finder->places);
    free(finder->located);
    free(finder->failed);
    memset(finder, 0, sizeof *finder);
}

void smf_finder_rest(struct smf_finder *finder)
{
    for (struct smf_finder_library *library = finder->libraries; library != NULL; library = library->next)
        smf_finder_close_library(library);
}

static bool same_place(const char *a, const char *b)
{
    uint64_t device, number, other_device, other_number;
    return strcmp(a, b) == 0 ||
           (smf_beneath_identity(a, &device, &number) && smf_beneath_identity(b, &other_device, &other_number) &&
            device == other_device && number == other_number);
}

enum smf_status smf_finder_put_folder(struct smf_finder *finder, const char *path, bool standard)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    struct smf_finder_folder *folder = malloc(sizeof *folder + length + 1);
    if (folder == NULL)
        return SMF_ERR_NO_MEMORY;
    folder->standard = standard;
    memcpy(folder->path, path, length);
    folder->path[length] = '\0';
    struct smf_finder_folder **link = &finder->folders, **place = NULL;
    for (; *link != NULL && !same_place((*link)->path, folder->path); link = &(*link)->next)
        if (place == NULL && (*link)->standard && !standard)
            place = link;
    if (*link != NULL) { /* it is there already */
        free(folder);
        return SMF_OK;
    }
    place = place != NULL ? place : link;
    folder->next = *place;
    *place = folder;
    return SMF_OK;
}

enum smf_status smf_finder_add_folder(struct smf_finder *finder, const char *path)
{
    return path[0] != '\0' ? smf_finder_put_folder(finder, path, false) : SMF_ERR_ARGUMENT;
}

enum smf_status smf_finder_add_library(struct smf_finder *finder, const char *path, struct smf_diagnosis *why)
{
    struct smf_diagnosis own_why;
    why = why != NULL ? why : &own_why;
    struct smf_finder_library **link = &finder->libraries;
    for (; *link != NULL && (*link)->folder == NULL; link = &(*link)->next)
        if (same_place((*link)->path, path))
            return SMF_OK;
    struct smf_finder_library *library = smf_finder_new_library(NULL, path);
    if (library == NULL)
        return smf_finder_status(why, SMF_ERR_NO_MEMORY);
    const enum smf_status status = smf_finder_revive(finder, library, why);
    if (status != SMF_OK) {
        const int error = errno;
        smf_finder_free_library(library);
        errno = error;
        return status;
    }
    library->next = *link;
    *link = library;
    return SMF_OK;
}

/* ---- The search ---- */

/* What a name means: an entry of a library, or with `library` NULL a file, which is open. */
struct hit {
    struct smf_finder_library *library;
    struct smf_library_entry entry;
    struct smf_finder_found found;
};

/* Has this library it? One that a scan found and that cannot be read now is passed over. */
static enum smf_status ask_library(struct smf_finder *finder, struct smf_finder_library *library, const char *name,
                                   struct hit *hit, struct smf_diagnosis *why)
{
    enum smf_status status = smf_finder_revive(finder, library, why);
    if (status != SMF_OK && library->folder != NULL) {
        smf_finder_tell(finder, library->path, why);
        return SMF_ERR_NOT_FOUND;
    }
    if (status == SMF_OK)
        status = smf_finder_find_entry(finder, library, name, &hit->entry, why);
    hit->library = library;
    if (status != SMF_OK && status != SMF_ERR_NOT_FOUND)
        smf_finder_blame(finder, library->path);
    return status;
}

/* All libraries of one folder, or with NULL those that were added. */
static enum smf_status ask_libraries(struct smf_finder *finder, const struct smf_finder_folder *folder,
                                     const char *name, struct hit *hit, struct smf_diagnosis *why)
{
    enum smf_status status = SMF_ERR_NOT_FOUND;
    for (struct smf_finder_library *library = finder->libraries; library != NULL && status == SMF_ERR_NOT_FOUND;
         library = library->next)
        if (library->folder == folder)
            status = ask_library(finder, library, name, hit, why);
    return status;
}

static enum smf_status ask_folder(struct smf_finder *finder, const struct smf_finder_folder *folder, const char *name,
                                  struct hit *hit, struct smf_diagnosis *why)
{
    const enum smf_status status = smf_finder_open_file(finder, folder, name, &hit->found, why);
    if (status == SMF_ERR_NOT_FOUND && folder != NULL)
        return ask_libraries(finder, folder, name, hit, why);
    hit->library = NULL;
    return status;
}

static enum smf_status not_found(const struct smf_finder *finder, const char *name, struct smf_diagnosis *why)
{
    const enum smf_status status = smf_finder_fail(why, SMF_DETAIL_NO_MODULE, name);
    for (const struct smf_finder_folder *folder = finder->folders; folder != NULL; folder = folder->next)
        why->value++;
    for (const struct smf_finder_library *library = finder->libraries; library != NULL; library = library->next)
        why->value++;
    return status;
}

static enum smf_status search(struct smf_finder *finder, const char *name, bool paths, struct hit *hit,
                              struct smf_diagnosis *why)
{
    enum smf_status status = SMF_ERR_NOT_FOUND;
    memset(hit, 0, sizeof *hit);
    smf_finder_blame(finder, NULL);
    if (paths && name[0] != '\0')
        status = ask_folder(finder, NULL, name, hit, why);
    if (!smf_finder_name_fits(name))
        return status == SMF_ERR_NOT_FOUND ? not_found(finder, name, why) : status;
    if (status == SMF_ERR_NOT_FOUND)
        status = ask_libraries(finder, NULL, name, hit, why);
    for (const struct smf_finder_folder *folder = finder->folders; folder != NULL && status == SMF_ERR_NOT_FOUND;
         folder = folder->next)
        status = ask_folder(finder, folder, name, hit, why);
    return status == SMF_ERR_NOT_FOUND ? not_found(finder, name, why) : status;
}

static bool takes_paths(const struct smf_finder *finder) { return (finder->options.flags & SMF_FINDER_PATHS) != 0; }

static void end(struct hit *hit)
{
    const int error = errno;
    if (hit->library == NULL)
        smf_finder_close_file(&hit->found);
    errno = error;
}

/* ---- Answers ---- */

static enum smf_status take(struct smf_finder *finder, const char *name, bool paths, bool objects,
                            struct smf_supply *supply, struct smf_diagnosis *why)
{
    struct hit hit;
    enum smf_status status = search(finder, name, paths, &hit, why);
    if (status != SMF_OK)
        return status;
    status = hit.library != NULL ? smf_finder_take_entry(finder, hit.library, &hit.entry, objects, supply, why)
                                 : smf_finder_take_file(finder, &hit.found, supply, why);
    if (status != SMF_OK)
        smf_finder_blame(finder, hit.library != NULL ? hit.library->path : hit.found.path);
    end(&hit);
    return status;
}

enum smf_status smf_finder_get(struct smf_finder *finder, const char *name, struct smf_supply *supply,
                               struct smf_diagnosis *why)
{
    struct smf_diagnosis own_why;
    memset(supply, 0, sizeof *supply);
    const bool objects = (finder->options.flags & SMF_FINDER_NO_OBJECTS) == 0;
    return take(finder, name, takes_paths(finder), objects, supply, why != NULL ? why : &own_why);
}

enum smf_status smf_finder_get_object(struct smf_finder *finder, const char *name, struct smf_supply *supply,
                                      struct smf_diagnosis *why)
{
    struct smf_diagnosis own_why;
    why = why != NULL ? why : &own_why;
    memset(supply, 0, sizeof *supply);
    const enum smf_status status = take(finder, name, takes_paths(finder), true, supply, why);
    if (status != SMF_OK || supply->object.size != 0)
        return status;
    smf_finder_free(supply);
    return smf_finder_fail(why, SMF_DETAIL_NO_OBJECT, name);
}

void smf_finder_give_back(struct smf_finder *finder, struct smf_supply *supply)
{
    (void)finder;
    smf_finder_free(supply);
}

static enum smf_status locate(struct smf_finder *finder, const struct hit *hit, struct smf_finder_location *location,
                              struct smf_diagnosis *why)
{
    const char *path = hit->library != NULL ? hit->library->path : hit->found.path;
    if (hit->library == NULL && hit->found.look.size == 0) {
        smf_finder_blame(finder, path);
        return smf_finder_fail(why, SMF_DETAIL_NO_HEADER, "");
    }
    char *copy = strdup(path);
    if (copy == NULL)
        return smf_finder_status(why, SMF_ERR_NO_MEMORY);
    free(finder->located);
    finder->located = copy;
    *location = (struct smf_finder_location){SMF_ORIGIN_FILE, copy, 0, hit->found.look.size, 0, 0};
    if (hit->library != NULL)
        *location = (struct smf_finder_location){SMF_ORIGIN_LIBRARY,       copy,
                                                 hit->entry.offset,        hit->entry.size,
                                                 hit->entry.object_offset, hit->entry.object_size};
    return SMF_OK;
}

enum smf_status smf_finder_locate(struct smf_finder *finder, const char *name, struct smf_finder_location *location,
                                  struct smf_diagnosis *why)
{
    struct hit hit;
    struct smf_diagnosis own_why;
    why = why != NULL ? why : &own_why;
    enum smf_status status = search(finder, name, takes_paths(finder), &hit, why);
    if (status != SMF_OK)
        return status;
    status = locate(finder, &hit, location, why);
    end(&hit);
    return status;
}

bool smf_finder_has(struct smf_finder *finder, const char *name)
{
    struct smf_finder_location location;
    return smf_finder_locate(finder, name, &location, NULL) == SMF_OK;
}

const char *smf_finder_failed(const struct smf_finder *finder) { return finder->failed; }

/* ---- For a provider ---- */

static enum smf_status supplier_find(const struct smf_supplier *supplier, const char *name, struct smf_supply *supply,
                                     struct smf_diagnosis *why)
{
    struct smf_finder *finder = supplier->context;
    struct smf_diagnosis own_why;
    const bool objects = (finder->options.flags & SMF_FINDER_NO_OBJECTS) == 0;
    return take(finder, name, false, objects, supply, why != NULL ? why : &own_why);
}

static enum smf_status supplier_look(const struct smf_supplier *supplier, const char *name, uint64_t *revision)
{
    struct hit hit;
    struct smf_diagnosis why;
    struct smf_finder *finder = supplier->context;
    enum smf_status status = search(finder, name, false, &hit, &why);
    if (status != SMF_OK)
        return status;
    status = hit.library != NULL ? smf_finder_revise_entry(finder, hit.library, &hit.entry, revision, &why)
                                 : smf_finder_revise_file(finder, &hit.found, revision, &why);
    end(&hit);
    return status;
}

static void supplier_give_back(const struct smf_supplier *supplier, struct smf_supply *supply)
{
    (void)supplier;
    smf_finder_free(supply);
}

static int supplier_list(const struct smf_supplier *supplier, int (*each)(void *context, const char *name),
                         void *context)
{
    return smf_finder_list(supplier->context, each, context);
}

struct smf_supplier smf_finder_supplier(const char *title, struct smf_finder *finder)
{
    return (struct smf_supplier){
        .title = title,
        .find = supplier_find,
        .look = supplier_look,
        .give_back = supplier_give_back,
        .list = supplier_list,
        .context = finder,
    };
}
