/* SPDX-License-Identifier: MIT */
/* add.c - the smallest useful module: one function, no imports. The README's program calls it. */
int add(int a, int b);

int add(int a, int b) { return a + b; }
