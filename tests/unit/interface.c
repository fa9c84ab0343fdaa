/* SPDX-License-Identifier: MIT */
/* Unit test of core/system/interface.c: what changes the number, and what does not. */
#include "smf/interface.h"
#include "harness/tap.h"

static const struct smf_export lamp[] = {
    {"lamp_set", 0, SMF_KIND_FUNCTION, 0},
    {"lamps",    0, SMF_KIND_DATA,     0}
};

static uint64_t hash_of(const struct smf_export *entries, uint32_t count)
{
    const struct smf_exports table = {.entries = entries, .count = count}, *const tables[] = {&table};
    return smf_interface_hash(tables, 1);
}

/* Computed apart from this code, with the steps that the header gives. */
static void numbers_are_known(void)
{
    CHECK_EQUAL(hash_of(lamp, 2), 0xDA9596B0818D2FC6);
    CHECK_EQUAL(hash_of(lamp, 0), 1);
    CHECK_EQUAL(smf_interface_hash(NULL, 0), 1);
    CHECK_EQUAL(smf_interface_of_module(NULL), 1);
    CHECK_EQUAL(smf_interface_end(0), 1);
    CHECK_EQUAL(smf_interface_end(5), 5);
}

static void order_and_addresses_do_not_count(void)
{
    const struct smf_export turned[] = {
        {"lamps",    4, SMF_KIND_DATA,                           9},
        {"lamp_set", 8, SMF_KIND_FUNCTION | SMF_EXPORT_CONFINED, 7}
    };
    const struct smf_export unknown[] = {
        {"lamps",    0, SMF_KIND_DATA,    0},
        {"lamp_set", 0, SMF_KIND_UNKNOWN, 0}
    };
    const struct smf_exports first = {.entries = turned, .count = 1}, second = {.entries = turned + 1, .count = 1};
    const struct smf_exports *const tables[] = {&first, &second};
    CHECK_EQUAL(hash_of(turned, 2), hash_of(lamp, 2));
    CHECK_EQUAL(hash_of(unknown, 2), hash_of(lamp, 2));
    CHECK_EQUAL(smf_interface_hash(tables, 2), hash_of(lamp, 2));
}

static void names_and_kinds_count(void)
{
    const struct smf_export kinds[] = {
        {"lamp_set", 0, SMF_KIND_DATA,     0},
        {"lamps",    0, SMF_KIND_FUNCTION, 0}
    };
    const struct smf_export crossed[2][2] = {
        {{"a1", 0, SMF_KIND_FUNCTION, 0}, {"b2", 0, SMF_KIND_FUNCTION, 0}},
        {{"a2", 0, SMF_KIND_FUNCTION, 0}, {"b1", 0, SMF_KIND_FUNCTION, 0}}
    };
    CHECK(hash_of(kinds, 2) != hash_of(lamp, 2));
    CHECK(hash_of(kinds, 1) != hash_of(lamp, 1));
    CHECK(hash_of(lamp, 1) != hash_of(lamp, 2));
    CHECK(hash_of(crossed[0], 2) != hash_of(crossed[1], 2));
}

static const struct tap_case cases[] = {
    {"numbers_are_known",                numbers_are_known               },
    {"order_and_addresses_do_not_count", order_and_addresses_do_not_count},
    {"names_and_kinds_count",            names_and_kinds_count           },
};
TAP_MAIN(cases)
