/* SPDX-License-Identifier: MIT */
/* map.h - a map in memory of the caller: `capacity` keys and values, and a byte for each that says whether it is used. */
#ifndef EXAMPLES_MAP_H
#define EXAMPLES_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map {
    void *keys, *values;
    uint8_t *used;
    size_t capacity;
};

#endif
