/* SPDX-License-Identifier: MIT */
/* seal.c - stage SEAL: entry point and arrays of functions proven, instructions synchronised, regions protected. */
#include "load/index.h"

static bool in_code(const struct load *load, uintptr_t address)
{
    const struct smf_region *regions = smf_load_regions(load->module);
    const struct group *code = &load->groups[GROUP_CODE];
    if (load->arch->id == SMF_ARCH_ARM) /* bit 0 of a function's address selects Thumb */
        address &= ~(uintptr_t)1;
    return address - code->address < code->size ||
           (load->module->source_count != 0 && regions[0].access == SMF_ACCESS_RX &&
            address - regions[0].address < regions[0].size);
}

/* Each is null, all ones (ends of lists in old objects, which run nothing), or a function of the module. */
static enum smf_status prove_array(struct load *load, const struct smf_section *section, const uint8_t *bytes)
{
    const unsigned size = smf_load_pointer_size(load);
    if ((section->size & (size - 1)) != 0 || section->size > UINT32_MAX)
        return smf_fail(load->why, SMF_DETAIL_ARRAY_SIZE, section->offset, section->size, size);
    for (size_t at = 0; at < section->size; at += size) {
        const uintptr_t pointer = smf_load_get_pointer(size, bytes + at);
        const uintptr_t ones = size == 8 ? UINTPTR_MAX : UINT32_MAX;
        const bool thumb = load->arch->id != SMF_ARCH_ARM || (pointer & 1) != 0;
        if (pointer != 0 && pointer != ones && (!in_code(load, pointer) || !thumb))
            return smf_fail(load->why, SMF_DETAIL_ARRAY_POINTER, section->offset + at, pointer,
                            load->groups[GROUP_CODE].address);
    }
    return SMF_OK;
}

static enum smf_status keep_arrays(struct load *load)
{
    struct smf_module *module = load->module;
    struct array *keep = smf_load_arrays(module);
    for (unsigned array = 0; array < ARRAYS; array++) {
        const uint32_t index = load->arrays[array];
        if (index == SMF_NO_SYMBOL)
            continue;
        const struct smf_section *section = &load->image.sections[index];
        keep->bytes = load->groups[load->places[index].group].bytes + load->places[index].offset;
        keep->count = (uint32_t)section->size >> (smf_load_pointer_size(load) == 8 ? 3 : 2);
        load->why->index = index;
        smf_fail_name(load->why, section->name, SMF_SECTION_NAME_SIZE);
        const enum smf_status status = prove_array(load, section, keep->bytes);
        if (status != SMF_OK)
            return status;
        module->has_fini = array == ARRAY_FINI;
        keep++;
    }
    return SMF_OK;
}

static enum smf_status keep_entry(struct load *load)
{
    const struct smf_header *header = &load->image.header;
    const uint32_t code = load->image.first_code;
    if ((header->flags & SMF_FLAG_EXECUTABLE) == 0 || load->image.code_size == 0)
        return SMF_OK;
    uintptr_t entry = load->groups[GROUP_CODE].address + header->entry_point;
    if (header->canonical)
        entry = load->groups[load->places[code].group].address + load->places[code].offset + header->entry_point;
    else
        entry = smf_load_older_entry(load, entry);
    if (!in_code(load, entry))
        return smf_fail(load->why, SMF_DETAIL_ENTRY_OUTSIDE, header->position, header->entry_point,
                        load->image.code_size);
    load->module->entry = entry;
    return SMF_OK;
}

enum smf_status smf_load_finish(struct load *load)
{
    const enum smf_status status = keep_entry(load);
    return status == SMF_OK ? keep_arrays(load) : status;
}

enum smf_status smf_load_seal(struct load *load)
{
    const struct smf_port *port = load->loader->config.port;
    const struct smf_region *const regions = smf_load_regions(load->module) + load->module->source_count;
    const struct smf_region *const end = regions + load->region_count;
    /* Before the region can be executed: nothing stale can be fetched once it is. */
    for (const struct smf_region *region = regions; region < end; region++)
        if (region->access >= SMF_ACCESS_RX && port->sync_code != NULL)
            port->sync_code(port->context, region);
    for (const struct smf_region *region = regions; region < end; region++) {
        const enum smf_status status =
            region->access != SMF_ACCESS_RW ? port->protect(port->context, region, region->access) : SMF_OK;
        load->why->index = (uint32_t)(region - regions);
        if (status != SMF_OK)
            return smf_load_fail(load, SMF_DETAIL_PROTECT, region->address, (size_t) - (ptrdiff_t)status);
    }
    return SMF_OK;
}
