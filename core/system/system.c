/* SPDX-License-Identifier: MIT */
/* system.c - the calls that change a system as a whole: starting it, loading into it, unloading from it. */
#include "system/graph.h"

static bool are_complete(const struct smf_system_generics *generics)
{
    return generics == NULL ||
           (generics->rules != NULL && generics->add != NULL && generics->can != NULL && generics->make != NULL &&
            generics->make_generic != NULL && generics->retire != NULL && generics->remove != NULL);
}

static bool is_complete(const struct smf_system_config *config, uint32_t buckets)
{
    return are_complete(config->generics) && config->load.port != NULL && (buckets & (buckets - 1)) == 0 &&
           (config->host != NULL || config->host_count == 0);
}

static struct smf_diagnosis *begin(struct smf_system *system, struct smf_diagnosis *why)
{
    smf_system_lock(system);
    why = why != NULL ? why : &system->unwanted;
    smf_fail_clear(why);
    return why;
}

enum smf_status smf_system_start(struct smf_system *system, const struct smf_system_config *config)
{
    if (system == NULL || config == NULL)
        return SMF_ERR_ARGUMENT;
    const uint32_t buckets = config->bucket_count != 0 ? config->bucket_count : SMF_SYSTEM_BUCKETS;
    if (!is_complete(config, buckets))
        return SMF_ERR_ARGUMENT;
    memset(system, 0, sizeof *system);
    system->config = *config;
    system->port = *config->load.port;
    system->port.lock = system->port.unlock = NULL; /* every call that uses the loader holds it already */
    system->rebinding.rules = &smf_rebinding_rules;
    system->rebinding.refer = smf_edge_refer;
    system->rebinding.keep = smf_keep_place;
    system->rebinding.context = system;
    system->epoch = 1;
    struct smf_config load = config->load;
    load.port = &system->port;
    load.resolve = smf_resolve_import;
    load.resolve_context = system;
    load.rebinding = &system->rebinding;
    load.later = NULL;
    if (config->generics != NULL)
        config->generics->rules->start(system, &load);
    const enum smf_status status = smf_loader_start(&system->loader, &load);
    if (status != SMF_OK)
        return status;
    const size_t size = (size_t)buckets * sizeof *system->buckets;
    system->buckets = size / sizeof *system->buckets == buckets ? smf_system_take(system, size) : NULL;
    if (system->buckets == NULL)
        return SMF_ERR_NO_ARENA;
    memset(system->buckets, 0, size);
    system->bucket_mask = buckets - 1;
    return SMF_OK;
}

/* ---- Loading ---- */

static bool are_items(const struct smf_system_item *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (items[i].name == NULL && items[i].source == NULL)
            return false;
    return count == 0 || items != NULL;
}

static enum smf_status load_group(struct smf_system *system, const struct smf_system_item *items, size_t count,
                                  uint32_t flags, struct smf_diagnosis *why)
{
    struct smf_system_item item = {.name = NULL};
    struct smf_staging staging = {.depth = 0};
    enum smf_status status = smf_stage_begin(system, why);
    for (size_t i = 0; i < count && status == SMF_OK; i++)
        status = smf_stage_add(system, &items[i], &staging, why);
    if (status == SMF_OK)
        status = smf_stage_missing(system, &item, &staging, why);
    while (status == SMF_OK && item.name != NULL) {
        status = smf_stage_add(system, &item, &staging, why);
        if (status == SMF_OK)
            status = smf_stage_missing(system, &item, &staging, why);
    }
    if (status == SMF_OK)
        status = smf_stage_complete(system, why);
    if ((flags & SMF_LOAD_START) != 0)
        for (struct smf_version *version = system->staged; version != NULL && status == SMF_OK; version = version->next)
            status = smf_stage_start(system, version, why);
    return status;
}

enum smf_status smf_system_load_all(struct smf_system *system, const struct smf_system_item *items, size_t count,
                                    uint32_t flags, struct smf_handle *handles, struct smf_diagnosis *why)
{
    if (system == NULL || !are_items(items, count))
        return SMF_ERR_ARGUMENT;
    why = begin(system, why);
    const enum smf_status status = load_group(system, items, count, flags, why);
    if (status == SMF_OK) {
        struct smf_version *version = system->staged;
        for (size_t i = 0; i < count && handles != NULL; i++, version = version->next)
            handles[i].number = version->number;
        smf_stage_commit(system);
    } else {
        smf_stage_cancel(system);
    }
    smf_system_unlock(system);
    return status;
}

/* A module of this name is there: it is reloaded, or named. */
static enum smf_status meet(struct smf_system *system, struct smf_version *live, const struct smf_source *source,
                            uint32_t flags, struct smf_handle *handle, struct smf_diagnosis *why)
{
    if (system->config.hot_reload)
        return smf_reload_live(system, live, source, (flags & SMF_LOAD_START) != 0, handle, why);
    smf_fail_name(why, live->name, smf_name_ask(live->name).size - 1);
    return smf_fail(why, SMF_DETAIL_LOADED, 0, live->number, 0);
}

enum smf_status smf_system_load(struct smf_system *system, const struct smf_system_item *item, uint32_t flags,
                                struct smf_handle *handle, struct smf_diagnosis *why)
{
    if (system == NULL || item == NULL || handle == NULL || !are_items(item, 1))
        return SMF_ERR_ARGUMENT;
    why = begin(system, why);
    struct smf_version *live = item->name != NULL ? smf_version_named(system, item->name) : NULL;
    enum smf_status status;
    if (live != NULL) {
        status = meet(system, live, item->source, flags, handle, why);
    } else {
        status = load_group(system, item, 1, flags, why);
        if (status == SMF_OK) {
            handle->number = system->staged->number;
            smf_stage_commit(system);
        } else {
            smf_stage_cancel(system);
        }
    }
    if (status == SMF_ERR_LOADED &&
        why->detail == SMF_DETAIL_LOADED) /* whose number is in the diagnosis; a version that was on its way is gone */
        handle->number = (uint32_t)why->value;
    smf_system_unlock(system);
    return status;
}

static struct smf_version *live_of(const struct smf_system *system, struct smf_handle handle)
{
    struct smf_version *version = smf_version_of(system, handle);
    return version != NULL && version->state == VERSION_LIVE ? version : NULL;
}

enum smf_status smf_system_start_module(struct smf_system *system, struct smf_handle handle, struct smf_diagnosis *why)
{
    if (system == NULL)
        return SMF_ERR_ARGUMENT;
    why = begin(system, why);
    struct smf_version *version = live_of(system, handle);
    const enum smf_status status =
        version != NULL ? smf_stage_start(system, version, why) : smf_fail(why, SMF_DETAIL_HANDLE, 0, handle.number, 0);
    smf_system_unlock(system);
    return status;
}

/* ---- Unloading ---- */

static bool is_live(const struct smf_version *version) { return version->state == VERSION_LIVE; }

static enum smf_status refuse_needed(const struct smf_version *version, struct smf_diagnosis *why)
{
    const struct smf_edge *edge = version->dependents;
    while (edge != NULL && edge->importer->state != VERSION_LIVE)
        edge = edge->next_dependent;
    if (edge == NULL)
        return SMF_OK;
    smf_fail_name(why, edge->importer->name, smf_name_ask(edge->importer->name).size - 1);
    return smf_fail(why, SMF_DETAIL_NEEDED, 0, smf_edge_count_dependents(version), 0);
}

static void unload(struct smf_system *system, struct smf_version *version)
{
    smf_name_unlink(system, version);
    smf_version_drop_name(system, version);
    smf_version_remove(&system->modules, &system->modules_last, version);
    system->statistics.modules--;
    smf_retire(system, version);
}

enum smf_status smf_system_unload(struct smf_system *system, struct smf_handle handle, uint32_t flags,
                                  struct smf_diagnosis *why)
{
    if (system == NULL)
        return SMF_ERR_ARGUMENT;
    why = begin(system, why);
    struct smf_version *root = live_of(system, handle);
    enum smf_status status = SMF_OK;
    if (root == NULL)
        status = smf_fail(why, SMF_DETAIL_HANDLE, 0, handle.number, 0);
    else if ((flags & SMF_UNLOAD_DEPENDENTS) == 0)
        status = refuse_needed(root, why);
    if (status == SMF_OK) {
        struct smf_walk walk = {.dependents = true, .wants = is_live};
        smf_walk_begin(system, &walk);
        smf_walk_from(system, &walk, root);
        for (struct smf_version *version = walk.first, *next; version != NULL; version = next) {
            next = version->walk_next;
            unload(system, version);
        }
        smf_collect(system);
    }
    smf_system_unlock(system);
    return status;
}

void smf_system_finish(struct smf_system *system)
{
    if (system == NULL || system->config.load.port == NULL)
        return;
    smf_system_lock(system);
    while (system->modules != NULL)
        unload(system, system->modules);
    for (struct smf_version *version = system->retired; version != NULL; version = version->next)
        version->references = 0;
    system->readers = NULL; /* nothing may be running */
    smf_collect(system);
    smf_loader_finish(&system->loader);
    smf_system_give(system, system->buckets);
    system->buckets = NULL;
    smf_system_unlock(system);
    system->config.load.port = NULL; /* a second time there is nothing to do */
}

/* ---- Holding ---- */

enum smf_status smf_system_retain(struct smf_system *system, struct smf_handle handle)
{
    if (system == NULL)
        return SMF_ERR_ARGUMENT;
    smf_system_lock(system);
    struct smf_version *version = smf_version_of(system, handle);
    enum smf_status status = version != NULL ? SMF_OK : SMF_ERR_NOT_FOUND;
    if (version != NULL && version->references == UINT32_MAX)
        status = SMF_ERR_LIMIT;
    if (status == SMF_OK) {
        version->references++;
        system->statistics.references++;
    }
    smf_system_unlock(system);
    return status;
}

enum smf_status smf_system_release(struct smf_system *system, struct smf_handle handle)
{
    if (system == NULL)
        return SMF_ERR_ARGUMENT;
    smf_system_lock(system);
    struct smf_version *version = smf_version_of(system, handle);
    const bool held = version != NULL && version->references != 0;
    if (held) {
        version->references--;
        system->statistics.references--;
        if (version->state == VERSION_RETIRED)
            smf_collect(system);
    }
    smf_system_unlock(system);
    return held ? SMF_OK : SMF_ERR_NOT_FOUND;
}
