/* SPDX-License-Identifier: MIT */
/* place.c - stage PLACE: reserve memory and write every byte of it. */
#include "base/window.h"
#include "image/codec.h"
#include "load/index.h"

/* A port is trusted to run code, but a mistake in one is found here and not by a module at two in the morning. */
static enum smf_status check_region(struct load *load, unsigned i, struct smf_region *region)
{
    const struct smf_region_request *request = &load->requests[i];
    load->why->index = i;
    region->access = request->access;
    if (region->bytes == NULL || region->size < request->size)
        return smf_load_fail(load, SMF_DETAIL_PORT_SIZE, region->size, request->size);
    if ((region->address & (request->alignment - 1)) != 0)
        return smf_load_fail(load, SMF_DETAIL_PORT_ALIGNMENT, region->address, request->alignment);
    if (request->address != 0 && region->address != request->address)
        return smf_load_fail(load, SMF_DETAIL_PORT_ADDRESS, region->address, request->address);
    const uintptr_t last = region->address + (region->size - 1);
    const uintptr_t highest = request->highest != 0              ? request->highest
                              : smf_load_pointer_size(load) == 4 ? UINT32_MAX
                                                                 : UINTPTR_MAX;
    if (last < region->address || region->address + (request->size - 1) > highest)
        return smf_load_fail(load, SMF_DETAIL_PORT_HIGHEST, last, highest);
    return SMF_OK;
}

/* Two regions share an address, bytes, or a granule: then protecting one would protect a part of the other. */
static bool overlap(const struct smf_region *a, const struct smf_region *b, size_t granule)
{
    const uintptr_t rest = granule > 1 ? granule - 1 : 0;
    const uintptr_t a_last = (a->address + (a->size - 1)) | rest, b_last = (b->address + (b->size - 1)) | rest;
    const uintptr_t p = (uintptr_t)a->bytes, q = (uintptr_t)b->bytes;
    if ((a->address & ~rest) <= b_last && (b->address & ~rest) <= a_last)
        return true;
    return p < q ? q - p < a->size : p - q < b->size;
}

static enum smf_status check_together(struct load *load, const struct smf_region *regions)
{
    uintptr_t low = UINTPTR_MAX, high = 0;
    const uintptr_t reach = load->loader->config.port->reach;
    for (const struct smf_region *a = regions; a < regions + load->region_count; a++) {
        const uintptr_t last = a->address + (a->size - 1);
        low = a->address < low ? a->address : low;
        high = last > high ? last : high;
        for (const struct smf_region *b = regions; b < a; b++)
            if (overlap(a, b, load->loader->config.port->granule))
                return smf_load_fail(load, SMF_DETAIL_PORT_OVERLAP, a->address, b->address);
    }
    if (reach != 0 && high - low > reach)
        return smf_load_fail(load, SMF_DETAIL_PORT_REACH, high - low, reach);
    return SMF_OK;
}

/* Why the port gave nothing: the region that is larger than all it has, or must lie somewhere, or nothing is known. */
static enum smf_status explain(struct load *load, size_t status)
{
    const struct smf_port *port = load->loader->config.port;
    for (unsigned i = 0; i < load->region_count; i++) {
        const struct smf_region_request *request = &load->requests[i];
        const size_t has = port->available != NULL ? port->available(port->context, request->access) : SIZE_MAX;
        load->why->index = i;
        if (has < request->size)
            return smf_load_fail(load, SMF_DETAIL_RESERVE_NEEDS, request->size, has);
        if (request->address != 0)
            return smf_load_fail(load, SMF_DETAIL_RESERVE_AT, request->address, status);
        if (request->highest != 0) /* medlow on RV64, 32-bit absolute fields on x86-64 */
            return smf_load_fail(load, SMF_DETAIL_RESERVE_LOW, request->size, request->highest);
    }
    load->why->index = 0;
    return smf_load_fail(load, SMF_DETAIL_RESERVE, load->requests[0].size, status);
}

static enum smf_status reserve(struct load *load)
{
    const struct smf_port *port = load->loader->config.port;
    struct smf_region *regions = smf_load_regions(load->module) + load->module->source_count;
    enum smf_status status = SMF_OK;
    if (load->region_count != 0)
        status = port->reserve(port->context, load->requests, load->region_count, regions);
    if (status != SMF_OK)
        return explain(load, (size_t) - (ptrdiff_t)status);
    load->reserved = true;
    for (unsigned i = 0; i < load->region_count && status == SMF_OK; i++)
        status = check_region(load, i, &regions[i]);
    return status == SMF_OK ? check_together(load, regions) : status;
}

/*
 * Where the groups are, and whether that is where the builder thought they would be (DESIGN D5). An empty group has no
 * region, but its sections may be named: it lies where the default layout has it.
 */
static void settle_groups(struct load *load)
{
    const struct smf_region *regions = smf_load_regions(load->module) + load->module->source_count;
    const struct group *first = NULL;
    load->standard = load->module->source_count == 0;
    for (unsigned g = 0; g < GROUPS; g++) {
        struct group *group = &load->groups[g];
        if (group->size == 0)
            continue;
        group->bytes = regions[group->region].bytes + group->inside;
        group->address = regions[group->region].address + group->inside;
        first = first != NULL ? first : group;
        if (group->address - first->address != group->standard - first->standard)
            load->standard = false;
    }
    if (first == NULL)
        return;
    for (unsigned g = 0; g < GROUPS; g++)
        if (load->groups[g].size == 0)
            load->groups[g].address = first->address + (load->groups[g].standard - first->standard);
    if (load->arch->id == SMF_ARCH_AARCH64 && (first->address & (SMF_DEFAULT_GROUP_ALIGNMENT - 1)) != 0)
        load->standard = false;
}

/* Write the contents of a section, or zeros without one, in pieces of a size that others can wait for. What is compressed
 * is one piece. */
static enum smf_status put(struct load *load, uint8_t *to, size_t size, const struct smf_section *from)
{
    const size_t most = load->loader->config.progress != NULL ? SMF_PROGRESS_BYTES : SIZE_MAX;
    for (size_t done = 0; done < size;) {
        size_t some = size - done < most ? size - done : most;
        enum smf_status status = SMF_OK;
        if (from == NULL)
            memset(to + done, 0, some);
        else if ((from->flags & SMF_SECTION_COMPRESSED) == 0)
            status = smf_source_read(load->source, from->offset + done, to + done, some, load->why);
        else
            status = load->codec->rules->unpack(&load->image, load->codec, from, to), some = size;
        if (status == SMF_OK)
            status = smf_load_progress(load);
        if (status != SMF_OK)
            return status;
        done += some;
    }
    return SMF_OK;
}

/* Copy the sections of one group into its region, of which `*end` bytes are written; zero what lies between. */
static enum smf_status fill(struct load *load, unsigned g, uint8_t *bytes, size_t *end)
{
    for (uint32_t i = 0; i < load->image.header.section_count; i++) {
        const struct smf_section *section = &load->image.sections[i];
        const struct place *place = &load->places[i];
        if (place->group != g || section->virtual_size == 0)
            continue;
        const size_t start = load->groups[g].inside + place->offset;
        load->why->index = i;
        enum smf_status status = put(load, bytes + *end, start - *end, NULL);
        if (status == SMF_OK)
            status = put(load, bytes + start, section->size, section);
        if (status != SMF_OK)
            return status;
        *end = start + section->size;
    }
    return SMF_OK;
}

enum smf_status smf_load_fill(struct load *load, unsigned group, const struct smf_region *region)
{
    size_t end = 0;
    const enum smf_status status = fill(load, group, region->bytes, &end);
    return status == SMF_OK ? put(load, region->bytes + end, region->size - end, NULL) : status;
}

enum smf_status smf_load_place(struct load *load)
{
    enum smf_status status = reserve(load);
    if (status != SMF_OK)
        return status;
    settle_groups(load);
    const struct smf_region *regions = smf_load_regions(load->module) + load->module->source_count;
    size_t end = 0;
    for (unsigned g = 0; g < GROUPS && status == SMF_OK; g++) {
        const struct group *group = &load->groups[g];
        if (group->size == 0)
            continue;
        const struct smf_region *region = &regions[group->region];
        status = fill(load, g, region->bytes, &end);
        /* The rest of the region, unless another group follows in it. */
        bool last = true;
        for (unsigned next = g + 1; next < GROUPS; next++)
            last = last && (load->groups[next].size == 0 || load->groups[next].region != group->region);
        if (status == SMF_OK && last) {
            status = put(load, region->bytes + end, region->size - end, NULL);
            end = 0;
        }
    }
    if (status == SMF_OK && load->keep_count != 0)
        status = load->loader->config.rebinding->rules->place(load);
    return status;
}
