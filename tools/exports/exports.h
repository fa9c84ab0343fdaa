/* SPDX-License-Identifier: MIT */
/* exports.h - what the files of smf-exports share: the symbols of one table. Every fault ends the program. */
#ifndef SMF_TOOLS_EXPORTS_H
#define SMF_TOOLS_EXPORTS_H

#include <stdbool.h>
#include <stddef.h>

/* One symbol of the table, and the list that named it; a pattern's symbols have line 0. */
struct symbol {
    char *name;
    const char *file;
    unsigned line;
    bool data;
    bool confined; /* open to confined modules */
    bool kind_said;
};

struct list {
    struct symbol *symbols;
    size_t count, capacity;
};

/* "smf-exports: FILE:LINE: ...", without the line if it is 0; exit status 1. */
_Noreturn void fail(const char *file, unsigned line, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* As assemblers accept them without quotes. */
bool is_symbol(const char *name);

/* Copies the name. */
void list_add(struct list *list, const struct symbol *symbol);
/* Append what the text file `path` lists; "-" is standard input. */
void list_read(struct list *list, const char *path);
/* By name; one that stands twice is a fault. */
void list_sort(struct list *list, const char *path);
void list_free(struct list *list);

/*
 * The linked ELF file `path`: each symbol of `list` has to be one of its own and gets its kind from there; then those that
 * match one of the patterns are appended, but not the table itself.
 */
void firmware_select(struct list *list, const char *path, const char *const *patterns, size_t pattern_count,
                     const char *table);

#endif
