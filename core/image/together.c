/* SPDX-License-Identifier: MIT */
/*
 * together.c - what holds between the sections of a canonical file: links make
 * sense and names are unique. Sorting is a merge sort of a linked list.
 */
#include "image/view.h"

#define RUNS 17 /* list number i holds 2^i sections; there are fewer than 2^16 */

static int compare_names(const struct smf_section *left, const struct smf_section *right)
{
    return memcmp(left->name, right->name, SMF_SECTION_NAME_SIZE);
}

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

uint32_t smf_sections_sort(struct smf_section *sections, uint32_t count, bool (*wanted)(const struct smf_section *),
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

/* One Reloc section and the section that it patches, which is marked in its unused `settled` until names are sorted. */
static enum smf_status prove_link(struct smf_image *image, uint32_t index)
{
    const struct smf_section *section = &image->sections[index];
    struct smf_section *target = &image->sections[section->link];
    const uint32_t count = smf_image_relocation_count(image, index);
    image->why->index = index;
    image->record = section->offset;
    if (memcmp(section->name, ".rel", 5) != 0) {
        smf_fail_name(image->why, section->name, SMF_SECTION_NAME_SIZE);
        return smf_image_refuse(image, SMF_SAY(RELOCATION_NAME, 0), 0, 0);
    }
    if (target->type != SMF_SECTION_CODE && target->type != SMF_SECTION_DATA && target->type != SMF_SECTION_RODATA &&
        target->type != SMF_SECTION_DEBUG)
        return smf_image_refuse(image, SMF_SAY(RELOCATION_LINK, 0), section->link, target->type);
    if (target->settled != 0)
        return smf_image_refuse(image, SMF_SAY(LINKED_TWICE, 0), section->link, 0);
    if (section->settled > count)
        return smf_image_refuse(image, SMF_SAY(SETTLED_COUNT, 0), section->settled, count);
    target->settled = 1;
    return SMF_OK;
}

enum smf_status smf_image_prove_links(struct smf_image *image)
{
    for (uint32_t i = 0; i < image->header.section_count; i++)
        if (image->sections[i].type == SMF_SECTION_RELOC) {
            const enum smf_status status = prove_link(image, i);
            if (status != SMF_OK)
                return status;
        }
    return SMF_OK;
}

static bool is_named(const struct smf_section *section) { return section->type != SMF_SECTION_RELOC; }

enum smf_status smf_image_prove_names(struct smf_image *image)
{
    struct smf_section *sections = image->sections, *before = NULL;
    uint32_t link = smf_sections_sort(sections, image->header.section_count, is_named, compare_names);
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
