/* SPDX-License-Identifier: MIT */
/*
 * pool.h - memory that lives as long as one build: nothing is freed singly.
 *
 * A host tool that runs out of memory cannot do better than stop: pool_take()
 * then ends the process, so that no caller has to check.
 */
#ifndef SMF_HOST_POOL_H
#define SMF_HOST_POOL_H

#include <stddef.h>

struct pool {
    struct pool_block *blocks;
};

/* `size` bytes of zeros, aligned for anything. */
void *pool_take(struct pool *pool, size_t size);
/* count * size, checked. */
void *pool_array(struct pool *pool, size_t count, size_t size);
char *pool_text(struct pool *pool, const char *format, ...) __attribute__((format(printf, 2, 3)));
void pool_free(struct pool *pool);

/* Room for one more item: returns `array`, or a larger copy of it. */
void *pool_grow(struct pool *pool, void *array, size_t count, size_t *capacity, size_t size);

/* PUSH(pool, array, count, capacity) = item; appends. */
#define PUSH(pool, array, count, capacity)                                                                             \
    (*((array) = pool_grow((pool), (array), (count), &(capacity), sizeof *(array)), &(array)[(count)++]))

#endif
