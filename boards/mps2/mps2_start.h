/* SPDX-License-Identifier: MIT */
/* mps2_start.h - between board.c and start.c. */
#ifndef SMF_MPS2_START_H
#define SMF_MPS2_START_H

void mps2_start(void); /* console and counter */

#endif
