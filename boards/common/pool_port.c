/* SPDX-License-Identifier: MIT */
/* pool_port.c - board_port() where no port protects modules: regions out of the linker script's three pools, and no more. */
#include "board.h"
#include "smf/pool.h"

enum { BLOCKS = 32, POOLS = 3 };

static struct smf_pool_block blocks[POOLS][BLOCKS];
static struct smf_pool pools[POOLS];

static struct smf_pool *pool_of(enum smf_access access)
{
    return &pools[access == SMF_ACCESS_RW ? 2 : access == SMF_ACCESS_RO ? 1 : 0];
}

static void release(void *context, const struct smf_region *regions, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        struct smf_pool *const pool = pool_of(regions[i].access);
        smf_pool_give(pool, regions[i].address - pool->address);
    }
}

static enum smf_status take(struct smf_pool *pool, const struct smf_region_request *request, size_t *offset)
{
    if (request->address == 0)
        return smf_pool_take(pool, request->size, request->alignment, request->highest, offset);
    *offset = request->address - pool->address;
    return request->address < pool->address ? SMF_ERR_NO_MEMORY : smf_pool_take_at(pool, *offset, request->size);
}

static enum smf_status reserve(void *context, const struct smf_region_request *requests, size_t count,
                               struct smf_region *regions)
{
    for (size_t i = 0; i < count; i++) {
        struct smf_pool *const pool = pool_of(requests[i].access);
        size_t offset = 0;
        const enum smf_status status = take(pool, &requests[i], &offset);
        if (status != SMF_OK) {
            release(context, regions, i);
            return status;
        }
        regions[i] = (struct smf_region){.bytes = pool->bytes + offset,
                                         .address = pool->address + offset,
                                         .size = requests[i].size,
                                         .access = requests[i].access};
    }
    return SMF_OK;
}

static enum smf_status protect(void *context, const struct smf_region *region, enum smf_access access)
{
    (void)context, (void)region, (void)access;
    return SMF_OK;
}

static enum smf_status start(enum smf_access access, uint8_t *from, const uint8_t *end)
{
    struct smf_pool *const pool = pool_of(access);
    return smf_pool_start(pool, from, (uintptr_t)from, (size_t)(end - from), 0, blocks[pool - pools], BLOCKS);
}

const struct smf_port *board_port(void)
{
    static const struct smf_port port = {.reserve = reserve, .release = release, .protect = protect};
    const bool started = pools[0].size != 0 || (start(SMF_ACCESS_RX, smf_code_start, smf_code_end) == SMF_OK &&
                                                start(SMF_ACCESS_RO, smf_rodata_start, smf_rodata_end) == SMF_OK &&
                                                start(SMF_ACCESS_RW, smf_data_start, smf_data_end) == SMF_OK);
    return started ? &port : NULL;
}
