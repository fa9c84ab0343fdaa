/* SPDX-License-Identifier: MIT */
/* templates.h - what the parts of the benchmark of templates share: types, and what is written by hand. */
#ifndef SMF_BENCH_TEMPLATES_H
#define SMF_BENCH_TEMPLATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bench_point {
    int64_t key, x, y;
};
struct bench_vec { /* tests/generic/templates/vec.h */
    void *items;
    size_t count, capacity;
};
struct bench_map { /* tests/generic/templates/map.h */
    void *keys, *values;
    uint8_t *used;
    size_t count, capacity;
};

void hand_sort_i64(int64_t *items, size_t count);
void hand_sort_point(struct bench_point *items, size_t count);
bool hand_push_i64(struct bench_vec *vec, const int64_t *item);
bool hand_push_point(struct bench_vec *vec, const struct bench_point *item);
int64_t hand_sum_i64(const int64_t *items, size_t count);
bool hand_put_i64(struct bench_map *map, const int64_t *key, const int64_t *value);
int64_t *hand_get_i64(const struct bench_map *map, const int64_t *key);

/* An instantiator over the templates in FOLDER/templates.smf, in memory of a column (bench.h) but BENCH_FRESH. */
struct bench_maker;
struct bench_maker *bench_maker_start(const char *folder, bool sealed);
void bench_maker_finish(struct bench_maker *maker);
/* Make template<types>; the function's address. `sort<I64>` and the like: types of the host's, see templates.c. */
uintptr_t bench_make(struct bench_maker *maker, const char *template, const char *types);
void bench_unmake(struct bench_maker *maker);

void bench_instances(const char *folder, const char *source);
void bench_code(const char *folder);

#endif
