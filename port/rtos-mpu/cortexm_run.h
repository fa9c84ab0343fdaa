/* SPDX-License-Identifier: MIT */
/*
 * cortexm_run.h - unprivileged thread mode as a function call: run a set of registers until it traps.
 *
 * smf_cortexm_run() lets a module run and comes back, like any function, at the next SVC or fault of the module.
 * All that has to be decided is then decided in C, on the firmware's own stack. Interrupts are served
 * meanwhile, on the main stack, as ever.
 */
#ifndef SMF_CORTEXM_RUN_H
#define SMF_CORTEXM_RUN_H

#include <stdint.h>

/* cortexm_run.S knows these offsets. */
struct smf_cortexm_context {
    uint32_t registers[8]; /* r4 to r11 of the module                                                */
    uint32_t stack;        /* 32: its stack pointer; the frame lies there                            */
    uint32_t stack_limit;  /* 36: Armv8-M: PSPLIM while it runs                                      */
    uint32_t exception;    /* 40: that ended the run: 11 SVC; 3 to 6 HardFault, MemManage, BusFault, UsageFault */
    uint32_t cause;        /* 44: CFSR then                                                          */
    uint32_t hard;         /* 48: HFSR                                                               */
    uint32_t memory_address, bus_address;         /* 52, 56: MMFAR, BFAR                                     */
    uint32_t kept_return, kept_stack, kept_limit; /* 60, 64, 68: the firmware's EXC_RETURN, PSP, PSPLIM */
};

/* The frame that an exception stacks (Armv7-M ARM B1.5.6), without floating point. */
enum smf_cortexm_frame {
    SMF_CORTEXM_R0 = 0,
    SMF_CORTEXM_R12 = 4,
    SMF_CORTEXM_LR = 5,
    SMF_CORTEXM_PC = 6,
    SMF_CORTEXM_XPSR = 7,
    SMF_CORTEXM_FRAME = 8 /* words */
};

/* Stack limits, and the MPU of Armv8-M. */
#if defined(__ARM_ARCH_8M_MAIN__) || defined(__ARM_ARCH_8_1M_MAIN__)
#define SMF_CORTEXM_HAS_LIMITS 1
#else
#define SMF_CORTEXM_HAS_LIMITS 0
#endif

/* Numbers of exceptions. */
enum {
    SMF_CORTEXM_HARD_FAULT = 3,
    SMF_CORTEXM_MEM_MANAGE,
    SMF_CORTEXM_BUS_FAULT,
    SMF_CORTEXM_USAGE_FAULT,
    SMF_CORTEXM_SVC = 11
};

/* CFSR (B3.2.15). */
#define SMF_CORTEXM_IACCVIOL 0x00000001u
#define SMF_CORTEXM_MMARVALID 0x00000080u
#define SMF_CORTEXM_IBUSERR 0x00000100u
#define SMF_CORTEXM_BFARVALID 0x00008000u
#define SMF_CORTEXM_UNALIGNED 0x01000000u
#define SMF_CORTEXM_NO_FRAME 0x00101010u   /* MSTKERR, STKERR, STKOF: nothing was stacked     */
#define SMF_CORTEXM_UNSTACKING 0x00000808u /* MUNSTKERR, UNSTKERR: the frame was not readable */

/* Run the module in `context` until it traps. Privileged thread mode, on either stack; not to be nested. */
void smf_cortexm_run(struct smf_cortexm_context *context);

/* Not 0 while the module runs, also when an interrupt has come in between. */
extern volatile uint32_t smf_cortexm_running;

/* smf_confined_expired (../common/confined.h) lies beside it: where that is set, smf_cortexm_run() comes back at once. */

/* Stubs of the gates, eight bytes each; number SMF_GATES_MAX is where modules return to. */
extern const uint8_t smf_cortexm_gates[], smf_cortexm_gates_end[];
enum { SMF_CORTEXM_GATE_SIZE = 8 };

#endif
