/* SPDX-License-Identifier: MIT */
/*
 * code.c - an instance in memory: the unit's bytes, then a word for each symbol that is reached through one, then a stub
 * for each that is called. Units were proven when they came (smf_unit_prove): what can still fail is a value or a
 * distance that its field does not hold.
 */
#include "base/bytes.h"
#include "base/fail.h"
#include "generic/engine.h"

/* ---- Planning ---- */

static const struct smf_stub *stub_of(const struct smf_instantiator *instantiator)
{
    const struct smf_arch *arch = instantiator->config.arch;
    const bool small = arch->small_stub != NULL && (instantiator->config.features & 1u) == 0;
    return small ? arch->small_stub : arch->stub;
}

static void lay_out(struct work *work, struct bound *bound)
{
    const struct smf_unit *unit = &work->frame->unit;
    const unsigned word = work->making->instantiator->config.arch->pointer_size;
    const uint32_t slots = (uint32_t)smf_align_up(unit->size, word); /* a unit has a megabyte at most */
    uint32_t at = slots;
    for (unsigned i = 0; i < unit->symbol_count; i++) {
        const struct smf_unit_symbol symbol = smf_unit_symbol(unit, i);
        bound[i].slot = bound[i].stub = 0;
        if (symbol.slot || symbol.called) {
            bound[i].slot = at;
            at += word;
        }
    }
    work->slots = slots;
    work->size = at != slots ? at : unit->size;
    for (unsigned i = 0; i < unit->symbol_count; i++)
        if (smf_unit_symbol(unit, i).called) {
            at = (uint32_t)smf_align_up(at, work->stub->alignment);
            bound[i].stub = at;
            at += work->stub->size;
            work->size = at;
        }
}

static const struct smf_howto *row_of(struct work *work, uint32_t type)
{
    return recent_row(&work->rows, work->making->instantiator->config.arch, type);
}

void smf_generic_plan(struct work *work, struct bound *bound)
{
    const struct smf_unit *unit = &work->frame->unit;
    const struct smf_arch *arch = work->making->instantiator->config.arch;
    work->stub = stub_of(work->making->instantiator);
    work->highest = 0;
    lay_out(work, bound);
    for (unsigned i = 0; arch->highest != 0 && i < unit->relocation_count && work->highest == 0; i++) {
        const struct smf_unit_relocation relocation = smf_unit_relocation(unit, i);
        if (relocation.symbol == SMF_UNIT_SELF && (row_of(work, relocation.type)->flags & SMF_ROW_LOW) != 0)
            work->highest = (uintptr_t)arch->highest;
    }
}

/* ---- Writing ---- */

static void put_word(const struct work *work, uint8_t *at, uintptr_t value)
{
    if (work->making->instantiator->config.arch->pointer_size == 8)
        smf_put64(at, value);
    else
        smf_put32(at, (uint32_t)value);
}

static enum smf_status write_slots(const struct work *work, const struct smf_region *region)
{
    const struct smf_arch *arch = work->making->instantiator->config.arch;
    for (unsigned i = 0; i < work->frame->unit.symbol_count; i++) {
        const struct bound *bound = &work->bound[i];
        if (bound->slot == 0)
            continue;
        put_word(work, region->bytes + bound->slot, bound->value);
        if (bound->stub == 0)
            continue;
        const enum smf_status status =
            smf_stub_write(arch, work->stub, region->bytes + bound->stub, region->address + bound->stub,
                           region->address + bound->slot, work->making->why);
        if (status != SMF_OK)
            return status;
    }
    return SMF_OK;
}

/* Letters are the psABI's. */
static struct smf_operands operands_of(const struct work *work, const struct smf_region *region,
                                       const struct smf_howto *row, const struct smf_unit_relocation *relocation)
{
    struct smf_operands operands = {.s = region->address,
                                    .a = relocation->addend,
                                    .p = region->address + relocation->offset,
                                    .got = region->address + work->slots};
    if (relocation->symbol >= work->frame->unit.symbol_count)
        return operands;
    const struct bound *bound = &work->bound[relocation->symbol];
    operands.s = (row->flags & SMF_ROW_SLOT) != 0 ? region->address + bound->slot : bound->value;
    return operands;
}

/* A walk over the relocations, and the upper half that it met last. */
struct walk {
    struct work *work;
    const struct smf_region *region;
    const struct smf_howto *row, *high_row;
    struct smf_unit_relocation high;
};

/* The upper half that a low one goes with: usually the last one that was met, else found by bisection. */
static void find_high(struct walk *walk, uint32_t offset)
{
    if (walk->high_row != NULL && walk->high.offset == offset)
        return;
    const struct smf_unit *unit = &walk->work->frame->unit;
    walk->high = smf_unit_relocation(unit, (unsigned)smf_unit_relocation_at(unit, offset));
    walk->high_row = row_of(walk->work, walk->high.type);
}

/* What does not fit: a number, or a distance. */
static enum smf_status explain(const struct walk *walk, const struct smf_unit_relocation *relocation)
{
    const struct work *work = walk->work;
    struct smf_diagnosis *why = work->making->why;
    const size_t value = (size_t)why->value, expected = (size_t)why->expected;
    const bool number = relocation->symbol < work->frame->unit.symbol_count &&
                        smf_unit_symbol(&work->frame->unit, relocation->symbol).kind == SMF_UNIT_NUMBER;
    const bool absolute = walk->row->calc == SMF_CALC_S_A || walk->row->calc == SMF_CALC_HI20;
    if (relocation->symbol < work->frame->unit.symbol_count)
        smf_generic_say_symbol(why, work->frame, relocation->symbol);
    else
        smf_fail_name(why, work->frame->template->names[0].text, work->frame->template->names[0].size);
    return smf_fail(why,
                    number && absolute ? SMF_DETAIL_NUMBER_RANGE
                    : number           ? SMF_DETAIL_NUMBER_FAR
                                       : SMF_DETAIL_TARGET_FAR,
                    relocation->offset, value, expected);
}

static enum smf_status apply(struct walk *walk, const struct smf_unit_relocation *relocation)
{
    const struct work *work = walk->work;
    const struct smf_arch *arch = work->making->instantiator->config.arch;
    const struct smf_howto *row = walk->row;
    uint8_t *at = walk->region->bytes + relocation->offset;
    struct smf_operands operands = operands_of(work, walk->region, row, relocation);
    if (row->calc == SMF_CALC_HI20_P && (walk->high_row == NULL || walk->high.offset != relocation->offset)) {
        walk->high = *relocation;
        walk->high_row = row;
    }
    if (row->calc == SMF_CALC_PAIR) {
        find_high(walk, (uint32_t)relocation->addend);
        operands = operands_of(work, walk->region, walk->high_row, &walk->high);
    }
    const bool outside = relocation->symbol < work->frame->unit.symbol_count;
    if (outside && (row->flags & SMF_ROW_THUMB) != 0 && (operands.s & 1) == 0 && operands.s != 0) {
        smf_generic_say_symbol(work->making->why, work->frame, relocation->symbol);
        return smf_fail(work->making->why, SMF_DETAIL_NOT_THUMB, relocation->offset, operands.s, 0);
    }
    enum smf_status status = smf_howto_apply(arch, row, &operands, at, work->making->why);
    if (status == SMF_OK)
        return SMF_OK;
    if (outside && (row->flags & SMF_ROW_BRANCH) != 0 && work->bound[relocation->symbol].stub != 0) {
        operands.s = walk->region->address + work->bound[relocation->symbol].stub;
        operands.s |= (row->flags & SMF_ROW_THUMB) != 0;
        status = smf_howto_apply(arch, row, &operands, at, work->making->why);
    }
    return status == SMF_ERR_RELOC_RANGE ? explain(walk, relocation) : status;
}

enum smf_status smf_generic_fill(void *context, const struct smf_region *region)
{
    struct work *work = context;
    const struct smf_unit *unit = &work->frame->unit;
    struct walk walk = {.work = work, .region = region};
    memcpy(region->bytes, unit->code, unit->size);
    if (work->size != unit->size)
        memset(region->bytes + unit->size, 0, work->size - unit->size);
    enum smf_status status = write_slots(work, region);
    for (unsigned i = 0; i < unit->relocation_count && status == SMF_OK; i++) {
        const struct smf_unit_relocation relocation = smf_unit_relocation(unit, i);
        walk.row = row_of(work, relocation.type);
        work->making->why->index = i;
        status = apply(&walk, &relocation);
    }
    return status;
}
