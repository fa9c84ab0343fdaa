/* SPDX-License-Identifier: MIT */
/*
 * smf/instantiator.h - code out of templates, at load time, with no compiler on
 * the machine: choose the unit of the template that fits the types, copy it, bind its holes, patch it, seal it.
 *
 * Since 0.1. Floor: generic. The house rules of smf/load.h hold: memory from the caller's arena and the mapper's port, nothing
 * global, nothing recursive, a call that fails changes nothing and leaves no trace.
 *
 * Words. A *module* here is one version of one: a number that names it (the number of its handle in a system), what it
 * brings: *templates*, *types* (smf/instance.h) and *uses* (the rows of `possible` in its note.sdn). An *instance* is a
 * template with types for its parameters; it has all functions of the template. Types are known by their descriptors: two modules may
 * each have their own Point.
 *
 * Who owns what. Code goes through the mapper under config.owner ("__jit__"), by the instance's mangled name; if that name is
 * taken by another instance, with `#` and a number behind it. An instance holds the modules that it was made of: the template's, its types',
 * those that its imports come from, and those of the instances that it needs. It goes when one of them goes, or when nobody uses it any
 * more: a module that is bound to it, an instance that needs it, or a caller who asked for it (until
 * smf_instantiator_drop()). A unit without holes, imports and needs depends on nothing but its template: one copy of it serves all types of its shape.
 *
 * One thread at a time; under a system everything runs under the system's lock.
 */
#ifndef SMF_INSTANTIATOR_H
#define SMF_INSTANTIATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/arch.h"
#include "smf/image.h"
#include "smf/instance.h"
#include "smf/load.h"
#include "smf/mapper.h"
#include "smf/system.h"
#include "smf/taker.h"
#include "smf/types.h"
#include "smf/unit.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Most modules that one instance may hold. SMF_ERR_LIMIT beyond. */
#ifndef SMF_INSTANCE_HOLDS_MAX
#define SMF_INSTANCE_HOLDS_MAX 32u
#endif

/* Instances that may wait for each other, one inside the other, unless the configuration says less. */
#define SMF_INSTANTIATOR_DEPTH 50u

/* What stands around an instantiator: a system (smf_instantiator_generics), or functions of the caller's. */
struct smf_surroundings {
    /* As smf_system_provide() says, of modules by number. */
    enum smf_status (*find)(void *context, uint32_t asker, const char *name, bool data, struct smf_provided *found);
    void *context;
};

/* Types that every module sees, of the host's own: beside i8 to i64, u8 to u64, f32, f64, bool, usize and isize, which
 * are built in. */
struct smf_host_type {
    const char *name;
    const struct smf_type_descriptor *descriptor;
};

/* Code units made on demand, of the source in a record: a host with a compiler (smf/compiler.h). */
struct smf_unit_compiler {
    /* A record with one unit of format CODE for this machine and exactly these types. It stays until `give_back`. SMF_ERR_NOT_FOUND:
     * use what the template has. Asked if the record has a unit of format C and the best other unit is not of typed shapes. */
    enum smf_status (*compile)(void *context, const struct smf_record *record, const struct smf_shape *shapes,
                               const void **bytes, size_t *size, struct smf_diagnosis *why);
    void (*give_back)(void *context, const void *bytes);
    void *context;
};

struct smf_instantiator_config {
    bool enabled;              /* false: everything is SMF_ERR_NOT_FOUND                                        */
    bool update_notes;         /* what is made moves from `possible` to `instantiations`, in memory              */
    uint32_t max_depth;        /* 0: none may need another                                                      */
    uint32_t max_instances;    /* 0: as many as fit                                                             */
    struct smf_mapper *mapper; /* required */
    const char *owner;         /* in the mapper; NULL: "__jit__"                                                */
    void *arena;               /* for records that do not stay, names, instances                                */
    size_t arena_size;
    uint32_t bucket_count; /* chains of names, a power of two; 0: 32; one pointer each                       */
    const struct smf_arch
        *arch;        /* NULL: the one that core was compiled for; then `features` is what that was compiled for */
    uint8_t features; /* of the CPU, as in struct smf_unit                                              */
    const struct smf_host_type *types; /* `type_count` of them, borrowed; looked at one after the other */
    size_t type_count;
    struct smf_surroundings around; /* find NULL: nothing but what modules given to smf_instantiator_add() export */
    const struct smf_unit_compiler *compiler; /* NULL: none */
    /* Told what is done, for people; may be NULL. `nanoseconds` is not: the port's clock is in microseconds. */
    void (*trace)(void *context, const char *name, enum smf_status status);
    void *trace_context;
};

/* enabled, update_notes, max_depth 50; mapper and arena are still to be given. */
struct smf_instantiator_config smf_instantiator_defaults(void);

struct smf_instantiator_statistics {
    uint32_t modules, templates, uses, types; /* known now                                                        */
    uint32_t instances;                       /* now                                                              */
    uint32_t shared;                          /* of these, those that run another instance's code                 */
    uint32_t made, found, failed;             /* since the start: instances; asked for again; calls that failed   */
    size_t code_bytes;                        /* of instances, now                                                */
    size_t arena_largest;
};

/* Bytes of the path of a cycle that are kept, with its NUL. */
#ifndef SMF_INSTANTIATOR_PATH
#define SMF_INSTANTIATOR_PATH 192
#endif

struct smf_instantiator_module; /* private */
struct smf_made_instance;       /* private */

/* Storage is the caller's; fields are the core's. */
struct smf_instantiator {
    struct smf_instantiator_config config;
    struct {
        uint8_t *bytes;
        size_t size, lowest, last;
    } arena;
    void **buckets;
    struct smf_instantiator_module *modules; /* newest first */
    struct smf_made_instance *instances;     /* newest first */
    void *pointer_types;                     /* private: types that instances use, newest first */
    void *made_uses, *made_uses_last;        /* private: in the order of making */
    struct smf_system *system;               /* attached to, or NULL */
    uint32_t last_instance;
    struct smf_instantiator_statistics statistics;
    struct smf_diagnosis unwanted;
    char path[SMF_INSTANTIATOR_PATH];
};

/* SMF_ERR_ARGUMENT: no mapper, a bucket count that is no power of two, no arch, or one with wider pointers than this
 * machine's. SMF_ERR_NO_ARENA: no room for the buckets. */
SMF_MUST_CHECK
enum smf_status smf_instantiator_start(struct smf_instantiator *instantiator,
                                       const struct smf_instantiator_config *config);
/* Unmap every instance, whoever uses it; the arena is the caller's again. */
void smf_instantiator_finish(struct smf_instantiator *instantiator);

/* ---- Modules ---- */

/* What is added. Borrowed during the call, unless said otherwise. */
struct smf_instantiator_item {
    uint32_t number;         /* names it from now on; not 0 */
    const char *name;        /* of the module; copied        */
    struct smf_image *image; /* open                         */
    struct smf_module *
        module; /* as loaded, or on its way (addresses are known); stays until it is removed. NULL: only its templates and
                                * uses are known, and versions of a system are not bound to what is made of them */
};

/*
 * Take what a module brings. Records of templates and rows of `possible` are proven and kept: where they
 * lie if the image's source is memory that stays, else copied. Entries that are not ours are known by name, so that asking for them is
 * SMF_ERR_OPAQUE. A number that is there is replaced if nothing was made of it, else SMF_ERR_BUSY. SMF_ERR_DUPLICATE: a module of another name
 * has a template of this name. Else what proving a record, a note or a section says.
 */
SMF_MUST_CHECK
enum smf_status smf_instantiator_add(struct smf_instantiator *instantiator, const struct smf_instantiator_item *item,
                                     struct smf_diagnosis *why);

/* Its names are found no more; what was made of it goes on, but whoever asks from now on is not given an instance with imports
 * or needs of it. No such number: nothing. */
void smf_instantiator_retire(struct smf_instantiator *instantiator, uint32_t number);

/* It goes, now: what it used is not used by it any more, instances that hold it are unmapped. */
void smf_instantiator_remove(struct smf_instantiator *instantiator, uint32_t number);

/*
 * Can this machine's rows patch a unit of a proven record? Format CODE, this arch, functions where instructions can start; each
 * relocation has a row that needs neither a GOT's start nor smf build, its field lies inside the code, rows that need a slot name a
 * symbol with one, and low parts (SMF_UNIT_PAIR) name a HI20, the first relocation at its offset. Asked for units of its own machine when a
 * module is added, and by tools for every machine. SMF_ERR_ARCH, SMF_ERR_RELOC_TYPE, SMF_ERR_RELOC_RECORD: with the
 * number of the relocation as index, its offset in the record, and the template's name. `why` may be NULL. n log n.
 */
SMF_MUST_CHECK
enum smf_status smf_unit_prove(const struct smf_arch *arch, const struct smf_record *record,
                               const struct smf_unit *unit, struct smf_diagnosis *why);

/* ---- Making ---- */

/* What was made or found; pointers are valid while the instance is there. */
struct smf_instance {
    const char *name;       /* mangled, without `#`; of the function that was asked for */
    uintptr_t address;      /* of that function, with its Thumb bit                    */
    void (*function)(void); /* the same, ready to be cast                              */
    uintptr_t code;         /* where the instance's code starts                        */
    size_t size;            /* bytes, with slots and stubs                             */
    const uint32_t *holds;  /* numbers of the modules that it was made of              */
    uint32_t hold_count;
    uint32_t users; /* bound modules, instances and callers                    */
    bool made;      /* by this call                                            */
    bool shared;    /* its code is another instance's                          */
};

/*
 * The function `name` of a template for these types: found, or made with everything that it needs. `asker` is the number of the
 * module that asks, whose types and templates come first; 0: nobody's. The caller becomes a user of it; with 2^31 - 1 of them it
 * stays until a module goes that it was made of.
 *
 * SMF_ERR_NOT_FOUND: no such template, or not enabled; SMF_ERR_OPAQUE; SMF_ERR_ARITY; SMF_ERR_TYPE: no descriptor, or a bad one;
 * SMF_ERR_BOUND; SMF_ERR_UNIT; SMF_ERR_HOLE; SMF_ERR_UNRESOLVED: an import of the unit, or a template that it needs; SMF_ERR_CYCLE, with
 * the path "ping->pong->ping" as the diagnosis' name (whole: smf_instantiator_path); SMF_ERR_DEPTH, with the number as its value; SMF_ERR_RELOC_RANGE, _RELOC_TYPE,
 * _RELOC_RECORD; SMF_ERR_LIMIT; SMF_ERR_NO_ARENA; else what the mapper and the port say. The diagnosis names template and
 * parameter: "sort: T = Point". Order of checks: enabled, found before, cycle, depth, template, arity, types, bounds, unit.
 */
SMF_MUST_CHECK
enum smf_status smf_instantiate(struct smf_instantiator *instantiator, uint32_t asker, const char *name,
                                const struct smf_type *types, struct smf_instance *instance, struct smf_diagnosis *why);

/* The same for a symbol that a module's `possible` table has: `asker`'s own row, else the first that is found (newest module
 * first); or for a name with types, `sort<Point>`. */
SMF_MUST_CHECK
enum smf_status smf_instantiate_symbol(struct smf_instantiator *instantiator, uint32_t asker, const char *symbol,
                                       struct smf_instance *instance, struct smf_diagnosis *why);

/* What is there already, by mangled name; no user is added. SMF_ERR_NOT_FOUND. */
SMF_MUST_CHECK
enum smf_status smf_instantiator_find(const struct smf_instantiator *instantiator, const char *mangled,
                                      struct smf_instance *instance);

/* The caller does not use it any more (as often as it asked): it goes if nobody else does. SMF_ERR_NOT_FOUND: so a second time does
 * nothing. SMF_ERR_BUSY: modules or instances use it. */
SMF_MUST_CHECK
enum smf_status smf_instantiator_drop(struct smf_instantiator *instantiator, const char *mangled);

/* The ordered path of the last SMF_ERR_CYCLE, "ping->pong->ping", or "". Longer ones are cut at SMF_INSTANTIATOR_PATH and end in
 * '~'. Valid until the next call. */
const char *smf_instantiator_path(const struct smf_instantiator *instantiator);

/* The unit that an instance was made of, and the record that it is in: the template's, or, if `*compiled`, one that config.compiler made.
 * Both are proven, and valid while the instance is. For those who tell people of it. SMF_ERR_NOT_FOUND. */
SMF_MUST_CHECK
enum smf_status smf_instantiator_unit(const struct smf_instantiator *instantiator, const char *mangled,
                                      struct smf_record *record, struct smf_unit *unit, bool *compiled);

/* Is a unit code for the machine that instances are made for: its architecture, with features that config.features has, and with its
 * calling convention [U8]? Whoever makes units may ask. */
bool smf_instantiator_takes(const struct smf_instantiator *instantiator, const struct smf_unit *unit);

/* Walk instances, newest first, until `visit` answers false. How many were visited. */
size_t smf_instantiator_walk(const struct smf_instantiator *instantiator,
                             bool (*visit)(void *context, const struct smf_instance *instance), void *context);

/* ---- Notes ---- */

/* A row of `possible`, or one that was and is an instantiation now. Texts are the instantiator's, until the module is removed. */
struct smf_use {
    const char *module;
    const char *base;      /* template                */
    const char *type_args; /* "Point", "text, i64"    */
    const char *mangled;
    bool made; /* status jit_compiled, to_obj jit_memory */
};

/* Is this symbol listed? `*use` may be NULL. False while not enabled. */
bool smf_instantiator_can(const struct smf_instantiator *instantiator, uint32_t asker, const char *symbol,
                          struct smf_use *use);

/* Rows of one module (0: of all), `possible` or `made` ones, in the order of the file; made ones in the order of making. */
size_t smf_instantiator_uses(const struct smf_instantiator *instantiator, uint32_t number, bool made,
                             bool (*visit)(void *context, const struct smf_use *use), void *context);

/* Move a row by hand, also with update_notes off. SMF_ERR_NOT_FOUND. */
SMF_MUST_CHECK
enum smf_status smf_instantiator_mark(struct smf_instantiator *instantiator, uint32_t number, const char *mangled);

void smf_instantiator_get_statistics(const struct smf_instantiator *instantiator,
                                     struct smf_instantiator_statistics *statistics);

/* ---- In a system, and for a taker ---- */

/*
 * As config.generics of a system: modules bring their templates, imports that a module's own `possible` lists are
 * made while it binds, smf_system_resolve() and smf_system_resolve_generic() make the rest. `generics` is the caller's storage, and is filled in before
 * smf_system_start(); config.around is set when the system starts. Order of ends: the system first, then the instantiator, then the mapper.
 */
struct smf_system_generics smf_instantiator_generics(struct smf_instantiator *instantiator);

/* As config.instantiator of a taker: types are inferred from usages (smf/infer.h), instances are made here. A module that the
 * instantiator does not know is added when it is first asked of. `maker` is the caller's storage. */
struct smf_taker_maker smf_instantiator_taker_maker(struct smf_instantiator *instantiator);

#ifdef __cplusplus
}
#endif

#endif
