/* SPDX-License-Identifier: MIT */
/* packed.h - bytes packed by zstd's and LZ4's own libraries in several ways, and allocations that fail, for tests. */
#ifndef SMF_TESTS_UNIT_PACKED_H
#define SMF_TESTS_UNIT_PACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Calls of malloc, calloc and realloc so far, by the host's code and the archives that it is linked with; the one that fails. */
extern unsigned packed_allocations, packed_fail_at;

struct bytes {
    uint8_t *at;
    size_t size;
};

/* Like code: words that come again, and some that do not. */
struct bytes packed_plain(size_t size);
void packed_drop(struct bytes *bytes);

/* How a frame is made. */
struct how {
    int level;
    bool checksum, unsized;
    const char *dictionary; /* NULL: none */
};
enum { PACKED_HOWS = 5, PACKED_WAYS = 2 };
extern const struct how packed_hows[PACKED_HOWS];

struct bytes packed_zstd(const struct bytes *from, struct how how);
struct bytes packed_lz4(const struct bytes *from, struct how how);
extern struct bytes (*const packed_by[PACKED_WAYS])(const struct bytes *from, struct how how);
extern const char *const packed_names[PACKED_WAYS];

#endif
