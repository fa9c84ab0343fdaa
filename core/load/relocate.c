/* SPDX-License-Identifier: MIT */
/* relocate.c - stage RELOCATE: what each Reloc section patches, and its records in batches. */
#include "image/door.h"
#include "load/load.h"

static enum smf_status remember(struct load *load, const struct smf_relocation *record)
{
    struct memory *memory = load->memory = &load->memories[record->number & 1]; /* lower and upper halves take turns */
    const uint32_t kind = record->type | (uint32_t)record->number << 8;
    if (memory->row != NULL && kind == memory->kind)
        return SMF_OK;
    const enum smf_status status = smf_load_row(load, record, &memory->row);
    memory->kind = kind;
    memory->pointer = memory->row != NULL && memory->row->type == load->arch->absolute;
    return status;
}

/*
 * A pointer-sized address of something that is known by its own address: S + A and no more, and nothing to fit. False:
 * look closely; a symbol that cannot be told is left to smf_load_apply(), which says why.
 */
static bool store_pointer(struct load *load, const struct smf_relocation *record)
{
    const struct target *target = &load->target;
    const struct area *area = &load->area;
    const unsigned size = smf_load_pointer_size(load);
    if (!load->memory->pointer ||
        (target->index != record->symbol && smf_load_target(load, record->symbol) != SMF_OK) ||
        !(target->direct || (area->slots && !target->routed)) || !smf_within(record->offset, size, area->size))
        return false;
    const uintptr_t value = target->address + (size_t)record->addend;
    smf_load_put_pointer(size, area->bytes + record->offset, value);
    return true;
}

void smf_load_blame(struct load *load, uint32_t number, const struct smf_relocation *record)
{
    load->why->index = number;
    load->why->offset = load->image.sections[load->area.section].offset + (size_t)number * SMF_RELOCATION_SIZE;
    smf_load_name_symbol(load, record->symbol != SMF_NO_SYMBOL ? record->symbol : load->target.index);
}

static enum smf_status apply_batch(struct load *load, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct smf_relocation *record = &load->records[i];
        enum smf_status status = remember(load, record);
        if (status == SMF_OK && (load->memory->row == NULL || store_pointer(load, record)))
            continue;
        load->why->index = first + i;
        load->why->name[0] = '\0';
        if (status == SMF_OK)
            status = smf_load_apply(load, record, load->memory->row);
        if (status != SMF_OK) {
            smf_load_blame(load, first + i, record);
            return status;
        }
    }
    return SMF_OK;
}

/* The last record of a batch was a pointer to something of the module's own, or a slot: more such may follow. */
static bool runs_on(const struct load *load)
{
    return load->memory->pointer && load->target.index == load->run.symbol && !load->target.routed &&
           (load->target.bound == NULL || load->area.slots);
}

static enum smf_status apply_section(struct load *load, uint32_t count)
{
    uint32_t most = BATCH_FIRST;
    load->memories[0].row = load->memories[1].row = NULL;
    for (uint32_t first = 0; first < count;) {
        const uint32_t left = count - first, some = left < most ? left : most;
        enum smf_status status =
            smf_image_relocations(&load->image, load->area.section, first, some, load->records, load->why);
        if (status == SMF_OK)
            status = apply_batch(load, first, some);
        if (status == SMF_OK)
            status = smf_load_progress(load);
        if (status != SMF_OK)
            return status;
        first += some;
        load->run = load->records[some - 1];
        const uint32_t run = runs_on(load) ? smf_load_fast_records(load, first, count - first) : 0;
        most = run != 0 ? BATCH_FIRST : BATCH;
        first += run;
    }
    return SMF_OK;
}

bool smf_load_find_area(struct load *load, uint32_t index, uint32_t got)
{
    const struct smf_section *section = &load->image.sections[index];
    struct area *area = &load->area;
    if (section->type != SMF_SECTION_RELOC)
        return false;
    area->section = index;
    area->count = smf_image_relocation_count(&load->image, index);
    area->slots = false;
    if (!load->image.header.canonical)
        return smf_load_older_area(load);
    const struct place *place = &load->places[section->link];
    if (place->group == NOT_LOADED)
        return false;
    area->bytes = load->groups[place->group].bytes + place->offset;
    area->address = load->groups[place->group].address + place->offset;
    area->size = load->image.sections[section->link].size;
    area->slots = section->link == got;
    return true;
}

/* Settled ones are right where all lies as it was thought to. */
uint32_t smf_load_count_records(const struct load *load)
{
    const bool skip = load->standard && (load->loader->config.checks & SMF_CHECK_SETTLED) == 0;
    return load->area.count - (skip ? load->image.sections[load->area.section].settled : 0);
}

enum smf_status smf_load_relocate(struct load *load)
{
    const struct smf_image *image = &load->image;
    const uint32_t got = smf_image_find_section(image, ".got");
    /* GOT: the start of .got, or of what the loader makes. */
    if (got != SMF_NO_SYMBOL && load->places[got].group != NOT_LOADED)
        load->got = load->groups[load->places[got].group].address + load->places[got].offset;
    enum smf_status status = smf_load_make_extras(load);
    for (uint32_t i = 0; i < image->header.section_count && status == SMF_OK; i++)
        if (smf_load_find_area(load, i, got))
            status = apply_section(load, smf_load_count_records(load));
    return status;
}

enum smf_status smf_load_later(struct load *load)
{
    return load->later_count != 0 ? load->loader->config.later->rules->bind(load) : SMF_OK;
}
