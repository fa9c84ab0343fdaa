/* SPDX-License-Identifier: MIT */
/*
 * relocate.c - stage RELOCATE: slots and stubs of the loader's own, then the
 * records. Each is proven (place, row, symbol) before a byte is written, and
 * written only inside of what it patches. S, A, P, GOT are the psABIs'.
 */
#include "image/door.h"
#include "load/load.h"

/* What a Reloc section patches. */
struct area {
    uint8_t *bytes;
    uint64_t address, size;
    uint32_t section; /* Reloc section being applied */
    uint32_t count;   /* records in it */
    bool slots;       /* the area is .got: slots hold addresses, never stubs (DESIGN D2) */
};

enum smf_status smf_load_address(struct load *load, const struct smf_symbol *symbol, uint64_t *address)
{
    switch (symbol->place) {
    case SMF_PLACE_ABSOLUTE:
        *address = symbol->value;
        return SMF_OK;
    case SMF_PLACE_CODE_AREA:
        *address = load->groups[GROUP_CODE].address + symbol->value;
        return SMF_OK;
    case SMF_PLACE_SECTION:
        if (load->places[symbol->section].group < GROUPS) {
            const struct place *place = &load->places[symbol->section];
            *address = load->groups[place->group].address + place->offset + symbol->value;
            return SMF_OK;
        }
        return smf_fail(load->why, SMF_DETAIL_NOT_LOADED, 0, symbol->section, 0);
    default:
        return smf_fail(load->why, SMF_DETAIL_NO_PLACE, 0, symbol->value, 0);
    }
}

enum smf_status smf_load_target(struct load *load, uint32_t index)
{
    struct target *target = &load->target;
    struct smf_symbol *const symbol = &load->named;
    if (target->index == index)
        return SMF_OK;
    const struct target none = {.index = SMF_NO_SYMBOL};
    *target = none;
    if (index == SMF_NO_SYMBOL)
        return SMF_OK;
    const uint32_t number = index - load->undefined_first;
    if (number < load->undefined_count && load->bounds[number].state != BOUND_NOT) {
        target->bound = &load->bounds[number];
        target->address = target->bound->address;
        target->function = target->bound->kind == SMF_KIND_FUNCTION;
    } else {
        enum smf_status status = smf_image_symbol(&load->image, index, symbol, load->why);
        if (status == SMF_OK && (symbol->place == SMF_PLACE_UNDEFINED || symbol->place == SMF_PLACE_EITHER))
            status = smf_fail(load->why, SMF_DETAIL_CHANGED, load->image.symbol_table, index, 0);
        if (status == SMF_OK)
            status = smf_load_address(load, symbol, &target->address);
        if (status != SMF_OK)
            return status;
        target->function = symbol->type == SMF_SYMBOL_FUNCTION;
    }
    target->index = index;
    return SMF_OK;
}

/* The stub of an import: the file's, or the loader's. 0 = none. */
static uint64_t stub_of(const struct load *load, const struct target *target)
{
    if (target->bound->stub != 0)
        return target->bound->stub;
    const uint32_t number = load->extras != NULL ? load->extras[target->index].stub : 0;
    const uint64_t thumb = load->arch->id == SMF_ARCH_ARM;
    if (number == 0)
        return 0;
    return load->groups[GROUP_CODE].address + load->stubs + (uint64_t)(number - 1) * load->arch->stub->size + thumb;
}

/* S as a row wants it. */
static enum smf_status symbol_value(struct load *load, const struct area *area, const struct smf_howto *row,
                                    uint64_t *s)
{
    const struct target *target = &load->target;
    *s = target->address;
    if ((row->flags & SMF_ROW_SLOT) != 0) {
        /* D5: LD64_GOTPAGE_LO15 of canonical files names the slot itself. */
        if (row->calc == SMF_CALC_GOT_PAGE && load->image.header.canonical)
            return SMF_OK;
        const uint32_t number =
            load->extras != NULL && target->index != SMF_NO_SYMBOL ? load->extras[target->index].slot : 0;
        if (number == 0)
            return smf_fail(load->why, SMF_DETAIL_NO_SLOT, 0, row->type, 0);
        *s = load->groups[GROUP_RODATA].address + load->slots + (uint64_t)(number - 1) * load->arch->pointer_size;
        return SMF_OK;
    }
    if (target->bound == NULL)
        return SMF_OK;
    const bool by_stub = target->bound->by_stub && target->function && !area->slots;
    if ((row->flags & SMF_ROW_BRANCH) != 0 || by_stub) {
        const uint64_t stub = stub_of(load, target);
        if (stub != 0)
            *s = stub;
    }
    return SMF_OK;
}

static bool is_missing(const struct target *target)
{
    return target->bound != NULL && target->bound->state == BOUND_MISSING;
}

/* RISC-V low parts: S, A and P are those of the HI20 record that the addend numbers. */
static enum smf_status pair(struct load *load, const struct area *area, const struct smf_relocation *record,
                            struct smf_operands *operands)
{
    struct smf_relocation high;
    const struct smf_howto *row;
    if (record->symbol != SMF_NO_SYMBOL || record->addend < 0 || (uint64_t)record->addend >= area->count)
        return smf_fail(load->why, SMF_DETAIL_PAIR, 0, (uint64_t)record->addend, area->count);
    const uint32_t index = load->why->index;
    enum smf_status status =
        smf_image_relocation(&load->image, area->section, (uint32_t)record->addend, &high, load->why);
    load->why->index = index;
    if (status == SMF_OK)
        status = smf_load_row(load, &high, &row);
    if (status != SMF_OK)
        return status;
    if (row == NULL || row->calc != SMF_CALC_HI20_P || (row->flags & SMF_ROW_BRANCH) != 0)
        return smf_fail(load->why, SMF_DETAIL_PAIR_KIND, 0, row == NULL ? 0 : row->type, 0);
    status = smf_load_target(load, high.symbol);
    if (status == SMF_OK)
        status = symbol_value(load, area, row, &operands->s);
    operands->a = high.addend;
    operands->p = area->address + high.offset;
    if (status == SMF_OK && is_missing(&load->target) &&
        (row->flags & SMF_ROW_SLOT) == 0) { /* LUI 0: the low part is 0 (decision 7a) */
        operands->s = operands->p;
        operands->a = 0;
    }
    return status;
}

/* An import that does not fit needs more than a number: what to do about it. */
static enum smf_status explain(struct load *load, const struct smf_howto *row, enum smf_status status)
{
    const struct target *target = &load->target;
    if (status != SMF_ERR_RELOC_RANGE || target->bound == NULL || load->why->detail != SMF_DETAIL_RELOC_RANGE)
        return status;
    if (is_missing(target))
        return smf_fail(load->why, SMF_DETAIL_FAR_WEAK, 0, row->type, 0);
    return smf_fail(load->why, SMF_DETAIL_FAR_IMPORT, 0, target->address, row->type);
}

static enum smf_status apply(struct load *load, const struct area *area, const struct smf_relocation *record,
                             const struct smf_howto *row)
{
    struct smf_operands operands = {.p = area->address + record->offset, .got = load->got, .a = record->addend};
    const size_t size = smf_howto_size(row);
    if (!load->counts_records && (row->flags & SMF_ROW_LOW) != 0) /* [H17] */
        return smf_fail(load->why, SMF_DETAIL_LOW_IN_PIC, 0, row->type, 0);
    if (!smf_within(record->offset, size, (size_t)area->size))
        return smf_fail(load->why, SMF_DETAIL_OUTSIDE, 0, record->offset, area->size);
    uint8_t *at = area->bytes + record->offset;
    enum smf_status status;
    if (row->calc == SMF_CALC_PAIR) {
        status = pair(load, area, record, &operands);
    } else {
        status = smf_load_target(load, record->symbol);
        if (status == SMF_OK)
            status = symbol_value(load, area, row, &operands.s);
        if (status == SMF_OK && row->calc == SMF_CALC_HI20_P && is_missing(&load->target) &&
            (row->flags & (SMF_ROW_SLOT | SMF_ROW_BRANCH)) == 0) {
            smf_riscv_lui_zero(at);
            return SMF_OK;
        }
        if (status == SMF_OK && (row->flags & SMF_ROW_THUMB) != 0 && load->target.function && (operands.s & 1) == 0 &&
            !is_missing(&load->target))
            status = smf_fail(load->why, SMF_DETAIL_NOT_THUMB, 0, operands.s, 1);
    }
    if (status == SMF_OK)
        status = explain(load, row, smf_howto_apply(load->arch, row, &operands, at, load->why));
    return status;
}

/* The row of the record before, and whether it is a plain pointer. */
struct memory {
    const struct smf_howto *row;
    uint16_t number;
    uint8_t type;
    bool pointer;
};

static enum smf_status remember(struct load *load, const struct smf_relocation *record, struct memory *memory)
{
    if (memory->row != NULL && record->type == memory->type && record->number == memory->number)
        return SMF_OK;
    const enum smf_status status = smf_load_row(load, record, &memory->row);
    memory->type = record->type;
    memory->number = record->number;
    memory->pointer = memory->row != NULL && memory->row->type == load->arch->absolute;
    return status;
}

/* S is known and there is nothing to fit. False: look closely. */
static inline bool store_pointer(const struct load *load, const struct area *area, size_t offset, size_t addend)
{
    const unsigned size = load->arch->pointer_size;
    if (!smf_within(offset, size, (size_t)area->size))
        return false;
    const uint64_t value = load->target.address + addend;
    if (size == 8)
        smf_put64(area->bytes + offset, value);
    else
        smf_put32(area->bytes + offset, (uint32_t)value);
    return true;
}

static bool is_pointer_to_own(const struct load *load, const struct smf_relocation *record, const struct memory *memory)
{
    return memory->pointer && load->target.index == record->symbol && load->target.bound == NULL;
}

/* A pointer-sized address of something that is known by its own address: S + A and no more. A symbol that cannot be
 * told is left to apply(), which says why. */
static bool is_plain_pointer(struct load *load, const struct area *area, const struct smf_relocation *record,
                             const struct memory *memory)
{
    const struct target *target = &load->target;
    if (!memory->pointer || (target->index != record->symbol && smf_load_target(load, record->symbol) != SMF_OK))
        return false;
    return target->bound == NULL || area->slots || !target->bound->by_stub || !target->function;
}

/*
 * Most records are pointers to own sections, one behind the other: symbol,
 * type and padding are the same bytes as in the record before, which was
 * proven. Returns how many of `count` records from `first` on were applied.
 */
static uint32_t apply_run(const struct load *load, const struct area *area, uint32_t first, uint32_t count)
{
    if (load->source->bytes == NULL || first == 0)
        return 0;
    const uint8_t *at = (const uint8_t *)load->source->bytes + load->image.sections[area->section].offset +
                        (size_t)first * SMF_RELOCATION_SIZE;
    const struct smf_relocation *proven = &load->run;
    const uint64_t same = proven->symbol | (uint64_t)proven->type << 32 | (uint64_t)proven->number << 40;
    uint32_t done = 0;
    for (; done < count; done++, at += SMF_RELOCATION_SIZE) {
        const uint64_t middle = smf_get64(at + SMF_R_SYMBOL), addend = smf_get64(at + SMF_R_ADDEND);
        const size_t offset = smf_get_size(at);
        SMF_DECODED();
        if (middle != same || (uint64_t)(int64_t)(ptrdiff_t)addend != addend ||
            !store_pointer(load, area, offset, (size_t)addend))
            break;
    }
    return done;
}

static enum smf_status apply_batch(struct load *load, const struct area *area, uint32_t first, uint32_t count,
                                   struct memory *memory)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct smf_relocation *record = &load->records[i];
        enum smf_status status = remember(load, record, memory);
        if (status == SMF_OK &&
            (memory->row == NULL || (is_plain_pointer(load, area, record, memory) &&
                                     store_pointer(load, area, record->offset, (size_t)record->addend))))
            continue;
        load->why->index = first + i;
        load->why->name[0] = '\0';
        if (status == SMF_OK)
            status = apply(load, area, record, memory->row);
        if (status != SMF_OK) {
            load->why->index = first + i;
            load->why->offset =
                load->image.sections[area->section].offset + (uint64_t)(first + i) * SMF_RELOCATION_SIZE;
            smf_load_name_symbol(load, record->symbol != SMF_NO_SYMBOL ? record->symbol : load->target.index);
            return status;
        }
    }
    return SMF_OK;
}

static enum smf_status apply_section(struct load *load, const struct area *area, uint32_t count)
{
    struct memory memory = {0};
    const uint32_t piece = load->loader->config.progress != NULL ? SMF_PROGRESS_RECORDS : UINT32_MAX;
    for (uint32_t first = 0; first < count;) {
        const uint32_t left = count - first, some = left < BATCH ? left : BATCH;
        enum smf_status status =
            smf_image_relocations(&load->image, area->section, first, some, load->records, load->why);
        if (status == SMF_OK)
            status = apply_batch(load, area, first, some, &memory);
        if (status == SMF_OK)
            status = smf_load_progress(load);
        if (status != SMF_OK)
            return status;
        first += some;
        load->run = load->records[some - 1];
        if (load->image.header.p_family && is_pointer_to_own(load, &load->run, &memory))
            first += apply_run(load, area, first, count - first < piece ? count - first : piece);
    }
    return SMF_OK;
}

/* Slots hold addresses of symbols; stubs jump through them. Older files only. */
static enum smf_status make_extras(struct load *load)
{
    const struct smf_stub *stub = load->arch->stub;
    const unsigned size = load->arch->pointer_size;
    if (load->slot_count == 0)
        return SMF_OK;
    for (uint32_t i = 0; i < load->image.header.symbol_count; i++) {
        const struct extra *extra = &load->extras[i];
        if (extra->slot == 0)
            continue;
        load->why->index = i;
        enum smf_status status = smf_load_target(load, i);
        if (status != SMF_OK)
            return status;
        const uint64_t offset = load->slots + (uint64_t)(extra->slot - 1) * size;
        uint8_t *at = load->groups[GROUP_RODATA].bytes + offset;
        if (size == 8)
            smf_put64(at, load->target.address);
        else
            smf_put32(at, (uint32_t)load->target.address);
        if (extra->stub == 0)
            continue;
        const uint64_t place = load->stubs + (uint64_t)(extra->stub - 1) * stub->size;
        status = smf_stub_write(load->arch, stub, load->groups[GROUP_CODE].bytes + place,
                                load->groups[GROUP_CODE].address + place, load->groups[GROUP_RODATA].address + offset,
                                load->why);
        if (status == SMF_OK && (extra->stub & (SMF_PROGRESS_RECORDS - 1)) == 0)
            status = smf_load_progress(load);
        if (status != SMF_OK)
            return status;
    }
    return SMF_OK;
}

/* Are all groups where the builder thought they would be (DESIGN D5)? */
static bool is_standard(const struct load *load)
{
    const struct group *first = NULL;
    for (unsigned g = 0; g < GROUPS; g++) {
        const struct group *group = &load->groups[g];
        if (group->size == 0)
            continue;
        if (first == NULL)
            first = group;
        if (group->address - first->address != group->standard - first->standard)
            return false;
    }
    const bool pages = load->arch->id == SMF_ARCH_AARCH64;
    return first == NULL || !pages || (first->address & (SMF_DEFAULT_GROUP_ALIGNMENT - 1)) == 0;
}

/* GOT: the start of .got, or of what the loader made. */
static void find_got(struct load *load, uint32_t got)
{
    if (got != SMF_NO_SYMBOL && load->places[got].group < GROUPS)
        load->got = load->groups[load->places[got].group].address + load->places[got].offset;
    else if (load->slot_count != 0)
        load->got = load->groups[GROUP_RODATA].address + load->slots;
}

/* What section `index` patches; false if that is not loaded. */
static bool find_area(const struct load *load, uint32_t index, uint32_t got, struct area *area)
{
    const struct smf_image *image = &load->image;
    const struct group *group = &load->groups[GROUP_CODE];
    area->section = index;
    area->count = smf_image_relocation_count(image, index);
    area->bytes = group->bytes;
    area->address = group->address;
    area->size = image->code_size;
    area->slots = false;
    if (!image->header.canonical)
        return true;
    const uint32_t link = image->sections[index].link;
    const struct place *place = &load->places[link];
    if (place->group == GROUPS)
        return false;
    area->bytes = load->groups[place->group].bytes + place->offset;
    area->address = load->groups[place->group].address + place->offset;
    area->size = image->sections[link].size;
    area->slots = link == got;
    return true;
}

enum smf_status smf_load_relocate(struct load *load)
{
    const struct smf_image *image = &load->image;
    const uint32_t got = smf_image_find_section(image, ".got");
    const bool skip = is_standard(load) && (load->loader->config.checks & SMF_CHECK_SETTLED) == 0;
    find_got(load, got);
    enum smf_status status = make_extras(load);
    for (uint32_t i = 0; i < image->header.section_count && status == SMF_OK; i++) {
        struct area area;
        if (image->sections[i].type != SMF_SECTION_RELOC || !find_area(load, i, got, &area))
            continue;
        status = apply_section(load, &area, area.count - (skip ? image->sections[i].settled : 0));
    }
    return status;
}
