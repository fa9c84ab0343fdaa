/* SPDX-License-Identifier: MIT */
/*
 * symbols.c - the symbol door: one record decoded into locals, proven whole,
 * and said in one vocabulary whatever the family (SPEC, "Symbols").
 *
 * Nothing is read of the name but its place: the string table was cut at its
 * last NUL when the image was opened, so a name that starts in it ends in it.
 */
#include "image/older.h"

/* Where a symbol of a canonical file lies; an undefined one's value and size are the place of its stub (DESIGN D1). */
static enum smf_status place(struct smf_image *image, const uint8_t *at, uint32_t section, struct smf_symbol *symbol)
{
    const size_t value = symbol->value, size = symbol->size;
    const bool by_stub = (symbol->flags & SMF_SYMBOL_FLAG_BY_STUB) != 0;
    uint32_t said = SMF_SAY(SYMBOL_VALUE, SMF_S_VALUE), kind = symbol->type;
    symbol->place = SMF_PLACE_SECTION;
    symbol->section = section;
    symbol->stub_size = 0;
    if (section >= SMF_INDEX_ABSOLUTE)
        symbol->section = SMF_NO_SYMBOL;
    if (section == SMF_INDEX_UNDEFINED) {
        symbol->place = SMF_PLACE_UNDEFINED;
        symbol->stub_size = (uint32_t)size;
        symbol->size = 0;
        if (size == 0)
            symbol->value = 0;
        if (size == 0 && !by_stub)
            return SMF_OK;
        said = SMF_SAY(SYMBOL_STUB, SMF_S_VALUE);
        kind = SMF_SYMBOL_FUNCTION;
        section = image->first_code;
        if (size - 1 >= UINT32_MAX)
            section = SMF_NO_SYMBOL;
    } else {
        if (by_stub)
            return smf_image_refuse(image, SMF_SAY(SYMBOL_STUB, SMF_S_TYPE), symbol->flags, 0);
        if (section == SMF_INDEX_ABSOLUTE) {
            symbol->place = SMF_PLACE_ABSOLUTE;
            if (kind != SMF_SYMBOL_CONSTANT)
                return smf_image_refuse(image, SMF_SAY(SYMBOL_TYPE, SMF_S_TYPE), kind, SMF_SYMBOL_CONSTANT);
            if (sizeof(size_t) == 8 ||
                smf_get32(at + SMF_S_VALUE + 4) == 0) /* in a section, that is too large anyway */
                return SMF_OK;
            section = SMF_NO_SYMBOL;
        } else if (section >= image->header.section_count)
            said = SMF_SAY(SYMBOL_SECTION, 40);
    }
    size_t room = 0;
    if (section < image->header.section_count) {
        room = image->sections[section].virtual_size;
        if (smf_lies_within(image, (uint8_t)kind, value, size, room))
            return SMF_OK;
    }
    return smf_image_refuse(image, said, value, room);
}

/* Bits of a canonical record that are not as they must be, all together. Templates use some of them. */
static uint32_t unreserved(const uint8_t *at, uint32_t kinds, uint32_t place)
{
    const uint32_t wrong = smf_get32(at + 12) | smf_get32(at + SMF_S_TYPE_ID) | (smf_get32(at + SMF_S_VERSION) ^ 1) |
                           smf_get32(at + 44) | ((kinds >> 16 & 0xFF) ^ 1) | place >> 24;
    if ((kinds >> 24 & SMF_SYMBOL_FLAG_TEMPLATE) != 0)
        return wrong;
    return wrong | (place & 0xFF) | smf_get32(at + 48) | smf_get32(at + 52);
}

static enum smf_status prove_canonical(struct smf_image *image, uint32_t index, const uint8_t *at,
                                       struct smf_symbol *symbol)
{
    const struct smf_header *header = &image->header;
    const uint32_t kinds = smf_get32(at + SMF_S_TYPE), last = smf_get32(at + 40), section = last >> 8 & 0xFFFF;
    const uint32_t wrong = unreserved(at, kinds, last), first_exported = header->symbol_count - header->exported_count;
    symbol->name = smf_get32(at + SMF_S_NAME);
    symbol->hash = smf_get32(at + SMF_S_HASH);
    symbol->value = smf_get_size(at + SMF_S_VALUE);
    symbol->size = smf_get_size(at + SMF_S_SIZE);
    SMF_DECODED();
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
    /* Local, then undefined, then exported (order of the first two: smf_image_check_names): each is one of these. */
    if ((symbol->binding == SMF_BINDING_LOCAL) + (section == SMF_INDEX_UNDEFINED) + (index >= first_exported) != 1)
        return smf_image_refuse(image, SMF_SAY(SYMBOL_GROUP, 0), index, first_exported);
    return place(image, at, section, symbol);
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
    const struct smf_header *header = &image->header;
    image->why->index = index;
    image->why->name[0] = '\0';
    image->record = image->symbol_table;
    if (index >= header->symbol_count) {
        smf_image_refuse(image, SMF_SAY(SYMBOL_INDEX, 0), index, header->symbol_count);
        return NULL;
    }
    image->record += (size_t)index * header->symbol_stride;
    return smf_window_at(&image->symbols, image->record, header->symbol_stride, image->why);
}

enum smf_status smf_image_symbol(struct smf_image *image, uint32_t index, struct smf_symbol *symbol,
                                 struct smf_diagnosis *why)
{
    take_diagnosis(image, why);
    const uint8_t *at = smf_image_symbol_record(image, index);
    if (at == NULL)
        return image->why->status;
    const enum smf_status proven = image->header.canonical ? prove_canonical(image, index, at, symbol)
                                                           : smf_image_older_symbol(image, index, at, symbol);
    if (proven != SMF_OK)
        name_refused(image, symbol->name);
    return proven;
}
