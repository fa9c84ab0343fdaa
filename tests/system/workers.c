/* SPDX-License-Identifier: MIT */
/* workers.c - see workers.h. */
#include "workers.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harness/tap.h"

unsigned workers_patience = 40;

static struct workers *running;

double traffic_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double traffic_seconds(double usually)
{
    const char *const text = getenv("SMF_TRAFFIC_SECONDS");
    return text != NULL ? strtod(text, NULL) : usually;
}

bool workers_done(const struct workers *workers) { return __atomic_load_n(&workers->done, __ATOMIC_ACQUIRE); }

void worker_fail(struct worker *worker, const char *format, ...)
{
    if (worker->wrong[0] == '\0') {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(worker->wrong, sizeof worker->wrong, format, arguments);
        va_end(arguments);
    }
    __atomic_store_n(&running->done, true, __ATOMIC_RELEASE);
}

static void *work(void *context)
{
    struct worker *const worker = context;
    while (!workers_done(running))
        worker->step(worker);
    worker_at(worker, "ended");
    return NULL;
}

static void say_where(const struct workers *workers)
{
    alarm(5);
    printf("Bail out! a thread stands still\n");
    for (unsigned i = 0; i <= WORKERS_MAX; i++)
        if (i < workers->count || i == WORKERS_MAX)
            printf("# thread %u, step %u: %s\n", i, __atomic_load_n(&workers->worker[i].steps, __ATOMIC_RELAXED),
                   __atomic_load_n(&workers->worker[i].where, __ATOMIC_RELAXED));
    fflush(stdout);
    _exit(1);
}

static void on_alarm(int number)
{
    (void)number;
    signal(SIGALRM, SIG_DFL);
    say_where(running);
}

static void *watch(void *context)
{
    struct workers *const workers = context;
    unsigned steps[WORKERS_MAX + 1] = {0}, still[WORKERS_MAX + 1] = {0};
    for (unsigned tenths = 0; !workers_done(workers); tenths++) {
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
        if (tenths % 10 != 0)
            continue;
        for (unsigned i = 0; i <= WORKERS_MAX; i++) {
            const unsigned now = __atomic_load_n(&workers->worker[i].steps, __ATOMIC_RELAXED);
            still[i] = now == steps[i] && (i < workers->count || i == WORKERS_MAX) ? still[i] + 1 : 0;
            steps[i] = now;
            if (still[i] >= workers_patience)
                say_where(workers);
        }
    }
    return NULL;
}

void workers_start(struct workers *workers, unsigned count, void (*const steps[])(struct worker *))
{
    memset(workers, 0, sizeof *workers);
    running = workers;
    workers->count = count;
    for (unsigned i = 0; i <= WORKERS_MAX; i++)
        workers->worker[i].random = 2463534242u + i * 2654435761u;
    worker_at(workers_self(workers), "start");
    for (unsigned i = 0; i < count; i++) {
        workers->worker[i].step = steps[i];
        worker_at(&workers->worker[i], "start");
        CHECK_EQUAL(pthread_create(&workers->worker[i].thread, NULL, work, &workers->worker[i]), 0);
    }
    CHECK_EQUAL(pthread_create(&workers->watchdog, NULL, watch, workers), 0);
}

void workers_end(struct workers *workers)
{
    signal(SIGALRM, on_alarm);
    alarm(workers_patience); /* joining is watched by nobody else */
    __atomic_store_n(&workers->done, true, __ATOMIC_RELEASE);
    for (unsigned i = 0; i < workers->count; i++)
        pthread_join(workers->worker[i].thread, NULL);
    pthread_join(workers->watchdog, NULL);
    alarm(0);
    for (unsigned i = 0; i <= WORKERS_MAX; i++)
        CHECK_TEXT(workers->worker[i].wrong, "");
}
