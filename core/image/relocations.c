/* SPDX-License-Identifier: MIT */
/*
 * relocations.c - the relocation door, one record at a time or many. What a
 * record patches, and whether that fits, is the business of the loader's rows.
 */
#include "image/door.h"
#include "image/view.h"

/* floor(size / 24) for a size that is a multiple of 24: n = size / 8, and n / 3 by the inverse of 3. */
uint32_t smf_image_relocation_count(const struct smf_image *image, uint32_t section)
{
    if (section >= image->header.section_count || image->sections[section].type != SMF_SECTION_RELOC)
        return 0;
    const uint64_t count = (image->sections[section].size >> 3) * SMF_THIRD;
    return count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
}

/* Types that a file of this kind may hold (FORMAT 2.12). */
static bool type_allowed(const struct smf_header *header, uint8_t type)
{
    if (header->canonical)
        return type == SMF_RELOCATION_PSABI || (type >= 1 && type <= 5 && header->arch == SMF_ARCH_X86_64);
    if (header->p_family)
        return type >= 1 && type <= 5;
    return type <= 4 || (type <= 9 && header->arch == SMF_ARCH_AARCH64);
}

static enum smf_status refuse(struct smf_diagnosis *why, uint32_t index, enum smf_detail detail, size_t offset,
                              size_t value, size_t expected)
{
    why->index = index;
    why->name[0] = '\0';
    return smf_fail(why, detail, offset, value, expected);
}

static enum smf_status prove(const struct smf_image *image, const struct smf_relocation *relocation, uint8_t last,
                             uint32_t index, size_t offset, struct smf_diagnosis *why)
{
    const struct smf_header *header = &image->header;
    const bool psabi = relocation->type == SMF_RELOCATION_PSABI;
    if (!type_allowed(header, relocation->type))
        return refuse(why, index, SMF_DETAIL_RELOCATION_TYPE, offset + SMF_R_TYPE, relocation->type, 0);
    if (relocation->symbol >= header->symbol_count &&
        !(relocation->symbol == SMF_NO_SYMBOL && (header->canonical || relocation->type == SMF_RELOCATION_NONE)))
        return refuse(why, index, SMF_DETAIL_RELOCATION_SYMBOL, offset + SMF_R_SYMBOL, relocation->symbol,
                      header->symbol_count);
    if (header->p_family && (last != 0 || (!psabi && relocation->number != 0)))
        return refuse(why, index, SMF_DETAIL_RELOCATION_RESERVED, offset + SMF_R_NUMBER,
                      last != 0 ? last : relocation->number, 0);
    return SMF_OK;
}

enum smf_status smf_image_relocations(struct smf_image *image, uint32_t section, uint32_t first, uint32_t count,
                                      struct smf_relocation *records, struct smf_diagnosis *why)
{
    why = why != NULL ? why : &image->unwanted;
    const uint32_t total = smf_image_relocation_count(image, section);
    if (first > total || count > total - first)
        return refuse(why, first, SMF_DETAIL_RELOCATION_INDEX,
                      section < image->header.section_count ? image->sections[section].offset : 0, first, total);
    size_t offset = image->sections[section].offset + (size_t)first * SMF_RELOCATION_SIZE;
    for (uint32_t i = 0; i < count; i++, offset += SMF_RELOCATION_SIZE) {
        struct smf_relocation *record = &records[i];
        const uint8_t *at;
        enum smf_status status = smf_window_get(&image->records, offset, SMF_RELOCATION_SIZE, &at, why);
        if (status != SMF_OK) {
            why->index = first + i;
            return status;
        }
        const int64_t addend = (int64_t)smf_get64(at + SMF_R_ADDEND);
        struct smf_relocation found = {
            .offset = smf_get_size(at + SMF_R_OFFSET),
            .addend = (ptrdiff_t)addend,
            .symbol = smf_get32(at + SMF_R_SYMBOL),
            .number = smf_get16(at + SMF_R_NUMBER),
            .type = at[SMF_R_TYPE],
        };
        const uint8_t last = at[SMF_R_NUMBER + 2];
        SMF_DECODED();
        status = prove(image, &found, last, first + i, offset, why);
        if (status == SMF_OK && found.addend != addend)
            status = refuse(why, first + i, SMF_DETAIL_RELOCATION_ADDEND, offset + SMF_R_ADDEND,
                            smf_word((uint64_t)addend), SIZE_MAX);
        if (status != SMF_OK)
            return status;
        if (found.type != SMF_RELOCATION_PSABI) /* in R files these bytes are garbage */
            found.number = 0;
        *record = found;
    }
    return SMF_OK;
}

enum smf_status smf_image_relocation(struct smf_image *image, uint32_t section, uint32_t index,
                                     struct smf_relocation *relocation, struct smf_diagnosis *why)
{
    return smf_image_relocations(image, section, index, 1, relocation, why);
}
