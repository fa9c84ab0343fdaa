/* SPDX-License-Identifier: MIT */
/*
 * smf/port_mpu.h - modules on a Cortex-M with a memory protection unit: PMSAv7 (Armv7-M) and PMSAv8 (Armv8-M).
 * Since 0.1. Freestanding, no malloc.
 *
 * The firmware sets memory aside (linker-scripts/sections.ld: smf_code_start, ...); the port hands it out.
 * Two maps are kept. The privileged one is in force while firmware runs:
 *
 *   memory that the firmware names    read, write, never execute
 *   code that is sealed               read, execute; not even privileged code can write it
 *   constants that are sealed         Armv8-M: read only; Armv7-M: privileged code may write (what modules may only read)
 *   everything else                   the processor's own background map
 *
 * The other one is a module's, in force while smf_call_confined() runs it: its regions, its stack, the gates, nothing else.
 *
 * Code that is executed in place, from flash, has to lie so that the unit can describe it: start and end in the same 32 bytes as
 * multiples of a region's eighth (PMSAv7) or anywhere (PMSAv8); else smf_confined_start() says SMF_ERR_LIMIT.
 *
 * smf_call_confined() wants thread mode and no interrupt masked (PRIMASK, FAULTMASK, BASEPRI), else SMF_ERR_ARGUMENT: a module
 * could not be taken back. The map of firmware is in force while exports run.
 *
 * A region is unknown until it is sealed: the loader writes it through the background map. Many modules share the two regions
 * of the privileged map. While one is being loaded the others go on running, in interrupts too, as far as the unit has regions left:
 * on Armv7-M each region of code that is not sealed yet has one laid over it, and where there are too few of them the eighth of
 * the code pool in which it lies is hidden; on Armv8-M code up to the first such region runs, and from its end to the next one.
 * What is hidden can be called confined, but not by privileged code where `ram` forbids that.
 *
 *                        PMSAv7                                     PMSAv8
 *   facts                granule 32, power_of_two, parts 8          granule 32
 *   regions of the map   2 to 7, and 5 for a call                   up to 7, and 5 for a call
 *   store                direct; constants in the pool of code:     a window: interrupts masked, region off, at most eight
 *                        a window                                   stores, region on
 *
 * The longest window is SMF_MPU_WINDOW instructions (a test measures it).
 */
#ifndef SMF_PORT_MPU_H
#define SMF_PORT_MPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/confined.h"
#include "smf/pool.h"
#include "smf/port.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Most instructions between masking and unmasking interrupts in one call of smf_port.store. */
#define SMF_MPU_WINDOW 200u

/* Memory for modules. `size` 0: no such pool. Starts and ends at multiples of 32; the code pool of Armv7-M is a power of two from 256 at a
 * multiple of itself. */
struct smf_mpu_memory {
    void *bytes;
    size_t size;                   /* bytes                                                */
    struct smf_pool_block *blocks; /* books: one for each region in use, a module has 1 to 3 */
    size_t block_max;
};

/* What a region may be used for now. Storage is the caller's, fields are the port's. */
struct smf_mpu_record {
    uintptr_t address;
    size_t size; /* what the region takes; 0: a free record */
    enum smf_access access;
};

/* Zero it, then fill in. Copied by start; the memory that it points to stays the port's. */
struct smf_mpu_config {
    struct smf_mpu_memory code;   /* required: RX, and what the others leave out */
    struct smf_mpu_memory rodata; /* RO                                          */
    struct smf_mpu_memory data;   /* RW                                          */

    struct smf_mpu_record *records; /* required: one for each region in use */
    size_t record_max;

    /* Memory in which privileged code executes nothing but sealed modules, as a rule all RAM; 0: the background map allows it. On
     * Armv7-M a power of two at a multiple of itself, on Armv8-M multiples of 32 around the pools. */
    uintptr_t ram;
    size_t ram_size;

    /* The RTOS owns the MPU: the port never touches it, and smf_mpu_entries() says what to put into it for a module. */
    bool descriptors_only;

    /* Hooks, each may be NULL; `context` is passed to all of them. */
    void *context;
    void (*stop_others)(void *context);   /* more than one core: they stand still from here ... */
    void (*resume_others)(void *context); /* ... to there, while a store's window is open        */
    void (*lock)(void *context);          /* both or none: struct smf_port has their rules       */
    void (*unlock)(void *context);
    uint64_t (*now)(void *context);

    /* What the handlers below do with an exception that is not a confined call's: NULL = stay in it for ever (faults), return (SVC). */
    void (*other_fault)(void);
    void (*other_svc)(void);
};

/* One region as the registers hold it: RBAR and RASR (PMSAv7) or RBAR and RLAR (PMSAv8, attribute 0 of MAIR0). */
struct smf_mpu_entry {
    uint32_t base, attributes;
};

/* Most regions of the privileged map. */
#define SMF_MPU_BASE_ENTRIES 7u
/* Most regions of a module: those of smf_confined and the gates. */
#define SMF_MPU_CALL_ENTRIES (SMF_CONFINED_REGIONS + 1u)

/* One port. Storage is the caller's, fields are the port's; must not move while it is in use. */
struct smf_mpu {
    struct smf_port port;
    struct smf_mpu_config config;
    struct smf_pool pools[3];                        /* code, rodata, data                */
    struct smf_mpu_entry base[SMF_MPU_BASE_ENTRIES]; /* the privileged map, unused ones 0 */
    uint32_t base_count;
};

/*
 * Look at the MPU, check the pools, put the privileged map in force, and fill in `mpu->port`, which *port then points to.
 * One port of this kind for a processor. Privileged only. When it fails nothing has changed, and `why` (may be NULL) names what is
 * needed and what there is:
 * SMF_ERR_ARGUMENT: no code pool, no books or records, half a pair of hooks, a pool that starts or ends inside of a granule, pools that overlap, a code pool or
 * `ram` that the MPU cannot describe.
 * SMF_ERR_LIMIT: too few MPU regions. SMF_ERR_UNSUPPORTED: no MPU of this kind.
 */
SMF_MUST_CHECK
enum smf_status smf_mpu_start(struct smf_mpu *mpu, const struct smf_mpu_config *config, const struct smf_port **port,
                              struct smf_diagnosis *why);

/* Switch the MPU off. Every region must be released. */
void smf_mpu_finish(struct smf_mpu *mpu);

/*
 * The entries that let unprivileged code see what `confined` sees, for an RTOS that switches the MPU with its tasks and runs a
 * module in one of them. `*count` is how many fit in `entries`, then how many there are. SMF_ERR_NO_SPACE: `*count` says how many
 * are needed. SMF_ERR_LIMIT: a region that the MPU cannot describe.
 */
SMF_MUST_CHECK
enum smf_status smf_mpu_entries(const struct smf_confined *confined, struct smf_mpu_entry *entries, size_t *count);

/*
 * Handlers for the vector table, both for SVCall, HardFault, MemManage, BusFault and UsageFault. Every exception that is not a
 * confined call's goes on to config.other_svc and other_fault, with the stack as it was: these may be handlers themselves.
 */
void smf_mpu_svc_handler(void);
void smf_mpu_fault_handler(void);

#ifdef __cplusplus
}
#endif

#endif
