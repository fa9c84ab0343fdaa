/* SPDX-License-Identifier: MIT */
/*
 * sets.c - sections whose names are C identifiers are sets: a linker puts all
 * of one name side by side and defines __start_NAME and __stop_NAME (GNU ld
 * manual, "Output Section Data"). Programs gather commands, tests or drivers so.
 */
#include "build.h"

#include <string.h>

static bool is_identifier(const char *name)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
    return name[0] != '\0' && (name[0] < '0' || name[0] > '9') && name[strspn(name, letters)] == '\0';
}

/* The taken sections of this name, in order, linked from the first one. */
static struct input *find_members(struct build *build, const char *name, struct input **last)
{
    struct input *first = NULL;
    for (size_t i = 0; i < build->object_count; i++)
        for (size_t k = 1; k < build->objects[i]->input_count; k++) {
            struct input *input = &build->objects[i]->inputs[k];
            if (!input->taken || strcmp(input->name, name) != 0)
                continue;
            if (first == NULL)
                first = input;
            else
                (*last)->set_next = input;
            input->set = first;
            *last = input;
        }
    return first;
}

/* Members lie side by side, so they are of one kind: writable if one is, patched if one is, with bytes if one has any. */
static void unite(struct input *first)
{
    uint64_t flags = 0;
    bool bytes = false, patched = false;
    for (const struct input *input = first; input != NULL; input = input->set_next) {
        flags |= input->flags & (SHF_WRITE | SHF_EXECINSTR);
        bytes = bytes || input->type != SHT_NOBITS;
        patched = patched || build_patched(input);
    }
    for (struct input *input = first; input != NULL; input = input->set_next) {
        input->flags |= flags;
        input->set_patched = patched;
        if (bytes)
            input->type = SHT_PROGBITS;
    }
}

static void define(struct build *build, struct global *global, struct input *input, uint64_t value)
{
    global->definition = build_own_symbol(build, input, global->name, value);
    global->visibility = STV_HIDDEN;
}

/* Before symbols are finished: what is defined here is not undefined. */
bool build_define_sets(struct build *build)
{
    static const char start[] = "__start_", stop[] = "__stop_";
    const size_t count = build->global_count;
    for (size_t i = 0; i < count; i++) {
        struct global *global = build->globals[i];
        const bool begins = strncmp(global->name, start, sizeof start - 1) == 0;
        if (global->definition != NULL || !global->referenced ||
            (!begins && strncmp(global->name, stop, sizeof stop - 1) != 0))
            continue;
        const char *name = global->name + (begins ? sizeof start : sizeof stop) - 1;
        struct input *last = NULL, *first = is_identifier(name) ? find_members(build, name, &last) : NULL;
        if (first == NULL)
            continue;
        unite(first);
        if (begins)
            define(build, global, first, 0);
        else
            define(build, global, last, last->size);
    }
    return true;
}
