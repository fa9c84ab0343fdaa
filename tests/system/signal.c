/* SPDX-License-Identifier: MIT */
/*
 * signal.c - a signal handler calls modules while the thread that it interrupts reloads them: in the middle of a store,
 * of a load, of a module's own functions. A pool, whose memory is used again at once, and the mapping port.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

#include "harness/tap.h"
#include "interrupted.h"
#include "smf/port_posix.h"

enum { MICROSECONDS = 60, RELOADS = 50 };

static double until;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int go_on(void) { return now() < until; }

static void on_signal(int number)
{
    (void)number;
    interrupted_call();
}

static void set_timer(long microseconds)
{
    const struct itimerval timer = {
        {0, microseconds},
        {0, microseconds}
    };
    CHECK_EQUAL(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

static void start(void)
{
    const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    CHECK_EQUAL(sigaction(SIGALRM, &action, NULL), 0);
    set_timer(MICROSECONDS);
}

static void stop(void) { set_timer(0); }

static void run(const struct smf_port *port, double seconds)
{
    static const struct interruption interruption = {start, stop, go_on, RELOADS};
    const char *const text = getenv("SMF_TRAFFIC_SECONDS");
    until = now() + (text != NULL ? strtod(text, NULL) : seconds);
    interrupted_run(port, &interruption);
}

static void a_handler_sees_one_version_or_the_other(void) { run(smf_port_posix(), 2); }

static void memory_is_used_again(void)
{
    static struct smf_posix_pool pool;
    const struct smf_port *const port = smf_port_posix_pool_start(&pool, 4u << 20, SMF_POSIX_POOL_SEALED);
    CHECK(port != NULL);
    if (port == NULL)
        return;
    run(port, 1);
    CHECK(pool.ranges == NULL);
    smf_port_posix_pool_finish(&pool);
}

static const struct tap_case cases[] = {
    {"a_handler_sees_one_version_or_the_other", a_handler_sees_one_version_or_the_other},
    {"memory_is_used_again",                    memory_is_used_again                   },
};
TAP_MAIN(cases)
