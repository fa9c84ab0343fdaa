/* SPDX-License-Identifier: MIT */
/* riscv_run.S - into U-mode and back: see riscv_run.h. */
#include "riscv_words.h"

    .option arch, +zicsr

#ifndef SMF_GATES_MAX /* as in smf/confined.h */
#define SMF_GATES_MAX 64
#endif

/* struct smf_riscv_context */
#define CAUSE (32 * WORD)
#define VALUE (33 * WORD)
#define KEPT_SP (34 * WORD)
#define KEPT_MTVEC (35 * WORD)
#define KEPT_MSCRATCH (36 * WORD)
#define KEPT_MSTATUS (37 * WORD)
#define KEPT_MEPC (38 * WORD)
#define KEPT_MCOUNTEREN (39 * WORD)

/* mstatus (Privileged Architecture, "Machine Status Registers"). */
#define MIE 0x8
#define MPIE 0x80
#define TW 0x200000
/* MPP, FS, VS, XS, MPRV: all 0. U-mode next, no floating point, no vectors, no access by other rights. */
#define CLEARED (0x1800 | 0x6000 | 0x600 | 0x18000 | 0x20000)

    .text

/* void smf_riscv_run(struct smf_riscv_context *context) */
    .globl  smf_riscv_run
    .type   smf_riscv_run, @function
smf_riscv_run:
    addi    sp, sp, -16 * WORD
    STORE   ra, 0 * WORD(sp)
    STORE   s0, 1 * WORD(sp)
    STORE   s1, 2 * WORD(sp)
    STORE   s2, 3 * WORD(sp)
    STORE   s3, 4 * WORD(sp)
    STORE   s4, 5 * WORD(sp)
    STORE   s5, 6 * WORD(sp)
    STORE   s6, 7 * WORD(sp)
    STORE   s7, 8 * WORD(sp)
    STORE   s8, 9 * WORD(sp)
    STORE   s9, 10 * WORD(sp)
    STORE   s10, 11 * WORD(sp)
    STORE   s11, 12 * WORD(sp)
    STORE   gp, 13 * WORD(sp)
    STORE   tp, 14 * WORD(sp)

    /* No interrupt from here on: the firmware's vector and mscratch are about to go. */
    csrrci  t0, mstatus, MIE
    STORE   t0, KEPT_MSTATUS(a0)
    STORE   sp, KEPT_SP(a0)
    csrr    t1, mepc
    STORE   t1, KEPT_MEPC(a0)
    csrrw   t1, mcounteren, zero
    STORE   t1, KEPT_MCOUNTEREN(a0)
    lla     t1, trapped
    csrrw   t1, mtvec, t1
    STORE   t1, KEPT_MTVEC(a0)
    csrrw   t1, mscratch, a0
    STORE   t1, KEPT_MSCRATCH(a0)
    li      t1, CLEARED | MIE
    not     t1, t1
    and     t0, t0, t1
    li      t1, MPIE | TW
    or      t0, t0, t1
    csrw    mstatus, t0
    LOAD    t0, 0(a0)
    csrw    mepc, t0

    LOAD    x1, 1 * WORD(a0)
    LOAD    x2, 2 * WORD(a0)
    LOAD    x3, 3 * WORD(a0)
    LOAD    x4, 4 * WORD(a0)
    LOAD    x5, 5 * WORD(a0)
    LOAD    x6, 6 * WORD(a0)
    LOAD    x7, 7 * WORD(a0)
    LOAD    x8, 8 * WORD(a0)
    LOAD    x9, 9 * WORD(a0)
    LOAD    x11, 11 * WORD(a0)
    LOAD    x12, 12 * WORD(a0)
    LOAD    x13, 13 * WORD(a0)
    LOAD    x14, 14 * WORD(a0)
    LOAD    x15, 15 * WORD(a0)
    LOAD    x16, 16 * WORD(a0)
    LOAD    x17, 17 * WORD(a0)
    LOAD    x18, 18 * WORD(a0)
    LOAD    x19, 19 * WORD(a0)
    LOAD    x20, 20 * WORD(a0)
    LOAD    x21, 21 * WORD(a0)
    LOAD    x22, 22 * WORD(a0)
    LOAD    x23, 23 * WORD(a0)
    LOAD    x24, 24 * WORD(a0)
    LOAD    x25, 25 * WORD(a0)
    LOAD    x26, 26 * WORD(a0)
    LOAD    x27, 27 * WORD(a0)
    LOAD    x28, 28 * WORD(a0)
    LOAD    x29, 29 * WORD(a0)
    LOAD    x30, 30 * WORD(a0)
    LOAD    x31, 31 * WORD(a0)
    LOAD    x10, 10 * WORD(a0)
    mret

/* The only way out of U-mode. Nothing of the module's is used, its stack pointer least of all. */
    .balign 4
trapped:
    csrrw   a0, mscratch, a0
    STORE   x1, 1 * WORD(a0)
    STORE   x2, 2 * WORD(a0)
    STORE   x3, 3 * WORD(a0)
    STORE   x4, 4 * WORD(a0)
    STORE   x5, 5 * WORD(a0)
    STORE   x6, 6 * WORD(a0)
    STORE   x7, 7 * WORD(a0)
    STORE   x8, 8 * WORD(a0)
    STORE   x9, 9 * WORD(a0)
    STORE   x11, 11 * WORD(a0)
    STORE   x12, 12 * WORD(a0)
    STORE   x13, 13 * WORD(a0)
    STORE   x14, 14 * WORD(a0)
    STORE   x15, 15 * WORD(a0)
    STORE   x16, 16 * WORD(a0)
    STORE   x17, 17 * WORD(a0)
    STORE   x18, 18 * WORD(a0)
    STORE   x19, 19 * WORD(a0)
    STORE   x20, 20 * WORD(a0)
    STORE   x21, 21 * WORD(a0)
    STORE   x22, 22 * WORD(a0)
    STORE   x23, 23 * WORD(a0)
    STORE   x24, 24 * WORD(a0)
    STORE   x25, 25 * WORD(a0)
    STORE   x26, 26 * WORD(a0)
    STORE   x27, 27 * WORD(a0)
    STORE   x28, 28 * WORD(a0)
    STORE   x29, 29 * WORD(a0)
    STORE   x30, 30 * WORD(a0)
    STORE   x31, 31 * WORD(a0)
    LOAD    t1, KEPT_MSCRATCH(a0)
    csrrw   t1, mscratch, t1
    STORE   t1, 10 * WORD(a0)
    csrr    t0, mepc
    STORE   t0, 0(a0)
    csrr    t0, mcause
    STORE   t0, CAUSE(a0)
    csrr    t0, mtval
    STORE   t0, VALUE(a0)

    LOAD    t0, KEPT_MTVEC(a0)
    csrw    mtvec, t0
    LOAD    t0, KEPT_MCOUNTEREN(a0)
    csrw    mcounteren, t0
    LOAD    t0, KEPT_MEPC(a0)
    csrw    mepc, t0
    LOAD    sp, KEPT_SP(a0)
    LOAD    ra, 0 * WORD(sp)
    LOAD    s0, 1 * WORD(sp)
    LOAD    s1, 2 * WORD(sp)
    LOAD    s2, 3 * WORD(sp)
    LOAD    s3, 4 * WORD(sp)
    LOAD    s4, 5 * WORD(sp)
    LOAD    s5, 6 * WORD(sp)
    LOAD    s6, 7 * WORD(sp)
    LOAD    s7, 8 * WORD(sp)
    LOAD    s8, 9 * WORD(sp)
    LOAD    s9, 10 * WORD(sp)
    LOAD    s10, 11 * WORD(sp)
    LOAD    s11, 12 * WORD(sp)
    LOAD    gp, 13 * WORD(sp)
    LOAD    tp, 14 * WORD(sp)
    addi    sp, sp, 16 * WORD
    LOAD    t0, KEPT_MSTATUS(a0)
    csrw    mstatus, t0
    ret
    .size   smf_riscv_run, . - smf_riscv_run

/* void smf_riscv_clear(struct smf_riscv_context *context) */
    .globl  smf_riscv_clear
    .type   smf_riscv_clear, @function
smf_riscv_clear:
    addi    t0, a0, 32 * WORD
1:  STORE   zero, 0 * WORD(a0)
    STORE   zero, 1 * WORD(a0)
    STORE   zero, 2 * WORD(a0)
    STORE   zero, 3 * WORD(a0)
    addi    a0, a0, 4 * WORD
    bltu    a0, t0, 1b
    ret
    .size   smf_riscv_clear, . - smf_riscv_clear

/*
 * void smf_riscv_serve_interrupts(void): a write to mstatus makes the hart look for
 * interrupts at once ("Machine Interrupt Registers"), so the moment between the two is long enough.
 */
    .globl  smf_riscv_serve_interrupts
    .type   smf_riscv_serve_interrupts, @function
smf_riscv_serve_interrupts:
    csrrsi  t0, mstatus, MIE
    andi    t0, t0, MIE
    bnez    t0, 1f
    csrci   mstatus, MIE
1:  ret
    .size   smf_riscv_serve_interrupts, . - smf_riscv_serve_interrupts

/* uintptr_t smf_riscv_mask_interrupts(void) */
    .globl  smf_riscv_mask_interrupts
    .type   smf_riscv_mask_interrupts, @function
smf_riscv_mask_interrupts:
    csrrci  a0, mstatus, MIE
    ret

/* void smf_riscv_restore_interrupts(uintptr_t before) */
    .globl  smf_riscv_restore_interrupts
    .type   smf_riscv_restore_interrupts, @function
smf_riscv_restore_interrupts:
    andi    a0, a0, MIE
    csrs    mstatus, a0
    ret

/*
 * The only code of the firmware that a module can execute. Aligned as any grain can want it; nothing
 * else in the last grain.
 */
    .section .text.smf_riscv_gates, "ax", @progbits
    .option norvc
    .option norelax
    .globl  smf_riscv_gates, smf_riscv_gates_end
    .balign 1024
smf_riscv_gates:
    .set    n, 0
    .rept   SMF_GATES_MAX + 1
    li      t0, n
    ecall
    .set    n, n + 1
    .endr
    .balign 1024, 0
smf_riscv_gates_end:
