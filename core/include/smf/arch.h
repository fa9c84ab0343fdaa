/* SPDX-License-Identifier: MIT */
/*
 * smf/arch.h - one const table per CPU family: relocation rows, stub shapes.
 *
 * Since 0.1. Floor: arch. A relocation type is one row; one engine applies
 * rows (check first, store after). Letters are the psABIs': S symbol, A addend,
 * P place that is patched, GOT start of .got. A type without a row is an error,
 * never skipped.
 */
#ifndef SMF_ARCH_H
#define SMF_ARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is computed. Page(x) is x with its low 12 bits cleared. */
enum smf_calc {
    SMF_CALC_NONE,    /* nothing at all (R_ARM_NONE): the field is not touched     */
    SMF_CALC_S_A,     /* S + A                                                     */
    SMF_CALC_S_A_P,   /* S + A - P                                                 */
    SMF_CALC_PAGE,    /* Page(S + A) - Page(P)                                     */
    SMF_CALC_HI20,    /* S + A + 0x800                                             */
    SMF_CALC_HI20_P,  /* S + A - P + 0x800                                         */
    SMF_CALC_PAIR,    /* low part of the value that the paired HI20 record has: S + A - P of that record */
    SMF_CALC_ADD,     /* field + S + A                                             */
    SMF_CALC_SUB,     /* field - S - A                                             */
    SMF_CALC_GOTOFF,  /* S + A - GOT                                               */
    SMF_CALC_GOT_P,   /* GOT + A - P: the symbol is not looked at                  */
    SMF_CALC_GOT_PAGE /* S + A - Page(GOT)                                         */
};

enum smf_fit {
    SMF_FIT_ANY,
    SMF_FIT_SIGNED,
    SMF_FIT_UNSIGNED,
    SMF_FIT_EITHER /* as a signed or as an unsigned number */
};

/* Where the bits go. Each field has a fixed number of bytes that it reads and writes. */
enum smf_field {
    SMF_FIELD_LE6,
    SMF_FIELD_LE8,
    SMF_FIELD_LE16,
    SMF_FIELD_LE32,
    SMF_FIELD_LE64,
    SMF_FIELD_LE31, /* Arm PREL31: bit 31 is kept */
    SMF_FIELD_A64_IMM26,
    SMF_FIELD_A64_IMM19,
    SMF_FIELD_A64_IMM14,
    SMF_FIELD_A64_ADR,
    SMF_FIELD_A64_IMM12,
    SMF_FIELD_A64_MOVW,
    SMF_FIELD_A64_MOVNZ, /* MOVN or MOVZ by the sign of the value */
    SMF_FIELD_A64_LDST,  /* SMF types 7 and 9: ADD, or a load or store whose scale the instruction says */
    SMF_FIELD_RV_U,
    SMF_FIELD_RV_I,
    SMF_FIELD_RV_S,
    SMF_FIELD_RV_B,
    SMF_FIELD_RV_J,
    SMF_FIELD_RV_CALL,
    SMF_FIELD_RV_CB,
    SMF_FIELD_RV_CJ,
    SMF_FIELD_THM_BL,  /* BL, B.W: 25 bits */
    SMF_FIELD_THM_B19, /* B<c>.W: 21 bits  */
    SMF_FIELD_THM_B11,
    SMF_FIELD_THM_B8,
    SMF_FIELD_THM_MOV, /* MOVW, MOVT: 16 bits in four pieces */
    SMF_FIELD_THM_IMM8 /* 16-bit MOVS, ADDS: low 8 bits */
};

/* Flags of a row. */
#define SMF_ROW_BRANCH 0x01u   /* a call or jump: a stub may stand in for S                            */
#define SMF_ROW_SLOT 0x02u     /* S is the address of a slot that holds the symbol's address           */
#define SMF_ROW_DISTANCE 0x04u /* depends on distances alone, given bases at multiples of 4096: settled at build time */
#define SMF_ROW_THUMB 0x08u    /* the target must be Thumb code; bit 0 of the result is not part of it */
#define SMF_ROW_ALIGNED 0x10u  /* the bits that `shift` drops must be zero                             */
#define SMF_ROW_LOW 0x20u      /* holds an address in few bits: the module must lie at or below `highest` of the arch */
#define SMF_ROW_SETTLE 0x40u   /* smf build must settle it; the loader refuses it (ALIGN, RELAX)       */

/* One row says everything about one relocation type. */
struct smf_howto {
    uint16_t type; /* psABI number; from 0xFF00: an SMF type without one */
    uint8_t calc;  /* enum smf_calc  */
    uint8_t shift; /* low bits that the field does not store */
    uint8_t width; /* bits available after the shift, for `fit` */
    uint8_t fit;   /* enum smf_fit   */
    uint8_t field; /* enum smf_field */
    uint8_t flags; /* SMF_ROW_...    */
};

/* SMF types without a psABI number, as rows of AArch64. */
#define SMF_HOWTO_PAGEOFF12 0xFF07u     /* type 7: scale from the instruction     */
#define SMF_HOWTO_GOT_PAGEOFF12 0xFF09u /* type 9: the same, of the symbol's slot */

/*
 * A stub: code that jumps to the address which a slot holds. The bytes are
 * ready but for `fixups`, each a row of the same arch applied with S = address
 * of the slot, A = addend, P = address of the stub + offset. A fixup whose calc
 * is PAIR pairs with fixup 0. Stubs use only registers that the psABI gives to
 * the linker (x86-64 none, AArch64 x16 x17, RISC-V t3, Arm ip).
 */
struct smf_stub {
    uint8_t size; /* bytes, a multiple of `alignment`; 0 = no such stub */
    uint8_t alignment;
    uint8_t fixup_count;
    uint8_t code[16];
    struct {
        uint16_t type;  /* psABI number */
        uint8_t offset; /* in the stub  */
        int8_t addend;
    } fixups[2];
};

/* One CPU family. */
struct smf_arch {
    uint8_t id;           /* enum smf_arch_id */
    uint8_t pointer_size; /* 4 or 8: size of a slot; with 4, arithmetic is modulo 2^32 */
    uint8_t row_count;
    uint16_t absolute;                 /* psABI number of the pointer-sized absolute relocation */
    uint64_t highest;                  /* last address for modules with ROW_LOW relocations; 0 = none has such rows */
    const struct smf_howto *rows;      /* sorted by type */
    const uint16_t *p_types;           /* psABI number (or 0) of SMF types 0..9 in P files */
    const uint16_t *r_types;           /* the same in R files                              */
    const struct smf_stub *stub;       /* the usual stub                              */
    const struct smf_stub *small_stub; /* Arm: for ARMv6-M, 16-bit instructions only; else NULL */
};

extern const struct smf_arch smf_arch_x86_64;
extern const struct smf_arch smf_arch_aarch64;
extern const struct smf_arch smf_arch_arm;
extern const struct smf_arch smf_arch_riscv64;
extern const struct smf_arch smf_arch_riscv32;

/* The family that this library was compiled for; NULL if it has no table. */
const struct smf_arch *smf_arch_native(void);

/* The table of an id, NULL if there is none. In an object of its own: it links all five. */
const struct smf_arch *smf_arch_of(unsigned id);

/* The row of a psABI number, or NULL. */
const struct smf_howto *smf_arch_row(const struct smf_arch *arch, uint32_t type);

/* Bytes that applying the row reads and writes at P. 0 for SMF_CALC_NONE. */
size_t smf_howto_size(const struct smf_howto *howto);

/* S, A, P, GOT. For SMF_CALC_PAIR: S, A and P of the HI20 record. Words of this machine, which must not be smaller than
 * the arch's: a 32-bit one applies rows of 32-bit machines only. */
struct smf_operands {
    uintptr_t s, p, got;
    intptr_t a;
};

/*
 * Apply one row to the bytes at `at` (smf_howto_size of them; they lie at
 * address P). Computes, checks alignment and range, and only then stores:
 * SMF_ERR_RELOC_RANGE leaves the bytes alone, with the value in why->value and
 * the bound in why->expected. why->offset is the caller's.
 */
SMF_MUST_CHECK
enum smf_status smf_howto_apply(const struct smf_arch *arch, const struct smf_howto *howto,
                                const struct smf_operands *operands, uint8_t *at, struct smf_diagnosis *why);

/* Turn the RISC-V AUIPC at `at` into LUI with 0: what GNU ld does with a weak symbol that nobody has. */
void smf_riscv_lui_zero(uint8_t *at);

/* Write a stub to `bytes`, which will run at `address`, for the slot at `slot`. */
SMF_MUST_CHECK
enum smf_status smf_stub_write(const struct smf_arch *arch, const struct smf_stub *stub, uint8_t *bytes,
                               uintptr_t address, uintptr_t slot, struct smf_diagnosis *why);

/* --- For tools; each in an object of its own ---------------------------------------------------- */

/* psABI name, e.g. "R_X86_64_PC32"; "R_X86_64_<n>" is not made up: NULL for an unknown number. */
const char *smf_howto_name(const struct smf_arch *arch, uint32_t type);

/* The addend that a REL object (Arm) keeps in the field itself. With `clear` the field then holds 0. */
int64_t smf_howto_addend(const struct smf_howto *howto, uint8_t *at, bool clear);

#ifdef __cplusplus
}
#endif

#endif
