/* SPDX-License-Identifier: MIT */
/*
 * smf/exec.h - executable memory by hand: what a JIT, a trampoline or a test
 * needs when there is no module. Since 0.1. Floor: system.
 *
 * One region at a time over a port: allocate it writable, write code, seal it,
 * call it. Never writable and executable at once, unless the configuration
 * asks for that by name and the port can. Every region is on record from alloc to
 * free, so that queries tell the truth.
 */
#ifndef SMF_EXEC_H
#define SMF_EXEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/port.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One region on record. Storage is the caller's array; fields are the core's. */
struct smf_exec_block {
    struct smf_region region; /* as the port gave it; size as requested; size 0: a free entry */
    enum smf_access access;   /* in force for the whole region; unless parts were given their own */
    bool split;               /* parts have had an access of their own                        */
};

struct smf_exec_config {
    const struct smf_port *port;   /* required                                                */
    struct smf_exec_block *blocks; /* required: one for each region at a time                 */
    size_t block_count;
    bool no_wx;     /* do not insist on W^X (the described systems' use_wx = false)           */
    bool allow_rwx; /* RWX may be asked for; granted only with no_wx and a port that can      */
};

struct smf_exec {
    struct smf_exec_config config;
};

/*
 * The port and the array must outlive `exec`, the configuration is copied. Calls of one `exec` may come from several
 * threads if the port has lock and unlock.
 * SMF_ERR_ARGUMENT: no port, a port without reserve, release or protect, no blocks.
 */
SMF_MUST_CHECK
enum smf_status smf_exec_start(struct smf_exec *exec, const struct smf_exec_config *config);

/* Free every region. A second time there is none left. */
void smf_exec_finish(struct smf_exec *exec);

/*
 * A region of `size` bytes (> 0), zeroed, writable, that will become `access` when it is sealed: SMF_ACCESS_RX for
 * code, RO for constants, RW for data, RWX only as the configuration allows. `alignment` is a power of two; 0 = the
 * port's granule. `*region` is a copy: `address` names the region from here on. Also NO_MEMORY: a port that gives
 * something else than it was asked for; that is handed back.
 * SMF_ERR_ARGUMENT, SMF_ERR_NO_MEMORY, SMF_ERR_LIMIT (no entry left), SMF_ERR_PROTECT (RWX refused).
 */
SMF_MUST_CHECK
enum smf_status smf_exec_alloc(struct smf_exec *exec, size_t size, size_t alignment, enum smf_access access,
                               struct smf_region *region);

/* Release the region that starts at `address` and was asked for with `size`. A second free of the same region, or
 * another size, is SMF_ERR_NOT_FOUND, and nothing happens. */
SMF_MUST_CHECK
enum smf_status smf_exec_free(struct smf_exec *exec, uintptr_t address, size_t size);

/*
 * Copy `size` bytes (0: none) into the region that starts at `address`, from its byte `offset` on; all of them or none.
 * A region of RWX is synchronised. SMF_ERR_ARGUMENT: past the end, or a range that wraps. SMF_ERR_PROTECT: a part of it
 * is not writable now. SMF_ERR_NOT_FOUND: no such region.
 */
SMF_MUST_CHECK
enum smf_status smf_exec_write(struct smf_exec *exec, uintptr_t address, size_t offset, const void *bytes, size_t size);

/*
 * Seal: give the region that starts at `address` the access it was allocated for; code is synchronised
 * (port.sync_code) after its last write and before it can be executed. If the port cannot, its status is the answer and
 * the region is released, as if it had never been allocated: no candidate stays behind. SMF_ERR_NOT_FOUND.
 */
SMF_MUST_CHECK
enum smf_status smf_exec_seal(struct smf_exec *exec, uintptr_t address);

/* Make a sealed region writable again, and not executable, for patching. Seal it afterwards. If the port cannot, its
 * status is the answer and the region stays as it was. SMF_ERR_NOT_FOUND. */
SMF_MUST_CHECK
enum smf_status smf_exec_unseal(struct smf_exec *exec, uintptr_t address);

/*
 * Give the granules that meet [address, address + size) this access, and no others. Where the port cannot split, or
 * not say what parts became (port.can_split, port.query), these granules must be the whole region. RWX only for a region
 * that was allocated for it. Turning memory executable synchronises it. SMF_ERR_ARGUMENT: address 0, size 0, a range
 * that wraps or leaves the region, a part where there are none. SMF_ERR_NOT_FOUND. SMF_ERR_PROTECT: RWX refused; or the
 * port's status. Nothing has changed then.
 */
SMF_MUST_CHECK
enum smf_status smf_exec_protect(struct smf_exec *exec, uintptr_t address, size_t size, enum smf_access access);

/* The access in force at `address`, any address inside of a region: what the machine says (port.query), else the
 * record. SMF_ERR_NOT_FOUND. */
SMF_MUST_CHECK
enum smf_status smf_exec_query(const struct smf_exec *exec, uintptr_t address, enum smf_access *access);

/* Executable now? False for unknown addresses. */
bool smf_exec_is_executable(const struct smf_exec *exec, uintptr_t address);

/* Totals over what is on record. */
struct smf_exec_totals {
    size_t regions;    /* live                                       */
    size_t requested;  /* bytes asked for                            */
    size_t footprint;  /* bytes that the port spends on them         */
    size_t executable; /* regions of which a part is executable now  */
};
void smf_exec_totals(const struct smf_exec *exec, struct smf_exec_totals *totals);

/* Calls `line` once for each live region, in the order of the entries; where parts have an access of their own, once
 * for each part. `line` must not call `exec` back. */
void smf_exec_dump(const struct smf_exec *exec,
                   void (*line)(void *context, const struct smf_region *region, enum smf_access access), void *context);

/* The address as a function: with the Thumb bit where this core is Thumb code. NULL if it is not executable now. */
void (*smf_exec_function(const struct smf_exec *exec, uintptr_t address))(void);

/* Call code at `address` with 0 to 2 arguments; `*result` gets what it returns. SMF_ERR_ARGUMENT for more arguments,
 * or without a place for them; SMF_ERR_PROTECT if the address is not executable now: nothing is called. */
SMF_MUST_CHECK
enum smf_status smf_exec_call(const struct smf_exec *exec, uintptr_t address, const int64_t *arguments, size_t count,
                              int64_t *result);

#ifdef __cplusplus
}
#endif

#endif
