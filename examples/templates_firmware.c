/* SPDX-License-Identifier: MIT */
/*
 * templates_firmware.c - a firmware with two modules in its flash: one with templates (sort.c, map.c), one that uses them
 * for types of its own (cities.c). No compiler is on the board: the loader makes the instances.
 * `tools/demo --board qemu-mps2-an385` builds and runs it.
 */
#include <stdio.h>
#include <string.h>

#include "board.h"
#include "smf/instantiator.h"
#include "smf/smf.h"

extern const uint8_t algorithms_module[], algorithms_module_end[]; /* smf_embed() */
extern const uint8_t cities_module[], cities_module_end[];

static uint8_t arena[12 * 1024], names[2 * 1024], workshop[6 * 1024];

static struct smf_export offers[] = {
    {"printf",         (uintptr_t)printf,  SMF_KIND_FUNCTION, 0},
    {"memcpy",         (uintptr_t)memcpy,  SMF_KIND_FUNCTION, 0},
    {"memmove",        (uintptr_t)memmove, SMF_KIND_FUNCTION, 0},
    {"memset",         (uintptr_t)memset,  SMF_KIND_FUNCTION, 0},
#ifdef __arm__
    {"__aeabi_memcpy", (uintptr_t)memcpy,  SMF_KIND_FUNCTION, 0},
#endif
};
enum { OFFERS = sizeof offers / sizeof offers[0] };

static struct smf_exports table;
static const struct smf_exports *const host[] = {&table};
static struct smf_mapper mapper;
static struct smf_instantiator instantiator;
static struct smf_system_generics generics;
static struct smf_system firmware_system;

static int fail(const char *what, const struct smf_diagnosis *why)
{
    char line[200];
    smf_diagnosis_format(why, line, sizeof line);
    printf("%s: %s\n", what, line);
    return 1;
}

static bool start(void)
{
    static uint32_t buckets[16];
    const struct smf_mapper_config mapping = {.port = board_port(), .arena = names, .arena_size = sizeof names};
    struct smf_instantiator_config making = smf_instantiator_defaults();
    making.mapper = &mapper;
    making.arena = workshop;
    making.arena_size = sizeof workshop;
    if (smf_exports_index(&table, offers, OFFERS, buckets, 16) != SMF_OK ||
        smf_mapper_start(&mapper, &mapping) != SMF_OK || smf_instantiator_start(&instantiator, &making) != SMF_OK)
        return false;
    generics = smf_instantiator_generics(&instantiator);
    const struct smf_system_config config = {
        .load = {.port = board_port(), .arena = arena, .arena_size = sizeof arena},
        .host = host,
        .host_count = 1,
        .bucket_count = 32,
        .generics = &generics,
    };
    return smf_system_start(&firmware_system, &config) == SMF_OK;
}

static enum smf_status load(const char *name, const uint8_t *bytes, const uint8_t *end, struct smf_handle *handle,
                            struct smf_diagnosis *why)
{
    const struct smf_source source = smf_source_memory(bytes, (size_t)(end - bytes), SMF_STAYS_FOR_MODULE);
    const struct smf_system_item item = {.name = name, .source = &source};
    const uint64_t before = board_instructions();
    const enum smf_status status = smf_system_load(&firmware_system, &item, 0, handle, why);
    if (status == SMF_OK)
        printf("%s: loaded by %lu instructions\n", name, (unsigned long)(board_instructions() - before));
    return status;
}

static bool show(void *context, const struct smf_instance *instance)
{
    (void)context;
    printf("  %-22s %4lu bytes at 0x%lx\n", instance->name, (unsigned long)instance->size,
           (unsigned long)instance->code);
    return true;
}

int main(void)
{
    struct smf_handle algorithms, cities;
    struct smf_diagnosis why = {0};
    if (!start())
        return 1;
    if (load("algorithms", algorithms_module, algorithms_module_end, &algorithms, &why) != SMF_OK)
        return fail("algorithms", &why);
    if (load("cities", cities_module, cities_module_end, &cities, &why) != SMF_OK)
        return fail("cities", &why);
    smf_instantiator_walk(&instantiator, show, NULL);
    int (*const run)(void) = (int (*)(void))smf_system_function(&firmware_system, "cities");
    const int place = run != NULL ? run() : 0;
    printf("place %d of 5\n", place);
    if (smf_system_unload(&firmware_system, algorithms, 0, &why) == SMF_ERR_BUSY)
        printf("algorithms: needed by %s\n", why.name);
    if (smf_system_unload(&firmware_system, cities, 0, &why) != SMF_OK)
        return fail("unload", &why);
    struct smf_instantiator_statistics left;
    smf_instantiator_get_statistics(&instantiator, &left);
    printf("%lu instances left\n", (unsigned long)left.instances);
    smf_system_finish(&firmware_system);
    return place == 5 && left.instances == 0 ? 0 : 1;
}
