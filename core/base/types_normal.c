/* SPDX-License-Identifier: MIT */
/*
 * types_normal.c - type names as loaders compare them that know one integer and one
 * float: only to find rows of note.sdn that such a loader's compiler wrote.
 */
#include "base/bytes.h"
#include "smf/types.h"

/* Each row: the common word, then what is read as it. */
static const char words[][7] = {
    "Int",    "i64",  "i32", "i16", "i8",     "int", "", /* */
    "Float",  "f64",  "f32", "",    "float",  "",    "", /* */
    "String", "text", "str", "",    "string", "",    "", /* */
    "Bool",   "bool", "",    "",    "",       "",    "", /* */
    "Nil",    "nil",  "()",  "",    "",       "",    "", /* */
};
enum { ROW = 7 };

static bool is_word(const char *name, size_t size, const char *word)
{
    for (size_t i = 0; i < size; i++)
        if (i == sizeof words[0] || word[i] != name[i])
            return false;
    return size != 0 && size < sizeof words[0] && word[size] == '\0';
}

/* The common word for a name, or NULL. */
static const char *common(const char *name, size_t size)
{
    for (unsigned row = 0; row < sizeof words / sizeof words[0]; row += ROW)
        for (unsigned i = row; i < row + ROW; i++)
            if (is_word(name, size, words[i]))
                return words[row];
    return NULL;
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* Where the name that starts at `at` ends: before the next comma that lies in no bracket. */
static size_t find_end(const char *cell, size_t size, size_t at)
{
    size_t depth = 0;
    for (; at < size && (depth != 0 || cell[at] != ','); at++) {
        const char c = cell[at];
        const bool arrow = c == '>' && at != 0 && cell[at - 1] == '-';
        if (c == '<' || c == '(' || c == '[')
            depth++;
        else if ((c == '>' || c == ')' || c == ']') && !arrow && depth != 0)
            depth--;
    }
    return at;
}

enum smf_status smf_types_normal(const char *cell, size_t size, char *buffer, size_t capacity, size_t *length)
{
    size_t at = 0, written = 0;
    for (bool first = true; first || at < size; first = false) {
        at += !first; /* the comma */
        const size_t next = find_end(cell, size, at);
        size_t end = next;
        while (at < end && is_blank(cell[at]))
            at++;
        while (end > at && is_blank(cell[end - 1]))
            end--;
        const char *word = common(cell + at, end - at);
        if (!first && written++ < capacity)
            buffer[written - 1] = ',';
        for (size_t i = 0; word != NULL ? word[i] != '\0' : i < end - at; i++, written++)
            if (written < capacity)
                buffer[written] = word != NULL ? word[i] : cell[at + i];
        at = next;
    }
    if (capacity != 0)
        buffer[written < capacity ? written : capacity - 1] = '\0';
    *length = written;
    return written < capacity ? SMF_OK : SMF_ERR_NO_SPACE;
}
