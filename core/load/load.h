/* SPDX-License-Identifier: MIT */
/*
 * load/load.h - private to core/load: one load on its way, and what stays of it.
 *
 * NOTICE: stages never clean up. They return a status, and pipeline.c unwinds
 * in one place: regions, the kept block, scratch in reverse order.
 */
#ifndef SMF_LOAD_LOAD_H
#define SMF_LOAD_LOAD_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/fail.h"
#include "smf/load.h"

/* An address that this machine can hold. */
#if UINTPTR_MAX > UINT32_MAX
#define SMF_ADDRESS uint64_t
#else
#define SMF_ADDRESS uint32_t
#endif

/* Relocation records that are read at a time. */
enum { BATCH = 32 };

/* The three groups of sections, in the order of the default layout. */
enum { GROUP_CODE, GROUP_RODATA, GROUP_DATA, GROUPS };

/* Arrays of functions that start and stop a module. */
enum { ARRAY_PREINIT, ARRAY_INIT, ARRAY_FINI, ARRAYS };

/* One export. Chains hold indices + 1; the top bit of `next` says that it is data. */
struct export_entry {
    SMF_ADDRESS address;
    uint32_t name; /* offset from smf_module.names */
    uint32_t next;
};
#define EXPORT_DATA 0x80000000u

/* A loaded module: one block, followed by its entries, chains' heads and copied names. */
struct smf_module {
    struct smf_module *next;
    struct smf_loader *loader;
    const char *names;
    struct export_entry *exports;
    uint32_t *heads;
    uint32_t export_count, head_mask;
    size_t name_size; /* bytes at `names`: where every name ends */
    uint32_t flags;
    uint8_t region_count, pointer_size, started, stopped;
    SMF_ADDRESS entry; /* 0 = none */
    struct {
        const uint8_t *bytes;
        uint32_t count;
    } arrays[ARRAYS];
    struct smf_region regions[3];
};

/* Where a section's memory is. */
struct place {
    uint64_t offset; /* in its group */
    uint8_t group;   /* GROUPS: not loaded */
};

struct group {
    uint64_t size, alignment;
    uint64_t standard; /* offset from the code group in the default layout, which knows nothing of slots and stubs */
    uint64_t inside;   /* the same with them: offset where all groups share one region */
    uint8_t *bytes;    /* once reserved */
    uint64_t address;
    uint8_t region; /* index of its region */
};

/* A symbol of the undefined range, once asked for. */
enum { BOUND_NOT, BOUND_FOUND, BOUND_MISSING };
struct bound {
    uint64_t address;
    uint64_t stub;   /* address of the stub that the module has for it; 0 = none */
    uint8_t kind;    /* enum smf_kind, the hint if the resolver did not say */
    uint8_t state;   /* BOUND_... */
    uint8_t by_stub; /* DESIGN D2 */
};

/* Slots and stubs that the loader makes: number + 1 for each symbol. */
struct extra {
    uint32_t slot, stub;
};

/* What a symbol stands for in a relocation. */
struct target {
    uint64_t address;
    const struct bound *bound; /* NULL for the module's own symbols */
    uint32_t index;            /* SMF_NO_SYMBOL: no symbol */
    bool function;
};

struct load {
    struct smf_loader *loader;
    const struct smf_arch *arch;
    const struct smf_source *source;
    struct smf_diagnosis *why;
    struct smf_module *module; /* the kept block */

    struct place *places; /* one a section */
    struct bound *bounds; /* for symbols [undefined_first, undefined_first + undefined_count) */
    struct extra *extras; /* one a symbol, or NULL: nothing to make */
    char *name;           /* room for an import's name from a positional source */

    uint32_t undefined_first, undefined_count;
    uint32_t export_count, head_count;
    uint32_t slot_count, stub_count;
    uint64_t name_work;      /* bytes of names read in this pass: symbols may share long ones (A25) */
    size_t import_name_size; /* of the longest import, with its NUL */
    size_t export_name_size; /* of all exports, if they are to be copied */
    size_t kept_size, scratch_size[3];
    bool counts_records; /* records are read before memory is reserved (DESIGN D3) */
    bool copies_names;
    bool low; /* the module must lie at or below arch->highest */
    bool reserved;

    struct group groups[GROUPS];
    uint64_t slots, stubs; /* offsets of the loader's own in their groups */
    uint64_t got;          /* address */
    uint8_t region_count;
    struct smf_region_request requests[3];
    struct smf_region regions[3];

    struct target target;      /* of the record before: most follow one of the same symbol */
    struct smf_relocation run; /* the last record that was proven one by one */
    struct smf_relocation records[BATCH];
    struct smf_image image;
    struct smf_symbol named; /* read to be used at once: here, not on the stack */
};

/* The stages, one file each. */
SMF_MUST_CHECK enum smf_status smf_load_header(struct load *load);   /* may this machine run it */
SMF_MUST_CHECK enum smf_status smf_load_tables(struct load *load);   /* count what will be needed */
SMF_MUST_CHECK enum smf_status smf_load_extras(struct load *load);   /* slots, stubs and low addresses */
SMF_MUST_CHECK enum smf_status smf_load_layout(struct load *load);   /* offsets, requests */
SMF_MUST_CHECK enum smf_status smf_load_place(struct load *load);    /* reserve, copy */
SMF_MUST_CHECK enum smf_status smf_load_bind(struct load *load);     /* imports */
SMF_MUST_CHECK enum smf_status smf_load_exports(struct load *load);  /* index what it offers */
SMF_MUST_CHECK enum smf_status smf_load_relocate(struct load *load); /* patch */
SMF_MUST_CHECK enum smf_status smf_load_finish(struct load *load);   /* entry, start and stop arrays */
SMF_MUST_CHECK enum smf_status smf_load_seal(struct load *load);     /* protect */

/* tables.c: is this symbol offered to others? */
bool smf_load_is_export(const struct smf_symbol *symbol);

/* bind.c: the name of a symbol for a diagnosis, if it can be read. */
void smf_load_name_symbol(struct load *load, uint32_t index);

/* relocate.c: where one of the module's own symbols lies; SMF_ERR_SYMBOL if that cannot be said. */
SMF_MUST_CHECK enum smf_status smf_load_address(struct load *load, const struct smf_symbol *symbol, uint64_t *address);

/* relocate.c: what symbol `index` stands for, kept in load->target. */
SMF_MUST_CHECK enum smf_status smf_load_target(struct load *load, uint32_t index);

/* tables.c: the row of a record; SMF_OK and NULL for type 0 of R files. */
SMF_MUST_CHECK enum smf_status smf_load_row(struct load *load, const struct smf_relocation *record,
                                            const struct smf_howto **row);

/* tables.c: account for a name that was read; SMF_ERR_LIMIT when symbols share too long ones (SMF_NAME_WORK). */
SMF_MUST_CHECK enum smf_status smf_load_spend(struct load *load, size_t length);

/* pipeline.c: let others work; SMF_ERR_CANCELLED when the caller says so. */
SMF_MUST_CHECK enum smf_status smf_load_progress(struct load *load);

/* exports.c: is `name` this entry's? Names of export `entry` of a module. */
static inline const char *smf_load_export_name(const struct smf_module *module, const struct export_entry *entry)
{
    return module->names + entry->name;
}

#endif
