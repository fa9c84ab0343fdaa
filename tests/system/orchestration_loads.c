/* SPDX-License-Identifier: MIT */
/* orchestration_loads.c - the second half of the older list of REQUIREMENTS B.3: see orchestration.c. */
#include "system/scene.h"

#include <string.h>

static const enum smf_kind function = SMF_KIND_FUNCTION;

static void open_hot(bool hot)
{
    scene_start(NULL);
    scene.config.hot_reload = hot;
    scene_open();
    scene_shelve_function("a", "a_function", 8);
}

/* ---- Loading ---- */

static void b3_load_success(void)
{
    open_hot(false);
    scene_load("a", SMF_OK);
    CHECK(scene_is_loaded("a"));
    CHECK(scene_address("a_function") != 0);
    CHECK_EQUAL(scene.opened, 1);
    scene_end();
}

static void b3_load_twice_is_refused(void)
{
    open_hot(false);
    scene_load("a", SMF_OK);
    scene_load("a", SMF_ERR_LOADED);
    CHECK_EQUAL(scene_statistics().modules, 1);
    CHECK_EQUAL(scene_statistics().loads, 1);
    CHECK_EQUAL(scene.opened, 1);
    scene_end();
}

static void b3_load_again_reloads_when_hot(void)
{
    open_hot(true);
    const struct smf_handle first = scene_load("a", SMF_OK);
    const uint64_t before = scene_address("a_function");
    scene_shelve_function("a", "a_function", 24);
    const struct smf_handle second = scene_load("a", SMF_OK);
    CHECK(first.number != second.number);
    CHECK_EQUAL(scene_owner("a_function"), second.number);
    CHECK(scene_address("a_function") != before);
    CHECK_EQUAL(scene_statistics().modules, 1);
    CHECK_EQUAL(scene_statistics().reloads, 1);
    scene_end();
}

static void b3_load_of_a_missing_file_fails(void)
{
    scene_start(NULL);
    scene_open();
    scene_load("nowhere", SMF_ERR_NOT_FOUND);
    scene_end();
}

static void b3_load_that_fails_is_not_tracked(void)
{
    scene_start(NULL);
    scene_open();
    scene_load("nowhere", SMF_ERR_NOT_FOUND);
    CHECK(!scene_is_loaded("nowhere"));
    CHECK_EQUAL(scene_listed(), 0);
    scene_end();
}

static void b3_load_that_fails_leaves_the_statistics(void)
{
    open_hot(false);
    scene_load("a", SMF_OK);
    scene_shelve_user("b", "b_function", "missing");
    const struct smf_system_statistics before = scene_statistics();
    scene_load("nowhere", SMF_ERR_NOT_FOUND);
    scene_load("b", SMF_ERR_UNRESOLVED);
    const struct smf_system_statistics after = scene_statistics();
    CHECK(memcmp(&before, &after, sizeof before) == 0);
    scene_end();
}

/* ---- Unloading and reloading ---- */

static void b3_unload(void)
{
    open_hot(false);
    const unsigned live = paper_live(&scene.paper);
    const struct smf_system_statistics before = scene_statistics();
    scene_unload(scene_load("a", SMF_OK), 0, SMF_OK);
    CHECK(!scene_is_loaded("a"));
    CHECK_EQUAL(paper_live(&scene.paper), live);
    CHECK_EQUAL(scene_statistics().arena_largest, before.arena_largest);
    scene_end();
}

static void b3_unload_removes_globals(void)
{
    open_hot(false);
    const struct smf_handle handle = scene_load("a", SMF_OK);
    CHECK_EQUAL(scene_statistics().exports, 1);
    scene_unload(handle, 0, SMF_OK);
    CHECK_EQUAL(scene_address("a_function"), 0);
    CHECK_EQUAL(scene_statistics().exports, 0);
    scene_end();
}

static void b3_unload_closes_the_reader(void)
{
    open_hot(false);
    scene.stay = SMF_STAYS_FOR_MODULE;
    const struct smf_handle handle = scene_load("a", SMF_OK);
    CHECK_EQUAL(scene.opened, 1);
    CHECK_EQUAL(scene.closed, 0);
    scene_unload(handle, 0, SMF_OK);
    CHECK_EQUAL(scene.closed, 1);
    scene_end();
}

static void b3_reload(void)
{
    struct smf_version_information information;
    open_hot(false);
    const struct smf_handle first = scene_load("a", SMF_OK);
    const struct smf_handle second = scene_reload(first, 0, SMF_OK);
    CHECK_STATUS(smf_system_information(&scene.system, second, &information), SMF_OK);
    CHECK_EQUAL(information.load, 2);
    CHECK(information.live);
    scene_end();
}

/* The file is looked at again, and what stood in it before is not served. */
static void b3_reload_updates_what_is_known(void)
{
    open_hot(false);
    const struct smf_handle first = scene_load("a", SMF_OK);
    const uint64_t before = scene_address("a_function");
    scene_begin();
    scene_export("a_function", function, 40);
    scene_export("a_second", function, 8);
    scene_shelve("a");
    const struct smf_handle second = scene_reload(first, 0, SMF_OK);
    CHECK_EQUAL(scene_address("a_function") - scene_region(second, SCENE_TEXT),
                scene.arch->id == SMF_ARCH_ARM ? 41 : 40);
    CHECK(scene_address("a_function") != before);
    CHECK(scene_address("a_second") != 0);
    CHECK(smf_system_module(&scene.system, first) == NULL);
    CHECK_EQUAL(scene.opened, 2);
    scene_end();
}

/* ---- Resolving ---- */

static void b3_resolve_loaded(void)
{
    open_hot(false);
    const struct smf_handle handle = scene_load("a", SMF_OK);
    CHECK_EQUAL(scene_owner("a_function"), handle.number);
    scene_end();
}

static void b3_resolve_unknown(void)
{
    open_hot(false);
    scene_load("a", SMF_OK);
    CHECK_EQUAL(scene_address("unknown"), 0);
    scene_end();
}

static void b3_resolve_without_a_jit(void)
{
    scene_start(NULL);
    scene_open();
    CHECK_EQUAL(scene_address("made"), 0);
    scene_end();
}

static void b3_resolve_what_the_jit_has_not(void)
{
    scene_open_with_mapper();
    CHECK_EQUAL(scene_address("made"), 0);
    scene_end();
}

static void b3_resolve_what_the_jit_has(void)
{
    scene_open_with_mapper();
    scene_compile("", "made");
    const uint64_t first = scene_address("made");
    CHECK(first != 0);
    CHECK_EQUAL(scene_address("made"), first);
    scene_end();
}

/* ---- Generics: instances that are somebody's export, or in the mapper ---- */

static void b3_generic_missing_is_named(void)
{
    scene_start(NULL);
    scene_open();
    scene_shelve_user("b", "b_function", "Vec$i64");
    scene_load("b", SMF_ERR_UNRESOLVED);
    CHECK_TEXT(scene.why.name, "Vec$i64");
    scene_end();
}

static void b3_generic_exact_name(void)
{
    scene_start(NULL);
    scene_open();
    scene_shelve_function("a", "Vec$i64", 8);
    scene_load("a", SMF_OK);
    CHECK(scene_address("Vec$i64") != 0);
    CHECK_EQUAL(scene_address("Vec"), 0);
    CHECK_EQUAL(scene_address("Vec$i6"), 0);
    scene_end();
}

static void b3_generic_in_the_table(void)
{
    scene_open_with_mapper();
    scene_compile("a", "Vec$i64");
    scene_shelve_user("b", "b_function", "Vec$i64");
    scene_load("b", SMF_OK);
    CHECK_EQUAL(scene_slot((struct smf_handle){scene_owner("b_function")}, 0), scene_address("Vec$i64"));
    scene_end();
}

/* ---- Statistics ---- */

static void b3_statistics_count_modules(void)
{
    open_hot(false);
    scene_shelve_function("b", "b_function", 8);
    scene_load("a", SMF_OK);
    CHECK_EQUAL(scene_statistics().modules, 1);
    scene_load("b", SMF_OK);
    CHECK_EQUAL(scene_statistics().modules, 2);
    scene_end();
}

static void b3_statistics_count_symbols(void)
{
    scene_start(NULL);
    scene_open();
    scene_begin();
    scene_export("a_data", SMF_KIND_DATA, 16);
    scene_export("a_function", function, 8);
    scene_shelve("a");
    scene_load("a", SMF_OK);
    CHECK_EQUAL(scene_statistics().exports, 2);
    scene_end();
}

static void b3_statistics_of_the_jit(void)
{
    struct smf_mapper_statistics statistics;
    scene_open_with_mapper();
    scene_compile("", "made");
    smf_mapper_get_statistics(&scene_mapper, &statistics);
    CHECK_EQUAL(statistics.mapped_symbols, 1);
    CHECK_EQUAL(scene_statistics().exports, 0);
    scene_end();
}

/* There is no cache of files in a system: each load and reload asks for the file, a lookup never. */
static void b3_statistics_of_files_that_were_read(void)
{
    open_hot(false);
    const struct smf_handle handle = scene_load("a", SMF_OK);
    CHECK_EQUAL(scene.opened, 1);
    scene_address("a_function");
    scene_address("unknown");
    CHECK_EQUAL(scene.opened, 1);
    scene_reload(handle, 0, SMF_OK);
    CHECK_EQUAL(scene.opened, 2);
    scene_end();
}

/* ---- Questions about what is not there ---- */

static void b3_not_loaded_has_no_module(void)
{
    scene_start(NULL);
    scene_open();
    CHECK(smf_system_module(&scene.system, (struct smf_handle){1}) == NULL);
    CHECK(smf_system_module(&scene.system, (struct smf_handle){0}) == NULL);
    scene_end();
}

static void b3_not_loaded_is_not_found(void)
{
    scene_start(NULL);
    scene_open();
    CHECK(!scene_is_loaded("a"));
    scene_end();
}

static void b3_list_is_empty(void)
{
    scene_start(NULL);
    scene_open();
    CHECK_EQUAL(scene_listed(), 0);
    CHECK_EQUAL(scene_statistics().modules, 0);
    scene_end();
}

static void b3_list_is_empty_after_failures(void)
{
    scene_start(NULL);
    scene_open();
    scene_shelve_bytes("bad", "not a module, and too short", 28);
    scene_load("nowhere", SMF_ERR_NOT_FOUND);
    struct smf_handle handle = {0};
    const struct smf_system_item bad = {"bad", NULL};
    CHECK(smf_system_load(&scene.system, &bad, 0, &handle, &scene.why) != SMF_OK);
    CHECK_EQUAL(scene_listed(), 0);
    scene_end();
}

static void b3_many_names_are_not_found(void)
{
    static const char *const names[] = {"", "a", "/", "a.smf", "../a", "a a", "\xC3\xA4", "host"};
    open_hot(false);
    scene_shelve_function("only", "only_function", 8);
    scene_load("only", SMF_OK);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        CHECK(!scene_is_loaded(names[i]));
    scene_end();
}

#define CASE(name)                                                                                                     \
    {                                                                                                                  \
#name, name                                                                                                    \
    }
static const struct tap_case cases[] = {
    CASE(b3_load_success),
    CASE(b3_load_twice_is_refused),
    CASE(b3_load_again_reloads_when_hot),
    CASE(b3_load_of_a_missing_file_fails),
    CASE(b3_load_that_fails_is_not_tracked),
    CASE(b3_load_that_fails_leaves_the_statistics),
    CASE(b3_unload),
    CASE(b3_unload_removes_globals),
    CASE(b3_unload_closes_the_reader),
    CASE(b3_reload),
    CASE(b3_reload_updates_what_is_known),
    CASE(b3_resolve_loaded),
    CASE(b3_resolve_unknown),
    CASE(b3_resolve_without_a_jit),
    CASE(b3_resolve_what_the_jit_has_not),
    CASE(b3_resolve_what_the_jit_has),
    CASE(b3_generic_missing_is_named),
    CASE(b3_generic_exact_name),
    CASE(b3_generic_in_the_table),
    CASE(b3_statistics_count_modules),
    CASE(b3_statistics_count_symbols),
    CASE(b3_statistics_of_the_jit),
    CASE(b3_statistics_of_files_that_were_read),
    CASE(b3_not_loaded_has_no_module),
    CASE(b3_not_loaded_is_not_found),
    CASE(b3_list_is_empty),
    CASE(b3_list_is_empty_after_failures),
    CASE(b3_many_names_are_not_found),
};
TAP_MAIN(cases)
