/* SPDX-License-Identifier: MIT */
/*
 * callers.h - what the threads of the traffic test share: the system, and who was live when; and the threads that call
 * modules and look them up. Each result says which version made it.
 */
#ifndef SMF_TESTS_CALLERS_H
#define SMF_TESTS_CALLERS_H

#include "smf/system.h"
#include "traffic/traffic.h"
#include "workers.h"

enum { GENERATIONS = 1 << 22 };

/* Which version of a module followed which. A call may meet those from `finished` at its beginning to `begun` at its
 * end. */
struct history {
    const char *name;
    unsigned begun, finished; /* reloads; atomic */
    uint8_t *tags;            /* by generation; atomic */
    struct smf_handle handle;
};

struct traffic {
    struct smf_system system;
    struct workers workers;
    struct history pump, gauge;
    uint8_t *tag_of_handle;                             /* by number; written before anybody can find the version */
    bool closed;                                        /* atomic; nobody comes in, see come_in() */
    int (*look)(uint32_t x, struct traffic_seen *seen); /* user_look */
};
extern struct traffic traffic;

/* One step of a thread: call everything, as a reader; the same, where a section must not meet two versions; look
 * something up by its name, as a reader or to hold it. */
void call_any(struct worker *me);
void call_pairs(struct worker *me);
void look_up(struct worker *me);

#endif
