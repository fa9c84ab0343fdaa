/* SPDX-License-Identifier: MIT */
/*
 * mapper.c - the table of symbols: every way in goes through enter(), every way
 * out through discard().
 *
 * A symbol is one block of the arena with its name behind it, in two lists: its
 * bucket's and its owner's. A new one is made whole, region included, before the old
 * one of its name is touched; so whatever fails, only the new one has to go.
 */
#include "base/bytes.h"
#include "smf/hash.h"
#include "system/region.h"
#include "system/symbols.h"
#include "system/text.h"

const struct smf_mapper_policy smf_mapper_jit = {.allow_replace = true, .default_owner = "__jit__"};
const struct smf_mapper_policy smf_mapper_loader = {.allow_replace = false, .default_owner = NULL};

/* What is to be entered. */
struct request {
    const struct smf_mapper_policy *policy;
    const char *owner, *symbol;
    const struct smf_mapper_code *code; /* NULL: only to be recorded */
    uintptr_t address;
    size_t size;
    uint32_t hash; /* of the symbol's name */
};

/* ---- The table ---- */

static struct smf_mapper_bucket *bucket_of(const struct smf_mapper *mapper, uint32_t hash)
{
    return &mapper->buckets[hash & (mapper->config.bucket_count - 1)];
}

static struct smf_mapper_symbol *find_hashed(const struct smf_mapper *mapper, const char *name, uint32_t hash)
{
    struct smf_mapper_symbol *symbol = bucket_of(mapper, hash)->symbols;
    while (symbol != NULL && (symbol->hash != hash || !smf_text_is_same(symbol->name, name)))
        symbol = symbol->next;
    return symbol;
}

struct smf_mapper_symbol *smf_mapper_find_symbol(const struct smf_mapper *mapper, const char *name)
{
    return find_hashed(mapper, name, smf_hash_name(name));
}

struct smf_mapper_owner *smf_mapper_find_owner(const struct smf_mapper *mapper, const char *name)
{
    const uint32_t hash = smf_hash_name(name);
    struct smf_mapper_owner *owner = bucket_of(mapper, hash)->owners;
    while (owner != NULL && (owner->hash != hash || !smf_text_is_same(owner->name, name)))
        owner = owner->next;
    return owner;
}

/* The owner of this name, made if there is none; NULL: no room. One without symbols goes with discard(). */
static struct smf_mapper_owner *take_owner(struct smf_mapper *mapper, const char *name)
{
    struct smf_mapper_owner *owner = smf_mapper_find_owner(mapper, name);
    if (owner != NULL)
        return owner;
    const size_t size = smf_text_size(name); /* lies in memory together with the block: no sum wraps */
    owner = smf_arena_take(smf_mapper_arena(mapper), sizeof *owner + size);
    if (owner == NULL)
        return NULL;
    const uint32_t hash = smf_hash_name(name);
    struct smf_mapper_bucket *bucket = bucket_of(mapper, hash);
    *owner = (struct smf_mapper_owner){.next = bucket->owners, .hash = hash};
    memcpy(owner->name, name, size);
    bucket->owners = owner;
    mapper->statistics.owner_count++;
    return owner;
}

/* A symbol in its owner's list, in no bucket, without a region; NULL: no room. */
static struct smf_mapper_symbol *take_symbol(struct smf_mapper *mapper, const struct request *request)
{
    const size_t size = smf_text_size(request->symbol);
    struct smf_mapper_symbol *symbol = smf_arena_take(smf_mapper_arena(mapper), sizeof *symbol + size);
    if (symbol == NULL)
        return NULL;
    struct smf_mapper_owner *owner = take_owner(mapper, request->owner);
    if (owner == NULL) {
        smf_arena_give(smf_mapper_arena(mapper), symbol);
        return NULL;
    }
    *symbol = (struct smf_mapper_symbol){.owner = owner,
                                         .next_owned = owner->symbols,
                                         .owned_at = &owner->symbols,
                                         .address = request->address,
                                         .size = request->size,
                                         .hash = request->hash};
    memcpy(symbol->name, request->symbol, size);
    if (symbol->next_owned != NULL)
        symbol->next_owned->owned_at = &symbol->next_owned;
    owner->symbols = symbol;
    return symbol;
}

/* Give back a symbol that is in no bucket: its region, its place with its owner, the owner if it was the last, itself. */
static void discard(struct smf_mapper *mapper, struct smf_mapper_symbol *symbol)
{
    const struct smf_port *port = mapper->config.port;
    struct smf_mapper_owner *owner = symbol->owner;
    if (symbol->region.bytes != NULL) {
        port->release(port->context, &symbol->region, 1);
        mapper->statistics.region_count--;
    }
    *symbol->owned_at = symbol->next_owned;
    if (symbol->next_owned != NULL)
        symbol->next_owned->owned_at = symbol->owned_at;
    smf_arena_give(smf_mapper_arena(mapper), symbol);
    if (owner->symbols != NULL)
        return;
    struct smf_mapper_owner **at = &bucket_of(mapper, owner->hash)->owners;
    while (*at != owner)
        at = &(*at)->next;
    *at = owner->next;
    smf_arena_give(smf_mapper_arena(mapper), owner);
    mapper->statistics.owner_count--;
}

/* A symbol leaves the table. */
static void remove(struct smf_mapper *mapper, struct smf_mapper_symbol *symbol)
{
    struct smf_mapper_symbol **at = &bucket_of(mapper, symbol->hash)->symbols;
    while (*at != symbol)
        at = &(*at)->next;
    *at = symbol->next;
    mapper->statistics.mapped_symbols--;
    mapper->statistics.total_bytes -= symbol->size;
    discard(mapper, symbol);
}

static size_t remove_owned(struct smf_mapper *mapper, const char *name)
{
    size_t count = 0;
    const struct smf_mapper_owner *owner = smf_mapper_find_owner(mapper, name);
    struct smf_mapper_symbol *next = owner != NULL ? owner->symbols : NULL;
    for (; next != NULL; count++) {
        struct smf_mapper_symbol *symbol = next;
        next = symbol->next_owned; /* with the last one the owner goes */
        remove(mapper, symbol);
    }
    return count;
}

static size_t remove_all(struct smf_mapper *mapper)
{
    size_t count = 0;
    for (uint32_t i = 0; i < mapper->config.bucket_count; i++)
        for (; mapper->buckets[i].symbols != NULL; count++)
            remove(mapper, mapper->buckets[i].symbols);
    return count;
}

/* ---- Entering ---- */

/* Reserve a region for a symbol, fill it, seal it. What fails is given back with the symbol. */
static enum smf_status map_code(struct smf_mapper *mapper, const struct request *request,
                                struct smf_mapper_symbol *symbol)
{
    const struct smf_port *port = mapper->config.port;
    const struct smf_mapper_code *code = request->code;
    const struct smf_region_request wanted = {.size = code->size,
                                              .alignment = code->alignment != 0 ? code->alignment
                                                           : port->granule > 1  ? port->granule
                                                                                : 1,
                                              .access = SMF_ACCESS_RX,
                                              .highest = code->highest};
    struct smf_region region;
    if (code->size > SIZE_MAX / 4 && smf_port_footprint(port, code->size) == SIZE_MAX)
        return SMF_ERR_NO_MEMORY;
    enum smf_status status = port->reserve(port->context, &wanted, 1, &region);
    if (status != SMF_OK)
        return status;
    if (!smf_region_is_as_asked(&region, &wanted)) {
        port->release(port->context, &region, 1);
        return SMF_ERR_NO_MEMORY;
    }
    region.access = SMF_ACCESS_RX;
    symbol->region = region;
    symbol->address = region.address;
    mapper->statistics.region_count++;
    status = code->fill(code->context, &region);
    if (status != SMF_OK)
        return status;
    if (port->sync_code != NULL)
        port->sync_code(port->context, &region);
    return port->protect(port->context, &region, SMF_ACCESS_RX);
}

static enum smf_status enter(struct smf_mapper *mapper, const struct request *request, uintptr_t *address)
{
    struct smf_mapper_statistics *statistics = &mapper->statistics;
    struct smf_mapper_symbol *old = find_hashed(mapper, request->symbol, request->hash);
    if (old != NULL && !request->policy->allow_replace)
        return SMF_ERR_DUPLICATE;
    if (request->size > SIZE_MAX - (statistics->total_bytes - (old != NULL ? old->size : 0)))
        return SMF_ERR_LIMIT;
    struct smf_mapper_symbol *symbol = take_symbol(mapper, request);
    if (symbol == NULL)
        return SMF_ERR_NO_ARENA;
    const enum smf_status status = request->code != NULL ? map_code(mapper, request, symbol) : SMF_OK;
    if (status != SMF_OK) {
        discard(mapper, symbol);
        return status;
    }
    if (old != NULL)
        remove(mapper, old); /* the request may point into it */
    struct smf_mapper_symbol **first = &bucket_of(mapper, symbol->hash)->symbols;
    symbol->next = *first;
    *first = symbol;
    statistics->mapped_symbols++;
    statistics->total_bytes += symbol->size;
    symbol->generation = ++statistics->generation;
    if (address != NULL)
        *address = symbol->address;
    return SMF_OK;
}

static enum smf_status enter_locked(struct smf_mapper *mapper, struct request *request, uintptr_t *address)
{
    if (!smf_mapper_is_started(mapper) || request->policy == NULL || smf_text_is_empty(request->symbol))
        return SMF_ERR_ARGUMENT;
    if (smf_text_is_empty(request->owner))
        request->owner = request->policy->default_owner;
    if (smf_text_is_empty(request->owner))
        return SMF_ERR_ARGUMENT;
    request->hash = smf_hash_name(request->symbol);
    smf_mapper_lock(mapper);
    const enum smf_status status = enter(mapper, request, address);
    smf_mapper_unlock(mapper);
    return status;
}

enum smf_status smf_mapper_map_filled(struct smf_mapper *mapper, const struct smf_mapper_policy *policy,
                                      const char *owner, const char *symbol, const struct smf_mapper_code *code,
                                      uintptr_t *address)
{
    if (code == NULL || code->fill == NULL || code->size == 0 || (code->alignment & (code->alignment - 1)) != 0)
        return SMF_ERR_ARGUMENT;
    struct request request = {.policy = policy, .owner = owner, .symbol = symbol, .code = code, .size = code->size};
    return enter_locked(mapper, &request, address);
}

static enum smf_status copy(void *context, const struct smf_region *region)
{
    memcpy(region->bytes, context, region->size);
    return SMF_OK;
}

enum smf_status smf_mapper_map(struct smf_mapper *mapper, const struct smf_mapper_policy *policy, const char *owner,
                               const char *symbol, const void *code, size_t size, size_t alignment, uintptr_t *address)
{
    const struct smf_mapper_code copied = {
        .size = size, .alignment = alignment, .fill = copy, .context = (void *)(uintptr_t)code};
    return code != NULL ? smf_mapper_map_filled(mapper, policy, owner, symbol, &copied, address) : SMF_ERR_ARGUMENT;
}

enum smf_status smf_mapper_record(struct smf_mapper *mapper, const struct smf_mapper_policy *policy, const char *owner,
                                  const char *symbol, uintptr_t address, size_t size)
{
    struct request request = {.policy = policy, .owner = owner, .symbol = symbol, .address = address, .size = size};
    if (address == 0 || (size != 0 && size - 1 > UINTPTR_MAX - address))
        return SMF_ERR_ARGUMENT;
    return enter_locked(mapper, &request, NULL);
}

/* ---- Leaving ---- */

enum smf_status smf_mapper_unmap(struct smf_mapper *mapper, const char *symbol)
{
    if (!smf_mapper_is_started(mapper) || symbol == NULL)
        return SMF_ERR_ARGUMENT;
    smf_mapper_lock(mapper);
    struct smf_mapper_symbol *found = smf_mapper_find_symbol(mapper, symbol);
    if (found != NULL)
        remove(mapper, found);
    smf_mapper_unlock(mapper);
    return found != NULL ? SMF_OK : SMF_ERR_NOT_FOUND;
}

size_t smf_mapper_unmap_owner(struct smf_mapper *mapper, const char *owner)
{
    if (!smf_mapper_is_started(mapper) || owner == NULL)
        return 0;
    smf_mapper_lock(mapper);
    const size_t count = remove_owned(mapper, owner);
    smf_mapper_unlock(mapper);
    return count;
}

size_t smf_mapper_clear(struct smf_mapper *mapper)
{
    if (!smf_mapper_is_started(mapper))
        return 0;
    smf_mapper_lock(mapper);
    const size_t count = remove_all(mapper);
    smf_mapper_unlock(mapper);
    return count;
}

/* ---- Starting and finishing ---- */

enum smf_status smf_mapper_start(struct smf_mapper *mapper, const struct smf_mapper_config *config)
{
    if (mapper == NULL || config == NULL || !smf_port_is_complete(config->port))
        return SMF_ERR_ARGUMENT;
    const size_t count = config->bucket_count != 0 ? config->bucket_count : SMF_MAPPER_BUCKETS;
    if ((count & (count - 1)) != 0)
        return SMF_ERR_ARGUMENT;
    struct smf_mapper started = {.config = *config};
    started.config.bucket_count = (uint32_t)count;
    smf_arena_start(smf_mapper_arena(&started), config->arena, config->arena_size);
    if (count <= SIZE_MAX / sizeof(struct smf_mapper_bucket))
        started.buckets = smf_arena_take(smf_mapper_arena(&started), count * sizeof(struct smf_mapper_bucket));
    if (started.buckets == NULL)
        return SMF_ERR_NO_ARENA;
    memset(started.buckets, 0, count * sizeof(struct smf_mapper_bucket));
    *mapper = started;
    return SMF_OK;
}

void smf_mapper_finish(struct smf_mapper *mapper)
{
    (void)smf_mapper_clear(mapper);
    if (mapper != NULL)
        mapper->config.port = NULL;
}
