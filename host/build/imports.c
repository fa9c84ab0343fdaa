/* SPDX-License-Identifier: MIT */
/*
 * imports.c - slots and stubs (FORMAT, "imports"; DESIGN D1, D2, D5).
 *
 * One slot for each symbol that a stub or a GOT relocation needs; one stub at
 * the end of .text for each undefined symbol that a branch names or whose
 * address stands in a narrow field. Afterwards no record speaks of a GOT slot
 * or a PLT: they name the slot or the stub itself, with the plain type.
 *
 * Code that takes the address of a function with a stub does not read
 * its slot, which a reload changes, but a word of its own (DESIGN D30).
 */
#include "build.h"

#include <string.h>

/* The plain type of one that names a slot or a PLT entry, or of a type that is another's synonym. */
static const struct plain {
    uint8_t arch;
    uint16_t type, plain;
} plains[] = {
    {SMF_ARCH_X86_64,  4,   2  }, /* PLT32 -> PC32 */
    {SMF_ARCH_X86_64,  9,   2  }, /* GOTPCREL -> PC32 */
    {SMF_ARCH_X86_64,  28,  24 }, /* GOTPCREL64 -> PC64 */
    {SMF_ARCH_X86_64,  31,  25 }, /* PLTOFF64 -> GOTOFF64 */
    {SMF_ARCH_X86_64,  41,  2  }, /* GOTPCRELX -> PC32 */
    {SMF_ARCH_X86_64,  42,  2  }, /* REX_GOTPCRELX -> PC32 */
    {SMF_ARCH_AARCH64, 309, 273}, /* GOT_LD_PREL19 -> LD_PREL_LO19 */
    {SMF_ARCH_AARCH64, 311, 275}, /* ADR_GOT_PAGE -> ADR_PREL_PG_HI21 */
    {SMF_ARCH_AARCH64, 312, 286}, /* LD64_GOT_LO12_NC -> LDST64_ABS_LO12_NC */
    {SMF_ARCH_AARCH64, 314, 261}, /* PLT32 -> PREL32 */
    {SMF_ARCH_AARCH64, 315, 261}, /* GOTPCREL32 -> PREL32 */
    {SMF_ARCH_RISCV64, 20,  23 }, /* GOT_HI20 -> PCREL_HI20 */
    {SMF_ARCH_RISCV64, 41,  57 }, /* GOT32_PCREL -> 32_PCREL */
    {SMF_ARCH_RISCV64, 59,  57 }, /* PLT32 -> 32_PCREL */
    {SMF_ARCH_RISCV32, 20,  23 },
    {SMF_ARCH_RISCV32, 41,  57 },
    {SMF_ARCH_RISCV32, 59,  57 },
    {SMF_ARCH_ARM,     38,  2  }, /* TARGET1 -> ABS32 */
    {SMF_ARCH_ARM,     41,  3  }, /* TARGET2 -> REL32, as GNU ld has it for arm-none-eabi */
    {SMF_ARCH_ARM,     96,  3  }, /* GOT_PREL -> REL32 */
};

static const struct smf_howto *plain_row(const struct build *build, const struct smf_howto *row)
{
    for (size_t i = 0; i < sizeof plains / sizeof plains[0]; i++)
        if (plains[i].arch == build->arch->id && plains[i].type == row->type)
            return smf_arch_row(build->arch, plains[i].plain);
    return row;
}

static struct input *make_input(struct build *build, const char *name, uint64_t alignment)
{
    struct input *input = pool_take(&build->pool, sizeof *input);
    *input = (struct input){.object = build->own,
                            .name = name,
                            .alignment = alignment,
                            .flags = SHF_ALLOC,
                            .type = SHT_PROGBITS,
                            .taken = true};
    return input;
}

static void add_record(struct build *build, struct input *input, size_t *capacity, const struct record *record)
{
    PUSH(&build->pool, input->records, input->record_count, *capacity) = *record;
}

/* Append `size` bytes, aligned; the bytes' room grows by doubling. */
static uint64_t append_bytes(struct build *build, struct input *input, size_t *capacity, const void *bytes, size_t size)
{
    const uint64_t offset = input->size;
    while (offset + size > *capacity) {
        const size_t larger = *capacity == 0 ? 1024 : *capacity * 2;
        uint8_t *room = pool_take(&build->pool, larger);
        if (offset != 0)
            memcpy(room, input->bytes, offset);
        input->bytes = room;
        *capacity = larger;
    }
    if (bytes != NULL)
        memcpy(input->bytes + offset, bytes, size);
    input->size += size;
    return offset;
}

/* The slot that holds symbol + addend. */
static struct symbol *find_slot(struct build *build, struct symbol *symbol, int64_t addend)
{
    struct slot **list = symbol->global != NULL ? &symbol->global->slots : &symbol->slots;
    for (struct slot *slot = *list; slot != NULL; slot = slot->next)
        if (slot->addend == addend)
            return &slot->symbol;
    struct slot *slot = pool_take(&build->pool, sizeof *slot);
    const uint64_t offset = append_bytes(build, build->got, &build->got_room, NULL, build->arch->pointer_size);
    slot->symbol = *build_own_symbol(build, build->got, "(slot)", offset);
    slot->addend = addend;
    slot->next = *list;
    *list = slot;
    const struct record record = {
        .offset = offset, .addend = addend, .symbol = symbol, .row = smf_arch_row(build->arch, build->arch->absolute)};
    add_record(build, build->got, &build->got_capacity, &record);
    return &slot->symbol;
}

/* The stub of an undefined symbol; its code's fixups are records like any other. */
static struct symbol *find_stub(struct build *build, struct symbol *symbol)
{
    struct global *global = symbol->global;
    const struct smf_stub *stub = build->stub;
    if (global->stub != NULL)
        return global->stub;
    struct symbol *slot = find_slot(build, symbol, 0);
    const uint64_t offset = append_bytes(build, build->stubs, &build->stubs_room, stub->code, stub->size);
    global->stub = build_own_symbol(build, build->stubs, global->name, offset);
    global->stub->size = stub->size;
    for (unsigned i = 0; i < stub->fixup_count; i++) {
        const struct smf_howto *row = smf_arch_row(build->arch, stub->fixups[i].type);
        const struct record record = {
            .offset = offset + stub->fixups[i].offset, .addend = stub->fixups[i].addend, .symbol = slot, .row = row};
        add_record(build, build->stubs, &build->stubs_capacity, &record);
    }
    return global->stub;
}

/* The word that holds the address of an undefined function for good: an absolute pointer like any other. */
static struct symbol *find_word(struct build *build, struct symbol *symbol)
{
    struct global *global = symbol->global;
    if (global->word != NULL)
        return global->word;
    const uint64_t offset = append_bytes(build, build->words, &build->words_room, NULL, build->arch->pointer_size);
    global->word = build_own_symbol(build, build->words, "(word)", offset);
    const struct record record = {
        .offset = offset, .symbol = symbol, .row = smf_arch_row(build->arch, build->arch->absolute)};
    PUSH(&build->pool, build->words->records, build->words->record_count, build->words_capacity) = record;
    return global->word;
}

/* The type that names a word outside of .got like this one names a slot; NULL: there is none, the slot has to do. */
static const struct smf_howto *word_row(const struct build *build, const struct smf_howto *row)
{
    if (row->calc == SMF_CALC_GOT_PAGE)
        return NULL;
    if (row->calc == SMF_CALC_GOTOFF) /* R_ARM_GOT_BREL, R_X86_64_GOT64: from the start of .got to what is no slot */
        return smf_arch_row(build->arch, build->arch->id == SMF_ARCH_ARM ? 24 : 25);
    return plain_row(build, row);
}

/* x86-64: call *slot(%rip), jmp *slot(%rip). */
static bool is_call(const struct build *build, const struct input *input, const struct record *record)
{
    if (build->arch->id != SMF_ARCH_X86_64 || record->offset < 2 || record->offset > input->size)
        return false;
    const uint8_t *at = input->bytes + record->offset;
    return at[-2] == 0xFF && (at[-1] == 0x15 || at[-1] == 0x25);
}

/* An address that is taken, of an undefined function that has a stub; what counts beside the slot has no word. */
static bool takes_word(const struct build *build, const struct input *input, const struct record *record,
                       const struct symbol *symbol)
{
    const bool beside = build->arch->id == SMF_ARCH_AARCH64 && record->addend != 0;
    return symbol->place == PLACE_UNDEFINED && symbol->global->stubbed && !beside &&
           word_row(build, record->row) != NULL && !is_call(build, input, record);
}

/* PAIR records of stubs pair with the record before them; done when the array has stopped growing. */
static void pair_stubs(struct build *build)
{
    struct input *stubs = build->stubs;
    for (size_t i = 1; i < stubs->record_count; i++)
        if (stubs->records[i].row->calc == SMF_CALC_PAIR)
            stubs->records[i].pair = &stubs->records[i - 1];
}

/* Fewer bits than a pointer: an address that lies far away does not fit (D2). */
static bool narrow(const struct build *build, const struct smf_howto *row)
{
    if (build->arch->pointer_size != 8 || (row->flags & (SMF_ROW_BRANCH | SMF_ROW_SLOT)) != 0)
        return false;
    return row->calc == SMF_CALC_PAGE || (row->fit != SMF_FIT_ANY && row->width + row->shift < 64);
}

static bool check_target(struct build *build, const struct input *input, const struct record *record)
{
    const struct symbol *symbol = build_definition(record->symbol);
    if (symbol == NULL || symbol->place != PLACE_SECTION || symbol->section->taken)
        return true;
    return build_fail_at(build, input, record->offset, "%s against '%s', which lies in section %s: %s",
                         build_type_name(build, record->row->type), build_symbol_name(symbol), symbol->section->name,
                         symbol->section->discarded ? "of a COMDAT group of which another copy is used"
                                                    : "it is not part of a module");
}

/*
 * The psABI's Arm types compute (S + A) | T, with S without its Thumb bit. Ours
 * add S with that bit: the same, unless A is odd already (GCC's thunks for
 * ARMv6-M count so).
 */
static void fix_thumb(const struct build *build, struct record *record, const struct symbol *symbol)
{
    const bool thumb = symbol->place == PLACE_SECTION && symbol->type == STT_FUNC && (symbol->value & 1) != 0;
    if (build->machine == EM_ARM && thumb && (record->addend & 1) != 0)
        record->addend--;
}

/* Without a symbol the addend alone is the address: a branch to it needs no stub; there is no slot for it. */
static bool import_number(struct build *build, struct input *input, struct record *record)
{
    if ((record->row->flags & SMF_ROW_SLOT) != 0)
        return build_fail_at(build, input, record->offset, "%s without a symbol",
                             build_type_name(build, record->row->type));
    if (!build->bare)
        record->row = plain_row(build, record->row);
    return true;
}

static bool import_record(struct build *build, struct input *input, struct record *record)
{
    if (record->dropped || record->row->calc == SMF_CALC_NONE || record->pair != NULL)
        return true;
    if (record->symbol == NULL)
        return import_number(build, input, record);
    if (!check_target(build, input, record))
        return false;
    const struct smf_howto *row = record->row;
    struct symbol *symbol = build_definition(record->symbol);
    const bool undefined = symbol->place == PLACE_UNDEFINED;
    if (build->bare)
        return true;
    record->symbol = symbol;
    fix_thumb(build, record, symbol);
    if (row->calc == SMF_CALC_GOTOFF || row->calc == SMF_CALC_GOT_P || row->calc == SMF_CALC_GOT_PAGE)
        build->got_used = true;
    if ((row->flags & SMF_ROW_SLOT) != 0 && takes_word(build, input, record, symbol)) {
        record->symbol = find_word(build, symbol);
        record->row = word_row(build, row);
        return true;
    }
    if ((row->flags & SMF_ROW_SLOT) != 0) {
        /* AArch64's slots hold S + A; elsewhere A counts from the slot. */
        const bool inside = build->arch->id == SMF_ARCH_AARCH64;
        record->symbol = find_slot(build, symbol, inside ? record->addend : 0);
        record->addend = inside ? 0 : record->addend;
    } else if (undefined && (row->flags & SMF_ROW_BRANCH) != 0) {
        record->symbol = find_stub(build, symbol);
    } else if (undefined && narrow(build, row)) {
        symbol->global->by_stub = true;
        find_stub(build, symbol);
    }
    record->row = plain_row(build, row);
    return true;
}

/* Before the first address is taken: what is called, or stands in a narrow field, anywhere. */
static void mark_stubs(const struct build *build, const struct input *input)
{
    for (size_t i = 0; i < input->record_count; i++) {
        const struct record *record = &input->records[i];
        struct symbol *symbol = record->dropped ? NULL : build_definition(record->symbol);
        if (symbol == NULL || symbol->place != PLACE_UNDEFINED || record->row->calc == SMF_CALC_NONE)
            continue;
        const bool branch = (record->row->flags & SMF_ROW_BRANCH) != 0;
        symbol->global->function = symbol->global->function || branch;
        symbol->global->stubbed = symbol->global->stubbed || branch || narrow(build, record->row);
    }
}

static void define_got(struct build *build)
{
    struct global *global = build_find_global(build, "_GLOBAL_OFFSET_TABLE_");
    if (global == NULL)
        return;
    global->definition = build_own_symbol(build, build->got, global->name, 0);
    global->visibility = STV_HIDDEN;
}

static bool got_named(const struct build *build)
{
    const struct global *global = build_find_global(build, "_GLOBAL_OFFSET_TABLE_");
    return global != NULL && global->referenced;
}

static void append_input(struct build *build, struct output *output, struct input *input)
{
    PUSH(&build->pool, output->inputs, output->input_count, output->input_capacity) = input;
    input->output = output;
}

bool build_imports(struct build *build)
{
    build->got = make_input(build, ".got", build->arch->pointer_size);
    build->stubs = make_input(build, "(stubs)", build->stub->alignment);
    build->words = make_input(build, "(words)", build->arch->pointer_size);
    append_input(build, build_output(build, ".got"), build->got);
    define_got(build);
    for (size_t i = 0; i < build->output_count; i++)
        for (size_t k = 0; k < build->outputs[i]->input_count; k++)
            mark_stubs(build, build->outputs[i]->inputs[k]);
    for (size_t i = 0; i < build->output_count; i++)
        for (size_t k = 0; k < build->outputs[i]->input_count; k++) {
            struct input *input = build->outputs[i]->inputs[k];
            for (size_t r = 0; input != build->got && r < input->record_count; r++)
                if (!import_record(build, input, &input->records[r]))
                    return false;
        }
    if ((build->got_used || got_named(build)) && build->got->size == 0)
        append_bytes(build, build->got, &build->got_room, NULL, build->arch->pointer_size);
    pair_stubs(build);
    if (build->stubs->size != 0)
        append_input(build, build_output(build, ".text"), build->stubs);
    if (build->words->size != 0)
        append_input(build, build_output(build, ".data.rel.ro"), build->words);
    return true;
}
