/* SPDX-License-Identifier: MIT */
/* finder_libraries.c - libraries that stay open: opened anew when they have changed, indexed when they are asked often. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "finder.h"
#include "host.h"
#include "smf/hash.h"

/* Of the 64-bit hashes of some writers (SPEC, "Libraries"). */
#define PRIME_OF_OLDER UINT64_C(0x1000001B3)

enum { TRIES = 3, ASKED_OFTEN = 8 };

struct smf_finder_library *smf_finder_new_library(const struct smf_finder_folder *folder, const char *inside)
{
    const size_t first = folder != NULL ? strlen(folder->path) + 1 : 0, second = strlen(inside) + 1;
    struct smf_finder_library *library = malloc(sizeof *library + first + second);
    if (library == NULL)
        return NULL;
    memset(library, 0, sizeof *library);
    if (folder != NULL) {
        memcpy(library->path, folder->path, first - 1);
        library->path[first - 1] = '/';
    }
    memcpy(library->path + first, inside, second);
    library->folder = folder;
    library->inside = library->path + first;
    return library;
}

void smf_finder_close_library(struct smf_finder_library *library)
{
    if (library->entry != NULL)
        smf_cache_put(library->cache, library->entry);
    else if (library->open)
        smf_file_close(&library->file);
    library->entry = NULL;
    free(library->words);
    library->words = NULL;
    library->open = false;
}

void smf_finder_free_library(struct smf_finder_library *library)
{
    if (library != NULL)
        smf_finder_close_library(library);
    free(library);
}

/* Open what the bytes are that it has now. */
static enum smf_status begin(struct smf_finder_library *library, const struct smf_source *source,
                             const struct smf_look *look, struct smf_diagnosis *why)
{
    library->open = true;
    library->no_index = false;
    library->asked = 0;
    library->look = *look;
    const enum smf_status status = smf_library_open(&library->library, source, why);
    if (status != SMF_OK)
        smf_finder_close_library(library);
    return status;
}

/* From now on this file: the descriptor moves. */
static enum smf_status adopt(struct smf_finder_library *library, const struct smf_file *file,
                             const struct smf_look *look, struct smf_diagnosis *why)
{
    smf_finder_close_library(library);
    smf_file_adopt(&library->file, file->descriptor, look->size);
    return begin(library, &library->file.source, look, why);
}

/* The same through the cache, which says by another entry that it has changed. */
static enum smf_status revive_cached(struct smf_finder *finder, struct smf_finder_library *library,
                                     struct smf_look *look, struct smf_diagnosis *why)
{
    struct smf_cached *entry;
    library->cache = finder->options.cache;
    const enum smf_status status = smf_cache_get(library->cache, library->path, &entry, why);
    if (status != SMF_OK) {
        smf_finder_close_library(library);
        return status;
    }
    if (library->entry == entry) { /* it is held already */
        smf_cache_put(library->cache, entry);
        return SMF_OK;
    }
    smf_finder_close_library(library);
    library->entry = entry;
    look->young = false; /* these bytes do not change */
    return begin(library, &entry->source, look, why);
}

enum smf_status smf_finder_revive(struct smf_finder *finder, struct smf_finder_library *library,
                                  struct smf_diagnosis *why)
{
    struct smf_file file;
    struct smf_look look;
    const bool links = (finder->options.flags & SMF_FINDER_LINKS) != 0;
    const char *folder = library->folder != NULL ? library->folder->path : NULL;
    const enum smf_status status = smf_beneath_open(folder, library->inside, links, &file, &look, why);
    if (status != SMF_OK) {
        const int error = errno;
        smf_finder_close_library(library);
        errno = status == SMF_ERR_NOT_FOUND ? ENOENT : error;
        return status == SMF_ERR_NOT_FOUND ? smf_finder_status(why, SMF_ERR_IO) : status;
    }
    if (finder->options.cache != NULL) {
        smf_file_close(&file);
        return revive_cached(finder, library, &look, why);
    }
    if (!library->open || library->look.young || !smf_look_same(&library->look, &look))
        return adopt(library, &file, &look, why);
    smf_file_close(&file);
    return SMF_OK;
}

/* Names in chains, for a library that is asked often. Without memory for it, it is searched as before. */
static void make_index(struct smf_finder_library *library)
{
    if (library->words != NULL || library->no_index || library->look.young || ++library->asked < ASKED_OFTEN)
        return;
    const size_t words = smf_library_index_words(&library->library);
    library->words = calloc(words + 1, sizeof *library->words);
    library->no_index =
        library->words == NULL || smf_library_index(&library->library, library->words, words, NULL) != SMF_OK;
    if (!library->no_index)
        return;
    free(library->words);
    library->words = NULL;
}

enum smf_status smf_finder_find_entry(struct smf_finder *finder, struct smf_finder_library *library, const char *name,
                                      struct smf_library_entry *entry, struct smf_diagnosis *why)
{
    (void)finder;
    make_index(library);
    return smf_library_find(&library->library, name, entry, why);
}

/* Is it the hash that is recorded, with either prime? */
static enum smf_status check(const struct smf_source *source, uint64_t recorded, enum smf_detail detail,
                             const char *name, struct smf_diagnosis *why)
{
    const uint64_t found = smf_hash64(SMF_FNV64_BASIS, source->bytes, (size_t)source->size);
    if (recorded == 0 || found == recorded)
        return SMF_OK;
    uint64_t hash = SMF_FNV64_BASIS;
    for (uint64_t i = 0; i < source->size; i++)
        hash = (hash ^ ((const uint8_t *)source->bytes)[i]) * PRIME_OF_OLDER;
    if (hash == recorded)
        return SMF_OK;
    const enum smf_status status = smf_finder_fail(why, detail, name);
    why->value = found;
    why->expected = recorded;
    return status;
}

/* The file has changed between its header and these bytes: everything again. */
static enum smf_status begin_again(struct smf_finder *finder, struct smf_finder_library *library,
                                   struct smf_library_entry *entry, struct smf_diagnosis *why)
{
    char name[SMF_LIBRARY_NAME_SIZE];
    memcpy(name, entry->name, sizeof name);
    library->look.young = true;
    const enum smf_status status = smf_finder_revive(finder, library, why);
    return status == SMF_OK ? smf_library_find(&library->library, name, entry, why) : status;
}

/* What stands for one payload in a revision: the recorded hash, which taking it compares with the bytes, or one of these. */
static enum smf_status stand_in(struct smf_finder_library *library, uint64_t recorded, uint64_t offset, uint64_t size,
                                uint64_t *sum, struct smf_diagnosis *why)
{
    struct smf_supply bytes = {.revision = 0};
    *sum = recorded;
    if (recorded != 0 || size == 0)
        return SMF_OK;
    if (library->entry != NULL) {
        *sum = smf_finder_revision((const uint8_t *)library->entry->source.bytes + offset, (size_t)size);
        return SMF_OK;
    }
    const struct smf_extent extent = {&library->file, &library->look, offset, size, 0, 0};
    const enum smf_status status = smf_finder_read(&extent, "", &bytes, why);
    if (status == SMF_OK)
        *sum = smf_finder_revision(bytes.source.bytes, (size_t)bytes.source.size);
    smf_finder_free(&bytes);
    return status;
}

static enum smf_status revise(struct smf_finder_library *library, const struct smf_library_entry *entry,
                              uint64_t *revision, struct smf_diagnosis *why)
{
    uint64_t sums[4] = {0, entry->size, 0, entry->object_size};
    enum smf_status status = stand_in(library, entry->hash, entry->offset, entry->size, &sums[0], why);
    if (status == SMF_OK)
        status = stand_in(library, entry->object_hash, entry->object_offset, entry->object_size, &sums[2], why);
    if (status == SMF_OK)
        *revision = smf_finder_revision(sums, sizeof sums);
    return status;
}

enum smf_status smf_finder_revise_entry(struct smf_finder *finder, struct smf_finder_library *library,
                                        struct smf_library_entry *entry, uint64_t *revision, struct smf_diagnosis *why)
{
    enum smf_status status = SMF_ERR_CHANGED;
    for (int i = 0; i < TRIES && status == SMF_ERR_CHANGED; i++) {
        status = i != 0 ? begin_again(finder, library, entry, why) : SMF_OK;
        if (status == SMF_OK)
            status = revise(library, entry, revision, why);
    }
    return status;
}

/* Its bytes: of the cache's where they lie, else read. */
static enum smf_status have(struct smf_finder_library *library, const struct smf_library_entry *entry,
                            uint64_t object_size, struct smf_supply *supply, struct smf_diagnosis *why)
{
    if (library->entry == NULL) {
        const struct smf_extent extent = {&library->file, &library->look,       entry->offset,
                                          entry->size,    entry->object_offset, object_size};
        return smf_finder_read(&extent, library->path, supply, why);
    }
    const uint8_t *bytes = library->entry->source.bytes;
    smf_cache_hold(library->cache, library->entry);
    const enum smf_status status =
        smf_finder_lend(library->cache, library->entry, entry->offset, entry->size, supply, why);
    if (status == SMF_OK && object_size != 0)
        supply->object = smf_source_memory(bytes + entry->object_offset, (size_t)object_size, SMF_STAYS_FOR_MODULE);
    return status;
}

/* Once: SMF_ERR_CHANGED if it changes meanwhile. */
static enum smf_status take(struct smf_finder_library *library, const struct smf_library_entry *entry, bool object,
                            struct smf_supply *supply, struct smf_diagnosis *why)
{
    enum smf_status status = have(library, entry, object ? entry->object_size : 0, supply, why);
    if (status != SMF_OK)
        return status;
    supply->kind = SMF_ORIGIN_LIBRARY;
    status = check(&supply->source, entry->hash, SMF_DETAIL_LIBRARY_MODULE_HASH, entry->name, why);
    if (status == SMF_OK && supply->object.size != 0)
        status = check(&supply->object, entry->object_hash, SMF_DETAIL_LIBRARY_OBJECT_HASH, entry->name, why);
    if (status == SMF_OK)
        status = revise(library, entry, &supply->revision, why);
    if (status != SMF_OK)
        smf_finder_free(supply);
    return status;
}

enum smf_status smf_finder_take_entry(struct smf_finder *finder, struct smf_finder_library *library,
                                      struct smf_library_entry *entry, bool object, struct smf_supply *supply,
                                      struct smf_diagnosis *why)
{
    enum smf_status status = SMF_ERR_CHANGED;
    for (int i = 0; i < TRIES && status == SMF_ERR_CHANGED; i++) {
        status = i != 0 ? begin_again(finder, library, entry, why) : SMF_OK;
        if (status == SMF_OK)
            status = take(library, entry, object, supply, why);
    }
    return status;
}
