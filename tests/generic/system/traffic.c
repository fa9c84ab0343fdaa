/* SPDX-License-Identifier: MIT */
/*
 * traffic.c - threads that call instances while another one reloads the library that they were made of, reloads their
 * user, and loads and unloads another user. An answer says which version of the library and which of the user it came from: it
 * has to be one that somebody was bound to while the call went on, and nothing that memory holds after a release.
 *
 * Modules are not instrumented: under ThreadSanitizer it watches what the host and the core do.
 */
#include <stdlib.h>
#include <string.h>

#include "generic/system/scene.h"
#include "system/carried.h"
#include "system/workers.h"

enum { CALLERS = 3, LOOKERS = 2, GENERATIONS = 1 << 20, RELOADS_LEAST = 20 };

/* What answers of one kind may be, by generation. */
struct history {
    unsigned begun, finished; /* atomic */
    int *answers;             /* atomic */
};

static struct {
    struct workers workers;
    struct history user, library; /* of user_order(), and of order<i64> */
    struct smf_handle user_handle, library_handle, second_handle;
    unsigned library_tag;
    unsigned guests, busy, full;     /* full: atomic */
    int(SMF_MODULE_CALL *ask)(void); /* caller_ask */
} traffic;

static unsigned get(const unsigned *counter) { return __atomic_load_n(counter, __ATOMIC_ACQUIRE); }

static void begin_next(struct history *history, int answer)
{
    const unsigned next = history->finished + 1;
    __atomic_store_n(&history->answers[next % GENERATIONS], answer, __ATOMIC_RELAXED);
    __atomic_store_n(&history->begun, next, __ATOMIC_RELEASE);
}

static void want_answer(struct worker *me, const struct history *history, unsigned from, int answer, const char *what)
{
    const unsigned to = get(&history->begun);
    for (unsigned generation = from; generation <= to; generation++)
        if (__atomic_load_n(&history->answers[generation % GENERATIONS], __ATOMIC_RELAXED) == answer)
            return;
    worker_fail(me, "%s answered %d, which nobody did in generations %u to %u", what, answer, from, to);
}

/* ---- Those who call ---- */

static void join(struct worker *me)
{
    if (me->reader.epoch == NULL)
        smf_reader_join(&scene.system, &me->reader);
}

static void call_user(struct worker *me)
{
    join(me);
    worker_at(me, "calling an instance");
    smf_reader_enter(&me->reader);
    const unsigned from = get(&traffic.user.finished);
    for (unsigned i = 0; i < 16; i++)
        want_answer(me, &traffic.user, from, traffic.ask(), "an instance");
    smf_reader_leave(&me->reader);
    me->calls += 16;
}

/* While a reader that is not given the processor may be inside of them, retired versions fill the memory there is: later, then. */
static bool is_full(enum smf_status status)
{
    const bool full = status == SMF_ERR_NO_ARENA || status == SMF_ERR_NO_MEMORY;
    if (full)
        __atomic_fetch_add(&traffic.full, 1, __ATOMIC_RELAXED);
    return full;
}

/* By name: one that is made for who asks, and goes with its library; and a user's that comes and goes. */
static void look_up(struct worker *me)
{
    static const long long numbers[2] = {4, 4};
    struct smf_resolved found;
    join(me);
    worker_at(me, "looking for an instance");
    smf_reader_enter(&me->reader);
    const unsigned from = get(&traffic.library.finished);
    const enum smf_status status = smf_system_resolve(&scene.system, "order<i64>", &found);
    if (status == SMF_OK) {
        int(SMF_MODULE_CALL *const order)(const long long *, const long long *) =
            (int(SMF_MODULE_CALL *)(const long long *, const long long *))(uintptr_t)found.address;
        want_answer(me, &traffic.library, from, order(&numbers[0], &numbers[1]), "order<i64>");
    } else if (!is_full(status)) {
        worker_fail(me, "order<i64> is not there");
    }
    const int answer = scene_call("second_order");
    if (answer != -1 && answer != scene_order(1, 3) && answer != scene_order(2, 3))
        worker_fail(me, "second answered %d", answer);
    me->answers += answer != -1;
    smf_reader_leave(&me->reader);
}

/* ---- The one who changes ---- */

static void want_status(struct worker *me, enum smf_status found, enum smf_status wanted, const char *what)
{
    if (found != wanted)
        worker_fail(me, "%s says %d (%s), wanted %d", what, (int)found, scene.why.name, (int)wanted);
}

static enum smf_status reload(struct smf_handle *handle, const char *file, uint32_t flags)
{
    const struct smf_source source = carried(file);
    return smf_system_reload(&scene.system, *handle, &source, flags, handle, &scene.why);
}

static void reload_library(struct worker *me, unsigned tag)
{
    begin_next(&traffic.library, (int)(10000 * tag + HOST_BASE));
    const enum smf_status status = reload(&traffic.library_handle, tag == 1 ? "library_1" : "library_2", 0);
    if (is_full(status))
        return;
    want_status(me, status, SMF_OK, "reloading library");
    traffic.library_tag = tag;
    __atomic_store_n(&traffic.library.finished, traffic.library.begun, __ATOMIC_RELEASE);
}

static void reload_user(struct worker *me, unsigned tag, uint32_t flags)
{
    begin_next(&traffic.user, scene_order(traffic.library_tag, tag));
    const enum smf_status status = reload(&traffic.user_handle, tag == 1 ? "user_1" : "user_2", flags);
    if (status == SMF_OK)
        __atomic_store_n(&traffic.user.finished, traffic.user.begun, __ATOMIC_RELEASE);
    else if (status == SMF_ERR_BUSY && flags != 0)
        traffic.busy++; /* somebody was inside */
    else if (!is_full(status))
        want_status(me, status, SMF_OK, "reloading user");
}

static void come_or_go(struct worker *me)
{
    const struct smf_source source = carried("second_3");
    const struct smf_system_item item = {"second", &source};
    if (traffic.second_handle.number == 0) {
        const enum smf_status status =
            smf_system_load(&scene.system, &item, SMF_LOAD_START, &traffic.second_handle, &scene.why);
        if (is_full(status))
            return;
        want_status(me, status, SMF_OK, "loading");
        traffic.guests++;
        return;
    }
    want_status(me, smf_system_unload(&scene.system, traffic.second_handle, 0, &scene.why), SMF_OK, "unloading");
    traffic.second_handle.number = 0;
}

static void change(struct worker *me)
{
    const uint32_t way = worker_random(me);
    worker_at(me, "changing modules");
    switch (way % 8) {
    case 0:
    case 1:
        come_or_go(me);
        break;
    case 2:
    case 3:
        reload_user(me, 1 + (way >> 8) % 2, 0);
        break;
    case 4:
        reload_user(me, 1 + (way >> 8) % 2, SMF_RELOAD_QUIET);
        break;
    case 5:
        want_status(me, smf_system_unload(&scene.system, traffic.library_handle, 0, &scene.why), SMF_ERR_BUSY,
                    "unloading what is needed");
        break;
    default:
        reload_library(me, 1 + (way >> 8) % 2);
    }
}

static void begin(void)
{
    memset(&traffic, 0, sizeof traffic);
    traffic.user.answers = calloc(GENERATIONS, sizeof(int));
    traffic.library.answers = calloc(GENERATIONS, sizeof(int));
    scene_start(0);
    traffic.library_handle = scene_load("library", "library_1", SMF_OK);
    traffic.user_handle = scene_load("user", "user_1", SMF_OK);
    scene_load("caller", "caller", SMF_OK);
    traffic.library_tag = 1;
    traffic.library.answers[0] = 10000 + HOST_BASE;
    traffic.user.answers[0] = scene_order(1, 1);
    traffic.ask = (int(SMF_MODULE_CALL *)(void))smf_system_function(&scene.system, "caller_ask");
    CHECK(traffic.ask != NULL);
}

static void end(void)
{
    uint64_t calls = 0, answers = 0;
    for (unsigned i = 0; i < CALLERS + LOOKERS; i++) {
        calls += traffic.workers.worker[i].calls;
        answers += traffic.workers.worker[i].answers;
        if (traffic.workers.worker[i].reader.epoch != NULL)
            smf_reader_part(&scene.system, &traffic.workers.worker[i].reader);
    }
    tap_note("%llu calls, %llu of guests, %u and %u reloads, %u guests, %u times busy, %u times full",
             (unsigned long long)calls, (unsigned long long)answers, traffic.library.finished, traffic.user.finished,
             traffic.guests, traffic.busy, traffic.full);
    CHECK(calls > 0 && traffic.library.finished >= RELOADS_LEAST);
    smf_system_collect(&scene.system);
    CHECK(scene_retired() <= 2); /* versions of the library that users are bound to */
    scene_unload(traffic.library_handle, SMF_UNLOAD_DEPENDENTS, SMF_OK);
    CHECK_EQUAL(scene_retired(), 0);
    scene_check_empty();
    scene_end();
    free(traffic.user.answers);
    free(traffic.library.answers);
}

static void every_answer_is_of_a_live_instance(void)
{
    void (*steps[CALLERS + LOOKERS])(struct worker *);
    for (unsigned i = 0; i < CALLERS + LOOKERS; i++)
        steps[i] = i < CALLERS ? call_user : look_up;
    begin();
    workers_start(&traffic.workers, CALLERS + LOOKERS, steps);
    const double until = traffic_now() + traffic_seconds(2);
    while ((traffic_now() < until || traffic.library.finished < RELOADS_LEAST) && !workers_done(&traffic.workers) &&
           traffic.library.finished < GENERATIONS / 4)
        change(workers_self(&traffic.workers));
    workers_end(&traffic.workers);
    end();
}

static const struct tap_case cases[] = {
    {"every_answer_is_of_a_live_instance", every_answer_is_of_a_live_instance},
};
TAP_MAIN(cases)
