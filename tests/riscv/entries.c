/* SPDX-License-Identifier: MIT */
/* entries.c - what PMP entries allow, exactly, and when they are in force. */
#include <string.h>

#include "board.h"
#include "harness/tap.h"
#include "pmp.h"
#include "riscv_run.h"
#include "victims.h"

/* Write, seal, run, 100 times: each version runs, and neither state allows what the other does. */
static void flips_100_times(void)
{
    unsigned right = 0, faults = 0;
    struct smf_fault fault;
    uintptr_t result;
    scene();
    for (uint32_t i = 0; i < 100; i++) {
        const uint32_t code[] = {0x513u | i << 20, 0x8067}; /* li a0, i; ret */
        memcpy(one.code.bytes, code, sizeof code);
        __asm__ volatile(".word 0x0000100F" ::: "memory");
        one.confined.regions[0].access = SMF_ACCESS_RW;
        faults += call(&one, attack_code, 0, 0, &result, &fault) == SMF_ERR_FAULT && fault.kind == SMF_FAULT_EXECUTE;
        one.confined.regions[0].access = SMF_ACCESS_RX;
        right += call(&one, attack_code, 0, 0, &result, &fault) == SMF_OK && result == i;
        faults += call(&one, attack_write, one.code.address, 0, &result, &fault) == SMF_ERR_FAULT &&
                  fault.kind == SMF_FAULT_ACCESS;
    }
    CHECK_EQUAL(right, 100);
    CHECK_EQUAL(faults, 200);
}

/* Sizes that are no power of two, down to the grain: exact at both ends. */
static void regions_of_any_size_are_exact(void)
{
    static const size_t sizes[] = {4, 8, 12, 64, 100, 1000, 2048, 4092, 5000};
    scene();
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const size_t size = sizes[i] & ~(size_t)3;
        for (size_t offset = 0; offset < 12; offset += 4) {
            tap_variant("%u bytes at %u", (unsigned)size, (unsigned)offset);
            const uintptr_t start = two.data.address + 16 + offset;
            one.confined.regions[2] = region_at((uint8_t *)start, size, SMF_ACCESS_RW);
            (void)must_return(&one, attack_write, start, 1);
            (void)must_return(&one, attack_write, start + size - 4, 1);
            must_fault(attack_write, start - 4, 0, SMF_FAULT_ACCESS, SMF_RISCV_STORE_FAULT);
            must_fault(attack_write, start + size, 0, SMF_FAULT_ACCESS, SMF_RISCV_STORE_FAULT);
        }
    }
}

/* Between calls no entry is left: the live registers allow nothing. */
static void entries_are_gone_after_a_call(void)
{
    struct smf_pmp_map map;
    enum smf_access access;
    scene();
    all_is_well();
    smf_pmp_read(&map, smf_pmp_facts());
    CHECK(map.count >= 8);
    tap_note("%u entries, grain %u, %s", map.count, (unsigned)smf_pmp_facts()->grain,
             smf_pmp_facts()->fence ? "sfence.vma" : "no sfence.vma");
    for (unsigned i = 0; i < map.count; i++)
        CHECK_EQUAL(smf_pmp_config(&map, i), 0);
    CHECK(!smf_pmp_lookup(&map, two.code.address, &access));
}

/* What was written is what the registers say, and the query tells it. */
static void registers_say_what_was_written(void)
{
    struct smf_pmp_map map, found;
    enum smf_access access;
    scene();
    struct smf_pmp_range ranges[] = {
        {one.code.address,      REGION_SIZE,       SMF_ACCESS_RX},
        {one.data.address,      REGION_SIZE + 100, SMF_ACCESS_RW},
        {one.constants.address, 12,                SMF_ACCESS_RO}
    };
    CHECK_STATUS(smf_pmp_describe(&map, ranges, 3, smf_pmp_facts()), SMF_OK);
    smf_pmp_write(&map, smf_pmp_facts());
    smf_pmp_read(&found, smf_pmp_facts());
    smf_pmp_write(NULL, smf_pmp_facts());
    CHECK(smf_pmp_lookup(&found, one.code.address + REGION_SIZE - 1, &access) && access == SMF_ACCESS_RX);
    CHECK(smf_pmp_lookup(&found, one.data.address + REGION_SIZE + 99, &access) && access == SMF_ACCESS_RW);
    CHECK(smf_pmp_lookup(&found, one.constants.address, &access) && access == SMF_ACCESS_RO);
    CHECK(!smf_pmp_lookup(&found, one.constants.address + 12, &access));
    CHECK(!smf_pmp_lookup(&found, one.data.address - 1, &access));
}

static const struct tap_case cases[] = {
    {"flips_100_times",                flips_100_times               },
    {"regions_of_any_size_are_exact",  regions_of_any_size_are_exact },
    {"entries_are_gone_after_a_call",  entries_are_gone_after_a_call },
    {"registers_say_what_was_written", registers_say_what_was_written}
};
TAP_MAIN(cases)
