/* SPDX-License-Identifier: MIT */
/*
 * smf/taker.h - single objects out of modules: the code of one function, one
 * datum, or the template that it has to be made from, with what was made of it.
 *
 * Since 0.1. Floor: system. A linker takes objects when it links, a loader when
 * a name is called for the first time; both ask the same questions here. What is
 * taken from is an open image and a name for the module; nothing is relocated.
 *
 * A name is looked for in this order: among instances taken before; as an export
 * of the image; if that is a template (symbol flag TEMPLATE, or it lies in a TemplateCode
 * section; without a symbol, an entry of such a section by name) it is generic; if the note.sdn says that its
 * inference was left to load time it is deferred; else it is concrete. `f<a,b>`
 * that is no name of the image means f with these types (smf/types.h).
 *
 * Bytes. Where the image's source is memory that stays (SMF_STAYS_FOR_MODULE) and the object
 * is stored as it is in memory, they are pointed at where they lie; else they are copied into the arena. Either
 * way they are held until smf_taker_give_back(), and those that are pointed at only as long as the source is there.
 *
 * Caches. Three, each with at most max_cache_size entries, which drop the one that was not used for longest first:
 * instances (concrete objects and what an instantiator made), templates (and deferred objects), and what is known about
 * modules. The key is the module's name and the symbol's: two modules may have the same symbol, and
 * who reloads a module says smf_taker_forget(). What is held is never dropped; if everything is, one more is served
 * uncached. When the arena is full, entries that nobody holds make room.
 *
 * A call that fails leaves everything as it was, but that entries may have been dropped to make room. One thread at a
 * time. An instantiator may take other objects from the same taker.
 */
#ifndef SMF_TAKER_H
#define SMF_TAKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/codec.h"
#include "smf/image.h"
#include "smf/sdn.h"
#include "smf/templates.h"
#include "smf/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Types that an instantiator may infer for one template, nested ones counted. */
#define SMF_TAKER_TYPES_MAX 32u

enum smf_taken_kind {
    SMF_TAKEN_NOT_FOUND, /* status SMF_ERR_NOT_FOUND                            */
    SMF_TAKEN_CODE,      /* SMF_OK: bytes of a concrete object or an instance   */
    SMF_TAKEN_TEMPLATE,  /* SMF_OK: generic, and nothing here makes code of it  */
    SMF_TAKEN_DEFERRED,  /* SMF_OK: neither; its types are inferred at load     */
    SMF_TAKEN_ERROR      /* any other status                                    */
};

struct smf_taker_entry; /* private */

/* What was taken. Everything pointed at is valid until it is given back. */
struct smf_taken {
    enum smf_taken_kind kind;
    const char *symbol;          /* its name, of an instance the mangled one; NULL with NOT_FOUND and ERROR       */
    const void *bytes;           /* CODE: as stored, not relocated; TEMPLATE: template.body; else NULL            */
    size_t size;                 /* bytes; CODE: above 0                                                          */
    uintptr_t address;           /* CODE that was made: where it runs, a function's ready to be called (with its
                                  * Thumb bit); 0: nowhere, the bytes are all there is                            */
    size_t offset;               /* of it in `bytes`: an instance may have several functions                      */
    uint32_t number;             /* of the symbol in the image; SMF_NO_SYMBOL: none (instances, templates by entry) */
    uint8_t type;                /* CODE, DEFERRED: enum smf_symbol_type                                          */
    bool made;                   /* CODE: by the instantiator                                                     */
    bool in_place;               /* bytes lie in the source                                                       */
    struct smf_template generic; /* TEMPLATE                                                                      */
    struct smf_hints hints;      /* DEFERRED: how many; read them with smf_hints_next()                           */
    struct smf_taker_entry *entry;
};

/* ---- Who makes code of templates ---- */

/* Memory for what is made: `take` is called once, with its exact size; NULL: there is no room (SMF_ERR_NO_ARENA). Where
 * it runs, if it is in executable memory already, the instantiator fills in: both fields are 0 before. */
struct smf_room {
    void *(*take)(struct smf_room *room, size_t size);
    uintptr_t address; /* as in struct smf_taken */
    size_t offset;     /* below the size         */
};

/* What is to be made. Everything is borrowed during the call. */
struct smf_instantiation {
    const char *module;
    struct smf_image *image;
    const char *base; /* name of the template                             */
    const char *name; /* of the instance, mangled; NULL while inferring   */
    const struct smf_template *generic;
    const void *body; /* generic->body.size bytes                        */
    const struct smf_type
        *types;                 /* as many as the template has parameters, if that is recorded; NULL while inferring */
    const struct smf_sdn *note; /* usage hints: smf_hints_next(note, .., base, ..); note->present may be false */
};

struct smf_taker_maker {
    /* Find out the types by what uses the template. `*types` is a list in `room` (`capacity` types) or of the instantiator's own;
     * so are the names in it, which may lie behind the types. SMF_ERR_NOT_FOUND: they cannot be inferred. NULL: it never can. */
    enum smf_status (*infer)(const struct smf_taker_maker *instantiator, const struct smf_instantiation *what,
                             struct smf_type *room, size_t capacity, const struct smf_type **types,
                             struct smf_diagnosis *why);
    /* Make code: bytes in memory from `room`. SMF_ERR_NOT_FOUND and other statuses are passed on. */
    enum smf_status (*instantiate)(const struct smf_taker_maker *instantiator, const struct smf_instantiation *what,
                                   struct smf_room *room, struct smf_diagnosis *why);
    /* What was made under this name is not used by this taker any more: told once for each success of `instantiate`, when its entry
     * goes or the taker ends (of what is held then, if it is cached). May be NULL. */
    void (*release)(const struct smf_taker_maker *instantiator, const char *name, uintptr_t address);
    void *context;
};

/* ---- Configuration ---- */

struct smf_taker_config {
    bool enable_caching;   /* false: nothing is kept beyond what is held                    */
    size_t max_cache_size; /* entries of each cache; 0 keeps none                           */
    bool allow_deferred;   /* false: what no code can be made of is SMF_ERR_TYPE            */
    uint32_t buckets;      /* chains of the caches, a power of two; one pointer each; 0: 64 */

    /* For entries, copied bytes and buckets. An entry takes about 250 bytes on 64-bit machines and 170 on 32-bit ones, and the names. */
    void *arena;
    size_t arena_size;

    const struct smf_codec *const *codecs;      /* for compressed sections; ends in NULL; NULL: SMF_ERR_COMPRESSED */
    const struct smf_taker_maker *instantiator; /* NULL: generic objects are templates, or SMF_ERR_TYPE           */
    /* After each take, whatever it came to; NULL: silent. */
    void (*trace)(void *context, const char *module, const char *name, const struct smf_taken *taken,
                  enum smf_status status);
    void *trace_context;
};

/* Caching on, 10,000 entries, deferring allowed; the arena is still to be given. */
struct smf_taker_config smf_taker_defaults(void);

struct smf_taker_counts {
    uint32_t hits, misses;
    uint32_t evictions; /* for a limit, or for room in the arena */
    uint32_t entries;   /* now */
};
struct smf_taker_statistics {
    struct smf_taker_counts instances, templates, metadata;
    uint32_t taken[SMF_TAKEN_ERROR + 1]; /* results by kind                  */
    uint32_t made;                       /* by the instantiator              */
    uint32_t uncached;                   /* served without being kept        */
    uint32_t held;                       /* taken and not given back         */
    size_t arena_largest;                /* bytes of the largest free block  */
};

/* Storage is the caller's; fields are the core's. */
struct smf_taker {
    struct smf_taker_config config;
    struct {
        uint8_t *bytes;
        size_t size, lowest, last;
    } arena;
    struct smf_taker_entry **chains;
    struct {
        struct smf_taker_entry *newest, *oldest;
    } caches[3];
    struct smf_taker_statistics statistics;
    struct smf_diagnosis unwanted;
};

/* Start: copies `config`. SMF_ERR_ARGUMENT: NULL, buckets no power of two, an instantiator without `instantiate`;
 * SMF_ERR_NO_ARENA: no room for the buckets. */
SMF_MUST_CHECK
enum smf_status smf_taker_start(struct smf_taker *taker, const struct smf_taker_config *config);

/* The arena is the caller's again, with everything that was taken. The instantiator must still be there. */
void smf_taker_finish(struct smf_taker *taker);

/*
 * Take an object. `taken` is filled in whatever happens. SMF_OK: CODE, TEMPLATE or DEFERRED, to be given back. SMF_ERR_NOT_FOUND:
 * no such name. Else, kind ERROR: SMF_ERR_TYPE (generic and not inferable, or deferred, where that is not allowed;
 * types that name nothing), SMF_ERR_ARITY (f<a,b>: not as many types as parameters), SMF_ERR_COMPRESSED, SMF_ERR_UNSUPPORTED (has no bytes in the file: an absolute value), SMF_ERR_NO_ARENA, SMF_ERR_IO, and
 * what the instantiator or the proof of a record, a note or a template section says.
 */
SMF_MUST_CHECK
enum smf_status smf_taker_take(struct smf_taker *taker, const char *module, struct smf_image *image, const char *name,
                               struct smf_taken *taken, struct smf_diagnosis *why);

/*
 * Take the instance of a template for these types; no inference. It comes from the cache, or is an export of the image by its
 * mangled name, or is made. SMF_ERR_ARITY: not as many types as parameters (why->value, why->expected); SMF_ERR_TYPE: not
 * generic; types that name nothing. Without an instantiator: TEMPLATE, or SMF_ERR_TYPE if deferring is not allowed.
 */
SMF_MUST_CHECK
enum smf_status smf_taker_take_with_types(struct smf_taker *taker, const char *module, struct smf_image *image,
                                          const char *name, const struct smf_type *types, struct smf_taken *taken,
                                          struct smf_diagnosis *why);

/* Not used any more; `taken` is emptied. What holds nothing may be given back, too. */
void smf_taker_give_back(struct smf_taker *taker, struct smf_taken *taken);

/* What is known about a module as a whole. The note borrows `image`. SMF_ERR_... as smf_sdn_open() says. */
SMF_MUST_CHECK
enum smf_status smf_taker_note(struct smf_taker *taker, const char *module, struct smf_image *image,
                               struct smf_sdn *note, struct smf_diagnosis *why);

/* Drop what is cached: all, or of one module. Who holds something keeps it. How many entries. */
size_t smf_taker_clear(struct smf_taker *taker);
size_t smf_taker_forget(struct smf_taker *taker, const char *module);

void smf_taker_get_statistics(const struct smf_taker *taker, struct smf_taker_statistics *statistics);

#ifdef __cplusplus
}
#endif

#endif
