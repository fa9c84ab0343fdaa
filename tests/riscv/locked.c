/* SPDX-License-Identifier: MIT */
/*
 * locked.c - a firmware that has locked PMP entries of its own, one below ours and one above: they stay, they bind,
 * and modules run with those in between. Locked entries last until reset, so this is a program of its own.
 */
#include <string.h>

#include "attacks.h"
#include "board.h"
#include "harness/tap.h"
#include "pmp.h"
#include "smf/confined.h"

__asm__(".option arch, +zicsr");

enum { LAST = 15, SIZE = 4096 };

/* pmp_registers.S */
uintptr_t smf_pmp_read_address(unsigned number);
void smf_pmp_write_address(unsigned number, uintptr_t value);
uintptr_t smf_pmp_read_configs(unsigned number);
void smf_pmp_write_configs(unsigned number, uintptr_t value);

static uint32_t vault __attribute__((aligned(4))) = 1234;

static unsigned config_of(unsigned number)
{
    return smf_pmp_read_configs(number / (unsigned)sizeof(uintptr_t)) >> number % sizeof(uintptr_t) * 8 & 0xFF;
}

static void lock(unsigned number, uintptr_t address, unsigned config)
{
    const unsigned shift = number % sizeof(uintptr_t) * 8, which = number / (unsigned)sizeof(uintptr_t);
    smf_pmp_write_address(number, address);
    smf_pmp_write_configs(which, smf_pmp_read_configs(which) | (uintptr_t)(config | SMF_PMP_LOCKED) << shift);
}

static enum smf_status call(struct smf_confined *confined, const uint8_t *attack, uintptr_t a0, uintptr_t a1,
                            struct smf_fault *fault)
{
    const uintptr_t arguments[] = {a0, a1};
    uintptr_t result = 0;
    *fault = (struct smf_fault){0};
    return smf_call_confined(confined,
                             (void (*)(void))(confined->regions[0].address + (uintptr_t)(attack - attack_code)),
                             arguments, 2, &result, fault);
}

static void locked_entries_stay(void)
{
    uint8_t *const code = smf_code_start, *const data = smf_data_start;
    const uintptr_t start = (uintptr_t)smf_code_start + 2 * SIZE;
    struct smf_pmp_facts facts;
    struct smf_fault fault;
    memcpy(code, attack_code, (size_t)(attack_code_end - attack_code));
    __asm__ volatile("fence rw, rw\n .word 0x0000100F" ::: "memory"); /* fence.i */

    /* Below: a page that even machine mode may only read. Above: a word that nobody may touch. */
    lock(0, start / 4 | (SIZE / 8 - 1), SMF_PMP_READ | SMF_PMP_NAPOT);
    lock(LAST, (uintptr_t)&vault / 4, SMF_PMP_NA4);
    smf_pmp_probe(&facts);
    CHECK_EQUAL(facts.first, 1);
    CHECK_EQUAL(facts.count, LAST - 1);

    /* Four ranges that take two entries each, the first of them with a bottom of its own. */
    struct smf_confined confined = {
        .regions = {{code, (uintptr_t)code, SIZE - 4, SMF_ACCESS_RX},
                    {data, (uintptr_t)data, 100, SMF_ACCESS_RO},
                    {data + 256, (uintptr_t)data + 256, 100, SMF_ACCESS_RW},
                    {data + SIZE, (uintptr_t)data + SIZE, 1008, SMF_ACCESS_RW}},
        .region_count = 4,
    };
    for (unsigned turn = 0; turn < 3; turn++) {
        CHECK_STATUS(call(&confined, attack_write, (uintptr_t)data + 256 + 96, turn, &fault), SMF_OK);
        CHECK_STATUS(call(&confined, attack_write, (uintptr_t)data, turn, &fault), SMF_ERR_FAULT);
        CHECK_STATUS(call(&confined, attack_read, (uintptr_t)data + 96, 0, &fault), SMF_OK);
        CHECK_STATUS(call(&confined, attack_read, (uintptr_t)data + 100, 0, &fault), SMF_ERR_FAULT);
        CHECK_STATUS(call(&confined, attack_read, (uintptr_t)code - 4, 0, &fault), SMF_ERR_FAULT);
        CHECK_STATUS(call(&confined, attack_read, (uintptr_t)&vault, 0, &fault), SMF_ERR_FAULT);
        CHECK_EQUAL(fault.kind, SMF_FAULT_ACCESS);
        CHECK_EQUAL(fault.address, (uintptr_t)&vault);
    }
    CHECK_EQUAL(config_of(0), SMF_PMP_READ | SMF_PMP_NAPOT | SMF_PMP_LOCKED);
    CHECK_EQUAL(config_of(LAST), SMF_PMP_NA4 | SMF_PMP_LOCKED);
    CHECK_EQUAL(smf_pmp_read_address(0), start / 4 | (SIZE / 8 - 1));
    for (unsigned i = 1; i < LAST; i++)
        CHECK_EQUAL(config_of(i), 0);
}

static const struct tap_case cases[] = {
    {"locked_entries_stay", locked_entries_stay}
};
TAP_MAIN(cases)
