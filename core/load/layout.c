/* SPDX-License-Identifier: MIT */
/* layout.c - stage LAYOUT: which region each byte will live in, and what the port will be asked for (DESIGN D6). */
#include "load/load.h"

/* The image has proven that all sections together do not wrap. */
size_t smf_load_append(struct group *group, size_t size, size_t alignment)
{
    const size_t offset = smf_align_up(group->size, alignment);
    group->size = offset + size;
    if (group->alignment < alignment)
        group->alignment = alignment;
    return offset;
}

static const uint8_t group_of[] = {[SMF_SECTION_CODE] = GROUP_CODE,
                                   [SMF_SECTION_DATA] = GROUP_DATA,
                                   [SMF_SECTION_RODATA] = GROUP_RODATA,
                                   [SMF_SECTION_BSS] = GROUP_DATA};

static void lay_sections(struct load *load)
{
    const struct smf_image *image = &load->image;
    const struct smf_rebinding *rebinding = load->loader->config.rebinding;
    for (uint32_t i = 0; i < image->header.section_count; i++) {
        const struct smf_section *section = &image->sections[i];
        struct place *place = &load->places[i];
        if (load->module->source_count != 0 && place->group == GROUP_SOURCE) {
            load->module->section_count = (uint16_t)(i + 1);
            continue;
        }
        place->group = NOT_LOADED;
        place->offset = 0;
        if (section->type < SMF_SECTION_CODE || section->type > SMF_SECTION_BSS)
            continue;
        load->module->section_count = (uint16_t)(i + 1);
        if (rebinding != NULL && rebinding->rules->lay(load, i))
            continue;
        place->group = group_of[section->type];
        struct group *group = &load->groups[place->group];
        /* Code of older files is packed; what it asks for is honoured by the area as a whole. */
        const bool packed = place->group == GROUP_CODE && !image->header.canonical;
        place->offset = smf_load_append(group, section->virtual_size, packed ? 1 : section->alignment);
        if (group->alignment < section->alignment)
            group->alignment = section->alignment;
    }
}

static const enum smf_access access_of[GROUPS] = {SMF_ACCESS_RX, SMF_ACCESS_RO, SMF_ACCESS_RW};

/* Each group starts at the next multiple of 4096, or in one region of its alignment; the end of the last. */
static size_t lay_groups(struct load *load, bool inside)
{
    size_t end = 0;
    for (unsigned g = 0; g < GROUPS; g++) {
        struct group *group = &load->groups[g];
        const bool more = inside && group->alignment > SMF_DEFAULT_GROUP_ALIGNMENT;
        const size_t start = smf_align_up(end, more ? group->alignment : SMF_DEFAULT_GROUP_ALIGNMENT);
        *(inside ? &group->inside : &group->standard) = start;
        if (group->size != 0)
            end = start + group->size;
    }
    return end;
}

static void request(struct load *load, size_t size, size_t alignment, enum smf_access access)
{
    /* Pages count in settled records of AArch64: its modules start at one (DESIGN D5). */
    const bool pages = load->arch->id == SMF_ARCH_AARCH64 || access == SMF_ACCESS_RWX;
    const struct smf_region_request request = {
        .size = size,
        .alignment = pages && alignment < SMF_DEFAULT_GROUP_ALIGNMENT ? SMF_DEFAULT_GROUP_ALIGNMENT : alignment,
        .access = access,
        .highest = load->low ? (uintptr_t)load->arch->highest : 0};
    load->requests[load->region_count++] = request;
}

/* One region, writable and executable, for everything: only where the caller asked for it by name. */
static void request_one(struct load *load)
{
    size_t alignment = 1;
    const size_t size = lay_groups(load, true);
    for (unsigned g = 0; g < GROUPS; g++)
        if (load->groups[g].alignment > alignment)
            alignment = load->groups[g].alignment;
    if (size != 0)
        request(load, size, alignment, SMF_ACCESS_RWX);
}

static void request_each(struct load *load)
{
    for (unsigned g = 0; g < GROUPS; g++) {
        struct group *group = &load->groups[g];
        group->region = load->region_count;
        if (group->size != 0)
            request(load, group->size, group->alignment, access_of[g]);
    }
}

/* Start and stop arrays that the file has: they are remembered in the kept block. */
static void find_arrays(struct load *load)
{
    static const char names[ARRAYS][16] = {".preinit_array", ".init_array", ".fini_array"};
    for (unsigned array = 0; array < ARRAYS; array++) {
        const uint32_t section = smf_image_find_section(&load->image, names[array]);
        load->arrays[array] = SMF_NO_SYMBOL;
        if (section == SMF_NO_SYMBOL || load->places[section].group == NOT_LOADED ||
            load->image.sections[section].size == 0)
            continue;
        load->arrays[array] = section;
        load->module->array_count++;
    }
}

enum smf_status smf_load_layout(struct load *load)
{
    const struct smf_config *config = &load->loader->config;
    const enum smf_status status = config->in_place != NULL ? config->in_place->plan(load) : SMF_OK;
    if (status != SMF_OK)
        return status;
    lay_sections(load);
    if (load->keep_count > SMF_KEEP_MAX)
        return smf_load_fail(load, SMF_DETAIL_KEEP_MAX, load->keep_count, SMF_KEEP_MAX);
    load->module->source_count += load->keep_count;
    lay_groups(load, false);
    smf_load_lay_extras(load);
    for (unsigned g = 0; g < GROUPS; g++)
        if (load->groups[g].size > SIZE_MAX / 2)
            return smf_load_fail(load, SMF_DETAIL_TOO_LARGE, load->groups[g].size, SIZE_MAX / 2);
    if (config->allow_rwx && config->port->can_rwx)
        request_one(load);
    else
        request_each(load);
    if (config->port->regions_max != 0 && load->region_count > config->port->regions_max)
        return smf_load_fail(load, SMF_DETAIL_REGIONS_MAX, load->region_count, config->port->regions_max);
    find_arrays(load);
    return config->in_place != NULL ? config->in_place->fix(load) : SMF_OK;
}
