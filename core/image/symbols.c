/* SPDX-License-Identifier: MIT */
/*
 * symbols.c - the symbol door: one record decoded into locals, proven whole,
 * and said in one vocabulary whatever the family (SPEC, "Symbols").
 *
 * Nothing is read of the name but its place: the string table was cut at its
 * last NUL when the image was opened, so a name that starts in it ends in it.
 */
#include "image/older.h"

/* The value lies in its place of `size` bytes; the end counts too. Bit 0 of an Arm function selects Thumb. */
bool smf_lies_within(const struct smf_image *image, uint8_t type, size_t value, size_t more, size_t size)
{
    if (type == SMF_SYMBOL_FUNCTION)
        value &= ~thumb_bit(&image->header);
    return smf_within(value, more, size);
}

/* Undefined in a canonical file: value and size are the place of its stub (DESIGN D1). */
static enum smf_status place_import(struct smf_image *image, struct smf_symbol *symbol)
{
    const size_t code = image->first_code != SMF_NO_SYMBOL ? image->sections[image->first_code].virtual_size : 0;
    const size_t value = symbol->value, size = symbol->size;
    symbol->place = SMF_PLACE_UNDEFINED;
    symbol->value = symbol->size = 0;
    if (size == 0 && (symbol->flags & SMF_SYMBOL_FLAG_BY_STUB) == 0)
        return SMF_OK;
    if (size == 0 || size > UINT32_MAX || !smf_lies_within(image, SMF_SYMBOL_FUNCTION, value, size, code))
        return smf_image_refuse(image, SMF_SAY(SYMBOL_STUB, SMF_S_VALUE), value, code);
    symbol->value = value;
    symbol->stub_size = (uint32_t)size;
    return SMF_OK;
}

/* Where a symbol of a canonical file lies that is defined. */
static enum smf_status place_own(struct smf_image *image, const uint8_t *at, uint32_t section,
                                 struct smf_symbol *symbol)
{
    const uint32_t count = image->header.section_count;
    if ((symbol->flags & SMF_SYMBOL_FLAG_BY_STUB) != 0)
        return smf_image_refuse(image, SMF_SAY(SYMBOL_STUB, SMF_S_TYPE), symbol->flags, 0);
    if (section == SMF_INDEX_ABSOLUTE) {
        symbol->place = SMF_PLACE_ABSOLUTE;
        if (symbol->type != SMF_SYMBOL_CONSTANT)
            return smf_image_refuse(image, SMF_SAY(SYMBOL_TYPE, SMF_S_TYPE), symbol->type, SMF_SYMBOL_CONSTANT);
        if (sizeof(size_t) < sizeof(uint64_t) &&
            smf_get32(at + SMF_S_VALUE + 4) != 0) /* in a section, it is too large */
            return smf_image_refuse(image, SMF_SAY(SYMBOL_VALUE, SMF_S_VALUE), symbol->value, SIZE_MAX);
        return SMF_OK;
    }
    symbol->place = SMF_PLACE_SECTION;
    symbol->section = section;
    if (section >= count)
        return smf_image_refuse(image, SMF_SAY(SYMBOL_SECTION, 40), section, count);
    const size_t size = image->sections[section].virtual_size;
    if (!smf_lies_within(image, symbol->type, symbol->value, symbol->size, size))
        return smf_image_refuse(image, SMF_SAY(SYMBOL_VALUE, SMF_S_VALUE), symbol->value, size);
    return SMF_OK;
}

/* Bits of a canonical record that are not as they must be, all together. Templates use some of them. */
static uint32_t unreserved(const uint8_t *at, uint32_t kinds)
{
    const uint32_t place = smf_get32(at + 40), last = smf_get32(at + 48) | smf_get32(at + 52);
    uint32_t wrong = smf_get32(at + 12) | smf_get32(at + SMF_S_TYPE_ID) | (smf_get32(at + SMF_S_VERSION) ^ 1) |
                     smf_get32(at + 44) | ((kinds ^ 0x10000) & 0xFF0000); /* visibility 1 */
    if ((kinds >> 24 & SMF_SYMBOL_FLAG_TEMPLATE) != 0)
        wrong |= place & 0xFF000000;
    else
        wrong |= (place & 0xFF0000FF) | last;
    return wrong;
}

static enum smf_status prove_canonical(struct smf_image *image, uint32_t index, const uint8_t *at,
                                       struct smf_symbol *symbol)
{
    const struct smf_header *header = &image->header;
    const uint32_t kinds = smf_get32(at + SMF_S_TYPE), section = smf_get16(at + SMF_S56_SECTION);
    const uint32_t wrong = unreserved(at, kinds), first_exported = header->symbol_count - header->exported_count;
    symbol->name = smf_get32(at + SMF_S_NAME);
    symbol->hash = smf_get32(at + SMF_S_HASH);
    symbol->value = smf_get_size(at + SMF_S_VALUE);
    symbol->size = smf_get_size(at + SMF_S_SIZE);
    SMF_DECODED();
    symbol->section = SMF_NO_SYMBOL;
    symbol->stub_size = 0;
    symbol->type = (uint8_t)kinds;
    symbol->binding = (uint8_t)(kinds >> 8);
    symbol->flags = (uint8_t)(kinds >> 24);
    if (symbol->name >= image->string_size)
        return smf_image_refuse(image, SMF_SAY(SYMBOL_NAME, SMF_S_NAME), symbol->name, image->string_size);
    if (symbol->binding > SMF_BINDING_WEAK)
        return smf_image_refuse(image, SMF_SAY(SYMBOL_BINDING, SMF_S_TYPE), symbol->binding, SMF_BINDING_WEAK);
    if (symbol->type > SMF_SYMBOL_CONSTANT)
        return smf_image_refuse(image, SMF_SAY(SYMBOL_TYPE, SMF_S_TYPE), symbol->type, SMF_SYMBOL_CONSTANT);
    if (wrong != 0)
        return smf_image_refuse(image, SMF_SAY(SYMBOL_RESERVED, SMF_S_TYPE), wrong, 0);
    /* Local, then undefined, then exported (order of the first two: smf_image_check_names). */
    const bool undefined = section == SMF_INDEX_UNDEFINED, local = symbol->binding == SMF_BINDING_LOCAL;
    if (index >= first_exported ? local || undefined : local == undefined)
        return smf_image_refuse(image, SMF_SAY(SYMBOL_GROUP, 0), index, first_exported);
    return undefined ? place_import(image, symbol) : place_own(image, at, section, symbol);
}

/* Whose record was refused. NULL: the diagnosis survives a name that cannot be read. */
static void name_refused(struct smf_image *image, uint32_t offset)
{
    struct smf_diagnosis *const why = image->why;
    const char *name;
    size_t length;
    if (smf_image_name(image, offset, why->name, sizeof why->name, &name, &length, NULL) != SMF_OK)
        why->name[0] = '\0';
    else if (name != why->name)
        smf_fail_name(why, name, length);
}

const uint8_t *smf_image_symbol_record(struct smf_image *image, uint32_t index)
{
    image->why->index = index;
    image->record = image->symbol_table + (size_t)index * image->header.symbol_stride;
    return smf_window_at(&image->symbols, image->record, image->header.symbol_stride, image->why);
}

enum smf_status smf_image_symbol(struct smf_image *image, uint32_t index, struct smf_symbol *symbol,
                                 struct smf_diagnosis *why)
{
    const struct smf_header *header = &image->header;
    take_diagnosis(image, why);
    if (index >= header->symbol_count) {
        image->why->index = index;
        image->why->name[0] = '\0';
        image->record = image->symbol_table;
        return smf_image_refuse(image, SMF_SAY(SYMBOL_INDEX, 0), index, header->symbol_count);
    }
    const uint8_t *at = smf_image_symbol_record(image, index);
    if (at == NULL)
        return image->why->status;
    const enum smf_status proven = header->canonical ? prove_canonical(image, index, at, symbol)
                                                     : smf_image_older_symbol(image, index, at, symbol);
    if (proven != SMF_OK)
        name_refused(image, symbol->name);
    return proven;
}
