/* SPDX-License-Identifier: MIT */
/*
 * entries.c - what a provider keeps, and for how long. An entry is one block of
 * the arena. Cached ones are found by name and stand in a list by last use; all
 * are found by address, so that what comes back is compared before it is followed.
 */
#include "system/entries.h"

#include "base/bytes.h"
#include "smf/hash.h"
#include "system/text.h"

/* ---- Memory ---- */

static struct smf_provider_entry *oldest_free(const struct smf_provider *provider)
{
    struct smf_provider_entry *entry = provider->oldest;
    while (entry != NULL && entry->holds != 0)
        entry = entry->newer;
    return entry;
}

static void evict(struct smf_provider *provider, struct smf_provider_entry *entry)
{
    smf_entry_counts(provider, entry->is_object)->evictions++;
    smf_entry_drop(provider, entry);
}

static void *take(struct smf_provider *provider, size_t size, struct smf_diagnosis *why,
                  void *(*from)(struct smf_arena *arena, size_t size))
{
    for (;;) {
        void *block = from(smf_provider_arena(provider), size);
        if (block != NULL)
            return block;
        struct smf_provider_entry *entry = oldest_free(provider);
        if (entry == NULL)
            break;
        evict(provider, entry);
    }
    smf_fail(why, SMF_DETAIL_NO_ARENA, 0, size, smf_arena_largest(smf_provider_arena(provider)));
    return NULL;
}

void *smf_provider_take(struct smf_provider *provider, size_t size, struct smf_diagnosis *why)
{
    return take(provider, size, why, smf_arena_take);
}

void *smf_provider_take_scratch(struct smf_provider *provider, size_t size, struct smf_diagnosis *why)
{
    return take(provider, size, why, smf_arena_take_scratch);
}

/* ---- The index ---- */

static struct smf_provider_entry **named_at(const struct smf_provider *provider, uint32_t hash)
{
    return &provider->named[hash & provider->bucket_mask];
}

/* Blocks are multiples of 8 apart, and at least 256 bytes long. */
static struct smf_provider_entry **placed_at(const struct smf_provider *provider, const void *entry)
{
    const uint32_t number = (uint32_t)((uintptr_t)entry >> 8);
    return &provider->named[provider->bucket_mask + 1 + (number & provider->bucket_mask)];
}

struct smf_provider_entry *smf_entry_find(const struct smf_provider *provider, const char *name, bool is_object)
{
    const uint32_t hash = smf_hash_name(name);
    struct smf_provider_entry *entry = *named_at(provider, hash);
    while (entry != NULL &&
           (entry->hash != hash || entry->is_object != is_object || !smf_text_is_same(entry->name, name)))
        entry = entry->next_named;
    return entry;
}

bool smf_entry_is_known(const struct smf_provider *provider, const void *entry)
{
    const struct smf_provider_entry *known = *placed_at(provider, entry);
    while (known != NULL && known != entry)
        known = known->next_placed;
    return known != NULL;
}

struct smf_provider_entry *smf_entry_make(struct smf_provider *provider, const char *name, bool is_object,
                                          struct smf_diagnosis *why)
{
    const size_t size = smf_text_size(name); /* lies in memory together with the block: no sum wraps */
    struct smf_provider_entry *entry = smf_provider_take(provider, sizeof *entry + size, why);
    if (entry == NULL)
        return NULL;
    struct smf_provider_entry **bucket = placed_at(provider, entry);
    *entry = (struct smf_provider_entry){.next_placed = *bucket, .hash = smf_hash_name(name), .is_object = is_object};
    memcpy(entry->name, name, size);
    *bucket = entry;
    return entry;
}

/* ---- The end of an entry ---- */

void smf_entry_close_image(struct smf_provider *provider, struct smf_provider_entry *entry)
{
    if (entry->image == NULL)
        return;
    smf_provider_give(provider, entry->image->sections);
    smf_provider_give(provider, entry->image);
    entry->image = NULL;
}

void smf_entry_empty(struct smf_provider *provider, struct smf_provider_entry *entry)
{
    smf_entry_close_image(provider, entry);
    entry->proven = false;
    if (!entry->supplied)
        return;
    const struct smf_supplier *supplier = &provider->config.suppliers[entry->supplier];
    entry->supplied = false;
    provider->statistics.supplies--;
    if (supplier->give_back != NULL)
        supplier->give_back(supplier, &entry->supply);
}

static void end(struct smf_provider *provider, struct smf_provider_entry *entry)
{
    smf_entry_empty(provider, entry);
    struct smf_provider_entry **at = placed_at(provider, entry);
    while (*at != entry)
        at = &(*at)->next_placed;
    *at = entry->next_placed;
    smf_provider_give(provider, entry->object);
    smf_provider_give(provider, entry);
}

static void leave_list(struct smf_provider *provider, const struct smf_provider_entry *entry)
{
    *(entry->newer != NULL ? &entry->newer->older : &provider->newest) = entry->older;
    *(entry->older != NULL ? &entry->older->newer : &provider->oldest) = entry->newer;
}

static void enter_list(struct smf_provider *provider, struct smf_provider_entry *entry)
{
    entry->newer = NULL;
    entry->older = provider->newest;
    *(entry->older != NULL ? &entry->older->newer : &provider->oldest) = entry;
    provider->newest = entry;
}

void smf_entry_drop(struct smf_provider *provider, struct smf_provider_entry *entry)
{
    if (entry->cached) {
        struct smf_provider_counts *counts = smf_entry_counts(provider, entry->is_object);
        struct smf_provider_entry **at = named_at(provider, entry->hash);
        while (*at != entry)
            at = &(*at)->next_named;
        *at = entry->next_named;
        leave_list(provider, entry);
        entry->cached = false;
        counts->entries--;
        counts->bytes -= entry->cost;
    }
    if (entry->holds == 0)
        end(provider, entry);
}

void smf_entry_release(struct smf_provider *provider, struct smf_provider_entry *entry)
{
    entry->holds--;
    if (entry->holds == 0 && !entry->cached)
        end(provider, entry);
}

/* ---- The cache ---- */

void smf_entry_touch(struct smf_provider *provider, struct smf_provider_entry *entry)
{
    leave_list(provider, entry);
    enter_list(provider, entry);
}

/* Could it be kept, if all went that nobody holds? */
static bool could_fit(const struct smf_provider *provider, const struct smf_provider_entry *entry,
                      const struct smf_provider_limits *limits)
{
    size_t entries = 1;
    uint64_t bytes = limits->bytes - entry->cost;
    for (const struct smf_provider_entry *other = provider->newest; other != NULL; other = other->older)
        if (other->holds != 0 && other->is_object == entry->is_object) {
            entries++;
            if (other->cost > bytes || entries > limits->entries)
                return false;
            bytes -= other->cost;
        }
    return true;
}

static bool is_full(const struct smf_provider_counts *counts, const struct smf_provider_limits *limits, uint64_t cost)
{
    return counts->entries >= limits->entries || counts->bytes > limits->bytes - cost;
}

/* Entries go, the oldest first, until one more fits; none, if that would not help. */
static bool make_room(struct smf_provider *provider, const struct smf_provider_entry *entry,
                      const struct smf_provider_limits *limits)
{
    const struct smf_provider_counts *counts = smf_entry_counts(provider, entry->is_object);
    if (!provider->config.enable_cache || limits->entries == 0 || entry->cost > limits->bytes ||
        counts->entries == UINT32_MAX)
        return false;
    if (!is_full(counts, limits, entry->cost))
        return true;
    if (!could_fit(provider, entry, limits))
        return false;
    for (struct smf_provider_entry *oldest = provider->oldest, *next;
         oldest != NULL && is_full(counts, limits, entry->cost); oldest = next) {
        next = oldest->newer;
        if (oldest->holds == 0 && oldest->is_object == entry->is_object)
            evict(provider, oldest);
    }
    return true;
}

void smf_entry_keep(struct smf_provider *provider, struct smf_provider_entry *entry)
{
    const struct smf_provider_limits *limits = entry->is_object ? &provider->config.objects : &provider->config.modules;
    struct smf_provider_counts *counts = smf_entry_counts(provider, entry->is_object);
    if (!make_room(provider, entry, limits)) {
        provider->statistics.uncached++;
        return;
    }
    struct smf_provider_entry **bucket = named_at(provider, entry->hash);
    entry->next_named = *bucket;
    *bucket = entry;
    enter_list(provider, entry);
    entry->cached = true;
    counts->entries++;
    counts->bytes += entry->cost;
}
