/* SPDX-License-Identifier: MIT */
/* machine_other.c - processors whose page tables this port does not know: pools without entries, and instruction fetch. */
#include "machine.h"

bool smf_machine_ready(unsigned memory_type, struct smf_diagnosis *why)
{
    (void)memory_type;
    why->value = 0;
    why->expected = 0;
    return false;
}

uint64_t smf_machine_entry(uint64_t physical, enum smf_access access, bool open, unsigned memory_type)
{
    (void)physical, (void)access, (void)open, (void)memory_type;
    return 0;
}

bool smf_machine_access(uint64_t entry, enum smf_access *access)
{
    (void)entry, (void)access;
    return false;
}

bool smf_machine_is_open(uint64_t entry)
{
    (void)entry;
    return false;
}

bool smf_machine_leads(uintptr_t address, uint64_t physical)
{
    (void)address, (void)physical;
    return true;
}

void smf_machine_flush(uintptr_t address, size_t count) { (void)address, (void)count; }

/* Machines of this size have no separate caches, or coherent ones: what is left is the pipeline. */
void smf_machine_sync_code(void *context, const struct smf_region *region)
{
    (void)context, (void)region;
#if defined(__riscv)
    __asm__ volatile(".insn i 0x0f, 1, x0, x0, 0" : : : "memory"); /* fence.i, also where -march leaves out Zifencei */
#elif defined(__arm__)
    __asm__ volatile("dsb\n\tisb" : : : "memory");
#else
    __asm__ volatile("" : : : "memory");
#endif
}

uintptr_t smf_machine_mask(void) { return 0; }

void smf_machine_unmask(uintptr_t before) { (void)before; }

uint64_t smf_baremetal_table(uint64_t physical)
{
    (void)physical;
    return 0;
}
