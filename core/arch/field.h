/* SPDX-License-Identifier: MIT */
/*
 * arch/field.h - where the bits of a value go: the fields of data and instructions.
 *
 * A field is data (a list of bit runs), so that writing it and reading it back
 * are one table each way.
 */
#ifndef SMF_ARCH_FIELD_H
#define SMF_ARCH_FIELD_H

#include "smf/arch.h"

/* Bytes that a field (enum smf_field) reads and writes: 1, 2, 4 or 8. */
size_t smf_field_size(unsigned field);

/* The bits that the field holds now, at the bottom of the result; not sign-extended. Not for RV_CALL. Of LE64: a word. */
uintptr_t smf_field_load(unsigned field, const uint8_t *at);

/* Put the row's bits of `value` (not shifted yet) into its field. All other bits keep their value. */
void smf_field_store(const struct smf_howto *howto, uint8_t *at, uintptr_t value);

/* Put the low bits of `value` into a field. */
void smf_field_scatter(unsigned field, uint8_t *at, uint32_t value);

/* ---- others.c, or no_others.c in its place ---- */

/* What a field is made of: bytes in memory, number of its first run, number of runs. */
struct field_layout {
    uint8_t size, first, count;
};

/* The layout of a field, and its runs: bit of the value, bit of the field and number of bits less 1, in 5 bits each. */
const uint16_t *smf_field_runs(unsigned field, struct field_layout *layout);

/* Low bits of the value that must be zero; the log2 of the scale of the load, store or ADD at `at` (AArch64). */
unsigned smf_field_dropped(const struct smf_howto *howto, const uint8_t *at);
unsigned smf_field_a64_scale(const uint8_t *at);

/* Fields that are more than runs of bits: true if they are stored, else `bits` is what goes into the runs. */
bool smf_field_is_stored(const struct smf_howto *howto, uint8_t *at, uintptr_t value, uint32_t *bits);

/* Values that are more than S + A against P or GOT; sums in 8 bytes, true if one was stored. */
uintptr_t smf_calc_other(const struct smf_howto *howto, const struct smf_operands *operands, const uint8_t *at);
bool smf_calc_is_done(const struct smf_howto *howto, const struct smf_operands *operands, uint8_t *at);

#endif
