/* SPDX-License-Identifier: MIT */
/*
 * attacks.h - what a module may do that it must not, one instruction each: code that is copied into a region
 * and run there in U-mode. Position-independent; nothing in it refers to anything outside of itself.
 */
#ifndef SMF_TESTS_ATTACKS_H
#define SMF_TESTS_ATTACKS_H

#include <stdint.h>

/* The code, and the places in it. */
extern const uint8_t attack_code[], attack_code_end[];
#define ATTACK(name) extern const uint8_t attack_##name[];
ATTACK(add)        /* a0 + a1 + a2 + a3                                  */
ATTACK(read)       /* the word at a0                                     */
ATTACK(read_byte)  /* the byte at a0                                     */
ATTACK(write_byte) /* the byte at a0 to itself                       */
ATTACK(write)      /* a1 to the word at a0                               */
ATTACK(jump)       /* call a0                                            */
ATTACK(counter)    /* read cycle                                         */
ATTACK(csr)        /* read mstatus                                       */
ATTACK(csr_write)  /* write pmpcfg0                                      */
ATTACK(mret)
ATTACK(sret)
ATTACK(wfi)
ATTACK(fence) /* sfence.vma                                         */
ATTACK(ebreak)
ATTACK(float) /* fmv.x.w a0, f8                                     */
ATTACK(undefined)
ATTACK(hang)      /* for ever                                           */
ATTACK(hang_wild) /* for ever, with a stack pointer of a0               */
ATTACK(ecall)     /* ecall with number a0, then return what it answered */
ATTACK(wild)      /* ecall with number a1 and a stack pointer of a0     */
ATTACK(push)      /* store below a stack pointer of a0                  */
ATTACK(overflow)  /* call itself until the stack is used up             */
ATTACK(registers) /* or of every register that is no argument, sp or ra */
ATTACK(clobber)   /* fill every register with a0, then return           */
#undef ATTACK

#endif
