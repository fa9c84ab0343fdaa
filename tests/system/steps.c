/* SPDX-License-Identifier: MIT */
/* steps.c - the steps that are drawn: asked of the model first, then of the system; see soak.h. */
#include "system/soak.h"

#include <string.h>

/* One seed alone says what it does. */
static void tell(const char *what, int version, enum smf_status status)
{
    const struct model_version *of = &soak.model.versions[version];
    if (soak.told)
        tap_note("%u: %s %s, file %u, version %u, with %d others: %s", soak.step_number, what, world_module(of->module),
                 of->file, of->handle, soak.model.staged_count, smf_status_name(status));
}

static void judge(int version, enum smf_status status)
{
    tell(soak_steps[soak.step], version, status);
    const bool full = soak.port_is_full && status == SMF_ERR_NO_MEMORY;
    soak.port_is_full = false;
    EXPECT(full || model_allows(&soak.model, status), "%s: %s is not what the model says (0x%llx)",
           soak_steps[soak.step], smf_status_name(status), (unsigned long long)soak.model.reasons);
    soak.seen[-(int)status & 63]++;
    (status == SMF_OK ? soak.done : soak.refused)[soak.step]++;
}

/* After a refused start some of those that were there already may have been started. */
static void adopt_started(void)
{
    for (int i = 0; i < MODEL_VERSIONS; i++)
        if (soak.model.versions[i].state == MODEL_LIVE) {
            EXPECT(soak.started[i] != NULL || !soak.model.versions[i].started, "%s was stopped",
                   world_module(soak.model.versions[i].module));
            soak.model.versions[i].started = soak.started[i] != NULL;
        }
}

static void give_up(enum smf_status status)
{
    EXPECT(soak.why.status == status, "the diagnosis says %s", smf_status_name(soak.why.status));
    for (int i = 0; i < soak.model.staged_count; i++)
        EXPECT(soak.started[soak.model.staged[i]] == NULL, "started stayed what was not loaded");
    model_forget(&soak.model);
    if (status == SMF_ERR_START)
        adopt_started();
}

static void learn_handles(void)
{
    uint32_t newest = soak.newest_handle;
    for (int i = 0; i < soak.model.staged_count; i++) {
        struct model_version *version = &soak.model.versions[soak.model.staged[i]];
        struct smf_handle handle = {0};
        EXPECT(smf_system_find(&soak.system, world_module(version->module), &handle) == SMF_OK, "%s is not there",
               world_module(version->module));
        EXPECT(handle.number > soak.newest_handle, "handle %u was there before", handle.number);
        version->handle = handle.number;
        newest = handle.number > newest ? handle.number : newest;
    }
    soak.newest_handle = newest;
}

static struct smf_source source_of(unsigned module, unsigned file)
{
    const struct world_file *from = &soak.world.files[module][file];
    return smf_source_memory(from->bytes, from->size, draw(2) == 0 ? SMF_STAYS_FOR_LOAD : SMF_STAYS_FOR_MODULE);
}

static void reload_one(int old, unsigned file, uint32_t flags, bool by_load)
{
    const unsigned module = soak.model.versions[old].module;
    const struct smf_source source = source_of(module, file);
    const struct smf_system_item item = {world_module(module), &source};
    struct smf_handle newer = {0};
    model_plan_reload(&soak.model, old, file, flags);
    const enum smf_status status =
        by_load ? smf_system_load(&soak.system, &item, 0, &newer, &soak.why)
                : smf_system_reload(&soak.system, handle_of(old), &source, flags, &newer, &soak.why);
    judge(old, status);
    if (soak.wrong || status != SMF_OK) {
        give_up(status);
        return;
    }
    const int version = soak.model.staged[0];
    learn_handles();
    EXPECT(newer.number == soak.model.versions[version].handle, "the new version is %u, and %u by name", newer.number,
           soak.model.versions[version].handle);
    model_commit_reload(&soak.model, old);
}

static void load_group(const struct model_item *items, int count)
{
    static struct smf_source sources[MOST_ITEMS];
    static struct smf_system_item named[MOST_ITEMS];
    static struct smf_handle handles[MOST_ITEMS];
    const bool start = draw(2) == 0;
    for (int i = 0; i < count; i++) {
        sources[i] = source_of(items[i].module, items[i].file);
        named[i].name = draw(2) == 0 ? NULL : world_module(items[i].module); /* the file has the same */
        named[i].source = &sources[i];
    }
    model_plan_load(&soak.model, items, count, start);
    const uint32_t flags = start ? SMF_LOAD_START : 0;
    const enum smf_status status =
        count == 1 ? smf_system_load(&soak.system, named, flags, handles, &soak.why)
                   : smf_system_load_all(&soak.system, named, (size_t)count, flags, handles, &soak.why);
    judge(soak.model.staged_count != 0 ? soak.model.staged[0] : 0, status);
    if (soak.wrong || status != SMF_OK) {
        give_up(status);
        return;
    }
    learn_handles();
    for (int i = 0; i < count; i++)
        EXPECT(handles[i].number == soak.model.versions[soak.model.staged[i]].handle, "item %d has handle %u", i,
               handles[i].number);
    model_commit_load(&soak.model, start);
}

/* Files that would spoil a whole group are drawn seldom. */
static unsigned draw_file(unsigned module)
{
    unsigned file = draw(WORLD_VERSIONS);
    for (unsigned i = 0; i < WORLD_VERSIONS && draw(16) != 0; i++, file = (file + 1) % WORLD_VERSIONS)
        if (world_is_easy(&soak.world.files[module][file]))
            break;
    return file;
}

static bool is_there(const struct model_item *items, int count, unsigned module)
{
    for (int i = 0; i < count; i++)
        if (items[i].module == module)
            return true;
    return model_live(&soak.model, module) != MODEL_NONE;
}

/* Whatever the group cannot do without joins it. */
static int complete_group(struct model_item *items, int count)
{
    for (int i = 0; i < count; i++) {
        const struct world_file *file = &soak.world.files[items[i].module][items[i].file];
        for (uint32_t import = 0; import < file->import_count; import++) {
            const unsigned name = file->imports[import].name, module = name / 3;
            if (!file->imports[import].weak && name < WORLD_SHARED_FIRST && !is_there(items, count, module))
                items[count++] = (struct model_item){module, 0}; /* which has every export */
        }
        for (uint32_t need = 0; need < file->need_count; need++)
            if (!is_there(items, count, file->needs[need]) && draw(2) == 0)
                items[count++] = (struct model_item){file->needs[need], draw_file(file->needs[need])};
    }
    return count;
}

static void step_load(int most)
{
    struct model_item items[MOST_ITEMS];
    const int wanted = most == 1 ? 1 : 2 + (int)draw((uint32_t)most - 1);
    int count = 0;
    for (int i = 0; i < wanted; i++) {
        const unsigned module = draw(WORLD_MODULES);
        if (most == 1 || !is_there(items, count, module) || (count != 0 && items[0].module != module && draw(32) == 0))
            items[count++] = (struct model_item){module, draw_file(module)};
    }
    if (most > 1 && draw(8) != 0)
        count = complete_group(items, count);
    const int live = count != 0 ? model_live(&soak.model, items[0].module) : MODEL_NONE;
    if (soak.hot && count == 1 && live != MODEL_NONE)
        reload_one(live, items[0].file, 0, true);
    else if (count != 0)
        load_group(items, count);
}

/* A version in one of two states, or MODEL_NONE. */
static int pick(enum model_state one, enum model_state other)
{
    const int from = (int)draw(MODEL_VERSIONS);
    for (int i = 0; i < MODEL_VERSIONS; i++) {
        const int version = (from + i) % MODEL_VERSIONS;
        if (soak.model.versions[version].state == one || soak.model.versions[version].state == other)
            return version;
    }
    return MODEL_NONE;
}

static void step_reload(void)
{
    static const uint32_t flags[] = {0, SMF_RELOAD_QUIET, SMF_RELOAD_UNMARKED, SMF_RELOAD_FRESH};
    const int old = pick(MODEL_LIVE, MODEL_LIVE);
    if (old != MODEL_NONE)
        reload_one(old, draw_file(soak.model.versions[old].module), flags[draw(4)], false);
}

static void note_stale(uint32_t handle) { soak.stale[soak.stale_count++ % STALE_HANDLES] = handle; }

static void step_unload(bool dependents)
{
    const int version = pick(MODEL_LIVE, MODEL_LIVE);
    if (version == MODEL_NONE)
        return;
    const int waiting = model_dependents(&soak.model, version);
    const uint32_t handle = handle_of(version).number;
    model_plan_unload(&soak.model, version, dependents);
    const enum smf_status status =
        smf_system_unload(&soak.system, handle_of(version), dependents ? SMF_UNLOAD_DEPENDENTS : 0, &soak.why);
    judge(version, status);
    if (status == SMF_ERR_BUSY)
        EXPECT((int)soak.why.value == waiting, "%d dependents, and the diagnosis says %u", waiting,
               (unsigned)soak.why.value);
    if (status != SMF_OK || soak.wrong)
        return;
    model_commit_unload(&soak.model, version);
    if (soak.model.versions[version].state == MODEL_FREE)
        note_stale(handle);
}

static void step_start(void)
{
    const int version = pick(MODEL_LIVE, MODEL_LIVE);
    if (version == MODEL_NONE)
        return;
    model_plan_start(&soak.model, version);
    const enum smf_status status = smf_system_start_module(&soak.system, handle_of(version), &soak.why);
    judge(version, status);
    if (status == SMF_OK && !soak.wrong)
        model_commit_start(&soak.model, version);
    else if (!soak.wrong)
        adopt_started();
}

static void step_hold(bool hold)
{
    const int version = pick(MODEL_LIVE, MODEL_RETIRED);
    if (version == MODEL_NONE)
        return;
    struct model_version *held = &soak.model.versions[version];
    const uint32_t handle = held->handle;
    const enum smf_status wanted = hold || held->references != 0 ? SMF_OK : SMF_ERR_NOT_FOUND;
    const enum smf_status status = hold ? smf_system_retain(&soak.system, handle_of(version))
                                        : smf_system_release(&soak.system, handle_of(version));
    tell(soak_steps[soak.step], version, status);
    EXPECT(status == wanted, "%s: %s", soak_steps[soak.step], smf_status_name(status));
    (status == SMF_OK ? soak.done : soak.refused)[soak.step]++;
    if (wanted != SMF_OK)
        return;
    held->references += hold ? 1 : UINT32_MAX;
    if (!hold && held->state == MODEL_RETIRED)
        model_collect(&soak.model);
    if (held->state == MODEL_FREE)
        note_stale(handle);
}

static void step_collect(void)
{
    const uint32_t wanted = model_collect(&soak.model), found = smf_system_collect(&soak.system);
    EXPECT(found == wanted, "collected %u, wanted %u", found, wanted);
    (wanted != 0 ? soak.done : soak.refused)[COLLECT]++;
}

static void step_reader(void)
{
    if (soak.model.inside)
        smf_reader_leave(&soak.reader);
    else
        smf_reader_enter(&soak.reader);
    soak.model.inside = !soak.model.inside;
    soak.model.entered_at = soak.model.clock;
    soak.done[READER]++;
}

static void step_stale(void)
{
    const struct smf_handle handle = {soak.stale_count != 0 && draw(8) != 0 ? soak.stale[draw(STALE_HANDLES)] : 0};
    struct smf_version_information information;
    struct smf_handle newer;
    const struct smf_source source = source_of(draw(WORLD_MODULES), 0);
    EXPECT(smf_system_unload(&soak.system, handle, SMF_UNLOAD_DEPENDENTS, NULL) == SMF_ERR_NOT_FOUND, "unload");
    EXPECT(smf_system_reload(&soak.system, handle, &source, 0, &newer, NULL) == SMF_ERR_NOT_FOUND, "reload");
    EXPECT(smf_system_start_module(&soak.system, handle, NULL) == SMF_ERR_NOT_FOUND, "start");
    EXPECT(smf_system_retain(&soak.system, handle) == SMF_ERR_NOT_FOUND, "retain");
    EXPECT(smf_system_release(&soak.system, handle) == SMF_ERR_NOT_FOUND, "release");
    EXPECT(smf_system_information(&soak.system, handle, &information) == SMF_ERR_NOT_FOUND, "information");
    EXPECT(smf_system_module(&soak.system, handle) == NULL, "module");
    soak.done[STALE]++;
}

/* In hundredths. A group is what begins circles, and large ones fill an empty system. */
static enum step draw_step(void)
{
    static const uint8_t weights[STEPS] = {14, 18, 26, 12, 1, 4, 6, 10, 3, 4, 2};
    uint32_t drawn = draw(100);
    unsigned step = 0;
    while (step < STEPS - 1 && drawn >= weights[step])
        drawn -= weights[step++];
    return (enum step)step;
}

void soak_step(void)
{
    if (draw(2) == 0) {
        int *offered = &soak.model.offered[draw(WORLD_MODULES)];
        *offered = draw(4) == 0 ? MODEL_NONE : (int)draw(WORLD_VERSIONS);
    }
    soak.step = draw_step();
    if (model_room(&soak.model) < WORLD_MODULES && soak.step <= RELOAD) /* too many are held */
        soak.step = RELEASE;
    if (soak.told)
        tap_note("%u: %s", soak.step_number, soak_steps[soak.step]);
    switch (soak.step) {
    case LOAD:
        step_load(1);
        break;
    case GROUP:
        step_load(draw(4) == 0 ? WORLD_MODULES * 3 / 4 : 4);
        break;
    case RELOAD:
        step_reload();
        break;
    case UNLOAD:
        step_unload(false);
        break;
    case UNLOAD_ALL:
        step_unload(true);
        break;
    case START:
        step_start();
        break;
    case RETAIN:
        step_hold(true);
        break;
    case RELEASE:
        step_hold(false);
        break;
    case COLLECT:
        step_collect();
        break;
    case READER:
        step_reader();
        break;
    default:
        step_stale();
        break;
    }
}
