/* SPDX-License-Identifier: MIT */
/* system/taker.h - private to core/system: what a taker keeps, and the steps of taking. */
#ifndef SMF_SYSTEM_TAKER_H
#define SMF_SYSTEM_TAKER_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/fail.h"
#include "smf/taker.h"

enum taker_cache { INSTANCES, TEMPLATES, METADATA };

/* One thing that is cached, or held, or both. */
struct smf_taker_entry {
    struct smf_taker_entry *next_chained;  /* cached */
    struct smf_taker_entry *newer, *older; /* cached */
    struct smf_taken taken;                /* what a take answers; `entry` is itself */
    struct smf_sdn note;                   /* METADATA                               */
    void *block;                           /* copied bytes, or NULL                  */
    const char *symbol;                    /* behind the module's name in `module`   */
    uint32_t hash, holds;
    uint8_t cache; /* enum taker_cache */
    bool cached;
    char module[];
};

/* Who asks for what: the same for all steps. */
struct taking {
    struct smf_taker *taker;
    const char *module;
    struct smf_image *image;
    const char *name; /* of `size` bytes */
    size_t size;
    struct smf_diagnosis *why;
};

static inline struct smf_arena *taker_arena(const struct smf_taker *taker)
{
    _Static_assert(sizeof taker->arena == sizeof(struct smf_arena), "smf_taker.arena is a struct smf_arena");
    return (struct smf_arena *)(uintptr_t)&taker->arena;
}

static inline enum smf_status taking_fail(const struct taking *taking, enum smf_detail detail, size_t value,
                                          size_t expected)
{
    smf_fail_name(taking->why, taking->name, taking->size);
    return smf_fail(taking->why, detail, 0, value, expected);
}

/* ---- Entries (taker_cache.c) ---- */

/* Memory, for which entries that nobody holds may go. NULL, and `why` says it. */
void *smf_taker_memory(const struct taking *taking, size_t size, bool scratch);

/* The cached entry of this name, held once more and newest of its cache; NULL. Counts. */
struct smf_taker_entry *smf_taker_find(const struct taking *taking, enum taker_cache cache);

/* The same with the module and symbol of an entry that is not cached yet. */
struct smf_taker_entry *smf_taker_find_alike(const struct taking *taking, const struct smf_taker_entry *entry);

/* A new entry, held once, in no cache, whose symbol is the name that is asked for, with `types` mangled. */
SMF_MUST_CHECK
enum smf_status smf_taker_make(const struct taking *taking, enum taker_cache cache, const struct smf_type *types,
                               struct smf_taker_entry **entry);

/* Enter it into its cache, if limits let it. */
void smf_taker_keep(struct smf_taker *taker, struct smf_taker_entry *entry);

/* One hold less. NULL is allowed. */
void smf_taker_release(struct smf_taker *taker, struct smf_taker_entry *entry);

/* ---- In the image (taker_find.c) ---- */

/* The export of this name. SMF_ERR_NOT_FOUND, detail NO_SYMBOL. */
SMF_MUST_CHECK
enum smf_status smf_taker_symbol(const struct taking *taking, const char *name, size_t size, uint32_t *number,
                                 struct smf_symbol *symbol);

/* Bytes [offset, offset + stored) of the source and zeros up to `size` become the entry's. */
SMF_MUST_CHECK
enum smf_status smf_taker_bytes(const struct taking *taking, struct smf_taker_entry *entry, size_t offset,
                                size_t stored, size_t size);

/* O4: the bytes of a symbol become the entry's. */
SMF_MUST_CHECK
enum smf_status smf_taker_concrete(const struct taking *taking, struct smf_taker_entry *entry, uint32_t number,
                                   const struct smf_symbol *symbol);

/* ---- Generic (taker_generic.c) ---- */

/* The template of this name, from the cache or the image, held; `symbol` NULL: by entry only. */
SMF_MUST_CHECK
enum smf_status smf_taker_template(const struct taking *taking, uint32_t number, const struct smf_symbol *symbol,
                                   struct smf_taker_entry **entry);

/* O3 and O6: what comes of a template, with these types, or, if NULL, with inferred ones. */
SMF_MUST_CHECK
enum smf_status smf_taker_generic(const struct taking *taking, struct smf_taker_entry *generic,
                                  const struct smf_type *types, struct smf_taker_entry **entry);

/* The module's note, from the cache or the image; copied. */
SMF_MUST_CHECK
enum smf_status smf_taker_read_note(const struct taking *taking, struct smf_sdn *note);

#endif
