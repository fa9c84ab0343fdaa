/* SPDX-License-Identifier: MIT */
/* target.c - what a symbol stands for in a relocation: an address of the module's own, or what was bound. */
#include "image/door.h"
#include "load/load.h"

enum smf_status smf_load_address(struct load *load, const struct smf_symbol *symbol, uintptr_t *address)
{
    if (symbol->place == SMF_PLACE_ABSOLUTE) {
        *address = symbol->value;
        return SMF_OK;
    }
    if (symbol->place != SMF_PLACE_SECTION)
        return smf_load_older_address(load, symbol, address);
    const struct place *place = &load->places[symbol->section];
    if (place->group == NOT_LOADED)
        return smf_load_fail(load, SMF_DETAIL_NOT_LOADED, symbol->section, 0);
    *address = load->groups[place->group].address + place->offset + symbol->value;
    return SMF_OK;
}

bool smf_load_is_missing(const struct target *target)
{
    return target->bound != NULL && target->bound->state >= BOUND_MISSING;
}

static enum smf_status find(struct load *load, uint32_t index, struct target *target)
{
    const struct smf_symbol *symbol = &load->symbol;
    const uint32_t number = index - load->undefined_first;
    if (number < load->undefined_count && load->bounds[number].state != BOUND_NOT) {
        target->bound = &load->bounds[number];
        target->address = target->bound->address;
        target->function = target->bound->kind == SMF_KIND_FUNCTION;
        target->routed = (target->bound->flags & SMF_BINDING_RELOADABLE) != 0;
        target->direct = !(target->bound->by_stub && target->function) && !target->routed;
        return SMF_OK;
    }
    enum smf_status status = smf_image_symbol(&load->image, index, &load->symbol, load->why);
    if (status != SMF_OK)
        return status;
    if (smf_load_is_import(symbol))
        return smf_fail(load->why, SMF_DETAIL_CHANGED, load->image.symbol_table, index, 0);
    target->function = symbol->type == SMF_SYMBOL_FUNCTION;
    return smf_load_address(load, symbol, &target->address);
}

enum smf_status smf_load_target(struct load *load, uint32_t index)
{
    struct target *target = &load->target;
    if (target->index == index)
        return SMF_OK;
    const struct target none = {.index = SMF_NO_SYMBOL, .direct = true};
    *target = none;
    const enum smf_status status = index != SMF_NO_SYMBOL ? find(load, index, target) : SMF_OK;
    if (status == SMF_OK)
        target->index = index;
    return status;
}

uintptr_t smf_load_stub(const struct load *load)
{
    const struct target *target = &load->target;
    return target->bound->stub != 0 ? target->bound->stub : smf_load_extra_stub(load, target->index);
}

enum smf_status smf_load_value(struct load *load, const struct smf_howto *row, uintptr_t *s)
{
    const struct target *target = &load->target;
    *s = target->address;
    /* D5: LD64_GOTPAGE_LO15 of canonical files names the slot itself. */
    if ((row->flags & SMF_ROW_SLOT) != 0 && !(row->calc == SMF_CALC_GOT_PAGE && load->image.header.canonical))
        return smf_load_extra_slot(load, row, s);
    if (target->bound != NULL && (row->flags & SMF_ROW_SLOT) == 0 &&
        ((row->flags & SMF_ROW_BRANCH) != 0 || (target->function && !(target->direct || load->area.slots)))) {
        const uintptr_t stub = smf_load_stub(load);
        if (stub != 0)
            *s = stub;
    }
    return SMF_OK;
}
