/* SPDX-License-Identifier: MIT */
/* victims.c - see victims.h. */
#include "victims.h"

#include <string.h>

#include "board.h"
#include "harness/tap.h"
#include "riscv_run.h"

volatile uint32_t secret = SECRET;
struct victim one, two;
unsigned timer_count;
struct seen seen;

static void start_timer(void *context, uint32_t microseconds)
{
    (void)context;
    board_timer_start(microseconds);
}
static void stop_timer(void *context)
{
    (void)context;
    board_timer_stop();
}
static const struct smf_confined_timer timer = {start_timer, stop_timer, NULL};

static void expire(void)
{
    timer_count++;
    smf_confined_expire();
}

/* ---- Exports ---- */

static uintptr_t take_four(uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d)
{
    const uintptr_t arguments[] = {a, b, c, d};
    memcpy(seen.arguments, arguments, sizeof arguments);
    seen.stack = (uintptr_t)__builtin_frame_address(0);
    seen.calls++;
    return a + 2 * b + 3 * c + 4 * d;
}

/* a: a pointer, b: a size. */
static uintptr_t check_pointer(uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d)
{
    (void)c, (void)d;
    return smf_confined_owns((const void *)a, b, SMF_ACCESS_RO) |
           smf_confined_owns((const void *)a, b, SMF_ACCESS_RW) << 1 |
           smf_confined_owns((const void *)a, b, SMF_ACCESS_RX) << 2;
}

static uintptr_t call_again(uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d)
{
    (void)a, (void)b, (void)c, (void)d;
    uintptr_t result = 0;
    seen.nested = smf_call_confined(&two.confined, (void (*)(void))two.code.address, NULL, 0, &result, NULL);
    return 1;
}

static uintptr_t expire_here(uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d)
{
    (void)a, (void)b, (void)c, (void)d;
    return smf_confined_expire();
}

static uintptr_t closed(uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d)
{
    seen.calls++;
    return a + b + c + d;
}

static const struct smf_export entries[GATE_COUNT] = {
    {"take_four",     (uintptr_t)take_four,     SMF_KIND_FUNCTION | SMF_EXPORT_CONFINED, 0},
    {"check_pointer", (uintptr_t)check_pointer, SMF_KIND_FUNCTION | SMF_EXPORT_CONFINED, 0},
    {"call_again",    (uintptr_t)call_again,    SMF_KIND_FUNCTION | SMF_EXPORT_CONFINED, 0},
    {"expire_here",   (uintptr_t)expire_here,   SMF_KIND_FUNCTION | SMF_EXPORT_CONFINED, 0},
    {"closed",        (uintptr_t)closed,        SMF_KIND_FUNCTION,                       0},
    {"secret",        (uintptr_t)&secret,       SMF_KIND_DATA | SMF_EXPORT_CONFINED,     0},
};
static const struct smf_exports exports = {.entries = entries, .count = GATE_COUNT};
static const struct smf_gates gates = {&exports};

/* ---- Scene ---- */

struct smf_region region_at(uint8_t *bytes, size_t size, enum smf_access access)
{
    return (struct smf_region){bytes, (uintptr_t)bytes, size, access};
}

static void make(struct victim *victim, size_t offset)
{
    victim->code = region_at(smf_code_start + offset, REGION_SIZE, SMF_ACCESS_RX);
    victim->constants = region_at(smf_rodata_start + offset, REGION_SIZE, SMF_ACCESS_RO);
    victim->data = region_at(smf_data_start + 2 * offset, REGION_SIZE, SMF_ACCESS_RW);
    victim->stack = region_at(smf_data_start + 2 * offset + REGION_SIZE + STACK_SIZE, STACK_SIZE, SMF_ACCESS_RW);
    memset(victim->code.bytes, 0, REGION_SIZE);
    memcpy(victim->code.bytes, attack_code, (size_t)(attack_code_end - attack_code));
    memset(victim->constants.bytes, 0x11, REGION_SIZE);
    memset(victim->data.bytes, 0x22, REGION_SIZE);
    __asm__ volatile(".word 0x0000100F" ::: "memory"); /* fence.i */
    victim->confined = (struct smf_confined){
        .gates = &gates,
        .regions = {victim->code, victim->constants, victim->data, victim->stack},
        .region_count = 4,
        .budget = BUDGET,
        .timer = &timer,
    };
}

void scene(void)
{
    board_timer_handler = expire;
    make(&one, 0);
    make(&two, 2 * REGION_SIZE);
}

void (*function_at(const struct victim *victim, const uint8_t *attack))(void)
{
    return (void (*)(void))(victim->code.address + (uintptr_t)(attack - attack_code));
}

enum smf_status call(struct victim *victim, const uint8_t *attack, uintptr_t a0, uintptr_t a1, uintptr_t *result,
                     struct smf_fault *fault)
{
    const uintptr_t arguments[] = {a0, a1, 0, 0};
    *fault = (struct smf_fault){0};
    *result = 0;
    return smf_call_confined(&victim->confined, function_at(victim, attack), arguments, 4, result, fault);
}

void all_is_well(void)
{
    struct smf_fault fault;
    uintptr_t sum;
    CHECK_STATUS(call(&one, attack_add, 40, 2, &sum, &fault), SMF_OK);
    CHECK_EQUAL(sum, 42);
    CHECK_STATUS(call(&two, attack_add, 1, 2, &sum, &fault), SMF_OK);
    CHECK_EQUAL(sum, 3);
    CHECK_EQUAL(secret, SECRET);
}

struct smf_fault must_fault(const uint8_t *attack, uintptr_t a0, uintptr_t a1, enum smf_fault_kind kind, uint32_t cause)
{
    struct smf_fault fault;
    uintptr_t result;
    CHECK_STATUS(call(&one, attack, a0, a1, &result, &fault), SMF_ERR_FAULT);
    CHECK_EQUAL(fault.kind, kind);
    CHECK_EQUAL(fault.cause, cause);
    all_is_well();
    return fault;
}

void must_refuse_access(const uint8_t *attack, uintptr_t address, uint32_t cause)
{
    const struct smf_fault fault = must_fault(attack, address, 0xBAD, SMF_FAULT_ACCESS, cause);
    CHECK(fault.has_address);
    CHECK_EQUAL(fault.address, address);
    CHECK_EQUAL(fault.instruction, one.code.address + (uintptr_t)(attack - attack_code));
}

void must_refuse_read_and_write(uintptr_t address)
{
    must_refuse_access(attack_read, address, SMF_RISCV_LOAD_FAULT);
    must_refuse_access(attack_write, address, SMF_RISCV_STORE_FAULT);
}

uintptr_t must_return(struct victim *victim, const uint8_t *attack, uintptr_t a0, uintptr_t a1)
{
    struct smf_fault fault;
    uintptr_t result;
    CHECK_STATUS(call(victim, attack, a0, a1, &result, &fault), SMF_OK);
    return result;
}
