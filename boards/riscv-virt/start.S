/* SPDX-License-Identifier: MIT */
/*
 * start.S - the first instructions of RV64 and RV32 on QEMU's virt machine,
 * and the way into and out of machine-mode traps.
 *
 * -bios none begins at 0x80000000 in machine mode with every register unset, whatever
 * the ELF file names as its entry: the linker script puts .start there.
 */
#if __riscv_xlen == 64
#define LOAD ld
#define STORE sd
#define WORD 8
#else
#define LOAD lw
#define STORE sw
#define WORD 4
#endif

    .option arch, +zicsr

    .section .start, "ax", @progbits
    .globl  _start
    .type   _start, @function
_start:
    csrr    t0, mhartid
    bnez    t0, sleep
    .option push
    .option norelax
    la      gp, __global_pointer$
    .option pop
    la      sp, __stack
    la      t0, trap
    csrw    mtvec, t0
    csrw    mie, zero
    csrw    mscratch, zero

    /* Initialised data from where it is stored to where it lives. */
    la      t0, __data_load
    la      t1, __data_start
    la      t2, __data_end
    beq     t0, t1, 2f
    j       1f
0:  LOAD    t3, 0(t0)
    STORE   t3, 0(t1)
    addi    t0, t0, WORD
    addi    t1, t1, WORD
1:  bltu    t1, t2, 0b

2:  la      t1, __bss_start
    la      t2, __bss_end
    j       4f
3:  STORE   zero, 0(t1)
    addi    t1, t1, WORD
4:  bltu    t1, t2, 3b

    call    board_begin

sleep: /* other harts, if the machine has any */
    wfi
    j       sleep
    .size   _start, . - _start

/* void board_trap(cause, pc, value): comes back from interrupts only. Runs on the stack that was interrupted. */
    .text
    .balign 4
    .type   trap, @function
trap:
    addi    sp, sp, -16 * WORD
    STORE   ra, 0 * WORD(sp)
    STORE   t0, 1 * WORD(sp)
    STORE   t1, 2 * WORD(sp)
    STORE   t2, 3 * WORD(sp)
    STORE   t3, 4 * WORD(sp)
    STORE   t4, 5 * WORD(sp)
    STORE   t5, 6 * WORD(sp)
    STORE   t6, 7 * WORD(sp)
    STORE   a0, 8 * WORD(sp)
    STORE   a1, 9 * WORD(sp)
    STORE   a2, 10 * WORD(sp)
    STORE   a3, 11 * WORD(sp)
    STORE   a4, 12 * WORD(sp)
    STORE   a5, 13 * WORD(sp)
    STORE   a6, 14 * WORD(sp)
    STORE   a7, 15 * WORD(sp)
    csrr    a0, mcause
    csrr    a1, mepc
    csrr    a2, mtval
    call    board_trap
    LOAD    ra, 0 * WORD(sp)
    LOAD    t0, 1 * WORD(sp)
    LOAD    t1, 2 * WORD(sp)
    LOAD    t2, 3 * WORD(sp)
    LOAD    t3, 4 * WORD(sp)
    LOAD    t4, 5 * WORD(sp)
    LOAD    t5, 6 * WORD(sp)
    LOAD    t6, 7 * WORD(sp)
    LOAD    a0, 8 * WORD(sp)
    LOAD    a1, 9 * WORD(sp)
    LOAD    a2, 10 * WORD(sp)
    LOAD    a3, 11 * WORD(sp)
    LOAD    a4, 12 * WORD(sp)
    LOAD    a5, 13 * WORD(sp)
    LOAD    a6, 14 * WORD(sp)
    LOAD    a7, 15 * WORD(sp)
    addi    sp, sp, 16 * WORD
    mret
    .size   trap, . - trap
