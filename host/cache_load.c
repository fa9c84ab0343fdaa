/* SPDX-License-Identifier: MIT */
/* cache_load.c - one entry: its bytes, copied or mapped, and what is found in them. No lock is held. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cache.h"
#include "smf/library.h"
#include "smf/sdn.h"

#ifdef _WIN32
static const char separators[] = "/\\";
#else
static const char separators[] = "/";
#endif

/* ---- What the files of both systems share ---- */

/* Times of files count in ticks of the system's clock, of 10 ms at most (Windows: 16), or in seconds (FAT: two). One
 * that is ahead of the clock, for example another machine's, is young until it is not. */
bool smf_cache_is_young(uint64_t now, uint64_t changed)
{
    const uint64_t step = changed % 1000000000u == 0 ? 2100000000u : 40000000u;
    return now < changed || now - changed < step;
}

bool smf_cache_stamps_equal(const struct smf_cache_stamp *one, const struct smf_cache_stamp *other)
{
    return one->device == other->device && one->file == other->file && one->size == other->size &&
           one->modified == other->modified && one->changed == other->changed;
}

enum smf_status smf_cache_reserve(struct smf_cache_copy *copy, uint64_t largest, const char *path,
                                  struct smf_diagnosis *why)
{
    const uint64_t size = copy->stamp.size;
    if (size == 0)
        return smf_cache_fail(why, SMF_ERR_EMPTY, path, 0);
    if (size > largest || size > SIZE_MAX / 2)
        return smf_cache_fail(why, SMF_ERR_LIMIT, path, size);
    if (copy->bytes != NULL && copy->size == size)
        return SMF_OK;
    free(copy->bytes);
    copy->size = (size_t)size;
    copy->bytes = malloc(copy->size);
    return copy->bytes != NULL ? SMF_OK : smf_cache_fail(why, SMF_ERR_NO_MEMORY, path, size);
}

void smf_cache_pause(unsigned tries)
{
    if (tries != 0) /* 1, 2, 4, ... ms: who writes gets time to come to an end */
        nanosleep(&(struct timespec){.tv_nsec = 1000000L << (tries - 1)}, NULL);
}

/* ---- Bytes ---- */

/* 64 bits of the bytes, a word at a time: quick, and good enough to tell versions of a file apart. */
static uint64_t mix(uint64_t sum, uint64_t word, unsigned turn)
{
    sum = (sum ^ word) * 0x9E3779B97F4A7C15u;
    return sum << turn | sum >> (64 - turn);
}

static uint64_t fingerprint(const uint8_t *bytes, size_t size)
{
    uint64_t a = size, b = 1, c = 2, d = 3, words[4]; /* four at once: each multiplication has to be waited for */
    for (; size >= sizeof words; bytes += sizeof words, size -= sizeof words) {
        memcpy(words, bytes, sizeof words);
        a = mix(a, words[0], 27); /* turns that differ keep compilers from doing all four in one slow vector */
        b = mix(b, words[1], 29);
        c = mix(c, words[2], 31);
        d = mix(d, words[3], 33);
    }
    memset(words, 0, sizeof words);
    memcpy(words, bytes, size);
    a = mix(mix(a, words[0], 27), words[1], 29);
    b = mix(mix(b, words[2], 27), words[3], 29);
    const uint64_t sum = mix(mix(mix(mix(0, a, 27), b, 29), c, 31), d, 33);
    return sum != 0 ? sum : 1;
}

static uint64_t fingerprint_of_stamp(const struct smf_cache_stamp *stamp)
{
    const uint64_t words[] = {stamp->size, stamp->device, stamp->file, stamp->modified, stamp->changed};
    uint64_t sum = 0;
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
        sum = mix(sum, words[i], 29);
    return sum != 0 ? sum : 1;
}

/* Is this the path of a file in the folder? */
static bool lies_in(const char *folder, const char *path)
{
    size_t length = strlen(folder);
    while (length != 0 && strchr(separators, folder[length - 1]) != NULL)
        length--;
    if (length == 0 || strncmp(path, folder, length) != 0 || path[length] == '\0' ||
        strchr(separators, path[length]) == NULL)
        return false;
    for (const char *at = path + length; *at != '\0'; at++)
        if (strchr(separators, at[0]) != NULL && at[1] == '.' && at[2] == '.' &&
            (at[3] == '\0' || strchr(separators, at[3]) != NULL))
            return false;
    return true;
}

static bool may_map(const struct smf_cache *cache, const char *path)
{
    for (size_t i = 0; i < cache->options.map_folder_count; i++)
        if (lies_in(cache->map_folders[i], path))
            return true;
    return false;
}

/* Map a file, all of it at one moment as far as its stamp says. */
static enum smf_status map(const struct smf_cache *cache, struct smf_cache_entry *entry, struct smf_diagnosis *why)
{
    struct smf_cache_stamp after;
    for (unsigned tries = 0; tries < SMF_CACHE_TRIES; tries++) {
        smf_cache_pause(tries);
        enum smf_status status = smf_cache_file_stamp(entry->path, &entry->stamp, why);
        if (status == SMF_OK && entry->stamp.size > cache->options.max_file_bytes)
            status = smf_cache_fail(why, SMF_ERR_LIMIT, entry->path, entry->stamp.size);
        if (status != SMF_OK)
            return status;
        status = smf_view_map(&entry->view, entry->path, 0, 0, 0);
        if (status != SMF_OK)
            return smf_cache_fail(why, status, entry->path, entry->view.error);
        status = smf_cache_file_stamp(entry->path, &after, why);
        if (status == SMF_OK && smf_cache_stamps_equal(&entry->stamp, &after) &&
            entry->view.size == entry->stamp.size) {
            entry->told.mapped = true;
            entry->told.source = smf_source_memory(entry->view.bytes, entry->view.size, SMF_STAYS_FOR_MODULE);
            entry->told.revision = fingerprint_of_stamp(&entry->stamp);
            return SMF_OK;
        }
        smf_view_unmap(&entry->view);
        if (status != SMF_OK)
            return status;
    }
    return smf_cache_fail(why, SMF_ERR_CHANGED, entry->path, 0);
}

/* Copy a file, all of it at one moment: again, a few times, while it changes. */
static enum smf_status copy(const struct smf_cache *cache, struct smf_cache_entry *entry, struct smf_diagnosis *why)
{
    struct smf_cache_copy read = {.bytes = NULL};
    enum smf_status status = SMF_ERR_CHANGED;
    for (unsigned tries = 0; status == SMF_ERR_CHANGED && tries < SMF_CACHE_TRIES; tries++) {
        smf_cache_pause(tries);
        status = smf_cache_file_read(entry->path, cache->options.max_file_bytes, &read, why);
    }
    if (status != SMF_OK) {
        free(read.bytes);
        return status == SMF_ERR_CHANGED ? smf_cache_fail(why, SMF_ERR_CHANGED, entry->path, 0) : status;
    }
    entry->memory = read.bytes;
    entry->stamp = read.stamp;
    entry->young = read.young;
    entry->told.source = smf_source_memory(read.bytes, read.size, SMF_STAYS_FOR_MODULE);
    entry->told.revision = fingerprint(read.bytes, read.size);
    return SMF_OK;
}

/* A file that is compressed as a whole: what counts is what comes out, and nothing else is kept. */
static enum smf_status unpack(const struct smf_cache *cache, struct smf_cache_entry *entry, struct smf_diagnosis *why)
{
    struct smf_source *source = &entry->told.source;
    const uint64_t largest = cache->options.max_file_bytes;
    const size_t limit = largest < SIZE_MAX ? (size_t)largest : SIZE_MAX;
    const enum smf_status status = smf_unpack(source->bytes, (size_t)source->size, limit, &entry->unpacked, why);
    if (status != SMF_OK)
        return smf_cache_fail(why, status, entry->path, 0);
    if (entry->unpacked.bytes == NULL)
        return SMF_OK;
    *source = smf_source_memory(entry->unpacked.bytes, entry->unpacked.size, SMF_STAYS_FOR_MODULE);
    entry->told.revision = fingerprint(entry->unpacked.bytes, entry->unpacked.size);
    entry->told.unpacked = true;
    entry->told.mapped = false;
    smf_view_unmap(&entry->view);
    free(entry->memory);
    entry->memory = NULL;
    return SMF_OK;
}

/* ---- What is in them ---- */

/* Its text lies where the file's bytes do; what is wrong with it is told to who asks for it. */
static void find_note(struct smf_cache_entry *entry)
{
    struct smf_sdn note;
    entry->note_status = smf_sdn_open(&note, entry->image, NULL);
    if (entry->note_status != SMF_OK || !note.present)
        return;
    entry->note = (const char *)entry->told.source.bytes + note.start;
    entry->note_size = note.size;
}

static uint32_t typed(const struct smf_cache_entry *entry, unsigned type)
{
    for (uint32_t i = 0; i < entry->image->header.section_count; i++)
        if (entry->sections[i].type == type && strcmp(entry->sections[i].name, SMF_NOTE_SDN) != 0)
            return i;
    return SMF_NO_SYMBOL;
}

/* Told by its first bytes, before a header is looked for: its last bytes may be a module's. */
static bool is_library(const struct smf_source *source)
{
    static const char magic[] = "LSMF";
    return source->size >= sizeof magic - 1 && memcmp(source->bytes, magic, sizeof magic - 1) == 0;
}

static enum smf_status open_library(struct smf_cache_entry *entry, struct smf_diagnosis *why)
{
    struct smf_library library;
    const enum smf_status status = smf_library_open(&library, &entry->told.source, why);
    if (status != SMF_OK)
        return smf_cache_fail(why, status, entry->path, 0);
    entry->told.kind = SMF_CACHED_LIBRARY;
    return SMF_OK;
}

/* Prove header and sections once for all who will ask. */
static enum smf_status open_bytes(const struct smf_cache *cache, struct smf_cache_entry *entry,
                                  struct smf_diagnosis *why)
{
    if (is_library(&entry->told.source))
        return open_library(entry, why);
    struct smf_image *image = entry->image = malloc(sizeof *image);
    uint32_t count = 0;
    if (image == NULL)
        return smf_cache_fail(why, SMF_ERR_NO_MEMORY, entry->path, sizeof *image);
    enum smf_status status = smf_image_count_sections(image, &entry->told.source, &count, why);
    if (status == SMF_OK) {
        entry->sections = calloc((size_t)count + 1, sizeof *entry->sections);
        if (entry->sections == NULL)
            return smf_cache_fail(why, SMF_ERR_NO_MEMORY, entry->path, count * sizeof *entry->sections);
        status = smf_image_open(image, &entry->told.source, entry->sections, count, why);
    }
    if (status == SMF_OK)
        status = smf_image_module_note(image, &entry->told.note, why);
    if (status == SMF_OK && cache->options.check_hash)
        status = smf_image_check_hash(image, why);
    if (status != SMF_OK)
        return smf_cache_fail(why, status, entry->path, 0);
    find_note(entry);
    entry->told.image = image;
    entry->told.template_code = typed(entry, SMF_SECTION_TEMPLATE_CODE);
    entry->told.template_meta = typed(entry, SMF_SECTION_TEMPLATE_META);
    return SMF_OK;
}

/* ---- Entries ---- */

static struct smf_cache_entry *new_entry(const char *path)
{
    const size_t length = strlen(path) + 1;
    struct smf_cache_entry *entry = calloc(1, sizeof *entry + length);
    if (entry == NULL)
        return NULL;
    memcpy(entry->path, path, length);
    entry->told.path = entry->path;
    entry->told.template_code = entry->told.template_meta = SMF_NO_SYMBOL;
    return entry;
}

void smf_cache_free_entry(struct smf_cache_entry *entry)
{
    if (entry->release != NULL)
        entry->release(entry->context);
    smf_view_unmap(&entry->view);
    smf_unpack_free(&entry->unpacked);
    free(entry->memory);
    free(entry->sections);
    free(entry->image);
    free(entry);
}

enum smf_status smf_cache_load(const struct smf_cache *cache, const char *path, struct smf_cache_entry **loaded,
                               struct smf_diagnosis *why)
{
    struct smf_cache_entry *entry = new_entry(path);
    if (entry == NULL)
        return smf_cache_fail(why, SMF_ERR_NO_MEMORY, path, sizeof *entry);
    enum smf_status status = may_map(cache, path) ? map(cache, entry, why) : copy(cache, entry, why);
    if (status == SMF_OK)
        status = unpack(cache, entry, why);
    if (status == SMF_OK)
        status = open_bytes(cache, entry, why);
    if (status != SMF_OK) {
        smf_cache_free_entry(entry);
        return status;
    }
    *loaded = entry;
    return SMF_OK;
}

enum smf_status smf_cache_wrap(const struct smf_cache *cache, const char *id, const void *bytes, size_t size,
                               struct smf_cache_entry **wrapped, struct smf_diagnosis *why)
{
    if (bytes == NULL || size == 0)
        return smf_cache_fail(why, SMF_ERR_EMPTY, id, size);
    struct smf_cache_entry *entry = new_entry(id);
    if (entry == NULL)
        return smf_cache_fail(why, SMF_ERR_NO_MEMORY, id, sizeof *entry);
    entry->told.entered = true;
    entry->told.source = smf_source_memory(bytes, size, SMF_STAYS_FOR_MODULE);
    entry->told.revision = fingerprint(bytes, size);
    enum smf_status status = unpack(cache, entry, why);
    if (status == SMF_OK)
        status = open_bytes(cache, entry, why);
    if (status != SMF_OK) {
        smf_cache_free_entry(entry);
        return status;
    }
    *wrapped = entry;
    return SMF_OK;
}
