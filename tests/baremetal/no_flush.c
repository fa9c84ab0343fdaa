/* SPDX-License-Identifier: MIT */
/* no_flush.c - the port's mistake to be found: entries are written and nobody tells the TLB. Linked instead of flush_*.c. */
#include "baremetal/machine.h"

void smf_machine_flush(uintptr_t address, size_t count)
{
    (void)address;
    (void)count;
#if defined(__aarch64__)
    __asm__ volatile("dsb ish\n\tisb" : : : "memory"); /* everything but the TLBI */
#endif
}
