/* SPDX-License-Identifier: MIT */
/* no_paired.c - what stands for paired.c in a core that loads for one machine only, whose relocations name no other ones. */
#include "load/load.h"

enum smf_status smf_load_upper(struct load *load, const struct smf_relocation *record, struct smf_relocation *high,
                               const struct smf_howto **row)
{
    (void)high;
    (void)row;
    return smf_load_fail(load, SMF_DETAIL_NO_ROW, record->number, load->arch->id);
}

enum smf_status smf_load_pair(struct load *load, const struct smf_relocation *record, struct smf_operands *operands)
{
    (void)operands;
    return smf_load_fail(load, SMF_DETAIL_NO_ROW, record->number, load->arch->id);
}

bool smf_load_weak_high(const struct load *load, const struct smf_howto *row, uint8_t *at)
{
    (void)load;
    (void)row;
    (void)at;
    return false;
}
