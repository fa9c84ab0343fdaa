/* SPDX-License-Identifier: MIT */
/*
 * smf/port_template.h - a port to copy: modules in memory that nothing protects. Since 0.1.
 * Freestanding, no malloc.
 *
 * It is whole, not a sketch: a machine without a protection unit needs no more. What it promises is what such a
 * machine can keep, and its table says so:
 *
 *   granule 0       nothing can be protected, so regions may lie side by side
 *   can_rwx         whatever lies in the pool can be executed and written; a module that runs wild overwrites code
 *   query NULL      there is no protection to tell about
 *   reach           the pool is one piece, so no two regions lie further apart than it is long
 *
 * Everything that a machine with protection does differently is marked in template.c by a number; docs/PORTING.md
 * has a step for each.
 */
#ifndef SMF_PORT_TEMPLATE_H
#define SMF_PORT_TEMPLATE_H

#include <stddef.h>

#include "smf/pool.h"
#include "smf/port.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Zero it, then fill in. Copied by start; the memory that it points to stays the port's. */
struct smf_template_config {
    void *bytes;                   /* required: memory that can be written and executed, e.g. smf_code_start */
    size_t size;                   /* bytes                                                                  */
    struct smf_pool_block *blocks; /* required: books, one for each region in use (a module has 1 to 3)      */
    size_t block_max;

    void *context; /* passed to the calls below */

    /* As in smf/port.h. sync_code NULL: only where the processor sees every write by itself (x86-64). */
    void (*sync_code)(void *context, const struct smf_region *region);
    void (*lock)(void *context);
    void (*unlock)(void *context);
    uint64_t (*now)(void *context);
};

/* Storage is the caller's, fields are the port's; must not move while it is in use. */
struct smf_template {
    struct smf_port port;
    struct smf_template_config config;
    struct smf_pool pool;
};

/*
 * `*port` is the table, for any number of loaders. SMF_ERR_ARGUMENT, and `*port` as it was: no memory, no books, an end
 * that wraps, lock without unlock or unlock without lock.
 */
SMF_MUST_CHECK
enum smf_status smf_template_start(struct smf_template *template_port, const struct smf_template_config *config,
                                   const struct smf_port **port);

#ifdef __cplusplus
}
#endif

#endif
