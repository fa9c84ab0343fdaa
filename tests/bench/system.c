/* SPDX-License-Identifier: MIT */
/* system.c - many modules: loading, replacing and unloading one of them, and names among all of them. */
#define _POSIX_C_SOURCE 200809L
#include "system.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_SIZE = 64 << 20, NAME_SIZE = 40, LOOKUPS = 100000, ROUNDS = 21 };

void bench_system_start(struct bench_system *bench, enum bench_column column, uint32_t buckets, bool hot_reload)
{
    static const struct smf_exports *host[1];
    struct smf_system_config config = {
        .load = {.port = bench_port(column), .arena_size = ARENA_SIZE},
        .host = host,
        .host_count = 1,
        .bucket_count = buckets,
        .hot_reload = hot_reload
    };
    host[0] = bench_host_exports();
    memset(bench, 0, sizeof *bench);
    config.load.arena = bench->arena = malloc(ARENA_SIZE);
    if (bench->arena == NULL)
        measure_fail("arena", "no memory");
    bench_check(smf_system_start(&bench->system, &config), NULL, "system");
}

void bench_system_finish(struct bench_system *bench)
{
    smf_system_finish(&bench->system);
    free(bench->arena);
    while (bench->file_count != 0)
        free(bench->files[--bench->file_count].bytes);
}

static struct smf_handle load(struct bench_system *bench, const char *name, const struct bench_file *file)
{
    const struct smf_source source = smf_source_memory(file->bytes, file->size, SMF_STAYS_FOR_MODULE);
    const struct smf_system_item item = {name, &source};
    struct smf_handle handle;
    struct smf_diagnosis why;
    bench_check(smf_system_load(&bench->system, &item, 0, &handle, &why), &why, name);
    return handle;
}

struct smf_handle bench_system_load(struct bench_system *bench, const char *folder, const char *name)
{
    char path[4096];
    struct bench_file *file = &bench->files[bench->file_count++];
    snprintf(path, sizeof path, "%s/%s.smf", folder, name);
    *file = bench_read(path);
    return load(bench, name, file);
}

/* ---- Loading, replacing, unloading ---- */

struct cycle {
    struct bench_system bench;
    struct bench_loader plain; /* a loader alone, on the same port */
    const struct bench_file *file;
    struct smf_handle handle;
    bool unload; /* is what is measured, not the load */
};

static uint32_t execute(int (*entry)(int))
{
    if (entry == NULL)
        measure_fail("module", "has no entry");
    const uint32_t first = (uint32_t)entry(-1);
    return first + (uint32_t)entry(3);
}

static double by_loader(void *context, uint32_t *checksum)
{
    struct cycle *cycle = context;
    const struct smf_source source = smf_source_memory(cycle->file->bytes, cycle->file->size, SMF_STAYS_FOR_MODULE);
    struct smf_module *module;
    struct smf_diagnosis why;
    const uint64_t start = measure_now();
    bench_check(smf_load(&cycle->plain.loader, &source, &module, &why), &why, "load");
    const uint64_t loaded = measure_now();
    *checksum = execute((int (*)(int))smf_function(module, "mod_entry"));
    const uint64_t executed = measure_now();
    bench_check(smf_unload(&cycle->plain.loader, module), NULL, "unload");
    return (double)(cycle->unload ? measure_now() - executed : loaded - start);
}

static double by_system(void *context, uint32_t *checksum)
{
    struct cycle *cycle = context;
    const uint64_t start = measure_now();
    const struct smf_handle handle = load(&cycle->bench, "alone", cycle->file);
    const uint64_t loaded = measure_now();
    *checksum = execute((int (*)(int))smf_system_function(&cycle->bench.system, "mod_entry"));
    const uint64_t executed = measure_now();
    bench_check(smf_system_unload(&cycle->bench.system, handle, 0, NULL), NULL, "unload");
    return (double)(cycle->unload ? measure_now() - executed : loaded - start);
}

/* The module's answer comes through another one, which imported it before the first reload. */
static double by_reload(void *context, uint32_t *checksum)
{
    struct cycle *cycle = context;
    const struct smf_source source = smf_source_memory(cycle->file->bytes, cycle->file->size, SMF_STAYS_FOR_MODULE);
    struct smf_diagnosis why;
    const uint64_t start = measure_now();
    bench_check(smf_system_reload(&cycle->bench.system, cycle->handle, &source, 0, &cycle->handle, &why), &why,
                "reload");
    const double taken = (double)(measure_now() - start);
    *checksum = execute((int (*)(int))smf_system_function(&cycle->bench.system, "through"));
    return taken;
}

static void print_cycle(struct cycle *cycle, const char *measure, const char *subject, unsigned long functions,
                        uint32_t expected, measure_run *run)
{
    cycle->unload = strcmp(measure, "unload") == 0;
    measure_print(
        &(struct measure_row){measure, subject, functions, cycle->file->size, measure_runs(functions), expected}, run,
        cycle);
}

static void measure_column(const char *folder, const struct bench_file *file, unsigned long functions,
                           uint32_t expected, enum bench_column column)
{
    static const char *const subjects[BENCH_COLUMNS][3] = {
        {"smf_load plain",  "smf_system_load plain",  "smf_system_reload plain" },
        {"smf_load sealed", "smf_system_load sealed", "smf_system_reload sealed"},
        {"smf_load fresh",  "smf_system_load fresh",  "smf_system_reload fresh" },
    };
    static const char *const unloads[BENCH_COLUMNS][2] = {
        {"smf_unload plain",  "smf_system_unload plain" },
        {"smf_unload sealed", "smf_system_unload sealed"},
        {"smf_unload fresh",  "smf_system_unload fresh" },
    };
    const struct smf_source source = smf_source_memory(file->bytes, file->size, SMF_STAYS_FOR_MODULE);
    struct cycle cycle = {.file = file};
    char importer[64];
    uint32_t buckets = 4;
    while (buckets < 2 * functions) /* two versions are there during a reload */
        buckets *= 2;
    bench_loader_start(&cycle.plain, column, &source);
    bench_system_start(&cycle.bench, column, buckets, true);
    print_cycle(&cycle, "reload", subjects[column][0], functions, expected, by_loader);
    print_cycle(&cycle, "reload", subjects[column][1], functions, expected, by_system);
    cycle.handle = load(&cycle.bench, "module", file);
    snprintf(importer, sizeof importer, "importer-%lu", functions);
    (void)bench_system_load(&cycle.bench, folder, importer);
    print_cycle(&cycle, "reload", subjects[column][2], functions, expected, by_reload);
    bench_check(smf_system_unload(&cycle.bench.system, cycle.handle, SMF_UNLOAD_DEPENDENTS, NULL), NULL, "unload");
    print_cycle(&cycle, "unload", unloads[column][0], functions, expected, by_loader);
    print_cycle(&cycle, "unload", unloads[column][1], functions, expected, by_system);
    bench_system_finish(&cycle.bench);
    bench_loader_finish(&cycle.plain);
}

void bench_reload(const char *folder, unsigned long functions, uint32_t expected)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/module-%lu.smf", folder, functions);
    const struct bench_file file = bench_read(path);
    measure_column(folder, &file, functions, expected, BENCH_PLAIN);
    measure_column(folder, &file, functions, expected, BENCH_SEALED);
    measure_column(folder, &file, functions, expected, BENCH_FRESH);
    free(file.bytes);
}

/* ---- Names among many modules ---- */

struct many {
    struct bench_system bench;
    uint32_t count; /* of names that there are; as many that nobody has follow */
    char (*names)[NAME_SIZE];
    char (*asked)[NAME_SIZE];      /* copies in the order of the questions: who asks for a name has it at hand */
    const struct bench_file *last; /* one of the modules */
    struct smf_handle handle;      /* of it              */
};

static void ask(struct many *many, bool hit)
{
    uint32_t random = 2463534242u;
    for (unsigned i = 0; i < LOOKUPS; i++) {
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        memcpy(many->asked[i], many->names[(hit ? 0 : many->count) + random % many->count], NAME_SIZE);
    }
}

static double by_resolve(void *context, uint32_t *found)
{
    struct many *many = context;
    uint32_t hits = 0;
    const uint64_t start = measure_now();
    for (unsigned i = 0; i < LOOKUPS; i++) {
        struct smf_resolved resolved;
        hits += smf_system_resolve(&many->bench.system, many->asked[i], &resolved) == SMF_OK;
    }
    *found = hits;
    return (double)(measure_now() - start) / LOOKUPS;
}

/* One of so many, which was unloaded again: what a load takes must not depend on how many there are. */
static double by_one_more(void *context, uint32_t *found)
{
    struct many *many = context;
    bench_check(smf_system_unload(&many->bench.system, many->handle, 0, NULL), NULL, "unload");
    const uint64_t start = measure_now();
    many->handle = load(&many->bench, "last", many->last);
    *found = 1;
    return (double)(measure_now() - start);
}

static void measure_names(struct many *many, unsigned long modules, unsigned long exports, uint32_t buckets,
                          const char *how, struct bench_file *files)
{
    char name[NAME_SIZE], subject[64];
    bench_system_start(&many->bench, BENCH_PLAIN, buckets, false);
    for (unsigned long i = 0; i < modules; i++) {
        snprintf(name, sizeof name, "module_%lu", i);
        many->handle = load(&many->bench, name, &files[i]);
    }
    many->last = &files[modules - 1];
    snprintf(subject, sizeof subject, "smf_system_load of one more %s", how);
    measure_print(&(struct measure_row){"resolve", subject, modules * exports, 0, ROUNDS, 1}, by_one_more, many);
    for (int hit = 1; hit >= 0; hit--) {
        ask(many, hit != 0);
        snprintf(subject, sizeof subject, "smf_system_resolve %s %s", hit ? "hit" : "miss", how);
        measure_print(&(struct measure_row){"resolve", subject, modules * exports, 0, ROUNDS, hit ? LOOKUPS : 0},
                      by_resolve, many);
    }
    bench_system_finish(&many->bench);
}

void bench_resolve(unsigned long modules, unsigned long exports)
{
    static struct many many;
    uint32_t buckets = 2;
    many.count = (uint32_t)(modules * exports);
    while (buckets < many.count)
        buckets *= 2;
    many.names = calloc(2 * (size_t)many.count, NAME_SIZE);
    many.asked = calloc(LOOKUPS, NAME_SIZE);
    struct bench_file *files = calloc(modules, sizeof *files);
    if (many.names == NULL || many.asked == NULL || files == NULL)
        measure_fail("resolve", "no memory");
    for (uint32_t i = 0; i < 2 * many.count; i++)
        snprintf(many.names[i], NAME_SIZE, "export_%u_of_many", (unsigned)i);
    for (unsigned long i = 0; i < modules; i++)
        files[i] = bench_module_of_exports((uint32_t)(i * exports), (uint32_t)exports);
    measure_names(&many, modules, exports, buckets, "a bucket for each", files);
    measure_names(&many, modules, exports, 0, "default buckets", files);
    for (unsigned long i = 0; i < modules; i++)
        free(files[i].bytes);
    free(files);
    free(many.asked);
    free(many.names);
}
