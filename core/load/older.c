/* SPDX-License-Identifier: MIT */
/*
 * older.c - what a loader does for older files only: slots and stubs of its
 * own, counted from relocations where the file does not promise that there is
 * nothing to count (DESIGN D3), symbols that count from the code area, an entry
 * point that is not recorded. no_older.c takes its place without SMF_OLDER_LAYOUTS.
 */
#include "image/door.h"
#include "load/load.h"

static enum smf_status count_stub(struct load *load, uint32_t index, struct extra *extra)
{
    const enum smf_status status = smf_image_symbol(&load->image, index, &load->symbol, load->why);
    if (status != SMF_OK)
        return status;
    /* It has one already, or it is the module's own. */
    if (!smf_load_is_import(&load->symbol) || load->symbol.stub_size != 0 || load->arch->stub == NULL)
        return SMF_OK;
    if (extra->slot == 0)
        extra->slot = ++load->slot_count;
    extra->stub = ++load->stub_count;
    return SMF_OK;
}

static enum smf_status count_record(struct load *load, const struct smf_relocation *record)
{
    const struct smf_howto *row;
    const enum smf_status status = smf_load_row(load, record, &row);
    if (status != SMF_OK || row == NULL)
        return status;
    if ((row->flags & SMF_ROW_LOW) != 0 && load->arch->highest != 0)
        load->low = true;
    if (record->symbol >= load->image.header.symbol_count)
        return SMF_OK;
    struct extra *extra = &load->extras[record->symbol];
    if ((row->flags & SMF_ROW_SLOT) != 0 && extra->slot == 0)
        extra->slot = ++load->slot_count;
    /* Only what may be imported gets a stub for a branch to it. */
    if ((row->flags & SMF_ROW_BRANCH) != 0 && extra->stub == 0 &&
        record->symbol - load->undefined_first < load->undefined_count)
        return count_stub(load, record->symbol, extra);
    return SMF_OK;
}

static enum smf_status count_section(struct load *load, uint32_t section)
{
    const uint32_t count = smf_image_relocation_count(&load->image, section);
    for (uint32_t first = 0; first < count; first += BATCH) {
        const uint32_t some = count - first < BATCH ? count - first : BATCH;
        enum smf_status status = smf_image_relocations(&load->image, section, first, some, load->records, load->why);
        for (uint32_t i = 0; i < some && status == SMF_OK; i++) {
            load->why->index = first + i;
            status = count_record(load, &load->records[i]);
        }
        if (status == SMF_OK)
            status = smf_load_progress(load);
        if (status != SMF_OK)
            return status;
    }
    return SMF_OK;
}

enum smf_status smf_load_extras(struct load *load)
{
    if (!load->counts_records)
        return SMF_OK;
    memset(load->extras, 0, load->image.header.symbol_count * sizeof(struct extra));
    for (uint32_t i = 0; i < load->image.header.section_count; i++) {
        const struct smf_section *section = &load->image.sections[i];
        if (section->type != SMF_SECTION_RELOC ||
            (load->image.header.canonical && load->image.sections[section->link].type == SMF_SECTION_DEBUG))
            continue;
        const enum smf_status status = count_section(load, i);
        if (status != SMF_OK)
            return status;
    }
    return SMF_OK;
}

/* Slots and stubs come after what the file brings. */
void smf_load_lay_extras(struct load *load)
{
    const struct smf_stub *stub = load->arch->stub;
    const size_t slot = smf_load_pointer_size(load);
    if (load->stub_count != 0)
        load->stubs =
            smf_load_append(&load->groups[GROUP_CODE], (size_t)load->stub_count * stub->size, stub->alignment);
    if (load->slot_count != 0)
        load->slots = smf_load_append(&load->groups[GROUP_RODATA], load->slot_count * slot, slot);
}

/* Slots hold addresses of symbols; stubs jump through them. */
static enum smf_status make_extra(struct load *load, uint32_t index, const struct extra *extra)
{
    const struct group *const code = &load->groups[GROUP_CODE], *const slots = &load->groups[GROUP_RODATA];
    const struct smf_stub *stub = load->arch->stub;
    const unsigned size = smf_load_pointer_size(load);
    load->why->index = index;
    enum smf_status status = smf_load_target(load, index);
    if (status != SMF_OK)
        return status;
    const size_t offset = load->slots + (size_t)(extra->slot - 1) * size;
    smf_load_put_pointer(size, slots->bytes + offset, load->target.address);
    if (load->target.routed)
        status = load->loader->config.rebinding->rules->slot(load, slots->bytes + offset);
    if (status != SMF_OK)
        return status;
    if (extra->stub == 0)
        return SMF_OK;
    const size_t place = load->stubs + (size_t)(extra->stub - 1) * stub->size;
    status = smf_stub_write(load->arch, stub, code->bytes + place, code->address + place, slots->address + offset,
                            load->why);
    return status != SMF_OK ? status : smf_load_progress_at(load, extra->stub - 1);
}

enum smf_status smf_load_make_extras(struct load *load)
{
    if (load->slot_count == 0)
        return SMF_OK;
    if (load->got == 0)
        load->got = load->groups[GROUP_RODATA].address + load->slots;
    for (uint32_t i = 0; i < load->image.header.symbol_count; i++) {
        const enum smf_status status = smf_load_make_extra(load, i);
        if (status != SMF_OK)
            return status;
    }
    return SMF_OK;
}

enum smf_status smf_load_make_extra(struct load *load, uint32_t symbol)
{
    if (load->extras == NULL || load->extras[symbol].slot == 0)
        return SMF_OK;
    return make_extra(load, symbol, &load->extras[symbol]);
}

uintptr_t smf_load_extra_stub(const struct load *load, uint32_t symbol)
{
    const uint32_t number = load->extras != NULL ? load->extras[symbol].stub : 0;
    const uintptr_t thumb = load->arch->id == SMF_ARCH_ARM;
    if (number == 0)
        return 0;
    return load->groups[GROUP_CODE].address + load->stubs + (size_t)(number - 1) * load->arch->stub->size + thumb;
}

enum smf_status smf_load_extra_slot(struct load *load, const struct smf_howto *row, uintptr_t *slot)
{
    const uint32_t symbol = load->target.index;
    const uint32_t number = load->extras != NULL && symbol != SMF_NO_SYMBOL ? load->extras[symbol].slot : 0;
    if (number == 0)
        return smf_load_fail(load, SMF_DETAIL_NO_SLOT, row->type, 0);
    *slot = load->groups[GROUP_RODATA].address + load->slots + (size_t)(number - 1) * smf_load_pointer_size(load);
    return SMF_OK;
}

enum smf_status smf_load_older_address(struct load *load, const struct smf_symbol *symbol, uintptr_t *address)
{
    if (symbol->place != SMF_PLACE_CODE_AREA && symbol->place != SMF_PLACE_EITHER)
        return smf_load_fail(load, SMF_DETAIL_NO_PLACE, symbol->value, 0);
    *address = load->groups[GROUP_CODE].address + symbol->value;
    return SMF_OK;
}

/* A symbol that may be an import or the start of the code area: what the resolver has is an import [F12]. */
bool smf_load_older_import(const struct load *load, uint32_t index)
{
    const uint32_t number = index - load->undefined_first;
    return number >= load->undefined_count || load->bounds[number].address != load->groups[GROUP_CODE].address;
}

/* The same when it is asked for: nobody has it, so it is the code area's start. */
bool smf_load_older_start(struct load *load, struct bound *bound)
{
    if (load->symbol.place != SMF_PLACE_EITHER || load->groups[GROUP_CODE].size == 0)
        return false;
    bound->address = load->groups[GROUP_CODE].address;
    bound->kind = SMF_KIND_FUNCTION;
    bound->state = BOUND_FOUND;
    return true;
}

/* There is one thing to patch: the code area. */
bool smf_load_older_area(struct load *load)
{
    const struct group *group = &load->groups[GROUP_CODE];
    load->area.bytes = group->bytes;
    load->area.address = group->address;
    load->area.size = load->image.code_size;
    return true;
}

/* They say 0 where they do not know; a main function then tells (FORMAT, contradiction 30). */
uintptr_t smf_load_older_entry(const struct load *load, uintptr_t entry)
{
    static const char names[4][10] = {"spl_main", "_spl_main", "main", "_main"};
    for (unsigned i = 0; i < 4 && load->image.header.entry_point == 0; i++) {
        struct smf_found found;
        if (smf_find(load->module, names[i], &found) == SMF_OK && found.kind == SMF_KIND_FUNCTION)
            return (uintptr_t)found.address;
    }
    return entry;
}
