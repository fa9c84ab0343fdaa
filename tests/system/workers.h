/* SPDX-License-Identifier: MIT */
/*
 * workers.h - threads of the traffic test that report instead of checking (the harness belongs to one thread), and a
 * watchdog that ends a program in which one of them stands still, and says where.
 */
#ifndef SMF_TESTS_WORKERS_H
#define SMF_TESTS_WORKERS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "smf/system.h"

enum { WORKERS_MAX = 8 };

struct worker {
    pthread_t thread;
    struct smf_reader reader;
    void (*step)(struct worker *worker); /* again and again */
    const char *where;                   /* atomic; what it is doing                     */
    unsigned steps;                      /* atomic                                       */
    uint32_t random;
    uint64_t calls;   /* of functions of pump                         */
    uint64_t answers; /* of a guest                                   */
    uint64_t mixed;   /* pairs that two versions answered             */
    char wrong[160];  /* the first thing that was; "" for nothing     */
};

/* The main thread is a worker, too: the last one. */
struct workers {
    struct worker worker[WORKERS_MAX + 1];
    unsigned count;
    bool done; /* atomic */
    pthread_t watchdog;
};

static inline void worker_at(struct worker *worker, const char *where)
{
    __atomic_store_n(&worker->where, where, __ATOMIC_RELAXED);
    __atomic_fetch_add(&worker->steps, 1, __ATOMIC_RELAXED);
}

static inline uint32_t worker_random(struct worker *worker)
{
    worker->random ^= worker->random << 13;
    worker->random ^= worker->random >> 17;
    worker->random ^= worker->random << 5;
    return worker->random;
}

/* Remembers the first one, and ends everybody's work. */
void worker_fail(struct worker *worker, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Seconds for which a thread may stand still: longer than any step takes, sanitized or on a busy machine. */
extern unsigned workers_patience;

/* The main thread's. */
static inline struct worker *workers_self(struct workers *workers) { return &workers->worker[WORKERS_MAX]; }

void workers_start(struct workers *workers, unsigned count, void (*const steps[])(struct worker *));
/* Ends them, and checks what they say. */
void workers_end(struct workers *workers);
bool workers_done(const struct workers *workers);

/* Seconds for which a case lasts: SMF_TRAFFIC_SECONDS, or `usually`. */
double traffic_seconds(double usually);
double traffic_now(void);

#endif
