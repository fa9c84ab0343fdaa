/* SPDX-License-Identifier: MIT */
/* fail.c - filling in a diagnosis. */
#include "base/fail.h"

#include "base/bytes.h"

enum smf_status(smf_fail)(struct smf_diagnosis *why, enum smf_detail detail, size_t offset, size_t value,
                          size_t expected)
{
    why->status = (enum smf_status)(-((int)detail >> 6)); /* SMF_DETAIL: 64 details for each status */
    why->detail = detail;
    why->offset = offset;
    why->value = value;
    why->expected = expected;
    return why->status;
}

void smf_fail_name(struct smf_diagnosis *why, const char *name, size_t length)
{
    const size_t room = SMF_DIAGNOSIS_NAME_SIZE - 1;
    const size_t kept = length < room ? length : room;
    memcpy(why->name, name, kept);
    if (length > room)
        why->name[kept - 1] = '~';
    why->name[kept] = '\0';
}

void smf_fail_clear(struct smf_diagnosis *why) { memset(why, 0, sizeof *why); }
