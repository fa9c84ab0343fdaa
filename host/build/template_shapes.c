/* SPDX-License-Identifier: MIT */
/*
 * template_shapes.c - shapes by name, those that a template is compiled for, and units that add nothing.
 */
#include "template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is worth code of its own (docs/GENERICS.md, 6): arithmetic, and plain data of the usual sizes, a pointer's among them. */
static const char *const usual[] = {"i32", "i64", "f32", "f64", "plain:4:4", "plain:8:8", "plain:16:8", "any"};

static const struct {
    const char *name;
    struct smf_shape shape;
} known[] = {
    {"any",   {.type_class = SMF_SHAPE_ANY}                                     },
    {"plain", {.type_class = SMF_SHAPE_PLAIN}                                   },
    {"i8",    {.type_class = SMF_SHAPE_SIGNED, .size = 1}                       },
    {"i16",   {.type_class = SMF_SHAPE_SIGNED, .size = 2, .alignment_log2 = 1}  },
    {"i32",   {.type_class = SMF_SHAPE_SIGNED, .size = 4, .alignment_log2 = 2}  },
    {"i64",   {.type_class = SMF_SHAPE_SIGNED, .size = 8, .alignment_log2 = 3}  },
    {"u8",    {.type_class = SMF_SHAPE_UNSIGNED, .size = 1}                     },
    {"u16",   {.type_class = SMF_SHAPE_UNSIGNED, .size = 2, .alignment_log2 = 1}},
    {"u32",   {.type_class = SMF_SHAPE_UNSIGNED, .size = 4, .alignment_log2 = 2}},
    {"u64",   {.type_class = SMF_SHAPE_UNSIGNED, .size = 8, .alignment_log2 = 3}},
    {"f32",   {.type_class = SMF_SHAPE_FLOAT, .size = 4, .alignment_log2 = 2}   },
    {"f64",   {.type_class = SMF_SHAPE_FLOAT, .size = 8, .alignment_log2 = 3}   },
    {"ptr",   {.type_class = SMF_SHAPE_POINTER}                                 }, /* size by machine */
};

static uint8_t log2_of(unsigned long value)
{
    uint8_t log2 = 0;
    while (log2 < 16 && 1ul << log2 < value)
        log2++;
    return log2;
}

/* "24:8" */
static bool parse_fixed(const char *text, struct smf_shape *shape)
{
    char *end = NULL;
    const unsigned long size = text[0] >= '0' && text[0] <= '9' ? strtoul(text, &end, 10) : 0;
    if (size == 0 || size > UINT16_MAX || *end != ':' || end[1] < '1' || end[1] > '9')
        return false;
    const unsigned long alignment = strtoul(end + 1, &end, 10);
    *shape =
        (struct smf_shape){.type_class = SMF_SHAPE_PLAIN, .size = (uint16_t)size, .alignment_log2 = log2_of(alignment)};
    return *end == '\0' && alignment <= 4096 && 1ul << shape->alignment_log2 == alignment && size % alignment == 0;
}

static bool parse_one(const char *text, struct smf_shape *shape)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].name, text) == 0) {
            *shape = known[i].shape;
            return true;
        }
    return strncmp(text, "plain:", 6) == 0 && parse_fixed(text + 6, shape);
}

/* The part of a label that is parameter `index`'s, copied. */
static char *label_part(struct build *build, const char *label, unsigned index)
{
    for (; index != 0 && label != NULL; index--) {
        label = strchr(label, ',');
        label = label == NULL ? NULL : label + 1;
    }
    return label == NULL ? NULL : pool_text(&build->pool, "%.*s", (int)strcspn(label, ","), label);
}

bool template_parse_shape(struct build *build, const struct template *template, const char *label,
                          struct template_shape *shape)
{
    *shape = (struct template_shape){.label = label};
    for (unsigned i = 0; i < template->parameter_count; i++) {
        const char *part = label_part(build, label, i);
        if (part == NULL || !parse_one(part, &shape->shapes[i]))
            return build_fail(
                build, template->file,
                "'%s' is no shape for %s: any, plain, plain:SIZE:ALIGN, i8 to u64, f32, f64, ptr, one for each of "
                "%u parameters",
                label, template->parameters[i], template->parameter_count);
    }
    return label_part(build, label, template->parameter_count) == NULL ||
           build_fail(build, template->file, "'%s' has more shapes than the template has parameters, %u", label,
                      template->parameter_count);
}

void template_shape_flags(struct build *build, const struct template *template, const char *label,
                          struct arguments *flags)
{
    for (unsigned i = 0; i < template->parameter_count; i++) {
        const char *part = label_part(build, label, i), *letter = template->parameters[i];
        unsigned size = 0, alignment = 0;
        if (sscanf(part, "plain:%u:%u", &size, &alignment) != 2) {
            build_add_word(build, flags, pool_text(&build->pool, "-DSMF_SHAPE_%s=%s", letter, part));
            continue;
        }
        build_add_word(build, flags, pool_text(&build->pool, "-DSMF_SHAPE_%s=fixed", letter));
        build_add_word(build, flags, pool_text(&build->pool, "-DSMF_SIZE_%s=%u", letter, size));
        build_add_word(build, flags, pool_text(&build->pool, "-DSMF_ALIGN_%s=%u", letter, alignment));
    }
}

/* Of several parameters the usual shapes are the first one's, with `any` for the others. */
static const char *usual_label(struct build *build, const struct template *template, const char *first)
{
    const char *label = first;
    for (unsigned i = 1; i < template->parameter_count; i++)
        label = pool_text(&build->pool, "%s,any", label);
    return label;
}

static bool listed(const struct template_shape *list, size_t count, const char *label)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].label, label) == 0)
            return true;
    return false;
}

size_t template_list_shapes(struct build *build, const struct template *template, struct template_shape **list)
{
    size_t count = 0;
    *list = pool_array(&build->pool, strlen(template->shapes) + sizeof usual / sizeof usual[0], sizeof **list);
    for (const char *at = template->shapes + strspn(template->shapes, " "); *at != '\0'; at += strspn(at, " ")) {
        const size_t length = strcspn(at, " ");
        const char *label = pool_text(&build->pool, "%.*s", (int)length, at);
        at += length;
        if (listed(*list, count, label))
            continue;
        if (!template_parse_shape(build, template, label, &(*list)[count]))
            return 0;
        (*list)[count++].named = true;
    }
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        const char *label = usual_label(build, template, usual[i]);
        if (!listed(*list, count, label) && !template_parse_shape(build, template, label, &(*list)[count++]))
            return 0;
    }
    return count;
}

/* ---- What fits what ---- */

static unsigned rank(const struct smf_shape *shape)
{
    if (shape->type_class == SMF_SHAPE_ANY)
        return 3;
    if (shape->type_class != SMF_SHAPE_PLAIN)
        return 0;
    return shape->size == 0 ? 2 : 1;
}

static bool covers_one(const struct smf_shape *wide, const struct smf_shape *narrow)
{
    if (wide->type_class == SMF_SHAPE_ANY)
        return true;
    if (narrow->type_class == SMF_SHAPE_ANY)
        return false;
    if (wide->type_class == SMF_SHAPE_PLAIN)
        return wide->size == 0 || (wide->size == narrow->size && wide->alignment_log2 <= narrow->alignment_log2);
    return wide->type_class == narrow->type_class && wide->size == narrow->size;
}

bool template_covers(const struct template *template, const struct template_shape *wide,
                     const struct template_shape *narrow)
{
    for (unsigned i = 0; i < template->parameter_count; i++)
        if (!covers_one(&wide->shapes[i], &narrow->shapes[i]))
            return false;
    return true;
}

/* Is there a type that fits both? */
static bool meets(const struct template *template, const struct template_shape *a, const struct template_shape *b)
{
    for (unsigned i = 0; i < template->parameter_count; i++) {
        const struct smf_shape *x = &a->shapes[i], *y = &b->shapes[i];
        const bool both_sized =
            x->type_class == SMF_SHAPE_PLAIN && y->type_class == SMF_SHAPE_PLAIN && x->size == y->size;
        if (!covers_one(x, y) && !covers_one(y, x) && !both_sized)
            return false;
    }
    return true;
}

static unsigned rank_all(const struct template *template, const struct template_shape *shape)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < template->parameter_count; i++)
        sum += rank(&shape->shapes[i]);
    return sum;
}

static bool same_symbol(const struct smf_write_unit_symbol *a, const struct smf_write_unit_symbol *b)
{
    const bool names = a->name == NULL || b->name == NULL ? a->name == b->name : strcmp(a->name, b->name) == 0;
    return names && a->what == b->what && a->kind == b->kind && a->parameter == b->parameter &&
           a->called == b->called && a->slot == b->slot;
}

static bool same_relocation(const struct smf_unit_relocation *a, const struct smf_unit_relocation *b)
{
    return a->offset == b->offset && a->addend == b->addend && a->type == b->type && a->symbol == b->symbol;
}

static bool same_unit(const struct template *template, const struct smf_write_unit *a, const struct smf_write_unit *b)
{
    if (a->format != b->format || a->arch != b->arch || a->features != b->features || a->size != b->size ||
        a->alignment_log2 != b->alignment_log2 || a->symbol_count != b->symbol_count ||
        a->relocation_count != b->relocation_count || memcmp(a->code, b->code, a->size) != 0)
        return false;
    for (unsigned i = 0; i < template->export_count; i++)
        if (a->exports[i] != b->exports[i])
            return false;
    for (unsigned i = 0; i < a->symbol_count; i++)
        if (!same_symbol(&a->symbols[i], &b->symbols[i]))
            return false;
    for (unsigned i = 0; i < a->relocation_count; i++)
        if (!same_relocation(&a->relocations[i], &b->relocations[i]))
            return false;
    return true;
}

/* Without it, would every type that it serves run the same code? Then the next unit that covers it is equal, and none that
 * serves some of its types stands between. */
static bool adds_nothing(const struct template *template, const struct template_unit *unit)
{
    const struct template_unit *next = NULL;
    for (size_t i = 0; i < template->unit_count; i++) {
        const struct template_unit *other = &template->units[i];
        if (other == unit || other->dropped || other->unit.format != unit->unit.format ||
            other->unit.arch != unit->unit.arch || other->unit.features != unit->unit.features ||
            !meets(template, &unit->shape, &other->shape))
            continue;
        if (!template_covers(template, &other->shape, &unit->shape)) {
            if (!template_covers(template, &unit->shape, &other->shape) &&
                !same_unit(template, &unit->unit, &other->unit))
                return false;
        } else if (next == NULL || rank_all(template, &other->shape) < rank_all(template, &next->shape)) {
            next = other;
        }
    }
    return next != NULL && same_unit(template, &unit->unit, &next->unit);
}

void template_drop_equals(struct template *template)
{
    const unsigned most = 3 * SMF_TEMPLATE_PARAMETERS_MAX;
    for (unsigned wanted = 0; wanted <= most; wanted++) /* the most specific first: what covers it is still there */
        for (size_t i = 0; i < template->unit_count; i++) {
            struct template_unit *unit = &template->units[i];
            if (rank_all(template, &unit->shape) == wanted)
                unit->dropped = adds_nothing(template, unit);
        }
}
