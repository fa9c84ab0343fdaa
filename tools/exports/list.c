/* SPDX-License-Identifier: MIT */
/* list.c - lists of symbols, one a line: a name, then words; # starts a comment. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exports.h"

bool is_symbol(const char *name)
{
    for (const char *at = name; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at) && *at != '_' && *at != '.' && *at != '$')
            return false;
    return *name != '\0' && !isdigit((unsigned char)*name);
}

void list_add(struct list *list, const struct symbol *symbol)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity == 0 ? 64 : list->capacity * 2;
        list->symbols = realloc(list->symbols, list->capacity * sizeof list->symbols[0]);
        if (list->symbols == NULL)
            fail(symbol->file, symbol->line, "out of memory");
    }
    struct symbol *const added = &list->symbols[list->count++];
    *added = *symbol;
    added->name = strdup(symbol->name);
    if (added->name == NULL)
        fail(symbol->file, symbol->line, "out of memory");
}

static void read_word(struct symbol *symbol, const char *word)
{
    const bool function = strcmp(word, "function") == 0, data = strcmp(word, "data") == 0;
    if (strcmp(word, "confined") == 0 && !symbol->confined) {
        symbol->confined = true;
    } else if ((function || data) && !symbol->kind_said) {
        symbol->kind_said = true;
        symbol->data = data;
    } else {
        fail(symbol->file, symbol->line, "%s",
             symbol->kind_said || symbol->confined
                 ? "one symbol a line"
                 : "a symbol is followed by nothing, 'function' or 'data', and 'confined'");
    }
}

static void read_line(struct list *list, const char *path, unsigned line, char *text)
{
    static const char blank[] = " \t\r\n";
    text[strcspn(text, "#")] = '\0';
    struct symbol symbol = {.name = strtok(text, blank), .file = path, .line = line};
    if (symbol.name == NULL)
        return;
    if (!is_symbol(symbol.name))
        fail(path, line, "not a symbol name");
    for (const char *word = strtok(NULL, blank); word != NULL; word = strtok(NULL, blank))
        read_word(&symbol, word);
    if (symbol.data && symbol.confined)
        fail(path, line, "confined modules can be offered functions only");
    list_add(list, &symbol);
}

void list_read(struct list *list, const char *path)
{
    FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    char *text = NULL;
    size_t size = 0;
    if (in == NULL)
        fail(path, 0, "%s", strerror(errno));
    for (unsigned line = 1; getline(&text, &size, in) >= 0; line++)
        read_line(list, path, line, text);
    if (ferror(in))
        fail(path, 0, "cannot be read");
    free(text);
    if (in != stdin)
        fclose(in);
}

static int by_name(const void *left, const void *right)
{
    const struct symbol *const one = left, *const other = right;
    const int order = strcmp(one->name, other->name);
    return order != 0 ? order : one->line < other->line ? -1 : one->line > other->line;
}

void list_sort(struct list *list, const char *path)
{
    if (list->count == 0)
        fail(path, 0, "no symbols");
    qsort(list->symbols, list->count, sizeof list->symbols[0], by_name);
    for (size_t i = 1; i < list->count; i++) {
        const struct symbol *const symbol = &list->symbols[i];
        if (strcmp(list->symbols[i - 1].name, symbol->name) == 0)
            fail(symbol->file, symbol->line, "a symbol stands twice: %s", symbol->name);
    }
}

void list_free(struct list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->symbols[i].name);
    free(list->symbols);
}
