/* SPDX-License-Identifier: MIT */
/* lookup.c - finding a name among 64 to 65,536: hit and miss, in random order. */
#define _POSIX_C_SOURCE 200809L
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "smf/hash.h"

enum { LOOKUPS = 100000, ROUNDS = 21, NAME_SIZE = 32 };

/* `count` names, and LOOKUPS questions after them in random order. */
struct names {
    uint32_t count;
    char (*names)[NAME_SIZE];
    struct smf_binding_request *asked;
    struct smf_exports table;
    const char **sorted;
    const struct smf_module *module;
    void *handle;
};

static void ask(struct names *names, bool hit)
{
    uint32_t random = 2463534242u;
    for (unsigned i = 0; i < LOOKUPS; i++) {
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        /* names above `count` are nobody's */
        const char *name = names->names[(hit ? 0 : names->count) + random % names->count];
        names->asked[i] = (struct smf_binding_request){.name = name, .length = strlen(name)};
        names->asked[i].hash = smf_hash_name(name);
    }
}

static double by_table(void *context, uint32_t *found)
{
    const struct names *names = context;
    uint32_t hits = 0;
    const uint64_t start = measure_now();
    for (unsigned i = 0; i < LOOKUPS; i++) {
        struct smf_binding_answer answer = {0};
        hits += smf_exports_resolve((void *)(uintptr_t)&names->table, &names->asked[i], &answer) == SMF_OK;
    }
    *found = hits;
    return (double)(measure_now() - start) / LOOKUPS;
}

static double by_module(void *context, uint32_t *found)
{
    const struct names *names = context;
    uint32_t hits = 0;
    const uint64_t start = measure_now();
    for (unsigned i = 0; i < LOOKUPS; i++) {
        struct smf_found answer;
        hits += smf_find(names->module, names->asked[i].name, &answer) == SMF_OK;
    }
    *found = hits;
    return (double)(measure_now() - start) / LOOKUPS;
}

static double by_dlsym(void *context, uint32_t *found)
{
    const struct names *names = context;
    uint32_t hits = 0;
    const uint64_t start = measure_now();
    for (unsigned i = 0; i < LOOKUPS; i++)
        hits += dlsym(names->handle, names->asked[i].name) != NULL;
    *found = hits;
    return (double)(measure_now() - start) / LOOKUPS;
}

static int compare(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static double by_halves(void *context, uint32_t *found)
{
    const struct names *names = context;
    uint32_t hits = 0;
    const uint64_t start = measure_now();
    for (unsigned i = 0; i < LOOKUPS; i++)
        hits += bsearch(&names->asked[i].name, names->sorted, names->count, sizeof *names->sorted, compare) != NULL;
    *found = hits;
    return (double)(measure_now() - start) / LOOKUPS;
}

static void *allocate(size_t count, size_t size)
{
    void *bytes = calloc(count, size);
    if (bytes == NULL)
        measure_fail("lookup", "no memory");
    return bytes;
}

static void measure(struct names *names)
{
    static const struct {
        const char *subject;
        measure_run *run;
    } subjects[] = {
        {"smf_exports_resolve", by_table },
        {"smf_find",            by_module},
        {"glibc dlsym",         by_dlsym },
        {"bsearch",             by_halves},
    };
    for (int hit = 1; hit >= 0; hit--) {
        ask(names, hit != 0);
        for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++)
            if (subjects[i].run != by_dlsym || names->handle != NULL)
                measure_print(&(struct measure_row){hit ? "lookup hit" : "lookup miss", subjects[i].subject,
                                                    names->count, 0, ROUNDS, hit ? LOOKUPS : 0},
                              subjects[i].run, names);
    }
}

void bench_lookup(const char *folder, unsigned long count)
{
    struct names names = {.count = (uint32_t)count};
    uint32_t bucket_count = 2;
    while (bucket_count < 2 * names.count)
        bucket_count *= 2;
    names.names = allocate(2 * names.count, NAME_SIZE);
    names.asked = allocate(LOOKUPS, sizeof *names.asked);
    names.sorted = allocate(names.count, sizeof *names.sorted);
    struct smf_export *entries = allocate(names.count, sizeof *entries);
    uint32_t *buckets = allocate(bucket_count, sizeof *buckets);
    for (uint32_t i = 0; i < 2 * names.count; i++)
        snprintf(names.names[i], NAME_SIZE, "export_%u_of_many", i);
    for (uint32_t i = 0; i < names.count; i++) {
        names.sorted[i] = names.names[i];
        entries[i] = (struct smf_export){.name = names.names[i], .address = i + 1u, .kind = SMF_KIND_FUNCTION};
    }
    qsort(names.sorted, names.count, sizeof *names.sorted, compare);
    bench_check(smf_exports_index(&names.table, entries, names.count, buckets, bucket_count), NULL, "exports");

    const struct bench_file file = bench_module_of_exports(0, names.count);
    const struct smf_source source = smf_source_memory(file.bytes, file.size, SMF_STAYS_FOR_MODULE);
    struct bench_loader bench;
    struct smf_module *module;
    struct smf_diagnosis why;
    bench_loader_start(&bench, BENCH_PLAIN, &source);
    bench_check(smf_load(&bench.loader, &source, &module, &why), &why, "module of exports");
    names.module = module;

    char path[4096];
    snprintf(path, sizeof path, "%s/exports-%lu.so", folder, count);
    names.handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    measure(&names);

    if (names.handle != NULL)
        dlclose(names.handle);
    bench_loader_finish(&bench);
    free(file.bytes);
    free(buckets);
    free(entries);
    free(names.sorted);
    free(names.asked);
    free(names.names);
}
