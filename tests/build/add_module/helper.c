/* SPDX-License-Identifier: MIT */
/* The member of the archive. */
int helper_of(int value);
int helper_of(int value) { return value + value; }
