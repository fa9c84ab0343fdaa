/* SPDX-License-Identifier: MIT */
/*
 * pmp.h - RISC-V physical memory protection as a list of entries.
 *
 * An entry is what pmpaddr and pmpcfg of one number hold (Privileged
 * Architecture, "Physical Memory Protection CSRs"). A range takes one entry if it
 * is a power of two in size and starts at a multiple of it (NAPOT); any other range
 * takes two, its ends (TOR), or one where it begins at the end of the range before.
 * What entries say is worked out here without touching the machine; pmp_registers.S
 * reads and writes them.
 *
 * Entries are left unlocked: they bind U-mode only, and machine mode may still
 * write a sealed slot. No entry allows to write and to execute, and none to write
 * without reading, which the architecture reserves.
 */
#ifndef SMF_PMP_H
#define SMF_PMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/port_pmp.h"

/* The most entries that this port uses; the architecture knows 64, small harts have 8 or 16. */
#define SMF_PMP_ENTRIES_MAX 16u

/* pmpcfg: what is allowed, and how pmpaddr is read. */
#define SMF_PMP_READ 0x01u
#define SMF_PMP_WRITE 0x02u
#define SMF_PMP_EXECUTE 0x04u
#define SMF_PMP_MODE 0x18u
#define SMF_PMP_TOR 0x08u
#define SMF_PMP_NA4 0x10u
#define SMF_PMP_NAPOT 0x18u
#define SMF_PMP_LOCKED 0x80u

/* Permissions are bytes, as many in a register as it has. */
#define SMF_PMP_CONFIGS_EACH ((unsigned)sizeof(uintptr_t))
#define SMF_PMP_CONFIG_REGISTERS (SMF_PMP_ENTRIES_MAX / SMF_PMP_CONFIGS_EACH)

/* What a hart has, found by smf_pmp_probe(). */
struct smf_pmp_facts {
    unsigned first;    /* number of the first entry that is ours: those below it are locked by the firmware */
    unsigned count;    /* entries from there to the first that is missing or locked; 0: none                */
    uintptr_t grain;   /* smallest range, bytes: a power of two, at least 4                                 */
    bool power_of_two; /* regions take a power of two, and one entry each: the form of the program's ports  */
    bool fence;        /* address translation exists: sfence.vma makes new entries count                    */
    bool user;         /* U-mode exists                                                                     */
    uintptr_t ours[SMF_PMP_CONFIG_REGISTERS]; /* bits of the permissions that are ours: smf_pmp_limit() */
    uintptr_t delegated; /* not 0: supervisor mode gets traps (medeleg), or translates addresses (satp)       */
};

/* Memory that U-mode may use. */
struct smf_pmp_range {
    uintptr_t start;
    size_t size; /* bytes, > 0 */
    enum smf_access access;
};

/* The most ranges of one map: the regions of a confined call, and the gates. */
#define SMF_PMP_RANGES_MAX (SMF_CONFINED_REGIONS + 1u)

/* Entries facts.first to count - 1, by their numbers; the rest of ours are off. */
struct smf_pmp_map {
    uintptr_t addresses[SMF_PMP_ENTRIES_MAX];
    uintptr_t configs[SMF_PMP_CONFIG_REGISTERS];
    unsigned count;
};

/* The permissions of entry `number`. */
static inline unsigned smf_pmp_config(const struct smf_pmp_map *map, unsigned number)
{
    return map->configs[number / SMF_PMP_CONFIGS_EACH] >> number % SMF_PMP_CONFIGS_EACH * 8 & 0xFFu;
}

/*
 * Describe `count` ranges (1 to SMF_PMP_RANGES_MAX, in any order; their array is sorted by address). Ranges that
 * touch and have the same access become one, because an access that overlaps two entries fails even if both allow it.
 * SMF_ERR_ARGUMENT: no range or too many, one of size 0, one that wraps or two that overlap. SMF_ERR_PROTECT: RWX.
 * SMF_ERR_LIMIT: a start or size that is no multiple of the grain, or more entries than `facts` has; `map->count`
 * then says where they would have ended.
 */
SMF_MUST_CHECK
enum smf_status smf_pmp_describe(struct smf_pmp_map *map, struct smf_pmp_range *ranges, size_t count,
                                 const struct smf_pmp_facts *facts);

/* Bytes that a region of `size` takes: whole grains, or a power of two; SIZE_MAX if that overflows. */
size_t smf_pmp_footprint(const struct smf_pmp_facts *facts, size_t size);

/*
 * What U-mode may do at `address` by these entries, the lowest number first. False: nothing, because no
 * entry matches or the one that does is closed.
 */
bool smf_pmp_lookup(const struct smf_pmp_map *map, uintptr_t address, enum smf_access *access);

/* How far apart regions may lie: what an AUIPC and its partner reach; RV32 reaches everything. */
#if __riscv_xlen == 32
#define SMF_PMP_REACH 0u
#else
#define SMF_PMP_REACH 0x7FFFF000u
#endif

/* Fill in the table (pmp_port.c). */
void smf_pmp_make_port(struct smf_pmp *pmp, const struct smf_pmp_facts *facts, size_t regions_max);

/* ---- pmp_hart.c, pmp_registers.S: machine mode only ---- */

/* What is used of this hart: what smf_pmp_use() said, or else all that was found at the first call. */
const struct smf_pmp_facts *smf_pmp_facts(void);
void smf_pmp_use(const struct smf_pmp_facts *facts);

/*
 * Find out what this hart has. Writes pmpaddr0 to 15 and puts them back; a register that is missing answers with
 * an illegal instruction, which is caught here. Interrupts are masked meanwhile.
 */
void smf_pmp_probe(struct smf_pmp_facts *facts);

/* Use no more than `count` of the entries. */
void smf_pmp_limit(struct smf_pmp_facts *facts, unsigned count);

/*
 * Call `work` with interrupts masked and every instruction of pmp_registers.S that the hart does not know skipped:
 * what it reads is 0 then.
 */
void smf_pmp_guard(void (*work)(void *context), void *context);

/* Make the map what our entries say: addresses first, then all permissions. NULL switches them all off. */
void smf_pmp_write(const struct smf_pmp_map *map, const struct smf_pmp_facts *facts);

/* Read the entries back: what the machine says, not what was written. */
void smf_pmp_read(struct smf_pmp_map *map, const struct smf_pmp_facts *facts);

#endif
