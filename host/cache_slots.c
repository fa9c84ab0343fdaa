/* SPDX-License-Identifier: MIT */
/* cache_slots.c - which path is which entry, what is given up for something new, and references. The mutex is held. */
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "smf/hash.h"

enum { FIRST_BUCKETS = 64 };

void smf_cache_lock(struct smf_cache *cache) { pthread_mutex_lock(&cache->mutex); }

void smf_cache_unlock(struct smf_cache *cache)
{
    struct smf_cache_entry *entry = cache->doomed;
    cache->doomed = NULL;
    pthread_mutex_unlock(&cache->mutex);
    while (entry != NULL) {
        struct smf_cache_entry *next = entry->doomed;
        smf_cache_free_entry(entry);
        entry = next;
    }
}

/* ---- Slots ---- */

uint64_t smf_cache_hash(const char *path) { return smf_hash64(SMF_FNV64_BASIS, path, strlen(path)); }

struct smf_cache_slot *smf_cache_find(struct smf_cache *cache, const char *path, uint64_t hash)
{
    if (cache->buckets == NULL)
        return NULL;
    struct smf_cache_slot *slot = cache->buckets[hash & cache->bucket_mask];
    while (slot != NULL && (slot->hash != hash || strcmp(slot->path, path) != 0))
        slot = slot->next;
    return slot;
}

/* As many buckets as slots, or nearly. Without memory the chains become longer. */
static bool grow(struct smf_cache *cache)
{
    const size_t count = cache->buckets == NULL ? FIRST_BUCKETS : 2 * (cache->bucket_mask + 1);
    struct smf_cache_slot **buckets = calloc(count, sizeof(struct smf_cache_slot *));
    if (buckets == NULL)
        return cache->buckets != NULL;
    for (size_t i = 0; cache->buckets != NULL && i <= cache->bucket_mask; i++)
        while (cache->buckets[i] != NULL) {
            struct smf_cache_slot *slot = cache->buckets[i];
            cache->buckets[i] = slot->next;
            slot->next = buckets[slot->hash & (count - 1)];
            buckets[slot->hash & (count - 1)] = slot;
        }
    free(cache->buckets);
    cache->buckets = buckets;
    cache->bucket_mask = count - 1;
    return true;
}

struct smf_cache_slot *smf_cache_slot(struct smf_cache *cache, const char *path, uint64_t hash)
{
    struct smf_cache_slot *slot = smf_cache_find(cache, path, hash);
    if (slot != NULL)
        return slot;
    if ((cache->buckets == NULL || cache->slot_count > cache->bucket_mask) && !grow(cache))
        return NULL;
    const size_t length = strlen(path) + 1;
    slot = calloc(1, sizeof *slot + length);
    if (slot == NULL)
        return NULL;
    memcpy(slot->path, path, length);
    slot->hash = hash;
    slot->next = cache->buckets[hash & cache->bucket_mask];
    cache->buckets[hash & cache->bucket_mask] = slot;
    cache->slot_count++;
    return slot;
}

void smf_cache_slot_done(struct smf_cache *cache, struct smf_cache_slot *slot)
{
    if (slot->entry != NULL || slot->flight != NULL || slot->references != 0)
        return;
    struct smf_cache_slot **link = &cache->buckets[slot->hash & cache->bucket_mask];
    while (*link != slot)
        link = &(*link)->next;
    *link = slot->next;
    cache->slot_count--;
    free(slot);
}

/* ---- Who may go ---- */

static void unlink_idle(struct smf_cache *cache, struct smf_cache_entry *entry)
{
    if (!entry->idle)
        return;
    *(entry->newer != NULL ? &entry->newer->older : &cache->newest) = entry->older;
    *(entry->older != NULL ? &entry->older->newer : &cache->oldest) = entry->newer;
    entry->newer = entry->older = NULL;
    entry->idle = false;
    cache->idle_files--;
    cache->idle_bytes -= entry->told.source.size;
}

/* Into the list, as the newest, if nothing keeps it from going. */
static void link_idle(struct smf_cache *cache, struct smf_cache_entry *entry)
{
    if (entry->slot == NULL || entry->held != 0 || entry->slot->references != 0 || entry->told.entered)
        return;
    entry->older = cache->newest;
    *(cache->newest != NULL ? &cache->newest->newer : &cache->oldest) = entry;
    cache->newest = entry;
    entry->idle = true;
    cache->idle_files++;
    cache->idle_bytes += entry->told.source.size;
}

static void doom(struct smf_cache *cache, struct smf_cache_entry *entry)
{
    entry->doomed = cache->doomed;
    cache->doomed = entry;
}

void smf_cache_hold_entry(struct smf_cache *cache, struct smf_cache_entry *entry)
{
    if (entry->held++ != 0)
        return;
    cache->figures.held++;
    unlink_idle(cache, entry);
    if (entry->slot == NULL)
        cache->figures.outside_bytes += entry->told.source.size;
}

void smf_cache_put_entry(struct smf_cache *cache, struct smf_cache_entry *entry)
{
    if (--entry->held != 0)
        return;
    cache->figures.held--;
    if (entry->slot != NULL) {
        link_idle(cache, entry);
        return;
    }
    cache->figures.outside_bytes -= entry->told.source.size;
    doom(cache, entry);
}

void smf_cache_keep(struct smf_cache *cache, struct smf_cache_slot *slot, struct smf_cache_entry *entry)
{
    entry->slot = slot;
    slot->entry = entry;
    cache->figures.files++;
    cache->figures.outside_bytes -= entry->told.source.size; /* it is held */
    if (!entry->told.entered) {
        cache->limited_files++;
        cache->figures.bytes += entry->told.source.size;
    }
    smf_cache_sample(cache);
}

void smf_cache_remove(struct smf_cache *cache, struct smf_cache_entry *entry)
{
    unlink_idle(cache, entry);
    entry->slot->entry = NULL;
    entry->slot = NULL;
    cache->figures.files--;
    if (!entry->told.entered) {
        cache->limited_files--;
        cache->figures.bytes -= entry->told.source.size;
    }
    if (entry->held != 0)
        cache->figures.outside_bytes += entry->told.source.size;
    else
        doom(cache, entry);
    smf_cache_sample(cache);
}

/* Do `files` more files fit, if `gone_files` of `gone_bytes` bytes go? */
static bool fits(const struct smf_cache *cache, uint64_t size, size_t gone_files, uint64_t gone_bytes)
{
    const struct smf_cache_options *options = &cache->options;
    const uint64_t others = cache->figures.bytes - gone_bytes;
    return (options->max_files == 0 || cache->limited_files - gone_files < options->max_files) &&
           (options->max_bytes == 0 || (size <= options->max_bytes && others <= options->max_bytes - size));
}

bool smf_cache_room(struct smf_cache *cache, uint64_t size)
{
    if (!fits(cache, size, cache->idle_files, cache->idle_bytes))
        return false;
    while (!fits(cache, size, 0, 0)) {
        struct smf_cache_slot *slot = cache->oldest->slot;
        smf_cache_remove(cache, cache->oldest);
        smf_cache_slot_done(cache, slot);
        cache->figures.evictions++;
    }
    return true;
}

/* ---- Calls ---- */

/* Take out what a path has: its entry, and its references if they are to go too. */
static bool take_out(struct smf_cache *cache, struct smf_cache_slot *slot, bool forget)
{
    bool any = slot->entry != NULL;
    if (slot->entry != NULL)
        smf_cache_remove(cache, slot->entry);
    if (forget) {
        any = any || slot->references != 0;
        slot->references = 0;
    }
    smf_cache_slot_done(cache, slot);
    return any;
}

static bool take_out_path(struct smf_cache *cache, const char *path, bool forget)
{
    smf_cache_lock(cache);
    struct smf_cache_slot *slot = smf_cache_find(cache, path, smf_cache_hash(path));
    const bool any = slot != NULL && take_out(cache, slot, forget);
    smf_cache_unlock(cache);
    return any;
}

bool smf_cache_evict(struct smf_cache *cache, const char *path) { return take_out_path(cache, path, false); }
bool smf_cache_close(struct smf_cache *cache, const char *path) { return take_out_path(cache, path, true); }

static void take_out_all(struct smf_cache *cache, bool forget)
{
    smf_cache_lock(cache);
    for (size_t i = 0; cache->buckets != NULL && i <= cache->bucket_mask; i++)
        for (struct smf_cache_slot *slot = cache->buckets[i], *next; slot != NULL; slot = next) {
            next = slot->next;
            take_out(cache, slot, forget);
        }
    smf_cache_unlock(cache);
}

void smf_cache_clear(struct smf_cache *cache) { take_out_all(cache, false); }
void smf_cache_force_clear(struct smf_cache *cache) { take_out_all(cache, true); }

bool smf_cache_has(struct smf_cache *cache, const char *path)
{
    smf_cache_lock(cache);
    const struct smf_cache_slot *slot = smf_cache_find(cache, path, smf_cache_hash(path));
    const bool has = slot != NULL && slot->entry != NULL;
    smf_cache_unlock(cache);
    return has;
}

size_t smf_cache_count(struct smf_cache *cache)
{
    smf_cache_lock(cache);
    const size_t count = cache->figures.files;
    smf_cache_unlock(cache);
    return count;
}

size_t smf_cache_reference(struct smf_cache *cache, const char *path)
{
    smf_cache_lock(cache);
    struct smf_cache_slot *slot = smf_cache_slot(cache, path, smf_cache_hash(path));
    const size_t count = slot != NULL ? ++slot->references : 0;
    if (slot != NULL && slot->entry != NULL)
        unlink_idle(cache, slot->entry);
    smf_cache_unlock(cache);
    return count;
}

size_t smf_cache_unreference(struct smf_cache *cache, const char *path)
{
    size_t count = 0;
    smf_cache_lock(cache);
    struct smf_cache_slot *slot = smf_cache_find(cache, path, smf_cache_hash(path));
    if (slot != NULL && slot->references != 0) {
        count = --slot->references;
        if (count == 0)
            take_out(cache, slot, false);
    }
    smf_cache_unlock(cache);
    return count;
}

size_t smf_cache_references(struct smf_cache *cache, const char *path)
{
    smf_cache_lock(cache);
    const struct smf_cache_slot *slot = smf_cache_find(cache, path, smf_cache_hash(path));
    const size_t count = slot != NULL ? slot->references : 0;
    smf_cache_unlock(cache);
    return count;
}
