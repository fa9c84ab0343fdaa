/* SPDX-License-Identifier: MIT */
/* questions.c - what can be asked of a system. */
#include "system/graph.h"

enum smf_status smf_system_find(struct smf_system *system, const char *name, struct smf_handle *handle)
{
    if (system == NULL || name == NULL || handle == NULL)
        return SMF_ERR_ARGUMENT;
    smf_system_lock(system);
    const struct smf_version *version = smf_version_named(system, name);
    if (version != NULL)
        handle->number = version->number;
    smf_system_unlock(system);
    return version != NULL ? SMF_OK : SMF_ERR_NOT_FOUND;
}

struct smf_module *smf_system_module(struct smf_system *system, struct smf_handle handle)
{
    if (system == NULL)
        return NULL;
    smf_system_lock(system);
    const struct smf_version *version = smf_version_of(system, handle);
    struct smf_module *module = version != NULL ? version->module : NULL;
    smf_system_unlock(system);
    return module;
}

enum smf_status smf_system_information(struct smf_system *system, struct smf_handle handle,
                                       struct smf_version_information *information)
{
    if (system == NULL || information == NULL)
        return SMF_ERR_ARGUMENT;
    smf_system_lock(system);
    const struct smf_version *version = smf_version_of(system, handle);
    if (version != NULL) {
        information->name = version->name;
        information->load = version->loads;
        information->live = version->state == VERSION_LIVE;
        information->started = version->started;
        information->reloadable = version->reloadable;
        information->references = version->references;
        information->needs = smf_edge_count_needs(version);
        information->dependents = smf_edge_count_dependents(version);
        information->state_version = version->state_version;
        information->load_time = version->load_time;
    }
    smf_system_unlock(system);
    return version != NULL ? SMF_OK : SMF_ERR_NOT_FOUND;
}

void smf_system_walk(struct smf_system *system, void (*each)(void *context, struct smf_handle handle, const char *name),
                     void *context)
{
    smf_system_lock(system);
    for (const struct smf_version *version = system->modules; version != NULL; version = version->next)
        each(context, (struct smf_handle){version->number}, version->name);
    smf_system_unlock(system);
}

enum smf_status smf_system_needs(struct smf_system *system, struct smf_handle handle,
                                 void (*each)(void *context, struct smf_handle handle, const char *name), void *context)
{
    if (system == NULL || each == NULL)
        return SMF_ERR_ARGUMENT;
    smf_system_lock(system);
    const struct smf_version *version = smf_version_of(system, handle);
    const struct smf_edge *edge = version != NULL ? version->needs : NULL;
    for (; edge != NULL; edge = edge->next_need)
        each(context, (struct smf_handle){edge->provider->number}, edge->provider->name);
    smf_system_unlock(system);
    return version != NULL ? SMF_OK : SMF_ERR_NOT_FOUND;
}

enum smf_status smf_system_dependents(struct smf_system *system, struct smf_handle handle,
                                      void (*each)(void *context, struct smf_handle handle, const char *name),
                                      void *context)
{
    if (system == NULL || each == NULL)
        return SMF_ERR_ARGUMENT;
    smf_system_lock(system);
    const struct smf_version *version = smf_version_of(system, handle);
    const struct smf_edge *edge = version != NULL ? version->dependents : NULL;
    for (; edge != NULL; edge = edge->next_dependent)
        if (edge->importer->state != VERSION_RETIRED)
            each(context, (struct smf_handle){edge->importer->number}, edge->importer->name);
    smf_system_unlock(system);
    return version != NULL ? SMF_OK : SMF_ERR_NOT_FOUND;
}

void smf_system_statistics(struct smf_system *system, struct smf_system_statistics *statistics)
{
    smf_system_lock(system);
    *statistics = system->statistics;
    statistics->arena_largest = smf_arena_largest(smf_load_arena(&system->loader));
    smf_system_unlock(system);
}

/* ---- Addresses ---- */

static const struct smf_region *region_at(const struct smf_version *version, uintptr_t address)
{
    size_t count;
    const struct smf_region *regions = smf_module_regions(version->module, &count);
    for (size_t i = 0; i < count; i++)
        if (address - regions[i].address < regions[i].size)
            return &regions[i];
    return NULL;
}

/* The last export at or before an address, in its region. */
static void name_nearest(const struct smf_version *version, const struct smf_region *region, uintptr_t address,
                         uintptr_t thumb, struct smf_symbolized *symbol)
{
    struct smf_load_offer offer;
    symbol->symbol = NULL;
    symbol->offset = address - region->address;
    for (uint32_t i = 0; i < smf_module_export_count(version->module); i++) {
        if (!smf_load_offer(version->module, i, &offer) || offer.kind == SMF_KIND_UNKNOWN)
            continue;
        if (offer.kind == SMF_KIND_FUNCTION) /* the Thumb bit is no part of where it lies */
            offer.address &= ~thumb;
        if (offer.address - region->address >= region->size || offer.address > address ||
            address - offer.address > symbol->offset ||
            (symbol->symbol != NULL && address - offer.address == symbol->offset))
            continue;
        symbol->symbol = offer.name;
        symbol->offset = address - offer.address;
    }
}

static bool symbolize(const struct smf_version *version, uintptr_t address, uintptr_t thumb,
                      struct smf_symbolized *symbol)
{
    for (; version != NULL; version = version->next) {
        const struct smf_region *region = region_at(version, address);
        if (region == NULL)
            continue;
        symbol->handle.number = version->number;
        symbol->module = version->name;
        name_nearest(version, region, address, thumb, symbol);
        return true;
    }
    return false;
}

enum smf_status smf_system_symbolize(const struct smf_system *system, uintptr_t address, struct smf_symbolized *symbol)
{
    if (system == NULL || symbol == NULL)
        return SMF_ERR_ARGUMENT;
    const uintptr_t thumb = system->loader.config.arch->id == SMF_ARCH_ARM;
    if (symbolize(system->modules, address, thumb, symbol) || symbolize(system->retired, address, thumb, symbol) ||
        symbolize(system->staged, address, thumb, symbol)) /* it may be starting */
        return SMF_OK;
    return SMF_ERR_NOT_FOUND;
}
