/* SPDX-License-Identifier: MIT */
/*
 * smf/system.h - many modules over one loader: they import from each other,
 * come and go, and are replaced while they run.
 *
 * Since 0.1. Floor: system. The house rules of smf/load.h hold: memory from the
 * caller's arena and the port only, nothing global, a call that fails changes
 * nothing. A system has three words for what is loaded:
 *
 *  - a *module* has a name: the one that it was loaded under, else its own;
 *  - a *version* is one load of it. The newest is live: names find it. A
 *    reload makes the version before it retired: nothing finds it any more, its
 *    code goes on working for those who are in it or hold it, and
 *    smf_system_collect() releases it when nobody is left;
 *  - a *handle* names one version, for ever: a number that is not used again
 *    (before 2^32 - 1 loads). A stale one is refused, never followed.
 *
 * Threads. Every call takes the port's lock (without one: one thread), except
 * those that say that they do not. Code of modules needs no lock: it calls
 * through slots, which a reload replaces by single aligned stores. A thread
 * that calls modules while another one reloads or unloads them is a reader (struct
 * smf_reader, below). Callbacks and functions of modules that a call runs
 * (starting, stopping, handing state over) run under the lock: they may not call
 * the system, unless the port's lock is recursive, and then only to look something up.
 */
#ifndef SMF_SYSTEM_H
#define SMF_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/load.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Names one version. Number 0 names none. */
struct smf_handle {
    uint32_t number;
};

/* What happens to a version; for config.event. */
enum smf_event {
    SMF_EVENT_LOADED,  /* sealed, not started: a debugger may look now                      */
    SMF_EVENT_LIVE,    /* names find it from here on                                        */
    SMF_EVENT_RETIRED, /* ... and no more                                                   */
    SMF_EVENT_FAILED,  /* it could not be loaded, bound, started or swapped in, or others of its group could not: it is
                          * undone. Told of each, first of the one that failed; `module` may be NULL */
    SMF_EVENT_RELEASING, /* nobody is in it; stopped; its memory goes when this call returns */
    SMF_EVENT_GONE       /* ... and no version of this module is left: what belongs to it can go */
};

struct smf_system;
struct smf_type;

/* Where something was found that code of a template refers to. */
struct smf_provided {
    uintptr_t address; /* a function's with its Thumb bit                                                      */
    enum smf_kind kind;
    uint32_t module; /* number of the version that has it; 0: the host, which stays                       */
    const uint8_t
        *bytes;  /* data of a module: where it can be read now (a module on its way is written there); else NULL */
    size_t room; /* bytes that may be read there, to the end of its region                            */
};

/* Something of a template that was made for somebody. */
struct smf_system_made {
    uintptr_t address;              /* of a function */
    const struct smf_handle *holds; /* versions that it was made of, its template's first; valid until the next call */
    uint32_t hold_count;
};

/*
 * Who makes instances of templates: smf_instantiator_generics() of smf/instantiator.h. A firmware that names none contains
 * nothing of it. Called under the system's lock; of the system it may call smf_system_provide() only.
 *
 * In order: `add` for each version of a group, when it has been placed and before any is bound; `can` for each import of
 * a version that neither the host nor a module has; `make` for those that it answered with true, when the whole group
 * is bound and relocated. Whoever imports what was made is bound to the versions that it holds as if he imported
 * functions of theirs that cannot be routed: they are needed, unloading one of them is refused while he lives (or takes him along), and
 * after a reload he keeps the version that he has. `retire` when a version is unloaded or replaced, `remove` right
 * before its memory goes. A version whose load fails is removed without having been retired, and so is what was made for it.
 */
struct smf_system_generics_rules;
extern const struct smf_system_generics_rules smf_system_generics_rules;

struct smf_system_generics {
    const struct smf_system_generics_rules *rules; /* &smf_system_generics_rules */
    /* A version has been placed: its addresses are known, its image is open until the load ends, nothing of it is bound yet.
     * What fails refuses the load, and this version is not removed. */
    enum smf_status (*add)(void *context, struct smf_system *system, struct smf_handle handle, const char *name,
                           struct smf_image *image, struct smf_module *module, struct smf_diagnosis *why);
    /* Does this version list the symbol as an instance that can be made for it? */
    bool (*can)(void *context, struct smf_handle importer, const char *symbol);
    /* Make it, or find it made. `importer` 0: for whoever asks (smf_system_resolve()), by a symbol that a live module lists or
     * written `sort<Point>`; it stays until a module that it is made of goes. SMF_ERR_NOT_FOUND: nobody has the template; a
     * strong import is unresolved then, a weak one 0. Other statuses end the load, with what `why` says. */
    enum smf_status (*make)(void *context, struct smf_handle importer, const char *symbol, struct smf_system_made *made,
                            struct smf_diagnosis *why);
    /* The same by template and types, for whoever asks. */
    enum smf_status (*make_generic)(void *context, const char *name, const struct smf_type *types,
                                    struct smf_system_made *made, struct smf_diagnosis *why);
    void (*retire)(void *context, struct smf_handle handle); /* names find it no more                                */
    void (*remove)(void *context,
                   struct smf_handle handle); /* its memory goes when this returns; also after a failed load */
    void *context;
};

struct smf_system_config {
    /* The loader's. `load.resolve` is asked last, for what neither the host nor a module has; `load.missing`,
     * `load.progress`, `load.checks` work as ever. */
    struct smf_config load;

    /* What the host offers; asked first. `host_count` tables, which must outlive the system. */
    const struct smf_exports *const *host;
    size_t host_count;
    /* What the host's interface is (smf/interface.h). A module whose needs name `host` with another one does not
     * load (SMF_ERR_INTERFACE); 0 on either side fits everything. */
    uint64_t host_interface;

    /* Buckets of the index of all exports, a power of two; 0: SMF_SYSTEM_BUCKETS. One pointer each, for as long as the
     * system lives. About as many as there are exports make a lookup one step. */
    uint32_t bucket_count;

    /*
     * false: a module whose export another live module or the host has does not load (SMF_ERR_DUPLICATE).
     * true: it loads, and the name goes on meaning the host's, else that of the module that was loaded first.
     * Weak exports may always stand twice: any Global one goes before them, then the oldest.
     */
    bool allow_duplicates;

    /* Every module may be reloaded, and is bound so; false: those whose file says so (smf build --reloadable). */
    bool hot_reload;

    /*
     * Sources by name: for needs that are not loaded yet, and wherever a call is given no source. Fills in
     * `*source`; SMF_ERR_NOT_FOUND or another status says that there is none. NULL: there never is.
     * Called again for each load and reload: what it gives is never kept from the time before.
     */
    enum smf_status (*open)(void *context, const char *name, struct smf_source *source);
    /* A source is not used any more: with SMF_STAYS_FOR_MODULE when its version has been released, else when the load
     * has ended. Told of every source that `open` gave, and of those that the caller gave to a call that succeeded; after
     * one that failed they are the caller's, untold. May be NULL. */
    void (*close)(void *context, const char *name, const struct smf_source *source);
    void *source_context;

    /* How modules are started and stopped; NULL: smf_module_start, smf_module_stop. `source` is NULL if it has been
     * closed already. A start that fails must have undone what it did. On a host with its C library: smf_libc_start. */
    enum smf_status (*start)(void *context, struct smf_module *module, const struct smf_source *source);
    void (*stop)(void *context, struct smf_module *module);
    void *start_context;

    /* Templates; NULL: no instances are made. Must outlive the system, which refuses one that is not whole (SMF_ERR_ARGUMENT). */
    const struct smf_system_generics *generics;

    /* Told what happens; may be NULL. */
    void (*event)(void *context, enum smf_event event, struct smf_handle handle, const char *name,
                  struct smf_module *module);
    void *event_context;
};

/* Buckets of the index when the configuration does not say. */
#ifndef SMF_SYSTEM_BUCKETS
#define SMF_SYSTEM_BUCKETS 256u
#endif

/* Most modules that needs may lead through, one after the other: a needs b needs c is 2. SMF_ERR_LIMIT beyond. */
#ifndef SMF_SYSTEM_DEPTH_MAX
#define SMF_SYSTEM_DEPTH_MAX 64u
#endif

/* Chains by which versions are found by handle and by name, a power of two: two pointers each in struct smf_system. */
#ifndef SMF_SYSTEM_CHAINS
#define SMF_SYSTEM_CHAINS (sizeof(void *) > 4 ? 64 : 16)
#endif

/* Counters since the start. Plain numbers: they wrap at 2^32. */
struct smf_system_statistics {
    uint32_t modules;     /* live                                                  */
    uint32_t retired;     /* versions that wait to be released                     */
    uint32_t exports;     /* names in the index                                    */
    uint32_t references;  /* held by smf_system_retain()                           */
    uint32_t bindings;    /* pairs of importer and provider                        */
    uint32_t places;      /* slots and words that a reload would rewrite           */
    uint32_t readers;     /* joined                                                */
    uint32_t loads;       /* versions that became live, reloads among them         */
    uint32_t reloads;     /* of these, those that replaced another                 */
    uint32_t released;    /* versions whose memory was given back                  */
    uint32_t unsealed;    /* regions that could not be protected again after a swap */
    size_t arena_largest; /* bytes of the largest free block                       */
};

struct smf_version; /* private */
struct smf_reader;

/* A system. Storage is the caller's; fields are the core's. */
struct smf_system {
    struct smf_system_config config;
    struct smf_port port;     /* the caller's, without its lock: the system holds that */
    struct smf_loader loader; /* arena and modules, retired ones among them            */
    void **buckets;           /* exports by the hash of their name                     */
    uint32_t bucket_mask;
    struct smf_version *modules; /* live, oldest first   */
    struct smf_version *modules_last;
    struct smf_version *retired; /* oldest first */
    struct smf_version *retired_last;
    struct smf_version *staged; /* on their way, in the order in which they were met */
    struct smf_version *staged_last;
    struct smf_version *binding;                     /* the one that is being loaded or bound now          */
    struct smf_version *versions[SMF_SYSTEM_CHAINS]; /* all, by number; and live ones, by the hash of their name: */
    struct smf_version *names[SMF_SYSTEM_CHAINS];
    struct smf_work *work;          /* of a group on its way                            */
    struct smf_rebinding rebinding; /* what the loader is told: its context is the system */
    struct smf_later later;         /* the same, with config.generics                     */
    struct smf_reader *readers;
    uintptr_t epoch;      /* of readers: counts swaps; written atomically */
    uint32_t last_number; /* handles */
    uint32_t pass;        /* walks through the graph */
    struct smf_system_statistics statistics;
    struct smf_diagnosis unwanted; /* goes here when the caller passes no diagnosis */
};

/* Start a system: copies `config`. SMF_ERR_ARGUMENT as smf_loader_start(), or a bucket count that is no power of two;
 * SMF_ERR_NO_ARENA: no room for the buckets. */
SMF_MUST_CHECK
enum smf_status smf_system_start(struct smf_system *system, const struct smf_system_config *config);

/* Stop and release every version, held or not: nothing may be running in any. The arena is the caller's again. */
void smf_system_finish(struct smf_system *system);

/* ---- Loading ---- */

#define SMF_LOAD_START 1u /* start what was loaded, providers first; if one cannot, nothing was loaded */

/* One module to load. */
struct smf_system_item {
    const char *name; /* that it will have; NULL: the one in its note.module (SMF_ERR_ARGUMENT without) */
    /* Its bytes; copied, and what it points at must last as its `stay` says: for the module means until config.close is
     * told. NULL: config.open is asked for `name`. */
    const struct smf_source *source;
};

/*
 * Load one module, with everything that it needs (its note.deps, and theirs)
 * and that is not there yet. All or nothing. `*handle` names it.
 *
 * SMF_ERR_LOADED: a module of this name is live; `*handle` names that one. With config.hot_reload, if the item has a
 * name, it is reloaded instead.
 * SMF_ERR_NOT_FOUND: no source, or a need that nobody supplies (`why->name`).
 * Imports that nobody exports, and that the module lists as instances of templates, are made (config.generics); what it
 * says fails the load: smf_instantiate() of smf/instantiator.h.
 * SMF_ERR_INTERFACE, SMF_ERR_DUPLICATE, SMF_ERR_LIMIT (needs too deep; exports whose hashes are made to meet in the
 * index), SMF_ERR_START (SMF_LOAD_START), else as smf_load().
 */
SMF_MUST_CHECK
enum smf_status smf_system_load(struct smf_system *system, const struct smf_system_item *item, uint32_t flags,
                                struct smf_handle *handle, struct smf_diagnosis *why);

/* The same for a group whose modules may import from each other in circles. `handles` has room for `count`, or is NULL.
 * Which module failed says the first SMF_EVENT_FAILED. Modules that are live are refused with config.hot_reload, too. */
SMF_MUST_CHECK
enum smf_status smf_system_load_all(struct smf_system *system, const struct smf_system_item *items, size_t count,
                                    uint32_t flags, struct smf_handle *handles, struct smf_diagnosis *why);

/*
 * Start a module: first those that it imports from or needs, then config.start
 * (its .preinit_array and .init_array), then its smf_module_on_start, if it
 * exports one (smf/module.h). Each once. SMF_ERR_START: one of them refused and
 * was stopped, so that it will never start; what had been started before it stays so.
 */
SMF_MUST_CHECK
enum smf_status smf_system_start_module(struct smf_system *system, struct smf_handle handle, struct smf_diagnosis *why);

#define SMF_UNLOAD_DEPENDENTS 1u /* take along the modules that import from it or need it, and theirs */

/*
 * Unload a module: no name finds it any more. It is stopped and its memory
 * released at once, unless somebody holds it or a reader may be inside; then by
 * smf_system_collect(). Without SMF_UNLOAD_DEPENDENTS, SMF_ERR_BUSY while
 * others need it, or are bound to an instance that was made of it: the first of them is `why->name`, their number
 * `why->value` (all: smf_system_dependents). SMF_ERR_NOT_FOUND: a stale handle, or a version that is retired already; a second
 * unload so does nothing.
 */
SMF_MUST_CHECK
enum smf_status smf_system_unload(struct smf_system *system, struct smf_handle handle, uint32_t flags,
                                  struct smf_diagnosis *why);

/* Hold a version: its memory stays until as many releases. SMF_ERR_NOT_FOUND: a stale handle, or a release without a
 * hold. A release of a retired version collects. */
SMF_MUST_CHECK
enum smf_status smf_system_retain(struct smf_system *system, struct smf_handle handle);
SMF_MUST_CHECK
enum smf_status smf_system_release(struct smf_system *system, struct smf_handle handle);

/* ---- Reload ---- */

#define SMF_RELOAD_QUIET 1u /* SMF_ERR_BUSY if a reader is inside, or comes in before the swap          */
#define SMF_RELOAD_FRESH 2u /* nothing is handed over: .keep sections begin anew, no state hooks        */
#define SMF_RELOAD_UNMARKED                                                                                            \
    4u /* also a module that does not say that it may be; if others import from it and were
                                 * bound to stay, SMF_ERR_BUSY                                              */

/*
 * Replace a module's live version by one made from `source` (NULL: from
 * config.open; never bytes from before), while others go on calling it.
 *
 * The new version is loaded, bound, and, if the old one was started, started.
 * .keep sections of the same name, size, alignment and state version are shared
 * with the old version. Then the old one's smf_state_give and the new one's
 * smf_state_take are called, if both export them (smf/module.h); a refusal ends
 * the reload. Then every slot and word that leads to the old version is stored
 * anew, names find the new one, and the old one is retired: stopped and released
 * as by smf_system_unload(). Whatever fails before: the old version goes on serving.
 *
 * Who is bound to an instance that was made of the old version stays so, and keeps it until he goes himself; who is
 * loaded or reloaded later gets instances of the new one.
 *
 * While slots are stored a caller can meet new and old functions mixed. A quiet reload looks for readers before state
 * is handed over and again right before the first store; who comes in later can still meet both.
 * A region that could not be protected again does not undo the swap: statistics.unsealed counts it.
 *
 * SMF_ERR_UNSUPPORTED: not marked as reloadable. SMF_ERR_UNRESOLVED: an export that somebody uses is gone or was a
 * function and is data (`why->name`). SMF_ERR_START, SMF_ERR_STATE: the module refused. SMF_ERR_BUSY.
 * `*newer` names the new version; may be NULL.
 */
SMF_MUST_CHECK
enum smf_status smf_system_reload(struct smf_system *system, struct smf_handle handle, const struct smf_source *source,
                                  uint32_t flags, struct smf_handle *newer, struct smf_diagnosis *why);

/* Release what can be: retired versions that nobody holds, no module is bound to, and no reader can be in. How many. */
uint32_t smf_system_collect(struct smf_system *system);

/*
 * A reader: a thread or task that calls modules while another one reloads or
 * unloads them. Storage is its own, zeroed. Between enter and leave nothing that
 * it may have found in a slot, or looked up since it entered, is released.
 * Neither waits, takes a lock, or fails: one store and one fence. A reader is
 * entered once at a time, by its own thread only; an interrupt or signal handler on the same
 * processor needs none of its own where collecting cannot run above it.
 */
struct smf_reader {
    struct smf_reader *next;
    const uintptr_t *epoch; /* of its system */
    uintptr_t word;         /* twice the epoch it came in with, + 1 while it is inside; written atomically */
};

void smf_reader_join(struct smf_system *system, struct smf_reader *reader);
void smf_reader_part(struct smf_system *system, struct smf_reader *reader); /* it must be outside */
void smf_reader_enter(struct smf_reader *reader);
void smf_reader_leave(struct smf_reader *reader);

/* ---- Questions ---- */

/* What a name means. */
struct smf_resolved {
    uint64_t address; /* bit 0 set for a Thumb function                            */
    enum smf_kind kind;
    struct smf_handle handle; /* of the version that has it; 0: the host, or config.load.resolve */
};

/* The host's exports, then modules (Global before Weak, then load order), then instances of templates
 * (smf_system_resolve_generic), then config.load.resolve. SMF_ERR_NOT_FOUND; what failed while an instance was made.
 * O(1) but for instances. The address stays good while the version does: hold it, or be a reader. */
SMF_MUST_CHECK
enum smf_status smf_system_resolve(struct smf_system *system, const char *name, struct smf_resolved *resolved);

/*
 * A function of a template for these types: made if it is not there (config.generics). smf_system_resolve() does the
 * same for a name that nobody exports, if it is written `sort<Point>` or stands in a `possible` table of a live module. The address is good
 * while all versions are that it was made of; `resolved->handle` is the template's. Statuses as smf_instantiate() says;
 * SMF_ERR_BUSY from callbacks of a load that is under way, to which smf_system_resolve() says that nobody has it.
 */
SMF_MUST_CHECK
enum smf_status smf_system_resolve_generic(struct smf_system *system, const char *name, const struct smf_type *types,
                                           struct smf_resolved *resolved, struct smf_diagnosis *why);

/*
 * For config.generics, while the system calls it: what a symbol means to version `asker` (0: to nobody's). The host's
 * exports, then modules', then config.load.resolve, which sees a request without an index. With `data` a type's descriptor
 * is wanted: what the asker itself exports comes first. While an import is made, versions on their way count as live, and
 * their data are relocated. SMF_ERR_NOT_FOUND.
 */
SMF_MUST_CHECK
enum smf_status smf_system_provide(struct smf_system *system, struct smf_handle asker, const char *name, bool data,
                                   struct smf_provided *found);

/* The same for a function, ready to be cast and called (SMF_MODULE_CALL). NULL if there is none. */
void (*smf_system_function(struct smf_system *system, const char *name))(void);

/* The live version of the module with this name. SMF_ERR_NOT_FOUND. */
SMF_MUST_CHECK
enum smf_status smf_system_find(struct smf_system *system, const char *name, struct smf_handle *handle);

/* The loader's module behind a handle, for smf_find() and the like; NULL for a stale handle. Not to be unloaded by
 * smf_unload(). Good while the version is. */
struct smf_module *smf_system_module(struct smf_system *system, struct smf_handle handle);

/* About one version. */
struct smf_version_information {
    const char *name; /* good while the version is                                       */
    uint32_t load;    /* 1: the first of this name, + 1 for each reload                  */
    bool live, started;
    bool reloadable;     /* others were bound so that it can be replaced                    */
    uint32_t references; /* smf_system_retain                                               */
    uint32_t needs;      /* versions that it is bound to or needs                           */
    uint32_t dependents; /* versions that are bound to it or need it                        */
    uint32_t state_version;
    uint64_t load_time; /* microseconds; 0 where the port has no clock                     */
};
SMF_MUST_CHECK
enum smf_status smf_system_information(struct smf_system *system, struct smf_handle handle,
                                       struct smf_version_information *information);

/* Calls `each` for every live version, oldest first; for each provider of a version; for each of its dependents. `each`
 * may not change the system. SMF_ERR_NOT_FOUND: a stale handle. */
void smf_system_walk(struct smf_system *system, void (*each)(void *context, struct smf_handle handle, const char *name),
                     void *context);
SMF_MUST_CHECK
enum smf_status smf_system_needs(struct smf_system *system, struct smf_handle handle,
                                 void (*each)(void *context, struct smf_handle handle, const char *name),
                                 void *context);
SMF_MUST_CHECK
enum smf_status smf_system_dependents(struct smf_system *system, struct smf_handle handle,
                                      void (*each)(void *context, struct smf_handle handle, const char *name),
                                      void *context);

/* Which version an address belongs to, retired ones and those that are starting among them, and the export that starts last before it. For crash
 * handlers: takes no lock, allocates nothing, writes to `symbol` only; exact as long as nobody changes the system meanwhile. */
struct smf_symbolized {
    struct smf_handle handle;
    const char *module; /* its name                                                       */
    const char *symbol; /* NULL: no export of this region lies at or before the address   */
    size_t offset;      /* from the symbol, or from the start of the region without one   */
};
SMF_MUST_CHECK
enum smf_status smf_system_symbolize(const struct smf_system *system, uintptr_t address, struct smf_symbolized *symbol);

void smf_system_statistics(struct smf_system *system, struct smf_system_statistics *statistics);

#ifdef __cplusplus
}
#endif

#endif
