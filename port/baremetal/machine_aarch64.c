/* SPDX-License-Identifier: MIT */
/*
 * machine_aarch64.c - level-3 descriptors, caches and interrupts of AArch64 at EL1.
 *
 * Numbers of bits are those of the Arm ARM (DDI 0487): descriptors D8.3, TCR_EL1, MAIR_EL1, CTR_EL0 D19.2.
 */
#include "machine.h"

#define READ_REGISTER(name)                                                                                            \
    __extension__({                                                                                                    \
        uint64_t value;                                                                                                \
        __asm__ volatile("mrs %0, " #name : "=r"(value));                                                              \
        value;                                                                                                         \
    })

enum {
    VALID_PAGE = 3,
    MEMORY_TYPE_BIT = 2, /* AttrIndx                 */
    OPEN = 1 << 6,       /* AP[1]: EL0 as well       */
    READ_ONLY = 1 << 7,  /* AP[2]                    */
    INNER_SHAREABLE = 3 << 8,
    ACCESSED = 1 << 10
};
#define PXN (UINT64_C(1) << 53)
#define UXN (UINT64_C(1) << 54)
#define ADDRESS_BITS UINT64_C(0x0000fffffffff000)

static bool wrong(struct smf_diagnosis *why, uint64_t have, uint64_t need)
{
    why->value = have;
    why->expected = need;
    return false;
}

bool smf_machine_ready(unsigned memory_type, struct smf_diagnosis *why)
{
    const uint64_t level = READ_REGISTER(CurrentEL) >> 2;
    if (level != 1)
        return wrong(why, level, 1); /* EL2 and EL3 have registers of their own */
    const uint64_t control = READ_REGISTER(sctlr_el1);
    if ((control & 1) == 0)
        return wrong(why, control, control | 1); /* SCTLR_EL1.M */
    const uint64_t translation = READ_REGISTER(tcr_el1);
    if ((translation >> 14 & 3) != 0 || (translation >> 7 & 1) != 0)
        return wrong(why, translation, translation & ~UINT64_C(0xc080)); /* TG0: 4 KiB; EPD0: walks allowed */
    const uint64_t attribute = memory_type < 8 ? READ_REGISTER(mair_el1) >> (memory_type * 8) & 0xff : 0;
    if (attribute != 0xff)
        return wrong(why, attribute, 0xff); /* normal, write-back, inside and outside */
    return true;
}

uint64_t smf_machine_entry(uint64_t physical, enum smf_access access, bool open, unsigned memory_type)
{
    uint64_t entry =
        physical | VALID_PAGE | (uint64_t)memory_type << MEMORY_TYPE_BIT | INNER_SHAREABLE | ACCESSED | PXN | UXN;
    if (access != SMF_ACCESS_RW)
        entry |= READ_ONLY;
    if (open)
        entry |= OPEN;
    if (access == SMF_ACCESS_RX)
        entry &= open ? ~UXN : ~PXN; /* code that EL0 may run is not for EL1 */
    return entry;
}

bool smf_machine_access(uint64_t entry, enum smf_access *access)
{
    if ((entry & VALID_PAGE) != VALID_PAGE)
        return false;
    if ((entry & (PXN | UXN)) != (PXN | UXN))
        *access = (entry & READ_ONLY) != 0 ? SMF_ACCESS_RX : SMF_ACCESS_RWX;
    else
        *access = (entry & READ_ONLY) != 0 ? SMF_ACCESS_RO : SMF_ACCESS_RW;
    return true;
}

bool smf_machine_is_open(uint64_t entry) { return (entry & OPEN) != 0; }

bool smf_machine_leads(uintptr_t address, uint64_t physical)
{
    uint64_t found;
    __asm__ volatile("at s1e1w, %1\n\tisb\n\tmrs %0, par_el1" : "=r"(found) : "r"(address) : "memory");
    return (found & 1) == 0 && (found & ADDRESS_BITS) == physical;
}

/* CTR_EL0: log2 of the smallest line in words of 4 bytes, data in bits 16 to 19, instructions in 0 to 3. */
static size_t line_size(uint64_t cache_type, unsigned bit) { return (size_t)4 << (cache_type >> bit & 15); }

/*
 * Arm ARM B2.4.4: clean data to the point of unification, invalidate instructions there. CTR_EL0.IDC (28): the
 * first is not needed; DIC (29): the second is not. The barriers always are.
 */
void smf_machine_sync_code(void *context, const struct smf_region *region)
{
    const uint64_t cache_type = READ_REGISTER(ctr_el0);
    (void)context;
    if ((cache_type >> 28 & 1) == 0) {
        const size_t line = line_size(cache_type, 16);
        const uintptr_t start = (uintptr_t)region->bytes, end = start + region->size;
        for (uintptr_t at = start & ~(uintptr_t)(line - 1); at < end; at += line)
            __asm__ volatile("dc cvau, %0" : : "r"(at) : "memory");
    }
    __asm__ volatile("dsb ish" : : : "memory");
    if ((cache_type >> 29 & 1) == 0) {
        const size_t line = line_size(cache_type, 0);
        const uintptr_t end = region->address + region->size;
        for (uintptr_t at = region->address & ~(uintptr_t)(line - 1); at < end; at += line)
            __asm__ volatile("ic ivau, %0" : : "r"(at) : "memory");
        __asm__ volatile("dsb ish" : : : "memory");
    }
    __asm__ volatile("isb" : : : "memory");
}

uintptr_t smf_machine_mask(void)
{
    const uintptr_t before = READ_REGISTER(daif);
    __asm__ volatile("msr daifset, #15" : : : "memory");
    return before;
}

void smf_machine_unmask(uintptr_t before) { __asm__ volatile("msr daif, %0" : : "r"(before) : "memory"); }

uint64_t smf_baremetal_table(uint64_t physical) { return physical | VALID_PAGE; }
