/* SPDX-License-Identifier: MIT */
/*
 * throwing.c - C++ in modules that live together: static objects of providers before those of importers, destroyed the
 * other way round; exceptions inside a module, from one to another, and through versions that came later or are retired.
 * hurler throws, passer is passed through, catcher catches.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "carried.h"
#include "harness/tap.h"
#include "smf/host.h"
#include "smf/port_posix.h"
#include "smf/system.h"
#include "telling.h"

static struct smf_system live;
static uint64_t arena[1 << 15];
static struct smf_diagnosis why;

static enum smf_status start(void *context, struct smf_module *module, const struct smf_source *source)
{
    (void)context;
    return smf_libc_start(module, source);
}

static void stop(void *context, struct smf_module *module)
{
    (void)context;
    smf_libc_stop(module);
}

static enum smf_status open(void *context, const char *name, struct smf_source *source)
{
    char file[24];
    (void)context;
    snprintf(file, sizeof file, "%s_1", name);
    *source = carried(file);
    return source->bytes != NULL ? SMF_OK : SMF_ERR_NOT_FOUND;
}

static void begin(void)
{
    static const struct smf_system_item items[] = {
        {"catcher", NULL},
        {"passer",  NULL},
        {"hurler",  NULL}
    };
    const struct smf_system_config config = {
        .load = {.port = smf_port_posix(), .arena = arena, .arena_size = sizeof arena, .resolve = smf_libc_resolve},
        .host = told_hosts,
        .host_count = 1,
        .hot_reload = true,
        .open = open,
        .start = start,
        .stop = stop
    };
    told_forget();
    CHECK_STATUS(smf_system_start(&live, &config), SMF_OK);
    CHECK_STATUS(smf_system_load_all(&live, items, 3, SMF_LOAD_START, NULL, &why), SMF_OK);
    CHECK_TEXT(why.name, "");
}

static struct smf_handle handle_of(const char *name)
{
    struct smf_handle handle = {0};
    CHECK_STATUS(smf_system_find(&live, name, &handle), SMF_OK);
    return handle;
}

static int (*function_of(const char *name))(int) { return (int (*)(int))(uintptr_t)smf_system_function(&live, name); }

static int call(const char *name, int number)
{
    int (*const function)(int) = function_of(name);
    CHECK(function != NULL);
    return function != NULL ? function(number) : -3;
}

static void reload(const char *name)
{
    char file[24];
    snprintf(file, sizeof file, "%s_2", name);
    const struct smf_source source = carried(file);
    CHECK_STATUS(smf_system_reload(&live, handle_of(name), &source, 0, NULL, &why), SMF_OK);
}

/* What catcher says of everything that hurler throws, if this is hurler's version. */
static void check_caught(int version)
{
    CHECK_EQUAL(call("catcher_catch", 3), 30 + version);
    CHECK_EQUAL(call("catcher_catch", -1), 100 + version);
    CHECK_EQUAL(call("catcher_catch", 0), -1);
    CHECK_EQUAL(call("hurler_inside", 4), 40 + version);
}

static void static_objects_live_as_long_as_they_are_needed(void)
{
    begin();
    told_check_before("hurler1.constructor", "passer1.constructor");
    told_check_before("passer1.constructor", "catcher.constructor"); /* it has caught something by then */
    CHECK_EQUAL(told_at("catcher.destructor"), -1);
    smf_system_finish(&live);
    told_check_before("catcher.destructor", "passer1.destructor");
    told_check_before("passer1.destructor", "hurler1.destructor");
    CHECK_EQUAL(told_at("catcher.wrong"), -1);
}

static void exceptions_cross_modules(void)
{
    begin();
    check_caught(1);
    CHECK_EQUAL(call("passer_destroyed", 0) % 10, 1);
    smf_system_finish(&live);
}

static void exceptions_pass_through_what_was_reloaded(void)
{
    begin();
    reload("passer");
    told_check_before("passer2.constructor", "passer1.destructor");
    check_caught(1);
    CHECK_EQUAL(call("passer_destroyed", 0), 222); /* three calls went through the new one: two threw */
    reload("hurler");
    told_check_before("hurler2.constructor", "hurler1.destructor");
    check_caught(2);
    CHECK_EQUAL(told_at("hurler2.destructor"), -1);
    smf_system_finish(&live);
    told_check_before("catcher.destructor", "hurler2.destructor");
    CHECK_EQUAL(told_at("catcher.wrong"), -1);
}

/* Retired and held: frames of the older version are known to the unwinder until it is released. */
static void exceptions_pass_through_what_is_retired(void)
{
    begin();
    const struct smf_handle older = handle_of("hurler");
    int (*const inside)(int) = function_of("hurler_inside");
    CHECK_STATUS(smf_system_retain(&live, older), SMF_OK);
    reload("hurler");
    CHECK_EQUAL(told_at("hurler1.destructor"), -1);
    CHECK(inside != NULL && inside(6) == 61);
    check_caught(2);
    CHECK_STATUS(smf_system_release(&live, older), SMF_OK);
    CHECK(told_at("hurler1.destructor") >= 0);
    check_caught(2);
    smf_system_finish(&live);
}

/* Frames are withdrawn before memory goes: were any left, one of many throws would walk into them. */
static void reloads_leave_no_frames_behind(void)
{
    begin();
    for (unsigned i = 0; i < 20; i++) {
        char file[24];
        snprintf(file, sizeof file, "hurler_%u", 1 + i % 2);
        const struct smf_source source = carried(file);
        told_forget();
        CHECK_STATUS(smf_system_reload(&live, handle_of("hurler"), &source, 0, NULL, &why), SMF_OK);
        check_caught(1 + (int)(i % 2));
    }
    smf_system_finish(&live);
}

static const struct tap_case cases[] = {
    {"static_objects_live_as_long_as_they_are_needed", static_objects_live_as_long_as_they_are_needed},
    {"exceptions_cross_modules",                       exceptions_cross_modules                      },
    {"exceptions_pass_through_what_was_reloaded",      exceptions_pass_through_what_was_reloaded     },
    {"exceptions_pass_through_what_is_retired",        exceptions_pass_through_what_is_retired       },
    {"reloads_leave_no_frames_behind",                 reloads_leave_no_frames_behind                },
};
TAP_MAIN(cases)
