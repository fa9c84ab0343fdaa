/* SPDX-License-Identifier: MIT */
/* memory.c - a port whose regions the kernel's MPU code can describe, and a module's regions as the kernel wants them. */
#include "freertos.h"

#if SMF_FREERTOS_V8M
/* Base and limit: any multiple of 32 bytes. */
#define READ_ONLY tskMPU_REGION_READ_ONLY
#define READ_WRITE tskMPU_REGION_READ_WRITE
#define NO_EXECUTE tskMPU_REGION_EXECUTE_NEVER
#else
/* vTaskAllocateMPURegions() takes powers of two only, and knows no sub-regions. */
#define READ_ONLY (portMPU_REGION_READ_ONLY | portMPU_REGION_CACHEABLE_BUFFERABLE)
#define READ_WRITE (portMPU_REGION_READ_WRITE | portMPU_REGION_CACHEABLE_BUFFERABLE)
#define NO_EXECUTE portMPU_REGION_EXECUTE_NEVER
#endif
#define GRANULE 32u

static void clear(uint8_t *bytes, size_t size)
{
    while (size-- != 0)
        *bytes++ = 0;
}

static enum smf_status reserve_one(struct smf_freertos *freertos, const struct smf_region_request *request,
                                   struct smf_region *region)
{
    const size_t footprint = smf_port_footprint(&freertos->port, request->size);
    const size_t unit = freertos->port.power_of_two ? footprint : GRANULE;
    size_t offset = 0;
    if (request->access == SMF_ACCESS_RWX)
        return SMF_ERR_PROTECT;
    if (footprint == SIZE_MAX || request->address != 0)
        return SMF_ERR_NO_MEMORY;
    const enum smf_status status = smf_pool_take(
        &freertos->pool, footprint, unit > request->alignment ? unit : request->alignment, request->highest, &offset);
    if (status == SMF_OK) /* the task sees the whole footprint: nothing of its last owner in it */
        clear(freertos->pool.bytes + offset + request->size, footprint - request->size);
    if (status == SMF_OK)
        *region = (struct smf_region){freertos->pool.bytes + offset, freertos->pool.address + offset, request->size,
                                      request->access};
    return status;
}

static void release(void *context, const struct smf_region *regions, size_t count)
{
    struct smf_freertos *freertos = context;
    for (size_t i = 0; i < count; i++)
        smf_pool_give(&freertos->pool, (size_t)(regions[i].address - freertos->pool.address));
}

static enum smf_status reserve(void *context, const struct smf_region_request *requests, size_t count,
                               struct smf_region *regions)
{
    for (size_t i = 0; i < count; i++) {
        const enum smf_status status = reserve_one(context, &requests[i], &regions[i]);
        if (status != SMF_OK) {
            release(context, regions, i);
            return status == SMF_ERR_LIMIT ? SMF_ERR_NO_MEMORY : status;
        }
    }
    return SMF_OK;
}

/* The kernel protects: a region exists for no task but the one that is given it. */
static enum smf_status protect(void *context, const struct smf_region *region, enum smf_access access)
{
    (void)context;
    (void)region;
    return access == SMF_ACCESS_RWX ? SMF_ERR_PROTECT : SMF_OK;
}

static void sync_code(void *context, const struct smf_region *region)
{
    (void)context;
    (void)region; /* Armv7-M B2.2: no caches here that need more; writes are done, and fetched anew */
    __asm__ volatile("dsb\n isb" ::: "memory");
}

/* Stores come from a privileged task, for which SRAM stays writable. */
static void store(void *context, const struct smf_region *region, const struct smf_store *stores, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        uintptr_t *const slot = (uintptr_t *)(void *)(region->bytes + stores[i].offset);
        __atomic_store_n(slot, stores[i].value, __ATOMIC_RELEASE);
    }
}

static size_t available(void *context, enum smf_access access)
{
    const struct smf_freertos *freertos = context;
    size_t size = smf_pool_largest(&freertos->pool, GRANULE);
    (void)access;
    if (!freertos->port.power_of_two)
        return size;
    size_t power = 0; /* the largest power of two for which there is an aligned place */
    for (size_t wanted = GRANULE; wanted != 0 && wanted <= size; wanted <<= 1)
        if (smf_pool_largest(&freertos->pool, wanted) >= wanted)
            power = wanted;
    return power;
}

static void lock(void *context)
{
    const struct smf_freertos *freertos = context;
    (void)xSemaphoreTakeRecursive(freertos->mutex, portMAX_DELAY);
}

static void unlock(void *context)
{
    const struct smf_freertos *freertos = context;
    (void)xSemaphoreGiveRecursive(freertos->mutex);
}

enum smf_status smf_freertos_start(struct smf_freertos *freertos)
{
    const bool locks = freertos->mutex != NULL;
    const struct smf_port port = {.context = freertos,
                                  .granule = GRANULE,
                                  .power_of_two = !SMF_FREERTOS_V8M,
                                  .regions_max = portNUM_CONFIGURABLE_REGIONS,
                                  .reserve = reserve,
                                  .release = release,
                                  .protect = protect,
                                  .sync_code = sync_code,
                                  .available = available,
                                  .store = store,
                                  .lock = locks ? lock : NULL,
                                  .unlock = locks ? unlock : NULL};
    const enum smf_status status = smf_pool_start(&freertos->pool, freertos->memory, (uintptr_t)freertos->memory,
                                                  freertos->size, GRANULE, freertos->blocks, freertos->block_count);
    if (status != SMF_OK)
        return status;
    freertos->port = port;
    smf_freertos_start_faults();
    smf_freertos_close_devices();
    return SMF_OK;
}

/* What the kernel would have to describe: whole granules, on Armv7-M one power of two at a multiple of itself. */
static bool describe(const struct smf_region *region, MemoryRegion_t *described)
{
    static const struct smf_port facts = {.granule = GRANULE, .power_of_two = !SMF_FREERTOS_V8M};
    const size_t footprint = smf_port_footprint(&facts, region->size);
    const size_t unit = facts.power_of_two ? footprint : GRANULE;
    if (footprint > UINT32_MAX / 2 || (region->address & (unit - 1)) != 0)
        return false;
    described->pvBaseAddress = (void *)region->address;
    described->ulLengthInBytes = (uint32_t)footprint;
    described->ulParameters = region->access == SMF_ACCESS_RX   ? READ_ONLY
                              : region->access == SMF_ACCESS_RO ? READ_ONLY | NO_EXECUTE
                                                                : READ_WRITE | NO_EXECUTE;
    return region->access != SMF_ACCESS_RWX;
}

enum smf_status smf_freertos_regions(const struct smf_module *module, MemoryRegion_t *regions, size_t count)
{
    size_t there;
    const struct smf_region *const all = smf_module_regions(module, &there);
    if (there > count)
        return SMF_ERR_LIMIT;
    for (size_t i = 0; i < count; i++) {
        const MemoryRegion_t none = {0};
        regions[i] = none;
        if (i < there && !describe(&all[i], &regions[i]))
            return SMF_ERR_ARGUMENT;
    }
    return SMF_OK;
}
