/* SPDX-License-Identifier: MIT */
/* asked.c - what a system asks its surroundings: memory, sources, starts and stops; see soak.h. */
#include "system/soak.h"

#include <string.h>

static enum smf_status reserve(void *context, const struct smf_region_request *requests, size_t count,
                               struct smf_region *regions)
{
    const enum smf_status status = soak.real->reserve(context, requests, count, regions);
    soak.port_is_full = soak.port_is_full || status != SMF_OK;
    for (size_t i = 0; status == SMF_OK && i < count; i++)
        soak.taken += smf_port_footprint(soak.real, requests[i].size);
    soak.regions += status == SMF_OK ? (unsigned)count : 0;
    soak.most_taken = soak.taken > soak.most_taken ? soak.taken : soak.most_taken;
    return status;
}

static void release(void *context, const struct smf_region *regions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        soak.taken -= smf_port_footprint(soak.real, regions[i].size);
    soak.regions -= (unsigned)count;
    soak.real->release(context, regions, count);
}

static enum smf_status open_source(void *context, const char *name, struct smf_source *source)
{
    (void)context;
    for (unsigned i = 0; i < WORLD_MODULES; i++)
        if (strcmp(name, world_module(i)) == 0 && soak.model.offered[i] != MODEL_NONE) {
            const struct world_file *file = &soak.world.files[i][soak.model.offered[i]];
            *source = smf_source_memory(file->bytes, file->size, SMF_STAYS_FOR_MODULE);
            return SMF_OK;
        }
    return SMF_ERR_NOT_FOUND;
}

/* The version that has this module. */
static int version_of(const struct smf_module *module)
{
    for (int i = 0; i < MODEL_VERSIONS; i++)
        if (soak.model.versions[i].state != MODEL_FREE && soak.modules[i] == module)
            return i;
    return MODEL_NONE;
}

/* Which module is whose. The name of what is loaded is that of a version of the plan. */
static void note_event(void *context, enum smf_event event, struct smf_handle handle, const char *name,
                       struct smf_module *module)
{
    (void)context;
    (void)handle;
    if (event != SMF_EVENT_LOADED)
        return;
    for (int i = 0; i < MODEL_VERSIONS; i++)
        if (soak.modules[i] == module)
            soak.modules[i] = NULL; /* of one that is gone */
    for (int i = 0; i < soak.model.staged_count; i++) {
        const int version = soak.model.staged[i];
        if (strcmp(name, world_module(soak.model.versions[version].module)) == 0)
            soak.modules[version] = module;
    }
    EXPECT(version_of(module) != MODEL_NONE, "%s was loaded, and not planned", name);
}

/* Whether calls from one lead to the other, over any number of others. */
static bool reaches(int from, int to)
{
    static bool met[MODEL_VERSIONS];
    static int way[MODEL_VERSIONS];
    int count = 1;
    memset(met, 0, sizeof met);
    way[0] = from;
    for (int at = 0; at < count; at++)
        for (int i = 0; i < MODEL_VERSIONS; i++)
            if (!met[i] && model_leads(&soak.model, way[at], i)) {
                met[i] = true;
                way[count < MODEL_VERSIONS - 1 ? count++ : count] = i;
            }
    return met[to];
}

/* Providers first, but in a circle. */
static enum smf_status start_module(void *context, struct smf_module *module, const struct smf_source *source)
{
    (void)context;
    (void)source;
    const int version = version_of(module);
    EXPECT(version != MODEL_NONE && soak.started[version] == NULL, "started is what was not there, or started");
    if (version == MODEL_NONE || model_file(&soak.model, version)->refuses)
        return SMF_ERR_START;
    for (int i = 0; i < MODEL_VERSIONS; i++)
        if (model_leads(&soak.model, version, i) && soak.started[i] == NULL &&
            soak.model.versions[i].state != MODEL_RETIRED)
            EXPECT(reaches(i, version), "%s is started before %s", world_module(soak.model.versions[version].module),
                   world_module(soak.model.versions[i].module));
    soak.started[version] = module;
    return SMF_OK;
}

static void stop_module(void *context, struct smf_module *module)
{
    (void)context;
    for (int i = 0; i < MODEL_VERSIONS; i++)
        if (soak.started[i] == module) {
            soak.started[i] = NULL;
            return;
        }
    EXPECT(false, "stopped is what was not started");
}
void soak_start_system(const struct smf_port *real, bool allow_duplicates)
{
    static const struct smf_exports *host[1];
    host[0] = world_host();
    soak.real = real;
    soak.port = *real;
    soak.port.reserve = reserve;
    soak.port.release = release;
    const struct smf_system_config config = {
        .load = {.port = &soak.port, .arena = soak.arena.bytes, .arena_size = ARENA_SIZE},
        .host = host,
        .host_count = 1,
        .host_interface = WORLD_INTERFACE,
        .bucket_count = 64,
        .allow_duplicates = allow_duplicates,
        .hot_reload = soak.hot,
        .open = open_source,
        .start = start_module,
        .stop = stop_module,
        .event = note_event
    };
    CHECK_STATUS(smf_system_start(&soak.system, &config), SMF_OK);
}
