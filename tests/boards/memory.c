/* SPDX-License-Identifier: MIT */
/* memory.c - the board's own memcpy, memset, memmove and memcmp: from and to every place in a word, every size around theirs. */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "harness/tap.h"

enum { PLACES = 2 * sizeof(uintptr_t), SIZES = 12 * sizeof(uintptr_t), ROOM = SIZES + 2 * PLACES };

static uint8_t from[ROOM], to[ROOM];

static void fill(void)
{
    for (unsigned i = 0; i < ROOM; i++) {
        from[i] = (uint8_t)(i * 37 + 11);
        to[i] = 0xEE;
    }
}

/* Bytes that are not as they should be: `size` of `wanted` from `place` on, 0xEE around them. */
static unsigned wrong(unsigned place, unsigned size, const uint8_t *wanted)
{
    unsigned count = 0;
    for (unsigned i = 0; i < ROOM; i++)
        count += to[i] != (i >= place && i < place + size ? wanted[i - place] : 0xEE);
    return count;
}

static void copies(void)
{
    for (unsigned target = 0; target < PLACES; target++)
        for (unsigned source = 0; source < PLACES; source++)
            for (unsigned size = 0; size <= SIZES; size++) {
                fill();
                const bool same = memcpy(to + target, from + source, size) == to + target;
                if (!same || wrong(target, size, from + source) != 0) {
                    tap_variant("to=%u,from=%u,size=%u", target, source, size);
                    CHECK(same);
                    CHECK_EQUAL(wrong(target, size, from + source), 0);
                }
            }
}

static void sets(void)
{
    static uint8_t fives[SIZES];
    for (unsigned i = 0; i < SIZES; i++)
        fives[i] = 5;
    for (unsigned place = 0; place < PLACES; place++)
        for (unsigned size = 0; size <= SIZES; size++) {
            fill();
            CHECK(memset(to + place, 5, size) == to + place);
            CHECK_EQUAL(wrong(place, size, fives), 0);
        }
}

/* Within one array, both ways. */
static void moves(void)
{
    static uint8_t wanted[SIZES];
    for (unsigned source = 0; source < PLACES; source++)
        for (unsigned target = 0; target < PLACES; target++) {
            fill();
            memcpy(to, from, ROOM);
            memcpy(wanted, from + source, SIZES);
            CHECK(memmove(to + target, to + source, SIZES) == to + target);
            CHECK_EQUAL(memcmp(to + target, wanted, SIZES), 0);
        }
}

static void compares(void)
{
    for (unsigned place = 0; place < PLACES; place++)
        for (unsigned size = 1; size <= SIZES; size++) {
            fill();
            memcpy(to + place, from, size);
            CHECK_EQUAL(memcmp(to + place, from, size), 0);
            to[place + size - 1] ^= 0x80;
            const int order = to[place + size - 1] > from[size - 1] ? 1 : -1;
            CHECK_EQUAL(memcmp(to + place, from, size) > 0 ? 1 : -1, order);
        }
}

static const struct tap_case cases[] = {
    {"copies",   copies  },
    {"sets",     sets    },
    {"moves",    moves   },
    {"compares", compares},
};
TAP_MAIN(cases)
