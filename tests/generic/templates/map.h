/* SPDX-License-Identifier: MIT */
/* map.h - what a Map<K, V> looks like. The caller supplies three arrays of `capacity` items; `used` starts as zeros. */
#ifndef MAP_H
#define MAP_H

#include <stddef.h>
#include <stdint.h>

struct map {
    void *keys, *values;
    uint8_t *used;
    size_t count, capacity; /* capacity: a power of two */
};

#endif
