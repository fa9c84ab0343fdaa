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

/* The raw fields of a symbol entry, as they stand, in the stride of the image. */
struct fields {
    size_t value, size;
    uint32_t name, hash;
    uint16_t section;
    uint8_t type, binding, visibility, flags;
};

static struct fields fields_of(const struct smf_header *header, const uint8_t *at)
{
    const unsigned kinds = header->symbol_stride == SMF_S52_SIZE ? SMF_S52_TYPE : SMF_S_TYPE;
    const struct fields fields = {
        .value = smf_get_size(at + SMF_S_VALUE),
        .size = smf_get_size(at + SMF_S_SIZE),
        .name = smf_get32(at + SMF_S_NAME),
        .hash = smf_get32(at + SMF_S_HASH),
        .section = header->symbol_stride == SMF_S40_SIZE ? (uint16_t)0 : smf_get16(at + SMF_S56_SECTION),
        .type = at[kinds],
        .binding = at[kinds + 1],
        .visibility = at[kinds + 2],
        .flags = at[kinds + 3],
    };
    SMF_DECODED();
    return fields;
}

/* FNV-1a of the name at `offset`, and how many bytes were read for it. */
static enum smf_status hash_name(struct smf_image *image, uint32_t offset, uint32_t *hash, uint64_t *work)
{
    uint64_t length = 0;
    *hash = SMF_FNV32_BASIS;
    for (size_t at = offset; at < image->string_size;) {
        const size_t left = image->string_size - at;
        const size_t size = left < CHUNK ? (size_t)left : CHUNK;
        const uint8_t *bytes = smf_window_at(&image->strings, image->string_table + at, size, image->why);
        if (bytes == NULL)
            return image->why->status;
        size_t i = 0;
        for (uint8_t c; i < size && (c = ((const volatile uint8_t *)bytes)[i]) != 0; i++)
            *hash = (*hash ^ c) * SMF_FNV32_PRIME;
        length += i;
        if (length > SMF_NAME_MAX)
            return smf_image_refuse(image, SMF_SAY(NAME_LENGTH, SMF_S_NAME), smf_word(length), SMF_NAME_MAX);
        if (i < size) {
            *work += length;
            return SMF_OK;
        }
        at += size;
    }
    return smf_image_refuse(image, SMF_SAY(SYMBOL_NAME, SMF_S_NAME), offset, image->string_size);
}

enum smf_status smf_older_symbols(struct smf_image *image)
{
    const struct smf_header *header = &image->header;
    const uint64_t allowed = image->string_size + (uint64_t)header->symbol_count * SMF_NAME_WORK;
    uint64_t work = 0;
    for (uint32_t i = 0; i < header->symbol_count; i++) {
        uint32_t hash;
        const uint8_t *at = smf_image_symbol_record(image, i);
        if (at == NULL)
            return image->why->status;
        const struct fields fields = fields_of(header, at);
        if (fields.type > SMF_SYMBOL_NONE || fields.binding > SMF_BINDING_WEAK)
            return smf_image_refuse(image, SMF_SAY(SYMBOL_ENTRY, 0), fields.type | (size_t)fields.binding << 8, 0);
        const enum smf_status status = hash_name(image, fields.name, &hash, &work);
        if (status != SMF_OK)
            return status;
        if (hash != fields.hash)
            return smf_image_refuse(image, SMF_SAY(SYMBOL_HASH, SMF_S_HASH), hash, fields.hash);
        if (work > allowed)
            return smf_image_refuse(image, SMF_SAY(NAME_WORK, 0), smf_word(work), smf_word(allowed));
    }
    return SMF_OK;
}

/* A name that starts before the last NUL ends before it, too: what follows that NUL belongs to no name. */
static enum smf_status cut_strings(struct smf_image *image)
{
    if (image->header.symbol_count == 0)
        image->string_size = 0;
    while (image->string_size != 0) {
        const size_t end = image->string_table + image->string_size;
        const uint8_t *last = smf_window_at(&image->strings, end - 1, 1, image->why);
        if (last == NULL)
            return image->why->status;
        if (*last == 0)
            return SMF_OK;
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
static enum smf_status is_section_symbol(struct smf_image *image, uint32_t name, bool *is)
{
    static const char prefix[] = "__smf_section_";
    const size_t length = sizeof prefix - 1;
    *is = false;
    if (!smf_within(name, length, image->string_size))
        return SMF_OK;
    const uint8_t *bytes = smf_window_at(&image->strings, image->string_table + name, length, image->why);
    if (bytes == NULL)
        return image->why->status;
    *is = memcmp(bytes, prefix, length) == 0;
    return SMF_OK;
}

/* What the table as a whole says about an R file's symbols. */
struct findings {
    uint32_t named;   /* symbols that are not Local                        */
    bool visible;     /* one has visibility != 0                           */
    bool interrupted; /* the section symbols do not stand behind each other */
};

static enum smf_status survey_symbol(struct smf_image *image, uint32_t index, struct findings *findings)
{
    bool is = false;
    enum smf_status status = SMF_OK;
    const uint8_t *at = smf_image_symbol_record(image, index);
    if (at == NULL)
        return image->why->status;
    const struct fields fields = fields_of(&image->header, at);
    findings->visible = findings->visible || fields.visibility != 0;
    if (fields.binding != SMF_BINDING_LOCAL)
        findings->named++;
    else if (fields.type == 0)
        status = is_section_symbol(image, fields.name, &is);
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

/* Entry points lie in code (A19). Older writers mark everything EXECUTABLE: without code, 0 means none. */
static enum smf_status prove_entry(struct smf_image *image)
{
    const struct smf_header *header = &image->header;
    size_t code = image->code_size;
    if (header->p_family && image->first_code != SMF_NO_SYMBOL)
        code = image->sections[image->first_code].virtual_size;
    if ((header->flags & SMF_FLAG_EXECUTABLE) == 0 || header->entry_point == 0 ||
        (header->entry_point & ~thumb_bit(header)) < code)
        return SMF_OK;
    image->record = header->position;
    return smf_image_refuse(image, SMF_SAY(ENTRY_POINT, 0), header->entry_point, code);
}

enum smf_status smf_image_older_survey(struct smf_image *image)
{
    const struct smf_header *header = &image->header;
    struct findings findings = {0};
    if (header->layout == SMF_LAYOUT_R72 && (header->flags & SMF_FLAG_R72_COMPRESSED) != 0) {
        image->record = header->position;
        return smf_image_refuse(image, SMF_SAY(COMPRESSED_FILE, SMF_H_FLAGS), header->flags, 0);
    }
    image->data_section = image->section_symbol = SMF_NO_SYMBOL;
    image->section_symbol_count = image->section_symbol_base = 0;
    image->undefined_rule = RULE_UNDEFINED;
    enum smf_status first = smf_older_payloads(image);
    if (first == SMF_OK)
        first = prove_entry(image);
    if (first == SMF_OK)
        first = cut_strings(image);
    find_data_section(image);
    if (first != SMF_OK || header->p_family)
        return first;
    for (uint32_t i = 0; i < header->symbol_count; i++) {
        const enum smf_status status = survey_symbol(image, i, &findings);
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

/* Its place is a section; only canonical files promise that the end lies in it, too. */
static enum smf_status place_in_section(struct smf_image *image, uint32_t section, struct smf_symbol *symbol)
{
    const size_t size = image->sections[section].virtual_size;
    symbol->place = SMF_PLACE_SECTION;
    symbol->section = section;
    if (!smf_lies_within(image, symbol->type, symbol->value, 0, size))
        return smf_image_refuse(image, SMF_SAY(SYMBOL_VALUE, SMF_S_VALUE), symbol->value, size);
    return SMF_OK;
}

/* P files without the canonical mark: the section index may be missing (FORMAT 3.2). */
static enum smf_status prove_legacy(struct smf_image *image, const struct fields *fields, struct smf_symbol *symbol)
{
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
        return smf_image_refuse(image, SMF_SAY(SYMBOL_SECTION, 40), section, image->header.section_count);
    return place_in_section(image, section, symbol);
}

/* A defined symbol of an R file: the section that it lies in was not stored (FORMAT 3.1). */
static enum smf_status place_r(struct smf_image *image, uint32_t index, struct smf_symbol *symbol)
{
    const uint32_t ordinal = index - image->section_symbol;
    const bool may_stand = symbol->type == SMF_SYMBOL_NONE && symbol->binding == SMF_BINDING_LOCAL;
    symbol->place = SMF_PLACE_UNKNOWN;
    if (symbol->type == SMF_SYMBOL_DATA || symbol->type == SMF_SYMBOL_CONSTANT) {
        if (image->data_section == SMF_NO_SYMBOL)
            return SMF_OK;
        return place_in_section(image, image->data_section, symbol);
    }
    if (symbol->type != SMF_SYMBOL_FUNCTION && symbol->type != SMF_SYMBOL_NONE)
        return SMF_OK;
    if (may_stand && image->section_symbol_count == 0 && image->section_symbol != SMF_NO_SYMBOL) {
        bool is; /* there are section symbols, and nobody knows for what */
        const enum smf_status status = is_section_symbol(image, symbol->name, &is);
        if (status != SMF_OK || is)
            return status;
    }
    if (may_stand && ordinal < image->section_symbol_count) {
        const uint32_t section = image->section_symbol_base + ordinal;
        if (image->sections[section].type != SMF_SECTION_CODE)
            return place_in_section(image, section, symbol);
    }
    symbol->place = SMF_PLACE_CODE_AREA;
    if (!smf_lies_within(image, symbol->type, symbol->value, 0, image->code_size))
        return smf_image_refuse(image, SMF_SAY(SYMBOL_VALUE, SMF_S_VALUE), symbol->value, image->code_size);
    return SMF_OK;
}

static enum smf_status prove_r(struct smf_image *image, uint32_t index, const struct fields *fields,
                               struct smf_symbol *symbol)
{
    symbol->type = fields->type == 0 ? SMF_SYMBOL_NONE : (uint8_t)(fields->type - 1);
    if (fields->binding == SMF_BINDING_LOCAL || fields->visibility != 0 || fields->value != 0 || fields->size != 0)
        return place_r(image, index, symbol);
    const uint8_t rule = symbol->type == SMF_SYMBOL_NONE ? RULE_UNDEFINED : image->undefined_rule;
    if (rule == RULE_DEFINED)
        return place_r(image, index, symbol);
    symbol->place = rule == RULE_EITHER ? SMF_PLACE_EITHER : SMF_PLACE_UNDEFINED;
    return SMF_OK;
}

enum smf_status smf_image_older_symbol(struct smf_image *image, uint32_t index, const uint8_t *at,
                                       struct smf_symbol *symbol)
{
    const struct fields fields = fields_of(&image->header, at);
    symbol->value = fields.value;
    symbol->size = fields.size;
    symbol->name = fields.name;
    symbol->hash = fields.hash;
    symbol->section = SMF_NO_SYMBOL;
    symbol->stub_size = 0;
    symbol->type = fields.type;
    symbol->binding = fields.binding;
    symbol->flags = fields.flags;
    if (fields.name >= image->string_size)
        return smf_image_refuse(image, SMF_SAY(SYMBOL_NAME, SMF_S_NAME), fields.name, image->string_size);
    if (fields.binding > SMF_BINDING_WEAK)
        return smf_image_refuse(image, SMF_SAY(SYMBOL_BINDING, SMF_S_TYPE), fields.binding, SMF_BINDING_WEAK);
    if (fields.type > SMF_SYMBOL_NONE)
        return smf_image_refuse(image, SMF_SAY(SYMBOL_TYPE, SMF_S_TYPE), fields.type, SMF_SYMBOL_NONE);
    return image->header.p_family ? prove_legacy(image, &fields, symbol) : prove_r(image, index, &fields, symbol);
}

/* Types that a file of this kind may hold (FORMAT 2.12), and in P files reserved bytes. */
enum smf_status smf_image_older_relocation(struct smf_image *image, struct smf_relocation *record, uint32_t last)
{
    const struct smf_header *header = &image->header;
    const uint8_t type = record->type;
    const bool allowed =
        header->p_family ? type >= 1 && type <= 5 : type <= 4 || (type <= 9 && header->arch == SMF_ARCH_AARCH64);
    const bool unnamed = record->symbol == SMF_NO_SYMBOL && type == SMF_RELOCATION_NONE;
    const uint32_t reserved = header->p_family ? last | record->number : 0;
    if (!allowed)
        return smf_image_refuse(image, SMF_SAY(RELOCATION_TYPE, SMF_R_TYPE), type, 0);
    if (record->symbol >= header->symbol_count && !unnamed)
        return smf_image_refuse(image, SMF_SAY(RELOCATION_SYMBOL, SMF_R_SYMBOL), record->symbol, header->symbol_count);
    if (reserved != 0)
        return smf_image_refuse(image, SMF_SAY(RELOCATION_RESERVED, SMF_R_NUMBER), reserved, 0);
    record->number = 0; /* in R files these bytes are garbage */
    return SMF_OK;
}
