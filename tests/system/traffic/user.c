/* SPDX-License-Identifier: MIT */
/* user.c - an importer that stays: calls through stubs and slots, pointers in initialised data, pointers that were handed
 * out, data through slots. It checks every result itself, and says which versions it met. */
#include "traffic.h"

extern uint32_t pump_first(uint32_t x);
extern uint32_t pump_second(uint32_t x);
extern uint32_t pump_slowly(uint32_t x);
extern uint32_t (*pump_hand_out(void))(uint32_t);
extern struct traffic_record pump_record;
extern uint32_t gauge_read(uint32_t x, uint32_t *behind);

int user_look(uint32_t x, struct traffic_seen *seen);
int user_pair(uint32_t x, struct traffic_seen *seen);
uint32_t user_once(uint32_t x);

static uint32_t (*volatile kept[])(uint32_t) = {pump_first, pump_second};

#define WANT(condition)                                                                                                \
    do                                                                                                                 \
        if (!(condition))                                                                                              \
            return __LINE__;                                                                                           \
    while (0)

static int is_tag(uint32_t tag) { return tag >= 1 && tag <= TRAFFIC_TAGS; }

/* One call. */
uint32_t user_once(uint32_t x) { return pump_first(x); }

/* Two calls of functions that belong together. 0, or the line of what was wrong. */
int user_pair(uint32_t x, struct traffic_seen *seen)
{
    const uint32_t first = pump_first(x), second = pump_second(x);
    WANT(traffic_value(first) == traffic_first(x) && is_tag(traffic_tag(first)));
    WANT(traffic_value(second) == traffic_second(x) && is_tag(traffic_tag(second)));
    seen->first = traffic_tag(first);
    seen->second = traffic_tag(second);
    seen->calls += 2;
    return 0;
}

/* A compiler takes an address for a constant, and may read the slot again for each use: volatile makes it one. */
static int look_at_data(struct traffic_seen *seen)
{
    const struct traffic_record *volatile once = &pump_record;
    const struct traffic_record *const record = once;
    WANT(is_tag(record->tag) && record->square == record->tag * record->tag);
    WANT(record->self == record);
    seen->record = record->tag;
    return 0;
}

/* What was handed out belongs to one version, for as long as the caller is inside. */
static int call_handed_out(uint32_t x, struct traffic_seen *seen)
{
    uint32_t (*const function)(uint32_t) = pump_hand_out();
    for (unsigned i = 0; i < 4; i++) {
        const uint32_t result = function(x + i);
        WANT(traffic_value(result) == traffic_first(x + i) && is_tag(traffic_tag(result)));
        WANT(i == 0 || traffic_tag(result) == seen->handed);
        seen->handed = traffic_tag(result);
    }
    seen->calls += 4;
    return 0;
}

static int call_kept(uint32_t x, struct traffic_seen *seen)
{
    const uint32_t result = kept[0](x), other = kept[1](x);
    WANT(traffic_value(result) == traffic_first(x) && is_tag(traffic_tag(result)));
    WANT(traffic_value(other) == traffic_second(x) && is_tag(traffic_tag(other)));
    seen->kept = traffic_tag(result);
    seen->calls += 2;
    return 0;
}

static int call_in_between(uint32_t x, struct traffic_seen *seen)
{
    uint32_t behind = 0;
    const uint32_t result = gauge_read(x, &behind);
    WANT(traffic_value(result) == traffic_first(x) && is_tag(traffic_tag(result)));
    WANT(traffic_value(behind) == traffic_first(x) && is_tag(traffic_tag(behind)));
    seen->gauge = traffic_tag(result);
    seen->behind = traffic_tag(behind);
    seen->calls++;
    return 0;
}

int user_look(uint32_t x, struct traffic_seen *seen)
{
    seen->calls = 0;
    int wrong = user_pair(x, seen);
    if (wrong == 0)
        wrong = look_at_data(seen);
    if (wrong == 0)
        wrong = call_handed_out(x, seen);
    if (wrong == 0)
        wrong = call_kept(x, seen);
    if (wrong == 0)
        wrong = call_in_between(x, seen);
    if (wrong == 0) {
        const uint32_t result = pump_slowly(x);
        WANT(traffic_value(result) == traffic_first(x) && is_tag(traffic_tag(result)));
        seen->calls++;
    }
    return wrong;
}
