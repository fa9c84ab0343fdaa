/* SPDX-License-Identifier: MIT */
/* guard.c - see guard.h. */
#include "guard.h"

#include "mps2/mps2_start.h"

#define CFSR (*(volatile uint32_t *)0xE000ED28u) /* ones clear it */
#define HFSR (*(volatile uint32_t *)0xE000ED2Cu)

uint32_t guard_run(enum guard_action action, uintptr_t address, uint32_t value);
extern const uint8_t guard_resume[];
void guard_caught(uint32_t *frame);
void board_fault(void);

__attribute__((used)) uint32_t guard_stack; /* of guard_run, not 0 while it runs */
static volatile uint32_t cause;
static uint32_t result;

/* Restores the registers that a called function may have been about to change. */
__attribute__((naked)) uint32_t guard_run(enum guard_action action, uintptr_t address, uint32_t value)
{
    __asm__ volatile("push {r4-r11, lr}\n"
                     "ldr r3, =guard_stack\n"
                     "str sp, [r3]\n"
                     "cmp r0, #1\n"
                     "beq 1f\n"
                     "bhi 2f\n"
                     "ldr r0, [r1]\n"
                     "b 3f\n"
                     "1: str r2, [r1]\n"
                     "b 3f\n"
                     "2: orr r1, r1, #1\n"
                     "blx r1\n"
                     ".global guard_resume\n"
                     "guard_resume:\n"
                     "3: ldr r3, =guard_stack\n"
                     "ldr sp, [r3]\n"
                     "movs r1, #0\n"
                     "str r1, [r3]\n"
                     "pop {r4-r11, pc}\n"
                     ".ltorg\n");
    (void)action, (void)address, (void)value;
}

__attribute__((used)) void guard_caught(uint32_t *frame)
{
    enum { PC = 6, XPSR = 7, THUMB = 1 << 24 };
    if (guard_stack == 0)
        mps2_unexpected();
    cause = CFSR;
    CFSR = cause;
    HFSR = HFSR;
    frame[PC] = (uint32_t)(uintptr_t)guard_resume & ~1u;
    frame[XPSR] = THUMB;
}

__attribute__((naked)) void board_fault(void)
{
    __asm__ volatile("tst lr, #4\n"
                     "ite eq\n"
                     "mrseq r0, msp\n"
                     "mrsne r0, psp\n"
                     "b guard_caught\n");
}

uint32_t guard_try(enum guard_action action, uintptr_t address, uint32_t value)
{
    cause = 0;
    result = guard_run(action, address, value);
    return cause;
}

uint32_t guard_result(void) { return result; }
