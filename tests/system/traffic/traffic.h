/* SPDX-License-Identifier: MIT */
/*
 * traffic.h - what the modules of the traffic tests and their host agree on.
 *
 * A module is built several times from one source, with another TAG: 1 to
 * TRAFFIC_TAGS. Every result carries the tag of the version that made it, so that
 * whoever calls can say which versions a call went through.
 */
#ifndef SMF_TESTS_TRAFFIC_H
#define SMF_TESTS_TRAFFIC_H

#include <stdint.h>

enum { TRAFFIC_TAGS = 4 };

/* value and tag in one number: the tag is what is left of it by 16. */
static inline uint32_t traffic_result(uint32_t value, uint32_t tag) { return value << 4 | tag; }
static inline uint32_t traffic_tag(uint32_t result) { return result & 15; }
static inline uint32_t traffic_value(uint32_t result) { return result >> 4; }

/* What pump's functions compute; the values have 24 bits. */
static inline uint32_t traffic_first(uint32_t x) { return (x * 7 + 3) & 0xffffff; }
static inline uint32_t traffic_second(uint32_t x) { return (x * 11 + 5) & 0xffffff; }

/* Data that pump exports: belongs together. */
struct traffic_record {
    uint32_t tag;
    uint32_t square; /* of the tag */
    const struct traffic_record *self;
};

/* The tags that user_look() met. */
struct traffic_seen {
    uint32_t first, second; /* pump, called one after the other            */
    uint32_t kept;          /* pump, through pointers in initialised data  */
    uint32_t handed;        /* pump, through a pointer that it handed out  */
    uint32_t record;        /* pump's data                                 */
    uint32_t gauge;         /* gauge, which imports from pump              */
    uint32_t behind;        /* pump behind gauge                           */
    uint32_t calls;         /* of functions of pump that count their calls */
};

#endif
