/* SPDX-License-Identifier: MIT */
/* lifecycle_scene.h - a ledger that notes what it has destroyed, and compares its statistics. One per program. */
#ifndef SMF_TESTS_LIFECYCLE_SCENE_H
#define SMF_TESTS_LIFECYCLE_SCENE_H

#include <string.h>

#include "harness/tap.h"
#include "smf/lifecycle.h"

static struct smf_lifecycle lifecycle;
static uint64_t arena[1 << 11];

/* What config.destroy heard, as "J:module/name " for each; S symbol, F file, M metadata. */
static char told[512];
static unsigned told_count;

static inline void destroy(void *context, const struct smf_resource *resource)
{
    static const char letters[] = "JSFM";
    const char *module = resource->module != NULL ? resource->module : "-";
    CHECK(context == told && resource->kind < SMF_RESOURCE_KINDS && resource->references == 0);
    told_count++;
    if (strlen(told) + strlen(module) + strlen(resource->name) + 5 > sizeof told)
        return;
    const char kind[] = {letters[resource->kind], ':', '\0'};
    strcat(told, kind);
    strcat(told, module);
    strcat(told, "/");
    strcat(told, resource->name);
    strcat(told, " ");
}

static inline struct smf_lifecycle_config config_of(size_t arena_size)
{
    return (struct smf_lifecycle_config){
        .arena = arena, .arena_size = arena_size, .bucket_count = 8, .destroy = destroy, .destroy_context = told};
}

static inline void start_with(const struct smf_lifecycle_config *config)
{
    told[0] = '\0';
    told_count = 0;
    CHECK_STATUS(smf_lifecycle_start(&lifecycle, config), SMF_OK);
}

static inline void start(void)
{
    const struct smf_lifecycle_config config = config_of(sizeof arena);
    start_with(&config);
}

static inline void end(void) { smf_lifecycle_finish(&lifecycle); }

static inline struct smf_lifecycle_statistics look(void)
{
    struct smf_lifecycle_statistics statistics;
    smf_lifecycle_get_statistics(&lifecycle, &statistics);
    CHECK_EQUAL(statistics.tracked, statistics.jit_symbols + statistics.symbols + statistics.metadata);
    CHECK(statistics.stale <= statistics.tracked);
    return statistics;
}

/* Everything but the epoch. */
static inline void compare(const struct smf_lifecycle_statistics *before)
{
    const struct smf_lifecycle_statistics now = look();
    CHECK_EQUAL(now.modules, before->modules);
    CHECK_EQUAL(now.jit_symbols, before->jit_symbols);
    CHECK_EQUAL(now.symbols, before->symbols);
    CHECK_EQUAL(now.metadata, before->metadata);
    CHECK_EQUAL(now.smf_count, before->smf_count);
    CHECK_EQUAL(now.arena_largest, before->arena_largest);
}

static inline void add(enum smf_resource_kind kind, const char *module, const char *name)
{
    CHECK_STATUS(smf_lifecycle_add(&lifecycle, kind, module, name), SMF_OK);
}

static inline void retain(const char *module, const char *file)
{
    CHECK_STATUS(smf_lifecycle_retain(&lifecycle, module, file), SMF_OK);
}

static inline uint32_t release(const char *module, const char *file)
{
    uint32_t left = 77;
    CHECK_STATUS(smf_lifecycle_release(&lifecycle, module, file, &left), SMF_OK);
    return left;
}

static inline void advance(unsigned epochs)
{
    const uint32_t before = look().epoch;
    for (unsigned i = 1; i <= epochs; i++)
        CHECK_EQUAL(smf_lifecycle_advance(&lifecycle), before + i);
}

/* Check what was destroyed since the last time. */
static inline void hear(const char *wanted)
{
    CHECK_TEXT(told, wanted);
    told[0] = '\0';
}

#endif
