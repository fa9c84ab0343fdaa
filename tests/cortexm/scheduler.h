/* SPDX-License-Identifier: MIT */
/*
 * scheduler.h - a small preemptive scheduler, the tests' own: main() and restricted tasks take turns by a tick. It owns the
 * MPU, as an RTOS does, and puts a task's regions into it when the task's turn comes.
 *
 * main() runs privileged on the main stack and is the scheduler's first task; restricted tasks run unprivileged, each on
 * a stack of its own. Registers are kept in the task, never on a restricted task's stack: it may point anywhere.
 */
#ifndef SMF_TESTS_SCHEDULER_H
#define SMF_TESTS_SCHEDULER_H

#include "smf/port_mpu.h"

enum task_state { TASK_NONE, TASK_READY, TASK_DONE, TASK_FAULTED, TASK_LATE };

struct task {
    uint32_t registers[8]; /* r4 to r11; scheduler.c knows these offsets */
    uint32_t stack;        /* PSP                                        */
    uint32_t control;
    uint32_t exc_return;
    struct smf_mpu_entry entries[SMF_MPU_CALL_ENTRIES];
    size_t entry_count;
    volatile enum task_state state;
    volatile uint32_t ticks_left; /* of its budget; 0 = no budget */
    uint32_t result;              /* of a function that is done   */
    uint32_t cause;               /* CFSR of a task that faulted  */
    struct smf_confined *confined;
};

/* Start the tick; main() goes on. */
void scheduler_start(void);
void scheduler_stop(void);

/* Ticks so far. */
uint32_t scheduler_ticks(void);

/* A restricted task in `slot` (0 or 1) that calls `function(argument)` of a module; ended by the tick after `budget` ticks. */
void task_start(unsigned slot, struct smf_confined *confined, void (*function)(void), uint32_t argument,
                uint32_t budget);
const struct task *task_at(unsigned slot);
/* Its slot is free again. */
void task_forget(unsigned slot);

/* Let the others run until the task is ready no more, or for so many ticks. */
enum task_state task_wait(unsigned slot, uint32_t ticks);

#endif
