/* SPDX-License-Identifier: MIT */
/* mpu_port.c - the port's calls: regions out of the pools, on record, and the map that follows from the records. */
#include "mpu.h"

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

static size_t pool_for(const struct smf_mpu *mpu, enum smf_access access)
{
    const size_t wanted = access == SMF_ACCESS_RO   ? SMF_MPU_RODATA
                          : access == SMF_ACCESS_RW ? SMF_MPU_DATA
                                                    : SMF_MPU_CODE;
    return mpu->pools[wanted].size != 0 ? wanted : SMF_MPU_CODE;
}

/* The record that has this address; NULL if none has. */
static struct smf_mpu_record *find(const struct smf_mpu *mpu, uintptr_t address)
{
    for (size_t i = 0; i < mpu->config.record_max; i++)
        if (address - mpu->config.records[i].address < mpu->config.records[i].size)
            return &mpu->config.records[i];
    return NULL;
}

static struct smf_mpu_record *find_free(const struct smf_mpu *mpu)
{
    for (size_t i = 0; i < mpu->config.record_max; i++)
        if (mpu->config.records[i].size == 0)
            return &mpu->config.records[i];
    return NULL;
}

size_t smf_mpu_footprint(size_t size) { return smf_port_footprint(&smf_mpu_unit()->facts, size); }

/* A region with parts starts where its whole power of two does; what it leaves of that is free for others. */
static size_t unit_of(const struct smf_mpu *mpu, size_t footprint)
{
    size_t unit = SMF_MPU_GRANULE;
    while (mpu->port.power_of_two && unit < footprint && unit <= SIZE_MAX / 2)
        unit <<= 1;
    return unit;
}

static enum smf_status take(struct smf_mpu *mpu, const struct smf_region_request *request, size_t size, size_t *offset)
{
    struct smf_pool *pool = &mpu->pools[pool_for(mpu, request->access)];
    const size_t alignment = larger(request->alignment, unit_of(mpu, size));
    if (request->address == 0)
        return smf_pool_take(pool, size, alignment, request->highest, offset);
    *offset = (size_t)(request->address - pool->address);
    if (request->address < pool->address || (request->address & (alignment - 1)) != 0 ||
        (request->highest != 0 &&
         (request->address > request->highest || size - 1 > request->highest - request->address)))
        return SMF_ERR_NO_MEMORY;
    return smf_pool_take_at(pool, *offset, size);
}

static enum smf_status reserve_one(struct smf_mpu *mpu, const struct smf_region_request *request,
                                   struct smf_region *region)
{
    struct smf_mpu_record *record = find_free(mpu);
    const size_t size = smf_mpu_footprint(request->size);
    size_t offset;
    if (request->access == SMF_ACCESS_RWX)
        return SMF_ERR_PROTECT;
    if (record == NULL)
        return SMF_ERR_LIMIT;
    if (size == SIZE_MAX)
        return SMF_ERR_NO_MEMORY;
    const enum smf_status status = take(mpu, request, size, &offset);
    if (status != SMF_OK)
        return status;
    const struct smf_pool *pool = &mpu->pools[pool_for(mpu, request->access)];
    *region = (struct smf_region){pool->bytes + offset, pool->address + offset, request->size, request->access};
    *record = (struct smf_mpu_record){region->address, size, SMF_ACCESS_RW};
    return SMF_OK;
}

static void give(struct smf_mpu *mpu, const struct smf_region *regions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct smf_mpu_record *record = find(mpu, regions[i].address);
        if (record == NULL || record->address != regions[i].address)
            continue;
        *record = (struct smf_mpu_record){0};
        for (size_t k = 0; k < SMF_MPU_POOLS; k++) /* by address: what the region is used for may have changed */
            if (regions[i].address - mpu->pools[k].address < mpu->pools[k].size)
                smf_pool_give(&mpu->pools[k], (size_t)(regions[i].address - mpu->pools[k].address));
    }
}

static void release(void *context, const struct smf_region *regions, size_t count)
{
    give(context, regions, count);
    smf_mpu_refresh(context);
}

/* A module can read all that its region takes: nothing that others left there. */
static void clear_padding(const struct smf_region *region)
{
    const size_t taken = smf_mpu_footprint(region->size);
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
            give(context, regions, i);
            return status;
        }
    }
    smf_mpu_refresh(context); /* parts and limits that had appeared make way: the loader writes here now */
    for (size_t i = 0; i < count; i++)
        clear_padding(&regions[i]);
    return SMF_OK;
}

static enum smf_status protect(void *context, const struct smf_region *region, enum smf_access access)
{
    struct smf_mpu_record *record = find(context, region->address);
    if (access == SMF_ACCESS_RWX || record == NULL || record->address != region->address ||
        smf_mpu_footprint(region->size) != record->size)
        return SMF_ERR_PROTECT;
    record->access = access;
    smf_mpu_refresh(context);
    return SMF_OK;
}

static enum smf_status query(void *context, uintptr_t address, enum smf_access *access)
{
    const struct smf_mpu_record *record = find(context, address);
    if (record == NULL)
        return SMF_ERR_NOT_FOUND;
    *access = record->access;
    return SMF_OK;
}

/* With powers of two: the largest whose aligned place is free; a region of some parts more may fit as well. */
static size_t available(void *context, enum smf_access access)
{
    const struct smf_mpu *mpu = context;
    const struct smf_pool *pool = &mpu->pools[pool_for(mpu, access)];
    if (find_free(mpu) == NULL)
        return 0;
    if (!mpu->port.power_of_two)
        return smf_pool_largest(pool, SMF_MPU_GRANULE) & ~(size_t)(SMF_MPU_GRANULE - 1);
    size_t size = SIZE_MAX / 2 + 1;
    while (size >= SMF_MPU_GRANULE && smf_pool_largest(pool, size) < size)
        size >>= 1;
    return size >= SMF_MPU_GRANULE ? size : 0;
}

static void write_slots(const struct smf_region *region, const struct smf_store *stores, size_t count)
{
    for (size_t i = 0; i < count; i++)
        __atomic_store_n((uintptr_t *)(void *)(region->bytes + stores[i].offset), stores[i].value, __ATOMIC_RELEASE);
}

/* Where the privileged map has the slots read-only, its region is off for the time of the stores. */
static void store(void *context, const struct smf_region *region, const struct smf_store *stores, size_t count)
{
    const struct smf_mpu *mpu = context;
    const size_t entry = mpu->config.descriptors_only ? SMF_MPU_BASE_ENTRIES : smf_mpu_entry_over(mpu, region->address);
    if (entry == SMF_MPU_BASE_ENTRIES) {
        write_slots(region, stores, count);
        return;
    }
    const uint32_t before = smf_mpu_mask();
    if (mpu->config.stop_others != NULL)
        mpu->config.stop_others(mpu->config.context);
    smf_mpu_set((unsigned)entry, NULL);
    __asm__ volatile("dsb\n\tisb" : : : "memory");
    write_slots(region, stores, count);
    smf_mpu_set((unsigned)entry, &mpu->base[entry]);
    __asm__ volatile("dsb\n\tisb" : : : "memory");
    if (mpu->config.resume_others != NULL)
        mpu->config.resume_others(mpu->config.context);
    smf_mpu_unmask(before);
}

static void sync_code(void *context, const struct smf_region *region)
{
    (void)context;
    smf_mpu_sync((volatile uint32_t *)0xE000ED00u, region);
    __asm__ volatile("dsb\n\tisb" : : : "memory"); /* done, and fetched anew from here on */
}

static void lock(void *context)
{
    const struct smf_mpu_config *config = &((const struct smf_mpu *)context)->config;
    config->lock(config->context);
}

static void unlock(void *context)
{
    const struct smf_mpu_config *config = &((const struct smf_mpu *)context)->config;
    config->unlock(config->context);
}

static uint64_t now(void *context)
{
    const struct smf_mpu_config *config = &((const struct smf_mpu *)context)->config;
    return config->now(config->context);
}

void smf_mpu_make_port(struct smf_mpu *mpu, size_t regions_max)
{
    const struct smf_mpu_unit *unit = smf_mpu_unit();
    const struct smf_mpu_config *config = &mpu->config;
    mpu->port = (struct smf_port){.context = mpu,
                                  .granule = unit->facts.granule,
                                  .power_of_two = unit->facts.power_of_two,
                                  .parts = unit->facts.parts,
                                  .regions_max = regions_max,
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
