/* SPDX-License-Identifier: MIT */
/*
 * choose.c - which unit is it? Types keep the bounds of their parameters, and of the units for this machine the first one
 * whose shapes fit is the most specific, because they are written in that order.
 */
#include "base/bytes.h"
#include "base/fail.h"
#include "generic/engine.h"

enum { ALIGNMENT_LOG2_MAX = 16 };

/* ---- Bounds ---- */

static unsigned abilities(const struct type *type)
{
    unsigned can = smf_generic_is_plain(type) ? SMF_BOUND_COPY | SMF_BOUND_DROP : 0;
    for (unsigned i = 0; i < SMF_UNIT_FUNCTIONS; i++) /* their bits are in this order */
        if (type->operations[i] != 0)
            can |= 1u << i;
    if (type->kind == SMF_DESCRIPTOR_SIGNED || type->kind == SMF_DESCRIPTOR_UNSIGNED)
        can |= SMF_BOUND_INTEGER | SMF_BOUND_NUMBER;
    if (type->kind == SMF_DESCRIPTOR_FLOAT)
        can |= SMF_BOUND_FLOAT | SMF_BOUND_NUMBER;
    return can;
}

static enum smf_status check_bounds(const struct making *making, const struct frame *frame)
{
    for (unsigned i = 0; i < frame->template->record.parameter_count; i++) {
        const unsigned wanted = smf_record_parameter(&frame->template->record, i).bounds;
        const unsigned missing = wanted & ~abilities(frame->types[i]);
        if (missing == 0)
            continue;
        smf_generic_say_parameter(making->why, frame->template, i, frame->types[i]);
        making->why->index = i;
        return smf_fail(making->why, SMF_DETAIL_TYPE_BOUND, 0, missing, wanted);
    }
    return SMF_OK;
}

/* ---- Units ---- */

static bool shape_fits(struct smf_shape shape, const struct type *type)
{
    switch (shape.type_class) {
    case SMF_SHAPE_ANY:
        return true;
    case SMF_SHAPE_PLAIN:
        return smf_generic_is_plain(type) &&
               (shape.size == 0 || (shape.size == type->size && shape.alignment_log2 <= type->alignment_log2));
    default: /* classes and kinds are numbered alike */
        return shape.type_class == type->kind && shape.size == type->size &&
               shape.alignment_log2 <= type->alignment_log2;
    }
}

/* Those of the features that say how floating-point values are passed: what differs in them cannot call each other. */
static uint8_t convention(enum smf_arch_id arch)
{
    return arch == SMF_ARCH_ARM ? 4 : arch == SMF_ARCH_RISCV64 || arch == SMF_ARCH_RISCV32 ? 6 : 0;
}

bool smf_instantiator_takes(const struct smf_instantiator *instantiator, const struct smf_unit *unit)
{
    const uint8_t has = instantiator->config.features;
    if (unit->format != SMF_UNIT_CODE || unit->arch != instantiator->config.arch->id ||
        unit->alignment_log2 > ALIGNMENT_LOG2_MAX)
        return false;
    if (unit->arch == SMF_ARCH_X86_64)
        return unit->features <= has;
    return (unit->features & ~has) == 0 && ((unit->features ^ has) & convention(instantiator->config.arch->id)) == 0;
}

/* `typed`: no parameter is described by size alone. */
static bool fits(const struct making *making, const struct frame *frame, const struct smf_record *record,
                 const struct smf_unit *unit, bool *typed)
{
    *typed = true;
    if (!smf_instantiator_takes(making->instantiator, unit))
        return false;
    for (unsigned i = 0; i < record->parameter_count; i++) {
        const struct smf_shape shape = smf_unit_shape(unit, i);
        if (!shape_fits(shape, frame->types[i]))
            return false;
        *typed = *typed && shape.type_class > SMF_SHAPE_PLAIN;
    }
    return true;
}

/* What a compiler is told: exactly these types, as far as a shape can say it. */
static struct smf_shape shape_of(const struct type *type)
{
    struct smf_shape shape = {.type_class = type->kind, .alignment_log2 = type->alignment_log2};
    if (type->size <= UINT16_MAX && type->kind != SMF_DESCRIPTOR_OPAQUE)
        shape.size = (uint16_t)type->size;
    if (shape.size == 0)
        shape.alignment_log2 = 0;
    return shape;
}

/* A unit made for these types; SMF_ERR_NOT_FOUND: there is none. */
static enum smf_status compile(struct making *making, struct frame *frame)
{
    const struct smf_unit_compiler *compiler = making->instantiator->config.compiler;
    const struct smf_record *record = &frame->template->record;
    struct smf_shape shapes[SMF_TEMPLATE_PARAMETERS_MAX];
    struct smf_record made;
    const void *bytes = NULL;
    size_t size = 0;
    for (unsigned i = 0; i < record->parameter_count; i++)
        shapes[i] = shape_of(frame->types[i]);
    enum smf_status status = compiler->compile(compiler->context, record, shapes, &bytes, &size, making->why);
    if (status != SMF_OK)
        return status;
    const uint8_t *at = NULL;
    bool typed;
    status = smf_record_open(&made, bytes, size, making->why);
    if (status == SMF_OK &&
        (made.parameter_count != record->parameter_count || made.export_count != record->export_count ||
         made.need_count > record->need_count || !smf_record_next_unit(&made, &at, &frame->unit) ||
         !fits(making, frame, &made, &frame->unit, &typed))) {
        smf_generic_say_parameter(making->why, frame->template, 0, frame->types[0]);
        status = smf_fail(making->why, SMF_DETAIL_COMPILED, 0, 0, 0);
    }
    if (status == SMF_OK)
        status = smf_unit_prove(making->instantiator->config.arch, &made, &frame->unit, making->why);
    if (status != SMF_OK) {
        compiler->give_back(compiler->context, bytes);
        return status;
    }
    frame->compiled = bytes;
    frame->record = made;
    return SMF_OK;
}

enum smf_status smf_generic_choose(struct making *making, struct frame *frame)
{
    const struct smf_record *record = &frame->template->record;
    const uint8_t *at = NULL;
    struct smf_unit unit;
    bool found = false, source = false, typed = false;
    enum smf_status status = check_bounds(making, frame);
    if (status != SMF_OK)
        return status;
    frame->record = *record;
    while (!found && smf_record_next_unit(record, &at, &unit)) {
        source = source || unit.format == SMF_UNIT_C;
        found = fits(making, frame, record, &unit, &typed);
        frame->unit = unit;
    }
    const bool may_compile = making->instantiator->config.compiler != NULL && !(found && typed);
    while (may_compile && !source && smf_record_next_unit(record, &at, &unit))
        source = unit.format == SMF_UNIT_C;
    if (may_compile && source) {
        const struct smf_unit best = frame->unit;
        status = compile(making, frame);
        if (status != SMF_ERR_NOT_FOUND)
            return status;
        smf_fail_clear(making->why); /* that is no failure */
        frame->unit = best;
    }
    if (found)
        return SMF_OK;
    smf_generic_say_parameter(making->why, frame->template, 0, frame->types[0]);
    return smf_fail(making->why, SMF_DETAIL_NO_UNIT, 0, making->instantiator->config.arch->id,
                    making->instantiator->config.features);
}
