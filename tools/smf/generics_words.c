/* SPDX-License-Identifier: MIT */
/* generics_words.c - templates, shapes and holes in words: see generics.h. */
#include <stdio.h>
#include <string.h>

#include "generics.h"
#include "smf/format.h"
#include "smf/infer.h"

#define WORD(list, number) ((number) < sizeof(list) / sizeof(list)[0] ? (list)[number] : NULL)

const char *smf_generics_kind(unsigned kind)
{
    static const char *const words[] = {"function", "struct", "class", "enum", "trait"};
    return WORD(words, kind);
}

const char *smf_generics_form(unsigned form)
{
    static const char *const words[] = {"opaque", "brief", "whole", "named", "records", "single"};
    return WORD(words, form);
}

const char *smf_generics_bound(unsigned bit)
{
    static const char *const words[] = {"copy", "drop", "compare", "equal", "hash", "integer", "float", "number"};
    return WORD(words, bit);
}

const char *smf_generics_table(unsigned table)
{
    static const char *const words[] = {"instantiations", "possible",          "type_inferences",
                                        "dependencies",   "circular_warnings", "circular_errors"};
    return WORD(words, table);
}

const char *smf_generics_column(unsigned column)
{
    static const char *const words[] = {
        "id",      "template",    "type_args",  "mangled_name",  "from_file", "from_loc", "to_obj",
        "status",  "required_by", "can_defer",  "inferred_type", "expr",      "context",  "from_inst",
        "to_inst", "dep_kind",    "cycle_path", "severity",      "error_code"};
    return WORD(words, column);
}

const char *smf_generics_opaque(const struct smf_told_template *told, char text[SMF_GENERICS_TEXT])
{
    if (told->record.bytes != NULL)
        return NULL;
    if (told->compressed)
        return "its section is compressed";
    if (told->version != 0) {
        snprintf(text, SMF_GENERICS_TEXT, "a record of version %u, which is not known", told->version);
        return text;
    }
    if (told->entry.special)
        return "no template itself: a specialization, or marked as none";
    switch (told->entry.form) {
    case SMF_TEMPLATES_BRIEF:
        return "only its head is there, no body";
    case SMF_TEMPLATES_WHOLE:
        return "a tree of another compiler, no code";
    case SMF_TEMPLATES_SINGLE:
        return "a body of another compiler, no code";
    case SMF_TEMPLATES_NAMED:
        return "a body that is no record";
    default:
        return "bytes that no form explains";
    }
}

void smf_generics_text(struct smf_unit_text from, char text[SMF_GENERICS_TEXT])
{
    memcpy(text, from.bytes, from.size); /* at most 255 */
    text[from.size] = '\0';
}

void smf_generics_signature(const struct smf_record *record, unsigned index, char text[SMF_GENERICS_TEXT])
{
    smf_signature_write(record, index, text, SMF_GENERICS_TEXT);
}

/* Types in a row of terms: each named one, pointer, array and function waits for those that are its parts. */
static unsigned count_terms(const uint8_t *term, size_t size)
{
    unsigned waiting = 0, count = 0;
    for (size_t at = 0; at < size;) {
        count += waiting == 0;
        waiting -= waiting != 0;
        const uint8_t tag = term[at++];
        if (tag == SMF_TERM_POINTER || tag == SMF_TERM_ARRAY)
            waiting++;
        if (tag == SMF_TERM_NAMED) {
            at += 1u + term[at];
            waiting += term[at++];
        }
        if (tag == SMF_TERM_FUNCTION)
            waiting += 1u + term[at++];
    }
    return count;
}

void smf_generics_need(const struct smf_record *record, const struct smf_record_item *need,
                       char text[SMF_GENERICS_TEXT])
{
    static struct smf_term terms[SMF_RECORD_TERM_MAX + 16];
    static uint32_t arguments[SMF_RECORD_TERM_MAX + 16];
    uint8_t whole[3 + UINT8_MAX + SMF_RECORD_TERM_MAX] = {SMF_TERM_NAMED, need->name.size};
    uint32_t variables[SMF_TEMPLATE_PARAMETERS_MAX];
    struct smf_infer infer;
    size_t size = 2;
    smf_infer_start(&infer, terms, SMF_RECORD_TERM_MAX + 16, arguments, SMF_RECORD_TERM_MAX + 16);
    for (unsigned i = 0; i < record->parameter_count; i++) {
        const struct smf_unit_text name = smf_record_parameter(record, i).name;
        const struct smf_type type = {.kind = SMF_TYPE_NAMED, .name = (const char *)name.bytes, .name_size = name.size};
        variables[i] = smf_infer_type(&infer, &type);
    }
    memcpy(whole + size, need->name.bytes, need->name.size);
    size += need->name.size;
    whole[size++] = (uint8_t)count_terms(need->term, need->term_size);
    memcpy(whole + size, need->term, need->term_size);
    size += need->term_size;
    const uint32_t term = smf_infer_term(&infer, whole, size, variables, record->parameter_count);
    if (term != SMF_NO_TERM)
        smf_infer_write(&infer, term, text, SMF_GENERICS_TEXT);
    else /* larger than there is room for */
        smf_generics_text(need->name, text);
}

void smf_generics_shape(const struct smf_shape *shape, char text[SMF_GENERICS_TEXT])
{
    const unsigned bits = 8u * shape->size, alignment = 1u << (shape->alignment_log2 & 31);
    char start[40] = "?";
    switch (shape->type_class) {
    case SMF_SHAPE_ANY:
        strcpy(start, "any");
        break;
    case SMF_SHAPE_SIGNED:
        snprintf(start, sizeof start, "i%u", bits);
        break;
    case SMF_SHAPE_UNSIGNED:
        snprintf(start, sizeof start, "u%u", bits);
        break;
    case SMF_SHAPE_FLOAT:
        snprintf(start, sizeof start, "f%u", bits);
        break;
    case SMF_SHAPE_POINTER:
        snprintf(start, sizeof start, "ptr%u", bits);
        break;
    case SMF_SHAPE_PLAIN:
        strcpy(start, "plain");
        if (shape->size != 0)
            snprintf(start, sizeof start, "plain:%u:%u", shape->size, alignment);
        break;
    default:
        snprintf(start, sizeof start, "class%u:%u:%u", shape->type_class, shape->size, alignment);
        break;
    }
    const bool usual = shape->type_class <= SMF_SHAPE_PLAIN || shape->size == alignment;
    snprintf(text, SMF_GENERICS_TEXT, usual ? "%s" : "%s:%u", start, alignment);
}

const char *smf_generics_feature(const struct smf_unit *unit, unsigned number)
{
    static const char *const levels[] = {"v2", "v3", "v4"};
    static const char *const riscv[] = {"compressed", "float-abi-single", "float-abi-double"};
    static const char *const arm[] = {"thumb2", "fpu", "hard-float"};
    static const char *const bits[] = {"bit0", "bit1", "bit2", "bit3", "bit4", "bit5", "bit6", "bit7"};
    unsigned left = unit->features, bit = 0;
    if (unit->arch == SMF_ARCH_X86_64 && left <= 3)
        return left != 0 && number == 0 ? levels[left - 1] : NULL;
    for (; bit < 8; bit++)
        if ((left >> bit & 1) != 0 && number-- == 0)
            break;
    if (bit == 8)
        return NULL;
    if (bit < 3 && (unit->arch == SMF_ARCH_RISCV64 || unit->arch == SMF_ARCH_RISCV32))
        return riscv[bit];
    return bit < 3 && unit->arch == SMF_ARCH_ARM ? arm[bit] : bits[bit];
}

struct smf_generics_counts smf_generics_count(const struct smf_unit *unit)
{
    struct smf_generics_counts counts = {0};
    for (unsigned i = 0; unit->format == SMF_UNIT_CODE && i < unit->symbol_count; i++) {
        const struct smf_unit_symbol symbol = smf_unit_symbol(unit, i);
        counts.holes += symbol.kind >= SMF_UNIT_NUMBER && symbol.kind <= SMF_UNIT_NAMED;
        counts.needs += symbol.kind == SMF_UNIT_NEED;
        counts.imports += symbol.kind == SMF_UNIT_IMPORT || symbol.kind == SMF_UNIT_WEAK;
        counts.stubs += symbol.called;
        counts.slots += symbol.slot;
    }
    return counts;
}

const char *smf_generics_hole(const struct smf_record *record, const struct smf_unit_symbol *symbol,
                              char text[SMF_GENERICS_TEXT])
{
    static const char *const numbers[] = {"size", "align", "plain"};
    static const char *const functions[] = {"copy", "drop", "compare", "equal", "hash"};
    if (symbol->kind == SMF_UNIT_NUMBER)
        return WORD(numbers, symbol->what);
    if (symbol->kind == SMF_UNIT_FUNCTION)
        return WORD(functions, symbol->what);
    if (symbol->kind != SMF_UNIT_NAMED)
        return NULL;
    smf_generics_text(smf_record_text(record, symbol->what), text);
    return text;
}
