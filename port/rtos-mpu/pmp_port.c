/* SPDX-License-Identifier: MIT */
/*
 * pmp_port.c - the port's calls: regions out of the pools, and a record of what each may be used for.
 *
 * No register is written here: records become entries when a module is called (riscv_confined.c).
 */
#include "pmp.h"
#include "smf/port_pmp.h"

enum { POOLS = 3 };

/* Number of the pool that serves this access. */
static size_t pool_for(const struct smf_pmp *pmp, enum smf_access access)
{
    const size_t wanted = access == SMF_ACCESS_RO ? 1 : access == SMF_ACCESS_RW ? 2 : 0;
    return pmp->pools[wanted].size != 0 ? wanted : 0;
}

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

/* The record whose region holds `address`; NULL if none does. */
static struct smf_pmp_record *find(const struct smf_pmp *pmp, uintptr_t address)
{
    for (size_t i = 0; i < pmp->config.record_max; i++) {
        struct smf_pmp_record *record = &pmp->config.records[i];
        if (address - record->address < record->size)
            return record;
    }
    return NULL;
}

static struct smf_pmp_record *find_free(const struct smf_pmp *pmp)
{
    for (size_t i = 0; i < pmp->config.record_max; i++)
        if (pmp->config.records[i].size == 0)
            return &pmp->config.records[i];
    return NULL;
}

/* Where one region goes: exactly where it was asked for, or the lowest place. */
static enum smf_status take(struct smf_pool *pool, const struct smf_port *port,
                            const struct smf_region_request *request, size_t *offset)
{
    const size_t size = smf_port_footprint(port, request->size);
    const size_t unit = port->power_of_two ? size : port->granule;
    const size_t alignment = larger(request->alignment, unit);
    if (size == SIZE_MAX)
        return SMF_ERR_NO_MEMORY;
    if (request->address == 0)
        return smf_pool_take(pool, size, alignment, request->highest, offset);
    *offset = (size_t)(request->address - pool->address);
    if (request->address < pool->address || (request->address & (alignment - 1)) != 0 ||
        (request->highest != 0 &&
         (request->address > request->highest || size - 1 > request->highest - request->address)))
        return SMF_ERR_NO_MEMORY;
    return smf_pool_take_at(pool, *offset, size);
}

static void give(struct smf_pmp *pmp, const struct smf_region *region)
{
    struct smf_pmp_record *record = find(pmp, region->address);
    if (record == NULL || record->address != region->address)
        return;
    *record = (struct smf_pmp_record){0};
    struct smf_pool *pool = &pmp->pools[pool_for(pmp, region->access)];
    smf_pool_give(pool, (size_t)(region->address - pool->address));
}

static void release(void *context, const struct smf_region *regions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        give(context, &regions[i]);
}

static enum smf_status reserve_one(struct smf_pmp *pmp, const struct smf_region_request *request,
                                   struct smf_region *region)
{
    struct smf_pool *pool = &pmp->pools[pool_for(pmp, request->access)];
    struct smf_pmp_record *record = find_free(pmp);
    size_t offset;
    if (request->access == SMF_ACCESS_RWX)
        return SMF_ERR_PROTECT;
    /* Books that are full are no room either. */
    if (record == NULL || take(pool, &pmp->port, request, &offset) != SMF_OK)
        return SMF_ERR_NO_MEMORY;
    *region = (struct smf_region){.bytes = pool->bytes + offset,
                                  .address = pool->address + offset,
                                  .size = request->size,
                                  .access = request->access};
    *record = (struct smf_pmp_record){
        .address = region->address, .size = smf_port_footprint(&pmp->port, request->size), .access = SMF_ACCESS_RW};
    return SMF_OK;
}

/* A module can read all that its region takes: nothing that others left there. */
static void clear_padding(const struct smf_port *port, const struct smf_region *region)
{
    const size_t taken = smf_port_footprint(port, region->size);
    for (size_t i = region->size; i < taken; i++)
        region->bytes[i] = 0;
}

static enum smf_status reserve(void *context, const struct smf_region_request *requests, size_t count,
                               struct smf_region *regions)
{
    if (count == 0 || count > 3)
        return SMF_ERR_ARGUMENT;
    for (size_t i = 0; i < count; i++) {
        const enum smf_status status = reserve_one(context, &requests[i], &regions[i]);
        if (status != SMF_OK) {
            release(context, regions, i);
            return status;
        }
    }
    for (size_t i = 0; i < count; i++)
        clear_padding(&((const struct smf_pmp *)context)->port, &regions[i]);
    return SMF_OK;
}

static enum smf_status protect(void *context, const struct smf_region *region, enum smf_access access)
{
    struct smf_pmp_record *record = find(context, region->address);
    if (access == SMF_ACCESS_RWX || record == NULL || record->address != region->address || region->size > record->size)
        return SMF_ERR_PROTECT;
    record->access = access;
    return SMF_OK;
}

static enum smf_status query(void *context, uintptr_t address, enum smf_access *access)
{
    const struct smf_pmp_record *record = find(context, address);
    if (record == NULL)
        return SMF_ERR_NOT_FOUND;
    *access = record->access;
    return SMF_OK;
}

/* With power_of_two the largest region is the largest power of two that finds an aligned place. */
static size_t available(void *context, enum smf_access access)
{
    const struct smf_pmp *pmp = context;
    const struct smf_pool *pool = &pmp->pools[pool_for(pmp, access)];
    const size_t granule = pmp->port.granule;
    if (find_free(pmp) == NULL)
        return 0;
    if (!pmp->port.power_of_two)
        return smf_pool_largest(pool, granule) & ~(granule - 1);
    size_t size = SIZE_MAX / 2 + 1;
    while (size >= granule && smf_pool_largest(pool, size) < size)
        size >>= 1;
    return size >= granule ? size : 0;
}

/* Machine mode may always write here: one aligned store each, and module code sees the old or the new pointer. */
static void store(void *context, const struct smf_region *region, const struct smf_store *stores, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++)
        __atomic_store_n((uintptr_t *)(void *)(region->bytes + stores[i].offset), stores[i].value, __ATOMIC_RELEASE);
}

/* fence.i (Zifencei), by its encoding: the assembler wants the extension's name on the command line. */
static void sync_code(void *context, const struct smf_region *region)
{
    const struct smf_pmp_config *config = &((const struct smf_pmp *)context)->config;
    (void)region;
    __asm__ volatile("fence rw, rw\n .word 0x0000100F" ::: "memory");
    if (config->sync_others != NULL)
        config->sync_others(config->context);
}

static void lock(void *context)
{
    const struct smf_pmp_config *config = &((const struct smf_pmp *)context)->config;
    config->lock(config->context);
}

static void unlock(void *context)
{
    const struct smf_pmp_config *config = &((const struct smf_pmp *)context)->config;
    config->unlock(config->context);
}

static uint64_t now(void *context)
{
    const struct smf_pmp_config *config = &((const struct smf_pmp *)context)->config;
    return config->now(config->context);
}

void smf_pmp_make_port(struct smf_pmp *pmp, const struct smf_pmp_facts *facts, size_t regions_max)
{
    const struct smf_pmp_config *config = &pmp->config;
    pmp->port = (struct smf_port){.context = pmp,
                                  .granule = larger(facts->grain, SMF_PMP_GRANULE),
                                  .power_of_two = config->power_of_two,
                                  .regions_max = regions_max,
                                  .reach = SMF_PMP_REACH,
                                  .reserve = reserve,
                                  .release = release,
                                  .protect = protect,
                                  .sync_code = sync_code,
                                  .query = query,
                                  .available = available,
                                  .store = store,
                                  .lock = config->lock != NULL ? lock : NULL,
                                  .unlock = config->unlock != NULL ? unlock : NULL,
                                  .now = config->now != NULL ? now : NULL};
}
