/* SPDX-License-Identifier: MIT */
/* mps2.h - where the an385 has what boards/mps2 drives (Arm application note AN385), and its clock. */
#ifndef SMF_MPS2_H
#define SMF_MPS2_H

#define MPS2_UART 0x40004000u
#define MPS2_TIMER 0x40000000u
#define MPS2_RAM 0x20000000u
#define MPS2_RAM_SIZE 0x400000u

/* 25 MHz: 40 ns each tick. With -icount shift=6 an instruction takes 64 ns. */
enum { MPS2_TICKS_PER_MICROSECOND = 25, MPS2_INSTRUCTIONS = 5, MPS2_INSTRUCTIONS_PER_TICKS = 8 };

#endif
