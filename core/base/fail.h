/* SPDX-License-Identifier: MIT */
/* base/fail.h - how a check says no: one line, `return smf_fail(why, SMF_DETAIL_X, offset, value, expected);` */
#ifndef SMF_BASE_FAIL_H
#define SMF_BASE_FAIL_H

#include "smf/status.h"

/*
 * Fill in status (from the detail's number), detail, offset, value and
 * expected, and return the status. stage, index and name are set by whoever
 * knows them, before the call that may fail. `why` is never NULL inside core:
 * public calls substitute one of their own.
 */
enum smf_status smf_fail(struct smf_diagnosis *why, enum smf_detail detail, uint64_t offset, uint64_t value,
                         uint64_t expected);

#ifdef __clang_analyzer__ /* sees one file at a time: tell it that a failure is never SMF_OK */
#define smf_fail(...)                                                                                                  \
    __extension__({                                                                                                    \
        const enum smf_status failure = (smf_fail)(__VA_ARGS__);                                                       \
        if (failure == SMF_OK)                                                                                         \
            __builtin_unreachable();                                                                                   \
        failure;                                                                                                       \
    })
#endif

/* Copy a name of `length` bytes into why->name, cut to fit with a '~' at the end. */
void smf_fail_name(struct smf_diagnosis *why, const char *name, size_t length);

/* Empty `why`. */
void smf_fail_clear(struct smf_diagnosis *why);

#endif
