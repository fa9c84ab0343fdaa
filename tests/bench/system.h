/* SPDX-License-Identifier: MIT */
/* system.h - a system of modules for the parts of the benchmark that are about many of them. */
#ifndef SMF_BENCH_SYSTEM_H
#define SMF_BENCH_SYSTEM_H

#include "bench.h"
#include "smf/system.h"

struct bench_system {
    struct smf_system system;
    void *arena;
    struct bench_file files[4]; /* that were loaded by name */
    unsigned file_count;
};

/* `buckets` as in struct smf_system_config. */
void bench_system_start(struct bench_system *bench, enum bench_column column, uint32_t buckets, bool hot_reload);
void bench_system_finish(struct bench_system *bench);

/* Load FOLDER/NAME.smf. */
struct smf_handle bench_system_load(struct bench_system *bench, const char *folder, const char *name);

#endif
