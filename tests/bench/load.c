/* SPDX-License-Identifier: MIT */
/* load.c - what smf_load takes: three ways to get memory, two kinds of source. */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"

void bench_check(enum smf_status status, const struct smf_diagnosis *why, const char *what)
{
    char line[256] = "";
    if (status == SMF_OK)
        return;
    if (why != NULL)
        smf_diagnosis_format(why, line, sizeof line);
    fprintf(stderr, "bench: %s: %s %s\n", what, smf_status_name(status), line);
    exit(1);
}

struct bench_file bench_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
        measure_fail(path, "cannot be read");
    const long size = ftell(file);
    rewind(file);
    struct bench_file read = {malloc(size > 0 ? (size_t)size : 1), (size_t)size};
    if (size <= 0 || read.bytes == NULL || fread(read.bytes, 1, read.size, file) != read.size || fclose(file) != 0)
        measure_fail(path, "cannot be read");
    return read;
}

/* The table that every loader here asks; indexed once, as a program would at its start. */
const struct smf_exports *bench_host_exports(void)
{
    static struct smf_exports table;
    static uint32_t buckets[4096];
    if (table.entries == NULL)
        bench_check(smf_exports_index(&table, bench_host, bench_host_count, buckets, 4096), NULL, "host exports");
    return &table;
}

void bench_loader_start(struct bench_loader *bench, enum bench_column column, const struct smf_source *source)
{
    struct smf_diagnosis why;
    static const struct smf_codec *const codecs[] = {&smf_codec_lz4, NULL};
    struct smf_config config = {.port = bench_port(column), .codecs = codecs};
    config.arena_size = 64u << 20;
    config.arena = bench->arena = malloc(config.arena_size);
    config.resolve = smf_exports_resolve;
    config.resolve_context = (void *)(uintptr_t)bench_host_exports();
    if (config.arena == NULL)
        measure_fail("arena", "no memory");
    bench_check(smf_loader_start(&bench->loader, &config), NULL, "loader");
    bench_check(smf_measure(&bench->loader, source, &bench->needs, &why), &why, "measure");
}

void bench_loader_finish(struct bench_loader *bench)
{
    smf_loader_finish(&bench->loader);
    free(bench->arena);
}

struct load {
    struct bench_loader bench;
    struct smf_source source;
    const char *path; /* of a file to map in each run; NULL: from memory */
    bool unload;      /* is part of what is measured */
};

/* Open and map, as dlopen does too. */
static struct smf_source map_file(const char *path)
{
    struct stat status;
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &status) != 0)
        measure_fail(path, "cannot be opened");
    void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
    if (bytes == MAP_FAILED)
        measure_fail(path, "cannot be mapped");
    return smf_source_memory(bytes, (size_t)status.st_size, SMF_STAYS_FOR_MODULE); /* until unload, as with dlopen */
}

static uint32_t execute(const struct smf_module *module)
{
    int (*entry)(int) = (int (*)(int))smf_function(module, "mod_entry");
    if (entry == NULL)
        measure_fail("module", "has no mod_entry");
    const uint32_t first = (uint32_t)entry(-1);
    return first + (uint32_t)entry(3);
}

static double run(void *context, uint32_t *checksum)
{
    struct load *load = context;
    struct smf_module *module;
    struct smf_diagnosis why;

    uint64_t start = measure_now();
    const struct smf_source source = load->path != NULL ? map_file(load->path) : load->source;
    const enum smf_status status = smf_load(&load->bench.loader, &source, &module, &why);
    uint64_t taken = measure_now() - start;

    bench_check(status, &why, "load");
    *checksum = execute(module);
    start = measure_now();
    bench_check(smf_unload(&load->bench.loader, module), NULL, "unload");
    if (load->path != NULL)
        munmap((void *)(uintptr_t)source.bytes, (size_t)source.size);
    taken += load->unload ? measure_now() - start : 0;
    return (double)taken;
}

/* One row. `stay` as the program would say: what is loaded is also what the names of exports are read from, or it is not. */
static void measure_one(const char *subject, enum bench_column column, struct load *load, unsigned long functions,
                        uint32_t expected)
{
    bench_loader_start(&load->bench, column, &load->source);
    measure_print(
        &(struct measure_row){"load", subject, functions, (size_t)load->source.size, measure_runs(functions), expected},
        run, load);
    bench_loader_finish(&load->bench);
}

void bench_smf(const char *folder, unsigned long functions, uint32_t expected)
{
    static const char *const subjects[][BENCH_COLUMNS] = {
        {"smf plain",                    "smf sealed",                    "smf fresh"                   },
        {"smf plain from a mapped file", "smf sealed from a mapped file", "smf fresh from a mapped file"},
        {"smf plain names copied",       "smf sealed names copied",       "smf fresh names copied"      },
    };
    char path[4096];
    snprintf(path, sizeof path, "%s/module-%lu.smf", folder, functions);
    const struct bench_file file = bench_read(path);
    struct load load = {.source = smf_source_memory(file.bytes, file.size, SMF_STAYS_FOR_MODULE)};

    for (unsigned way = 0; way < sizeof subjects / sizeof subjects[0]; way++) {
        load.path = way == 1 ? path : NULL;
        load.source.stay = way == 2 ? SMF_STAYS_FOR_LOAD : SMF_STAYS_FOR_MODULE;
        for (unsigned column = 0; column < BENCH_COLUMNS; column++)
            measure_one(subjects[way][column], (enum bench_column)column, &load, functions, expected);
    }
    load.source.stay = SMF_STAYS_FOR_MODULE;
    load.unload = true;
    measure_one("smf fresh and unload", BENCH_FRESH, &load, functions, expected);
    free(file.bytes);
}

/* The same module with sections that are LZ4 blocks. */
void bench_packed(const char *folder, unsigned long functions, uint32_t expected)
{
    static const char *const subjects[BENCH_COLUMNS] = {"smf plain LZ4", "smf sealed LZ4", "smf fresh LZ4"};
    char path[4096];
    snprintf(path, sizeof path, "%s/module-%lu-lz4.smf", folder, functions);
    const struct bench_file file = bench_read(path);
    struct load load = {.source = smf_source_memory(file.bytes, file.size, SMF_STAYS_FOR_MODULE)};
    for (unsigned column = 0; column < BENCH_COLUMNS; column++)
        measure_one(subjects[column], (enum bench_column)column, &load, functions, expected);
    free(file.bytes);
}
