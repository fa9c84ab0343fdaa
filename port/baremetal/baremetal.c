/* SPDX-License-Identifier: MIT */
/*
 * baremetal.c - the port's calls: pages taken from the pools, mapped, given another access, unmapped.
 *
 * Entries are written here and nowhere else. What a call is about to change is checked first, so that a call that
 * fails has changed nothing.
 */
#include "pages.h"

enum { PAGE = SMF_BAREMETAL_PAGE };

static size_t pages_of(size_t size) { return size / PAGE + (size % PAGE != 0); }

/* Whole units, or more than any pool has. */
static size_t round_up(size_t size, size_t unit)
{
    return size > SIZE_MAX - (unit - 1) ? SIZE_MAX : (size + unit - 1) & ~(unit - 1);
}

static size_t unit_of(const struct smf_baremetal *baremetal)
{
    return baremetal->config.code.entries != NULL ? PAGE : 1;
}

/* Number of the pool that serves this access. */
static size_t pool_for(const struct smf_baremetal *baremetal, enum smf_access access)
{
    const size_t wanted = access == SMF_ACCESS_RO ? 1 : access == SMF_ACCESS_RW ? 2 : 0;
    return baremetal->pools[wanted].size != 0 ? wanted : 0;
}

bool smf_baremetal_locate(const struct smf_baremetal *baremetal, uintptr_t address, size_t size,
                          struct smf_baremetal_place *place)
{
    for (size_t i = 0; i < SMF_BAREMETAL_POOLS; i++) {
        const struct smf_pool *pool = &baremetal->pools[i];
        const size_t offset = (size_t)(address - pool->address);
        if (address < pool->address || offset >= pool->size || size > pool->size - offset)
            continue;
        *place = (struct smf_baremetal_place){.pool = i, .offset = offset};
        const struct smf_baremetal_memory *memory = smf_baremetal_memory(&baremetal->config, i);
        if (memory->entries != NULL) {
            place->entries = memory->entries + offset / PAGE;
            place->count = pages_of(offset % PAGE + size);
            place->physical = memory->physical + offset / PAGE * PAGE;
        }
        return true;
    }
    return false;
}

void smf_baremetal_flush(const struct smf_baremetal *baremetal, uintptr_t address, size_t count)
{
    const uintptr_t start = address & ~(uintptr_t)(PAGE - 1);
    smf_machine_flush(start, count);
    if (baremetal->config.flush_others != NULL)
        baremetal->config.flush_others(baremetal->config.context, start, count * PAGE);
}

/* ---- Reserve and release ---- */

/* Map fresh pages for the loader to write, or nothing without entries. */
static void map(const struct smf_baremetal *baremetal, const struct smf_region *region)
{
    struct smf_baremetal_place place;
    if (!smf_baremetal_locate(baremetal, region->address, region->size, &place))
        return;
    for (size_t i = 0; i < place.count; i++)
        place.entries[i] =
            smf_machine_entry(place.physical + i * PAGE, SMF_ACCESS_RW, false, baremetal->config.memory_type);
    if (place.count != 0)
        smf_baremetal_flush(baremetal, region->address, place.count);
}

/* A module can read, or execute, all of its last page: nothing that others left there. */
static void clear_padding(const struct smf_baremetal *baremetal, const struct smf_region *region)
{
    const size_t taken = round_up(region->size, unit_of(baremetal));
    for (size_t i = region->size; i < taken; i++)
        region->bytes[i] = 0;
}

static void give(struct smf_baremetal *baremetal, const struct smf_region *region)
{
    struct smf_baremetal_place place;
    if (!smf_baremetal_locate(baremetal, region->address, region->size, &place))
        return;
    for (size_t i = 0; i < place.count; i++)
        place.entries[i] = 0;
    if (place.count != 0)
        smf_baremetal_flush(baremetal, region->address, place.count);
    smf_pool_give(&baremetal->pools[place.pool], place.offset);
}

static void release(void *context, const struct smf_region *regions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        give(context, &regions[i]);
}

/* Where one region goes: exactly where it was asked for, or the lowest place. */
static enum smf_status take(struct smf_baremetal *baremetal, const struct smf_region_request *request, size_t *offset)
{
    struct smf_pool *pool = &baremetal->pools[pool_for(baremetal, request->access)];
    const size_t unit = unit_of(baremetal), size = round_up(request->size, unit);
    const size_t alignment = request->alignment > unit ? request->alignment : unit;
    if (request->address == 0)
        return smf_pool_take(pool, size, alignment, request->highest, offset);
    *offset = (size_t)(request->address - pool->address);
    if (request->address < pool->address || (request->address & (alignment - 1)) != 0 ||
        (request->highest != 0 &&
         (request->address > request->highest || size - 1 > request->highest - request->address)))
        return SMF_ERR_NO_MEMORY;
    return smf_pool_take_at(pool, *offset, size);
}

static enum smf_status take_each(struct smf_baremetal *baremetal, const struct smf_region_request *requests,
                                 size_t count, size_t *offsets)
{
    for (size_t i = 0; i < count; i++) {
        const enum smf_status status = take(baremetal, &requests[i], &offsets[i]);
        if (status == SMF_OK)
            continue;
        while (i-- > 0)
            smf_pool_give(&baremetal->pools[pool_for(baremetal, requests[i].access)], offsets[i]);
        return status;
    }
    return SMF_OK;
}

/*
 * The default layout: all regions behind one another in one pool, so that distances inside of a module are what its
 * file says. False where that cannot be: several pools, exact addresses, no room in one piece; and without pages,
 * where memory is worth more than the time to apply a few relocations.
 */
static bool take_together(struct smf_baremetal *baremetal, const struct smf_region_request *requests, size_t count,
                          size_t *offsets)
{
    const size_t number = pool_for(baremetal, requests[0].access);
    struct smf_pool *pool = &baremetal->pools[number];
    size_t total = 0, largest = PAGE, start;
    uintptr_t highest = UINTPTR_MAX;
    if (baremetal->config.code.entries == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        const size_t alignment = requests[i].alignment > PAGE ? requests[i].alignment : PAGE;
        if (requests[i].address != 0 || pool_for(baremetal, requests[i].access) != number ||
            requests[i].size > pool->size || alignment > pool->size)
            return false;
        offsets[i] = round_up(total, alignment);
        total = offsets[i] + round_up(requests[i].size, PAGE);
        largest = alignment > largest ? alignment : largest;
        if (requests[i].highest != 0 && requests[i].highest < highest)
            highest = requests[i].highest;
    }
    if (pool->block_max - pool->block_count < count || smf_pool_take(pool, total, largest, highest, &start) != SMF_OK)
        return false;
    smf_pool_give(pool, start);
    for (size_t i = 0; i < count; i++) {
        offsets[i] += start;
        if (smf_pool_take_at(pool, offsets[i], round_up(requests[i].size, PAGE)) != SMF_OK)
            return false; /* there was room for all of them: cannot be */
    }
    return true;
}

static enum smf_status reserve(void *context, const struct smf_region_request *requests, size_t count,
                               struct smf_region *regions)
{
    struct smf_baremetal *baremetal = context;
    size_t offsets[3];
    if (count == 0 || count > 3)
        return SMF_ERR_ARGUMENT;
    for (size_t i = 0; i < count; i++)
        if (requests[i].access == SMF_ACCESS_RWX && !baremetal->port.can_rwx)
            return SMF_ERR_PROTECT;
    if (!take_together(baremetal, requests, count, offsets)) {
        const enum smf_status status = take_each(baremetal, requests, count, offsets);
        if (status != SMF_OK)
            return status;
    }
    for (size_t i = 0; i < count; i++) {
        const struct smf_pool *pool = &baremetal->pools[pool_for(baremetal, requests[i].access)];
        regions[i] = (struct smf_region){.bytes = pool->bytes + offsets[i],
                                         .address = pool->address + offsets[i],
                                         .size = requests[i].size,
                                         .access = requests[i].access};
        map(baremetal, &regions[i]);
        clear_padding(baremetal, &regions[i]);
    }
    return SMF_OK;
}

static size_t available(void *context, enum smf_access access)
{
    const struct smf_baremetal *baremetal = context;
    return smf_pool_largest(&baremetal->pools[pool_for(baremetal, access)], unit_of(baremetal));
}

/* ---- Access ---- */

/* The mapped pages of a region, or of whole pages of one. */
static bool find_mapped(const struct smf_baremetal *baremetal, const struct smf_region *region,
                        struct smf_baremetal_place *place)
{
    enum smf_access access;
    if (region->size == 0 || region->address % PAGE != 0 ||
        !smf_baremetal_locate(baremetal, region->address, region->size, place) || place->count == 0)
        return false;
    for (size_t i = 0; i < place->count; i++)
        if (!smf_machine_access(place->entries[i], &access))
            return false;
    return true;
}

static enum smf_status protect(void *context, const struct smf_region *region, enum smf_access access)
{
    const struct smf_baremetal *baremetal = context;
    struct smf_baremetal_place place;
    if (access == SMF_ACCESS_RWX || !find_mapped(baremetal, region, &place))
        return SMF_ERR_PROTECT;
    for (size_t i = 0; i < place.count; i++)
        place.entries[i] = smf_machine_entry(place.physical + i * PAGE, access, smf_machine_is_open(place.entries[i]),
                                             baremetal->config.memory_type);
    smf_baremetal_flush(baremetal, region->address, place.count);
    return SMF_OK;
}

static enum smf_status protect_nothing(void *context, const struct smf_region *region, enum smf_access access)
{
    (void)context, (void)region, (void)access;
    return SMF_OK;
}

static enum smf_status query(void *context, uintptr_t address, enum smf_access *access)
{
    struct smf_baremetal_place place;
    if (!smf_baremetal_locate(context, address, 1, &place) || place.entries == NULL ||
        !smf_machine_access(*place.entries, access))
        return SMF_ERR_NOT_FOUND;
    return SMF_OK;
}

/* One page after the other becomes writable and gets its stores, while no interrupt can come between. */
static void store(void *context, const struct smf_region *region, const struct smf_store *stores, size_t count)
{
    const struct smf_baremetal *baremetal = context;
    for (size_t i = 0; i < count;) {
        const size_t page = stores[i].offset / PAGE;
        const uintptr_t address = region->address + page * PAGE;
        struct smf_baremetal_place place;
        if (!smf_baremetal_locate(baremetal, address, 1, &place) || place.entries == NULL)
            return;
        const uintptr_t interrupts = smf_machine_mask();
        const uint64_t before = *place.entries;
        *place.entries = smf_machine_entry(place.physical, SMF_ACCESS_RW, smf_machine_is_open(before),
                                           baremetal->config.memory_type);
        smf_machine_flush(address, 1); /* others that still see it read-only do not matter */
        for (; i < count && stores[i].offset / PAGE == page; i++)
            __atomic_store_n((uintptr_t *)(void *)(region->bytes + stores[i].offset), stores[i].value,
                             __ATOMIC_RELEASE);
        *place.entries = before;
        smf_baremetal_flush(baremetal, address, 1);
        smf_machine_unmask(interrupts);
    }
}

enum smf_status smf_baremetal_open(struct smf_baremetal *baremetal, const struct smf_region *region, bool open)
{
    struct smf_baremetal_place place;
    enum smf_access access;
    if (baremetal->config.code.entries == NULL)
        return SMF_ERR_UNSUPPORTED;
    if (!find_mapped(baremetal, region, &place))
        return SMF_ERR_NOT_FOUND;
    for (size_t i = 0; i < place.count; i++)
        if (smf_machine_access(place.entries[i], &access))
            place.entries[i] =
                smf_machine_entry(place.physical + i * PAGE, access, open, baremetal->config.memory_type);
    smf_baremetal_flush(baremetal, region->address, place.count);
    return SMF_OK;
}

/* ---- The table ---- */

static void lock(void *context)
{
    const struct smf_baremetal_config *config = &((const struct smf_baremetal *)context)->config;
    config->lock(config->context);
}

static void unlock(void *context)
{
    const struct smf_baremetal_config *config = &((const struct smf_baremetal *)context)->config;
    config->unlock(config->context);
}

static uint64_t now(void *context)
{
    const struct smf_baremetal_config *config = &((const struct smf_baremetal *)context)->config;
    return config->now(config->context);
}

void smf_baremetal_make_port(struct smf_baremetal *baremetal)
{
    const bool pages = baremetal->config.code.entries != NULL;
    baremetal->port = (struct smf_port){.context = baremetal,
                                        .granule = pages ? PAGE : 0,
                                        .reach = SMF_BAREMETAL_REACH,
                                        .can_rwx = !pages,
                                        .can_split = true,
                                        .reserve = reserve,
                                        .release = release,
                                        .protect = pages ? protect : protect_nothing,
                                        .sync_code = smf_machine_sync_code,
                                        .query = pages ? query : NULL,
                                        .available = available,
                                        .store = pages ? store : NULL,
                                        .lock = baremetal->config.lock != NULL ? lock : NULL,
                                        .unlock = baremetal->config.lock != NULL ? unlock : NULL,
                                        .now = baremetal->config.now != NULL ? now : NULL};
}

uint64_t smf_baremetal_entry(uint64_t physical, enum smf_access access, unsigned memory_type)
{
    return smf_machine_entry(physical, access, false, memory_type);
}
