/* SPDX-License-Identifier: MIT */
/*
 * code.h - machine code for modules that a test makes while it runs, for the
 * machine that runs it: functions `int f(void)` that add up a constant, what
 * imports return and what words hold. Calls go the ways that compilers and the linker know:
 * a branch to the import's stub, through its slot, through a pointer in data.
 *
 *     code_start(&code, arch);
 *     at = code_begin(&code, 7);
 *     code_branch(&code, 0);          + what import 0 returns, by its stub
 *     code_through(&code, literal);   + what the function returns whose pointer lies where the literal says
 *     code_end(&code);
 *     code_finish(&code, 1);          literals and the stub follow
 */
#ifndef SMF_TESTS_CODE_H
#define SMF_TESTS_CODE_H

#include "smf/arch.h"

enum { CODE_SIZE = 1536, CODE_LITERALS = 24, CODE_BRANCHES = 16, CODE_STUBS = 16 };

struct code {
    const struct smf_arch *arch;
    unsigned size;
    unsigned literal_count, branch_count;
    unsigned literal_use[CODE_LITERALS]; /* the instruction that reads it      */
    unsigned literal_at[CODE_LITERALS];  /* where it lies, after code_finish() */
    unsigned branch_use[CODE_BRANCHES], branch_stub[CODE_BRANCHES];
    unsigned stub_at[CODE_STUBS];
    uint8_t bytes[CODE_SIZE];
};

/* Whether there is code for this machine. */
int code_knows(const struct smf_arch *arch);

void code_start(struct code *code, const struct smf_arch *arch);

/* Begin a function; its offset. The constant lies between 0 and 2^30. */
unsigned code_begin(struct code *code, uint32_t constant);

/* Add what stub number `stub` leads to. */
void code_branch(struct code *code, unsigned stub);

/* A literal will hold the address of a word; the word the address of a function, or of an int, that is added; unless
 * the word is 0. Their numbers. */
unsigned code_through(struct code *code);
unsigned code_read(struct code *code);

/* Return. */
void code_end(struct code *code);

/* Lay literals (they want an absolute relocation each) and stubs (without their fixups) behind, and aim what uses them. */
void code_finish(struct code *code, unsigned stubs);

/* Bit 0 of the value of a symbol of a function. */
unsigned code_bit(const struct smf_arch *arch);

#endif
