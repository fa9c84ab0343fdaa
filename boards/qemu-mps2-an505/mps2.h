/* SPDX-License-Identifier: MIT */
/* mps2.h - where the an505 has what boards/mps2 drives, secure addresses (Arm application note AN505), and its clock. */
#ifndef SMF_MPS2_H
#define SMF_MPS2_H

#define MPS2_UART 0x50200000u
#define MPS2_TIMER 0x50000000u
#define MPS2_RAM 0x38000000u
#define MPS2_RAM_SIZE 0x400000u

/* 20 MHz: 50 ns each tick. With -icount shift=6 an instruction takes 64 ns. */
enum { MPS2_TICKS_PER_MICROSECOND = 20, MPS2_INSTRUCTIONS = 25, MPS2_INSTRUCTIONS_PER_TICKS = 32 };

#endif
