/* SPDX-License-Identifier: MIT */
/* no_others.c - what stands for others.c in a core for Arm's M profile alone: the fields of T32 code and of data. */
#include "arch/field.h"

#define RUN(from, to, count) ((from) | (to) << 5 | ((count)-1) << 10)

/* Those of data, one run each (LE64 has none); of BL; of B<c>.W; of the 16-bit branches and MOVS; of MOVW. */
static const uint16_t runs[] = {RUN(0, 0, 6),   RUN(0, 0, 8),   RUN(0, 0, 16),  RUN(0, 0, 32),  RUN(0, 0, 31),
                                RUN(0, 16, 11), RUN(11, 0, 10), RUN(21, 27, 1), RUN(22, 29, 1), RUN(23, 10, 1),
                                RUN(0, 16, 11), RUN(11, 0, 6),  RUN(17, 29, 1), RUN(18, 27, 1), RUN(19, 10, 1),
                                RUN(0, 0, 11),  RUN(0, 16, 8),  RUN(8, 28, 3),  RUN(11, 10, 1), RUN(12, 0, 4)};

/* LE6 to LE31, then THM_BL to THM_IMM8. */
static const struct field_layout layouts[] = {
    {1, 0,  1},
    {1, 1,  1},
    {2, 2,  1},
    {4, 3,  1},
    {8, 0,  0},
    {4, 4,  1},
    {4, 5,  5},
    {4, 10, 5},
    {2, 15, 1},
    {2, 1,  1},
    {4, 16, 4},
    {2, 1,  1}
};

const uint16_t *smf_field_runs(unsigned field, struct field_layout *layout)
{
    *layout = layouts[field <= SMF_FIELD_LE31 ? field : field - SMF_FIELD_THM_BL + SMF_FIELD_LE31 + 1];
    return runs + layout->first;
}

unsigned smf_field_dropped(const struct smf_howto *howto, const uint8_t *at)
{
    (void)howto;
    (void)at;
    return 0;
}

bool smf_field_is_stored(const struct smf_howto *howto, uint8_t *at, uintptr_t value, uint32_t *bits)
{
    (void)howto;
    (void)at;
    (void)value;
    (void)bits;
    return false;
}

uintptr_t smf_calc_other(const struct smf_howto *howto, const struct smf_operands *operands, const uint8_t *at)
{
    (void)howto;
    (void)at;
    return operands->s + (uintptr_t)operands->a;
}

bool smf_calc_is_done(const struct smf_howto *howto, const struct smf_operands *operands, uint8_t *at)
{
    (void)howto;
    (void)operands;
    (void)at;
    return false;
}
