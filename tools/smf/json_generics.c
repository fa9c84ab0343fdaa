/* SPDX-License-Identifier: MIT */
/* json_generics.c - `smf inspect --json`: templates with their units, and what note.sdn says. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "inspect.h"

static char text[SMF_GENERICS_TEXT];

/* Names in a row of a list: a comma before all but the first. */
struct list {
    const char *separator;
};

static void start(struct list *list, const char *key)
{
    printf("\"%s\": [", key);
    list->separator = "";
}

static void next(struct list *list)
{
    fputs(list->separator, stdout);
    list->separator = ", ";
}

static void put_text(struct list *list, const char *word)
{
    next(list);
    smf_json_string(word);
}

/* ---- Units ---- */

static void put_shapes(const struct smf_record *record, const struct smf_unit *unit)
{
    struct list list;
    start(&list, "shape");
    for (unsigned i = 0; i < record->parameter_count; i++) {
        const struct smf_shape shape = smf_unit_shape(unit, i);
        smf_generics_shape(&shape, text);
        put_text(&list, text);
    }
    fputs("], ", stdout);
}

static void put_machine(const struct smf_unit *unit)
{
    struct list list;
    const char *word;
    smf_json_word("arch", unit->arch != SMF_UNIT_NO_ARCH ? smf_word_arch(unit->arch) : NULL);
    fputs(", ", stdout);
    start(&list, "features");
    for (unsigned i = 0; (word = smf_generics_feature(unit, i)) != NULL; i++)
        put_text(&list, word);
    printf("], \"size\": %" PRIu32 ", \"alignment\": %u", unit->size, 1u << (unit->alignment_log2 & 31));
}

static void put_holes(const struct smf_record *record, const struct smf_unit *unit)
{
    struct list list;
    start(&list, "holes");
    for (unsigned i = 0; i < unit->symbol_count; i++) {
        const struct smf_unit_symbol symbol = smf_unit_symbol(unit, i);
        const char *hole = smf_generics_hole(record, &symbol, text);
        if (hole == NULL)
            continue;
        next(&list);
        putchar('{');
        smf_json_word("name", hole);
        printf(", \"named\": %s, ", symbol.kind == SMF_UNIT_NAMED ? "true" : "false");
        smf_generics_text(smf_record_parameter(record, symbol.parameter).name, text);
        smf_json_word("parameter", text);
        putchar('}');
    }
    fputs("], ", stdout);
}

static void put_imports(const struct smf_record *record, const struct smf_unit *unit, const char *key, unsigned kind)
{
    struct list list;
    start(&list, key);
    for (unsigned i = 0; i < unit->symbol_count; i++) {
        const struct smf_unit_symbol symbol = smf_unit_symbol(unit, i);
        if (symbol.kind != kind)
            continue;
        smf_generics_text(smf_record_text(record, symbol.what), text);
        put_text(&list, text);
    }
    fputs("], ", stdout);
}

void smf_inspect_json_unit(const struct smf_record *record, const struct smf_unit *unit)
{
    printf("{\"format\": ");
    if (unit->format == SMF_UNIT_CODE || unit->format == SMF_UNIT_C)
        printf("\"%s\", ", unit->format == SMF_UNIT_C ? "c" : "code");
    else {
        printf("%u, \"size\": %" PRIu32 "}", unit->format, unit->size);
        return;
    }
    put_shapes(record, unit);
    put_machine(unit);
    if (unit->format == SMF_UNIT_CODE) {
        const struct smf_generics_counts counts = smf_generics_count(unit);
        fputs(", ", stdout);
        put_holes(record, unit);
        put_imports(record, unit, "imports", SMF_UNIT_IMPORT);
        put_imports(record, unit, "weak_imports", SMF_UNIT_WEAK);
        printf("\"relocations\": %u, \"stubs\": %u, \"slots\": %u", unit->relocation_count, counts.stubs, counts.slots);
    }
    putchar('}');
}

/* ---- Templates ---- */

static void put_functions(const struct smf_record *record)
{
    const uint8_t *at = NULL;
    struct smf_record_item item;
    struct list list;
    start(&list, "exports");
    for (unsigned i = 0; smf_record_next_export(record, &at, &item); i++) {
        next(&list);
        smf_generics_text(item.name, text);
        putchar('{');
        smf_json_word("name", text);
        smf_generics_signature(record, i, text);
        fputs(", ", stdout);
        smf_json_word("signature", text);
        putchar('}');
    }
    fputs("], ", stdout);
    start(&list, "needs");
    for (at = NULL; smf_record_next_need(record, &at, &item);) {
        smf_generics_need(record, &item, text);
        put_text(&list, text);
    }
    putchar(']');
}

/* What parameter `index` has to be able to do: words of a record, or names of traits. */
static void put_bounds(const struct smf_told_template *told, uint32_t index)
{
    struct list list;
    const char *word;
    start(&list, "bounds");
    if (told->record.bytes != NULL) {
        const unsigned bounds = smf_record_parameter(&told->record, index).bounds;
        for (unsigned bit = 0; (word = smf_generics_bound(bit)) != NULL; bit++)
            if ((bounds >> bit & 1) != 0)
                put_text(&list, word);
    }
    for (uint32_t i = 0; told->bounds != NULL && i < told->entry.constraint_count; i++)
        if (strcmp(told->bounds[2 * i], told->parameters[index]) == 0)
            put_text(&list, told->bounds[2 * i + 1]);
    putchar(']');
}

static void put_template(const struct smf_told_template *told)
{
    struct list list;
    struct smf_unit unit;
    const uint8_t *at = NULL;
    putchar('{');
    smf_json_word("name", told->name);
    printf(", \"section\": %" PRIu32 ", ", told->entry.section);
    smf_json_word("form", told->compressed ? NULL : smf_generics_form(told->entry.form));
    fputs(", ", stdout);
    smf_json_word("kind", smf_generics_kind(told->entry.kind));
    printf(", \"size\": %zu, ", told->entry.body.size);
    smf_json_word("opaque", smf_generics_opaque(told, text));
    fputs(", ", stdout);
    start(&list, "parameters");
    for (uint32_t i = 0; i < told->entry.parameter_count; i++) {
        next(&list);
        putchar('{');
        smf_json_word("name", told->parameters[i]);
        fputs(", ", stdout);
        put_bounds(told, i);
        putchar('}');
    }
    putchar(']');
    if (told->record.bytes != NULL) {
        fputs(",\n      ", stdout);
        put_functions(&told->record);
        fputs(", ", stdout);
        start(&list, "units");
        while (smf_record_next_unit(&told->record, &at, &unit)) {
            fputs(list.separator, stdout);
            list.separator = ",";
            fputs("\n        ", stdout);
            smf_inspect_json_unit(&told->record, &unit);
        }
        fputs("]", stdout);
    }
    putchar('}');
}

static void put_meta(const struct smf_generics *generics)
{
    const struct smf_template_meta *meta = &generics->meta;
    if (!generics->has_meta) {
        fputs(",\n  \"template_meta\": null", stdout);
        return;
    }
    printf(",\n  \"template_meta\": {\"functions\": %" PRIu32 ", \"structs\": %" PRIu32 ", \"enums\": %" PRIu32
           ", \"traits\": %" PRIu32 ", \"entries\": [",
           meta->functions, meta->structs, meta->enums, meta->traits);
    for (uint32_t i = 0; i < meta->entries; i++) {
        printf("%s{", i != 0 ? ", " : "");
        smf_json_word("name", generics->entries[i].name);
        printf(", \"specializations\": %" PRIu32 "}", generics->entries[i].specializations);
    }
    fputs("]}", stdout);
}

/* ---- note.sdn ---- */

static void put_row(const struct smf_told_row *row)
{
    struct list list = {""};
    putchar('{');
    for (unsigned i = 0; i < SMF_SDN_COLUMNS; i++) {
        if (row->cells[i] == NULL)
            continue;
        next(&list);
        smf_json_word(smf_generics_column(i), row->cells[i]);
    }
    putchar('}');
}

static void put_table(const struct smf_generics *generics, unsigned table)
{
    const char *separator = "";
    printf(", \"%s\": [", smf_generics_table(table));
    for (size_t i = 0; i < generics->row_count; i++)
        if (generics->rows[i].table == table) {
            printf("%s\n      ", separator);
            put_row(&generics->rows[i]);
            separator = ",";
        }
    putchar(']');
}

void smf_inspect_json_generics(const struct smf_inspected *inspected)
{
    const struct smf_generics *generics = &inspected->generics;
    printf(",\n  \"templates\": [");
    for (size_t i = 0; i < generics->template_count; i++) {
        printf("%s\n    ", i != 0 ? "," : "");
        put_template(&generics->templates[i]);
    }
    putchar(']');
    put_meta(generics);
    if (!generics->note.present) {
        fputs(",\n  \"sdn\": null", stdout);
        return;
    }
    printf(",\n  \"sdn\": {\"malformed\": %" PRIu32, generics->note.malformed);
    for (unsigned i = 0; i < SMF_SDN_TABLES; i++)
        put_table(generics, i);
    fputs(", ", stdout);
    smf_json_word("cycle", generics->cycle);
    putchar('}');
}
