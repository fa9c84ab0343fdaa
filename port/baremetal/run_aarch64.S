/* SPDX-License-Identifier: MIT */
/*
 * run_aarch64.S - a module at EL0 from one exception to the next: see run_aarch64.h.
 *
 * The vectors here are in force only while the module runs, with interrupts masked at EL1: what arrives comes from
 * EL0. SP_EL1 stays the caller's all the time, so whatever the module does to its stack pointer, the way back is there.
 */
#include "run_aarch64.h"

/* The frame of smf_a64_run. */
#define FRAME 208
#define FRAME_CONTEXT 160
#define FRAME_VBAR 168
#define FRAME_THREAD 176
#define FRAME_SP 184
#define FRAME_FPCR 192

        .macro  each_vector instruction
        .irp    pair, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
        vector_pair \instruction, \pair, %(\pair + 1)
        .endr
        .endm

        .altmacro
        .macro  vector_pair instruction, first, second
        \instruction q\first, q\second, [x1], #32
        .endm

        .text
        .global smf_a64_run
        .type   smf_a64_run, %function
smf_a64_run:
        sub     sp, sp, #FRAME
        stp     x19, x20, [sp, #0]
        stp     x21, x22, [sp, #16]
        stp     x23, x24, [sp, #32]
        stp     x25, x26, [sp, #48]
        stp     x27, x28, [sp, #64]
        stp     x29, x30, [sp, #80]
        stp     d8, d9, [sp, #96]
        stp     d10, d11, [sp, #112]
        stp     d12, d13, [sp, #128]
        stp     d14, d15, [sp, #144]
        mrs     x1, vbar_el1
        mrs     x2, tpidr_el0
        mrs     x3, sp_el0
        mrs     x4, fpcr
        stp     x0, x1, [sp, #FRAME_CONTEXT]
        stp     x2, x3, [sp, #FRAME_THREAD]
        str     x4, [sp, #FRAME_FPCR]
        adrp    x1, from_module
        add     x1, x1, :lo12:from_module
        msr     vbar_el1, x1
        ldp     x1, x2, [x0, #SMF_A64_SP]
        msr     sp_el0, x1
        msr     elr_el1, x2
        ldp     x1, x2, [x0, #SMF_A64_STATE]
        msr     spsr_el1, x1
        msr     tpidr_el0, x2
        ldp     x1, x2, [x0, #SMF_A64_FPCR]
        msr     fpcr, x1
        msr     fpsr, x2
        add     x1, x0, #SMF_A64_VECTORS
        each_vector ldp
        ldp     x2, x3, [x0, #16]
        ldp     x4, x5, [x0, #32]
        ldp     x6, x7, [x0, #48]
        ldp     x8, x9, [x0, #64]
        ldp     x10, x11, [x0, #80]
        ldp     x12, x13, [x0, #96]
        ldp     x14, x15, [x0, #112]
        ldp     x16, x17, [x0, #128]
        ldp     x18, x19, [x0, #144]
        ldp     x20, x21, [x0, #160]
        ldp     x22, x23, [x0, #176]
        ldp     x24, x25, [x0, #192]
        ldp     x26, x27, [x0, #208]
        ldp     x28, x29, [x0, #224]
        ldr     x30, [x0, #240]
        ldp     x0, x1, [x0, #0]
        isb
        eret
        .size   smf_a64_run, . - smf_a64_run

/* x0 and x1 of the module lie on the stack, x1 is the vector's number. */
trapped:
        ldr     x0, [sp, #(16 + FRAME_CONTEXT)]
        stp     x2, x3, [x0, #16]
        stp     x4, x5, [x0, #32]
        stp     x6, x7, [x0, #48]
        stp     x8, x9, [x0, #64]
        stp     x10, x11, [x0, #80]
        stp     x12, x13, [x0, #96]
        stp     x14, x15, [x0, #112]
        stp     x16, x17, [x0, #128]
        stp     x18, x19, [x0, #144]
        stp     x20, x21, [x0, #160]
        stp     x22, x23, [x0, #176]
        stp     x24, x25, [x0, #192]
        stp     x26, x27, [x0, #208]
        stp     x28, x29, [x0, #224]
        str     x30, [x0, #240]
        str     x1, [x0, #SMF_A64_VECTOR]
        ldp     x2, x3, [sp], #16
        stp     x2, x3, [x0, #0]
        mrs     x1, sp_el0
        mrs     x2, elr_el1
        stp     x1, x2, [x0, #SMF_A64_SP]
        mrs     x1, spsr_el1
        mrs     x2, tpidr_el0
        stp     x1, x2, [x0, #SMF_A64_STATE]
        mrs     x1, esr_el1
        mrs     x2, far_el1
        stp     x1, x2, [x0, #SMF_A64_CAUSE]
        mrs     x1, fpcr
        mrs     x2, fpsr
        stp     x1, x2, [x0, #SMF_A64_FPCR]
        add     x1, x0, #SMF_A64_VECTORS
        each_vector stp
        ldr     x1, [sp, #FRAME_VBAR]
        ldp     x2, x3, [sp, #FRAME_THREAD]
        ldr     x4, [sp, #FRAME_FPCR]
        msr     vbar_el1, x1
        msr     tpidr_el0, x2
        msr     sp_el0, x3
        msr     fpcr, x4
        isb
        ldp     x19, x20, [sp, #0]
        ldp     x21, x22, [sp, #16]
        ldp     x23, x24, [sp, #32]
        ldp     x25, x26, [sp, #48]
        ldp     x27, x28, [sp, #64]
        ldp     x29, x30, [sp, #80]
        ldp     d8, d9, [sp, #96]
        ldp     d10, d11, [sp, #112]
        ldp     d12, d13, [sp, #128]
        ldp     d14, d15, [sp, #144]
        add     sp, sp, #FRAME
        ret

/* From EL1 nothing can come; should it, it stays here, where a debugger finds it. Entries 8 to 11: EL0, 64 bits. */
        .balign 2048
from_module:
        .set    number, 0
        .rept   16
        .balign 128
        .if     number >= 8 && number < 12
        stp     x0, x1, [sp, #-16]!
        mov     x1, #(number - 8)
        b       trapped
        .else
        b       .
        .endif
        .set    number, number + 1
        .endr

        .balign 8
        .global smf_a64_gates, smf_a64_gates_end
smf_a64_gates:
        .set    number, 0
        .rept   SMF_A64_GATES + 1
        svc     #number
        ret
        .set    number, number + 1
        .endr
smf_a64_gates_end:
