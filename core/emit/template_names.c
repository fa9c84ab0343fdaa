/* SPDX-License-Identifier: MIT */
/* template_names.c - texts of template records: found again by looking at what came before, for want of memory. */
#include "emit/template_names.h"

#include "emit/emit.h"

/* Where a walk over all names of a record stands. */
struct walk {
    const struct names *names;
    unsigned part; /* parameters, exports, needs, then units by their order */
    unsigned index;
};

static const char *name_in_unit(struct walk *walk, const struct smf_write_unit *unit)
{
    while (walk->index < unit->symbol_count) {
        const struct smf_write_unit_symbol *symbol = &unit->symbols[walk->index++];
        if (smf_symbol_is_named(symbol))
            return symbol->name;
    }
    return NULL;
}

/* The next name of the part at work, NULL behind its last. */
static const char *name_in_part(struct walk *walk)
{
    const struct smf_write_record *record = walk->names->record;
    if (walk->part == 0)
        return walk->index < record->parameter_count ? record->parameters[walk->index++].name : NULL;
    if (walk->part == 1)
        return walk->index < record->export_count ? record->exports[walk->index++].name : NULL;
    if (walk->part == 2)
        return walk->index < record->need_count ? record->needs[walk->index++].name : NULL;
    return name_in_unit(walk, &record->units[walk->names->order[walk->part - 3]]);
}

static const char *next_name(struct walk *walk)
{
    for (; walk->part < 3u + walk->names->record->unit_count; walk->part++, walk->index = 0) {
        const char *name = name_in_part(walk);
        if (name != NULL)
            return name;
    }
    return NULL;
}

/* Is it the first of its text? The walk has just answered it. */
static bool is_new(const struct walk *walk, const char *name)
{
    struct walk before = {walk->names, 0, 0};
    const char *other;
    while ((other = next_name(&before)) != NULL && (before.part != walk->part || before.index != walk->index))
        if (same_text(other, name))
            return false;
    return true;
}

void smf_names_count(struct names *names)
{
    struct walk walk = {names, 0, 0};
    const char *name;
    names->bytes = NULL;
    names->size = 0;
    while ((name = next_name(&walk)) != NULL)
        if (is_new(&walk, name))
            names->size += 1 + (uint32_t)text_length(name);
}

void smf_names_put(struct names *names, uint8_t *bytes)
{
    struct walk walk = {names, 0, 0};
    const char *name;
    uint8_t *at = bytes;
    while ((name = next_name(&walk)) != NULL) {
        if (!is_new(&walk, name))
            continue;
        const size_t length = text_length(name);
        *at = (uint8_t)length;
        memcpy(at + 1, name, length);
        at += 1 + length;
    }
    names->bytes = bytes;
}

uint16_t smf_names_place(const struct names *names, const char *name)
{
    const size_t length = text_length(name);
    uint32_t at = 0;
    while (names->bytes != NULL && at < names->size &&
           (names->bytes[at] != length || memcmp(names->bytes + at + 1, name, length) != 0))
        at += 1u + names->bytes[at];
    return (uint16_t)at;
}
