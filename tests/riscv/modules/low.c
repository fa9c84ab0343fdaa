/* SPDX-License-Identifier: MIT */
/* low.c - compiled with -mcmodel=medlow: its addresses have to lie below 2 GiB on RV64. */
#include <stdint.h>

uintptr_t run(uintptr_t value);

static volatile uintptr_t sum;

uintptr_t run(uintptr_t value) { return sum += value; }
