/* SPDX-License-Identifier: MIT */
/*
 * orchestration.c - what a loader of many modules has to do, case by case: the older list of REQUIREMENTS B.3 (64
 * items), in its order; from loading on in orchestration_loads.c. A path is a name that config.open finds; a JIT is a mapper beside the system.
 *
 * Of these items wait for a later part, because their subject does not exist yet: what instantiates a template (resolved
 * exactly, through an object taker), and how names of instances and types are made: 'mangle' none, single, multi,
 * named; 'type strings' i64, u32, f64, bool, string, named. Here an instance is somebody's export, or in the mapper.
 */
#include "system/scene.h"

#include <string.h>

#include "smf/mapper.h"

static const enum smf_kind function = SMF_KIND_FUNCTION, data = SMF_KIND_DATA;

static void open_hot(bool hot)
{
    scene_start(NULL);
    scene.config.hot_reload = hot;
    scene_open();
    scene_shelve_function("a", "a_function", 8);
}

/* ---- Configuration ---- */

static void b3_config_default(void)
{
    scene_start(NULL);
    scene_open();
    CHECK(!scene.system.config.hot_reload && !scene.system.config.allow_duplicates);
    CHECK_EQUAL(scene.system.bucket_mask + 1, SMF_SYSTEM_BUCKETS);
    scene_end();
}

static void b3_config_custom(void)
{
    scene_start(NULL);
    scene.config.bucket_count = 4;
    scene.config.host_interface = 77;
    scene_open();
    CHECK_EQUAL(scene.system.bucket_mask, 3);
    scene_begin();
    scene_need("host", 78);
    scene_shelve("other");
    scene_load("other", SMF_ERR_INTERFACE);
    scene_end();
}

static void b3_config_no_jit(void)
{
    scene_start(NULL);
    scene_open();
    CHECK_EQUAL(scene_address("Vec$i64"), 0);
    scene_end();
}

static void b3_config_hot_reload(void)
{
    struct smf_version_information information;
    open_hot(true);
    const struct smf_handle handle = scene_load("a", SMF_OK);
    CHECK_STATUS(smf_system_information(&scene.system, handle, &information), SMF_OK);
    CHECK(information.reloadable);
    scene_end();
}

/* ---- Construction ---- */

static void b3_construction_zero_statistics(void)
{
    scene_start(NULL);
    scene_open();
    struct smf_system_statistics statistics = scene_statistics(), zero;
    memset(&zero, 0, sizeof zero);
    zero.arena_largest = statistics.arena_largest;
    CHECK(statistics.arena_largest > sizeof scene.arena / 2);
    CHECK(memcmp(&statistics, &zero, sizeof zero) == 0);
    scene_end();
}

static void b3_construction_copies_the_configuration(void)
{
    scene_start(NULL);
    scene.config.host_interface = 77;
    scene_open();
    memset(&scene.config, 0xEE, sizeof scene.config);
    CHECK_EQUAL(scene.system.config.host_interface, 77);
    scene_shelve_function("a", "a_function", 8);
    scene_load("a", SMF_OK);
    scene_end();
}

static void b3_construction_no_modules(void)
{
    scene_start(NULL);
    scene_open();
    CHECK_EQUAL(scene_listed(), 0);
    scene_end();
}

/* Two loaders on one mapper. */
static void b3_construction_shared_context(void)
{
    static struct smf_system second;
    static uint8_t arena[1 << 12];
    scene_open_with_mapper();
    struct smf_system_config config = scene.config;
    config.load.arena = arena;
    config.load.arena_size = sizeof arena;
    struct smf_resolved found;
    CHECK_STATUS(smf_system_start(&second, &config), SMF_OK);
    scene_compile("", "shared");
    CHECK_STATUS(smf_system_resolve(&second, "shared", &found), SMF_OK);
    CHECK_EQUAL(found.address, scene_address("shared"));
    smf_system_finish(&second);
    CHECK(scene_address("shared") != 0);
    scene_end();
}

/* ---- A loaded module ---- */

static struct smf_module *load_two_exports(void)
{
    scene_start(NULL);
    scene_open();
    scene_begin();
    scene_export("a_data", data, 16);
    scene_export("a_function", function, 8);
    scene_shelve("a");
    return smf_system_module(&scene.system, scene_load("a", SMF_OK));
}

static void b3_module_has_symbol(void)
{
    struct smf_found found;
    CHECK_STATUS(smf_find(load_two_exports(), "a_function", &found), SMF_OK);
    scene_end();
}

static void b3_module_has_no_such_symbol(void)
{
    struct smf_found found;
    CHECK_STATUS(smf_find(load_two_exports(), "b_function", &found), SMF_ERR_NOT_FOUND);
    scene_end();
}

static void b3_module_get_finds(void)
{
    struct smf_found found = {0};
    CHECK_STATUS(smf_find(load_two_exports(), "a_data", &found), SMF_OK);
    CHECK_EQUAL(found.address, scene_address("a_data"));
    scene_end();
}

static void b3_module_get_finds_nothing(void)
{
    CHECK(smf_function(load_two_exports(), "b_function") == NULL);
    scene_end();
}

static void b3_module_exports_all(void)
{
    const char *first = "", *second = "";
    struct smf_found found;
    const struct smf_module *module = load_two_exports();
    CHECK_EQUAL(smf_module_export_count(module), 2);
    CHECK_STATUS(smf_module_export(module, 0, &first, &found), SMF_OK);
    CHECK_STATUS(smf_module_export(module, 1, &second, &found), SMF_OK);
    CHECK((strcmp(first, "a_data") == 0 && strcmp(second, "a_function") == 0) ||
          (strcmp(second, "a_data") == 0 && strcmp(first, "a_function") == 0));
    CHECK_STATUS(smf_module_export(module, 2, &first, &found), SMF_ERR_NOT_FOUND);
    scene_end();
}

/* ---- A symbol ---- */

static struct smf_resolved resolved(const char *name)
{
    struct smf_resolved found = {0};
    CHECK_STATUS(smf_system_resolve(&scene.system, name, &found), SMF_OK);
    return found;
}

static void b3_symbol_is_a_function(void)
{
    load_two_exports();
    CHECK_EQUAL(resolved("a_function").kind, SMF_KIND_FUNCTION);
    CHECK(smf_system_function(&scene.system, "a_function") != NULL);
    scene_end();
}

static void b3_symbol_is_data(void)
{
    load_two_exports();
    CHECK_EQUAL(resolved("a_data").kind, SMF_KIND_DATA);
    CHECK(smf_system_function(&scene.system, "a_data") == NULL);
    scene_end();
}

/* What was compiled belongs to no version. */
static void b3_symbol_is_from_the_jit(void)
{
    scene_open_with_mapper();
    scene_compile("", "made");
    scene_shelve_function("a", "a_function", 8);
    const struct smf_handle handle = scene_load("a", SMF_OK);
    CHECK_EQUAL(resolved("made").handle.number, 0);
    CHECK_EQUAL(resolved("a_function").handle.number, handle.number);
    scene_end();
}

/* ---- What calls answer ---- */

static void b3_load_answers_success(void)
{
    open_hot(false);
    CHECK(scene_load("a", SMF_OK).number != 0);
    scene_end();
}

static void b3_load_answers_loaded(void)
{
    open_hot(false);
    const struct smf_handle first = scene_load("a", SMF_OK);
    CHECK_EQUAL(scene_load("a", SMF_ERR_LOADED).number, first.number);
    scene_end();
}

static void b3_load_answers_why(void)
{
    scene_start(NULL);
    scene_open();
    CHECK_EQUAL(scene_load("nowhere", SMF_ERR_NOT_FOUND).number, 0);
    CHECK_TEXT(scene.why.name, "nowhere");
    CHECK(strstr(scene_line(), "nowhere") != NULL);
    scene_end();
}

static void b3_lookup_answers_found(void)
{
    load_two_exports();
    CHECK(resolved("a_function").address != 0);
    scene_end();
}

static void b3_lookup_answers_compiled(void)
{
    scene_open_with_mapper();
    const uintptr_t address = scene_compile("", "made");
    CHECK_EQUAL(resolved("made").address & ~(uint64_t)1, address);
    scene_end();
}

static void b3_lookup_answers_not_found(void)
{
    struct smf_resolved found = {.address = 1234};
    load_two_exports();
    CHECK_STATUS(smf_system_resolve(&scene.system, "missing", &found), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(found.address, 1234);
    scene_end();
}

static void b3_lookup_answers_an_error(void)
{
    struct smf_resolved found;
    load_two_exports();
    CHECK_STATUS(smf_system_resolve(&scene.system, NULL, &found), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_system_resolve(NULL, "a_function", &found), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_system_resolve(&scene.system, "a_function", NULL), SMF_ERR_ARGUMENT);
    scene_end();
}

#define CASE(name)                                                                                                     \
    {                                                                                                                  \
#name, name                                                                                                    \
    }
static const struct tap_case cases[] = {
    CASE(b3_config_default),
    CASE(b3_config_custom),
    CASE(b3_config_no_jit),
    CASE(b3_config_hot_reload),
    CASE(b3_construction_zero_statistics),
    CASE(b3_construction_copies_the_configuration),
    CASE(b3_construction_no_modules),
    CASE(b3_construction_shared_context),
    CASE(b3_module_has_symbol),
    CASE(b3_module_has_no_such_symbol),
    CASE(b3_module_get_finds),
    CASE(b3_module_get_finds_nothing),
    CASE(b3_module_exports_all),
    CASE(b3_symbol_is_a_function),
    CASE(b3_symbol_is_data),
    CASE(b3_symbol_is_from_the_jit),
    CASE(b3_load_answers_success),
    CASE(b3_load_answers_loaded),
    CASE(b3_load_answers_why),
    CASE(b3_lookup_answers_found),
    CASE(b3_lookup_answers_compiled),
    CASE(b3_lookup_answers_not_found),
    CASE(b3_lookup_answers_an_error),
};
TAP_MAIN(cases)
