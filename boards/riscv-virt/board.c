/* SPDX-License-Identifier: MIT */
/*
 * board.c - QEMU's virt machine, RV64 and RV32: serial port, test device, core-local timer.
 * Addresses are those of the machine's memory map (hw/riscv/virt.c); what lies behind them
 * is a 16550, SiFive's test finisher and SiFive's CLINT.
 */
#include "board.h"

#include "board_begin.h"

/* Registers of machine mode have an extension's name since 2019, which -march=rv64imac does not say. */
__asm__(".option arch, +zicsr");

#define UART_DATA ((volatile uint8_t *)0x10000000u)
#define UART_LINE_STATUS ((volatile uint8_t *)0x10000005u)
#define UART_CAN_SEND 0x20u
#define FINISHER ((volatile uint32_t *)0x100000u)
#define FINISHER_PASS 0x5555u
#define FINISHER_FAIL 0x3333u /* with the exit status above it */

/* Ticks of 100 ns, in 32-bit halves for both widths of registers. */
#define CLINT_COMPARE ((volatile uint32_t *)0x02004000u)
#define CLINT_TIME ((volatile uint32_t *)0x0200BFF8u)
#define TICKS_PER_MICROSECOND 10u

#define SYS_GET_CMDLINE 0x15u

#define MIE_TIMER 0x80u
#define CAUSE_INTERRUPT ((uintptr_t)1 << (sizeof(uintptr_t) * 8 - 1))
#define CAUSE_TIMER (CAUSE_INTERRUPT | 7u)

void board_trap(uintptr_t cause, uintptr_t pc, uintptr_t value);

void (*board_timer_handler)(void);

void board_put(char character)
{
    while ((*UART_LINE_STATUS & UART_CAN_SEND) == 0)
        continue;
    *UART_DATA = (uint8_t)character;
}

_Noreturn void board_exit(int status)
{
    const uint32_t code = (uint32_t)status & 0xFFu;
    *FINISHER = code == 0 ? FINISHER_PASS : code << 16 | FINISHER_FAIL;
    for (;;)
        continue;
}

/*
 * Semihosting ("RISC-V Semihosting", the three instructions in one page and uncompressed), for one thing only: the
 * machine gives the words behind -append to it.
 */
static uintptr_t ask_host(uintptr_t operation, void *parameters)
{
    register uintptr_t a0 __asm__("a0") = operation;
    register void *a1 __asm__("a1") = parameters;
    __asm__ volatile(".option push\n .option norvc\n .balign 16\n"
                     "slli zero, zero, 0x1f\n ebreak\n srai zero, zero, 7\n .option pop"
                     : "+r"(a0)
                     : "r"(a1)
                     : "memory");
    return a0;
}

void board_command_line(char *into, size_t room)
{
    struct {
        char *into;
        size_t room;
    } parameters = {into, room};
    if (ask_host(SYS_GET_CMDLINE, &parameters) != 0)
        into[0] = '\0';
}

uint64_t board_instructions(void)
{
#if __riscv_xlen == 64
    uint64_t count;
    __asm__ volatile("csrr %0, 0xB02" : "=r"(count)); /* minstret */
    return count;
#else
    uint32_t low, high, again;
    do {
        __asm__ volatile("csrr %0, 0xB82" : "=r"(high)); /* minstreth */
        __asm__ volatile("csrr %0, 0xB02" : "=r"(low));
        __asm__ volatile("csrr %0, 0xB82" : "=r"(again));
    } while (high != again);
    return (uint64_t)high << 32 | low;
#endif
}

/* Never a moment that lies in the past: the high half is written to its largest value first. */
static void set_compare(uint64_t moment)
{
    CLINT_COMPARE[1] = UINT32_MAX;
    CLINT_COMPARE[0] = (uint32_t)moment;
    CLINT_COMPARE[1] = (uint32_t)(moment >> 32);
}

static uint64_t ticks(void)
{
    uint32_t high, low;
    do {
        high = CLINT_TIME[1];
        low = CLINT_TIME[0];
    } while (high != CLINT_TIME[1]);
    return (uint64_t)high << 32 | low;
}

void board_timer_start(uint32_t microseconds)
{
    set_compare(ticks() + (uint64_t)microseconds * TICKS_PER_MICROSECOND);
    __asm__ volatile("csrs mie, %0" : : "r"(MIE_TIMER) : "memory");
}

void board_timer_stop(void)
{
    __asm__ volatile("csrc mie, %0" : : "r"(MIE_TIMER) : "memory");
    set_compare(UINT64_MAX);
}

static void print(const char *text)
{
    for (; *text != '\0'; text++)
        board_put(*text);
}

static void print_hexadecimal(const char *name, uintptr_t value)
{
    print(name);
    for (unsigned shift = sizeof value * 8; shift != 0; shift -= 4)
        board_put("0123456789abcdef"[value >> (shift - 4) & 15u]);
}

/* From start.S. Anything but the timer is an error of the program itself: said, and the end. */
void board_trap(uintptr_t cause, uintptr_t pc, uintptr_t value)
{
    if (cause == CAUSE_TIMER) {
        board_timer_stop();
        if (board_timer_handler != NULL)
            board_timer_handler();
        return;
    }
    print_hexadecimal("\n# machine-mode trap: mcause ", cause);
    print_hexadecimal(", mepc ", pc);
    print_hexadecimal(", mtval ", value);
    print("\n");
    board_exit(70);
}
