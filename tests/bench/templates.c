/* SPDX-License-Identifier: MIT */
/*
 * templates.c - making instances of templates, and what else one would do to get code for a type: dlopen of a shared
 * object that has it, libtcc in this process, a compiler of its own process. Beside it, proving what a module brings.
 *
 * Types of the host: I64 is a number (typed units); Bits is as large and plain (fixed), Held is copied and dropped by functions
 * (general); Point has 24 bytes, and a unit for its size; Odd 20, and none.
 */
#define _POSIX_C_SOURCE 200809L
#include "templates.h"

#include <dlfcn.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "smf/instantiator.h"
#include "smf/template_writer.h"

extern char **environ;

/* ---- Types ---- */

static int compare_numbers(const void *a, const void *b)
{
    const int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}
static int compare_words(const void *a, const void *b)
{
    const uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}
static int equal_numbers(const void *a, const void *b) { return *(const int64_t *)a == *(const int64_t *)b; }
static size_t hash_number(const void *value)
{
    uint64_t key;
    uint32_t hash = 2166136261u;
    memcpy(&key, value, sizeof key);
    for (unsigned i = 0; i < 8; i++, key >>= 8)
        hash = (hash ^ (uint32_t)(key & 0xFF)) * 16777619u;
    return hash;
}
static void copy_number(void *to, const void *from) { memcpy(to, from, sizeof(int64_t)); }
static void drop_number(void *value) { (void)value; }

#define TYPE(its_size, log2, its_kind, ...)                                                                            \
    {                                                                                                                  \
        .size = (its_size), .version = SMF_TYPE_VERSION, .alignment_log2 = (log2), .kind = (its_kind), __VA_ARGS__     \
    }
static const struct smf_type_descriptor numbers =
    TYPE(8, 3, SMF_DESCRIPTOR_SIGNED, .compare = compare_numbers, .equal = equal_numbers, .hash = hash_number);
static const struct smf_type_descriptor bits =
    TYPE(8, 3, SMF_DESCRIPTOR_PLAIN, .compare = compare_numbers, .equal = equal_numbers, .hash = hash_number);
static const struct smf_type_descriptor held =
    TYPE(8, 3, SMF_DESCRIPTOR_OPAQUE, .copy = copy_number, .drop = drop_number, .compare = compare_numbers,
         .equal = equal_numbers, .hash = hash_number);
static const struct smf_type_descriptor point = TYPE(24, 3, SMF_DESCRIPTOR_PLAIN, .compare = compare_numbers);
static const struct smf_type_descriptor odd = TYPE(20, 2, SMF_DESCRIPTOR_PLAIN, .compare = compare_words);
static const struct smf_type_descriptor held_point =
    TYPE(24, 3, SMF_DESCRIPTOR_OPAQUE, .copy = copy_number, .drop = drop_number, .compare = compare_numbers);

static const struct smf_host_type types[] = {
    {"I64",       &numbers   },
    {"Bits",      &bits      },
    {"Held",      &held      },
    {"Point",     &point     },
    {"Odd",       &odd       },
    {"HeldPoint", &held_point},
};

/* ---- An instantiator ---- */

enum { ARENA = 1 << 22 };

struct bench_maker {
    struct smf_mapper mapper;
    struct smf_instantiator instantiator;
    struct bench_file file;
    struct smf_source source;
    struct smf_image image;
    struct smf_section sections[16];
    const char *last; /* mangled name of what was made last */
    uint8_t *arenas[2];
};

static enum smf_status find(void *context, uint32_t asker, const char *name, bool data, struct smf_provided *found)
{
    (void)context, (void)asker;
    if (data || strcmp(name, "memcpy") != 0)
        return SMF_ERR_NOT_FOUND;
    *found = (struct smf_provided){.address = (uintptr_t)memcpy, .kind = SMF_KIND_FUNCTION};
    return SMF_OK;
}

static void start_empty(struct bench_maker *maker, bool sealed)
{
    struct smf_mapper_config mapping = {.port = bench_port(sealed ? BENCH_SEALED : BENCH_PLAIN), .arena_size = ARENA};
    struct smf_instantiator_config making = smf_instantiator_defaults();
    for (unsigned i = 0; i < 2; i++)
        if ((maker->arenas[i] = malloc(ARENA)) == NULL)
            measure_fail("arena", "no memory");
    mapping.arena = maker->arenas[0];
    making.arena = maker->arenas[1];
    making.arena_size = ARENA;
    making.bucket_count = 4096;
    making.mapper = &maker->mapper;
    making.types = types;
    making.type_count = sizeof types / sizeof types[0];
    making.around.find = find;
    bench_check(smf_mapper_start(&maker->mapper, &mapping), NULL, "mapper");
    bench_check(smf_instantiator_start(&maker->instantiator, &making), NULL, "instantiator");
}

struct bench_maker *bench_maker_start(const char *folder, bool sealed)
{
    struct bench_maker *maker = calloc(1, sizeof *maker);
    struct smf_diagnosis why = {0};
    char path[4096];
    if (maker == NULL)
        measure_fail("maker", "no memory");
    snprintf(path, sizeof path, "%s/templates.smf", folder);
    maker->file = bench_read(path);
    maker->source = smf_source_memory(maker->file.bytes, maker->file.size, SMF_STAYS_FOR_MODULE);
    start_empty(maker, sealed);
    bench_check(smf_image_open(&maker->image, &maker->source, maker->sections, 16, &why), &why, path);
    const struct smf_instantiator_item item = {.number = 1, .name = "templates", .image = &maker->image};
    bench_check(smf_instantiator_add(&maker->instantiator, &item, &why), &why, path);
    return maker;
}

void bench_maker_finish(struct bench_maker *maker)
{
    smf_instantiator_finish(&maker->instantiator);
    smf_mapper_finish(&maker->mapper);
    for (unsigned i = 0; i < 2; i++)
        free(maker->arenas[i]);
    free(maker->file.bytes);
    free(maker);
}

static const struct smf_type *parse(const char *text, struct smf_type *room)
{
    const struct smf_type *list = NULL;
    bench_check(smf_types_parse(text, strlen(text), room, 4, &list), NULL, text);
    return list;
}

static uintptr_t make(struct bench_maker *maker, const char *template, const struct smf_type *list)
{
    struct smf_instance instance;
    struct smf_diagnosis why = {0};
    bench_check(smf_instantiate(&maker->instantiator, 0, template, list, &instance, &why), &why, template);
    if (!instance.made)
        measure_fail(template, "was there");
    maker->last = instance.name;
    return instance.address;
}

uintptr_t bench_make(struct bench_maker *maker, const char *template, const char *text)
{
    struct smf_type room[4];
    return make(maker, template, parse(text, room));
}

void bench_unmake(struct bench_maker *maker)
{
    bench_check(smf_instantiator_drop(&maker->instantiator, maker->last), NULL, maker->last);
}

/* ---- One more instance ---- */

enum { INSTANCES = 1000, RUNS = 51 };

struct ways {
    struct bench_maker *maker;
    const struct smf_type *types;
    const char *folder, *source;
};

static double clock_cost(void)
{
    const uint64_t start = measure_now();
    for (unsigned i = 0; i < INSTANCES; i++)
        (void)measure_now();
    return (double)(measure_now() - start) / INSTANCES;
}

/* The average of many, each taken away again, which is not counted. */
static double run_make(void *context, uint32_t *checksum)
{
    const struct ways *ways = context;
    const double clock = clock_cost();
    uint64_t taken = 0;
    for (unsigned i = 0; i < INSTANCES; i++) {
        const uint64_t start = measure_now();
        const uintptr_t address = make(ways->maker, "sort", ways->types);
        taken += measure_now() - start;
        *checksum += address != 0;
        bench_unmake(ways->maker);
    }
    const double each = (double)taken / INSTANCES - clock;
    return each > 0 ? each : 0;
}

static void measure_made(const char *subject, const char *folder, bool sealed, const char *text)
{
    struct smf_type room[4];
    struct ways ways = {.maker = bench_maker_start(folder, sealed), .types = parse(text, room)};
    measure_print(&(struct measure_row){"instance", subject, 1, 0, RUNS, INSTANCES}, run_make, &ways);
    bench_maker_finish(ways.maker);
}

static double run_dlopen(void *context, uint32_t *checksum)
{
    const struct ways *ways = context;
    char path[4096];
    snprintf(path, sizeof path, "%s/templates-sort.so", ways->folder);
    const uint64_t start = measure_now();
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const void *symbol = handle != NULL ? dlsym(handle, "sort") : NULL;
    const uint64_t end = measure_now();
    if (symbol == NULL)
        measure_fail(path, dlerror());
    *checksum = 1;
    dlclose(handle);
    return (double)(end - start);
}

/* A compiler as a process, to an object file. */
static double run_compiler(void *context, uint32_t *checksum)
{
    const struct ways *ways = context;
    char output[4096];
    snprintf(output, sizeof output, "%s/compiled.o", ways->folder);
    char *const words[] = {"clang",
                           "-O2",
                           "-fPIC",
                           "-ffreestanding",
                           "-DSMF_SHAPE_T=i64",
                           "-I",
                           BENCH_INCLUDE,
                           "-c",
                           (char *)(uintptr_t)ways->source,
                           "-o",
                           output,
                           NULL};
    pid_t child;
    int status = -1;
    const uint64_t start = measure_now();
    if (posix_spawnp(&child, words[0], NULL, NULL, words, environ) != 0 || waitpid(child, &status, 0) != child)
        measure_fail("clang", "cannot be run");
    const uint64_t end = measure_now();
    *checksum = status == 0;
    return (double)(end - start);
}

/* ---- Proving ---- */

enum { TEMPLATES = 1000 };

struct proving {
    struct bench_maker maker;
    struct smf_instantiator_item item;
};

/* A thousand templates of one unit each: code of some hundred bytes with holes, as the general unit of a sort. */
static uint8_t *write_templates(size_t *size)
{
    static const uint8_t code[400] = {0x90}, term[] = {0x23, 2, 0x20, 0, 0x1D, 0x10};
    static const struct smf_write_unit_symbol symbols[] = {
        {.kind = SMF_UNIT_NUMBER,   .what = SMF_UNIT_SIZE},
        { .kind = SMF_UNIT_FUNCTION, .what = SMF_UNIT_COMPARE,        .called = true}
    };
    static const struct smf_unit_relocation places[] = {
        {.offset = 8,   .type = 10, .symbol = 0},
        {.offset = 40,  .type = 4,  .symbol = 1, .addend = -4},
        {.offset = 80,             .type = 4,            .symbol = 1,  .addend = -4},
        {.offset = 160, .type = 10,           .symbol = 0        }
    };
    static const struct smf_shape any[1] = {
        {0, SMF_SHAPE_ANY, 0}
    };
    static const uint32_t exports[1] = {0};
    static const struct smf_write_parameter parameter = {"T", SMF_BOUND_COMPARE};
    static const struct smf_write_unit unit = {.shapes = any,
                                               .exports = exports,
                                               .symbols = symbols,
                                               .relocations = places,
                                               .code = code,
                                               .size = sizeof code,
                                               .symbol_count = 2,
                                               .relocation_count = 4,
                                               .format = SMF_UNIT_CODE,
                                               .arch = SMF_ARCH_X86_64,
                                               .alignment_log2 = 4};
    static struct smf_write_template list[TEMPLATES];
    static char names[TEMPLATES][8];
    for (unsigned i = 0; i < TEMPLATES; i++) {
        snprintf(names[i], sizeof names[i], "t%u", i);
        const struct smf_write_item export = {names[i], term, sizeof term};
        const struct smf_write_record record = {.parameters = &parameter,
                                                .exports = &export,
                                                .units = &unit,
                                                .parameter_count = 1,
                                                .export_count = 1,
                                                .unit_count = 1};
        struct smf_diagnosis why = {0};
        size_t taken = 0;
        uint8_t *bytes = malloc(1024);
        bench_check(smf_record_write(&record, bytes, 1024, &taken, &why), &why, "record");
        list[i] = (struct smf_write_template){names[i], bytes, (uint32_t)taken};
    }
    *size = smf_templates_write(list, TEMPLATES, NULL, NULL, 0);
    uint8_t *const bytes = malloc(*size);
    if (bytes == NULL || smf_templates_write(list, TEMPLATES, NULL, bytes, *size) != *size)
        measure_fail("templates", "cannot be written");
    for (unsigned i = 0; i < TEMPLATES; i++)
        free((void *)(uintptr_t)list[i].record);
    return bytes;
}

static double run_proving(void *context, uint32_t *checksum)
{
    struct proving *proving = context;
    struct smf_diagnosis why = {0};
    struct smf_instantiator_statistics statistics;
    const uint64_t start = measure_now();
    bench_check(smf_instantiator_add(&proving->maker.instantiator, &proving->item, &why), &why, "1,000 templates");
    const uint64_t end = measure_now();
    smf_instantiator_get_statistics(&proving->maker.instantiator, &statistics);
    *checksum = statistics.templates;
    smf_instantiator_remove(&proving->maker.instantiator, 1);
    return (double)(end - start);
}

static void measure_proving(void)
{
    static struct proving proving;
    size_t size;
    uint8_t *const bytes = write_templates(&size);
    struct smf_source source = smf_source_memory(bytes, size, SMF_STAYS_FOR_MODULE);
    struct smf_image *const image = &proving.maker.image;
    proving.maker.sections[0] =
        (struct smf_section){.size = size, .virtual_size = size, .type = SMF_SECTION_TEMPLATE_CODE};
    *image = (struct smf_image){.source = &source, .sections = proving.maker.sections, .size = size};
    image->header.section_count = 1;
    image->records.source = &source;
    proving.item = (struct smf_instantiator_item){.number = 1, .name = "many", .image = image};
    start_empty(&proving.maker, false);
    measure_print(&(struct measure_row){"prove", "templates of a module; added to an instantiator", TEMPLATES, size,
                                        RUNS, TEMPLATES},
                  run_proving, &proving);
    smf_instantiator_finish(&proving.maker.instantiator);
    smf_mapper_finish(&proving.maker.mapper);
    for (unsigned i = 0; i < 2; i++)
        free(proving.maker.arenas[i]);
    free(bytes);
}

void bench_instances(const char *folder, const char *source)
{
    static const struct {
        const char *shape, *type;
    } kinds[] = {
        {"typed",   "I64"  },
        {"fixed",   "Point"},
        {"general", "Odd"  },
    };
    char subject[64];
    for (unsigned sealed = 0; sealed < 2; sealed++)
        for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
            snprintf(subject, sizeof subject, "smf %s %s", kinds[i].shape, sealed != 0 ? "sealed" : "plain");
            measure_made(subject, folder, sealed != 0, kinds[i].type);
        }
    struct ways ways = {.folder = folder, .source = source};
    measure_print(&(struct measure_row){"instance", "dlopen and dlsym of a ready .so", 1, 0, RUNS, 1}, run_dlopen,
                  &ways);
#if SMF_BENCH_TCC
    bench_tcc_template(source);
#endif
    measure_print(&(struct measure_row){"instance", "clang -O2 -c; a process", 1, 0, 5, 1}, run_compiler, &ways);
    measure_proving();
}
