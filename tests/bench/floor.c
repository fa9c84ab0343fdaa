/* SPDX-License-Identifier: MIT */
/* floor.c - what no loader can beat: copying the bytes, and mapping, copying, protecting and unmapping them. */
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench.h"

/* The module's sections that live in memory, as their bytes lie in the file, and the regions that they go to. */
struct bare {
    const uint8_t *from;
    uint8_t *into;
    size_t size;     /* bytes that are copied         */
    size_t parts[3]; /* the same, in whole pages, for each region */
    size_t count;
};

static double copy(void *context, uint32_t *checksum)
{
    const struct bare *bare = context;
    const uint64_t start = measure_now();
    memcpy(bare->into, bare->from, bare->size);
    __asm__ volatile("" ::: "memory"); /* the copy is wanted, though nobody reads it */
    *checksum = 0;
    return (double)(measure_now() - start);
}

static double map(void *context, uint32_t *checksum)
{
    static const int access[] = {PROT_READ | PROT_EXEC, PROT_READ, PROT_READ | PROT_WRITE};
    const struct bare *bare = context;
    const uint64_t start = measure_now();
    size_t total = 0;
    for (size_t i = 0; i < bare->count; i++)
        total += bare->parts[i];
    uint8_t *bytes = mmap(NULL, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (bytes == MAP_FAILED)
        measure_fail("mmap", "no memory");
    memcpy(bytes, bare->from, bare->size);
    size_t at = 0;
    for (size_t i = 0; i < bare->count; at += bare->parts[i], i++)
        if (mprotect(bytes + at, bare->parts[i], access[i]) != 0)
            measure_fail("mprotect", "failed");
    munmap(bytes, total);
    *checksum = 0;
    return (double)(measure_now() - start);
}

void bench_floor(const char *folder, unsigned long functions)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/module-%lu.smf", folder, functions);
    const struct bench_file file = bench_read(path);
    const struct smf_source source = smf_source_memory(file.bytes, file.size, SMF_STAYS_FOR_LOAD);
    struct bench_loader bench;
    bench_loader_start(&bench, BENCH_PLAIN, &source);

    struct bare bare = {.from = file.bytes, .count = bench.needs.region_count};
    for (size_t i = 0; i < bare.count; i++) {
        bare.parts[i] = (bench.needs.regions[i].size + 4095) & ~(size_t)4095;
        bare.size += bench.needs.regions[i].size;
    }
    bare.size = bare.size < file.size ? bare.size : file.size; /* .bss is not copied from anywhere */
    bare.into = malloc(bare.size);
    if (bare.into == NULL)
        measure_fail("memcpy", "no memory");
    const unsigned runs = 4 * measure_runs(functions);
    measure_print(&(struct measure_row){"load", "memcpy", functions, bare.size, runs, 0}, copy, &bare);
    measure_print(&(struct measure_row){"load", "mmap+memcpy+mprotect+munmap", functions, bare.size, runs, 0}, map,
                  &bare);
    free(bare.into);
    bench_loader_finish(&bench);
    free(file.bytes);
}
