/* SPDX-License-Identifier: MIT */
/*
 * smf/port.h - what a platform supplies: a const table of facts and calls.
 *
 * Since 0.1. Floor: base. The loader asks a port for regions (memory where
 * modules live), fills them, and has them protected. Policy that differs by
 * hardware is data in this table, never #if in the core.
 */
#ifndef SMF_PORT_H
#define SMF_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How a region may be used. Never writable and executable at once (unless RWX was asked for by name). */
enum smf_access {
    SMF_ACCESS_RW, /* data; and every region from reserve until it is sealed   */
    SMF_ACCESS_RO, /* constants, slots                                         */
    SMF_ACCESS_RX, /* code                                                     */
    SMF_ACCESS_RWX /* only with config.allow_rwx, and only if the port can     */
};

/* What the loader asks for. */
struct smf_region_request {
    size_t size;            /* bytes, > 0                                                          */
    size_t alignment;       /* of `address`; a power of two, at least 1                            */
    enum smf_access access; /* what the region will become when it is sealed                       */
    uintptr_t highest;      /* last address that the region may occupy; 0 = anywhere               */
    uintptr_t address;      /* exactly here (a prelinked module), or not at all; 0 = anywhere      */
};

/*
 * A reserved region from both sides: the loader writes through `bytes`, the
 * module runs at `address`. The same place, unless the port maps memory twice
 * or a test relocates for a foreign CPU.
 */
struct smf_region {
    uint8_t *bytes;
    uintptr_t address;
    size_t size;            /* as requested; smf_port_footprint() says what the port really spends */
    enum smf_access access; /* as requested                                                        */
};

/* One pointer-sized store into a sealed region: see smf_port.store. */
struct smf_store {
    size_t offset; /* bytes from the region's start, a multiple of the pointer's size */
    uintptr_t value;
};

/* Most stores of one call of smf_port.store: what bounds the time that interrupts stay masked. */
#define SMF_STORES_MAX 8u

/*
 * A port. Const, shared by any number of loaders; must outlive them.
 * Calls of one loader never overlap when lock and unlock are set; without
 * them the loader belongs to one thread. Zero it, then fill in the facts and
 * reserve, release, protect; everything else may stay NULL or 0.
 *
 * A port whose start can fail (a pool of the wrong size, an MPU with too few
 * regions) says so in its own start function, before there is a table to use.
 */
struct smf_port {
    void *context; /* passed to each call; may be NULL */

    /* ---- Facts ---- */

    /* Smallest unit that protect can act on, bytes, a power of two: a page, 32 on an MPU with base and
     * limit. 0 or 1: no protection unit. Two regions never share a granule. */
    size_t granule;

    /* A protected region is a power of two in size and starts at a multiple of it (PMSAv7, PMP in NAPOT form).
     * `granule` is then the smallest such size. */
    bool power_of_two;

    /* With power_of_two: equal parts of such a region that can be left out one by one, a power of two (PMSAv7: 8, for
     * regions of 256 bytes and more), so that a module takes whole parts only. 0 or 1: none. */
    unsigned parts;

    /* How many regions of one module can be protected at once; 0 = as many as it has. A module that needs
     * more does not load (SMF_ERR_LIMIT), and the diagnosis says both numbers. */
    size_t regions_max;

    /* How far apart the regions of one reserve call may lie, bytes; 0 = any distance will do
     * (as on Cortex-M). Promise of the port, not a wish of the loader. */
    uintptr_t reach;

    /* The port can make SMF_ACCESS_RWX regions. */
    bool can_rwx;

    /* protect takes any part of a region that starts at a granule and ends at one or where the region ends, not only
     * whole regions. */
    bool can_split;

    /* ---- Calls that every port has ---- */

    /*
     * Reserve `count` regions (1 to 3) at once: all or none. Readable and
     * writable by the loader; contents unspecified. A port that can places them in the order
     * of the array, each at the next multiple of 4096 (or of its alignment)
     * after the end of the one before: distances inside a module are then
     * settled already and loading is faster. SMF_ERR_NO_MEMORY when there is no room;
     * also for an `address` that is taken or that the port does not own.
     */
    SMF_MUST_CHECK
    enum smf_status (*reserve)(void *context, const struct smf_region_request *requests, size_t count,
                               struct smf_region *regions);

    /* Undo one reserve, whatever the access of its regions now. Cannot fail. */
    void (*release)(void *context, const struct smf_region *regions, size_t count);

    /*
     * Give a whole region (with can_split: a part of one, from granule to granule) this access. The loader calls
     * it when sealing, after the last byte was written; after a failure it releases. A port may keep a region
     * unknown to the MPU until now: then only privileged code, the loader, could reach it.
     * SMF_ERR_PROTECT, or any status below zero; nothing has changed then.
     */
    SMF_MUST_CHECK
    enum smf_status (*protect)(void *context, const struct smf_region *region, enum smf_access access);

    /* ---- Optional calls: NULL is allowed ---- */

    /* Make written code visible to instruction fetch: clean the data cache by `bytes`, invalidate the instruction
     * cache by `address`, and whatever barrier the machine wants. NULL: the machine needs nothing.
     * Called for each RX region after its last write and before it is handed out. */
    void (*sync_code)(void *context, const struct smf_region *region);

    /* The protection that is in force at `address` now, from the machine or the operating system where they can be
     * asked, else from the port's own record. SMF_ERR_NOT_FOUND: no memory of this port's regions. */
    SMF_MUST_CHECK
    enum smf_status (*query)(void *context, uintptr_t address, enum smf_access *access);

    /* Bytes of the largest region with this access that reserve could give now, for errors that say what there is.
     * NULL: unknown. */
    size_t (*available)(void *context, enum smf_access access);

    /*
     * Store `count` (1 to SMF_STORES_MAX) pointers into a sealed region that is RO or RW, each one aligned store
     * with release order, so that module code sees the old or the new pointer. Where no privileged write is possible, the port opens a
     * window: interrupts masked, other cores stopped, region off, stores, region on, barriers.
     * Cannot fail. NULL: the core protects the region RW, stores, and protects it again.
     */
    void (*store)(void *context, const struct smf_region *region, const struct smf_store *stores, size_t count);

    /* One lock for a loader, held during each call that changes it. Must be recursive if
     * config.resolve calls the same loader again. NULL: one thread only. */
    void (*lock)(void *context);
    void (*unlock)(void *context);

    /* Time since some moment, microseconds, never running backwards. For statistics only. NULL: none. */
    uint64_t (*now)(void *context);
};

/*
 * Bytes that a region of `size` bytes takes out of a port's memory by the facts
 * above: whole granules, whole parts of a power of two, or the power of two itself.
 * The difference is what protection wastes. SIZE_MAX if that overflows.
 */
size_t smf_port_footprint(const struct smf_port *port, size_t size);

#ifdef __cplusplus
}
#endif

#endif
