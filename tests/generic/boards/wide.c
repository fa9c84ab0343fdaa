/* SPDX-License-Identifier: MIT */
/* wide.c - types whose size no unit is built for: an instance of them is code for any type, with all holes filled. */
#include <smf/instance.h>

struct triple {
    uint32_t key[5]; /* 20 bytes, alignment 4 */
};
struct point {
    uint64_t key, x, y; /* 24 bytes, alignment 8 */
};

static int compare_triples(const void *a, const void *b)
{
    const uint32_t left = ((const struct triple *)a)->key[4], right = ((const struct triple *)b)->key[4];
    return (left > right) - (left < right);
}

static int compare_points(const void *a, const void *b)
{
    const uint64_t left = ((const struct point *)a)->key, right = ((const struct point *)b)->key;
    return (left > right) - (left < right);
}

SMF_TYPE(Triple, struct triple, .compare = compare_triples);
SMF_TYPE(Point24, struct point, .compare = compare_points);
