/* SPDX-License-Identifier: MIT */
/*
 * confined.c - every fault that an unprivileged module on a Cortex-M can make, provoked and seen, and the firmware goes on.
 *
 * The modules here are a few instructions of attacks.S in regions that the test cut out of the board's
 * pools by hand: what is tested is the protection itself, without port or loader.
 */
#include <string.h>

#include "attacks.h"
#include "board.h"
#include "cortexm_run.h"
#include "harness/tap.h"
#include "mpu.h"
#include "smf/confined.h"

#define REGION_SIZE 4096u
#define STACK_SIZE 1024u
#define BUDGET 2000u /* microseconds: what a module that hangs may take */
#define DEVICE (SMF_CORTEXM_HAS_LIMITS ? 0x50200000u : 0x40004000u) /* the console */
#define SYSTICK 0xE000E010u                                         /* the timer that takes modules back */

/* CFSR (Armv7-M ARM B3.2.15). */
#define DATA_FAULT 0x82u
#define FETCH_FAULT 0x01u
#define PPB_FAULT 0x8200u
#define UNDEFINED 0x10000u
#define NOT_THUMB 0x20000u
#define NO_COPROCESSOR 0x80000u

static volatile uint32_t secret = 0x5EC2E7; /* of the firmware */

/* A module: code, constants, data, stack. The stack ends a region of its own, with nothing below it. */
struct victim {
    struct smf_confined confined;
    struct smf_region code, constants, data, stack;
};
static struct victim one, two;

typedef void function_type(void);
static function_type *code_at(const struct victim *victim, const uint8_t *attack)
{
    return (function_type *)(victim->code.address + (uintptr_t)(attack - attack_code) + 1);
}

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

static unsigned timer_count;
static void expire(void)
{
    timer_count++;
    smf_confined_expire();
}

/* ---- Exports ---- */

static struct {
    uintptr_t arguments[4];
    unsigned calls;
    bool owns[8];
    enum smf_status nested;
    uintptr_t stack; /* about where the export's own stack was */
} seen;

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
    seen.nested = smf_call_confined(&two.confined, code_at(&two, attack_add), NULL, 0, &result, NULL);
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

enum { GATE_FOUR, GATE_POINTER, GATE_AGAIN, GATE_EXPIRE, GATE_CLOSED, GATE_DATA, GATE_COUNT };
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

static struct smf_region region_at(uint8_t *bytes, size_t size, enum smf_access access)
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
    __asm__ volatile("dsb\n\tisb" : : : "memory");
    victim->confined = (struct smf_confined){
        .gates = &gates,
        .regions = {victim->code, victim->constants, victim->data, victim->stack},
        .region_count = 4,
        .budget = BUDGET,
        .timer = &timer,
    };
}

static void scene(void)
{
    CHECK(board_port() != NULL); /* the privileged map is in force */
    board_timer_handler = expire;
    make(&one, 0);
    make(&two, 2 * REGION_SIZE);
}

static enum smf_status call(struct victim *victim, const uint8_t *attack, uintptr_t a0, uintptr_t a1, uintptr_t *result,
                            struct smf_fault *fault)
{
    const uintptr_t arguments[] = {a0, a1, 0, 0};
    void (*const function)(void) = code_at(victim, attack);
    *fault = (struct smf_fault){0};
    *result = 0;
    return smf_call_confined(&victim->confined, function, arguments, 4, result, fault);
}

/* The firmware and both modules are alive. */
static void all_is_well(void)
{
    struct smf_fault fault;
    uintptr_t sum;
    CHECK_STATUS(call(&one, attack_add, 40, 2, &sum, &fault), SMF_OK);
    CHECK_EQUAL(sum, 42);
    CHECK_STATUS(call(&two, attack_add, 1, 2, &sum, &fault), SMF_OK);
    CHECK_EQUAL(sum, 3);
    CHECK_EQUAL(secret, 0x5EC2E7);
}

/* The attack ends in this fault at this instruction of the code. */
static struct smf_fault must_fault(const uint8_t *attack, uintptr_t a0, uintptr_t a1, enum smf_fault_kind kind,
                                   uint32_t cause)
{
    struct smf_fault fault;
    uintptr_t result;
    CHECK_STATUS(call(&one, attack, a0, a1, &result, &fault), SMF_ERR_FAULT);
    CHECK_EQUAL(fault.kind, kind);
    CHECK_EQUAL(fault.cause, cause);
    all_is_well();
    return fault;
}

static void must_refuse_access(const uint8_t *attack, uintptr_t address, uint32_t cause)
{
    const struct smf_fault fault = must_fault(attack, address, 0xBAD, SMF_FAULT_ACCESS, cause);
    CHECK(fault.has_address);
    CHECK_EQUAL(fault.address, address);
    CHECK_EQUAL(fault.instruction, one.code.address + (uintptr_t)(attack - attack_code));
}

static void must_refuse_read_and_write(uintptr_t address)
{
    must_refuse_access(attack_read, address, DATA_FAULT);
    must_refuse_access(attack_write, address, DATA_FAULT);
}

static uintptr_t must_return(struct victim *victim, const uint8_t *attack, uintptr_t a0, uintptr_t a1)
{
    struct smf_fault fault;
    uintptr_t result;
    CHECK_STATUS(call(victim, attack, a0, a1, &result, &fault), SMF_OK);
    return result;
}

/* ---- Cases ---- */

static void own_memory_is_allowed(void)
{
    scene();
    all_is_well();
    CHECK_EQUAL(must_return(&one, attack_read, one.data.address, 0), 0x22222222);
    CHECK_EQUAL(must_return(&one, attack_read, one.constants.address + REGION_SIZE - 4, 0), 0x11111111);
    (void)must_return(&one, attack_write, one.data.address + REGION_SIZE - 4, 77);
    uint32_t word;
    memcpy(&word, one.data.bytes + REGION_SIZE - 4, sizeof word);
    CHECK_EQUAL(word, 77);
    memcpy(&word, attack_read, sizeof word);
    CHECK_EQUAL((uint32_t)must_return(&one, attack_read, one.code.address + (uintptr_t)(attack_read - attack_code), 0),
                word);
}

static void writing_code_and_constants_faults(void)
{
    scene();
    must_refuse_access(attack_write, one.code.address, DATA_FAULT);
    must_refuse_access(attack_write, one.code.address + REGION_SIZE - 4, DATA_FAULT);
    must_refuse_access(attack_write, one.constants.address, DATA_FAULT);
    must_refuse_access(attack_write, (uintptr_t)smf_cortexm_gates, DATA_FAULT);
}

/* Fetches: the instruction that the fault names is the target. */
static void must_refuse_jump(uintptr_t target)
{
    const struct smf_fault fault = must_fault(attack_jump, target, 0, SMF_FAULT_EXECUTE, FETCH_FAULT);
    CHECK(!fault.has_address); /* MMFAR is not set for fetches */
    CHECK_EQUAL(fault.instruction, target & ~(uintptr_t)1);
}

static void executing_data_faults(void)
{
    static const uint8_t returns[] = {0x70, 0x47, 0x70, 0x47}; /* bx lr, twice */
    scene();
    memcpy(one.data.bytes, returns, sizeof returns);
    memcpy(one.stack.bytes, returns, sizeof returns);
    memcpy(one.constants.bytes, returns, sizeof returns);
    must_refuse_jump(one.data.address);
    must_refuse_jump(one.stack.address);
    must_refuse_jump(one.constants.address);
}

static void jumping_out_faults(void)
{
    scene();
    must_refuse_jump(0); /* the vector table */
    must_refuse_jump(one.code.address + REGION_SIZE);
    must_refuse_jump(two.code.address);
    must_refuse_jump((uintptr_t)all_is_well);
    must_refuse_jump((uintptr_t)smf_cortexm_run);
    must_refuse_jump((uintptr_t)smf_cortexm_gates_end);
    must_refuse_jump(DEVICE);
    must_refuse_jump(0xFFFFFFF9); /* no exception to return from */
}

/* The code region ends at a kilobyte, so running off its end is seen too (QEMU looks no closer). */
static void running_off_the_end_faults(void)
{
    static const uint8_t nothing[] = {0, 0xbf, 0, 0xbf}; /* nop, nop */
    scene();
    memcpy(one.code.bytes + REGION_SIZE - sizeof nothing, nothing, sizeof nothing);
    const struct smf_fault fault =
        must_fault(attack_jump, one.code.address + REGION_SIZE - sizeof nothing, 0, SMF_FAULT_EXECUTE, FETCH_FAULT);
    CHECK_EQUAL(fault.instruction, one.code.address + REGION_SIZE);
}

static void foreign_memory_faults(void)
{
    scene();
    must_refuse_read_and_write(two.data.address);
    must_refuse_read_and_write(two.stack.address + STACK_SIZE - 4);
    must_refuse_read_and_write(two.constants.address);
    must_refuse_read_and_write(two.code.address);
    must_refuse_read_and_write((uintptr_t)&secret);
    must_refuse_read_and_write((uintptr_t)&one);
    must_refuse_read_and_write((uintptr_t)all_is_well & ~(uintptr_t)3);
    must_refuse_read_and_write((uintptr_t)__builtin_frame_address(0));
    must_refuse_read_and_write(0);
    must_refuse_read_and_write(one.data.address - 4);
    must_refuse_read_and_write(one.data.address + REGION_SIZE);
    must_refuse_read_and_write(one.stack.address - 4);
    must_refuse_read_and_write(one.stack.address + STACK_SIZE);
}

static void devices_fault(void)
{
    scene();
    must_refuse_read_and_write(DEVICE + 4);
}

/* The private peripheral bus is privileged whatever the MPU says: a BusFault (Armv7-M ARM B3.1.1). */
static void system_registers_fault(void)
{
    static const uintptr_t registers[] = {0xE000ED94, SYSTICK, 0xE000ED08, 0xE000EF00 - 0x1F0};
    scene();
    for (size_t i = 0; i < sizeof registers / sizeof registers[0]; i++) {
        tap_variant("%u", (unsigned)i);
        struct smf_fault fault = must_fault(attack_read, registers[i], 0, SMF_FAULT_BUS, PPB_FAULT);
        CHECK_EQUAL(fault.address, registers[i]);
        fault = must_fault(attack_write, registers[i], 0, SMF_FAULT_BUS, PPB_FAULT);
        CHECK_EQUAL(fault.address, registers[i]);
    }
}

/* MSR and CPS of unprivileged code do nothing (Armv7-M ARM B5.2): the module goes on and is what it was. */
static void privileged_instructions_do_nothing(void)
{
    scene();
    must_fault(attack_raise, (uintptr_t)&secret, 0, SMF_FAULT_ACCESS, DATA_FAULT);
    CHECK_EQUAL(must_return(&one, attack_mask, 0, 0), 0);
    uint32_t main_before, main_after;
    __asm__ volatile("mrs %0, msp" : "=r"(main_before));
    CHECK_EQUAL(must_return(&one, attack_stacks, 40, 2), 42);
    __asm__ volatile("mrs %0, msp" : "=r"(main_after));
    CHECK_EQUAL(main_after, main_before);
    all_is_well();
}

static void what_is_no_instruction_faults(void)
{
    scene();
    struct smf_fault fault = must_fault(attack_undefined, 0, 0, SMF_FAULT_INSTRUCTION, UNDEFINED);
    CHECK_EQUAL(fault.instruction, one.code.address + (uintptr_t)(attack_undefined - attack_code));
    CHECK(!fault.has_address);
    must_fault(attack_float, 0, 0, SMF_FAULT_INSTRUCTION, NO_COPROCESSOR);
    fault = must_fault(attack_arm, one.code.address, 0, SMF_FAULT_INSTRUCTION, NOT_THUMB);
}

/* Floating point is closed to modules, also where the firmware uses it; the firmware's setting comes back. */
static void floating_point_stays_closed(void)
{
    volatile uint32_t *const coprocessors = (volatile uint32_t *)0xE000ED88u;
    const uint32_t before = *coprocessors;
    scene();
    *coprocessors = before | 15u << 20;
    __asm__ volatile("dsb\n\tisb" : : : "memory");
    const uint32_t open = *coprocessors; /* 0 where there is no unit */
    must_fault(attack_float, 0, 0, SMF_FAULT_INSTRUCTION, NO_COPROCESSOR);
    CHECK_EQUAL(*coprocessors, open);
    *coprocessors = before;
    tap_note("%s", open != 0 ? "with a floating-point unit" : "no floating-point unit here");
}

/* QEMU looks at the border of a region for writes only, where both parts lie in one kilobyte. */
static void misaligned_access_keeps_to_its_region(void)
{
    scene();
    CHECK_EQUAL(must_return(&one, attack_read, one.data.address + 2, 0), 0x22222222);
    (void)must_fault(attack_write, one.data.address + REGION_SIZE - 2, 0, SMF_FAULT_ACCESS, DATA_FAULT);
}

/* A fault of the stack: no frame could be written, so no instruction is known. Returns CFSR. */
static uint32_t must_lose_its_stack(const uint8_t *attack, uintptr_t a0, uintptr_t a1)
{
    struct smf_fault fault;
    uintptr_t result;
    CHECK_STATUS(call(&one, attack, a0, a1, &result, &fault), SMF_ERR_FAULT);
    CHECK_EQUAL(fault.kind, SMF_FAULT_STACK);
    CHECK_EQUAL(fault.instruction, 0);
    all_is_well();
    return fault.cause;
}

static void stack_overflow_is_told_as_such(void)
{
    scene();
    const uint32_t cause = must_lose_its_stack(attack_overflow, 0, 0);
    CHECK((cause & SMF_CORTEXM_NO_FRAME) != 0);
    uint32_t below;
    memcpy(&below, one.stack.bytes - 4, sizeof below);
    CHECK(below != 0x22222222 || one.stack.bytes != one.data.bytes + REGION_SIZE);
}

/* The stack begins where the module's own data ends: nothing of that is overwritten. */
static void a_stack_does_not_run_into_data(void)
{
    scene();
    one.confined.regions[2] = region_at(one.stack.bytes - STACK_SIZE, STACK_SIZE, SMF_ACCESS_RW);
    memset(one.stack.bytes - STACK_SIZE, 0x22, STACK_SIZE);
    must_lose_its_stack(attack_overflow, 0, 0);
    for (size_t i = 1; i <= STACK_SIZE; i++)
        CHECK_EQUAL(one.stack.bytes[-(ptrdiff_t)i], 0x22);
    (void)must_return(&one, attack_write, one.stack.address - 4, 1); /* which it may write */
}

static void wild_stack_pointers_are_harmless(void)
{
    const uintptr_t wild[] = {
        0, (uintptr_t)&secret & ~(uintptr_t)3, two.stack.address + 64, UINTPTR_MAX - 3, 4, DEVICE, 0x30000000};
    uint32_t before[16];
    scene();
    memcpy(before, two.stack.bytes, sizeof before);
    for (size_t i = 0; i < sizeof wild / sizeof wild[0]; i++) {
        tap_variant("%u", (unsigned)i);
        must_lose_its_stack(attack_push, wild[i], 0);
        must_lose_its_stack(attack_wild, wild[i], 1000);
        must_lose_its_stack(attack_wild, wild[i], GATE_FOUR);
    }
    CHECK(memcmp(before, two.stack.bytes, sizeof before) == 0);
}

static void a_hang_is_taken_back(void)
{
    struct smf_fault fault;
    uintptr_t result;
    scene();
    const unsigned before = timer_count;
    CHECK_STATUS(call(&one, attack_hang, 8, 0, &result, &fault), SMF_ERR_TIMEOUT);
    CHECK_EQUAL(fault.kind, SMF_FAULT_TIME);
    CHECK_EQUAL(timer_count, before + 1);
    all_is_well();
    /* With a stack pointer that points nowhere: the tick cannot be stacked, which is a fault that arrives behind it. */
    const uintptr_t wild[] = {0x30000000, (uintptr_t)&secret & ~(uintptr_t)7, two.stack.address + 512};
    for (size_t i = 0; i < 3; i++) {
        tap_variant("%u", (unsigned)i);
        const enum smf_status status = call(&one, attack_hang_wild, wild[i], 0, &result, &fault);
        CHECK(status == SMF_ERR_TIMEOUT || (status == SMF_ERR_FAULT && fault.kind == SMF_FAULT_STACK));
        all_is_well();
    }
    CHECK(!smf_confined_expire()); /* nothing is running now */
    all_is_well();
}

/* An interrupt that is no end: served by the firmware's handler, and the module goes on where it was. */
static volatile unsigned ticks;
static void tick(void)
{
    if (++ticks < 5)
        board_timer_start(50);
    else
        smf_confined_expire();
}

static void interrupts_are_served_in_between(void)
{
    struct smf_fault fault;
    uintptr_t result;
    scene();
    one.confined.budget = 0;
    board_timer_handler = tick;
    ticks = 0;
    board_timer_start(50);
    CHECK_STATUS(call(&one, attack_hang, 0, 0, &result, &fault), SMF_ERR_TIMEOUT);
    CHECK_EQUAL(ticks, 5);
    board_timer_stop();
    all_is_well();
}

static void gates_run_exports(void)
{
    struct smf_fault fault;
    uintptr_t result;
    scene();
    memset(&seen, 0, sizeof seen);
    const uintptr_t arguments[] = {GATE_FOUR, 10, 20, 30};
    void (*const function)(void) = code_at(&one, attack_svc);
    CHECK_STATUS(smf_call_confined(&one.confined, function, arguments, 4, &result, &fault), SMF_OK);
    CHECK_EQUAL(seen.calls, 1);
    CHECK_EQUAL(seen.arguments[0], 10);
    CHECK_EQUAL(seen.arguments[1], 20);
    CHECK_EQUAL(seen.arguments[2], 30);
    CHECK_EQUAL(result, 10 + 40 + 90 + 4 * seen.arguments[3]);
    CHECK(seen.stack - one.stack.address > STACK_SIZE);
}

static void bad_gate_numbers_fault(void)
{
    const uintptr_t numbers[] = {GATE_CLOSED,       GATE_DATA,   GATE_COUNT,        SMF_GATES_MAX - 1,
                                 SMF_GATES_MAX + 1, UINTPTR_MAX, (uintptr_t)1 << 31};
    scene();
    memset(&seen, 0, sizeof seen);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        tap_variant("%u", (unsigned)i);
        must_fault(attack_svc, numbers[i], 0, SMF_FAULT_GATE, 0);
    }
    CHECK_EQUAL(seen.calls, 0);
    one.confined.gates = NULL;
    must_fault(attack_svc, GATE_FOUR, 0, SMF_FAULT_GATE, 0);
    CHECK_EQUAL(seen.calls, 0);
    /* The number behind the last gate is the return: early, but a return. */
    scene();
    CHECK_EQUAL(must_return(&one, attack_svc, SMF_GATES_MAX, 5), 5);
}

static void exports_ask_who_owns_a_pointer(void)
{
    enum { RO = 1, RW = 2, RX = 4 };
    const void *const nothing = NULL;
    scene();
    const struct {
        uintptr_t pointer;
        size_t size;
    } foreign[] = {
        {two.data.address,                   4           },
        {(uintptr_t)&secret,                 4           },
        {0,                                  1           },
        {one.data.address - 1,               2           },
        {one.data.address + REGION_SIZE - 4, 5           },
        {one.data.address + 8,               SIZE_MAX    },
        {one.data.address + 8,               SIZE_MAX - 8},
        {(uintptr_t)smf_cortexm_gates,       4           },
        {one.data.address + REGION_SIZE + 1, 0           },
    };
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        struct smf_fault fault;
        uintptr_t result;
        tap_variant("%u", (unsigned)i);
        const uintptr_t arguments[] = {GATE_POINTER, foreign[i].pointer, foreign[i].size};
        void (*const function)(void) = code_at(&one, attack_svc);
        CHECK_STATUS(smf_call_confined(&one.confined, function, arguments, 3, &result, &fault), SMF_OK);
        CHECK_EQUAL(result, 0);
    }
    const struct {
        uintptr_t pointer;
        size_t size;
        uintptr_t answer;
    } own[] = {
        {one.data.address,                   REGION_SIZE, RO | RW},
        {one.data.address + REGION_SIZE,     0,           RO | RW},
        {one.stack.address + STACK_SIZE - 1, 1,           RO | RW},
        {one.constants.address,              REGION_SIZE, RO     },
        {one.code.address + 4,               8,           RO | RX},
    };
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        uintptr_t result;
        tap_variant("own %u", (unsigned)i);
        const uintptr_t arguments[] = {GATE_POINTER, own[i].pointer, own[i].size};
        void (*const function)(void) = code_at(&one, attack_svc);
        CHECK_STATUS(smf_call_confined(&one.confined, function, arguments, 3, &result, NULL), SMF_OK);
        CHECK_EQUAL(result, own[i].answer);
    }
    CHECK(!smf_confined_owns(one.data.bytes, 4, SMF_ACCESS_RO)); /* no call is running */
    CHECK(!smf_confined_owns(nothing, 0, SMF_ACCESS_RO));
}

static void calls_do_not_nest(void)
{
    scene();
    seen.nested = SMF_OK;
    CHECK_EQUAL(must_return(&one, attack_svc, GATE_AGAIN, 0), 1);
    CHECK_STATUS(seen.nested, SMF_ERR_BUSY);
    all_is_well();
}

/* A budget that ends while an export runs ends the call when the export is done. */
static void time_in_exports_counts(void)
{
    struct smf_fault fault;
    uintptr_t result;
    scene();
    CHECK_STATUS(call(&one, attack_svc, GATE_EXPIRE, 0, &result, &fault), SMF_ERR_TIMEOUT);
    CHECK_EQUAL(fault.kind, SMF_FAULT_TIME);
    all_is_well();
}

static void registers_do_not_leak(void)
{
    scene();
    CHECK_EQUAL(must_return(&one, attack_registers, 0, 0), 0);
    uint32_t control, control_after, stack, stack_after;
    __asm__ volatile("mrs %0, control\n\tmrs %1, psp" : "=r"(control), "=r"(stack));
    (void)must_return(&one, attack_clobber, 0xDEAD, 0);
    __asm__ volatile("mrs %0, control\n\tmrs %1, psp" : "=r"(control_after), "=r"(stack_after));
    CHECK_EQUAL(control_after & 3, control & 3);
    CHECK_EQUAL(stack_after, stack);
    all_is_well();
}

static void two_modules_take_turns(void)
{
    scene();
    for (unsigned i = 0; i < 100; i++) {
        (void)must_return(&one, attack_write, one.data.address, i);
        (void)must_return(&two, attack_write, two.data.address, 1000 + i);
        if (i % 10 == 0)
            must_refuse_read_and_write(two.data.address);
        CHECK_EQUAL(must_return(&one, attack_read, one.data.address, 0), i);
        CHECK_EQUAL(must_return(&two, attack_read, two.data.address, 0), 1000 + i);
    }
}

/* Write, seal, run, 100 times: each version runs, and neither state allows what the other does. */
static void flips_100_times(void)
{
    unsigned right = 0, faults = 0;
    struct smf_fault fault;
    uintptr_t result;
    scene();
    for (uint32_t i = 0; i < 100; i++) {
        const uint32_t code[] = {0x47702000u | i}; /* movs r0, #i; bx lr */
        memcpy(one.code.bytes, code, sizeof code);
        __asm__ volatile("dsb\n\tisb" : : : "memory");
        one.confined.regions[0].access = SMF_ACCESS_RW;
        faults += call(&one, attack_code, 0, 0, &result, &fault) == SMF_ERR_FAULT && fault.kind == SMF_FAULT_EXECUTE;
        one.confined.regions[0].access = SMF_ACCESS_RX;
        right += call(&one, attack_code, 0, 0, &result, &fault) == SMF_OK && result == i;
        faults += call(&one, attack_write, one.code.address, 0, &result, &fault) == SMF_ERR_FAULT &&
                  fault.kind == SMF_FAULT_ACCESS;
    }
    CHECK_EQUAL(right, 100);
    CHECK_EQUAL(faults, 200);
}

/* Sizes that are no power of two: exact at both ends. */
static void regions_of_any_size_are_exact(void)
{
    static const size_t v7[] = {32, 64, 256, 320, 640, 1024, 1280, 3584}, v8[] = {32, 96, 224, 640, 1056, 3616};
    const size_t *sizes = SMF_CORTEXM_HAS_LIMITS ? v8 : v7;
    const size_t count = SMF_CORTEXM_HAS_LIMITS ? sizeof v8 / sizeof v8[0] : sizeof v7 / sizeof v7[0];
    scene();
    for (size_t i = 0; i < count; i++) {
        tap_variant("%u bytes", (unsigned)sizes[i]);
        const uintptr_t start = two.data.address; /* a multiple of 4096 */
        one.confined.regions[2] = region_at((uint8_t *)start, sizes[i], SMF_ACCESS_RW);
        (void)must_return(&one, attack_write, start, 1);
        (void)must_return(&one, attack_write, start + sizes[i] - 4, 1);
        must_fault(attack_write, start - 4, 0, SMF_FAULT_ACCESS, DATA_FAULT);
        must_fault(attack_write, start + sizes[i], 0, SMF_FAULT_ACCESS, DATA_FAULT);
    }
}

/* A stack that the unit cannot describe exactly is refused, not rounded. */
static void what_the_unit_cannot_describe_is_refused(void)
{
    scene();
    one.confined.regions[3] = region_at(one.stack.bytes + 8, 1000, SMF_ACCESS_RW);
    CHECK_STATUS(smf_call_confined(&one.confined, code_at(&one, attack_add), NULL, 0, NULL, NULL), SMF_ERR_LIMIT);
}

static void bad_calls_are_refused(void)
{
    const uintptr_t arguments[5] = {0};
    scene();
    void (*const function)(void) = code_at(&one, attack_add);
    CHECK_STATUS(smf_call_confined(&one.confined, NULL, NULL, 0, NULL, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_call_confined(&one.confined, function, arguments, 5, NULL, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_call_confined(&one.confined, function, NULL, 1, NULL, NULL), SMF_ERR_ARGUMENT);
    one.confined.timer = NULL;
    CHECK_STATUS(smf_call_confined(&one.confined, function, NULL, 0, NULL, NULL), SMF_ERR_ARGUMENT);
    scene();
    CHECK_STATUS(smf_call_confined(&one.confined, function, NULL, 0, NULL, NULL), SMF_OK);
    one.confined.regions[1].access = SMF_ACCESS_RWX;
    CHECK_STATUS(smf_call_confined(&one.confined, function, NULL, 0, NULL, NULL), SMF_ERR_PROTECT);
    scene();
    one.confined.region_count = 0;
    CHECK_STATUS(smf_call_confined(&one.confined, function, NULL, 0, NULL, NULL), SMF_ERR_ARGUMENT);
    one.confined.region_count = SMF_CONFINED_REGIONS + 1;
    CHECK_STATUS(smf_call_confined(&one.confined, function, NULL, 0, NULL, NULL), SMF_ERR_ARGUMENT);
}

static const struct tap_case cases[] = {
    {"own_memory_is_allowed",                    own_memory_is_allowed                   },
    {"writing_code_and_constants_faults",        writing_code_and_constants_faults       },
    {"executing_data_faults",                    executing_data_faults                   },
    {"jumping_out_faults",                       jumping_out_faults                      },
    {"running_off_the_end_faults",               running_off_the_end_faults              },
    {"foreign_memory_faults",                    foreign_memory_faults                   },
    {"devices_fault",                            devices_fault                           },
    {"system_registers_fault",                   system_registers_fault                  },
    {"privileged_instructions_do_nothing",       privileged_instructions_do_nothing      },
    {"what_is_no_instruction_faults",            what_is_no_instruction_faults           },
    {"floating_point_stays_closed",              floating_point_stays_closed             },
    {"misaligned_access_keeps_to_its_region",    misaligned_access_keeps_to_its_region   },
    {"a_stack_does_not_run_into_data",           a_stack_does_not_run_into_data          },
    {"stack_overflow_is_told_as_such",           stack_overflow_is_told_as_such          },
    {"wild_stack_pointers_are_harmless",         wild_stack_pointers_are_harmless        },
    {"a_hang_is_taken_back",                     a_hang_is_taken_back                    },
    {"interrupts_are_served_in_between",         interrupts_are_served_in_between        },
    {"gates_run_exports",                        gates_run_exports                       },
    {"bad_gate_numbers_fault",                   bad_gate_numbers_fault                  },
    {"exports_ask_who_owns_a_pointer",           exports_ask_who_owns_a_pointer          },
    {"calls_do_not_nest",                        calls_do_not_nest                       },
    {"time_in_exports_counts",                   time_in_exports_counts                  },
    {"registers_do_not_leak",                    registers_do_not_leak                   },
    {"two_modules_take_turns",                   two_modules_take_turns                  },
    {"flips_100_times",                          flips_100_times                         },
    {"regions_of_any_size_are_exact",            regions_of_any_size_are_exact           },
    {"what_the_unit_cannot_describe_is_refused", what_the_unit_cannot_describe_is_refused},
    {"bad_calls_are_refused",                    bad_calls_are_refused                   },
};
TAP_MAIN(cases)
