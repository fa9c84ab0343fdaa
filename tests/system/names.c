/* SPDX-License-Identifier: MIT */
/*
 * names.c - what names mean (D-31, D-36): whose definition counts, names that have one hash, names of any length, stored
 * hashes that are wrong, names of the host and of the hooks of smf/module.h.
 */
#include "system/scene.h"

#include <stdlib.h>
#include <string.h>

#include "smf/hash.h"

static const enum smf_kind function = SMF_KIND_FUNCTION, data = SMF_KIND_DATA;

/* Found by search: FNV-1a-32 gives 0x14E255CE for all three. */
static const char *const equal[] = {"fn_3b831c", "fn_91721b", "fn_a6ddde"};

static void open_system(void)
{
    scene_start(NULL);
    scene.config.bucket_count = 2;
    scene_open();
}

/* ---- Equal hashes ---- */

static void hashes_are_equal(void)
{
    CHECK_EQUAL(smf_hash_name(equal[0]), 0x14E255CE);
    CHECK_EQUAL(smf_hash_name(equal[1]), 0x14E255CE);
    CHECK_EQUAL(smf_hash_name(equal[2]), 0x14E255CE);
}

static void equal_hashes_in_one_module(void)
{
    open_system();
    scene_begin();
    for (unsigned i = 0; i < 3; i++)
        scene_export(equal[i], function, 8 * i);
    scene_shelve("a");
    const struct smf_handle a = scene_load("a", SMF_OK);
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQUAL(scene_address(equal[i]) & ~(uint64_t)1, scene_region(a, SCENE_TEXT) + 8 * i);
    scene_end();
}

static void equal_hashes_in_three_modules(void)
{
    static const uint8_t orders[][3] = {
        {0, 1, 2},
        {0, 2, 1},
        {1, 0, 2},
        {1, 2, 0},
        {2, 0, 1},
        {2, 1, 0}
    };
    static const char *const names[] = {"a", "b", "c"};
    for (unsigned order = 0; order < 6; order++) {
        struct smf_handle handles[3];
        tap_variant("order %u", order);
        open_system();
        for (unsigned i = 0; i < 3; i++) {
            scene_shelve_function(names[i], equal[i], 8);
            handles[i] = scene_load(names[i], SMF_OK);
        }
        for (unsigned gone = 0; gone < 3; gone++) {
            scene_unload(handles[orders[order][gone]], 0, SMF_OK);
            handles[orders[order][gone]].number = 0;
            for (unsigned i = 0; i < 3; i++)
                CHECK_EQUAL(scene_owner(equal[i]), handles[i].number);
        }
        scene_end();
    }
}

static void an_equal_hash_is_no_provider(void)
{
    open_system();
    scene_shelve_function("a", equal[0], 8);
    scene_load("a", SMF_OK);
    CHECK_EQUAL(scene_address(equal[1]), 0);
    scene_shelve_user("b", "b_function", equal[1]);
    scene_load("b", SMF_ERR_UNRESOLVED);
    CHECK_TEXT(scene.why.name, equal[1]);
    scene_end();
}

/* Its slots follow by name, and another name with that hash does not stand in for one that is gone. */
static void equal_hashes_in_a_reload(void)
{
    open_system();
    scene_begin();
    scene_export(equal[0], function, 0);
    scene_export(equal[1], function, 8);
    scene_shelve("a");
    const struct smf_handle a = scene_load("a", SMF_OK);
    scene_begin();
    scene_import(equal[0], function, 0);
    scene_import(equal[1], function, 8);
    scene_shelve("b");
    const struct smf_handle b = scene_load("b", SMF_OK);
    scene_begin();
    scene_export(equal[1], function, 40);
    scene_export(equal[2], function, 32);
    scene_export(equal[0], function, 48);
    scene_shelve("a");
    const struct smf_handle newer = scene_reload(a, 0, SMF_OK);
    CHECK_EQUAL(scene_slot(b, 0), scene_address(equal[0]));
    CHECK_EQUAL(scene_slot(b, 8), scene_address(equal[1]));
    CHECK_EQUAL(scene_address(equal[1]) & ~(uint64_t)1, scene_region(newer, SCENE_TEXT) + 40);
    scene_begin();
    scene_export(equal[2], function, 32);
    scene_export(equal[0], function, 48);
    scene_shelve("a");
    scene_reload(newer, 0, SMF_ERR_UNRESOLVED);
    CHECK_TEXT(scene.why.name, equal[1]);
    scene_end();
}

static void modules_whose_names_have_one_hash(void)
{
    struct smf_handle handles[3], found;
    open_system();
    for (unsigned i = 0; i < 3; i++) {
        static const char *const functions[] = {"a", "b", "c"};
        scene_shelve_function(equal[i], functions[i], 8);
        handles[i] = scene_load(equal[i], SMF_OK);
    }
    scene_begin();
    scene_need(equal[1], 0);
    scene_shelve("user");
    scene_load("user", SMF_OK);
    scene_unload(handles[1], 0, SMF_ERR_BUSY);
    scene_unload(handles[0], 0, SMF_OK);
    scene_unload(handles[2], 0, SMF_OK);
    CHECK_STATUS(smf_system_find(&scene.system, equal[1], &found), SMF_OK);
    CHECK_EQUAL(found.number, handles[1].number);
    CHECK(!scene_is_loaded(equal[0]) && !scene_is_loaded(equal[2]));
    scene_end();
}

/* ---- Global before Weak, load order, duplicates (D-31, D-36) ---- */

static void d31_its_own_definition_comes_first(void)
{
    open_system();
    scene.system.config.allow_duplicates = true;
    scene_shelve_function("a", "shared", 8);
    scene_load("a", SMF_OK);
    scene_begin();
    kit_export(&scene.kit, "shared", SCENE_DATA, 16, SMF_SYMBOL_DATA);
    kit_relocation(&scene.kit, SCENE_GOT, 0, scene.arch->absolute, 0, 0);
    scene_shelve("b");
    const struct smf_handle b = scene_load("b", SMF_OK);
    CHECK_EQUAL(scene_slot(b, 0), scene_region(b, SCENE_DATA) + 16);
    scene_end();
}

static void d31_global_before_weak_then_load_order(void)
{
    open_system();
    static const char *const names[] = {"weak1", "weak2", "strong"};
    struct smf_handle handles[3];
    for (unsigned i = 0; i < 3; i++) {
        scene_begin();
        (i < 2 ? scene_export_weak : scene_export)("shared", function, 8);
        scene_shelve(names[i]);
        handles[i] = scene_load(names[i], SMF_OK);
        CHECK_EQUAL(scene_owner("shared"), handles[i < 2 ? 0 : 2].number);
    }
    scene_unload(handles[2], 0, SMF_OK);
    CHECK_EQUAL(scene_owner("shared"), handles[0].number);
    /* A reload does not make it younger. */
    handles[0] = scene_reload(handles[0], 0, SMF_OK);
    CHECK_EQUAL(scene_owner("shared"), handles[0].number);
    scene_unload(handles[0], 0, SMF_OK);
    CHECK_EQUAL(scene_owner("shared"), handles[1].number);
    scene_end();
}

static void a20_a_weak_import_without_provider_is_0(void)
{
    open_system();
    scene_begin();
    scene_import_weak("nobody", data, 0);
    scene_shelve("a");
    CHECK_EQUAL(scene_slot(scene_load("a", SMF_OK), 0), 0);
    scene_end();
}

static void d36_a_second_global_is_refused(void)
{
    open_system();
    scene_shelve_function("a", "shared", 8);
    const struct smf_handle a = scene_load("a", SMF_OK);
    const struct smf_system_statistics before = scene_statistics();
    scene_begin();
    scene_export("b_first", function, 8);
    scene_export("shared", data, 8);
    scene_export("b_third", function, 16);
    scene_shelve("b");
    scene_load("b", SMF_ERR_DUPLICATE);
    CHECK_EQUAL(scene.why.detail, SMF_DETAIL_OTHER_HAS);
    CHECK_TEXT(scene.why.name, "shared");
    const struct smf_system_statistics after = scene_statistics();
    CHECK(memcmp(&before, &after, sizeof before) == 0);
    CHECK_EQUAL(scene_address("b_first"), 0);
    CHECK_EQUAL(scene_owner("shared"), a.number);
    scene_end();
}

static void d36_a_second_global_in_one_group_is_refused(void)
{
    static const struct smf_system_item items[] = {
        {"a", NULL},
        {"b", NULL}
    };
    open_system();
    scene_shelve_function("a", "shared", 8);
    scene_shelve_function("b", "shared", 8);
    CHECK_STATUS(smf_system_load_all(&scene.system, items, 2, 0, NULL, &scene.why), SMF_ERR_DUPLICATE);
    CHECK_EQUAL(scene_statistics().modules, 0);
    CHECK_EQUAL(scene_statistics().exports, 0);
    scene_end();
}

static void d36_duplicates_when_allowed_mean_the_oldest(void)
{
    scene_start(NULL);
    scene.config.allow_duplicates = true;
    scene_open();
    scene_shelve_function("a", "shared", 8);
    scene_shelve_function("b", "shared", 8);
    scene_shelve_user("c", "c_function", "shared");
    const struct smf_handle a = scene_load("a", SMF_OK);
    const struct smf_handle b = scene_load("b", SMF_OK);
    const struct smf_handle c = scene_load("c", SMF_OK);
    CHECK_EQUAL(scene_owner("shared"), a.number);
    const uint64_t slot = scene_slot(c, 0);
    CHECK_EQUAL(slot, scene_address("shared"));
    scene_unload(b, 0, SMF_OK); /* nobody is bound to it */
    CHECK_EQUAL(scene_slot(c, 0), slot);
    scene_unload(a, 0, SMF_ERR_BUSY);
    CHECK_TEXT(scene.why.name, "c");
    scene_end();
}

/* A reload that would add somebody else's name is refused as a load is. */
static void d36_a_reload_may_not_take_a_name(void)
{
    open_system();
    scene_shelve_function("a", "a_function", 8);
    scene_shelve_function("b", "b_function", 8);
    const struct smf_handle a = scene_load("a", SMF_OK);
    const struct smf_handle b = scene_load("b", SMF_OK);
    scene_begin();
    scene_export("a_function", function, 8);
    scene_export("b_function", function, 16);
    scene_shelve("a");
    scene_reload(a, 0, SMF_ERR_DUPLICATE);
    CHECK_EQUAL(scene_owner("a_function"), a.number);
    CHECK_EQUAL(scene_owner("b_function"), b.number);
    scene_end();
}

/* ---- The host ---- */

static void open_with_host(bool allow)
{
    static struct smf_export entries[2];
    static struct smf_exports table;
    static const struct smf_exports *tables[] = {&table};
    static uint32_t buckets[8];
    memset(entries, 0, sizeof entries);
    entries[0].name = "host_function";
    entries[0].address = 0x1000;
    entries[0].kind = SMF_KIND_FUNCTION;
    entries[1] = entries[0];
    entries[1].name = equal[0];
    CHECK_STATUS(smf_exports_index(&table, entries, 2, buckets, 8), SMF_OK);
    scene_start(NULL);
    scene.config.host = tables;
    scene.config.host_count = 1;
    scene.config.allow_duplicates = allow;
    scene_open();
}

static void a20_a_module_may_not_shadow_the_host(void)
{
    open_with_host(false);
    scene_shelve_function("a", "host_function", 8);
    scene_load("a", SMF_ERR_DUPLICATE);
    CHECK_EQUAL(scene.why.detail, SMF_DETAIL_HOST_HAS);
    CHECK_TEXT(scene.why.name, "host_function");
    scene_shelve_function("a", equal[1], 8); /* the same hash is another name */
    scene_load("a", SMF_OK);
    CHECK_EQUAL(scene_owner(equal[0]), 0);
    CHECK_EQUAL(scene_address(equal[0]), 0x1000);
    CHECK(scene_owner(equal[1]) != 0);
    scene_end();
}

/* Where it may, the name goes on meaning the host's; so it does with a weak one. */
static void a20_the_host_comes_first_where_both_may(void)
{
    for (int weak = 0; weak < 2; weak++) {
        open_with_host(weak == 0);
        scene_begin();
        (weak != 0 ? scene_export_weak : scene_export)("host_function", function, 8);
        scene_shelve("a");
        const struct smf_handle a = scene_load("a", SMF_OK);
        scene_shelve_user("b", "b_function", "host_function");
        const struct smf_handle b = scene_load("b", SMF_OK);
        CHECK_EQUAL(scene_address("host_function"), 0x1000);
        CHECK_EQUAL(scene_slot(b, 0), 0x1000);
        scene_unload(a, 0, SMF_OK); /* nobody is bound to it */
        scene_end();
    }
}

/* ---- Names of smf/module.h ---- */

static void hooks_are_nobodys_exports(void)
{
    static const char *const hooks[] = {"smf_module_on_start", "smf_module_on_stop", "smf_state_give",
                                        "smf_state_take"};
    open_system();
    for (int i = 0; i < 2; i++) { /* every module may have them */
        scene_begin();
        for (unsigned hook = 0; hook < 4; hook++)
            scene_export(hooks[hook], function, 8 * hook);
        scene_shelve(i == 0 ? "a" : "b");
        scene_load(i == 0 ? "a" : "b", SMF_OK);
    }
    CHECK_EQUAL(scene_statistics().exports, 0);
    for (unsigned hook = 0; hook < 4; hook++) {
        CHECK_EQUAL(scene_address(hooks[hook]), 0);
        scene_shelve_user("c", "c_function", hooks[hook]);
        scene_load("c", SMF_ERR_UNRESOLVED);
    }
    scene_end();
}

static void names_like_those_of_hooks_are_exports(void)
{
    static const char *const others[] = {
        "smf_module_on_star", "smf_module_on_start_", "smf_state_giv", "smf_state_", "smf_", "smf", "Smf_state_give"};
    open_system();
    scene_begin();
    for (unsigned i = 0; i < 7; i++)
        scene_export(others[i], function, 4 * i);
    scene_shelve("a");
    scene_load("a", SMF_OK);
    for (unsigned i = 0; i < 7; i++)
        CHECK(scene_address(others[i]) != 0);
    scene_end();
}

#define CASE(name)                                                                                                     \
    {                                                                                                                  \
#name, name                                                                                                    \
    }
static const struct tap_case cases[] = {
    CASE(hashes_are_equal),
    CASE(equal_hashes_in_one_module),
    CASE(equal_hashes_in_three_modules),
    CASE(an_equal_hash_is_no_provider),
    CASE(equal_hashes_in_a_reload),
    CASE(modules_whose_names_have_one_hash),
    CASE(d31_its_own_definition_comes_first),
    CASE(d31_global_before_weak_then_load_order),
    CASE(a20_a_weak_import_without_provider_is_0),
    CASE(d36_a_second_global_is_refused),
    CASE(d36_a_second_global_in_one_group_is_refused),
    CASE(d36_duplicates_when_allowed_mean_the_oldest),
    CASE(d36_a_reload_may_not_take_a_name),
    CASE(a20_a_module_may_not_shadow_the_host),
    CASE(a20_the_host_comes_first_where_both_may),
    CASE(hooks_are_nobodys_exports),
    CASE(names_like_those_of_hooks_are_exports),
};
TAP_MAIN(cases)
