/* SPDX-License-Identifier: MIT */
/* template_forge.c - template records and modules that carry them, put together field by field. See template_forge.h. */
#include "support/template_forge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that grow. */
struct growing {
    uint8_t *bytes;
    size_t size, room;
};

static void put_bytes(struct growing *out, const void *bytes, size_t size)
{
    if (out->size + size > out->room) {
        out->room = 2 * (out->size + size) + 256;
        out->bytes = realloc(out->bytes, out->room);
        if (out->bytes == NULL)
            abort();
    }
    if (size != 0)
        memcpy(out->bytes + out->size, bytes, size);
    out->size += size;
}

static void put(struct growing *out, uint64_t value, unsigned size)
{
    uint8_t bytes[8];
    for (unsigned i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
    put_bytes(out, bytes, size);
}

static void put_text(struct growing *out, const char *text)
{
    put(out, strlen(text), 4);
    put_bytes(out, text, strlen(text));
}

/* Allocated anew with exactly that many bytes, so that AddressSanitizer sees a read past the end. */
static uint8_t *finish(struct growing *out)
{
    uint8_t *bytes = malloc(out->size != 0 ? out->size : 1);
    if (bytes == NULL)
        abort();
    memcpy(bytes, out->bytes, out->size);
    free(out->bytes);
    return bytes;
}

/* ---- Records ---- */

static bool is_named(const struct smf_write_unit_symbol *symbol)
{
    return symbol->kind == SMF_UNIT_NAMED || symbol->kind == SMF_UNIT_IMPORT || symbol->kind == SMF_UNIT_WEAK;
}

static void put_name(struct growing *out, const char *name)
{
    put(out, strlen(name), 1);
    put_bytes(out, name, strlen(name));
}

static void put_names(struct growing *out, const struct smf_write_record *what)
{
    for (unsigned i = 0; i < what->parameter_count; i++)
        put_name(out, what->parameters[i].name);
    for (unsigned i = 0; i < what->export_count; i++)
        put_name(out, what->exports[i].name);
    for (unsigned i = 0; i < what->need_count; i++)
        put_name(out, what->needs[i].name);
    for (unsigned u = 0; u < what->unit_count; u++)
        for (unsigned i = 0; i < what->units[u].symbol_count; i++)
            if (is_named(&what->units[u].symbols[i]))
                put_name(out, what->units[u].symbols[i].name);
}

/* Place of a name that is said once more. */
static unsigned next_place(unsigned *at, const char *name)
{
    const unsigned place = *at;
    *at += 1 + (unsigned)strlen(name);
    return place;
}

static void put_items(struct growing *out, const struct smf_write_item *items, unsigned count, unsigned *names)
{
    for (unsigned i = 0; i < count; i++) {
        put(out, next_place(names, items[i].name), 2);
        put(out, items[i].term_size, 1);
        put_bytes(out, items[i].term, items[i].term_size);
    }
}

static void put_unit(struct growing *out, const struct smf_write_record *what, const struct smf_write_unit *unit,
                     unsigned *names)
{
    const uint8_t head[] = {unit->format, unit->arch, unit->features, unit->alignment_log2};
    put_bytes(out, head, sizeof head);
    put(out, unit->size, 4);
    put(out, unit->symbol_count, 2);
    put(out, unit->relocation_count, 2);
    for (unsigned i = 0; i < what->parameter_count; i++) {
        put(out, unit->shapes[i].type_class, 1);
        put(out, unit->shapes[i].alignment_log2, 1);
        put(out, unit->shapes[i].size, 2);
    }
    for (unsigned i = 0; unit->format == SMF_UNIT_CODE && i < what->export_count; i++)
        put(out, unit->exports[i], 4);
    for (unsigned i = 0; i < unit->symbol_count; i++) {
        const struct smf_write_unit_symbol *symbol = &unit->symbols[i];
        put(out, symbol->kind | (symbol->called ? 0x40u : 0) | (symbol->slot ? 0x80u : 0), 1);
        put(out, symbol->parameter, 1);
        put(out, is_named(symbol) ? next_place(names, symbol->name) : symbol->what, 2);
    }
    for (unsigned i = 0; i < unit->relocation_count; i++) {
        put(out, unit->relocations[i].offset, 4);
        put(out, unit->relocations[i].type, 2);
        put(out, unit->relocations[i].symbol, 2);
        put(out, (uint32_t)unit->relocations[i].addend, 4);
    }
    put_bytes(out, unit->code, unit->size);
}

void forge_record(const struct smf_write_record *what, struct forged_record *record)
{
    const uint8_t head[] = {'S',
                            'M',
                            'F',
                            'T',
                            1,
                            what->kind,
                            what->parameter_count,
                            what->export_count,
                            what->need_count,
                            what->unit_count};
    struct growing out = {0}, texts = {0};
    unsigned names = 0;
    put_names(&texts, what);
    put_bytes(&out, head, sizeof head);
    put(&out, texts.size, 2);
    record->text = out.size;
    put_bytes(&out, texts.bytes, texts.size);
    free(texts.bytes);
    record->parameters = out.size;
    for (unsigned i = 0; i < what->parameter_count; i++) {
        put(&out, next_place(&names, what->parameters[i].name), 2);
        put(&out, what->parameters[i].bounds, 2);
    }
    record->exports = out.size;
    put_items(&out, what->exports, what->export_count, &names);
    record->needs = out.size;
    put_items(&out, what->needs, what->need_count, &names);
    record->units = out.size;
    for (unsigned i = 0; i < what->unit_count; i++) {
        record->unit[i] = out.size;
        put_unit(&out, what, &what->units[i], &names);
    }
    record->unit[what->unit_count] = record->size = out.size;
    record->bytes = finish(&out);
}

void forge_record_free(struct forged_record *record)
{
    free(record->bytes);
    record->bytes = NULL;
}

size_t forge_unit_shape(const struct smf_write_record *what, const struct forged_record *record, unsigned index,
                        unsigned parameter)
{
    (void)what;
    return record->unit[index] + 12 + 4 * (size_t)parameter;
}

size_t forge_unit_export(const struct smf_write_record *what, const struct forged_record *record, unsigned index,
                         unsigned export)
{
    return record->unit[index] + 12 + 4 * ((size_t)what->parameter_count + export);
}

size_t forge_unit_symbol(const struct smf_write_record *what, const struct forged_record *record, unsigned index,
                         unsigned symbol)
{
    const unsigned exports = what->units[index].format == SMF_UNIT_CODE ? what->export_count : 0;
    return forge_unit_export(what, record, index, exports) + 4 * (size_t)symbol;
}

size_t forge_unit_relocation(const struct smf_write_record *what, const struct forged_record *record, unsigned index,
                             unsigned relocation)
{
    return forge_unit_symbol(what, record, index, what->units[index].symbol_count) + 12 * (size_t)relocation;
}

/* ---- Modules ---- */

enum { MOST_SECTIONS = 16, MOST_SYMBOLS = 64 };

static void limit(size_t count, size_t most)
{
    if (count <= most)
        return;
    fprintf(stderr, "template_forge: %u of %u\n", (unsigned)count, (unsigned)most);
    abort();
}

/* The section of templates; symbols get where each record lies. */
static uint8_t *lay_templates(const struct template_module *what, struct forge_symbol *symbols, size_t *places,
                              uint16_t section, size_t *size)
{
    struct growing out = {0};
    put_bytes(&out, "GTPL\2", 6);
    put(&out, what->record_count, 4);
    for (unsigned i = 0; i < what->record_count; i++) {
        struct forged_record record;
        const char *name = what->records[i]->exports[0].name;
        forge_record(what->records[i], &record);
        put_text(&out, name);
        places[i] = out.size;
        put(&out, record.size, 4);
        symbols[i] = (struct forge_symbol){.name = name,
                                           .value = out.size,
                                           .size = record.size,
                                           .section = section,
                                           .type = SMF_SYMBOL_FUNCTION,
                                           .binding = SMF_BINDING_GLOBAL,
                                           .flags = SMF_SYMBOL_FLAG_TEMPLATE};
        if (what->arch == SMF_ARCH_ARM)
            symbols[i].value |= 1;
        put_bytes(&out, record.bytes, record.size);
        forge_record_free(&record);
    }
    *size = out.size;
    return finish(&out);
}

static char *write_note(const struct template_module *what, size_t *size)
{
    *size = smf_sdn_write(what->rows, what->row_count, NULL, 0);
    char *note = malloc(*size + 1);
    if (note == NULL || smf_sdn_write(what->rows, what->row_count, note, *size) != *size)
        abort();
    return note;
}

static const char *first_code(uint8_t arch, size_t *size)
{
    *size = arch == SMF_ARCH_X86_64 ? 1 : arch == SMF_ARCH_ARM ? 2 : 4;
    return arch == SMF_ARCH_X86_64    ? "\xC3"
           : arch == SMF_ARCH_AARCH64 ? "\xC0\x03\x5F\xD6"
           : arch == SMF_ARCH_ARM     ? "\x70\x47"
                                      : "\x67\x80\0\0";
}

void forge_template_module(const struct template_module *what, struct forged *file)
{
    struct forge_section sections[MOST_SECTIONS] = {
        {.name = ".text", .type = SMF_SECTION_CODE, .flags = 5, .alignment = 16}
    };
    struct forge_symbol symbols[MOST_SYMBOLS];
    size_t places[MOST_SYMBOLS], size = 0, note_size = 0;
    uint32_t count = 1 + what->section_count;
    char *note = NULL;
    limit(count + 2, MOST_SECTIONS);
    limit(what->symbol_count + what->record_count, MOST_SYMBOLS);
    sections[0].bytes = first_code(what->arch, &size);
    sections[0].size = size;
    for (unsigned i = 0; i < what->section_count; i++)
        sections[1 + i] = what->sections[i];
    for (unsigned i = 0; i < what->symbol_count; i++)
        symbols[i] = what->symbols[i];
    uint8_t *templates = lay_templates(what, symbols + what->symbol_count, places, (uint16_t)count, &size);
    sections[count++] = (struct forge_section){.name = "templates",
                                               .type = SMF_SECTION_TEMPLATE_CODE,
                                               .flags = 1,
                                               .alignment = 1,
                                               .bytes = templates,
                                               .size = size};
    if (what->row_count != 0) {
        note = write_note(what, &note_size);
        sections[count++] = (struct forge_section){.name = "note.sdn",
                                                   .type = SMF_SECTION_TEMPLATE_META,
                                                   .flags = 1,
                                                   .alignment = 1,
                                                   .bytes = note,
                                                   .size = note_size};
    }
    forge_make(&(struct forge){.layout = FORGE_CANONICAL,
                               .arch = what->arch,
                               .flags = what->flags | SMF_FLAG_PIC,
                               .sections = sections,
                               .section_count = count,
                               .symbols = symbols,
                               .symbol_count = what->symbol_count + what->record_count,
                               .exported_count = what->exported_count + what->record_count},
               file);
    for (unsigned i = 0; i < what->record_count; i++) {
        const size_t at = forge_symbol_entry(file, what->symbol_count + i);
        forge_put8(file, at + 40, what->records[i]->parameter_count);
        forge_put64(file, at + 48, places[i]);
    }
    free(templates);
    free(note);
}

/* ---- Ready templates ---- */

#if defined(__thumb2__)
const uint8_t forge_features = 1;
#else
const uint8_t forge_features = 0;
#endif

static const struct smf_write_parameter t[] = {
    {"T", 0}
};
static const struct smf_shape any[] = {{.type_class = SMF_SHAPE_ANY}};
static const struct smf_shape signed_4[] = {
    {.type_class = SMF_SHAPE_SIGNED, .size = 4, .alignment_log2 = 2}
};
static const uint32_t at_0[] = {0}, thumb[] = {1};

#define UNIT(machine, more, shape, at, what, alignment, ...)                                                           \
    {                                                                                                                  \
        .format = SMF_UNIT_CODE, .arch = SMF_ARCH_##machine, .features = more, .shapes = shape, .exports = at,         \
        .code = (const uint8_t *)(what), .size = sizeof(what) - 1, .alignment_log2 = alignment, __VA_ARGS__            \
    }
#define NO_HOLES .symbol_count = 0
#define HOLES(list) .symbols = list, .symbol_count = sizeof(list) / sizeof(list[0])
#define PATCHES(list) .relocations = list, .relocation_count = sizeof(list) / sizeof(list[0])

#define RISCV_SIZE "\x37\x05\0\0\x13\x05\x05\0\x67\x80\0\0" /* lui a0; addi a0, a0; ret */
static const struct smf_write_unit_symbol size_hole[] = {
    {.kind = SMF_UNIT_NUMBER, .what = SMF_UNIT_SIZE}
};
static const struct smf_unit_relocation x86_number[] = {
    {.offset = 1, .type = 10}
};
static const struct smf_unit_relocation aarch64_number[] = {
    {.offset = 0, .type = 265},
    {.offset = 4, .type = 264}
};
static const struct smf_unit_relocation thumb_number[] = {
    {.offset = 0, .type = 47},
    {.offset = 4, .type = 48}
};
static const struct smf_unit_relocation riscv_number[] = {
    {.offset = 0, .type = 26},
    {.offset = 4, .type = 27}
};
static const struct smf_write_unit size_units[] = {
    UNIT(X86_64, 0, any, at_0, "\xB8\0\0\0\0\xC3", 4, HOLES(size_hole), PATCHES(x86_number)),
    UNIT(AARCH64, 0, any, at_0, "\0\0\xA0\xD2\0\0\x80\xF2\xC0\x03\x5F\xD6", 2, HOLES(size_hole),
         PATCHES(aarch64_number)),
    UNIT(ARM, 1, any, thumb, "\x40\xF2\0\0\xC0\xF2\0\0\x70\x47", 2, HOLES(size_hole), PATCHES(thumb_number)),
    UNIT(RISCV64, 0, any, at_0, RISCV_SIZE, 2, HOLES(size_hole), PATCHES(riscv_number)),
    UNIT(RISCV32, 0, any, at_0, RISCV_SIZE, 2, HOLES(size_hole), PATCHES(riscv_number)),
};
static const uint8_t returns_usize[] = {SMF_TERM_FUNCTION, 0, SMF_TERM_USIZE};
static const struct smf_write_item size_of[] = {
    {"size_of", returns_usize, sizeof returns_usize}
};
const struct smf_write_record forge_size_of = {
    .parameters = t, .parameter_count = 1, .exports = size_of, .export_count = 1, .units = size_units, .unit_count = 5};

static const struct smf_write_unit_symbol swap_import[] = {
    {.kind = SMF_UNIT_IMPORT, .name = "swap_any", .called = true, .slot = true}
};
static const struct smf_unit_relocation x86_jump[] = {
    {.offset = 1, .type = 4, .addend = -4}
};
#define RISCV_SWAP "\x03\x26\x05\0\x83\xA6\x05\0\x23\x20\xD5\0\x23\xA0\xC5\0\x67\x80\0\0" /* lw, lw, sw, sw, ret */
#define AARCH64_SWAP "\x02\0\x40\xB9\x23\0\x40\xB9\x03\0\0\xB9\x22\0\0\xB9\xC0\x03\x5F\xD6"
static const struct smf_write_unit swap_units[] = {
    UNIT(X86_64, 0, signed_4, at_0, "\x8B\x07\x8B\x16\x89\x17\x89\x06\xC3", 0, NO_HOLES),
    UNIT(AARCH64, 0, signed_4, at_0, AARCH64_SWAP, 2, NO_HOLES),
    UNIT(ARM, 0, signed_4, thumb, "\x02\x68\x0B\x68\x03\x60\x0A\x60\x70\x47", 1, NO_HOLES),
    UNIT(RISCV64, 0, signed_4, at_0, RISCV_SWAP, 2, NO_HOLES),
    UNIT(RISCV32, 0, signed_4, at_0, RISCV_SWAP, 2, NO_HOLES),
    UNIT(X86_64, 0, any, at_0, "\xE9\0\0\0\0", 0, HOLES(swap_import), PATCHES(x86_jump)),
};
static const uint8_t swaps[] = {SMF_TERM_FUNCTION, 2, SMF_TERM_POINTER, 0, SMF_TERM_POINTER, 0, SMF_TERM_VOID};
static const struct smf_write_item swap[] = {
    {"swap", swaps, sizeof swaps}
};
const struct smf_write_record forge_swap = {
    .parameters = t, .parameter_count = 1, .exports = swap, .export_count = 1, .units = swap_units, .unit_count = 6};

static const struct smf_write_unit_symbol chain_need[] = {
    {.kind = SMF_UNIT_NEED, .what = 0, .called = true, .slot = true}
};
#define RISCV_TAIL "\x17\x03\0\0\x67\0\x03\0" /* auipc t1; jr t1 */
static const struct smf_unit_relocation aarch64_jump[] = {
    {.offset = 0, .type = 282}
};
static const struct smf_unit_relocation thumb_jump[] = {
    {.offset = 0, .type = 30, .addend = -4}
};
static const struct smf_unit_relocation riscv_jump[] = {
    {.offset = 0, .type = 19}
};
static const struct smf_write_unit chain_units[] = {
    UNIT(X86_64, 0, any, at_0, "\xE9\0\0\0\0", 0, HOLES(chain_need), PATCHES(x86_jump)),
    UNIT(AARCH64, 0, any, at_0, "\0\0\0\x14", 2, HOLES(chain_need), PATCHES(aarch64_jump)),
    UNIT(ARM, 1, any, thumb, "\0\xF0\0\xB8", 1, HOLES(chain_need), PATCHES(thumb_jump)),
    UNIT(RISCV64, 0, any, at_0, RISCV_TAIL, 2, HOLES(chain_need), PATCHES(riscv_jump)),
    UNIT(RISCV32, 0, any, at_0, RISCV_TAIL, 2, HOLES(chain_need), PATCHES(riscv_jump)),
};
static const uint8_t variable[] = {SMF_TERM_VARIABLE};
static const struct smf_write_item chain[] = {
    {"chain", returns_usize, sizeof returns_usize}
};
static const struct smf_write_item chain_needs[] = {
    {"size_of", variable, sizeof variable}
};
const struct smf_write_record forge_chain = {.parameters = t,
                                             .parameter_count = 1,
                                             .exports = chain,
                                             .export_count = 1,
                                             .needs = chain_needs,
                                             .need_count = 1,
                                             .units = chain_units,
                                             .unit_count = 5};
