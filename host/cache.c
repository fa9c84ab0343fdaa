/* SPDX-License-Identifier: MIT */
/*
 * cache.c - smf/cache.h: start, finish, and get: a hit, somebody else's load, or an own one.
 *
 * What a get answers has been true at some moment of the call: an entry is served if its file's stamp, taken in this
 * call, is the one it was read with, and tells all writes apart; a load of somebody else's is shared only if it began after this
 * call did.
 */
#include "cache.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WORKERS_MAX = 64, WORKERS_USUAL = 2 };

uint64_t smf_cache_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

enum smf_status smf_cache_fail(struct smf_diagnosis *why, enum smf_status status, const char *path, uint64_t value)
{
    const size_t length = strlen(path), room = sizeof why->name - 1;
    if (why->status != status)
        memset(why, 0, sizeof *why);
    why->status = status;
    if (why->name[0] == '\0') {
        why->value = why->detail == SMF_DETAIL_NONE ? value : why->value;
        memcpy(why->name, path + (length > room ? length - room : 0), (length > room ? room : length) + 1);
    }
    return status;
}

/* ---- Start and finish ---- */

static void free_all(struct smf_cache *cache)
{
    for (size_t i = 0; cache->map_folders != NULL && i < cache->options.map_folder_count; i++)
        free(cache->map_folders[i]);
    free(cache->map_folders);
    free(cache->threads);
    free(cache->buckets);
    free(cache);
}

static bool copy_folders(struct smf_cache *cache, const struct smf_cache_options *options)
{
    cache->map_folders = calloc(options->map_folder_count + 1, sizeof(char *));
    for (size_t i = 0; cache->map_folders != NULL && i < options->map_folder_count; i++) {
        const size_t size = strlen(options->map_folders[i]) + 1;
        cache->map_folders[i] = malloc(size);
        if (cache->map_folders[i] == NULL)
            return false;
        memcpy(cache->map_folders[i], options->map_folders[i], size);
    }
    cache->options.map_folders = NULL; /* the copies are what counts */
    return cache->map_folders != NULL;
}

static bool start_locks(struct smf_cache *cache)
{
    if (pthread_mutex_init(&cache->mutex, NULL) != 0)
        return false;
    if (pthread_cond_init(&cache->done, NULL) == 0) {
        if (pthread_cond_init(&cache->work, NULL) == 0)
            return true;
        pthread_cond_destroy(&cache->done);
    }
    pthread_mutex_destroy(&cache->mutex);
    return false;
}

enum smf_status smf_cache_start(struct smf_cache **started, const struct smf_cache_options *options)
{
    static const struct smf_cache_options usual;
    *started = NULL;
    if (options == NULL)
        options = &usual;
    if (options->workers > WORKERS_MAX || (options->map_folder_count != 0 && options->map_folders == NULL))
        return SMF_ERR_ARGUMENT;
    struct smf_cache *cache = calloc(1, sizeof *cache);
    if (cache == NULL)
        return SMF_ERR_NO_MEMORY;
    cache->options = *options;
    if (options->max_file_bytes == 0)
        cache->options.max_file_bytes = SMF_CACHE_FILE_MAX;
    if (options->workers == 0)
        cache->options.workers = WORKERS_USUAL;
    cache->threads = calloc(cache->options.workers, sizeof *cache->threads);
    if (cache->threads == NULL || !copy_folders(cache, options) || !start_locks(cache)) {
        free_all(cache);
        return SMF_ERR_NO_MEMORY;
    }
    cache->last = &cache->first;
    cache->started_ns = smf_cache_now();
    smf_cache_figures_start(cache);
    *started = cache;
    return SMF_OK;
}

enum smf_status smf_cache_finish(struct smf_cache *cache)
{
    if (cache == NULL)
        return SMF_OK;
    smf_cache_lock(cache);
    const bool held = cache->figures.held != 0;
    smf_cache_unlock(cache);
    if (held)
        return SMF_ERR_BUSY;
    smf_cache_workers_finish(cache);
    smf_cache_force_clear(cache);
    pthread_cond_destroy(&cache->work);
    pthread_cond_destroy(&cache->done);
    pthread_mutex_destroy(&cache->mutex);
    free_all(cache);
    return SMF_OK;
}

/* ---- Get ---- */

/* One call of get. */
struct request {
    const char *path;
    uint64_t hash, number;
    struct smf_cache_stamp stamp; /* of the file, once `asked` */
    bool asked;
    struct smf_cache_entry *entry; /* the answer */
    struct smf_diagnosis *why;
};

/* What is to be done next; a status is an answer. */
enum step { STEP_ANSWER, STEP_ASK, STEP_AGAIN };

static enum smf_status fail(struct smf_cache *cache, struct request *request, enum smf_status status, uint64_t value)
{
    cache->figures.misses++;
    cache->figures.failures++;
    return smf_cache_fail(request->why, status, request->path, value);
}

static void serve(struct smf_cache *cache, struct request *request, struct smf_cache_entry *entry)
{
    smf_cache_hold_entry(cache, entry);
    request->entry = entry;
}

/* Is the entry still what the file holds, as far as the options want to know? */
static bool current(const struct smf_cache *cache, const struct request *request, struct smf_cache_entry *entry)
{
    const uint64_t after = cache->options.recheck_after_us;
    if (entry->told.entered || after == UINT64_MAX)
        return true;
    if (request->asked && !entry->young && smf_cache_stamps_equal(&request->stamp, &entry->stamp)) {
        entry->checked_ns = after != 0 ? smf_cache_now() : 0;
        return true;
    }
    return after != 0 && (smf_cache_now() - entry->checked_ns) / 1000 < after;
}

/* Wait for somebody's load. The lock is held. */
static enum step join(struct smf_cache *cache, struct request *request, struct smf_cache_flight *flight,
                      enum smf_status *status)
{
    flight->waiting++;
    while (!flight->done)
        pthread_cond_wait(&cache->done, &cache->mutex);
    const bool newer = flight->number > request->number;
    struct smf_cache_entry *entry = flight->entry; /* held for this one */
    *status = flight->status;
    if (newer && *status == SMF_OK) {
        request->entry = entry;
        cache->figures.hits++;
    } else if (newer) {
        *request->why = flight->why;
        *status = fail(cache, request, *status, 0);
    } else if (entry != NULL) {
        smf_cache_put_entry(cache, entry);
    }
    if (--flight->waiting == 0)
        free(flight);
    return newer ? STEP_ANSWER : STEP_AGAIN;
}

/* A file was loaded: is it kept? Its entry is held once. False: there is no room, and nothing is to be served without. */
static bool file_away(struct smf_cache *cache, struct smf_cache_slot *slot, struct smf_cache_entry *entry)
{
    if (slot->entry != NULL) {
        smf_cache_remove(cache, slot->entry);
        cache->figures.changes++;
    }
    if (cache->options.disabled)
        return true;
    if (smf_cache_room(cache, entry->told.source.size)) {
        smf_cache_keep(cache, slot, entry);
        return true;
    }
    if (!cache->options.refuse_when_full)
        cache->figures.uncached++;
    return !cache->options.refuse_when_full;
}

/* What comes of a load: `loaded`, held by nobody, or a failure. `known`: the entry that has the same bytes, or NULL. */
static enum smf_status conclude(struct smf_cache *cache, struct request *request, struct smf_cache_slot *slot,
                                struct smf_cache_entry *loaded, struct smf_cache_entry *known, enum smf_status status)
{
    struct smf_cache_entry *kept = slot->entry;
    if (status != SMF_OK) {
        if (kept != NULL && !kept->told.entered && status != SMF_ERR_NO_MEMORY) {
            smf_cache_remove(cache, kept);
            cache->figures.changes++;
        }
        return fail(cache, request, status, 0);
    }
    if (kept != NULL && (kept == known || kept->told.entered)) { /* what is there is as good */
        if (kept == known) {
            kept->stamp = loaded->stamp;
            kept->young = loaded->young;
            kept->checked_ns = loaded->checked_ns;
        }
        cache->figures.rereads++;
        cache->figures.hits++;
        serve(cache, request, kept);
        return SMF_OK;
    }
    serve(cache, request, loaded);
    if (file_away(cache, slot, loaded)) {
        cache->figures.misses++;
        return SMF_OK;
    }
    const uint64_t size = loaded->told.source.size;
    smf_cache_put_entry(cache, loaded);
    request->entry = NULL;
    return fail(cache, request, SMF_ERR_LIMIT, size);
}

static bool same_bytes(const struct smf_cache_entry *one, const struct smf_cache_entry *other)
{
    const struct smf_cached *a = &one->told, *b = &other->told;
    if (a->revision != b->revision || a->source.size != b->source.size || a->mapped != b->mapped)
        return false;
    return a->mapped || memcmp(a->source.bytes, b->source.bytes, (size_t)a->source.size) == 0;
}

/* Load the file. The lock is held, and given away meanwhile. */
static enum smf_status load(struct smf_cache *cache, struct request *request)
{
    struct smf_cache_slot *slot = smf_cache_slot(cache, request->path, request->hash);
    struct smf_cache_flight *flight = slot != NULL ? calloc(1, sizeof *flight) : NULL;
    struct smf_cache_entry *loaded = NULL;
    if (flight == NULL) {
        if (slot != NULL)
            smf_cache_slot_done(cache, slot);
        return fail(cache, request, SMF_ERR_NO_MEMORY, 0);
    }
    struct smf_cache_entry *known = slot->entry;
    if (known != NULL)
        smf_cache_hold_entry(cache, known);
    flight->number = ++cache->calls;
    slot->flight = flight;
    smf_cache_unlock(cache);

    const uint64_t began = smf_cache_now();
    enum smf_status status = smf_cache_load(cache, request->path, &loaded, request->why);
    const uint64_t ended = smf_cache_now();
    const bool same = status == SMF_OK && known != NULL && same_bytes(known, loaded);
    if (status == SMF_OK)
        loaded->checked_ns = ended;

    smf_cache_lock(cache);
    slot->flight = NULL;
    status = conclude(cache, request, slot, loaded, same ? known : NULL, status);
    if (request->entry == loaded && loaded != NULL)
        smf_cache_count_load(cache, ended - began);
    else if (loaded != NULL && request->entry != NULL) { /* nobody has seen it */
        loaded->doomed = cache->doomed;
        cache->doomed = loaded;
    }
    if (known != NULL)
        smf_cache_put_entry(cache, known);
    flight->done = true;
    flight->status = status;
    flight->why = *request->why;
    flight->entry = request->entry;
    for (unsigned i = 0; flight->entry != NULL && i < flight->waiting; i++)
        smf_cache_hold_entry(cache, flight->entry);
    if (flight->waiting != 0)
        pthread_cond_broadcast(&cache->done);
    else
        free(flight);
    smf_cache_slot_done(cache, slot);
    return status;
}

/* As far as it goes without asking the system. The lock is held. */
static enum step step(struct smf_cache *cache, struct request *request, enum smf_status *status)
{
    struct smf_cache_slot *slot = smf_cache_find(cache, request->path, request->hash);
    struct smf_cache_entry *kept = slot != NULL ? slot->entry : NULL;
    *status = SMF_OK;
    if (kept != NULL && current(cache, request, kept)) {
        cache->figures.hits++;
        serve(cache, request, kept);
        return STEP_ANSWER;
    }
    if (slot != NULL && slot->flight != NULL)
        return join(cache, request, slot->flight, status);
    if (kept != NULL && !request->asked)
        return STEP_ASK;
    *status = load(cache, request);
    return STEP_ANSWER;
}

/* The file cannot even be asked after: what is known of it is out of date. The lock is held. */
static enum smf_status gone(struct smf_cache *cache, struct request *request, enum smf_status status)
{
    struct smf_cache_slot *slot = smf_cache_find(cache, request->path, request->hash);
    if (slot != NULL && slot->entry != NULL && !slot->entry->told.entered) {
        smf_cache_remove(cache, slot->entry);
        cache->figures.changes++;
        smf_cache_slot_done(cache, slot);
    }
    return fail(cache, request, status, 0);
}

enum smf_status smf_cache_get(struct smf_cache *cache, const char *path, struct smf_cached **entry,
                              struct smf_diagnosis *why)
{
    struct smf_diagnosis unwanted;
    struct request request = {.path = path, .hash = smf_cache_hash(path), .why = why != NULL ? why : &unwanted};
    enum smf_status status = SMF_OK;
    memset(request.why, 0, sizeof *request.why);
    *entry = NULL;
    smf_cache_lock(cache);
    request.number = ++cache->calls;
    for (enum step next = STEP_AGAIN; next != STEP_ANSWER;) {
        next = step(cache, &request, &status);
        if (next != STEP_ASK)
            continue;
        smf_cache_unlock(cache);
        status = smf_cache_file_stamp(path, &request.stamp, request.why);
        request.asked = true;
        smf_cache_lock(cache);
        if (status == SMF_OK)
            continue;
        status = gone(cache, &request, status);
        break;
    }
    smf_cache_unlock(cache);
    if (request.entry != NULL)
        *entry = &request.entry->told;
    return status;
}

void smf_cache_hold(struct smf_cache *cache, struct smf_cached *entry)
{
    smf_cache_lock(cache);
    smf_cache_hold_entry(cache, smf_cache_entry_of(entry));
    smf_cache_unlock(cache);
}

void smf_cache_put(struct smf_cache *cache, struct smf_cached *entry)
{
    if (entry == NULL)
        return;
    smf_cache_lock(cache);
    smf_cache_put_entry(cache, smf_cache_entry_of(entry));
    smf_cache_unlock(cache);
}

enum smf_status smf_cache_enter(struct smf_cache *cache, const char *id, const void *bytes, size_t size,
                                void (*release)(void *context), void *context, struct smf_diagnosis *why)
{
    struct smf_diagnosis unwanted;
    struct smf_cache_entry *entry;
    why = why != NULL ? why : &unwanted;
    memset(why, 0, sizeof *why);
    const enum smf_status status = smf_cache_wrap(cache, id, bytes, size, &entry, why);
    if (status != SMF_OK)
        return status;
    smf_cache_lock(cache);
    struct smf_cache_slot *slot = smf_cache_slot(cache, id, smf_cache_hash(id));
    if (slot == NULL) {
        smf_cache_unlock(cache);
        smf_cache_free_entry(entry);
        return smf_cache_fail(why, SMF_ERR_NO_MEMORY, id, 0);
    }
    entry->release = release;
    entry->context = context;
    if (slot->entry != NULL)
        smf_cache_remove(cache, slot->entry);
    smf_cache_hold_entry(cache, entry);
    smf_cache_keep(cache, slot, entry);
    smf_cache_put_entry(cache, entry);
    smf_cache_unlock(cache);
    return SMF_OK;
}
