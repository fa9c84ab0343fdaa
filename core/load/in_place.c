/* SPDX-License-Identifier: MIT */
/*
 * in_place.c - code and constants that stay where they are (decision 17), and
 * files that were relocated for fixed addresses (SPEC, "note.prelink"). Reached
 * through config.in_place only: a firmware that never names one of the three
 * tables at the end does not contain this file.
 */
#include "load/index.h"

/* Why this section must be copied; SMF_DETAIL_NONE: it may stay. Until that is known its place counts its relocations. */
static enum smf_detail reason(const struct load *load, uint32_t index)
{
    const struct smf_section *section = &load->image.sections[index];
    const uintptr_t address = load->groups[GROUP_SOURCE].address + section->offset;
    if (load->places[index].offset != 0)
        return SMF_DETAIL_PLACE_RELOCATIONS;
    if ((section->flags & SMF_SECTION_COMPRESSED) != 0)
        return SMF_DETAIL_PLACE_COMPRESSED;
    if ((address & (section->alignment - 1)) != 0)
        return SMF_DETAIL_PLACE_ALIGNMENT;
    return section->size != section->virtual_size ? SMF_DETAIL_PLACE_SECTIONS : SMF_DETAIL_NONE;
}

/* Copied: an error, if the caller asked for more. */
static enum smf_status copied(struct load *load, uint32_t index, enum smf_detail why)
{
    const struct smf_section *section = &load->image.sections[index];
    if (!load->loader->config.in_place->required)
        return SMF_OK;
    load->why->index = index;
    smf_fail_name(load->why, section->name, SMF_SECTION_NAME_SIZE);
    if (why == SMF_DETAIL_PLACE_ALIGNMENT)
        return smf_fail(load->why, why, section->offset, load->groups[GROUP_SOURCE].address + section->offset,
                        section->alignment);
    return smf_fail(load->why, why, section->offset, load->places[index].offset, 0);
}

static void stay(struct load *load, uint32_t index, enum smf_access access)
{
    const struct smf_section *section = &load->image.sections[index];
    const struct group *group = &load->groups[GROUP_SOURCE];
    struct smf_region *region = &load->source_regions[load->module->source_count];
    load->places[index].group = GROUP_SOURCE;
    load->places[index].offset = section->offset;
    if (load->module->source_count != 0 && region[-1].access == access) {
        region--; /* one behind the other */
    } else {
        region->bytes = group->bytes + section->offset;
        region->address = group->address + section->offset;
        region->access = access;
        load->module->source_count++;
    }
    region->size = group->address + section->offset + section->size - region->address;
}

/* The one Code section: several would be one region only if nothing lay between. */
static enum smf_status plan_code(struct load *load)
{
    uint32_t code = SMF_NO_SYMBOL;
    for (uint32_t i = 0; i < load->image.header.section_count; i++) {
        const struct smf_section *section = &load->image.sections[i];
        if (section->type != SMF_SECTION_CODE || section->virtual_size == 0)
            continue;
        if (code != SMF_NO_SYMBOL)
            return copied(load, i, SMF_DETAIL_PLACE_SECTIONS);
        code = i;
    }
    if (code == SMF_NO_SYMBOL)
        return SMF_OK;
    const enum smf_detail why = reason(load, code);
    if (why != SMF_DETAIL_NONE)
        return copied(load, code, why);
    stay(load, code, SMF_ACCESS_RX);
    return SMF_OK;
}

/* Read-only sections, as long as nothing else lies between them in the file. */
static void plan_constants(struct load *load)
{
    bool begun = false, ended = smf_load_pointer_size(load) == 8 && load->module->source_count == 0;
    for (uint32_t i = 0; i < load->image.header.section_count && !ended; i++) {
        const struct smf_section *section = &load->image.sections[i];
        if (section->size == 0)
            continue;
        if (section->type == SMF_SECTION_RODATA && reason(load, i) == SMF_DETAIL_NONE) {
            stay(load, i, SMF_ACCESS_RO);
            begun = true;
        } else {
            ended = begun;
        }
    }
}

/* ---- note.prelink: {u32 section, u32 zero, u64 address} for each section that must lie somewhere ---- */

struct row {
    uint32_t section;
    uintptr_t address;
};
enum { ROW_SIZE = 16 };

static enum smf_status read_row(struct load *load, uint32_t note, size_t at, struct row *row)
{
    uint8_t bytes[ROW_SIZE];
    const struct smf_section *const sections = load->image.sections;
    const enum smf_status status = smf_image_read(&load->image, note, at, bytes, sizeof bytes, load->why);
    if (status != SMF_OK)
        return status;
    const uint64_t address = smf_get64(bytes + 8);
    row->section = smf_get32(bytes);
    row->address = (uintptr_t)address;
    const uint8_t type = row->section < load->image.header.section_count ? sections[row->section].type : (uint8_t)0;
    if (type < SMF_SECTION_CODE || type > SMF_SECTION_BSS || smf_get32(bytes + 4) != 0 || row->address != address)
        return smf_fail(load->why, SMF_DETAIL_PRELINK_NOTE, sections[note].offset + at, at, 0);
    return SMF_OK;
}

/* Call `each` for every row of a prelinked file's note, until it fails. */
static enum smf_status read_note(struct load *load, enum smf_status (*each)(struct load *load, const struct row *row))
{
    if ((load->image.header.flags & SMF_FLAG_PRELINKED) == 0)
        return SMF_OK;
    const uint32_t note = smf_image_find_section(&load->image, SMF_NOTE_PRELINK);
    if (note == SMF_NO_SYMBOL || load->image.sections[note].type != SMF_SECTION_NOTE ||
        (load->image.sections[note].size & (ROW_SIZE - 1)) != 0)
        return smf_fail(load->why, SMF_DETAIL_PRELINK_NOTE, load->image.header.position, 0, 0);
    for (size_t at = 0; at < load->image.sections[note].size; at += ROW_SIZE) {
        struct row row;
        enum smf_status status = read_row(load, note, at, &row);
        if (status == SMF_OK)
            status = each(load, &row);
        if (status != SMF_OK)
            return status;
    }
    return SMF_OK;
}

/* On paper the source lies where its code was prelinked for. */
static enum smf_status pretend(struct load *load, const struct row *row)
{
    const struct smf_section *section = &load->image.sections[row->section];
    if (section->type == SMF_SECTION_CODE)
        load->groups[GROUP_SOURCE].address = row->address - section->offset;
    return SMF_OK;
}

/* A module of this loader has memory where this one must have it. */
static bool is_taken(const struct load *load, uintptr_t address)
{
    for (const struct smf_module *module = load->loader->modules; module != NULL; module = module->next)
        for (unsigned i = module->source_count; i < module->region_count; i++)
            if (smf_load_regions(module)[i].address == address)
                return true;
    return false;
}

/* What stays lies where it was to lie; for the rest the port is asked for exactly that. */
static enum smf_status fix_row(struct load *load, const struct row *row)
{
    const struct place *place = &load->places[row->section];
    const struct group *group = &load->groups[place->group];
    struct smf_region_request *request = &load->requests[group->region];
    const uintptr_t wanted = row->address - place->offset;
    const bool stays = place->group == GROUP_SOURCE;
    uintptr_t has = wanted;
    if (!stays && group->size == 0)
        return SMF_OK;
    if (stays)
        has = group->address;
    else if (request->address != 0)
        has = request->address; /* as another section of this group wants */
    if (has != wanted || (!stays && (request->access == SMF_ACCESS_RWX || (wanted & (request->alignment - 1)) != 0))) {
        load->why->index = row->section;
        smf_fail_name(load->why, load->image.sections[row->section].name, SMF_SECTION_NAME_SIZE);
        return smf_load_fail(load, SMF_DETAIL_PRELINK_ELSEWHERE, has + place->offset, row->address);
    }
    if (stays)
        return SMF_OK;
    if (is_taken(load, wanted))
        return smf_load_fail(load, SMF_DETAIL_SECOND_INSTANCE, wanted, 0);
    request->address = wanted;
    return SMF_OK;
}

/* ---- What config.in_place leads to ---- */

static enum smf_status plan(struct load *load)
{
    const struct smf_image *image = &load->image;
    const struct smf_in_place *in_place = load->loader->config.in_place;
    if (!load->rereads) { /* not canonical, or no bytes that stay */
        if (in_place->required || (image->header.canonical && (image->header.flags & SMF_FLAG_PRELINKED) != 0))
            return smf_load_fail(load, SMF_DETAIL_PLACE_SOURCE, 0, 0);
        return SMF_OK;
    }
    for (uint32_t i = 0; i < image->header.section_count; i++) {
        load->places[i].group = NOT_LOADED;
        load->places[i].offset = 0;
    }
    for (uint32_t i = 0; i < image->header.section_count; i++)
        if (image->sections[i].type == SMF_SECTION_RELOC)
            load->places[image->sections[i].link].offset = smf_image_relocation_count(image, i);
    load->groups[GROUP_SOURCE].bytes = (uint8_t *)(uintptr_t)load->source->bytes;
    load->groups[GROUP_SOURCE].address = (uintptr_t)load->source->bytes;
    enum smf_status status = in_place->paper ? read_note(load, pretend) : SMF_OK;
    if (status == SMF_OK)
        status = plan_code(load);
    if (status == SMF_OK)
        plan_constants(load);
    return status;
}

static enum smf_status fix(struct load *load) { return read_note(load, fix_row); }

const struct smf_in_place smf_in_place_allowed = {.plan = plan, .fix = fix};
const struct smf_in_place smf_in_place_required = {.plan = plan, .fix = fix, .required = true};
const struct smf_in_place smf_in_place_on_paper = {.plan = plan, .fix = fix, .paper = true};
