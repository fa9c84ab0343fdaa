/* SPDX-License-Identifier: MIT */
/*
 * smf/provider.h - one question for all places: "give me module X", its bytes,
 * its open image, its native object, the code of one function, what it says
 * about itself, wherever it lies. Fast the second time, and never stale.
 *
 * Since 0.1. Floor: system. A provider asks its suppliers (smf/supplier.h) in
 * order: the first that has a name decides. It copies no module: what it gives
 * lies where the supplier has it, is *held* for whoever asked, and goes back to
 * the supplier after the last smf_provider_give_back(). A firmware's suppliers
 * are a library in flash or a table; no file system is needed.
 *
 * Caches. Two: modules (with their open images and what was proven about them),
 * and objects that an emitter made. Both have limits in entries and in bytes,
 * and drop the least recently used first. What is held is never dropped. If all
 * that is cached is held and the limit is reached, one more is served uncached:
 * it goes when it is given back. Each use of an entry asks the suppliers whether
 * what they have is still the same (`revision`); if not, the entry leaves the
 * cache, those who hold it keep the bytes that they have, and the new ones are
 * found. There is no other way to get old bytes than to hold them.
 *
 * Memory is the caller's arena. A call that fails gives back all that it took;
 * entries that nobody holds may have been dropped to make room. A name that no supplier has is
 * SMF_ERR_NOT_FOUND in every call, with the name in the diagnosis;
 * smf_provider_places() says where was looked.
 *
 * Threads: every call takes config.lock. Suppliers and hooks are called under
 * it and may not call the provider. An image that was given is used by one
 * thread at a time.
 */
#ifndef SMF_PROVIDER_H
#define SMF_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/codec.h"
#include "smf/image.h"
#include "smf/supplier.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Backends ---- */

/*
 * Which backends serve a mode:
 *
 *   | mode    | accepted              | why                                                      |
 *   |---------|-----------------------|----------------------------------------------------------|
 *   | any     | all, untagged modules |                                                          |
 *   | release | llvm, c, native       | they optimise                                            |
 *   | debug   | cranelift, native     | they are fast, and what they make can be stepped through |
 *
 * A mode is a wish. Among suppliers that have the module, the first one whose module proves a backend of the mode is
 * taken; if none does, the first one is (statistics.fallbacks counts it). `backend` is a demand: a module that does
 * not prove it by the compile-options block of its header is refused with SMF_ERR_BACKEND, and the diagnosis names the
 * backend that is preferred, the module, and what is missing. `backend` goes before `mode`.
 *
 * fixed_backend turns every fallback into an error: the first supplier that has the module decides; a mode is a
 * demand; with neither a backend nor a mode, llvm is demanded; and an export whose code cannot be read fails the
 * object instead of being skipped.
 */
enum smf_provider_mode { SMF_MODE_ANY, SMF_MODE_RELEASE, SMF_MODE_DEBUG };

/* "auto", "llvm", "cranelift", "c", "wasm", "vhdl", "native", "byl"; "?" for another number. Static storage. */
const char *smf_backend_name(enum smf_backend backend);

/* The backend of this name; "none" is auto, "llvm-lib" is llvm. SMF_ERR_NOT_FOUND. */
SMF_MUST_CHECK
enum smf_status smf_backend_find(const char *name, enum smf_backend *backend);

/* The table above. */
bool smf_backend_serves(enum smf_backend backend, enum smf_provider_mode mode);

/* ---- Code for an emitter ---- */

/* One exported function as stored in the file: before any relocation. */
struct smf_code_unit {
    const char *name;
    const uint8_t *bytes;
    size_t size;      /* > 0 */
    uint32_t symbol;  /* its number in the image                                       */
    uint32_t section; /* it lies in, and where; bytes of one section may refer to each */
    size_t offset;    /* other by distance, so that only whole sections can be moved   */
    uint8_t arch;     /* enum smf_arch_id */
    bool weak;
    bool relocated; /* its section has relocations: the bytes alone may not do */
};

/* What an emitter makes an object of. Everything is borrowed during the call. */
struct smf_emission {
    const char *module;
    struct smf_image *image; /* open: relocations, symbols and other sections are read through it */
    const struct smf_code_unit *units;
    size_t unit_count; /* > 0 */
    enum smf_arch_id arch;
};

struct smf_emitter {
    /* Make a relocatable object. With `into` NULL it measures: `*size` is set. Else `capacity` is at least that. */
    enum smf_status (*emit)(const struct smf_emitter *emitter, const struct smf_emission *emission, void *into,
                            size_t capacity, size_t *size, struct smf_diagnosis *why);
    void *context;
};

/* ---- Configuration ---- */

/* Buckets of the index of entries when the configuration does not say. */
#ifndef SMF_PROVIDER_BUCKETS
#define SMF_PROVIDER_BUCKETS 16u
#endif

/* Bounds of one cache. 0 keeps nothing; SIZE_MAX and UINT64_MAX are no bound but the arena's. */
struct smf_provider_limits {
    size_t entries;
    uint64_t bytes; /* modules: their size, where they lie; objects: what was emitted */
};

struct smf_taker; /* smf/taker.h */

struct smf_provider_config {
    /* Suppliers in the order in which they are asked. Borrowed, array and suppliers, as long as the provider lives; may be
     * changed between calls, then smf_provider_invalidate(provider, NULL). */
    const struct smf_supplier *suppliers;
    size_t supplier_count;

    /* For entries: 320 bytes on 64-bit machines, 256 on 32-bit ones, and the name; open images (1.2 KiB and 56 bytes a
     * section), which only calls that need more than bytes keep; emitted objects; for a while what a call works with. */
    void *arena;
    size_t arena_size;
    uint32_t bucket_count; /* of the index of entries, a power of two, two pointers each; 0: SMF_PROVIDER_BUCKETS */

    bool enable_cache; /* false: nothing is kept beyond what is held */
    struct smf_provider_limits modules, objects;

    enum smf_backend backend; /* SMF_BACKEND_AUTO: none is demanded */
    enum smf_provider_mode mode;
    bool fixed_backend;

    const struct smf_codec *const *codecs; /* for code in compressed sections; ends in NULL; may be NULL   */
    const struct smf_emitter *emitter;     /* NULL: objects are only those stored beside modules           */
    struct smf_taker *taker;               /* NULL: smf_provider_instantiate() is SMF_ERR_UNSUPPORTED      */

    /*
     * Validated loads. `expected` says which hash of compile options a module made now would have; SMF_ERR_NOT_FOUND: that
     * is not known, and the module is taken as it is. A module with another hash, or none, is stale: `regenerate` is asked
     * once to make it anew where its supplier finds it, then it is looked for again. NULL, or stale still:
     * SMF_ERR_BACKEND. Asked for each use of a module's contents. NULL: nothing is compared.
     */
    enum smf_status (*expected)(void *context, const char *name, uint64_t *hash);
    enum smf_status (*regenerate)(void *context, const char *name, const struct smf_compile_options *found,
                                  struct smf_diagnosis *why);
    void *validate_context;

    /* Around every call; NULL: one thread. Not the lock of a system that loads through this provider, unless that is
     * recursive. */
    void (*lock)(void *context);
    void (*unlock)(void *context);
    void *lock_context;
};

/* Counters since the start, and what there is now. */
struct smf_provider_counts {
    uint32_t hits, misses;
    uint32_t evictions; /* dropped for a limit, or for room in the arena */
    uint32_t entries;   /* cached now */
    uint64_t bytes;     /* ... as the limits count them */
};
struct smf_provider_statistics {
    struct smf_provider_counts modules, objects;
    uint32_t stale;       /* entries dropped because a supplier had something else             */
    uint32_t uncached;    /* served without being kept: no cache, a limit, everything held     */
    uint32_t fallbacks;   /* modules given that do not serve the mode                          */
    uint32_t regenerated; /* stale modules that were made anew                                 */
    uint32_t held;        /* given and not given back                                          */
    uint32_t supplies;    /* that suppliers have out now, for the cache or for holders         */
    uint32_t finds;       /* calls of smf_supplier.find                                        */
    size_t arena_largest; /* bytes of the largest free block                                   */
};

struct smf_provider_entry; /* private */

/* A provider. Storage is the caller's; fields are the core's. */
struct smf_provider {
    struct smf_provider_config config;
    struct {
        uint8_t *bytes;
        size_t size, lowest, last;
    } arena;
    struct smf_provider_entry **named;          /* cached, by the hash of their name; behind it all, by their address */
    struct smf_provider_entry *newest, *oldest; /* cached, by last use                                                */
    uint32_t bucket_mask;
    struct smf_provider_statistics statistics;
    struct smf_supply supply;      /* for suppliers that cannot look                 */
    struct smf_diagnosis opened;   /* why the last smf_provider_open() failed        */
    struct smf_diagnosis unwanted; /* goes here when the caller passes no diagnosis  */
};

/* Start: copies `config`. SMF_ERR_ARGUMENT: NULL, suppliers or arena NULL with a size, a supplier without `find`, a
 * backend or mode that does not exist, a bucket count that is no power of two, lock without unlock. SMF_ERR_NO_ARENA:
 * no room for the buckets. */
SMF_MUST_CHECK
enum smf_status smf_provider_start(struct smf_provider *provider, const struct smf_provider_config *config);

/* Give everything back to the suppliers, held or not: nobody may use any of it. The arena is the caller's again. */
void smf_provider_finish(struct smf_provider *provider);

/* ---- Modules ---- */

/* Names are compared by the suppliers; NULL and "" are SMF_ERR_ARGUMENT. `why` may be NULL everywhere. */

/* Where a module lies. */
struct smf_location {
    enum smf_origin_kind kind;
    uint64_t offset, size; /* in that place, bytes                              */
    uint64_t object_size;  /* of the native object stored beside it; 0: none    */
    uint64_t revision;     /* as the supplier says                              */
    size_t supplier;       /* number in config.suppliers                        */
};

/* `place` gets the path or title, with its NUL; NULL: not wanted. SMF_ERR_NO_SPACE: it does not fit `capacity`. */
SMF_MUST_CHECK
enum smf_status smf_provider_locate(struct smf_provider *provider, const char *name, struct smf_location *location,
                                    char *place, size_t capacity, struct smf_diagnosis *why);

/*
 * A module's bytes, to be loaded: held until given back. Refused as SMF_ERR_UNSUPPORTED is a module that is neither
 * position-independent (header flag PIC) nor prelinked nor has relocations that say how it is patched. What is no
 * module at all fails as smf_image_open() does.
 */
SMF_MUST_CHECK
enum smf_status smf_provider_bytes(struct smf_provider *provider, const char *name, struct smf_source *source,
                                   struct smf_diagnosis *why);

/* Its open image, kept with its sections: held until `(*image)->source` is given back. */
SMF_MUST_CHECK
enum smf_status smf_provider_reader(struct smf_provider *provider, const char *name, struct smf_image **image,
                                    struct smf_diagnosis *why);

/*
 * Its native object, held until given back: one from the cache, else the one stored beside it, else made by
 * config.emitter of the module's exported functions. An emitter gets position-independent modules only
 * (SMF_ERR_UNSUPPORTED). An export without readable code is skipped (fixed_backend: fails); if none is left,
 * SMF_ERR_EMPTY. SMF_ERR_NOT_FOUND: the module is there, no object is stored, and there is no emitter (`why->detail`
 * is SMF_DETAIL_NO_OBJECT).
 */
SMF_MUST_CHECK
enum smf_status smf_provider_object(struct smf_provider *provider, const char *name, struct smf_source *object,
                                    struct smf_diagnosis *why);

/* Not used any more: what bytes, object, or an image's `source` was. One give-back for each that was given.
 * SMF_ERR_ARGUMENT: nothing like this is out (it is compared, never followed). */
enum smf_status smf_provider_give_back(struct smf_provider *provider, const struct smf_source *source);

/* ---- What is in a module ---- */

/* The stored code of one exported function, copied into `buffer`; `*unit` describes it, with `bytes` = buffer and
 * `name` = symbol. With `buffer` NULL only unit->size and the like are said, and bytes is NULL. SMF_ERR_NOT_FOUND: no
 * such export (`why->detail` is SMF_DETAIL_NO_CODE); SMF_ERR_UNSUPPORTED: not position-independent; SMF_ERR_NO_SPACE. */
SMF_MUST_CHECK
enum smf_status smf_provider_code(struct smf_provider *provider, const char *name, const char *symbol,
                                  struct smf_code_unit *unit, void *buffer, size_t capacity, struct smf_diagnosis *why);

/* Calls `each` for every exported function with readable code, in the order of the symbol table, until it answers
 * non-zero, which is `*answer` (0 else; may be NULL). Units are valid during `each`, which runs under the lock.
 * SMF_ERR_EMPTY: none. */
SMF_MUST_CHECK
enum smf_status smf_provider_walk_code(struct smf_provider *provider, const char *name,
                                       int (*each)(void *context, const struct smf_code_unit *unit), void *context,
                                       int *answer, struct smf_diagnosis *why);

/*
 * One object of a module, taken by config.taker (smf/taker.h): as smf_taker_take() does, or with `types` the instance
 * of a template for these types, as smf_taker_take_with_types(). `taken` is filled in whatever happens. `*module` is
 * where it may lie: both are held until smf_provider_give_back_taken(). What the taker keeps of a module is forgotten
 * as soon as another one has come under its name. Statuses are the taker's, and: SMF_ERR_UNSUPPORTED without a taker,
 * or for code that is stored in a module that is not position-independent.
 */
struct smf_taken;
struct smf_type;
SMF_MUST_CHECK
enum smf_status smf_provider_instantiate(struct smf_provider *provider, const char *name, const char *symbol,
                                         const struct smf_type *types, struct smf_taken *taken,
                                         struct smf_source *module, struct smf_diagnosis *why);

/* SMF_ERR_ARGUMENT: `module` is not out; nothing is given back then. */
enum smf_status smf_provider_give_back_taken(struct smf_provider *provider, struct smf_taken *taken,
                                             const struct smf_source *module);

/* What a module says about itself. */
struct smf_metadata {
    struct smf_header header;
    struct smf_module_note note;
    struct smf_compile_options options;
    uint32_t dependency_count;
};
SMF_MUST_CHECK
enum smf_status smf_provider_metadata(struct smf_provider *provider, const char *name, struct smf_metadata *metadata,
                                      struct smf_diagnosis *why);

/* Calls `each` for every row of its note.deps, under the lock, until it answers non-zero. */
SMF_MUST_CHECK
enum smf_status smf_provider_walk_dependencies(struct smf_provider *provider, const char *name,
                                               int (*each)(void *context, const struct smf_dependency *dependency),
                                               void *context, int *answer, struct smf_diagnosis *why);

/* ---- All modules ---- */

/* Does a supplier have this name? Nothing is read. */
bool smf_provider_has(struct smf_provider *provider, const char *name);

/* Names of all modules, each once, supplier after supplier, under the lock; stops at the first that `each` answers
 * non-zero, and answers that. Suppliers that cannot say are left out. */
int smf_provider_list(struct smf_provider *provider, int (*each)(void *context, const char *name), void *context);

/* The titles of all suppliers in their order, separated by ", ": where a module that was not found was sought. Always
 * ends in a NUL when size > 0; returns the length of the whole line. */
size_t smf_provider_places(const struct smf_provider *provider, char *line, size_t size);

/* Drop what is cached under this name, module and object; NULL: everything. Who holds it keeps it. How many entries. */
size_t smf_provider_invalidate(struct smf_provider *provider, const char *name);

void smf_provider_get_statistics(struct smf_provider *provider, struct smf_provider_statistics *statistics);

/* ---- Beneath a system ---- */

/*
 * For smf_system_config: open = smf_provider_open, close = smf_provider_close, source_context = the provider. Modules
 * then load by name, needs too, straight from where they lie; a reload finds what is there now, never what was there
 * before. What a system was given stays held until it says close. provider->opened says why one was not given. A
 * source that smf_provider_bytes() gave to the caller, and the caller to a system over the same provider, is given
 * back by the system.
 */
SMF_MUST_CHECK
enum smf_status smf_provider_open(void *provider, const char *name, struct smf_source *source);
void smf_provider_close(void *provider, const char *name, const struct smf_source *source);

#ifdef __cplusplus
}
#endif

#endif
