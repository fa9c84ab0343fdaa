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
 *
 * Words of this machine: a check counts in words, and every 64-bit argument on a
 * 32-bit machine costs two registers and the stack at each of 130 places. A
 * 64-bit argument that does not fit a word says SIZE_MAX.
 */
enum smf_status smf_fail(struct smf_diagnosis *why, enum smf_detail detail, size_t offset, size_t value,
                         size_t expected);

/* A 64-bit number as a word, SIZE_MAX if it is larger than that. */
static inline size_t smf_word(uint64_t value) { return value < SIZE_MAX ? (size_t)value : SIZE_MAX; }

#define SMF_FAIL(why, detail, offset, value, expected)                                                                 \
    (smf_fail)(why, detail, smf_word(offset), smf_word(value), smf_word(expected))

#ifndef __clang_analyzer__
#define smf_fail(why, detail, offset, value, expected) SMF_FAIL(why, detail, offset, value, expected)
#else /* sees one file at a time: tell it that a failure is never SMF_OK */
#define smf_fail(...)                                                                                                  \
    __extension__({                                                                                                    \
        const enum smf_status failure = SMF_FAIL(__VA_ARGS__);                                                         \
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
