/* SPDX-License-Identifier: MIT */
/* wild.c - a module that sets its stack pointer to where it likes, and then waits for an interrupt, or traps. */
#include <stdint.h>

uintptr_t wait_wild(uintptr_t stack);
uintptr_t trap_wild(uintptr_t stack);
uintptr_t add(uintptr_t a, uintptr_t b);

__attribute__((naked)) uintptr_t wait_wild(uintptr_t stack)
{
    (void)stack;
    __asm__ volatile("mov sp, r0\n1: b 1b");
}

__attribute__((naked)) uintptr_t trap_wild(uintptr_t stack)
{
    (void)stack;
    __asm__ volatile("mov sp, r0\n\tmovs r0, #1\n\tmov r12, r0\n\tsvc #0\n1: b 1b");
}

uintptr_t add(uintptr_t a, uintptr_t b) { return a + b; }
