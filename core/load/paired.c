/* SPDX-License-Identifier: MIT */
/*
 * paired.c - relocations that name another one: the low parts of RISC-V, whose
 * S, A and P are those of the HI20 record that the addend numbers. no_paired.c
 * takes its place where no machine has them.
 */
#include "load/load.h"

/* A HI20 relative to P, against what nobody has, becomes LUI 0 and its low part 0 (decision 7a). */
static bool is_weak_high(const struct load *load, const struct smf_howto *row)
{
    return row->calc == SMF_CALC_HI20_P && (row->flags & SMF_ROW_SLOT) == 0 && smf_load_is_missing(&load->target);
}

enum smf_status smf_load_upper(struct load *load, const struct smf_relocation *record, struct smf_relocation *high,
                               const struct smf_howto **row)
{
    const struct area *area = &load->area;
    if (record->symbol != SMF_NO_SYMBOL || record->addend < 0 || (size_t)record->addend >= area->count) {
        smf_load_fail(load, SMF_DETAIL_PAIR, (size_t)record->addend, area->count);
        return SMF_ERR_RELOC_RECORD; /* said outright for who reads one file at a time: `high` was not written */
    }
    const uint32_t index = load->why->index;
    enum smf_status status =
        smf_image_relocation(&load->image, area->section, (uint32_t)record->addend, high, load->why);
    load->why->index = index;
    if (status == SMF_OK)
        status = smf_load_row(load, high, row);
    if (status != SMF_OK)
        return status;
    if (*row == NULL || (*row)->calc != SMF_CALC_HI20_P || ((*row)->flags & SMF_ROW_BRANCH) != 0)
        return smf_load_fail(load, SMF_DETAIL_PAIR_KIND, *row == NULL ? 0 : (*row)->type, 0);
    return SMF_OK;
}

enum smf_status smf_load_pair(struct load *load, const struct smf_relocation *record, struct smf_operands *operands)
{
    struct smf_relocation high;
    const struct smf_howto *row;
    enum smf_status status = smf_load_upper(load, record, &high, &row);
    if (status != SMF_OK)
        return status;
    status = smf_load_target(load, high.symbol);
    if (status == SMF_OK)
        status = smf_load_value(load, row, &operands->s);
    operands->a = high.addend;
    operands->p = load->area.address + high.offset;
    if (status == SMF_OK && is_weak_high(load, row)) {
        operands->s = operands->p;
        operands->a = 0;
    }
    return status;
}

bool smf_load_weak_high(const struct load *load, const struct smf_howto *row, uint8_t *at)
{
    if ((row->flags & SMF_ROW_BRANCH) != 0 || !is_weak_high(load, row))
        return false;
    smf_riscv_lui_zero(at);
    return true;
}
