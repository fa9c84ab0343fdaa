/* SPDX-License-Identifier: MIT */
/*
 * flush_aarch64.c - make changed descriptors count (Arm ARM D8.14: DSB, TLBI, DSB, ISB).
 *
 * A file of its own so that a test can link another one that does nothing, and see that this is noticed.
 */
#include "machine.h"

void smf_machine_flush(uintptr_t address, size_t count)
{
    __asm__ volatile("dsb ishst" : : : "memory"); /* the walker sees what was written */
    for (size_t i = 0; i < count; i++) {
        /* All address spaces, all cores: bits 0 to 43 are the page's number. */
        const uint64_t page = ((uint64_t)address / SMF_BAREMETAL_PAGE + i) & UINT64_C(0xfffffffffff);
        __asm__ volatile("tlbi vaae1is, %0" : : "r"(page) : "memory");
    }
    __asm__ volatile("dsb ish\n\tisb" : : : "memory");
}
