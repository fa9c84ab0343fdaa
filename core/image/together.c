/* SPDX-License-Identifier: MIT */
/*
 * together.c - what holds between sections: payloads lie apart; in canonical
 * files they stand in table order, names are unique and links make sense.
 *
 * Sorting is a merge sort of a linked list, n log n and without recursion. Its
 * links are kept in `settled` of sections that have no such field in the file:
 * all sections of older files, all but Reloc sections of canonical ones. It is
 * zero again afterwards.
 */
#include "image/older.h"

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

/* Sort the sections for which `wanted` answers yes; the first one's link. */
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

void smf_sections_unlink(struct smf_section *sections, uint32_t link)
{
    while (link != 0) {
        const uint32_t next = sections[link - 1].settled;
        sections[link - 1].settled = 0;
        link = next;
    }
}

/* Tables that have sections of their own may be described twice; they are read through their doors. */
bool smf_section_claims_bytes(const struct smf_section *section)
{
    return section->size != 0 && section->type != SMF_SECTION_STRTAB && section->type != SMF_SECTION_SYMTAB;
}

static bool is_named(const struct smf_section *section) { return section->type != SMF_SECTION_RELOC; }

enum smf_status smf_section_follows(struct smf_image *image, uint32_t index, size_t *end, struct smf_diagnosis *why)
{
    const struct smf_section *section = &image->sections[index];
    if (section->offset < *end) {
        why->index = index;
        smf_fail_name(why, section->name, sizeof section->name - 1);
        return smf_fail(why, SMF_DETAIL_PAYLOADS_OVERLAP, section->offset, section->offset, *end);
    }
    *end = section->offset + section->size;
    return SMF_OK;
}

/* In table order, which is a rule of canonical files and the usual order of all others. */
static enum smf_status prove_apart(struct smf_image *image, struct smf_diagnosis *why)
{
    size_t end = 0;
    for (uint32_t i = 0; i < image->header.section_count; i++) {
        const struct smf_section *section = &image->sections[i];
        if (!smf_section_claims_bytes(section))
            continue;
        if (section->offset < end)
            return image->header.canonical ? smf_section_follows(image, i, &end, why)
                                           : smf_image_older_apart(image, why);
        end = section->offset + section->size;
    }
    return SMF_OK;
}

static enum smf_status prove_names(struct smf_image *image, struct smf_diagnosis *why)
{
    struct smf_section *sections = image->sections;
    enum smf_status status = SMF_OK;
    const uint32_t first = smf_sections_sort(sections, image->header.section_count, is_named, compare_names);
    for (uint32_t link = first; link != 0; link = sections[link - 1].settled) {
        const uint32_t next = sections[link - 1].settled;
        if (next == 0 || compare_names(&sections[link - 1], &sections[next - 1]) != 0)
            continue;
        why->index = next - 1;
        smf_fail_name(why, sections[next - 1].name, SMF_SECTION_NAME_SIZE);
        status = smf_fail(why, SMF_DETAIL_SECTION_REPEATED, sections[next - 1].offset, next - 1, link - 1);
        break;
    }
    smf_sections_unlink(sections, first);
    return status;
}

/* One Reloc section and the section that it patches, which is marked in its unused `settled`. */
static enum smf_status prove_link(struct smf_image *image, uint32_t index, struct smf_diagnosis *why)
{
    const struct smf_section *section = &image->sections[index];
    struct smf_section *target = &image->sections[section->link];
    const uint32_t count = smf_image_relocation_count(image, index);
    why->index = index;
    if (memcmp(section->name, ".rel", 5) != 0) {
        smf_fail_name(why, section->name, SMF_SECTION_NAME_SIZE);
        return smf_fail(why, SMF_DETAIL_RELOCATION_NAME, section->offset, 0, 0);
    }
    if (target->type != SMF_SECTION_CODE && target->type != SMF_SECTION_DATA && target->type != SMF_SECTION_RODATA &&
        target->type != SMF_SECTION_DEBUG)
        return smf_fail(why, SMF_DETAIL_RELOCATION_LINK, section->offset, section->link, target->type);
    if (target->settled != 0)
        return smf_fail(why, SMF_DETAIL_LINKED_TWICE, section->offset, section->link, 0);
    if (section->settled > count)
        return smf_fail(why, SMF_DETAIL_SETTLED_COUNT, section->offset, section->settled, count);
    target->settled = 1;
    return SMF_OK;
}

static enum smf_status prove_links(struct smf_image *image, struct smf_diagnosis *why)
{
    enum smf_status status = SMF_OK;
    for (uint32_t i = 0; i < image->header.section_count && status == SMF_OK; i++)
        if (!is_named(&image->sections[i]))
            status = prove_link(image, i, why);
    for (uint32_t i = 0; i < image->header.section_count; i++)
        if (is_named(&image->sections[i]))
            image->sections[i].settled = 0;
    return status;
}

/* Types that canonical files have, and payloads where their alignment wants them. */
static enum smf_status prove_canonical(struct smf_image *image, uint32_t index, struct smf_diagnosis *why)
{
    const struct smf_section *section = &image->sections[index];
    why->index = index;
    smf_fail_name(why, section->name, sizeof section->name - 1);
    if (section->type == SMF_SECTION_STRTAB || section->type == SMF_SECTION_SYMTAB)
        return smf_fail(why, SMF_DETAIL_CANONICAL_TYPE, section->offset, section->type, 0);
    if ((section->flags & SMF_SECTION_COMPRESSED) != 0 && !is_loaded(section->type) &&
        section->type != SMF_SECTION_DEBUG)
        return smf_fail(why, SMF_DETAIL_SECTION_ACCESS, section->offset, section->flags, 7);
    if (section->size != 0 && (section->offset & (section->alignment - 1)) != 0)
        return smf_fail(why, SMF_DETAIL_PAYLOAD_ALIGNMENT, section->offset, section->offset, section->alignment);
    why->name[0] = '\0';
    return SMF_OK;
}

enum smf_status smf_image_prove_sections(struct smf_image *image, struct smf_diagnosis *why)
{
    enum smf_status status = prove_apart(image, why);
    if (status != SMF_OK || !image->header.canonical)
        return status;
    for (uint32_t i = 0; i < image->header.section_count && status == SMF_OK; i++)
        status = prove_canonical(image, i, why);
    if (status == SMF_OK)
        status = prove_names(image, why);
    return status != SMF_OK ? status : prove_links(image, why);
}
