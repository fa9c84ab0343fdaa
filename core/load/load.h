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

/* Relocation records that are read at a time. */
enum { BATCH = 32, BATCH_FIRST = 4 }; /* few where a run may begin: what is in it is cheaper than a record */

/* The three groups of sections that get memory, in the order of the default layout; sections that stay in the source. */
enum { GROUP_CODE, GROUP_RODATA, GROUP_DATA, GROUPS, GROUP_SOURCE = GROUPS, GROUP_KEEP, NOT_LOADED = 255 };

/* Arrays of functions that start and stop a module. */
enum { ARRAY_PREINIT, ARRAY_INIT, ARRAY_FINI, ARRAYS };

/* One export, where it cannot be read again: addresses, and the name's offset from smf_module.names. */
struct export_entry {
    uintptr_t address;
    uint32_t name; /* EXPORT_DATA added: it is data; EXPORT_WEAK: it is weak; EXPORT_TEMPLATE: in no memory */
};
#define EXPORT_DATA 0x80000000u
#define EXPORT_WEAK 0x40000000u
#define EXPORT_TEMPLATE 0x20000000u
#define EXPORT_BITS (EXPORT_DATA | EXPORT_WEAK | EXPORT_TEMPLATE)

/*
 * A loaded module: one block. Behind it regions, then start and stop arrays, those there are; where the source stays
 * (`symbols`) the addresses of its sections, else export entries; then the index: heads of chains and links, numbers of
 * exports + 1, of 16 bits where that will do; then copied names.
 */
struct smf_module {
    struct smf_module *next;
    const uint8_t *symbols; /* records of its exports in a source that stays; NULL: they are in entries */
    const char *names;
    size_t name_size; /* bytes at `names`: where every name ends */
    uintptr_t entry;  /* 0 = none */
    void *links;
    uint32_t export_count;
    uint32_t flags;
    uint16_t section_count;             /* up to the last one that is loaded: addresses are kept of these */
    uint8_t region_count, source_count; /* regions, and how many of them, the first, are not the loader's */
    uint8_t head_bits;                  /* log2 of the number of heads */
    uint8_t array_count;                /* start and stop arrays that it has, in their order */
    bool has_fini;                      /* the last of these is .fini_array */
    uint8_t state;                      /* MODULE_... */
    bool wide;                          /* links have 32 bits */
};
enum { MODULE_STARTED = 1, MODULE_STOPPED = 2 };

/* Pointers to functions that run at start or stop. */
struct array {
    const uint8_t *bytes;
    uint32_t count;
};

/* Where a section's memory is. */
struct place {
    size_t offset; /* in its group */
    uint8_t group; /* or NOT_LOADED */
};

struct group {
    size_t size, alignment;
    size_t standard; /* offset from the code group in the default layout, which knows nothing of slots and stubs */
    size_t inside;   /* offset in its region: 0, unless all groups share one */
    uint8_t *bytes;  /* once reserved */
    uintptr_t address;
    uint8_t region; /* index of its region */
};

/* A symbol of the undefined range, once asked for. */
enum { BOUND_NOT, BOUND_FOUND, BOUND_MISSING, BOUND_LATER }; /* MISSING and LATER: nowhere yet */
struct bound {
    uintptr_t address;
    uintptr_t stub;  /* address of the stub that the module has for it; 0 = none */
    uint8_t kind;    /* enum smf_kind, the hint if the resolver did not say */
    uint8_t state;   /* BOUND_... */
    uint8_t by_stub; /* DESIGN D2 */
    uint8_t flags;   /* SMF_BINDING_... */
};

/* What a resolver said beside that; kept with config.rebinding only. */
struct origin {
    void *provider;
    uint32_t token;
};

/* Slots and stubs that the loader makes: number + 1 for each symbol. */
struct extra {
    uint32_t slot, stub;
};

/* What a symbol stands for in a relocation. */
struct target {
    uintptr_t address;
    const struct bound *bound; /* NULL for the module's own symbols */
    uint32_t index;            /* SMF_NO_SYMBOL: no symbol */
    bool function;
    bool routed; /* it may be replaced: config.rebinding decides how it is reached */
    bool direct; /* its own address is what is meant wherever no branch goes: no stub, no slot stands in for it */
};

/* What a Reloc section patches. */
struct area {
    uint8_t *bytes;
    uintptr_t address;
    size_t size;
    uint32_t section; /* Reloc section being applied */
    uint32_t count;   /* records in it */
    bool slots;       /* the area is .got: slots hold addresses, never stubs (DESIGN D2) */
};

/* The row of a record before, and whether it is a plain pointer. */
struct memory {
    const struct smf_howto *row;
    uint32_t kind; /* its type and number, as they were */
    bool pointer;
};

struct load {
    struct smf_loader *loader;
    const struct smf_arch *arch;
    const struct smf_source *source;
    struct smf_diagnosis *why;
    struct smf_module *module; /* `record`, until the block that stays has been taken and it is copied there */

    struct place *places;   /* one a section; with the image's sections the second scratch block */
    struct bound *bounds;   /* for symbols [undefined_first, undefined_first + undefined_count); the third block */
    struct origin *origins; /* one for each of `bounds` with config.rebinding, else NULL */
    struct extra *extras;   /* one a symbol, or NULL: nothing to make */
    char *name;             /* room for an import's name from a positional source */

    const struct smf_codec *codec; /* for sections that are compressed; else not used */

    enum smf_status (*resolve)(
        void *context, const struct smf_binding_request *request,
        struct smf_binding_answer *answer); /* config.resolve; for what comes later another one */
    void *resolve_context;

    uint32_t undefined_first, undefined_count;
    uint32_t later_count; /* imports that config.later is asked for */
    uint32_t export_count;
    uint32_t slot_count, stub_count;
    uint32_t arrays[ARRAYS]; /* sections, SMF_NO_SYMBOL without */
    size_t name_work;        /* bytes of names read in this pass: symbols may share long ones (A25) */
    size_t import_name_size; /* of the longest import, with its NUL */
    size_t export_name_size; /* of all exports, if they are to be copied */
    size_t names_used;       /* of these */
    void *scratch[3];        /* blocks: this one, sections and places, tables */
    size_t scratch_size[3];
    size_t kept_size, links_at; /* of the block that stays; where its links start */
    bool counts_records;        /* records are read before memory is reserved (DESIGN D3) */
    bool copies_names;
    bool rereads; /* exports are read again when they are looked for: canonical, and the source stays */
    bool low;     /* the module must lie at or below arch->highest */
    bool reserved;
    bool standard;        /* all groups lie where the builder thought they would be (DESIGN D5) */
    uint8_t region_count; /* of the port's */
    uint8_t keep_count;   /* .keep sections that config.rebinding places */

    struct group groups[GROUP_KEEP + SMF_KEEP_MAX];
    size_t slots, stubs; /* offsets of the loader's own in their groups */
    uintptr_t got;
    struct smf_region_request requests[3];
    struct smf_region source_regions[2 + SMF_KEEP_MAX];
    struct smf_module record;

    struct smf_diagnosis first; /* the first import that nobody has */
    struct area area;
    struct memory memories[2], *memory; /* of odd and even numbers; the one at work */
    struct target target;               /* of the record before: most follow one of the same symbol */
    struct smf_symbol symbol;           /* read to be used at once: here, not on the stack */
    struct smf_image image;
    struct smf_relocation run; /* the last record that was proven one by one */
    struct smf_relocation records[BATCH];
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
SMF_MUST_CHECK enum smf_status smf_load_later(struct load *load);    /* imports that had to wait */
SMF_MUST_CHECK enum smf_status smf_load_finish(struct load *load);   /* entry, start and stop arrays */
SMF_MUST_CHECK enum smf_status smf_load_seal(struct load *load);     /* protect */

/* pipeline.c: smf_fail() for what has no offset in the file. */
enum smf_status smf_load_fail(struct load *load, enum smf_detail detail, size_t value, size_t expected);

/* 4 or 8. A machine of 32 bits loads for such machines only (smf_loader_start), and need not ask. */
static inline unsigned smf_load_pointer_size(const struct load *load)
{
    return sizeof(uintptr_t) == 4 ? 4 : load->arch->pointer_size;
}
static inline uintptr_t smf_load_get_pointer(unsigned size, const uint8_t *at)
{
    return size == 8 ? (uintptr_t)smf_get64(at) : smf_get32(at);
}
static inline void smf_load_put_pointer(unsigned size, uint8_t *at, uintptr_t value)
{
    if (size == 8)
        smf_put64(at, value);
    else
        smf_put32(at, (uint32_t)value);
}

/* tables.c: is this symbol offered to others, or asked for? */
bool smf_load_is_export(const struct smf_symbol *symbol);
bool smf_load_is_import(const struct smf_symbol *symbol);

/* tables.c: the row of a record; SMF_OK and NULL for type 0 of R files. */
SMF_MUST_CHECK enum smf_status smf_load_row(struct load *load, const struct smf_relocation *record,
                                            const struct smf_howto **row);

/* tables.c: account for a name that was read; SMF_ERR_LIMIT when symbols share too long ones (SMF_NAME_WORK). */
SMF_MUST_CHECK enum smf_status smf_load_spend(struct load *load, size_t length);

/* layout.c: append `size` bytes to a group; where they start. */
size_t smf_load_append(struct group *group, size_t size, size_t alignment);

/* bind.c: the name of a symbol for a diagnosis, if it can be read. */
void smf_load_name_symbol(struct load *load, uint32_t index);

/* bind.c: ask load->resolve for symbol `index`, if it is an import. */
SMF_MUST_CHECK enum smf_status smf_load_bind_symbol(struct load *load, uint32_t index);

/* relocate.c: what section `index` patches, in load->area; false if that is not loaded. How many of its records count. Where
 * record `number` stands, for a diagnosis. */
bool smf_load_find_area(struct load *load, uint32_t index, uint32_t got);
uint32_t smf_load_count_records(const struct load *load);
void smf_load_blame(struct load *load, uint32_t number, const struct smf_relocation *record);

/* target.c: where one of the module's own symbols lies; SMF_ERR_SYMBOL if that cannot be said. */
SMF_MUST_CHECK enum smf_status smf_load_address(struct load *load, const struct smf_symbol *symbol, uintptr_t *address);

/* target.c: what symbol `index` stands for, kept in load->target; then S as a row wants it, in load->area. */
SMF_MUST_CHECK enum smf_status smf_load_target(struct load *load, uint32_t index);
SMF_MUST_CHECK enum smf_status smf_load_value(struct load *load, const struct smf_howto *row, uintptr_t *s);
bool smf_load_is_missing(const struct target *target);

/* target.c: the stub of the import that load->target is: the file's, or the loader's. 0 = none. */
uintptr_t smf_load_stub(const struct load *load);

/* place.c: fill a region with the sections of one group, and zeros. */
SMF_MUST_CHECK enum smf_status smf_load_fill(struct load *load, unsigned group, const struct smf_region *region);

/* apply.c: one record, of load->area, whatever it is. */
SMF_MUST_CHECK enum smf_status smf_load_apply(struct load *load, const struct smf_relocation *record,
                                              const struct smf_howto *row);

/* pipeline.c: let others work; SMF_ERR_CANCELLED when the caller says so. The same, after record `index`. */
SMF_MUST_CHECK enum smf_status smf_load_progress(struct load *load);
SMF_MUST_CHECK enum smf_status smf_load_progress_at(struct load *load, uint32_t index);

/*
 * What only older files need: older.c, or no_older.c in its place (SMF_OLDER_LAYOUTS; DESIGN D10). Slots and stubs that
 * the loader makes, symbols in the code area, an entry point that is not recorded.
 */
void smf_load_lay_extras(struct load *load);
SMF_MUST_CHECK enum smf_status smf_load_make_extras(struct load *load);
SMF_MUST_CHECK enum smf_status smf_load_make_extra(struct load *load, uint32_t symbol); /* its slot, if it has one */
uintptr_t smf_load_extra_stub(const struct load *load, uint32_t symbol);                /* 0 = none */
SMF_MUST_CHECK enum smf_status smf_load_extra_slot(struct load *load, const struct smf_howto *row, uintptr_t *slot);
SMF_MUST_CHECK enum smf_status smf_load_older_address(struct load *load, const struct smf_symbol *symbol,
                                                      uintptr_t *address);
bool smf_load_older_import(const struct load *load, uint32_t index);
bool smf_load_older_start(struct load *load, struct bound *bound);
bool smf_load_older_area(struct load *load);
uintptr_t smf_load_older_entry(const struct load *load, uintptr_t entry);

/* How references to what may be replaced are made: rebinding.c. */
struct smf_rebinding_rules {
    bool (*lay)(struct load *load, uint32_t section); /* in LAYOUT: a .keep section, and no other's? */
    enum smf_status (*place)(struct load *load);      /* in PLACE: where these lie                   */
    /* In RELOCATE: S for a record whose symbol is routed. */
    enum smf_status (*route)(struct load *load, const struct smf_relocation *record, const struct smf_howto *row,
                             uintptr_t *s);
    enum smf_status (*slot)(struct load *load, uint8_t *at); /* ... for a slot that the loader made */
};

/* Imports that are made when everything else is relocated: later.c. */
struct smf_later_rules {
    enum smf_status (*bind)(struct load *load); /* ask for them, and apply their records */
};

/* How a load stays in place: in_place.c. Both write load->places of what stays, or the addresses that are asked for. */
struct smf_in_place {
    enum smf_status (*plan)(struct load *load); /* before LAYOUT: what stays */
    enum smf_status (*fix)(struct load *load);  /* after it: what must lie where */
    bool required, paper;
};

/* What config.checks asks for: checks.c, or no_checks.c in its place (SMF_EXTRA_CHECKS). */
SMF_MUST_CHECK enum smf_status smf_load_check_file(struct load *load, uint32_t checks);
SMF_MUST_CHECK enum smf_status smf_load_refuse_twice(struct load *load, uint32_t index, const char *name);

/* What only paired relocations need, RISC-V's: paired.c, or no_paired.c where the machine has none (SMF_OTHER_MACHINES).
 * The record that `record` names as its upper half, and its row. */
SMF_MUST_CHECK enum smf_status smf_load_upper(struct load *load, const struct smf_relocation *record,
                                              struct smf_relocation *high, const struct smf_howto **row);
SMF_MUST_CHECK enum smf_status smf_load_pair(struct load *load, const struct smf_relocation *record,
                                             struct smf_operands *operands);
bool smf_load_weak_high(const struct load *load, const struct smf_howto *row, uint8_t *at);

/* What is faster than it need be: fast.c, or no_fast.c in its place (SMF_FAST_PATHS). Both take what is plain from the start
 * of what is left, and say how much that was. */
uint32_t smf_load_fast_records(const struct load *load, uint32_t first, uint32_t count);
uint32_t smf_load_fast_exports(struct load *load, uint32_t index, uint32_t section);

#endif
