/* SPDX-License-Identifier: MIT */
/*
 * pmp_registers.S - the protection registers by number: see pmp.h.
 *
 * A CSR's number is part of the instruction, so each register has an instruction of its own,
 * in tables of eight bytes a line. Numbers instead of names: pmpcfg0 is 0x3A0, pmpaddr0 0x3B0.
 */
#include "riscv_words.h"

    .option arch, +zicsr
    .option norvc

#define ENTRIES 16
#define CSR_PMPCFG 0x3A0
#define CSR_PMPADDR 0x3B0

/* RV64 keeps eight permissions in each register of an even number, RV32 four in each register. */
#define CONFIGS (ENTRIES / WORD)
#define CONFIG_STEP (WORD / 4)

    .macro  choose name
    .globl  \name
    .type   \name, @function
    .balign 4
\name:
    slli    a0, a0, 3
    lla     t0, 1f
    add     t0, t0, a0
    jr      t0
1:
    .endm

    .text

/* uintptr_t smf_pmp_read_address(unsigned number) */
    choose  smf_pmp_read_address
    .set    n, 0
    .rept   ENTRIES
    csrr    a0, CSR_PMPADDR + n
    ret
    .set    n, n + 1
    .endr

/* void smf_pmp_write_address(unsigned number, uintptr_t value) */
    choose  smf_pmp_write_address
    .set    n, 0
    .rept   ENTRIES
    csrw    CSR_PMPADDR + n, a1
    ret
    .set    n, n + 1
    .endr

/* uintptr_t smf_pmp_read_configs(unsigned number): as many permissions as a register has bytes */
    choose  smf_pmp_read_configs
    .set    n, 0
    .rept   CONFIGS
    csrr    a0, CSR_PMPCFG + n * CONFIG_STEP
    ret
    .set    n, n + 1
    .endr

/* void smf_pmp_write_configs(unsigned number, uintptr_t value) */
    choose  smf_pmp_write_configs
    .set    n, 0
    .rept   CONFIGS
    csrw    CSR_PMPCFG + n * CONFIG_STEP, a1
    ret
    .set    n, n + 1
    .endr

/* uintptr_t smf_pmp_fence(void): make new entries count for what was translated before. 1; 0 from skip. */
    .globl  smf_pmp_fence
    .type   smf_pmp_fence, @function
    .balign 4
smf_pmp_fence:
    li      a0, 1
    sfence.vma
    ret

/*
 * uintptr_t smf_pmp_has_user(void): mstatus.MPP takes U-mode only where there is one ("Privilege and
 * Interrupt-Enable Stack").
 */
    .globl  smf_pmp_has_user
    .type   smf_pmp_has_user, @function
smf_pmp_has_user:
    li      t1, 0x1800
    csrrc   t0, mstatus, t1
    csrr    a0, mstatus
    csrw    mstatus, t0
    and     a0, a0, t1
    seqz    a0, a0
    ret

/*
 * uintptr_t smf_pmp_delegated(void): medeleg for what U-mode can cause, and satp; both are missing
 * without supervisor mode.
 */
    .globl  smf_pmp_delegated
    .type   smf_pmp_delegated, @function
smf_pmp_delegated:
    csrr    a0, medeleg
    li      t0, 0xB1FF
    and     t0, a0, t0
    csrr    a0, satp
    or      a0, a0, t0
    ret

/*
 * void smf_pmp_guard(void (*work)(void *), void *context): call `work` with interrupts masked and with
 * illegal instructions skipped, so that it can touch registers which may not exist. A skipped one answers 0 in a0.
 */
    .globl  smf_pmp_guard
    .type   smf_pmp_guard, @function
    .balign 4
smf_pmp_guard:
    addi    sp, sp, -16
    STORE   ra, 0(sp)
    STORE   s0, WORD(sp)
    addi    sp, sp, -16
    STORE   s1, 0(sp)
    STORE   s2, WORD(sp)
    csrrci  s0, mstatus, 8
    csrr    s2, mepc
    lla     t0, skip
    csrrw   s1, mtvec, t0
    mv      t0, a0
    mv      a0, a1
    jalr    t0
    csrw    mtvec, s1
    csrw    mepc, s2
    csrw    mstatus, s0
    LOAD    s1, 0(sp)
    LOAD    s2, WORD(sp)
    addi    sp, sp, 16
    LOAD    ra, 0(sp)
    LOAD    s0, WORD(sp)
    addi    sp, sp, 16
    ret
    .size   smf_pmp_guard, . - smf_pmp_guard

/*
 * Every instruction of this file has four bytes, so the next one is easily found; mret needs MPP to
 * say machine mode, which it does.
 */
    .balign 4
skip:
    csrr    a0, mepc
    addi    a0, a0, 4
    csrw    mepc, a0
    li      a0, 0
    mret
