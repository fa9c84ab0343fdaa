/* SPDX-License-Identifier: MIT */
/*
 * tasks.c - modules as restricted tasks under a tick, in regions that the port described and the scheduler put into the
 * MPU: one loads while the other runs, and one that hangs, faults or loses its stack is taken back.
 */
#include <string.h>

#include "board.h"
#include "cortexm_run.h"
#include "guests.h"
#include "harness/tap.h"
#include "mpu.h"
#include "scheduler.h"

static struct guest one, two;

static void scene(void)
{
    struct smf_mpu_config config = whole_board();
    config.descriptors_only = true;
    start(&config);
    CHECK_STATUS(confine(&one, BYTES(worker)), SMF_OK);
    CHECK_STATUS(confine(&two, BYTES(worker)), SMF_OK);
    scheduler_start();
}

static void leave(void)
{
    scheduler_stop();
    task_forget(0);
    task_forget(1);
    dismiss(&one);
    dismiss(&two);
    pools_are_empty();
}

static void run(unsigned slot, struct guest *guest, const char *name, uintptr_t argument, uint32_t budget)
{
    task_start(slot, &guest->confined, smf_function(guest->module, name), (uint32_t)argument, budget);
    CHECK_EQUAL(task_at(slot)->state, TASK_READY);
}

/* A function of the module, called by main() itself: the MPU is off then, nothing of it is secret. */
static uintptr_t ask_module(struct guest *guest, const char *name)
{
    return ((uintptr_t(*)(void))smf_function(guest->module, name))();
}

static uint32_t counter_of(struct guest *guest)
{
    return *(volatile uint32_t *)ask_module(guest, "where_data"); /* NOLINT */
}

static void tasks_take_turns_and_return(void)
{
    scene();
    run(0, &one, "ask", 5, 0);
    run(1, &two, "constant", 3, 0);
    CHECK_EQUAL(task_wait(0, 50), TASK_DONE);
    CHECK_EQUAL(task_at(0)->result, 106);
    CHECK_EQUAL(logged, 5);
    CHECK_EQUAL(task_wait(1, 50), TASK_DONE);
    CHECK_EQUAL(task_at(1)->result, 7);
    leave();
}

/* Two modules that never give the processor away, and main() loads, calls and unloads a third in between. */
static void one_loads_while_the_others_run(void)
{
    scene();
    run(0, &one, "hang", 0, 0);
    run(1, &two, "hang", 0, 0);
    unsigned loads = 0;
    const uint32_t begin = scheduler_ticks(), first = counter_of(&one), second = counter_of(&two);
    while (scheduler_ticks() - begin < 60) {
        struct smf_module *module;
        CHECK_STATUS(load(&module, BYTES(worker)), SMF_OK);
        CHECK_EQUAL(((uintptr_t(*)(uintptr_t))smf_function(module, "constant"))(4), 11);
        CHECK_STATUS(smf_unload(&loader, module), SMF_OK);
        loads++;
    }
    CHECK(loads > 3);
    CHECK(counter_of(&one) - first > 100);
    CHECK(counter_of(&two) - second > 100);
    CHECK_EQUAL(task_at(0)->state, TASK_READY);
    tap_note("%u loads in 60 ticks, the modules counted to %u and %u meanwhile", loads, (unsigned)counter_of(&one),
             (unsigned)counter_of(&two));
    leave();
}

static void a_hang_is_taken_back_by_the_tick(void)
{
    scene();
    run(0, &one, "hang", 0, 5);
    run(1, &two, "hang", 0, 0);
    CHECK_EQUAL(task_wait(0, 100), TASK_LATE);
    const uint32_t stopped = counter_of(&one), running = counter_of(&two), begin = scheduler_ticks();
    while (scheduler_ticks() - begin < 6)
        ;
    CHECK_EQUAL(counter_of(&one), stopped);
    CHECK(counter_of(&two) != running);
    leave();
}

static void must_fault_as_task(const char *name, uintptr_t argument, uint32_t cause)
{
    tap_variant("%s", name);
    run(0, &one, name, argument, 0);
    CHECK_EQUAL(task_wait(0, 50), TASK_FAULTED);
    CHECK((task_at(0)->cause & cause) != 0 || cause == 0);
    CHECK_EQUAL(secret, SECRET);
    CHECK_EQUAL(task_at(1)->state, TASK_READY);
    run(0, &one, "add", 2, 0); /* and its slot runs the next one */
    CHECK_EQUAL(task_wait(0, 50), TASK_DONE);
}

static void faults_end_the_task_alone(void)
{
    scene();
    run(1, &two, "hang", 0, 0);
    const uint32_t before = counter_of(&two);
    must_fault_as_task("poke", (uintptr_t)&secret, 0x82);
    must_fault_as_task("peek", (uintptr_t)&secret, 0x82);
    must_fault_as_task("poke", ask_module(&two, "where_data"), 0x82);
    must_fault_as_task("poke", ask_module(&one, "where_code") & ~(uintptr_t)3, 0x82);
    must_fault_as_task("jump", ask_module(&one, "where_data") | 1, 0x01);
    must_fault_as_task("jump", (uintptr_t)log_number, 0x01);
    must_fault_as_task("peek", 0xE000ED94, 0x8200);
    must_fault_as_task("recurse", 0, SMF_CORTEXM_NO_FRAME);
    CHECK(counter_of(&two) != before);
    leave();
}

/* The tick, or an SVC, finds a stack pointer that points nowhere, or into somebody else's memory. */
static void wild_stack_pointers_end_the_task_alone(void)
{
    scene();
    dismiss(&one);
    CHECK_STATUS(confine(&one, BYTES(wild)), SMF_OK);
    run(1, &two, "hang", 0, 0);
    const uintptr_t wild[] = {0x30000000, (uintptr_t)&secret & ~(uintptr_t)7, two.stack.address + 512, 8};
    for (size_t i = 0; i < sizeof wild / sizeof wild[0]; i++) {
        uint8_t before[64];
        memcpy(before, two.stack.bytes + 448, sizeof before);
        must_fault_as_task("wait_wild", wild[i], SMF_CORTEXM_NO_FRAME);
        must_fault_as_task("trap_wild", wild[i], SMF_CORTEXM_NO_FRAME);
        CHECK(memcmp(before, two.stack.bytes + 448, sizeof before) == 0);
    }
    leave();
}

static const struct tap_case cases[] = {
    {"tasks_take_turns_and_return",            tasks_take_turns_and_return           },
    {"one_loads_while_the_others_run",         one_loads_while_the_others_run        },
    {"a_hang_is_taken_back_by_the_tick",       a_hang_is_taken_back_by_the_tick      },
    {"wild_stack_pointers_end_the_task_alone", wild_stack_pointers_end_the_task_alone},
    {"faults_end_the_task_alone",              faults_end_the_task_alone             },
};
TAP_MAIN(cases)
