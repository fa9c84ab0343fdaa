/* SPDX-License-Identifier: MIT */
/*
 * traffic.c - threads that call modules, look them up and hold them, while another one reloads, loads, unloads and
 * collects without a pause. Each result says which version made it, and has to be one that was live while the call
 * went on: not one from before, and nothing that memory holds after a release.
 *
 * Modules are not instrumented: under ThreadSanitizer it watches what the host and the core do.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "callers.h"
#include "carried.h"
#include "harness/tap.h"
#include "smf/port_posix.h"
#include "smf/system.h"

enum { CALLERS = 3, LOOKERS = 2, ARENA = 1 << 20, RELOADS_LEAST = 20 };

static uint8_t *arena;
static struct smf_handle guest;
static unsigned guests, busy, refused;

/* The tag of each version, known before its names are: its own data says it. */
static void note_tag(void *context, enum smf_event event, struct smf_handle handle, const char *name,
                     struct smf_module *module)
{
    char symbol[32];
    struct smf_found found;
    (void)context;
    if (event != SMF_EVENT_LIVE)
        return;
    snprintf(symbol, sizeof symbol, "%s_tag", name);
    if (smf_find(module, symbol, &found) == SMF_OK)
        traffic.tag_of_handle[handle.number % GENERATIONS] = (uint8_t) * (const uint32_t *)(uintptr_t)found.address;
}

/* ---- The changer ---- */

static void want_status(struct worker *me, enum smf_status found, enum smf_status wanted, const char *what)
{
    if (found != wanted)
        worker_fail(me, "%s says %d (%s), wanted %d", what, (int)found, traffic.system.unwanted.name, (int)wanted);
}

static enum smf_status reload(struct history *history, uint32_t tag, uint32_t flags)
{
    char file[16];
    struct smf_handle newer;
    snprintf(file, sizeof file, "%s_%u", history->name, (unsigned)tag);
    const struct smf_source source = carried(file);
    const unsigned next = history->finished + 1;
    __atomic_store_n(&history->tags[next % GENERATIONS], (uint8_t)tag, __ATOMIC_RELAXED);
    __atomic_store_n(&history->begun, next, __ATOMIC_RELEASE);
    const enum smf_status status = smf_system_reload(&traffic.system, history->handle, &source, flags, &newer, NULL);
    if (status == SMF_OK) {
        history->handle = newer;
        __atomic_store_n(&history->finished, next, __ATOMIC_RELEASE);
    }
    return status;
}

/* Everybody stays outside until it is done. */
static void reload_quietly(struct worker *me, struct history *history, uint32_t tag)
{
    enum smf_status status;
    __atomic_store_n(&traffic.closed, true, __ATOMIC_SEQ_CST);
    while ((status = reload(history, tag, SMF_RELOAD_QUIET)) == SMF_ERR_BUSY && !workers_done(&traffic.workers)) {
        busy++;
        sched_yield();
    }
    __atomic_store_n(&traffic.closed, false, __ATOMIC_SEQ_CST);
    if (!workers_done(&traffic.workers))
        want_status(me, status, SMF_OK, "a quiet reload");
}

static void come_or_go(struct worker *me, uint32_t tag)
{
    char file[16];
    if (guest.number != 0) {
        want_status(me, smf_system_unload(&traffic.system, guest, 0, NULL), SMF_OK, "unloading");
        want_status(me, smf_system_unload(&traffic.system, guest, 0, NULL), SMF_ERR_NOT_FOUND, "unloading twice");
        guest.number = 0;
        return;
    }
    snprintf(file, sizeof file, "guest_%u", (unsigned)tag);
    const struct smf_source source = carried(file);
    const struct smf_system_item item = {.name = "guest", .source = &source};
    want_status(me, smf_system_load(&traffic.system, &item, SMF_LOAD_START, &guest, NULL), SMF_OK, "loading");
    guests++;
}

/* Reloads that fail: an export is gone, the state is refused, the bytes are cut off. The old version goes on. */
static void fail(struct worker *me, uint32_t way)
{
    static const enum smf_status wanted[] = {SMF_ERR_UNRESOLVED, SMF_ERR_STATE};
    static const char *const files[] = {"pump_short", "pump_stubborn", "pump_1"};
    struct smf_source source = carried(files[way % 3]);
    if (way % 3 == 2)
        source.size /= 2;
    const enum smf_status status = smf_system_reload(&traffic.system, traffic.pump.handle, &source, 0, NULL, NULL);
    if (way % 3 < 2)
        want_status(me, status, wanted[way % 3], files[way % 3]);
    else if (status == SMF_OK)
        worker_fail(me, "half of a file was loaded");
    refused++;
}

static void change(struct worker *me)
{
    const uint32_t way = worker_random(me), tag = 1 + (way >> 8) % TRAFFIC_TAGS;
    worker_at(me, "changing modules");
    switch (way % 16) {
    case 0:
    case 1:
    case 2:
        want_status(me, reload(&traffic.gauge, tag, 0), SMF_OK, "reloading gauge");
        break;
    case 3:
    case 4:
    case 5:
        come_or_go(me, tag);
        break;
    case 6:
        fail(me, way >> 12);
        break;
    case 7:
        reload_quietly(me, &traffic.pump, tag);
        break;
    case 8:
        smf_system_collect(&traffic.system);
        break;
    default:
        want_status(me, reload(&traffic.pump, tag, 0), SMF_OK, "reloading pump");
    }
}

/* Until some have been inside, so that not only reloads happen. */
static void wait_for_callers(void)
{
    const unsigned before = __atomic_load_n(&traffic.workers.worker[0].steps, __ATOMIC_RELAXED);
    while (__atomic_load_n(&traffic.workers.worker[0].steps, __ATOMIC_RELAXED) - before < 5 &&
           !workers_done(&traffic.workers))
        sched_yield();
}

static void change_quietly(struct worker *me)
{
    const uint32_t way = worker_random(me);
    worker_at(me, "changing modules quietly");
    reload_quietly(me, way % 8 == 0 ? &traffic.gauge : &traffic.pump, 1 + (way >> 8) % TRAFFIC_TAGS);
    wait_for_callers();
}

/* ---- Cases ---- */

static void load_first(struct history *history, const char *name)
{
    const struct smf_source source = carried(strcmp(name, "pump") == 0 ? "pump_1" : "gauge_1");
    const struct smf_system_item item = {.name = name, .source = &source};
    *history = (struct history){.name = name, .tags = calloc(GENERATIONS, 1)};
    history->tags[0] = 1;
    CHECK_STATUS(smf_system_load(&traffic.system, &item, SMF_LOAD_START, &history->handle, NULL), SMF_OK);
}

static void begin(const struct smf_port *port, struct smf_handle *user)
{
    arena = malloc(ARENA);
    traffic.tag_of_handle = calloc(GENERATIONS, 1);
    guests = busy = refused = 0;
    guest.number = 0;
    traffic.closed = false;
    const struct smf_system_config config = {
        .load = {.port = port, .arena = arena, .arena_size = ARENA},
          .hot_reload = true, .event = note_tag
    };
    CHECK_STATUS(smf_system_start(&traffic.system, &config), SMF_OK);
    load_first(&traffic.pump, "pump");
    load_first(&traffic.gauge, "gauge");
    const struct smf_source source = carried("user");
    const struct smf_system_item item = {.name = "user", .source = &source};
    CHECK_STATUS(smf_system_load(&traffic.system, &item, SMF_LOAD_START, user, NULL), SMF_OK);
    traffic.look =
        (int (*)(uint32_t, struct traffic_seen *))(uintptr_t)smf_system_function(&traffic.system, "user_look");
    CHECK(traffic.look != NULL);
}

static unsigned ask_pump(const char *name)
{
    unsigned (*const function)(void) = (unsigned (*)(void))(uintptr_t)smf_system_function(&traffic.system, name);
    CHECK(function != NULL);
    return function != NULL ? function() : 0;
}

/* What the calls left behind: none was lost, and the state went through every reload. */
static void count_calls(void)
{
    uint64_t calls = 0, answers = 0, mixed = 0;
    for (unsigned i = 0; i <= WORKERS_MAX; i++) {
        calls += traffic.workers.worker[i].calls;
        answers += traffic.workers.worker[i].answers;
        mixed += traffic.workers.worker[i].mixed;
    }
    tap_note("%llu calls, %llu of guests, %u and %u reloads, %u guests, %u refused, %u times busy, %llu mixed sections",
             (unsigned long long)calls, (unsigned long long)answers, traffic.pump.finished, traffic.gauge.finished,
             guests, refused, busy, (unsigned long long)mixed);
    CHECK_EQUAL(ask_pump("pump_calls"), (unsigned)calls);
    CHECK_EQUAL(ask_pump("pump_generation"), traffic.pump.finished + 1);
    CHECK(calls > 0);
    CHECK(traffic.pump.finished >= RELOADS_LEAST);
}

static void unload(struct smf_handle handle)
{
    CHECK_STATUS(smf_system_unload(&traffic.system, handle, 0, NULL), SMF_OK);
}

/* With nobody left everything that was retired goes, and the numbers are as before. */
static void end(const struct smf_system_statistics *before, size_t arena_before, struct smf_handle user)
{
    struct smf_system_statistics after;
    if (guest.number != 0)
        unload(guest);
    smf_system_collect(&traffic.system);
    smf_system_statistics(&traffic.system, &after);
    CHECK_EQUAL(after.retired, 0);
    CHECK_EQUAL(after.modules, before->modules);
    CHECK_EQUAL(after.exports, before->exports);
    CHECK_EQUAL(after.bindings, before->bindings);
    CHECK_EQUAL(after.places, before->places);
    CHECK_EQUAL(after.references, 0);
    CHECK_EQUAL(after.readers, 0);
    CHECK_EQUAL(after.unsealed, 0);
    CHECK_EQUAL(after.loads, after.released + after.modules);
    CHECK_EQUAL(after.reloads, traffic.pump.finished + traffic.gauge.finished);
    unload(user);
    unload(traffic.gauge.handle);
    unload(traffic.pump.handle);
    smf_system_statistics(&traffic.system, &after);
    CHECK_EQUAL(after.modules + after.retired + after.exports + after.bindings + after.places, 0);
    CHECK_EQUAL(after.arena_largest, arena_before);
    smf_system_finish(&traffic.system);
    free(traffic.pump.tags);
    free(traffic.gauge.tags);
    free(traffic.tag_of_handle);
    free(arena);
}

static size_t empty_arena(const struct smf_port *port)
{
    struct smf_system_statistics empty;
    static uint64_t room[ARENA / sizeof(uint64_t)];
    const struct smf_system_config config = {
        .load = {.port = port, .arena = room, .arena_size = ARENA}
    };
    CHECK_STATUS(smf_system_start(&traffic.system, &config), SMF_OK);
    smf_system_statistics(&traffic.system, &empty);
    smf_system_finish(&traffic.system);
    return empty.arena_largest;
}

static void run(const struct smf_port *port, void (*caller)(struct worker *), void (*changer)(struct worker *),
                double seconds)
{
    void (*steps[CALLERS + LOOKERS])(struct worker *);
    struct smf_system_statistics before;
    struct smf_handle user = {0};
    for (unsigned i = 0; i < CALLERS + LOOKERS; i++)
        steps[i] = i < CALLERS ? caller : look_up;
    const size_t arena_before = empty_arena(port);
    begin(port, &user);
    if (traffic.look == NULL)
        return;
    smf_system_statistics(&traffic.system, &before);
    workers_start(&traffic.workers, CALLERS + LOOKERS, steps);
    const double until = traffic_now() + seconds;
    while ((traffic_now() < until || traffic.pump.finished < RELOADS_LEAST) && !workers_done(&traffic.workers) &&
           traffic.pump.finished < GENERATIONS / 4)
        changer(workers_self(&traffic.workers));
    workers_end(&traffic.workers);
    for (unsigned i = 0; i < CALLERS + LOOKERS; i++)
        if (traffic.workers.worker[i].reader.epoch != NULL)
            smf_reader_part(&traffic.system, &traffic.workers.worker[i].reader);
    count_calls();
    end(&before, arena_before, user);
}

static void every_call_is_of_a_live_version(void) { run(smf_port_posix(), call_any, change, traffic_seconds(2)); }

/* One section, one version: whoever comes in waits for the reload, and the reload for whoever is inside. */
static void a_quiet_reload_mixes_nothing(void)
{
    run(smf_port_posix(), call_pairs, change_quietly, traffic_seconds(1));
}

/* The same memory again and again: what was released is soon another version's. */
static void memory_is_used_again(void)
{
    static struct smf_posix_pool pool;
    const struct smf_port *const port = smf_port_posix_pool_start(&pool, 4u << 20, SMF_POSIX_POOL_SEALED);
    CHECK(port != NULL);
    if (port == NULL)
        return;
    run(port, call_any, change, traffic_seconds(2) / 2);
    CHECK(pool.ranges == NULL);
    smf_port_posix_pool_finish(&pool);
}

static const struct tap_case cases[] = {
    {"every_call_is_of_a_live_version", every_call_is_of_a_live_version},
    {"a_quiet_reload_mixes_nothing",    a_quiet_reload_mixes_nothing   },
    {"memory_is_used_again",            memory_is_used_again           },
};
TAP_MAIN(cases)
