/* SPDX-License-Identifier: MIT */
/* standstill.c - does the watchdog of workers.h bark? Must end with status 1, and say which thread stood still where. */
#include <unistd.h>

#include "harness/tap.h"
#include "workers.h"

static struct workers workers;

static void go(struct worker *worker)
{
    worker_at(worker, "going");
    usleep(1000);
}

static void stand(struct worker *worker)
{
    worker_at(worker, "standing");
    for (;;)
        pause();
}

static void one_stands_still(void)
{
    static void (*const steps[])(struct worker *) = {go, stand};
    workers_patience = 2;
    workers_start(&workers, 2, steps);
    for (;;)
        go(workers_self(&workers));
}

static const struct tap_case cases[] = {
    {"one_stands_still", one_stands_still},
};
TAP_MAIN(cases)
