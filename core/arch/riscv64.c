/* SPDX-License-Identifier: MIT */
/* riscv64.c - RV64, LP64. */
#include "arch/riscv_rows.h"

static const struct smf_howto rows[] = {RISCV_ROWS(LOW)};
static const uint16_t p_types[10] = {0, 2, 57, 59, 41, 1};
static const uint16_t r_types[10] = {0, 2, 57, 59, 41};
static const struct smf_stub stub = RISCV_STUB(3);

const struct smf_arch smf_arch_riscv64 = {
    .id = SMF_ARCH_RISCV64,
    .pointer_size = 8,
    .row_count = ROW_COUNT(rows),
    .absolute = 2,
    .highest = 0x7FFFF7FF, /* LUI sign-extends, and HI20 adds 0x800 first */
    .rows = rows,
    .p_types = p_types,
    .r_types = r_types,
    .stub = &stub,
};
