/* SPDX-License-Identifier: MIT */
/* groups.c - modules that are loaded together, and import from each other or need each other in circles. */
#include "system/scene.h"

static void open_system(void)
{
    scene_start(NULL);
    scene_open();
}

static const struct smf_system_item circle[] = {
    {"a", NULL},
    {"b", NULL},
    {"c", NULL}
};

static void shelve_circle(void)
{
    scene_shelve_user("a", "a_function", "b_function");
    scene_shelve_user("b", "b_function", "c_function");
    scene_shelve_user("c", "c_function", "a_function");
}

static void a_group_binds_in_circles(void)
{
    static const char *const imports[] = {"b_function", "c_function", "a_function"};
    struct smf_handle handles[3];
    open_system();
    shelve_circle();
    CHECK_STATUS(smf_system_load_all(&scene.system, circle, 3, 0, handles, &scene.why), SMF_OK);
    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQUAL(handles[i].number, scene_handle(circle[i].name).number);
        CHECK_EQUAL(scene_slot(handles[i], 0), scene_address(imports[i]));
    }
    scene_unload(handles[1], 0, SMF_ERR_BUSY);
    CHECK_TEXT(scene.why.name, "a");
    for (unsigned i = 0; i < 3; i++) /* each can be replaced */
        scene_reload(handles[i], 0, SMF_OK);
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQUAL(scene_slot(scene_handle(circle[i].name), 0), scene_address(imports[i]));
    CHECK_EQUAL(scene_statistics().retired, 0);
    scene_unload(scene_handle("b"), SMF_UNLOAD_DEPENDENTS, SMF_OK);
    scene_check_empty();
    scene_end();
}

static void a_circle_cannot_be_loaded_one_by_one(void)
{
    open_system();
    shelve_circle();
    scene_load("a", SMF_ERR_UNRESOLVED);
    scene_check_empty();
    scene_end();
}

/* Also one of them that is held keeps the circle, and it goes as a whole. */
static void a_circle_that_is_held_stays_whole(void)
{
    struct smf_handle handles[3];
    open_system();
    shelve_circle();
    CHECK_STATUS(smf_system_load_all(&scene.system, circle, 3, 0, handles, &scene.why), SMF_OK);
    CHECK_STATUS(smf_system_retain(&scene.system, handles[1]), SMF_OK);
    scene_unload(handles[0], SMF_UNLOAD_DEPENDENTS, SMF_OK);
    CHECK_EQUAL(scene_statistics().retired, 3);
    CHECK_EQUAL(scene_address("a_function"), 0);
    CHECK_STATUS(smf_system_release(&scene.system, handles[1]), SMF_OK);
    scene_check_empty();
    scene_end();
}

static void a20_a_name_stands_in_a_group_once(void)
{
    static const struct smf_system_item twice[] = {
        {"a", NULL},
        {"d", NULL},
        {"a", NULL}
    };
    struct smf_handle handles[3] = {{0}, {0}, {0}};
    open_system();
    scene_shelve_needer("a", "");
    scene_shelve_needer("d", "");
    CHECK_STATUS(smf_system_load_all(&scene.system, twice, 3, 0, handles, &scene.why), SMF_ERR_LOADED);
    CHECK_TEXT(scene.why.name, "a");
    CHECK_EQUAL(handles[0].number + handles[1].number + handles[2].number, 0);
    scene_check_empty();
    scene_load("d", SMF_OK);
    CHECK_STATUS(smf_system_load_all(&scene.system, twice, 2, 0, handles, &scene.why), SMF_ERR_LOADED);
    CHECK_TEXT(scene.why.name, "d");
    CHECK_EQUAL(scene_listed(), 1);
    scene_end();
}

/* One whose need is another one of the group, and one whose need comes along. */
static void a_group_brings_what_it_needs(void)
{
    struct smf_handle handles[3];
    open_system();
    scene_shelve_needer("a", "c d");
    scene_shelve_needer("b", "");
    scene_shelve_needer("c", "");
    scene_shelve_needer("d", "a");
    CHECK_STATUS(smf_system_load_all(&scene.system, circle, 3, 0, handles, &scene.why), SMF_OK);
    CHECK_EQUAL(scene_listed(), 4);
    CHECK_EQUAL(scene.opened, 4);
    CHECK_EQUAL(handles[2].number, scene_handle("c").number);
    scene_end();
}

static void a20_empty_names_and_groups(void)
{
    const struct smf_system_item nothing = {NULL, NULL};
    struct smf_handle handle = {0};
    open_system();
    CHECK_STATUS(smf_system_load_all(&scene.system, NULL, 0, 0, NULL, NULL), SMF_OK);
    CHECK_STATUS(smf_system_load(&scene.system, &nothing, 0, &handle, NULL), SMF_ERR_ARGUMENT);
    scene_load("", SMF_ERR_NOT_FOUND);
    scene_shelve_needer("", "");
    scene_load("", SMF_ERR_ARGUMENT);
    CHECK_EQUAL(scene.why.detail, SMF_DETAIL_NO_NAME);
    scene_check_empty();
    scene_end();
}

#define CASE(name)                                                                                                     \
    {                                                                                                                  \
#name, name                                                                                                    \
    }
static const struct tap_case cases[] = {
    CASE(a_group_binds_in_circles),          CASE(a_circle_cannot_be_loaded_one_by_one),
    CASE(a_circle_that_is_held_stays_whole), CASE(a20_a_name_stands_in_a_group_once),
    CASE(a_group_brings_what_it_needs),      CASE(a20_empty_names_and_groups),
};
TAP_MAIN(cases)
