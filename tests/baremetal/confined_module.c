/* SPDX-License-Identifier: MIT */
/* confined_module.c - a module that must not be trusted: what it does wrong at EL0, one function each. */
#include <stdint.h>

extern uintptr_t host_level(void);
extern uintptr_t host_check(const void *pointer, uintptr_t size, uintptr_t access);
extern uintptr_t host_again(void);
extern uintptr_t host_spin(void);

static uintptr_t counter = 5;
static const uintptr_t constant = 77;

uintptr_t add(uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d) { return a + 10 * b + 100 * c + 1000 * d; }
uintptr_t count(void) { return ++counter + constant; }
uintptr_t level(void) { return host_level() + 10; }
uintptr_t again(void) { return host_again(); }
uintptr_t check_pointer(const void *pointer, uintptr_t size, uintptr_t access)
{
    return host_check(pointer, size, access);
}
uintptr_t check_own(uintptr_t which)
{
    uintptr_t local;
    return which == 0   ? host_check(&counter, sizeof counter, 0)
           : which == 1 ? host_check(&constant, sizeof constant, 0)
           : which == 2 ? host_check(&constant, sizeof constant, 1)
                        : host_check(&local, sizeof local, 0);
}

uintptr_t read_word(const volatile uint32_t *address) { return *address; }
uintptr_t write_word(volatile uint32_t *address) { return *address = 1; }
uintptr_t jump(uintptr_t (*address)(void)) { return address(); }
uintptr_t write_code(void)
{
    *(volatile uint32_t *)(uintptr_t)write_code = 0;
    return 0;
}
uintptr_t write_constant(void)
{
    *(volatile uintptr_t *)(uintptr_t)&constant = 0;
    return 0;
}
uintptr_t execute_data(void) { return ((uintptr_t(*)(void))(uintptr_t)&counter)(); }
uintptr_t execute_stack(void)
{
    volatile uint32_t code[4] = {0xd65f03c0};
    return ((uintptr_t(*)(void))(uintptr_t)code)();
}

uintptr_t spin(void)
{
    for (;;)
        __asm__ volatile("" : : : "memory");
}
uintptr_t wait(void)
{
    for (;;)
        __asm__ volatile("wfi");
}
uintptr_t spin_in_gate(void) { return host_spin(); }
uintptr_t count_after_gate(void) { return host_spin() + ++counter; }

uintptr_t overflow(uintptr_t depth)
{
    volatile uintptr_t here[16];
    here[0] = depth;
    return overflow(depth + 1) + here[0];
}
uintptr_t wild_stack(uintptr_t address)
{
    __asm__ volatile("mov sp, %0\n\tstr xzr, [sp, #-16]!" : : "r"(address) : "memory");
    return 0;
}
/* The gate must not touch the module's stack either. */
uintptr_t gate_on_wild_stack(uintptr_t address)
{
    register uintptr_t value __asm__("x0");
    __asm__ volatile("mov x9, sp\n\tmov sp, %1\n\tsvc #0\n\tmov sp, x9" : "=r"(value) : "r"(address) : "x9", "memory");
    return value;
}

uintptr_t undefined(void)
{
    __asm__ volatile(".inst 0");
    return 0;
}
uintptr_t breakpoint(void)
{
    __asm__ volatile("brk #7");
    return 0;
}
uintptr_t read_control(void)
{
    uintptr_t value;
    __asm__ volatile("mrs %0, sctlr_el1" : "=r"(value));
    return value;
}
uintptr_t mask_interrupts(void)
{
    __asm__ volatile("msr daifset, #2");
    return 0;
}
uintptr_t semihosting(void)
{
    __asm__ volatile("mov w0, #0x20\n\thlt #0xf000" : : : "x0");
    return 0;
}
uintptr_t wrong_gate(void)
{
    __asm__ volatile("svc #63");
    return 0;
}

/* What the registers hold that nobody gave it: or of all but x0, x30 and what the compiler used. */
uintptr_t leaked(void)
{
    uintptr_t all;
    __asm__ volatile("orr %0, x2, x3\n\torr %0, %0, x19\n\torr %0, %0, x20\n\torr %0, %0, x21\n\torr %0, %0, x28\n\t"
                     "orr %0, %0, x29\n\torr %0, %0, x18\n\tfmov x1, d8\n\torr %0, %0, x1\n\tfmov x1, d31\n\t"
                     "orr %0, %0, x1\n\tmrs x1, tpidr_el0\n\torr %0, %0, x1"
                     : "=&r"(all)
                     :
                     : "x1");
    return all;
}
/* And what it leaves behind. */
uintptr_t spoil(void)
{
    __asm__ volatile(
        "mov x1, #0x55\n\tfmov d8, x1\n\tfmov d15, x1\n\tmsr tpidr_el0, x1\n\tmov x19, x1\n\tmov x28, x1\n\t"
        "mov x1, #0x1c00000\n\tmsr fpcr, x1\n\tmov x0, #3\n\tsvc #64");
    return 0;
}
