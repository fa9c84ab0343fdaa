/* SPDX-License-Identifier: MIT */
/* template.c - templates among the inputs: sources, objects made by hand, and what is known when all have been read. */
#include "template.h"

#include <string.h>

static struct templates *templates_of(struct build *build)
{
    if (build->templates == NULL)
        build->templates = pool_take(&build->pool, sizeof *build->templates);
    return build->templates;
}

static void add_template(struct build *build, struct template *template)
{
    struct templates *all = templates_of(build);
    PUSH(&build->pool, all->items, all->count, all->capacity) = template;
    for (size_t i = 0; i < template->lines.count; i++) {
        const char *text = template_word(template->lines.items[i], "instantiate");
        if (text != NULL)
            template_ask(build, template->file, text);
    }
}

void template_ask(struct build *build, const char *file, const char *text)
{
    struct templates *all = templates_of(build);
    PUSH(&build->pool, all->asked, all->asked_count, all->asked_capacity) = (struct template_asked){file, text};
}

bool build_take_template_source(struct build *build, const char *path, const char *text, bool *taken)
{
    const char *dot = strrchr(path, '.');
    if (dot == NULL || strcmp(dot, ".c") != 0 || strstr(text, "SMF_TEMPLATE") == NULL)
        return true;
    struct template *template = pool_take(&build->pool, sizeof *template);
    *template = (struct template){.file = path, .source = path};
    if (!template_compile(build, template))
        return false;
    *taken = template->unit_count != 0;
    if (*taken)
        add_template(build, template);
    return true;
}

/* ---- Objects made by hand ---- */

/* "shape T i64", one line a letter; of the parameters there are, with commas. */
static const char *shape_label(struct build *build, const struct template *template, const struct lines *lines)
{
    const char *label = "";
    for (unsigned i = 0; i < template->parameter_count; i++) {
        const char *found = NULL;
        for (size_t k = 0; k < lines->count; k++) {
            const char *shape = template_word(lines->items[k], "shape");
            if (shape != NULL && shape[0] == template->parameters[i][0] && shape[1] == ' ')
                found = shape + 2;
        }
        label = pool_text(&build->pool, "%s%s%s", label, i == 0 ? "" : ",", found == NULL ? "any" : found);
    }
    return label;
}

static bool same_lines(const struct lines *a, const struct lines *b)
{
    for (size_t i = 0; i < a->count && i < b->count; i++)
        if (strcmp(a->items[i], b->items[i]) != 0)
            return false;
    return a->count == b->count;
}

/* The template that objects before this one have begun. */
static struct template *begun(const struct build *build, const struct template *template)
{
    for (size_t i = 0; build->templates != NULL && i < build->templates->count; i++) {
        struct template *other = build->templates->items[i];
        if (other->source == NULL && strcmp(other->exports[0].name, template->exports[0].name) == 0)
            return other;
    }
    return NULL;
}

bool build_take_template_object(struct build *build, Elf *elf, const char *name, bool *taken)
{
    struct lines lines = {0};
    struct template_shape shape;
    if (!template_elf_lines(build, elf, &lines))
        return false;
    if (!template_declares(&lines))
        return true;
    *taken = true;
    struct template *template = pool_take(&build->pool, sizeof *template);
    template->file = name;
    if (!template_read_lines(build, template, &lines))
        return false;
    struct template *other = begun(build, template);
    if (other != NULL && !same_lines(&other->lines, &template->lines))
        return build_fail(build, name, "'%s' is declared in another way than in %s", template->exports[0].name,
                          other->file);
    if (other != NULL) {
        other->level = template->level;
        template = other;
    } else {
        add_template(build, template);
    }
    return template_parse_shape(build, template, shape_label(build, template, &lines), &shape) &&
           template_make_unit(build, template, elf, name, &shape);
}

/* ---- When all have been read ---- */

int template_export(const struct template *template, const char *name)
{
    for (unsigned i = 0; i < template->export_count; i++)
        if (strcmp(template->exports[i].name, name) == 0)
            return (int)i;
    return -1;
}

struct template *template_find(const struct build *build, const char *name)
{
    for (size_t i = 0; build->templates != NULL && i < build->templates->count; i++)
        if (template_export(build->templates->items[i], name) >= 0)
            return build->templates->items[i];
    return NULL;
}

/* A name is one template's, and no ordinary symbol's that others see. */
static bool check_names(struct build *build, const struct template *template)
{
    for (unsigned i = 0; i < template->export_count; i++) {
        const char *name = template->exports[i].name;
        const struct template *other = template_find(build, name);
        const struct global *global = build_find_global(build, name);
        if (other != template)
            return build_fail(build, template->file, "'%s' is a template in %s, too", name, other->file);
        if (global != NULL && build_exported(global))
            return build_fail(build, template->file, "'%s' is a template, and defined in %s, too", name,
                              global->definition->object->name);
    }
    return true;
}

bool build_finish_templates(struct build *build)
{
    const struct templates *all = build->templates;
    if (all == NULL)
        return true;
    if (build->bare && (all->count != 0 || all->use_count != 0 || all->type_count != 0))
        return build_fail(build, NULL, "templates, and types for them, are written in canonical files alone");
    if (!build_make_own(build))
        return false;
    for (size_t i = 0; i < all->count; i++) {
        if (!check_names(build, all->items[i]))
            return false;
        template_drop_equals(all->items[i]);
    }
    return template_build_in(build);
}
