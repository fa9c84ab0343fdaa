/* SPDX-License-Identifier: MIT */
/*
 * relocations.c - the relocation door, one record at a time or many. What a
 * record patches, and whether that fits, is the business of the loader's rows.
 */
#include "image/older.h"

/* floor(size / 24) for a size that is a multiple of 24: n = size / 8, and n / 3 by the inverse of 3. */
uint32_t smf_image_relocation_count(const struct smf_image *image, uint32_t section)
{
    if (section >= image->header.section_count || image->sections[section].type != SMF_SECTION_RELOC)
        return 0;
    const uint64_t count = (image->sections[section].size >> 3) * SMF_THIRD;
    return count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
}

/* Types that a canonical file may hold (FORMAT 2.12), no symbol or one of the table, and reserved bytes. */
static enum smf_status prove_canonical(struct smf_image *image, const struct smf_relocation *record, uint32_t reserved)
{
    const struct smf_header *header = &image->header;
    if (record->type != SMF_RELOCATION_PSABI) {
        if (record->type - 1u > 4 || header->arch != SMF_ARCH_X86_64)
            return smf_image_refuse(image, SMF_SAY(RELOCATION_TYPE, SMF_R_TYPE), record->type, 0);
        reserved |= record->number;
    }
    if (record->symbol >= header->symbol_count && record->symbol != SMF_NO_SYMBOL)
        return smf_image_refuse(image, SMF_SAY(RELOCATION_SYMBOL, SMF_R_SYMBOL), record->symbol, header->symbol_count);
    if (reserved != 0)
        return smf_image_refuse(image, SMF_SAY(RELOCATION_RESERVED, SMF_R_NUMBER), reserved, 0);
    return SMF_OK;
}

/* Decode the record at work and prove it. */
static enum smf_status take(struct smf_image *image, const uint8_t *at, struct smf_relocation *record)
{
    const uint32_t kinds = smf_get32(at + SMF_R_TYPE);
    const int64_t addend = (int64_t)smf_get64(at + SMF_R_ADDEND);
    record->offset = smf_get_size(at + SMF_R_OFFSET);
    record->symbol = smf_get32(at + SMF_R_SYMBOL);
    SMF_DECODED();
    record->addend = (ptrdiff_t)addend;
    record->type = (uint8_t)kinds;
    record->number = (uint16_t)(kinds >> 8);
    const enum smf_status status = image->header.canonical ? prove_canonical(image, record, kinds >> 24)
                                                           : smf_image_older_relocation(image, record, kinds >> 24);
    if (status == SMF_OK && record->addend != addend)
        return smf_image_refuse(image, SMF_SAY(RELOCATION_ADDEND, SMF_R_ADDEND), (size_t)addend, 0);
    return status;
}

enum smf_status smf_image_relocations(struct smf_image *image, uint32_t section, uint32_t first, uint32_t count,
                                      struct smf_relocation *records, struct smf_diagnosis *why)
{
    const uint32_t total = smf_image_relocation_count(image, section);
    take_diagnosis(image, why);
    image->why->index = first;
    image->record = 0;
    if (first > total || count > total - first)
        return smf_image_refuse(image, SMF_SAY(RELOCATION_INDEX, 0), first, total);
    image->record = image->sections[section].offset + (size_t)first * SMF_RELOCATION_SIZE;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *at = smf_window_at(&image->records, image->record, SMF_RELOCATION_SIZE, image->why);
        if (at == NULL || take(image, at, &records[i]) != SMF_OK) {
            image->why->index = first + i;
            image->why->name[0] = '\0';
            return image->why->status;
        }
        image->record += SMF_RELOCATION_SIZE;
    }
    return SMF_OK;
}

enum smf_status smf_image_relocation(struct smf_image *image, uint32_t section, uint32_t index,
                                     struct smf_relocation *relocation, struct smf_diagnosis *why)
{
    return smf_image_relocations(image, section, index, 1, relocation, why);
}
