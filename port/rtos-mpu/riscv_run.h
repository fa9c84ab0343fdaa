/* SPDX-License-Identifier: MIT */
/*
 * riscv_run.h - user mode as a function call: run a set of registers until it traps.
 *
 * smf_riscv_run() enters U-mode and comes back, like any function, at the next trap,
 * whatever the reason: an ecall, a fault or an interrupt. All that has to be decided
 * is then decided in C, on the firmware's own stack. The firmware's trap vector,
 * mscratch and the other registers that a trap needs are put aside before and put back
 * after, so firmware installs nothing and its own handlers see nothing of this.
 */
#ifndef SMF_RISCV_RUN_H
#define SMF_RISCV_RUN_H

#include <stdint.h>

/* Numbers of registers, by their names in the psABI. */
enum smf_riscv_register {
    SMF_RISCV_PC = 0, /* x0 needs no place */
    SMF_RISCV_RA = 1,
    SMF_RISCV_SP = 2,
    SMF_RISCV_T0 = 5,
    SMF_RISCV_A0 = 10
};

/* Where smf_riscv_run() keeps what belongs to the firmware. */
enum { SMF_RISCV_KEPT = 6 };

/* riscv_run.S knows these offsets. */
struct smf_riscv_context {
    uintptr_t registers[32]; /* x1 to x31 of the module; 0: its pc                                  */
    uintptr_t cause, value;  /* mcause and mtval of the trap                                        */
    uintptr_t kept[SMF_RISCV_KEPT];
};

/* mcause: the highest bit says interrupt. */
#define SMF_RISCV_INTERRUPT ((uintptr_t)1 << (sizeof(uintptr_t) * 8 - 1))
#define SMF_RISCV_FETCH_MISALIGNED 0u
#define SMF_RISCV_FETCH_FAULT 1u
#define SMF_RISCV_ILLEGAL 2u
#define SMF_RISCV_BREAKPOINT 3u
#define SMF_RISCV_LOAD_MISALIGNED 4u
#define SMF_RISCV_LOAD_FAULT 5u
#define SMF_RISCV_STORE_MISALIGNED 6u
#define SMF_RISCV_STORE_FAULT 7u
#define SMF_RISCV_ECALL_USER 8u

/*
 * Run `context` in U-mode until the next trap. Floating point and vectors are off there, wfi traps, and no
 * counter can be read. Machine-mode interrupts that mie enables end the run, whatever
 * mstatus.MIE says; none is served in here.
 */
void smf_riscv_run(struct smf_riscv_context *context);

/* Make all registers 0, quicker than a small C library's memset(). */
void smf_riscv_clear(struct smf_riscv_context *context);

/* Let the firmware's own handlers serve what is pending, as if it had arrived in the caller. */
void smf_riscv_serve_interrupts(void);

/* Mask interrupts; the answer is what smf_riscv_restore_interrupts() wants. */
uintptr_t smf_riscv_mask_interrupts(void);
void smf_riscv_restore_interrupts(uintptr_t before);

/*
 * Gates: eight bytes each, `li t0, number; ecall`. The first belongs to number 0; one more, after
 * the last, has the number SMF_RISCV_RETURN: where a module's function returns to.
 */
extern const uint8_t smf_riscv_gates[], smf_riscv_gates_end[];
#define SMF_RISCV_GATE_SIZE 8u
#define SMF_RISCV_RETURN SMF_GATES_MAX

#endif
