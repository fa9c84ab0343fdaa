/* SPDX-License-Identifier: MIT */
/* guest.c - comes and goes: found by its name only, by those who hold it or are readers. */
#include "traffic.h"

extern uint32_t pump_second(uint32_t x);

uint32_t guest_answer(uint32_t x);
uint32_t guest_ask(uint32_t x);
extern const uint32_t guest_tag;

const uint32_t guest_tag = TAG;
static const uint32_t *volatile tag = &guest_tag;

uint32_t guest_answer(uint32_t x) { return traffic_result((x + 1) & 0xffffff, *tag); }

/* Through it to pump: for readers, also when it is retired. */
uint32_t guest_ask(uint32_t x) { return pump_second(x); }
