/* SPDX-License-Identifier: MIT */
/*
 * measure.h - clock, median and one row of the result. Needs no part of smf,
 * so that the program for another C library can use it.
 *
 * Rows: measure,subject,size,median_ns,minimum_ns,runs,checksum,bytes
 */
#ifndef SMF_BENCH_MEASURE_H
#define SMF_BENCH_MEASURE_H

#include <stddef.h>
#include <stdint.h>

uint64_t measure_now(void); /* nanoseconds */

/* One measured thing: returns the nanoseconds of one run, and says what the module answered. Exits if it fails. */
typedef double measure_run(void *context, uint32_t *checksum);

/* What is said about a row besides its name. */
struct measure_row {
    const char *measure; /* "load", "lookup hit", ... */
    const char *subject;
    unsigned long size;
    size_t bytes;      /* loaded, for ns per byte; 0 = not said    */
    unsigned runs;     /* how many, one more is thrown away first */
    uint32_t expected; /* checksum of each run                    */
};

/* Run, check each checksum, print the row. */
void measure_print(const struct measure_row *row, measure_run *run, void *context);

/* Several things that take turns, so that all have the same machine: one row for each; the first says how many runs. */
void measure_turns(const struct measure_row *rows, measure_run *const *runs, size_t count, void *context);

/* How many runs for a module of this many functions. */
unsigned measure_runs(unsigned long functions);

/* End the program with a line on stderr. */
_Noreturn void measure_fail(const char *what, const char *why);

#endif
