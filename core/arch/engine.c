/* SPDX-License-Identifier: MIT */
/* engine.c - one engine for all rows: compute, check, store, in this order. */
#include <limits.h>

#include "arch/field.h"
#include "base/bytes.h"
#include "base/fail.h"
#include "smf/arch.h"

const struct smf_howto *smf_arch_row(const struct smf_arch *arch, uint32_t type)
{
    unsigned low = 0, high = arch->row_count;
    while (low < high) {
        const unsigned middle = (low + high) / 2;
        if (arch->rows[middle].type < type)
            low = middle + 1;
        else
            high = middle;
    }
    return low < arch->row_count && arch->rows[low].type == type ? &arch->rows[low] : NULL;
}

size_t smf_howto_size(const struct smf_howto *howto)
{
    return howto->calc == SMF_CALC_NONE ? 0 : smf_field_size(howto->field);
}

static uintptr_t calculate(const struct smf_howto *howto, const struct smf_operands *operands, const uint8_t *at)
{
    const uintptr_t sa = operands->s + (uintptr_t)operands->a;
    switch (howto->calc) {
    case SMF_CALC_S_A:
        return sa;
    case SMF_CALC_S_A_P:
    case SMF_CALC_PAIR:
        return sa - operands->p;
    case SMF_CALC_GOTOFF:
        return sa - operands->got;
    case SMF_CALC_GOT_P:
        return operands->got + (uintptr_t)operands->a - operands->p;
    default:
        return smf_calc_other(howto, operands, at);
    }
}

/* `bits` is the width before the shift, so that the bound is one of the value as computed. */
static enum smf_status check_fit(uintptr_t value, unsigned bits, unsigned fit, struct smf_diagnosis *why)
{
    const unsigned word = sizeof value * CHAR_BIT;
    if (fit == SMF_FIT_ANY || bits >= word)
        return SMF_OK;
    const uintptr_t half = (uintptr_t)1 << (bits - 1), whole = half << 1;
    if ((fit != SMF_FIT_SIGNED && value < whole) || (fit != SMF_FIT_UNSIGNED && value + half < whole))
        return SMF_OK;
    uintptr_t bound = (fit == SMF_FIT_SIGNED ? half : whole) - 1;
    if (fit != SMF_FIT_UNSIGNED && value >> (word - 1) != 0)
        bound = 0 - half;
    return smf_fail(why, SMF_DETAIL_RELOC_RANGE, 0, value, bound);
}

enum smf_status smf_howto_apply(const struct smf_arch *arch, const struct smf_howto *howto,
                                const struct smf_operands *operands, uint8_t *at, struct smf_diagnosis *why)
{
    if (howto->calc == SMF_CALC_NONE || smf_calc_is_done(howto, operands, at))
        return SMF_OK;
    uintptr_t value = calculate(howto, operands, at);
    /* With 32-bit pointers addresses wrap round. 64-bit fields are counters in debug data, not addresses. */
    if (arch->pointer_size == 4 && howto->width < 64)
        value = (uintptr_t)(intptr_t)(int32_t)(uint32_t)value;
    const uint32_t multiple = (uint32_t)1 << smf_field_dropped(howto, at);
    if (((uint32_t)value & (multiple - 1)) != 0)
        return smf_fail(why, SMF_DETAIL_RELOC_ALIGNED, 0, value, multiple);
    const enum smf_status status = check_fit(value, howto->width + (unsigned)howto->shift, howto->fit, why);
    if (status == SMF_OK)
        smf_field_store(howto, at, value);
    return status;
}

void smf_riscv_lui_zero(uint8_t *at) { smf_put32(at, (smf_get32(at) & 0xF80u) | 0x37u); }

enum smf_status smf_stub_write(const struct smf_arch *arch, const struct smf_stub *stub, uint8_t *bytes,
                               uintptr_t address, uintptr_t slot, struct smf_diagnosis *why)
{
    uint8_t code[sizeof stub->code];
    memcpy(code, stub->code, sizeof code);
    for (unsigned i = 0; i < stub->fixup_count; i++) {
        const struct smf_howto *howto = smf_arch_row(arch, stub->fixups[i].type);
        const unsigned place = howto->calc == SMF_CALC_PAIR ? 0 : i;
        const struct smf_operands operands = {
            .s = slot, .a = stub->fixups[place].addend, .p = address + stub->fixups[place].offset};
        const enum smf_status status = smf_howto_apply(arch, howto, &operands, code + stub->fixups[i].offset, why);
        if (status != SMF_OK)
            return status;
    }
    memcpy(bytes, code, stub->size);
    return SMF_OK;
}
