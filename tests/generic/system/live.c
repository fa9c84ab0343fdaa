/* SPDX-License-Identifier: MIT */
/*
 * live.c - modules whose imports are instances of another module's templates, made while they load and run: who gets
 * which instance, who is needed by whom, and what is left when they go. tests/system/generics.c tries what a system
 * promises to whoever makes instances; here the instantiator makes them.
 */
#include <string.h>

#include "generic/system/scene.h"
#include "smf/types.h"
#include "system/carried.h"

static struct smf_handle library, user, second;

static void start_loaded(void)
{
    scene_start(0);
    library = scene_load("library", "library_1", SMF_OK);
    user = scene_load("user", "user_1", SMF_OK);
}

static char names[64];

static void list(void *context, struct smf_handle handle, const char *name)
{
    (void)context;
    (void)handle;
    strcat(strcat(names, name), " ");
}

static const char *dependents_of(struct smf_handle handle)
{
    names[0] = '\0';
    CHECK_STATUS(smf_system_dependents(&scene.system, handle, list, NULL), SMF_OK);
    return names;
}

/* ---- Loading ---- */

static void an_import_is_made_and_runs(void)
{
    start_loaded();
    CHECK_EQUAL(scene_call("user_order"), scene_order(1, 1));
    CHECK_EQUAL(scene_instances(), 1);
    CHECK_TEXT(dependents_of(library), "user ");
    scene_unload(user, 0, SMF_OK);
    CHECK_EQUAL(scene_instances(), 0);
    scene_unload(library, 0, SMF_OK);
    scene_check_empty();
    scene_end();
}

/* Containers, sorting, types that are copied and dropped, and numbers: the sample modules of tests/generic/templates. */
static void the_samples_run(void)
{
    scene_start(0);
    library = scene_load("containers", "containers", SMF_OK);
    user = scene_load("customer", "customer", SMF_OK);
    static const char *const checks[] = {"check_sort", "check_map", "check_vec", "check_numbers"};
    for (unsigned i = 0; i < sizeof checks / sizeof checks[0]; i++)
        CHECK_EQUAL(scene_call(checks[i]), 0);
    CHECK(scene_instances() >= 6);
    scene_unload(library, SMF_UNLOAD_DEPENDENTS, SMF_OK);
    scene_check_empty();
    scene_end();
}

static void a_template_may_need_another_and_its_own_library(void)
{
    scene_start(0);
    library = scene_load("library", "library_1", SMF_OK);
    user = scene_load("user", "user_twice", SMF_OK);
    CHECK_EQUAL(scene_call("user_twice"), 2 * scene_order(1, 1) + 1000000);
    CHECK_EQUAL(scene_call("user_order"), scene_order(1, 1));
    CHECK_EQUAL(scene_instances(), 2); /* one order for both */
    scene_unload(library, SMF_UNLOAD_DEPENDENTS, SMF_OK);
    scene_check_empty();
    scene_end();
}

static void without_its_template_a_module_does_not_load(void)
{
    scene_start(0);
    scene_load("user", "user_1", SMF_ERR_UNRESOLVED);
    CHECK(strstr(scene.why.name, "order") != NULL);
    scene_check_empty();
    library = scene_load("library", "library_1", SMF_OK);
    user = scene_load("user", "user_1", SMF_OK);
    CHECK_EQUAL(scene_call("user_order"), scene_order(1, 1));
    scene_end();
}

/* The other way round, and with a library that imports from its user. */
static void groups_load_in_any_order(void)
{
    for (unsigned i = 0; i < 4; i++) {
        const struct smf_source sources[2] = {carried(i < 2 ? "library_1" : "library_circle"), carried("user_1")};
        const struct smf_system_item lib = {"library", &sources[0]}, use = {"user", &sources[1]};
        const struct smf_system_item items[2] = {i % 2 == 0 ? lib : use, i % 2 == 0 ? use : lib};
        struct smf_handle handles[2];
        scene_start(0);
        CHECK_STATUS(smf_system_load_all(&scene.system, items, 2, SMF_LOAD_START, handles, &scene.why), SMF_OK);
        CHECK_EQUAL(scene_call("user_order"), scene_order(1, 1));
        if (i >= 2)
            CHECK_EQUAL(scene_call("library_ask"), scene_order(1, 1));
        scene_unload(handles[i % 2], 0, SMF_ERR_BUSY);
        CHECK_TEXT(scene.why.name, "user");
        scene_unload(handles[i % 2], SMF_UNLOAD_DEPENDENTS, SMF_OK);
        scene_check_empty();
        scene_end();
    }
}

/* Each has a Point of its own, of another size and comparison. */
static void two_users_have_their_own_types(void)
{
    start_loaded();
    second = scene_load("second", "second_3", SMF_OK);
    CHECK_EQUAL(scene_call("user_order"), scene_order(1, 1));
    CHECK_EQUAL(scene_call("second_order"), scene_order(1, 3));
    CHECK_EQUAL(scene_instances(), 2);
    scene_unload(user, 0, SMF_OK);
    CHECK_EQUAL(scene_instances(), 1);
    CHECK_EQUAL(scene_call("second_order"), scene_order(1, 3));
    scene_end();
}

static int call_borrower(const char *name, const void *a, const void *b)
{
    int(SMF_MODULE_CALL *const function)(const void *, const void *) =
        (int(SMF_MODULE_CALL *)(const void *, const void *))smf_system_function(&scene.system, name);
    return function != NULL ? function(a, b) : -1;
}

/* A type of another module's: that is needed, too. */
static void whose_type_it_is_is_needed(void)
{
    static const int points[2][16] = {{2}, {1}};
    start_loaded();
    const struct smf_handle borrower = scene_load("borrower", "borrower", SMF_OK);
    CHECK_EQUAL(call_borrower("borrower_order", points[0], points[1]), scene_order(1, 1));
    CHECK_TEXT(dependents_of(user), "borrower ");
    CHECK_EQUAL(scene_instances(), 2); /* the user's own, which is found again, and one for i64 */
    scene_unload(user, 0, SMF_ERR_BUSY);
    CHECK_TEXT(scene.why.name, "borrower");
    scene_unload(borrower, 0, SMF_OK);
    CHECK_EQUAL(scene_instances(), 1);
    scene_unload(user, 0, SMF_OK);
    scene_end();
}

/* A taker beside the system knows the same file: versions are bound to versions, and to nothing else. */
static void templates_of_others_are_not_for_versions(void)
{
    static struct smf_section sections[32];
    struct smf_source source = carried("library_1");
    struct smf_image image;
    struct smf_resolved found;
    start_loaded();
    source.stay = SMF_STAYS_FOR_MODULE;
    CHECK_STATUS(smf_image_open(&image, &source, sections, 32, &scene.why), SMF_OK);
    const struct smf_instantiator_item item = {.number = UINT32_MAX, .name = "library", .image = &image};
    CHECK_STATUS(smf_instantiator_add(&scene.instantiator, &item, &scene.why), SMF_OK);
    second = scene_load("second", "second_3", SMF_OK);
    CHECK_EQUAL(scene_call("second_order"), scene_order(1, 3));
    CHECK_STATUS(smf_system_resolve(&scene.system, "order<u8>", &found), SMF_OK);
    CHECK_EQUAL(found.handle.number, library.number);
    scene_unload(library, SMF_UNLOAD_DEPENDENTS, SMF_OK);
    scene_load("user", "user_1", SMF_ERR_UNRESOLVED);
    CHECK_STATUS(smf_system_resolve(&scene.system, "order<u8>", &found), SMF_OK); /* whoever asks may have it */
    smf_instantiator_remove(&scene.instantiator, UINT32_MAX);
    scene_check_empty();
    scene_end();
}

/* ---- Unloading ---- */

static void the_template_is_needed_while_somebody_is_bound_to_an_instance(void)
{
    start_loaded();
    second = scene_load("second", "second_3", SMF_OK);
    scene_unload(library, 0, SMF_ERR_BUSY);
    CHECK_EQUAL(scene.why.value, 2);
    CHECK(strcmp(scene.why.name, "user") == 0 || strcmp(scene.why.name, "second") == 0);
    CHECK_TEXT(dependents_of(library), "second user ");
    CHECK_EQUAL(scene_call("user_order"), scene_order(1, 1));
    scene_unload(library, SMF_UNLOAD_DEPENDENTS, SMF_OK);
    scene_check_empty();
    scene_end();
}

static void a_reader_may_stay_inside_of_an_instance(void)
{
    struct smf_reader reader = {.next = NULL};
    start_loaded();
    smf_reader_join(&scene.system, &reader);
    smf_reader_enter(&reader);
    int(SMF_MODULE_CALL *const order)(void) =
        (int(SMF_MODULE_CALL *)(void))smf_system_function(&scene.system, "user_order");
    scene_unload(library, SMF_UNLOAD_DEPENDENTS, SMF_OK);
    CHECK_EQUAL(scene_call("user_order"), -1);
    CHECK_EQUAL(order(), scene_order(1, 1));
    CHECK_EQUAL(smf_system_collect(&scene.system), 0);
    CHECK_EQUAL(order(), scene_order(1, 1));
    smf_reader_leave(&reader);
    CHECK_EQUAL(smf_system_collect(&scene.system), 2);
    smf_reader_part(&scene.system, &reader);
    scene_check_empty();
    scene_end();
}

static void a_finish_takes_everything(void)
{
    start_loaded();
    second = scene_load("second", "second_3", SMF_OK);
    scene_reload(library, "library_2", 0, SMF_OK);
    scene_finish();
    CHECK_EQUAL(scene_instances(), 0);
    scene_end();
}

/* ---- Reload ---- */

static void a_reload_of_the_library_changes_nothing_for_who_is_bound(void)
{
    start_loaded();
    const struct smf_handle newer = scene_reload(library, "library_2", 0, SMF_OK);
    CHECK_EQUAL(scene_call("library_tag"), 2);
    CHECK_EQUAL(scene_call("user_order"), scene_order(1, 1));
    CHECK_EQUAL(scene_retired(), 1);
    second = scene_load("second", "second_3", SMF_OK);
    CHECK_EQUAL(scene_call("second_order"), scene_order(2, 3));
    CHECK_EQUAL(scene_instances(), 2);
    scene_unload(user, 0, SMF_OK);
    CHECK_EQUAL(scene_retired(), 0);
    CHECK_EQUAL(scene_instances(), 1);
    CHECK_EQUAL(scene_call("second_order"), scene_order(2, 3));
    scene_unload(second, 0, SMF_OK);
    scene_unload(newer, 0, SMF_OK);
    scene_check_empty();
    scene_end();
}

static void a_reload_of_the_user_brings_its_own_type(void)
{
    start_loaded();
    const struct smf_handle newer = scene_reload(user, "user_2", 0, SMF_OK);
    CHECK_EQUAL(scene_call("user_order"), scene_order(1, 2));
    CHECK_EQUAL(scene_instances(), 1);
    CHECK_EQUAL(scene_retired(), 0);
    library = scene_reload(library, "library_2", 0, SMF_OK);
    CHECK_EQUAL(scene_call("user_order"), scene_order(1, 2));
    scene_reload(newer, "user_1", SMF_RELOAD_QUIET, SMF_OK);
    CHECK_EQUAL(scene_call("user_order"), scene_order(2, 1));
    CHECK_EQUAL(scene_retired(), 0);
    scene_unload(library, SMF_UNLOAD_DEPENDENTS, SMF_OK);
    scene_check_empty();
    scene_end();
}

static void readers_go_on_in_what_they_are_in(void)
{
    struct smf_reader reader = {.next = NULL};
    start_loaded();
    smf_reader_join(&scene.system, &reader);
    smf_reader_enter(&reader);
    int(SMF_MODULE_CALL *const order)(void) =
        (int(SMF_MODULE_CALL *)(void))smf_system_function(&scene.system, "user_order");
    scene_reload(user, "user_2", SMF_RELOAD_QUIET, SMF_ERR_BUSY);
    user = scene_reload(user, "user_2", 0, SMF_OK);
    library = scene_reload(library, "library_2", 0, SMF_OK);
    CHECK_EQUAL(order(), scene_order(1, 1));
    CHECK_EQUAL(scene_call("user_order"), scene_order(1, 2));
    CHECK_EQUAL(scene_instances(), 2);
    smf_reader_leave(&reader);
    smf_reader_part(&scene.system, &reader);
    CHECK_EQUAL(smf_system_collect(&scene.system), 1);
    CHECK_EQUAL(scene_instances(), 1);
    scene_unload(library, SMF_UNLOAD_DEPENDENTS, SMF_OK);
    scene_check_empty();
    scene_end();
}

/* Half a file, a user whose bound the new type does not meet: the old ones go on. */
static void a_reload_that_fails_leaves_everything(void)
{
    start_loaded();
    struct smf_system_statistics before, after;
    struct smf_instantiator_statistics made, made_after;
    smf_system_statistics(&scene.system, &before);
    smf_instantiator_get_statistics(&scene.instantiator, &made);
    struct smf_source source = carried("library_2");
    source.size /= 2;
    CHECK(smf_system_reload(&scene.system, library, &source, 0, NULL, &scene.why) != SMF_OK);
    scene_reload(user, "user_incomparable", 0, SMF_ERR_BOUND);
    CHECK(strstr(scene.why.name, "order") != NULL && strstr(scene.why.name, "Point") != NULL);
    scene_reload(user, "user_unknown", 0, SMF_ERR_UNRESOLVED);
    CHECK(strstr(scene.why.name, "nowhere") != NULL);
    smf_system_statistics(&scene.system, &after);
    smf_instantiator_get_statistics(&scene.instantiator, &made_after);
    CHECK(memcmp(&before, &after, sizeof before) == 0);
    CHECK_EQUAL(made_after.instances, made.instances);
    CHECK_EQUAL(made_after.modules, made.modules);
    CHECK_EQUAL(made_after.code_bytes, made.code_bytes);
    CHECK_EQUAL(made_after.arena_largest, made.arena_largest);
    CHECK_EQUAL(scene_call("user_order"), scene_order(1, 1));
    scene_unload(library, SMF_UNLOAD_DEPENDENTS, SMF_OK);
    scene_check_empty();
    scene_end();
}

/* ---- What is asked for ---- */

static int order_longs(uintptr_t address, long long a, long long b)
{
    int(SMF_MODULE_CALL *const function)(const long long *, const long long *) =
        (int(SMF_MODULE_CALL *)(const long long *, const long long *))address;
    return function(&a, &b);
}

static void instances_are_made_by_name_and_by_types(void)
{
    struct smf_resolved found, again;
    const struct smf_type long_type = {.kind = SMF_TYPE_INT, .bits = 64, .is_signed = true};
    start_loaded();
    CHECK_STATUS(smf_system_resolve(&scene.system, "order<i64>", &found), SMF_OK);
    CHECK_EQUAL(found.handle.number, library.number);
    CHECK_EQUAL(found.kind, SMF_KIND_FUNCTION);
    CHECK(order_longs((uintptr_t)found.address, 1, 2) < 10000 + HOST_BASE);
    CHECK(order_longs((uintptr_t)found.address, 2, 1) > 10000 + HOST_BASE);
    CHECK_STATUS(smf_system_resolve_generic(&scene.system, "order", &long_type, &again, &scene.why), SMF_OK);
    CHECK_EQUAL(again.address, found.address);
    CHECK_EQUAL(scene_instances(), 2);
    CHECK_STATUS(smf_system_resolve(&scene.system, "order$Point", &found), SMF_OK); /* as the user lists it */
    CHECK_EQUAL(scene_instances(), 2);
    CHECK_STATUS(smf_system_resolve(&scene.system, "none<i64>", &found), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_system_resolve(&scene.system, "order<Nobody>", &found), SMF_ERR_TYPE);
    CHECK_STATUS(smf_system_resolve(&scene.system, "nothing", &found), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_system_resolve_generic(&scene.system, "none", &long_type, &found, &scene.why), SMF_ERR_NOT_FOUND);
    CHECK_TEXT(scene.why.name, "none");
    scene_unload(user, 0, SMF_OK);
    scene_unload(library, 0, SMF_OK); /* nobody is bound to what was asked for */
    scene_check_empty();
    scene_end();
}

/* After a reload a name means an instance of the new version. */
static void a_name_means_the_new_version(void)
{
    struct smf_resolved before, after;
    scene_start(0);
    library = scene_load("library", "library_1", SMF_OK);
    CHECK_STATUS(smf_system_resolve(&scene.system, "order<i64>", &before), SMF_OK);
    CHECK_EQUAL(order_longs((uintptr_t)before.address, 1, 1), 10000 + HOST_BASE);
    library = scene_reload(library, "library_2", 0, SMF_OK);
    CHECK_EQUAL(scene_instances(), 0); /* nobody held it */
    CHECK_STATUS(smf_system_resolve(&scene.system, "order<i64>", &after), SMF_OK);
    CHECK_EQUAL(order_longs((uintptr_t)after.address, 1, 1), 20000 + HOST_BASE);
    CHECK_EQUAL(after.handle.number, library.number);
    scene_unload(library, 0, SMF_OK);
    scene_check_empty();
    scene_end();
}

/* Loaded and unloaded again and again, nothing grows. */
static void a_thousand_times(void)
{
    start_loaded();
    struct smf_instantiator_statistics before, after;
    unsigned wrong = 0;
    for (unsigned i = 1; i <= 1002; i++) { /* a multiple of the six ways in which the files follow each other */
        library = scene_reload(library, i % 2 != 0 ? "library_2" : "library_1", 0, SMF_OK);
        user = scene_reload(user, i % 3 != 0 ? "user_2" : "user_1", 0, SMF_OK);
        wrong += scene_call("user_order") != scene_order(1 + i % 2, i % 3 != 0 ? 2 : 1);
        if (i == 6)
            smf_instantiator_get_statistics(&scene.instantiator, &before);
    }
    CHECK_EQUAL(wrong, 0);
    smf_instantiator_get_statistics(&scene.instantiator, &after);
    CHECK_EQUAL(after.instances, before.instances);
    CHECK_EQUAL(after.code_bytes, before.code_bytes);
    CHECK_EQUAL(after.arena_largest, before.arena_largest);
    scene_unload(library, SMF_UNLOAD_DEPENDENTS, SMF_OK);
    scene_check_empty();
    scene_end();
}

#define CASE(name)                                                                                                     \
    {                                                                                                                  \
#name, name                                                                                                    \
    }
static const struct tap_case cases[] = {
    CASE(an_import_is_made_and_runs),
    CASE(the_samples_run),
    CASE(a_template_may_need_another_and_its_own_library),
    CASE(without_its_template_a_module_does_not_load),
    CASE(groups_load_in_any_order),
    CASE(two_users_have_their_own_types),
    CASE(whose_type_it_is_is_needed),
    CASE(templates_of_others_are_not_for_versions),
    CASE(the_template_is_needed_while_somebody_is_bound_to_an_instance),
    CASE(a_reader_may_stay_inside_of_an_instance),
    CASE(a_finish_takes_everything),
    CASE(a_reload_of_the_library_changes_nothing_for_who_is_bound),
    CASE(a_reload_of_the_user_brings_its_own_type),
    CASE(readers_go_on_in_what_they_are_in),
    CASE(a_reload_that_fails_leaves_everything),
    CASE(instances_are_made_by_name_and_by_types),
    CASE(a_name_means_the_new_version),
    CASE(a_thousand_times),
};
TAP_MAIN(cases)
