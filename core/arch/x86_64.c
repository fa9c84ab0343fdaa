/* SPDX-License-Identifier: MIT */
/* x86_64.c - rows of x86-64 (System V psABI, AMD64 supplement, table 4.9; LP64). */
#include "arch/rows.h"

static const struct smf_howto rows[] = {
    ROW(0, NONE, 0, 0, ANY, LE8, 0),                               /* NONE */
    ROW(1, S_A, 0, 64, ANY, LE64, 0),                              /* 64 */
    ROW(2, S_A_P, 0, 32, SIGNED, LE32, DISTANCE),                  /* PC32 */
    ROW(4, S_A_P, 0, 32, SIGNED, LE32, DISTANCE | BRANCH),         /* PLT32 */
    ROW(9, S_A_P, 0, 32, SIGNED, LE32, DISTANCE | SLOT),           /* GOTPCREL */
    ROW(10, S_A, 0, 32, UNSIGNED, LE32, LOW),                      /* 32 */
    ROW(11, S_A, 0, 32, SIGNED, LE32, LOW),                        /* 32S */
    ROW(13, S_A_P, 0, 16, SIGNED, LE16, DISTANCE),                 /* PC16 */
    ROW(15, S_A_P, 0, 8, SIGNED, LE8, DISTANCE),                   /* PC8 */
    ROW(24, S_A_P, 0, 64, ANY, LE64, DISTANCE),                    /* PC64 */
    ROW(25, GOTOFF, 0, 64, ANY, LE64, DISTANCE),                   /* GOTOFF64 */
    ROW(26, GOT_P, 0, 32, SIGNED, LE32, DISTANCE),                 /* GOTPC32 */
    ROW(27, GOTOFF, 0, 64, ANY, LE64, DISTANCE | SLOT | SETTLE),   /* GOT64 */
    ROW(28, S_A_P, 0, 64, ANY, LE64, DISTANCE | SLOT),             /* GOTPCREL64 */
    ROW(29, GOT_P, 0, 64, ANY, LE64, DISTANCE),                    /* GOTPC64 */
    ROW(31, GOTOFF, 0, 64, ANY, LE64, DISTANCE | BRANCH | SETTLE), /* PLTOFF64 */
    ROW(41, S_A_P, 0, 32, SIGNED, LE32, DISTANCE | SLOT),          /* GOTPCRELX */
    ROW(42, S_A_P, 0, 32, SIGNED, LE32, DISTANCE | SLOT),          /* REX_GOTPCRELX */
};

static const uint16_t types[10] = {0, 1, 2, 4, 9, 10};
static const uint16_t r_types[10] = {0, 1, 2, 4, 9};

static const struct smf_stub stub = {
    .size = 8,
    .alignment = 8,
    .fixup_count = 1,
    .code = {0xFF, 0x25, 0, 0, 0, 0, 0xCC, 0xCC}, /* jmp *slot(%rip); int3; int3 */
    .fixups = {{2, 2, -4}  },
};

const struct smf_arch smf_arch_x86_64 = {
    .id = SMF_ARCH_X86_64,
    .pointer_size = 8,
    .row_count = ROW_COUNT(rows),
    .absolute = 1,
    .highest = 0x7FFFFFFF, /* the last address that both 32 and 32S hold */
    .rows = rows,
    .p_types = types,
    .r_types = r_types,
    .stub = &stub,
};
