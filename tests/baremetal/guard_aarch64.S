/* SPDX-License-Identifier: MIT */
/*
 * guard_aarch64.S - guarded calls at EL1 or EL0. Both run on SP_EL0, so SP_EL1 stays this program's.
 *
 * guard_enter(x0 end, x1 function, x2 first, x3 second, x4 stack, x5 gate, x6 SPSR)
 */
        .text
        .global guard_enter
        .type guard_enter, %function
guard_enter:
        sub     sp, sp, #(112 + 64)
        stp     x19, x20, [sp, #0]
        stp     x21, x22, [sp, #16]
        stp     x23, x24, [sp, #32]
        stp     x25, x26, [sp, #48]
        stp     x27, x28, [sp, #64]
        stp     x29, x30, [sp, #80]
        str     x0, [sp, #104]
        stp     d8, d9, [sp, #112]
        stp     d10, d11, [sp, #128]
        stp     d12, d13, [sp, #144]
        stp     d14, d15, [sp, #160]
        mrs     x7, vbar_el1
        str     x7, [sp, #96]
        adrp    x7, guard_vectors
        add     x7, x7, :lo12:guard_vectors
        msr     vbar_el1, x7
        msr     elr_el1, x1
        msr     spsr_el1, x6
        msr     sp_el0, x4
        mov     x0, x2
        mov     x1, x3
        mov     x30, x5
        isb
        eret

/* Any exception: what it was goes to *end, and guard_enter returns. */
leave:
        msr     spsel, #1
        mov     x1, x0
        ldr     x0, [sp, #104]
        str     x1, [x0, #24]
        mrs     x1, esr_el1
        str     x1, [x0, #0]
        mrs     x1, far_el1
        str     x1, [x0, #8]
        mrs     x1, elr_el1
        str     x1, [x0, #16]
        ldr     x7, [sp, #96]
        msr     vbar_el1, x7
        isb
        ldp     x19, x20, [sp, #0]
        ldp     x21, x22, [sp, #16]
        ldp     x23, x24, [sp, #32]
        ldp     x25, x26, [sp, #48]
        ldp     x27, x28, [sp, #64]
        ldp     x29, x30, [sp, #80]
        ldp     d8, d9, [sp, #112]
        ldp     d10, d11, [sp, #128]
        ldp     d12, d13, [sp, #144]
        ldp     d14, d15, [sp, #160]
        add     sp, sp, #(112 + 64)
        ret

        .balign 2048
guard_vectors:
        .rept   16
        .balign 128
        b       leave
        .endr

/* Code that is run in place when privileged, and from a copy when not: read(x0), write(x0, x1), jump(x0), gate. */
        .balign 64
        .global guard_code, guard_code_end
guard_code:
        ldr     w0, [x0]
        ret
        .balign 32
        str     w1, [x0]
        ret
        .balign 32
        br      x0                      // keeps the return address: what is called returns to the gate
        .balign 32
        svc     #0
guard_code_end:
