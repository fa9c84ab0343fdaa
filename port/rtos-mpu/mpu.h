/* SPDX-License-Identifier: MIT */
/*
 * mpu.h - between the files of the Cortex-M port: describing regions (pmsav7.c, pmsav8.c: pure functions), the
 * registers (mpu_cortexm.c), the maps (mpu_maps.c) and the port's calls.
 */
#ifndef SMF_PORT_MPU_INTERNAL_H
#define SMF_PORT_MPU_INTERNAL_H

#include "smf/port_mpu.h"

#define SMF_MPU_GRANULE 32u

/* Who may do what in a region: privileged code, modules. */
enum smf_mpu_rights {
    SMF_MPU_FIRMWARE_RW, /* read and write; modules nothing             */
    SMF_MPU_FIRMWARE_RX, /* read and execute; modules nothing           */
    SMF_MPU_FIRMWARE_RO, /* read; modules nothing                       */
    SMF_MPU_MODULE_RX,   /* both read and execute                       */
    SMF_MPU_MODULE_RO,   /* modules read; PMSAv7: firmware also writes  */
    SMF_MPU_MODULE_RW    /* both read and write, neither executes       */
};

/* What differs between the two generations. */
struct smf_mpu_unit {
    struct smf_port facts; /* what the port says: granule, power_of_two, parts */

    /* The entry for exactly the `size` bytes at `address`; false if the unit has none. */
    bool (*describe)(uintptr_t address, size_t size, enum smf_mpu_rights rights, struct smf_mpu_entry *entry);
};
extern const struct smf_mpu_unit smf_mpu_pmsav7, smf_mpu_pmsav8;

/* The unit of the processor that this is compiled for. */
const struct smf_mpu_unit *smf_mpu_unit(void);

/* PMSAv7: the entry for a power of two at a multiple of itself, of which the parts in `hidden` (bit 0: the lowest) are left out. */
bool smf_mpu_describe_parts(uintptr_t address, size_t size, uint8_t hidden, enum smf_mpu_rights rights,
                            struct smf_mpu_entry *entry);

/* Bytes that a region of a module takes on this unit. */
size_t smf_mpu_footprint(size_t size);

/* ---- Registers ---- */

/* Regions of the MPU; 0: there is none. */
unsigned smf_mpu_count(void);
/* Put `count` entries in force, and no others; interrupts are masked meanwhile. */
void smf_mpu_write(const struct smf_mpu_entry *entries, size_t count);
/* Switch region `number` off and on again by its entry. */
void smf_mpu_set(unsigned number, const struct smf_mpu_entry *entry);
void smf_mpu_off(void);
uint32_t smf_mpu_mask(void);
void smf_mpu_unmask(uint32_t before);

/*
 * Code in `region` was written: tell whatever caches there are. `control_block` is at 0xE000ED00. In force after the caller's
 * own DSB and ISB.
 */
void smf_mpu_sync(volatile uint32_t *control_block, const struct smf_region *region);

/* ---- Maps ---- */

enum { SMF_MPU_CODE, SMF_MPU_RODATA, SMF_MPU_DATA, SMF_MPU_POOLS };

/* Work out the privileged map from what is sealed; false if the unit cannot describe it. */
bool smf_mpu_make_base(struct smf_mpu *mpu);
/* The same, and put it in force unless the RTOS owns the MPU. */
void smf_mpu_refresh(struct smf_mpu *mpu);
/* The port whose map is in force; NULL before smf_mpu_start(). */
struct smf_mpu *smf_mpu_current(void);
void smf_mpu_use(struct smf_mpu *mpu);
/* Not in one of its pools: a region of a module that is executed where its file lies. */
bool smf_mpu_is_foreign(uintptr_t address);
/* The entry of the privileged map that says who may write at `address`; SMF_MPU_BASE_ENTRIES: none does. */
size_t smf_mpu_entry_over(const struct smf_mpu *mpu, uintptr_t address);

/* ---- Calls ---- */

void smf_mpu_make_port(struct smf_mpu *mpu, size_t regions_max);

#endif
