/* SPDX-License-Identifier: MIT */
/*
 * flush_x86_64.c - make changed entries count on this processor (Intel SDM volume 3, 4.10.4.1).
 *
 * A file of its own so that a test can link another one that does nothing, and see that this is noticed.
 */
#include "machine.h"

void smf_machine_flush(uintptr_t address, size_t count)
{
    for (size_t i = 0; i < count; i++)
        __asm__ volatile("invlpg (%0)" : : "r"(address + i * SMF_BAREMETAL_PAGE) : "memory");
}
