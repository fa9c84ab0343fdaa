/* SPDX-License-Identifier: MIT */
/*
 * model.h - what a system of modules has to do, said as simply as possible:
 * arrays, and loops over all of them. It is asked before each step, and answers with every status that
 * the step may have; after the step it is told whether it succeeded, and changes alike.
 */
#ifndef SMF_TESTS_MODEL_H
#define SMF_TESTS_MODEL_H

#include "smf/system.h"
#include "system/world.h"

enum { MODEL_VERSIONS = 3 * WORLD_MODULES + 24, MODEL_NONE = -1, MODEL_HOST = -2 };

enum model_state { MODEL_FREE, MODEL_STAGED, MODEL_LIVE, MODEL_RETIRED };

struct model_version {
    enum model_state state;
    uint16_t module, file;
    bool started;
    uint32_t handle;
    uint32_t order; /* of loading; a newer version has the older one's */
    uint32_t loads;
    uint32_t references;
    uint32_t retired_at;       /* the reader's clock */
    int older;                 /* staged: the version that it replaces */
    int bound[WORLD_IMPORTS];  /* version, MODEL_HOST or MODEL_NONE */
    int needs[WORLD_NEEDS];    /* version */
    bool pins[MODEL_VERSIONS]; /* older versions whose functions it may have addresses of */
};

struct model {
    const struct world *world;
    bool allow_duplicates;
    int offered[WORLD_MODULES]; /* the file that config.open supplies, or MODEL_NONE */
    struct model_version versions[MODEL_VERSIONS];
    uint32_t last_order, clock;
    bool inside; /* the reader */
    uint32_t entered_at;
    int staged[MODEL_VERSIONS]; /* in the order in which they were met */
    int staged_count;
    int roots;        /* of these, how many the caller named */
    uint64_t reasons; /* why the step that is planned may fail: bit -status */
    uint32_t released, loads, reloads;
};

void model_start(struct model *model, const struct world *world, bool allow_duplicates);

/* Slots that are free: a step that could take more is not planned. */
int model_room(const struct model *model);

/*
 * Plan a step. model->reasons is 0 if it has to succeed, else each status that it may have is a bit.
 * model_commit() makes it happen, model_forget() not.
 */
struct model_item {
    unsigned module, file;
};
void model_plan_load(struct model *model, const struct model_item *items, int count, bool start);
void model_plan_reload(struct model *model, int old, unsigned file, uint32_t flags);
void model_plan_unload(struct model *model, int version, bool dependents);
void model_plan_start(struct model *model, int version);
bool model_allows(const struct model *model, enum smf_status status);
void model_forget(struct model *model);

/* The planned versions became live. With `start`, whatever they need is started. */
void model_commit_load(struct model *model, bool start);
void model_commit_reload(struct model *model, int old);
void model_commit_unload(struct model *model, int version);
void model_commit_start(struct model *model, int version);

/* Release what can be; how many. */
uint32_t model_collect(struct model *model);

/* Questions. */
int model_live(const struct model *model, unsigned module); /* or MODEL_NONE */
int model_lookup(const struct model *model, unsigned name); /* version, MODEL_HOST or MODEL_NONE */
/* Found by names now, or will be when what is planned has happened. */
bool model_is_visible(const struct model *model, int version);
bool model_leads(const struct model *model, int from, int to); /* is bound to it, or needs it */
/* Add to `set` whatever one in it leads to, or (`back`) whatever leads to one in it, of those in states up to `last`. */
void model_close(const struct model *model, bool *set, bool back, enum model_state last);
int model_needs(const struct model *model, int version);      /* how many */
int model_dependents(const struct model *model, int version); /* how many that are not retired */
int model_value(const struct model *model, int version,
                unsigned name); /* what the function returns; of data, the first int */
const struct world_file *model_file(const struct model *model, int version);
void model_statistics(const struct model *model, struct smf_system_statistics *statistics); /* fields that it knows */

#endif
