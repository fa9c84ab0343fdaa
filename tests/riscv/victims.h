/* SPDX-License-Identifier: MIT */
/*
 * victims.h - two modules of a few instructions (attacks.S), in regions that the test cut out of the board's pools by
 * hand: what is tested is the protection itself, without port or loader. Faults are provoked, seen to arrive, and the
 * firmware and both modules are found alive afterwards.
 */
#ifndef SMF_TESTS_VICTIMS_H
#define SMF_TESTS_VICTIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attacks.h"
#include "smf/confined.h"

#define REGION_SIZE 4096u
#define STACK_SIZE 1024u
#define BUDGET 2000u /* microseconds: what a module that hangs may take */
#define UART 0x10000000u
#define FINISHER 0x100000u

extern volatile uint32_t secret; /* of the firmware: SECRET */
#define SECRET 0x5EC2E7

/* A module: code, constants, data, stack. The stack ends a region of its own, with nothing below it. */
struct victim {
    struct smf_confined confined;
    struct smf_region code, constants, data, stack;
};
extern struct victim one, two;

/* Calls of expire(), which is the timer's handler in a fresh scene. */
extern unsigned timer_count;

/* What the exports have seen. */
struct seen {
    uintptr_t arguments[4];
    unsigned calls;
    enum smf_status nested;
    uintptr_t stack; /* about where the export's own stack was */
};
extern struct seen seen;

/* Numbers of the gates; GATE_CLOSED and GATE_DATA are not open. */
enum { GATE_FOUR, GATE_POINTER, GATE_AGAIN, GATE_EXPIRE, GATE_CLOSED, GATE_DATA, GATE_COUNT };

struct smf_region region_at(uint8_t *bytes, size_t size, enum smf_access access);

/* Both modules anew. */
void scene(void);

/* The function of `victim` that is `attack` in attacks.S. */
void (*function_at(const struct victim *victim, const uint8_t *attack))(void);

enum smf_status call(struct victim *victim, const uint8_t *attack, uintptr_t a0, uintptr_t a1, uintptr_t *result,
                     struct smf_fault *fault);

/* The firmware and both modules are alive. */
void all_is_well(void);

/* The attack of module one ends in this fault. */
struct smf_fault must_fault(const uint8_t *attack, uintptr_t a0, uintptr_t a1, enum smf_fault_kind kind,
                            uint32_t cause);
void must_refuse_access(const uint8_t *attack, uintptr_t address, uint32_t cause);
void must_refuse_read_and_write(uintptr_t address);

uintptr_t must_return(struct victim *victim, const uint8_t *attack, uintptr_t a0, uintptr_t a1);

#endif
