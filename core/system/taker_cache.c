/* SPDX-License-Identifier: MIT */
/* taker_cache.c - what a taker keeps: three caches over one table of chains, each dropping its oldest first. */
#include "smf/hash.h"
#include "system/taker.h"
#include "system/text.h"

static struct smf_taker_counts *counts_of(struct smf_taker *taker, unsigned cache)
{
    return cache == INSTANCES   ? &taker->statistics.instances
           : cache == TEMPLATES ? &taker->statistics.templates
                                : &taker->statistics.metadata;
}

static struct smf_taker_entry **chain_of(const struct smf_taker *taker, uint32_t hash)
{
    return &taker->chains[hash & (taker->config.buckets - 1)];
}

/* ---- The order of use ---- */

static void unlink_entry(struct smf_taker *taker, struct smf_taker_entry *entry)
{
    *(entry->newer != NULL ? &entry->newer->older : &taker->caches[entry->cache].newest) = entry->older;
    *(entry->older != NULL ? &entry->older->newer : &taker->caches[entry->cache].oldest) = entry->newer;
}

static void link_newest(struct smf_taker *taker, struct smf_taker_entry *entry)
{
    struct smf_taker_entry **newest = &taker->caches[entry->cache].newest;
    entry->newer = NULL;
    entry->older = *newest;
    *(*newest != NULL ? &(*newest)->newer : &taker->caches[entry->cache].oldest) = entry;
    *newest = entry;
}

/* Who made it does not need it for this taker. */
static void tell_maker(const struct smf_taker *taker, const struct smf_taker_entry *entry)
{
    const struct smf_taker_maker *instantiator = taker->config.instantiator;
    if (entry->taken.made && instantiator->release != NULL)
        instantiator->release(instantiator, entry->symbol, entry->taken.address);
}

static void destroy(struct smf_taker *taker, struct smf_taker_entry *entry)
{
    tell_maker(taker, entry);
    smf_arena_give(taker_arena(taker), entry->block);
    smf_arena_give(taker_arena(taker), entry);
}

/* Out of its cache; gone if nobody holds it. */
static void drop(struct smf_taker *taker, struct smf_taker_entry *entry)
{
    struct smf_taker_entry **link = chain_of(taker, entry->hash);
    while (*link != entry)
        link = &(*link)->next_chained;
    *link = entry->next_chained;
    unlink_entry(taker, entry);
    entry->cached = false;
    counts_of(taker, entry->cache)->entries--;
    if (entry->holds == 0)
        destroy(taker, entry);
}

/* Drop the oldest of a cache that nobody holds; false: there is none. */
static bool evict(struct smf_taker *taker, unsigned cache)
{
    struct smf_taker_entry *entry = taker->caches[cache].oldest;
    while (entry != NULL && entry->holds != 0)
        entry = entry->newer;
    if (entry == NULL)
        return false;
    counts_of(taker, cache)->evictions++;
    drop(taker, entry);
    return true;
}

void *smf_taker_memory(const struct taking *taking, size_t size, bool scratch)
{
    struct smf_taker *taker = taking->taker;
    struct smf_arena *arena = taker_arena(taker);
    for (;;) {
        void *block = scratch ? smf_arena_take_scratch(arena, size) : smf_arena_take(arena, size);
        if (block != NULL)
            return block;
        if (!evict(taker, INSTANCES) && !evict(taker, TEMPLATES) && !evict(taker, METADATA))
            break;
    }
    taking_fail(taking, SMF_DETAIL_TAKER_ARENA, size, smf_arena_largest(arena));
    return NULL;
}

/* ---- Finding ---- */

static uint32_t hash_of(const char *module, const char *symbol, size_t size, unsigned cache)
{
    const uint8_t which = (uint8_t)cache;
    const uint32_t hash = smf_hash32(smf_hash_name(module), &which, 1);
    return smf_hash32(hash, symbol, size);
}

static struct smf_taker_entry *find(const struct taking *taking, unsigned cache, const char *module, const char *symbol,
                                    size_t size)
{
    struct smf_taker *taker = taking->taker;
    const uint32_t hash = hash_of(module, symbol, size, cache);
    struct smf_taker_entry *entry = *chain_of(taker, hash);
    for (; entry != NULL; entry = entry->next_chained)
        if (entry->hash == hash && entry->cache == cache && smf_text_is_same(entry->module, module) &&
            smf_text_size(entry->symbol) == size + 1 && memcmp(entry->symbol, symbol, size) == 0)
            break;
    if (entry == NULL) {
        counts_of(taker, cache)->misses++;
        return NULL;
    }
    counts_of(taker, cache)->hits++;
    entry->holds++;
    taker->statistics.held++;
    unlink_entry(taker, entry);
    link_newest(taker, entry);
    return entry;
}

struct smf_taker_entry *smf_taker_find(const struct taking *taking, enum taker_cache cache)
{
    return find(taking, cache, taking->module, taking->name, cache == METADATA ? 0 : taking->size);
}

struct smf_taker_entry *smf_taker_find_alike(const struct taking *taking, const struct smf_taker_entry *entry)
{
    return find(taking, entry->cache, entry->module, entry->symbol, smf_text_size(entry->symbol) - 1);
}

/* ---- Coming and going ---- */

enum smf_status smf_taker_make(const struct taking *taking, enum taker_cache cache, const struct smf_type *types,
                               struct smf_taker_entry **entry)
{
    const size_t module_size = smf_text_size(taking->module);
    size_t length = 0;
    enum smf_status status = SMF_OK;
    if (cache != METADATA)
        status = smf_types_mangle(taking->name, taking->size, types, NULL, 0, &length);
    if (status != SMF_OK && status != SMF_ERR_NO_SPACE)
        return taking_fail(taking, SMF_DETAIL_TYPE_NAMES, 0, 0);
    /* Names are in memory already, the sum of three such sizes fits a word. */
    struct smf_taker_entry *made = smf_taker_memory(taking, sizeof *made + module_size + length + 1, false);
    if (made == NULL)
        return taking->why->status;
    memset(made, 0, sizeof *made);
    memcpy(made->module, taking->module, module_size);
    char *symbol = made->module + module_size;
    *symbol = '\0';
    if (cache != METADATA &&
        smf_types_mangle(taking->name, taking->size, types, symbol, length + 1, &length) != SMF_OK) {
        smf_arena_give(taker_arena(taking->taker), made);
        return taking_fail(taking, SMF_DETAIL_TYPE_NAMES, 0, 0);
    }
    made->symbol = symbol;
    made->hash = hash_of(made->module, symbol, length, cache);
    made->cache = (uint8_t)cache;
    made->holds = 1;
    made->taken.entry = made;
    made->taken.symbol = symbol;
    made->taken.number = SMF_NO_SYMBOL;
    taking->taker->statistics.held++;
    *entry = made;
    return SMF_OK;
}

void smf_taker_keep(struct smf_taker *taker, struct smf_taker_entry *entry)
{
    struct smf_taker_counts *counts = counts_of(taker, entry->cache);
    const size_t most = taker->config.enable_caching ? taker->config.max_cache_size : 0;
    while (most != 0 && counts->entries >= most && evict(taker, entry->cache))
        ;
    if (counts->entries >= most) {
        taker->statistics.uncached++;
        return;
    }
    struct smf_taker_entry **chain = chain_of(taker, entry->hash);
    entry->next_chained = *chain;
    *chain = entry;
    entry->cached = true;
    counts->entries++;
    link_newest(taker, entry);
}

void smf_taker_release(struct smf_taker *taker, struct smf_taker_entry *entry)
{
    if (entry == NULL)
        return;
    taker->statistics.held--;
    if (--entry->holds == 0 && !entry->cached)
        destroy(taker, entry);
}

static size_t drop_all(struct smf_taker *taker, const char *module)
{
    size_t dropped = 0;
    for (unsigned cache = INSTANCES; cache <= METADATA; cache++)
        for (struct smf_taker_entry *entry = taker->caches[cache].oldest, *next; entry != NULL; entry = next) {
            next = entry->newer;
            if (module != NULL && !smf_text_is_same(entry->module, module))
                continue;
            drop(taker, entry);
            dropped++;
        }
    return dropped;
}

size_t smf_taker_clear(struct smf_taker *taker) { return drop_all(taker, NULL); }

size_t smf_taker_forget(struct smf_taker *taker, const char *module)
{
    return module != NULL ? drop_all(taker, module) : 0;
}

/* ---- The taker ---- */

struct smf_taker_config smf_taker_defaults(void)
{
    return (struct smf_taker_config){.enable_caching = true, .max_cache_size = 10000, .allow_deferred = true};
}

enum smf_status smf_taker_start(struct smf_taker *taker, const struct smf_taker_config *config)
{
    if (taker == NULL || config == NULL)
        return SMF_ERR_ARGUMENT;
    const uint32_t buckets = config->buckets != 0 ? config->buckets : 64;
    if ((buckets & (buckets - 1)) != 0 || (config->arena == NULL && config->arena_size != 0) ||
        (config->instantiator != NULL && config->instantiator->instantiate == NULL))
        return SMF_ERR_ARGUMENT;
    struct smf_arena arena;
    smf_arena_start(&arena, config->arena, config->arena_size);
    const size_t size = buckets * sizeof(struct smf_taker_entry *); /* wraps only to less than a bucket for each */
    void *chains = size >> (sizeof(void *) == 8 ? 3 : 2) == buckets ? smf_arena_take(&arena, size) : NULL;
    if (chains == NULL)
        return SMF_ERR_NO_ARENA;
    memset(taker, 0, sizeof *taker);
    memset(chains, 0, size);
    taker->config = *config;
    taker->config.buckets = buckets;
    memcpy(&taker->arena, &arena, sizeof arena);
    taker->chains = chains;
    return SMF_OK;
}

void smf_taker_finish(struct smf_taker *taker)
{
    for (const struct smf_taker_entry *entry = taker->caches[INSTANCES].oldest; entry != NULL; entry = entry->newer)
        tell_maker(taker, entry);
    memset(taker, 0, sizeof *taker);
}

void smf_taker_give_back(struct smf_taker *taker, struct smf_taken *taken)
{
    smf_taker_release(taker, taken->entry);
    memset(taken, 0, sizeof *taken);
}

void smf_taker_get_statistics(const struct smf_taker *taker, struct smf_taker_statistics *statistics)
{
    *statistics = taker->statistics;
    statistics->arena_largest = smf_arena_largest(taker_arena(taker));
}
