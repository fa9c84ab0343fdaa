/* SPDX-License-Identifier: MIT */
/*
 * pmsav7.c - regions of the Armv7-M protection unit as register values (Armv7-M ARM B3.5).
 *
 * A region is a power of two from 32 bytes at a multiple of itself; from 256 bytes on, each eighth of it
 * can be left out. Regions at other places do not fault, they are simply not there, or hit another region's number
 * through bit 4 of RBAR: so everything is proven here, and nothing is cut.
 */
#include "mpu.h"

enum { PARTS = 8, PARTS_FROM = 256, LEAST = 32 };
#define RASR_ENABLE 1u
#define RASR_XN (1u << 28)
/* TEX 0, C 1, B 0, S 1: normal memory, write-through, shareable (B3.5.7): right for flash and RAM, with and without a cache. */
#define RASR_NORMAL (6u << 16)

/* AP (B3.5.5) and XN. */
static uint32_t rights_bits(enum smf_mpu_rights rights)
{
    static const uint32_t bits[] = {
        [SMF_MPU_FIRMWARE_RW] = 1u << 24 | RASR_XN, [SMF_MPU_FIRMWARE_RX] = 5u << 24,
        [SMF_MPU_FIRMWARE_RO] = 5u << 24 | RASR_XN, [SMF_MPU_MODULE_RX] = 6u << 24,
        [SMF_MPU_MODULE_RO] = 2u << 24 | RASR_XN,   [SMF_MPU_MODULE_RW] = 3u << 24 | RASR_XN,
    };
    return bits[rights];
}

/* Of a power of two below 4 GiB. */
static unsigned log2_of(uintptr_t power) { return 31u - (unsigned)__builtin_clz((unsigned)power); }

bool smf_mpu_describe_parts(uintptr_t address, size_t size, uint8_t hidden, enum smf_mpu_rights rights,
                            struct smf_mpu_entry *entry)
{
    if (size < LEAST || (size & (size - 1)) != 0 || (address & (size - 1)) != 0 || (hidden != 0 && size < PARTS_FROM))
        return false;
    entry->base = (uint32_t)address;
    entry->attributes = rights_bits(rights) | RASR_NORMAL | (uint32_t)hidden << 8 | (log2_of(size) - 1) << 1 |
                        (hidden != 0xff ? RASR_ENABLE : 0);
    return true;
}

/* The smallest power of two that has the range as whole parts. */
static bool describe(uintptr_t address, size_t size, enum smf_mpu_rights rights, struct smf_mpu_entry *entry)
{
    if (size < LEAST || size > UINT32_C(0x80000000) || address + (size - 1) < address)
        return false;
    for (uintptr_t whole = (uintptr_t)1 << log2_of(size); whole != 0 && whole <= UINT32_C(0x80000000); whole <<= 1) {
        const uintptr_t start = address & ~(whole - 1), part = whole / PARTS;
        if (whole < size || address - start > whole - size)
            continue;
        if (whole == size)
            return smf_mpu_describe_parts(start, whole, 0, rights, entry);
        if (whole < PARTS_FROM)
            continue;
        if ((address & (part - 1)) != 0 || (size & (part - 1)) != 0)
            return false; /* larger parts fit even less */
        const unsigned first = (unsigned)((address - start) >> log2_of(part));
        const unsigned count = (unsigned)(size >> log2_of(part));
        const uint8_t shown = (uint8_t)(((1u << count) - 1) << first);
        return smf_mpu_describe_parts(start, whole, (uint8_t)~shown, rights, entry);
    }
    return false;
}

const struct smf_mpu_unit smf_mpu_pmsav7 = {
    .facts = {.granule = SMF_MPU_GRANULE, .power_of_two = true, .parts = PARTS},
      .describe = describe
};
