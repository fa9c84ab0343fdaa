/* SPDX-License-Identifier: MIT */
/*
 * small_heap.c - malloc beside tests/harness/small_libc.c, over the linker script's heap.
 *
 * Blocks lie one behind the other, each behind a header; what is free coalesces when somebody looks for room.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "board_begin.h"

/* One unit; a block is a header and `units` units behind it. */
union header {
    struct {
        size_t units;
        int used;
    };
    long double alignment;
};
extern union header __heap_start[], __heap_end[];

void board_libc_start(void)
{
    __heap_start->units = (size_t)(__heap_end - __heap_start) - 1;
    __heap_start->used = 0;
}

static union header *next(union header *block) { return block + 1 + block->units; }

void *malloc(size_t size)
{
    const size_t units = size / sizeof(union header) + 1;
    for (union header *block = __heap_start; block < __heap_end; block = next(block)) {
        if (block->used)
            continue;
        for (union header *after = next(block); after < __heap_end && !after->used; after = next(after))
            block->units += after->units + 1;
        if (block->units < units)
            continue;
        if (block->units > units) {
            union header *const rest = block + 1 + units;
            rest->units = block->units - units - 1;
            rest->used = 0;
            block->units = units;
        }
        block->used = 1;
        return block + 1;
    }
    return NULL;
}

void free(void *memory)
{
    if (memory != NULL)
        ((union header *)memory)[-1].used = 0;
}

void *calloc(size_t count, size_t size)
{
    size_t total;
    void *const memory = __builtin_mul_overflow(count, size, &total) ? NULL : malloc(total);
    return memory == NULL ? NULL : memset(memory, 0, total);
}

void *realloc(void *memory, size_t size)
{
    if (memory == NULL)
        return malloc(size);
    const size_t had = ((union header *)memory)[-1].units * sizeof(union header);
    if (size <= had)
        return memory;
    void *const larger = malloc(size);
    if (larger != NULL) {
        memcpy(larger, memory, had);
        free(memory);
    }
    return larger;
}
