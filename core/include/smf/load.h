/* SPDX-License-Identifier: MIT */
/*
 * smf/load.h - from bytes to code that runs: measure, load, look up, unload.
 *
 * Since 0.1. Floor: load. No malloc, no global state, no recursion that input
 * could deepen. Every byte comes from the caller's arena (bookkeeping) or from
 * the port's regions (where modules live). A call that fails leaves arena,
 * regions and loader exactly as they were.
 */
#ifndef SMF_LOAD_H
#define SMF_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/arch.h"
#include "smf/codec.h"
#include "smf/image.h"
#include "smf/port.h"

#ifdef __cplusplus
extern "C" {
#endif

struct smf_module; /* a loaded module; lives in the arena */

/*
 * How functions of modules are called: part of the type of a pointer to one, and of a host's function that modules
 * import. A module that a file calls x86-64 uses the System V convention unless its `abi` says Microsoft, wherever it
 * runs; so this is nothing, except for programs of Windows on x86-64:
 *
 *     int (SMF_MODULE_CALL *add)(int, int) = (int (SMF_MODULE_CALL *)(int, int))smf_function(module, "add");
 *     static int SMF_MODULE_CALL host_log(const char *text);
 *
 * SMF_MODULE_CALL_MICROSOFT is the same for modules with SMF_ABI_X86_64_MICROSOFT (gcc -mabi=ms; clang
 * --target=x86_64-pc-windows-gnu-elf), and exists on x86-64 only. A program that calls modules of one convention sets
 * config.abi to it: the others are then refused (SMF_ERR_ABI). Both need gcc's attributes: Microsoft's own compiler has
 * no System V calls, and no SMF_MODULE_CALL.
 */
#if defined(__x86_64__)
#define SMF_MODULE_CALL_MICROSOFT __attribute__((ms_abi))
#if defined(_WIN32)
#define SMF_MODULE_CALL __attribute__((sysv_abi))
#endif
#endif
#if !defined(SMF_MODULE_CALL) && !defined(_M_X64)
#define SMF_MODULE_CALL
#endif

/* What a symbol turns out to be, once somebody has it. */
enum smf_kind {
    SMF_KIND_UNKNOWN, /* 0: the module's own hint (function or data) counts */
    SMF_KIND_FUNCTION,
    SMF_KIND_DATA
};

/* A resolver's answer. Zeroed before the call. */
struct smf_binding_answer {
    uint64_t address; /* of the definition; bit 0 set for a Thumb function            */
    enum smf_kind kind;
    uint32_t flags; /* SMF_BINDING_...; 0 for what stays as long as the module       */
    uint32_t token; /* with SMF_BINDING_RELOADABLE: given to smf_rebinding.refer again */
    void *provider; /* the same; NULL for the host                                   */
};

/* The definition may be replaced while the module runs: it is bound so that this can be done (struct smf_rebinding). */
#define SMF_BINDING_RELOADABLE 1u
/* ... but it will not move: data in a section that is kept. */
#define SMF_BINDING_KEPT 2u
/* It cannot be said yet: config.later is asked for it (struct smf_later). */
#define SMF_BINDING_LATER 4u

/* What a resolver is asked. Valid during the call. */
struct smf_binding_request {
    const char *name;   /* NUL-terminated */
    size_t length;      /* without the NUL */
    uint32_t hash;      /* FNV-1a-32 as stored in the module: may be wrong, compare names too */
    uint32_t index;     /* of the symbol in the module */
    enum smf_kind hint; /* how the module uses it */
    bool weak;          /* may stay without a provider */
};

/* One symbol that the host offers. */
struct smf_export {
    const char *name;
    uintptr_t address; /* (uintptr_t)&symbol, a constant for every compiler; bit 0 set for a Thumb function */
    uint32_t kind;     /* enum smf_kind, with SMF_EXPORT_... added */
    uint32_t hash;     /* smf_hash_name(name), or 0: names alone are compared; smf_exports_index() fills it in */
};

/* The function may be called by modules that run unprivileged (smf/confined.h). Others never see the bit. */
#define SMF_EXPORT_CONFINED 0x80u

/*
 * A table of host exports, ready to be a resolver: config.resolve =
 * smf_exports_resolve, config.resolve_context = &table. Made const at build
 * time by the tool smf-exports, or at start by smf_exports_index().
 */
struct smf_exports {
    const struct smf_export *entries;
    uint32_t count;
    const uint32_t *buckets; /* entry number + 1, or 0; NULL: `entries` is sorted by name
                                            * (bytewise) and searched by halves                     */
    uint32_t bucket_count;   /* a power of two above `count`                          */
};

/*
 * Fill in the hashes of `entries` and the hashed index `buckets` (a power of
 * two above `count`, at best twice it), and point `table` at both.
 * SMF_ERR_ARGUMENT for a bad bucket count, SMF_ERR_DUPLICATE for a name that stands twice.
 */
SMF_MUST_CHECK
enum smf_status smf_exports_index(struct smf_exports *table, struct smf_export *entries, uint32_t count,
                                  uint32_t *buckets, uint32_t bucket_count);

/* The ready-made resolver; `context` is a const struct smf_exports. SMF_ERR_NOT_FOUND for what it has not. */
SMF_MUST_CHECK
enum smf_status smf_exports_resolve(void *context, const struct smf_binding_request *request,
                                    struct smf_binding_answer *answer);

/* How a module refers to something reloadable. */
enum smf_reference_form {
    SMF_REFERENCE_SLOT,  /* a slot of .got: holds the address                                           */
    SMF_REFERENCE_WORD,  /* a word in data that holds address + addend, unless the module has changed it */
    SMF_REFERENCE_FIXED, /* an address that cannot be found again: of a function without a stub, or of kept data */
    SMF_REFERENCE_COPIED /* told beside SLOT for a function without a stub: code may have copied what it held   */
};

/* One place that refers to a reloadable definition. */
struct smf_reference {
    enum smf_reference_form form;
    uint32_t token; /* the answer's */
    void *provider;
    struct smf_module *module; /* the importer, not yet loaded */
    uint32_t region;           /* index in smf_module_regions(); with SLOT and WORD   */
    size_t offset;             /* of the slot or word in that region                  */
    ptrdiff_t addend;
};

/*
 * With config.rebinding, answers may carry SMF_BINDING_RELOADABLE, and `refer`
 * is told each place that refers to such a definition, while relocations are
 * applied (a failure ends the load). Functions are reached through stubs and
 * slots then; an absolute pointer to one is its stub's address. Data is reached
 * through slots, through pointers in initialised data, or directly if it is kept;
 * code that refers to other data directly does not load (SMF_ERR_RELOC_RANGE, says -fPIC), nor do slots and pointers
 * that are not aligned and could not be stored at once (SMF_ERR_UNSUPPORTED).
 *
 * `keep` is asked where a section whose name begins with ".keep." lies; NULL: among
 * the module's other data. Set `rules` to smf_rebinding_rules: what the linker does not find
 * named, a firmware does not contain.
 */
struct smf_rebinding_rules;
extern const struct smf_rebinding_rules smf_rebinding_rules;

/* A .keep section that wants memory, readable and writable. */
struct smf_keep_request {
    const char *name; /* up to 16 bytes, NUL-terminated: `.keep.` included */
    size_t size, alignment;
    uintptr_t highest; /* as smf_region_request.highest */
};

struct smf_rebinding {
    const struct smf_rebinding_rules *rules;
    enum smf_status (*refer)(void *context, const struct smf_reference *reference);
    /* Fills in `*region`. `*kept`: it holds the state of an older version, and is neither written nor relocated. The
     * region stays the callee's, also if the load fails: it is told neither way. */
    enum smf_status (*keep)(void *context, const struct smf_keep_request *request, struct smf_region *region,
                            bool *kept);
    void *context;
};

/*
 * Imports that can be made only once the module's own data is relocated: instances of templates for its types, whose
 * descriptors hold pointers. With config.later, config.resolve may answer SMF_BINDING_LATER for an import of a canonical
 * file; elsewhere that is SMF_ERR_UNSUPPORTED. Whatever else the module has is bound and relocated first (under a system
 * that of its whole group), and nothing of it is sealed yet. Then `resolve` is called once for each such import, in
 * table order; it answers as config.resolve does, but not LATER again. SMF_ERR_NOT_FOUND means what it means there: a
 * weak import is 0, others are reported, all of them. Other failures end the load; `why` is clear when it is called, and
 * what it says there is what the caller of the load is told. Set `rules` to smf_later_rules: what the linker does not
 * find named, a firmware does not contain.
 */
struct smf_later_rules;
extern const struct smf_later_rules smf_later_rules;

struct smf_later {
    const struct smf_later_rules *rules;
    enum smf_status (*resolve)(void *context, const struct smf_binding_request *request,
                               struct smf_binding_answer *answer, struct smf_diagnosis *why);
    void *context;
};

/*
 * Execution in place. With config.in_place, sections of a canonical file whose
 * bytes can be addressed and stay for the module (SMF_STAYS_FOR_MODULE) are used
 * where they lie and take no memory of the port:
 *  - the code, if it is one section, aligned as it asks for, and has no
 *    relocations: position-independent and alone, or prelinked for its address;
 *  - read-only sections one behind the other, aligned and without relocations;
 *    on 64-bit machines only where the code stays, too: it must reach them.
 * What holds no relocation refers to no data and no slot of its module, so any
 * number of modules can be loaded from one such file and share its code; state is
 * handed in by pointer.
 *
 * A file that `smf prelink` has relocated (SMF_FLAG_PRELINKED) loads only here,
 * and only if each section that note.prelink lists comes to lie where it says:
 * those in place already do, for the others the port is asked for exactly that
 * address. Imports are bound at load as ever, in slots. Such a module that has
 * memory at a fixed address can be loaded once at a time (SMF_ERR_DUPLICATE).
 *
 * The source's memory must be executable and readable, and is neither protected
 * nor released by the loader. What the linker does not find named here, a firmware does not contain.
 */
struct smf_in_place;
/* What cannot stay is copied, as without. */
extern const struct smf_in_place smf_in_place_allowed;
/* Code that cannot stay is SMF_ERR_UNSUPPORTED, with the reason. */
extern const struct smf_in_place smf_in_place_required;
/* For tools and tests that run nothing: as allowed, and a prelinked file is taken to lie where it was prelinked for. */
extern const struct smf_in_place smf_in_place_on_paper;

/* Extra checks, for config.checks. */
#define SMF_CHECK_HASH 1u    /* module_hash, if recorded: reads the whole file first            */
#define SMF_CHECK_NAMES 2u   /* every symbol's hash and name; no name is exported twice          */
#define SMF_CHECK_SETTLED 4u /* apply settled relocations too, whatever the layout              */

/* Zero it, then fill in what you need: zero means default. */
struct smf_config {
    const struct smf_port *port; /* required */

    void *arena;       /* bookkeeping memory, any alignment; the loader's until smf_loader_finish() */
    size_t arena_size; /* bytes; smf_measure() says how much a module needs                         */

    const struct smf_arch *arch; /* NULL: the CPU that core was compiled for */
    enum smf_platform platform;  /* 0: any. A module for Any loads everywhere */
    uint32_t abi; /* SMF_ABI_... of this machine's calls; 0 = do not check. On x86-64 either may be wanted
                                    on any system: what the program calls its modules with (SMF_MODULE_CALL) */
    uint32_t cpu; /* what this machine has (SPEC, "cpu"); 0 = do not check */

    /* Where imports come from; NULL: a module with imports does not load. Called once for each symbol
     * that is undefined, in table order. SMF_OK, SMF_ERR_NOT_FOUND, or another status, which ends the load. */
    enum smf_status (*resolve)(void *context, const struct smf_binding_request *request,
                               struct smf_binding_answer *answer);
    void *resolve_context;

    /* Told each strong symbol that nobody has, while they are found; may be NULL. */
    void (*missing)(void *context, const char *name);
    void *missing_context;

    /* Called between pieces of work (config.h); non-zero cancels the load. May be NULL. */
    int (*progress)(void *context);
    void *progress_context;

    uint32_t checks;                     /* SMF_CHECK_... */
    const struct smf_in_place *in_place; /* NULL: everything is copied. Else one of the three above */
    /* Who decompresses sections: a list that ends in NULL (smf/codec.h). NULL: compressed modules do not load
     * (SMF_ERR_COMPRESSED). */
    const struct smf_codec *const *codecs;
    const struct smf_rebinding *rebinding; /* NULL: nothing that it binds to will ever be replaced */
    const struct smf_later *later;         /* NULL: every import is bound at once                  */
    bool allow_rwx;                        /* one RWX region for everything, where port.can_rwx; never by default */
};

/* A loader. Storage is the caller's; fields are the core's. */
struct smf_loader {
    struct smf_config config;
    struct {
        uint8_t *bytes;
        size_t size, lowest, last;
    } arena;
    struct smf_module *modules; /* newest first */
    uint32_t module_count;
    struct smf_diagnosis unwanted; /* goes here when the caller passes no diagnosis: stacks are small */
};

/* What one image needs, exactly. */
struct smf_needs {
    size_t arena_kept;    /* bytes of arena that stay until unload, block header included */
    size_t arena_scratch; /* bytes of arena during the load only                          */
    size_t arena_largest; /* largest block that the arena could give now                  */
    uint32_t slot_count;  /* slots and stubs that the loader makes: older files only      */
    uint32_t stub_count;
    uint32_t region_count;
    struct smf_region_request regions[3]; /* as the port will be asked for them             */
    size_t region_bytes;                  /* what they take out of the port's memory, smf_port_footprint() summed up */
    size_t region_waste;                  /* of these, what only protection needs           */
    size_t in_place_bytes;                /* of code and constants that stay in the source  */
};

/* Start a loader: copies `config`, touches no other memory than the arena. SMF_ERR_ARGUMENT: no port,
 * a port without reserve, release or protect, a granule that is no power of two, or no arch. */
SMF_MUST_CHECK
enum smf_status smf_loader_start(struct smf_loader *loader, const struct smf_config *config);

/* Unload every module, newest first. The arena is the caller's again. */
void smf_loader_finish(struct smf_loader *loader);

/* What smf_load() would take, without calling the resolver or the port. `why` may be NULL. */
SMF_MUST_CHECK
enum smf_status smf_measure(struct smf_loader *loader, const struct smf_source *source, struct smf_needs *needs,
                            struct smf_diagnosis *why);

/*
 * Load, bind, relocate and seal one module. Runs none of its code. `why` may be
 * NULL. SMF_ERR_UNRESOLVED after all missing symbols were reported; the first
 * is in the diagnosis.
 */
SMF_MUST_CHECK
enum smf_status smf_load(struct smf_loader *loader, const struct smf_source *source, struct smf_module **module,
                         struct smf_diagnosis *why);

/* Release a module: nothing may be running in it. SMF_ERR_ARGUMENT if it is not one of this loader's
 * (a stale pointer is compared, never followed). */
SMF_MUST_CHECK
enum smf_status smf_unload(struct smf_loader *loader, struct smf_module *module);

/* A function that the module exports, ready to be cast and called (Thumb bit set); NULL if there is none. */
void (*smf_function(const struct smf_module *module, const char *name))(void);

/* What an export is: address and kind. SMF_ERR_NOT_FOUND. Templates are none: they have no address. */
struct smf_found {
    uint64_t address;
    enum smf_kind kind;
};
SMF_MUST_CHECK
enum smf_status smf_find(const struct smf_module *module, const char *name, struct smf_found *found);

/* The entry point (EXECUTABLE modules), ready to be called; NULL for a library. */
void (*smf_entry(const struct smf_module *module))(void);

/*
 * Start: run .preinit_array and .init_array, in order. Stop: run .fini_array,
 * from the end. Each once: a second call does nothing. Never called by the
 * loader itself. Only for modules of the machine this runs on.
 */
void smf_module_start(struct smf_module *module);
void smf_module_stop(struct smf_module *module);

/*
 * The regions of a module; `count` may not be NULL. First those that are not the loader's: what lies in its source
 * (execution in place), in the order RX, RO, with their exact extents, and its .keep sections (struct smf_rebinding);
 * then those of the port, RX, RO, RW. Of any only those there are.
 */
const struct smf_region *smf_module_regions(const struct smf_module *module, size_t *count);

/* How many of the first regions are not the loader's: never protected nor released by it. */
size_t smf_module_regions_in_place(const struct smf_module *module);

/* Header flags of the module (SMF_FLAG_...), its exports. */
uint32_t smf_module_flags(const struct smf_module *module);
uint32_t smf_module_export_count(const struct smf_module *module);
/* Export number `index`, in file order; `*name` is valid until unload. SMF_ERR_NOT_FOUND past the last. Of a template, a
 * symbol in a section of type TemplateCode, the name only: kind SMF_KIND_UNKNOWN, address 0. */
SMF_MUST_CHECK
enum smf_status smf_module_export(const struct smf_module *module, uint32_t index, const char **name,
                                  struct smf_found *found);

#ifdef __cplusplus
}
#endif

#endif
