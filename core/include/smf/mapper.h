/* SPDX-License-Identifier: MIT */
/*
 * smf/mapper.h - who owns which symbol, where it is, and how it goes away.
 * Since 0.1. Floor: system.
 *
 * A mapper is a table of symbols. Each has an owner (a module's name, or
 * "__jit__"), an address and a size, and leaves alone or with its owner. There
 * are two ways in: smf_mapper_map() puts code into a region of its own, which the
 * mapper reserves, seals and releases; smf_mapper_record() enters a part of
 * memory that somebody else owns, as a function within its module's region.
 *
 * What a loader and a JIT may do differs by policy, not by table: both go through
 * one mapper, so that each finds what the other made. smf_mapper_loader
 * refuses a name that is there already, smf_mapper_jit replaces what it meant. This one
 * header has both.
 *
 * Memory is the caller's arena and the port's regions. A call that fails has
 * changed nothing. Every call takes the port's lock; without one, a mapper belongs to
 * one thread. Nobody may be executing code that a call releases: that is the
 * caller's to know.
 */
#ifndef SMF_MAPPER_H
#define SMF_MAPPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/system.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Buckets of the table when the configuration does not say. */
#ifndef SMF_MAPPER_BUCKETS
#define SMF_MAPPER_BUCKETS 64u
#endif

struct smf_mapper_config {
    const struct smf_port *port; /* required: reserve, release and protect; must outlive the mapper */
    /* The table: 2 pointers a bucket. A symbol: 112 bytes on 64-bit machines, 72 on 32-bit ones; an owner: 40 or 28;
     * each with its name, in multiples of 8. */
    void *arena;
    size_t arena_size;
    /* A power of two; 0: SMF_MAPPER_BUCKETS. About as many as there are symbols make a lookup one step. */
    uint32_t bucket_count;
};

/* A symbol on record. */
struct smf_mapper_record {
    const char *owner, *symbol; /* the mapper's own copies: until the symbol is unmapped or replaced */
    uintptr_t address;
    size_t size;         /* bytes */
    uint64_t generation; /* number of the map or record call that made it, from 1 on */
    bool is_region;      /* made by smf_mapper_map(); false: part of somebody else's memory */
};

struct smf_mapper_statistics {
    size_t mapped_symbols;
    size_t owner_count;   /* owners with at least one symbol                                    */
    size_t total_bytes;   /* sizes of all symbols summed up, also where parts lie over another  */
    uint64_t generation;  /* successful map and record calls since the start: 0, and never less */
    size_t region_count;  /* regions that the mapper has reserved                               */
    size_t arena_largest; /* bytes of the largest free block                                    */
};

/* How a name is entered. */
struct smf_mapper_policy {
    bool allow_replace;        /* false: a name that is there already is SMF_ERR_DUPLICATE           */
    const char *default_owner; /* for an owner that is NULL or ""; NULL: there must be one to be named */
};

/* For a JIT: replaces; symbols of no module belong to "__jit__". */
extern const struct smf_mapper_policy smf_mapper_jit;

/* For a loader: owners are modules, and replacement is refused. A loader that reloads copies it and sets
 * allow_replace. */
extern const struct smf_mapper_policy smf_mapper_loader;

struct smf_mapper_bucket; /* private */

/* A mapper. Storage is the caller's; fields are the core's. */
struct smf_mapper {
    struct smf_mapper_config config;
    struct {
        uint8_t *bytes;
        size_t size, lowest, last;
    } arena;
    struct smf_mapper_bucket *buckets;
    struct smf_mapper_statistics statistics;
};

/*
 * Start a mapper: copies `config`. SMF_ERR_ARGUMENT: NULL, a port without its three calls, a bucket count that is no
 * power of two. SMF_ERR_NO_ARENA: no room for the buckets.
 */
SMF_MUST_CHECK
enum smf_status smf_mapper_start(struct smf_mapper *mapper, const struct smf_mapper_config *config);

/* Unmap everything; the arena is the caller's again. A second time, or without a start, nothing happens. */
void smf_mapper_finish(struct smf_mapper *mapper);

/*
 * Map code: reserve a region, copy `size` bytes into it, synchronise and seal it (RX), enter `symbol`. `alignment` is
 * a power of two; 0: the port's granule. `*address` is where the code is; it may be NULL. The names may be of any
 * length.
 *
 * With policy.allow_replace the symbol may be there already, whoever owns it: the new code is mapped first, then the
 * old region is released and the record is the new owner's. `owner`, `symbol` and `code` may point into
 * what is replaced.
 *
 * SMF_ERR_ARGUMENT: no code (NULL, or size 0), no symbol (NULL or ""), no policy, no owner and no default one, a bad
 * alignment. SMF_ERR_DUPLICATE, see the policy. SMF_ERR_NO_ARENA. SMF_ERR_NO_MEMORY: the port has no such region, or
 * gave something else than it was asked for, which is handed back. SMF_ERR_LIMIT: total_bytes would not fit a word.
 * Else what the port said. Whatever failed: all is given back, and a symbol that was to be replaced goes on as it was.
 */
SMF_MUST_CHECK
enum smf_status smf_mapper_map(struct smf_mapper *mapper, const struct smf_mapper_policy *policy, const char *owner,
                               const char *symbol, const void *code, size_t size, size_t alignment, uintptr_t *address);

/* Code that has to know where it lies. */
struct smf_mapper_code {
    size_t size, alignment; /* as above                                                 */
    uintptr_t highest;      /* last address that the code may occupy; 0: anywhere       */
    /* Write all of it to region->bytes; it will run at region->address. What is not SMF_OK ends the call. */
    enum smf_status (*fill)(void *context, const struct smf_region *region);
    void *context;
};

/*
 * The same for code that is written where it will lie: `fill` is called once, between the region's reservation and its
 * sealing, and must not call the mapper. What it answers, if it fails, is the status, and all is given back.
 */
SMF_MUST_CHECK
enum smf_status smf_mapper_map_filled(struct smf_mapper *mapper, const struct smf_mapper_policy *policy,
                                      const char *owner, const char *symbol, const struct smf_mapper_code *code,
                                      uintptr_t *address);

/*
 * Enter a symbol that lies in memory of somebody else: nothing is reserved for it, and nothing released. `size` may be
 * 0 (unknown). `address` may have the Thumb bit: it is kept as it is.
 * Statuses as smf_mapper_map(); SMF_ERR_ARGUMENT also: address 0, or a size that wraps from there.
 */
SMF_MUST_CHECK
enum smf_status smf_mapper_record(struct smf_mapper *mapper, const struct smf_mapper_policy *policy, const char *owner,
                                  const char *symbol, uintptr_t address, size_t size);

/* The address of a symbol; 0: there is none of this name. Addresses of functions have no Thumb bit unless they were
 * recorded with one. */
uintptr_t smf_mapper_lookup(const struct smf_mapper *mapper, const char *symbol);

/* The same as a function: with the Thumb bit where this core is Thumb code. NULL: there is none. */
void (*smf_mapper_function(const struct smf_mapper *mapper, const char *symbol))(void);

/* All that is known of it. SMF_ERR_NOT_FOUND. */
SMF_MUST_CHECK
enum smf_status smf_mapper_get_record(const struct smf_mapper *mapper, const char *symbol,
                                      struct smf_mapper_record *record);

/* Forget a symbol, and release its region if it has one. SMF_ERR_NOT_FOUND: nothing happens. */
SMF_MUST_CHECK
enum smf_status smf_mapper_unmap(struct smf_mapper *mapper, const char *symbol);

/* The same for all symbols of one owner, and of nobody else. How many there were. */
size_t smf_mapper_unmap_owner(struct smf_mapper *mapper, const char *owner);

/* The same for everything. The generation goes on from where it was. */
size_t smf_mapper_clear(struct smf_mapper *mapper);

/* Never fails; zeros before the start. */
void smf_mapper_get_statistics(const struct smf_mapper *mapper, struct smf_mapper_statistics *statistics);

/*
 * Call `visit` for each symbol of `owner` (NULL: of everybody), in no particular order, until it answers false. It
 * runs under the lock and must not call the mapper. How many were visited.
 */
size_t smf_mapper_walk(const struct smf_mapper *mapper, const char *owner,
                       bool (*visit)(void *context, const struct smf_mapper_record *record), void *context);

/*
 * Beside a system (smf/system.h): with config.load.resolve = smf_mapper_resolve and config.load.resolve_context = the
 * mapper, names that neither the host nor a module has are looked for in the mapper, as functions. With config.event =
 * smf_mapper_follow, or called from there, what a module owns under its name goes when the last version of the module
 * does; what belongs to "__jit__" stays.
 * The system calls both under its port's lock: the mapper's port must have another lock, a recursive one, or none.
 */
SMF_MUST_CHECK
enum smf_status smf_mapper_resolve(void *context, const struct smf_binding_request *request,
                                   struct smf_binding_answer *answer);
void smf_mapper_follow(void *context, enum smf_event event, struct smf_handle handle, const char *name,
                       struct smf_module *module);

#ifdef __cplusplus
}
#endif

#endif
