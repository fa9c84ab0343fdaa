/* SPDX-License-Identifier: MIT */
/* finder_files.c - modules in files of their own: which file a name is, and whether it is still the same. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "finder.h"

enum { TRIES = 3 }; /* of reading a file that changes meanwhile */

static bool begins_as_library(const struct smf_source *source)
{
    static const uint8_t magic[4] = {'L', 'S', 'M', 'F'};
    uint8_t first[4];
    if (source->size < sizeof first)
        return false;
    if (source->bytes != NULL)
        memcpy(first, source->bytes, sizeof first);
    else if (source->read_at(source->context, 0, first, sizeof first) != SMF_OK)
        return false;
    return memcmp(first, magic, sizeof first) == 0;
}

bool smf_finder_is_library(const struct smf_source *source) { return begins_as_library(source); }

/* Try one file. SMF_ERR_NOT_FOUND: it is none that a name may mean. */
enum smf_status smf_finder_try_file(struct smf_finder *finder, const char *folder, const char *inside,
                                    struct smf_finder_found *found, struct smf_diagnosis *why)
{
    const bool links = (finder->options.flags & SMF_FINDER_LINKS) != 0;
    const enum smf_status status = smf_beneath_open(folder, inside, links, &found->file, &found->look, why);
    if (status == SMF_ERR_NOT_FOUND)
        return status;
    const int error = errno;
    found->path = folder != NULL ? smf_finder_join(folder, inside) : strdup(inside);
    if (found->path == NULL) {
        if (status == SMF_OK)
            smf_file_close(&found->file);
        return smf_finder_status(why, SMF_ERR_NO_MEMORY);
    }
    if (status == SMF_OK && !begins_as_library(&found->file.source))
        return SMF_OK;
    const bool passes = status == SMF_OK || smf_finder_passes(why);
    if (status == SMF_OK) /* a library, which is a place to look in, and no module */
        smf_file_close(&found->file);
    else if (passes)
        smf_finder_tell(finder, found->path, why);
    else
        smf_finder_blame(finder, found->path);
    free(found->path);
    found->path = NULL;
    errno = error;
    return passes ? SMF_ERR_NOT_FOUND : status;
}

enum smf_status smf_finder_open_file(struct smf_finder *finder, const struct smf_finder_folder *folder,
                                     const char *name, struct smf_finder_found *found, struct smf_diagnosis *why)
{
    static const char *const endings[] = {"", ".smf", ".sme", ".lsm"};
    char inside[SMF_FINDER_NAME_MAX + 8];
    enum smf_status status = SMF_ERR_NOT_FOUND;
    if (folder == NULL)
        return smf_finder_try_file(finder, NULL, name, found, why);
    const size_t length = strlen(name);
    memcpy(inside, name, length);
    for (size_t i = smf_finder_stem(name) == 0; i < sizeof endings / sizeof endings[0]; i++) {
        memcpy(inside + length, endings[i], strlen(endings[i]) + 1);
        why->detail = SMF_DETAIL_NONE;
        status = smf_finder_try_file(finder, folder->path, inside, found, why);
        if (status != SMF_ERR_NOT_FOUND ||
            why->detail == SMF_DETAIL_NO_ENTRY) /* nor will it enter for another ending */
            break;
    }
    return status;
}

void smf_finder_close_file(struct smf_finder_found *found)
{
    smf_file_close(&found->file);
    free(found->path);
    found->path = NULL;
}

/* ---- What is known of files ---- */

static struct smf_finder_file *known(const struct smf_finder *finder, const char *path)
{
    struct smf_finder_file *file = finder->files;
    while (file != NULL && strcmp(file->path, path) != 0)
        file = file->next;
    return file;
}

/* For the next time. What there is no memory for is read again. */
static void remember(struct smf_finder *finder, const char *path, const struct smf_look *look, uint64_t revision)
{
    struct smf_finder_file *file = known(finder, path);
    if (file == NULL) {
        file = malloc(sizeof *file + strlen(path) + 1);
        if (file == NULL)
            return;
        memcpy(file->path, path, strlen(path) + 1);
        file->next = finder->files;
        finder->files = file;
    }
    file->look = *look;
    file->revision = revision;
}

void smf_finder_forget_files(struct smf_finder *finder)
{
    while (finder->files != NULL) {
        struct smf_finder_file *file = finder->files;
        finder->files = file->next;
        free(file);
    }
}

/* Through the cache, which unpacks and proves it. */
static enum smf_status take_cached(struct smf_cache *cache, const struct smf_finder_found *found,
                                   struct smf_supply *supply, struct smf_diagnosis *why)
{
    struct smf_cached *entry;
    enum smf_status status = smf_cache_get(cache, found->path, &entry, why);
    if (status != SMF_OK)
        return status;
    if (entry->kind != SMF_CACHED_MODULE) { /* a library that is compressed as a whole */
        smf_cache_put(cache, entry);
        return smf_finder_status(why, SMF_ERR_LIBRARY);
    }
    supply->kind = SMF_ORIGIN_FILE;
    supply->revision = entry->revision;
    return smf_finder_lend(cache, entry, 0, entry->source.size, supply, why);
}

enum smf_status smf_finder_take_file(struct smf_finder *finder, struct smf_finder_found *found,
                                     struct smf_supply *supply, struct smf_diagnosis *why)
{
    enum smf_status status = SMF_ERR_CHANGED;
    if (found->look.size != 0 && finder->options.cache != NULL)
        return take_cached(finder->options.cache, found, supply, why);
    for (int i = 0; i < TRIES && status == SMF_ERR_CHANGED; i++) {
        if (i != 0 && !smf_beneath_look(&found->file, &found->look))
            return smf_finder_status(why, SMF_ERR_IO);
        const struct smf_extent extent = {&found->file, &found->look, 0, found->look.size, 0, 0};
        if (extent.size == 0)
            return smf_finder_fail(why, SMF_DETAIL_NO_HEADER, "");
        status = smf_finder_read(&extent, found->path, supply, why);
    }
    if (status != SMF_OK)
        return status;
    supply->kind = SMF_ORIGIN_FILE;
    supply->revision = smf_finder_revision(supply->source.bytes, (size_t)supply->source.size); /* as stored */
    status = smf_finder_unpack(supply, why);
    if (status == SMF_OK)
        remember(finder, found->path, &found->look, supply->revision);
    else
        smf_finder_free(supply);
    return status;
}

enum smf_status smf_finder_revise_file(struct smf_finder *finder, struct smf_finder_found *found, uint64_t *revision,
                                       struct smf_diagnosis *why)
{
    struct smf_supply supply = {.revision = 0};
    const struct smf_finder_file *file = known(finder, found->path);
    if (file != NULL && !file->look.young && smf_look_same(&file->look, &found->look)) {
        *revision = file->revision;
        return SMF_OK;
    }
    const enum smf_status status = smf_finder_take_file(finder, found, &supply, why);
    if (status == SMF_OK)
        *revision = supply.revision;
    smf_finder_free(&supply);
    return status;
}
