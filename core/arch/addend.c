/* SPDX-License-Identifier: MIT */
/*
 * addend.c - the addends that REL objects keep in place (Arm; AAELF32, "Addends
 * and PC-bias"). For tools: modules have them in their records.
 */
#include "arch/field.h"
#include "base/bytes.h"

/* The low `bits` bits of `value` as a signed number. */
static int64_t sign_extend(uint64_t value, unsigned bits)
{
    const uint64_t sign = (uint64_t)1 << (bits - 1);
    return (int64_t)(((value & (sign + sign - 1)) ^ sign) - sign);
}

int64_t smf_howto_addend(const struct smf_howto *howto, uint8_t *at, bool clear)
{
    if (howto->calc == SMF_CALC_NONE)
        return 0;
    const uint64_t value = howto->field == SMF_FIELD_LE64 ? smf_get64(at) : smf_field_load(howto->field, at);
    if (clear)
        smf_field_store(howto, at, 0);
    switch (howto->field) {
    case SMF_FIELD_THM_IMM8: /* the same unsigned byte for each of the four groups */
        return (int64_t)value;
    case SMF_FIELD_THM_MOV: /* 16 bits, signed and not shifted, also in MOVT */
        return sign_extend(value, 16);
    case SMF_FIELD_LE64:
        return (int64_t)value;
    default:
        return sign_extend(value << howto->shift, (unsigned)howto->width + howto->shift);
    }
}
