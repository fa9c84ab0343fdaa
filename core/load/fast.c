/* SPDX-License-Identifier: MIT */
/*
 * fast.c - large modules are made of two kinds of record: exports that are
 * defined in one section after the other, and pointers to own sections. Here
 * both are read where they lie, with the same conditions asked all at once
 * (DESIGN D8). Nothing needs it: no_fast.c in its place (SMF_FAST_PATHS) makes
 * a smaller core.
 */
#include "image/door.h"
#include "load/index.h"

/* Records that may be taken at once: those that are left, or as many as there are between two progress calls. */
static uint32_t piece_of(const struct load *load, uint32_t left)
{
    return load->loader->config.progress == NULL || left < SMF_PROGRESS_RECORDS ? left : SMF_PROGRESS_RECORDS;
}

/* What a slot holds: any import that was bound. */
static bool find_bound(const struct load *load, uint32_t symbol, uintptr_t *target)
{
    const uint32_t number = symbol - load->undefined_first;
    if (!load->area.slots || number >= load->undefined_count || load->bounds[number].state == BOUND_NOT ||
        load->bounds[number].flags != 0)
        return false;
    *target = load->bounds[number].address;
    return true;
}

/*
 * Most records are pointers to own sections, one behind the other, or slots: type and padding are the same bytes as in
 * load->run, which was proven, and load->target is its symbol.
 */
uint32_t smf_load_fast_records(const struct load *load, uint32_t first, uint32_t count)
{
    const struct area area = load->area;
    const struct smf_relocation *proven = &load->run;
    const unsigned size = smf_load_pointer_size(load);
    if (load->source->bytes == NULL || !load->image.header.p_family)
        return 0;
    const uint8_t *at = (const uint8_t *)load->source->bytes + load->image.sections[area.section].offset +
                        (size_t)first * SMF_RELOCATION_SIZE;
    const uint64_t same = proven->symbol | (uint64_t)proven->type << 32 | (uint64_t)proven->number << 40;
    uint32_t done = 0;
    count = piece_of(load, count);
    for (; done < count; done++, at += SMF_RELOCATION_SIZE) {
        const uint64_t middle = smf_get64(at + SMF_R_SYMBOL), addend = smf_get64(at + SMF_R_ADDEND);
        const uint64_t offset = smf_get64(at);
        uintptr_t target = load->target.address;
        SMF_DECODED();
        if ((middle != same && ((middle ^ same) >> 32 != 0 || !find_bound(load, (uint32_t)middle, &target))) ||
            (uint64_t)(int64_t)(ptrdiff_t)addend != addend || offset > area.size || size > area.size - (size_t)offset)
            break;
        smf_load_put_pointer(size, area.bytes + (size_t)offset, target + (size_t)addend);
    }
    return done;
}

/* Exports that lie in `section`, that of the symbol before, and are read again when they are looked for. */
uint32_t smf_load_fast_exports(struct load *load, uint32_t index, uint32_t section)
{
    const struct smf_image *image = &load->image;
    struct smf_module *module = load->module;
    if (!load->rereads || index == image->header.symbol_count || section >= image->header.section_count ||
        load->places[section].group == NOT_LOADED || (load->loader->config.checks & SMF_CHECK_NAMES) != 0)
        return index;
    const struct smf_export_door door = {image->string_size, image->sections[section].virtual_size,
                                         image->header.arch == SMF_ARCH_ARM, section};
    const uint32_t end = index + piece_of(load, image->header.symbol_count - index);
    const uint32_t mask = smf_load_head_count(module) - 1;
    uint32_t count = module->export_count;
    const uint8_t *at = (const uint8_t *)load->source->bytes + image->symbol_table + (size_t)index * SMF_S56_SIZE;
    struct smf_symbol symbol;
    const bool wide = module->wide;
    uint16_t *const heads = module->links, *const links = heads + mask + 1;
    for (; index < end && smf_image_plain_export(&door, at, &symbol); index++, at += SMF_S56_SIZE) {
        if (wide) {
            smf_load_add_link(module, mask, symbol.hash, count++);
        } else { /* the same, with links of 16 bits */
            links[count] = heads[symbol.hash & mask];
            heads[symbol.hash & mask] = (uint16_t)++count;
        }
    }
    module->export_count = count;
    return index;
}
