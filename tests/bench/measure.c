/* SPDX-License-Identifier: MIT */
/* measure.c - see measure.h. */
#define _POSIX_C_SOURCE 200809L
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

uint64_t measure_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

_Noreturn void measure_fail(const char *what, const char *why)
{
    fprintf(stderr, "bench: %s: %s\n", what, why != NULL ? why : "failed");
    exit(1);
}

unsigned measure_runs(unsigned long functions) { return functions <= 100 ? 101 : functions <= 1000 ? 51 : 21; }

static int compare(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double run_once(const struct measure_row *row, measure_run *run, void *context)
{
    uint32_t checksum = 0;
    const double nanoseconds = run(context, &checksum);
    if (checksum != row->expected) {
        fprintf(stderr, "bench: %s at %lu: checksum %lu, wanted %lu\n", row->subject, row->size,
                (unsigned long)checksum, (unsigned long)row->expected);
        exit(1);
    }
    return nanoseconds;
}

void measure_turns(const struct measure_row *rows, measure_run *const *runs, size_t count, void *context)
{
    const unsigned most = rows[0].runs;
    double *samples = malloc(count * most * sizeof *samples);
    if (samples == NULL || most == 0)
        measure_fail(rows[0].subject, "no memory for samples");
    for (unsigned i = 0; i <= most; i++)
        for (size_t k = 0; k < count; k++) {
            const double nanoseconds = run_once(&rows[k], runs[k], context);
            if (i != 0) /* the first one warms up */
                samples[k * most + i - 1] = nanoseconds;
        }
    for (size_t k = 0; k < count; k++) {
        double *const own = samples + k * most;
        qsort(own, most, sizeof *own, compare);
        printf("%s,%s,%lu,%.2f,%.2f,%u,%lu,%lu\n", rows[k].measure, rows[k].subject, rows[k].size, own[most / 2],
               own[0], most, (unsigned long)rows[k].expected, (unsigned long)rows[k].bytes);
    }
    fflush(stdout);
    free(samples);
}

void measure_print(const struct measure_row *row, measure_run *run, void *context)
{
    measure_turns(row, &run, 1, context);
}
