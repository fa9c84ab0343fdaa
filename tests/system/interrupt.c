/* SPDX-License-Identifier: MIT */
/*
 * interrupt.c - on a board: a timer's interrupt calls modules through their slots while main() reloads them, in memory
 * that the port's pools use again at once. Its moments wander, so that they fall everywhere in a reload.
 */
#include "board.h"
#include "harness/tap.h"
#include "interrupted.h"

enum { RELOADS = 150, MICROSECONDS = 15, SPREAD = 79 };

static volatile uint32_t moment;
static volatile int stopped;

static uint32_t next_moment(void) { return MICROSECONDS + (moment = (moment + 31) % SPREAD); }

static void tick(void)
{
    interrupted_call();
    if (!stopped)
        board_timer_start(next_moment());
}

/* main() began with interrupts off. */
static void interrupts(int on)
{
#if defined(__riscv)
    if (on)
        __asm__ volatile(".option push\n .option arch, +zicsr\n csrs mstatus, 8\n .option pop" : : : "memory");
    else
        __asm__ volatile(".option push\n .option arch, +zicsr\n csrc mstatus, 8\n .option pop" : : : "memory");
#elif defined(__aarch64__)
    if (on)
        __asm__ volatile("msr daifclr, #2" : : : "memory");
    else
        __asm__ volatile("msr daifset, #2" : : : "memory");
#elif defined(__x86_64__)
    if (on)
        __asm__ volatile("sti" : : : "memory");
    else
        __asm__ volatile("cli" : : : "memory");
#else
    (void)on; /* Cortex-M: none was enabled, but they are not masked */
#endif
}

static void start(void)
{
    stopped = 0;
    board_timer_handler = tick;
    interrupts(1);
    board_timer_start(next_moment());
}

static void stop(void)
{
    stopped = 1;
    interrupts(0);
    board_timer_stop();
    board_timer_handler = NULL;
}

static void an_interrupt_sees_one_version_or_the_other(void)
{
    static const struct interruption interruption = {start, stop, NULL, RELOADS};
    const struct smf_port *const port = board_port();
    CHECK(port != NULL);
    if (port != NULL)
        interrupted_run(port, &interruption);
}

static const struct tap_case cases[] = {
    {"an_interrupt_sees_one_version_or_the_other", an_interrupt_sees_one_version_or_the_other},
};
TAP_MAIN(cases)
