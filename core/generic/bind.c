/* SPDX-License-Identifier: MIT */
/* bind.c - what the symbols of a unit stand for: facts and operations of types, other instances, imports. */
#include "base/bytes.h"
#include "base/fail.h"
#include "generic/engine.h"

enum smf_status smf_generic_hold(struct making *making, struct hold_set *holds, uint32_t module)
{
    uint32_t i = 0;
    while (i < holds->count && holds->numbers[i] != module)
        i++;
    if (module == 0 || i < holds->count)
        return SMF_OK;
    if (i == SMF_INSTANCE_HOLDS_MAX)
        return smf_fail(making->why, SMF_DETAIL_HOLDS, 0, (size_t)i + 1, SMF_INSTANCE_HOLDS_MAX);
    holds->numbers[holds->count++] = module;
    return SMF_OK;
}

void smf_generic_say_symbol(struct smf_diagnosis *why, const struct frame *frame, unsigned symbol)
{
    static const char numbers[][6] = {"size", "align", "plain"};
    static const char functions[][8] = {"copy", "drop", "compare", "equal", "hash"};
    const struct smf_unit_symbol what = smf_unit_symbol(&frame->unit, symbol);
    struct smf_unit_text text;
    if (what.kind == SMF_UNIT_NEED)
        text = smf_record_need(&frame->record, what.what).name;
    else if (what.kind >= SMF_UNIT_NAMED)
        text = smf_record_text(&frame->record, what.what);
    else
        text =
            (struct smf_unit_text){.bytes = what.kind == SMF_UNIT_NUMBER ? numbers[what.what] : functions[what.what]};
    if (what.kind <= SMF_UNIT_NAMED)
        smf_generic_say_parameter(why, frame->template, what.parameter, frame->types[what.parameter]);
    else
        smf_fail_name(why, frame->template->names[0].text, frame->template->names[0].size);
    smf_generic_say_text(why, ", ");
    smf_generic_say(why, text.bytes, what.kind >= SMF_UNIT_NAMED ? text.size : smf_generic_length(text.bytes));
}

static bool find_hole(const struct making *making, const struct frame *frame, struct smf_unit_symbol symbol,
                      uintptr_t *value)
{
    const struct type *type = frame->types[symbol.parameter];
    const bool plain = smf_generic_is_plain(type);
    if (symbol.kind == SMF_UNIT_NUMBER) {
        *value = symbol.what == SMF_UNIT_SIZE    ? type->size
                 : symbol.what == SMF_UNIT_ALIGN ? (uintptr_t)1 << type->alignment_log2
                                                 : plain;
        return true;
    }
    if (symbol.kind == SMF_UNIT_FUNCTION) { /* copy and drop of a plain type are never called */
        *value = type->operations[symbol.what];
        return *value != 0 || (plain && symbol.what <= SMF_UNIT_DROP);
    }
    const struct smf_unit_text name = smf_record_text(&frame->record, symbol.what);
    *value = smf_generic_operation(making->instantiator, type, name.bytes, name.size);
    return *value != 0;
}

/* With the name ended by a NUL, as others want it. */
static enum smf_status provide(struct making *making, const struct frame *frame, struct smf_unit_text text,
                               struct smf_provided *found)
{
    struct smf_arena *arena = smf_generic_arena(making->instantiator);
    char small[32], *name = text.size < sizeof small ? small : smf_arena_take_scratch(arena, text.size + 1u);
    if (name == NULL)
        return smf_generic_no_arena(making->instantiator, making->why, text.size + 1u);
    memcpy(name, text.bytes, text.size);
    name[text.size] = '\0';
    const enum smf_status status =
        smf_generic_provide(making->instantiator, frame->template->module->number, name, false, found);
    if (name != small)
        smf_arena_give(arena, name);
    return status;
}

static enum smf_status find_import(struct making *making, const struct frame *frame, struct smf_unit_symbol symbol,
                                   uintptr_t *value, struct hold_set *holds)
{
    struct smf_provided found;
    found.address = 0;
    found.module = 0;
    const enum smf_status status = provide(making, frame, smf_record_text(&frame->record, symbol.what), &found);
    if (status == SMF_ERR_NOT_FOUND) {
        *value = 0;
        return symbol.kind == SMF_UNIT_WEAK ? SMF_OK : smf_fail(making->why, SMF_DETAIL_NO_IMPORT, 0, 0, 0);
    }
    if (status != SMF_OK)
        return status;
    *value = found.address;
    return smf_generic_hold(making, holds, found.module);
}

/* An instance that is needed was made before. */
static enum smf_status find_need(struct making *making, const struct frame *frame, unsigned number, uintptr_t *value,
                                 struct hold_set *holds)
{
    const struct smf_made_instance *needed = frame->needs[number];
    const struct smf_unit_text name = smf_record_need(&frame->record, number).name;
    struct smf_instance instance;
    const int function = smf_record_find_export(&needed->template->record, name.bytes, name.size);
    smf_generic_describe_instance(needed, function < 0 ? 0 : (unsigned)function, &instance);
    *value = instance.address;
    enum smf_status status = SMF_OK;
    for (uint32_t i = 0; i < needed->hold_count && status == SMF_OK; i++)
        status = smf_generic_hold(making, holds, needed->holds[i]);
    return status;
}

static enum smf_status bind_one(struct making *making, const struct frame *frame, struct smf_unit_symbol symbol,
                                uintptr_t *value, struct hold_set *holds)
{
    switch (symbol.kind) {
    case SMF_UNIT_NEED:
        return find_need(making, frame, symbol.what, value, holds);
    case SMF_UNIT_IMPORT:
    case SMF_UNIT_WEAK:
        return find_import(making, frame, symbol, value, holds);
    default:
        return find_hole(making, frame, symbol, value) ? SMF_OK
                                                       : smf_fail(making->why, SMF_DETAIL_NO_OPERATION, 0, 0, 0);
    }
}

enum smf_status smf_generic_bind(struct making *making, const struct frame *frame, struct bound *bound,
                                 struct hold_set *holds)
{
    for (unsigned i = 0; i < frame->unit.symbol_count; i++) {
        const enum smf_status status =
            bind_one(making, frame, smf_unit_symbol(&frame->unit, i), &bound[i].value, holds);
        if (status != SMF_OK) {
            smf_generic_say_symbol(making->why, frame, i);
            return status;
        }
    }
    return SMF_OK;
}
