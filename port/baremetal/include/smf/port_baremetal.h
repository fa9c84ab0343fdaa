/* SPDX-License-Identifier: MIT */
/*
 * smf/port_baremetal.h - modules on a machine without an operating system, protected by page tables
 * (AArch64 at EL1 with 4 KiB pages, x86-64 in long mode), or not at all. Since 0.1. Freestanding, no malloc.
 *
 * The firmware sets memory aside for modules (linker-scripts/sections.ld: smf_code_start, ...) and hands
 * over the level-3 entries that map it: one 64-bit word for each page. The port is the only writer of these entries:
 * it maps a page when it is reserved and unmaps it when it is released; what nobody uses is not mapped at all. The
 * firmware makes the levels above, once, and turns the MMU on. Nothing else may map the same memory writable:
 * whoever finds a second mapping can change sealed code through it.
 *
 *                       AArch64                                 x86-64
 *   must be on          MMU, at EL1, 4 KiB granule (TTBR0)      paging in long mode, CR0.WP, EFER.NXE
 *   RW                  AP=00 UXN PXN                           P RW NX
 *   RO                  AP=10 UXN PXN                           P NX
 *   RX                  AP=10 UXN                               P
 *   opened to           AP[1]; RX: UXN off and PXN on           US
 *   unprivileged code   (privileged code cannot execute it)     (with CR4.SMEP the same)
 *   after a change      DSB, TLBI VAAE1IS, DSB, ISB             INVLPG
 *   sync_code           DC CVAU by `bytes`, IC IVAU by          nothing: the caches are coherent
 *                       `address`, as CTR_EL0 says
 *
 * Entries change between valid ones in their permissions only, for which AArch64 asks no break-before-make
 * (Arm ARM D8.14.1); a page gets another address only after it was unmapped and the TLB was invalidated.
 *
 * More than one core: AArch64 broadcasts invalidations; another core executes an ISB before it runs code that was loaded
 * meanwhile (taking a lock that was released here is not one; returning from an interrupt is). On x86-64 the firmware
 * must say how the others are told (flush_others). With PAN or SMAP on, privileged code cannot touch what is open.
 *
 * Facts: granule 4096, reach 0x7fffffff, can_split. With a single pool (`rodata` and `data` empty) the regions of a module
 * lie in the default layout, as sections of one file, and it loads faster. With three, each kind has its own place.
 *
 * Without protection (a machine without MMU, or whose MMU the firmware leaves off): leave `entries` NULL in all
 * pools. Regions are then readable, writable and executable all the time; granule is 0, query and store are not there,
 * and sync_code does what the processor wants. This works on every architecture; entries only on the two above.
 */
#ifndef SMF_PORT_BAREMETAL_H
#define SMF_PORT_BAREMETAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/pool.h"
#include "smf/port.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of a page: what `bytes` and `size` of a pool with entries are multiples of. */
#define SMF_BAREMETAL_PAGE 4096u

/* Memory for modules. `size` 0: no such pool. */
struct smf_baremetal_memory {
    void *bytes; /* where modules see it: the virtual address                                               */
    size_t size; /* bytes                                                                                   */

    /* The level-3 entries of its pages, in order; contiguous, so tables of neighbouring 2 MiB must be neighbours. In
     * force: reached by the tables that the processor uses, and readable and writable here. NULL: no protection. */
    uint64_t *entries;
    uint64_t physical; /* address of its first page for the bus; with an identity map the same as `bytes`   */

    /* Books: one entry for each region in use, a module has 1 to 3. */
    struct smf_pool_block *blocks;
    size_t block_max;
};

/* Zero it, then fill in. Copied by start; the memory that it points to stays the port's until finish. */
struct smf_baremetal_config {
    struct smf_baremetal_memory code;   /* required: RX, and what the others leave out */
    struct smf_baremetal_memory rodata; /* RO                                          */
    struct smf_baremetal_memory data;   /* RW                                          */

    /* AArch64: AttrIndx of normal, write-back memory in MAIR_EL1 (0 to 7). Elsewhere 0. */
    unsigned memory_type;

    /* Hooks, each may be NULL; `context` is passed to all of them. */
    void *context;
    /* x86-64 with more than one core: returns when no other core uses an old entry of these pages any more. */
    void (*flush_others)(void *context, uintptr_t address, size_t size);
    void (*lock)(void *context); /* both or none: struct smf_port has their rules */
    void (*unlock)(void *context);
    uint64_t (*now)(void *context);
};

/* One port. Storage is the caller's, fields are the port's; must not move while it is in use. */
struct smf_baremetal {
    struct smf_port port;
    struct smf_baremetal_config config;
    struct smf_pool pools[3]; /* code, rodata, data */
};

/*
 * Check the machine and the pools, unmap all their pages, and fill in `baremetal->port`, which *port then points to.
 * When it fails nothing has changed, and `why` (may be NULL) names what is needed and what there is:
 * SMF_ERR_ARGUMENT: no code pool, no books, half a pair of hooks, a pool that starts or ends inside of a page, pools that overlap,
 * some with entries and some without, entries that are misaligned, or on AArch64 pages that the processor's tables do not lead to.
 * SMF_ERR_LIMIT: the pools lie further apart than 2 GiB.
 * SMF_ERR_UNSUPPORTED: entries, and the processor is not as the table above wants it, or is another one.
 */
SMF_MUST_CHECK
enum smf_status smf_baremetal_start(struct smf_baremetal *baremetal, const struct smf_baremetal_config *config,
                                    const struct smf_port **port, struct smf_diagnosis *why);

/* Unmap everything. Every region must be released. The pools' memory is the firmware's again, and not mapped. */
void smf_baremetal_finish(struct smf_baremetal *baremetal);

/*
 * Let unprivileged code (EL0, ring 3) use a region as its access allows, or no longer. Closed from reserve on. The
 * levels above must allow it: on x86-64 they have US set, on AArch64 no APTable, UXNTable or PXNTable.
 * SMF_ERR_NOT_FOUND: not a region of this port. SMF_ERR_UNSUPPORTED: no entries.
 */
SMF_MUST_CHECK
enum smf_status smf_baremetal_open(struct smf_baremetal *baremetal, const struct smf_region *region, bool open);

/*
 * AArch64: let this port's modules be called at EL0 by smf_call_confined() (smf/confined.h). Reserves one page for the
 * gates, which stays open; before modules are loaded that import gates. One port at a time, one call at a time. Callers are at EL1 on SP_EL1;
 * stacks are RW regions of this port, whole pages. While a module runs, exactly its pages are open, the registers hold
 * nothing of the firmware's, TPIDR_EL0 and floating-point state are kept apart, and interrupts are not masked: each
 * is served by the firmware's own vectors. CPACR_EL1.FPEN must be 3.
 * SMF_ERR_UNSUPPORTED: no entries. SMF_ERR_BUSY: another port has it. SMF_ERR_NO_MEMORY, SMF_ERR_LIMIT: no page.
 */
SMF_MUST_CHECK
enum smf_status smf_baremetal_confine(struct smf_baremetal *baremetal);

/* No confined calls any more: the gates are released. Modules that import gates must be unloaded. */
void smf_baremetal_confine_finish(struct smf_baremetal *baremetal);

/*
 * What start-up writes into a level-2 entry (AArch64: table descriptor; x86-64: page directory entry) so that it leads to
 * the 512 level-3 entries at this physical address: everything is allowed there, the entries decide.
 */
uint64_t smf_baremetal_table(uint64_t physical);

/*
 * A level-3 entry for a page of the firmware itself, with the access of the table above, privileged only. For start-up, so that
 * the firmware's own code is not writable either.
 */
uint64_t smf_baremetal_entry(uint64_t physical, enum smf_access access, unsigned memory_type);

#ifdef __cplusplus
}
#endif

#endif
