/* SPDX-License-Identifier: MIT */
/* closed.c - wants an export that is not open to confined modules. */
#include <stdint.h>

uintptr_t closed(uintptr_t value);
uintptr_t run(uintptr_t value);

uintptr_t run(uintptr_t value) { return closed(value); }
