/* SPDX-License-Identifier: MIT */
/* mps2_start.h - between the files of this folder. */
#ifndef SMF_MPS2_START_H
#define SMF_MPS2_START_H

void mps2_start(void); /* console and counter */

/* An exception that nobody wants: says what it was and ends the program with status 70. */
void mps2_unexpected(void);

#endif
