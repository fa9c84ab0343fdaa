/* SPDX-License-Identifier: MIT */
/*
 * apply.c - one relocation: place, row and symbol are proven before a byte is
 * written, and bytes are written inside of what is patched only. S, A, P, GOT
 * are the psABIs'.
 */
#include "load/load.h"

/* An import that does not fit needs more than a number: what to do about it. */
static enum smf_status explain(struct load *load, const struct smf_howto *row, enum smf_status status)
{
    const struct target *target = &load->target;
    if (target->bound == NULL || load->why->detail != SMF_DETAIL_RELOC_RANGE)
        return status;
    if (smf_load_is_missing(target))
        return smf_load_fail(load, SMF_DETAIL_FAR_WEAK, row->type, 0);
    return smf_load_fail(load, SMF_DETAIL_FAR_IMPORT, target->address, row->type);
}

enum smf_status smf_load_apply(struct load *load, const struct smf_relocation *record, const struct smf_howto *row)
{
    const struct area *area = &load->area;
    struct smf_operands operands = {.p = area->address + record->offset, .got = load->got, .a = record->addend};
    enum smf_status status;
    if (!load->counts_records && (row->flags & SMF_ROW_LOW) != 0) /* [H17] */
        return smf_load_fail(load, SMF_DETAIL_LOW_IN_PIC, row->type, 0);
    if (!smf_within(record->offset, smf_howto_size(row), area->size))
        return smf_load_fail(load, SMF_DETAIL_OUTSIDE, record->offset, area->size);
    uint8_t *at = area->bytes + record->offset;
    if (row->calc == SMF_CALC_PAIR) {
        status = smf_load_pair(load, record, &operands);
    } else {
        status = smf_load_target(load, record->symbol);
        if (status == SMF_OK)
            status = load->target.routed ? load->loader->config.rebinding->rules->route(load, record, row, &operands.s)
                                         : smf_load_value(load, row, &operands.s);
        if (status == SMF_OK && smf_load_is_missing(&load->target)) {
            if (load->target.bound->state == BOUND_LATER || smf_load_weak_high(load, row, at))
                return SMF_OK;
        } else if (status == SMF_OK && (row->flags & SMF_ROW_THUMB) != 0 && load->target.function &&
                   (operands.s & 1) == 0) {
            status = smf_load_fail(load, SMF_DETAIL_NOT_THUMB, operands.s, 1);
        }
    }
    if (status != SMF_OK)
        return status;
    status = smf_howto_apply(load->arch, row, &operands, at, load->why);
    return status == SMF_OK ? status : explain(load, row, status);
}
