/* SPDX-License-Identifier: MIT */
/*
 * older_symbols.c - one pass over the symbols of older files: their strides are told
 * apart by the hash of every name, and what an R symbol means depends on the
 * others (SPEC, "Which layout is it", "Defined or not"). Then what the symbol
 * door says of each. Canonical files are never walked here.
 */
#include "image/older.h"

#include "smf/hash.h"

#define CHUNK 64u

/* FNV-1a of the name at `offset`, and how many bytes were read for it. */
static enum smf_status hash_name(struct smf_image *image, const struct view *view, uint32_t offset, uint32_t *hash,
                                 uint64_t *work, struct smf_diagnosis *why)
{
    uint64_t length = 0;
    *hash = SMF_FNV32_BASIS;
    for (size_t at = offset; at < view->string_size;) {
        const size_t left = view->string_size - at;
        const size_t size = left < CHUNK ? (size_t)left : CHUNK;
        const uint8_t *bytes;
        const enum smf_status status = smf_window_get(&image->strings, view->string_table + at, size, &bytes, why);
        if (status != SMF_OK)
            return status;
        size_t i = 0;
        for (uint8_t c; i < size && (c = ((const volatile uint8_t *)bytes)[i]) != 0; i++)
            *hash = (*hash ^ c) * SMF_FNV32_PRIME;
        length += i;
        if (length > SMF_NAME_MAX)
            return smf_fail(why, SMF_DETAIL_NAME_LENGTH, view->string_table + offset, length, SMF_NAME_MAX);
        if (i < size) {
            *work += length;
            return SMF_OK;
        }
        at += size;
    }
    return smf_fail(why, SMF_DETAIL_SYMBOL_NAME, view->string_table, offset, view->string_size);
}

enum smf_status smf_view_symbols(struct smf_image *image, struct view *view, struct smf_diagnosis *why)
{
    const struct smf_header *header = &view->header;
    const uint64_t allowed = view->string_size + (uint64_t)header->symbol_count * SMF_NAME_WORK;
    uint64_t work = 0;
    for (uint32_t i = 0; i < header->symbol_count; i++) {
        const size_t offset = view->symbol_table + (size_t)i * header->symbol_stride;
        const uint8_t *at;
        uint32_t hash;
        why->index = i;
        enum smf_status status = smf_window_get(&image->symbols, offset, header->symbol_stride, &at, why);
        if (status != SMF_OK)
            return status;
        const struct symbol_fields fields = smf_symbol_fields(header, at);
        SMF_DECODED();
        if (fields.type > SMF_SYMBOL_NONE || fields.binding > SMF_BINDING_WEAK)
            return smf_fail(why, SMF_DETAIL_SYMBOL_ENTRY, offset, fields.type | (uint64_t)fields.binding << 8, 0);
        status = hash_name(image, view, fields.name, &hash, &work, why);
        if (status != SMF_OK)
            return status;
        if (hash != fields.hash)
            return smf_fail(why, SMF_DETAIL_SYMBOL_HASH, offset, hash, fields.hash);
        if (work > allowed)
            return smf_fail(why, SMF_DETAIL_NAME_WORK, offset, work, allowed);
    }
    return SMF_OK;
}

/* A name that starts before the last NUL ends before it, too: what follows that NUL belongs to no name. */
static enum smf_status cut_strings(struct smf_image *image, struct smf_diagnosis *why)
{
    if (image->header.symbol_count == 0)
        image->string_size = 0;
    while (image->string_size != 0) {
        const uint8_t *last;
        const enum smf_status status =
            smf_window_get(&image->strings, image->string_table + image->string_size - 1, 1, &last, why);
        if (status != SMF_OK || *last == 0)
            return status;
        image->string_size--;
    }
    return SMF_OK;
}

/* Where a Data symbol of an older file lies, if that can be said (FORMAT 3.1, 3.2). */
static void find_data_section(struct smf_image *image)
{
    const struct smf_section *sections = image->sections;
    const uint32_t count = image->header.section_count;
    image->data_section = SMF_NO_SYMBOL;
    if (image->header.p_family) {
        const bool second = count > 1 && sections[0].type == SMF_SECTION_CODE && is_loaded(sections[1].type) &&
                            sections[1].type != SMF_SECTION_CODE;
        image->data_section = second ? 1 : 0;
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!is_loaded(sections[i].type) || sections[i].type == SMF_SECTION_CODE)
            continue;
        if (image->data_section != SMF_NO_SYMBOL) {
            image->data_section = SMF_NO_SYMBOL;
            return;
        }
        image->data_section = i;
    }
}

/* "__smf_section_" and a number: a writer's own symbol for one section. */
static enum smf_status is_section_symbol(struct smf_image *image, uint32_t name, bool *is, struct smf_diagnosis *why)
{
    static const char prefix[] = "__smf_section_";
    const size_t length = sizeof prefix - 1;
    const uint8_t *bytes;
    *is = false;
    if (!smf_within(name, length, image->string_size))
        return SMF_OK;
    const enum smf_status status = smf_window_get(&image->strings, image->string_table + name, length, &bytes, why);
    if (status == SMF_OK)
        *is = memcmp(bytes, prefix, length) == 0;
    return status;
}

/* What the table as a whole says about an R file's symbols. */
struct findings {
    uint32_t named;   /* symbols that are not Local                        */
    bool visible;     /* one has visibility != 0                           */
    bool interrupted; /* the section symbols do not stand behind each other */
};

static enum smf_status survey_symbol(struct smf_image *image, uint32_t index, struct findings *findings,
                                     struct smf_diagnosis *why)
{
    const uint8_t *at;
    bool is = false;
    enum smf_status status =
        smf_window_get(&image->symbols, image->symbol_table + (size_t)index * image->header.symbol_stride,
                       image->header.symbol_stride, &at, why);
    if (status != SMF_OK)
        return status;
    const struct symbol_fields fields = smf_symbol_fields(&image->header, at);
    SMF_DECODED();
    findings->visible = findings->visible || fields.visibility != 0;
    if (fields.binding != SMF_BINDING_LOCAL)
        findings->named++;
    else if (fields.type == 0)
        status = is_section_symbol(image, fields.name, &is, why);
    if (status != SMF_OK || !is)
        return status;
    if (image->section_symbol_count == 0)
        image->section_symbol = index;
    else if (index != image->section_symbol + image->section_symbol_count)
        findings->interrupted = true;
    image->section_symbol_count++;
    return SMF_OK;
}

/*
 * Section symbols stand for the sections of types 1 to 4 in turn; these must follow one another in the table, too. If
 * not, there is a first one and a count of 0: the door then says of each that its place is unknown.
 */
static void attribute_section_symbols(struct smf_image *image, const struct findings *findings)
{
    uint32_t first = 0, loaded = 0;
    while (first < image->header.section_count && !is_loaded(image->sections[first].type))
        first++;
    while (first + loaded < image->header.section_count && is_loaded(image->sections[first + loaded].type))
        loaded++;
    image->section_symbol_base = first;
    if (findings->interrupted || image->section_symbol_count > loaded)
        image->section_symbol_count = 0;
}

enum smf_status smf_image_older_survey(struct smf_image *image, struct smf_diagnosis *why)
{
    const struct smf_header *header = &image->header;
    struct findings findings = {0};
    const enum smf_status cut = cut_strings(image, why);
    find_data_section(image);
    if (cut != SMF_OK || header->p_family)
        return cut;
    for (uint32_t i = 0; i < header->symbol_count; i++) {
        const enum smf_status status = survey_symbol(image, i, &findings, why);
        if (status != SMF_OK)
            return status;
    }
    attribute_section_symbols(image, &findings);
    image->undefined_rule = RULE_EITHER;
    if (findings.visible || header->exported_count == 0)
        image->undefined_rule = RULE_UNDEFINED;
    else if (header->exported_count >= findings.named)
        image->undefined_rule = RULE_DEFINED;
    return SMF_OK;
}

/* P files without the canonical mark: the section index may be missing (FORMAT 3.2). */
static enum smf_status prove_legacy(const struct proof *proof, struct smf_symbol *symbol)
{
    const struct smf_image *image = proof->image;
    const struct symbol_fields *fields = &proof->fields;
    const bool old = image->header.symbol_stride != SMF_S56_SIZE; /* S52 and S40 number types from 1, None is 0 */
    if (old)
        symbol->type = fields->type == 0 ? SMF_SYMBOL_NONE : (uint8_t)(fields->type - 1);
    else if (fields->type == SMF_SYMBOL_NONE)
        symbol->type = SMF_SYMBOL_FUNCTION;
    const bool nothing = old && symbol->type == SMF_SYMBOL_NONE && fields->value == 0 && fields->size == 0 &&
                         fields->binding != SMF_BINDING_LOCAL;
    if (fields->section == SMF_INDEX_UNDEFINED || nothing) {
        symbol->place = SMF_PLACE_UNDEFINED;
        symbol->value = symbol->size = 0;
        return SMF_OK;
    }
    uint32_t section = fields->section;
    if (old || fields->visibility == 0)
        section =
            symbol->type == SMF_SYMBOL_DATA || symbol->type == SMF_SYMBOL_CONSTANT ? image->data_section : (uint32_t)0;
    if (section >= image->header.section_count)
        return smf_refuse_symbol(proof, SMF_DETAIL_SYMBOL_SECTION, section, image->header.section_count);
    return smf_place_in_section(proof, section, symbol);
}

/* A defined symbol of an R file: the section that it lies in was not stored (FORMAT 3.1). */
static enum smf_status place_r(const struct proof *proof, struct smf_symbol *symbol)
{
    struct smf_image *image = proof->image;
    const uint32_t ordinal = proof->index - image->section_symbol;
    const bool may_stand = symbol->type == SMF_SYMBOL_NONE && symbol->binding == SMF_BINDING_LOCAL;
    symbol->place = SMF_PLACE_UNKNOWN;
    if (symbol->type == SMF_SYMBOL_DATA || symbol->type == SMF_SYMBOL_CONSTANT) {
        if (image->data_section == SMF_NO_SYMBOL)
            return SMF_OK;
        return smf_place_in_section(proof, image->data_section, symbol);
    }
    if (symbol->type != SMF_SYMBOL_FUNCTION && symbol->type != SMF_SYMBOL_NONE)
        return SMF_OK;
    if (may_stand && image->section_symbol_count == 0 && image->section_symbol != SMF_NO_SYMBOL) {
        bool is; /* there are section symbols, and nobody knows for what */
        const enum smf_status status = is_section_symbol(image, symbol->name, &is, proof->why);
        if (status != SMF_OK || is)
            return status;
    }
    if (may_stand && ordinal < image->section_symbol_count) {
        const uint32_t section = image->section_symbol_base + ordinal;
        if (image->sections[section].type != SMF_SECTION_CODE)
            return smf_place_in_section(proof, section, symbol);
    }
    symbol->place = SMF_PLACE_CODE_AREA;
    if (!smf_lies_within(proof, symbol->type, symbol->value, 0, image->code_size))
        return smf_refuse_symbol(proof, SMF_DETAIL_SYMBOL_VALUE, symbol->value, image->code_size);
    return SMF_OK;
}

static enum smf_status prove_r(const struct proof *proof, struct smf_symbol *symbol)
{
    const struct symbol_fields *fields = &proof->fields;
    symbol->type = fields->type == 0 ? SMF_SYMBOL_NONE : (uint8_t)(fields->type - 1);
    if (fields->binding == SMF_BINDING_LOCAL || fields->visibility != 0 || fields->value != 0 || fields->size != 0)
        return place_r(proof, symbol);
    const uint8_t rule = symbol->type == SMF_SYMBOL_NONE ? RULE_UNDEFINED : proof->image->undefined_rule;
    if (rule == RULE_DEFINED)
        return place_r(proof, symbol);
    symbol->place = rule == RULE_EITHER ? SMF_PLACE_EITHER : SMF_PLACE_UNDEFINED;
    return SMF_OK;
}

enum smf_status smf_image_older_symbol(const struct proof *proof, struct smf_symbol *symbol)
{
    return proof->image->header.p_family ? prove_legacy(proof, symbol) : prove_r(proof, symbol);
}
