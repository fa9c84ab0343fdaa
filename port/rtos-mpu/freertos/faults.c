/* SPDX-License-Identifier: MIT */
/*
 * faults.c - what happens when a restricted task goes wrong: the kernel goes on.
 *
 * Three holes of the kernel's MPU ports are closed here. A task that points its stack pointer at nothing
 * faults while its registers are stacked; PendSV would then save the context through that
 * pointer, privileged: so it is set back into the task's own stack first. An SVC whose
 * stacking failed stays pending and would fire in the next task. And `svc` with the number of "start the
 * scheduler" is accepted from anybody.
 */
#include "freertos.h"

#if SMF_FREERTOS_V8M
#define PORT_SVC_HANDLER "SVC_Handler"
#define SVC_YIELD 105u
#else
#define PORT_SVC_HANDLER "vPortSVCHandler"
#define SVC_YIELD 101u
#endif

/* Armv7-M B3.2, Armv8-M D1.2: system control block. */
#define SHPR1 (*(volatile uint32_t *)0xe000ed18u) /* priorities of MemManage, BusFault, UsageFault */
#define SHCSR (*(volatile uint32_t *)0xe000ed24u)
#define CFSR (*(volatile uint32_t *)0xe000ed28u) /* cleared by writing ones */
#define HFSR (*(volatile uint32_t *)0xe000ed2cu) /* likewise */
#define MMFAR (*(volatile uint32_t *)0xe000ed34u)
#define BFAR (*(volatile uint32_t *)0xe000ed38u)
#define MPU_RNR (*(volatile uint32_t *)0xe000ed98u)
#define MPU_RASR (*(volatile uint32_t *)0xe000eda0u)
#define FPCCR (*(volatile uint32_t *)0xe000ef34u)
#define SHCSR_PENDED 0xf000u      /* SVCALL, BUSFAULT, MEMFAULT, USGFAULT pended */
#define SHCSR_ENABLED (7u << 16)  /* UsageFault, BusFault, MemManage              */
#define CFSR_NO_FRAME 0x00101010u /* STKOF, STKERR, MSTKERR: nothing was stacked  */
#define CFSR_MMARVALID 0x00000080u
#define CFSR_BFARVALID 0x00008000u
#define FPCCR_LSPACT 1u
#define FRAME_WORDS 64u /* more than the largest frame that the kernel reads back */

enum { FRAME_PC = 6 };
enum { EXCEPTION_SVC = 11 };

PRIVILEGED_DATA static struct smf_freertos_task *watched;
PRIVILEGED_DATA static TaskHandle_t supervising;

extern uint32_t __privileged_functions_start__[], __syscalls_flash_end__[];

PRIVILEGED_FUNCTION void smf_freertos_start_faults(void)
{
    SHPR1 = (SHPR1 & 0xff000000u) | 0x00a0a0a0u;
    SHCSR |= SHCSR_ENABLED;
}

PRIVILEGED_FUNCTION void smf_freertos_close_devices(void)
{
#if !SMF_FREERTOS_V8M
    taskENTER_CRITICAL();
    MPU_RNR = portGENERAL_PERIPHERALS_REGION;
    MPU_RASR = 0;
    __asm__ volatile("dsb\n isb" ::: "memory");
    taskEXIT_CRITICAL();
#endif
}

PRIVILEGED_FUNCTION void smf_freertos_watch(struct smf_freertos_task *task, TaskHandle_t supervisor)
{
    taskENTER_CRITICAL();
    task->faulted = false;
    task->next = watched;
    watched = task;
    supervising = supervisor;
    taskEXIT_CRITICAL();
}

PRIVILEGED_FUNCTION void smf_freertos_forget(struct smf_freertos_task *task)
{
    taskENTER_CRITICAL();
    for (struct smf_freertos_task **at = &watched; *at != NULL; at = &(*at)->next)
        if (*at == task) {
            *at = task->next;
            break;
        }
    taskEXIT_CRITICAL();
}

/* One that faulted and was not asked for yet. */
PRIVILEGED_FUNCTION static struct smf_freertos_task *take(void)
{
    struct smf_freertos_task *task;
    taskENTER_CRITICAL();
    for (task = watched; task != NULL && !task->faulted; task = task->next)
        ;
    if (task != NULL)
        task->faulted = false;
    taskEXIT_CRITICAL();
    return task;
}

PRIVILEGED_FUNCTION struct smf_freertos_task *smf_freertos_next(TickType_t ticks)
{
    struct smf_freertos_task *task = take();
    if (task != NULL)
        return task;
    (void)ulTaskNotifyTake(pdTRUE, ticks);
    return take();
}

/*
 * The watched task that runs. Handles of the MPU wrappers are numbers, and the running task's own cannot be asked for from a
 * handler; but each restricted task has a stack of its own, whose start its first MPU settings hold.
 */
PRIVILEGED_FUNCTION static struct smf_freertos_task *running(void)
{
    const xMPU_SETTINGS *const settings = xTaskGetMPUSettings(NULL);
    struct smf_freertos_task *task;
#if SMF_FREERTOS_V8M
    const uint32_t stack = settings->xRegionsSettings[0].ulRBAR & ~31u;
#else
    const uint32_t stack = settings->xRegion[0].ulRegionBaseAddress & ~31u;
#endif
    for (task = watched; task != NULL && (uint32_t)(uintptr_t)task->stack != stack; task = task->next)
        ;
    return task;
}

/* Wake the supervisor: PendSV switches to it before the task that faulted executes anything more. */
PRIVILEGED_FUNCTION static void report(struct smf_freertos_task *task, uint32_t exception, uint32_t cause,
                                       uint32_t address, uint32_t instruction)
{
    BaseType_t woken = pdFALSE;
    if (!task->faulted) { /* the first of several faults tells the most */
        task->exception = exception;
        task->cause = cause;
        task->address = address;
        task->instruction = instruction;
        task->faulted = true;
    }
    vTaskNotifyGiveFromISR(supervising, &woken);
    portYIELD_FROM_ISR(woken);
}

static uint32_t exception_number(void)
{
    uint32_t number;
    __asm__ volatile("mrs %0, ipsr" : "=r"(number));
    return number & 0x1ffu;
}

static bool is_unprivileged(void)
{
    uint32_t control;
    __asm__ volatile("mrs %0, control" : "=r"(control));
    return (control & 1u) != 0;
}

/* A place in the task's own stack from which PendSV can save a whole context. */
PRIVILEGED_FUNCTION static void repair_stack(const struct smf_freertos_task *task)
{
    const uintptr_t end = (uintptr_t)task->stack + task->stack_size;
    const uintptr_t top = (end - FRAME_WORDS * sizeof(uint32_t)) & ~(uintptr_t)7;
    __asm__ volatile("msr psp, %0" : : "r"(top > (uintptr_t)task->stack ? top : (uintptr_t)task->stack));
}

/*
 * A fault of a task can come as HardFault too, where the exception that it belongs to has a higher priority
 * (Armv7-M B1.5.6). Calling the kernel from there is safe all the same: what was interrupted is
 * unprivileged thread code, so nothing of the kernel was under way.
 */

/* Undo what the fault left behind in the processor, so that it does not hit the next task. */
PRIVILEGED_FUNCTION static void clear_fault(uint32_t cause)
{
    CFSR = cause;
    HFSR = HFSR;
    SHCSR &= ~SHCSR_PENDED;
#if defined(__ARM_FP)
    FPCCR &= ~FPCCR_LSPACT; /* else the next floating-point instruction writes registers into the dead stack */
#endif
}

void smf_freertos_fault_taken(const uint32_t *frame, uint32_t exc_return);

__attribute__((used)) PRIVILEGED_FUNCTION void smf_freertos_fault_taken(const uint32_t *frame, uint32_t exc_return)
{
    const uint32_t cause = CFSR, exception = exception_number();
    const uint32_t address = (cause & CFSR_MMARVALID) != 0 ? MMFAR : (cause & CFSR_BFARVALID) != 0 ? BFAR : 0;
    const bool in_task = (exc_return & 4u) != 0 && is_unprivileged();
    struct smf_freertos_task *const task = in_task ? running() : NULL;
    const uint32_t instruction = (cause & CFSR_NO_FRAME) != 0 || (exc_return & 4u) == 0 ? 0 : frame[FRAME_PC];
    if (task == NULL) {
        smf_freertos_fatal(exception, cause, instruction);
        return;
    }
    if ((cause & CFSR_NO_FRAME) != 0)
        repair_stack(task);
    clear_fault(cause);
    report(task, exception, cause, address, instruction);
}

__attribute__((naked)) PRIVILEGED_FUNCTION void smf_freertos_fault_handler(void)
{
    __asm__ volatile("mrs r0, psp\n"
                     "mov r1, lr\n"
                     "b smf_freertos_fault_taken\n");
}

/* Restricted tasks enter the kernel through its own system calls only; anybody may yield. */
PRIVILEGED_FUNCTION bool smf_freertos_svc_allowed(uint32_t number, uintptr_t behind)
{
    return number == SVC_YIELD ||
           (behind >= (uintptr_t)__privileged_functions_start__ && behind <= (uintptr_t)__syscalls_flash_end__);
}

/* The SVC outranks the fault that its own stacking made: the frame is not there, and the fault still pends. */
PRIVILEGED_FUNCTION static bool is_unstacked(const struct smf_freertos_task *task)
{
    const uint32_t cause = CFSR;
    if ((cause & CFSR_NO_FRAME) == 0)
        return false;
    if (task == NULL)
        smf_freertos_fatal(EXCEPTION_SVC, cause, 0);
    repair_stack(task);
    clear_fault(cause);
    return true;
}

uint32_t smf_freertos_svc_taken(const uint32_t *frame);

/* 0: refused and reported. */
__attribute__((used)) PRIVILEGED_FUNCTION uint32_t smf_freertos_svc_taken(const uint32_t *frame)
{
    uint32_t number = 0, behind = 0;
    struct smf_freertos_task *task;
    if (!is_unprivileged())
        return 1;
    task = running();
    if (!is_unstacked(task)) {
        behind = frame[FRAME_PC];
        number = ((const uint8_t *)(uintptr_t)behind)[-2];
        if (smf_freertos_svc_allowed(number, behind))
            return 1;
    }
    if (task == NULL)
        smf_freertos_fatal(EXCEPTION_SVC, number, behind);
    report(task, EXCEPTION_SVC, number, 0, behind);
    return 0;
}

__attribute__((naked)) PRIVILEGED_FUNCTION void smf_freertos_svc_handler(void)
{
    __asm__ volatile("tst lr, #4\n" /* from a handler or before the scheduler runs: the kernel's own */
                     "beq 1f\n"
                     "mrs r0, psp\n"
                     "push {r4, lr}\n"
                     "bl smf_freertos_svc_taken\n"
                     "pop {r4, lr}\n"
                     "cbnz r0, 1f\n"
                     "bx lr\n"
                     "1: b " PORT_SVC_HANDLER "\n");
}
