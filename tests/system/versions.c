/* SPDX-License-Identifier: MIT */
/*
 * versions.c - what becomes of a version that was replaced or unloaded: who keeps it, what its handle is good for, what
 * the next one takes over in .keep sections, and what an unload may depend on (GENERICS E, decisions 8 and 13).
 * References themselves are tried in forms.c, failures in failing.c, hooks that hand state over in state.c.
 */
#include "system/scene.h"

#include <string.h>

#include "base/arena.h"
#include "load/steps.h"
#include "system/graph.h"

static const enum smf_kind function = SMF_KIND_FUNCTION;

static struct smf_handle load_a(void)
{
    scene_start(NULL);
    scene_open();
    scene_shelve_function("a", "a_function", 8);
    return scene_load("a", SMF_OK);
}

/* ---- Holds and readers ---- */

static void a_retired_version_stays_while_it_is_held(void)
{
    const struct smf_handle first = load_a();
    const uint64_t text = scene_region(first, SCENE_TEXT);
    CHECK_STATUS(smf_system_retain(&scene.system, first), SMF_OK);
    CHECK_STATUS(smf_system_retain(&scene.system, first), SMF_OK);
    scene_reload(first, 0, SMF_OK);
    CHECK_EQUAL(scene_statistics().retired, 1);
    CHECK_EQUAL(scene_statistics().references, 2);
    CHECK_EQUAL(smf_system_collect(&scene.system), 0);
    CHECK_STATUS(smf_system_release(&scene.system, first), SMF_OK);
    CHECK(paper_at(&scene.paper, text, 64) != NULL);
    CHECK(smf_system_module(&scene.system, first) != NULL);
    CHECK_STATUS(smf_system_release(&scene.system, first), SMF_OK);
    CHECK(paper_at(&scene.paper, text, 64) == NULL);
    CHECK_EQUAL(scene_statistics().retired, 0);
    CHECK_EQUAL(scene_statistics().references, 0);
    scene_end();
}

static void a_reader_that_came_in_before_keeps_it(void)
{
    struct smf_reader reader = {.next = NULL};
    const struct smf_handle first = load_a();
    smf_reader_join(&scene.system, &reader);
    CHECK_EQUAL(scene_statistics().readers, 1);
    smf_reader_enter(&reader);
    const struct smf_handle second = scene_reload(first, 0, SMF_OK);
    CHECK_EQUAL(scene_statistics().retired, 1);
    scene_reload(second, 0, SMF_OK);
    CHECK_EQUAL(scene_statistics().retired, 2);
    CHECK_EQUAL(smf_system_collect(&scene.system), 0);
    smf_reader_leave(&reader);
    CHECK_EQUAL(smf_system_collect(&scene.system), 2);
    CHECK_EQUAL(smf_system_collect(&scene.system), 0);
    smf_reader_part(&scene.system, &reader);
    CHECK_EQUAL(scene_statistics().readers, 0);
    scene_end();
}

/* It may have seen the second version, never the first. */
static void a_reader_that_came_in_later_does_not(void)
{
    struct smf_reader early = {.next = NULL}, late = {.next = NULL};
    const struct smf_handle first = load_a();
    smf_reader_join(&scene.system, &early);
    smf_reader_join(&scene.system, &late);
    smf_reader_enter(&early);
    const struct smf_handle second = scene_reload(first, 0, SMF_OK);
    smf_reader_enter(&late);
    scene_reload(second, 0, SMF_OK);
    CHECK_EQUAL(scene_statistics().retired, 2);
    smf_reader_leave(&early);
    CHECK_EQUAL(smf_system_collect(&scene.system), 1);
    CHECK(smf_system_module(&scene.system, first) == NULL);
    CHECK(smf_system_module(&scene.system, second) != NULL);
    smf_reader_leave(&late);
    CHECK_EQUAL(smf_system_collect(&scene.system), 1);
    smf_reader_part(&scene.system, &early);
    smf_reader_part(&scene.system, &late);
    scene_end();
}

/* Leaving and coming in again is a new visit. */
static void a_reader_that_came_back_is_a_new_one(void)
{
    struct smf_reader reader = {.next = NULL};
    const struct smf_handle first = load_a();
    smf_reader_join(&scene.system, &reader);
    smf_reader_enter(&reader);
    scene_reload(first, 0, SMF_OK);
    smf_reader_leave(&reader);
    smf_reader_enter(&reader);
    CHECK_EQUAL(smf_system_collect(&scene.system), 1);
    smf_reader_leave(&reader);
    smf_reader_part(&scene.system, &reader);
    scene_end();
}

static void an_unloaded_module_waits_for_readers_too(void)
{
    struct smf_reader reader = {.next = NULL};
    const struct smf_handle a = load_a();
    const uint64_t text = scene_region(a, SCENE_TEXT);
    smf_reader_join(&scene.system, &reader);
    smf_reader_enter(&reader);
    scene_unload(a, 0, SMF_OK);
    CHECK(!scene_is_loaded("a"));
    CHECK_EQUAL(scene_address("a_function"), 0);
    CHECK(paper_at(&scene.paper, text, 64) != NULL);
    CHECK(scene_load("a", SMF_OK).number != a.number);
    smf_reader_leave(&reader);
    CHECK_EQUAL(smf_system_collect(&scene.system), 1);
    CHECK(paper_at(&scene.paper, text, 64) == NULL);
    smf_reader_part(&scene.system, &reader);
    scene_end();
}

/* What it needs goes no earlier than itself. */
static void a_held_version_holds_what_it_needs(void)
{
    const struct smf_handle a = load_a();
    scene_shelve_user("b", "b_function", "a_function");
    const struct smf_handle b = scene_load("b", SMF_OK);
    const uint64_t text = scene_region(a, SCENE_TEXT);
    CHECK_STATUS(smf_system_retain(&scene.system, b), SMF_OK);
    scene_unload(b, 0, SMF_OK);
    scene_unload(a, 0, SMF_OK);
    CHECK_EQUAL(scene_statistics().retired, 2);
    CHECK(paper_at(&scene.paper, text, 64) != NULL);
    CHECK_STATUS(smf_system_release(&scene.system, b), SMF_OK);
    CHECK_EQUAL(scene_statistics().retired, 0);
    CHECK(paper_at(&scene.paper, text, 64) == NULL);
    scene_end();
}

/* ---- Quiet ---- */

static struct smf_reader visitor;

static enum smf_status come_in(void *context, struct smf_module *module, const struct smf_source *source)
{
    (void)context;
    (void)module;
    (void)source;
    smf_reader_enter(&visitor);
    return SMF_OK;
}

static void a_quiet_reload_wants_no_reader(void)
{
    memset(&visitor, 0, sizeof visitor);
    const struct smf_handle first = load_a();
    smf_reader_join(&scene.system, &visitor);
    smf_reader_enter(&visitor);
    scene_reload(first, SMF_RELOAD_QUIET, SMF_ERR_BUSY);
    CHECK_EQUAL(scene.why.detail, SMF_DETAIL_READER);
    CHECK_EQUAL(scene_owner("a_function"), first.number);
    CHECK_EQUAL(scene.opened, 1);
    smf_reader_leave(&visitor);
    scene_reload(first, SMF_RELOAD_QUIET, SMF_OK);
    CHECK_EQUAL(scene_statistics().retired, 0);
    smf_reader_part(&scene.system, &visitor);
    scene_end();
}

/* Between the first look and the first store. */
static void a_quiet_reload_sees_who_comes_in_meanwhile(void)
{
    memset(&visitor, 0, sizeof visitor);
    const struct smf_handle first = load_a();
    smf_reader_join(&scene.system, &visitor);
    CHECK_STATUS(smf_system_start_module(&scene.system, first, &scene.why), SMF_OK);
    scene.system.config.start = come_in;
    const struct smf_system_statistics before = scene_statistics();
    scene_reload(first, SMF_RELOAD_QUIET, SMF_ERR_BUSY);
    const struct smf_system_statistics after = scene_statistics();
    CHECK(memcmp(&before, &after, sizeof before) == 0);
    CHECK_EQUAL(scene_owner("a_function"), first.number);
    smf_reader_leave(&visitor);
    scene_reload(first, 0, SMF_OK); /* comes in again, and nobody minds */
    smf_reader_leave(&visitor);
    smf_system_collect(&scene.system);
    smf_reader_part(&scene.system, &visitor);
    scene_end();
}

/* ---- Handles ---- */

static void never(void *context, struct smf_handle handle, const char *name)
{
    (void)context;
    (void)name;
    CHECK_EQUAL(handle.number, 0);
}

static void refused_everywhere(struct smf_handle stale)
{
    struct smf_version_information information;
    struct smf_diagnosis *why = &scene.why;
    const struct smf_system_statistics before = scene_statistics();
    CHECK_STATUS(smf_system_start_module(&scene.system, stale, why), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_system_unload(&scene.system, stale, 0, why), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_system_unload(&scene.system, stale, SMF_UNLOAD_DEPENDENTS, why), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_system_reload(&scene.system, stale, NULL, 0, NULL, why), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_system_reload(&scene.system, stale, NULL, SMF_RELOAD_UNMARKED, NULL, why), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_system_retain(&scene.system, stale), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_system_release(&scene.system, stale), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_system_information(&scene.system, stale, &information), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_system_needs(&scene.system, stale, never, NULL), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_system_dependents(&scene.system, stale, never, NULL), SMF_ERR_NOT_FOUND);
    CHECK(smf_system_module(&scene.system, stale) == NULL);
    const struct smf_system_statistics after = scene_statistics();
    CHECK(memcmp(&before, &after, sizeof before) == 0);
}

/* After an unload, a reload, and where another version uses its memory again. */
static void a31_a_stale_handle_is_refused_in_every_call(void)
{
    const struct smf_handle first = load_a();
    const struct smf_handle second = scene_reload(first, 0, SMF_OK);
    refused_everywhere(first);
    scene_unload(second, 0, SMF_OK);
    refused_everywhere(second);
    const struct smf_handle third = scene_load("a", SMF_OK);
    refused_everywhere(first);
    refused_everywhere(second);
    refused_everywhere((struct smf_handle){0});
    refused_everywhere((struct smf_handle){third.number + 1});
    refused_everywhere((struct smf_handle){third.number + SMF_SYSTEM_CHAINS});
    refused_everywhere((struct smf_handle){UINT32_MAX});
    CHECK_EQUAL(scene_owner("a_function"), third.number);
    scene_end();
}

/* One that is retired and held can be asked about and held, and not changed. */
static void the_handle_of_a_retired_version(void)
{
    struct smf_version_information information;
    const struct smf_handle first = load_a();
    CHECK_STATUS(smf_system_retain(&scene.system, first), SMF_OK);
    scene_reload(first, 0, SMF_OK);
    CHECK_STATUS(smf_system_information(&scene.system, first, &information), SMF_OK);
    CHECK(!information.live);
    CHECK_EQUAL(information.references, 1);
    scene_unload(first, 0, SMF_ERR_NOT_FOUND);
    scene_reload(first, 0, SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_system_start_module(&scene.system, first, &scene.why), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_system_retain(&scene.system, first), SMF_OK);
    CHECK_STATUS(smf_system_release(&scene.system, first), SMF_OK);
    CHECK_STATUS(smf_system_release(&scene.system, first), SMF_OK);
    CHECK_STATUS(smf_system_release(&scene.system, first), SMF_ERR_NOT_FOUND);
    scene_end();
}

/* After 2^32 - 1 loads numbers begin anew: not with 0, and not with one in use. */
static void handles_wrap(void)
{
    const struct smf_handle first = load_a();
    CHECK_EQUAL(first.number, 1);
    scene.system.last_number = UINT32_MAX - 1;
    scene_shelve_function("b", "b_function", 8);
    scene_shelve_function("c", "c_function", 8);
    CHECK_EQUAL(scene_load("b", SMF_OK).number, UINT32_MAX);
    CHECK_EQUAL(scene_load("c", SMF_OK).number, 2);
    scene_end();
}

static void a21_references_do_not_wrap(void)
{
    const struct smf_handle a = load_a();
    struct smf_version *version = smf_version_of(&scene.system, a);
    version->references = UINT32_MAX;
    CHECK_STATUS(smf_system_retain(&scene.system, a), SMF_ERR_LIMIT);
    CHECK_EQUAL(version->references, UINT32_MAX);
    version->references = 0;
    CHECK_STATUS(smf_system_release(&scene.system, a), SMF_ERR_NOT_FOUND);
    scene_end();
}

/* ---- Unloading takes nothing that could fail ---- */

static void a24_an_unload_cannot_fail(void)
{
    const struct smf_handle a = load_a();
    scene_shelve_user("b", "b_function", "a_function");
    scene_begin();
    scene_import("a_function", function, 0);
    scene_keep(".keep.c", 16, 8);
    scene_shelve("c");
    scene_load("b", SMF_OK);
    scene_load("c", SMF_OK);
    struct smf_arena *blocks = smf_load_arena(&scene.system.loader);
    void *ballast = smf_arena_take(blocks, smf_arena_largest(blocks));
    CHECK(ballast != NULL);
    scene.paper.fail_at = scene.paper.fallible + 1;
    scene.paper.fail_with = SMF_ERR_PROTECT;
    const unsigned fallible = scene.paper.fallible, opened = scene.opened;
    scene_unload(a, SMF_UNLOAD_DEPENDENTS, SMF_OK);
    CHECK_EQUAL(scene.paper.fallible, fallible);
    CHECK_EQUAL(scene.opened, opened);
    CHECK_EQUAL(scene_statistics().modules, 0);
    CHECK_EQUAL(scene_statistics().retired, 0);
    CHECK_EQUAL(paper_live(&scene.paper), 0);
    scene.paper.fail_at = 0;
    smf_arena_give(blocks, ballast);
    scene_end();
}

/* What a collect does neither. */
static void a24_a_collect_cannot_fail(void)
{
    struct smf_reader reader = {.next = NULL};
    const struct smf_handle a = load_a();
    smf_reader_join(&scene.system, &reader);
    smf_reader_enter(&reader);
    scene_reload(a, 0, SMF_OK);
    smf_reader_leave(&reader);
    struct smf_arena *blocks = smf_load_arena(&scene.system.loader);
    void *ballast = smf_arena_take(blocks, smf_arena_largest(blocks));
    scene.paper.fail_at = scene.paper.fallible + 1;
    scene.paper.fail_with = SMF_ERR_PROTECT;
    CHECK_EQUAL(smf_system_collect(&scene.system), 1);
    CHECK_EQUAL(scene.paper.fallible + 1, scene.paper.fail_at);
    scene.paper.fail_at = 0;
    smf_arena_give(blocks, ballast);
    smf_reader_part(&scene.system, &reader);
    scene_end();
}

#define CASE(name)                                                                                                     \
    {                                                                                                                  \
#name, name                                                                                                    \
    }
static const struct tap_case cases[] = {
    CASE(a_retired_version_stays_while_it_is_held),
    CASE(a_reader_that_came_in_before_keeps_it),
    CASE(a_reader_that_came_in_later_does_not),
    CASE(a_reader_that_came_back_is_a_new_one),
    CASE(an_unloaded_module_waits_for_readers_too),
    CASE(a_held_version_holds_what_it_needs),
    CASE(a_quiet_reload_wants_no_reader),
    CASE(a_quiet_reload_sees_who_comes_in_meanwhile),
    CASE(a31_a_stale_handle_is_refused_in_every_call),
    CASE(the_handle_of_a_retired_version),
    CASE(handles_wrap),
    CASE(a21_references_do_not_wrap),
    CASE(a24_an_unload_cannot_fail),
    CASE(a24_a_collect_cannot_fail),
};
TAP_MAIN(cases)
