/* SPDX-License-Identifier: MIT */
/*
 * pmsav8.c - regions of the Armv8-M protection unit as register values (Armv8-M ARM, MPU_RBAR and MPU_RLAR).
 *
 * Base and limit at multiples of 32. Two regions that hold the same address fault, for privileged code
 * too: who makes a map sees to it that none overlap.
 */
#include "mpu.h"

#define RLAR_ENABLE 1u
#define RBAR_XN 1u
#define RBAR_ANYBODY 2u /* AP[1]: modules too */
#define RBAR_READ_ONLY 4u
#define RBAR_SHAREABLE (3u << 3) /* inner: other cores see what is written */

static uint32_t rights_bits(enum smf_mpu_rights rights)
{
    static const uint32_t bits[] = {
        [SMF_MPU_FIRMWARE_RW] = RBAR_XN,
        [SMF_MPU_FIRMWARE_RX] = RBAR_READ_ONLY,
        [SMF_MPU_FIRMWARE_RO] = RBAR_READ_ONLY | RBAR_XN,
        [SMF_MPU_MODULE_RX] = RBAR_READ_ONLY | RBAR_ANYBODY,
        [SMF_MPU_MODULE_RO] = RBAR_READ_ONLY | RBAR_ANYBODY | RBAR_XN,
        [SMF_MPU_MODULE_RW] = RBAR_ANYBODY | RBAR_XN,
    };
    return bits[rights];
}

static bool describe(uintptr_t address, size_t size, enum smf_mpu_rights rights, struct smf_mpu_entry *entry)
{
    const uintptr_t last = address + (size - 1);
    if (size == 0 || last < address || ((address | size) & (SMF_MPU_GRANULE - 1)) != 0 || last > UINT32_MAX)
        return false;
    entry->base = (uint32_t)address | RBAR_SHAREABLE | rights_bits(rights);
    entry->attributes = ((uint32_t)last & ~(SMF_MPU_GRANULE - 1)) | RLAR_ENABLE;
    return true;
}

const struct smf_mpu_unit smf_mpu_pmsav8 = {.facts = {.granule = SMF_MPU_GRANULE}, .describe = describe};
