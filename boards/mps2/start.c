/* SPDX-License-Identifier: MIT */
/*
 * start.c - from reset to board_begin() on Cortex-M, and the vector table.
 *
 * The handlers have the names of CMSIS and are weak: a port or a test that wants one defines it. An exception that
 * nobody wants ends the program with status 70 and says what it was.
 *
 * "Interrupts off" means here that none is enabled: PRIMASK stays 0, because SVC and the faults could not be taken
 * otherwise (Armv7-M ARM B1.5.4).
 */
#include "board.h"
#include "board_begin.h"
#include "mps2/mps2_start.h"

extern uint32_t __data_load[], __data_start[], __data_end[], __bss_start[], __bss_end[], __stack[];

void _start(void);

void _start(void)
{
    for (uint32_t *to = __data_start, *from = __data_load; to < __data_end;)
        *to++ = *from++;
    for (uint32_t *to = __bss_start; to < __bss_end;)
        *to++ = 0;
    mps2_start();
    board_begin();
}

static void put_text(const char *text)
{
    while (*text != '\0')
        board_put(*text++);
}

static void put_word(const char *name, uint32_t value)
{
    put_text(name);
    for (int shift = 28; shift >= 0; shift -= 4)
        board_put("0123456789abcdef"[value >> shift & 15]);
}

/* CFSR, HFSR, MMFAR, BFAR: Armv7-M ARM B3.2.15 to B3.2.18. */
void mps2_unexpected(void)
{
    const volatile uint32_t *const faults = (const volatile uint32_t *)0xE000ED28u;
    uint32_t number;
    __asm__ volatile("mrs %0, ipsr" : "=r"(number));
    put_word("\nboard: exception ", number);
    put_word(" cfsr ", faults[0]);
    put_word(" hfsr ", faults[1]);
    put_word(" mmfar ", faults[3]);
    put_word(" bfar ", faults[4]);
    put_text("\n");
    board_exit(70);
}

#define UNEXPECTED __attribute__((weak, alias("mps2_unexpected")))
void NMI_Handler(void) UNEXPECTED;
void HardFault_Handler(void) UNEXPECTED;
void MemManage_Handler(void) UNEXPECTED;
void BusFault_Handler(void) UNEXPECTED;
void UsageFault_Handler(void) UNEXPECTED;
void SecureFault_Handler(void) UNEXPECTED;
void SVC_Handler(void) UNEXPECTED;
void DebugMon_Handler(void) UNEXPECTED;
void PendSV_Handler(void) UNEXPECTED;
void SysTick_Handler(void); /* board.c: board.h's timer */

/* The first word is the stack pointer. Nothing is connected to the interrupts from outside of the core. */
struct vectors {
    uint32_t *stack;
    void (*handlers[15])(void);
};
__attribute__((section(".vectors"), used)) static const struct vectors vectors = {
    __stack,
    {_start, NMI_Handler, HardFault_Handler, MemManage_Handler, BusFault_Handler, UsageFault_Handler,
      SecureFault_Handler, NULL, NULL, NULL, SVC_Handler, DebugMon_Handler, NULL, PendSV_Handler, SysTick_Handler}
};
