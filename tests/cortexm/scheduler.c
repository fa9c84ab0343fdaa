/* SPDX-License-Identifier: MIT */
/* scheduler.c - see scheduler.h. Exceptions: SysTick and the faults above PendSV, which switches. */
#include "scheduler.h"

#include "../common/gates.h"
#include "cortexm_run.h"
#include "mps2/mps2_start.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define ICSR REGISTER(0xE000ED04u)
#define SHPR3 REGISTER(0xE000ED20u) /* priorities of PendSV and SysTick */
#define SHCSR REGISTER(0xE000ED24u)
#define CFSR REGISTER(0xE000ED28u)
#define HFSR REGISTER(0xE000ED2Cu)
#define MPU_CTRL REGISTER(0xE000ED94u)
#define MPU_RNR REGISTER(0xE000ED98u)
#define MPU_RBAR REGISTER(0xE000ED9Cu)
#define MPU_RASR REGISTER(0xE000EDA0u)
#define MPU_MAIR0 REGISTER(0xE000EDC0u)
#define TICK_CONTROL REGISTER(0xE000E010u)
#define TICK_RELOAD REGISTER(0xE000E014u)
#define TICK_VALUE REGISTER(0xE000E018u)
#define PENDSVSET (1u << 28)

enum { MAIN, TASKS = 3, TICK_CLOCKS = 25000 };

static struct task tasks[TASKS];
__attribute__((used)) static struct task *running = &tasks[MAIN];
static volatile uint32_t ticks;

void PendSV_Handler(void);
void SVC_Handler(void);
void SysTick_Handler(void);
void HardFault_Handler(void);
void MemManage_Handler(void);
void BusFault_Handler(void);
void UsageFault_Handler(void);
struct task *scheduler_next(void);
uint32_t scheduler_svc(uint32_t *frame);
void scheduler_fault(uint32_t exc_return);

static void switch_soon(void) { ICSR = PENDSVSET; }

/* The MPU is off while main() runs, and while it changes. */
static void put_regions(const struct task *task)
{
    MPU_CTRL = 0;
    for (unsigned i = 0; i < SMF_MPU_CALL_ENTRIES; i++) {
        MPU_RNR = i;
        MPU_RASR = 0;
        if (i < task->entry_count) {
            MPU_RBAR = task->entries[i].base;
            MPU_RASR = task->entries[i].attributes;
        }
    }
    MPU_MAIR0 = 0xff;
    MPU_CTRL = task->entry_count != 0 ? 5 : 0;
    __asm__ volatile("dsb\n\tisb" : : : "memory");
}

/* The next one that can run, in turn; main() always can. */
__attribute__((used)) struct task *scheduler_next(void)
{
    unsigned next = (unsigned)(running - tasks);
    do
        next = (next + 1) % TASKS;
    while (next != MAIN && tasks[next].state != TASK_READY);
    running = &tasks[next];
    put_regions(running);
    return running;
}

__attribute__((naked)) void PendSV_Handler(void)
{
    __asm__ volatile("ldr r1, =running\n"
                     "ldr r0, [r1]\n"
                     "stm r0, {r4-r11}\n"
                     "mrs r1, psp\n"
                     "mrs r2, control\n"
                     "str r1, [r0, #32]\n"
                     "str r2, [r0, #36]\n"
                     "str lr, [r0, #40]\n"
                     "bl scheduler_next\n"
                     "ldm r0, {r4-r11}\n"
                     "ldr r1, [r0, #32]\n"
                     "ldr r2, [r0, #36]\n"
                     "ldr lr, [r0, #40]\n"
                     "msr psp, r1\n"
                     "msr control, r2\n"
                     "isb\n"
                     "bx lr\n"
                     ".ltorg\n");
}

static void end_task(struct task *task, enum task_state state)
{
    task->state = state;
    switch_soon();
}

/* Budgets are counted while the task has the processor. */
void SysTick_Handler(void)
{
    ticks++;
    if (running != &tasks[MAIN] && running->ticks_left != 0 && --running->ticks_left == 0)
        end_task(running, TASK_LATE);
    switch_soon();
}

/* An SVC that could not stack its frame is the fault behind it. Exports are short here: they run in the handler. */
__attribute__((used)) uint32_t scheduler_svc(uint32_t *frame)
{
    if ((CFSR & SMF_CORTEXM_NO_FRAME) != 0) {
        scheduler_fault(4);
        return 0;
    }
    const uint32_t number = frame[SMF_CORTEXM_R12];
    const struct smf_gates *gates = running->confined->gates;
    if (number == SMF_GATES_MAX) {
        running->result = frame[SMF_CORTEXM_R0];
        end_task(running, TASK_DONE);
    } else if (number < gates->exports->count && smf_gate_is_open(&gates->exports->entries[number])) {
        const struct smf_export *entry = &gates->exports->entries[number];
        frame[SMF_CORTEXM_R0] = ((uint32_t(*)(uint32_t))entry->address)(frame[SMF_CORTEXM_R0]);
    } else {
        end_task(running, TASK_FAULTED);
    }
    return 0;
}

__attribute__((naked)) void SVC_Handler(void)
{
    __asm__ volatile("mrs r0, psp\n"
                     "push {r4, lr}\n"
                     "bl scheduler_svc\n"
                     "pop {r4, pc}\n");
}

/* A task's fault ends the task. What it left behind in the processor must not hit the next one. */
__attribute__((used)) void scheduler_fault(uint32_t exc_return)
{
    if ((exc_return & 4) == 0 || running == &tasks[MAIN])
        mps2_unexpected();
    running->cause = CFSR;
    CFSR = running->cause;
    HFSR = HFSR;
    SHCSR &= ~0xf000u;
    end_task(running, TASK_FAULTED);
}

__attribute__((naked)) void HardFault_Handler(void) { __asm__ volatile("mov r0, lr\n\tb scheduler_fault"); }
void MemManage_Handler(void) __attribute__((alias("HardFault_Handler")));
void BusFault_Handler(void) __attribute__((alias("HardFault_Handler")));
void UsageFault_Handler(void) __attribute__((alias("HardFault_Handler")));

void scheduler_start(void)
{
    SHPR3 = 0xffu << 16; /* PendSV last; SysTick above it */
    SHCSR |= 7u << 16;   /* the faults as such            */
    tasks[MAIN].state = TASK_READY;
    TICK_RELOAD = TICK_CLOCKS;
    TICK_VALUE = 0;
    TICK_CONTROL = 7;
}

void scheduler_stop(void) { TICK_CONTROL = 0; }

uint32_t scheduler_ticks(void) { return ticks; }

void task_start(unsigned slot, struct smf_confined *confined, void (*function)(void), uint32_t argument,
                uint32_t budget)
{
    struct task *task = &tasks[1 + slot];
    const struct smf_region *stack = &confined->regions[confined->region_count - 1];
    const size_t offset = stack->size - SMF_CORTEXM_FRAME * sizeof(uint32_t);
    uint32_t *frame = (uint32_t *)(void *)(stack->bytes + offset);
    size_t count = SMF_MPU_CALL_ENTRIES;
    *task = (struct task){.stack = (uint32_t)(stack->address + offset),
                          .control = 1, /* nPRIV; EXC_RETURN chooses the stack */
                          .exc_return = 0xFFFFFFFDu,
                          .ticks_left = budget,
                          .confined = confined};
    for (size_t i = 0; i < SMF_CORTEXM_FRAME; i++)
        frame[i] = 0;
    frame[SMF_CORTEXM_R0] = argument;
    frame[SMF_CORTEXM_LR] = (uint32_t)smf_gate_address(SMF_GATES_MAX);
    frame[SMF_CORTEXM_PC] = (uint32_t)(uintptr_t)function & ~1u;
    frame[SMF_CORTEXM_XPSR] = 0x01000000u;
    if (smf_mpu_entries(confined, task->entries, &count) == SMF_OK) {
        task->entry_count = count;
        task->state = TASK_READY; /* from the next tick on */
    }
}

const struct task *task_at(unsigned slot) { return &tasks[1 + slot]; }
void task_forget(unsigned slot) { tasks[1 + slot].state = TASK_NONE; }

enum task_state task_wait(unsigned slot, uint32_t most)
{
    const uint32_t start = ticks;
    while (tasks[1 + slot].state == TASK_READY && ticks - start < most)
        switch_soon();
    return tasks[1 + slot].state;
}
