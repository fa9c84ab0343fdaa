/* SPDX-License-Identifier: MIT */
/*
 * interrupted.c - see interrupted.h. The handler runs to its end before the thread below it goes on, so it needs no
 * struct smf_reader, and sees exactly one of two versions: the one that served before, or the one that comes.
 */
#include "interrupted.h"

#include <string.h>

#include "carried.h"
#include "harness/tap.h"
#include "smf/system.h"
#include "traffic/traffic.h"

enum { ARENA = 48 << 10, TAGS = 2 };

/* One that is reloaded, as the handler sees it. */
struct reloaded {
    const char *files[TAGS];
    struct smf_handle handle;
    volatile uint32_t current, next; /* tags */
};

static struct smf_system live;
static uint64_t arena[ARENA / sizeof(uint64_t)];
static struct reloaded pump, gauge;
static struct smf_handle user;
static size_t empty; /* the largest block of an arena without modules */
static int (*look)(uint32_t, struct traffic_seen *);

/* The handler's: read when it is off. */
static volatile int ready, reloading;
static volatile unsigned called, called_meanwhile, of_next, mixed, counted;
static volatile int wrong;
static volatile uint32_t strange; /* a tag that neither version has */

static void want(const struct reloaded *module, uint32_t tag)
{
    if (tag != module->current && tag != module->next)
        strange = tag;
    of_next += tag == module->next && tag != module->current && reloading;
}

void interrupted_call(void)
{
    struct traffic_seen seen = {0};
    if (!ready)
        return;
    const int line = look(called * 40503u & 0xffff, &seen);
    called++;
    called_meanwhile += reloading != 0;
    counted += seen.calls;
    if (line != 0)
        wrong = line;
    want(&pump, seen.first);
    want(&pump, seen.second);
    want(&pump, seen.kept);
    want(&pump, seen.handed);
    want(&pump, seen.record);
    want(&pump, seen.behind);
    want(&gauge, seen.gauge);
    mixed += seen.first != seen.second || seen.first != seen.kept || seen.first != seen.behind;
}

static struct smf_handle load(const char *name, const char *file)
{
    const struct smf_source source = carried(file);
    const struct smf_system_item item = {.name = name, .source = &source};
    struct smf_handle handle = {0};
    struct smf_diagnosis why = {0};
    CHECK_STATUS(smf_system_load(&live, &item, SMF_LOAD_START, &handle, &why), SMF_OK);
    CHECK_TEXT(why.name, "");
    return handle;
}

static void reload(struct reloaded *module)
{
    const uint32_t tag = module->current % TAGS + 1;
    const struct smf_source source = carried(module->files[tag - 1]);
    struct smf_diagnosis why = {0};
    struct smf_handle newer = module->handle;
    module->next = tag;
    reloading = 1;
    const enum smf_status status = smf_system_reload(&live, module->handle, &source, 0, &newer, &why);
    reloading = 0;
    CHECK_STATUS(status, SMF_OK);
    module->current = status == SMF_OK ? tag : module->current;
    module->next = module->current;
    module->handle = newer;
}

/* Every fourth time the old version is held for a while, and released by whoever lets go last. */
static void reload_and_collect(unsigned round)
{
    struct smf_system_statistics now;
    const struct smf_handle older = pump.handle;
    const unsigned held = round % 4 == 0;
    if (held)
        CHECK_STATUS(smf_system_retain(&live, older), SMF_OK);
    reload(&pump);
    if (round % 3 == 0)
        reload(&gauge);
    smf_system_statistics(&live, &now);
    CHECK_EQUAL(now.retired, held);
    if (held)
        CHECK_STATUS(smf_system_release(&live, older), SMF_OK);
    smf_system_statistics(&live, &now);
    CHECK_EQUAL(now.retired, 0);
}

static size_t largest(void)
{
    struct smf_system_statistics now;
    smf_system_statistics(&live, &now);
    return now.arena_largest;
}

static void begin(const struct smf_port *port)
{
    const struct smf_system_config config = {
        .load = {.port = port, .arena = arena, .arena_size = sizeof arena},
          .hot_reload = true
    };
    ready = reloading = wrong = 0;
    called = called_meanwhile = of_next = mixed = counted = 0;
    strange = 0;
    CHECK_STATUS(smf_system_start(&live, &config), SMF_OK);
    empty = largest();
    pump = (struct reloaded){
        {"pump_1", "pump_2"},
        load("pump", "pump_1"), 1, 1
    };
    gauge = (struct reloaded){
        {"gauge_1", "gauge_2"},
        load("gauge", "gauge_1"), 1, 1
    };
    user = load("user", "user");
    look = (int (*)(uint32_t, struct traffic_seen *))(uintptr_t)smf_system_function(&live, "user_look");
    CHECK(look != NULL);
    ready = look != NULL;
}

static void check(unsigned reloads)
{
    unsigned (*const calls)(void) = (unsigned (*)(void))(uintptr_t)smf_system_function(&live, "pump_calls");
    unsigned (*const generation)(void) = (unsigned (*)(void))(uintptr_t)smf_system_function(&live, "pump_generation");
    tap_note("%u calls, %u of them during %u reloads; %u answers of a version that had just come, %u calls met two",
             called, called_meanwhile, reloads, of_next, mixed);
    CHECK_EQUAL(wrong, 0); /* a line of traffic/user.c */
    CHECK_EQUAL(strange, 0);
    CHECK(called > 0);
    CHECK(called_meanwhile > 0);
    CHECK(calls != NULL && calls() == counted);
    CHECK(generation != NULL && generation() == reloads + 1);
}

void interrupted_run(const struct smf_port *port, const struct interruption *interruption)
{
    struct smf_system_statistics before, after;
    unsigned round = 0;
    begin(port);
    smf_system_statistics(&live, &before);
    if (ready) {
        interruption->start();
        while (round < interruption->reloads || (interruption->go_on != NULL && interruption->go_on()))
            reload_and_collect(round++);
        interruption->stop();
        ready = 0;
        check(round);
    }
    smf_system_statistics(&live, &after);
    CHECK_EQUAL(after.modules, before.modules);
    CHECK_EQUAL(after.bindings, before.bindings);
    CHECK_EQUAL(after.places, before.places);
    CHECK_EQUAL(after.retired, 0);
    CHECK_STATUS(smf_system_unload(&live, user, 0, NULL), SMF_OK);
    CHECK_STATUS(smf_system_unload(&live, gauge.handle, 0, NULL), SMF_OK);
    CHECK_STATUS(smf_system_unload(&live, pump.handle, 0, NULL), SMF_OK);
    CHECK_EQUAL(largest(), empty);
    smf_system_finish(&live);
}
