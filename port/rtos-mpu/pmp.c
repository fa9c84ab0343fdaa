/* SPDX-License-Identifier: MIT */
/* pmp.c - from ranges to entries and back: see pmp.h. No register is touched here, so any machine can test it. */
#include "pmp.h"

#define SMALLEST 4u /* bytes: pmpaddr counts words */

/* RWX has no line: it is refused. */
static const uint8_t permissions[] = {
    [SMF_ACCESS_RW] = SMF_PMP_READ | SMF_PMP_WRITE,
    [SMF_ACCESS_RO] = SMF_PMP_READ,
    [SMF_ACCESS_RX] = SMF_PMP_READ | SMF_PMP_EXECUTE,
};

/* At most five ranges: insertion keeps it short. */
static void sort(struct smf_pmp_range *ranges, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t k = i; k > 0 && ranges[k].start < ranges[k - 1].start; k--) {
            const struct smf_pmp_range lower = ranges[k];
            ranges[k] = ranges[k - 1];
            ranges[k - 1] = lower;
        }
}

static enum smf_status check(const struct smf_pmp_range *ranges, size_t count, uintptr_t grain)
{
    for (size_t i = 0; i < count; i++) {
        if (ranges[i].access != SMF_ACCESS_RW && ranges[i].access != SMF_ACCESS_RO && ranges[i].access != SMF_ACCESS_RX)
            return SMF_ERR_PROTECT;
        if (ranges[i].size == 0 || ranges[i].size - 1 > UINTPTR_MAX - ranges[i].start)
            return SMF_ERR_ARGUMENT;
        if (i > 0 && ranges[i].start - ranges[i - 1].start < ranges[i - 1].size)
            return SMF_ERR_ARGUMENT;
        if (((ranges[i].start | ranges[i].size) & (grain - 1)) != 0)
            return SMF_ERR_LIMIT;
    }
    return SMF_OK;
}

/* Count an entry, and keep it if there is room: the number needed is told in either case. */
static void put(struct smf_pmp_map *map, uintptr_t address, unsigned config)
{
    const unsigned number = map->count++;
    if (number >= SMF_PMP_ENTRIES_MAX)
        return;
    map->addresses[number] = address;
    map->configs[number / SMF_PMP_CONFIGS_EACH] |= (uintptr_t)config << number % SMF_PMP_CONFIGS_EACH * 8;
}

/* pmpaddr counts words, so the end of memory has a number too. */
static void encode(struct smf_pmp_map *map, uintptr_t start, size_t size, enum smf_access access, uintptr_t *top)
{
    const uintptr_t base = start / SMALLEST, words = size / SMALLEST;
    const unsigned permission = permissions[access];
    if ((size & (size - 1)) == 0 && (start & (size - 1)) == 0) {
        /* Base with as many ones below it as the range has doublings over 8 bytes; NA4 has a mode of its own. */
        put(map, size == SMALLEST ? base : base | (words / 2 - 1),
            permission | (size == SMALLEST ? SMF_PMP_NA4 : SMF_PMP_NAPOT));
        *top = UINTPTR_MAX; /* no end of a range can be there */
        return;
    }
    /* The entry below gives the bottom: 0 below entry 0 (where only the first range can start), or the end of the range
     * before if that touches this one; else an entry that is off and holds nothing but the address. */
    if (base != *top)
        put(map, base, 0);
    put(map, base + words, permission | SMF_PMP_TOR);
    *top = base + words;
}

enum smf_status smf_pmp_describe(struct smf_pmp_map *map, struct smf_pmp_range *ranges, size_t count,
                                 const struct smf_pmp_facts *facts)
{
    uintptr_t top = facts->first == 0 ? 0 : UINTPTR_MAX; /* what the entry below ours holds is not ours to know */
    map->count = facts->first;
    for (unsigned i = 0; i < SMF_PMP_CONFIG_REGISTERS; i++)
        map->configs[i] = 0;
    if (count == 0 || count > SMF_PMP_RANGES_MAX)
        return SMF_ERR_ARGUMENT;
    sort(ranges, count);
    const enum smf_status status = check(ranges, count, facts->grain);
    if (status != SMF_OK)
        return status;
    for (size_t i = 0; i < count;) {
        const struct smf_pmp_range *first = &ranges[i];
        size_t size = 0;
        do
            size += ranges[i++].size;
        while (i < count && ranges[i].access == first->access && ranges[i].start == first->start + size);
        encode(map, first->start, size, first->access, &top);
    }
    return map->count <= facts->first + facts->count ? SMF_OK : SMF_ERR_LIMIT;
}

size_t smf_pmp_footprint(const struct smf_pmp_facts *facts, size_t size)
{
    size_t unit = facts->grain;
    while (facts->power_of_two && unit < size && unit != 0)
        unit <<= 1;
    if (unit == 0 || size > SIZE_MAX - (unit - 1))
        return SIZE_MAX;
    return (size + unit - 1) & ~(unit - 1);
}

/* The words *from to *last that entry `i` speaks of; false for none. */
static bool span(const struct smf_pmp_map *map, unsigned i, uintptr_t *from, uintptr_t *last)
{
    const uintptr_t address = map->addresses[i], ones = address & ~(address + 1);
    switch (smf_pmp_config(map, i) & SMF_PMP_MODE) {
    case SMF_PMP_TOR:
        *from = i == 0 ? 0 : map->addresses[i - 1];
        *last = address - 1;
        return *from < address;
    case SMF_PMP_NA4:
        *from = *last = address;
        return true;
    case SMF_PMP_NAPOT:
        *from = address & ~ones;
        *last = address | (ones + 1);
        return true;
    default:
        return false;
    }
}

bool smf_pmp_lookup(const struct smf_pmp_map *map, uintptr_t address, enum smf_access *access)
{
    const uintptr_t word = address / SMALLEST;
    uintptr_t from, last;
    for (unsigned i = 0; i < map->count; i++) {
        if (!span(map, i, &from, &last) || word < from || word > last)
            continue;
        const unsigned allowed = smf_pmp_config(map, i) & (SMF_PMP_READ | SMF_PMP_WRITE | SMF_PMP_EXECUTE);
        const unsigned both = SMF_PMP_WRITE | SMF_PMP_EXECUTE;
        *access = (allowed & both) == both           ? SMF_ACCESS_RWX
                  : (allowed & SMF_PMP_EXECUTE) != 0 ? SMF_ACCESS_RX
                  : (allowed & SMF_PMP_WRITE) != 0   ? SMF_ACCESS_RW
                                                     : SMF_ACCESS_RO;
        return allowed != 0;
    }
    return false;
}
