/* SPDX-License-Identifier: MIT */
/*
 * holds.h - whether the machine that runs a test can hold the addresses of another one: the core counts addresses in
 * words of its own machine (struct smf_operands), so modules of 64-bit machines are loaded and relocated by 64-bit
 * ones only. Cases about a machine that is too wide are skipped, and say so.
 */
#ifndef SMF_TESTS_HOLDS_H
#define SMF_TESTS_HOLDS_H

#include <stdbool.h>

#include "harness/tap.h"
#include "smf/arch.h"

static inline bool holds(const struct smf_arch *arch) { return arch->pointer_size <= sizeof(void *); }

/* The same, and the case is reported as skipped if not. */
static inline bool case_holds(const struct smf_arch *arch)
{
    if (!holds(arch))
        tap_skip("a 32-bit machine cannot hold this one's addresses");
    return holds(arch);
}

/* The case ends here if not, with what it checked so far. */
static inline void must_hold(const struct smf_arch *arch)
{
#if UINTPTR_MAX == UINT32_MAX
    if (arch != NULL && !holds(arch))
        tap_leave("a 32-bit machine cannot hold the addresses of a 64-bit one: from there on");
#else
    (void)arch;
#endif
}

#endif
