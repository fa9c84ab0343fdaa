/* SPDX-License-Identifier: MIT */
/* arch/recent.h - rows met lately: code has few kinds of records, in turns, and a search for each costs more than the record. */
#ifndef SMF_ARCH_RECENT_H
#define SMF_ARCH_RECENT_H

#include "smf/arch.h"

enum { RECENT_ROWS = 4 };

/* All zero: none was met. Of one architecture. */
struct recent_rows {
    const struct smf_howto *row[RECENT_ROWS]; /* the last one of those with this type modulo RECENT_ROWS */
};

/* smf_arch_row(), remembered. NULL: there is none. */
static inline const struct smf_howto *recent_row(struct recent_rows *recent, const struct smf_arch *arch, uint32_t type)
{
    const struct smf_howto **row = &recent->row[type % RECENT_ROWS];
    if (*row == NULL || (*row)->type != type)
        *row = smf_arch_row(arch, type);
    return *row;
}

#endif
