/* SPDX-License-Identifier: MIT */
/*
 * records.c - which symbols the module needs, and its records in FORMAT's
 * order: records with one offset stay together, groups by the symbol of their
 * first record, then by offset; settled ones last.
 */
#include "build.h"

#include <stdlib.h>

/* Records with one offset. */
struct group {
    struct record **first;
    size_t count;
    uint32_t symbol;
    bool settled;
};

uint32_t build_record_symbol(const struct record *record)
{
    if (record->target != NULL)
        return record->target->symbol;
    return record->symbol != NULL && record->symbol->global != NULL ? record->symbol->global->index : SMF_NO_SYMBOL;
}

static void note_symbols(struct build *build)
{
    for (size_t i = 0; i < build->output_count; i++)
        for (size_t r = 0; r < build->outputs[i]->record_count; r++) {
            struct record *record = build->outputs[i]->records[r];
            if (record->target != NULL)
                build->outputs[record->target->index]->symbol = 0;
            else if (record->symbol != NULL && record->symbol->global->definition == NULL)
                record->symbol->global->imported = true;
        }
    /* Readers of R72 and R96 count these symbols: the k-th one is the k-th section's. */
    bool any = false;
    for (size_t i = 0; i < build->output_count; i++)
        any = any || build->outputs[i]->symbol != SMF_NO_SYMBOL;
    for (size_t i = 0; build->bare && any && i < build->output_count; i++)
        build->outputs[i]->symbol = 0;
}

/* Exported: defined, visible, and not the compiler's own helper. */
bool build_exported(const struct global *global)
{
    const struct symbol *symbol = global->definition;
    return symbol != NULL && (global->visibility == STV_DEFAULT || global->visibility == STV_PROTECTED) &&
           (symbol->place == PLACE_ABSOLUTE || symbol->place == PLACE_SECTION);
}

/* Local, then undefined, then exported. */
static void number_symbols(struct build *build)
{
    uint32_t next = 0;
    for (size_t i = 0; i < build->output_count; i++)
        if (build->outputs[i]->symbol != SMF_NO_SYMBOL)
            build->outputs[i]->symbol = next++;
    for (size_t i = 0; i < build->global_count; i++)
        if (build->globals[i]->imported)
            build->globals[i]->index = next++, build->report->import_count++;
    for (size_t i = 0; i < build->global_count; i++)
        if (build_exported(build->globals[i]))
            build->globals[i]->index = next++, build->report->export_count++;
    build->report->symbol_count = next;
}

static int by_offset(const void *left, const void *right)
{
    const struct record *a = *(struct record *const *)left, *b = *(struct record *const *)right;
    if (a->offset != b->offset)
        return a->offset < b->offset ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

static int by_symbol(const void *left, const void *right)
{
    const struct group *a = left, *b = right;
    if (a->settled != b->settled)
        return a->settled ? 1 : -1;
    if (a->symbol != b->symbol)
        return a->symbol < b->symbol ? -1 : 1;
    return a->first[0]->offset < b->first[0]->offset ? -1 : a->first[0]->offset > b->first[0]->offset;
}

static size_t make_groups(struct output *output, struct group *groups)
{
    size_t count = 0;
    for (size_t i = 0; i < output->record_count; i++) {
        struct record *record = output->records[i];
        if (i == 0 || record->offset != output->records[i - 1]->offset)
            groups[count++] =
                (struct group){.first = &output->records[i], .symbol = build_record_symbol(record), .settled = true};
        groups[count - 1].count++;
        groups[count - 1].settled = groups[count - 1].settled && record->settled;
    }
    return count;
}

static void sort_output(struct build *build, struct output *output)
{
    for (size_t i = 0; i < output->record_count; i++)
        output->records[i]->order = (uint32_t)i;
    qsort(output->records, output->record_count, sizeof *output->records, by_offset);
    struct group *groups = pool_array(&build->pool, output->record_count, sizeof *groups);
    const size_t count = make_groups(output, groups);
    qsort(groups, count, sizeof *groups, by_symbol);
    struct record **sorted = pool_array(&build->pool, output->record_count, sizeof(struct record *));
    size_t at = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < groups[i].count; k++) {
            struct record *record = groups[i].first[k];
            record->settled = groups[i].settled;
            output->settled += record->settled;
            record->order = (uint32_t)at;
            sorted[at++] = record;
        }
    output->records = sorted;
}

bool build_sort_records(struct build *build)
{
    for (size_t i = 0; i < build->output_count; i++)
        build->outputs[i]->index = (uint32_t)i;
    note_symbols(build);
    number_symbols(build);
    for (size_t i = 0; i < build->output_count; i++) {
        struct output *output = build->outputs[i];
        if (output->record_count == 0)
            continue;
        sort_output(build, output);
        build->report->relocation_count += (uint32_t)output->record_count;
        build->report->settled_count += (uint32_t)output->settled;
    }
    return true;
}
