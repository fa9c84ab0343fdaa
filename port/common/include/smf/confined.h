/* SPDX-License-Identifier: MIT */
/*
 * smf/confined.h - calling a module that must not be trusted. Since 0.1.
 *
 * A confined call runs a function of a module unprivileged (Cortex-M thread
 * mode with CONTROL.nPRIV, RISC-V U-mode, AArch64 EL0) and shows it exactly
 * its own regions, its own stack and the gates. Whatever the module does, the
 * call comes back: with the function's value, or with a description of the
 * fault that ended it, and the firmware goes on.
 *
 * Imports of a confined module are gates. A gate is a few instructions in the
 * firmware that trap with a number; the trap handler looks the number up in
 * the table of exports, and runs the export privileged, on the firmware's own
 * stack. Only exports that say SMF_EXPORT_CONFINED are open. An export that is handed
 * a pointer asks smf_confined_owns() before it follows it.
 *
 * Freestanding. Interface of the ports rtos-mpu (Cortex-M, RISC-V) and baremetal (AArch64).
 */
#ifndef SMF_CONFINED_H
#define SMF_CONFINED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/load.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Most gates: numbers 0 to SMF_GATES_MAX - 1 have stubs in the firmware, 8 bytes each. */
#ifndef SMF_GATES_MAX
#define SMF_GATES_MAX 64u
#endif

/* Most arguments of a confined call, and of an export that is called through a gate; each of a pointer's size. */
#define SMF_CONFINED_ARGUMENTS 4u

/* Regions that a confined call can see: the 4 of a module (smf_module_regions()), and its stack. */
#define SMF_CONFINED_REGIONS 5u

/* What ended a confined call. */
enum smf_fault_kind {
    SMF_FAULT_NONE,        /* it returned                                                               */
    SMF_FAULT_ACCESS,      /* read or write that its regions do not allow                               */
    SMF_FAULT_EXECUTE,     /* a jump to where it may not execute                                        */
    SMF_FAULT_STACK,       /* its stack is used up, or the stack pointer points elsewhere               */
    SMF_FAULT_INSTRUCTION, /* undefined, privileged, or a coprocessor that it has not; also a breakpoint */
    SMF_FAULT_ALIGNMENT,   /* a misaligned access or jump                                               */
    SMF_FAULT_BUS,         /* the memory itself refused                                                 */
    SMF_FAULT_GATE,        /* a trap that is no open gate                                               */
    SMF_FAULT_TIME,        /* it ran longer than its budget                                             */
    SMF_FAULT_OTHER
};

struct smf_fault {
    enum smf_fault_kind kind;
    bool has_address;      /* `address` is known (Cortex-M: not for fetches and stacking)       */
    uintptr_t address;     /* that was accessed                                                 */
    uintptr_t instruction; /* that did it; for SMF_FAULT_EXECUTE the target; 0 = unknown        */
    uint32_t cause;        /* as the processor says it: CFSR, mcause, ESR_EL1                   */
};

/*
 * Exports as gates. Storage is the caller's; `exports` must outlive the modules.
 * The number of a gate is the position of the export in `exports->entries`.
 */
struct smf_gates {
    const struct smf_exports *exports;
};

/*
 * The resolver of confined modules: config.resolve = smf_gates_resolve,
 * config.resolve_context = a const struct smf_gates. Answers with the address of the gate's
 * stub. SMF_ERR_NOT_FOUND: nobody has it. SMF_ERR_NOT_OPEN: the export is not marked SMF_EXPORT_CONFINED,
 * is data, or stands at or after SMF_GATES_MAX in the table.
 */
SMF_MUST_CHECK
enum smf_status smf_gates_resolve(void *context, const struct smf_binding_request *request,
                                  struct smf_binding_answer *answer);

/*
 * A module with what it takes to call it confined. Storage is the caller's and
 * is used while a call runs; zero it, then smf_confined_start().
 */
struct smf_confined {
    const struct smf_gates *gates;                   /* NULL: no gate is open                       */
    struct smf_region regions[SMF_CONFINED_REGIONS]; /* what it sees; the last one is its stack     */
    size_t region_count;
    uint32_t budget;                        /* microseconds a call may take; 0 = for ever  */
    const struct smf_confined_timer *timer; /* needed if budget is not 0                   */
};

/* The board's timer: its interrupt must call smf_confined_expire(). Calls nest no deeper than confined calls do. */
struct smf_confined_timer {
    void (*start)(void *context, uint32_t microseconds);
    void (*stop)(void *context);
    void *context;
};

/*
 * Prepare confined calls into `module` on the stack `stack` (RW memory that belongs to it alone; its start and
 * size as the protection unit wants them: a region of port rtos-mpu will do). Works out how the protection unit
 * describes the regions; programs nothing yet.
 * SMF_ERR_ARGUMENT: stack too small (128 bytes at least) or misaligned. SMF_ERR_LIMIT: the unit has too few regions, or
 * cannot describe one exactly.
 */
SMF_MUST_CHECK
enum smf_status smf_confined_start(struct smf_confined *confined, const struct smf_module *module,
                                   const struct smf_region *stack, const struct smf_gates *gates);

/*
 * Call `function` of the module with `argument_count` arguments, unprivileged. `*result` is what it returned (may be
 * NULL). SMF_ERR_FAULT and SMF_ERR_TIMEOUT fill in `*fault` (may be NULL): the call was abandoned, the module's data is as it left
 * it, and calling it again is allowed. SMF_ERR_ARGUMENT: too many arguments, or a NULL function.
 * Privileged callers only. May be nested through a gate if the port says so; else SMF_ERR_BUSY.
 */
SMF_MUST_CHECK
enum smf_status smf_call_confined(struct smf_confined *confined, void (*function)(void), const uintptr_t *arguments,
                                  size_t argument_count, uintptr_t *result, struct smf_fault *fault);

/*
 * For exports that are called through a gate: may the module that is calling read (SMF_ACCESS_RO), read and write
 * (SMF_ACCESS_RW) or execute (SMF_ACCESS_RX) all of the `size` bytes at `pointer`? They must lie in one region.
 * A size of 0 is owned where the pointer lies in or at the end of a region. Outside of a confined call: false.
 */
bool smf_confined_owns(const void *pointer, size_t size, enum smf_access access);

/* From the timer's interrupt: end the confined call that was interrupted, if there is one. Returns whether it did. */
bool smf_confined_expire(void);

#ifdef __cplusplus
}
#endif

#endif
