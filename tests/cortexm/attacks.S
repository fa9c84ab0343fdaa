/* SPDX-License-Identifier: MIT */
/* attacks.S - see attacks.h. */
    .syntax unified
    .thumb

    .macro ATTACK name
    .balign 4
    .global attack_\name
attack_\name:
    .endm

    .section .rodata.attacks, "a", %progbits
    .balign 32
    .global attack_code, attack_code_end
attack_code:
    ATTACK add
    add r0, r0, r1
    add r0, r0, r2
    add r0, r0, r3
    bx lr
    ATTACK read
    ldr r0, [r0]
    bx lr
    ATTACK read_byte
    ldrb r0, [r0]
    bx lr
    ATTACK write
    str r1, [r0]
    bx lr
    ATTACK jump
    orr r0, r0, #1
    push {r4, lr}
    blx r0
    pop {r4, pc}
    ATTACK arm
    bic r0, r0, #1
    bx r0
    ATTACK raise
    movs r1, #0
    msr control, r1
    isb
    ldr r0, [r0]
    bx lr
    ATTACK mask
    cpsid i
    cpsid f
    mrs r0, primask
    mrs r1, faultmask
    orr r0, r0, r1
    bx lr
    ATTACK stacks
    msr msp, r0
    msr psp, r0
#if defined(__ARM_ARCH_8M_MAIN__)
    msr msplim, r0
    msr psplim, r0
#endif
    add r0, r0, r1
    bx lr
    ATTACK float
    .inst.w 0xee000a10
    bx lr
    ATTACK undefined
    udf #1
    ATTACK misaligned
    ldrd r0, r1, [r0]
    bx lr
    ATTACK hang
    b attack_hang
    ATTACK hang_wild
    mov sp, r0
1:  b 1b
    ATTACK svc
    mov r12, r0
    mov r0, r1
    mov r1, r2
    mov r2, r3
    svc #0
    bx lr
    ATTACK wild
    mov sp, r0
    mov r12, r1
    svc #0
1:  b 1b
    ATTACK push
    mov sp, r0
    push {r1}
    bx lr
    ATTACK overflow
    push {r0-r7}
    b attack_overflow
    ATTACK registers
    orr r0, r4, r5
    orr r0, r0, r6
    orr r0, r0, r7
    orr r0, r0, r8
    orr r0, r0, r9
    orr r0, r0, r10
    orr r0, r0, r11
    orr r0, r0, r12
    bx lr
    ATTACK breakpoint
    bkpt #1
    bx lr
    ATTACK ask_hang
    mov r12, r0
    svc #0
1:  b 1b
    ATTACK non_secure
#if defined(__ARM_ARCH_8M_MAIN__)
    .inst.n 0x4704
#else
    udf #2
#endif
    bx lr
    ATTACK clobber
    mov r1, r0
    mov r2, r0
    mov r3, r0
    mov r4, r0
    mov r5, r0
    mov r6, r0
    mov r7, r0
    mov r8, r0
    mov r9, r0
    mov r10, r0
    mov r11, r0
    mov r12, r0
    bx lr
    .balign 4
attack_code_end:
