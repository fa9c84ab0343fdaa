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

void measure_print(const struct measure_row *row, measure_run *run, void *context)
{
    double *samples = malloc(row->runs * sizeof *samples);
    if (samples == NULL || row->runs == 0)
        measure_fail(row->subject, "no memory for samples");
    uint32_t checksum = 0;
    for (unsigned i = 0; i <= row->runs; i++) {
        const double nanoseconds = run(context, &checksum);
        if (checksum != row->expected) {
            fprintf(stderr, "bench: %s at %lu: checksum %lu, wanted %lu\n", row->subject, row->size,
                    (unsigned long)checksum, (unsigned long)row->expected);
            exit(1);
        }
        if (i != 0) /* the first one warms up */
            samples[i - 1] = nanoseconds;
    }
    qsort(samples, row->runs, sizeof *samples, compare);
    printf("%s,%s,%lu,%.2f,%.2f,%u,%lu,%lu\n", row->measure, row->subject, row->size, samples[row->runs / 2],
           samples[0], row->runs, (unsigned long)checksum, (unsigned long)row->bytes);
    fflush(stdout);
    free(samples);
}
