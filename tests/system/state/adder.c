/* SPDX-License-Identifier: MIT */
/* adder.c - a library with one function; see state.c. */
int adder_add(int left, int right);

int adder_add(int left, int right) { return left + right + MORE; }
