/* SPDX-License-Identifier: MIT */
/*
 * stage.c - versions on their way: a group is placed as a whole, then bound, so
 * that its modules can import from each other in any direction; what they need and is not
 * there joins the group. Whatever fails, smf_stage_cancel() undoes all of it.
 */
#include "smf/interface.h"
#include "system/graph.h"

struct smf_work {
    struct smf_version *version; /* whose needs are looked at; NULL: the first one's, when there is one */
    uint32_t row, count;         /* of its note.deps; count is known once it was read                  */
    uint64_t cursor;
    bool counted;
    struct smf_dependency dependency;
    struct smf_module_note note;
};

static enum smf_status no_room(struct smf_system *system, size_t size, struct smf_diagnosis *why)
{
    return smf_fail(why, SMF_DETAIL_NO_ARENA, 0, size, smf_arena_largest(smf_load_arena(&system->loader)));
}

static enum smf_status fail_named(struct smf_diagnosis *why, enum smf_detail detail, const char *name, size_t value,
                                  size_t expected)
{
    smf_fail_clear(why);
    smf_fail_name(why, name, smf_name_ask(name).size - 1);
    return smf_fail(why, detail, 0, value, expected);
}

void smf_stage_close(struct smf_system *system, struct smf_version *version)
{
    if (version->opened && system->config.close != NULL)
        system->config.close(system->config.source_context, version->name, &version->source);
    version->opened = false;
}

enum smf_status smf_stage_begin(struct smf_system *system, struct smf_diagnosis *why)
{
    system->work = smf_arena_take_scratch(smf_load_arena(&system->loader), sizeof *system->work);
    if (system->work == NULL)
        return no_room(system, sizeof *system->work, why);
    memset(system->work, 0, offsetof(struct smf_work, dependency));
    return SMF_OK;
}

static void end_work(struct smf_system *system)
{
    smf_system_give(system, system->work);
    system->work = NULL;
}

static void end_load(struct smf_version *version, bool keep)
{
    if (version->load != NULL)
        smf_load_end(version->load, keep);
    version->load = NULL;
}

/* Undo whatever one version has; it may be in the list of staged ones, or not yet. */
static void undo(struct smf_system *system, struct smf_version *version)
{
    if (version->linked != 0)
        smf_name_unlink(system, version);
    smf_edge_drop_all(system, version);
    if (version->older != NULL)
        version->older->newer = NULL;
    smf_maker_remove(system, version);
    if (version->load == NULL && version->module != NULL)
        smf_load_release(&system->loader, version->module);
    end_load(version, false);
    smf_keep_drop_all(system, version);
    if (!version->given)
        smf_stage_close(system, version);
    if (version->number != 0)
        smf_version_drop_number(system, version);
    smf_system_give(system, version->own_name);
    smf_system_give(system, version->entries);
    smf_system_give(system, version);
}

static bool is_started(const struct smf_version *version)
{
    return version->started && version->state == VERSION_STAGED;
}

void smf_stage_cancel(struct smf_system *system)
{
    struct smf_walk walk = {.dependents = true, .wants = is_started};
    system->binding = NULL;
    smf_walk_begin(system, &walk);
    for (struct smf_version *version = system->staged; version != NULL; version = version->next)
        smf_walk_from(system, &walk, version);
    for (struct smf_version *version = walk.first; version != NULL; version = version->walk_next)
        smf_stop_version(system, version);
    for (struct smf_version *version = system->staged; version != NULL; version = version->next)
        smf_edge_drop_all(system, version); /* they may need each other in a circle */
    while (system->staged != NULL) {        /* newest first: their scratch is the last that was taken */
        struct smf_version *version = system->staged_last;
        if (!version->failed)
            smf_version_tell(system, SMF_EVENT_FAILED, version);
        smf_version_remove(&system->staged, &system->staged_last, version);
        undo(system, version);
    }
    end_work(system);
}

/* ---- One version ---- */

static enum smf_status find_source(struct smf_system *system, const struct smf_system_item *item,
                                   struct smf_version *version, struct smf_diagnosis *why)
{
    struct smf_source *source = &version->source;
    if (item->source != NULL) {
        *source = *item->source;
        version->given = true;
    } else {
        enum smf_status status = SMF_ERR_NOT_FOUND;
        if (system->config.open != NULL && item->name != NULL)
            status = system->config.open(system->config.source_context, item->name, source);
        if (status != SMF_OK) {
            fail_named(why, SMF_DETAIL_NO_SOURCE, item->name != NULL ? item->name : "", (size_t) - (ptrdiff_t)status,
                       0);
            return why->status = status;
        }
    }
    version->opened = true;
    if (source->bytes == NULL && source->read_at == NULL)
        return smf_fail(why, SMF_DETAIL_ARGUMENT, 0, 0, 0);
    return SMF_OK;
}

/* What the file says about the version, and the blocks for its exports and its name. */
static enum smf_status describe(struct smf_system *system, struct smf_version *version, const char *name,
                                struct smf_diagnosis *why)
{
    struct smf_image *image = smf_load_image(version->load);
    struct smf_module_note *note = &system->work->note;
    const enum smf_status status = smf_image_module_note(image, note, why);
    if (status != SMF_OK)
        return status;
    name = name != NULL ? name : note->name;
    if (name[0] == '\0')
        return smf_fail(why, SMF_DETAIL_NO_NAME, 0, 0, 0);
    const size_t entries = sizeof *version->entries + smf_load_export_limit(version->load) * sizeof(struct smf_entry);
    const struct smf_name asked = smf_name_ask(name);
    version->entries = smf_system_take(system, entries);
    if (version->entries == NULL)
        return no_room(system, entries, why);
    version->entries->version = version;
    version->own_name = smf_system_take(system, asked.size);
    if (version->own_name == NULL)
        return no_room(system, asked.size, why);
    memcpy(version->own_name, name, asked.size);
    version->name = version->own_name;
    version->name_hash = asked.hash;
    version->state_version = note->state_version;
    version->abi = image->header.abi;
    version->reloadable = system->config.hot_reload || (image->header.flags & SMF_FLAG_RELOADABLE) != 0;
    return SMF_OK;
}

static enum smf_status refuse_loaded(struct smf_system *system, const struct smf_version *version,
                                     struct smf_diagnosis *why)
{
    const struct smf_version *found = smf_version_named(system, version->name);
    if (found == NULL)
        found = smf_version_staged(system, version->name);
    if (version->older != NULL || found == NULL)
        return SMF_OK;
    return fail_named(why, SMF_DETAIL_LOADED, version->name, found->number, 0);
}

static enum smf_status place(struct smf_system *system, struct smf_version *version, struct smf_diagnosis *why)
{
    system->binding = version;
    const enum smf_status status = smf_load_settle(version->load);
    system->binding = NULL;
    if (status != SMF_OK)
        return status;
    version->module = smf_load_module(version->load);
    return smf_name_link(system, version, why);
}

static enum smf_status bring(struct smf_system *system, const struct smf_system_item *item, struct smf_version *version,
                             struct smf_diagnosis *why)
{
    enum smf_status status = find_source(system, item, version, why);
    version->name = item->name != NULL ? item->name : "";
    if (status == SMF_OK)
        status = smf_load_begin(&system->loader, &version->source, why, &version->load);
    if (status == SMF_OK)
        status = describe(system, version, item->name, why);
    if (status == SMF_OK)
        status = refuse_loaded(system, version, why);
    if (status == SMF_OK)
        status = place(system, version, why);
    return status == SMF_OK ? smf_maker_add(system, version, why) : status;
}

enum smf_status smf_stage_add(struct smf_system *system, const struct smf_system_item *item,
                              const struct smf_staging *stage, struct smf_diagnosis *why)
{
    struct smf_version *version = smf_system_take(system, sizeof *version);
    if (version == NULL)
        return no_room(system, sizeof *version, why);
    memset(version, 0, sizeof *version);
    version->state = VERSION_STAGED;
    version->depth = stage->depth;
    version->fresh = stage->fresh;
    version->older = stage->older;
    version->loads = stage->older != NULL ? stage->older->loads + 1 : 1;
    if (stage->older != NULL)
        stage->older->newer = version;
    smf_version_add_number(system, version);
    version->order = stage->older != NULL ? stage->older->order : version->number;
    const struct smf_port *port = &system->port;
    const uint64_t before = port->now != NULL ? port->now(port->context) : 0;
    const enum smf_status status = bring(system, item, version, why);
    version->load_time = port->now != NULL ? port->now(port->context) - before : 0;
    if (status == SMF_OK) {
        smf_version_append(&system->staged, &system->staged_last, version);
        return SMF_OK;
    }
    smf_version_tell(system, SMF_EVENT_FAILED, version);
    undo(system, version);
    return status;
}

/* ---- What it needs ---- */

static enum smf_status refuse_interface(const struct smf_dependency *dependency, uint64_t has,
                                        struct smf_diagnosis *why)
{
    if (dependency->interface_hash == 0 || has == 0 || dependency->interface_hash == has)
        return SMF_OK;
    return fail_named(why, SMF_DETAIL_INTERFACE, dependency->name, 0, 0);
}

/* Asked for once, as soon as its exports are known: many may need it, and one as often as its note.deps has rows. */
static uint64_t interface_of(struct smf_version *version)
{
    if (version->interface != 0)
        return version->interface;
    const uint64_t interface = smf_interface_of_module(version->module);
    version->interface = version->linked != 0 ? interface : 0;
    return interface;
}

static struct smf_version *find_provider(const struct smf_system *system, const char *name)
{
    struct smf_version *provider = smf_version_staged(system, name);
    return provider != NULL ? provider : smf_version_named(system, name);
}

static enum smf_status need(struct smf_system *system, struct smf_version *version, struct smf_version *provider,
                            const struct smf_dependency *dependency, struct smf_diagnosis *why)
{
    struct smf_edge *edge;
    if (dependency->interface_hash != 0) {
        const enum smf_status status = refuse_interface(dependency, interface_of(provider), why);
        if (status != SMF_OK)
            return status;
    }
    if (provider == version)
        return SMF_OK;
    return smf_edge_need(system, version, provider, &edge) == SMF_OK ? SMF_OK : no_room(system, sizeof *edge, why);
}

/* One row of note.deps: either the need is there, or `item` gets its name. */
static enum smf_status look_at_row(struct smf_system *system, struct smf_system_item *item, struct smf_staging *staging,
                                   struct smf_diagnosis *why)
{
    struct smf_work *work = system->work;
    const struct smf_dependency *dependency = &work->dependency;
    if (smf_version_is_same(dependency->name, "host"))
        return refuse_interface(dependency, system->config.host_interface, why);
    struct smf_version *provider = find_provider(system, dependency->name);
    if (provider != NULL)
        return need(system, work->version, provider, dependency, why);
    staging->depth = work->version->depth + 1;
    if (staging->depth > SMF_SYSTEM_DEPTH_MAX)
        return fail_named(why, SMF_DETAIL_NEEDS_DEPTH, dependency->name, staging->depth, SMF_SYSTEM_DEPTH_MAX);
    item->name = dependency->name;
    return SMF_OK;
}

/* The next row of the version at work; `work->row` is the one that was read, + 1. */
static enum smf_status read_row(struct smf_work *work, struct smf_diagnosis *why)
{
    struct smf_image *image = smf_load_image(work->version->load);
    if (!work->counted) {
        const enum smf_status status = smf_image_dependency_count(image, &work->count, why);
        work->counted = true;
        if (status != SMF_OK || work->count == 0)
            return status;
    }
    work->row++;
    return smf_image_dependency(image, &work->cursor, &work->dependency, why);
}

static enum smf_status look_at(struct smf_system *system, struct smf_system_item *item, struct smf_staging *staging,
                               struct smf_diagnosis *why)
{
    struct smf_work *work = system->work;
    enum smf_status status = SMF_OK;
    if (work->row != 0) /* what was missing has been added */
        status = look_at_row(system, item, staging, why);
    while (status == SMF_OK && item->name == NULL && !(work->counted && work->row == work->count)) {
        status = read_row(work, why);
        if (status == SMF_OK && work->row != 0)
            status = look_at_row(system, item, staging, why);
    }
    return status;
}

enum smf_status smf_stage_missing(struct smf_system *system, struct smf_system_item *item, struct smf_staging *staging,
                                  struct smf_diagnosis *why)
{
    struct smf_work *work = system->work;
    enum smf_status status = SMF_OK;
    memset(item, 0, sizeof *item);
    memset(staging, 0, sizeof *staging);
    if (work->version == NULL)
        work->version = system->staged;
    while (work->version != NULL) {
        status = look_at(system, item, staging, why);
        if (status != SMF_OK)
            smf_version_tell(system, SMF_EVENT_FAILED, work->version);
        if (status != SMF_OK || item->name != NULL || work->version->next == NULL)
            break;
        work->version = work->version->next;
        work->row = work->count = 0;
        work->cursor = 0;
        work->counted = false;
    }
    return status;
}

/* ---- The group ---- */

/* One step of its load. */
static enum smf_status take_step(struct smf_system *system, struct smf_version *version,
                                 enum smf_status (*step)(struct load *load), struct smf_diagnosis *why)
{
    const struct smf_port *port = &system->port;
    const uint64_t before = port->now != NULL ? port->now(port->context) : 0;
    system->binding = version;
    enum smf_status status = step(version->load);
    system->binding = NULL;
    if (status == SMF_OK && !version->shares &&
        version->linked == 0) /* an older file: its exports are known only now */
        status = smf_name_link(system, version, why);
    if (port->now != NULL)
        version->load_time += port->now(port->context) - before;
    return status;
}

static enum smf_status take_all(struct smf_system *system, enum smf_status (*step)(struct load *load),
                                struct smf_diagnosis *why)
{
    enum smf_status status = SMF_OK;
    for (struct smf_version *version = system->staged; version != NULL && status == SMF_OK; version = version->next) {
        smf_fail_clear(why);
        status = take_step(system, version, step, why);
        if (status != SMF_OK)
            smf_version_tell(system, SMF_EVENT_FAILED, version);
    }
    return status;
}

/* In the reverse order of their start. */
static void end_loads(struct smf_system *system)
{
    for (struct smf_version *version = system->staged_last; version != NULL; version = version->previous)
        end_load(version, true);
    end_work(system);
}

enum smf_status smf_stage_complete(struct smf_system *system, struct smf_diagnosis *why)
{
    enum smf_status status = take_all(system, smf_load_connect, why);
    if (status == SMF_OK)
        status = take_all(system, smf_load_complete, why);
    if (status != SMF_OK)
        return status;
    end_loads(system);
    for (struct smf_version *version = system->staged; version != NULL; version = version->next)
        smf_version_tell(system, SMF_EVENT_LOADED, version);
    return SMF_OK;
}

static bool is_not_started(const struct smf_version *version)
{
    return !version->started && version->state != VERSION_RETIRED;
}

enum smf_status smf_stage_start(struct smf_system *system, struct smf_version *root, struct smf_diagnosis *why)
{
    struct smf_walk walk = {.wants = is_not_started};
    enum smf_status status = SMF_OK;
    smf_walk_begin(system, &walk);
    smf_walk_from(system, &walk, root);
    for (struct smf_version *version = walk.first; version != NULL && status == SMF_OK; version = version->walk_next) {
        status = smf_start_version(system, version, why);
        if (status != SMF_OK && version->state == VERSION_STAGED) /* a live one stays */
            smf_version_tell(system, SMF_EVENT_FAILED, version);
    }
    return status;
}

void smf_stage_commit(struct smf_system *system)
{
    while (system->staged != NULL) {
        struct smf_version *version = system->staged;
        smf_version_remove(&system->staged, &system->staged_last, version);
        smf_version_append(&system->modules, &system->modules_last, version);
        smf_version_add_name(system, version);
        version->state = VERSION_LIVE;
        version->older = NULL;
        if (version->source.bytes == NULL || version->source.stay != SMF_STAYS_FOR_MODULE)
            smf_stage_close(system, version);
        system->statistics.modules++;
        system->statistics.loads++;
        smf_version_tell(system, SMF_EVENT_LIVE, version);
    }
}
