/* SPDX-License-Identifier: MIT */
/*
 * generics.c - imports that are instances of templates: what a maker of instances is told and in which order, whom an
 * importer is bound to, and what becomes of instances when modules are unloaded and reloaded. On paper, with a maker
 * that only answers (maker.h); instances that run are tried in tests/generic/system, failures in generics_faults.c.
 */
#include <string.h>

#include "support/module.h"
#include "system/maker.h"

static const struct smf_type *const some_types = (const struct smf_type *)(void *)&maker;

static struct smf_handle library, user;

static void start(void)
{
    maker_start(NULL);
    scene_open();
    maker_shelve_library("lib");
    maker_shelve_user("user", "lib$Point");
}

static void start_loaded(void)
{
    start();
    library = scene_load("lib", SMF_OK);
    user = scene_load("user", SMF_OK);
    maker_forget_log();
}

static unsigned listed;
static char names[64];

static void list(void *context, struct smf_handle handle, const char *name)
{
    (void)context;
    (void)handle;
    listed++;
    strcat(strcat(names, name), " ");
}

static const char *dependents_of(struct smf_handle handle)
{
    listed = 0;
    names[0] = '\0';
    CHECK_STATUS(smf_system_dependents(&scene.system, handle, list, NULL), SMF_OK);
    return names;
}

/* ---- Loading ---- */

static void an_instance_is_made_when_its_types_are_relocated(void)
{
    start();
    library = scene_load("lib", SMF_OK);
    user = scene_load("user", SMF_OK);
    CHECK_TEXT(maker.log, "add lib#1;add user#2;make user#2 lib$Point;");
    CHECK_EQUAL(maker.can, 1);
    CHECK(scene_slot(user, 0) != 0);
    CHECK_EQUAL(scene_slot(user, 0), maker_address("lib$Point", user));
    CHECK_TEXT(dependents_of(library), "user ");
    CHECK_EQUAL(scene_statistics().bindings, 1);
    CHECK_EQUAL(scene_statistics().exports, 3); /* help, run, Point: no template */
    maker_end();
}

/* In a group every version is told of, and every one relocated, before the first is asked about. */
static void a_group_may_be_in_any_order(void)
{
    for (unsigned order = 0; order < 2; order++) {
        const struct smf_system_item items[2] = {
            {order == 0 ? "user" : "lib", NULL},
            {order == 0 ? "lib" : "user", NULL}
        };
        struct smf_handle handles[2];
        start();
        CHECK_STATUS(smf_system_load_all(&scene.system, items, 2, 0, handles, &scene.why), SMF_OK);
        CHECK_TEXT(maker.log, order == 0 ? "add user#1;add lib#2;make user#1 lib$Point;"
                                         : "add lib#1;add user#2;make user#2 lib$Point;");
        CHECK_TEXT(dependents_of(handles[1 - order]), "user ");
        maker_end();
    }
}

/* The first needs an instance for a type of the second, and the other way round. */
static void a_circle_is_relocated_before_any_is_made(void)
{
    const struct smf_system_item items[2] = {
        {"one", NULL},
        {"two", NULL}
    };
    struct smf_handle handles[2];
    start();
    for (unsigned i = 0; i < 2; i++) {
        maker_describe_user(i == 0 ? "one" : "two", i == 0 ? "two$Two" : "one$One");
        const struct smf_write_symbol type = {.name = i == 0 ? "One" : "Two",
                                              .section = SCENE_DATA,
                                              .type = SMF_SYMBOL_DATA,
                                              .binding = SMF_BINDING_WEAK};
        CHECK_STATUS(smf_writer_add_symbol(&scene.kit.writer, &type, NULL), SMF_OK);
        scene_shelve(i == 0 ? "one" : "two");
    }
    CHECK_STATUS(smf_system_load_all(&scene.system, items, 2, 0, handles, &scene.why), SMF_OK);
    CHECK_EQUAL(maker_count(), 2);
    CHECK_TEXT(dependents_of(handles[0]), "two ");
    CHECK_TEXT(dependents_of(handles[1]), "one ");
    scene_unload(handles[0], 0, SMF_ERR_BUSY);
    scene_unload(handles[0], SMF_UNLOAD_DEPENDENTS, SMF_OK);
    scene_check_empty();
    maker_end();
}

static void a_need_brings_the_template(void)
{
    start();
    maker_describe_user("user", "lib$Point");
    scene_need("lib", 0);
    scene_shelve("user");
    scene_load("user", SMF_OK);
    CHECK_TEXT(maker.log, "add user#1;add lib#2;make user#1 lib$Point;");
    CHECK_EQUAL(scene_statistics().bindings, 1);
    maker_end();
}

static void without_its_template_a_module_does_not_load(void)
{
    start();
    scene_load("user", SMF_ERR_UNRESOLVED);
    CHECK_TEXT(scene.why.name, "lib$Point");
    CHECK_TEXT(maker.log, "add user#1;make user#1 lib$Point;remove user#1;");
    scene_check_empty();
    library = scene_load("lib", SMF_OK);
    user = scene_load("user", SMF_OK);
    CHECK_EQUAL(scene_slot(user, 0), maker_address("lib$Point", user));
    maker_end();
}

static void a_weak_import_is_nothing_without_its_template(void)
{
    start();
    scene_begin();
    scene_import_weak("lib$Point", SMF_KIND_FUNCTION, 0);
    scene_export_weak("Other", SMF_KIND_DATA, 0);
    scene_shelve("user");
    user = scene_load("user", SMF_OK);
    CHECK_EQUAL(scene_slot(user, 0), 0);
    maker_end();
}

static void a_type_that_nobody_has_ends_the_load_and_says_so(void)
{
    start();
    library = scene_load("lib", SMF_OK);
    maker_shelve_user("user", "lib$Circle");
    scene_load("user", SMF_ERR_TYPE);
    CHECK_TEXT(scene.why.name, "Circle");
    CHECK_EQUAL(maker_count(), 0);
    CHECK_EQUAL(scene_statistics().bindings, 0);
    maker_end();
}

/* The host, then modules, then what can be made, then the application. */
static unsigned looked;

static enum smf_status know(void *context, const struct smf_binding_request *request, struct smf_binding_answer *answer)
{
    (void)context;
    if (strcmp(request->name, "lib$Point") != 0 && strcmp(request->name, "known") != 0)
        return SMF_ERR_NOT_FOUND;
    answer->address = scene.paper.base + 0x999000;
    answer->kind = SMF_KIND_FUNCTION;
    return SMF_OK;
}

static void exports_come_first_and_the_application_last(void)
{
    struct smf_export entry = {"lib$Point", 0x12340, SMF_KIND_FUNCTION, 0};
    const struct smf_exports host = {&entry, 1, NULL, 0}, *const hosts[] = {&host};
    for (unsigned who = 0; who < 3; who++) {
        maker_start(NULL);
        scene.config.load.resolve = know;
        scene.config.host = hosts;
        scene.config.host_count = who == 0;
        scene_open();
        maker_shelve_library("lib");
        maker_shelve_user("user", "lib$Point");
        maker_shelve_user("other", "known");
        scene_shelve_function("built", "lib$Point", 8);
        library = scene_load("lib", SMF_OK);
        const struct smf_handle built = who == 1 ? scene_load("built", SMF_OK) : library;
        user = scene_load("user", SMF_OK);
        const uint64_t wanted[] = {0x12340, scene_region(built, SCENE_TEXT) + 8, maker_address("lib$Point", user)};
        CHECK_EQUAL(scene_slot(user, 0), wanted[who]);
        CHECK_EQUAL(maker.can, who == 2);
        CHECK_EQUAL(scene_slot(scene_load("other", SMF_OK), 0), scene.paper.base + 0x999000);
        maker_end();
    }
}

/* Older files are bound at once: nobody is asked whether it could be later. */
static void older_files_are_not_asked_about(void)
{
    struct forged forged;
    const struct forge what = whole_module(FORGE_P128_W);
    maker_start(sizeof(void *) == 8 ? &smf_arch_x86_64 : NULL);
    must_hold(&smf_arch_x86_64); /* what the file is made for */
    scene_open();
    forge_make(&what, &forged);
    scene_shelve_bytes("old", forged.bytes, forged.size);
    forge_free(&forged);
    scene_shelve_needer("log", "");
    scene_shelve_needer("io", "");
    scene_load("old", SMF_ERR_UNRESOLVED);
    CHECK_EQUAL(maker.can, 0);
    maker_end();
}

static void without_a_maker_nothing_is_made(void)
{
    struct smf_resolved found;
    start();
    maker_end();
    scene_start(NULL);
    scene_open();
    maker_shelve_library("lib");
    maker_shelve_user("user", "lib$Point");
    scene_load("lib", SMF_OK);
    scene_load("user", SMF_ERR_UNRESOLVED);
    CHECK_TEXT(scene.why.name, "lib$Point");
    CHECK_STATUS(smf_system_resolve(&scene.system, "lib$Point", &found), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_system_resolve_generic(&scene.system, "lib", some_types, &found, &scene.why), SMF_ERR_NOT_FOUND);
    CHECK_TEXT(scene.why.name, "lib");
    scene_end();
}

/* A template is no name of the index: two modules may have one of the same name, and it is no function. */
static void templates_are_no_exports(void)
{
    struct smf_resolved found;
    start();
    maker_shelve_library("other");
    library = scene_load("lib", SMF_OK);
    const struct smf_handle other = scene_load("other", SMF_OK);
    CHECK_STATUS(smf_system_resolve(&scene.system, "sort", &found), SMF_ERR_NOT_FOUND);
    CHECK(smf_system_function(&scene.system, "sort") == NULL);
    scene_reload(library, 0, SMF_OK);
    struct smf_symbolized symbol;
    CHECK_STATUS(smf_system_symbolize(&scene.system, (uintptr_t)scene_region(other, SCENE_TEXT) + 9, &symbol), SMF_OK);
    CHECK_TEXT(symbol.symbol, "other_help");
    maker_end();
}

static void makers_are_whole_or_refused(void)
{
    maker_start(NULL);
    const struct smf_system_generics whole = maker.generics;
    for (unsigned i = 0; i < 7; i++) {
        maker.generics = whole;
        if (i == 0)
            maker.generics.rules = NULL;
        else if (i == 1)
            maker.generics.add = NULL;
        else if (i == 2)
            maker.generics.can = NULL;
        else if (i == 3)
            maker.generics.make = NULL;
        else if (i == 4)
            maker.generics.make_generic = NULL;
        else if (i == 5)
            maker.generics.retire = NULL;
        else
            maker.generics.remove = NULL;
        CHECK_STATUS(smf_system_start(&scene.system, &scene.config), SMF_ERR_ARGUMENT);
    }
    maker.generics = whole;
    scene_open();
    maker_end();
}

/* ---- Unloading ---- */

static void the_template_is_needed_while_somebody_is_bound_to_an_instance(void)
{
    start_loaded();
    scene_unload(library, 0, SMF_ERR_BUSY);
    CHECK_TEXT(scene.why.name, "user");
    CHECK_EQUAL(scene.why.value, 1);
    CHECK_TEXT(maker.log, "");
    scene_unload(user, 0, SMF_OK);
    CHECK_TEXT(maker.log, "retire user#2;remove user#2;");
    CHECK_EQUAL(maker_count(), 0);
    scene_unload(library, 0, SMF_OK);
    CHECK_TEXT(maker.log, "retire user#2;remove user#2;retire lib#1;remove lib#1;");
    scene_check_empty();
    maker_end();
}

static void dependents_go_along_and_before(void)
{
    start_loaded();
    scene_unload(library, SMF_UNLOAD_DEPENDENTS, SMF_OK);
    CHECK_TEXT(maker.log, "retire user#2;retire lib#1;remove user#2;remove lib#1;");
    scene_check_empty();
    maker_end();
}

/* Whose type it is, is needed, too. */
static void the_type_s_module_is_needed(void)
{
    start();
    maker_shelve_user("shapes", NULL);
    scene_begin();
    scene_import("lib$Point", SMF_KIND_FUNCTION, 0);
    scene_export("user_run", SMF_KIND_FUNCTION, 8);
    scene_shelve("user");
    library = scene_load("lib", SMF_OK);
    const struct smf_handle shapes = scene_load("shapes", SMF_OK);
    user = scene_load("user", SMF_OK);
    CHECK_TEXT(dependents_of(shapes), "user ");
    CHECK_TEXT(dependents_of(library), "user ");
    scene_unload(shapes, 0, SMF_ERR_BUSY);
    CHECK_TEXT(scene.why.name, "user");
    scene_unload(shapes, SMF_UNLOAD_DEPENDENTS, SMF_OK);
    CHECK(!scene_is_loaded("user") && scene_is_loaded("lib"));
    CHECK_EQUAL(maker_count(), 0);
    maker_end();
}

/* Each has its own Point, and an instance of its own. */
static void two_users_have_two_instances(void)
{
    start_loaded();
    maker_shelve_user("second", "lib$Point");
    const struct smf_handle second = scene_load("second", SMF_OK);
    CHECK_EQUAL(maker_count(), 2);
    CHECK(scene_slot(user, 0) != scene_slot(second, 0));
    scene_unload(library, 0, SMF_ERR_BUSY);
    CHECK_EQUAL(scene.why.value, 2);
    scene_unload(user, 0, SMF_OK);
    CHECK_EQUAL(maker_count(), 1);
    CHECK_EQUAL(scene_slot(second, 0), maker_address("lib$Point", second));
    maker_end();
}

static void a_reader_keeps_the_instance(void)
{
    struct smf_reader reader = {.next = NULL};
    start_loaded();
    smf_reader_join(&scene.system, &reader);
    smf_reader_enter(&reader);
    scene_unload(library, SMF_UNLOAD_DEPENDENTS, SMF_OK);
    CHECK_TEXT(maker.log, "retire user#2;retire lib#1;");
    CHECK_EQUAL(maker_count(), 1);
    CHECK_EQUAL(smf_system_collect(&scene.system), 0);
    smf_reader_leave(&reader);
    CHECK_EQUAL(smf_system_collect(&scene.system), 2);
    CHECK_EQUAL(maker_count(), 0);
    smf_reader_part(&scene.system, &reader);
    maker_end();
}

static void a_finish_removes_all(void)
{
    start_loaded();
    maker_end();
    CHECK_TEXT(maker.log, "retire lib#1;retire user#2;remove user#2;remove lib#1;");
}

/* ---- Reload ---- */

/* The user stays bound to the version that he has, and keeps it; who comes later gets the new one. */
static void a_reload_of_the_library_leaves_its_users_what_they_have(void)
{
    start_loaded();
    const uint64_t bound = scene_slot(user, 0);
    const struct smf_handle newer = scene_reload(library, 0, SMF_OK);
    CHECK_TEXT(maker.log, "add lib#3;retire lib#1;");
    CHECK_EQUAL(scene_slot(user, 0), bound);
    CHECK_EQUAL(maker_address("lib$Point", user), bound);
    CHECK_EQUAL(scene_statistics().retired, 1);
    CHECK_EQUAL(smf_system_collect(&scene.system), 0);
    maker_shelve_user("second", "lib$Point");
    const struct smf_handle second = scene_load("second", SMF_OK);
    CHECK(scene_slot(second, 0) != bound);
    scene_unload(newer, 0, SMF_ERR_BUSY);
    scene_unload(user, 0, SMF_OK); /* and with it the version that only it held */
    CHECK_EQUAL(scene_statistics().retired, 0);
    CHECK_EQUAL(maker_count(), 1);
    scene_unload(second, 0, SMF_OK);
    scene_unload(newer, 0, SMF_OK);
    scene_check_empty();
    maker_end();
}

/* What lies between has nobody: it goes at once. */
static void a_version_that_nobody_has_goes_at_the_next_reload(void)
{
    start_loaded();
    struct smf_handle newer = scene_reload(library, 0, SMF_OK);
    newer = scene_reload(newer, 0, SMF_OK);
    CHECK_EQUAL(scene_statistics().retired, 1);
    CHECK_TEXT(maker.log, "add lib#3;retire lib#1;add lib#4;retire lib#3;remove lib#3;");
    CHECK_EQUAL(scene_slot(user, 0), maker_address("lib$Point", user));
    maker_end();
}

static void a_reload_of_the_user_makes_its_own_instance(void)
{
    start_loaded();
    const uint64_t bound = scene_slot(user, 0);
    const struct smf_handle newer = scene_reload(user, 0, SMF_OK);
    CHECK_TEXT(maker.log, "add user#3;make user#3 lib$Point;retire user#2;remove user#2;");
    CHECK(scene_slot(newer, 0) != bound && scene_slot(newer, 0) == maker_address("lib$Point", newer));
    CHECK_EQUAL(maker_count(), 1);
    CHECK_TEXT(dependents_of(library), "user ");
    maker_end();
}

/* ... of the template's new version, and the old one is released. */
static void a_reload_of_both_lets_the_old_ones_go(void)
{
    start_loaded();
    const struct smf_handle newer = scene_reload(library, 0, SMF_OK);
    user = scene_reload(user, 0, SMF_OK);
    CHECK_EQUAL(scene_statistics().retired, 0);
    CHECK_TEXT(dependents_of(newer), "user ");
    CHECK_EQUAL(scene_statistics().bindings, 1);
    maker_end();
}

static void a_reload_for_readers_keeps_what_they_may_be_in(void)
{
    struct smf_reader reader = {.next = NULL};
    start_loaded();
    smf_reader_join(&scene.system, &reader);
    smf_reader_enter(&reader);
    scene_reload(user, SMF_RELOAD_QUIET, SMF_ERR_BUSY);
    CHECK_TEXT(maker.log, "");
    scene_reload(user, 0, SMF_OK);
    CHECK_EQUAL(maker_count(), 2);
    smf_reader_leave(&reader);
    CHECK_EQUAL(smf_system_collect(&scene.system), 1);
    CHECK_EQUAL(maker_count(), 1);
    scene_reload(scene_handle("user"), SMF_RELOAD_QUIET, SMF_OK);
    CHECK_EQUAL(maker_count(), 1);
    smf_reader_part(&scene.system, &reader);
    maker_end();
}

/* A group's member may need an instance of the version that replaces another one. */
static void what_a_reload_brings_along_gets_the_new_version(void)
{
    start_loaded();
    maker_describe_user("needed", "lib$Point");
    scene_shelve("needed");
    maker_shelve_library("lib");
    scene_begin();
    scene_export("lib_help", SMF_KIND_FUNCTION, 8);
    scene_need("needed", 0);
    scene_shelve("lib");
    const struct smf_handle newer = scene_reload(library, 0, SMF_OK);
    CHECK_TEXT(maker.log, "add lib#3;add needed#4;make needed#4 lib$Point;retire lib#1;");
    CHECK_TEXT(dependents_of(newer), "user needed ");
    maker_end();
}

/* ---- What is asked for ---- */

static void names_that_nobody_exports_are_made(void)
{
    struct smf_resolved found;
    start_loaded();
    CHECK_STATUS(smf_system_resolve(&scene.system, "lib$Point", &found), SMF_OK);
    CHECK_TEXT(maker.log, "make nobody#0 lib$Point;");
    CHECK_EQUAL(found.address, maker_address("lib$Point", (struct smf_handle){0}));
    CHECK_EQUAL(found.kind, SMF_KIND_FUNCTION);
    CHECK_EQUAL(found.handle.number, library.number);
    CHECK(smf_system_function(&scene.system, "lib$Point") != NULL);
    CHECK_STATUS(smf_system_resolve(&scene.system, "lib$Nothing", &found), SMF_ERR_TYPE);
    CHECK_STATUS(smf_system_resolve(&scene.system, "none$Point", &found), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_system_resolve(&scene.system, "nothing", &found), SMF_ERR_NOT_FOUND);
    /* Nobody is bound to it: it goes with the library. */
    scene_unload(user, 0, SMF_OK);
    scene_unload(library, 0, SMF_OK);
    CHECK_EQUAL(maker_count(), 0);
    maker_end();
}

static void an_instance_is_asked_for_by_template_and_types(void)
{
    struct smf_resolved found;
    start_loaded();
    CHECK_STATUS(smf_system_resolve_generic(&scene.system, "lib", some_types, &found, &scene.why), SMF_OK);
    CHECK_TEXT(maker.log, "generic lib;");
    CHECK_EQUAL(found.address, maker_address("lib", (struct smf_handle){0}));
    CHECK_EQUAL(found.handle.number, library.number);
    CHECK_EQUAL(found.kind, SMF_KIND_FUNCTION);
    maker.fail_at = maker.fallible + 1;
    CHECK_STATUS(smf_system_resolve_generic(&scene.system, "lib", some_types, &found, &scene.why), SMF_ERR_BOUND);
    CHECK_TEXT(scene.why.name, "lib");
    CHECK_STATUS(scene.why.status, SMF_ERR_BOUND);
    CHECK_STATUS(smf_system_resolve_generic(&scene.system, "none", some_types, &found, NULL), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_system_resolve_generic(NULL, "lib", some_types, &found, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_system_resolve_generic(&scene.system, NULL, some_types, &found, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_system_resolve_generic(&scene.system, "lib", NULL, &found, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_system_resolve_generic(&scene.system, "lib", some_types, NULL, NULL), SMF_ERR_ARGUMENT);
    maker_end();
}

/* ---- What code of a template refers to ---- */

static uint32_t meant(uint32_t asker, const char *name, bool data, struct smf_provided *found)
{
    CHECK_STATUS(smf_system_provide(&scene.system, (struct smf_handle){asker}, name, data, found), SMF_OK);
    return found->module;
}

/* While an import of the user, number 2, is made: it is on its way, and so is the library, number 1. */
static void look_for_names(void)
{
    struct smf_provided found;
    if (scene.system.binding == NULL)
        return;
    CHECK_EQUAL(meant(2, "Point", true, &found), 2); /* its own before the host's */
    CHECK(found.kind == SMF_KIND_DATA && found.bytes != NULL && found.room == 64);
    CHECK_EQUAL(meant(1, "Point", true, &found), 0);
    CHECK(found.address == 0x12340 && found.bytes == NULL);
    CHECK_EQUAL(meant(2, "Point", false, &found), 0); /* as an import */
    CHECK_EQUAL(meant(0, "Point", true, &found), 0);
    CHECK_EQUAL(meant(999, "Point", true, &found), 0);
    CHECK_EQUAL(meant(1, "lib_help", false, &found), 1);
    CHECK(found.kind == SMF_KIND_FUNCTION && found.bytes == NULL && found.address != 0);
    CHECK_EQUAL(meant(2, "lib_help", true, &found), 1); /* a function of that name is no type of its own */
    CHECK_EQUAL(meant(1, "user_run", false, &found), 2);
    CHECK_EQUAL(meant(1, "known", false, &found), 0);
    CHECK_EQUAL(found.address, scene.paper.base + 0x999000);
    CHECK_STATUS(smf_system_provide(&scene.system, (struct smf_handle){1}, "nothing", false, &found),
                 SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_system_provide(&scene.system, (struct smf_handle){1}, "sort", false, &found), SMF_ERR_NOT_FOUND);
    looked++;
}

static void a_symbol_means_what_it_means_to_who_asks(void)
{
    struct smf_export entry = {"Point", 0x12340, SMF_KIND_DATA, 0};
    const struct smf_exports host = {&entry, 1, NULL, 0}, *const hosts[] = {&host};
    const struct smf_system_item items[2] = {
        {"lib",  NULL},
        {"user", NULL}
    };
    maker_start(NULL);
    scene.config.load.resolve = know;
    scene.config.host = hosts;
    scene.config.host_count = 1;
    scene_open();
    maker_shelve_library("lib");
    maker_shelve_user("user", "lib$Point");
    maker.each = look_for_names;
    looked = 0;
    CHECK_STATUS(smf_system_load_all(&scene.system, items, 2, 0, NULL, &scene.why), SMF_OK);
    CHECK_EQUAL(looked, 1);
    maker_end();
}

/* While modules are on their way: a start that asks may still fail. */
static struct {
    unsigned asked;
    enum smf_status generic;
    struct smf_diagnosis why;
} asked;

static enum smf_status ask_while_starting(void *context, struct smf_module *module, const struct smf_source *source)
{
    (void)context;
    (void)module;
    (void)source;
    struct smf_resolved found;
    const struct smf_port port = scene.paper.port;
    scene.paper.port.lock = scene.paper.port.unlock = NULL; /* as one that is recursive */
    asked.asked += smf_system_resolve(&scene.system, "lib$Point", &found) == SMF_ERR_NOT_FOUND;
    asked.generic = smf_system_resolve_generic(&scene.system, "lib", some_types, &found, &asked.why);
    scene.paper.port = port;
    return SMF_OK;
}

static void nothing_is_made_for_callbacks_of_a_load(void)
{
    const struct smf_system_item item = {"user", NULL};
    char line[120];
    start_loaded();
    scene_unload(user, 0, SMF_OK);
    maker_forget_log();
    asked.asked = 0;
    scene.system.config.start = ask_while_starting;
    CHECK_STATUS(smf_system_load(&scene.system, &item, SMF_LOAD_START, &user, &scene.why), SMF_OK);
    CHECK_EQUAL(asked.asked, 2); /* lib and user start */
    CHECK_STATUS(asked.generic, SMF_ERR_BUSY);
    CHECK_EQUAL(asked.why.detail, SMF_DETAIL_MAKING);
    smf_diagnosis_format(&asked.why, line, sizeof line);
    CHECK_TEXT(line, "'lib' cannot be made while modules are on their way");
    CHECK_TEXT(maker.log, "add user#3;make user#3 lib$Point;");
    maker_end();
}

#define CASE(name)                                                                                                     \
    {                                                                                                                  \
#name, name                                                                                                    \
    }
static const struct tap_case cases[] = {
    CASE(an_instance_is_made_when_its_types_are_relocated),
    CASE(a_group_may_be_in_any_order),
    CASE(a_circle_is_relocated_before_any_is_made),
    CASE(a_need_brings_the_template),
    CASE(without_its_template_a_module_does_not_load),
    CASE(a_weak_import_is_nothing_without_its_template),
    CASE(a_type_that_nobody_has_ends_the_load_and_says_so),
    CASE(exports_come_first_and_the_application_last),
    CASE(older_files_are_not_asked_about),
    CASE(without_a_maker_nothing_is_made),
    CASE(templates_are_no_exports),
    CASE(makers_are_whole_or_refused),
    CASE(the_template_is_needed_while_somebody_is_bound_to_an_instance),
    CASE(dependents_go_along_and_before),
    CASE(the_type_s_module_is_needed),
    CASE(two_users_have_two_instances),
    CASE(a_reader_keeps_the_instance),
    CASE(a_finish_removes_all),
    CASE(a_reload_of_the_library_leaves_its_users_what_they_have),
    CASE(a_version_that_nobody_has_goes_at_the_next_reload),
    CASE(a_reload_of_the_user_makes_its_own_instance),
    CASE(a_reload_of_both_lets_the_old_ones_go),
    CASE(a_reload_for_readers_keeps_what_they_may_be_in),
    CASE(what_a_reload_brings_along_gets_the_new_version),
    CASE(names_that_nobody_exports_are_made),
    CASE(an_instance_is_asked_for_by_template_and_types),
    CASE(a_symbol_means_what_it_means_to_who_asks),
    CASE(nothing_is_made_for_callbacks_of_a_load),
};
TAP_MAIN(cases)
