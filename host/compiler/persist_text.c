/* SPDX-License-Identifier: MIT */
/* persist_text.c - lines of a sidecar, both ways. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "persist.h"

/* --- Reading --------------------------------------------------------------------------------------- */

/* The field at `*at`, escapes undone where it lies; `*at` moves behind its bar, or to NULL after the last one. NULL: damaged. */
static char *take_field(char **at)
{
    char *field = *at, *into = *at, *from = *at;
    for (; *from != '\0' && *from != '|'; from++) {
        char c = *from;
        if (c == '\\') {
            c = *++from;
            if (c == 'n' || c == 'r')
                c = c == 'n' ? '\n' : '\r';
            else if (c != '\\' && c != '|')
                return NULL;
        }
        *into++ = c;
    }
    *at = *from == '|' ? from + 1 : NULL;
    *into = '\0';
    return field;
}

static bool is_number(const char *text)
{
    const char *at = text;
    while (isdigit((unsigned char)*at))
        at++;
    return at != text && *at == '\0' && at - text <= 10;
}

/* Into `fields`; false: it is damaged. */
static bool take_line(char *line, const char **fields)
{
    char *at = line, *letter = take_field(&at), *id = at != NULL ? take_field(&at) : NULL;
    if (letter == NULL || strcmp(letter, "I") != 0 || id == NULL || !is_number(id))
        return false;
    for (size_t i = 0; i < PERSIST_FIELDS; i++) {
        fields[i] = at != NULL ? take_field(&at) : NULL;
        if (fields[i] == NULL)
            return false;
    }
    return at == NULL && fields[PERSIST_BASE][0] != '\0' && fields[PERSIST_MANGLED][0] != '\0';
}

static enum smf_status keep_line(struct smf_persist *persist, char *line)
{
    const char *fields[PERSIST_FIELDS];
    if (line[0] == '\0' || line[0] == '#')
        return SMF_OK;
    if (!take_line(line, fields)) {
        persist->malformed++;
        return SMF_OK;
    }
    struct smf_persist_entry *known = persist_find(persist, fields[PERSIST_MANGLED]);
    if (known != NULL) {
        persist->repeated += known->written;
        known->written = true;
        return SMF_OK;
    }
    const enum smf_status status = persist_add(persist, fields);
    if (status == SMF_OK)
        persist->entries[persist->used - 1].written = true;
    return status;
}

enum smf_status persist_parse(struct smf_persist *persist, char *text, size_t size)
{
    enum smf_status status = SMF_OK;
    for (size_t at = 0, length; at < size && status == SMF_OK; at += length + 1) {
        char *line = text + at, *end = memchr(line, '\n', size - at);
        length = end != NULL ? (size_t)(end - line) : size - at;
        const bool whole = end != NULL && memchr(line, '\0', length) == NULL;
        line[length] = '\0';
        if (length != 0 && line[length - 1] == '\r')
            line[length - 1] = '\0';
        if (whole)
            status = keep_line(persist, line);
        else
            persist->malformed++;
    }
    return status;
}

/* --- Writing --------------------------------------------------------------------------------------- */

static void put_field(struct memo_bytes *text, const char *field)
{
    memo_put(text, "|", 1);
    for (; *field != '\0'; field++) {
        const char c = *field;
        if (c == '\\' || c == '|' || c == '\n' || c == '\r')
            memo_put(text, "\\", 1);
        memo_put(text, c == '\n' ? "n" : c == '\r' ? "r" : field, 1);
    }
}

void persist_print(struct smf_persist *persist, struct memo_bytes *text)
{
    char id[24];
    size_t number = 0;
    for (size_t i = 0; i < persist->used; i++) {
        struct smf_persist_entry *entry = &persist->entries[i];
        if (entry->stale)
            continue;
        const int length = snprintf(id, sizeof id, "I|%zu", number++);
        memo_put(text, id, (size_t)length);
        for (size_t k = 0; k < PERSIST_FIELDS; k++)
            put_field(text, entry->fields[k]);
        memo_put(text, "\n", 1);
    }
}
