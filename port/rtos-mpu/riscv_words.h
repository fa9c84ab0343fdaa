/* SPDX-License-Identifier: MIT */
/* riscv_words.h - register-sized loads, stores and data for the assembly that RV64 and RV32 share. */
#ifndef SMF_RISCV_WORDS_H
#define SMF_RISCV_WORDS_H

#if __riscv_xlen == 64
#define LOAD ld
#define STORE sd
#define WORD 8
#else
#define LOAD lw
#define STORE sw
#define WORD 4
#endif

#endif
