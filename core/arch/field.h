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

/* Low bits that the load, store or ADD at `at` drops (AArch64): the log2 of its scale. */
unsigned smf_field_a64_scale(const uint8_t *at);

#endif
