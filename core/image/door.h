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

/* The symbol door for exported functions and data of one section after the other, for the pass over all exports. */
struct smf_export_door {
    size_t string_size;
    size_t section_size; /* virtual size of `section` */
    size_t thumb;        /* 1 on Arm: bit 0 of a function's value is no part of its offset */
    uint32_t section;
};

/* 0 if both are equal; gathered in words of the machine, because a small one has few registers. */
static inline size_t smf_difference(uint64_t found, uint64_t wanted)
{
    const uint64_t difference = found ^ wanted;
    return (size_t)difference | (size_t)(difference >> (SIZE_MAX < UINT64_MAX ? 32 : 0));
}

/*
 * `at` is a record among the exported ones: is it one of these, with every
 * reserved byte as it should be? The same conditions as in symbols.c, asked all at
 * once; false means "look closely", nothing else.
 */
static inline bool smf_image_plain_export(const struct smf_export_door *door, const uint8_t *at,
                                          struct smf_symbol *symbol)
{
    const uint64_t names = smf_get64(at), kinds = smf_get64(at + SMF_S_TYPE);
    const uint64_t value64 = smf_get64(at + SMF_S_VALUE), size64 = smf_get64(at + SMF_S_SIZE);
    const uint64_t versions = smf_get64(at + SMF_S_TYPE_ID), place = smf_get64(at + 40), last = smf_get64(at + 48);
    SMF_DECODED();
    const uint64_t flags = (uint64_t)(SMF_SYMBOL_FLAG_TEMPLATE | SMF_SYMBOL_FLAG_BY_STUB) << 24;
    const size_t wrong = smf_difference(kinds & (UINT64_C(0xFFFFFFFF00FF0000) | flags), 0x10000) |
                         smf_difference(versions, (uint64_t)1 << 32) |
                         smf_difference(place, (uint64_t)door->section << 8) | smf_difference(last, 0) |
                         (SIZE_MAX < UINT64_MAX ? (size_t)((value64 | size64) >> 32) : 0);
    const size_t value = (size_t)value64, size = (size_t)size64;
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
