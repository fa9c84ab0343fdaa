/* SPDX-License-Identifier: MIT */
/* faults.c - every fault that a module in U-mode can make by itself, provoked and seen. */
#include <string.h>

#include "harness/tap.h"
#include "pmp.h"
#include "riscv_run.h"
#include "victims.h"

__asm__(".option arch, +zicsr");

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

/*
 * The code region is a page, so running off its end is seen too; and a 4-byte instruction that lies
 * across the end.
 */
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
    {"wild_stack_pointers_are_harmless",      wild_stack_pointers_are_harmless     }
};
TAP_MAIN(cases)
