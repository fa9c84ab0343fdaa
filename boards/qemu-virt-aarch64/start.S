/* SPDX-License-Identifier: MIT */
/*
 * start.S - from reset to board_start() at EL1, and the exception vectors.
 *
 * QEMU enters at EL1 with the MMU off. Only general registers are used until
 * floating point is on, and no unaligned access until the MMU is.
 */
        .section .start, "ax"
        .global _start
        .type _start, %function
_start:
        adrp    x0, __stack
        add     x0, x0, :lo12:__stack
        mov     sp, x0
        mov     x0, #(3 << 20)          // CPACR_EL1.FPEN: floating point at EL1 and EL0
        msr     cpacr_el1, x0
        adrp    x0, vectors
        add     x0, x0, :lo12:vectors
        msr     vbar_el1, x0
        isb
        adrp    x0, __bss_start
        add     x0, x0, :lo12:__bss_start
        adrp    x1, __bss_end
        add     x1, x1, :lo12:__bss_end
0:      cmp     x0, x1                  // both are multiples of 16
        b.hs    1f
        stp     xzr, xzr, [x0], #16
        b       0b
1:      bl      board_start
        .size _start, . - _start

/* What a C function may change: x0 to x18, x30, q0 to q7, q16 to q31, and where the exception came from. */
        .macro save_caller
        sub     sp, sp, #(192 + 384)
        stp     x0, x1, [sp, #0]
        stp     x2, x3, [sp, #16]
        stp     x4, x5, [sp, #32]
        stp     x6, x7, [sp, #48]
        stp     x8, x9, [sp, #64]
        stp     x10, x11, [sp, #80]
        stp     x12, x13, [sp, #96]
        stp     x14, x15, [sp, #112]
        stp     x16, x17, [sp, #128]
        stp     x18, x30, [sp, #144]
        mrs     x0, elr_el1
        mrs     x1, spsr_el1
        stp     x0, x1, [sp, #160]
        mrs     x0, fpsr
        str     x0, [sp, #176]
        add     x0, sp, #192
        stp     q0, q1, [x0], #32
        stp     q2, q3, [x0], #32
        stp     q4, q5, [x0], #32
        stp     q6, q7, [x0], #32
        stp     q16, q17, [x0], #32
        stp     q18, q19, [x0], #32
        stp     q20, q21, [x0], #32
        stp     q22, q23, [x0], #32
        stp     q24, q25, [x0], #32
        stp     q26, q27, [x0], #32
        stp     q28, q29, [x0], #32
        stp     q30, q31, [x0], #32
        .endm

        .macro restore_caller
        add     x0, sp, #192
        ldp     q0, q1, [x0], #32
        ldp     q2, q3, [x0], #32
        ldp     q4, q5, [x0], #32
        ldp     q6, q7, [x0], #32
        ldp     q16, q17, [x0], #32
        ldp     q18, q19, [x0], #32
        ldp     q20, q21, [x0], #32
        ldp     q22, q23, [x0], #32
        ldp     q24, q25, [x0], #32
        ldp     q26, q27, [x0], #32
        ldp     q28, q29, [x0], #32
        ldp     q30, q31, [x0], #32
        ldr     x0, [sp, #176]
        msr     fpsr, x0
        ldp     x0, x1, [sp, #160]
        msr     elr_el1, x0
        msr     spsr_el1, x1
        ldp     x18, x30, [sp, #144]
        ldp     x16, x17, [sp, #128]
        ldp     x14, x15, [sp, #112]
        ldp     x12, x13, [sp, #96]
        ldp     x10, x11, [sp, #80]
        ldp     x8, x9, [sp, #64]
        ldp     x6, x7, [sp, #48]
        ldp     x4, x5, [sp, #32]
        ldp     x2, x3, [sp, #16]
        ldp     x0, x1, [sp, #0]
        add     sp, sp, #(192 + 384)
        .endm

        .text
interrupt:
        save_caller
        bl      board_interrupt
        restore_caller
        eret

/* Nobody expected it: say what it was, on a stack that is surely there. x0 is the vector's number. */
fault:
        adrp    x1, __stack
        add     x1, x1, :lo12:__stack
        msr     spsel, #1
        mov     sp, x1
        mrs     x1, esr_el1
        mrs     x2, elr_el1
        mrs     x3, far_el1
        bl      board_fault

/* Sixteen entries of 128 bytes: synchronous, IRQ, FIQ, SError; from EL1 with SP_EL0, with SP_EL1, EL0 64 bits, 32 bits. */
        .balign 2048
vectors:
        .set    number, 0
        .rept   16
        .balign 128
        .if     number % 4 == 1
        b       interrupt
        .else
        mov     x0, #number
        b       fault
        .endif
        .set    number, number + 1
        .endr
