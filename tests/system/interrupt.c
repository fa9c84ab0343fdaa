/* SPDX-License-Identifier: MIT */
/*
 * interrupt.c - on a board: a timer's interrupt calls modules through their slots while main() reloads them, in memory
 * that the port's pools use again at once. Its moments wander, so that they fall everywhere in a reload.
 */
#include "board.h"
#include "harness/tap.h"
#include "interrupted.h"

#if defined(SMF_TESTS_OWN_MPU)
#include "smf/port_mpu.h"

enum { BLOCKS = 16 };

/*
 * board_port() of these boards forbids the firmware to execute RAM but sealed modules, and while a region is being loaded
 * what shares its part of the code pool is not sealed (smf/port_mpu.h, `ram`). Interrupts that call modules want this port.
 */
static const struct smf_port *port_for_interrupts(void)
{
    static struct smf_mpu mpu;
    static struct smf_pool_block blocks[3][BLOCKS];
    static struct smf_mpu_record records[3 * BLOCKS];
    const struct smf_mpu_config config = {
        .code = {smf_code_start,   (size_t)(smf_code_end - smf_code_start),     blocks[0], BLOCKS},
        .rodata = {smf_rodata_start, (size_t)(smf_rodata_end - smf_rodata_start), blocks[1], BLOCKS},
        .data = {smf_data_start,   (size_t)(smf_data_end - smf_data_start),     blocks[2], BLOCKS},
        .records = records,
        .record_max = 3 * BLOCKS,
    };
    const struct smf_port *port = NULL;
    CHECK_STATUS(smf_mpu_start(&mpu, &config, &port, NULL), SMF_OK);
    return port;
}
#else
static const struct smf_port *port_for_interrupts(void) { return board_port(); }
#endif

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
    const struct smf_port *const port = port_for_interrupts();
    CHECK(port != NULL);
    if (port != NULL)
        interrupted_run(port, &interruption);
}

static const struct tap_case cases[] = {
    {"an_interrupt_sees_one_version_or_the_other", an_interrupt_sees_one_version_or_the_other},
};
TAP_MAIN(cases)
