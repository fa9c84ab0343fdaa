/* SPDX-License-Identifier: MIT */
/* hand.c - see templates.h: written by hand, in a file of its own, so that calls of it are calls. */
#include "templates.h"

#define ITEM int64_t
#define LESS(a, b) (*(a) < *(b))
#define NAMED(word) hand_##word##_i64
#include "hand.h"
#undef ITEM
#undef LESS
#undef NAMED

#define ITEM struct bench_point
#define LESS(a, b) ((a)->key < (b)->key)
#define NAMED(word) hand_##word##_point
#include "hand.h"

int64_t hand_sum_i64(const int64_t *items, size_t count)
{
    int64_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += items[i];
    return total;
}

/* FNV-1a-32 over the bytes of a number, as smf/generic.h has it. */
static size_t hash(uint64_t bits, unsigned count)
{
    uint32_t value = 2166136261u;
    for (; count != 0; count--, bits >>= 8)
        value = (value ^ (uint32_t)(bits & 0xFF)) * 16777619u;
    return value;
}

static size_t find(const struct bench_map *map, const int64_t *key)
{
    const size_t mask = map->capacity - 1, start = hash((uint64_t)*key, 8) & mask;
    for (size_t tried = 0; tried < map->capacity; tried++) {
        const size_t at = (start + tried) & mask;
        if (!map->used[at] || ((const int64_t *)map->keys)[at] == *key)
            return at;
    }
    return map->capacity;
}

int64_t *hand_get_i64(const struct bench_map *map, const int64_t *key)
{
    const size_t at = find(map, key);
    return at < map->capacity && map->used[at] ? &((int64_t *)map->values)[at] : NULL;
}

bool hand_put_i64(struct bench_map *map, const int64_t *key, const int64_t *value)
{
    const size_t at = find(map, key);
    if (at == map->capacity)
        return false;
    if (!map->used[at]) {
        ((int64_t *)map->keys)[at] = *key;
        map->used[at] = 1;
        map->count++;
    }
    ((int64_t *)map->values)[at] = *value;
    return true;
}
