/* SPDX-License-Identifier: MIT */
/*
 * smf/freertos.h - modules as restricted tasks of FreeRTOS. Since 0.1.
 *
 * The kernel owns the MPU. This adapter gives it what it needs: memory that its
 * regions can describe, the regions of a module, and the three pieces that the
 * kernel's MPU ports lack to survive a hostile task: handlers that end the task
 * which faulted, a repair of its stack pointer, and a filter in front of the
 * kernel's SVC handler. README.md beside the sources says how to wire them.
 *
 * Compiled in the user's own project with the kernel's headers (V11, ports
 * ARM_CM3_MPU and ARM_CM33_NTZ with configENABLE_MPU 1, MPU wrappers v2).
 */
#ifndef SMF_FREERTOS_H
#define SMF_FREERTOS_H

#include "FreeRTOS.h"
#include "semphr.h"
#include "task.h"

#include "smf/load.h"
#include "smf/pool.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Memory for modules ---- */

/*
 * A port over one stretch of SRAM. Storage is the caller's: fill in `memory` to `mutex`, then
 * smf_freertos_start(). The kernel's MPU keeps SRAM writable and never executable for privileged tasks; a module becomes executable only in the
 * regions of its own task. So the loader, a privileged task, writes without a window, and must not
 * call the module itself.
 */
struct smf_freertos {
    void *memory; /* on Armv7-M aligned to the largest region that is going to be asked for */
    size_t size;
    struct smf_pool_block *blocks; /* books: one for each region in use */
    size_t block_count;
    SemaphoreHandle_t mutex; /* recursive; NULL: one task uses the loader */
    struct smf_port port;    /* filled in by smf_freertos_start(): for config.port */
    struct smf_pool pool;
};

/*
 * Set up the port, and tell the processor to report faults of tasks as such (SHCSR), at a priority from which the kernel may be
 * called (0xA0; configMAX_SYSCALL_INTERRUPT_PRIORITY must be above it, that is at most 0xA0). On Armv7-M it also switches
 * off MPU region 4, with which the kernel gives every restricted task all devices; the kernel never writes it again. Call from a privileged
 * task or before the scheduler starts; with the scheduler not yet running, call smf_freertos_close_devices() from the first task too.
 * SMF_ERR_ARGUMENT: no memory, no books, or memory that is not a multiple of 32 bytes.
 */
SMF_MUST_CHECK
enum smf_status smf_freertos_start(struct smf_freertos *freertos);

/* Switch off MPU region 4 (Armv7-M; the scheduler's start switches it on). Elsewhere nothing. */
void smf_freertos_close_devices(void);

/*
 * The regions of a module as xTaskCreateRestricted() and vTaskAllocateMPURegions() take them: `count` entries, all
 * written, unused ones empty. SMF_ERR_LIMIT: the module has more regions. SMF_ERR_ARGUMENT: a region that the MPU cannot
 * describe (it is not from smf_freertos.port).
 */
SMF_MUST_CHECK
enum smf_status smf_freertos_regions(const struct smf_module *module, MemoryRegion_t *regions, size_t count);

/* ---- Faults ---- */

/* A task whose faults are dealt with. Storage is the caller's, privileged memory, for the task's life. */
struct smf_freertos_task {
    TaskHandle_t task;
    StackType_t *stack;   /* puxStackBuffer                                       */
    size_t stack_size;    /* bytes                                                */
    bool faulted;         /* reported and not yet taken by smf_freertos_next()     */
    uint32_t exception;   /* 3 HardFault, 4 MemManage, 5 BusFault, 6 UsageFault, 11 refused SVC */
    uint32_t cause;       /* CFSR; for a refused SVC its number                   */
    uint32_t address;     /* that was accessed, where CFSR says it is valid; else 0 */
    uint32_t instruction; /* 0 = unknown: the frame could not be stacked        */
    struct smf_freertos_task *next;
};

/* From now on a fault of this task is reported to `supervisor`, a privileged task of higher priority. */
void smf_freertos_watch(struct smf_freertos_task *task, TaskHandle_t supervisor);

/* Forget a task, before it is deleted. */
void smf_freertos_forget(struct smf_freertos_task *task);

/* The supervisor's loop: wait up to `ticks` for a fault; the task that faulted, or NULL. It will not run again
 * unless it is resumed: the supervisor forgets and deletes it. */
struct smf_freertos_task *smf_freertos_next(TickType_t ticks);

/*
 * Handlers for the vector table. smf_freertos_fault_handler for HardFault, MemManage, BusFault and UsageFault;
 * smf_freertos_svc_handler in place of the port's own, which it calls.
 */
void smf_freertos_fault_handler(void);
void smf_freertos_svc_handler(void);

/* Written by the firmware: a fault that is not a watched task's. Must not return. */
_Noreturn void smf_freertos_fatal(uint32_t exception, uint32_t cause, uint32_t instruction);

#ifdef __cplusplus
}
#endif

#endif
