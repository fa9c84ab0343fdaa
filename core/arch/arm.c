/* SPDX-License-Identifier: MIT */
/*
 * arm.c - rows of Arm for Thumb-2 code and its data (ELF for the Arm
 * Architecture, section "Relocation").
 *
 * The psABI's (S + A) | T needs no step of its own: bit 0 of S or of A is T.
 * TARGET1 is ABS32 and TARGET2 REL32, as GNU ld has them for arm-none-eabi.
 */
#include "arch/rows.h"

static const struct smf_howto rows[] = {
    ROW(0, NONE, 0, 0, ANY, LE8, 0),                                    /* NONE */
    ROW(2, S_A, 0, 32, ANY, LE32, 0),                                   /* ABS32 */
    ROW(3, S_A_P, 0, 32, ANY, LE32, DISTANCE),                          /* REL32 */
    ROW(5, S_A, 0, 16, EITHER, LE16, 0),                                /* ABS16 */
    ROW(8, S_A, 0, 8, EITHER, LE8, 0),                                  /* ABS8 */
    ROW(10, S_A_P, 1, 24, SIGNED, THM_BL, DISTANCE | BRANCH | THUMB),   /* THM_CALL */
    ROW(24, GOTOFF, 0, 32, ANY, LE32, DISTANCE),                        /* GOTOFF32 */
    ROW(25, GOT_P, 0, 32, ANY, LE32, DISTANCE),                         /* BASE_PREL */
    ROW(26, GOTOFF, 0, 32, ANY, LE32, DISTANCE | SLOT | SETTLE),        /* GOT_BREL */
    ROW(30, S_A_P, 1, 24, SIGNED, THM_BL, DISTANCE | BRANCH | THUMB),   /* THM_JUMP24 */
    ROW(38, S_A, 0, 32, ANY, LE32, 0),                                  /* TARGET1 */
    ROW(41, S_A_P, 0, 32, ANY, LE32, DISTANCE),                         /* TARGET2 */
    ROW(42, S_A_P, 0, 31, SIGNED, LE31, DISTANCE),                      /* PREL31 */
    ROW(47, S_A, 0, 16, ANY, THM_MOV, 0),                               /* THM_MOVW_ABS_NC */
    ROW(48, S_A, 16, 16, ANY, THM_MOV, 0),                              /* THM_MOVT_ABS */
    ROW(49, S_A_P, 0, 16, ANY, THM_MOV, DISTANCE),                      /* THM_MOVW_PREL_NC */
    ROW(50, S_A_P, 16, 16, ANY, THM_MOV, DISTANCE),                     /* THM_MOVT_PREL */
    ROW(51, S_A_P, 1, 20, SIGNED, THM_B19, DISTANCE | BRANCH | THUMB),  /* THM_JUMP19 */
    ROW(96, S_A_P, 0, 32, ANY, LE32, DISTANCE | SLOT),                  /* GOT_PREL */
    ROW(102, S_A_P, 1, 11, SIGNED, THM_B11, DISTANCE | BRANCH | THUMB), /* THM_JUMP11 */
    ROW(103, S_A_P, 1, 8, SIGNED, THM_B8, DISTANCE | BRANCH | THUMB),   /* THM_JUMP8 */
    ROW(132, S_A, 0, 8, ANY, THM_IMM8, 0),                              /* THM_ALU_ABS_G0_NC */
    ROW(133, S_A, 8, 8, ANY, THM_IMM8, 0),                              /* THM_ALU_ABS_G1_NC */
    ROW(134, S_A, 16, 8, ANY, THM_IMM8, 0),                             /* THM_ALU_ABS_G2_NC */
    ROW(135, S_A, 24, 8, ANY, THM_IMM8, 0),                             /* THM_ALU_ABS_G3 */
};

/* No 8-byte pointers; type 3 is a word of data here, and a word reaches everything. */
static const uint16_t p_types[10] = {0, 0, 3, 3, 96, 2};
static const uint16_t r_types[10] = {0, 0, 3, 3, 96};

/*
 * ldr.w ip, [pc, #4]; ldr.w pc, [ip]; .word slot. ip is the linker's (AAPCS,
 * "r12"). One word to relocate, and the plainest there is: a MOVW and MOVT pair
 * has the same size and takes a loader two records in scattered fields.
 */
static const struct smf_stub stub = {
    .size = 12,
    .alignment = 4,
    .fixup_count = 1,
    .code = {0xDF,  0xF8, 0x04, 0xC0, 0xDC, 0xF8, 0x00, 0xF0},
    .fixups = {{2, 8, 0}},
};

/*
 * push {r0, r1}; ldr r0, [pc, #8]; add r0, pc; ldr r0, [r0]; str r0, [sp, #4];
 * pop {r0, pc}; .word slot - (stub + 8). The ADD at offset 4 reads pc as the
 * stub's start + 8; the literal lies 4 after that, hence its addend.
 */
static const struct smf_stub small_stub = {
    .size = 16,
    .alignment = 4,
    .fixup_count = 1,
    .code = {0x03,  0xB4, 0x02, 0x48, 0x78, 0x44, 0x00, 0x68, 0x01, 0x90, 0x01, 0xBD},
    .fixups = {{3, 12, 4}},
};

const struct smf_arch smf_arch_arm = {
    .id = SMF_ARCH_ARM,
    .pointer_size = 4,
    .row_count = ROW_COUNT(rows),
    .absolute = 2,
    .rows = rows,
    .p_types = p_types,
    .r_types = r_types,
    .stub = &stub,
    .small_stub = &small_stub,
};
