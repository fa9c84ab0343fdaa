/* SPDX-License-Identifier: MIT */
/*
 * debug.c - with -g: OUT.elf beside the module, for a debugger.
 *
 * A relocatable ELF file of the module's sections, with the DWARF of all
 * objects joined and its relocations against these sections. gdb is told where
 * the sections lie (add-symbol-file OUT.elf -s .text ADDRESS ...). The note
 * .note.smf holds the module's module_hash, which ties the two files.
 */
#include "debug.h"
#include "build.h"

#include <string.h>

bool build_is_debug(const struct build *build, const struct input *input)
{
    return build->options->debug && (input->flags & SHF_ALLOC) == 0 && !input->discarded &&
           input->type == SHT_PROGBITS && strncmp(input->name, ".debug_", 7) == 0;
}

static struct output *find_output(struct build *build, const char *name)
{
    for (size_t i = 0; i < build->debug_count; i++)
        if (strcmp(build->debug[i]->name, name) == 0)
            return build->debug[i];
    struct output *output = pool_take(&build->pool, sizeof *output);
    *output = (struct output){.name = name, .type = SMF_SECTION_DEBUG, .alignment = 1, .symbol = SMF_NO_SYMBOL};
    PUSH(&build->pool, build->debug, build->debug_count, build->debug_capacity) = output;
    return output;
}

/* Join the debug sections by name. */
static void join(struct build *build)
{
    for (size_t i = 0; i < build->object_count; i++)
        for (size_t k = 1; k < build->objects[i]->input_count; k++) {
            struct input *input = &build->objects[i]->inputs[k];
            if (!build_is_debug(build, input))
                continue;
            struct output *output = find_output(build, input->name);
            PUSH(&build->pool, output->inputs, output->input_count, output->input_capacity) = input;
            input->output = output;
        }
    for (size_t i = 0; i < build->debug_count; i++)
        build_lay_out(build, build->debug[i]);
}

/* What is left of a reference to something dropped: 0, or 1 where 0, 0 would end a list (DWARF 4, 2.17.3). */
static bool bury(struct build *build, struct input *input, struct record *record)
{
    const bool list = strcmp(input->name, ".debug_ranges") == 0 || strcmp(input->name, ".debug_loc") == 0;
    const struct smf_operands operands = {.s = list};
    record->dropped = true;
    return smf_howto_apply(build->arch, record->row, &operands, input->output->bytes + input->offset + record->offset,
                           NULL) == SMF_OK;
}

/* Places in debug sections are known now; those in memory wait for the debugger. */
static bool settle_record(struct build *build, struct input *input, struct record *record)
{
    const struct symbol *symbol = build_definition(record->symbol);
    if (record->dropped || record->row->calc == SMF_CALC_NONE)
        return true;
    if (symbol == NULL || symbol->place != PLACE_SECTION || symbol->dropped || symbol->section->output == NULL)
        return bury(build, input, record) ||
               build_fail_at(build, input, record->offset, "%s against '%s', which is dropped",
                             build_type_name(build, record->row->type), build_symbol_name(symbol));
    struct output *output = input->output;
    const uint64_t place = symbol->section->offset + symbol->value;
    record->target = symbol->section->output;
    if (record->target->type == SMF_SECTION_DEBUG) {
        const struct smf_operands operands = {.s = place, .a = record->addend};
        struct smf_diagnosis why;
        record->dropped = true;
        return smf_howto_apply(build->arch, record->row, &operands, output->bytes + input->offset + record->offset,
                               &why) == SMF_OK ||
               build_fail_at(build, input, record->offset, "%s against '%s' does not fit",
                             build_type_name(build, record->row->type), build_symbol_name(symbol));
    }
    record->addend = (int64_t)((uint64_t)record->addend + place);
    record->offset += input->offset;
    PUSH(&build->pool, output->records, output->record_count, output->record_capacity) = record;
    return true;
}

bool build_join_debug(struct build *build)
{
    if (!build->options->debug)
        return true;
    join(build);
    for (size_t i = 0; i < build->debug_count; i++)
        for (size_t k = 0; k < build->debug[i]->input_count; k++) {
            struct input *input = build->debug[i]->inputs[k];
            if (!build_riscv_differences_of(build, input))
                return false;
            for (size_t r = 0; r < input->record_count; r++)
                if (!settle_record(build, input, &input->records[r]))
                    return false;
        }
    return true;
}
