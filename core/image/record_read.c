/* SPDX-License-Identifier: MIT */
/* record_read.c - reading proven template records where they lie (smf/unit.h). Nothing is checked here. */
#include "image/record.h"

struct smf_unit_text smf_record_text(const struct smf_record *record, uint16_t what)
{
    const uint8_t *const at = record->text + what;
    return (struct smf_unit_text){(const char *)at + 1, *at};
}

struct smf_record_parameter smf_record_parameter(const struct smf_record *record, unsigned index)
{
    const uint8_t *const at = record->parameters + RECORD_PARAMETER_SIZE * index;
    return (struct smf_record_parameter){smf_record_text(record, smf_get16(at)), smf_get16(at + 2)};
}

/* ---- Exports and needs ---- */

/* The item at `at`; answers where the next one lies. */
static const uint8_t *read_item(const struct smf_record *record, const uint8_t *at, struct smf_record_item *item)
{
    item->name = smf_record_text(record, smf_get16(at));
    item->term_size = at[2];
    item->term = at + RECORD_ITEM_SIZE;
    return item->term + item->term_size;
}

static bool next_item(const struct smf_record *record, const uint8_t *start, const uint8_t *end, const uint8_t **at,
                      struct smf_record_item *item)
{
    if (*at == NULL)
        *at = start;
    if (*at == end)
        return false;
    *at = read_item(record, *at, item);
    return true;
}

bool smf_record_next_export(const struct smf_record *record, const uint8_t **at, struct smf_record_item *item)
{
    return next_item(record, record->exports, record->needs, at, item);
}

bool smf_record_next_need(const struct smf_record *record, const uint8_t **at, struct smf_record_item *item)
{
    return next_item(record, record->needs, record->units, at, item);
}

static struct smf_record_item item_of(const struct smf_record *record, const uint8_t *at, unsigned index)
{
    struct smf_record_item item;
    for (; index != 0; index--)
        at += RECORD_ITEM_SIZE + at[2];
    read_item(record, at, &item);
    return item;
}

struct smf_record_item smf_record_export(const struct smf_record *record, unsigned index)
{
    return item_of(record, record->exports, index);
}

struct smf_record_item smf_record_need(const struct smf_record *record, unsigned index)
{
    return item_of(record, record->needs, index);
}

int smf_record_find_export(const struct smf_record *record, const char *name, size_t size)
{
    const uint8_t *at = NULL;
    struct smf_record_item item;
    for (int i = 0; smf_record_next_export(record, &at, &item); i++)
        if (item.name.size == size && memcmp(item.name.bytes, name, size) == 0)
            return i;
    return -1;
}

/* ---- Units ---- */

static size_t exports_size(const struct smf_record *record, const uint8_t *head)
{
    return head[0] == SMF_UNIT_CODE ? UNIT_EXPORT_SIZE * record->export_count : 0;
}

size_t smf_unit_tail(const struct smf_record *record, const uint8_t *head)
{
    return UNIT_SHAPE_SIZE * record->parameter_count + exports_size(record, head) +
           UNIT_SYMBOL_SIZE * smf_get16(head + 8) + UNIT_RELOCATION_SIZE * smf_get16(head + 10) + smf_get32(head + 4);
}

const uint8_t *smf_unit_at(const struct smf_record *record, const uint8_t *head, struct smf_unit *unit)
{
    unit->format = head[0];
    unit->arch = head[1];
    unit->features = head[2];
    unit->alignment_log2 = head[3];
    unit->size = smf_get32(head + 4);
    unit->symbol_count = smf_get16(head + 8);
    unit->relocation_count = smf_get16(head + 10);
    unit->shapes = head + UNIT_HEAD_SIZE;
    unit->exports = unit->shapes + UNIT_SHAPE_SIZE * record->parameter_count;
    unit->symbols = unit->exports + exports_size(record, head);
    unit->relocations = unit->symbols + UNIT_SYMBOL_SIZE * unit->symbol_count;
    unit->code = unit->relocations + UNIT_RELOCATION_SIZE * unit->relocation_count;
    return unit->code + unit->size;
}

bool smf_record_next_unit(const struct smf_record *record, const uint8_t **at, struct smf_unit *unit)
{
    if (*at == NULL)
        *at = record->units;
    if (*at == record->bytes + record->size)
        return false;
    *at = smf_unit_at(record, *at, unit);
    return true;
}

struct smf_shape smf_unit_shape(const struct smf_unit *unit, unsigned parameter)
{
    const uint8_t *const at = unit->shapes + UNIT_SHAPE_SIZE * parameter;
    return (struct smf_shape){.type_class = at[0], .alignment_log2 = at[1], .size = smf_get16(at + 2)};
}

uint32_t smf_unit_export(const struct smf_unit *unit, unsigned index)
{
    return smf_get32(unit->exports + UNIT_EXPORT_SIZE * index);
}

struct smf_unit_symbol smf_unit_symbol(const struct smf_unit *unit, unsigned index)
{
    const uint8_t *const at = unit->symbols + UNIT_SYMBOL_SIZE * index;
    return (struct smf_unit_symbol){.kind = at[0] & 0x0F,
                                    .called = (at[0] & UNIT_CALLED) != 0,
                                    .slot = (at[0] & UNIT_SLOT) != 0,
                                    .parameter = at[1],
                                    .what = smf_get16(at + 2)};
}

struct smf_unit_relocation smf_unit_relocation(const struct smf_unit *unit, unsigned index)
{
    const uint8_t *const at = unit->relocations + UNIT_RELOCATION_SIZE * index;
    return (struct smf_unit_relocation){.offset = smf_get32(at),
                                        .type = smf_get16(at + 4),
                                        .symbol = smf_get16(at + 6),
                                        .addend = (int32_t)smf_get32(at + 8)};
}

int smf_unit_relocation_at(const struct smf_unit *unit, uint32_t offset)
{
    unsigned first = 0, last = unit->relocation_count;
    while (first < last) {
        const unsigned middle = (first + last) >> 1;
        if (smf_get32(unit->relocations + UNIT_RELOCATION_SIZE * middle) < offset)
            first = middle + 1;
        else
            last = middle;
    }
    const bool found = first < unit->relocation_count && smf_unit_relocation(unit, first).offset == offset;
    return found ? (int)first : -1;
}
