/* SPDX-License-Identifier: MIT */
/*
 * guard.h - an access of privileged code that may fault, and what became of it. The board's fault handler ends the
 * access instead of the program.
 */
#ifndef SMF_TESTS_CORTEXM_GUARD_H
#define SMF_TESTS_CORTEXM_GUARD_H

#include <stdbool.h>
#include <stdint.h>

enum guard_action { GUARD_READ, GUARD_WRITE, GUARD_CALL };

/* Read a word, write `value`, or call (bit 0 is set for you). 0: it went through; else CFSR. */
uint32_t guard_try(enum guard_action action, uintptr_t address, uint32_t value);

/* What was read, or what the called function returned. */
uint32_t guard_result(void);

#endif
