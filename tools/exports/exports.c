/* SPDX-License-Identifier: MIT */
/*
 * smf-exports - turn a list of symbols into a const, hashed export table.
 *
 * A firmware or program lists what it offers to modules, one symbol a line
 * ("name" or "name data"; # starts a comment); this writes a C file with the
 * table sorted by name and its hashed index, all const, so that it lies in
 * flash and needs no start-up work. The symbols' types do not matter: the C
 * file names them by their assembler names.
 */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smf/hash.h"

struct symbol {
    char *name;
    bool data;
    unsigned line;
};

struct list {
    struct symbol *symbols;
    size_t count, capacity;
};

static void fail(const char *file, unsigned line, const char *what)
{
    if (line != 0)
        fprintf(stderr, "smf-exports: %s:%u: %s\n", file, line, what);
    else
        fprintf(stderr, "smf-exports: %s: %s\n", file, what);
    exit(1);
}

/* C and C++ symbols as assemblers accept them without quotes. */
static bool is_symbol(const char *name)
{
    for (const char *at = name; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at) && *at != '_' && *at != '.' && *at != '$')
            return false;
    return *name != '\0' && !isdigit((unsigned char)*name);
}

static void append(struct list *list, const char *file, unsigned line, const char *name, bool data)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity == 0 ? 64 : list->capacity * 2;
        list->symbols = realloc(list->symbols, list->capacity * sizeof list->symbols[0]);
        if (list->symbols == NULL)
            fail(file, line, "out of memory");
    }
    char *copy = strdup(name);
    if (copy == NULL)
        fail(file, line, "out of memory");
    list->symbols[list->count++] = (struct symbol){copy, data, line};
}

static void read_line(struct list *list, const char *file, unsigned line, char *text)
{
    static const char blank[] = " \t\r\n";
    text[strcspn(text, "#")] = '\0';
    const char *name = strtok(text, blank);
    if (name == NULL)
        return;
    const char *kind = strtok(NULL, blank);
    if (!is_symbol(name))
        fail(file, line, "not a symbol name");
    if (kind != NULL && strcmp(kind, "data") != 0 && strcmp(kind, "function") != 0)
        fail(file, line, "a symbol is followed by nothing, 'function' or 'data'");
    if (kind != NULL && strtok(NULL, blank) != NULL)
        fail(file, line, "one symbol a line");
    append(list, file, line, name, kind != NULL && strcmp(kind, "data") == 0);
}

static void read_list(struct list *list, const char *file)
{
    FILE *in = strcmp(file, "-") == 0 ? stdin : fopen(file, "r");
    char *text = NULL;
    size_t size = 0;
    if (in == NULL)
        fail(file, 0, strerror(errno));
    for (unsigned line = 1; getline(&text, &size, in) >= 0; line++)
        read_line(list, file, line, text);
    if (ferror(in))
        fail(file, 0, "cannot be read");
    free(text);
    if (in != stdin)
        fclose(in);
}

static int by_name(const void *left, const void *right)
{
    return strcmp(((const struct symbol *)left)->name, ((const struct symbol *)right)->name);
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
                list->symbols[i].data ? "SMF_KIND_DATA" : "SMF_KIND_FUNCTION",
                (unsigned)smf_hash_name(list->symbols[i].name));
    fprintf(out, "};\n\n");
    write_index(out, list);
    fprintf(out, "extern const struct smf_exports %s;\n", table);
    fprintf(out, "const struct smf_exports %s = {entries, %zuu, buckets, %uu};\n", table, list->count,
            (unsigned)bucket_count(list->count));
}

static void check(const struct list *list, const char *file)
{
    if (list->count == 0)
        fail(file, 0, "no symbols");
    for (size_t i = 1; i < list->count; i++)
        if (strcmp(list->symbols[i - 1].name, list->symbols[i].name) == 0)
            fail(file, list->symbols[i].line, "a symbol stands twice");
}

static int usage(FILE *to, int status)
{
    fprintf(to, "usage: smf-exports [-o OUT.c] [--table NAME] LIST\n"
                "Write a C file with the const table `struct smf_exports NAME` (default: host_exports) of the\n"
                "symbols in LIST, one a line: a name, then nothing, 'function' or 'data'. LIST may be - .\n");
    return status;
}

int main(int argc, char **argv)
{
    const char *output = NULL, *table = "host_exports", *input = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0)
            return usage(stdout, 0);
        if (strcmp(argv[i], "-o") == 0 && i + 1 < argc)
            output = argv[++i];
        else if (strcmp(argv[i], "--table") == 0 && i + 1 < argc)
            table = argv[++i];
        else if (input == NULL && (argv[i][0] != '-' || argv[i][1] == '\0'))
            input = argv[i];
        else
            return usage(stderr, 2);
    }
    if (input == NULL || !is_symbol(table) || strpbrk(table, ".$") != NULL)
        return usage(stderr, 2); /* the table's name stands in C */
    struct list list = {0};
    read_list(&list, input);
    if (list.count != 0)
        qsort(list.symbols, list.count, sizeof list.symbols[0], by_name);
    check(&list, input);
    FILE *out = output == NULL ? stdout : fopen(output, "w");
    if (out == NULL)
        fail(output, 0, strerror(errno));
    write_table(out, &list, table);
    if (fflush(out) != 0 || ferror(out))
        fail(output == NULL ? "standard output" : output, 0, "cannot be written");
    if (out != stdout)
        fclose(out);
    for (size_t i = 0; i < list.count; i++)
        free(list.symbols[i].name);
    free(list.symbols);
    return 0;
}
