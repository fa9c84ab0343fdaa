/* SPDX-License-Identifier: MIT */
/*
 * field.c - reading and writing bit fields.
 *
 * Each run moves `count` bits between the value, from bit `from`, and the
 * little-endian word in memory, at bit `to`. In a 32-bit Thumb instruction the
 * first half word is the low half of that word. Sources: the instruction
 * encodings in the Arm ARM (A64: C6; T32: F3 and F5), the RISC-V ISA manual
 * (chapters "RV32I" and "C") and, for PREL31, the Arm EHABI.
 */
#include "arch/field.h"

#include "base/bytes.h"

#define RUNS(...)                                                                                                      \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }
#define RUN(from, to, count) ((from) | (to) << 5 | ((count)-1) << 10)

/* In the order in which they are read; members are found by offset, so their names are all there is to maintain. */
struct runs {
    uint16_t le6[1], le8[1], le16[1], le31[1], le32[1];
    uint16_t a64_imm26[1], a64_imm19[1], a64_imm14[1], a64_adr[2], a64_imm12[1], a64_movw[1];
    uint16_t rv_u[1], rv_i[1], rv_s[2], rv_b[4], rv_j[4], rv_cb[5], rv_cj[8];
    uint16_t thm_bl[5], thm_b19[5], thm_b11[1], thm_low8[1], thm_mov[4];
};

static const struct runs runs = {
    .le6 = RUNS(RUN(0, 0, 6)),
    .le8 = RUNS(RUN(0, 0, 8)),
    .le16 = RUNS(RUN(0, 0, 16)),
    .le31 = RUNS(RUN(0, 0, 31)),
    .le32 = RUNS(RUN(0, 0, 32)),
    .a64_imm26 = RUNS(RUN(0, 0, 26)),
    .a64_imm19 = RUNS(RUN(0, 5, 19)),
    .a64_imm14 = RUNS(RUN(0, 5, 14)),
    .a64_adr = RUNS(RUN(0, 29, 2), RUN(2, 5, 19)),
    .a64_imm12 = RUNS(RUN(0, 10, 12)),
    .a64_movw = RUNS(RUN(0, 5, 16)),
    .rv_u = RUNS(RUN(0, 12, 20)),
    .rv_i = RUNS(RUN(0, 20, 12)),
    .rv_s = RUNS(RUN(0, 7, 5), RUN(5, 25, 7)),
    .rv_b = RUNS(RUN(0, 8, 4), RUN(4, 25, 6), RUN(10, 7, 1), RUN(11, 31, 1)),
    .rv_j = RUNS(RUN(0, 21, 10), RUN(10, 20, 1), RUN(11, 12, 8), RUN(19, 31, 1)),
    .rv_cb = RUNS(RUN(0, 3, 2), RUN(2, 10, 2), RUN(4, 2, 1), RUN(5, 5, 2), RUN(7, 12, 1)),
    .rv_cj = RUNS(RUN(0, 3, 3), RUN(3, 11, 1), RUN(4, 2, 1), RUN(5, 7, 1), RUN(6, 6, 1), RUN(7, 9, 2), RUN(9, 8, 1),
                  RUN(10, 12, 1)),
    .thm_bl = RUNS(RUN(0, 16, 11), RUN(11, 0, 10), RUN(21, 27, 1), RUN(22, 29, 1), RUN(23, 10, 1)),
    .thm_b19 = RUNS(RUN(0, 16, 11), RUN(11, 0, 6), RUN(17, 29, 1), RUN(18, 27, 1), RUN(19, 10, 1)),
    .thm_b11 = RUNS(RUN(0, 0, 11)),
    .thm_low8 = RUNS(RUN(0, 0, 8)),
    .thm_mov = RUNS(RUN(0, 16, 8), RUN(8, 28, 3), RUN(11, 10, 1), RUN(12, 0, 4)),
};

/* What the field is made of: bytes in memory, first run, number of runs. */
struct layout {
    uint8_t size, first, count;
};
#define LAYOUT(bytes, member)                                                                                          \
    {                                                                                                                  \
        bytes, offsetof(struct runs, member) / sizeof(uint16_t), sizeof runs.member / sizeof(uint16_t)                 \
    }

static const struct layout layouts[] = {
    [SMF_FIELD_LE6] = LAYOUT(1, le6),
    [SMF_FIELD_LE8] = LAYOUT(1, le8),
    [SMF_FIELD_LE16] = LAYOUT(2, le16),
    [SMF_FIELD_LE32] = LAYOUT(4, le32),
    [SMF_FIELD_LE64] = RUNS(8, 0, 0),
    [SMF_FIELD_LE31] = LAYOUT(4, le31),
    [SMF_FIELD_A64_IMM26] = LAYOUT(4, a64_imm26),
    [SMF_FIELD_A64_IMM19] = LAYOUT(4, a64_imm19),
    [SMF_FIELD_A64_IMM14] = LAYOUT(4, a64_imm14),
    [SMF_FIELD_A64_ADR] = LAYOUT(4, a64_adr),
    [SMF_FIELD_A64_IMM12] = LAYOUT(4, a64_imm12),
    [SMF_FIELD_A64_MOVW] = LAYOUT(4, a64_movw),
    [SMF_FIELD_A64_MOVNZ] = LAYOUT(4, a64_movw),
    [SMF_FIELD_A64_LDST] = LAYOUT(4, a64_imm12),
    [SMF_FIELD_RV_U] = LAYOUT(4, rv_u),
    [SMF_FIELD_RV_I] = LAYOUT(4, rv_i),
    [SMF_FIELD_RV_S] = LAYOUT(4, rv_s),
    [SMF_FIELD_RV_B] = LAYOUT(4, rv_b),
    [SMF_FIELD_RV_J] = LAYOUT(4, rv_j),
    [SMF_FIELD_RV_CALL] = LAYOUT(8, rv_u),
    [SMF_FIELD_RV_CB] = LAYOUT(2, rv_cb),
    [SMF_FIELD_RV_CJ] = LAYOUT(2, rv_cj),
    [SMF_FIELD_THM_BL] = LAYOUT(4, thm_bl),
    [SMF_FIELD_THM_B19] = LAYOUT(4, thm_b19),
    [SMF_FIELD_THM_B11] = LAYOUT(2, thm_b11),
    [SMF_FIELD_THM_B8] = LAYOUT(2, thm_low8),
    [SMF_FIELD_THM_MOV] = LAYOUT(4, thm_mov),
    [SMF_FIELD_THM_IMM8] = LAYOUT(2, thm_low8),
};
/* T32 BL and B.W store I1 and I2 as J = NOT(I EOR S). The same step leads back. */
static uint32_t swap_thumb_j(uint32_t value) { return value & 1u << 23 ? value : value ^ 3u << 21; }

static uint32_t get_word(const uint8_t *at, unsigned size)
{
    return size == 1 ? at[0] : size == 2 ? smf_get16(at) : smf_get32(at);
}

static void scatter(unsigned field, uint8_t *at, uint32_t value)
{
    const struct layout *layout = &layouts[field];
    const uint16_t *run = (const uint16_t *)(const void *)&runs + layout->first;
    uint32_t word = get_word(at, layout->size);
    if (field == SMF_FIELD_THM_BL)
        value = swap_thumb_j(value);
    for (unsigned i = 0; i < layout->count; i++) {
        const unsigned from = run[i] & 31u, to = run[i] >> 5 & 31u;
        const uint32_t mask = UINT32_MAX >> (31 - (run[i] >> 10));
        word = (word & ~(mask << to)) | (value >> from & mask) << to;
    }
    if (layout->size == 1)
        at[0] = (uint8_t)word;
    else if (layout->size == 2)
        smf_put16(at, (uint16_t)word);
    else
        smf_put32(at, word);
}

size_t smf_field_size(unsigned field) { return layouts[field].size; }

uintptr_t smf_field_load(unsigned field, const uint8_t *at)
{
    if (field == SMF_FIELD_LE64)
        return (uintptr_t)smf_get64(at);
    const struct layout *layout = &layouts[field];
    const uint16_t *run = (const uint16_t *)(const void *)&runs + layout->first;
    const uint32_t word = get_word(at, layout->size);
    uint32_t value = 0;
    for (unsigned i = 0; i < layout->count; i++)
        value |= (word >> (run[i] >> 5 & 31u) & UINT32_MAX >> (31 - (run[i] >> 10))) << (run[i] & 31u);
    return field == SMF_FIELD_THM_BL ? swap_thumb_j(value) : value;
}

unsigned smf_field_a64_scale(const uint8_t *at)
{
    const uint32_t instruction = smf_get32(at);
    if ((instruction & 0x1F000000u) == 0x11000000u) /* ADD, SUB (immediate) */
        return 0;
    if ((instruction & 0xC4800000u) == 0x04800000u) /* size 00, V 1, opc<1> 1: 128 bits */
        return 4;
    return instruction >> 30;
}

/* MOVN holds the complement, MOVZ the value: bits 30..29 of the opcode are 00 and 10. */
static uint32_t choose_movn_or_movz(uint8_t *at, uint32_t value, bool negative)
{
    smf_put32(at, (smf_get32(at) & ~(3u << 29)) | (negative ? 0 : 2u << 29));
    return negative ? ~value : value;
}

void smf_field_store(const struct smf_howto *howto, uint8_t *at, uintptr_t value)
{
    uint32_t bits = (uint32_t)(value >> howto->shift);
    switch (howto->field) {
    case SMF_FIELD_LE64:
        smf_put64(at, value);
        return;
    case SMF_FIELD_LE32:
        smf_put32(at, bits);
        return;
    case SMF_FIELD_RV_CALL: /* AUIPC takes the part that the 0x800 was added for, JALR the sign-extended rest */
        scatter(SMF_FIELD_RV_U, at, bits >> 12);
        scatter(SMF_FIELD_RV_I, at + 4, bits - 0x800);
        return;
    case SMF_FIELD_A64_LDST:
        bits = (uint32_t)(value & 0xFFF) >> smf_field_a64_scale(at);
        break;
    case SMF_FIELD_A64_IMM12: /* a scaled access holds bits 11 to `shift` only */
        bits &= (1u << howto->width) - 1;
        break;
    case SMF_FIELD_A64_MOVNZ:
        bits = choose_movn_or_movz(at, bits, (intptr_t)value < 0);
        break;
    default:
        break;
    }
    scatter(howto->field, at, bits);
}
