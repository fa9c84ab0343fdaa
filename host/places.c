/* SPDX-License-Identifier: MIT */
/*
 * places.c - where the sections of a module lie, from outside of the loader: its
 * rules (DESIGN D6), for addresses that somebody names or for a loaded module.
 */
#include <string.h>

#include "smf/debug.h"

enum { GROUP_CODE, GROUP_RODATA, GROUP_DATA, GROUPS };
enum { PRELINK_ROW = 16, DEFAULT_ALIGNMENT = 4096 };

static uint64_t align_up(uint64_t value, uint64_t alignment) { return (value + alignment - 1) & ~(alignment - 1); }

static int group_of(const struct smf_section *section)
{
    switch (section->type) {
    case SMF_SECTION_CODE:
        return GROUP_CODE;
    case SMF_SECTION_RODATA:
        return GROUP_RODATA;
    case SMF_SECTION_DATA:
    case SMF_SECTION_BSS:
        return GROUP_DATA;
    default:
        return GROUPS;
    }
}

/* What the groups come to. */
struct groups {
    uint64_t size[GROUPS], alignment[GROUPS];
};

/* Lay out the sections that have no address yet, each in its group: addresses become offsets, or with bases addresses. */
static void lay_out(const struct smf_image *image, const uint64_t bases[GROUPS], uint64_t *addresses,
                    struct groups *groups)
{
    for (int i = 0; i < GROUPS; i++) {
        groups->size[i] = 0;
        groups->alignment[i] = 1;
    }
    for (uint32_t i = 0; i < image->header.section_count; i++) {
        const struct smf_section *section = &image->sections[i];
        const int group = group_of(section);
        if (group == GROUPS || addresses[i] != SMF_DEBUG_NOWHERE)
            continue;
        const bool packed = group == GROUP_CODE && !image->header.canonical;
        const uint64_t offset = packed ? groups->size[group] : align_up(groups->size[group], section->alignment);
        groups->size[group] = offset + section->virtual_size;
        if (groups->alignment[group] < section->alignment)
            groups->alignment[group] = section->alignment;
        if (bases != NULL && bases[group] != SMF_DEBUG_NOWHERE)
            addresses[i] = bases[group] + offset;
    }
}

static void forget(const struct smf_image *image, uint64_t *addresses)
{
    for (uint32_t i = 0; i < image->header.section_count; i++)
        addresses[i] = SMF_DEBUG_NOWHERE;
}

static uint64_t number(const uint8_t *bytes, unsigned size)
{
    uint64_t value = 0;
    while (size-- != 0)
        value = value << 8 | bytes[size];
    return value;
}

/* note.prelink: rows of section, zero, address (SPEC [N4]). */
static enum smf_status read_prelink(struct smf_image *image, uint64_t *addresses)
{
    const uint32_t note = smf_image_find_section(image, SMF_NOTE_PRELINK);
    if (note == SMF_NO_SYMBOL || image->sections[note].size % PRELINK_ROW != 0)
        return SMF_ERR_FORMAT;
    for (size_t at = 0; at < image->sections[note].size; at += PRELINK_ROW) {
        uint8_t row[PRELINK_ROW];
        const enum smf_status status = smf_image_read(image, note, at, row, sizeof row, NULL);
        const uint64_t section = number(row, 4);
        if (status != SMF_OK)
            return status;
        if (section >= image->header.section_count || group_of(&image->sections[section]) == GROUPS)
            return SMF_ERR_FORMAT;
        addresses[section] = number(row + 8, 8);
    }
    return SMF_OK;
}

enum smf_status smf_debug_place(struct smf_image *image, const struct smf_debug_bases *bases, uint64_t *addresses)
{
    uint64_t starts[GROUPS] = {bases->code, bases->rodata, bases->data};
    struct groups groups;
    forget(image, addresses);
    if ((image->header.flags & SMF_FLAG_PRELINKED) != 0) {
        const enum smf_status status = read_prelink(image, addresses);
        if (status != SMF_OK)
            return status;
        for (uint32_t i = 0; i < image->header.section_count; i++)
            if (addresses[i] != SMF_DEBUG_NOWHERE)
                starts[group_of(&image->sections[i])] = SMF_DEBUG_NOWHERE; /* what it leaves out, nothing refers to */
    }
    lay_out(image, starts, addresses, &groups);
    return SMF_OK;
}

/* ---- A loaded module ---- */

static bool is_kept(const struct smf_section *section)
{
    return (section->type == SMF_SECTION_DATA || section->type == SMF_SECTION_BSS) && section->virtual_size != 0 &&
           strncmp(section->name, ".keep.", 6) == 0;
}

/* Sections that are used where the source has them, and .keep sections that outlive the module, one region each. */
static void find_not_own(const struct smf_image *image, const struct smf_region *regions, size_t count,
                         uint64_t *addresses)
{
    const uintptr_t source = (uintptr_t)image->source->bytes;
    uint32_t next = 0;
    for (size_t r = 0; r < count; r++) {
        const struct smf_region *region = &regions[r];
        if (region->access == SMF_ACCESS_RW) {
            while (next < image->header.section_count && !is_kept(&image->sections[next]))
                next++;
            if (next < image->header.section_count)
                addresses[next++] = region->address;
            continue;
        }
        for (uint32_t i = 0; i < image->header.section_count; i++) {
            const struct smf_section *section = &image->sections[i];
            if (section->size != 0 && (group_of(section) == GROUP_CODE || group_of(section) == GROUP_RODATA) &&
                source + section->offset - region->address < region->size)
                addresses[i] = source + section->offset;
        }
    }
}

/* One region for everything: each group at the next multiple of 4096 or more in it. */
static void share_region(const struct groups *groups, uint64_t address, uint64_t bases[GROUPS])
{
    uint64_t end = 0;
    for (int i = 0; i < GROUPS; i++) {
        const uint64_t start =
            align_up(end, groups->alignment[i] > DEFAULT_ALIGNMENT ? groups->alignment[i] : DEFAULT_ALIGNMENT);
        bases[i] = address + start;
        if (groups->size[i] != 0)
            end = start + groups->size[i];
    }
}

void smf_debug_sections(const struct smf_module *module, struct smf_image *image, uint64_t *addresses)
{
    size_t count;
    const struct smf_region *regions = smf_module_regions(module, &count);
    const size_t first = smf_module_regions_in_place(module);
    uint64_t bases[GROUPS] = {SMF_DEBUG_NOWHERE, SMF_DEBUG_NOWHERE, SMF_DEBUG_NOWHERE};
    struct groups groups;
    forget(image, addresses);
    find_not_own(image, regions, first, addresses);
    lay_out(image, NULL, addresses, &groups);
    for (size_t i = first; i < count; i++) {
        switch (regions[i].access) {
        case SMF_ACCESS_RX:
            bases[GROUP_CODE] = regions[i].address;
            break;
        case SMF_ACCESS_RO:
            bases[GROUP_RODATA] = regions[i].address;
            break;
        case SMF_ACCESS_RW:
            bases[GROUP_DATA] = regions[i].address;
            break;
        default:
            share_region(&groups, regions[i].address, bases);
        }
    }
    lay_out(image, bases, addresses, &groups);
}
