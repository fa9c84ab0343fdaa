/* SPDX-License-Identifier: MIT */
/* pump.c - a provider that is replaced all the time: every function goes the long way through its own constants and
 * pointers, so that memory that was released too early shows in the results. */
#include "traffic.h"

#include <stddef.h>

#include "smf/module.h"

uint32_t pump_first(uint32_t x);
uint32_t pump_second(uint32_t x);
uint32_t pump_slowly(uint32_t x);
uint32_t (*pump_hand_out(void))(uint32_t);
unsigned pump_generation(void);
unsigned pump_calls(void);

extern const uint32_t pump_tag;
extern struct traffic_record pump_record;

const uint32_t pump_tag = TAG;
struct traffic_record pump_record = {TAG, TAG *TAG, &pump_record};

/* Stays through reloads. */
SMF_KEEP(calls) static unsigned calls;
/* Is handed over from version to version. */
static unsigned generation = 1;

static const uint32_t factors[] = {7, 3, 11, 5, TAG};
static uint32_t multiply(uint32_t x, unsigned at) { return x * factors[at]; }
static uint32_t add(uint32_t x, unsigned at) { return x + factors[at]; }
static uint32_t tagged(uint32_t x, unsigned at) { return traffic_result(x & 0xffffff, factors[at]); }
static uint32_t (*const volatile steps[])(uint32_t, unsigned) = {multiply, add, tagged};

static uint32_t run(uint32_t x, unsigned factor)
{
    __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
    return steps[2](steps[1](steps[0](x, factor), factor + 1), 4);
}

uint32_t pump_second(uint32_t x) { return run(x, 2); }

#if !defined(WITHOUT_FIRST)
uint32_t pump_first(uint32_t x) { return run(x, 0); }
#endif

/* Stays inside for a while. */
uint32_t pump_slowly(uint32_t x)
{
    volatile uint32_t value = x;
    for (unsigned i = 0; i < 200; i++)
        value = value + 1;
    return run(value - 200, 0);
}

static uint32_t handed_out(uint32_t x) { return run(x, 0); }
uint32_t (*pump_hand_out(void))(uint32_t) { return handed_out; }
unsigned pump_generation(void) { return generation; }
unsigned pump_calls(void) { return __atomic_load_n(&calls, __ATOMIC_RELAXED); }

const void *smf_state_give(size_t *size)
{
    *size = sizeof generation;
    return &generation;
}

int smf_state_take(const void *state, size_t size, uint32_t version)
{
    (void)version;
#if defined(REFUSES)
    return 1;
#endif
    if (size != sizeof generation)
        return 2;
    generation = *(const unsigned *)state + 1;
    return 0;
}
