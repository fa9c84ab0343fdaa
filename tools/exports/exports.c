/* SPDX-License-Identifier: MIT */
/*
 * smf-exports - turn symbols into a const, hashed export table.
 *
 * What a firmware or program offers to modules stands in lists, one symbol a
 * line, or is chosen among the symbols of the linked firmware itself; this
 * writes a C file with the table sorted by name and its hashed index, all
 * const, so that it lies in flash and needs no start-up work. The symbols'
 * types do not matter: the C file names them by their assembler names.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exports.h"
#include "smf/hash.h"

struct options {
    const char *output, *table, *firmware; /* NULL: standard output, (has a default), none */
    const char **patterns, **lists;
    size_t pattern_count, list_count;
    bool empty;
};

void fail(const char *file, unsigned line, const char *format, ...)
{
    va_list arguments;
    fprintf(stderr, "smf-exports: %s:", file);
    if (line != 0)
        fprintf(stderr, "%u:", line);
    fputc(' ', stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

/* A power of two, at least twice the count: short probes (smf/load.h). */
static uint32_t bucket_count(size_t count)
{
    uint32_t buckets = 2;
    while (buckets < 2 * count)
        buckets *= 2;
    return buckets;
}

static void write_index(FILE *out, const struct list *list)
{
    const uint32_t count = bucket_count(list->count);
    uint32_t *buckets = calloc(count, sizeof *buckets);
    if (buckets == NULL)
        fail("index", 0, "out of memory");
    for (size_t i = 0; i < list->count; i++) {
        uint32_t at = smf_hash_name(list->symbols[i].name) & (count - 1);
        while (buckets[at] != 0)
            at = (at + 1) & (count - 1);
        buckets[at] = (uint32_t)i + 1;
    }
    fprintf(out, "static const uint32_t buckets[%u] = {", (unsigned)count);
    for (uint32_t i = 0; i < count; i++)
        fprintf(out, "%s%u,", i % 16 == 0 ? "\n    " : " ", (unsigned)buckets[i]);
    fprintf(out, "\n};\n\n");
    free(buckets);
}

static void write_table(FILE *out, const struct list *list, const char *table)
{
    fprintf(out, "/* Made by smf-exports: what this program offers to modules. */\n#include \"smf/load.h\"\n\n");
    for (size_t i = 0; i < list->count; i++)
        fprintf(out, "extern const char export_%zu[] __asm__(\"%s\");\n", i, list->symbols[i].name);
    fprintf(out, "\nstatic const struct smf_export entries[%zu] = {\n", list->count);
    for (size_t i = 0; i < list->count; i++)
        fprintf(out, "    {\"%s\", (uintptr_t)export_%zu, %s, 0x%08xu},\n", list->symbols[i].name, i,
                list->symbols[i].data       ? "SMF_KIND_DATA"
                : list->symbols[i].confined ? "SMF_KIND_FUNCTION | SMF_EXPORT_CONFINED"
                                            : "SMF_KIND_FUNCTION",
                (unsigned)smf_hash_name(list->symbols[i].name));
    fprintf(out, "};\n\n");
    write_index(out, list);
    fprintf(out, "extern const struct smf_exports %s;\n", table);
    fprintf(out, "const struct smf_exports %s = {entries, %zuu, buckets, %uu};\n", table, list->count,
            (unsigned)bucket_count(list->count));
}

/* The same table with nothing in it, for the first of two links. */
static void write_empty(FILE *out, const char *table)
{
    fprintf(out, "/* Made by smf-exports: offers nothing to modules. */\n#include \"smf/load.h\"\n\n");
    fprintf(out, "extern const struct smf_exports %s;\n", table);
    fprintf(out, "const struct smf_exports %s = {NULL, 0, NULL, 0};\n", table);
}

static void write_file(const struct options *options, const struct list *list)
{
    FILE *out = options->output == NULL ? stdout : fopen(options->output, "w");
    if (out == NULL)
        fail(options->output, 0, "%s", strerror(errno));
    if (options->empty)
        write_empty(out, options->table);
    else
        write_table(out, list, options->table);
    const bool failed = fflush(out) != 0 || ferror(out);
    if ((out != stdout && fclose(out) != 0) || failed)
        fail(options->output == NULL ? "standard output" : options->output, 0, "cannot be written");
}

static int usage(FILE *to, int status)
{
    fputs(
        "usage: smf-exports [-o OUT.c] [--table NAME] LIST...\n"
        "       smf-exports [-o OUT.c] [--table NAME] --from FIRMWARE.elf [--match PATTERN]... [LIST...]\n"
        "       smf-exports [-o OUT.c] [--table NAME] --empty\n"
        "Write a C file with the const table `struct smf_exports NAME` (default: host_exports), sorted and hashed.\n"
        "\n"
        "A LIST has one symbol a line: a name, then nothing, 'function' or 'data', and 'confined' for a function that\n"
        "confined modules may call. LIST may be - .\n"
        "\n"
        "--from FIRMWARE.elf  a linked program, not stripped. Each listed symbol has to be one that it defines for\n"
        "                     everybody (global or weak, and not hidden), of the kind that it has there\n"
        "--match PATTERN      also its functions and objects whose names match, as a shell matches names of files;\n"
        "                     a pattern that matches nothing is a fault\n"
        "--empty              a table of nothing\n"
        "\n"
        "A firmware that holds a table of its own symbols is linked twice:\n"
        "    smf-exports --empty -o empty.c\n"
        "    cc -o first.elf FILES... empty.c\n"
        "    smf-exports --from first.elf --match 'led_*' -o exports.c\n"
        "    cc -o firmware.elf FILES... exports.c\n"
        "The table names symbols, and the second link fills in where they lie, so one round is enough: made again "
        "from\n"
        "firmware.elf, the table is the same. Nothing in it refers to a symbol that the first link left out: what\n"
        "only modules need must be in first.elf, so link that without --gc-sections, or say -Wl,-u,NAME for what an\n"
        "archive has. The second link keeps what the table names.\n",
        to);
    return status;
}

/* The value behind an option; NULL if there is none. */
static const char *value_of(int argc, char **argv, int *at, const char *option)
{
    return strcmp(argv[*at], option) == 0 && *at + 1 < argc ? argv[++*at] : NULL;
}

static bool read_options(struct options *options, int argc, char **argv)
{
    const char *value;
    for (int i = 1; i < argc; i++) {
        if ((value = value_of(argc, argv, &i, "-o")) != NULL)
            options->output = value;
        else if ((value = value_of(argc, argv, &i, "--table")) != NULL)
            options->table = value;
        else if (options->firmware == NULL && (value = value_of(argc, argv, &i, "--from")) != NULL)
            options->firmware = value;
        else if ((value = value_of(argc, argv, &i, "--match")) != NULL)
            options->patterns[options->pattern_count++] = value;
        else if (strcmp(argv[i], "--empty") == 0)
            options->empty = true;
        else if (argv[i][0] != '-' || argv[i][1] == '\0')
            options->lists[options->list_count++] = argv[i];
        else
            return false;
    }
    if (!is_symbol(options->table) || strpbrk(options->table, ".$") != NULL)
        return false; /* the table's name stands in C */
    if (options->empty)
        return options->firmware == NULL && options->pattern_count == 0 && options->list_count == 0;
    if (options->pattern_count != 0 && options->firmware == NULL)
        return false;
    return options->pattern_count + options->list_count != 0;
}

static void read_symbols(struct list *list, const struct options *options)
{
    for (size_t i = 0; i < options->list_count; i++)
        list_read(list, options->lists[i]);
    if (options->firmware != NULL)
        firmware_select(list, options->firmware, options->patterns, options->pattern_count, options->table);
    list_sort(list, options->firmware != NULL ? options->firmware : options->lists[0]);
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->symbols[i].name, options->table) == 0)
            fail(list->symbols[i].file, list->symbols[i].line, "a table cannot hold itself: %s", options->table);
}

int main(int argc, char **argv)
{
    struct list list = {0};
    struct options options = {.table = "host_exports"};
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return usage(stdout, 0);
    options.patterns = calloc((size_t)argc, sizeof options.patterns[0]);
    options.lists = calloc((size_t)argc, sizeof options.lists[0]);
    if (options.patterns == NULL || options.lists == NULL)
        fail("options", 0, "out of memory");
    const bool good = read_options(&options, argc, argv);
    if (good) {
        if (!options.empty)
            read_symbols(&list, &options);
        write_file(&options, &list);
    }
    list_free(&list);
    free(options.patterns);
    free(options.lists);
    return good ? 0 : usage(stderr, 2);
}
