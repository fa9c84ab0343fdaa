/* SPDX-License-Identifier: MIT */
/*
 * attacks.h - what a module may do that it must not, one instruction each: code that is copied into a region
 * and run there unprivileged. Position-independent; nothing in it refers to anything outside of itself.
 */
#ifndef SMF_TESTS_ATTACKS_H
#define SMF_TESTS_ATTACKS_H

#include <stdint.h>

/* The code, and the places in it. */
extern const uint8_t attack_code[], attack_code_end[];
#define ATTACK(name) extern const uint8_t attack_##name[];
ATTACK(add)        /* r0 + r1 + r2 + r3                                      */
ATTACK(read)       /* the word at r0                                         */
ATTACK(read_byte)  /* the byte at r0                                         */
ATTACK(write)      /* r1 to the word at r0                                   */
ATTACK(jump)       /* call r0, with bit 0 set                                */
ATTACK(arm)        /* call r0 with bit 0 clear                               */
ATTACK(raise)      /* CONTROL = 0, then the word at r0                       */
ATTACK(mask)       /* CPSID I and FAULTMASK, then PRIMASK                    */
ATTACK(stacks)     /* MSP = PSP = r0 (and their limits), then r0 + r1        */
ATTACK(float)      /* VMOV S0, R0                                            */
ATTACK(undefined)  /* UDF                                                    */
ATTACK(misaligned) /* LDRD from r0                                           */
ATTACK(hang)       /* for ever                                               */
ATTACK(hang_wild)  /* for ever, with a stack pointer of r0                   */
ATTACK(svc)        /* SVC with number r0 in r12 and the rest as arguments    */
ATTACK(wild)       /* SVC with number r1 and a stack pointer of r0           */
ATTACK(push)       /* push with a stack pointer of r0                        */
ATTACK(overflow)   /* push until the stack is used up                        */
ATTACK(registers)  /* or of every register that is no argument, sp or lr     */
ATTACK(breakpoint) /* BKPT                                                   */
ATTACK(ask_hang)   /* SVC with number r0 in r12, then for ever               */
ATTACK(non_secure) /* BXNS to r0: Armv8-M with security; else UDF            */
ATTACK(clobber)    /* fill every register with r0, then return               */
#undef ATTACK

#endif
