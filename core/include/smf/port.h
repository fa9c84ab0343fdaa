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
    size_t size;            /* bytes, > 0                                                    */
    size_t alignment;       /* of `address`; a power of two, at least 1                      */
    enum smf_access access; /* what the region will become when it is sealed                 */
    uint64_t highest;       /* last address that the region may occupy; 0 = anywhere         */
};

/*
 * A reserved region from both sides: the loader writes through `bytes`, the
 * module runs at `address`. The same place, unless the port maps memory twice
 * or a test relocates for a foreign CPU.
 */
struct smf_region {
    uint8_t *bytes;
    uint64_t address;
    size_t size;            /* at least what was asked for; whole granules are the port's business */
    enum smf_access access; /* as requested                                                       */
};

/*
 * A port. Const, shared by any number of loaders; must outlive them.
 * Calls of one loader never overlap when lock and unlock are set; without
 * them the loader belongs to one thread.
 */
struct smf_port {
    void *context; /* passed to each call; may be NULL */

    /* Smallest unit that protect can act on, bytes, a power of two. 0 or 1: no protection unit.
     * Two regions never share a granule. */
    size_t granule;

    /* How far apart the regions of one reserve call may lie, bytes; 0 = any distance will do
     * (as on Cortex-M). Promise of the port, not a wish of the loader. */
    uint64_t reach;

    /* The port can make SMF_ACCESS_RWX regions. */
    bool can_rwx;

    /*
     * Reserve `count` regions (1 to 3) at once: all or none. Readable and
     * writable; contents unspecified. A port that can places them in the order
     * of the array, each at the next multiple of 4096 (or of its alignment)
     * after the end of the one before: distances inside a module are then
     * settled already and loading is faster. SMF_ERR_NO_MEMORY when there is no room.
     */
    SMF_MUST_CHECK
    enum smf_status (*reserve)(void *context, const struct smf_region_request *requests, size_t count,
                               struct smf_region *regions);

    /* Undo one reserve, whatever the access of its regions now. Cannot fail. */
    void (*release)(void *context, const struct smf_region *regions, size_t count);

    /* Give a whole region this access. Called when sealing; after a failure the loader releases.
     * SMF_ERR_PROTECT, or any status below zero. */
    SMF_MUST_CHECK
    enum smf_status (*protect)(void *context, const struct smf_region *region, enum smf_access access);

    /* Make written code visible to instruction fetch: clean the data cache by `bytes`,
     * invalidate the instruction cache by `address`. NULL: the machine needs nothing. */
    void (*sync_code)(void *context, const struct smf_region *region);

    /* Optional. One lock for a loader, held during each call that changes it. Must be recursive if
     * config.resolve calls the same loader again. NULL: one thread only. */
    void (*lock)(void *context);
    void (*unlock)(void *context);
};

#ifdef __cplusplus
}
#endif

#endif
