/* SPDX-License-Identifier: MIT */
/* arena.c - blocks in the caller's memory: an address-ordered list with both neighbours' sizes in each header. */
#include "base/arena.h"

#include <stdbool.h>

/* Before each block. Sizes include the header and are multiples of SMF_ARENA_ALIGNMENT; bit 0 of `size` = in use. */
struct block {
    size_t size;
    size_t before; /* size of the block below, 0 for the first */
};

_Static_assert(sizeof(struct block) <= SMF_ARENA_HEADER, "a block's header must fit");

static size_t size_of(const struct block *block) { return block->size & ~(size_t)1; }
static int is_used(const struct block *block) { return (block->size & 1) != 0; }

static struct block *block_at(const struct smf_arena *arena, size_t offset)
{
    return (struct block *)(void *)(arena->bytes + offset);
}

static size_t offset_of(const struct smf_arena *arena, const struct block *block)
{
    return (size_t)((const uint8_t *)block - arena->bytes);
}

/* The block above, NULL after the last. */
static struct block *above(const struct smf_arena *arena, const struct block *block)
{
    const size_t offset = offset_of(arena, block) + size_of(block);
    return offset < arena->size ? block_at(arena, offset) : NULL;
}

/* Give `block` a new size and tell the block above, or that there is none. */
static void resize(struct smf_arena *arena, struct block *block, size_t size, int used)
{
    block->size = size | (size_t)used;
    struct block *next = above(arena, block);
    if (next != NULL)
        next->before = size;
    else
        arena->last = offset_of(arena, block);
}

void smf_arena_start(struct smf_arena *arena, void *memory, size_t size)
{
    const size_t skip = (size_t)(0 - (uintptr_t)memory) & (SMF_ARENA_ALIGNMENT - 1);
    arena->bytes = memory;
    arena->size = arena->lowest = arena->last = 0;
    if (memory == NULL || size < skip)
        return;
    arena->bytes += skip;
    size = (size - skip) & ~(size_t)(SMF_ARENA_ALIGNMENT - 1);
    if (size < SMF_ARENA_HEADER)
        return;
    arena->size = size;
    block_at(arena, 0)->before = 0;
    block_at(arena, 0)->size = size;
}

size_t smf_arena_block_size(size_t size)
{
    if (size > SIZE_MAX - SMF_ARENA_HEADER - SMF_ARENA_ALIGNMENT)
        return SIZE_MAX;
    return (size + SMF_ARENA_HEADER + SMF_ARENA_ALIGNMENT - 1) & ~(size_t)(SMF_ARENA_ALIGNMENT - 1);
}

static struct block *first(const struct smf_arena *arena) { return arena->size == 0 ? NULL : block_at(arena, 0); }

/* The lowest free block of at least `need` bytes. */
static struct block *find_low(struct smf_arena *arena, size_t need)
{
    bool met = false;
    struct block *block = arena->lowest < arena->size ? block_at(arena, arena->lowest) : NULL;
    for (; block != NULL; block = above(arena, block)) {
        if (is_used(block))
            continue;
        if (!met)
            arena->lowest = offset_of(arena, block);
        met = true;
        if (size_of(block) >= need)
            return block;
    }
    return NULL;
}

/* The highest one. */
static struct block *find_high(const struct smf_arena *arena, size_t need)
{
    size_t offset = arena->last;
    while (arena->size != 0) {
        struct block *block = block_at(arena, offset);
        if (!is_used(block) && size_of(block) >= need)
            return block;
        if (offset <= arena->lowest)
            return NULL;
        offset -= block->before;
    }
    return NULL;
}

/* The lowest block that is large enough gives its lower end, or the highest one its upper end. What is left is a free
 * block if it can hold a header. */
static void *take(struct smf_arena *arena, size_t size, bool high)
{
    const size_t need = smf_arena_block_size(size);
    struct block *found = high ? find_high(arena, need) : find_low(arena, need);
    if (found == NULL)
        return NULL;
    const size_t whole = size_of(found), rest = whole - need;
    if (rest < SMF_ARENA_HEADER) {
        found->size |= 1;
        return (uint8_t *)found + SMF_ARENA_HEADER;
    }
    const size_t lower = high ? rest : need;
    struct block *upper = block_at(arena, offset_of(arena, found) + lower);
    found->size = lower | (size_t)!high;
    upper->before = lower;
    resize(arena, upper, whole - lower, high);
    return (uint8_t *)(high ? upper : found) + SMF_ARENA_HEADER;
}

void *smf_arena_take(struct smf_arena *arena, size_t size) { return take(arena, size, false); }
void *smf_arena_take_scratch(struct smf_arena *arena, size_t size) { return take(arena, size, true); }

void smf_arena_trim(struct smf_arena *arena, void *memory, size_t size)
{
    struct block *block = (struct block *)(void *)((uint8_t *)memory - SMF_ARENA_HEADER);
    const size_t need = smf_arena_block_size(size), whole = size_of(block);
    if (need > whole || whole - need < SMF_ARENA_HEADER)
        return;
    struct block *rest = block_at(arena, offset_of(arena, block) + need);
    block->size = need | 1;
    rest->before = need;
    resize(arena, rest, whole - need, 1);
    smf_arena_give(arena, (uint8_t *)rest + SMF_ARENA_HEADER);
}

void smf_arena_give(struct smf_arena *arena, void *memory)
{
    if (memory == NULL)
        return;
    struct block *block = (struct block *)(void *)((uint8_t *)memory - SMF_ARENA_HEADER);
    size_t size = size_of(block);
    struct block *next = above(arena, block);
    if (next != NULL && !is_used(next))
        size += size_of(next);
    if (block->before != 0) {
        struct block *below = block_at(arena, offset_of(arena, block) - block->before);
        if (!is_used(below)) {
            size += size_of(below);
            block = below;
        }
    }
    resize(arena, block, size, 0);
    if (offset_of(arena, block) < arena->lowest)
        arena->lowest = offset_of(arena, block);
}

size_t smf_arena_largest(const struct smf_arena *arena)
{
    size_t largest = SMF_ARENA_HEADER;
    for (const struct block *block = first(arena); block != NULL; block = above(arena, block))
        if (!is_used(block) && size_of(block) > largest)
            largest = size_of(block);
    return largest - SMF_ARENA_HEADER;
}
