/* SPDX-License-Identifier: MIT */
/*
 * board.c - QEMU's MPS2 boards with a Cortex-M: console on the CMSDK UART, one-shot timer on SysTick, instruction counter
 * on a CMSDK timer, exit and command line by semihosting. mps2.h of the board says where and how fast.
 */
#include "board.h"
#include "board_begin.h"
#include "mps2.h"
#include "mps2/mps2_start.h"

static volatile uint32_t *registers(uintptr_t address) { return (volatile uint32_t *)address; }

/* CMSDK APB UART: data, state (bit 0: transmitter full), control (bit 0: transmitter on), -, divider (at least 16). */
enum { UART_DATA = 0, UART_STATE = 1, UART_CONTROL = 2, UART_DIVIDER = 4 };
/* CMSDK APB timer: control (bit 0: on), value (counts down), reload. */
enum { TIMER_CONTROL = 0, TIMER_VALUE = 1, TIMER_RELOAD = 2 };
/* SysTick, Armv7-M ARM B3.3: control (bits 0 on, 1 interrupt, 2 processor's clock), reload (24 bits), value. */
#define SYSTICK 0xE000E010u
enum { TICK_CONTROL = 0, TICK_RELOAD = 1, TICK_VALUE = 2, TICK_MOST = 0x00ffffff };

void (*board_timer_handler)(void);
static uint64_t ticks_left; /* until the handler is called, beyond what SysTick counts now */

void mps2_start(void)
{
    volatile uint32_t *const uart = registers(MPS2_UART), *const timer = registers(MPS2_TIMER);
    uart[UART_DIVIDER] = 16;
    uart[UART_CONTROL] = 1;
    timer[TIMER_RELOAD] = UINT32_MAX;
    timer[TIMER_VALUE] = UINT32_MAX;
    timer[TIMER_CONTROL] = 1;
}

void board_put(char character)
{
    volatile uint32_t *const uart = registers(MPS2_UART);
    while ((uart[UART_STATE] & 1) != 0)
        ;
    uart[UART_DATA] = (uint8_t)character;
}

/* Semihosting for A-class and M-class: operation in r0, argument block in r1. */
static uint32_t ask_host(uint32_t operation, void *block)
{
    register uint32_t result __asm__("r0") = operation;
    register void *argument __asm__("r1") = block;
    __asm__ volatile("bkpt 0xab" : "+r"(result) : "r"(argument) : "memory");
    return result;
}

void board_exit(int status)
{
    enum { SYS_EXIT_EXTENDED = 0x20, APPLICATION_EXIT = 0x20026 };
    for (;;)
        ask_host(SYS_EXIT_EXTENDED, (uint32_t[]){APPLICATION_EXIT, (uint32_t)status});
}

void board_command_line(char *into, size_t room)
{
    enum { SYS_GET_CMDLINE = 0x15 };
    if (ask_host(SYS_GET_CMDLINE, (uint32_t[]){(uintptr_t)into, room}) != 0)
        into[0] = '\0';
}

/* The timer counts down and wraps after 171 seconds of the machine's time: 2.7 thousand million instructions. */
uint64_t board_instructions(void)
{
    const uint64_t ticks = UINT32_MAX - registers(MPS2_TIMER)[TIMER_VALUE];
    return (ticks * MPS2_INSTRUCTIONS + MPS2_INSTRUCTIONS_PER_TICKS / 2) / MPS2_INSTRUCTIONS_PER_TICKS;
}

static void start_tick(void)
{
    volatile uint32_t *const tick = registers(SYSTICK);
    const uint32_t part = ticks_left > TICK_MOST ? TICK_MOST : (uint32_t)ticks_left;
    ticks_left -= part;
    tick[TICK_CONTROL] = 0;
    tick[TICK_RELOAD] = part;
    tick[TICK_VALUE] = 0;
    tick[TICK_CONTROL] = 7;
}

void board_timer_start(uint32_t microseconds)
{
    ticks_left = (uint64_t)microseconds * MPS2_TICKS_PER_MICROSECOND;
    if (ticks_left == 0)
        ticks_left = 1;
    start_tick();
}

void board_timer_stop(void) { registers(SYSTICK)[TICK_CONTROL] = 0; }

void SysTick_Handler(void);
__attribute__((weak)) void SysTick_Handler(void)
{
    board_timer_stop();
    if (ticks_left > 0)
        start_tick();
    else if (board_timer_handler != NULL)
        board_timer_handler();
}
