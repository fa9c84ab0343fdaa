/* SPDX-License-Identifier: MIT */
/*
 * cache.c - the cache of module files: a cached load beside a load from memory, many files ahead of time by one thread and
 * by two, warm and cold, and what a Zipf workload hits within limits.
 */
#define _POSIX_C_SOURCE 200809L
#include "smf/cache.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

enum { GETS = 50000, ROUNDS = 21, COLD_ROUNDS = 11 };

static struct smf_cache *start(const struct smf_cache_options *options)
{
    struct smf_cache *cache;
    bench_check(smf_cache_start(&cache, options), NULL, "cache");
    return cache;
}

static void finish(struct smf_cache *cache) { bench_check(smf_cache_finish(cache), NULL, "cache"); }

/* Files that were written just now are read twice: that is not what is measured. */
static void settle(void) { nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL); }

/* ---- One module again and again ---- */

struct again {
    struct bench_loader bench;
    struct smf_cache *cache;
    const char *path;
    bool load;
};

static double run_again(void *context, uint32_t *checksum)
{
    struct again *again = context;
    struct smf_module *module = NULL;
    struct smf_cached *entry;
    struct smf_diagnosis why;
    const uint64_t start_ns = measure_now();
    bench_check(smf_cache_get(again->cache, again->path, &entry, &why), &why, again->path);
    if (again->load)
        bench_check(smf_load(&again->bench.loader, &entry->source, &module, &why), &why, again->path);
    else
        smf_cache_put(again->cache, entry);
    const uint64_t taken = measure_now() - start_ns;
    if (!again->load)
        return (double)taken;
    int (*function)(int) = (int (*)(int))smf_function(module, "mod_entry");
    if (function == NULL)
        measure_fail("module", "has no mod_entry");
    *checksum = (uint32_t)function(-1);
    *checksum += (uint32_t)function(3);
    bench_check(smf_unload(&again->bench.loader, module), NULL, "unload");
    smf_cache_put(again->cache, entry);
    return (double)taken;
}

static void print_again(struct again *again, const char *subject, unsigned long functions, size_t size,
                        uint32_t expected)
{
    measure_print(&(struct measure_row){"cached", subject, functions, size, 201, again->load ? expected : 0}, run_again,
                  again);
}

static void cached_loads(const char *folder, unsigned long functions, uint32_t expected)
{
    static const char *const subjects[BENCH_COLUMNS] = {"get and smf_load plain", "get and smf_load sealed",
                                                        "get and smf_load fresh"};
    char path[4096];
    snprintf(path, sizeof path, "%s/module-%lu.smf", folder, functions);
    struct again again = {.cache = start(NULL), .path = path, .load = true};
    struct smf_cached *entry;
    settle();
    bench_check(smf_cache_get(again.cache, path, &entry, NULL), NULL, path);
    const size_t size = (size_t)entry->source.size;
    for (unsigned column = 0; column < BENCH_COLUMNS; column++) {
        bench_loader_start(&again.bench, (enum bench_column)column, &entry->source);
        print_again(&again, subjects[column], functions, size, expected);
        bench_loader_finish(&again.bench);
    }
    smf_cache_put(again.cache, entry);
    again.load = false;
    print_again(&again, "get and put", functions, size, expected);
    finish(again.cache);
    again.cache = start(&(struct smf_cache_options){.recheck_after_us = UINT64_MAX}); /* only the first get asks */
    print_again(&again, "get and put not asking again", functions, size, expected);
    bench_check(smf_cache_get(again.cache, path, &entry, NULL), NULL, path);
    bench_loader_start(&again.bench, BENCH_PLAIN, &entry->source);
    again.load = true;
    print_again(&again, "get and smf_load plain not asking again", functions, size, expected);
    bench_loader_finish(&again.bench);
    smf_cache_put(again.cache, entry);
    finish(again.cache);
}

/* ---- Many modules ---- */

struct many {
    size_t count;
    const char **paths;
    uint64_t bytes;
    unsigned workers;
    bool cold;
};

static void write_file(const char *path, const struct bench_file *file)
{
    FILE *out = fopen(path, "wb");
    if (out == NULL || fwrite(file->bytes, 1, file->size, out) != file->size || fflush(out) != 0 ||
        fsync(fileno(out)) != 0 || fclose(out) != 0) /* only what is on the disk can be dropped from memory */
        measure_fail(path, "cannot be written");
}

static struct many make_many(const char *folder, unsigned long functions, size_t count)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/module-%lu.smf", folder, functions);
    struct bench_file file = bench_read(path);
    struct many many = {.count = count, .paths = calloc(count, sizeof(char *))};
    snprintf(path, sizeof path, "%s/many", folder);
    (void)mkdir(path, 0700);
    for (size_t i = 0; many.paths != NULL && i < count; i++) {
        char *name = malloc(4096);
        if (name == NULL)
            measure_fail("paths", "no memory");
        snprintf(name, 4096, "%s/many/%zu.smf", folder, i);
        write_file(name, &file);
        many.paths[i] = name;
        many.bytes += file.size;
    }
    if (many.paths == NULL)
        measure_fail("paths", "no memory");
    free(file.bytes);
    settle();
    return many;
}

static void free_many(struct many *many)
{
    for (size_t i = 0; i < many->count; i++)
        free((void *)(uintptr_t)many->paths[i]);
    free(many->paths);
}

static void drop_from_memory(const struct many *many)
{
    for (size_t i = 0; i < many->count; i++) {
        const int descriptor = open(many->paths[i], O_RDONLY | O_CLOEXEC);
        if (descriptor < 0 || posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED) != 0)
            measure_fail(many->paths[i], "cannot be dropped");
        close(descriptor);
    }
}

static double run_prefetch(void *context, uint32_t *checksum)
{
    const struct many *many = context;
    struct smf_cache *cache = start(NULL);
    if (many->cold)
        drop_from_memory(many);
    const uint64_t start_ns = measure_now();
    if (many->workers != 0)
        bench_check(smf_cache_prefetch_parallel(cache, many->paths, many->count, many->workers, NULL), NULL,
                    "prefetch");
    for (size_t i = 0; many->workers == 0 && i < many->count; i++) {
        struct smf_cached *entry;
        bench_check(smf_cache_get(cache, many->paths[i], &entry, NULL), NULL, many->paths[i]);
        smf_cache_put(cache, entry);
    }
    const uint64_t taken = measure_now() - start_ns;
    *checksum = (uint32_t)smf_cache_count(cache);
    finish(cache);
    return (double)taken;
}

/* 0 workers: gets, one after the other, of which the system is not told before. */
static void prefetches(struct many *many)
{
    static const unsigned workers[] = {0, 1, 2, 4};
    static const char *const subjects[2][4] = {
        {"warm by gets", "warm by 1 thread", "warm by 2 threads", "warm by 4 threads"},
        {"cold by gets", "cold by 1 thread", "cold by 2 threads", "cold by 4 threads"},
    };
    for (int cold = 0; cold < 2; cold++)
        for (size_t i = 0; i < sizeof workers / sizeof workers[0]; i++) {
            many->cold = cold != 0;
            many->workers = workers[i];
            measure_print(&(struct measure_row){"prefetch", subjects[cold][i], (unsigned long)many->count,
                                                (size_t)many->bytes, cold ? COLD_ROUNDS : ROUNDS,
                                                (uint32_t)many->count},
                          run_prefetch, many);
        }
}

/* ---- Zipf ---- */

/* The number whose share of all gets the random number falls into: item i is wanted 1 / (i + 1) as often as the first. */
static size_t draw(const double *sums, size_t count, uint32_t *random)
{
    *random = *random * 1664525u + 1013904223u;
    const double wanted = (double)(*random >> 4) / (double)(1u << 28) * sums[count - 1];
    size_t low = 0, high = count - 1;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (sums[middle] > wanted)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* The median column holds ns for each get, per cent of hits, and per cent of all bytes at the peak. */
static void zipf(const struct many *many)
{
    static const unsigned shares[] = {100, 50, 25, 10, 5};
    double *sums = malloc(many->count * sizeof *sums), sum = 0;
    for (size_t i = 0; sums != NULL && i < many->count; i++)
        sums[i] = sum += 1 / (double)(i + 1);
    if (sums == NULL)
        measure_fail("sums", "no memory");
    for (size_t share = 0; share < sizeof shares / sizeof shares[0]; share++) {
        const uint64_t limit = many->bytes / 100 * shares[share] + (shares[share] == 100 ? 100 : 0);
        struct smf_cache *cache = start(&(struct smf_cache_options){.max_bytes = limit});
        struct smf_cache_statistics statistics;
        uint32_t random = 1;
        const uint64_t start_ns = measure_now();
        for (unsigned i = 0; i < GETS; i++) {
            struct smf_cached *entry;
            bench_check(smf_cache_get(cache, many->paths[draw(sums, many->count, &random)], &entry, NULL), NULL, "get");
            smf_cache_put(cache, entry);
        }
        const double taken = (double)(measure_now() - start_ns) / GETS;
        smf_cache_statistics(cache, &statistics);
        if (statistics.peak_bytes > limit)
            measure_fail("zipf", "the limit does not hold");
        printf("zipf,time of a get,%u,%.2f,%.2f,1,0,%lu\n", shares[share], taken, taken, (unsigned long)limit);
        printf("zipf,hit rate,%u,%.2f,%.2f,1,0,%lu\n", shares[share], statistics.hit_rate * 100,
               statistics.hit_rate * 100, (unsigned long)limit);
        printf("zipf,most memory,%u,%.2f,%.2f,1,0,%lu\n", shares[share],
               (double)statistics.peak_bytes * 100 / (double)many->bytes,
               (double)statistics.peak_bytes * 100 / (double)many->bytes, (unsigned long)limit);
        finish(cache);
    }
    free(sums);
}

void bench_cache(const char *folder, unsigned long functions, uint32_t expected, unsigned long count)
{
    cached_loads(folder, functions, expected);
    struct many many = make_many(folder, functions, count);
    prefetches(&many);
    zipf(&many);
    free_many(&many);
}
