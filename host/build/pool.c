/* SPDX-License-Identifier: MIT */
/* pool.c - one list of blocks, freed together. */
#include "pool.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE ((size_t)1 << 20)

struct pool_block {
    struct pool_block *next;
    size_t used, size;
    max_align_t bytes[];
};

static void *stop(void)
{
    fputs("smf: out of memory\n", stderr);
    exit(EXIT_FAILURE);
}

void *pool_take(struct pool *pool, size_t size)
{
    if (size > SIZE_MAX / 2)
        return stop();
    size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    struct pool_block *block = pool->blocks;
    if (block == NULL || block->size - block->used < size) {
        const size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
        block = calloc(1, sizeof *block + room);
        if (block == NULL)
            return stop();
        block->size = room;
        block->next = pool->blocks;
        pool->blocks = block;
    }
    void *taken = (uint8_t *)block->bytes + block->used;
    block->used += size;
    return taken;
}

void *pool_array(struct pool *pool, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / 2 / size)
        return stop();
    return pool_take(pool, count * size);
}

char *pool_text(struct pool *pool, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        return stop();
    char *text = pool_take(pool, (size_t)length + 1);
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

void pool_free(struct pool *pool)
{
    while (pool->blocks != NULL) {
        struct pool_block *next = pool->blocks->next;
        free(pool->blocks);
        pool->blocks = next;
    }
}

void *pool_grow(struct pool *pool, void *array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return array;
    *capacity = *capacity == 0 ? 16 : *capacity * 2;
    void *larger = pool_array(pool, *capacity, size);
    if (count != 0)
        memcpy(larger, array, count * size);
    return larger;
}
