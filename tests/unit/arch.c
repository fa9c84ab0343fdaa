/* SPDX-License-Identifier: MIT */
/* Unit tests of core/arch: the tables, the engine's refusals, stubs, addends in place. */
#include <stdio.h>
#include <string.h>

#include "arch/field.h"
#include "harness/tap.h"
#include "smf/arch.h"
#include "smf/format.h"
#include "support/holds.h"

static const struct smf_arch *const arches[] = {&smf_arch_x86_64, &smf_arch_aarch64, &smf_arch_arm, &smf_arch_riscv64,
                                                &smf_arch_riscv32};
#define ARCH_COUNT (sizeof arches / sizeof arches[0])

static void tables_are_sorted_and_every_row_is_found(void)
{
    for (size_t i = 0; i < ARCH_COUNT; i++) {
        const struct smf_arch *arch = arches[i];
        tap_variant("arch=%u", arch->id);
        CHECK(smf_arch_of(arch->id) == arch);
        for (unsigned k = 0; k < arch->row_count; k++) {
            CHECK(k == 0 || arch->rows[k - 1].type < arch->rows[k].type);
            CHECK(smf_arch_row(arch, arch->rows[k].type) == &arch->rows[k]);
            CHECK_EQUAL(smf_howto_size(&arch->rows[k]) == 0, arch->rows[k].calc == SMF_CALC_NONE);
        }
        CHECK(smf_arch_row(arch, 17000) == NULL);
        CHECK(smf_arch_row(arch, 0x10000u + arch->absolute) == NULL);
        CHECK(smf_arch_row(arch, UINT32_MAX) == NULL);
    }
    CHECK(smf_arch_of(SMF_ARCH_X86) == NULL);
    CHECK(smf_arch_of(UINT32_MAX) == NULL);
}

static void smf_types_have_rows_and_say_what_they_should(void)
{
    for (size_t i = 0; i < ARCH_COUNT; i++) {
        const struct smf_arch *arch = arches[i];
        const uint16_t *const maps[] = {arch->p_types, arch->r_types};
        tap_variant("arch=%u", arch->id);
        const struct smf_howto *absolute = smf_arch_row(arch, arch->absolute);
        CHECK(absolute != NULL && absolute->calc == SMF_CALC_S_A && smf_howto_size(absolute) == arch->pointer_size);
        for (unsigned map = 0; map < 2; map++) {
            CHECK_EQUAL(maps[map][0], 0);
            CHECK_EQUAL(maps[map][1] == 0, arch->pointer_size == 4);
            for (unsigned type = 1; type < 10; type++) {
                const struct smf_howto *howto = smf_arch_row(arch, maps[map][type]);
                if (maps[map][type] == 0)
                    continue;
                CHECK(howto != NULL);
                const bool slot = type == 4 || (map == 1 && type >= 8);
                CHECK_EQUAL((howto->flags & SMF_ROW_SLOT) != 0, slot);
            }
        }
        for (unsigned type = 2; type < 6; type++)
            CHECK(arch->p_types[type] != 0);
        CHECK_EQUAL(arch->r_types[9] != 0, arch->id == SMF_ARCH_AARCH64);
    }
}

/* ROW_LOW asks the port for low memory; `highest` is then an address that all of these rows hold. */
static void low_rows_hold_the_highest_address(void)
{
    for (size_t i = 0; i < ARCH_COUNT; i++) {
        const struct smf_arch *arch = arches[i];
        bool low = false, above = false;
        for (unsigned k = 0; k < arch->row_count; k++) {
            const struct smf_howto *howto = &arch->rows[k];
            uint8_t at[8] = {0};
            struct smf_diagnosis why;
            if ((howto->flags & SMF_ROW_LOW) == 0 || !holds(arch))
                continue;
            low = true;
            CHECK_STATUS(smf_howto_apply(arch, howto, &(struct smf_operands){.s = arch->highest}, at, &why), SMF_OK);
            above |= smf_howto_apply(arch, howto, &(struct smf_operands){.s = arch->highest + 1}, at, &why) != SMF_OK;
        }
        tap_variant("arch=%u", arch->id);
        CHECK_EQUAL(low, arch->highest != 0 && holds(arch));
        CHECK_EQUAL(above, low);
    }
}

static void a_refusal_writes_nothing_and_says_the_bound(void)
{
    static const struct {
        const struct smf_arch *arch;
        uint32_t type;
        uint64_t s, p, value, expected;
        enum smf_detail detail;
    } refusals[] = {
        {&smf_arch_x86_64,  2,   0x80000000,  0,            0x80000000,         0x7FFFFFFF,         SMF_DETAIL_RELOC_RANGE  },
        {&smf_arch_x86_64,  2,   0,           1u << 31 | 1, 0xFFFFFFFF7FFFFFFF, 0xFFFFFFFF80000000, SMF_DETAIL_RELOC_RANGE  },
        {&smf_arch_x86_64,  10,  0x100000000, 0,            0x100000000,        0xFFFFFFFF,         SMF_DETAIL_RELOC_RANGE  },
        {&smf_arch_aarch64, 283, 0x8000000,   0,            0x8000000,          0x7FFFFFF,          SMF_DETAIL_RELOC_RANGE  },
        {&smf_arch_aarch64, 283, 0x102,       0,            0x102,              4,                  SMF_DETAIL_RELOC_ALIGNED},
        {&smf_arch_aarch64, 286, 0x1004,      0,            0x1004,             8,                  SMF_DETAIL_RELOC_ALIGNED},
        {&smf_arch_riscv64, 16,  0x1000,      0,            0x1000,             0xFFF,              SMF_DETAIL_RELOC_RANGE  },
        {&smf_arch_riscv32, 17,  0x100000,    0,            0x100000,           0xFFFFF,            SMF_DETAIL_RELOC_RANGE  },
        {&smf_arch_arm,     10,  0x1000001,   0,            0x1000001,          0xFFFFFF,           SMF_DETAIL_RELOC_RANGE  },
        {&smf_arch_arm,     8,   0xFFFFFF7F,  0,            0xFFFFFFFFFFFFFF7F, 0xFFFFFFFFFFFFFF80, SMF_DETAIL_RELOC_RANGE  },
        {&smf_arch_arm,     8,   0x100,       0,            0x100,              0xFF,               SMF_DETAIL_RELOC_RANGE  },
    };
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        uint8_t at[8];
        struct smf_diagnosis why;
        if (!holds(refusals[i].arch))
            continue;
        const struct smf_howto *howto = smf_arch_row(refusals[i].arch, refusals[i].type);
        const struct smf_operands operands = {.s = refusals[i].s, .p = refusals[i].p};
        tap_variant("arch=%u type=%u", refusals[i].arch->id, refusals[i].type);
        memset(at, 0xA5, sizeof at);
        CHECK_STATUS(smf_howto_apply(refusals[i].arch, howto, &operands, at, &why), SMF_ERR_RELOC_RANGE);
        CHECK_EQUAL((uintptr_t)why.value, (uintptr_t)refusals[i].value);
        CHECK_EQUAL((uintptr_t)why.expected, (uintptr_t)refusals[i].expected);
        CHECK_EQUAL(why.detail, refusals[i].detail);
        for (size_t k = 0; k < sizeof at; k++)
            CHECK_EQUAL(at[k], 0xA5);
    }
}

/* Every row, a thousand values: a refusal leaves all bytes alone, a success leaves all others alone. */
static void no_row_writes_beyond_its_field(void)
{
    uint64_t random = 1;
    for (size_t i = 0; i < ARCH_COUNT; i++) {
        for (unsigned k = 0; k < arches[i]->row_count && holds(arches[i]); k++) {
            const struct smf_howto *howto = &arches[i]->rows[k];
            const size_t size = smf_howto_size(howto);
            tap_variant("arch=%u type=%u", arches[i]->id, howto->type);
            for (unsigned turn = 0; turn < 1000; turn++) {
                uint8_t at[24], before[24];
                struct smf_diagnosis why;
                for (size_t n = 0; n < sizeof at; n++) {
                    random = random * 6364136223846793005u + 1442695040888963407u;
                    at[n] = (uint8_t)(random >> 56);
                }
                memcpy(before, at, sizeof at);
                const struct smf_operands operands = {.s = random >> (turn & 63), .p = 0x1000, .got = 0x8000};
                const enum smf_status status = smf_howto_apply(arches[i], howto, &operands, at + 8, &why);
                CHECK(status == SMF_OK || status == SMF_ERR_RELOC_RANGE);
                CHECK(memcmp(at, before, 8) == 0);
                CHECK(memcmp(at + 8 + size, before + 8 + size, 16 - size) == 0);
                CHECK(status == SMF_OK || memcmp(at, before, sizeof at) == 0);
            }
        }
    }
}

static void addresses_of_32_bit_machines_wrap_round(void)
{
    uint8_t at[8] = {0x97, 0, 0, 0, 0xE7, 0x80, 0, 0}; /* auipc ra; jalr ra */
    struct smf_diagnosis why;
    const struct smf_operands far = {.s = 0xFFFFF000, .p = 0x1000};
    CHECK_STATUS(smf_howto_apply(&smf_arch_riscv32, smf_arch_row(&smf_arch_riscv32, 19), &far, at, &why), SMF_OK);
    CHECK_EQUAL(smf_field_load(SMF_FIELD_LE32, at), 0xFFFFE097);
    if (holds(&smf_arch_riscv64))
        CHECK_STATUS(smf_howto_apply(&smf_arch_riscv64, smf_arch_row(&smf_arch_riscv64, 19), &far, at, &why),
                     SMF_ERR_RELOC_RANGE);
    uint8_t jal[4] = {0xEF, 0, 0, 0};
    const struct smf_operands near = {.s = 0xFFFFFFFE, .p = 2};
    CHECK_STATUS(smf_howto_apply(&smf_arch_riscv32, smf_arch_row(&smf_arch_riscv32, 17), &near, jal, &why), SMF_OK);
    CHECK_EQUAL(smf_field_load(SMF_FIELD_RV_J, jal), 0xFFFFE);
}

static void counters_of_64_bits_do_not_wrap_on_32_bit_machines(void)
{
    uint8_t at[8] = {0};
    struct smf_diagnosis why;
    const struct smf_arch *arch = &smf_arch_riscv32;
    CHECK_STATUS(smf_howto_apply(arch, smf_arch_row(arch, 36), &(struct smf_operands){.s = 0x80000010}, at, &why),
                 SMF_OK);
    CHECK_STATUS(smf_howto_apply(arch, smf_arch_row(arch, 40), &(struct smf_operands){.s = 0x7FFFFFF0}, at, &why),
                 SMF_OK);
    CHECK_EQUAL(smf_field_load(SMF_FIELD_LE64, at), 0x20);
}

static void auipc_becomes_lui_zero(void)
{
    uint8_t at[4] = {0x17, 0xF5, 0xFF, 0xFF}; /* auipc a0, 0xfffff */
    smf_riscv_lui_zero(at);
    CHECK_EQUAL(smf_field_load(SMF_FIELD_LE32, at), 0x00000537); /* lui a0, 0 */
}

/* What a store put into a field of a REL object, the tool reads back; then the field is empty. */
static void addends_in_place_are_the_inverse_of_the_store(void)
{
    static const int64_t addends[] = {0, 2, 4, -4, 0x7E, -0x80, 0x1234, -0x7FFE, 0x7FFFFE, -0x800000};
    for (unsigned k = 0; k < smf_arch_arm.row_count; k++) {
        const struct smf_howto *howto = &smf_arch_arm.rows[k];
        tap_variant("type=%u", howto->type);
        unsigned stored = 0;
        for (size_t i = 0; i < sizeof addends / sizeof addends[0]; i++) {
            const bool byte = howto->field == SMF_FIELD_THM_IMM8, half = howto->field == SMF_FIELD_THM_MOV;
            if ((byte && (addends[i] < 0 || addends[i] > 255)) || (half && addends[i] != (int16_t)addends[i]))
                continue;
            struct smf_howto plain = *howto;
            struct smf_diagnosis why;
            uint8_t at[4] = {0xFF, 0xFF, 0xFF, 0xFF}, empty[4];
            plain.calc = SMF_CALC_S_A;
            plain.shift = byte || half ? 0 : plain.shift; /* MOVT and the upper groups hold the same addend unshifted */
            if (smf_howto_apply(&smf_arch_arm, &plain, &(struct smf_operands){.a = addends[i]}, at, &why) != SMF_OK)
                continue;
            stored++;
            memcpy(empty, at, sizeof at);
            CHECK_EQUAL(smf_howto_addend(howto, at, false), howto->calc == SMF_CALC_NONE ? 0 : addends[i]);
            CHECK(memcmp(at, empty, sizeof at) == 0);
            CHECK_EQUAL(smf_howto_addend(howto, at, true), howto->calc == SMF_CALC_NONE ? 0 : addends[i]);
            CHECK_EQUAL(smf_howto_addend(howto, at, true), 0);
        }
        CHECK(stored >= 4);
    }
}

/* The same code, written in assembly and linked by the GNU tools for a slot at each of these places. */
static void stubs_are_what_the_assembler_makes_of_them(void)
{
    static const struct {
        const struct smf_arch *arch;
        bool small;
        uint64_t address, slot;
        unsigned size;
        const char *bytes; /* hexadecimal */
    } stubs[] = {
/* clang-format off */
#include "vectors/stubs.inc"
        /* clang-format on */
    };
    for (size_t i = 0; i < sizeof stubs / sizeof stubs[0]; i++) {
        const struct smf_stub *stub = stubs[i].small ? stubs[i].arch->small_stub : stubs[i].arch->stub;
        uint8_t bytes[17];
        char found[33];
        struct smf_diagnosis why;
        if (!holds(stubs[i].arch))
            continue;
        tap_variant("stub=%zu", i);
        memset(bytes, 0xA5, sizeof bytes);
        CHECK_EQUAL(stub->size, stubs[i].size);
        CHECK_EQUAL(stub->size % stub->alignment, 0);
        CHECK_STATUS(smf_stub_write(stubs[i].arch, stub, bytes, stubs[i].address, stubs[i].slot, &why), SMF_OK);
        for (size_t k = 0; k < stub->size; k++)
            snprintf(found + 2 * k, 3, "%02x", bytes[k]);
        CHECK_TEXT(found, stubs[i].bytes);
        CHECK_EQUAL(bytes[stub->size], 0xA5);
    }
}

/* Bit 0 of a Thumb address is not part of the distance: the last half word in reach is in reach. */
static void the_thumb_bit_does_not_count_as_distance(void)
{
    static const struct {
        uint16_t type;
        uint32_t reach;
    } branches[] = {
        {10,  1u << 24},
        {30,  1u << 24},
        {51,  1u << 20},
        {102, 1u << 11},
        {103, 1u << 8 }
    };
    for (size_t i = 0; i < sizeof branches / sizeof branches[0]; i++) {
        const struct smf_howto *howto = smf_arch_row(&smf_arch_arm, branches[i].type);
        struct smf_operands operands = {.p = 0x8000000, .a = -4};
        struct smf_diagnosis why;
        uint8_t at[4] = {0x00, 0xF0, 0x00, 0xD0};
        tap_variant("type=%u", branches[i].type);
        operands.s = operands.p + 4 + branches[i].reach - 2 + 1;
        CHECK_STATUS(smf_howto_apply(&smf_arch_arm, howto, &operands, at, &why), SMF_OK);
        CHECK_EQUAL(smf_howto_addend(howto, at, false), branches[i].reach - 2);
        operands.s += 2;
        CHECK_STATUS(smf_howto_apply(&smf_arch_arm, howto, &operands, at, &why), SMF_ERR_RELOC_RANGE);
        operands.s = operands.p + 4 - branches[i].reach + 1;
        CHECK_STATUS(smf_howto_apply(&smf_arch_arm, howto, &operands, at, &why), SMF_OK);
        CHECK_EQUAL(smf_howto_addend(howto, at, false), -(int64_t)branches[i].reach);
        operands.s -= 2;
        CHECK_STATUS(smf_howto_apply(&smf_arch_arm, howto, &operands, at, &why), SMF_ERR_RELOC_RANGE);
    }
}

static void a_stub_out_of_reach_of_its_slot_is_not_written(void)
{
    static const struct smf_arch *const wide[] = {&smf_arch_x86_64, &smf_arch_aarch64, &smf_arch_riscv64};
    if (!case_holds(wide[0]))
        return;
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++) {
        uint8_t bytes[16];
        struct smf_diagnosis why;
        memset(bytes, 0xA5, sizeof bytes);
        CHECK_STATUS(smf_stub_write(wide[i], wide[i]->stub, bytes, 0x1000, 0x200001000, &why), SMF_ERR_RELOC_RANGE);
        for (size_t k = 0; k < sizeof bytes; k++)
            CHECK_EQUAL(bytes[k], 0xA5);
    }
}

static void every_row_has_a_name_and_unknown_numbers_have_none(void)
{
    for (size_t i = 0; i < ARCH_COUNT; i++)
        for (unsigned k = 0; k < arches[i]->row_count; k++) {
            const unsigned type = arches[i]->rows[k].type;
            const char *name = smf_howto_name(arches[i], type);
            tap_variant("arch=%u type=%u", arches[i]->id, type);
            CHECK((name != NULL && strncmp(name, "R_", 2) == 0) == (type < 0xFF00)); /* SMF's own have no psABI name */
        }
    CHECK_TEXT(smf_howto_name(&smf_arch_x86_64, 0), "R_X86_64_NONE");
    CHECK_TEXT(smf_howto_name(&smf_arch_x86_64, 42), "R_X86_64_REX_GOTPCRELX");
    CHECK_TEXT(smf_howto_name(&smf_arch_aarch64, 283), "R_AARCH64_CALL26");
    CHECK_TEXT(smf_howto_name(&smf_arch_aarch64, 313), "R_AARCH64_LD64_GOTPAGE_LO15");
    CHECK_TEXT(smf_howto_name(&smf_arch_arm, 10), "R_ARM_THM_CALL");
    CHECK_TEXT(smf_howto_name(&smf_arch_arm, 132), "R_ARM_THM_ALU_ABS_G0_NC");
    CHECK_TEXT(smf_howto_name(&smf_arch_riscv64, 57), "R_RISCV_32_PCREL");
    CHECK_TEXT(smf_howto_name(&smf_arch_riscv32, 25), "R_RISCV_PCREL_LO12_S");
    CHECK_TEXT(smf_howto_name(&smf_arch_x86_64, 19), "R_X86_64_TLSGD"); /* no row, but a name to refuse it by */
    CHECK(smf_howto_name(&smf_arch_x86_64, 39) == NULL && smf_howto_name(&smf_arch_x86_64, 43) == NULL);
    CHECK(smf_howto_name(&smf_arch_aarch64, 1) == NULL && smf_howto_name(&smf_arch_arm, UINT32_MAX) == NULL);
}

static void the_native_table_is_that_of_this_compiler(void)
{
    const struct smf_arch *arch = smf_arch_native();
    CHECK(arch == NULL || arch->pointer_size == sizeof(void *));
#if defined(__x86_64__)
    CHECK(arch == &smf_arch_x86_64);
#endif
}

static const struct tap_case cases[] = {
    {"tables_are_sorted_and_every_row_is_found",           tables_are_sorted_and_every_row_is_found          },
    {"smf_types_have_rows_and_say_what_they_should",       smf_types_have_rows_and_say_what_they_should      },
    {"low_rows_hold_the_highest_address",                  low_rows_hold_the_highest_address                 },
    {"a_refusal_writes_nothing_and_says_the_bound",        a_refusal_writes_nothing_and_says_the_bound       },
    {"no_row_writes_beyond_its_field",                     no_row_writes_beyond_its_field                    },
    {"addresses_of_32_bit_machines_wrap_round",            addresses_of_32_bit_machines_wrap_round           },
    {"counters_of_64_bits_do_not_wrap_on_32_bit_machines", counters_of_64_bits_do_not_wrap_on_32_bit_machines},
    {"auipc_becomes_lui_zero",                             auipc_becomes_lui_zero                            },
    {"addends_in_place_are_the_inverse_of_the_store",      addends_in_place_are_the_inverse_of_the_store     },
    {"stubs_are_what_the_assembler_makes_of_them",         stubs_are_what_the_assembler_makes_of_them        },
    {"the_thumb_bit_does_not_count_as_distance",           the_thumb_bit_does_not_count_as_distance          },
    {"a_stub_out_of_reach_of_its_slot_is_not_written",     a_stub_out_of_reach_of_its_slot_is_not_written    },
    {"every_row_has_a_name_and_unknown_numbers_have_none", every_row_has_a_name_and_unknown_numbers_have_none},
    {"the_native_table_is_that_of_this_compiler",          the_native_table_is_that_of_this_compiler         },
};
TAP_MAIN(cases)
