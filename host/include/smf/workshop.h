/* SPDX-License-Identifier: MIT */
/*
 * smf/workshop.h - what makes instances of templates on a host: an instantiator (smf/instantiator.h) with a mapper and
 * with memory of malloc, ready for a system. Since 0.1.
 *
 *     struct smf_workshop_options tools = {.port = smf_port_posix()};
 *     ... smf_workshop_start(&workshop, &tools) == SMF_OK
 *     struct smf_live_options options = {.system.load.port = smf_port_posix(), .system.generics = &workshop.generics};
 *     ... smf_live_start(&live, &options) == SMF_OK
 *     ... modules that use templates load ...
 *     smf_live_finish(&live);
 *     smf_workshop_finish(&workshop);
 *
 * A system that has none loads modules without templates as before, and contains nothing of this. One that has it and
 * meets no template pays for an arena of which nothing but its first pages is used.
 */
#ifndef SMF_WORKSHOP_H
#define SMF_WORKSHOP_H

#include <stddef.h>

#include "smf/instantiator.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of arena when the options do not say; what is not used takes no memory where the system gives it page by page. */
#ifndef SMF_WORKSHOP_ARENA
#define SMF_WORKSHOP_ARENA ((size_t)(sizeof(void *) > 4 ? 64u : 8u) << 20)
#endif

/* Zero it, then set port. */
struct smf_workshop_options {
    const struct smf_port
        *port; /* required; its lock is not taken: the system's callers hold that, others are one thread */
    const struct smf_instantiator_config
        *config;       /* NULL: smf_instantiator_defaults(). Its mapper and arena are not looked at */
    size_t arena_size; /* for both; 0: SMF_WORKSHOP_ARENA, or half of it until there is so much */
};

/* Storage is the caller's; may not move. */
struct smf_workshop {
    struct smf_instantiator instantiator; /* for all calls of smf/instantiator.h but start and finish */
    struct smf_system_generics generics;  /* for smf_system_config                                    */
    struct smf_mapper mapper;             /* where its code is                                        */
    struct smf_port port;
    void *arena;
};

/* SMF_ERR_ARGUMENT: no port, or as smf_instantiator_start() says. SMF_ERR_NO_MEMORY. */
SMF_MUST_CHECK
enum smf_status smf_workshop_start(struct smf_workshop *workshop, const struct smf_workshop_options *options);

/* After the system: nothing may run in an instance. A second time nothing happens. */
void smf_workshop_finish(struct smf_workshop *workshop);

#ifdef __cplusplus
}
#endif

#endif
