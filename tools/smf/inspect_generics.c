/* SPDX-License-Identifier: MIT */
/* inspect_generics.c - `smf inspect`, for people: templates with their units, and what note.sdn says. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "inspect.h"

static char text[SMF_GENERICS_TEXT];

/* ---- Units ---- */

static void print_shapes(const struct smf_record *record, const struct smf_unit *unit)
{
    char line[SMF_GENERICS_TEXT] = "";
    for (unsigned i = 0; i < record->parameter_count; i++) {
        const struct smf_shape shape = smf_unit_shape(unit, i);
        smf_generics_shape(&shape, text);
        const size_t used = strlen(line);
        snprintf(line + used, sizeof line - used, "%s%.60s", i != 0 ? ", " : "", text);
    }
    printf("    %-6s %-18s", unit->format == SMF_UNIT_C ? "source" : "unit", line);
}

static void print_machine(const struct smf_unit *unit)
{
    char line[SMF_GENERICS_TEXT];
    const char *arch = unit->arch == SMF_UNIT_NO_ARCH ? "C" : smf_word_arch(unit->arch), *word;
    snprintf(line, sizeof line, "%s", arch != NULL ? arch : "?");
    for (unsigned i = 0; (word = smf_generics_feature(unit, i)) != NULL; i++) {
        const size_t used = strlen(line);
        snprintf(line + used, sizeof line - used, " %s", word);
    }
    printf(" %-16s %7" PRIu32 " bytes", line, unit->size);
}

/* " holes compare(T) size(T)", or imports. */
static void print_symbols(const struct smf_record *record, const struct smf_unit *unit, bool holes)
{
    const char *separator = holes ? ", holes" : ", imports";
    for (unsigned i = 0; i < unit->symbol_count; i++) {
        const struct smf_unit_symbol symbol = smf_unit_symbol(unit, i);
        const char *hole = smf_generics_hole(record, &symbol, text);
        const bool import = symbol.kind == SMF_UNIT_IMPORT || symbol.kind == SMF_UNIT_WEAK;
        if (holes ? hole == NULL : !import)
            continue;
        printf("%s ", separator);
        separator = "";
        if (import)
            smf_generics_text(smf_record_text(record, symbol.what), text);
        smf_command_print_name(hole != NULL ? hole : text);
        if (hole != NULL) {
            smf_generics_text(smf_record_parameter(record, symbol.parameter).name, text);
            putchar('(');
            smf_command_print_name(text);
            putchar(')');
        }
        if (symbol.kind == SMF_UNIT_WEAK)
            fputs(" (weak)", stdout);
    }
}

static void print_unit(const struct smf_record *record, const struct smf_unit *unit)
{
    if (unit->format != SMF_UNIT_CODE && unit->format != SMF_UNIT_C) {
        printf("    unit   of format %u, which is not known: %" PRIu32 " bytes\n", unit->format, unit->size);
        return;
    }
    const struct smf_generics_counts counts = smf_generics_count(unit);
    print_shapes(record, unit);
    print_machine(unit);
    if (unit->format == SMF_UNIT_CODE) {
        print_symbols(record, unit, true);
        print_symbols(record, unit, false);
        if (unit->relocation_count != 0)
            printf(", %u relocations", unit->relocation_count);
        if (counts.stubs + counts.slots != 0)
            printf(", %u stubs and %u slots at most", counts.stubs, counts.slots);
    }
    putchar('\n');
}

/* ---- Templates ---- */

static void print_record(const struct smf_record *record)
{
    const uint8_t *at = NULL;
    struct smf_record_item item;
    struct smf_unit unit;
    for (unsigned i = 1; i < record->export_count; i++) {
        smf_generics_signature(record, i, text);
        fputs("    also   ", stdout);
        smf_command_print_name(text);
        putchar('\n');
    }
    while (smf_record_next_need(record, &at, &item)) {
        smf_generics_need(record, &item, text);
        fputs("    needs  ", stdout);
        smf_command_print_name(text);
        putchar('\n');
    }
    for (at = NULL; smf_record_next_unit(record, &at, &unit);)
        print_unit(record, &unit);
}

/* "<T, U>" and what pairs of names say about them. */
static void print_parameters(const struct smf_told_template *told)
{
    for (uint32_t i = 0; i < told->entry.parameter_count; i++) {
        fputs(i != 0 ? ", " : "<", stdout);
        smf_command_print_name(told->parameters[i]);
    }
    if (told->entry.parameter_count != 0)
        putchar('>');
    for (uint32_t i = 0; told->bounds != NULL && i < told->entry.constraint_count; i++) {
        fputs(i != 0 ? ", " : " where ", stdout);
        smf_command_print_name(told->bounds[2 * i]);
        fputs(": ", stdout);
        smf_command_print_name(told->bounds[2 * i + 1]);
    }
}

static void print_template(const struct smf_told_template *told)
{
    const char *kind = smf_generics_kind(told->entry.kind), *opaque = smf_generics_opaque(told, text);
    printf("  %s ", kind != NULL ? kind : "template");
    if (opaque == NULL && told->record.export_count != 0) {
        smf_generics_signature(&told->record, 0, text);
        smf_command_print_name(text);
        printf(", record of %zu bytes\n", told->entry.body.size);
        print_record(&told->record);
        return;
    }
    smf_command_print_name(told->name != NULL ? told->name : "without a name");
    print_parameters(told);
    printf("\n    opaque %s", opaque != NULL ? opaque : "a record without functions");
    printf(" (%zu bytes)\n", told->entry.body.size);
}

static void print_templates(const struct smf_inspected *inspected)
{
    const struct smf_generics *generics = &inspected->generics;
    uint32_t section = SMF_NO_SYMBOL;
    for (size_t i = 0; i < generics->template_count; i++) {
        const struct smf_told_template *told = &generics->templates[i];
        if (told->entry.section != section) {
            section = told->entry.section;
            printf("\ntemplates of %s\n", inspected->opened.image.sections[section].name);
        }
        print_template(told);
    }
    if (!generics->has_meta)
        return;
    const struct smf_template_meta *meta = &generics->meta;
    printf("\ntemplates are said to be %" PRIu32 " functions, %" PRIu32 " structs, %" PRIu32 " enums, %" PRIu32
           " traits\n",
           meta->functions, meta->structs, meta->enums, meta->traits);
    for (uint32_t i = 0; i < meta->entries; i++) {
        fputs("  ", stdout);
        smf_command_print_name(generics->entries[i].name);
        printf(", %" PRIu32 " specializations\n", generics->entries[i].specializations);
    }
}

/* ---- note.sdn ---- */

static const char *cell(const struct smf_told_row *row, enum smf_sdn_column column)
{
    return row->cells[column] != NULL ? row->cells[column] : "";
}

/* The cells in these columns, with these texts before them; those that are empty are left out. */
static void print_cells(const struct smf_told_row *row, const char *const *before, const enum smf_sdn_column *columns,
                        unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (row->cells[columns[i]] == NULL)
            continue;
        fputs(before[i], stdout);
        smf_command_print_name(row->cells[columns[i]]);
    }
}

static void print_row(const struct smf_told_row *row)
{
    static const char *const words[] = {"built in", "uses", "infers", "depends", "warning", "cycle"};
    static const enum smf_sdn_column instantiations[] = {SMF_SDN_MANGLED_NAME, SMF_SDN_STATUS, SMF_SDN_TO_OBJ,
                                                         SMF_SDN_FROM_FILE, SMF_SDN_FROM_LOC};
    static const enum smf_sdn_column inferences[] = {SMF_SDN_EXPR, SMF_SDN_CONTEXT, SMF_SDN_INFERRED_TYPE,
                                                     SMF_SDN_FROM_FILE, SMF_SDN_FROM_LOC};
    static const enum smf_sdn_column dependencies[] = {SMF_SDN_FROM_INST, SMF_SDN_TO_INST, SMF_SDN_DEP_KIND};
    static const enum smf_sdn_column cycles[] = {SMF_SDN_CYCLE_PATH, SMF_SDN_SEVERITY, SMF_SDN_ERROR_CODE};
    static const enum smf_sdn_column uses[] = {SMF_SDN_MANGLED_NAME, SMF_SDN_REQUIRED_BY};
    printf("  %-8s ", words[row->table]);
    if (row->table == SMF_SDN_INSTANTIATIONS || row->table == SMF_SDN_POSSIBLE) {
        smf_command_print_name(cell(row, SMF_SDN_TEMPLATE));
        putchar('<');
        smf_command_print_name(cell(row, SMF_SDN_TYPE_ARGS));
        putchar('>');
    }
    switch (row->table) {
    case SMF_SDN_INSTANTIATIONS:
        print_cells(row, (const char *const[]){" as ", ", ", ", in ", ", from ", ":"}, instantiations, 5);
        break;
    case SMF_SDN_POSSIBLE:
        print_cells(row, (const char *const[]){" as ", ", required by "}, uses, 2);
        fputs(strcmp(cell(row, SMF_SDN_CAN_DEFER), "true") == 0 ? ", made at load\n" : "\n", stdout);
        return;
    case SMF_SDN_TYPE_INFERENCES:
        print_cells(row, (const char *const[]){"", ": ", " ", ", from ", ":"}, inferences, 5);
        break;
    case SMF_SDN_DEPENDENCIES:
        print_cells(row, (const char *const[]){"", " -> ", ", "}, dependencies, 3);
        break;
    default:
        print_cells(row, (const char *const[]){"", ", ", ", "}, cycles, 3);
        break;
    }
    putchar('\n');
}

void smf_inspect_print_generics(const struct smf_inspected *inspected)
{
    const struct smf_generics *generics = &inspected->generics;
    print_templates(inspected);
    if (generics->note_is_compressed)
        puts("\nnote.sdn is compressed: not read");
    if (!generics->note.present)
        return;
    printf("\n%zu rows of note.sdn", generics->row_count);
    if (generics->note.malformed != 0)
        printf(", %" PRIu32 " malformed and left out", generics->note.malformed);
    putchar('\n');
    for (size_t i = 0; i < generics->row_count; i++)
        print_row(&generics->rows[i]);
    if (generics->cycle != NULL) {
        fputs("  circle   ", stdout);
        smf_command_print_name(generics->cycle);
        putchar('\n');
    }
}
