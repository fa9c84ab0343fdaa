/* SPDX-License-Identifier: MIT */
/*
 * template_unit.c - an object of a template becomes a unit: code, then constants, as one run of bytes, in which everything that
 * is a distance is settled here and now. What is left for the target are holes, imports, and addresses of the unit itself.
 */
#include "template.h"

#include <stdlib.h>
#include <string.h>

/* A unit on its way. */
struct maker {
    struct build *build; /* of this object alone */
    const struct template *template;
    struct object *object;
    struct output *place; /* what all its sections lie in */
    struct smf_write_unit_symbol *symbols;
    size_t symbol_count, symbol_capacity;
    struct smf_unit_relocation *relocations;
    size_t relocation_count, relocation_capacity;
};

/* ---- Where sections come to lie ---- */

static bool is_unwound(const struct input *input)
{
    return strncmp(input->name, ".eh_frame", 9) == 0 || strncmp(input->name, ".gcc_except_table", 17) == 0 ||
           input->type == SHT_X86_64_UNWIND;
}

static bool is_constant(const struct input *input)
{
    return (input->flags & SHF_WRITE) == 0 || strncmp(input->name, ".data.rel.ro", 12) == 0;
}

static bool place_section(struct maker *maker, struct input *input)
{
    struct output *place = maker->place;
    if (!is_constant(input) || input->type != SHT_PROGBITS)
        return build_fail_at(
            maker->build, input, 0,
            "a template has no variables that are written: constants, and what it is given, are all there is");
    const uint64_t offset = (place->size + input->alignment - 1) & ~(input->alignment - 1);
    if (input->size > SMF_UNIT_SIZE_MAX || offset + input->size > SMF_UNIT_SIZE_MAX)
        return build_fail_at(maker->build, input, 0, "a template's code has at most %u bytes", SMF_UNIT_SIZE_MAX);
    input->offset = offset;
    input->output = place;
    place->size = offset + input->size;
    if (input->alignment > place->alignment)
        place->alignment = input->alignment;
    return true;
}

/* Code first, so that exports come first. */
static bool place_sections(struct maker *maker)
{
    struct object *object = maker->object;
    for (unsigned pass = 0; pass < 2; pass++)
        for (size_t i = 1; i < object->input_count; i++) {
            struct input *input = &object->inputs[i];
            const bool code = (input->flags & SHF_EXECINSTR) != 0;
            if (input->taken && !is_unwound(input) && input->size != 0 && code == (pass == 0) &&
                !place_section(maker, input))
                return false;
        }
    maker->place->bytes = pool_take(&maker->build->pool, maker->place->size);
    for (size_t i = 1; i < object->input_count; i++) {
        const struct input *input = &object->inputs[i];
        if (input->output != NULL)
            memcpy(maker->place->bytes + input->offset, input->bytes, input->size);
    }
    return true;
}

/* COMMON variables have no section yet. */
static bool check_common(struct maker *maker)
{
    for (size_t i = 1; i < maker->object->symbol_count; i++)
        if (maker->object->symbols[i].place == PLACE_COMMON)
            return build_fail(maker->build, maker->object->name,
                              "'%s' is written: a template has no variables of its own",
                              maker->object->symbols[i].name);
    return true;
}

/* ---- Symbols ---- */

static bool same(const struct smf_write_unit_symbol *a, const struct smf_write_unit_symbol *b)
{
    const bool names = a->name == NULL || b->name == NULL ? a->name == b->name : strcmp(a->name, b->name) == 0;
    return names && a->kind == b->kind && a->what == b->what && a->parameter == b->parameter;
}

/* The unit's symbol for an undefined one, made if it is new. */
static bool find_symbol(struct maker *maker, const struct input *input, const struct record *record, uint16_t *index)
{
    struct smf_write_unit_symbol found;
    if (!template_classify(maker->build, maker->template, input, record->symbol, &found))
        return false;
    size_t at = 0;
    while (at < maker->symbol_count && !same(&maker->symbols[at], &found))
        at++;
    if (at >= SMF_UNIT_PAIR)
        return build_fail_at(maker->build, input, record->offset, "too many symbols");
    if (at == maker->symbol_count)
        PUSH(&maker->build->pool, maker->symbols, maker->symbol_count, maker->symbol_capacity) = found;
    maker->symbols[at].slot = maker->symbols[at].slot || (record->row->flags & SMF_ROW_SLOT) != 0;
    maker->symbols[at].called = maker->symbols[at].called || (record->row->flags & SMF_ROW_BRANCH) != 0;
    *index = (uint16_t)at;
    return true;
}

/* ---- Relocations ---- */

static bool refuse(struct maker *maker, const struct input *input, const struct record *record, const char *why)
{
    return build_fail_at(maker->build, input, record->offset, "%s against '%s': %s",
                         build_type_name(maker->build, record->row->type), build_symbol_name(record->symbol), why);
}

static bool keep(struct maker *maker, const struct input *input, const struct record *record, uint16_t symbol,
                 int64_t addend)
{
    if (addend < INT32_MIN || addend > INT32_MAX)
        return refuse(maker, input, record, "its addend does not fit in 32 bits");
    PUSH(&maker->build->pool, maker->relocations, maker->relocation_count, maker->relocation_capacity) =
        (struct smf_unit_relocation){.offset = (uint32_t)(input->offset + record->offset),
                                     .addend = (int32_t)addend,
                                     .type = record->row->type,
                                     .symbol = symbol};
    return true;
}

/* With the unit at address 0. */
static bool settle(struct maker *maker, const struct input *input, const struct record *record,
                   const struct smf_operands *operands)
{
    struct smf_diagnosis why = {0};
    char line[256];
    if (smf_howto_apply(maker->build->arch, record->row, operands, maker->place->bytes + input->offset + record->offset,
                        &why) == SMF_OK)
        return true;
    smf_diagnosis_format(&why, line, sizeof line);
    return refuse(maker, input, record, line);
}

/* As the static linker has it: (S + A) | T of Arm's types, with the Thumb bit in S already. */
static int64_t addend_of(const struct maker *maker, const struct record *record)
{
    const struct symbol *symbol = record->symbol;
    const bool thumb = maker->build->machine == EM_ARM && symbol->type == STT_FUNC && (symbol->value & 1) != 0;
    return thumb && (record->addend & 1) != 0 ? record->addend - 1 : record->addend;
}

static bool is_distance(const struct smf_howto *row)
{
    return row->calc == SMF_CALC_S_A_P || row->calc == SMF_CALC_HI20_P;
}

/* Against what the unit itself has. */
static bool take_own(struct maker *maker, const struct input *input, const struct record *record)
{
    const struct symbol *symbol = record->symbol;
    if (symbol->section->output != maker->place)
        return refuse(maker, input, record,
                      symbol->section->taken ? "a template has no such section" : "it is not part of the code");
    if ((record->row->flags & SMF_ROW_SLOT) != 0)
        return refuse(maker, input, record, "an own name through the GOT: compile with -fvisibility=hidden");
    const uint64_t target = symbol->section->offset + symbol->value;
    const int64_t addend = addend_of(maker, record);
    const struct smf_operands operands = {.s = target, .a = addend, .p = input->offset + record->offset};
    if (is_distance(record->row))
        return settle(maker, input, record, &operands);
    return keep(maker, input, record, SMF_UNIT_SELF, (int64_t)(target + (uint64_t)addend));
}

/* A low half goes with its high half: settled with it, or tied to it by its place. */
static bool take_low(struct maker *maker, const struct input *input, const struct record *record)
{
    const struct record *high = record->pair;
    const struct symbol *symbol = high->symbol;
    const bool own = symbol != NULL && symbol->place == PLACE_SECTION && (high->row->flags & SMF_ROW_SLOT) == 0;
    if (!own)
        return keep(maker, input, record, SMF_UNIT_PAIR, (int64_t)(input->offset + high->offset));
    const struct smf_operands operands = {
        .s = symbol->section->offset + symbol->value, .a = high->addend, .p = input->offset + high->offset};
    return settle(maker, input, record, &operands);
}

/* A number is no place: from far away no distance is 24. */
static bool check_number(struct maker *maker, const struct input *input, const struct record *record, uint16_t index)
{
    const bool distance = is_distance(record->row) || record->row->calc == SMF_CALC_PAGE;
    return maker->symbols[index].kind != SMF_UNIT_NUMBER || maker->build->arch->pointer_size == 4 || !distance ||
           (record->row->flags & SMF_ROW_SLOT) != 0 ||
           refuse(maker, input, record,
                  "a number in code that counts from where it lies: take it by smf_sizeof() and the like");
}

static bool take_record(struct maker *maker, const struct input *input, const struct record *record)
{
    const enum smf_calc calc = (enum smf_calc)record->row->calc;
    uint16_t index = 0;
    if (record->dropped || calc == SMF_CALC_NONE)
        return true;
    if (calc == SMF_CALC_GOTOFF || calc == SMF_CALC_GOT_P || calc == SMF_CALC_GOT_PAGE)
        return refuse(maker, input, record,
                      "code that counts from a GOT, which a template has not: compile with -fno-pic");
    if (calc == SMF_CALC_ADD || calc == SMF_CALC_SUB || (record->row->flags & SMF_ROW_SETTLE) != 0)
        return refuse(maker, input, record, "left to a linker: compile with -mno-relax");
    if (calc == SMF_CALC_PAIR)
        return take_low(maker, input, record);
    if (record->symbol == NULL || record->symbol->place == PLACE_ABSOLUTE)
        return refuse(maker, input, record, "an address that is a number");
    if (record->symbol->place == PLACE_SECTION)
        return take_own(maker, input, record);
    return find_symbol(maker, input, record, &index) && check_number(maker, input, record, index) &&
           keep(maker, input, record, index, record->addend);
}

static int by_offset(const void *left, const void *right)
{
    const struct smf_unit_relocation *a = left, *b = right;
    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

static bool take_records(struct maker *maker)
{
    for (size_t i = 1; i < maker->object->input_count; i++) /* tables of distances, as clang makes them for RISC-V */
        if (maker->object->inputs[i].output != NULL &&
            !build_riscv_differences_of(maker->build, &maker->object->inputs[i]))
            return false;
    for (size_t i = 1; i < maker->object->input_count; i++) {
        const struct input *input = &maker->object->inputs[i];
        for (size_t r = 0; input->output != NULL && r < input->record_count; r++)
            if (!take_record(maker, input, &input->records[r]))
                return false;
    }
    if (maker->relocation_count > UINT16_MAX)
        return build_fail(maker->build, maker->object->name, "too many relocations");
    if (maker->relocation_count != 0)
        qsort(maker->relocations, maker->relocation_count, sizeof *maker->relocations, by_offset);
    return true;
}

/* ---- The unit ---- */

static bool find_exports(struct maker *maker, uint32_t *exports)
{
    for (unsigned e = 0; e < maker->template->export_count; e++) {
        const char *name = maker->template->exports[e].name;
        const struct global *global = build_find_global(maker->build, name);
        const struct symbol *symbol = global == NULL ? NULL : global->definition;
        if (symbol == NULL || symbol->place != PLACE_SECTION || symbol->section->output != maker->place ||
            (symbol->section->flags & SHF_EXECINSTR) == 0)
            return build_fail(maker->build, maker->object->name,
                              "'%s' is declared by SMF_TEMPLATE, and no function of that name is here", name);
        exports[e] = (uint32_t)(symbol->section->offset + symbol->value);
    }
    return true;
}

/* What the CPU must have (smf/unit.h, struct smf_unit). */
static uint8_t features_of(const struct build *build, const struct template *template)
{
    if (build->machine == EM_RISCV)
        return (uint8_t)(build->elf_flags & 7);
    if (build->machine == EM_X86_64)
        return (uint8_t)(template->level[0] >= '1' && template->level[0] <= '3' ? template->level[0] - '0' : 0);
    if (build->machine != EM_ARM)
        return 0;
    const uint32_t arch = build->cpu & 0xFF;
    const bool small = arch == 11 || arch == 12; /* Armv6-M, v6S-M */
    return (uint8_t)((small ? 0 : 1) | ((build->cpu & 0xFF00) != 0 ? 2 : 0) |
                     (build->abi == SMF_ABI_ARM_HARD_FLOAT ? 4 : 0));
}

static uint8_t log2_of(uint64_t alignment)
{
    uint8_t log2 = 0;
    while ((uint64_t)1 << log2 < alignment)
        log2++;
    return log2;
}

static bool make(struct maker *maker, struct template_unit *made)
{
    struct build *build = maker->build;
    const unsigned count = maker->template->parameter_count;
    uint32_t *exports = pool_array(&build->pool, maker->template->export_count, sizeof *exports);
    if (!check_common(maker) || !place_sections(maker) || !take_records(maker) || !find_exports(maker, exports))
        return false;
    struct smf_shape *shapes = pool_array(&build->pool, count, sizeof *shapes);
    for (unsigned i = 0; i < count; i++) {
        struct smf_shape *shape = &made->shape.shapes[i];
        if (shape->type_class == SMF_SHAPE_POINTER)
            *shape = (struct smf_shape){.size = build->arch->pointer_size,
                                        .type_class = SMF_SHAPE_POINTER,
                                        .alignment_log2 = log2_of(build->arch->pointer_size)};
        shapes[i] = *shape;
    }
    made->unit = (struct smf_write_unit){.shapes = shapes,
                                         .exports = exports,
                                         .symbols = maker->symbols,
                                         .relocations = maker->relocations,
                                         .code = maker->place->bytes,
                                         .size = (uint32_t)maker->place->size,
                                         .symbol_count = (uint16_t)maker->symbol_count,
                                         .relocation_count = (uint16_t)maker->relocation_count,
                                         .format = SMF_UNIT_CODE,
                                         .arch = build->arch->id,
                                         .features = features_of(build, maker->template),
                                         .alignment_log2 = log2_of(maker->place->alignment)};
    return true;
}

/* Read as if it were the only object of a build: its names are nobody else's. */
static bool read_and_make(struct build *alone, const struct template *template, Elf *elf, const char *name,
                          struct template_unit *made)
{
    if (!build_read_object(alone, elf, name, false) || !build_riscv_align(alone))
        return false;
    struct output *place = pool_take(&alone->pool, sizeof *place);
    *place = (struct output){.name = "(unit)", .alignment = 1};
    struct maker maker = {
        .build = alone, .template = template, .object = alone->objects[alone->object_count - 1], .place = place};
    return make(&maker, made);
}

/* Two units of one shape: the loader would take either. */
static bool check_twice(struct build *build, const struct template *template, const struct template_unit *made,
                        const char *name)
{
    for (size_t i = 0; i < template->unit_count; i++) {
        const struct template_unit *other = &template->units[i];
        if (other->unit.format == made->unit.format && other->unit.arch == made->unit.arch &&
            other->unit.features == made->unit.features && template_covers(template, &other->shape, &made->shape) &&
            template_covers(template, &made->shape, &other->shape))
            return build_fail(build, name, "'%s' is here for %s already", template->exports[0].name, made->shape.label);
    }
    return template->unit_count < UINT8_MAX || build_fail(build, template->file, "more than %u units", UINT8_MAX);
}

bool template_make_unit(struct build *build, struct template *template, Elf *elf, const char *name,
                        const struct template_shape *shape)
{
    struct build alone = {.options = build->options,
                          .report = build->report,
                          .pool = build->pool,
                          .output_path = build->output_path,
                          .said_abi = build->said_abi};
    struct template_unit made = {.shape = *shape, .elf = elf};
    const bool good = read_and_make(&alone, template, elf, name, &made);
    build->pool = alone.pool;
    build_forget_groups(&alone);
    if (!good || !build_check_machine(build, alone.objects[alone.object_count - 1]) ||
        !check_twice(build, template, &made, name))
        return false;
    PUSH(&build->pool, template->units, template->unit_count, template->unit_capacity) = made;
    return true;
}
