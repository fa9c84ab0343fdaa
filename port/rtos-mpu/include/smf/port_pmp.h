/* SPDX-License-Identifier: MIT */
/*
 * smf/port_pmp.h - modules on a RISC-V hart with physical memory protection, called in U-mode. Since 0.1.
 * Freestanding, no malloc; RV32 and RV64, the firmware in machine mode.
 *
 * The firmware sets memory aside for modules (linker-scripts/sections.ld: smf_code_start, ...); the
 * port hands it out. PMP entries that are not locked bind U-mode only, so the loader writes regions directly, before
 * and after they are sealed, and what a seal means comes into force where modules run: smf_call_confined()
 * (smf/confined.h) writes the entries of one module before it runs and switches them off when it is done. Any number
 * of modules therefore share the few entries of a hart, and U-mode may do nothing while none runs. Machine mode
 * itself is not kept from executing or overwriting module memory, unless the firmware uses Smepmp: with mseccfg.MML
 * set and its own code under a locked entry with a higher number than ours, it cannot execute modules, and the port
 * works as ever.
 *
 * Two forms, chosen at start:
 *
 *                       any size (default)                    power_of_two
 *   facts               granule 16 or the hart's grain        the same, power_of_two
 *   entries a region    2 (TOR), 1 if it happens to be a      1 (NAPOT)
 *                       power of two and aligned to it
 *   entries a module    9 with all its regions, stack, gates  5
 *   waste               less than a granule for each region   up to half; smf_measure() reports it
 *
 * Harts with 16 entries take the first form, those with 8 the second, or the first with fewer regions for each module
 * (port.regions_max says how many, and a module with more fails with both numbers). How many entries there are
 * is found out, not assumed; those that the firmware has locked, at the low end or at the high end, are left alone.
 *
 * RV64: modules are compiled with -mcmodel=medany. One that was not asks for addresses below 2 GiB, and where the
 * pools lie higher it does not load: SMF_ERR_NO_MEMORY, with the address in the diagnosis.
 *
 * Confined calls: one at a time on one hart; another one, from an export or from another task, is SMF_ERR_BUSY. The
 * firmware installs no handler: its own trap vector serves what interrupts a module, and any interrupt that mie enables
 * does, whatever mstatus.MIE says; that is how a module that hangs is taken back. Floating point, vectors, counters
 * and wfi are closed to modules. smf_fault.cause is mcause, and SMF_FAULT_BUS cannot be told from SMF_FAULT_ACCESS.
 *
 * Cost: a confined call takes about 1,450 instructions beside the module's own, a gate 500 (the test riscv/modules
 * prints both); smf_port.store writes directly, no window is opened and no interrupt masked.
 */
#ifndef SMF_PORT_PMP_H
#define SMF_PORT_PMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/confined.h"
#include "smf/pool.h"
#include "smf/port.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Smallest granule: a stack pointer's alignment. */
#define SMF_PMP_GRANULE 16u

/* Memory for modules. `size` 0: no such pool. Starts and ends at granules. */
struct smf_pmp_memory {
    void *bytes;
    size_t size;                   /* bytes                                                      */
    struct smf_pool_block *blocks; /* books: one for each region in use, a module has 1 to 3      */
    size_t block_max;
};

/* What a region may be used for now. Storage is the caller's, fields are the port's. */
struct smf_pmp_record {
    uintptr_t address;
    size_t size; /* what the region takes; 0: a free record */
    enum smf_access access;
};

/* Zero it, then fill in. Copied by start; the memory that it points to stays the port's. */
struct smf_pmp_config {
    struct smf_pmp_memory code;   /* required: RX, and what the others leave out */
    struct smf_pmp_memory rodata; /* RO                                          */
    struct smf_pmp_memory data;   /* RW                                          */

    struct smf_pmp_record *records; /* required: one for each region in use      */
    size_t record_max;

    bool power_of_two;    /* the second form                                                       */
    unsigned entries_max; /* use no more entries than this; 0 = all that the firmware has not locked */

    /* Hooks, each may be NULL; `context` is passed to all of them. */
    void *context;
    void (*sync_others)(void *context); /* more than one hart: every other one executes fence.i */
    void (*lock)(void *context);        /* both or none: struct smf_port has their rules        */
    void (*unlock)(void *context);
    uint64_t (*now)(void *context);
};

/* One port. Storage is the caller's, fields are the port's; must not move while it is in use. */
struct smf_pmp {
    struct smf_port port;
    struct smf_pmp_config config;
    struct smf_pool pools[3]; /* code, rodata, data */
};

/*
 * Find out what the hart has, check the pools, and fill in `pmp->port`, which *port then points to. All ports of a
 * program have one form. Machine mode only. When it fails nothing has changed, and `why` (may be NULL) names what is
 * needed and what there is:
 * SMF_ERR_ARGUMENT: no code pool, no books or records, half a pair of hooks, a pool that starts or ends inside
 * of a granule, pools that overlap.
 * SMF_ERR_LIMIT: too few PMP entries for a module of one region, or on RV64 pools more than 2 GiB apart.
 * SMF_ERR_UNSUPPORTED: a hart without U-mode, or one whose supervisor mode is in use (medeleg, satp): it would
 * get the traps.
 */
SMF_MUST_CHECK
enum smf_status smf_pmp_start(struct smf_pmp *pmp, const struct smf_pmp_config *config, const struct smf_port **port,
                              struct smf_diagnosis *why);

/* One entry, as pmpaddr and pmpcfg hold it. */
struct smf_pmp_entry {
    uintptr_t address;
    uint8_t config;
};

/* Most entries of one module: two for each of its regions and its stack, one for the gates. */
#define SMF_PMP_MODULE_ENTRIES (2u * SMF_CONFINED_REGIONS + 1u)

/*
 * The entries that let U-mode see what `confined` sees, in order, lowest number first: for an RTOS that switches PMP
 * with its tasks and runs a module in one of them. `*count` is how many fit in `entries`, then how many there are.
 * SMF_ERR_NO_SPACE: `*count` says how many are needed.
 */
SMF_MUST_CHECK
enum smf_status smf_pmp_entries(const struct smf_confined *confined, struct smf_pmp_entry *entries, size_t *count);

#ifdef __cplusplus
}
#endif

#endif
