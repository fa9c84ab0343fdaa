/* SPDX-License-Identifier: MIT */
/*
 * settle.c - resolve what does not depend on addresses (DESIGN D4, D5).
 *
 * A record against an own definition becomes one against the start of its
 * section. Distances within one section are applied and dropped; distances
 * between sections are applied for the default layout and marked as settled.
 * What is left waits for the loader.
 */
#include "build.h"

#include <string.h>

/* Where a record's symbol is. */
struct target {
    const struct output *output; /* NULL: absolute, or undefined */
    uint64_t offset;             /* in output; the address if absolute */
    bool undefined;
};

static struct target locate(struct symbol *symbol)
{
    struct target target = {0};
    symbol = build_definition(symbol);
    if (symbol == NULL)
        return target;
    target.undefined = symbol->place == PLACE_UNDEFINED;
    target.offset = symbol->value;
    if (symbol->place == PLACE_SECTION) {
        target.output = symbol->section->output;
        target.offset += symbol->section->offset;
    }
    return target;
}

/* The result is the same wherever the module lies. */
static bool constant(const struct build *build, const struct smf_howto *row, const struct target *target,
                     const struct output *patched)
{
    switch (row->calc) {
    case SMF_CALC_S_A_P:
    case SMF_CALC_HI20_P:
    case SMF_CALC_PAIR:
        return target->output == patched;
    case SMF_CALC_GOTOFF:
        return target->output != NULL && target->output == build->got->output;
    case SMF_CALC_S_A:
    case SMF_CALC_HI20:
    case SMF_CALC_ADD:
    case SMF_CALC_SUB:
        return target->output == NULL;
    default:
        return false;
    }
}

static bool apply(struct build *build, struct input *input, const struct record *record, const struct record *place,
                  const struct target *target)
{
    struct output *output = input->output;
    if (record->offset > input->size || input->size - record->offset < smf_howto_size(record->row))
        return build_fail_at(build, input, record->offset, "%s lies outside of its section",
                             build_type_name(build, record->row->type));
    const struct smf_operands operands = {.s = target->offset + (target->output != NULL ? target->output->address : 0),
                                          .a = place->addend,
                                          .p = output->address + input->offset + place->offset,
                                          .got = build->got->output->address};
    struct smf_diagnosis why = {0};
    if (smf_howto_apply(build->arch, record->row, &operands, output->bytes + input->offset + record->offset, &why) ==
        SMF_OK)
        return true;
    char line[256];
    smf_diagnosis_format(&why, line, sizeof line);
    return build_fail_at(build, input, record->offset, "%s against '%s': %s", build_type_name(build, record->row->type),
                         build_symbol_name(record->symbol), line);
}

/* The record as it stands in the file: own symbols become section plus addend. */
static void rewrite(struct record *record, struct input *input, const struct target *target)
{
    record->offset += input->offset;
    record->target = target->output;
    if (target->undefined)
        return;
    record->symbol = NULL;
    if (record->pair != NULL) /* its addend will be the HI20 record's place */
        return;
    record->addend = (int64_t)((uint64_t)record->addend + target->offset);
}

/* R72 and R96: the loader makes the slots, for symbols that have a name. */
static bool check_slot(struct build *build, struct input *input, const struct record *record)
{
    const struct global *global = record->symbol == NULL ? NULL : record->symbol->global;
    return (global != NULL && (global->definition == NULL || build_exported(global))) ||
           build_fail_at(build, input, record->offset,
                         "%s against '%s', which is local: this layout has no slot for it",
                         build_type_name(build, record->row->type), build_symbol_name(record->symbol));
}

/* What a kept section holds is the next version's, too. */
static bool check_kept(struct build *build, const struct input *input, const struct record *record)
{
    return !build_kept(input->output->name) ||
           build_fail_at(build, input, record->offset,
                         "%s against '%s': a pointer in a kept section would still point into the old version after a "
                         "reload: set it at run time",
                         build_type_name(build, record->row->type), build_symbol_name(record->symbol));
}

static bool settle_record(struct build *build, struct input *input, struct record *record)
{
    /* Of a pair, S, A and P are the HI20 record's. */
    const struct record *place = record->pair != NULL ? record->pair : record;
    const struct target target = locate(place->symbol);
    const bool own = !target.undefined && (target.output != NULL || record->row->calc == SMF_CALC_GOT_P);
    if (record->row->calc == SMF_CALC_NONE || record->dropped) {
        record->dropped = true;
        return true;
    }
    const bool slot = (record->row->flags & SMF_ROW_SLOT) != 0 && build->bare;
    if (slot)
        return check_slot(build, input, record);
    if (!target.undefined && constant(build, record->row, &target, input->output)) {
        record->dropped = true;
        return apply(build, input, record, place, &target);
    }
    if (!check_kept(build, input, record))
        return false;
    record->settled = own && !build->bare && (record->row->flags & SMF_ROW_DISTANCE) != 0;
    if (record->settled && !apply(build, input, record, place, &target))
        return false;
    return true;
}

/* Records are rewritten after all are settled: pairs look at the HI20 record as it was. */
static void take_records(struct build *build, struct output *output, struct input *input)
{
    for (size_t i = 0; i < input->record_count; i++) {
        struct record *record = &input->records[i];
        if (record->dropped)
            continue;
        const bool by_name = build->bare && (record->row->flags & SMF_ROW_SLOT) != 0;
        struct target target = locate(record->row->calc == SMF_CALC_PAIR ? NULL : record->symbol);
        if (by_name)
            target = (struct target){.undefined = true};
        rewrite(record, input, &target);
        PUSH(&build->pool, output->records, output->record_count, output->record_capacity) = record;
    }
}

bool build_settle(struct build *build)
{
    for (size_t i = 0; i < build->output_count; i++) {
        struct output *output = build->outputs[i];
        for (size_t k = 0; k < output->input_count; k++) {
            struct input *input = output->inputs[k];
            for (size_t r = 0; r < input->record_count; r++)
                if (!settle_record(build, input, &input->records[r]))
                    return false;
        }
        for (size_t k = 0; k < output->input_count; k++)
            take_records(build, output, output->inputs[k]);
    }
    return true;
}
