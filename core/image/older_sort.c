/* SPDX-License-Identifier: MIT */
/*
 * older_sort.c - what needs sections in another order than the file's: payloads
 * of older files stand in any, and names of canonical files are unique. A merge
 * sort of a linked list, n log n and without recursion. Canonical files with few
 * sections do without it: no_older.c.
 */
#include "image/older.h"

#define RUNS 17 /* list number i holds 2^i sections; there are fewer than 2^16 */

/* Links are index + 1, 0 ends a list, and lie in `settled` of sections that have no such field in the file. */
typedef int compare_sections(const struct smf_section *left, const struct smf_section *right);

/* Merge two lists; a link is an index plus one, 0 ends a list. */
static uint32_t merge(struct smf_section *sections, uint32_t left, uint32_t right, compare_sections *compare)
{
    uint32_t first = 0, *link = &first;
    while (left != 0 && right != 0) {
        uint32_t *from = compare(&sections[left - 1], &sections[right - 1]) <= 0 ? &left : &right;
        *link = *from;
        link = &sections[*from - 1].settled;
        *from = *link;
    }
    *link = left != 0 ? left : right;
    return first;
}

/* Sort the sections for which `wanted` says yes; the first one's link. Links are to be zeroed. */
static uint32_t sort(struct smf_section *sections, uint32_t count, bool (*wanted)(const struct smf_section *),
                     compare_sections *compare)
{
    uint32_t runs[RUNS] = {0};
    for (uint32_t i = 0; i < count; i++) {
        if (!wanted(&sections[i]))
            continue;
        uint32_t run = i + 1;
        unsigned level = 0;
        sections[i].settled = 0;
        for (; runs[level] != 0; level++) {
            run = merge(sections, runs[level], run, compare);
            runs[level] = 0;
        }
        runs[level] = run;
    }
    uint32_t first = 0;
    for (unsigned level = 0; level < RUNS; level++)
        first = merge(sections, runs[level], first, compare);
    return first;
}

static int compare_names(const struct smf_section *left, const struct smf_section *right)
{
    return memcmp(left->name, right->name, SMF_SECTION_NAME_SIZE);
}

static bool is_named(const struct smf_section *section) { return section->type != SMF_SECTION_RELOC; }

enum smf_status smf_image_prove_names(struct smf_image *image)
{
    struct smf_section *sections = image->sections, *before = NULL;
    uint32_t link = sort(sections, image->header.section_count, is_named, compare_names);
    while (link != 0) {
        struct smf_section *section = &sections[link - 1];
        if (before != NULL && compare_names(before, section) == 0) {
            image->why->index = link - 1;
            smf_fail_name(image->why, section->name, SMF_SECTION_NAME_SIZE);
            return smf_image_refuse(image, SMF_SAY(SECTION_REPEATED, 0), link - 1, 0);
        }
        link = section->settled;
        section->settled = 0;
        before = section;
    }
    return SMF_OK;
}

static int compare_offsets(const struct smf_section *left, const struct smf_section *right)
{
    return left->offset < right->offset ? -1 : left->offset > right->offset;
}

/* Tables that have sections of their own may be described twice; they are read through their doors. */
static bool claims_bytes(const struct smf_section *section)
{
    return section->size != 0 && section->type != SMF_SECTION_STRTAB && section->type != SMF_SECTION_SYMTAB;
}

enum smf_status smf_older_payloads(struct smf_image *image)
{
    struct smf_section *sections = image->sections;
    uint32_t link = sort(sections, image->header.section_count, claims_bytes, compare_offsets);
    size_t end = 0;
    while (link != 0) {
        struct smf_section *section = &sections[link - 1];
        if (section->offset < end) {
            image->why->index = link - 1;
            image->record = section->offset;
            smf_fail_name(image->why, section->name, SMF_SECTION_NAME_SIZE);
            return smf_image_refuse(image, SMF_SAY(PAYLOADS_OVERLAP, 0), section->offset, end);
        }
        end = section->offset + section->size;
        link = section->settled;
        section->settled = 0;
    }
    return SMF_OK;
}
