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

/* T32 BL and B.W store I1 and I2 as J = NOT(I EOR S). The same step leads back. */
static uint32_t swap_thumb_j(uint32_t value) { return value & 1u << 23 ? value : value ^ 3u << 21; }

static uint32_t get_word(const uint8_t *at, unsigned size)
{
    return size == 1 ? at[0] : size == 2 ? smf_get16(at) : smf_get32(at);
}

void smf_field_scatter(unsigned field, uint8_t *at, uint32_t value)
{
    struct field_layout layout;
    const uint16_t *run = smf_field_runs(field, &layout);
    uint32_t word = get_word(at, layout.size);
    if (field == SMF_FIELD_THM_BL)
        value = swap_thumb_j(value);
    for (unsigned i = 0; i < layout.count; i++) {
        const unsigned from = run[i] & 31u, to = run[i] >> 5 & 31u;
        const uint32_t mask = UINT32_MAX >> (31 - (run[i] >> 10));
        word = (word & ~(mask << to)) | (value >> from & mask) << to;
    }
    if (layout.size == 1)
        at[0] = (uint8_t)word;
    else if (layout.size == 2)
        smf_put16(at, (uint16_t)word);
    else
        smf_put32(at, word);
}

size_t smf_field_size(unsigned field)
{
    struct field_layout layout;
    smf_field_runs(field, &layout);
    return layout.size;
}

uintptr_t smf_field_load(unsigned field, const uint8_t *at)
{
    struct field_layout layout;
    const uint16_t *run = smf_field_runs(field, &layout);
    if (field == SMF_FIELD_LE64)
        return (uintptr_t)smf_get64(at);
    const uint32_t word = get_word(at, layout.size);
    uint32_t value = 0;
    for (unsigned i = 0; i < layout.count; i++)
        value |= (word >> (run[i] >> 5 & 31u) & UINT32_MAX >> (31 - (run[i] >> 10))) << (run[i] & 31u);
    return field == SMF_FIELD_THM_BL ? swap_thumb_j(value) : value;
}

void smf_field_store(const struct smf_howto *howto, uint8_t *at, uintptr_t value)
{
    uint32_t bits = (uint32_t)(value >> howto->shift);
    if (!smf_field_is_stored(howto, at, value, &bits))
        smf_field_scatter(howto->field, at, bits);
}
