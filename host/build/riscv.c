/* SPDX-License-Identifier: MIT */
/*
 * riscv.c - what RISC-V objects leave to the linker (RISC-V ELF psABI, "Linker
 * Relaxation" and "Relocations").
 *
 * They mark each alignment with ALIGN and enough NOPs for the worst case; the
 * surplus has to go. They write differences of labels as ADD or SET and SUB,
 * because relaxation could move the labels. And a LO12 names the place of its
 * HI20, not its symbol. We relax nothing else.
 */
#include "build.h"

#include <stdlib.h>
#include <string.h>

#define R_ALIGN 43u
#define R_ADD32 35u
#define R_32_PCREL 57u

static int by_offset(const void *left, const void *right)
{
    const struct record *a = *(struct record *const *)left, *b = *(struct record *const *)right;
    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

/* Records of one calculation and, unless 0, one type, sorted by offset. */
static struct record **select_records(struct build *build, struct input *input, bool (*wanted)(const struct record *),
                                      size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < input->record_count; i++)
        *count += wanted(&input->records[i]);
    if (*count == 0)
        return NULL;
    struct record **list = pool_array(&build->pool, *count, sizeof(struct record *));
    size_t at = 0;
    for (size_t i = 0; i < input->record_count; i++)
        if (wanted(&input->records[i]))
            list[at++] = &input->records[i];
    qsort(list, *count, sizeof *list, by_offset);
    return list;
}

/* --- ALIGN ---------------------------------------------------------------------------------------- */

static bool is_align(const struct record *record) { return record->row->type == R_ALIGN && record->addend > 0; }

static void put_nops(uint8_t *bytes, uint64_t size)
{
    static const uint8_t nop[4] = {0x13, 0, 0, 0}, half[2] = {0x01, 0};
    for (; size >= 4; bytes += 4, size -= 4)
        memcpy(bytes, nop, 4);
    if (size == 2)
        memcpy(bytes, half, 2);
}

static bool align_section(struct build *build, struct input *input)
{
    size_t count = 0, used = 0;
    struct record **records = select_records(build, input, is_align, &count);
    struct cut *cuts = pool_array(&build->pool, count, sizeof *cuts);
    uint64_t removed = 0, end = 0;
    for (size_t i = 0; i < count; i++) {
        const uint64_t offset = records[i]->offset, room = (uint64_t)records[i]->addend;
        uint64_t alignment = 1;
        while (alignment <= room && alignment != 0)
            alignment *= 2;
        const uint64_t at = offset - removed, keep = (0 - at) & (alignment - 1);
        if (offset < end || room > input->size || offset > input->size - room || keep > room || keep % 2 != 0 ||
            alignment > SMF_ALIGNMENT_MAX)
            return build_fail_at(build, input, offset, "R_RISCV_ALIGN has %llu bytes, aligning takes %llu",
                                 (unsigned long long)room, (unsigned long long)keep);
        if (alignment > input->alignment)
            input->alignment = alignment;
        put_nops(input->bytes + offset, keep);
        end = offset + room;
        if (room == keep)
            continue;
        cuts[used++] = (struct cut){offset + keep, room - keep};
        removed += room - keep;
    }
    build_cut(build, input, cuts, used);
    return true;
}

/* --- LO12 and its HI20 ---------------------------------------------------------------------------- */

static bool is_high(const struct record *record)
{
    return record->row->calc == SMF_CALC_HI20_P && record->row->field == SMF_FIELD_RV_U;
}

static bool pair_section(struct build *build, struct input *input)
{
    size_t count = 0;
    struct record **highs = select_records(build, input, is_high, &count);
    for (size_t i = 0; i < input->record_count; i++) {
        struct record *record = &input->records[i];
        if (record->row->calc != SMF_CALC_PAIR)
            continue;
        const struct symbol *label = build_definition(record->symbol);
        const struct record key = {.offset = label == NULL ? 0 : label->value}, *key_pointer = &key;
        struct record **found = label == NULL || label->place != PLACE_SECTION || label->section != input || count == 0
                                    ? NULL
                                    : bsearch(&key_pointer, highs, count, sizeof *highs, by_offset);
        if (found == NULL || record->addend != 0)
            return build_fail_at(build, input, record->offset, "%s: no HI20 stands at its label '%s'",
                                 build_type_name(build, record->row->type), build_symbol_name(record->symbol));
        record->pair = *found;
    }
    return true;
}

/* --- ADD, SET and SUB ----------------------------------------------------------------------------- */

/* Is this a difference, `record` and the next one? */
static bool is_difference(const struct input *input, size_t index)
{
    const struct record *record = &input->records[index];
    if (index + 1 >= input->record_count || record->dropped || record[1].dropped ||
        record->offset != record[1].offset || record[1].row->calc != SMF_CALC_SUB)
        return false;
    return record->row->calc == SMF_CALC_ADD ||
           (record->row->calc == SMF_CALC_S_A && record->row->field == record[1].row->field);
}

static bool apply_one(struct build *build, struct input *input, const struct record *record, uint64_t symbol,
                      uint8_t *bytes)
{
    const struct smf_operands operands = {.s = symbol, .a = record->addend};
    if (smf_howto_apply(build->arch, record->row, &operands, bytes, NULL) == SMF_OK)
        return true;
    return build_fail_at(build, input, record->offset, "%s against '%s' does not fit",
                         build_type_name(build, record->row->type), build_symbol_name(record->symbol));
}

/* Both symbols count from the same start. */
static bool resolve(struct build *build, struct input *input, struct record *record, uint64_t plus, uint64_t minus,
                    uint8_t *bytes)
{
    record[0].dropped = true;
    record[1].dropped = true;
    return apply_one(build, input, &record[0], plus, bytes) && apply_one(build, input, &record[1], minus, bytes);
}

static bool close_differences(struct build *build, struct input *input)
{
    for (size_t i = 0; i < input->record_count; i++) {
        struct record *record = &input->records[i];
        if (!is_difference(input, i))
            continue;
        const struct symbol *plus = build_definition(record[0].symbol), *minus = build_definition(record[1].symbol);
        if (plus != NULL && minus != NULL && plus->place == PLACE_SECTION && minus->place == PLACE_SECTION &&
            plus->section == minus->section &&
            !resolve(build, input, record, plus->value, minus->value, input->bytes + record->offset))
            return false;
    }
    return true;
}

static bool is_riscv(const struct build *build) { return build->machine == EM_RISCV; }

bool build_riscv_align(struct build *build)
{
    for (size_t i = 0; is_riscv(build) && i < build->object_count; i++) {
        struct object *object = build->objects[i];
        for (size_t k = 1; k < object->input_count; k++)
            if (object->inputs[k].record_count != 0 && !align_section(build, &object->inputs[k]))
                return false;
        for (size_t k = 1; k < object->input_count; k++)
            if (object->inputs[k].record_count != 0 &&
                (!pair_section(build, &object->inputs[k]) || !close_differences(build, &object->inputs[k])))
                return false;
    }
    return true;
}

/* --- Differences between sections of one kind, once their places are known ------------------------- */

static uint64_t address_of(const struct symbol *symbol) { return symbol->section->offset + symbol->value; }

static bool far_difference(struct build *build, struct input *input, struct record *record)
{
    struct output *output = input->output;
    const struct symbol *plus = build_definition(record[0].symbol), *minus = build_definition(record[1].symbol);
    uint8_t *bytes = output->bytes + input->offset + record->offset;
    if (plus == NULL || minus == NULL || minus->place != PLACE_SECTION)
        return true;
    if (plus->place == PLACE_SECTION && plus->section->output == minus->section->output)
        return resolve(build, input, record, address_of(plus), address_of(minus), bytes);
    if (record->row->type != R_ADD32 || minus->section->output != output)
        return true;
    /* field + S1 + A1 - S2 - A2, as a distance from here: S2 lies P - S2 before. */
    uint32_t field = 0;
    memcpy(&field, bytes, sizeof field);
    memset(bytes, 0, sizeof field);
    record[0].row = smf_arch_row(build->arch, R_32_PCREL);
    record[0].addend +=
        (int32_t)field - record[1].addend + (int64_t)(input->offset + record->offset - address_of(minus));
    record[1].dropped = true;
    return true;
}

bool build_riscv_differences_of(struct build *build, struct input *input)
{
    for (size_t r = 0; is_riscv(build) && r < input->record_count; r++)
        if (is_difference(input, r) && !far_difference(build, input, &input->records[r]))
            return false;
    return true;
}

bool build_riscv_differences(struct build *build)
{
    for (size_t i = 0; i < build->output_count; i++)
        for (size_t k = 0; k < build->outputs[i]->input_count; k++)
            if (!build_riscv_differences_of(build, build->outputs[i]->inputs[k]))
                return false;
    return true;
}
