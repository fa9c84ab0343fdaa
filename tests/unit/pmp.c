/* SPDX-License-Identifier: MIT */
/*
 * pmp.c - what PMP entries say, worked out on any machine: encodings against the manual's, and a
 * lookup against plain ranges.
 */
#include "pmp.h"

#include "harness/tap.h"

enum { OFF = 0, R = SMF_PMP_READ, RW = SMF_PMP_READ | SMF_PMP_WRITE, RX = SMF_PMP_READ | SMF_PMP_EXECUTE };

static const struct smf_pmp_facts sixteen = {.count = 16, .grain = 4, .user = true};

static void check_entry(const struct smf_pmp_map *map, unsigned number, uintptr_t address, unsigned config)
{
    tap_variant("entry %u", number);
    CHECK(number < map->count);
    CHECK_EQUAL(map->addresses[number], address);
    CHECK_EQUAL(smf_pmp_config(map, number), config);
}

static void describe(struct smf_pmp_map *map, struct smf_pmp_range *ranges, size_t count, unsigned entries)
{
    CHECK_STATUS(smf_pmp_describe(map, ranges, count, &sixteen), SMF_OK);
    CHECK_EQUAL(map->count, entries);
}

/* The table "NAPOT range encoding" of the Privileged Architecture. */
static void powers_of_two_take_one_entry(void)
{
    static const struct {
        struct smf_pmp_range range;
        uintptr_t address;
        unsigned config;
    } lines[] = {
        {{0x80000000u, 4, SMF_ACCESS_RW},           0x20000000u, RW | SMF_PMP_NA4  },
        {{0x80000000u, 8, SMF_ACCESS_RW},           0x20000000u, RW | SMF_PMP_NAPOT},
        {{0x80000000u, 16, SMF_ACCESS_RO},          0x20000001u, R | SMF_PMP_NAPOT },
        {{0x80000020u, 32, SMF_ACCESS_RO},          0x2000000Bu, R | SMF_PMP_NAPOT },
        {{0x80001000u, 4096, SMF_ACCESS_RX},        0x200005FFu, RX | SMF_PMP_NAPOT},
        {{0x80000000u, 0x40000000u, SMF_ACCESS_RX}, 0x27FFFFFFu, RX | SMF_PMP_NAPOT},
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct smf_pmp_map map;
        struct smf_pmp_range range = lines[i].range;
        describe(&map, &range, 1, 1);
        check_entry(&map, 0, lines[i].address, lines[i].config);
    }
}

static void other_sizes_take_two(void)
{
    struct smf_pmp_map map;
    struct smf_pmp_range odd = {0x80000010u, 100, SMF_ACCESS_RW}, misplaced = {0x80000010u, 32, SMF_ACCESS_RX};
    describe(&map, &odd, 1, 2);
    check_entry(&map, 0, 0x20000004u, OFF);
    check_entry(&map, 1, 0x20000004u + 25, RW | SMF_PMP_TOR);
    describe(&map, &misplaced, 1, 2);
    check_entry(&map, 0, 0x20000004u, OFF);
    check_entry(&map, 1, 0x2000000Cu, RX | SMF_PMP_TOR);
    /* Address 0 is the bottom of entry 0 without an entry of its own, unless others are locked below. */
    struct smf_pmp_range bottom = {0, 12, SMF_ACCESS_RO};
    describe(&map, &bottom, 1, 1);
    check_entry(&map, 0, 3, R | SMF_PMP_TOR);
    const struct smf_pmp_facts above = {.first = 2, .count = 4, .grain = 4};
    CHECK_STATUS(smf_pmp_describe(&map, &bottom, 1, &above), SMF_OK);
    CHECK_EQUAL(map.count, 2 + 2);
    check_entry(&map, 2, 0, OFF);
    check_entry(&map, 3, 3, R | SMF_PMP_TOR);
}

static void neighbours_share_or_become_one(void)
{
    struct smf_pmp_map map;
    /* Another access: the end of one is the bottom of the next. Given from high to low: they are sorted. */
    struct smf_pmp_range different[] = {
        {0x1070, 0x30, SMF_ACCESS_RW},
        {0x1010, 0x60, SMF_ACCESS_RX}
    };
    describe(&map, different, 2, 3);
    check_entry(&map, 0, 0x1010 / 4, OFF);
    check_entry(&map, 1, 0x1070 / 4, RX | SMF_PMP_TOR);
    check_entry(&map, 2, 0x10A0 / 4, RW | SMF_PMP_TOR);
    /* A power of two before it is no bottom: its address means something else. */
    struct smf_pmp_range natural[] = {
        {0x1000, 0x10, SMF_ACCESS_RX},
        {0x1010, 0x24, SMF_ACCESS_RW}
    };
    describe(&map, natural, 2, 3);
    check_entry(&map, 1, 0x1010 / 4, OFF);
    /* The same access: one range, so that an access across the border works. */
    struct smf_pmp_range same[] = {
        {0x1010, 0x10, SMF_ACCESS_RW},
        {0x1000, 0x10, SMF_ACCESS_RW},
        {0x1020, 0x20, SMF_ACCESS_RW}
    };
    describe(&map, same, 3, 1);
    check_entry(&map, 0, 0x1000 / 4 | 7, RW | SMF_PMP_NAPOT);
    /* With a gap they stay apart. */
    struct smf_pmp_range apart[] = {
        {0x1000, 0x10, SMF_ACCESS_RW},
        {0x1020, 0x10, SMF_ACCESS_RW}
    };
    describe(&map, apart, 2, 2);
}

static void what_cannot_be_is_refused(void)
{
    struct smf_pmp_map map;
    struct smf_pmp_range ranges[SMF_PMP_RANGES_MAX + 1] = {{0}};
    CHECK_STATUS(smf_pmp_describe(&map, ranges, 0, &sixteen), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_pmp_describe(&map, ranges, SMF_PMP_RANGES_MAX + 1, &sixteen), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_pmp_describe(&map, ranges, 1, &sixteen), SMF_ERR_ARGUMENT); /* size 0 */
    struct smf_pmp_range overlapping[] = {
        {0x1000, 0x14, SMF_ACCESS_RW},
        {0x1010, 0x10, SMF_ACCESS_RW}
    };
    CHECK_STATUS(smf_pmp_describe(&map, overlapping, 2, &sixteen), SMF_ERR_ARGUMENT);
    struct smf_pmp_range equal[] = {
        {0x1000, 0x10, SMF_ACCESS_RW},
        {0x1000, 0x10, SMF_ACCESS_RX}
    };
    CHECK_STATUS(smf_pmp_describe(&map, equal, 2, &sixteen), SMF_ERR_ARGUMENT);
    struct smf_pmp_range wrapping = {UINTPTR_MAX - 15, 32, SMF_ACCESS_RW}, last = {UINTPTR_MAX - 15, 16, SMF_ACCESS_RW};
    CHECK_STATUS(smf_pmp_describe(&map, &wrapping, 1, &sixteen), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_pmp_describe(&map, &last, 1, &sixteen), SMF_OK);
    struct smf_pmp_range all = {0x1000, 0x10, SMF_ACCESS_RWX};
    CHECK_STATUS(smf_pmp_describe(&map, &all, 1, &sixteen), SMF_ERR_PROTECT);
    /* Not in whole grains. */
    const struct smf_pmp_facts coarse = {.count = 16, .grain = 64};
    struct smf_pmp_range fine = {0x1020, 64, SMF_ACCESS_RW}, small = {0x1000, 32, SMF_ACCESS_RW},
                         right = {0x1040, 192, SMF_ACCESS_RW};
    CHECK_STATUS(smf_pmp_describe(&map, &fine, 1, &coarse), SMF_ERR_LIMIT);
    CHECK_STATUS(smf_pmp_describe(&map, &small, 1, &coarse), SMF_ERR_LIMIT);
    CHECK_STATUS(smf_pmp_describe(&map, &right, 1, &coarse), SMF_OK);
}

static void too_few_entries_say_how_many(void)
{
    struct smf_pmp_map map;
    struct smf_pmp_range ranges[SMF_PMP_RANGES_MAX];
    for (unsigned limit = 0; limit <= 14; limit++) {
        const struct smf_pmp_facts few = {.count = limit, .grain = 4};
        for (unsigned i = 0; i < SMF_PMP_RANGES_MAX; i++)
            ranges[i] = (struct smf_pmp_range){0x1000 + i * 0x100, 0x24, SMF_ACCESS_RW};
        CHECK_STATUS(smf_pmp_describe(&map, ranges, SMF_PMP_RANGES_MAX, &few),
                     limit < 2 * SMF_PMP_RANGES_MAX ? SMF_ERR_LIMIT : SMF_OK);
        CHECK_EQUAL(map.count, 2 * SMF_PMP_RANGES_MAX);
    }
}

/* Numbers that repeat: a linear congruential generator. */
static uint32_t random_number(uint32_t below)
{
    static uint32_t state = 1;
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % below;
}

/* Not to write and to execute, not to write without reading, not locked. */
static void check_rights(unsigned config)
{
    CHECK((config & 7) != 2 && (config & 6) != 6 && (config & SMF_PMP_LOCKED) == 0);
}

/* Any ranges of one memory of 64 words: each word is allowed exactly what its range says, and never W and X. */
static void lookups_equal_the_ranges(void)
{
    static const enum smf_access accesses[] = {SMF_ACCESS_RW, SMF_ACCESS_RO, SMF_ACCESS_RX};
    unsigned described = 0;
    for (unsigned turn = 0; turn < 20000; turn++) {
        struct smf_pmp_range ranges[SMF_PMP_RANGES_MAX];
        struct smf_pmp_map map;
        const unsigned count = 1 + random_number(SMF_PMP_RANGES_MAX);
        for (unsigned i = 0; i < count; i++)
            ranges[i] =
                (struct smf_pmp_range){random_number(60) * 4, (1 + random_number(16)) * 4, accesses[random_number(3)]};
        if (smf_pmp_describe(&map, ranges, count, &sixteen) != SMF_OK)
            continue;
        described++;
        for (uintptr_t address = 0; address < 400; address += 2) {
            enum smf_access access = SMF_ACCESS_RWX;
            const struct smf_pmp_range *range = NULL;
            for (unsigned i = 0; i < count; i++)
                if (address - ranges[i].start < ranges[i].size)
                    range = &ranges[i];
            const bool allowed = smf_pmp_lookup(&map, address, &access);
            if (allowed != (range != NULL) || (range != NULL && access != range->access)) {
                tap_variant("turn %u, address %u", turn, (unsigned)address);
                CHECK_EQUAL(allowed ? (int)access : -1, range != NULL ? (int)range->access : -1);
                return;
            }
        }
        for (unsigned i = 0; i < map.count; i++)
            check_rights(smf_pmp_config(&map, i));
    }
    CHECK(described > 1000);
}

/* What the machine may hold and this port never writes. */
static void lookups_know_foreign_entries(void)
{
    enum smf_access access;
    const struct smf_pmp_map all = {.addresses = {UINTPTR_MAX}, .configs = {7 | SMF_PMP_NAPOT}, .count = 1};
    CHECK(smf_pmp_lookup(&all, 0x1234, &access) && access == SMF_ACCESS_RWX);
    const struct smf_pmp_map hole = {
        .addresses = {0x1000 / 4, 0x3FF},
          .configs = {SMF_PMP_NA4 | (RW | SMF_PMP_NAPOT) << 8         },
          .count = 2
    };
    CHECK(!smf_pmp_lookup(&hole, 0x1000, &access)); /* the lowest number wins, and it is closed */
    CHECK(smf_pmp_lookup(&hole, 0xFFC, &access) && access == SMF_ACCESS_RW);
    const struct smf_pmp_map backwards = {
        .addresses = {0x2000 / 4, 0x1000 / 4      },
          .configs = {OFF,        RW | SMF_PMP_TOR},
          .count = 2
    };
    CHECK(!smf_pmp_lookup(&backwards, 0x1800, &access));
}

static void footprints_follow_the_form(void)
{
    const struct smf_pmp_facts power = {.count = 16, .grain = 16, .power_of_two = true};
    CHECK_EQUAL(smf_pmp_footprint(&sixteen, 101), 104);
    CHECK_EQUAL(smf_pmp_footprint(&power, 101), 128);
    CHECK_EQUAL(smf_pmp_footprint(&power, 3), 16);
    CHECK(smf_pmp_footprint(&power, SIZE_MAX) == SIZE_MAX);
}

static const struct tap_case cases[] = {
    {"powers_of_two_take_one_entry",   powers_of_two_take_one_entry  },
    {"other_sizes_take_two",           other_sizes_take_two          },
    {"neighbours_share_or_become_one", neighbours_share_or_become_one},
    {"what_cannot_be_is_refused",      what_cannot_be_is_refused     },
    {"too_few_entries_say_how_many",   too_few_entries_say_how_many  },
    {"lookups_equal_the_ranges",       lookups_equal_the_ranges      },
    {"lookups_know_foreign_entries",   lookups_know_foreign_entries  },
    {"footprints_follow_the_form",     footprints_follow_the_form    }
};
TAP_MAIN(cases)
