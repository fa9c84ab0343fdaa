/* SPDX-License-Identifier: MIT */
/*
 * library.c - opening a library of many modules and finding one in it: from a
 * mapped file, with an index and without, sorted as our writer makes it and not.
 * Numbers are of one operation, with what a map, an open or an index costs where
 * the row says so; names are asked for in random order unless the row says which.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "smf/host.h"
#include "smf/library.h"

enum { ROUNDS = 51, OPERATIONS = 1000, QUESTIONS = 1024, FLAGS_AT = 52 };

struct shelf {
    uint32_t count;
    char (*names)[SMF_LIBRARY_NAME_SIZE];
    uint32_t asked[QUESTIONS];
    char path[4096];
    struct smf_source sorted, unsorted;
    struct smf_library library; /* open, of `sorted` */
    struct smf_library indexed; /* the same with an index */
    uint32_t *words;
    size_t word_count;
};

static void open_library(struct smf_library *library, const struct smf_source *source)
{
    struct smf_diagnosis why;
    bench_check(smf_library_open(library, source, &why), &why, "smf_library_open");
}

/* Find it, and the module in it; its number is in its name. */
static uint32_t find(struct smf_library *library, const struct shelf *shelf, uint32_t number)
{
    struct smf_library_entry entry;
    struct smf_diagnosis why;
    struct smf_part part;
    struct smf_source module;
    bench_check(smf_library_find(library, shelf->names[number], &entry, &why), &why, "smf_library_find");
    bench_check(smf_library_module(library, &entry, &part, &module), NULL, "smf_library_module");
    return module.size != 0 && strcmp(entry.name, shelf->names[number]) == 0;
}

static double map_open_find(void *context, uint32_t *found)
{
    struct shelf *shelf = context;
    const uint64_t start = measure_now();
    for (unsigned i = 0; i < OPERATIONS; i++) {
        static struct smf_library library;
        struct smf_file file;
        bench_check(smf_file_map(&file, shelf->path), NULL, "smf_file_map");
        open_library(&library, &file.source);
        *found += find(&library, shelf, shelf->asked[i % QUESTIONS]);
        smf_file_close(&file);
    }
    return (double)(measure_now() - start) / OPERATIONS;
}

static double read_open_find(void *context, uint32_t *found)
{
    struct shelf *shelf = context;
    const uint64_t start = measure_now();
    for (unsigned i = 0; i < OPERATIONS; i++) {
        static struct smf_library library;
        struct smf_file file;
        bench_check(smf_file_open(&file, shelf->path), NULL, "smf_file_open");
        open_library(&library, &file.source);
        *found += find(&library, shelf, shelf->asked[i % QUESTIONS]);
        smf_file_close(&file);
    }
    return (double)(measure_now() - start) / OPERATIONS;
}

static double open_only(void *context, uint32_t *found)
{
    struct shelf *shelf = context;
    const uint64_t start = measure_now();
    for (unsigned i = 0; i < OPERATIONS; i++) {
        static struct smf_library library;
        open_library(&library, &shelf->sorted);
        *found += library.count == shelf->count;
    }
    return (double)(measure_now() - start) / OPERATIONS;
}

static double open_find(struct shelf *shelf, uint32_t first, uint32_t last, uint32_t *found)
{
    const uint64_t start = measure_now();
    for (unsigned i = 0; i < OPERATIONS; i++) {
        static struct smf_library library;
        open_library(&library, &shelf->sorted);
        const uint32_t number = shelf->asked[i % QUESTIONS];
        *found += find(&library, shelf, number < first ? first : number > last ? last : number);
    }
    return (double)(measure_now() - start) / OPERATIONS;
}

static double open_find_any(void *context, uint32_t *found)
{
    struct shelf *shelf = context;
    return open_find(shelf, 0, shelf->count - 1, found);
}
static double open_find_first(void *context, uint32_t *found) { return open_find(context, 0, 0, found); }
static double open_find_last(void *context, uint32_t *found)
{
    struct shelf *shelf = context;
    return open_find(shelf, shelf->count - 1, shelf->count - 1, found);
}

static double find_many(struct smf_library *library, const struct shelf *shelf, uint32_t *found)
{
    const uint64_t start = measure_now();
    for (unsigned i = 0; i < OPERATIONS; i++)
        *found += find(library, shelf, shelf->asked[i % QUESTIONS]);
    return (double)(measure_now() - start) / OPERATIONS;
}

static double find_by_halves(void *context, uint32_t *found)
{
    struct shelf *shelf = context;
    return find_many(&shelf->library, shelf, found);
}

static double find_by_index(void *context, uint32_t *found)
{
    struct shelf *shelf = context;
    return find_many(&shelf->indexed, shelf, found);
}

static double find_one_after_the_other(void *context, uint32_t *found)
{
    struct shelf *shelf = context;
    static struct smf_library library;
    open_library(&library, &shelf->unsorted);
    const uint64_t start = measure_now();
    *found = find(&library, shelf, shelf->count - 1);
    return (double)(measure_now() - start);
}

static double make_index(void *context, uint32_t *found)
{
    struct shelf *shelf = context;
    struct smf_diagnosis why;
    open_library(&shelf->indexed, &shelf->sorted);
    const uint64_t start = measure_now();
    bench_check(smf_library_index(&shelf->indexed, shelf->words, shelf->word_count, &why), &why, "smf_library_index");
    const uint64_t end = measure_now();
    *found = find(&shelf->indexed, shelf, shelf->count / 2);
    return (double)(end - start);
}

static void *allocate(size_t count, size_t size)
{
    void *bytes = calloc(count, size);
    if (bytes == NULL)
        measure_fail("library", "no memory");
    return bytes;
}

/* A library of `count` modules of 16 exports each, as `smf ar create` writes it. */
static struct bench_file write_library(struct shelf *shelf)
{
    const struct bench_file module = bench_module_of_exports(0, 16);
    struct smf_library_item *items = allocate(shelf->count, sizeof *items);
    uint32_t *order = allocate(shelf->count, sizeof *order);
    struct smf_diagnosis why;
    struct bench_file file = {0};
    for (uint32_t i = 0; i < shelf->count; i++) {
        snprintf(shelf->names[i], sizeof shelf->names[i], "std/group_%02u/module_%05u", i / 1000, i);
        items[i] = (struct smf_library_item){.name = shelf->names[i], .bytes = module.bytes, .size = module.size};
    }
    bench_check(smf_library_write(items, shelf->count, order, NULL, 0, &file.size, &why), &why, "smf_library_write");
    file.bytes = allocate(file.size, 1);
    bench_check(smf_library_write(items, shelf->count, order, file.bytes, file.size, &file.size, &why), &why,
                "smf_library_write");
    FILE *out = fopen(shelf->path, "wb");
    if (out == NULL || fwrite(file.bytes, 1, file.size, out) != file.size || fclose(out) != 0)
        measure_fail(shelf->path, "cannot be written");
    free(order);
    free(items);
    free(module.bytes);
    return file;
}

static void measure(struct shelf *shelf, size_t bytes)
{
    static const struct {
        const char *subject;
        measure_run *run;
        uint32_t expected;
    } subjects[] = {
        {"open",                                             open_only,                OPERATIONS},
        {"open and find any",                                open_find_any,            OPERATIONS},
        {"open and find the first",                          open_find_first,          OPERATIONS},
        {"open and find the last",                           open_find_last,           OPERATIONS},
        {"map the file; open; find any; unmap",              map_open_find,            OPERATIONS},
        {"open the file; read by position; find any; close", read_open_find,           OPERATIONS},
        {"make the index",                                   make_index,               1         },
        {"find any with the index",                          find_by_index,            OPERATIONS},
        {"find any without",                                 find_by_halves,           OPERATIONS},
        {"find the last; neither sorted nor with an index",  find_one_after_the_other, 1         },
    };
    for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++)
        measure_print(
            &(struct measure_row){"library", subjects[i].subject, shelf->count, bytes, ROUNDS, subjects[i].expected},
            subjects[i].run, shelf);
}

void bench_library(const char *folder, unsigned long count)
{
    struct shelf *shelf = allocate(1, sizeof *shelf);
    struct smf_file file;
    uint32_t random = 2463534242u;
    shelf->count = (uint32_t)count;
    shelf->names = allocate(count, sizeof *shelf->names);
    snprintf(shelf->path, sizeof shelf->path, "%s/library-%lu.lsm", folder, count);
    for (unsigned i = 0; i < QUESTIONS; i++) {
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        shelf->asked[i] = random % shelf->count;
    }
    struct bench_file unsorted = write_library(shelf);
    memset(unsorted.bytes + FLAGS_AT, 0, 4); /* a library that does not say that it is sorted */
    shelf->unsorted = smf_source_memory(unsorted.bytes, unsorted.size, SMF_STAYS_FOR_MODULE);
    bench_check(smf_file_map(&file, shelf->path), NULL, "smf_file_map");
    shelf->sorted = file.source;
    open_library(&shelf->library, &shelf->sorted);
    shelf->word_count = smf_library_index_words(&shelf->library);
    shelf->words = allocate(shelf->word_count, sizeof *shelf->words);
    measure(shelf, unsorted.size);
    smf_file_close(&file);
    free(unsorted.bytes);
    free(shelf->words);
    free(shelf->names);
    free(shelf);
}
