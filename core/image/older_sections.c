/* SPDX-License-Identifier: MIT */
/*
 * older_sections.c - tables and section entries of older files: three forms, two
 * numberings, payloads in any order.
 */
#include "image/older.h"

#define NAME_T64B_TAIL 52u /* T64b: zero from here on */

/* [a, a + a_size) and [b, b + b_size) share a byte. Neither wraps. */
static bool overlaps(size_t a, size_t a_size, size_t b, size_t b_size)
{
    return a_size != 0 && b_size != 0 && a < b + b_size && b < a + a_size;
}

/* The families number 6, 7 and 9 differently (FORMAT 2.4). */
static uint8_t type_in_memory(const struct smf_header *header, uint8_t type)
{
    if (header->p_family)
        return type;
    if (type == 6)
        return SMF_SECTION_SYMTAB;
    if (type == 7)
        return SMF_SECTION_STRTAB;
    return type == 9 ? SMF_SECTION_TYPEINFO : type;
}

enum smf_status smf_older_section_table(struct smf_image *image)
{
    const struct smf_header *header = &image->header;
    const size_t at = image->section_table, size = table_size(header);
    image->record = at;
    if (!smf_within(at, size, image->limit))
        return smf_image_refuse(image, SMF_SAY(SECTION_TABLE_END, 0), size, image->limit);
    if (overlaps(at, size, header->position, header->header_size))
        return smf_image_refuse(image, SMF_SAY(TABLES_OVERLAP, 0), at, header->position);
    if (header->canonical && ((at - header->base) & 7) != 0)
        return smf_image_refuse(image, SMF_SAY(TABLE_ALIGNMENT, 0), at, 8);
    return SMF_OK;
}

enum smf_status smf_older_symbol_table(struct smf_image *image, uint8_t stride)
{
    struct smf_header *header = &image->header;
    const size_t at = image->symbol_table, size = smf_word((uint64_t)header->symbol_count * stride);
    const size_t sections = image->section_table, sections_size = table_size(header);
    image->record = at;
    header->symbol_stride = header->symbol_count != 0 ? stride : 0;
    if (header->symbol_count == 0 && !header->canonical)
        return SMF_OK;
    if (!smf_within(at, size, image->limit))
        return smf_image_refuse(image, SMF_SAY(SYMBOL_TABLE_END, 0), size, image->limit);
    if (overlaps(at, size, header->position, header->header_size))
        return smf_image_refuse(image, SMF_SAY(TABLES_OVERLAP, 0), at, header->position);
    if (overlaps(at, size, sections, sections_size))
        return smf_image_refuse(image, SMF_SAY(TABLES_OVERLAP, 0), at, sections);
    if (header->canonical && sections + sections_size != at)
        return smf_image_refuse(image, SMF_SAY(FILE_ORDER, 0), at, sections + sections_size);
    if (image->string_size == 0) { /* no section holds the strings: they follow the symbols */
        image->string_table = at + size;
        image->string_size = image->limit - image->string_table;
    }
    return SMF_OK;
}

/* Bytes that have no meaning in this form are zero: they tell the forms apart. */
enum smf_status smf_image_older_section(struct smf_image *image, const uint8_t *at, struct smf_section *section)
{
    const struct smf_header *header = &image->header;
    uint64_t left = smf_get32(at + SMF_T_ALIGNMENT + 4);
    if (header->section_name_36)
        left = smf_get32(at + NAME_T64B_TAIL);
    if (header->section_stride == SMF_T64_SIZE)
        left |= smf_get64(at + SMF_T56_SIZE);
    section->type = type_in_memory(header, section->type);
    return left != 0 ? smf_image_refuse(image, SMF_SAY(SECTION_RESERVED, 0), smf_word(left), 0) : SMF_OK;
}

/* Where a section holds the strings: P files prefer it, R files have it when there is no symbol table offset. */
static void note_strings(struct smf_image *image, const struct smf_section *section)
{
    if (section->type == SMF_SECTION_STRTAB && image->header.p_family && image->string_size == 0) {
        image->string_table = section->offset;
        image->string_size = section->size;
    }
}

enum smf_status smf_older_sections(struct smf_image *image)
{
    image->string_table = image->string_size = 0;
    for (uint32_t i = 0; i < image->header.section_count; i++) {
        const enum smf_status status = smf_image_section(image, i, &image->section);
        if (status != SMF_OK)
            return status;
        note_strings(image, &image->section);
    }
    image->why->name[0] = '\0';
    return SMF_OK;
}

/* Tables described by sections of their own are these sections. */
enum smf_status smf_image_older_apart(struct smf_image *image, const struct smf_section *section)
{
    const struct smf_header *header = &image->header;
    const bool table = section->type == SMF_SECTION_STRTAB || section->type == SMF_SECTION_SYMTAB;
    const size_t ranges[][2] = {
        {header->position,     header->header_size                                 },
        {image->section_table, table_size(header)                                  },
        {image->symbol_table,  (size_t)header->symbol_count * header->symbol_stride},
        {image->string_table,  header->symbol_count != 0 ? image->string_size : 0  },
    };
    for (unsigned i = 0; i < (table ? 2u : 4u); i++)
        if (overlaps(section->offset, section->size, ranges[i][0], ranges[i][1]))
            return smf_image_refuse(image, SMF_SAY(PAYLOAD_OVERLAP, SMF_T_OFFSET), section->offset, ranges[i][0]);
    return SMF_OK;
}
