/* SPDX-License-Identifier: MIT */
/*
 * symbols.c - the symbol door: one record decoded into locals, proven whole,
 * and said in one vocabulary whatever the family (SPEC, "Symbols").
 *
 * Nothing is read of the name but its place: the string table was cut at its
 * last NUL when the image was opened, so a name that starts in it ends in it.
 */
#include "image/older.h"

struct symbol_fields smf_symbol_fields(const struct smf_header *header, const uint8_t *at)
{
    const unsigned kinds = header->symbol_stride == SMF_S52_SIZE ? SMF_S52_TYPE : SMF_S_TYPE;
    const struct symbol_fields fields = {
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
    return fields;
}

enum smf_status smf_refuse_symbol(const struct proof *proof, enum smf_detail detail, size_t value, size_t expected)
{
    proof->why->index = proof->index;
    return smf_fail(proof->why, detail, proof->offset, value, expected);
}

/* Whose record was refused. NULL: the diagnosis survives a name that cannot be read. */
static void name_refused(const struct proof *proof)
{
    char *const kept = proof->why->name;
    const char *name;
    size_t length;
    if (smf_image_name(proof->image, proof->fields.name, kept, sizeof proof->why->name, &name, &length, NULL) != SMF_OK)
        kept[0] = '\0';
    else if (name != kept)
        smf_fail_name(proof->why, name, length);
}

/* The value lies in its place of `size` bytes; the end counts too. Bit 0 of an Arm function selects Thumb. */
bool smf_lies_within(const struct proof *proof, uint8_t type, size_t value, size_t more, size_t size)
{
    if (type == SMF_SYMBOL_FUNCTION)
        value &= ~thumb_bit(&proof->image->header);
    return smf_within(value, more, size);
}

enum smf_status smf_place_in_section(const struct proof *proof, uint32_t section, struct smf_symbol *symbol)
{
    const struct smf_image *image = proof->image;
    const size_t size = image->sections[section].virtual_size;
    symbol->place = SMF_PLACE_SECTION;
    symbol->section = section;
    if (!smf_lies_within(proof, symbol->type, symbol->value, image->header.canonical ? symbol->size : 0, size))
        return smf_refuse_symbol(proof, SMF_DETAIL_SYMBOL_VALUE, symbol->value, size);
    return SMF_OK;
}

/* Undefined in a canonical file: value and size are the place of its stub (DESIGN D1). */
static enum smf_status place_import(const struct proof *proof, struct smf_symbol *symbol)
{
    const struct smf_image *image = proof->image;
    const size_t code = image->first_code != SMF_NO_SYMBOL ? image->sections[image->first_code].virtual_size : 0;
    const size_t value = symbol->value, size = symbol->size;
    symbol->place = SMF_PLACE_UNDEFINED;
    symbol->value = symbol->size = 0;
    if (size == 0 && (symbol->flags & SMF_SYMBOL_FLAG_BY_STUB) == 0)
        return SMF_OK;
    if (size == 0 || size > UINT32_MAX || !smf_lies_within(proof, SMF_SYMBOL_FUNCTION, value, size, code))
        return smf_refuse_symbol(proof, SMF_DETAIL_SYMBOL_STUB, value, code);
    symbol->value = value;
    symbol->stub_size = (uint32_t)size;
    return SMF_OK;
}

/* Bytes of a canonical entry that have one value only. Templates use theirs. */
static enum smf_status prove_reserved(const struct proof *proof, const uint8_t *at)
{
    const bool template = (proof->fields.flags & SMF_SYMBOL_FLAG_TEMPLATE) != 0;
    const uint32_t pad = smf_get32(at + 12);
    const uint64_t version = smf_get64(at + SMF_S_TYPE_ID);
    const uint64_t tail = smf_get64(at + 40) & (template ? UINT64_C(0xFFFFFFFFFF000000) : UINT64_C(0xFFFFFFFFFF0000FF));
    SMF_DECODED();
    if (pad != 0)
        return smf_refuse_symbol(proof, SMF_DETAIL_SYMBOL_RESERVED, pad, 0);
    if (version != (uint64_t)1 << 32)
        return smf_refuse_symbol(proof, SMF_DETAIL_SYMBOL_RESERVED, smf_word(version), smf_word((uint64_t)1 << 32));
    if (proof->fields.visibility != 1)
        return smf_refuse_symbol(proof, SMF_DETAIL_SYMBOL_RESERVED, proof->fields.visibility, 1);
    if (tail != 0)
        return smf_refuse_symbol(proof, SMF_DETAIL_SYMBOL_RESERVED, smf_word(tail), 0);
    const uint64_t place = smf_get64(at + 48);
    if (place != 0 && !template)
        return smf_refuse_symbol(proof, SMF_DETAIL_SYMBOL_RESERVED, smf_word(place), 0);
    return SMF_OK;
}

/* Local, then undefined, then exported: which group `index` must be of (order of the first two: smf_image_check_names). */
static enum smf_status prove_group(const struct proof *proof, bool undefined)
{
    const struct smf_header *header = &proof->image->header;
    const bool local = proof->fields.binding == SMF_BINDING_LOCAL;
    const bool exported = proof->index >= header->symbol_count - header->exported_count;
    if (exported ? local || undefined : local == undefined)
        return smf_refuse_symbol(proof, SMF_DETAIL_SYMBOL_GROUP, proof->index,
                                 header->symbol_count - header->exported_count);
    return SMF_OK;
}

static enum smf_status prove_canonical(const struct proof *proof, const uint8_t *at, struct smf_symbol *symbol)
{
    const struct symbol_fields *fields = &proof->fields;
    const uint32_t count = proof->image->header.section_count;
    enum smf_status status = prove_reserved(proof, at);
    if (status == SMF_OK)
        status = prove_group(proof, fields->section == SMF_INDEX_UNDEFINED);
    if (status != SMF_OK)
        return status;
    if (fields->type > SMF_SYMBOL_CONSTANT)
        return smf_refuse_symbol(proof, SMF_DETAIL_SYMBOL_TYPE, fields->type, SMF_SYMBOL_CONSTANT);
    if (fields->section == SMF_INDEX_UNDEFINED)
        return place_import(proof, symbol);
    if ((fields->flags & SMF_SYMBOL_FLAG_BY_STUB) != 0)
        return smf_refuse_symbol(proof, SMF_DETAIL_SYMBOL_STUB, fields->flags, 0);
    if (fields->section == SMF_INDEX_ABSOLUTE) {
        symbol->place = SMF_PLACE_ABSOLUTE;
        if (fields->type != SMF_SYMBOL_CONSTANT)
            return smf_refuse_symbol(proof, SMF_DETAIL_SYMBOL_TYPE, fields->type, SMF_SYMBOL_CONSTANT);
        if (fields->value !=
            smf_get64(at + SMF_S_VALUE)) /* larger than a word: in a section it would be too large, too */
            return smf_refuse_symbol(proof, SMF_DETAIL_SYMBOL_VALUE, fields->value, SIZE_MAX);
        return SMF_OK;
    }
    if (fields->section >= count)
        return smf_refuse_symbol(proof, SMF_DETAIL_SYMBOL_SECTION, fields->section, count);
    return smf_place_in_section(proof, fields->section, symbol);
}

/* The checks in full, in the order in which they are reported. */
static enum smf_status prove_slowly(const struct proof *proof, const uint8_t *at, struct smf_symbol *symbol)
{
    const struct smf_image *image = proof->image;
    const struct symbol_fields *fields = &proof->fields;
    if (fields->name >= image->string_size)
        return smf_refuse_symbol(proof, SMF_DETAIL_SYMBOL_NAME, fields->name, image->string_size);
    if (fields->binding > SMF_BINDING_WEAK)
        return smf_refuse_symbol(proof, SMF_DETAIL_SYMBOL_BINDING, fields->binding, SMF_BINDING_WEAK);
    if (fields->type > SMF_SYMBOL_NONE)
        return smf_refuse_symbol(proof, SMF_DETAIL_SYMBOL_TYPE, fields->type, SMF_SYMBOL_NONE);
    symbol->value = fields->value;
    symbol->size = fields->size;
    symbol->name = fields->name;
    symbol->hash = fields->hash;
    symbol->section = SMF_NO_SYMBOL;
    symbol->stub_size = 0;
    symbol->type = fields->type;
    symbol->binding = fields->binding;
    symbol->flags = fields->flags;
    return image->header.canonical ? prove_canonical(proof, at, symbol) : smf_image_older_symbol(proof, symbol);
}

/* What is not plain, or not good: looked at in full. */
static enum smf_status look_closely(struct smf_image *image, uint32_t index, size_t offset, const uint8_t *at,
                                    struct smf_symbol *symbol, struct smf_diagnosis *why)
{
    const struct proof proof = {
        .image = image, .why = why, .index = index, .offset = offset, .fields = smf_symbol_fields(&image->header, at)};
    SMF_DECODED();
    const enum smf_status proven = prove_slowly(&proof, at, symbol);
    if (proven != SMF_OK)
        name_refused(&proof);
    return proven;
}

enum smf_status smf_image_symbol(struct smf_image *image, uint32_t index, struct smf_symbol *symbol,
                                 struct smf_diagnosis *why)
{
    const struct smf_header *header = &image->header;
    const uint8_t *at;
    why = why != NULL ? why : &image->unwanted;
    if (index >= header->symbol_count) {
        why->index = index;
        why->name[0] = '\0';
        return smf_fail(why, SMF_DETAIL_SYMBOL_INDEX, image->symbol_table, index, header->symbol_count);
    }
    const size_t offset = image->symbol_table + (size_t)index * header->symbol_stride;
    const enum smf_status status = smf_window_get(&image->symbols, offset, header->symbol_stride, &at, why);
    if (status != SMF_OK) {
        why->index = index;
        return status;
    }
    if (header->canonical && smf_image_plain_symbol(image, index, at, symbol))
        return SMF_OK;
    return look_closely(image, index, offset, at, symbol, why);
}
