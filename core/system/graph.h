/* SPDX-License-Identifier: MIT */
/*
 * system/graph.h - private to core/system: versions, what binds them to each
 * other, and who does what with them.
 *
 * NOTICE: everything here runs under the system's lock, but for readers and
 * smf_system_symbolize(). Nothing recurses: walks through the graph keep their way in the
 * versions themselves.
 */
#ifndef SMF_SYSTEM_GRAPH_H
#define SMF_SYSTEM_GRAPH_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/fail.h"
#include "load/steps.h"
#include "smf/system.h"

/* One export in the index: links of one bucket. Name and address stand here, too: a lookup among many modules takes as
 * long as it touches memory that no cache has, and does not go through the module and its file for them. */
struct smf_entry {
    struct smf_entry *next;
    const char *name; /* ends with a NUL, if the source still is what it was */
    uintptr_t address;
    uint32_t hash;
    uint32_t number; /* of the export in its module, with ENTRY_... added */
};

/* All exports of a version: its second block, whose size only its file tells; a newer version may take it over. */
struct smf_entries {
    struct smf_version *version;
    const char *names_end; /* no name reaches past it, whatever has become of the source */
    struct smf_entry entry[];
};
#define ENTRY_WEAK 0x80000000u
#define ENTRY_HIDDEN 0x40000000u /* one of smf/module.h, or a template: in no bucket */
#define ENTRY_DATA 0x20000000u   /* else a function */
#define ENTRY_NUMBER 0x1FFFFFFFu

/* Memory of a .keep section; shared by the versions of one module that agree on it. */
struct smf_keep {
    char name[20]; /* of the section, NUL added */
    uint32_t users;
    uint32_t state_version;
    size_t size, alignment;
    struct smf_region region;
};

/* A place of the importer that leads to an export of the provider. */
struct smf_place {
    enum smf_reference_form form; /* SLOT, WORD, or FIXED: kept data */
    uint32_t token;               /* number of the export */
    uint32_t next_token;          /* the same in the version that is to come */
    uint32_t region;
    size_t offset;
    ptrdiff_t addend;
    uintptr_t before, after; /* addresses of the definition, while a swap is under way */
};

enum { PLACES = 8 };
struct smf_places {
    struct smf_places *next;
    uint32_t count;
    struct smf_place place[PLACES];
};

/* What one version has of another: that it needs it, and how it is bound to it. */
struct smf_edge {
    struct smf_version *importer, *provider;
    struct smf_edge *next_need;                      /* of the importer */
    struct smf_edge *next_dependent, **dependent_at; /* of the provider; what points to this one */
    struct smf_places *places;                       /* newest first, the first one has room or is NULL */
    struct smf_edge *spare;                          /* while a swap is under way: will pin the older version */
    uint32_t open_regions;                           /* ... the importer's regions that it made writable       */
    bool fixed;  /* the importer holds an address of this version, and will for ever */
    bool copied; /* its code may have copied such addresses out of slots; from the next version's, too */
};

enum { VERSION_STAGED, VERSION_LIVE, VERSION_RETIRED };

/* One version. */
struct smf_version {
    struct smf_version *next, *previous; /* in its list: live, retired or staged */
    struct smf_version *next_number, *next_name;
    struct smf_version *walk_next, *walk_up; /* while a walk is under way */
    struct smf_edge *walk_at;
    struct smf_version *older; /* staged: the live one that it will replace; NULL */
    struct smf_version *newer; /* ... and the other way round */
    struct smf_edge *needs, *dependents;
    struct smf_edge *latest; /* the edge of the importer that bound to this version last */
    struct smf_module *module;
    struct load *load; /* staged: its load, not ended */
    struct smf_keep *keeps[SMF_KEEP_MAX];
    struct smf_source source;
    uint64_t load_time;
    uint64_t interface; /* of its exports; 0: not known yet */
    const char *name;
    char *own_name;  /* the block that it stands in, or NULL: it is the caller's until the file has been described */
    uintptr_t epoch; /* retired: readers that came in before may be inside */
    uint32_t number;
    uint32_t order; /* in which modules of this name were met: goes to newer versions */
    uint32_t loads; /* 1: the first of its name */
    uint32_t name_hash;
    uint32_t references;
    uint32_t state_version;
    uint32_t depth;  /* of needs, staged only */
    uint32_t mark;   /* of the last walk that met it */
    uint32_t linked; /* entries, the first, that are in the index */
    uint32_t abi;
    int refusal; /* what its smf_module_on_start said; not 0: it never starts */
    uint8_t state;
    bool started, reloadable;
    bool opened; /* config.close has not been told of its source */
    bool given;  /* staged: the source is the caller's, and stays so if this fails */
    bool fresh;  /* staged: takes over nothing */
    bool failed; /* staged: SMF_EVENT_FAILED has been told */
    bool shares; /* staged: the entries of the older version are its own, too */
    bool added;  /* config.generics has been told of it, and not yet that it goes */
    bool stays;  /* while collecting */
    struct smf_entries *entries;
};

static inline void smf_system_lock(const struct smf_system *system)
{
    const struct smf_port *port = system->config.load.port;
    if (port->lock != NULL)
        port->lock(port->context);
}

static inline void smf_system_unlock(const struct smf_system *system)
{
    const struct smf_port *port = system->config.load.port;
    if (port->unlock != NULL)
        port->unlock(port->context);
}

/* A block of the system's arena, or NULL; and back. */
static inline void *smf_system_take(struct smf_system *system, size_t size)
{
    return smf_arena_take(smf_load_arena(&system->loader), size);
}
static inline void smf_system_give(struct smf_system *system, void *block)
{
    smf_arena_give(smf_load_arena(&system->loader), block);
}

/* versions.c: lists and tables of versions. */
struct smf_version *smf_version_of(const struct smf_system *system, struct smf_handle handle); /* or NULL */
struct smf_version *smf_version_named(const struct smf_system *system, const char *name);      /* live, or NULL */
struct smf_version *smf_version_staged(const struct smf_system *system, const char *name);
void smf_version_append(struct smf_version **first, struct smf_version **last, struct smf_version *version);
void smf_version_remove(struct smf_version **first, struct smf_version **last, struct smf_version *version);
void smf_version_add_number(struct smf_system *system, struct smf_version *version);
void smf_version_drop_number(struct smf_system *system, struct smf_version *version);
void smf_version_add_name(struct smf_system *system, struct smf_version *version);
void smf_version_drop_name(struct smf_system *system, struct smf_version *version);
bool smf_version_is_same(const char *left, const char *right);
void smf_version_tell(struct smf_system *system, enum smf_event event, struct smf_version *version);

/* names.c: the index of exports. */
struct smf_name {
    const char *text;
    size_t size; /* with its NUL */
    uint32_t hash;
};
struct smf_offered {
    struct smf_version *version;
    uint32_t number;
    uintptr_t address;
    enum smf_kind kind;
};
struct smf_name smf_name_ask(const char *text);
/* What a name means, with what is on its way taken for live: for loads, and for nobody else. */
bool smf_name_find_next(const struct smf_system *system, const struct smf_name *name, struct smf_offered *offered);
bool smf_name_find(const struct smf_system *system, const struct smf_name *name, struct smf_offered *offered);
/* In one version only. */
bool smf_name_find_in(const struct smf_system *system, const struct smf_version *version, const struct smf_name *name,
                      struct smf_offered *offered);
/* The name and address of an export that is known by number. */
bool smf_name_of(const struct smf_version *version, uint32_t number, struct smf_name *name,
                 struct smf_offered *offered);
SMF_MUST_CHECK enum smf_status smf_name_link(struct smf_system *system, struct smf_version *version,
                                             struct smf_diagnosis *why);
void smf_name_unlink(struct smf_system *system, struct smf_version *version);
/* The newer version takes the older one's place in the index. */
void smf_name_hand_over(struct smf_system *system, struct smf_version *older, struct smf_version *newer);
/* A function of smf/module.h that the version exports; 0 = it does not. */
uintptr_t smf_name_hook(const struct smf_version *version, const char *name);

/* edges.c: who needs whom, and where. */
SMF_MUST_CHECK enum smf_status smf_edge_need(struct smf_system *system, struct smf_version *importer,
                                             struct smf_version *provider, struct smf_edge **edge);
SMF_MUST_CHECK enum smf_status smf_edge_refer(void *context, const struct smf_reference *reference);
void smf_edge_drop_all(struct smf_system *system, struct smf_version *importer);
void smf_edge_attach(struct smf_edge *edge, struct smf_version *provider);
void smf_edge_detach(struct smf_edge *edge);
uint32_t smf_edge_count_needs(const struct smf_version *version);
uint32_t smf_edge_count_dependents(const struct smf_version *version); /* those who are not retired */

/* resolve.c: config.resolve of the loader; and what the host's tables and the application say. */
SMF_MUST_CHECK enum smf_status smf_resolve_import(void *context, const struct smf_binding_request *request,
                                                  struct smf_binding_answer *answer);
bool smf_resolve_host(const struct smf_system *system, const struct smf_binding_request *request,
                      struct smf_binding_answer *answer);
SMF_MUST_CHECK enum smf_status smf_resolve_application(const struct smf_system *system,
                                                       const struct smf_binding_request *request,
                                                       struct smf_binding_answer *answer);

/* generics.c: reached through config.generics only. */
struct smf_system_generics_rules {
    void (*start)(struct smf_system *system, struct smf_config *load); /* of a system: what its loader is told */
};

/* What was made belongs to its template, the first that it holds. */
static inline void smf_generic_say(const struct smf_system_made *made, struct smf_resolved *resolved)
{
    resolved->address = made->address;
    resolved->kind = SMF_KIND_FUNCTION;
    resolved->handle.number = made->hold_count != 0 ? made->holds[0].number : 0;
}

/* makers.c: config.generics is told of a version that has been placed, that no name finds any more, whose memory goes. */
SMF_MUST_CHECK enum smf_status smf_maker_add(struct smf_system *system, struct smf_version *version,
                                             struct smf_diagnosis *why);
void smf_maker_retire(const struct smf_system *system, const struct smf_version *version);
void smf_maker_remove(const struct smf_system *system, struct smf_version *version);

/* keep.c: .keep sections. */
SMF_MUST_CHECK enum smf_status smf_keep_place(void *context, const struct smf_keep_request *request,
                                              struct smf_region *region, bool *kept);
void smf_keep_drop_all(struct smf_system *system, struct smf_version *version);
bool smf_keep_holds(const struct smf_version *version, uintptr_t address);

/* stage.c: versions on their way. What fails is undone by smf_stage_cancel(), whatever it was. */
struct smf_work; /* what a group needs while it is on its way, and is too large for stacks */
struct smf_staging {
    uint32_t depth;            /* of needs that led to it */
    struct smf_version *older; /* that it will replace; NULL */
    bool fresh;                /* ... taking over nothing */
};
SMF_MUST_CHECK enum smf_status smf_stage_add(struct smf_system *system, const struct smf_system_item *item,
                                             const struct smf_staging *stage, struct smf_diagnosis *why);
/* The next need of what is staged that is not there, as an item to add: `item->name` is NULL when all are. */
SMF_MUST_CHECK enum smf_status smf_stage_missing(struct smf_system *system, struct smf_system_item *item,
                                                 struct smf_staging *staging, struct smf_diagnosis *why);
/* Bind all. */
SMF_MUST_CHECK enum smf_status smf_stage_complete(struct smf_system *system, struct smf_diagnosis *why);
/* Start what is not started, among what `root` leads to. */
SMF_MUST_CHECK enum smf_status smf_stage_start(struct smf_system *system, struct smf_version *root,
                                               struct smf_diagnosis *why);
SMF_MUST_CHECK enum smf_status smf_stage_begin(struct smf_system *system, struct smf_diagnosis *why);
void smf_stage_commit(struct smf_system *system);
void smf_stage_cancel(struct smf_system *system);
void smf_stage_close(struct smf_system *system, struct smf_version *version);

/* start.c: running modules' own code. */
SMF_MUST_CHECK enum smf_status smf_start_version(struct smf_system *system, struct smf_version *version,
                                                 struct smf_diagnosis *why);
void smf_stop_version(struct smf_system *system, struct smf_version *version);
const void *smf_call_give(const struct smf_version *version, uintptr_t function, size_t *size);
int smf_call_take(const struct smf_version *version, uintptr_t function, const void *state, size_t size,
                  uint32_t state_version);

/* walk.c: ways through the graph. A walk collects versions, each after all that it leads to; those of one circle in the
 * order in which they were met. */
struct smf_walk {
    struct smf_version *first, *last;                 /* linked by walk_next */
    bool dependents;                                  /* leads to dependents, else to what is needed */
    bool (*wants)(const struct smf_version *version); /* NULL: every version */
};
void smf_walk_begin(struct smf_system *system, struct smf_walk *walk);
void smf_walk_from(struct smf_system *system, struct smf_walk *walk, struct smf_version *version);

/* reload.c */
SMF_MUST_CHECK enum smf_status smf_reload_live(struct smf_system *system, struct smf_version *older,
                                               const struct smf_source *source, bool start, struct smf_handle *newer,
                                               struct smf_diagnosis *why);

/* swap.c: the three phases. */
SMF_MUST_CHECK enum smf_status smf_swap_prepare(struct smf_system *system, struct smf_version *older,
                                                struct smf_version *newer, struct smf_diagnosis *why);
SMF_MUST_CHECK enum smf_status smf_swap(struct smf_system *system, struct smf_version *older, struct smf_version *newer,
                                        struct smf_diagnosis *why);
void smf_swap_cancel(struct smf_system *system, struct smf_version *older);

/* collect.c: retiring and releasing. */
void smf_retire(struct smf_system *system, struct smf_version *version);
uint32_t smf_collect(struct smf_system *system);
bool smf_readers_inside(const struct smf_system *system, uintptr_t epoch); /* one that came in before `epoch` */
bool smf_readers_since(const struct smf_system *system, uintptr_t epoch);  /* one has come in since */
uintptr_t smf_readers_turn(struct smf_system *system);                     /* the next epoch begins */

#endif
