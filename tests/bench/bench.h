/* SPDX-License-Identifier: MIT */
/* bench.h - what the parts of the benchmark know of each other. */
#ifndef SMF_BENCH_H
#define SMF_BENCH_H

#include <stddef.h>
#include <stdint.h>

#include "measure.h"
#include "smf/smf.h"

/* Made by workload.py: imp_0, imp_1, ... */
extern struct smf_export bench_host[];
extern const uint32_t bench_host_count;

/* A file in memory. */
struct bench_file {
    uint8_t *bytes;
    size_t size;
};
struct bench_file bench_read(const char *path); /* ends the program if it cannot */

/* The three ways to get regions. */
enum bench_column {
    BENCH_PLAIN,  /* from a warm pool, protect does nothing: a machine without a protection unit */
    BENCH_SEALED, /* from a warm pool, W^X through mprotect                                      */
    BENCH_FRESH   /* mapped for each load, unmapped when it goes; W^X too                        */
};
#define BENCH_COLUMNS 3

/* The port of a column. */
const struct smf_port *bench_port(enum bench_column column);

/* A loader on that port with the host's exports, and an arena that is large enough for `source`. */
struct bench_loader {
    struct smf_loader loader;
    struct smf_needs needs; /* of the source given at the start */
    void *arena;
};
void bench_loader_start(struct bench_loader *bench, enum bench_column column, const struct smf_source *source);
void bench_loader_finish(struct bench_loader *bench);
const struct smf_exports *bench_host_exports(void);
void bench_check(enum smf_status status, const struct smf_diagnosis *why, const char *what);

/* The parts. `folder` holds what tools/bench built. */
void bench_smf(const char *folder, unsigned long functions, uint32_t expected);
void bench_floor(const char *folder, unsigned long functions);
void bench_tcc(const char *folder, unsigned long functions, uint32_t expected);
void bench_tcc_template(const char *source);
void bench_packed(const char *folder, unsigned long functions, uint32_t expected);
void bench_decode(const char *path, const char *what);
void bench_library(const char *folder, unsigned long count);
void bench_lookup(const char *folder, unsigned long count);
void bench_relocations(unsigned long count);
void bench_calls(const char *folder);
void bench_infer(unsigned long count, unsigned long doublings);
void bench_reload(const char *folder, unsigned long functions, uint32_t expected);
void bench_resolve(unsigned long modules, unsigned long exports);
void bench_cache(const char *folder, unsigned long functions, uint32_t expected, unsigned long files);

/* Modules that are made here, through the writer. */
struct bench_file bench_module_of_exports(uint32_t first, uint32_t count); /* export_FIRST_of_many, ... */
struct bench_file bench_module_of_relocations(uint32_t count, uint32_t imports);

#endif
