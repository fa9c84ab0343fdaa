/* SPDX-License-Identifier: MIT */
/*
 * rebinding.c - references to definitions that may be replaced while the module
 * runs (decision 8), and sections that outlive their version. Reached through
 * config.rebinding only: a firmware that never names the table at the end does
 * not contain this file.
 *
 * What can be routed, and why, is tried in docs/DESIGN.md D21: a function always,
 * data through something that can be stored anew.
 */
#include "load/index.h"

/* Where `at`, a byte of the module, lies among its regions. */
static void locate(const struct load *load, const uint8_t *at, struct smf_reference *reference)
{
    const struct smf_region *regions = smf_load_regions(load->module);
    for (uint32_t i = 0; i < load->module->region_count; i++) {
        const size_t offset = (size_t)((uintptr_t)at - (uintptr_t)regions[i].bytes);
        if (offset < regions[i].size) {
            reference->region = i;
            reference->offset = offset;
        }
    }
}

static enum smf_status tell(struct load *load, enum smf_reference_form form, const uint8_t *at, ptrdiff_t addend)
{
    const struct smf_rebinding *rebinding = load->loader->config.rebinding;
    const struct origin *origin = &load->origins[load->target.bound - load->bounds];
    struct smf_reference reference = {
        .form = form, .token = origin->token, .provider = origin->provider, .module = load->module, .addend = addend};
    if (form == SMF_REFERENCE_SLOT || form == SMF_REFERENCE_WORD) {
        locate(load, at, &reference);
        if (((uintptr_t)at & (smf_load_pointer_size(load) - 1)) != 0) /* cannot be stored at once */
            return smf_load_fail(load, SMF_DETAIL_REFER_ALIGNMENT, reference.offset, smf_load_pointer_size(load));
    }
    const enum smf_status status = rebinding->refer(rebinding->context, &reference);
    if (status == SMF_OK)
        return SMF_OK;
    smf_load_fail(load, SMF_DETAIL_REFER, (size_t) - (ptrdiff_t)status, 0);
    return load->why->status = status;
}

/* A slot of a function without a stub is read by code that takes the function's address: who has a copy is not known. */
static enum smf_status tell_slot(struct load *load, const uint8_t *at, ptrdiff_t addend)
{
    const enum smf_status status = tell(load, SMF_REFERENCE_SLOT, at, addend);
    if (status != SMF_OK || !load->target.function || smf_load_stub(load) != 0)
        return status;
    return tell(load, SMF_REFERENCE_COPIED, at, 0);
}

static enum smf_status slot(struct load *load, uint8_t *at) { return tell_slot(load, at, 0); }

static enum smf_status route(struct load *load, const struct smf_relocation *record, const struct smf_howto *row,
                             uintptr_t *s)
{
    const struct target *target = &load->target;
    const struct area *area = &load->area;
    const uint8_t *at = area->bytes + record->offset;
    if ((row->flags & SMF_ROW_SLOT) != 0)
        return smf_load_value(load, row, s);
    *s = target->address;
    if (area->slots)
        return tell_slot(load, at, record->addend);
    if (target->function) {
        const uintptr_t stub = smf_load_stub(load);
        if (stub == 0)
            return tell(load, SMF_REFERENCE_FIXED, at, record->addend);
        *s = stub;
        return SMF_OK;
    }
    if (row->type == load->arch->absolute && load->image.header.canonical &&
        load->image.sections[load->image.sections[area->section].link].type != SMF_SECTION_CODE)
        return tell(load, SMF_REFERENCE_WORD, at, record->addend);
    if ((target->bound->flags & SMF_BINDING_KEPT) != 0)
        return tell(load, SMF_REFERENCE_FIXED, at, record->addend);
    return smf_load_fail(load, SMF_DETAIL_DIRECT_DATA, row->type, 0);
}

/* ---- .keep sections ---- */

static bool is_kept_by_name(const struct smf_section *section)
{
    static const char prefix[] = ".keep.";
    return (section->type == SMF_SECTION_DATA || section->type == SMF_SECTION_BSS) && section->virtual_size != 0 &&
           memcmp(section->name, prefix, sizeof prefix - 1) == 0;
}

/* Each has a group, and a region, of its own. */
static bool lay(struct load *load, uint32_t index)
{
    const struct smf_section *section = &load->image.sections[index];
    if (load->loader->config.rebinding->keep == NULL || !is_kept_by_name(section))
        return false;
    if (load->keep_count < SMF_KEEP_MAX) {
        struct group *group = &load->groups[GROUP_KEEP + load->keep_count];
        load->places[index].group = (uint8_t)(GROUP_KEEP + load->keep_count);
        group->size = section->virtual_size;
        group->alignment = section->alignment;
    }
    if (load->keep_count <= SMF_KEEP_MAX)
        load->keep_count++;
    return true;
}

/* Records that patch section `index`: pointers, of the version that wrote them. */
static uint32_t count_records(const struct load *load, uint32_t index)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < load->image.header.section_count; i++)
        if (load->image.sections[i].type == SMF_SECTION_RELOC && load->image.sections[i].link == index)
            count += smf_image_relocation_count(&load->image, i);
    return count;
}

/* Ask where section `index` lies, and whether it holds what is kept. Apart, so that its request is off the stack when the
 * section is filled. */
static __attribute__((noinline)) enum smf_status ask(struct load *load, uint32_t index, struct smf_region *region,
                                                     bool *kept)
{
    const struct smf_rebinding *rebinding = load->loader->config.rebinding;
    const struct smf_section *section = &load->image.sections[index];
    struct group *group = &load->groups[load->places[index].group];
    const struct smf_keep_request request = {.name = section->name,
                                             .size = group->size,
                                             .alignment = group->alignment,
                                             .highest = load->low ? (uintptr_t)load->arch->highest : 0};
    *kept = false;
    load->why->index = index;
    smf_fail_name(load->why, section->name, SMF_SECTION_NAME_SIZE);
    const enum smf_status status = rebinding->keep(rebinding->context, &request, region, kept);
    if (status != SMF_OK) {
        smf_load_fail(load, SMF_DETAIL_KEEP_PLACE, group->size, 0);
        return load->why->status = status;
    }
    const uint32_t pointers = *kept ? count_records(load, index) : 0;
    if (pointers != 0)
        return smf_fail(load->why, SMF_DETAIL_KEEP_POINTERS, section->offset, pointers, 0);
    group->bytes = region->bytes;
    group->address = region->address;
    return SMF_OK;
}

static enum smf_status place_one(struct load *load, uint32_t index, struct smf_region *region)
{
    bool kept;
    const enum smf_status status = ask(load, index, region, &kept);
    return status != SMF_OK || kept ? status : smf_load_fill(load, load->places[index].group, region);
}

static enum smf_status place(struct load *load)
{
    const unsigned first = (unsigned)load->module->source_count - load->keep_count;
    struct smf_region *regions = smf_load_regions(load->module) + first;
    enum smf_status status = SMF_OK;
    for (uint32_t i = 0; i < load->image.header.section_count && status == SMF_OK; i++) {
        const unsigned group = load->places[i].group;
        if (group >= GROUP_KEEP && group != NOT_LOADED)
            status = place_one(load, i, &regions[group - GROUP_KEEP]);
    }
    return status;
}

const struct smf_rebinding_rules smf_rebinding_rules = {.lay = lay, .place = place, .route = route, .slot = slot};
