/* SPDX-License-Identifier: MIT */
/* distant.c - refers to data and calls a function of the firmware, however far away they are. */
#include <stdint.h>

extern const volatile uint32_t distant_word;
uintptr_t distant_function(uintptr_t value);

uintptr_t read_word(void);
uintptr_t call_function(uintptr_t value);
uintptr_t where_function(void);

uintptr_t read_word(void) { return distant_word; }
uintptr_t call_function(uintptr_t value) { return distant_function(value) + 1; }
uintptr_t where_function(void) { return (uintptr_t)distant_function; }
