/* SPDX-License-Identifier: MIT */
/* run_aarch64.h - private to port/baremetal: the state of a module at EL0, as run_aarch64.S and C see it. */
#ifndef SMF_BAREMETAL_RUN_AARCH64_H
#define SMF_BAREMETAL_RUN_AARCH64_H

/* Bytes from the start of struct smf_a64_context; the assembler cannot read the structure. */
#define SMF_A64_SP 248
#define SMF_A64_PC 256
#define SMF_A64_STATE 264
#define SMF_A64_THREAD 272
#define SMF_A64_CAUSE 280
#define SMF_A64_ADDRESS 288
#define SMF_A64_VECTOR 296
#define SMF_A64_FPCR 304
#define SMF_A64_FPSR 312
#define SMF_A64_VECTORS 320

/* What `vector` says: the entry of the vector table that was taken (Arm ARM D1.10.2). */
#define SMF_A64_SYNCHRONOUS 0
#define SMF_A64_IRQ 1
#define SMF_A64_FIQ 2
#define SMF_A64_SERROR 3

/* Bytes of a gate: SVC with the gate's number, RET. Number SMF_GATES_MAX is the way back to the caller. */
#define SMF_A64_GATE_SIZE 8
#define SMF_A64_GATES 64 /* SMF_GATES_MAX, as the assembler reads it */

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

#include "smf/confined.h"

struct smf_a64_context {
    uint64_t registers[31];         /* x0 to x30                                   */
    uint64_t sp, pc, state, thread; /* SP_EL0, ELR_EL1, SPSR_EL1, TPIDR_EL0        */
    uint64_t cause, address;        /* ESR_EL1, FAR_EL1: of the last exception     */
    uint64_t vector;                /* SMF_A64_...: which kind of exception it was */
    uint64_t fpcr, fpsr;
    uint64_t vectors[64]; /* q0 to q31 */
};
_Static_assert(SMF_A64_GATES == SMF_GATES_MAX, "run_aarch64.S has no more gates");
_Static_assert(offsetof(struct smf_a64_context, sp) == SMF_A64_SP, "run_aarch64.S");
_Static_assert(offsetof(struct smf_a64_context, thread) == SMF_A64_THREAD, "run_aarch64.S");
_Static_assert(offsetof(struct smf_a64_context, vector) == SMF_A64_VECTOR, "run_aarch64.S");
_Static_assert(offsetof(struct smf_a64_context, vectors) == SMF_A64_VECTORS, "run_aarch64.S");

/*
 * Run at EL0 from this state on until an exception, whose state is left in its place. To be called at EL1 on SP_EL1 with
 * interrupts masked: an interrupt is still pending when this returns. Nothing of the firmware's registers is seen at
 * EL0, and none of them changes.
 */
void smf_a64_run(struct smf_a64_context *context);

/* The code of the gates: copied to where EL0 may execute it. */
extern const uint8_t smf_a64_gates[], smf_a64_gates_end[];
#endif

#endif
