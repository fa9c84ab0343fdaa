/* SPDX-License-Identifier: MIT */
/*
 * image/door.h - for core/load, which walks whole tables: the relocation door for
 * many records at once (the same proof as smf_image_relocation(), about half
 * its time per record), and lengths of names.
 */
#ifndef SMF_IMAGE_DOOR_H
#define SMF_IMAGE_DOOR_H

#include "base/bytes.h"
#include "smf/image.h"

/*
 * Prove records [first, first + count) of Reloc section `section` and write
 * them to `records`. On failure why->index is the record that is wrong, and
 * the ones before it have been written.
 */
SMF_MUST_CHECK
enum smf_status smf_image_relocations(struct smf_image *image, uint32_t section, uint32_t first, uint32_t count,
                                      struct smf_relocation *records, struct smf_diagnosis *why);

/* Length of the NUL-terminated name at `offset` of the string table (names.c). */
SMF_MUST_CHECK
enum smf_status smf_image_name_length(struct smf_image *image, uint32_t offset, size_t *length,
                                      struct smf_diagnosis *why);

/*
 * The symbol door for what most symbols of a canonical file are: functions and
 * data that are defined in a section, and imports, with every reserved byte as
 * it should be. `at` is the record. The same conditions as in symbols.c, asked
 * all at once; false means "look closely", nothing else. Inline, because
 * loading a large module spends its time here.
 */
static inline bool smf_image_plain_symbol(const struct smf_image *image, uint32_t index, const uint8_t *at,
                                          struct smf_symbol *symbol)
{
    const struct smf_header *header = &image->header;
    const uint64_t names = smf_get64(at), kinds = smf_get64(at + SMF_S_TYPE);
    const size_t value = smf_get_size(at + SMF_S_VALUE), size = smf_get_size(at + SMF_S_SIZE);
    const uint64_t versions = smf_get64(at + SMF_S_TYPE_ID), place = smf_get64(at + 40), last = smf_get64(at + 48);
    SMF_DECODED();
    const uint8_t type = (uint8_t)kinds, binding = (uint8_t)(kinds >> 8), flags = (uint8_t)(kinds >> 24);
    const uint32_t section = (uint32_t)(place >> 8) & 0xFFFF;
    const bool exported = index >= header->symbol_count - header->exported_count;
    /* Padding, visibility 1, type_id 0, version 1, reserved bytes. */
    if ((kinds & UINT64_C(0xFFFFFFFF00FF0000)) != 0x10000 || versions != (uint64_t)1 << 32 ||
        (place & UINT64_C(0xFFFFFFFFFF0000FF)) != 0 || last != 0 || (flags & SMF_SYMBOL_FLAG_TEMPLATE) != 0)
        return false;
    if ((uint32_t)names >= image->string_size || binding > SMF_BINDING_WEAK || type > SMF_SYMBOL_CONSTANT)
        return false;
    symbol->value = value;
    symbol->size = size;
    symbol->name = (uint32_t)names;
    symbol->hash = (uint32_t)(names >> 32);
    symbol->section = section;
    symbol->stub_size = 0;
    symbol->place = SMF_PLACE_SECTION;
    symbol->type = type;
    symbol->binding = binding;
    symbol->flags = flags;
    const bool local = binding == SMF_BINDING_LOCAL, code = type == SMF_SYMBOL_FUNCTION;
    const size_t arm = header->arch == SMF_ARCH_ARM, thumb = code ? arm : 0;
    if (section < header->section_count)
        return exported != local && (flags & SMF_SYMBOL_FLAG_BY_STUB) == 0 &&
               smf_within(value & ~thumb, size, image->sections[section].virtual_size);
    /* An import without a stub, or with one inside the first Code section (DESIGN D1). */
    if (section != SMF_INDEX_UNDEFINED || exported || local)
        return false;
    symbol->section = SMF_NO_SYMBOL;
    symbol->place = SMF_PLACE_UNDEFINED;
    symbol->size = 0;
    if (size == 0) {
        symbol->value = 0;
        return (flags & SMF_SYMBOL_FLAG_BY_STUB) == 0;
    }
    symbol->stub_size = (uint32_t)size;
    return size <= UINT32_MAX && image->first_code != SMF_NO_SYMBOL &&
           smf_within(value & ~arm, size, image->sections[image->first_code].virtual_size);
}

/* The symbol door for exported functions and data of one section after the other, for the pass over all exports. */
struct smf_export_door {
    size_t string_size;
    size_t section_size; /* virtual size of `section` */
    size_t thumb;        /* 1 on Arm: bit 0 of a function's value is no part of its offset */
    uint32_t section;
};

/* As smf_image_plain_symbol(), for a record among the exported ones that lies in door->section; else false. */
static inline bool smf_image_plain_export(const struct smf_export_door *door, const uint8_t *at,
                                          struct smf_symbol *symbol)
{
    const uint64_t names = smf_get64(at), kinds = smf_get64(at + SMF_S_TYPE);
    const size_t value = smf_get_size(at + SMF_S_VALUE), size = smf_get_size(at + SMF_S_SIZE);
    const uint64_t versions = smf_get64(at + SMF_S_TYPE_ID), place = smf_get64(at + 40), last = smf_get64(at + 48);
    SMF_DECODED();
    const uint64_t flags = (uint64_t)(SMF_SYMBOL_FLAG_TEMPLATE | SMF_SYMBOL_FLAG_BY_STUB) << 24;
    const uint64_t wrong = ((kinds & (UINT64_C(0xFFFFFFFF00FF0000) | flags)) ^ 0x10000) |
                           (versions ^ (uint64_t)1 << 32) | (place ^ (uint64_t)door->section << 8) | last;
    const uint8_t type = (uint8_t)kinds, binding = (uint8_t)(kinds >> 8);
    if (wrong != 0 || (uint32_t)names >= door->string_size || type > SMF_SYMBOL_CONSTANT ||
        binding - 1u > SMF_BINDING_WEAK - 1u)
        return false;
    const size_t offset = type == SMF_SYMBOL_FUNCTION ? value & ~door->thumb : value;
    if (!smf_within(offset, size, door->section_size))
        return false;
    symbol->value = value;
    symbol->name = (uint32_t)names;
    symbol->hash = (uint32_t)(names >> 32);
    symbol->type = type;
    return true;
}

#endif
