/* SPDX-License-Identifier: MIT */
/* sources.c - see sources.h. */
#include "generic/compiler/sources.h"

struct sources sources;

enum smf_status sources_open(const struct smf_compiler *compiler, struct smf_compiler_options options)
{
    options.instantiator = &scene.instantiator;
    sources.compiler = compiler;
    const enum smf_status status = compiler->create(compiler, &options, &sources.context, &scene.why);
    if (status != SMF_OK)
        return status;
    scene_start();
    scene.config.compiler = compiler->units(sources.context);
    scene_open();
    return SMF_OK;
}

void sources_close(void)
{
    sources.compiler->destroy(sources.context);
    struct smf_instantiator_statistics statistics;
    smf_instantiator_get_statistics(&scene.instantiator, &statistics);
    CHECK_EQUAL(statistics.instances, 0);
    scene_end();
}

enum smf_status sources_make(const char *name, const char *types)
{
    struct smf_type room[8];
    const struct smf_type *list = NULL;
    const struct smf_compiler_template template = {.name = name};
    CHECK_STATUS(smf_types_parse(types, strlen(types), room, 8, &list), SMF_OK);
    return sources.compiler->instantiate(sources.context, &template, list, &sources.made, &scene.why);
}

struct smf_compiler_statistics sources_statistics(void)
{
    struct smf_compiler_statistics statistics;
    sources.compiler->statistics(sources.context, &statistics);
    return statistics;
}

void sources_check_sort(void)
{
    struct point points[40];
    for (int i = 0; i < 40; i++)
        points[i] = (struct point){.x = i, .id = i * 17 % 40};
    ((void (*)(struct point *, size_t))sources.made.function)(points, 40);
    unsigned wrong = 0;
    for (int i = 0; i < 40; i++)
        wrong += points[i].id != i || (long long)points[i].x * 17 % 40 != i;
    CHECK_EQUAL(wrong, 0);
}

const struct smf_compiler *sources_quick(void)
{
    static const struct smf_compiler *const list[] = {&smf_compiler_tcc, &smf_compiler_gcc, &smf_compiler_clang};
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        if (smf_compiler_works(list[i]))
            return list[i];
    tap_skip("no compiler of C source on this machine");
    return NULL;
}
