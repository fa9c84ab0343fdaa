/* SPDX-License-Identifier: MIT */
/*
 * needs.c - who needs whom (A20, A21): by import and by note.deps, in chains, diamonds and circles, supplied by
 * config.open; interfaces; what an unload refuses and what it takes along.
 */
#include "system/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smf/interface.h"

static const enum smf_kind function = SMF_KIND_FUNCTION;

static void open_system(void)
{
    scene_start(NULL);
    scene_open();
}

/* ---- note.deps ---- */

static void what_a_module_needs_comes_along(void)
{
    open_system();
    scene_shelve_needer("a", "b c");
    scene_shelve_needer("b", "d");
    scene_shelve_needer("c", "d");
    scene_shelve_needer("d", "");
    scene_load("a", SMF_OK);
    CHECK_EQUAL(scene_listed(), 4);
    CHECK_EQUAL(scene.opened, 4); /* d once */
    CHECK_EQUAL(scene_statistics().bindings, 4);
    scene_end();
}

static void what_is_there_is_not_loaded_again(void)
{
    open_system();
    scene_shelve_needer("a", "b");
    scene_shelve_needer("b", "");
    const struct smf_handle b = scene_load("b", SMF_OK);
    scene_load("a", SMF_OK);
    CHECK_EQUAL(scene_handle("b").number, b.number);
    CHECK_EQUAL(scene.opened, 2);
    scene_end();
}

static void a21_a_missing_need_is_named(void)
{
    open_system();
    scene_shelve_needer("a", "b");
    scene_shelve_needer("b", "c missing");
    scene_shelve_needer("c", "");
    scene_load("a", SMF_ERR_NOT_FOUND);
    CHECK_TEXT(scene.why.name, "missing");
    scene_check_empty();
    scene_end();
}

static void a21_a_module_may_need_itself(void)
{
    open_system();
    scene_shelve_needer("a", "a");
    const struct smf_handle a = scene_load("a", SMF_OK);
    CHECK_EQUAL(scene_statistics().bindings, 0);
    scene_unload(a, 0, SMF_OK);
    scene_end();
}

static void a21_needs_may_go_in_circles(void)
{
    open_system();
    scene_shelve_needer("a", "b");
    scene_shelve_needer("b", "c");
    scene_shelve_needer("c", "a");
    const struct smf_handle a = scene_load("a", SMF_OK);
    CHECK_EQUAL(scene_listed(), 3);
    scene_unload(a, 0, SMF_ERR_BUSY);
    CHECK_TEXT(scene.why.name, "c");
    scene_unload(a, SMF_UNLOAD_DEPENDENTS, SMF_OK);
    scene_check_empty();
    scene_end();
}

/* SMF_SYSTEM_DEPTH_MAX steps are allowed, one more is refused; on a shelf that has as many files as it likes. */
static unsigned last;
static uint8_t arena[1 << (sizeof(void *) > 4 ? 19 : 18)]; /* loads of a chain are open at once: 4 KiB each */

static enum smf_status open_chain(void *context, const char *name, struct smf_source *source)
{
    unsigned number = 0;
    char next[16];
    size_t size;
    uint8_t *bytes;
    (void)context;
    for (const char *at = name + 1; *at != '\0'; at++)
        number = number * 10 + (unsigned)(*at - '0');
    snprintf(next, sizeof next, "m%u", number + 1);
    const struct smf_module_note note = {.name = "link"};
    kit_start(&scene.kit, (enum smf_arch_id)scene.arch->id);
    scene.need_count = 0;
    kit_section(&scene.kit, SMF_NOTE_MODULE, SMF_SECTION_NOTE, scene.note,
                smf_note_module_write(&note, scene.note, sizeof scene.note), 8);
    if (number < last) {
        scene_need(next, 0);
        kit_section(&scene.kit, SMF_NOTE_DEPS, SMF_SECTION_NOTE, scene.needs_note,
                    smf_note_dependencies_write(scene.needs, 1, scene.needs_note, sizeof scene.needs_note), 8);
    }
    bytes = kit_finish(&scene.kit, &size);
    *source = smf_source_memory(bytes, size, SMF_STAYS_FOR_LOAD);
    scene.opened++;
    return SMF_OK;
}

static void close_chain(void *context, const char *name, const struct smf_source *source)
{
    (void)context;
    (void)name;
    free((void *)(uintptr_t)source->bytes);
    scene.closed++;
}

static void a21_the_depth_of_needs_is_bounded(void)
{
    for (unsigned more = 0; more < 2; more++) {
        scene_start(NULL);
        scene.config.open = open_chain;
        scene.config.close = close_chain;
        scene.config.load.arena = arena;
        scene.config.load.arena_size = sizeof arena;
        scene_open();
        last = SMF_SYSTEM_DEPTH_MAX + more;
        scene_load("m0", more == 0 ? SMF_OK : SMF_ERR_LIMIT);
        CHECK_EQUAL(scene_listed(), more == 0 ? SMF_SYSTEM_DEPTH_MAX + 1 : 0);
        if (more != 0)
            CHECK_EQUAL(scene.why.detail, SMF_DETAIL_NEEDS_DEPTH);
        if (more != 0)
            scene_check_empty();
        scene_end();
    }
}

/* ---- Interfaces ---- */

static enum smf_status need_host(uint64_t has, uint64_t wants)
{
    struct smf_handle handle;
    const struct smf_system_item item = {"a", NULL};
    scene_start(NULL);
    scene.config.host_interface = has;
    scene_open();
    scene_begin();
    scene_need("host", wants);
    scene_shelve("a");
    const enum smf_status status = smf_system_load(&scene.system, &item, 0, &handle, &scene.why);
    if (status == SMF_OK)
        CHECK_EQUAL(scene_statistics().bindings, 0);
    else
        scene_check_empty();
    CHECK(status == SMF_OK || strcmp(scene.why.name, "host") == 0);
    scene_end();
    return status;
}

static void the_host_has_an_interface(void)
{
    CHECK_STATUS(need_host(0x1234567890, 0x1234567890), SMF_OK);
    CHECK_STATUS(need_host(0x1234567890, 0x1234567891), SMF_ERR_INTERFACE);
    CHECK_STATUS(need_host(0x1234567890, 0x34567890), SMF_ERR_INTERFACE);
    CHECK_STATUS(need_host(0x1234567890, 0), SMF_OK);
    CHECK_STATUS(need_host(0, 0x1234567890), SMF_OK);
    CHECK_STATUS(need_host(0, 0), SMF_OK);
}

static void need_b(uint64_t interface, enum smf_status wanted)
{
    scene_begin();
    scene_need("b", interface);
    scene_shelve("a");
    scene_load("a", wanted);
}

/* The same whether b is live or comes along. */
static void modules_have_interfaces(void)
{
    for (int live = 0; live < 2; live++) {
        open_system();
        scene_shelve_needer("b", "");
        const struct smf_handle b = scene_load("b", SMF_OK);
        const uint64_t interface = smf_interface_of_module(smf_system_module(&scene.system, b));
        if (!live)
            scene_unload(b, 0, SMF_OK);
        need_b(interface ^ 1, SMF_ERR_INTERFACE);
        CHECK_TEXT(scene.why.name, "b");
        CHECK_EQUAL(scene_listed(), live);
        need_b(interface, SMF_OK);
        CHECK_EQUAL(scene_listed(), 2);
        scene_end();
    }
}

/* ---- Unloading what is needed ---- */

static void add_name(void *context, struct smf_handle handle, const char *name)
{
    CHECK(handle.number != 0);
    strcat(context, name);
    strcat(context, " ");
}

static void dependents_are_named(void)
{
    char names[64] = "";
    open_system();
    scene_shelve_needer("b", "");
    scene_shelve_user("user", "user_function", "b_function");
    scene_shelve_needer("needer", "b");
    const struct smf_handle b = scene_load("b", SMF_OK);
    const struct smf_handle user = scene_load("user", SMF_OK);
    scene_load("needer", SMF_OK);
    scene_unload(b, 0, SMF_ERR_BUSY);
    CHECK(strcmp(scene.why.name, "user") == 0 || strcmp(scene.why.name, "needer") == 0);
    CHECK_EQUAL(scene.why.value, 2);
    CHECK_STATUS(smf_system_dependents(&scene.system, b, add_name, names), SMF_OK);
    CHECK(strcmp(names, "user needer ") == 0 || strcmp(names, "needer user ") == 0);
    names[0] = '\0';
    CHECK_STATUS(smf_system_needs(&scene.system, user, add_name, names), SMF_OK);
    CHECK_TEXT(names, "b ");
    scene_unload(user, 0, SMF_OK);
    scene_unload(b, 0, SMF_ERR_BUSY);
    CHECK_TEXT(scene.why.name, "needer");
    CHECK_EQUAL(scene.why.value, 1);
    scene_unload(scene_handle("needer"), 0, SMF_OK);
    scene_unload(b, 0, SMF_OK);
    scene_check_empty();
    scene_end();
}

static void dependents_go_along_and_nobody_else(void)
{
    open_system();
    scene_shelve_needer("base", "");
    scene_shelve_needer("side", "");
    scene_shelve_user("middle", "middle_function", "base_function");
    scene_begin();
    scene_import("middle_function", function, 0);
    scene_import("side_function", function, 8);
    scene_shelve("top");
    static const char *const names[] = {"base", "side", "middle", "top"};
    for (unsigned i = 0; i < 4; i++)
        scene_load(names[i], SMF_OK);
    scene_unload(scene_handle("base"), SMF_UNLOAD_DEPENDENTS, SMF_OK);
    CHECK_EQUAL(scene_listed(), 1);
    CHECK(scene_address("side_function") != 0);
    scene_unload(scene_handle("side"), 0, SMF_OK);
    scene_check_empty();
    scene_end();
}

static void a_weak_import_needs_whom_it_found(void)
{
    open_system();
    scene_shelve_needer("b", "");
    scene_begin();
    scene_import_weak("b_function", SMF_KIND_FUNCTION, 0);
    scene_shelve("weak");
    const struct smf_handle early = scene_load("weak", SMF_OK);
    CHECK_EQUAL(scene_statistics().bindings, 0);
    const struct smf_handle b = scene_load("b", SMF_OK);
    scene_unload(b, 0, SMF_OK);
    scene_unload(early, 0, SMF_OK);
    const struct smf_handle again = scene_load("b", SMF_OK);
    scene_load("weak", SMF_OK);
    scene_unload(again, 0, SMF_ERR_BUSY);
    scene_end();
}

#define CASE(name)                                                                                                     \
    {                                                                                                                  \
#name, name                                                                                                    \
    }
static const struct tap_case cases[] = {
    CASE(what_a_module_needs_comes_along),
    CASE(what_is_there_is_not_loaded_again),
    CASE(a21_a_missing_need_is_named),
    CASE(a21_a_module_may_need_itself),
    CASE(a21_needs_may_go_in_circles),
    CASE(a21_the_depth_of_needs_is_bounded),
    CASE(the_host_has_an_interface),
    CASE(modules_have_interfaces),
    CASE(dependents_are_named),
    CASE(dependents_go_along_and_nobody_else),
    CASE(a_weak_import_needs_whom_it_found),
};
TAP_MAIN(cases)
