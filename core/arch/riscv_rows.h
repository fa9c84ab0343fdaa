/* SPDX-License-Identifier: MIT */
/*
 * arch/riscv_rows.h - the rows that RV64 and RV32 share (RISC-V ELF psABI,
 * "Relocations"). Absolute types of 32 bits are LOW on RV64; RV32 has nothing
 * that is too narrow, because its addresses wrap round.
 */
#ifndef SMF_ARCH_RISCV_ROWS_H
#define SMF_ARCH_RISCV_ROWS_H

#include "arch/rows.h"

/* clang-format off */
#define RISCV_ROWS(low)                                                                                   \
    ROW(0, NONE, 0, 0, ANY, LE8, 0),                                                /* NONE */            \
    ROW(1, S_A, 0, 32, SIGNED, LE32, low),                                          /* 32 */              \
    ROW(2, S_A, 0, 64, ANY, LE64, 0),                                               /* 64 */              \
    ROW(16, S_A_P, 1, 12, SIGNED, RV_B, DISTANCE | ALIGNED | BRANCH),               /* BRANCH */          \
    ROW(17, S_A_P, 1, 20, SIGNED, RV_J, DISTANCE | ALIGNED | BRANCH),               /* JAL */             \
    ROW(18, HI20_P, 0, 32, SIGNED, RV_CALL, DISTANCE | BRANCH),                     /* CALL */            \
    ROW(19, HI20_P, 0, 32, SIGNED, RV_CALL, DISTANCE | BRANCH),                     /* CALL_PLT */        \
    ROW(20, HI20_P, 12, 20, SIGNED, RV_U, DISTANCE | SLOT),                         /* GOT_HI20 */        \
    ROW(23, HI20_P, 12, 20, SIGNED, RV_U, DISTANCE),                                /* PCREL_HI20 */      \
    ROW(24, PAIR, 0, 12, ANY, RV_I, DISTANCE),                                      /* PCREL_LO12_I */    \
    ROW(25, PAIR, 0, 12, ANY, RV_S, DISTANCE),                                      /* PCREL_LO12_S */    \
    ROW(26, HI20, 12, 20, SIGNED, RV_U, low),                                       /* HI20 */            \
    ROW(27, S_A, 0, 12, ANY, RV_I, 0),                                              /* LO12_I */          \
    ROW(28, S_A, 0, 12, ANY, RV_S, 0),                                              /* LO12_S */          \
    ROW(33, ADD, 0, 8, ANY, LE8, 0),                                                /* ADD8 */            \
    ROW(34, ADD, 0, 16, ANY, LE16, 0),                                              /* ADD16 */           \
    ROW(35, ADD, 0, 32, ANY, LE32, 0),                                              /* ADD32 */           \
    ROW(36, ADD, 0, 64, ANY, LE64, 0),                                              /* ADD64 */           \
    ROW(37, SUB, 0, 8, ANY, LE8, 0),                                                /* SUB8 */            \
    ROW(38, SUB, 0, 16, ANY, LE16, 0),                                              /* SUB16 */           \
    ROW(39, SUB, 0, 32, ANY, LE32, 0),                                              /* SUB32 */           \
    ROW(40, SUB, 0, 64, ANY, LE64, 0),                                              /* SUB64 */           \
    ROW(41, S_A_P, 0, 32, SIGNED, LE32, DISTANCE | SLOT),                           /* GOT32_PCREL */     \
    ROW(43, NONE, 0, 0, ANY, LE8, SETTLE),                                          /* ALIGN */           \
    ROW(44, S_A_P, 1, 8, SIGNED, RV_CB, DISTANCE | ALIGNED | BRANCH),               /* RVC_BRANCH */      \
    ROW(45, S_A_P, 1, 11, SIGNED, RV_CJ, DISTANCE | ALIGNED | BRANCH),              /* RVC_JUMP */        \
    ROW(51, NONE, 0, 0, ANY, LE8, SETTLE),                                          /* RELAX */           \
    ROW(52, SUB, 0, 6, ANY, LE6, 0),                                                /* SUB6 */            \
    ROW(53, S_A, 0, 6, ANY, LE6, 0),                                                /* SET6 */            \
    ROW(54, S_A, 0, 8, ANY, LE8, 0),                                                /* SET8 */            \
    ROW(55, S_A, 0, 16, ANY, LE16, 0),                                              /* SET16 */           \
    ROW(56, S_A, 0, 32, ANY, LE32, 0),                                              /* SET32 */           \
    ROW(57, S_A_P, 0, 32, SIGNED, LE32, DISTANCE),                                  /* 32_PCREL */        \
    ROW(59, S_A_P, 0, 32, SIGNED, LE32, DISTANCE | BRANCH)                          /* PLT32 */
/* clang-format on */

/*
 * auipc t3, upper; ld or lw t3, lower(t3); jr t3; an invalid word. t3 is a temporary
 * that no call carries anything in (psABI, "Register Convention").
 * The load's funct3 (bits 14..12) is the log2 of its size.
 */
/* clang-format off */
#define RISCV_STUB(log2_size)                                                                             \
    {                                                                                                     \
        .size = 16,                                                                                       \
        .alignment = 4,                                                                                   \
        .fixup_count = 2,                                                                                 \
        .code = {0x17, 0x0E, 0, 0, 0x03, 0x0E | (log2_size) << 4, 0x0E, 0, 0x67, 0, 0x0E, 0},             \
        .fixups = {{23, 0, 0}, {24, 4, 0}},                                                               \
    }
/* clang-format on */

#endif
