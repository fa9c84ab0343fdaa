/* SPDX-License-Identifier: MIT */
/* system/entries.h - private to core/system: what a provider keeps. Looked at under the provider's lock. */
#ifndef SMF_SYSTEM_ENTRIES_H
#define SMF_SYSTEM_ENTRIES_H

#include "base/arena.h"
#include "base/fail.h"
#include "smf/provider.h"

/*
 * A module that a supplier gave, or an object that an emitter made. It stays where it is as long as it is cached or
 * held. Its address is the `context` of every source that it gives: that is how it is found when one comes back.
 */
struct smf_provider_entry {
    struct smf_provider_entry *next_named;  /* cached: of its bucket                             */
    struct smf_provider_entry *next_placed; /* of the bucket of its address                      */
    struct smf_provider_entry *newer, *older;
    struct smf_source source; /* as given: reads through the entry, or its own block  */
    struct smf_supply supply; /* modules; of objects only `revision`: their module's  */
    struct smf_image *image;  /* open, with its sections; NULL: it is not             */
    void *object;             /* emitted bytes                                        */
    uint64_t others;          /* revisions of what other suppliers had, when this one was chosen */
    uint64_t cost;            /* bytes, as the cache's limit counts them              */
    struct smf_compile_options options;
    size_t supplier, asked; /* whose; how many the choice depends on                */
    uint32_t hash, holds;
    bool supplied, cached, is_object;
    bool is_taken_from; /* what the taker keeps under this name is of this module      */
    bool keeps_image;   /* somebody asked for more than bytes                   */
    bool proven;        /* options, pic and movable are known                   */
    bool pic, movable;  /* header flag; can be loaded anywhere                  */
    char name[];
};

static inline struct smf_arena *smf_provider_arena(const struct smf_provider *provider)
{
    _Static_assert(sizeof provider->arena == sizeof(struct smf_arena), "smf_provider.arena is a struct smf_arena");
    return (struct smf_arena *)(uintptr_t)&provider->arena;
}

/* Memory of the arena, that stays or for a while; entries that nobody holds go if there is no other room. NULL, and
 * `why` says it. */
void *smf_provider_take(struct smf_provider *provider, size_t size, struct smf_diagnosis *why);
void *smf_provider_take_scratch(struct smf_provider *provider, size_t size, struct smf_diagnosis *why);
static inline void smf_provider_give(struct smf_provider *provider, void *block)
{
    smf_arena_give(smf_provider_arena(provider), block);
}

/* ---- Entries (entries.c) ---- */

/* A new one, in no cache, held by nobody, of this name. NULL: no room. */
struct smf_provider_entry *smf_entry_make(struct smf_provider *provider, const char *name, bool is_object,
                                          struct smf_diagnosis *why);

/* What it has goes back: image, supply. It is as new. */
void smf_entry_empty(struct smf_provider *provider, struct smf_provider_entry *entry);
void smf_entry_close_image(struct smf_provider *provider, struct smf_provider_entry *entry);

/* The cached one, or NULL. */
struct smf_provider_entry *smf_entry_find(const struct smf_provider *provider, const char *name, bool is_object);

/* Is it one of ours? Compared, never followed. */
bool smf_entry_is_known(const struct smf_provider *provider, const void *entry);

/* Enter it into the cache as the newest, if limits and other entries let it. */
void smf_entry_keep(struct smf_provider *provider, struct smf_provider_entry *entry);
void smf_entry_touch(struct smf_provider *provider, struct smf_provider_entry *entry);

/* Out of the cache; gone, if nobody holds it. */
void smf_entry_drop(struct smf_provider *provider, struct smf_provider_entry *entry);

/* One hold less; gone, if it was the last and it is in no cache. */
void smf_entry_release(struct smf_provider *provider, struct smf_provider_entry *entry);

/* Counters of the cache that it belongs to. */
static inline struct smf_provider_counts *smf_entry_counts(struct smf_provider *provider, bool is_object)
{
    return is_object ? &provider->statistics.objects : &provider->statistics.modules;
}

/* ---- Finding (choose.c) ---- */

/* What a caller is going to do with a module. */
enum {
    NEED_VALID = 1,   /* its contents: not stale                        */
    NEED_MOVABLE = 2, /* to load it                                     */
    NEED_PIC = 4,     /* to take code out of it                         */
    NEED_IMAGE = 8    /* entry->image, which stays open with the entry  */
};

/* The module of this name, held once more; cached if it can be. */
SMF_MUST_CHECK
enum smf_status smf_entry_acquire(struct smf_provider *provider, const char *name, unsigned needs,
                                  struct smf_provider_entry **entry, struct smf_diagnosis *why);

/* Is `entry` still what the suppliers would give? */
SMF_MUST_CHECK
enum smf_status smf_entry_is_current(struct smf_provider *provider, const struct smf_provider_entry *entry,
                                     bool *current, struct smf_diagnosis *why);

/* Prove what is needed. Stale: SMF_ERR_BACKEND, SMF_DETAIL_STALE. */
SMF_MUST_CHECK
enum smf_status smf_entry_prove(struct smf_provider *provider, struct smf_provider_entry *entry, unsigned needs,
                                struct smf_diagnosis *why);

/* What the file says about itself: options, pic, movable. */
SMF_MUST_CHECK
enum smf_status smf_entry_learn(struct smf_provider *provider, struct smf_provider_entry *entry,
                                struct smf_diagnosis *why);

/* What is wrong with a file does not say which module it is: say so, if `why` names nothing else. Answers `status`. */
enum smf_status smf_entry_name_it(const char *name, enum smf_status status, struct smf_diagnosis *why);

/* The revision that supplier `number` would give now. */
SMF_MUST_CHECK
enum smf_status smf_provider_look(struct smf_provider *provider, size_t number, const char *name, uint64_t *revision,
                                  struct smf_diagnosis *why);

/* ---- Calls ---- */

/* Locks, and answers which diagnosis is used, empty. */
static inline struct smf_diagnosis *smf_provider_enter(struct smf_provider *provider, struct smf_diagnosis *why)
{
    if (provider->config.lock != NULL)
        provider->config.lock(provider->config.lock_context);
    why = why != NULL ? why : &provider->unwanted;
    smf_fail_clear(why);
    return why;
}

static inline void smf_provider_leave(const struct smf_provider *provider)
{
    if (provider->config.unlock != NULL)
        provider->config.unlock(provider->config.lock_context);
}

/* A source comes back, if it is one that is held. */
bool smf_provider_is_out(const struct smf_provider *provider, const struct smf_source *source);
enum smf_status smf_provider_take_back(struct smf_provider *provider, const struct smf_source *source);

/* The status that a callback of supplier `number` gave (supplier_count: none), whatever it left in `why`. */
enum smf_status smf_provider_fail_as(size_t number, const char *name, enum smf_status status,
                                     struct smf_diagnosis *why);

/* Fail about a name. */
enum smf_status smf_provider_fail(struct smf_diagnosis *why, enum smf_detail detail, const char *name, size_t value,
                                  size_t expected);

#endif
