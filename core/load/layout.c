/* SPDX-License-Identifier: MIT */
/* layout.c - stage LAYOUT: which region each byte will live in, and what the port will be asked for (DESIGN D6). */
#include "load/load.h"

static unsigned group_of(const struct smf_section *section)
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

/* Append `size` bytes to a group; the image has proven that all sections together do not wrap. */
static uint64_t append(struct group *group, uint64_t size, uint64_t alignment, bool packed)
{
    const uint64_t offset = packed ? group->size : smf_align_up64(group->size, alignment);
    group->size = offset + size;
    if (group->alignment < alignment)
        group->alignment = alignment;
    return offset;
}

static void lay_sections(struct load *load)
{
    const struct smf_image *image = &load->image;
    for (uint32_t i = 0; i < image->header.section_count; i++) {
        const struct smf_section *section = &image->sections[i];
        struct place *place = &load->places[i];
        place->group = (uint8_t)group_of(section);
        place->offset = 0;
        if (place->group == GROUPS)
            continue;
        const bool packed = place->group == GROUP_CODE && !image->header.canonical;
        place->offset = append(&load->groups[place->group], section->virtual_size, section->alignment, packed);
    }
}

/* Slots and stubs that the loader makes come after what the file brings. */
static void lay_extras(struct load *load)
{
    const struct smf_stub *stub = load->arch->stub;
    const uint64_t slot = load->arch->pointer_size;
    if (load->stub_count != 0)
        load->stubs =
            append(&load->groups[GROUP_CODE], (uint64_t)load->stub_count * stub->size, stub->alignment, false);
    if (load->slot_count != 0)
        load->slots = append(&load->groups[GROUP_RODATA], load->slot_count * slot, slot, false);
}

static const enum smf_access access_of[GROUPS] = {SMF_ACCESS_RX, SMF_ACCESS_RO, SMF_ACCESS_RW};

/* Pages count in settled records of AArch64: its modules start at one (DESIGN D5). */
static uint64_t base_alignment(const struct load *load, const struct group *group)
{
    const bool pages = load->arch->id == SMF_ARCH_AARCH64;
    return pages && group->alignment < SMF_DEFAULT_GROUP_ALIGNMENT ? SMF_DEFAULT_GROUP_ALIGNMENT : group->alignment;
}

static void request(struct load *load, unsigned g)
{
    struct group *group = &load->groups[g];
    struct smf_region_request *request = &load->requests[load->region_count];
    group->region = load->region_count++;
    request->size = (size_t)group->size;
    request->alignment = (size_t)base_alignment(load, group);
    request->access = access_of[g];
    request->highest = load->low ? (uintptr_t)load->arch->highest : 0;
}

/* One region, writable and executable, for everything: only where the caller asked for it by name. */
static void request_one(struct load *load, uint64_t size)
{
    struct smf_region_request *request = &load->requests[0];
    request->size = (size_t)size;
    request->alignment = SMF_DEFAULT_GROUP_ALIGNMENT;
    request->access = SMF_ACCESS_RWX;
    request->highest = load->low ? (uintptr_t)load->arch->highest : 0;
    for (unsigned g = 0; g < GROUPS; g++)
        if (load->groups[g].alignment > request->alignment)
            request->alignment = (size_t)load->groups[g].alignment;
    load->region_count = 1;
}

/* Start a group at the next multiple of `alignment`. Returns where it ends. */
static uint64_t next_group(const struct group *group, uint64_t alignment, uint64_t end, uint64_t *start)
{
    *start = smf_align_up64(end, alignment);
    return group->size != 0 ? *start + group->size : end;
}

/* The default layout counts in 4096 only (SPEC, "Default layout"): a group that needs more cannot lie in it. */
static void lay_standard(struct load *load)
{
    uint64_t end = 0;
    for (unsigned g = 0; g < GROUPS; g++)
        end = next_group(&load->groups[g], SMF_DEFAULT_GROUP_ALIGNMENT, end, &load->groups[g].standard);
}

static uint64_t lay_inside(struct load *load)
{
    uint64_t end = 0;
    for (unsigned g = 0; g < GROUPS; g++) {
        const uint64_t wanted = load->groups[g].alignment;
        end = next_group(&load->groups[g], wanted > SMF_DEFAULT_GROUP_ALIGNMENT ? wanted : SMF_DEFAULT_GROUP_ALIGNMENT,
                         end, &load->groups[g].inside);
    }
    return end;
}

enum smf_status smf_load_layout(struct load *load)
{
    const struct smf_config *config = &load->loader->config;
    lay_sections(load);
    lay_standard(load);
    lay_extras(load);
    const uint64_t end = lay_inside(load);
    if (end > SIZE_MAX / 2)
        return smf_fail(load->why, SMF_DETAIL_TOO_LARGE, 0, end, SIZE_MAX / 2);
    if (config->allow_rwx && config->port->can_rwx && end != 0) {
        request_one(load, end);
        return SMF_OK;
    }
    for (unsigned g = 0; g < GROUPS; g++)
        if (load->groups[g].size != 0)
            request(load, g);
    if (config->port->regions_max != 0 && load->region_count > config->port->regions_max)
        return smf_fail(load->why, SMF_DETAIL_REGIONS_MAX, 0, load->region_count, config->port->regions_max);
    return SMF_OK;
}
