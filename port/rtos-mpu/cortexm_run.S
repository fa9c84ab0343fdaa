/* SPDX-License-Identifier: MIT */
/*
 * cortexm_run.S - entering and leaving unprivileged thread mode; see cortexm_run.h. Armv7-M, Armv8-M with the main extension.
 *
 * The firmware calls smf_cortexm_run(), which traps. The SVC handler leaves the firmware's frame where it is, and returns from the exception
 * into the module's frame instead. The module's next trap returns from its exception into the frame that was left.
 */
    .syntax unified
    .thumb

    .equ REGISTERS, 0
    .equ STACK, 32
    .equ STACK_LIMIT, 36
    .equ EXCEPTION, 40
    .equ CAUSE, 44
    .equ HARD, 48
    .equ MEMORY_ADDRESS, 52
    .equ BUS_ADDRESS, 56
    .equ KEPT_RETURN, 60
    .equ KEPT_STACK, 64
    .equ KEPT_LIMIT, 68

    .equ NUMBERS, 64 /* SMF_GATES_MAX; a test compares */

#if defined(__ARM_ARCH_8M_MAIN__) || defined(__ARM_ARCH_8_1M_MAIN__)
#define HAS_STACK_LIMIT 1
#else
#define HAS_STACK_LIMIT 0
#endif

    .bss
    .balign 4
context:
    .space 4
    .global smf_cortexm_running
smf_cortexm_running:
    .space 4
    .global smf_confined_expired
smf_confined_expired:
    .space 4

/*
 * A gate: number to r12, which no argument is in (AAPCS 6.1.1), trap, return to the caller. In a region of
 * its own, that modules execute: PMSAv7 wants eighths of a power of two.
 */
    .section .text.smf_gates, "ax", %progbits
    .balign 1024
    .global smf_cortexm_gates, smf_cortexm_gates_end
smf_cortexm_gates:
    .set number, 0
    .rept NUMBERS + 1
    movw r12, #number
    svc #0
    bx lr
    .set number, number + 1
    .endr
    .balign 128
smf_cortexm_gates_end:

    .text
    .balign 4
    .global smf_cortexm_run
    .thumb_func
    .type smf_cortexm_run, %function
smf_cortexm_run:
    push {r3-r11, lr} /* r3: so that the stack stays a multiple of 8 */
    ldr r1, =context
    str r0, [r1]
    svc #0
entered:
    pop {r3-r11, pc}

/* r0 to r3 and r12 are free in an exception handler. */
    .global smf_mpu_svc_handler
    .thumb_func
    .type smf_mpu_svc_handler, %function
smf_mpu_svc_handler:
    mrs r1, control
    tst r1, #1
    bne 2f
    /* Firmware: is it the SVC above? */
    tst lr, #4
    ite eq
    mrseq r2, msp
    mrsne r2, psp
    ldr r3, [r2, #24] /* its return address */
    ldr r12, =entered
    bic r12, r12, #1
    cmp r3, r12
    bne other_svc
    ldr r0, =context
    ldr r0, [r0]
    str lr, [r0, #KEPT_RETURN]
    mrs r1, psp
    str r1, [r0, #KEPT_STACK]
#if HAS_STACK_LIMIT
    mrs r1, psplim
    str r1, [r0, #KEPT_LIMIT]
    movs r1, #0
    msr psplim, r1
#endif
    ldr r1, [r0, #STACK]
    msr psp, r1
#if HAS_STACK_LIMIT
    ldr r1, [r0, #STACK_LIMIT]
    msr psplim, r1
#endif
    ldm r0, {r4-r11}
    /*
     * An interrupt that ends the call leads the module's frame astray if it is running, and says so if it is not. One that
     * came before it was running has only said so: the order of these two decides that none is missed.
     */
    ldr r1, =smf_cortexm_running
    movs r2, #1
    str r2, [r1]
    ldr r2, [r1, #4] /* smf_confined_expired */
    cmp r2, #0
    bne leave
    mrs r1, control
    orr r1, r1, #1
    msr control, r1
    isb
    orr lr, lr, #0x1c /* thread mode, process stack, no floating-point frame (Armv7-M ARM table B1-8) */
    bx lr

2:  /* Unprivileged: the module's, or some other task's. */
    ldr r1, =smf_cortexm_running
    ldr r1, [r1]
    cbz r1, other_svc
    tst lr, #4
    bne leave
other_svc:
    ldr r0, =smf_cortexm_other_svc
    bx r0

    .global smf_mpu_fault_handler
    .thumb_func
    .type smf_mpu_fault_handler, %function
smf_mpu_fault_handler:
    ldr r1, =smf_cortexm_running
    ldr r1, [r1]
    cbz r1, 3f
    /* 0: an interrupt handler's own fault. The stack says less: after BXNS it is the other security state's main stack. */
    tst lr, #8
    bne leave
3:  ldr r0, =smf_cortexm_other_fault
    bx r0

/* Note what the module left, undo what its fault left, go back to where smf_cortexm_run() trapped. */
leave:
    ldr r0, =context
    ldr r0, [r0]
    stm r0, {r4-r11}
    mrs r1, psp
    str r1, [r0, #STACK]
    mrs r1, ipsr
    str r1, [r0, #EXCEPTION]
    ldr r1, =0xE000ED28 /* CFSR; ones clear bits, so what was read clears just that */
    ldr r2, [r1, #12]   /* MMFAR, BFAR before their valid bits go */
    str r2, [r0, #MEMORY_ADDRESS]
    ldr r2, [r1, #16]
    str r2, [r0, #BUS_ADDRESS]
    ldr r2, [r1]
    str r2, [r0, #CAUSE]
    str r2, [r1]
    ldr r2, [r1, #4] /* HFSR */
    str r2, [r0, #HARD]
    str r2, [r1, #4]
    ldr r2, [r1, #-4] /* SHCSR: an SVC whose stacking failed, and a fault behind an SVC, stay pended */
    bic r2, r2, #0xf000
    str r2, [r1, #-4]
    ldr r1, =smf_cortexm_running
    movs r2, #0
    str r2, [r1]
#if HAS_STACK_LIMIT
    msr psplim, r2
#endif
    ldr r1, [r0, #KEPT_STACK]
    msr psp, r1
#if HAS_STACK_LIMIT
    ldr r1, [r0, #KEPT_LIMIT]
    msr psplim, r1
#endif
    mrs r1, control
    bic r1, r1, #1
    msr control, r1
    isb
    ldr lr, [r0, #KEPT_RETURN]
    bx lr
    .ltorg
