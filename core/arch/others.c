/* SPDX-License-Identifier: MIT */
/*
 * others.c - the fields of every CPU family, and what only families other than
 * Arm's M profile compute: pages, upper parts, sums that start from the field,
 * scaled accesses. no_others.c takes its place in a core for that one
 * (SMF_OTHER_MACHINES).
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

#define LAYOUT(bytes, member)                                                                                          \
    {                                                                                                                  \
        bytes, offsetof(struct runs, member) / sizeof(uint16_t), sizeof runs.member / sizeof(uint16_t)                 \
    }

static const struct field_layout layouts[] = {
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

const uint16_t *smf_field_runs(unsigned field, struct field_layout *layout)
{
    *layout = layouts[field];
    return (const uint16_t *)(const void *)&runs + layout->first;
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

unsigned smf_field_dropped(const struct smf_howto *howto, const uint8_t *at)
{
    if (howto->field == SMF_FIELD_A64_LDST)
        return smf_field_a64_scale(at);
    return (howto->flags & SMF_ROW_ALIGNED) != 0 ? howto->shift : 0;
}

/* MOVN holds the complement, MOVZ the value: bits 30..29 of the opcode are 00 and 10. */
static uint32_t choose_movn_or_movz(uint8_t *at, uint32_t value, bool negative)
{
    smf_put32(at, (smf_get32(at) & ~(3u << 29)) | (negative ? 0 : 2u << 29));
    return negative ? ~value : value;
}

bool smf_field_is_stored(const struct smf_howto *howto, uint8_t *at, uintptr_t value, uint32_t *bits)
{
    switch (howto->field) {
    case SMF_FIELD_LE64:
        smf_put64(at, value);
        return true;
    case SMF_FIELD_RV_CALL: /* AUIPC takes the part that the 0x800 was added for, JALR the sign-extended rest */
        smf_field_scatter(SMF_FIELD_RV_U, at, *bits >> 12);
        smf_field_scatter(SMF_FIELD_RV_I, at + 4, *bits - 0x800);
        return true;
    case SMF_FIELD_A64_LDST:
        *bits = (uint32_t)(value & 0xFFF) >> smf_field_a64_scale(at);
        return false;
    case SMF_FIELD_A64_IMM12: /* a scaled access holds bits 11 to `shift` only */
        *bits &= (1u << howto->width) - 1;
        return false;
    case SMF_FIELD_A64_MOVNZ:
        *bits = choose_movn_or_movz(at, *bits, (intptr_t)value < 0);
        return false;
    default:
        return false;
    }
}

static uintptr_t page(uintptr_t address) { return address & ~(uintptr_t)0xFFF; }

uintptr_t smf_calc_other(const struct smf_howto *howto, const struct smf_operands *operands, const uint8_t *at)
{
    const uintptr_t sa = operands->s + (uintptr_t)operands->a;
    switch (howto->calc) {
    case SMF_CALC_PAGE:
        return page(sa) - page(operands->p);
    case SMF_CALC_HI20:
        return sa + 0x800;
    case SMF_CALC_HI20_P:
        return sa - operands->p + 0x800;
    case SMF_CALC_ADD:
        return smf_field_load(howto->field, at) + sa;
    case SMF_CALC_SUB:
        return smf_field_load(howto->field, at) - sa;
    case SMF_CALC_GOT_PAGE:
        return sa - page(operands->got);
    default:
        return sa;
    }
}

/* Field plus or minus S + A: in the field's own 8 bytes where it has them, also on a machine of smaller words. */
bool smf_calc_is_done(const struct smf_howto *howto, const struct smf_operands *operands, uint8_t *at)
{
    const uintptr_t sa = operands->s + (uintptr_t)operands->a;
    if (howto->field != SMF_FIELD_LE64 || (howto->calc != SMF_CALC_ADD && howto->calc != SMF_CALC_SUB))
        return false;
    smf_put64(at, howto->calc == SMF_CALC_ADD ? smf_get64(at) + sa : smf_get64(at) - sa);
    return true;
}
