/* SPDX-License-Identifier: MIT */
/*
 * machine_x86_64.c - page-table entries and interrupts of x86-64 in long mode.
 *
 * Bits: Intel SDM volume 3, 4.5 (4-level paging) and 2.5 (control registers).
 */
#include "machine.h"

enum { PRESENT = 1, WRITABLE = 2, OPEN = 4, ACCESSED = 0x20, DIRTY = 0x40 };
#define NO_EXECUTE (UINT64_C(1) << 63)

#define EFER 0xc0000080u
enum { CR0_WRITE_PROTECT = 1 << 16, EFER_LONG_ACTIVE = 1 << 10, EFER_NO_EXECUTE = 1 << 11 };
#define CR0_PAGING (UINT64_C(1) << 31)

static uint64_t read_msr(uint32_t number)
{
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(number));
    return (uint64_t)high << 32 | low;
}

static bool has(uint64_t value, uint64_t bits, struct smf_diagnosis *why)
{
    why->value = value;
    why->expected = value | bits;
    return (value & bits) == bits;
}

bool smf_machine_ready(unsigned memory_type, struct smf_diagnosis *why)
{
    uint64_t control;
    __asm__ volatile("mov %%cr0, %0" : "=r"(control));
    why->value = memory_type;
    why->expected = 0;
    return memory_type == 0 && has(control, CR0_PAGING | CR0_WRITE_PROTECT, why) &&
           has(read_msr(EFER), EFER_LONG_ACTIVE | EFER_NO_EXECUTE, why);
}

/* Accessed and dirty from the start: the processor then never writes to the entry itself. */
uint64_t smf_machine_entry(uint64_t physical, enum smf_access access, bool open, unsigned memory_type)
{
    uint64_t entry = physical | PRESENT | ACCESSED;
    (void)memory_type;
    if (access == SMF_ACCESS_RW)
        entry |= WRITABLE | DIRTY;
    if (access != SMF_ACCESS_RX)
        entry |= NO_EXECUTE;
    if (open)
        entry |= OPEN;
    return entry;
}

bool smf_machine_access(uint64_t entry, enum smf_access *access)
{
    if ((entry & PRESENT) == 0)
        return false;
    if ((entry & NO_EXECUTE) == 0)
        *access = (entry & WRITABLE) != 0 ? SMF_ACCESS_RWX : SMF_ACCESS_RX;
    else
        *access = (entry & WRITABLE) != 0 ? SMF_ACCESS_RW : SMF_ACCESS_RO;
    return true;
}

bool smf_machine_is_open(uint64_t entry) { return (entry & OPEN) != 0; }

/* No instruction says it, and the tables above need not be readable here. */
bool smf_machine_leads(uintptr_t address, uint64_t physical)
{
    (void)address;
    (void)physical;
    return true;
}

/* Stores are seen by instruction fetch (SDM volume 3, 11.6); calling the code is a jump already. Only the compiler needs a word. */
void smf_machine_sync_code(void *context, const struct smf_region *region)
{
    (void)context;
    (void)region;
    __asm__ volatile("" : : : "memory");
}

/* PUSHFQ writes where the red zone would be: this file is compiled without one (CMakeLists.txt). */
uintptr_t smf_machine_mask(void)
{
    uintptr_t before;
    __asm__ volatile("pushfq\n\tpopq %0\n\tcli" : "=r"(before) : : "memory");
    return before;
}

void smf_machine_unmask(uintptr_t before)
{
    if ((before & 0x200) != 0)
        __asm__ volatile("sti" : : : "memory");
}

/* Writable, and open to ring 3: the level-3 entries decide. */
uint64_t smf_baremetal_table(uint64_t physical) { return physical | PRESENT | WRITABLE | OPEN | ACCESSED; }
