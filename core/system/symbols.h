/* SPDX-License-Identifier: MIT */
/* system/symbols.h - private to core/system: what the mapper's table is made of. Looked at under the port's lock. */
#ifndef SMF_SYSTEM_SYMBOLS_H
#define SMF_SYSTEM_SYMBOLS_H

#include "base/arena.h"
#include "smf/mapper.h"

struct smf_mapper_symbol {
    struct smf_mapper_symbol *next;                   /* of its bucket */
    struct smf_mapper_symbol *next_owned, **owned_at; /* of its owner; what points to this one */
    struct smf_mapper_owner *owner;
    struct smf_region region; /* bytes NULL: part of somebody else's memory */
    uint64_t generation;
    uintptr_t address;
    size_t size;
    uint32_t hash;
    char name[];
};

struct smf_mapper_owner {
    struct smf_mapper_owner *next; /* of its bucket */
    struct smf_mapper_symbol *symbols;
    uint32_t hash;
    char name[];
};

struct smf_mapper_bucket {
    struct smf_mapper_symbol *symbols;
    struct smf_mapper_owner *owners;
};

static inline struct smf_arena *smf_mapper_arena(const struct smf_mapper *mapper)
{
    _Static_assert(sizeof mapper->arena == sizeof(struct smf_arena), "smf_mapper.arena is a struct smf_arena");
    return (struct smf_arena *)(uintptr_t)&mapper->arena;
}

/* A mapper that was zeroed and never started, or that is finished, has no port. */
static inline bool smf_mapper_is_started(const struct smf_mapper *mapper)
{
    return mapper != NULL && mapper->config.port != NULL;
}

static inline void smf_mapper_lock(const struct smf_mapper *mapper)
{
    const struct smf_port *port = mapper->config.port;
    if (port->lock != NULL)
        port->lock(port->context);
}

static inline void smf_mapper_unlock(const struct smf_mapper *mapper)
{
    const struct smf_port *port = mapper->config.port;
    if (port->unlock != NULL)
        port->unlock(port->context);
}

/* The symbol or owner of this name, or NULL. */
struct smf_mapper_symbol *smf_mapper_find_symbol(const struct smf_mapper *mapper, const char *name);
struct smf_mapper_owner *smf_mapper_find_owner(const struct smf_mapper *mapper, const char *name);

#endif
