/* SPDX-License-Identifier: MIT */
/* callers.c - see callers.h. */
#include "callers.h"

#include <sched.h>
#include <string.h>

struct traffic traffic;

/* ---- What may be seen ---- */

static unsigned get(const unsigned *counter) { return __atomic_load_n(counter, __ATOMIC_ACQUIRE); }

static bool was_live(const struct history *history, unsigned from, unsigned to, uint32_t tag)
{
    for (unsigned generation = from; generation <= to; generation++)
        if (__atomic_load_n(&history->tags[generation], __ATOMIC_RELAXED) == tag)
            return true;
    return false;
}

static void want_live(struct worker *me, const struct history *history, unsigned from, unsigned to, uint32_t tag,
                      const char *what)
{
    if (!was_live(history, from, to, tag))
        worker_fail(me, "%s answered as version %u, which was not live in generations %u to %u of %s", what,
                    (unsigned)tag, from, to, history->name);
}

/* ---- Callers: readers ---- */

/* Enter, unless a quiet reload asks to stay outside. One of two: the reload sees the reader inside, or the reader sees
 * that it is closed. */
static void come_in(struct worker *me)
{
    for (;;) {
        while (__atomic_load_n(&traffic.closed, __ATOMIC_SEQ_CST) && !workers_done(&traffic.workers)) {
            worker_at(me, "waiting to come in");
            sched_yield();
        }
        smf_reader_enter(&me->reader);
        if (!__atomic_load_n(&traffic.closed, __ATOMIC_SEQ_CST) || workers_done(&traffic.workers))
            return;
        smf_reader_leave(&me->reader);
    }
}

static void join_now_and_then(struct worker *me)
{
    if (me->reader.epoch != NULL && worker_random(me) % 256 == 0) {
        worker_at(me, "parting");
        smf_reader_part(&traffic.system, &me->reader);
        memset(&me->reader, 0, sizeof me->reader);
    }
    if (me->reader.epoch == NULL) {
        worker_at(me, "joining");
        smf_reader_join(&traffic.system, &me->reader);
    }
}

static void call(struct worker *me, bool pairs)
{
    struct traffic_seen seen = {0};
    join_now_and_then(me);
    const uint32_t x = worker_random(me) & 0xffff;
    worker_at(me, "calling modules");
    come_in(me);
    const unsigned pump_from = get(&traffic.pump.finished), gauge_from = get(&traffic.gauge.finished);
    const int wrong = traffic.look(x, &seen);
    const unsigned pump_to = get(&traffic.pump.begun), gauge_to = get(&traffic.gauge.begun);
    smf_reader_leave(&me->reader);
    me->calls += seen.calls;
    if (wrong != 0)
        worker_fail(me, "user.c:%d is wrong", wrong);
    want_live(me, &traffic.pump, pump_from, pump_to, seen.first, "a call");
    want_live(me, &traffic.pump, pump_from, pump_to, seen.kept, "a kept pointer");
    want_live(me, &traffic.pump, pump_from, pump_to, seen.handed, "a pointer handed out");
    want_live(me, &traffic.pump, pump_from, pump_to, seen.record, "data");
    want_live(me, &traffic.pump, pump_from, pump_to, seen.behind, "a call behind another");
    want_live(me, &traffic.gauge, gauge_from, gauge_to, seen.gauge, "a call");
    const bool mixed = seen.first != seen.second || seen.first != seen.kept || seen.first != seen.handed ||
                       seen.first != seen.record || seen.first != seen.behind;
    me->mixed += mixed;
    if (pairs && mixed)
        worker_fail(me, "one section met versions %u %u %u %u %u %u", (unsigned)seen.first, (unsigned)seen.second,
                    (unsigned)seen.kept, (unsigned)seen.handed, (unsigned)seen.record, (unsigned)seen.behind);
}

void call_any(struct worker *me) { call(me, false); }
void call_pairs(struct worker *me) { call(me, true); }

/* ---- Lookers: by name ---- */

static void want_answer(struct worker *me, const struct smf_resolved *found, uint32_t x, uint32_t value)
{
    uint32_t (*const function)(uint32_t) = (uint32_t(*)(uint32_t))(uintptr_t)found->address;
    const uint32_t result = function(x), tag = traffic.tag_of_handle[found->handle.number % GENERATIONS];
    if (traffic_value(result) != value || traffic_tag(result) != tag)
        worker_fail(me, "handle %u with tag %u answered %#x to %#x", (unsigned)found->handle.number, (unsigned)tag,
                    (unsigned)result, (unsigned)x);
}

/* Found, or gone: no other answer. */
static bool find(struct worker *me, const char *name, struct smf_resolved *found)
{
    const enum smf_status status = smf_system_resolve(&traffic.system, name, found);
    if (status != SMF_OK && status != SMF_ERR_NOT_FOUND)
        worker_fail(me, "resolving %s says %d", name, (int)status);
    return status == SMF_OK;
}

/* As a reader: what was found in the section stays through it, also what it calls itself. */
static void look_inside(struct worker *me, uint32_t x)
{
    struct smf_resolved found;
    worker_at(me, "looking up as a reader");
    come_in(me);
    const unsigned from = get(&traffic.pump.finished);
    if (find(me, "guest_ask", &found)) {
        const uint32_t result = ((uint32_t(*)(uint32_t))(uintptr_t)found.address)(x);
        if (traffic_value(result) != traffic_second(x))
            worker_fail(me, "pump behind a guest answered %#x to %#x", (unsigned)result, (unsigned)x);
        want_live(me, &traffic.pump, from, get(&traffic.pump.begun), traffic_tag(result), "a call behind a guest");
        me->calls++;
    }
    if (find(me, "guest_answer", &found)) {
        want_answer(me, &found, x, (x + 1) & 0xffffff);
        me->answers++;
    }
    if (find(me, "pump_first", &found)) {
        want_answer(me, &found, x, traffic_first(x));
        me->calls++;
    }
    smf_reader_leave(&me->reader);
}

/* Not a reader: held, it stays. Only what needs no other module may be called so. */
static void look_and_hold(struct worker *me, uint32_t x)
{
    struct smf_resolved found;
    worker_at(me, "looking up and holding");
    if (!find(me, "guest_answer", &found))
        return;
    const enum smf_status status = smf_system_retain(&traffic.system, found.handle);
    if (status == SMF_ERR_NOT_FOUND)
        return; /* gone in between: a stale handle */
    if (status != SMF_OK)
        worker_fail(me, "holding says %d", (int)status);
    for (unsigned i = 0; i < 50; i++) {
        want_answer(me, &found, x + i, (x + i + 1) & 0xffffff);
        if (i % 16 == 0)
            sched_yield();
    }
    me->answers += 50;
    if (smf_system_release(&traffic.system, found.handle) != SMF_OK)
        worker_fail(me, "letting go of %u failed", (unsigned)found.handle.number);
}

void look_up(struct worker *me)
{
    join_now_and_then(me);
    const uint32_t x = worker_random(me) & 0xffff;
    if (x % 2 == 0)
        look_inside(me, x);
    else
        look_and_hold(me, x);
}
