/* SPDX-License-Identifier: MIT */
/*
 * pool.c - first fit over a sorted list of what is in use.
 *
 * The list is short (one entry for each region), so every call walks it. All
 * sums stay below the pool's end, which was found not to wrap when it started.
 */
#include "smf/pool.h"

#include <stdbool.h>

static bool power_of_two(size_t value) { return value != 0 && (value & (value - 1)) == 0; }

static bool wraps(uintptr_t start, size_t size) { return size - 1 > UINTPTR_MAX - start; }

enum smf_status smf_pool_start(struct smf_pool *pool, void *bytes, uintptr_t address, size_t size, size_t granule,
                               struct smf_pool_block *blocks, size_t block_max)
{
    if (granule == 0)
        granule = 1;
    if (bytes == NULL || size == 0 || blocks == NULL || block_max == 0 || !power_of_two(granule))
        return SMF_ERR_ARGUMENT;
    if (wraps((uintptr_t)bytes, size) || wraps(address, size))
        return SMF_ERR_ARGUMENT;
    if ((((uintptr_t)bytes | address | size) & (granule - 1)) != 0)
        return SMF_ERR_ARGUMENT;
    *pool =
        (struct smf_pool){.bytes = bytes, .address = address, .size = size, .blocks = blocks, .block_max = block_max};
    return SMF_OK;
}

/* The space before entry `index`, or behind the last one: [start, end). */
static void gap(const struct smf_pool *pool, size_t index, size_t *start, size_t *end)
{
    const struct smf_pool_block *blocks = pool->blocks;
    *start = index == 0 ? 0 : blocks[index - 1].offset + blocks[index - 1].size;
    *end = index == pool->block_count ? pool->size : blocks[index].offset;
}

/* Move `*start` up to where the address is aligned; false if that lies past `end`. */
static bool align(const struct smf_pool *pool, size_t alignment, size_t *start, size_t end)
{
    const size_t skipped = (size_t)(0 - (pool->address + *start)) & (alignment - 1);
    if (skipped > end - *start)
        return false;
    *start += skipped;
    return true;
}

/* Make `size` bytes at `offset` entry `index`. */
static enum smf_status insert(struct smf_pool *pool, size_t index, size_t offset, size_t size)
{
    if (pool->block_count == pool->block_max)
        return SMF_ERR_LIMIT;
    for (size_t i = pool->block_count; i > index; i--)
        pool->blocks[i] = pool->blocks[i - 1];
    pool->blocks[index] = (struct smf_pool_block){.offset = offset, .size = size};
    pool->block_count++;
    return SMF_OK;
}

enum smf_status smf_pool_take(struct smf_pool *pool, size_t size, size_t alignment, uintptr_t highest, size_t *offset)
{
    if (size == 0 || !power_of_two(alignment))
        return SMF_ERR_ARGUMENT;
    for (size_t i = 0; i <= pool->block_count; i++) {
        size_t start, end;
        gap(pool, i, &start, &end);
        if (!align(pool, alignment, &start, end) || size > end - start)
            continue;
        if (highest != 0 && pool->address + start + (size - 1) > highest)
            return SMF_ERR_NO_MEMORY; /* gaps further up only lie higher */
        const enum smf_status status = insert(pool, i, start, size);
        if (status == SMF_OK)
            *offset = start;
        return status;
    }
    return SMF_ERR_NO_MEMORY;
}

enum smf_status smf_pool_take_at(struct smf_pool *pool, size_t offset, size_t size)
{
    if (size == 0)
        return SMF_ERR_ARGUMENT;
    for (size_t i = 0; i <= pool->block_count; i++) {
        size_t start, end;
        gap(pool, i, &start, &end);
        if (offset >= start && offset < end)
            return size <= end - offset ? insert(pool, i, offset, size) : SMF_ERR_NO_MEMORY;
    }
    return SMF_ERR_NO_MEMORY;
}

void smf_pool_give(struct smf_pool *pool, size_t offset)
{
    size_t i = 0;
    while (i < pool->block_count && pool->blocks[i].offset != offset)
        i++;
    if (i == pool->block_count)
        return;
    pool->block_count--;
    for (; i < pool->block_count; i++)
        pool->blocks[i] = pool->blocks[i + 1];
}

size_t smf_pool_largest(const struct smf_pool *pool, size_t alignment)
{
    size_t largest = 0;
    if (!power_of_two(alignment) || pool->block_count == pool->block_max)
        return 0;
    for (size_t i = 0; i <= pool->block_count; i++) {
        size_t start, end;
        gap(pool, i, &start, &end);
        if (align(pool, alignment, &start, end) && end - start > largest)
            largest = end - start;
    }
    return largest;
}
