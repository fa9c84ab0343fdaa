/* SPDX-License-Identifier: MIT */
/* worker.c - a module with code, constants, slots and data, that does what it is told, also what it must not. */
#include <stdint.h>

/* Exports of the firmware: through gates when the module runs confined. */
uintptr_t log_number(uintptr_t number);
uintptr_t take_four(uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d);

uintptr_t add(uintptr_t a, uintptr_t b);
uintptr_t count(void);
uintptr_t constant(uintptr_t index);
uintptr_t through(uintptr_t index, uintptr_t value);
uintptr_t ask(uintptr_t value);
uintptr_t ask_four(void);
uintptr_t peek(uintptr_t address);
uintptr_t poke(uintptr_t address, uintptr_t value);
uintptr_t jump(uintptr_t address);
uintptr_t hang(void);
uintptr_t recurse(uintptr_t depth);
uintptr_t where_code(void);
uintptr_t where_constants(void);
uintptr_t where_data(void);

static volatile uintptr_t counter = 5;
static uintptr_t big[300];
static const uintptr_t table[] = {2, 3, 5, 7, 11};

static uintptr_t twice(uintptr_t value) { return 2 * value; }
static uintptr_t square(uintptr_t value) { return value * value; }
static uintptr_t (*const functions[])(uintptr_t) = {twice, square};

uintptr_t add(uintptr_t a, uintptr_t b) { return a + b; }
uintptr_t count(void) { return ++counter; }
uintptr_t constant(uintptr_t index) { return table[index]; }
uintptr_t through(uintptr_t index, uintptr_t value)
{
    big[index] += functions[index](value);
    return big[index];
}
uintptr_t ask(uintptr_t value) { return log_number(value) + 1; }
uintptr_t ask_four(void) { return take_four(1, 2, 3, 4); }
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
uintptr_t hang(void)
{
    for (;;)
        counter++;
}
uintptr_t recurse(uintptr_t depth)
{
    volatile uintptr_t here[8];
    here[depth % 8] = depth;
    return recurse(depth + 1) + here[depth % 8];
}
uintptr_t where_code(void) { return (uintptr_t)add; }
uintptr_t where_constants(void) { return (uintptr_t)table; }
uintptr_t where_data(void) { return (uintptr_t)&counter; }
