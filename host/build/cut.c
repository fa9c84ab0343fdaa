/* SPDX-License-Identifier: MIT */
/* cut.c - remove byte ranges from an input section; everything that lies behind them moves up. */
#include "build.h"

#include <string.h>

struct mapping {
    const struct cut *cuts;
    uint64_t *removed; /* bytes removed before cut i */
    size_t count;
};

/* The cut that starts at or before `offset`, as its index + 1; 0 = none does. */
static size_t cuts_before(const struct mapping *mapping, uint64_t offset)
{
    size_t low = 0, high = mapping->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (mapping->cuts[middle].offset <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool inside(const struct mapping *mapping, uint64_t offset)
{
    const size_t before = cuts_before(mapping, offset);
    return before != 0 && offset - mapping->cuts[before - 1].offset < mapping->cuts[before - 1].size;
}

/* An offset in a removed range becomes that of the first byte behind it. */
static uint64_t map(const struct mapping *mapping, uint64_t offset)
{
    const size_t before = cuts_before(mapping, offset);
    if (before == 0)
        return offset;
    const struct cut *last = &mapping->cuts[before - 1];
    const uint64_t part = offset - last->offset < last->size ? offset - last->offset : last->size;
    return offset - mapping->removed[before - 1] - part;
}

static void move_bytes(struct input *input, const struct cut *cuts, size_t count)
{
    uint64_t to = cuts[0].offset;
    for (size_t i = 0; i < count; i++) {
        const uint64_t from = cuts[i].offset + cuts[i].size, end = i + 1 < count ? cuts[i + 1].offset : input->size;
        memmove(input->bytes + to, input->bytes + from, end - from);
        to += end - from;
    }
    input->size = to;
}

static void move_symbols(const struct mapping *mapping, const struct input *input)
{
    for (struct symbol *symbol = input->symbols; symbol != NULL; symbol = symbol->next) {
        const uint64_t end = map(mapping, symbol->value + symbol->size);
        symbol->value = map(mapping, symbol->value);
        symbol->size = end - symbol->value;
    }
}

/* Records against the section itself say with their addend what they mean. */
static void move_addends(const struct mapping *mapping, const struct input *input)
{
    for (struct record *record = input->referrers; record != NULL; record = record->next)
        record->addend = (int64_t)map(mapping, (uint64_t)record->addend);
}

/* Each section gets lists of the symbols in it, and of the records against itself: a cut then costs what it moves. */
void build_index_object(struct object *object)
{
    for (size_t i = 1; i < object->symbol_count; i++) {
        struct symbol *symbol = &object->symbols[i];
        if (symbol->section == NULL || symbol->type == STT_SECTION)
            continue;
        symbol->next = symbol->section->symbols;
        symbol->section->symbols = symbol;
    }
    for (size_t i = 1; i < object->input_count; i++)
        for (size_t r = 0; r < object->inputs[i].record_count; r++) {
            struct record *record = &object->inputs[i].records[r];
            if (record->symbol == NULL || record->symbol->type != STT_SECTION || record->symbol->section == NULL)
                continue;
            record->next = record->symbol->section->referrers;
            record->symbol->section->referrers = record;
        }
}

void build_cut(struct build *build, struct input *input, const struct cut *cuts, size_t count)
{
    if (count == 0)
        return;
    struct mapping mapping = {cuts, pool_array(&build->pool, count, sizeof(uint64_t)), count};
    for (size_t i = 1; i < count; i++)
        mapping.removed[i] = mapping.removed[i - 1] + cuts[i - 1].size;
    for (size_t i = 0; i < input->record_count; i++) {
        struct record *record = &input->records[i];
        record->dropped = record->dropped || inside(&mapping, record->offset);
        record->offset = map(&mapping, record->offset);
    }
    move_symbols(&mapping, input);
    move_addends(&mapping, input);
    move_bytes(input, cuts, count);
}
