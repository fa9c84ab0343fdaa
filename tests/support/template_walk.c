/* SPDX-License-Identifier: MIT */
/* template_walk.c - everything that can be read of a template record (template_walk.h). */
#include "support/template_walk.h"

#include <stdlib.h>
#include <string.h>

#include "smf/hash.h"
#include "smf/instantiator.h"

struct walk {
    const struct smf_record *record;
    uint64_t meaning;
    unsigned breaches;
};

static void must(struct walk *walk, bool holds) { walk->breaches += !holds; }

/* Bytes of the record: inside, and counted into the meaning. */
static void see(struct walk *walk, const void *bytes, size_t size)
{
    const uint8_t *const at = bytes, *const start = walk->record->bytes;
    const bool inside =
        at >= start && at <= start + walk->record->size && size <= (size_t)(start + walk->record->size - at);
    must(walk, inside);
    if (inside)
        walk->meaning = smf_hash64(walk->meaning, bytes, size);
}

static void see_number(struct walk *walk, uint64_t value)
{
    walk->meaning = smf_hash64(walk->meaning, &value, sizeof value);
}

static void see_text(struct walk *walk, struct smf_unit_text text)
{
    see(walk, text.bytes, text.size);
    unsigned zeros = 0;
    for (unsigned i = 0; i < text.size; i++)
        zeros += text.bytes[i] == '\0';
    must(walk, text.size != 0 && zeros == 0);
}

static void see_items(struct walk *walk, bool exports)
{
    const struct smf_record *record = walk->record;
    const uint8_t *at = NULL;
    struct smf_record_item item;
    unsigned count = 0;
    while (exports ? smf_record_next_export(record, &at, &item) : smf_record_next_need(record, &at, &item)) {
        const struct smf_record_item same = exports ? smf_record_export(record, count) : smf_record_need(record, count);
        must(walk, same.term == item.term && same.name.bytes == item.name.bytes);
        see_text(walk, item.name);
        see(walk, item.term, item.term_size);
        if (exports) {
            const int found = smf_record_find_export(record, item.name.bytes, item.name.size);
            must(walk, found >= 0 && (unsigned)found <= count && item.term[0] == SMF_TERM_FUNCTION);
        }
        count++;
    }
    must(walk, count == (exports ? record->export_count : record->need_count));
}

static void see_symbols(struct walk *walk, const struct smf_unit *unit)
{
    for (unsigned i = 0; i < unit->symbol_count; i++) {
        const struct smf_unit_symbol symbol = smf_unit_symbol(unit, i);
        see_number(walk, symbol.kind | (uint64_t)symbol.what << 8 | (uint64_t)symbol.parameter << 24 |
                             (uint64_t)symbol.called << 32 | (uint64_t)symbol.slot << 33);
        if (symbol.kind == SMF_UNIT_NEED)
            must(walk, symbol.what < walk->record->need_count);
        else if (symbol.kind == SMF_UNIT_IMPORT || symbol.kind == SMF_UNIT_WEAK || symbol.kind == SMF_UNIT_NAMED)
            see_text(walk, smf_record_text(walk->record, symbol.what));
        else
            must(walk, symbol.what < (symbol.kind == SMF_UNIT_NUMBER ? SMF_UNIT_NUMBERS : SMF_UNIT_FUNCTIONS));
        must(walk, symbol.kind >= SMF_UNIT_NUMBER && symbol.kind <= SMF_UNIT_WEAK);
        must(walk, symbol.parameter < walk->record->parameter_count);
    }
}

static void see_relocations(struct walk *walk, const struct smf_unit *unit)
{
    uint32_t after = 0;
    for (unsigned i = 0; i < unit->relocation_count; i++) {
        const struct smf_unit_relocation relocation = smf_unit_relocation(unit, i);
        see_number(walk, relocation.offset | (uint64_t)relocation.type << 32 | (uint64_t)relocation.symbol << 48);
        see_number(walk, (uint32_t)relocation.addend);
        must(walk, relocation.offset >= after && relocation.offset < unit->size);
        must(walk, relocation.symbol < unit->symbol_count || relocation.symbol >= SMF_UNIT_PAIR);
        const int first = smf_unit_relocation_at(unit, relocation.offset);
        must(walk, first >= 0 && (unsigned)first <= i);
        after = relocation.offset;
    }
}

static void see_unit(struct walk *walk, const struct smf_unit *unit)
{
    see_number(walk, unit->format | (uint64_t)unit->arch << 8 | (uint64_t)unit->features << 16);
    see(walk, unit->code, unit->size);
    if (unit->format != SMF_UNIT_CODE && unit->format != SMF_UNIT_C)
        return;
    for (unsigned i = 0; i < walk->record->parameter_count; i++) {
        const struct smf_shape shape = smf_unit_shape(unit, i);
        see_number(walk, shape.size | (uint64_t)shape.type_class << 16 | (uint64_t)shape.alignment_log2 << 24);
        must(walk, shape.type_class <= SMF_SHAPE_POINTER && shape.alignment_log2 <= SMF_UNIT_ALIGNMENT_LOG2_MAX);
    }
    for (unsigned i = 0; unit->format == SMF_UNIT_CODE && i < walk->record->export_count; i++)
        must(walk, smf_unit_export(unit, i) < unit->size);
    see_symbols(walk, unit);
    see_relocations(walk, unit);
    for (unsigned arch = 0; arch < 16; arch++)
        if (smf_arch_of(arch) != NULL)
            see_number(walk, smf_unit_prove(smf_arch_of(arch), walk->record, unit, NULL) == SMF_OK);
}

unsigned template_walk(const struct smf_record *record, uint64_t *meaning)
{
    struct walk walk = {.record = record, .meaning = SMF_FNV64_BASIS};
    const uint8_t *at = NULL;
    struct smf_unit unit;
    unsigned count = 0;
    see(&walk, record->bytes, record->size);
    for (unsigned i = 0; i < record->parameter_count; i++)
        see_text(&walk, smf_record_parameter(record, i).name);
    see_items(&walk, true);
    see_items(&walk, false);
    for (; smf_record_next_unit(record, &at, &unit); count++)
        see_unit(&walk, &unit);
    must(&walk, count == record->unit_count);
    if (meaning != NULL)
        *meaning = walk.meaning;
    return walk.breaches;
}

/* ---- Writing it again ---- */

/* Memory of one description. */
struct pile {
    void *blocks[8 + 4 * 255];
    unsigned count;
    char *names, *name_end;
};

static void *pile_take(struct pile *pile, size_t count, size_t size)
{
    void *block = calloc(count + 1, size);
    if (block == NULL)
        abort();
    return pile->blocks[pile->count++] = block;
}

static const char *pile_name(struct pile *pile, struct smf_unit_text text)
{
    char *name = pile->names;
    memcpy(name, text.bytes, text.size);
    name[text.size] = '\0';
    pile->names += text.size + 1;
    if (pile->names > pile->name_end)
        abort();
    return name;
}

static void describe_unit(struct pile *pile, const struct smf_record *record, const struct smf_unit *unit,
                          struct smf_write_unit *into)
{
    struct smf_shape *shapes = pile_take(pile, record->parameter_count, sizeof *shapes);
    uint32_t *exports = pile_take(pile, record->export_count, sizeof *exports);
    struct smf_write_unit_symbol *symbols = pile_take(pile, unit->symbol_count, sizeof *symbols);
    struct smf_unit_relocation *relocations = pile_take(pile, unit->relocation_count, sizeof *relocations);
    for (unsigned i = 0; i < record->parameter_count; i++)
        shapes[i] = smf_unit_shape(unit, i);
    for (unsigned i = 0; unit->format == SMF_UNIT_CODE && i < record->export_count; i++)
        exports[i] = smf_unit_export(unit, i);
    for (unsigned i = 0; i < unit->symbol_count; i++) {
        const struct smf_unit_symbol symbol = smf_unit_symbol(unit, i);
        symbols[i] = (struct smf_write_unit_symbol){NULL,          symbol.what, symbol.kind, symbol.parameter,
                                                    symbol.called, symbol.slot};
        if (symbol.kind == SMF_UNIT_NAMED || symbol.kind == SMF_UNIT_IMPORT || symbol.kind == SMF_UNIT_WEAK)
            symbols[i].name = pile_name(pile, smf_record_text(record, symbol.what));
    }
    for (unsigned i = 0; i < unit->relocation_count; i++)
        relocations[i] = smf_unit_relocation(unit, i);
    *into = (struct smf_write_unit){shapes,
                                    exports,
                                    symbols,
                                    relocations,
                                    unit->code,
                                    unit->size,
                                    unit->symbol_count,
                                    unit->relocation_count,
                                    unit->format,
                                    unit->arch,
                                    unit->features,
                                    unit->alignment_log2};
}

static struct smf_write_item *describe_items(struct pile *pile, const struct smf_record *record, bool exports)
{
    struct smf_write_item *items = pile_take(pile, exports ? record->export_count : record->need_count, sizeof *items);
    const uint8_t *at = NULL;
    struct smf_record_item item;
    for (unsigned i = 0;
         exports ? smf_record_next_export(record, &at, &item) : smf_record_next_need(record, &at, &item); i++)
        items[i] = (struct smf_write_item){pile_name(pile, item.name), item.term, item.term_size};
    return items;
}

static void describe(struct pile *pile, const struct smf_record *record, struct smf_write_record *what)
{
    struct smf_write_parameter *parameters = pile_take(pile, record->parameter_count, sizeof *parameters);
    struct smf_write_unit *units = pile_take(pile, record->unit_count, sizeof *units);
    const uint8_t *at = NULL;
    struct smf_unit unit;
    for (unsigned i = 0; i < record->parameter_count; i++) {
        const struct smf_record_parameter parameter = smf_record_parameter(record, i);
        parameters[i] = (struct smf_write_parameter){pile_name(pile, parameter.name), parameter.bounds};
    }
    *what = (struct smf_write_record){.kind = record->kind,
                                      .parameters = parameters,
                                      .parameter_count = record->parameter_count,
                                      .export_count = record->export_count,
                                      .need_count = record->need_count,
                                      .units = units};
    what->exports = describe_items(pile, record, true);
    what->needs = describe_items(pile, record, false);
    while (smf_record_next_unit(record, &at, &unit))
        if (unit.format == SMF_UNIT_CODE || unit.format == SMF_UNIT_C)
            describe_unit(pile, record, &unit, &units[what->unit_count++]);
}

uint8_t *template_rewrite(const struct smf_record *record, size_t *size, struct smf_diagnosis *why)
{
    struct pile pile = {.count = 0};
    struct smf_write_record what;
    uint8_t *bytes = NULL;
    const uint8_t *at = NULL;
    struct smf_unit unit;
    size_t names = record->parameter_count + record->export_count + (size_t)record->need_count;
    while (smf_record_next_unit(record, &at, &unit))
        names += unit.symbol_count;
    pile.names = pile_take(&pile, names, 256);
    pile.name_end = pile.names + 256 * names;
    describe(&pile, record, &what);
    if (smf_record_write(&what, NULL, 0, size, why) == SMF_OK) {
        bytes = malloc(*size);
        if (bytes == NULL || smf_record_write(&what, bytes, *size, size, why) != SMF_OK)
            abort();
    }
    while (pile.count != 0)
        free(pile.blocks[--pile.count]);
    return bytes;
}
