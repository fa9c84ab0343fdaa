/* SPDX-License-Identifier: MIT */
/* program.c - a program that uses the library; see state.c. */
extern int adder_add(int left, int right);
int program_main(void);

int program_main(void) { return adder_add(20, 22); }
