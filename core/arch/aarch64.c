/* SPDX-License-Identifier: MIT */
/* aarch64.c - rows of AArch64 (ELF for the Arm 64-bit Architecture, section "Relocation"; LP64). */
#include "arch/rows.h"

static const struct smf_howto rows[] = {
    ROW(0, NONE, 0, 0, ANY, LE8, 0),                                           /* NONE */
    ROW(256, NONE, 0, 0, ANY, LE8, 0),                                         /* NONE, the older number */
    ROW(257, S_A, 0, 64, ANY, LE64, 0),                                        /* ABS64 */
    ROW(258, S_A, 0, 32, UNSIGNED, LE32, LOW),                                 /* ABS32 */
    ROW(260, S_A_P, 0, 64, ANY, LE64, DISTANCE),                               /* PREL64 */
    ROW(261, S_A_P, 0, 32, SIGNED, LE32, DISTANCE),                            /* PREL32 */
    ROW(262, S_A_P, 0, 16, SIGNED, LE16, DISTANCE),                            /* PREL16 */
    ROW(263, S_A, 0, 16, UNSIGNED, A64_MOVW, 0),                               /* MOVW_UABS_G0 */
    ROW(264, S_A, 0, 16, ANY, A64_MOVW, 0),                                    /* MOVW_UABS_G0_NC */
    ROW(265, S_A, 16, 16, UNSIGNED, A64_MOVW, LOW),                            /* MOVW_UABS_G1 */
    ROW(266, S_A, 16, 16, ANY, A64_MOVW, 0),                                   /* MOVW_UABS_G1_NC */
    ROW(267, S_A, 32, 16, UNSIGNED, A64_MOVW, 0),                              /* MOVW_UABS_G2 */
    ROW(268, S_A, 32, 16, ANY, A64_MOVW, 0),                                   /* MOVW_UABS_G2_NC */
    ROW(269, S_A, 48, 16, ANY, A64_MOVW, 0),                                   /* MOVW_UABS_G3 */
    ROW(270, S_A, 0, 17, SIGNED, A64_MOVNZ, 0),                                /* MOVW_SABS_G0 */
    ROW(271, S_A, 16, 17, SIGNED, A64_MOVNZ, LOW),                             /* MOVW_SABS_G1 */
    ROW(272, S_A, 32, 17, SIGNED, A64_MOVNZ, 0),                               /* MOVW_SABS_G2 */
    ROW(273, S_A_P, 2, 19, SIGNED, A64_IMM19, DISTANCE | ALIGNED),             /* LD_PREL_LO19 */
    ROW(274, S_A_P, 0, 21, SIGNED, A64_ADR, DISTANCE),                         /* ADR_PREL_LO21 */
    ROW(275, PAGE, 12, 21, SIGNED, A64_ADR, DISTANCE),                         /* ADR_PREL_PG_HI21 */
    ROW(276, PAGE, 12, 21, ANY, A64_ADR, DISTANCE),                            /* ADR_PREL_PG_HI21_NC */
    ROW(277, S_A, 0, 12, ANY, A64_IMM12, DISTANCE),                            /* ADD_ABS_LO12_NC */
    ROW(278, S_A, 0, 12, ANY, A64_IMM12, DISTANCE),                            /* LDST8_ABS_LO12_NC */
    ROW(279, S_A_P, 2, 14, SIGNED, A64_IMM14, DISTANCE | ALIGNED | BRANCH),    /* TSTBR14 */
    ROW(280, S_A_P, 2, 19, SIGNED, A64_IMM19, DISTANCE | ALIGNED | BRANCH),    /* CONDBR19 */
    ROW(282, S_A_P, 2, 26, SIGNED, A64_IMM26, DISTANCE | ALIGNED | BRANCH),    /* JUMP26 */
    ROW(283, S_A_P, 2, 26, SIGNED, A64_IMM26, DISTANCE | ALIGNED | BRANCH),    /* CALL26 */
    ROW(284, S_A, 1, 11, ANY, A64_IMM12, DISTANCE | ALIGNED),                  /* LDST16_ABS_LO12_NC */
    ROW(285, S_A, 2, 10, ANY, A64_IMM12, DISTANCE | ALIGNED),                  /* LDST32_ABS_LO12_NC */
    ROW(286, S_A, 3, 9, ANY, A64_IMM12, DISTANCE | ALIGNED),                   /* LDST64_ABS_LO12_NC */
    ROW(287, S_A_P, 0, 17, SIGNED, A64_MOVNZ, DISTANCE),                       /* MOVW_PREL_G0 */
    ROW(288, S_A_P, 0, 16, ANY, A64_MOVW, DISTANCE),                           /* MOVW_PREL_G0_NC */
    ROW(289, S_A_P, 16, 17, SIGNED, A64_MOVNZ, DISTANCE),                      /* MOVW_PREL_G1 */
    ROW(290, S_A_P, 16, 16, ANY, A64_MOVW, DISTANCE),                          /* MOVW_PREL_G1_NC */
    ROW(291, S_A_P, 32, 17, SIGNED, A64_MOVNZ, DISTANCE),                      /* MOVW_PREL_G2 */
    ROW(292, S_A_P, 32, 16, ANY, A64_MOVW, DISTANCE),                          /* MOVW_PREL_G2_NC */
    ROW(293, S_A_P, 48, 16, ANY, A64_MOVNZ, DISTANCE),                         /* MOVW_PREL_G3 */
    ROW(299, S_A, 4, 8, ANY, A64_IMM12, DISTANCE | ALIGNED),                   /* LDST128_ABS_LO12_NC */
    ROW(309, S_A_P, 2, 19, SIGNED, A64_IMM19, DISTANCE | ALIGNED | SLOT),      /* GOT_LD_PREL19 */
    ROW(311, PAGE, 12, 21, SIGNED, A64_ADR, DISTANCE | SLOT),                  /* ADR_GOT_PAGE */
    ROW(312, S_A, 3, 9, ANY, A64_IMM12, DISTANCE | ALIGNED | SLOT),            /* LD64_GOT_LO12_NC */
    ROW(313, GOT_PAGE, 3, 12, UNSIGNED, A64_IMM12, DISTANCE | ALIGNED | SLOT), /* LD64_GOTPAGE_LO15 */
    ROW(314, S_A_P, 0, 32, SIGNED, LE32, DISTANCE | BRANCH),                   /* PLT32 */
    ROW(315, S_A_P, 0, 32, SIGNED, LE32, DISTANCE | SLOT),                     /* GOTPCREL32 */
    ROW(SMF_HOWTO_PAGEOFF12, S_A, 0, 12, ANY, A64_LDST, DISTANCE),             /* SMF type 7 */
    ROW(SMF_HOWTO_GOT_PAGEOFF12, S_A, 0, 12, ANY, A64_LDST, DISTANCE | SLOT),  /* SMF type 9 */
};

static const uint16_t p_types[10] = {0, 257, 261, 314, 315, 258};
static const uint16_t r_types[10] = {
    0, 257, 261, 314, 315, 283, 275, SMF_HOWTO_PAGEOFF12, 311, SMF_HOWTO_GOT_PAGEOFF12};

/* adrp x16, slot; ldr x17, [x16, :lo12:slot]; br x17; udf #0. x16 and x17 are the linker's (AAPCS64, "IP0, IP1"). */
static const struct smf_stub stub = {
    .size = 16,
    .alignment = 4,
    .fixup_count = 2,
    .code = {0x10,  0x00, 0x00, 0x90, 0x11, 0x02, 0x40, 0xF9, 0x20, 0x02, 0x1F, 0xD6},
    .fixups = {{275, 0, 0}, {286, 4, 0}},
};

const struct smf_arch smf_arch_aarch64 = {
    .id = SMF_ARCH_AARCH64,
    .pointer_size = 8,
    .row_count = ROW_COUNT(rows),
    .absolute = 257,
    .highest = 0xFFFFFFFF,
    .rows = rows,
    .p_types = p_types,
    .r_types = r_types,
    .stub = &stub,
};
