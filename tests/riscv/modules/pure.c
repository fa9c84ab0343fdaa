/* SPDX-License-Identifier: MIT */
/* pure.c - code that refers to nothing of its own: it can be executed where its file lies, by any number of modules. */
#include <stdint.h>

uintptr_t add(uintptr_t a, uintptr_t b);
uintptr_t peek(uintptr_t address);
uintptr_t poke(uintptr_t address, uintptr_t value);
uintptr_t jump(uintptr_t address);

uintptr_t add(uintptr_t a, uintptr_t b) { return a + b; }
uintptr_t peek(uintptr_t address) { return *(volatile uint32_t *)address; }
uintptr_t poke(uintptr_t address, uintptr_t value)
{
    *(volatile uint32_t *)address = (uint32_t)value;
    return value;
}
uintptr_t jump(uintptr_t address)
{
    ((void (*)(void))address)();
    return 1;
}
