/* SPDX-License-Identifier: MIT */
/*
 * hostile.c - attacks on the machinery of confined calls itself: on the moments between firmware and module, on the
 * security states of Armv8-M, and calls at times when a module could not be taken back.
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

static struct smf_confined confined;

typedef void function_type(void);
static function_type *code_at(const uint8_t *attack)
{
    return (function_type *)(confined.regions[0].address + (uintptr_t)(attack - attack_code) + 1);
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
static void expire(void) { smf_confined_expire(); }

static uintptr_t pass(uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d)
{
    (void)b, (void)c, (void)d;
    return a;
}
static const struct smf_export entry = {"pass", (uintptr_t)pass, SMF_KIND_FUNCTION | SMF_EXPORT_CONFINED, 0};
static const struct smf_exports exports = {.entries = &entry, .count = 1};
static const struct smf_gates gates = {&exports};

static void scene(void)
{
    CHECK(board_port() != NULL);
    board_timer_handler = expire;
    confined = (struct smf_confined){
        .gates = &gates,
        .regions = {{smf_code_start, (uintptr_t)smf_code_start, REGION_SIZE, SMF_ACCESS_RX},
                    {smf_data_start, (uintptr_t)smf_data_start, STACK_SIZE, SMF_ACCESS_RW}},
        .region_count = 2,
        .budget = 2000,
        .timer = &timer
    };
    memset(smf_code_start, 0, REGION_SIZE);
    memcpy(smf_code_start, attack_code, (size_t)(attack_code_end - attack_code));
    __asm__ volatile("dsb\n\tisb" : : : "memory");
}

static enum smf_status call(const uint8_t *attack, uintptr_t a0, uintptr_t *result, struct smf_fault *fault)
{
    const uintptr_t arguments[] = {a0, 2};
    *fault = (struct smf_fault){0};
    *result = 0;
    return smf_call_confined(&confined, code_at(attack), arguments, 2, result, fault);
}

static void all_is_well(void)
{
    struct smf_fault fault;
    uintptr_t sum;
    CHECK_STATUS(call(attack_add, 40, &sum, &fault), SMF_OK);
    CHECK_EQUAL(sum, 42);
}

/* A timer that is faster than the way into the module. */
static void start_late(void *context, uint32_t microseconds)
{
    (void)context, (void)microseconds;
    CHECK(smf_confined_expire());
}

static void a_budget_can_end_before_the_module_runs(void)
{
    static const struct smf_confined_timer late = {start_late, stop_timer, NULL};
    struct smf_fault fault;
    uintptr_t result;
    scene();
    confined.timer = &late;
    CHECK_STATUS(call(attack_hang, 0, &result, &fault), SMF_ERR_TIMEOUT);
    CHECK_EQUAL(fault.kind, SMF_FAULT_TIME);
    confined.timer = &timer;
    all_is_well();
}

/* Wherever the tick falls: into the module, the export, or on the way from one to the other. */
static void a_budget_can_end_anywhere(void)
{
    struct smf_fault fault;
    uintptr_t result;
    scene();
    for (uint32_t budget = 1; budget <= 300; budget++) {
        tap_variant("%u", (unsigned)budget);
        confined.budget = budget;
        CHECK_STATUS(call(attack_ask_hang, 0, &result, &fault), SMF_ERR_TIMEOUT);
        CHECK_EQUAL(fault.kind, SMF_FAULT_TIME);
    }
    confined.budget = 2000;
    all_is_well();
}

static void breakpoints_are_faults(void)
{
    struct smf_fault fault;
    uintptr_t result;
    scene();
    CHECK_STATUS(call(attack_breakpoint, 0, &result, &fault), SMF_ERR_FAULT);
    CHECK_EQUAL(fault.kind, SMF_FAULT_INSTRUCTION);
    CHECK_EQUAL(fault.instruction, (uintptr_t)code_at(attack_breakpoint) - 1);
    all_is_well();
}

/* The fault is taken from the other security state, whose stack pointers and CONTROL are not the module's. */
static void leaving_the_secure_state_is_a_fault(void)
{
    struct smf_fault fault;
    uintptr_t result;
    scene();
    const uintptr_t targets[] = {(uintptr_t)code_at(attack_hang), 0, 0x20000000, UINTPTR_MAX - 1};
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        tap_variant("%u", (unsigned)i);
        CHECK_STATUS(call(attack_non_secure, targets[i] & ~(uintptr_t)1, &result, &fault), SMF_ERR_FAULT);
        CHECK_EQUAL(fault.kind, i < 3 || !SMF_CORTEXM_HAS_LIMITS ? SMF_FAULT_INSTRUCTION : SMF_FAULT_EXECUTE);
        all_is_well();
    }
}

/* Where no interrupt arrives nobody takes a module back, and SVC itself may not be taken. */
static void masked_callers_are_refused(void)
{
    struct smf_fault fault;
    uintptr_t result;
    scene();
    __asm__ volatile("cpsid i" : : : "memory");
    enum smf_status status = call(attack_add, 1, &result, &fault);
    __asm__ volatile("cpsie i" : : : "memory");
    CHECK_STATUS(status, SMF_ERR_ARGUMENT);
    __asm__ volatile("cpsid f" : : : "memory");
    status = call(attack_add, 1, &result, &fault);
    __asm__ volatile("cpsie f" : : : "memory");
    CHECK_STATUS(status, SMF_ERR_ARGUMENT);
    __asm__ volatile("msr basepri, %0" : : "r"(0x80) : "memory");
    status = call(attack_add, 1, &result, &fault);
    __asm__ volatile("msr basepri, %0" : : "r"(0) : "memory");
    CHECK_STATUS(status, SMF_ERR_ARGUMENT);
    all_is_well();
}

static volatile enum smf_status from_handler;
static volatile bool handled;
static void call_from_handler(void)
{
    struct smf_fault fault;
    uintptr_t result;
    from_handler = call(attack_add, 1, &result, &fault);
    handled = true;
}

static void interrupt_handlers_are_refused(void)
{
    scene();
    handled = false;
    board_timer_handler = call_from_handler;
    board_timer_start(10);
    while (!handled)
        ;
    board_timer_stop();
    board_timer_handler = expire;
    CHECK_STATUS(from_handler, SMF_ERR_ARGUMENT);
    all_is_well();
}

static const struct tap_case cases[] = {
    {"breakpoints_are_faults",                  breakpoints_are_faults                 },
    {"leaving_the_secure_state_is_a_fault",     leaving_the_secure_state_is_a_fault    },
    {"a_budget_can_end_before_the_module_runs", a_budget_can_end_before_the_module_runs},
    {"a_budget_can_end_anywhere",               a_budget_can_end_anywhere              },
    {"masked_callers_are_refused",              masked_callers_are_refused             },
    {"interrupt_handlers_are_refused",          interrupt_handlers_are_refused         },
};
TAP_MAIN(cases)
