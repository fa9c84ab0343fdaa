/* SPDX-License-Identifier: MIT */
/*
 * template_record.c - writing one template record (smf/template_writer.h; SPEC,
 * "Template records"). What a reader would refuse is refused here, with the same details.
 */
#include "base/terms.h"
#include "emit/emit.h"
#include "emit/template_names.h"

#define MAGIC 0x54464D53u /* "SMFT" */
#define VERSION 1u

#define CALLED 0x40u
#define SLOT 0x80u

/* ---- What may be written ---- */

static enum smf_status check_name(const char *name, struct smf_diagnosis *why)
{
    const size_t length = name != NULL ? text_length(name) : 0;
    if (length - 1 >= SMF_RECORD_NAME_MAX)
        return smf_fail(why, SMF_DETAIL_RECORD_NAME_SIZE, 0, length, SMF_RECORD_NAME_MAX);
    return SMF_OK;
}

static enum smf_status check_items(const struct smf_write_record *record, const struct smf_write_item *items,
                                   unsigned count, bool functions, struct smf_diagnosis *why)
{
    const unsigned most = functions ? 1 : SMF_TEMPLATE_PARAMETERS_MAX;
    for (unsigned i = 0; i < count; i++) {
        const struct smf_write_item *item = &items[i];
        const enum smf_status status = check_name(item->name, why);
        if (status != SMF_OK)
            return status;
        const unsigned types = smf_terms_count(item->term, item->term_size, record->parameter_count);
        if (types - 1 >= most || (functions && item->term[0] != SMF_TERM_FUNCTION))
            return smf_fail(why, SMF_DETAIL_RECORD_TERM, 0, types, most);
    }
    return SMF_OK;
}

static enum smf_status check_head(const struct smf_write_record *record, struct smf_diagnosis *why)
{
    enum smf_status status = SMF_OK;
    if (record->kind > SMF_TEMPLATE_TRAIT)
        return smf_fail(why, SMF_DETAIL_RECORD_KIND, 0, record->kind, SMF_TEMPLATE_TRAIT);
    if (record->parameter_count - 1u >= SMF_TEMPLATE_PARAMETERS_MAX)
        return smf_fail(why, SMF_DETAIL_RECORD_PARAMETERS, 0, record->parameter_count, SMF_TEMPLATE_PARAMETERS_MAX);
    if (record->export_count - 1u >= SMF_RECORD_EXPORTS_MAX)
        return smf_fail(why, SMF_DETAIL_RECORD_EXPORTS, 0, record->export_count, SMF_RECORD_EXPORTS_MAX);
    if (record->need_count > SMF_RECORD_NEEDS_MAX)
        return smf_fail(why, SMF_DETAIL_RECORD_NEEDS, 0, record->need_count, SMF_RECORD_NEEDS_MAX);
    for (unsigned i = 0; status == SMF_OK && i < record->parameter_count; i++) {
        status = check_name(record->parameters[i].name, why);
        if (status == SMF_OK && record->parameters[i].bounds > SMF_BOUNDS_KNOWN)
            status = smf_fail(why, SMF_DETAIL_RECORD_BOUNDS, 0, record->parameters[i].bounds, SMF_BOUNDS_KNOWN);
    }
    if (status == SMF_OK)
        status = check_items(record, record->exports, record->export_count, true, why);
    if (status == SMF_OK)
        status = check_items(record, record->needs, record->need_count, false, why);
    return status;
}

static enum smf_status check_shapes(const struct smf_write_record *record, const struct smf_write_unit *unit,
                                    struct smf_diagnosis *why)
{
    for (unsigned i = 0; i < record->parameter_count; i++) {
        const struct smf_shape *shape = &unit->shapes[i];
        const bool bounded =
            shape->type_class <= SMF_SHAPE_POINTER && shape->alignment_log2 <= SMF_UNIT_ALIGNMENT_LOG2_MAX;
        const bool whole = bounded && (shape->size & ((1u << shape->alignment_log2) - 1)) == 0;
        const bool sized = shape->size != 0 ? shape->type_class != SMF_SHAPE_ANY
                                            : shape->type_class <= SMF_SHAPE_PLAIN && shape->alignment_log2 == 0;
        if (!whole || !sized)
            return smf_fail(why, SMF_DETAIL_UNIT_SHAPE, 0, shape->type_class, shape->size);
    }
    return SMF_OK;
}

static bool is_symbol(const struct smf_write_record *record, const struct smf_write_unit_symbol *symbol)
{
    switch (symbol->kind) {
    case SMF_UNIT_NUMBER:
        return symbol->parameter < record->parameter_count && symbol->what < SMF_UNIT_NUMBERS;
    case SMF_UNIT_FUNCTION:
        return symbol->parameter < record->parameter_count && symbol->what < SMF_UNIT_FUNCTIONS;
    case SMF_UNIT_NEED:
        return symbol->parameter == 0 && symbol->what < record->need_count;
    case SMF_UNIT_NAMED:
        return symbol->parameter < record->parameter_count;
    default:
        return symbol->parameter == 0 && (symbol->kind == SMF_UNIT_IMPORT || symbol->kind == SMF_UNIT_WEAK);
    }
}

static enum smf_status check_symbols(const struct smf_write_record *record, const struct smf_write_unit *unit,
                                     struct smf_diagnosis *why)
{
    enum smf_status status = SMF_OK;
    for (unsigned i = 0; status == SMF_OK && i < unit->symbol_count; i++) {
        const struct smf_write_unit_symbol *symbol = &unit->symbols[i];
        if (!is_symbol(record, symbol))
            return smf_fail(why, SMF_DETAIL_UNIT_SYMBOL, 0, symbol->kind, symbol->what);
        if (smf_symbol_is_named(symbol))
            status = check_name(symbol->name, why);
    }
    return status;
}

static enum smf_status check_relocations(const struct smf_write_unit *unit, struct smf_diagnosis *why)
{
    uint32_t after = 0;
    for (unsigned i = 0; i < unit->relocation_count; i++) {
        const struct smf_unit_relocation *relocation = &unit->relocations[i];
        const unsigned symbol = relocation->symbol;
        const bool known = symbol == SMF_UNIT_PAIR ? (uint32_t)relocation->addend < unit->size
                                                   : symbol < unit->symbol_count || symbol == SMF_UNIT_SELF;
        if (!known || relocation->offset < after || relocation->offset >= unit->size)
            return smf_fail(why, SMF_DETAIL_UNIT_RELOCATION, 0, relocation->offset, unit->size);
        after = relocation->offset;
    }
    return SMF_OK;
}

static enum smf_status check_unit(const struct smf_write_record *record, const struct smf_write_unit *unit,
                                  struct smf_diagnosis *why)
{
    enum smf_status status = SMF_OK;
    if (unit->size - 1 >= SMF_UNIT_SIZE_MAX)
        return smf_fail(why, SMF_DETAIL_UNIT_SIZE, 0, unit->size, SMF_UNIT_SIZE_MAX);
    if (unit->symbol_count > SMF_UNIT_SYMBOLS_MAX)
        return smf_fail(why, SMF_DETAIL_UNIT_SYMBOLS, 0, unit->symbol_count, SMF_UNIT_SYMBOLS_MAX);
    if (unit->alignment_log2 > SMF_UNIT_ALIGNMENT_LOG2_MAX)
        return smf_fail(why, SMF_DETAIL_UNIT_ALIGNMENT, 0, unit->alignment_log2, SMF_UNIT_ALIGNMENT_LOG2_MAX);
    if (unit->format != SMF_UNIT_CODE &&
        (unit->format != SMF_UNIT_C || unit->arch != SMF_UNIT_NO_ARCH ||
         (unit->features | unit->alignment_log2 | unit->symbol_count | unit->relocation_count) != 0))
        return smf_fail(why, SMF_DETAIL_UNIT_SOURCE, 0, unit->arch, SMF_UNIT_NO_ARCH);
    for (unsigned i = 0; unit->format == SMF_UNIT_CODE && i < record->export_count; i++)
        if (unit->exports[i] >= unit->size)
            return smf_fail(why, SMF_DETAIL_UNIT_EXPORT, 0, unit->exports[i], unit->size);
    status = check_shapes(record, unit, why);
    if (status == SMF_OK)
        status = check_symbols(record, unit, why);
    return status == SMF_OK ? check_relocations(unit, why) : status;
}

/* ---- Order: the most specific unit first ---- */

/* How little is known of the types that a unit is for; among equals code comes before source. */
static unsigned generality(const struct smf_write_record *record, const struct smf_write_unit *unit)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < record->parameter_count; i++) {
        const struct smf_shape *shape = &unit->shapes[i];
        if (shape->type_class == SMF_SHAPE_ANY)
            sum += 3;
        else if (shape->type_class == SMF_SHAPE_PLAIN)
            sum += shape->size == 0 ? 2 : 1;
    }
    return sum << 8 | unit->format;
}

static void sort_units(const struct smf_write_record *record, uint8_t *order)
{
    for (unsigned i = 0; i < record->unit_count; i++) {
        const unsigned own = generality(record, &record->units[i]);
        unsigned at = i;
        for (; at != 0 && generality(record, &record->units[order[at - 1]]) > own; at--)
            order[at] = order[at - 1];
        order[at] = (uint8_t)i;
    }
}

/* ---- Bytes ---- */

static void put_head(struct sink *sink, const struct smf_write_record *record, uint32_t text_size)
{
    uint8_t head[12];
    smf_put32(head, MAGIC);
    head[4] = VERSION;
    head[5] = record->kind;
    head[6] = record->parameter_count;
    head[7] = record->export_count;
    head[8] = record->need_count;
    head[9] = record->unit_count;
    smf_put16(head + 10, (uint16_t)text_size);
    smf_sink_put(sink, head, sizeof head);
}

static void put_items(struct sink *sink, const struct names *names, const struct smf_write_item *items, unsigned count)
{
    uint8_t head[3];
    for (unsigned i = 0; i < count; i++) {
        smf_put16(head, smf_names_place(names, items[i].name));
        head[2] = items[i].term_size;
        smf_sink_put(sink, head, sizeof head);
        smf_sink_put(sink, items[i].term, items[i].term_size);
    }
}

static void put_symbols(struct sink *sink, const struct names *names, const struct smf_write_unit *unit)
{
    uint8_t at[4];
    for (unsigned i = 0; i < unit->symbol_count; i++) {
        const struct smf_write_unit_symbol *symbol = &unit->symbols[i];
        at[0] = (uint8_t)(symbol->kind | (symbol->called ? CALLED : 0) | (symbol->slot ? SLOT : 0));
        at[1] = symbol->parameter;
        smf_put16(at + 2, smf_symbol_is_named(symbol) ? smf_names_place(names, symbol->name) : symbol->what);
        smf_sink_put(sink, at, sizeof at);
    }
}

static void put_relocations(struct sink *sink, const struct smf_write_unit *unit)
{
    uint8_t at[12];
    for (unsigned i = 0; i < unit->relocation_count; i++) {
        smf_put32(at, unit->relocations[i].offset);
        smf_put16(at + 4, unit->relocations[i].type);
        smf_put16(at + 6, unit->relocations[i].symbol);
        smf_put32(at + 8, (uint32_t)unit->relocations[i].addend);
        smf_sink_put(sink, at, sizeof at);
    }
}

static void put_unit(struct sink *sink, const struct names *names, const struct smf_write_unit *unit)
{
    uint8_t at[12] = {unit->format, unit->arch, unit->features, unit->alignment_log2};
    smf_put32(at + 4, unit->size);
    smf_put16(at + 8, unit->symbol_count);
    smf_put16(at + 10, unit->relocation_count);
    smf_sink_put(sink, at, 12);
    for (unsigned i = 0; i < names->record->parameter_count; i++) {
        at[0] = unit->shapes[i].type_class;
        at[1] = unit->shapes[i].alignment_log2;
        smf_put16(at + 2, unit->shapes[i].size);
        smf_sink_put(sink, at, 4);
    }
    for (unsigned i = 0; unit->format == SMF_UNIT_CODE && i < names->record->export_count; i++) {
        smf_put32(at, unit->exports[i]);
        smf_sink_put(sink, at, 4);
    }
    put_symbols(sink, names, unit);
    put_relocations(sink, unit);
    smf_sink_put(sink, unit->code, unit->size);
}

static void put_record(struct sink *sink, struct names *names)
{
    const struct smf_write_record *record = names->record;
    uint8_t parameter[4];
    put_head(sink, record, names->size);
    if (sink->bytes != NULL)
        smf_names_put(names, sink->bytes + sink->size);
    sink->size += names->size;
    for (unsigned i = 0; i < record->parameter_count; i++) {
        smf_put16(parameter, smf_names_place(names, record->parameters[i].name));
        smf_put16(parameter + 2, record->parameters[i].bounds);
        smf_sink_put(sink, parameter, sizeof parameter);
    }
    put_items(sink, names, record->exports, record->export_count);
    put_items(sink, names, record->needs, record->need_count);
    for (unsigned i = 0; i < record->unit_count; i++)
        put_unit(sink, names, &record->units[names->order[i]]);
}

static enum smf_status check_record(const struct smf_write_record *record, struct smf_diagnosis *why)
{
    enum smf_status status = check_head(record, why);
    for (uint32_t i = 0; status == SMF_OK && i < record->unit_count; i++) {
        why->index = i;
        status = check_unit(record, &record->units[i], why);
    }
    return status;
}

/* A checked record. On its own: the order of the units and a diagnosis are much for one frame. */
static __attribute__((noinline)) enum smf_status write_sorted(const struct smf_write_record *record, uint8_t *buffer,
                                                              size_t capacity, size_t *size, struct smf_diagnosis *why)
{
    uint8_t order[UINT8_MAX];
    struct names names = {.record = record, .order = order};
    sort_units(record, order);
    smf_names_count(&names);
    if (names.size > SMF_RECORD_TEXTS_MAX)
        return smf_fail(why, SMF_DETAIL_RECORD_TEXTS, 0, names.size, SMF_RECORD_TEXTS_MAX);
    struct sink sink = {0};
    put_record(&sink, &names);
    *size = (size_t)sink.size; /* 255 units of at most 3 MiB each */
    if (buffer != NULL && sink.size <= capacity) {
        sink = (struct sink){.bytes = buffer};
        put_record(&sink, &names);
    }
    return SMF_OK;
}

enum smf_status smf_record_write(const struct smf_write_record *record, uint8_t *buffer, size_t capacity, size_t *size,
                                 struct smf_diagnosis *why)
{
    struct smf_diagnosis unwanted;
    why = why != NULL ? why : &unwanted;
    smf_fail_clear(why);
    const enum smf_status status = check_record(record, why);
    return status == SMF_OK ? write_sorted(record, buffer, capacity, size, why) : status;
}
