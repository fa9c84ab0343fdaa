/* SPDX-License-Identifier: MIT */
/*
 * system/ledger.h - private to core/system: what smf/lifecycle.h keeps. One table
 * finds everything by name; lists say what belongs to which module.
 */
#ifndef SMF_SYSTEM_LEDGER_H
#define SMF_SYSTEM_LEDGER_H

#include "base/arena.h"
#include "smf/lifecycle.h"

/* Kinds of entries after those of enum smf_resource_kind. */
enum { LEDGER_MODULE = SMF_RESOURCE_KINDS, LEDGER_FILE };

/* One entry of the table; its name lies behind it in its block. */
struct smf_lifecycle_item {
    struct smf_lifecycle_item *chain;      /* of its bucket */
    struct smf_lifecycle_item *next, **at; /* in its module's list; what points to this one. Modules, files: NULL */
    struct smf_lifecycle_module *module;   /* whose it is; modules and files: NULL */
    struct smf_lifecycle_item *file;       /* a reference: to what */
    const char *name;
    uint32_t hash;
    uint32_t references; /* a reference: how many; a file: of all modules together */
    uint32_t epoch;      /* entered or marked */
    uint32_t kind;
};

struct smf_lifecycle_module {
    struct smf_lifecycle_item item; /* first: is found as one */
    struct smf_lifecycle_module *next, **at;
    struct smf_lifecycle_item *lists[SMF_RESOURCE_KINDS];
    size_t counts[SMF_RESOURCE_KINDS];
};

static inline struct smf_arena *smf_lifecycle_arena(const struct smf_lifecycle *lifecycle)
{
    _Static_assert(sizeof lifecycle->arena == sizeof(struct smf_arena), "smf_lifecycle.arena is a struct smf_arena");
    return (struct smf_arena *)(uintptr_t)&lifecycle->arena;
}

/* One that was zeroed and never started, or that is finished, has no buckets. */
static inline bool smf_lifecycle_is_started(const struct smf_lifecycle *lifecycle)
{
    return lifecycle != NULL && lifecycle->buckets != NULL;
}

static inline void smf_lifecycle_lock(const struct smf_lifecycle *lifecycle)
{
    const struct smf_port *port = lifecycle->config.port;
    if (port != NULL && port->lock != NULL)
        port->lock(port->context);
}

static inline void smf_lifecycle_unlock(const struct smf_lifecycle *lifecycle)
{
    const struct smf_port *port = lifecycle->config.port;
    if (port != NULL && port->unlock != NULL)
        port->unlock(port->context);
}

/* Names of this kind are a module's own, and may be another one's too. */
static inline bool smf_ledger_is_scoped(uint32_t kind)
{
    return kind == SMF_RESOURCE_SYMBOL || kind == SMF_RESOURCE_SMF || kind == SMF_RESOURCE_METADATA;
}

/* Kinds that smf_lifecycle_add() takes: that age, and are not counted. */
static inline bool smf_ledger_ages(uint32_t kind) { return kind < SMF_RESOURCE_KINDS && kind != SMF_RESOURCE_SMF; }

static inline uint32_t smf_ledger_age(const struct smf_lifecycle *lifecycle, const struct smf_lifecycle_item *item)
{
    return item->kind != SMF_RESOURCE_SMF ? lifecycle->epoch - item->epoch : 0;
}

static inline bool smf_ledger_is_stale(const struct smf_lifecycle *lifecycle, const struct smf_lifecycle_item *item)
{
    return smf_ledger_age(lifecycle, item) > lifecycle->config.max_age;
}

/* ledger.c: an entry of this kind; `module` is NULL where names are not a module's own. NULL: there is none. */
struct smf_lifecycle_item *smf_ledger_find(const struct smf_lifecycle *lifecycle, uint32_t kind,
                                           const struct smf_lifecycle_module *module, const char *name);
struct smf_lifecycle_module *smf_ledger_find_module(const struct smf_lifecycle *lifecycle, const char *name);
/* A resource by its module's name; NULL also without that module, or for names that are NULL. */
struct smf_lifecycle_item *smf_ledger_find_resource(const struct smf_lifecycle *lifecycle, uint32_t kind,
                                                    const char *module, const char *name);

/* Make an entry, of this module for resources; NULL: no room. */
struct smf_lifecycle_item *smf_ledger_enter(struct smf_lifecycle *lifecycle, uint32_t kind,
                                            struct smf_lifecycle_module *module, const char *name);
struct smf_lifecycle_module *smf_ledger_enter_module(struct smf_lifecycle *lifecycle, const char *name);

/* Take an entry out of the table and its list; its block is given back by whoever has no more use for its name. */
void smf_ledger_unlink(struct smf_lifecycle *lifecycle, struct smf_lifecycle_item *item);
void smf_ledger_drop(struct smf_lifecycle *lifecycle, struct smf_lifecycle_item *item); /* both */
void smf_ledger_drop_module(struct smf_lifecycle *lifecycle, struct smf_lifecycle_module *module);

/* lifecycle.c: drop a resource, and have destroyed what it stands for. */
void smf_ledger_destroy(struct smf_lifecycle *lifecycle, struct smf_lifecycle_item *item);

/* lifecycle_references.c: take `count` references from one, and drop what has none left. What all modules still have. */
uint32_t smf_ledger_lower(struct smf_lifecycle *lifecycle, struct smf_lifecycle_item *reference, uint32_t count,
                          const char *module);
/* Tell config.destroy. */
void smf_ledger_tell(const struct smf_lifecycle *lifecycle, uint32_t kind, const char *module, const char *name,
                     uint32_t age);

#endif
