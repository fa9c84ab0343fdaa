/* SPDX-License-Identifier: MIT */
/* calls.c - what surrounds a module that runs: timer, interrupts, gates, registers, another module. */
#include <string.h>

#include "board.h"
#include "harness/tap.h"
#include "pmp.h"
#include "riscv_run.h"
#include "victims.h"

__asm__(".option arch, +zicsr");

static void a_hang_is_taken_back(void)
{
    struct smf_fault fault;
    uintptr_t result;
    scene();
    const uint8_t *const hangs[] = {attack_hang, attack_hang_wild};
    for (size_t i = 0; i < 2; i++) {
        const unsigned before = timer_count;
        CHECK_STATUS(call(&one, hangs[i], 8, 0, &result, &fault), SMF_ERR_TIMEOUT);
        CHECK_EQUAL(fault.kind, SMF_FAULT_TIME);
        CHECK_EQUAL(timer_count, before + 1);
        CHECK(fault.instruction >= one.code.address && fault.instruction < one.code.address + REGION_SIZE);
        all_is_well();
    }
    CHECK(!smf_confined_expire()); /* nothing is running now */
    all_is_well();
}

/* A timer that is faster than the way into the module. */
static void start_late(void *context, uint32_t microseconds)
{
    (void)context, (void)microseconds;
    CHECK(smf_confined_expire());
}

static void stop_late(void *context) { (void)context; }

static void a_budget_can_end_before_the_module_runs(void)
{
    static const struct smf_confined_timer late = {start_late, stop_late, NULL};
    struct smf_fault fault;
    uintptr_t result;
    scene();
    one.confined.timer = &late;
    CHECK_STATUS(call(&one, attack_hang, 0, 0, &result, &fault), SMF_ERR_TIMEOUT);
    CHECK_EQUAL(fault.kind, SMF_FAULT_TIME);
    scene();
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
    /* One that is pending already when the call begins. */
    ticks = 4;
    board_timer_start(0);
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
    CHECK_STATUS(smf_call_confined(&one.confined, function_at(&one, attack_ecall), arguments, 4, &result, &fault),
                 SMF_OK);
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
        must_fault(attack_ecall, numbers[i], 0, SMF_FAULT_GATE, SMF_RISCV_ECALL_USER);
    }
    CHECK_EQUAL(seen.calls, 0);
    one.confined.gates = NULL;
    must_fault(attack_ecall, GATE_FOUR, 0, SMF_FAULT_GATE, SMF_RISCV_ECALL_USER);
    CHECK_EQUAL(seen.calls, 0);
    /* The number behind the last gate is the return: early, but a return. */
    scene();
    CHECK_EQUAL(must_return(&one, attack_ecall, SMF_GATES_MAX, 5), 5);
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
        {(uintptr_t)smf_riscv_gates,         4           },
        {one.data.address + REGION_SIZE + 1, 0           },
    };
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        struct smf_fault fault;
        uintptr_t result;
        tap_variant("%u", (unsigned)i);
        const uintptr_t arguments[] = {GATE_POINTER, foreign[i].pointer, foreign[i].size};
        CHECK_STATUS(smf_call_confined(&one.confined, function_at(&one, attack_ecall), arguments, 3, &result, &fault),
                     SMF_OK);
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
        CHECK_STATUS(smf_call_confined(&one.confined, function_at(&one, attack_ecall), arguments, 3, &result, NULL),
                     SMF_OK);
        CHECK_EQUAL(result, own[i].answer);
    }
    CHECK(!smf_confined_owns(one.data.bytes, 4, SMF_ACCESS_RO)); /* no call is running */
    CHECK(!smf_confined_owns(nothing, 0, SMF_ACCESS_RO));
}

static void calls_do_not_nest(void)
{
    scene();
    seen.nested = SMF_OK;
    CHECK_EQUAL(must_return(&one, attack_ecall, GATE_AGAIN, 0), 1);
    CHECK_STATUS(seen.nested, SMF_ERR_BUSY);
    all_is_well();
}

/* A budget that ends while an export runs ends the call when the export is done. */
static void time_in_exports_counts(void)
{
    struct smf_fault fault;
    uintptr_t result;
    scene();
    CHECK_STATUS(call(&one, attack_ecall, GATE_EXPIRE, 0, &result, &fault), SMF_ERR_TIMEOUT);
    CHECK_EQUAL(fault.kind, SMF_FAULT_TIME);
    all_is_well();
}

static void registers_do_not_leak(void)
{
    uintptr_t gp, tp, gp_after, tp_after, vector, vector_after, scratch;
    scene();
    CHECK_EQUAL(must_return(&one, attack_registers, 0, 0), 0);
    __asm__ volatile("mv %0, gp\n mv %1, tp\n csrr %2, mtvec\n csrw mscratch, %3"
                     : "=&r"(gp), "=&r"(tp), "=&r"(vector)
                     : "r"((uintptr_t)0x1234));
    (void)must_return(&one, attack_clobber, 0xDEAD, 0);
    __asm__ volatile("mv %0, gp\n mv %1, tp\n csrr %2, mtvec\n csrr %3, mscratch"
                     : "=r"(gp_after), "=r"(tp_after), "=r"(vector_after), "=r"(scratch));
    CHECK_EQUAL(gp_after, gp);
    CHECK_EQUAL(tp_after, tp);
    CHECK_EQUAL(vector_after, vector);
    CHECK_EQUAL(scratch, 0x1234);
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

static void bad_calls_are_refused(void)
{
    const uintptr_t arguments[5] = {0};
    scene();
    void (*const function)(void) = (void (*)(void))one.code.address;
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
    {"a_hang_is_taken_back",                    a_hang_is_taken_back                   },
    {"a_budget_can_end_before_the_module_runs", a_budget_can_end_before_the_module_runs},
    {"interrupts_are_served_in_between",        interrupts_are_served_in_between       },
    {"gates_run_exports",                       gates_run_exports                      },
    {"bad_gate_numbers_fault",                  bad_gate_numbers_fault                 },
    {"exports_ask_who_owns_a_pointer",          exports_ask_who_owns_a_pointer         },
    {"calls_do_not_nest",                       calls_do_not_nest                      },
    {"time_in_exports_counts",                  time_in_exports_counts                 },
    {"registers_do_not_leak",                   registers_do_not_leak                  },
    {"two_modules_take_turns",                  two_modules_take_turns                 },
    {"bad_calls_are_refused",                   bad_calls_are_refused                  }
};
TAP_MAIN(cases)
