/* SPDX-License-Identifier: MIT */
/*
 * confined.c - every fault that a module in U-mode can make, provoked and seen, and the firmware goes on.
 *
 * The modules here are a few instructions of attacks.S in regions that the test cut out of the board's
 * pools by hand: what is tested is the protection itself, without port or loader.
 */
#include <string.h>

#include "attacks.h"
#include "board.h"
#include "harness/tap.h"
#include "pmp.h"
#include "riscv_run.h"
#include "smf/confined.h"

__asm__(".option arch, +zicsr");

#define REGION_SIZE 4096u
#define STACK_SIZE 1024u
#define BUDGET 2000u /* microseconds: what a module that hangs may take */
#define UART 0x10000000u
#define FINISHER 0x100000u

static volatile uint32_t secret = 0x5EC2E7; /* of the firmware */

/* A module: code, constants, data, stack. The stack ends a region of its own, with nothing below it. */
struct victim {
    struct smf_confined confined;
    struct smf_region code, constants, data, stack;
};
static struct victim one, two;

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
    __asm__ volatile(".word 0x0000100F" ::: "memory"); /* fence.i */
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
    board_timer_handler = expire;
    make(&one, 0);
    make(&two, 2 * REGION_SIZE);
}

static enum smf_status call(struct victim *victim, const uint8_t *attack, uintptr_t a0, uintptr_t a1, uintptr_t *result,
                            struct smf_fault *fault)
{
    const uintptr_t arguments[] = {a0, a1, 0, 0};
    void (*const function)(void) = (void (*)(void))(victim->code.address + (uintptr_t)(attack - attack_code));
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
    must_refuse_access(attack_read, address, SMF_RISCV_LOAD_FAULT);
    must_refuse_access(attack_write, address, SMF_RISCV_STORE_FAULT);
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
    must_refuse_access(attack_write, one.code.address, SMF_RISCV_STORE_FAULT);
    must_refuse_access(attack_write, one.code.address + REGION_SIZE - 4, SMF_RISCV_STORE_FAULT);
    must_refuse_access(attack_write, one.constants.address, SMF_RISCV_STORE_FAULT);
    must_refuse_access(attack_write, (uintptr_t)smf_riscv_gates, SMF_RISCV_STORE_FAULT);
}

/* Fetches: the instruction that the fault names is the target. */
static void must_refuse_jump(uintptr_t target)
{
    const struct smf_fault fault = must_fault(attack_jump, target, 0, SMF_FAULT_EXECUTE, SMF_RISCV_FETCH_FAULT);
    CHECK(fault.has_address);
    CHECK_EQUAL(fault.address, target);
    CHECK_EQUAL(fault.instruction, target);
}

static void executing_data_faults(void)
{
    static const uint8_t returns[] = {0x82, 0x80, 0x82, 0x80}; /* c.jr ra, twice */
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
    must_refuse_jump(0);
    must_refuse_jump(one.code.address + REGION_SIZE);
    must_refuse_jump(two.code.address);
    must_refuse_jump((uintptr_t)all_is_well);
    must_refuse_jump((uintptr_t)smf_riscv_run);
    must_refuse_jump((uintptr_t)smf_riscv_gates_end);
    must_refuse_jump(UART);
}

/* The code region is a page, so running off its end is seen too; and a 4-byte instruction that lies across the end. */
static void running_off_the_end_faults(void)
{
    static const uint8_t nothing[] = {0x13, 0, 0, 0, 0x13, 0, 0, 0}, half[] = {0x01, 0, 0x13, 0x05};
    scene();
    memcpy(one.code.bytes + REGION_SIZE - sizeof nothing, nothing, sizeof nothing);
    struct smf_fault fault = must_fault(attack_jump, one.code.address + REGION_SIZE - sizeof nothing, 0,
                                        SMF_FAULT_EXECUTE, SMF_RISCV_FETCH_FAULT);
    CHECK_EQUAL(fault.address, one.code.address + REGION_SIZE);
    memcpy(one.code.bytes + REGION_SIZE - sizeof half, half, sizeof half);
    fault = must_fault(attack_jump, one.code.address + REGION_SIZE - sizeof half, 0, SMF_FAULT_EXECUTE,
                       SMF_RISCV_FETCH_FAULT);
    CHECK_EQUAL(fault.address, one.code.address + REGION_SIZE);
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
    must_refuse_access(attack_read_byte, UART + 5, SMF_RISCV_LOAD_FAULT);
    must_refuse_access(attack_write, FINISHER, SMF_RISCV_STORE_FAULT);
    must_refuse_access(attack_write, 0x02004000, SMF_RISCV_STORE_FAULT); /* the timer that would take it back */
}

static void privileged_instructions_fault(void)
{
    static const uint8_t *const attacks[] = {attack_csr,   attack_csr_write, attack_mret,  attack_sret,     attack_wfi,
                                             attack_fence, attack_counter,   attack_float, attack_undefined};
    scene();
    for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
        tap_variant("%u", (unsigned)i);
        const struct smf_fault fault = must_fault(attacks[i], 0, 0, SMF_FAULT_INSTRUCTION, SMF_RISCV_ILLEGAL);
        CHECK_EQUAL(fault.instruction, one.code.address + (uintptr_t)(attacks[i] - attack_code));
        CHECK(!fault.has_address);
    }
    must_fault(attack_ebreak, 0, 0, SMF_FAULT_INSTRUCTION, SMF_RISCV_BREAKPOINT);
}

/* scounteren is there with supervisor mode only; four bytes, so that it can be skipped. */
static void open_counters(void *context)
{
    __asm__ volatile(".option push\n .option norvc\n csrw 0x306, %0\n csrw 0x106, %0\n .option pop"
                     :
                     : "r"(*(const uintptr_t *)context)
                     : "a0");
}

/* Counters are closed whatever the firmware allows U-mode elsewhere, and what it allows is back afterwards. */
static void counters_stay_closed(void)
{
    uintptr_t counters = 7, none = 0;
    scene();
    smf_pmp_guard(open_counters, &counters);
    counters = 0;
    must_fault(attack_counter, 0, 0, SMF_FAULT_INSTRUCTION, SMF_RISCV_ILLEGAL);
    __asm__ volatile("csrr %0, 0x306" : "=r"(counters));
    CHECK_EQUAL(counters, 7);
    smf_pmp_guard(open_counters, &none);
}

/*
 * Floating point is off for modules, also where the firmware uses it; its state comes back as it was. On a hart
 * that has none, mstatus.FS stays 0.
 */
static void floating_point_stays_off(void)
{
    const uintptr_t dirty = 0x6000;
    uintptr_t before, after;
    scene();
    __asm__ volatile("csrs mstatus, %1\n csrr %0, mstatus" : "=r"(before) : "r"(dirty));
    must_fault(attack_float, 0, 0, SMF_FAULT_INSTRUCTION, SMF_RISCV_ILLEGAL);
    __asm__ volatile("csrr %0, mstatus" : "=r"(after));
    CHECK_EQUAL(after & dirty, before & dirty);
    tap_note("mstatus.FS is %u in the firmware", (unsigned)((before & dirty) >> 13));
    __asm__ volatile("csrc mstatus, %0" : : "r"(dirty));
}

/* QEMU does misaligned accesses, so none faults by itself; one that leaves its region does. */
static void misaligned_access_keeps_to_its_region(void)
{
    scene();
    CHECK_EQUAL(must_return(&one, attack_read, one.data.address + 2, 0), 0x22222222);
    (void)must_fault(attack_read, one.data.address + REGION_SIZE - 2, 0, SMF_FAULT_ACCESS, SMF_RISCV_LOAD_FAULT);
    (void)must_fault(attack_write, one.data.address + REGION_SIZE - 2, 0, SMF_FAULT_ACCESS, SMF_RISCV_STORE_FAULT);
}

static void stack_overflow_is_told_as_such(void)
{
    scene();
    struct smf_fault fault = must_fault(attack_overflow, 0, 0, SMF_FAULT_STACK, SMF_RISCV_STORE_FAULT);
    CHECK(fault.has_address);
    CHECK(fault.address < one.stack.address && fault.address >= one.stack.address - 32);

    /* A stack that touches the module's own data is cut by a guard, so an overflow is still seen. */
    const uint32_t before = 0x22222222;
    uint32_t after;
    one.confined.regions[3] = region_at(one.data.bytes + REGION_SIZE, STACK_SIZE, SMF_ACCESS_RW);
    fault = must_fault(attack_overflow, 0, 0, SMF_FAULT_STACK, SMF_RISCV_STORE_FAULT);
    CHECK(fault.address >= one.data.address + REGION_SIZE && fault.address < one.data.address + REGION_SIZE + 64);
    memcpy(&after, one.data.bytes + REGION_SIZE - 4, sizeof after);
    CHECK_EQUAL(after, before);
}

static void wild_stack_pointers_are_harmless(void)
{
    const uintptr_t wild[] = {0, (uintptr_t)&secret, two.stack.address + 64, UINTPTR_MAX, 3, UART};
    scene();
    for (size_t i = 0; i < sizeof wild / sizeof wild[0]; i++) {
        tap_variant("%u", (unsigned)i);
        must_fault(attack_push, wild[i], 0, SMF_FAULT_STACK, SMF_RISCV_STORE_FAULT);
        must_fault(attack_wild, wild[i], 1000, SMF_FAULT_GATE, SMF_RISCV_ECALL_USER);
    }
}

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
    void (*const function)(void) = (void (*)(void))(one.code.address + (uintptr_t)(attack_ecall - attack_code));
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
        void (*const function)(void) = (void (*)(void))(one.code.address + (uintptr_t)(attack_ecall - attack_code));
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
        void (*const function)(void) = (void (*)(void))(one.code.address + (uintptr_t)(attack_ecall - attack_code));
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

/* Write, seal, run, 100 times: each version runs, and neither state allows what the other does. */
static void flips_100_times(void)
{
    unsigned right = 0, faults = 0;
    struct smf_fault fault;
    uintptr_t result;
    scene();
    for (uint32_t i = 0; i < 100; i++) {
        const uint32_t code[] = {0x513u | i << 20, 0x8067}; /* li a0, i; ret */
        memcpy(one.code.bytes, code, sizeof code);
        __asm__ volatile(".word 0x0000100F" ::: "memory");
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

/* Sizes that are no power of two, down to the grain: exact at both ends. */
static void regions_of_any_size_are_exact(void)
{
    static const size_t sizes[] = {4, 8, 12, 64, 100, 1000, 2048, 4092, 5000};
    scene();
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const size_t size = sizes[i] & ~(size_t)3;
        for (size_t offset = 0; offset < 12; offset += 4) {
            tap_variant("%u bytes at %u", (unsigned)size, (unsigned)offset);
            const uintptr_t start = two.data.address + 16 + offset;
            one.confined.regions[2] = region_at((uint8_t *)start, size, SMF_ACCESS_RW);
            (void)must_return(&one, attack_write, start, 1);
            (void)must_return(&one, attack_write, start + size - 4, 1);
            must_fault(attack_write, start - 4, 0, SMF_FAULT_ACCESS, SMF_RISCV_STORE_FAULT);
            must_fault(attack_write, start + size, 0, SMF_FAULT_ACCESS, SMF_RISCV_STORE_FAULT);
        }
    }
}

/* Between calls no entry is left: the live registers allow nothing. */
static void entries_are_gone_after_a_call(void)
{
    struct smf_pmp_map map;
    enum smf_access access;
    scene();
    all_is_well();
    smf_pmp_read(&map, smf_pmp_facts());
    CHECK(map.count >= 8);
    tap_note("%u entries, grain %u, %s", map.count, (unsigned)smf_pmp_facts()->grain,
             smf_pmp_facts()->fence ? "sfence.vma" : "no sfence.vma");
    CHECK(!smf_pmp_lookup(&map, one.code.address, &access));
    CHECK(!smf_pmp_lookup(&map, one.data.address, &access));
}

/* What was written is what the registers say, and the query tells it. */
static void registers_say_what_was_written(void)
{
    struct smf_pmp_map map, found;
    enum smf_access access;
    scene();
    struct smf_pmp_range ranges[] = {
        {one.code.address,      REGION_SIZE,       SMF_ACCESS_RX},
        {one.data.address,      REGION_SIZE + 100, SMF_ACCESS_RW},
        {one.constants.address, 12,                SMF_ACCESS_RO}
    };
    CHECK_STATUS(smf_pmp_describe(&map, ranges, 3, smf_pmp_facts()), SMF_OK);
    smf_pmp_write(&map, smf_pmp_facts());
    smf_pmp_read(&found, smf_pmp_facts());
    smf_pmp_write(NULL, smf_pmp_facts());
    CHECK(smf_pmp_lookup(&found, one.code.address + REGION_SIZE - 1, &access) && access == SMF_ACCESS_RX);
    CHECK(smf_pmp_lookup(&found, one.data.address + REGION_SIZE + 99, &access) && access == SMF_ACCESS_RW);
    CHECK(smf_pmp_lookup(&found, one.constants.address, &access) && access == SMF_ACCESS_RO);
    CHECK(!smf_pmp_lookup(&found, one.constants.address + 12, &access));
    CHECK(!smf_pmp_lookup(&found, one.data.address - 1, &access));
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
}

static const struct tap_case cases[] = {
    {"own_memory_is_allowed",                 own_memory_is_allowed                },
    {"writing_code_and_constants_faults",     writing_code_and_constants_faults    },
    {"executing_data_faults",                 executing_data_faults                },
    {"jumping_out_faults",                    jumping_out_faults                   },
    {"running_off_the_end_faults",            running_off_the_end_faults           },
    {"foreign_memory_faults",                 foreign_memory_faults                },
    {"devices_fault",                         devices_fault                        },
    {"privileged_instructions_fault",         privileged_instructions_fault        },
    {"counters_stay_closed",                  counters_stay_closed                 },
    {"floating_point_stays_off",              floating_point_stays_off             },
    {"misaligned_access_keeps_to_its_region", misaligned_access_keeps_to_its_region},
    {"stack_overflow_is_told_as_such",        stack_overflow_is_told_as_such       },
    {"wild_stack_pointers_are_harmless",      wild_stack_pointers_are_harmless     },
    {"a_hang_is_taken_back",                  a_hang_is_taken_back                 },
    {"interrupts_are_served_in_between",      interrupts_are_served_in_between     },
    {"gates_run_exports",                     gates_run_exports                    },
    {"bad_gate_numbers_fault",                bad_gate_numbers_fault               },
    {"exports_ask_who_owns_a_pointer",        exports_ask_who_owns_a_pointer       },
    {"calls_do_not_nest",                     calls_do_not_nest                    },
    {"time_in_exports_counts",                time_in_exports_counts               },
    {"registers_do_not_leak",                 registers_do_not_leak                },
    {"two_modules_take_turns",                two_modules_take_turns               },
    {"flips_100_times",                       flips_100_times                      },
    {"regions_of_any_size_are_exact",         regions_of_any_size_are_exact        },
    {"entries_are_gone_after_a_call",         entries_are_gone_after_a_call        },
    {"registers_say_what_was_written",        registers_say_what_was_written       },
    {"bad_calls_are_refused",                 bad_calls_are_refused                }
};
TAP_MAIN(cases)
