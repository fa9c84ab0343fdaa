/* SPDX-License-Identifier: MIT */
/* system.c - under a system: imports that are compiled while their module binds, and a sidecar across reloads. */
#include "generic/compiler/sources.h"

#include <stdio.h>
#include <stdlib.h>

#include "smf/export.h"
#include "smf/port_posix.h"

static struct smf_system loaded;
static struct smf_system_generics generics;
static struct smf_handle library, user;
static uint64_t arena[1 << 15];

static const struct smf_export offers[] = {
    {"memcpy",  (uintptr_t)memcpy,  SMF_KIND_FUNCTION, 0},
    {"memmove", (uintptr_t)memmove, SMF_KIND_FUNCTION, 0}
};

static struct smf_handle load(const char *name, const char *path)
{
    struct scene_file *file = &scene.files[strcmp(name, "user") == 0 ? SCENE_USER : SCENE_LIBRARY];
    struct smf_handle handle = {0};
    free(file->bytes); /* of one that was unloaded */
    file->bytes = (uint8_t *)scene_read(path, &file->size);
    CHECK(file->bytes != NULL);
    file->source = smf_source_memory(file->bytes, file->size, SMF_STAYS_FOR_MODULE);
    const struct smf_system_item item = {.name = name, .source = &file->source};
    CHECK_STATUS(smf_system_load(&loaded, &item, 0, &handle, &scene.why), SMF_OK);
    return handle;
}

static void open(const struct smf_unit_compiler *units)
{
    static struct smf_exports table;
    static const struct smf_exports *const host[] = {&table};
    static uint32_t buckets[8];
    const struct smf_mapper_config mapping = {
        .port = smf_port_posix(), .arena = scene.mapper_arena, .arena_size = sizeof scene.mapper_arena};
    scene_start();
    scene.config.around = (struct smf_surroundings){0};
    scene.config.compiler = units;
    CHECK_STATUS(smf_exports_index_const(&table, offers, 2, buckets, 8), SMF_OK);
    CHECK_STATUS(smf_mapper_start(&scene.mapper, &mapping), SMF_OK);
    CHECK_STATUS(smf_instantiator_start(&scene.instantiator, &scene.config), SMF_OK);
    generics = smf_instantiator_generics(&scene.instantiator);
    const struct smf_system_config config = {
        .load = {.port = smf_port_posix(), .arena = arena, .arena_size = sizeof arena},
        .host = host,
        .host_count = 1,
        .hot_reload = true,
        .generics = &generics,
    };
    CHECK_STATUS(smf_system_start(&loaded, &config), SMF_OK);
    library = load("library", "compiler_library.smf");
    user = load("user", "compiler_user.smf");
}

static void close(void)
{
    smf_system_finish(&loaded);
    scene_end();
}

/* The user's function, through its own imports. */
static void use(void)
{
    struct point points[] = {{.id = 3}, {.id = 1}, {.id = 2}};
    long long numbers[] = {3, 1, 2};
    void (*function)(void) = smf_system_function(&loaded, "use");
    CHECK(function != NULL);
    if (function == NULL)
        return;
    ((void (*)(struct point *, long long *, size_t))function)(points, numbers, 3);
    CHECK(points[0].id == 3 && points[1].id == 2 && points[2].id == 1); /* sorted, then reversed */
    CHECK(numbers[0] == 1 && numbers[2] == 3);
}

static void imports_are_compiled(void)
{
    const struct smf_compiler *compiler = sources_quick();
    if (compiler == NULL)
        return;
    const struct smf_compiler_options options = {.instantiator = &scene.instantiator};
    sources.compiler = compiler;
    CHECK_STATUS(compiler->create(compiler, &options, &sources.context, &scene.why), SMF_OK);
    open(compiler->units(sources.context));
    CHECK_EQUAL(sources_statistics().compiled, 3); /* sort, reverse and swap of points; the sort of i64 is there */
    CHECK_EQUAL(sources_statistics().fallbacks, 0);
    use();
    CHECK_STATUS(smf_system_unload(&loaded, user, 0, &scene.why), SMF_OK);
    struct smf_instance instance;
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "sort$Point", &instance), SMF_ERR_NOT_FOUND);
    user = load("user", "compiler_user.smf");
    use();
    compiler->destroy(sources.context); /* before the modules that use what it made */
    use();
    close();
}

static bool count(void *context, const struct smf_use *one)
{
    unsigned *made = context;
    *made += one->made;
    return true;
}

static unsigned made_by(struct smf_handle handle)
{
    unsigned made = 0;
    smf_instantiator_uses(&scene.instantiator, handle.number, true, count, &made);
    return made;
}

static void a_sidecar_across_reloads(void)
{
    struct smf_persist persist;
    struct smf_handle newer;
    char module[600];
    snprintf(module, sizeof module, "%s", scene_path("user.smf"));
    CHECK_STATUS(smf_persist_start(&persist, module), SMF_OK);
    open(NULL);
    use();
    CHECK_EQUAL(made_by(user), 3);
    CHECK_STATUS(smf_persist_update(&persist, &scene.instantiator, user.number, &scene.why), SMF_OK);
    CHECK_EQUAL(persist.count, 3);
    for (unsigned round = 0; round < 3; round++) {
        tap_variant("reload=%u", round);
        CHECK_STATUS(smf_system_reload(&loaded, user, &scene.files[SCENE_USER].source, 0, &newer, &scene.why), SMF_OK);
        user = newer;
        smf_persist_finish(&persist);
        CHECK_STATUS(smf_persist_start(&persist, module), SMF_OK);
        CHECK_STATUS(smf_persist_read(&persist, &scene.why), SMF_OK);
        CHECK_EQUAL(persist.count, 3);
        CHECK_STATUS(smf_persist_restore(&persist, &scene.instantiator, user.number, &scene.why), SMF_OK);
        CHECK_EQUAL(persist.restored, 3);
        CHECK_EQUAL(persist.stale, 0);
        CHECK_EQUAL(made_by(user), 3);
        CHECK(smf_system_function(&loaded, "sort$Point") != NULL); /* the symbol resolves */
        use();
        smf_persist_release(&persist, &scene.instantiator);
        CHECK_STATUS(smf_persist_update(&persist, &scene.instantiator, user.number, &scene.why), SMF_OK);
        CHECK_EQUAL(persist.count, 3); /* none twice */
    }
    tap_variant("%s", "");
    close();
    open(NULL); /* another run */
    CHECK_STATUS(smf_persist_restore(&persist, &scene.instantiator, user.number, &scene.why), SMF_OK);
    CHECK_EQUAL(persist.restored, 3);
    use();
    smf_persist_release(&persist, &scene.instantiator);
    close();
    smf_persist_finish(&persist);
    scene_forget();
}

static const struct tap_case cases[] = {
    {"imports_are_compiled",     imports_are_compiled    },
    {"a_sidecar_across_reloads", a_sidecar_across_reloads},
};
TAP_MAIN(cases)
