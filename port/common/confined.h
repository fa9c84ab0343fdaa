/* SPDX-License-Identifier: MIT */
/*
 * confined.h - private to the ports: confined calls (smf/confined.h) as a few steps that differ by processor.
 *
 * confined.c has all that is the same: what is checked, who may call, gates, budgets, the loop from trap to trap. The
 * machine's file describes regions to its protection unit, lets the module run, and explains why that stopped. One
 * port of a program has both: confined.c is compiled into the library of the port that it serves.
 */
#ifndef SMF_COMMON_CONFINED_H
#define SMF_COMMON_CONFINED_H

#include "gates.h"

/* A call as it was asked for. */
struct smf_confined_call {
    struct smf_confined *confined;
    uintptr_t function;
    const uintptr_t *arguments;
    size_t count;            /* of arguments */
    uintptr_t value;         /* out: what the function returned, after SMF_OK                        */
    struct smf_fault *fault; /* out: after SMF_ERR_FAULT and SMF_ERR_TIMEOUT; NULL: nobody wants it  */
};

/* Why a module stopped running. */
enum smf_stop_kind {
    SMF_STOP_GATE,      /* it asked for `gate`; number SMF_GATES_MAX: its function has returned */
    SMF_STOP_INTERRUPT, /* served already: it may run on, if there is time                        */
    SMF_STOP_FAULT
};
struct smf_stop {
    enum smf_stop_kind kind;
    uintptr_t gate;
    uintptr_t arguments[SMF_CONFINED_ARGUMENTS]; /* of the gate; what was returned is the first */
};

/* Bytes from `start` on that the unit opens for a region. */
struct smf_confined_extent {
    uintptr_t start;
    size_t size;
};

/* What a machine remembers of a call from one stop to the next: its own structure, on the stack of smf_confined_call(). */
struct smf_confined_state;

/* ---- confined.c, for the machine ---- */

/* Make the call, now that `state` holds a description of its regions. SMF_ERR_BUSY: another one is running. */
SMF_MUST_CHECK
enum smf_status smf_confined_run(struct smf_confined_call *call, struct smf_confined_state *state);

/* The last region. */
static inline const struct smf_region *smf_confined_stack(const struct smf_confined *confined)
{
    return &confined->regions[confined->region_count - 1];
}

/*
 * Bytes at the low end of the stack that are to be kept closed: its guard, if memory that the module may write ends
 * right below, else 0. A stack that runs over must not run into memory that is allowed.
 */
size_t smf_confined_closed(const struct smf_confined *confined);

/* SMF_ERR_ARGUMENT: no region or too many. SMF_ERR_PROTECT: one that is neither RW, RO nor RX. */
SMF_MUST_CHECK
enum smf_status smf_confined_check(const struct smf_confined *confined);

/* ---- The machine, for confined.c ---- */

/* A stack starts at a multiple of this power of two, and its size is one. */
size_t smf_confined_stack_unit(void);

/* Bytes to keep closed at the end of a stack of `size`, less than that; 0: none, or the processor has a limit for it. */
size_t smf_confined_guard(size_t size);

/* Bytes that a region of a module has here; `in_place`: it lies where its file does, else it is the port's. */
size_t smf_confined_size(const struct smf_region *region, bool in_place);

/* What the unit opens for a region. */
struct smf_confined_extent smf_confined_extent(const struct smf_region *region, bool is_stack);

/* Can the unit show all of these regions? The statuses of smf_confined_start(). */
SMF_MUST_CHECK
enum smf_status smf_confined_possible(const struct smf_confined *confined);

/* Describe the regions for a call, and go on with smf_confined_run(). Refuses what the machine cannot do now. */
SMF_MUST_CHECK
enum smf_status smf_confined_begin(struct smf_confined_call *call);

/* Registers for the start of the function: its arguments, its stack, the way back; all others 0. */
void smf_confined_prepare(struct smf_confined_state *state, const struct smf_confined_call *call);

/*
 * Show the regions, run until the next stop, hide them, serve an interrupt. Where smf_confined_expired is set before the
 * module is entered it is not, and that is asked where no tick can come in between: `stop` says nothing then.
 */
void smf_confined_step(struct smf_confined_state *state, const struct smf_confined *confined, struct smf_stop *stop);

/* The export has returned `value`: the module goes on behind its call. */
void smf_confined_answer(struct smf_confined_state *state, uintptr_t value);

/* Describe the last stop as a fault. */
void smf_confined_explain(const struct smf_confined_state *state, const struct smf_confined *confined,
                          struct smf_fault *fault);

/*
 * Not 0: the time of the call that is running is over. confined.c writes it; it lies with the machine, which may have
 * to look at it in the instructions that enter the module.
 */
extern volatile uint32_t smf_confined_expired;

/* From the timer's interrupt, smf_confined_expired is set: make a module that is running stop, if this interrupt does not. */
void smf_confined_divert(const struct smf_confined *confined);

/* Interrupts off, and back to what they were. */
uintptr_t smf_confined_mask(void);
void smf_confined_unmask(uintptr_t before);

#endif
