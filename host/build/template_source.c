/* SPDX-License-Identifier: MIT */
/*
 * template_source.c - the C source of a template as a unit, for hosts that have a compiler: what its command line defines, then the
 * file, with the headers of its own (`#include "..."`) put in their place. smf/generic.h stays as it is, and so does every
 * `#include <...>`: whoever compiles has these.
 */
#include "template.h"

#include <stdio.h>
#include <string.h>

#define NESTED_MAX 16u

/* A text that grows. */
struct text {
    char *bytes;
    size_t size, capacity;
};

/* Files that say `#pragma once`, and were put in place. */
struct seen {
    const char **paths;
    size_t count, capacity;
};

static void append(struct build *build, struct text *text, const char *bytes, size_t size)
{
    if (text->capacity - text->size < size) {
        const size_t larger = 2 * (text->capacity + size);
        char *room = pool_take(&build->pool, larger);
        if (text->size != 0)
            memcpy(room, text->bytes, text->size);
        text->bytes = room;
        text->capacity = larger;
    }
    memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
}

/* -DNAME, -DNAME=VALUE and -UNAME, also with the name as a word of its own, as lines: whoever compiles has other flags. */
static void add_definitions(struct build *build, const struct arguments *command, struct text *text)
{
    for (size_t i = 0; i < command->count; i++) {
        const char *word = command->words[i];
        if (word[0] != '-' || (word[1] != 'D' && word[1] != 'U'))
            continue;
        const bool defines = word[1] == 'D';
        const char *name = word[2] != '\0' ? word + 2 : ++i < command->count ? command->words[i] : "";
        const size_t length = strcspn(name, "=");
        const char *value = !defines ? "" : name[length] == '=' ? name + length + 1 : "1";
        const char *line =
            pool_text(&build->pool, "#%s %.*s %s\n", defines ? "define" : "undef", (int)length, name, value);
        append(build, text, line, strlen(line));
    }
}

static const char *skip_blanks(const char *at) { return at + strspn(at, " \t"); }

/* A directive of this name: what follows it, or NULL. */
static const char *directive(const char *line, const char *name)
{
    const size_t length = strlen(name);
    const char *at = skip_blanks(line);
    if (*at != '#')
        return NULL;
    at = skip_blanks(at + 1);
    return strncmp(at, name, length) == 0 ? skip_blanks(at + length) : NULL;
}

/* The file that a line puts in, or NULL. The project's own headers stay. */
static const char *own_header(struct build *build, const char *line, const char *beside)
{
    const char *name = directive(line, "include"), *slash = strrchr(beside, '/');
    if (name == NULL || *name != '"' || strncmp(name + 1, "smf/", 4) == 0)
        return NULL;
    return pool_text(&build->pool, "%.*s%.*s", slash == NULL ? 0 : (int)(slash - beside + 1), beside,
                     (int)strcspn(name + 1, "\"\n"), name + 1);
}

static bool note_once(struct build *build, struct seen *seen, const char *path)
{
    for (size_t i = 0; i < seen->count; i++)
        if (strcmp(seen->paths[i], path) == 0)
            return false;
    PUSH(&build->pool, seen->paths, seen->count, seen->capacity) = path;
    return true;
}

/* A file on the way in. */
struct level {
    const char *path, *at;
};

static bool open_level(struct build *build, const char *path, const char *by, struct level *level)
{
    size_t size = 0;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return build_fail(build, by,
                          "includes \"%s\", which does not lie beside it: what cannot be put in place cannot be packed",
                          path);
    fclose(file);
    *level = (struct level){path, (const char *)build_read_file(build, path, &size)};
    return level->at != NULL;
}

/* One line of the innermost file; `*depth` is how many are open. */
static bool take_line(struct build *build, struct level *levels, unsigned *depth, struct seen *seen, struct text *text)
{
    struct level *level = &levels[*depth - 1];
    const char *line = level->at, *once = directive(line, "pragma");
    const size_t length = strcspn(line, "\n");
    if (*line == '\0') {
        (*depth)--;
        return true;
    }
    level->at += length + (line[length] == '\n');
    const char *header = own_header(build, line, level->path);
    if (header != NULL && *depth == NESTED_MAX)
        return build_fail(build, level->path, "headers lie more than %u deep", NESTED_MAX);
    if (header != NULL)
        return open_level(build, header, level->path, &levels[(*depth)++]);
    if (once != NULL && strncmp(once, "once", 4) == 0 && *depth > 1) {
        *depth -= !note_once(build, seen, level->path);
        return true;
    }
    append(build, text, line, length);
    append(build, text, "\n", 1);
    return true;
}

bool template_add_source(struct build *build, struct template *template)
{
    struct level levels[NESTED_MAX];
    struct seen seen = {0};
    struct text text = {0};
    unsigned depth = 1;
    if (!open_level(build, template->source, template->source, &levels[0]))
        return false;
    add_definitions(build, &template->command, &text);
    while (depth != 0)
        if (!take_line(build, levels, &depth, &seen, &text))
            return false;
    if (text.size > SMF_UNIT_SIZE_MAX)
        return build_fail(build, template->file, "its source has more than %u bytes", SMF_UNIT_SIZE_MAX);
    struct template_unit made = {.shape = {.label = "source"}};
    made.unit =
        (struct smf_write_unit){.shapes = pool_array(&build->pool, template->parameter_count, sizeof(struct smf_shape)),
                                .code = (const uint8_t *)text.bytes,
                                .size = (uint32_t)text.size,
                                .format = SMF_UNIT_C,
                                .arch = SMF_UNIT_NO_ARCH};
    PUSH(&build->pool, template->units, template->unit_count, template->unit_capacity) = made;
    return true;
}
