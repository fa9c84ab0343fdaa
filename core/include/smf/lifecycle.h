/* SPDX-License-Identifier: MIT */
/*
 * smf/lifecycle.h - what each module has, so that all of it goes when the module goes.
 * Since 0.1. Floor: system.
 *
 * A ledger, and no more: it frees nothing itself. For each module it keeps four
 * lists of names: symbols that were compiled for the module at run time, its own executable
 * symbols, SMF files that it refers to (counted), and metadata. Whoever made such a
 * thing enters it; when it has to go, config.destroy is told, and does it:
 *
 *     static void destroy(void *context, const struct smf_resource *resource)
 *     {
 *         if (resource->kind == SMF_RESOURCE_JIT || resource->kind == SMF_RESOURCE_SYMBOL)
 *             (void)smf_mapper_unmap(context, resource->name);
 *     }
 *
 * Things go with their module (smf_lifecycle_destroy), or when nobody has used
 * them for a while (smf_lifecycle_sweep). Time is a counter, the epoch, that
 * the caller advances; entering and marking a resource makes it as young as that.
 * SMF references do not age: they are counted, and the file's last one ends it.
 *
 * Memory is the caller's arena. A call that fails has changed nothing. With a
 * port every call takes its lock; config.destroy and visitors run under
 * it and must not call the ledger.
 */
#ifndef SMF_LIFECYCLE_H
#define SMF_LIFECYCLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/port.h"

#ifdef __cplusplus
extern "C" {
#endif

/* In the order in which a module's resources are destroyed. */
enum smf_resource_kind {
    SMF_RESOURCE_JIT,     /* compiled for this module, whoever owns it in the mapper; a name has one origin */
    SMF_RESOURCE_SYMBOL,  /* executable symbol of the module                                                 */
    SMF_RESOURCE_SMF,     /* a file in a cache: smf_lifecycle_retain()                                       */
    SMF_RESOURCE_METADATA /* whatever else is kept by name                                                   */
};
#define SMF_RESOURCE_KINDS 4u

/* One resource as callbacks see it. Pointers are valid during the call. */
struct smf_resource {
    enum smf_resource_kind kind;
    const char *module;
    const char *name;
    uint32_t references; /* of SMF_RESOURCE_SMF: this module's; in config.destroy 0; else 0 */
    uint32_t age;        /* epochs since it was entered or marked; of SMF_RESOURCE_SMF 0    */
};

/* Age that a sweep still leaves alone, when the configuration does not say. */
#ifndef SMF_LIFECYCLE_MAX_AGE
#define SMF_LIFECYCLE_MAX_AGE 100u
#endif

/* Buckets of the table when the configuration does not say. */
#ifndef SMF_LIFECYCLE_BUCKETS
#define SMF_LIFECYCLE_BUCKETS 64u
#endif

struct smf_lifecycle_config {
    /* The table: a pointer a bucket. A resource or a file: 80 bytes on 64-bit machines, 56 on 32-bit ones; a module: 160
     * or 96; each with its name, in multiples of 8. */
    void *arena;
    size_t arena_size;
    const struct smf_port *port; /* for its lock only; NULL: one thread                                  */
    uint32_t bucket_count;       /* a power of two; 0: SMF_LIFECYCLE_BUCKETS                             */
    uint32_t max_age;            /* a resource is stale when it is older, epochs; 0: SMF_LIFECYCLE_MAX_AGE */
    bool jit_only;               /* only SMF_RESOURCE_JIT becomes stale                                  */

    /* Free this: it has left the ledger. Cannot fail. An SMF file is told when its last reference ends, with the module
     * that had it. NULL: there is nothing to do. */
    void (*destroy)(void *context, const struct smf_resource *resource);
    void *destroy_context;
};

struct smf_lifecycle_statistics {
    size_t modules;     /* tracked                                                    */
    size_t jit_symbols; /* and resources of the other kinds:                          */
    size_t symbols;
    size_t metadata;
    size_t smf_count;     /* files with at least one reference                        */
    size_t tracked;       /* resources that age: symbols of both kinds, metadata      */
    size_t stale;         /* of these, what a sweep would take now                    */
    uint32_t epoch;       /* wraps at 2^32; ages are right up to 2^32 - 1 epochs      */
    size_t arena_largest; /* bytes of the largest free block                          */
};

struct smf_lifecycle_item; /* private */
struct smf_lifecycle_module;

/* A ledger. Storage is the caller's; fields are the core's. */
struct smf_lifecycle {
    struct smf_lifecycle_config config;
    struct {
        uint8_t *bytes;
        size_t size, lowest, last;
    } arena;
    struct smf_lifecycle_item **buckets;
    struct smf_lifecycle_module *modules;   /* newest first                                    */
    size_t counts[SMF_RESOURCE_KINDS + 2u]; /* resources by kind; then modules, and SMF files */
    uint32_t epoch;
};

/* Start a ledger: copies `config`; epoch 0. SMF_ERR_ARGUMENT: NULL, or a bucket count that is no power of two.
 * SMF_ERR_NO_ARENA: no room for the buckets. */
SMF_MUST_CHECK
enum smf_status smf_lifecycle_start(struct smf_lifecycle *lifecycle, const struct smf_lifecycle_config *config);

/* Destroy every module; the arena is the caller's again. A second time, or without a start, nothing happens. */
void smf_lifecycle_finish(struct smf_lifecycle *lifecycle);

/* Forget everything and destroy nothing; epoch 0. For whoever has freed it all himself, as by smf_mapper_clear(). */
void smf_lifecycle_reset(struct smf_lifecycle *lifecycle);

/* ---- Entering and leaving. SMF_ERR_ARGUMENT: a name that is NULL or "", a kind that is none or not allowed.
 * SMF_ERR_NO_ARENA. ---- */

/* Track a module, also one that has nothing yet. One that is tracked already stays as it is (SMF_OK). */
SMF_MUST_CHECK
enum smf_status smf_lifecycle_track(struct smf_lifecycle *lifecycle, const char *module);

/* Enter a resource of a module, and track that. One that is there already is marked. Not for SMF_RESOURCE_SMF.
 * SMF_ERR_DUPLICATE: a JIT symbol of this name came from another module. */
SMF_MUST_CHECK
enum smf_status smf_lifecycle_add(struct smf_lifecycle *lifecycle, enum smf_resource_kind kind, const char *module,
                                  const char *name);

/* Forget a resource and destroy nothing: somebody else freed it, or has it now. Not for SMF_RESOURCE_SMF.
 * SMF_ERR_NOT_FOUND. */
SMF_MUST_CHECK
enum smf_status smf_lifecycle_remove(struct smf_lifecycle *lifecycle, enum smf_resource_kind kind, const char *module,
                                     const char *name);

/* Destroy everything that a module has, in the order of enum smf_resource_kind, and track it no longer. Files that other
 * modules refer to stay. How many resources it had; 0 also for a module that is not tracked. */
size_t smf_lifecycle_destroy(struct smf_lifecycle *lifecycle, const char *module);

/* ---- References to SMF files ---- */

/* One more reference of a module to a file; tracks the module. SMF_ERR_LIMIT after 2^32 - 1. */
SMF_MUST_CHECK
enum smf_status smf_lifecycle_retain(struct smf_lifecycle *lifecycle, const char *module, const char *file);

/* One less; `*left` (may be NULL) is what all modules have left. At 0 the file is destroyed. SMF_ERR_NOT_FOUND: this
 * module has none. */
SMF_MUST_CHECK
enum smf_status smf_lifecycle_release(struct smf_lifecycle *lifecycle, const char *module, const char *file,
                                      uint32_t *left);

/* References of all modules to a file; 0: none. */
uint32_t smf_lifecycle_references(const struct smf_lifecycle *lifecycle, const char *file);

/* End all references to a file, whoever has them, and destroy it (`module` is NULL then). Visits every module. How many
 * references there were. */
uint32_t smf_lifecycle_evict(struct smf_lifecycle *lifecycle, const char *file);

/* ---- Questions ---- */

bool smf_lifecycle_is_tracked(const struct smf_lifecycle *lifecycle, const char *module);

/* Resources of one kind that a module has; of SMF_RESOURCE_SMF: files. */
size_t smf_lifecycle_count(const struct smf_lifecycle *lifecycle, const char *module, enum smf_resource_kind kind);

/* The module that a JIT symbol was compiled for; NULL: unknown. The ledger's own copy, until the module is destroyed. */
const char *smf_lifecycle_origin(const struct smf_lifecycle *lifecycle, const char *symbol);

/* Call `visit` for each resource of a module, in the order of their kinds, until it answers false. How many were
 * visited. */
size_t smf_lifecycle_walk(const struct smf_lifecycle *lifecycle, const char *module,
                          bool (*visit)(void *context, const struct smf_resource *resource), void *context);

/* Never fails; zeros before the start. Visits every resource. */
void smf_lifecycle_get_statistics(const struct smf_lifecycle *lifecycle, struct smf_lifecycle_statistics *statistics);

/* ---- Ageing ---- */

/* One epoch has gone by. The number of the new one. */
uint32_t smf_lifecycle_advance(struct smf_lifecycle *lifecycle);

/* A resource was used: it is as young as the epoch. Not for SMF_RESOURCE_SMF. SMF_ERR_NOT_FOUND. */
SMF_MUST_CHECK
enum smf_status smf_lifecycle_mark(struct smf_lifecycle *lifecycle, enum smf_resource_kind kind, const char *module,
                                   const char *name);

/* The same for all that a module has. SMF_ERR_NOT_FOUND. */
SMF_MUST_CHECK
enum smf_status smf_lifecycle_mark_module(struct smf_lifecycle *lifecycle, const char *module);

/* Destroy every resource that is older than config.max_age (with jit_only: every such JIT symbol). Modules stay tracked.
 * How many there were. */
size_t smf_lifecycle_sweep(struct smf_lifecycle *lifecycle);

#ifdef __cplusplus
}
#endif

#endif
