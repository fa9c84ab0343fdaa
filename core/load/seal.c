/* SPDX-License-Identifier: MIT */
/* seal.c - stage SEAL: entry point and arrays of functions proven, instructions synchronised, regions protected. */
#include "load/load.h"

/* Bit 0 of an Arm function's address selects Thumb. */
static bool in_code(const struct load *load, uint64_t address)
{
    if (load->arch->id == SMF_ARCH_ARM)
        address &= ~(uint64_t)1;
    const struct group *code = &load->groups[GROUP_CODE];
    return code->size != 0 && address - code->address < code->size;
}

static uint64_t pointer_at(const struct load *load, const uint8_t *at)
{
    return load->arch->pointer_size == 8 ? smf_get64(at) : smf_get32(at);
}

/* 0 and all ones are ends of lists in old objects and run nothing. */
static bool is_nothing(const struct load *load, uint64_t pointer)
{
    const uint64_t ones = load->arch->pointer_size == 8 ? UINT64_MAX : UINT32_MAX;
    return pointer == 0 || pointer == ones;
}

static size_t length_of(const char *name)
{
    size_t length = 0;
    while (name[length] != '\0')
        length++;
    return length;
}

static enum smf_status keep_array(struct load *load, unsigned array, uint32_t section)
{
    const struct smf_section *found = &load->image.sections[section];
    const struct place *place = &load->places[section];
    const unsigned size = load->arch->pointer_size;
    if (place->group == GROUPS || found->size == 0)
        return SMF_OK;
    load->why->index = section;
    smf_fail_name(load->why, found->name, length_of(found->name));
    if ((found->size & (size - 1)) != 0 || found->size > UINT32_MAX)
        return smf_fail(load->why, SMF_DETAIL_ARRAY_SIZE, found->offset, found->size, size);
    const uint8_t *bytes = load->groups[place->group].bytes + place->offset;
    for (uint64_t at = 0; at < found->size; at += size) {
        const uint64_t pointer = pointer_at(load, bytes + at);
        const bool thumb = load->arch->id != SMF_ARCH_ARM || (pointer & 1) != 0;
        if (!is_nothing(load, pointer) && (!in_code(load, pointer) || !thumb))
            return smf_fail(load->why, SMF_DETAIL_ARRAY_POINTER, found->offset + at, pointer,
                            load->groups[GROUP_CODE].address);
    }
    load->module->arrays[array].bytes = bytes;
    load->module->arrays[array].count = (uint32_t)found->size >> (size == 8 ? 3 : 2);
    return SMF_OK;
}

/* Older files say 0 where they do not know; a main function then tells (FORMAT, contradiction 30). */
static uint64_t find_main(const struct load *load)
{
    static const char names[4][10] = {"spl_main", "_spl_main", "main", "_main"};
    for (unsigned i = 0; i < 4; i++) {
        struct smf_found found;
        if (smf_find(load->module, names[i], &found) == SMF_OK && found.kind == SMF_KIND_FUNCTION)
            return found.address;
    }
    return 0;
}

static enum smf_status keep_entry(struct load *load)
{
    const struct smf_header *header = &load->image.header;
    if ((header->flags & SMF_FLAG_EXECUTABLE) == 0 || load->groups[GROUP_CODE].size == 0)
        return SMF_OK;
    uint64_t entry = load->groups[GROUP_CODE].address + header->entry_point;
    if (header->canonical)
        entry += load->places[load->image.first_code].offset;
    else if (header->entry_point == 0 && find_main(load) != 0)
        entry = find_main(load);
    if (!in_code(load, entry))
        return smf_fail(load->why, SMF_DETAIL_ENTRY_OUTSIDE, header->position, header->entry_point,
                        load->groups[GROUP_CODE].size);
    load->module->entry = (SMF_ADDRESS)entry;
    return SMF_OK;
}

enum smf_status smf_load_finish(struct load *load)
{
    static const char names[ARRAYS][16] = {".preinit_array", ".init_array", ".fini_array"};
    enum smf_status status = keep_entry(load);
    for (unsigned array = 0; array < ARRAYS && status == SMF_OK; array++) {
        const uint32_t section = smf_image_find_section(&load->image, names[array]);
        if (section != SMF_NO_SYMBOL)
            status = keep_array(load, array, section);
    }
    return status;
}

enum smf_status smf_load_seal(struct load *load)
{
    const struct smf_port *port = load->loader->config.port;
    for (unsigned i = 0; i < load->region_count; i++) {
        const struct smf_region *region = &load->regions[i];
        /* Before the region can be executed: nothing stale can be fetched once it is. */
        if ((region->access == SMF_ACCESS_RX || region->access == SMF_ACCESS_RWX) && port->sync_code != NULL)
            port->sync_code(port->context, region);
    }
    for (unsigned i = 0; i < load->region_count; i++) {
        const struct smf_region *region = &load->regions[i];
        if (region->access == SMF_ACCESS_RW)
            continue;
        const enum smf_status status = port->protect(port->context, region, region->access);
        load->why->index = i;
        if (status != SMF_OK)
            return smf_fail(load->why, SMF_DETAIL_PROTECT, 0, region->address, (uint64_t) - (int64_t)status);
    }
    return SMF_OK;
}
