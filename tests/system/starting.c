/* SPDX-License-Identifier: MIT */
/*
 * starting.c - what of modules runs when they come and go: .preinit_array, .init_array and smf_module_on_start of
 * providers before those of importers, the way back in the other order, each once, and all of it undone where one
 * refuses. The modules tell; base is used by middle, middle by top, and top needs side by name alone.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "carried.h"
#include "harness/tap.h"
#include "smf/system.h"
#include "telling.h"
#if defined(SMF_TESTS_BOARD)
#include "board.h"
#else
#include "smf/port_posix.h"
#endif

enum { ARENA = 32 << 10 };

static struct smf_system live;
static uint64_t arena[ARENA / sizeof(uint64_t)];
static size_t empty; /* the largest block of the arena without modules */
static struct smf_diagnosis why;

/* ---- Loading ---- */

static enum smf_status open(void *context, const char *name, struct smf_source *source)
{
    (void)context;
    *source = carried(name);
    return source->bytes != NULL ? SMF_OK : SMF_ERR_NOT_FOUND;
}

static size_t largest(void)
{
    struct smf_system_statistics now;
    smf_system_statistics(&live, &now);
    return now.arena_largest;
}

static void begin(void)
{
#if defined(SMF_TESTS_BOARD)
    const struct smf_port *const port = board_port();
#else
    const struct smf_port *const port = smf_port_posix();
#endif
    const struct smf_system_config config = {
        .load = {.port = port, .arena = arena, .arena_size = sizeof arena},
        .host = told_hosts,
        .host_count = 1,
        .hot_reload = true,
        .open = open
    };
    told_refuses = NULL;
    told_refusals = ~0u;
    told_refused = 0;
    told_forget();
    CHECK_STATUS(smf_system_start(&live, &config), SMF_OK);
    empty = largest();
}

static enum smf_status load(const char *name, uint32_t flags)
{
    const struct smf_system_item item = {.name = name};
    struct smf_handle handle;
    return smf_system_load(&live, &item, flags, &handle, &why);
}

static enum smf_status load_group(uint32_t flags)
{
    static const struct smf_system_item items[] = {
        {"top",    NULL},
        {"middle", NULL},
        {"base",   NULL}
    };
    return smf_system_load_all(&live, items, 3, flags, NULL, &why);
}

static struct smf_handle handle_of(const char *name)
{
    struct smf_handle handle = {0};
    CHECK_STATUS(smf_system_find(&live, name, &handle), SMF_OK);
    return handle;
}

static int value(const char *name)
{
    int (*const function)(void) = (int (*)(void))(uintptr_t)smf_system_function(&live, name);
    CHECK(function != NULL);
    return function != NULL ? function() : -1;
}

static void check_nothing_left(void)
{
    struct smf_system_statistics now;
    smf_system_statistics(&live, &now);
    CHECK_EQUAL(now.modules, 0);
    CHECK_EQUAL(now.retired, 0);
    CHECK_EQUAL(now.exports, 0);
    CHECK_EQUAL(now.bindings, 0);
    CHECK_EQUAL(now.places, 0);
    CHECK_EQUAL(now.arena_largest, empty);
    CHECK(smf_system_function(&live, "base_value") == NULL);
}

static void end(void)
{
    smf_system_finish(&live);
    told_forget();
}

static void check_started(const char *name)
{
    char events[4][24];
    snprintf(events[0], sizeof events[0], "%s.preinit", name);
    snprintf(events[1], sizeof events[1], "%s.init1", name);
    snprintf(events[2], sizeof events[2], "%s.init2", name);
    snprintf(events[3], sizeof events[3], "%s.start", name);
    for (unsigned i = 0; i < 3; i++)
        told_check_before(events[i], events[i + 1]);
}

static void check_stopped(const char *name)
{
    char events[3][24];
    snprintf(events[0], sizeof events[0], "%s.stop", name);
    snprintf(events[1], sizeof events[1], "%s.fini2", name);
    snprintf(events[2], sizeof events[2], "%s.fini1", name);
    told_check_before(events[0], events[1]);
    told_check_before(events[1], events[2]);
}

/* ---- Cases ---- */

static void check_all_started(void)
{
    check_started("base");
    check_started("middle");
    check_started("top");
    check_started("side");
    told_check_before("base.start", "middle.preinit");
    told_check_before("middle.start", "top.preinit");
    told_check_before("side.start", "top.preinit");
    CHECK_EQUAL(value("base_value"), 101);
    CHECK_EQUAL(value("middle_value"), 102); /* base answered while middle started */
    CHECK_EQUAL(value("top_value"), 103);
}

static void providers_start_first_and_stop_last(void)
{
    begin();
    CHECK_STATUS(load_group(SMF_LOAD_START), SMF_OK);
    check_all_started();
    CHECK_STATUS(smf_system_unload(&live, handle_of("base"), 0, &why), SMF_ERR_BUSY);
    CHECK_TEXT(why.name, "middle");
    CHECK_EQUAL(told_at("base.stop"), -1);
    CHECK_STATUS(smf_system_unload(&live, handle_of("base"), SMF_UNLOAD_DEPENDENTS, &why), SMF_OK);
    check_stopped("top");
    check_stopped("middle");
    check_stopped("base");
    told_check_before("top.fini1", "middle.stop");
    told_check_before("middle.fini1", "base.stop");
    CHECK_EQUAL(told_at("side.stop"), -1);
    CHECK_STATUS(smf_system_unload(&live, handle_of("side"), 0, &why), SMF_OK);
    check_stopped("side");
    check_nothing_left();
    end();
}

static void finishing_stops_importers_first(void)
{
    begin();
    CHECK_STATUS(load("top", SMF_LOAD_START), SMF_OK); /* the others come as needs */
    check_all_started();
    smf_system_finish(&live);
    told_check_before("top.fini1", "middle.stop");
    told_check_before("middle.fini1", "base.stop");
    told_check_before("top.fini1", "side.stop");
    check_stopped("base");
    check_stopped("side");
}

/* told_at() finds whatever is told twice. */
static void each_starts_once(void)
{
    begin();
    CHECK_STATUS(load("top", 0), SMF_OK);
    CHECK_TEXT(told, "");
    CHECK_STATUS(smf_system_start_module(&live, handle_of("base"), &why), SMF_OK);
    check_started("base");
    CHECK_EQUAL(told_at("middle.preinit"), -1);
    CHECK_STATUS(smf_system_start_module(&live, handle_of("top"), &why), SMF_OK);
    CHECK_STATUS(smf_system_start_module(&live, handle_of("top"), &why), SMF_OK);
    CHECK_STATUS(smf_system_start_module(&live, handle_of("middle"), &why), SMF_OK);
    check_all_started();
    end();
}

/* Nothing was started, so nothing is stopped. */
static void what_never_started_is_not_stopped(void)
{
    begin();
    CHECK_STATUS(load("top", 0), SMF_OK);
    end();
    CHECK_TEXT(told, "");
    begin();
    CHECK_STATUS(load("top", 0), SMF_OK);
    CHECK_STATUS(smf_system_start_module(&live, handle_of("middle"), &why), SMF_OK);
    CHECK_STATUS(smf_system_unload(&live, handle_of("top"), 0, &why), SMF_OK);
    CHECK_EQUAL(told_at("top.stop"), -1);
    CHECK_EQUAL(told_at("top.fini2"), -1);
    end();
}

static void refuse_in_a_group(const char *name)
{
    begin();
    told_refuses = name;
    CHECK_STATUS(load_group(SMF_LOAD_START), SMF_ERR_START);
    CHECK_TEXT(why.name, name);
    check_started(name);
    check_stopped(name);
    check_nothing_left();
}

static void a_refusal_leaves_nothing(void)
{
    refuse_in_a_group("top");
    check_started("base");
    check_stopped("base");
    check_started("middle");
    check_stopped("middle");
    told_check_before("top.fini1", "middle.stop");
    told_check_before("middle.fini1", "base.stop");
    end();
    refuse_in_a_group("middle");
    told_check_before("middle.fini1", "base.stop");
    CHECK_EQUAL(told_at("top.preinit"), -1);
    end();
    refuse_in_a_group("base");
    CHECK_EQUAL(told_at("middle.preinit"), -1);
    CHECK_EQUAL(told_at("middle.stop"), -1);
    end();
}

/* What was there before stays. */
static void a_refusal_leaves_others_alone(void)
{
    struct smf_system_statistics before, after;
    begin();
    CHECK_STATUS(load("middle", SMF_LOAD_START), SMF_OK);
    smf_system_statistics(&live, &before);
    told_refuses = "top";
    CHECK_STATUS(load("top", SMF_LOAD_START), SMF_ERR_START);
    smf_system_statistics(&live, &after);
    CHECK(memcmp(&before, &after, sizeof before) == 0);
    CHECK_EQUAL(told_at("middle.stop"), -1);
    CHECK_EQUAL(told_at("base.stop"), -1);
    CHECK_EQUAL(value("middle_value"), 102);
    check_stopped("side"); /* it came for top alone */
    end();
}

/* A live module that refused was stopped, and is not started any more, even if it would do it now. */
static void who_refused_never_starts(void)
{
    begin();
    CHECK_STATUS(load("top", 0), SMF_OK);
    told_refuses = "middle";
    told_refusals = 1;
    CHECK_STATUS(smf_system_start_module(&live, handle_of("top"), &why), SMF_ERR_START);
    CHECK_TEXT(why.name, "middle");
    check_stopped("middle");
    CHECK_EQUAL(told_at("top.preinit"), -1);
    CHECK_STATUS(smf_system_start_module(&live, handle_of("top"), &why), SMF_ERR_START);
    CHECK_STATUS(smf_system_start_module(&live, handle_of("middle"), &why), SMF_ERR_START);
    check_started("middle"); /* once */
    CHECK_EQUAL(value("base_value"), 101);
    end();
    CHECK_EQUAL(told_at("top.preinit"), -1);
}

/* The newer one starts while the older one serves; what was handed out stays good until the older one is released. */
static void a_reload_starts_the_newer_one_first(void)
{
    struct smf_handle older, newer;
    begin();
    CHECK_STATUS(load("top", SMF_LOAD_START), SMF_OK);
    older = handle_of("base");
    int (*const function)(void) = (int (*)(void))(uintptr_t)smf_system_function(&live, "base_value");
    const struct smf_source source = carried("base_later");
    CHECK_STATUS(smf_system_retain(&live, older), SMF_OK);
    CHECK_STATUS(smf_system_reload(&live, older, &source, 0, &newer, &why), SMF_OK);
    check_started("later");
    CHECK_EQUAL(told_at("base.stop"), -1);
    CHECK_EQUAL(value("base_value"), 201);
    CHECK(function != NULL && function() == 101);
    CHECK(smf_system_module(&live, older) != NULL);
    CHECK_STATUS(smf_system_release(&live, older), SMF_OK);
    check_stopped("base");
    CHECK(smf_system_module(&live, older) == NULL);
    CHECK_STATUS(smf_system_release(&live, older), SMF_ERR_NOT_FOUND);
    end();
}

static void a_refused_reload_keeps_the_older_one(void)
{
    begin();
    CHECK_STATUS(load("top", SMF_LOAD_START), SMF_OK);
    const struct smf_handle older = handle_of("base");
    const struct smf_source source = carried("base_later");
    told_refuses = "later";
    CHECK_STATUS(smf_system_reload(&live, older, &source, 0, NULL, &why), SMF_ERR_START);
    CHECK_TEXT(why.name, "base");
    check_stopped("later");
    CHECK_EQUAL(told_at("base.stop"), -1);
    CHECK_EQUAL(handle_of("base").number, older.number);
    CHECK_EQUAL(value("base_value"), 101);
    end();
}

static const struct tap_case cases[] = {
    {"providers_start_first_and_stop_last",  providers_start_first_and_stop_last },
    {"finishing_stops_importers_first",      finishing_stops_importers_first     },
    {"each_starts_once",                     each_starts_once                    },
    {"what_never_started_is_not_stopped",    what_never_started_is_not_stopped   },
    {"a_refusal_leaves_nothing",             a_refusal_leaves_nothing            },
    {"a_refusal_leaves_others_alone",        a_refusal_leaves_others_alone       },
    {"who_refused_never_starts",             who_refused_never_starts            },
    {"a_reload_starts_the_newer_one_first",  a_reload_starts_the_newer_one_first },
    {"a_refused_reload_keeps_the_older_one", a_refused_reload_keeps_the_older_one},
};
TAP_MAIN(cases)
