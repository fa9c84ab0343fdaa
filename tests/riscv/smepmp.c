/* SPDX-License-Identifier: MIT */
/*
 * smepmp.c - a firmware that uses Smepmp (mseccfg.MML) for itself: unlocked entries then are U-mode's alone, so that
 * modules run as ever and machine mode cannot execute their code. Lasts until reset: a program of its own.
 */
#include <string.h>

#include "attacks.h"
#include "board.h"
#include "harness/tap.h"
#include "pmp.h"
#include "riscv_run.h"
#include "smf/confined.h"

__asm__(".option arch, +zicsr");

enum { LAST = 15, MML = 1 };
#define FLASH 0x80000000u
#define FLASH_SIZE 0x01000000u /* link.ld */

/* pmp_registers.S */
void smf_pmp_write_address(unsigned number, uintptr_t value);
uintptr_t smf_pmp_read_configs(unsigned number);
void smf_pmp_write_configs(unsigned number, uintptr_t value);

/* uintptr_t call_and_catch(function): mcause if machine mode's call traps, UINTPTR_MAX if it returns. */
uintptr_t call_and_catch(uintptr_t function);
__asm__(".text\n"
        ".globl call_and_catch\n"
        "call_and_catch:\n"
        "    mv t2, ra\n"
        "    lla t0, 1f\n"
        "    csrrw t1, mtvec, t0\n"
        "    jalr a0\n"
        "    li a0, -1\n"
        "    csrw mtvec, t1\n"
        "    jr t2\n"
        "    .balign 4\n"
        "1:  csrr a0, mcause\n"
        "    lla t0, 2f\n"
        "    csrw mepc, t0\n"
        "    mret\n"
        "2:  csrw mtvec, t1\n"
        "    jr t2\n");

/*
 * Machine mode executes what a locked entry allows and nothing else; the last number, so that the
 * gates' entry comes first.
 */
static void use_smepmp(void)
{
    const unsigned shift = LAST % sizeof(uintptr_t) * 8, which = LAST / (unsigned)sizeof(uintptr_t);
    const uintptr_t config = SMF_PMP_READ | SMF_PMP_EXECUTE | SMF_PMP_NAPOT | SMF_PMP_LOCKED;
    smf_pmp_write_address(LAST, FLASH / 4 | (FLASH_SIZE / 8 - 1));
    smf_pmp_write_configs(which, smf_pmp_read_configs(which) | config << shift);
    __asm__ volatile("csrs 0x747, %0" : : "r"((uintptr_t)MML)); /* mseccfg */
}

static void machine_mode_cannot_execute_modules(void)
{
    uint8_t *const code = smf_code_start, *const data = smf_data_start;
    const uintptr_t arguments[] = {40, 2, 0, 0}, write[] = {(uintptr_t)code, 0};
    struct smf_fault fault;
    uintptr_t result = 0, found;
    memcpy(code, attack_code, (size_t)(attack_code_end - attack_code));
    __asm__ volatile("fence rw, rw\n .word 0x0000100F" ::: "memory"); /* fence.i */
    CHECK_EQUAL(call_and_catch((uintptr_t)code), UINTPTR_MAX);        /* before, it can */
    use_smepmp();
    __asm__ volatile("csrr %0, 0x747" : "=r"(found));
    CHECK_EQUAL(found & MML, MML);

    struct smf_confined confined = {
        .regions = {{code, (uintptr_t)code, 4096, SMF_ACCESS_RX}, {data, (uintptr_t)data, 4096, SMF_ACCESS_RW}},
        .region_count = 2,
    };
    for (unsigned turn = 0; turn < 3; turn++) {
        CHECK_STATUS(smf_call_confined(&confined, (void (*)(void))(uintptr_t)code, arguments, 4, &result, &fault),
                     SMF_OK);
        CHECK_EQUAL(result, 42);
        CHECK_EQUAL(call_and_catch((uintptr_t)code), SMF_RISCV_FETCH_FAULT);
        CHECK_STATUS(smf_call_confined(&confined, (void (*)(void))(uintptr_t)(code + (attack_write - attack_code)),
                                       write, 2, &result, &fault),
                     SMF_ERR_FAULT);
        CHECK_EQUAL(fault.kind, SMF_FAULT_ACCESS);
        code[4095] = (uint8_t)turn; /* the loader still writes what it is about to seal */
        CHECK_EQUAL(code[4095], turn);
    }
}

static const struct tap_case cases[] = {
    {"machine_mode_cannot_execute_modules", machine_mode_cannot_execute_modules}
};
TAP_MAIN(cases)
