/* SPDX-License-Identifier: MIT */
/* place.c - stage PLACE: reserve memory and write every byte of it. */
#include "base/window.h"
#include "load/load.h"

/* A port is trusted to run code, but a mistake in one is found here and not by a module at two in the morning. */
static enum smf_status check_region(struct load *load, unsigned i)
{
    const struct smf_region_request *request = &load->requests[i];
    struct smf_region *region = &load->regions[i];
    load->why->index = i;
    region->access = request->access;
    if (region->bytes == NULL || region->size < request->size)
        return smf_fail(load->why, SMF_DETAIL_PORT_SIZE, 0, region->size, request->size);
    if ((region->address & (request->alignment - 1)) != 0)
        return smf_fail(load->why, SMF_DETAIL_PORT_ALIGNMENT, 0, region->address, request->alignment);
    const uint64_t last = region->address + (region->size - 1);
    const uint64_t highest = request->highest != 0           ? request->highest
                             : load->arch->pointer_size == 4 ? UINT32_MAX
                                                             : UINT64_MAX;
    if (last < region->address || region->address + (request->size - 1) > highest)
        return smf_fail(load->why, SMF_DETAIL_PORT_HIGHEST, 0, last, highest);
    return SMF_OK;
}

/* Two regions share an address, bytes, or a granule: then protecting one would protect a part of the other. */
static bool overlap(const struct smf_region *a, const struct smf_region *b, uint64_t granule)
{
    const uint64_t rest = granule > 1 ? granule - 1 : 0;
    const uint64_t a_last = (a->address + (a->size - 1)) | rest, b_last = (b->address + (b->size - 1)) | rest;
    const uintptr_t p = (uintptr_t)a->bytes, q = (uintptr_t)b->bytes;
    if ((a->address & ~rest) <= b_last && (b->address & ~rest) <= a_last)
        return true;
    return p < q ? q - p < a->size : p - q < b->size;
}

static enum smf_status check_together(struct load *load)
{
    uint64_t low = UINT64_MAX, high = 0;
    for (unsigned i = 0; i < load->region_count; i++) {
        const struct smf_region *a = &load->regions[i];
        low = a->address < low ? a->address : low;
        high = a->address + (a->size - 1) > high ? a->address + (a->size - 1) : high;
        for (unsigned j = 0; j < i; j++) {
            const struct smf_region *b = &load->regions[j];
            if (overlap(a, b, load->loader->config.port->granule))
                return smf_fail(load->why, SMF_DETAIL_PORT_OVERLAP, 0, a->address, b->address);
        }
    }
    const uint64_t reach = load->loader->config.port->reach;
    if (reach != 0 && high - low > reach)
        return smf_fail(load->why, SMF_DETAIL_PORT_REACH, 0, high - low, reach);
    return SMF_OK;
}

static enum smf_status reserve(struct load *load)
{
    const struct smf_port *port = load->loader->config.port;
    if (load->region_count == 0)
        return SMF_OK;
    enum smf_status status = port->reserve(port->context, load->requests, load->region_count, load->regions);
    if (status != SMF_OK)
        return smf_fail(load->why, SMF_DETAIL_RESERVE, 0, load->requests[0].size, (uint64_t) - (int64_t)status);
    load->reserved = true;
    for (unsigned i = 0; i < load->region_count && status == SMF_OK; i++)
        status = check_region(load, i);
    return status == SMF_OK ? check_together(load) : status;
}

/* An empty group has no region, but its sections may be named: it lies where the default layout has it. */
static void settle_groups(struct load *load)
{
    const struct group *first = NULL;
    for (unsigned g = 0; g < GROUPS; g++) {
        struct group *group = &load->groups[g];
        if (group->size == 0)
            continue;
        const struct smf_region *region = &load->regions[group->region];
        const uint64_t inside = load->requests[0].access == SMF_ACCESS_RWX ? group->inside : 0;
        group->bytes = region->bytes + inside;
        group->address = region->address + inside;
        first = first != NULL ? first : group;
    }
    for (unsigned g = 0; g < GROUPS && first != NULL; g++)
        if (load->groups[g].size == 0)
            load->groups[g].address = first->address + (load->groups[g].standard - first->standard);
}

static enum smf_status copy(struct load *load, uint8_t *to, const struct smf_section *section)
{
    uint64_t done = 0;
    const size_t piece = load->loader->config.progress != NULL ? SMF_PROGRESS_BYTES : SIZE_MAX;
    while (done < section->size) {
        const uint64_t left = section->size - done;
        const size_t some = left < piece ? (size_t)left : piece;
        enum smf_status status =
            smf_source_read(load->source, section->offset + (size_t)done, to + done, some, load->why);
        if (status == SMF_OK)
            status = smf_load_progress(load);
        if (status != SMF_OK)
            return status;
        done += some;
    }
    return SMF_OK;
}

static enum smf_status clear(struct load *load, uint8_t *to, uint64_t size)
{
    const size_t piece = load->loader->config.progress != NULL ? SMF_PROGRESS_BYTES : SIZE_MAX;
    while (size > piece) {
        memset(to, 0, piece);
        const enum smf_status status = smf_load_progress(load);
        if (status != SMF_OK)
            return status;
        to += piece;
        size -= piece;
    }
    memset(to, 0, (size_t)size);
    return SMF_OK;
}

/* Copy the sections of one group; zero what lies between and behind them. */
static enum smf_status fill(struct load *load, unsigned g, uint64_t room)
{
    const struct group *group = &load->groups[g];
    uint64_t end = 0;
    for (uint32_t i = 0; i < load->image.header.section_count; i++) {
        const struct smf_section *section = &load->image.sections[i];
        const struct place *place = &load->places[i];
        if (place->group != g || section->virtual_size == 0)
            continue;
        load->why->index = i;
        enum smf_status status = clear(load, group->bytes + end, place->offset - end);
        if (status == SMF_OK)
            status = copy(load, group->bytes + place->offset, section);
        if (status != SMF_OK)
            return status;
        end = place->offset + section->size;
    }
    return clear(load, group->bytes + end, room - end);
}

enum smf_status smf_load_place(struct load *load)
{
    enum smf_status status = reserve(load);
    if (status != SMF_OK)
        return status;
    settle_groups(load);
    const bool one = load->requests[0].access == SMF_ACCESS_RWX;
    for (unsigned g = 0; g < GROUPS && status == SMF_OK; g++) {
        const struct group *group = &load->groups[g];
        if (group->size == 0)
            continue;
        uint64_t room = load->regions[group->region].size;
        if (one) { /* up to the next group, or the region's end */
            room -= group->inside;
            for (unsigned next = GROUPS - 1; next > g; next--)
                if (load->groups[next].size != 0)
                    room = load->groups[next].inside - group->inside;
        }
        status = fill(load, g, room);
    }
    return status;
}
