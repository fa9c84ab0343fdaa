/* SPDX-License-Identifier: MIT */
/*
 * symbols.c - names that objects share: which definition counts (gABI, "Symbol
 * Table"), and how visible it is.
 */
#include "template.h"

#include <string.h>

static size_t find_place(const struct build *build, const char *name, uint32_t hash)
{
    size_t at = hash & (build->table_size - 1);
    while (build->table[at] != NULL && (build->table[at]->hash != hash || strcmp(build->table[at]->name, name) != 0))
        at = (at + 1) & (build->table_size - 1);
    return at;
}

static void grow_table(struct build *build)
{
    build->table_size = build->table_size == 0 ? 1024 : build->table_size * 2;
    build->table = pool_array(&build->pool, build->table_size, sizeof *build->table);
    for (size_t i = 0; i < build->global_count; i++) {
        struct global *global = build->globals[i];
        build->table[find_place(build, global->name, global->hash)] = global;
    }
}

struct global *build_find_global(const struct build *build, const char *name)
{
    return build->table_size == 0 ? NULL : build->table[find_place(build, name, smf_hash_name(name))];
}

struct global *build_global(struct build *build, const char *name)
{
    if (build->global_count * 2 >= build->table_size)
        grow_table(build);
    const uint32_t hash = smf_hash_name(name);
    const size_t at = find_place(build, name, hash);
    if (build->table[at] == NULL) {
        struct global *global = pool_take(&build->pool, sizeof *global);
        global->name = name;
        global->hash = hash;
        build->table[at] = global;
        PUSH(&build->pool, build->globals, build->global_count, build->global_capacity) = global;
    }
    return build->table[at];
}

struct symbol *build_definition(struct symbol *symbol)
{
    if (symbol == NULL || symbol->global == NULL || symbol->global->definition == NULL)
        return symbol;
    return symbol->global->definition;
}

/* The most constraining visibility of all objects counts: INTERNAL, HIDDEN, PROTECTED, DEFAULT. */
static void merge_visibility(struct global *global, uint8_t visibility)
{
    if (visibility != STV_DEFAULT && (global->visibility == STV_DEFAULT || visibility < global->visibility))
        global->visibility = visibility;
}

/* Strong over COMMON over weak; a larger COMMON over a smaller one. */
static int rank(const struct symbol *symbol)
{
    if (symbol->place == PLACE_COMMON)
        return 2;
    return symbol->binding == STB_GLOBAL ? 3 : 1;
}

static bool define(struct build *build, struct global *global, struct symbol *symbol)
{
    struct symbol *other = global->definition;
    if (other == NULL || rank(symbol) > rank(other)) {
        global->definition = symbol;
        return true;
    }
    if (rank(symbol) < rank(other))
        return true;
    if (rank(symbol) == 3)
        return build_fail(build, symbol->object->name, "'%s' is defined here and in %s", symbol->name,
                          other->object->name);
    if (rank(symbol) == 2) {
        const uint64_t alignment = other->value > symbol->value ? other->value : symbol->value;
        if (symbol->size > other->size)
            global->definition = symbol;
        global->definition->value = alignment;
    }
    return true;
}

bool build_merge_symbols(struct build *build, struct object *object)
{
    for (size_t i = 0; i < object->symbol_count; i++) {
        struct symbol *symbol = &object->symbols[i];
        if (symbol->binding == STB_LOCAL)
            continue;
        struct global *global = build_global(build, symbol->name);
        symbol->global = global;
        merge_visibility(global, object->helper && symbol->place != PLACE_UNDEFINED ? STV_HIDDEN : symbol->visibility);
        if (symbol->place == PLACE_SECTION && !symbol->section->taken)
            symbol->place = PLACE_UNDEFINED; /* of a section that is left out */
        if (symbol->place != PLACE_UNDEFINED && !define(build, global, symbol))
            return false;
    }
    return true;
}

/* COMMON symbols get their place in .bss, one section each. */
static bool place_common(struct build *build, struct symbol *symbol)
{
    if ((symbol->value & (symbol->value - 1)) != 0 || symbol->value > SMF_ALIGNMENT_MAX)
        return build_fail(build, symbol->object->name, "COMMON symbol '%s' has alignment %llu", symbol->name,
                          (unsigned long long)symbol->value);
    struct input *input = pool_take(&build->pool, sizeof *input);
    *input = (struct input){.object = build->own,
                            .name = "COMMON",
                            .size = symbol->size,
                            .alignment = symbol->value == 0 ? 1 : symbol->value,
                            .flags = SHF_ALLOC | SHF_WRITE,
                            .type = SHT_NOBITS,
                            .taken = true};
    symbol->place = PLACE_SECTION;
    symbol->section = input;
    symbol->value = 0;
    symbol->type = STT_OBJECT;
    PUSH(&build->pool, build->made, build->made_count, build->made_capacity) = input;
    return true;
}

/* __dso_handle tells one module from another: the address of a hidden variable. */
static void define_handle(struct build *build)
{
    struct global *global = build_find_global(build, "__dso_handle");
    if (global == NULL || !global->referenced || global->definition != NULL)
        return;
    struct input *input = pool_take(&build->pool, sizeof *input);
    const uint64_t size = build->arch->pointer_size;
    *input = (struct input){.object = build->own,
                            .name = ".bss",
                            .size = size,
                            .alignment = size,
                            .flags = SHF_ALLOC | SHF_WRITE,
                            .type = SHT_NOBITS,
                            .taken = true};
    PUSH(&build->pool, build->made, build->made_count, build->made_capacity) = input;
    global->definition = build_own_symbol(build, input, global->name, 0);
    global->visibility = STV_HIDDEN;
}

/* The first object that names it, for a message. */
static const char *first_user(const struct build *build, const struct global *global)
{
    for (size_t i = 0; i < build->object_count; i++)
        for (size_t k = 0; k < build->objects[i]->symbol_count; k++)
            if (build->objects[i]->symbols[k].global == global)
                return build->objects[i]->name;
    return NULL;
}

bool build_finish_symbols(struct build *build)
{
    for (size_t i = 0; i < build->global_count; i++) {
        struct global *global = build->globals[i];
        struct symbol *definition = global->definition;
        if (definition != NULL && definition->place == PLACE_COMMON && !place_common(build, definition))
            return false;
    }
    define_handle(build);
    for (size_t i = 0; i < build->global_count; i++) {
        struct global *global = build->globals[i];
        if (global->definition != NULL || !global->referenced || strcmp(global->name, "_GLOBAL_OFFSET_TABLE_") == 0)
            continue;
        if (global->strong && (global->visibility == STV_HIDDEN || global->visibility == STV_INTERNAL))
            return build_fail(build, first_user(build, global), "'%s' is hidden, and no input defines it",
                              global->name);
        if (template_find(build, global->name) != NULL)
            return build_fail(build, first_user(build, global),
                              "'%s' is a template: SMF_INSTANCE declares a function that is an instance of it",
                              global->name);
        if (global->strong && build->options->no_undefined)
            return build_fail(build, first_user(build, global), "'%s' is undefined", global->name);
    }
    return true;
}
