/* SPDX-License-Identifier: MIT */
/* rows.c - a row of `possible` is made as long as the instance is there that was made for it: that one, whatever its name is. */
#include "generic/engine/scene.h"

static struct simple pair;
enum { LIB = 1, USER = 2, OTHER = 3 };

static const struct smf_write_sdn_row rows[] = {
    {SMF_SDN_POSSIBLE, {"pair", "text", "pair$text", "user", "true"}  }, /* mangled it is pair$string */
    {SMF_SDN_POSSIBLE, {"pair", "i64", "of_longs", "user", "true"}    },
    {SMF_SDN_POSSIBLE, {"pair", "Point", "pair$Point", "user", "true"}},
};

static void start(void)
{
    scene_start(scene_machine());
    simple_start(&pair, "pair", 1);
    simple_word(&pair, 0, (struct smf_write_unit_symbol){.kind = SMF_UNIT_NUMBER, .what = SMF_UNIT_SIZE});
    scene_plain(0, "string", 8, 2);
    scene_plain(USER, "Point", 4, 2);
    scene_plain(OTHER, "Point", 12, 2);
}

static void add_all(void)
{
    CHECK_STATUS(simple_add(LIB, "lib", &pair), SMF_OK);
    CHECK_STATUS(scene_add(USER, "user", NULL, 0, rows, 3), SMF_OK);
    CHECK_STATUS(scene_add(OTHER, "other", NULL, 0, rows, 3), SMF_OK);
}

static void open(void)
{
    start();
    scene_open();
    add_all();
}

static bool see(void *context, const struct smf_use *use)
{
    strcat(strcat(context, use->mangled), " ");
    return true;
}

static void check_made(uint32_t number, const char *names)
{
    char seen[200] = "";
    smf_instantiator_uses(&scene.instantiator, number, true, see, seen);
    CHECK_TEXT(seen, names);
}

static void rows_move_back_whatever_they_are_called(void)
{
    open();
    CHECK_STATUS(scene_symbol(USER, "pair$text"), SMF_OK);
    CHECK_STATUS(scene_symbol(USER, "of_longs"), SMF_OK);
    check_made(USER, "pair$text of_longs ");
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "pair$string"), SMF_OK);
    check_made(USER, "of_longs ");
    smf_instantiator_remove(&scene.instantiator, LIB);
    check_made(USER, "");
    scene_end();
}

/* Another one's instance has the same name: it says nothing about this row. */
static void rows_stand_for_their_own_instances(void)
{
    open();
    CHECK_STATUS(scene_make(USER, "pair", "Point"), SMF_OK);
    CHECK_STATUS(scene_make(OTHER, "pair", "Point"), SMF_OK);
    CHECK_EQUAL(scene_statistics().instances, 2);
    check_made(0, "pair$Point pair$Point ");
    smf_instantiator_remove(&scene.instantiator, OTHER);
    check_made(0, "pair$Point ");
    check_made(USER, "pair$Point ");
    scene_end();
}

/* A newer version of the template: what was made of the older one may go. */
static void a_row_stands_for_the_newest(void)
{
    open();
    CHECK_STATUS(scene_symbol(USER, "of_longs"), SMF_OK);
    smf_instantiator_retire(&scene.instantiator, LIB);
    CHECK_STATUS(simple_add(9, "lib", &pair), SMF_OK);
    CHECK_STATUS(scene_symbol(USER, "of_longs"), SMF_OK);
    CHECK(scene.made.made);
    smf_instantiator_remove(&scene.instantiator, LIB);
    check_made(USER, "of_longs ");
    smf_instantiator_remove(&scene.instantiator, 9);
    check_made(USER, "");
    scene_end();
}

/* Who asked for it does not keep the module from being replaced, and the new rows are possible. */
static void rows_of_a_module_that_is_replaced(void)
{
    open();
    CHECK_STATUS(scene_symbol(USER, "of_longs"), SMF_OK);
    CHECK_STATUS(scene_symbol(USER, "pair$text"), SMF_OK);
    CHECK_STATUS(scene_add(USER, "user", NULL, 0, rows, 2), SMF_OK);
    check_made(USER, "");
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "pair$i64"), SMF_OK);
    CHECK_STATUS(scene_symbol(USER, "pair$text"), SMF_OK);
    CHECK(!scene.made.made);
    check_made(USER, "pair$text ");
    scene_end();
}

static void rows_are_gone_at_the_end(void)
{
    open();
    CHECK_STATUS(smf_instantiator_mark(&scene.instantiator, USER, "of_longs"), SMF_OK);
    check_made(0, "of_longs ");
    scene_end();
    memset(scene.arena, 0xEE, sizeof scene.arena); /* the caller's again */
    check_made(0, "");
}

static void rows_that_are_marked_by_hand(void)
{
    start();
    scene.config.update_notes = false;
    scene_open();
    add_all();
    CHECK_STATUS(scene_symbol(USER, "pair$text"), SMF_OK);
    check_made(USER, "");
    CHECK_STATUS(smf_instantiator_mark(&scene.instantiator, USER, "pair$text"), SMF_OK);
    CHECK_STATUS(smf_instantiator_mark(&scene.instantiator, USER, "of_longs"), SMF_OK);
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "pair$string"), SMF_OK);
    check_made(USER, "of_longs ");
    scene_end();
}

static const struct tap_case cases[] = {
    {"rows_move_back_whatever_they_are_called", rows_move_back_whatever_they_are_called},
    {"rows_stand_for_their_own_instances",      rows_stand_for_their_own_instances     },
    {"a_row_stands_for_the_newest",             a_row_stands_for_the_newest            },
    {"rows_of_a_module_that_is_replaced",       rows_of_a_module_that_is_replaced      },
    {"rows_are_gone_at_the_end",                rows_are_gone_at_the_end               },
    {"rows_that_are_marked_by_hand",            rows_that_are_marked_by_hand           },
};
TAP_MAIN(cases)
