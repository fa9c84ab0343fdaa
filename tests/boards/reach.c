/* SPDX-License-Identifier: MIT */
/*
 * reach.c - Thumb branches made by the relocation rows, and run: to the last place in reach, forwards and backwards; two
 * bytes further is refused. BL and B.W reach 16 MiB: from the an385's static RAM at 0x20000000 into its PSRAM, which
 * starts at 0x21000000. The MPU is off here, so both execute.
 */
#include <string.h>

#include "board.h"
#include "harness/tap.h"
#include "smf/arch.h"

#define PSRAM 0x21000000u
enum { PSRAM_SIZE = 1 << 24 };

static void put16(uintptr_t address, uint16_t value) { *(volatile uint16_t *)address = value; }

/* movs r0, #42; bx lr */
static void make_target(uintptr_t address)
{
    put16(address, 0x202A);
    put16(address + 2, 0x4770);
}

/* A function that comes to the branch at `place` with EQ set, and goes on behind it where the branch is a call. */
static uintptr_t make_caller(uintptr_t place, uint32_t branch, unsigned size)
{
    put16(place - 4, 0xB500); /* push {lr} */
    put16(place - 2, 0x4280); /* cmp r0, r0 */
    put16(place, (uint16_t)branch);
    if (size == 4)
        put16(place + 2, (uint16_t)(branch >> 16));
    put16(place + size, 0xBD00); /* pop {pc} */
    return place - 4;
}

/* Where a jump arrives, nobody has pushed for: the caller's word comes off there. movs r0, #42; pop {pc} */
static void make_jump_target(uintptr_t address)
{
    put16(address, 0x202A);
    put16(address + 2, 0xBD00);
}

static const struct branch {
    const char *name;
    uint16_t type; /* psABI number */
    uint32_t instruction;
    unsigned size;
    intptr_t addend;
    uint32_t reach; /* from the place + 4: -reach .. reach - 2 */
    bool call;
} branches[] = {
    {"BL",     10,  0xF800F000, 4, -4, 1u << 24, true },
    {"B.W",    30,  0xB800F000, 4, -4, 1u << 24, false},
    {"B<c>.W", 51,  0x8000F000, 4, -4, 1u << 20, false},
    {"B.N",    102, 0xE000,     2, -4, 1u << 11, false},
    {"B<c>.N", 103, 0xD000,     2, -4, 1u << 8,  false},
};

static void try_one(const struct branch *branch, uintptr_t place, uintptr_t target)
{
    const struct smf_howto *const row = smf_arch_row(&smf_arch_arm, branch->type);
    struct smf_operands operands = {.s = target | 1, .a = branch->addend, .p = place};
    struct smf_diagnosis why;
    uint8_t bytes[4];
    uint32_t word = branch->instruction;
    CHECK(row != NULL);
    if (row == NULL)
        return;
    memcpy(bytes, &word, sizeof bytes);
    CHECK_STATUS(smf_howto_apply(&smf_arch_arm, row, &operands, bytes, &why), SMF_OK);
    memcpy(&word, bytes, sizeof word);
    (branch->call ? make_target : make_jump_target)(target);
    int (*const caller)(void) = (int (*)(void))(make_caller(place, word, branch->size) | 1);
    __asm__ volatile("dsb\n\tisb" : : : "memory");
    CHECK_EQUAL(caller(), 42);
    operands.s += target > place ? 2 : (uintptr_t)-2;
    CHECK_STATUS(smf_howto_apply(&smf_arch_arm, row, &operands, bytes, &why), SMF_ERR_RELOC_RANGE);
}

static void last_places_in_reach(void)
{
    const uintptr_t near = ((uintptr_t)smf_code_start + 0x100) & ~(uintptr_t)3;
    CHECK(near + (1u << 24) >= PSRAM && near + (1u << 24) + 8 <= PSRAM + PSRAM_SIZE);
    for (size_t i = 0; i < sizeof branches / sizeof branches[0]; i++) {
        const struct branch *const branch = &branches[i];
        tap_variant("branch=%s", branch->name);
        const uintptr_t first = branch->reach > 1u << 20 ? near : (uintptr_t)PSRAM + 0x200000; /* room on both sides */
        try_one(branch, first, first + 4 + branch->reach - 2);
        const uintptr_t last = branch->reach > 1u << 20 ? near + branch->reach : first;
        try_one(branch, last, last + 4 - branch->reach);
    }
}

static const struct tap_case cases[] = {
    {"last_places_in_reach", last_places_in_reach},
};
TAP_MAIN(cases)
