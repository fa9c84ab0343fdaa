/* SPDX-License-Identifier: MIT */
/*
 * smf/pool.h - regions cut out of memory that a linker script or the firmware
 * set aside. Since 0.1. Freestanding; shared by the ports that have no
 * operating system to ask.
 *
 * A pool keeps its books outside of the memory that it hands out, because that
 * memory is going to be executable or read-only. The books are an array of the
 * caller's: one entry for each region in use. What lies between two entries is
 * free, so neighbours coalesce by themselves and nothing fragments but by use.
 */
#ifndef SMF_POOL_H
#define SMF_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "smf/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A region in use. */
struct smf_pool_block {
    size_t offset; /* from the pool's start */
    size_t size;   /* bytes, > 0            */
};

/* Storage is the caller's; set up by smf_pool_start(). */
struct smf_pool {
    uint8_t *bytes;                /* where the memory is written             */
    uintptr_t address;             /* where it runs                           */
    size_t size;                   /* bytes                                   */
    struct smf_pool_block *blocks; /* in use, by offset                       */
    size_t block_count, block_max; /* entries of `blocks`: used, there        */
};

/*
 * Take over `size` bytes at `bytes`, which run at `address`, with books of `block_max` entries.
 * SMF_ERR_ARGUMENT: no memory, no books, an end that wraps, or a start or size that is no
 * multiple of `granule` (a power of two; 0 or 1: any).
 */
SMF_MUST_CHECK
enum smf_status smf_pool_start(struct smf_pool *pool, void *bytes, uintptr_t address, size_t size, size_t granule,
                               struct smf_pool_block *blocks, size_t block_max);

/*
 * Take `size` bytes (> 0): the lowest place where `address` is a multiple of `alignment` (a power of
 * two) and which ends at or below `highest` (0: anywhere). `*offset` counts from the pool's start.
 * SMF_ERR_NO_MEMORY: no such place. SMF_ERR_LIMIT: no entry of the books is left.
 */
SMF_MUST_CHECK
enum smf_status smf_pool_take(struct smf_pool *pool, size_t size, size_t alignment, uintptr_t highest, size_t *offset);

/* Take exactly the `size` bytes at `offset`. SMF_ERR_NO_MEMORY if one of them is in use or none of the pool's. */
SMF_MUST_CHECK
enum smf_status smf_pool_take_at(struct smf_pool *pool, size_t offset, size_t size);

/* Give back the block that starts at `offset`; without such a block nothing happens. */
void smf_pool_give(struct smf_pool *pool, size_t offset);

/* Size of the largest block that could be taken now with this alignment. */
size_t smf_pool_largest(const struct smf_pool *pool, size_t alignment);

#ifdef __cplusplus
}
#endif

#endif
