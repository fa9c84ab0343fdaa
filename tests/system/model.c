/* SPDX-License-Identifier: MIT */
/* model.c - see model.h. */
#include "system/model.h"

#include <string.h>

void model_start(struct model *model, const struct world *world, bool allow_duplicates)
{
    memset(model, 0, sizeof *model);
    model->world = world;
    model->allow_duplicates = allow_duplicates;
    for (unsigned i = 0; i < WORLD_MODULES; i++)
        model->offered[i] = MODEL_NONE;
}

const struct world_file *model_file(const struct model *model, int version)
{
    return &model->world->files[model->versions[version].module][model->versions[version].file];
}

int model_room(const struct model *model)
{
    int room = 0;
    for (int i = 0; i < MODEL_VERSIONS; i++)
        room += model->versions[i].state == MODEL_FREE;
    return room;
}

/* ---- Who is who ---- */

static bool is_replaced(const struct model *model, int version)
{
    for (int i = 0; i < model->staged_count; i++)
        if (model->versions[model->staged[i]].older == version)
            return true;
    return false;
}

bool model_is_visible(const struct model *model, int version)
{
    const enum model_state state = model->versions[version].state;
    return state == MODEL_STAGED || (state == MODEL_LIVE && !is_replaced(model, version));
}

int model_live(const struct model *model, unsigned module)
{
    for (int i = 0; i < MODEL_VERSIONS; i++)
        if (model->versions[i].state == MODEL_LIVE && model->versions[i].module == module)
            return i;
    return MODEL_NONE;
}

int model_lookup(const struct model *model, unsigned name)
{
    int best = MODEL_NONE;
    bool best_weak = false;
    if (name == WORLD_HOST_FUNCTION || name == WORLD_HOST_DATA)
        return MODEL_HOST;
    for (int i = 0; i < MODEL_VERSIONS; i++) {
        const struct world_export *export =
            model_is_visible(model, i) ? world_export_of(model_file(model, i), name) : NULL;
        if (export == NULL)
            continue;
        const bool sooner = best != MODEL_NONE && model->versions[i].order < model->versions[best].order;
        if (best == MODEL_NONE || (best_weak && !export->weak) || (best_weak == export->weak && sooner)) {
            best = i;
            best_weak = export->weak;
        }
    }
    return best;
}

bool model_leads(const struct model *model, int from, int to)
{
    const struct model_version *version = &model->versions[from];
    const struct world_file *file = model_file(model, from);
    if (version->state == MODEL_FREE || model->versions[to].state == MODEL_FREE || from == to)
        return false;
    for (uint32_t i = 0; i < file->import_count; i++)
        if (version->bound[i] == to)
            return true;
    for (uint32_t i = 0; i < file->need_count; i++)
        if (version->needs[i] == to)
            return true;
    return version->pins[to];
}

int model_needs(const struct model *model, int version)
{
    int count = 0;
    for (int i = 0; i < MODEL_VERSIONS; i++)
        count += model_leads(model, version, i);
    return count;
}

int model_dependents(const struct model *model, int version)
{
    int count = 0;
    for (int i = 0; i < MODEL_VERSIONS; i++)
        count += model->versions[i].state != MODEL_RETIRED && model_leads(model, i, version);
    return count;
}

void model_close(const struct model *model, bool *set, bool back, enum model_state last)
{
    for (bool again = true; again;) {
        again = false;
        for (int i = 0; i < MODEL_VERSIONS; i++) {
            const enum model_state state = model->versions[i].state;
            if (set[i] || state == MODEL_FREE || state > last)
                continue;
            for (int j = 0; j < MODEL_VERSIONS && !set[i]; j++)
                set[i] = set[j] && (back ? model_leads(model, i, j) : model_leads(model, j, i));
            again = again || set[i];
        }
    }
}

/* ---- What functions return ---- */

static int worth(const struct model *model, const struct world_import *import, int provider)
{
    if (provider == MODEL_NONE)
        return 0;
    int value = import->name == WORLD_HOST_FUNCTION ? WORLD_HOST_RETURNS : WORLD_HOST_HOLDS;
    if (provider != MODEL_HOST)
        value = model_value(model, provider, import->name);
    int sum = 0;
    for (unsigned way = WORLD_BRANCH; way <= WORLD_CONSTANT_WORD; way <<= 1)
        if ((import->ways & way) != 0) /* words in data point at the second int */
            sum += value + (world_is_data(import->name) && way > WORLD_SLOT ? 1 : 0);
    return sum;
}

int model_value(const struct model *model, int version, unsigned name)
{
    const struct world_file *file = model_file(model, version);
    const struct world_export *export = world_export_of(file, name);
    if (export == NULL)
        return 0;
    int sum = export->value;
    for (uint32_t i = 0; world_is_sum(name) && i < file->import_count; i++)
        sum += worth(model, &file->imports[i], model->versions[version].bound[i]);
    return sum;
}

uint32_t model_collect(struct model *model)
{
    bool stays[MODEL_VERSIONS] = {false};
    uint32_t count = 0;
    for (int i = 0; i < MODEL_VERSIONS; i++) {
        const struct model_version *version = &model->versions[i];
        stays[i] = version->state == MODEL_LIVE || version->references != 0 ||
                   (version->state == MODEL_RETIRED && model->inside && model->entered_at < version->retired_at);
    }
    model_close(model, stays, false, MODEL_RETIRED);
    for (int i = 0; i < MODEL_VERSIONS; i++)
        if (model->versions[i].state == MODEL_RETIRED && !stays[i]) {
            model->versions[i].state = MODEL_FREE;
            count++;
            for (int j = 0; j < MODEL_VERSIONS; j++)
                model->versions[j].pins[i] = false;
        }
    model->released += count;
    return count;
}

void model_statistics(const struct model *model, struct smf_system_statistics *statistics)
{
    memset(statistics, 0, sizeof *statistics);
    for (int i = 0; i < MODEL_VERSIONS; i++) {
        const struct model_version *version = &model->versions[i];
        if (version->state == MODEL_FREE)
            continue;
        statistics->modules += version->state == MODEL_LIVE;
        statistics->retired += version->state == MODEL_RETIRED;
        statistics->references += version->references;
        statistics->bindings += (uint32_t)model_needs(model, i);
        if (version->state == MODEL_LIVE)
            statistics->exports += model_file(model, i)->export_count;
    }
    statistics->loads = model->loads;
    statistics->reloads = model->reloads;
    statistics->released = model->released;
    statistics->readers = 1;
}
