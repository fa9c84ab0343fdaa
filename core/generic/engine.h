/* SPDX-License-Identifier: MIT */
/*
 * generic/engine.h - private to core/generic: what an instantiator is made of. One table of chains finds everything: names of
 * templates, of uses and of instances, types by their text, instances by template and types, shared code by its unit.
 */
#ifndef SMF_GENERIC_ENGINE_H
#define SMF_GENERIC_ENGINE_H

#include "arch/recent.h"
#include "base/arena.h"
#include "smf/instantiator.h"

enum node_kind { NODE_TEMPLATE, NODE_USE, NODE_TYPE, NODE_INSTANCE, NODE_NAME, NODE_CODE };

/* First in everything that is found by a hash. */
struct node {
    struct node *next, **at; /* of its chain; what points to it */
    uint32_t hash;
    uint8_t kind; /* enum node_kind */
};

/* ---- What modules bring ---- */

/* A function of a template, or the template itself, by name. */
struct template_name {
    struct node node;
    struct template *template;
    const char *text; /* not ended by a NUL */
    size_t size;
};

struct template
{
    struct template *next; /* of its module */
    struct smf_instantiator_module *module;
    struct smf_record record; /* bytes NULL: opaque                          */
    uint32_t name_count;
    struct template_name names[];
};

/* A row of `possible`. Its texts lie behind it. */
struct use {
    struct node node;            /* by mangled name   */
    struct use *next;            /* of its module, in the order of the file */
    struct use *later, *earlier; /* of those that are made, in that order */
    struct smf_instantiator_module *module;
    struct smf_made_instance *instance; /* that was made for it, or NULL */
    struct use *next_row, **row_at;     /* of that instance              */
    struct smf_use texts;
    bool bound; /* the module is one of its users */
};

struct smf_instantiator_module {
    struct smf_instantiator_module *next; /* newest first */
    struct smf_module *loaded;
    struct template *templates;
    struct use *uses;
    void *brought; /* the chunks that all these lie in, newest first (gather.c) */
    uint32_t number;
    bool retired;
    char name[];
};

/* ---- What is made ---- */

/* A type as far as code of templates is concerned. Goes with its last instance. */
struct type {
    struct node node; /* by text */
    struct type *older, **at;
    uintptr_t operations[SMF_UNIT_FUNCTIONS]; /* 0: cannot do that                        */
    uintptr_t more;                           /* table of named operations, or 0          */
    uintptr_t identity;                       /* its descriptor's address; 0: built in    */
    uint32_t size;
    uint32_t module; /* whose the descriptor is; 0: nobody's     */
    uint32_t users;  /* instances                                */
    uint16_t text_size;
    uint8_t alignment_log2;
    uint8_t kind; /* enum smf_descriptor_kind                 */
    char text[];  /* as in mangled names, ended by a NUL      */
};

/* Code that depends on nothing but its template. */
struct shared_code {
    struct node node;
    const uint8_t *unit; /* its bytes in the record */
    uintptr_t address;
    size_t size;
    uint32_t users;
    char name[]; /* in the mapper */
};

/* One function of an instance. */
struct made_name {
    struct node node;
    struct smf_made_instance *instance;
    const char *text;   /* mangled        */
    const char *mapped; /* in the mapper: the same, with # and a number if that was taken */
};

struct smf_made_instance {
    struct node node; /* by template and types */
    struct smf_made_instance *older, **at;
    const struct template *template;
    struct shared_code *shared;
    const void *compiled; /* of the compiler: to be given back */
    const uint8_t *exports;
    struct use *rows; /* that it was made for */
    struct type **types;
    struct smf_made_instance **needs;
    struct made_name *names; /* one an export */
    uint32_t *holds;
    uintptr_t address;
    size_t size;
    uint32_t users;   /* bound modules, instances, callers */
    uint32_t callers; /* of these                          */
    uint8_t need_count, hold_count;
    bool borrowed; /* its code was there when it was made */
    bool stale;    /* something that it was made of has been retired since: nobody else gets it */
};

/* ---- One call ---- */

/* A template that is being made and may wait for others. */
struct frame {
    struct frame *below, *above;
    const struct template *template;
    const void *compiled;
    struct smf_record record; /* the template's, or what was compiled */
    struct smf_unit unit;
    uint32_t hash;
    uint16_t next_symbol;
    struct type *types[SMF_TEMPLATE_PARAMETERS_MAX];
    struct smf_made_instance **needs; /* by number; NULL: not used, or not found yet */
};

enum { FEW_NEEDS = 4, FEW_SYMBOLS = 4 }; /* for which no memory is asked */

struct making {
    struct smf_instantiator *instantiator;
    struct smf_diagnosis *why;
    struct frame *top;
    uint32_t asker;
    uint32_t depth; /* frames */
    /* What a type that is nobody's is for: parameter `parameter`; NULL: a need's. */
    const struct template *asked_for;
    unsigned parameter;
    struct frame first; /* the one that is asked for, if it needs few */
    struct smf_made_instance *few[FEW_NEEDS];
};

/* A symbol of a unit, bound. */
struct bound {
    uintptr_t value;
    uint32_t slot, stub; /* offsets in the instance; 0: none */
};

struct hold_set {
    uint32_t count;
    uint32_t numbers[SMF_INSTANCE_HOLDS_MAX];
};

/* Code of a unit, to be written into a region. */
struct work {
    struct making *making;
    const struct frame *frame;
    const struct bound *bound;
    size_t slots, stubs, size; /* offsets, and the whole */
    uintptr_t highest;
    const struct smf_stub *stub;
    struct recent_rows rows;
};

static inline size_t export_count(const struct smf_made_instance *made) { return made->template->record.export_count; }

static inline struct smf_arena *smf_generic_arena(const struct smf_instantiator *instantiator)
{
    _Static_assert(sizeof instantiator->arena == sizeof(struct smf_arena),
                   "smf_instantiator.arena is a struct smf_arena");
    return (struct smf_arena *)(uintptr_t)&instantiator->arena;
}

/* ---- table.c ---- */

void smf_generic_enter(struct smf_instantiator *instantiator, struct node *node, enum node_kind kind, uint32_t hash);
void smf_generic_leave(struct node *node);
/* The first of this kind and hash, and the next one. NULL: none. */
struct node *smf_generic_first(const struct smf_instantiator *instantiator, enum node_kind kind, uint32_t hash);
struct node *smf_generic_next(const struct node *node);
uint32_t smf_generic_hash(const char *text, size_t size);
size_t smf_generic_length(const char *text);
/* A NUL-terminated text against one with a size. */
bool smf_generic_is(const char *text, const char *other, size_t size);
/* A diagnosis' name, put together: at the end of what it has. */
void smf_generic_say(struct smf_diagnosis *why, const char *text, size_t size);
void smf_generic_say_text(struct smf_diagnosis *why, const char *text);
enum smf_status smf_generic_no_arena(struct smf_instantiator *instantiator, struct smf_diagnosis *why, size_t size);
/* "sort: T = Point" of a parameter of a frame's template, also without a type. */
void smf_generic_say_parameter(struct smf_diagnosis *why, const struct template *template, unsigned parameter,
                               const struct type *type);

/* ---- modules.c ---- */

struct smf_instantiator_module *smf_generic_module(const struct smf_instantiator *instantiator, uint32_t number);
/* The template that has this function: of the asker, else of the newest module; records before what is opaque, and beside a
 * system what is loaded before what is not, which a version is never given. `*index` is the function's number; the first
 * one for a template's own name. */
struct template *smf_generic_template(const struct smf_instantiator *instantiator, uint32_t asker, const char *name,
                                      size_t size, unsigned *index);
/* A symbol that code of templates refers to. */
SMF_MUST_CHECK
enum smf_status smf_generic_provide(struct smf_instantiator *instantiator, uint32_t asker, const char *name, bool data,
                                    struct smf_provided *found);
void smf_generic_free_module(struct smf_instantiator *instantiator, struct smf_instantiator_module *module);

/* ---- gather.c ---- */

/* Templates and uses of an image, for a module that nobody knows yet; what fails is freed with the module. */
SMF_MUST_CHECK
enum smf_status smf_generic_gather(struct smf_instantiator *instantiator, struct smf_instantiator_module *module,
                                   struct smf_image *image, struct smf_diagnosis *why);

/* ---- kinds.c, descriptor.c ---- */

/* What a type argument is. SMF_ERR_TYPE, with its text as the diagnosis' name; SMF_ERR_NO_ARENA. */
SMF_MUST_CHECK
enum smf_status smf_generic_type(struct making *making, const struct smf_type *type, struct type **resolved);
/* The same for one term of a need; `*at` goes to its end. */
SMF_MUST_CHECK
enum smf_status smf_generic_term(struct making *making, const struct frame *frame, const uint8_t **at,
                                 struct type **resolved);
/* Free types that no instance uses, from the newest on to the one that was there before. */
void smf_generic_forget_types(struct smf_instantiator *instantiator, const struct type *kept);
void smf_generic_free_type(struct smf_instantiator *instantiator, struct type *type);
static inline bool smf_generic_is_plain(const struct type *type) { return type->kind != SMF_DESCRIPTOR_OPAQUE; }
/* Operations of the machine's own types, as addresses: of this kind (SIGNED to POINTER) and size. */
void smf_generic_operations(uint8_t kind, unsigned size_log2, uintptr_t *operations);

/* Read a descriptor with pointers of this size into a type. False: it is none. */
bool smf_generic_describe(const struct smf_instantiator *instantiator, const struct smf_provided *found,
                          unsigned pointer_size, struct type *type);
/* The named operation; 0: it has none. */
uintptr_t smf_generic_operation(const struct smf_instantiator *instantiator, const struct type *type, const char *name,
                                size_t size);

/* ---- choose.c ---- */

/* Bounds, then the first unit that fits, or one that is compiled. */
SMF_MUST_CHECK
enum smf_status smf_generic_choose(struct making *making, struct frame *frame);

/* ---- bind.c ---- */

SMF_MUST_CHECK
enum smf_status smf_generic_bind(struct making *making, const struct frame *frame, struct bound *bound,
                                 struct hold_set *holds);
void smf_generic_say_symbol(struct smf_diagnosis *why, const struct frame *frame, unsigned symbol);
SMF_MUST_CHECK
enum smf_status smf_generic_hold(struct making *making, struct hold_set *holds, uint32_t module);

/* ---- code.c ---- */

/* Where everything lies. `bound` gets its slots and stubs. */
void smf_generic_plan(struct work *work, struct bound *bound);
/* For smf_mapper_code.fill. */
SMF_MUST_CHECK
enum smf_status smf_generic_fill(void *context, const struct smf_region *region);

/* ---- entering.c ---- */

enum { DIGITS = 11 }; /* of a number behind a name, with its # */

/* #12; where it ends. */
char *smf_generic_put_number(char *at, uint32_t number);
bool smf_generic_is_taken(const struct smf_instantiator *instantiator, const char *name);
/* Code and names in the mapper, or nothing. */
SMF_MUST_CHECK
enum smf_status smf_generic_enter_code(struct making *making, struct work *work, struct smf_made_instance *made);
/* One user fewer of the code; what is left of it is still somebody's. */
void smf_generic_leave_code(struct smf_instantiator *instantiator, struct smf_made_instance *made);
/* Where a function of an instance is, with its Thumb bit. */
uintptr_t smf_generic_function(const struct smf_made_instance *made, size_t index);

/* ---- instances.c ---- */

#define CALLERS_MAX (UINT32_MAX / 2) /* modules and instances that use it have room beside them */

SMF_MUST_CHECK
enum smf_status smf_generic_make(struct making *making, const struct frame *frame, struct smf_made_instance **made);
struct smf_made_instance *smf_generic_instance(const struct smf_instantiator *instantiator,
                                               const struct template *template, struct type *const *types,
                                               uint32_t hash);
uint32_t smf_generic_key(const struct template *template, struct type *const *types);
/* It goes: its names, its code, what it used. */
void smf_generic_unmake(struct smf_instantiator *instantiator, struct smf_made_instance *instance);
/* Unmake all that hold a module, and all that nobody uses. 0: only these. */
void smf_generic_sweep(struct smf_instantiator *instantiator, uint32_t module);
/* A caller uses it, or does not any more; there was one. At CALLERS_MAX it is counted no further, down neither: an instance
 * that is asked for on and on stays until a module of it goes. */
void smf_generic_hold_on(struct smf_made_instance *instance);
void smf_generic_let_go(struct smf_instantiator *instantiator, struct smf_made_instance *instance);
bool smf_generic_holds(const struct smf_made_instance *instance, uint32_t module);
void smf_generic_describe_instance(const struct smf_made_instance *instance, unsigned export_index,
                                   struct smf_instance *into);

/* ---- notes.c ---- */

/* The row of this symbol, whose hash is smf_hash_name()'s: the asker's own, else the first of a live module. */
struct use *smf_generic_use(const struct smf_instantiator *instantiator, uint32_t asker, const char *symbol,
                            uint32_t hash);
/* A use stands for this instance, of which its module becomes a user if it is `bound`; it stays with what it is bound to. */
void smf_generic_tie(struct use *use, struct smf_made_instance *instance, bool bound);
void smf_generic_untie(struct use *use);
void smf_generic_set_made(struct smf_instantiator *instantiator, struct use *use, bool made);

/* ---- instantiator.c ---- */

/* The instance for a use of a module, or for whoever asks (`use` NULL: a caller). */
SMF_MUST_CHECK
enum smf_status smf_generic_make_use(struct smf_instantiator *instantiator, uint32_t asker, const char *symbol,
                                     bool bound_module, struct smf_instance *instance, struct smf_diagnosis *why);

#endif
