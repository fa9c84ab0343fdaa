/* SPDX-License-Identifier: MIT */
/*
 * modules.c - a real module, made by smf_add_module() for this board and loaded from its constants: calls both ways, near and at
 * 128 GiB (further than any branch or PC-relative access reaches), and the protection of what was loaded.
 */
#include "baremetal/scene.h"

#include <string.h>

#include "smf/load.h"

extern const uint8_t embedded_module[], embedded_module_end[];

static struct scene scene;
static struct smf_loader loader;
static struct smf_module *module;
static uint8_t arena[16384] __attribute__((aligned(16)));

int host_calls;
int host_add(int a, int b);
int (*host_pick(int number))(int);

int host_add(int a, int b)
{
    host_calls++;
    return a + b;
}

static int call(const char *name, int value)
{
    int (*function)(int) = (int (*)(int))smf_function(module, name);
    CHECK(function != NULL);
    return function == NULL ? -1 : function(value);
}

static int call_back(int value) { return call("module_square", value) * 2; }
int (*host_pick(int number))(int) { return number == 1 ? call_back : NULL; }

static const struct smf_export exports[] = {
    {"host_add",   (uintptr_t)&host_add,   SMF_KIND_FUNCTION, 0},
    {"host_calls", (uintptr_t)&host_calls, SMF_KIND_DATA,     0},
    {"host_pick",  (uintptr_t)&host_pick,  SMF_KIND_FUNCTION, 0},
};
static const struct smf_exports table = {.entries = exports, .count = 3};

static enum smf_status load(size_t arena_size, struct smf_diagnosis *why)
{
    const struct smf_config config = {.port = scene.port,
                                      .arena = arena,
                                      .arena_size = arena_size,
                                      .resolve = smf_exports_resolve,
                                      .resolve_context = (void *)(uintptr_t)&table};
    const struct smf_source source =
        smf_source_memory(embedded_module, (size_t)(embedded_module_end - embedded_module), SMF_STAYS_FOR_MODULE);
    CHECK_STATUS(smf_loader_start(&loader, &config), SMF_OK);
    return smf_load(&loader, &source, &module, why);
}

/* Every call gives the right answer, wherever the module lies. */
static void works(void)
{
    host_calls = 0;
    smf_module_start(module);
    CHECK_EQUAL(call("module_started", 0), 5);
    CHECK_EQUAL(call("module_sum", 4), 4 + 30 + 11 + 4);
    CHECK_EQUAL(host_calls, 102);
    CHECK_EQUAL(call("module_sum", 1), 1 + 30 + 11 + 5);
    CHECK_EQUAL(call("module_round_trip", 7), 99);
    struct smf_found found;
    CHECK_STATUS(smf_find(module, "variable", &found), SMF_OK);
    *(int *)(uintptr_t)found.address = 40;
    CHECK_EQUAL(call("module_sum", 0), 40 + 11 + 5);
    smf_module_stop(module);
}

/* Each region, from outside: only what its access says; and gone after unloading. */
static void is_protected(void)
{
    size_t count;
    struct smf_region regions[3];
    const struct smf_region *loaded = smf_module_regions(module, &count);
    CHECK_EQUAL(count, 3);
    memcpy(regions, loaded, sizeof regions);
    for (size_t i = 0; i < 3; i++) {
        const uintptr_t address = regions[i].address;
        enum smf_access access;
        CHECK_STATUS(scene.port->query(scene.port->context, address, &access), SMF_OK);
        CHECK_EQUAL(access, regions[i].access);
        if (access != SMF_ACCESS_RW)
            CHECK(scene_faults(&scene, GUARD_PRIVILEGED, GUARD_WRITE, address, true));
        if (access != SMF_ACCESS_RX)
            CHECK(scene_faults(&scene, GUARD_PRIVILEGED, GUARD_EXECUTE, address, true));
        CHECK(scene_works(&scene, GUARD_PRIVILEGED, GUARD_READ, address));
        CHECK(scene_faults(&scene, GUARD_UNPRIVILEGED, GUARD_READ, address, true)); /* not open */
    }
    CHECK_EQUAL(call("module_square", 5), 25); /* and it still runs */
    CHECK_STATUS(smf_unload(&loader, module), SMF_OK);
    for (size_t i = 0; i < 3; i++) {
        CHECK(scene_faults(&scene, GUARD_PRIVILEGED, GUARD_READ, regions[i].address, false));
        CHECK(scene_faults(&scene, GUARD_PRIVILEGED, GUARD_EXECUTE, regions[i].address, false));
    }
}

static void run(enum scene_pools pools)
{
    struct smf_diagnosis why = {0};
    char line[160];
    scene_start(&scene, pools);
    const enum smf_status status = load(sizeof arena, &why);
    CHECK_STATUS(status, SMF_OK);
    if (status == SMF_OK) {
        works();
        is_protected();
    } else {
        smf_diagnosis_format(&why, line, sizeof line);
        tap_note("%s", line);
    }
    smf_loader_finish(&loader);
    scene_finish(&scene);
}

static void a_module_in_three_pools(void) { run(SCENE_THREE); }
static void a_module_in_one_pool(void) { run(SCENE_ONE); }

static void a_module_further_than_branches_reach(void)
{
    const uintptr_t distance = (uintptr_t)scene_config(SCENE_FAR).code.bytes - (uintptr_t)host_add;
    CHECK(distance > (uintptr_t)8 << 30);
    run(SCENE_FAR);
}

/* No MMU in use: the same module in memory of the program that may be executed. The board maps none, so it only loads. */
static void a_module_without_protection(void)
{
    struct smf_diagnosis why;
    size_t count;
    scene_start(&scene, SCENE_PLAIN);
    const enum smf_status status = load(sizeof arena, &why);
    CHECK_STATUS(status, SMF_OK);
    if (status == SMF_OK) {
        const struct smf_region *regions = smf_module_regions(module, &count);
        CHECK_EQUAL(count, 3);
        CHECK(regions[0].bytes >= (uint8_t *)scene.baremetal.config.code.bytes);
        CHECK_STATUS(smf_unload(&loader, module), SMF_OK);
    }
    smf_loader_finish(&loader);
    scene_finish(&scene);
}

/* Too little of anything: an error that says need and have, and nothing reserved. scene_finish() looks. */
static void too_little_is_said(void)
{
    struct smf_diagnosis why;
    scene_start(&scene, SCENE_ONE);
    CHECK_STATUS(load(64, &why), SMF_ERR_NO_ARENA);
    CHECK(why.value > why.expected);
    smf_loader_finish(&loader);
    /* All but two pages are taken. */
    const size_t all = scene.port->available(scene.port->context, SMF_ACCESS_RX);
    const struct smf_region filler = scene_reserve(&scene, SMF_ACCESS_RW, all - 2 * SMF_BAREMETAL_PAGE);
    CHECK_STATUS(load(sizeof arena, &why), SMF_ERR_NO_MEMORY);
    CHECK_EQUAL(why.detail, SMF_DETAIL_RESERVE);
    CHECK_EQUAL(scene.port->available(scene.port->context, SMF_ACCESS_RX), 2 * SMF_BAREMETAL_PAGE);
    smf_loader_finish(&loader);
    scene_release(&scene, &filler);
    scene_finish(&scene);
}

static const struct tap_case cases[] = {
    {"a_module_in_three_pools",              a_module_in_three_pools             },
    {"a_module_in_one_pool",                 a_module_in_one_pool                },
    {"a_module_further_than_branches_reach", a_module_further_than_branches_reach},
    {"a_module_without_protection",          a_module_without_protection         },
    {"too_little_is_said",                   too_little_is_said                  },
};
TAP_MAIN(cases)
