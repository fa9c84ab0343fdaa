/* SPDX-License-Identifier: MIT */
/* gauge.c - between user and pump: imports from the one, exports to the other, and is replaced, too. */
#include "traffic.h"

extern uint32_t pump_first(uint32_t x);

uint32_t gauge_read(uint32_t x, uint32_t *behind);
extern const uint32_t gauge_tag;

const uint32_t gauge_tag = TAG;
static const uint32_t *volatile tag = &gauge_tag;

/* *behind: pump's own answer. */
uint32_t gauge_read(uint32_t x, uint32_t *behind)
{
    *behind = pump_first(x);
    return traffic_result(traffic_value(*behind), *tag);
}
