/* SPDX-License-Identifier: MIT */
/* alone.c - code and constants without relocations, which can be executed in place, and data that cannot. */
const int numbers[4] __attribute__((aligned(16))) = {1, 2, 3, 4};
int words[3] = {5, 6, 7};
int room[64];

int add(int a, int b) { return a + b; }
int multiply(int a, int b) { return a * b; }
