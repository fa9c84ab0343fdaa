/* SPDX-License-Identifier: MIT */
/*
 * code.h - functions of a few instructions, as bytes: what a test writes into fresh memory and calls.
 *
 * For the machine that this is compiled for, in its convention for int64_t; position-independent, at any multiple of 4.
 */
#ifndef SMF_CONFORMANCE_CODE_H
#define SMF_CONFORMANCE_CODE_H

#include <stddef.h>
#include <stdint.h>

/* No function is longer than this. */
#define SMF_CODE_MAX 20u

/* int64_t f(void): returns `value`, 0 to 127. The number of bytes written; 0: these bytes are not known for this machine. */
size_t smf_code_return(uint8_t *bytes, unsigned value);

/* int64_t f(int64_t a): returns a. */
size_t smf_code_first(uint8_t *bytes);

/* int64_t f(int64_t a, int64_t b): returns a + b. */
size_t smf_code_add(uint8_t *bytes);

/* What stands at `address` as a function: with the Thumb bit on Arm. */
int64_t (*smf_code_at(uintptr_t address))(void);

#endif
