/* SPDX-License-Identifier: MIT */
/* finder_scan.c - what is in the folders: all files that end like a module or a library, and which of them are libraries. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "finder.h"

/* ---- Names ---- */

bool smf_finder_add_name(struct smf_finder_names *names, const char *name, size_t length)
{
    if (names->count == names->room) {
        const size_t room = names->room != 0 ? names->room * 2 : 16;
        char **more = realloc(names->names, room * sizeof *more);
        if (more == NULL)
            return false;
        names->names = more;
        names->room = room;
    }
    char *copy = malloc(length + 1);
    if (copy == NULL)
        return false;
    memcpy(copy, name, length);
    copy[length] = '\0';
    names->names[names->count++] = copy;
    return true;
}

void smf_finder_free_names(struct smf_finder_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->names[i]);
    free(names->names);
    memset(names, 0, sizeof *names);
}

static int compare(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

/* ---- One walk ---- */

struct visit {
    const char *inside; /* the folder at work, as its path in the first one */
    struct smf_finder_names *files, folders;
};

static size_t depth_of(const char *inside)
{
    size_t depth = 0;
    for (; *inside != '\0'; inside++)
        depth += *inside == '/';
    return depth;
}

static bool meet(void *context, const char *name, bool is_folder)
{
    struct visit *visit = context;
    if (!smf_finder_name_fits(name) || (!is_folder && smf_finder_stem(name) == 0))
        return true;
    char *joined = visit->inside[0] != '\0' ? smf_finder_join(visit->inside, name) : NULL;
    if (joined == NULL && visit->inside[0] != '\0')
        return false;
    const char *path = joined != NULL ? joined : name;
    bool added = true;
    if (strlen(path) <= SMF_FINDER_NAME_MAX && (!is_folder || depth_of(path) + 1 < SMF_FINDER_DEPTH_MAX))
        added = smf_finder_add_name(is_folder ? &visit->folders : visit->files, path, strlen(path));
    free(joined);
    return added;
}

/* One folder of the walk. What cannot be read is passed over. */
static enum smf_status list(const struct smf_finder *finder, const char *folder, struct visit *visit)
{
    struct smf_diagnosis why;
    const bool links = (finder->options.flags & SMF_FINDER_LINKS) != 0;
    const enum smf_status status = smf_beneath_list(folder, visit->inside, links, meet, visit, &why);
    if (status == SMF_OK || status == SMF_ERR_NO_MEMORY)
        return status;
    if (status == SMF_ERR_NOT_FOUND)
        return SMF_OK; /* it need not be there; or it has gone meanwhile */
    const int error = errno;
    char *path = visit->inside[0] != '\0' ? smf_finder_join(folder, visit->inside) : NULL;
    errno = error;
    smf_finder_tell(finder, path != NULL ? path : folder, &why);
    free(path);
    return SMF_OK;
}

enum smf_status smf_finder_walk(const struct smf_finder *finder, const struct smf_finder_folder *folder,
                                struct smf_finder_names *names)
{
    struct visit visit = {.inside = "", .files = names};
    memset(names, 0, sizeof *names);
    enum smf_status status = list(finder, folder->path, &visit);
    for (size_t i = 0; status == SMF_OK && i < visit.folders.count; i++) { /* it grows meanwhile */
        visit.inside = visit.folders.names[i];
        status = list(finder, folder->path, &visit);
    }
    smf_finder_free_names(&visit.folders);
    if (status != SMF_OK)
        smf_finder_free_names(names);
    else if (names->count != 0)
        qsort(names->names, names->count, sizeof *names->names, compare);
    return status;
}

/* ---- Libraries of a scan ---- */

static struct smf_finder_library *known(struct smf_finder *finder, const struct smf_finder_folder *folder,
                                        const char *inside)
{
    struct smf_finder_library **link = &finder->libraries;
    while (*link != NULL && ((*link)->folder != folder || strcmp((*link)->inside, inside) != 0))
        link = &(*link)->next;
    return *link;
}

/* The same file, under another path, of those that come before it. */
static bool is_listed(const struct smf_finder_library *list, const struct smf_finder_library *library)
{
    for (; list != NULL; list = list->next)
        if (list->open && list->look.device == library->look.device && list->look.number == library->look.number)
            return true;
    return false;
}

/* Does this file begin as a library? What cannot be read is passed over. */
static bool looks_like_one(const struct smf_finder *finder, const struct smf_finder_folder *folder, const char *inside)
{
    struct smf_file file;
    struct smf_look look;
    struct smf_diagnosis why;
    const bool links = (finder->options.flags & SMF_FINDER_LINKS) != 0;
    const enum smf_status status = smf_beneath_open(folder->path, inside, links, &file, &look, &why);
    if (status == SMF_OK) {
        const bool is = smf_finder_is_library(&file.source);
        smf_file_close(&file);
        return is;
    }
    const int error = errno;
    char *path = status != SMF_ERR_NOT_FOUND ? smf_finder_join(folder->path, inside) : NULL;
    errno = error;
    if (path != NULL)
        smf_finder_tell(finder, path, &why);
    free(path);
    return false;
}

/* One file of the walk: open it, if it is a library, and put it at the end of the list. */
static enum smf_status consider(struct smf_finder *finder, const struct smf_finder_folder *folder, const char *inside,
                                struct smf_finder_library *list, struct smf_finder_library ***end)
{
    struct smf_diagnosis why;
    if (known(finder, folder, inside) != NULL || !looks_like_one(finder, folder, inside))
        return SMF_OK;
    struct smf_finder_library *library = smf_finder_new_library(folder, inside);
    if (library == NULL)
        return SMF_ERR_NO_MEMORY;
    if (smf_finder_revive(finder, library, &why) != SMF_OK)
        smf_finder_tell(finder, library->path, &why);
    else if (!is_listed(finder->libraries, library) && !is_listed(list, library)) {
        **end = library;
        *end = &library->next;
        return SMF_OK;
    }
    smf_finder_free_library(library);
    return SMF_OK;
}

static void free_list(struct smf_finder_library *list)
{
    while (list != NULL) {
        struct smf_finder_library *library = list;
        list = list->next;
        smf_finder_free_library(library);
    }
}

/* Where a library stands in the search: added ones first, as they were; then by folder; in it by path. */
static bool goes_before(const struct smf_finder *finder, const struct smf_finder_library *a,
                        const struct smf_finder_library *b)
{
    if (a->folder == b->folder)
        return a->folder != NULL && strcmp(a->inside, b->inside) < 0;
    if (a->folder == NULL || b->folder == NULL)
        return a->folder == NULL;
    const struct smf_finder_folder *folder = finder->folders;
    while (folder != a->folder && folder != b->folder)
        folder = folder->next;
    return folder == a->folder;
}

static void insert(struct smf_finder *finder, struct smf_finder_library *library)
{
    struct smf_finder_library **link = &finder->libraries;
    while (*link != NULL && !goes_before(finder, library, *link))
        link = &(*link)->next;
    library->next = *link;
    *link = library;
}

/* Scanned libraries whose file is gone. */
static void drop_gone(struct smf_finder *finder)
{
    struct smf_diagnosis why;
    for (struct smf_finder_library **link = &finder->libraries; *link != NULL;) {
        struct smf_finder_library *library = *link;
        if (library->folder == NULL || smf_finder_revive(finder, library, &why) == SMF_OK) {
            link = &library->next;
            continue;
        }
        if (why.status != SMF_ERR_IO || errno != ENOENT)
            smf_finder_tell(finder, library->path, &why);
        *link = library->next;
        smf_finder_free_library(library);
    }
}

enum smf_status smf_finder_scan(struct smf_finder *finder)
{
    enum smf_status status = SMF_OK;
    struct smf_finder_library *list = NULL, **end = &list;
    for (const struct smf_finder_folder *folder = finder->folders; folder != NULL && status == SMF_OK;
         folder = folder->next) {
        struct smf_finder_names names;
        status = smf_finder_walk(finder, folder, &names);
        for (size_t i = 0; status == SMF_OK && i < names.count; i++)
            status = consider(finder, folder, names.names[i], list, &end);
        smf_finder_free_names(&names);
    }
    if (status != SMF_OK) {
        free_list(list);
        return status;
    }
    drop_gone(finder);
    while (list != NULL) {
        struct smf_finder_library *library = list;
        list = list->next;
        insert(finder, library);
    }
    return SMF_OK;
}
