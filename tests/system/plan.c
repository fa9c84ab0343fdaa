/* SPDX-License-Identifier: MIT */
/* plan.c - what a step of the model may answer, and what it does when it succeeds; see model.h. */
#include "system/model.h"

#include <string.h>

#include "harness/tap.h"

static uint64_t bit_of(enum smf_status status) { return UINT64_C(1) << -(int)status; }
static void blame(struct model *model, enum smf_status status) { model->reasons |= bit_of(status); }

bool model_allows(const struct model *model, enum smf_status status)
{
    return status == SMF_OK ? model->reasons == 0 : (model->reasons & bit_of(status)) != 0;
}

static int visible(const struct model *model, unsigned module)
{
    for (int i = 0; i < MODEL_VERSIONS; i++)
        if (model_is_visible(model, i) && model->versions[i].module == module)
            return i;
    return MODEL_NONE;
}

/* ---- Planning ---- */

static int stage(struct model *model, unsigned module, unsigned file, int older)
{
    int slot = 0;
    while (slot < MODEL_VERSIONS && model->versions[slot].state != MODEL_FREE)
        slot++;
    CHECK(slot < MODEL_VERSIONS);
    struct model_version *version = &model->versions[slot];
    memset(version, 0, sizeof *version);
    version->state = MODEL_STAGED;
    version->module = (uint16_t)module;
    version->file = (uint16_t)file;
    version->older = older;
    version->order = older != MODEL_NONE ? model->versions[older].order : ++model->last_order;
    version->loads = older != MODEL_NONE ? model->versions[older].loads + 1 : 1;
    for (unsigned i = 0; i < WORLD_IMPORTS; i++)
        version->bound[i] = MODEL_NONE;
    for (unsigned i = 0; i < WORLD_NEEDS; i++)
        version->needs[i] = MODEL_NONE;
    model->staged[model->staged_count++] = slot;
    return slot;
}

static void begin(struct model *model)
{
    model->staged_count = 0;
    model->reasons = 0;
}

void model_forget(struct model *model)
{
    for (int i = 0; i < model->staged_count; i++)
        model->versions[model->staged[i]].state = MODEL_FREE;
    begin(model);
}

/* What the staged ones need joins them, and so on. */
static void pull(struct model *model)
{
    for (int i = 0; i < model->staged_count; i++) {
        const int importer = model->staged[i];
        const struct world_file *file = model_file(model, importer);
        if (file->interface != 0 && file->interface != WORLD_INTERFACE)
            blame(model, SMF_ERR_INTERFACE);
        for (uint32_t need = 0; need < file->need_count; need++) {
            const unsigned module = file->needs[need];
            int provider = visible(model, module);
            if (provider == MODEL_NONE && model->offered[module] != MODEL_NONE)
                provider = stage(model, module, (unsigned)model->offered[module], MODEL_NONE);
            if (provider == MODEL_NONE)
                blame(model, SMF_ERR_NOT_FOUND);
            model->versions[importer].needs[need] = provider;
        }
    }
}

static void refuse_duplicates(struct model *model, int version)
{
    const struct world_file *file = model_file(model, version);
    for (uint32_t i = 0; i < file->export_count; i++) {
        const unsigned name = file->exports[i].name;
        if (file->exports[i].weak)
            continue;
        if (name >= WORLD_HOST_FUNCTION)
            blame(model, SMF_ERR_DUPLICATE);
        for (int other = 0; other < MODEL_VERSIONS; other++) {
            const struct world_export *export = other != version && model_is_visible(model, other)
                                                    ? world_export_of(model_file(model, other), name)
                                                    : NULL;
            if (export != NULL && !export->weak)
                blame(model, SMF_ERR_DUPLICATE);
        }
    }
}

static void bind(struct model *model, int version)
{
    const struct world_file *file = model_file(model, version);
    for (uint32_t i = 0; i < file->import_count; i++) {
        const int provider = model_lookup(model, file->imports[i].name);
        if (provider == MODEL_NONE && !file->imports[i].weak)
            blame(model, SMF_ERR_UNRESOLVED);
        model->versions[version].bound[i] = provider;
    }
}

/* All that will be started with those in `set`: `set` itself afterwards. What has started is no way to others: in a
 * circle of which one refused, the rest may have. */
static void starts(const struct model *model, bool *set)
{
    for (int i = 0; i < MODEL_VERSIONS; i++)
        set[i] = set[i] && !model->versions[i].started;
    for (bool again = true; again;) {
        again = false;
        for (int i = 0; i < MODEL_VERSIONS; i++) {
            const struct model_version *version = &model->versions[i];
            if (set[i] || version->started || (version->state != MODEL_STAGED && version->state != MODEL_LIVE))
                continue;
            for (int j = 0; j < MODEL_VERSIONS && !set[i]; j++)
                set[i] = set[j] && model_leads(model, j, i);
            again = again || set[i];
        }
    }
}

static void refuse_start(struct model *model, bool *set)
{
    starts(model, set);
    for (int i = 0; i < MODEL_VERSIONS; i++)
        if (set[i] && model_file(model, i)->refuses)
            blame(model, SMF_ERR_START);
}

static void complete(struct model *model, bool start)
{
    bool set[MODEL_VERSIONS] = {false};
    pull(model);
    for (int i = 0; i < model->staged_count; i++) {
        if (!model->allow_duplicates)
            refuse_duplicates(model, model->staged[i]);
        bind(model, model->staged[i]);
        set[model->staged[i]] = true;
    }
    if (start)
        refuse_start(model, set);
}

void model_plan_load(struct model *model, const struct model_item *items, int count, bool start)
{
    begin(model);
    for (int i = 0; i < count; i++)
        if (visible(model, items[i].module) != MODEL_NONE)
            blame(model, SMF_ERR_LOADED);
        else
            stage(model, items[i].module, items[i].file, MODEL_NONE);
    model->roots = model->staged_count;
    complete(model, start);
}

/* Everybody who uses the older one must find what he uses in the newer one. */
static void refuse_loss(struct model *model, int old, int newer)
{
    for (int i = 0; i < MODEL_VERSIONS; i++) {
        if (!model_leads(model, i, old))
            continue;
        const struct world_file *file = model_file(model, i);
        for (uint32_t import = 0; import < file->import_count; import++)
            if (model->versions[i].bound[import] == old &&
                world_export_of(model_file(model, newer), file->imports[import].name) == NULL)
                blame(model, SMF_ERR_UNRESOLVED);
    }
}

static bool is_bound_to(const struct model *model, int from, int to)
{
    if (model->versions[from].state == MODEL_FREE)
        return false;
    for (uint32_t i = 0; i < model_file(model, from)->import_count; i++)
        if (model->versions[from].bound[i] == to)
            return true;
    return false;
}

void model_plan_reload(struct model *model, int old, unsigned file, uint32_t flags)
{
    begin(model);
    const unsigned module = model->versions[old].module;
    const bool marked = model->world->reloadable[module];
    if (!marked && (flags & SMF_RELOAD_UNMARKED) == 0)
        blame(model, SMF_ERR_UNSUPPORTED);
    for (int i = 0; !marked && i < MODEL_VERSIONS; i++)
        if (is_bound_to(model, i, old))
            blame(model, SMF_ERR_BUSY);
    if ((flags & SMF_RELOAD_QUIET) != 0 && model->inside)
        blame(model, SMF_ERR_BUSY);
    const int newer = stage(model, module, file, old);
    model->roots = 1;
    complete(model, false);
    refuse_loss(model, old, newer);
    if (model->versions[old].started) {
        bool set[MODEL_VERSIONS] = {false};
        set[newer] = true;
        refuse_start(model, set);
    }
}

void model_plan_unload(struct model *model, int version, bool dependents)
{
    begin(model);
    if (!dependents && model_dependents(model, version) != 0)
        blame(model, SMF_ERR_BUSY);
}

void model_plan_start(struct model *model, int version)
{
    bool set[MODEL_VERSIONS] = {false};
    begin(model);
    set[version] = true;
    refuse_start(model, set);
}

/* ---- What happens then ---- */

static void start_all(struct model *model, bool *set)
{
    starts(model, set);
    for (int i = 0; i < MODEL_VERSIONS; i++)
        if (set[i])
            model->versions[i].started = true;
}

static void make_live(struct model *model)
{
    for (int i = 0; i < model->staged_count; i++) {
        model->versions[model->staged[i]].state = MODEL_LIVE;
        model->versions[model->staged[i]].older = MODEL_NONE;
        model->loads++;
    }
}

static void retire(struct model *model, int version)
{
    model->versions[version].state = MODEL_RETIRED;
    model->versions[version].retired_at = ++model->clock;
}

void model_commit_load(struct model *model, bool start)
{
    bool set[MODEL_VERSIONS] = {false};
    for (int i = 0; i < model->staged_count; i++)
        set[model->staged[i]] = true;
    if (start)
        start_all(model, set);
    make_live(model);
    begin(model);
}

/* Who led to the older one leads to the newer one; code that took a function's address may keep that. */
static void swap(struct model *model, int old, int newer)
{
    for (int i = 0; i < MODEL_VERSIONS; i++) {
        struct model_version *importer = &model->versions[i];
        const struct world_file *file = model_file(model, i);
        if (importer->state == MODEL_FREE)
            continue;
        for (uint32_t import = 0; import < file->import_count; import++)
            if (importer->bound[import] == old) {
                importer->bound[import] = newer;
                importer->pins[old] = importer->pins[old] || file->imports[import].bare;
            }
        for (uint32_t need = 0; need < file->need_count; need++)
            if (importer->needs[need] == old)
                importer->needs[need] = newer;
    }
}

void model_commit_reload(struct model *model, int old)
{
    const int newer = model->staged[0];
    if (model->versions[old].started) {
        bool set[MODEL_VERSIONS] = {false};
        set[newer] = true;
        start_all(model, set);
    }
    make_live(model);
    swap(model, old, newer);
    retire(model, old);
    model->reloads++;
    begin(model);
    model_collect(model);
}

void model_commit_unload(struct model *model, int version)
{
    bool set[MODEL_VERSIONS] = {false};
    set[version] = true;
    model_close(model, set, true, MODEL_LIVE);
    for (int i = 0; i < MODEL_VERSIONS; i++)
        if (set[i])
            retire(model, i);
    begin(model);
    model_collect(model);
}

void model_commit_start(struct model *model, int version)
{
    bool set[MODEL_VERSIONS] = {false};
    set[version] = true;
    start_all(model, set);
}
