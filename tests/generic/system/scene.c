/* SPDX-License-Identifier: MIT */
/* scene.c - see scene.h. */
#include "generic/system/scene.h"

#include <stdlib.h>
#include <string.h>

#include "system/carried.h"

struct scene scene;

static int SMF_MODULE_CALL host_base(void) { return HOST_BASE; }

/* ---- A port that fails ---- */

static enum smf_status reserve(void *context, const struct smf_region_request *requests, size_t count,
                               struct smf_region *regions)
{
    if (++scene.port_calls == scene.fail_port)
        return SMF_ERR_NO_MEMORY;
    return scene.pool.port.reserve(context, requests, count, regions);
}

static enum smf_status protect(void *context, const struct smf_region *region, enum smf_access access)
{
    if (++scene.port_calls == scene.fail_port)
        return SMF_ERR_PROTECT;
    return scene.pool.port.protect(context, region, access);
}

/* ---- The system ---- */

static void measure(size_t *largest)
{
    struct smf_system_statistics system;
    struct smf_mapper_statistics mapper;
    struct smf_instantiator_statistics instantiator;
    smf_system_statistics(&scene.system, &system);
    smf_mapper_get_statistics(&scene.mapper, &mapper);
    smf_instantiator_get_statistics(&scene.instantiator, &instantiator);
    largest[SCENE_SYSTEM] = system.arena_largest;
    largest[SCENE_MAPPER] = mapper.arena_largest;
    largest[SCENE_INSTANTIATOR] = instantiator.arena_largest;
}

static const struct smf_exports *list_host(void)
{
    static struct smf_export host[] = {
        {"host_base", (uintptr_t)host_base, SMF_KIND_FUNCTION, 0},
        {"memcpy",    (uintptr_t)memcpy,    SMF_KIND_FUNCTION, 0}, /* what code of templates has compilers call */
        {"memset",    (uintptr_t)memset,    SMF_KIND_FUNCTION, 0},
    };
    static uint32_t buckets[4];
    CHECK_STATUS(smf_exports_index(&scene.host, host, 3, buckets, 4), SMF_OK);
    return &scene.host;
}

static enum smf_status start_instantiator(uint32_t max_depth)
{
    struct smf_instantiator_config config = smf_instantiator_defaults();
    config.mapper = &scene.mapper;
    config.arena = scene.arenas[SCENE_INSTANTIATOR];
    config.arena_size = scene.sizes[SCENE_INSTANTIATOR];
    if (max_depth != 0)
        config.max_depth = max_depth;
    return smf_instantiator_start(&scene.instantiator, &config);
}

static enum smf_status start(uint32_t max_depth, const size_t *sizes)
{
    static const struct smf_exports *hosts[1];
    memset(&scene, 0, sizeof scene);
    hosts[0] = list_host();
    CHECK(smf_port_posix_pool_start(&scene.pool, sizes != NULL ? SCENE_SMALL_POOL : SCENE_POOL,
                                    SMF_POSIX_POOL_SEALED) != NULL);
    scene.port = scene.pool.port;
    scene.port.reserve = reserve;
    scene.port.protect = protect;
    for (unsigned i = 0; i < 3; i++) {
        scene.sizes[i] = sizes != NULL ? sizes[i] : SCENE_ARENA;
        scene.arenas[i] = malloc(scene.sizes[i] + 1);
    }
    const struct smf_mapper_config mapper = {
        .port = &scene.port, .arena = scene.arenas[SCENE_MAPPER], .arena_size = scene.sizes[SCENE_MAPPER]};
    enum smf_status status = smf_mapper_start(&scene.mapper, &mapper);
    if (status == SMF_OK)
        status = start_instantiator(max_depth);
    scene.generics = smf_instantiator_generics(&scene.instantiator);
    const struct smf_system_config config = {
        .load = {.port = &scene.port, .arena = scene.arenas[SCENE_SYSTEM], .arena_size = scene.sizes[SCENE_SYSTEM]},
        .host = hosts,
        .host_count = 1,
        .generics = &scene.generics
    };
    if (status == SMF_OK)
        status = smf_system_start(&scene.system, &config);
    if (status == SMF_OK)
        measure(scene.largest);
    return status;
}

void scene_start(uint32_t max_depth) { CHECK_STATUS(start(max_depth, NULL), SMF_OK); }

static void release(void)
{
    smf_port_posix_pool_finish(&scene.pool);
    for (unsigned i = 0; i < 3; i++)
        free(scene.arenas[i]);
}

bool scene_try(const size_t *sizes)
{
    const enum smf_status status = start(0, sizes);
    if (status != SMF_OK) {
        CHECK_STATUS(status, SMF_ERR_NO_ARENA);
        release();
    }
    return status == SMF_OK;
}

void scene_check_empty(void)
{
    size_t now[3];
    struct smf_system_statistics system;
    struct smf_mapper_statistics mapper;
    struct smf_instantiator_statistics instantiator;
    smf_system_statistics(&scene.system, &system);
    smf_mapper_get_statistics(&scene.mapper, &mapper);
    smf_instantiator_get_statistics(&scene.instantiator, &instantiator);
    CHECK_EQUAL(system.modules + system.retired + system.exports + system.bindings + system.places, 0);
    CHECK_EQUAL(mapper.mapped_symbols + mapper.owner_count + mapper.total_bytes + mapper.region_count, 0);
    CHECK_EQUAL(instantiator.modules + instantiator.templates + instantiator.uses + instantiator.instances, 0);
    CHECK_EQUAL(instantiator.types, 0);
    CHECK_EQUAL(instantiator.code_bytes, 0);
    CHECK(scene.pool.ranges == NULL);
    measure(now);
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQUAL(now[i], scene.largest[i]);
}

void scene_finish(void)
{
    smf_system_finish(&scene.system);
    struct smf_mapper_statistics mapper;
    smf_mapper_get_statistics(&scene.mapper, &mapper);
    CHECK_EQUAL(mapper.region_count, 0);
    CHECK(scene.pool.ranges == NULL);
}

void scene_end(void)
{
    scene_finish();
    smf_instantiator_finish(&scene.instantiator);
    smf_mapper_finish(&scene.mapper);
    CHECK(scene.pool.ranges == NULL);
    release();
}

static void check(enum smf_status status, enum smf_status wanted)
{
    char line[240];
    if (status != wanted) {
        smf_diagnosis_format(&scene.why, line, sizeof line);
        tap_note("%s", line);
    }
    CHECK_STATUS(status, wanted);
}

struct smf_handle scene_load(const char *name, const char *file, enum smf_status wanted)
{
    const struct smf_source source = carried(file);
    const struct smf_system_item item = {.name = name, .source = &source};
    struct smf_handle handle = {0};
    check(smf_system_load(&scene.system, &item, SMF_LOAD_START, &handle, &scene.why), wanted);
    return handle;
}

struct smf_handle scene_reload(struct smf_handle handle, const char *file, uint32_t flags, enum smf_status wanted)
{
    const struct smf_source source = carried(file);
    struct smf_handle newer = handle;
    check(smf_system_reload(&scene.system, handle, &source, flags, &newer, &scene.why), wanted);
    return newer;
}

void scene_unload(struct smf_handle handle, uint32_t flags, enum smf_status wanted)
{
    check(smf_system_unload(&scene.system, handle, flags, &scene.why), wanted);
}

int scene_call(const char *name)
{
    int(SMF_MODULE_CALL *const function)(void) = (int(SMF_MODULE_CALL *)(void))smf_system_function(&scene.system, name);
    return function != NULL ? function() : -1;
}

int scene_order(unsigned library, unsigned user) { return (int)(10000 * library + HOST_BASE + 10 * user + 1); }

uint32_t scene_instances(void)
{
    struct smf_instantiator_statistics now;
    smf_instantiator_get_statistics(&scene.instantiator, &now);
    return now.instances;
}

uint32_t scene_retired(void)
{
    struct smf_system_statistics now;
    smf_system_statistics(&scene.system, &now);
    return now.retired;
}
