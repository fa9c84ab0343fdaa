/* SPDX-License-Identifier: MIT */
/* riscv32.c - RV32, ILP32. */
#include "arch/riscv_rows.h"

static const struct smf_howto rows[] = {RISCV_ROWS(0)};
static const uint16_t p_types[10] = {0, 0, 57, 59, 41, 1}; /* no 8-byte pointers */
static const uint16_t r_types[10] = {0, 0, 57, 59, 41};
static const struct smf_stub stub = RISCV_STUB(2);

const struct smf_arch smf_arch_riscv32 = {
    .id = SMF_ARCH_RISCV32,
    .pointer_size = 4,
    .row_count = ROW_COUNT(rows),
    .absolute = 1,
    .rows = rows,
    .p_types = p_types,
    .r_types = r_types,
    .stub = &stub,
};
