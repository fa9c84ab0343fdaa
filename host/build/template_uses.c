/* SPDX-License-Identifier: MIT */
/*
 * template_uses.c - the using side (smf/instance.h): types that ordinary objects describe, and instances that they call by a
 * name of their own, which becomes the mangled one before names are shared.
 */
#include "template.h"

#include <string.h>

#define TYPES_MAX 64u /* in one instance's name, nested ones too */
#define TEXT_MAX 512u

static bool fail_type(struct build *build, const char *file, const char *text)
{
    return build_fail(build, file, "\"%s\" is no instance: a name and types are wanted, \"sort<Point>\"", text);
}

/* Types by name, joined by commas. */
static bool write_types(const struct smf_type *types, char *buffer, size_t capacity)
{
    size_t at = 0;
    for (; types != NULL; types = types->next) {
        size_t length = 0;
        if (smf_type_write(types, buffer + at, capacity - at, &length) != SMF_OK || at + length + 2 > capacity)
            return false;
        at += length;
        if (types->next != NULL)
            buffer[at++] = ',';
    }
    buffer[at] = '\0';
    return true;
}

bool template_split(struct build *build, const char *file, const char *text, struct template_use *use)
{
    struct smf_type room[TYPES_MAX];
    const struct smf_type *types = NULL;
    char mangled[TEXT_MAX], names[TEXT_MAX];
    size_t base = 0, length = 0;
    const enum smf_status status = smf_types_split(text, strlen(text), &base, room, TYPES_MAX, &types);
    if (status == SMF_ERR_LIMIT || status == SMF_ERR_NO_SPACE)
        return build_fail(build, file, "\"%s\": types lie more than %u deep, or are more than %u", text, SMF_TYPE_DEPTH,
                          TYPES_MAX);
    if (status != SMF_OK || types == NULL || base == 0 ||
        smf_types_mangle(text, base, types, mangled, sizeof mangled, &length) != SMF_OK ||
        !write_types(types, names, sizeof names))
        return fail_type(build, file, text);
    *use = (struct template_use){.text = text,
                                 .base = pool_text(&build->pool, "%.*s", (int)base, text),
                                 .types = pool_text(&build->pool, "%s", names),
                                 .mangled = pool_text(&build->pool, "%s", mangled),
                                 .file = file};
    return true;
}

struct template_use *template_add_use(struct build *build, const struct template_use *use)
{
    struct templates *all = build->templates;
    for (size_t i = 0; i < all->use_count; i++)
        if (strcmp(all->uses[i].mangled, use->mangled) == 0)
            return &all->uses[i];
    PUSH(&build->pool, all->uses, all->use_count, all->use_capacity) = *use;
    return &all->uses[all->use_count - 1];
}

static struct symbol *find_symbol(const struct object *object, const char *name)
{
    for (size_t i = 1; i < object->symbol_count; i++)
        if (object->symbols[i].binding != STB_LOCAL && strcmp(object->symbols[i].name, name) == 0)
            return &object->symbols[i];
    return NULL;
}

/* "sort_points sort<Point>" */
static bool take_use(struct build *build, struct object *object, const char *text)
{
    const size_t length = strcspn(text, " ");
    struct template_use use;
    if (text[length] == '\0' || length == 0)
        return fail_type(build, object->name, text);
    if (!template_split(build, object->name, text + length + 1, &use))
        return false;
    template_add_use(build, &use);
    const char *local = pool_text(&build->pool, "%.*s", (int)length, text);
    struct symbol *symbol = find_symbol(object, local);
    if (symbol != NULL && symbol->place != PLACE_UNDEFINED)
        return build_fail(build, object->name, "'%s' is defined here, and SMF_INSTANCE says that the loader makes it",
                          local);
    if (symbol != NULL)
        symbol->name = use.mangled;
    return true;
}

/* Types that the loader knows by itself: it would never look at a description of theirs (core/generic/kinds.c). */
static bool is_the_machines(const char *name)
{
    static const char *const names[] = {"i8",  "i16", "i32", "i64",  "u8",    "u16",  "u32",
                                        "u64", "f32", "f64", "bool", "usize", "isize"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return strncmp(name, "ptr_", 4) == 0 && name[4] != '\0';
}

/* "Point smf_type_Point" */
static bool take_type(struct build *build, struct object *object, const char *text)
{
    const size_t length = strcspn(text, " ");
    const char *name = pool_text(&build->pool, "%.*s", (int)length, text);
    struct templates *all = build->templates;
    struct symbol *symbol = text[length] == '\0' ? NULL : find_symbol(object, text + length + 1);
    const uint64_t size = build->arch->pointer_size == 8 ? 56 : 32;
    if (is_the_machines(name))
        return build_fail(build, object->name, "type '%s' is known to the loader: SMF_TYPE needs another name", name);
    if (symbol == NULL || symbol->place != PLACE_SECTION || !symbol->section->taken || symbol->section->bytes == NULL ||
        symbol->value > symbol->section->size || symbol->section->size - symbol->value < size)
        return build_fail(build, object->name, "type '%s': its descriptor is not defined here", name);
    for (size_t i = 0; i < all->type_count; i++)
        if (strcmp(all->types[i].name, name) == 0)
            return build_fail(build, object->name, "type '%s' is described here and in %s", name,
                              all->types[i].descriptor->object->name);
    symbol->visibility = STV_HIDDEN; /* it is exported under the type's own name */
    PUSH(&build->pool, all->types, all->type_count, all->type_capacity) =
        (struct template_type){.name = name, .descriptor = symbol};
    return true;
}

bool build_note_uses(struct build *build, struct object *object)
{
    struct lines lines = {0};
    if (build->built != NULL)
        return template_rename(build, object);
    if (!template_object_lines(build, object, &lines))
        return false;
    if (lines.count == 0 || template_declares(&lines))
        return true;
    if (build->templates == NULL)
        build->templates = pool_take(&build->pool, sizeof *build->templates);
    for (size_t i = 0; i < lines.count; i++) {
        const char *line = lines.items[i], *use = template_word(line, "uses"), *type = template_word(line, "type"),
                   *instance = template_word(line, "instantiate");
        if ((use != NULL && !take_use(build, object, use)) || (type != NULL && !take_type(build, object, type)))
            return false;
        if (instance != NULL)
            template_ask(build, object->name, instance);
    }
    return true;
}
