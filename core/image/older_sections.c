/* SPDX-License-Identifier: MIT */
/*
 * older_sections.c - section entries of older files: three forms, two
 * numberings, payloads in any order.
 */
#include "image/older.h"

#define NAME_T64B_TAIL 52u /* T64b: zero from here on */

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

/* Bytes that have no meaning in this form are zero: they tell the forms apart. */
enum smf_status smf_image_older_section(const struct view *view, const uint8_t *at, size_t offset,
                                        struct smf_section *section, struct smf_diagnosis *why)
{
    const struct smf_header *header = &view->header;
    uint64_t left = smf_get32(at + SMF_T_ALIGNMENT + 4);
    if (header->section_name_36)
        left = smf_get32(at + NAME_T64B_TAIL);
    if (header->section_stride == SMF_T64_SIZE)
        left |= smf_get64(at + SMF_T56_SIZE);
    section->type = type_in_memory(header, section->type);
    if (left != 0)
        return smf_fail(why, SMF_DETAIL_SECTION_RESERVED, offset, left, 0);
    return SMF_OK;
}

/* Where a section holds the strings: P files prefer it, R files have it when there is no symbol table offset. */
static void note_strings(struct view *view, const struct smf_section *section)
{
    if (section->type == SMF_SECTION_STRTAB && view->header.p_family && view->string_size == 0) {
        view->string_table = section->offset;
        view->string_size = section->size;
    }
}

enum smf_status smf_view_sections(struct smf_image *image, struct view *view, struct smf_diagnosis *why)
{
    view->string_table = view->string_size = 0;
    for (uint32_t i = 0; i < view->header.section_count; i++) {
        const enum smf_status status = smf_view_section(image, view, i, &image->section, why);
        if (status != SMF_OK)
            return status;
        note_strings(view, &image->section);
    }
    return SMF_OK;
}

static int compare_offsets(const struct smf_section *left, const struct smf_section *right)
{
    return left->offset < right->offset ? -1 : left->offset > right->offset;
}

enum smf_status smf_image_older_apart(struct smf_image *image, struct smf_diagnosis *why)
{
    struct smf_section *sections = image->sections;
    const uint32_t count = image->header.section_count;
    const uint32_t first = smf_sections_sort(sections, count, smf_section_claims_bytes, compare_offsets);
    enum smf_status status = SMF_OK;
    size_t end = 0;
    for (uint32_t link = first; link != 0 && status == SMF_OK; link = sections[link - 1].settled)
        status = smf_section_follows(image, link - 1, &end, why);
    smf_sections_unlink(sections, first);
    return status;
}
