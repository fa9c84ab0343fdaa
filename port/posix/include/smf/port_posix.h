/* SPDX-License-Identifier: MIT */
/*
 * smf/port_posix.h - modules in the memory of a POSIX process. Since 0.1.
 *
 * Two ports. smf_port_posix() maps and unmaps memory for each load and is the
 * one to use. A pool keeps one warm mapping and gives parts of it to loads:
 * for programs that load and unload all the time.
 */
#ifndef SMF_PORT_POSIX_H
#define SMF_PORT_POSIX_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/port.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The port of this process: any number of loaders may share it, from any
 * thread (one recursive lock). Each reserve is one contiguous mapping: regions
 * in order, each at the next multiple of the page size or of its alignment; an
 * overall size above `reach` is SMF_ERR_NO_MEMORY. Regions with an address of their
 * own are mapped one by one, never over something that is there. protect takes
 * parts, whole pages; query reads /proc/self/maps at each call (Linux;
 * SMF_ERR_UNSUPPORTED where that cannot be opened), and is NULL elsewhere. Regions are readable and
 * writable until they are sealed, then RX or RO: never writable and executable
 * at once, unless RWX was asked for (config.allow_rwx). Static storage.
 */
const struct smf_port *smf_port_posix(void);

struct smf_posix_range; /* a part of a pool that is in use */

/* A pool. Storage is the caller's, fields are the port's; must not move while it is in use. */
struct smf_posix_pool {
    struct smf_port port;
    uint8_t *bytes;
    size_t size, page;
    struct smf_posix_range *ranges; /* in use, by address */
    pthread_mutex_t mutex;
    bool protect;
};

/* What smf_port_posix_pool_start() is told as `protect`. */
#define SMF_POSIX_POOL_SEALED true      /* W^X as with smf_port_posix(): what everything but a benchmark wants */
#define SMF_POSIX_POOL_ALWAYS_RWX false /* see below: benchmarks and emulation only                            */

/*
 * Map `size` bytes (rounded up to pages), touch each page once, and return the
 * port that hands them out: first fit, whole pages, or exactly where a request
 * says; what a module gives back is made writable again. The pool lies below 2 GiB where the system has room
 * there. NULL if it cannot be mapped.
 *
 * With SMF_POSIX_POOL_ALWAYS_RWX the whole pool is writable AND executable all
 * the time, protect does nothing, and query says so. A module, or a bug, can then overwrite
 * code. It exists to measure what protection costs, as on a machine without a
 * protection unit, and must not be used for anything else.
 */
const struct smf_port *smf_port_posix_pool_start(struct smf_posix_pool *pool, size_t size, bool protect);

/* Unmap the pool. Every module in it must be unloaded. */
void smf_port_posix_pool_finish(struct smf_posix_pool *pool);

#ifdef __cplusplus
}
#endif

#endif
