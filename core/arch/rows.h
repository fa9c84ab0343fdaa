/* SPDX-License-Identifier: MIT */
/*
 * arch/rows.h - short words for the row tables, and the one macro that spells a
 * row. Only the table files include it.
 */
#ifndef SMF_ARCH_ROWS_H
#define SMF_ARCH_ROWS_H

#include "smf/arch.h"
#include "smf/format.h"

#define BRANCH SMF_ROW_BRANCH
#define SLOT SMF_ROW_SLOT
#define DISTANCE SMF_ROW_DISTANCE
#define THUMB SMF_ROW_THUMB
#define ALIGNED SMF_ROW_ALIGNED
#define LOW SMF_ROW_LOW
#define SETTLE SMF_ROW_SETTLE

/* Type, calculation, shift, width, fit, field, flags. */
#define ROW(type, calc, shift, width, fit, field, flags)                                                               \
    {                                                                                                                  \
        type, SMF_CALC_##calc, shift, width, SMF_FIT_##fit, SMF_FIELD_##field, flags                                   \
    }
#define ROW_COUNT(rows) (uint8_t)(sizeof(rows) / sizeof((rows)[0]))

#endif
