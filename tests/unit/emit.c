/* SPDX-License-Identifier: MIT */
/*
 * Tests of core/emit. The golden file comes from tests/golden/make.py, which
 * knows the format and not this writer; the R72 and R96 files are real ones.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "harness/tap.h"
#include "smf/hash.h"
#include "smf/writer.h"
#include "support/golden.h"

enum { MOST = 16 };

/* A module with its storage; `layout` and the rest are what a case changes. */
struct made {
    struct smf_writer writer;
    struct smf_write_section sections[MOST];
    struct smf_write_symbol symbols[MOST];
    struct smf_write_relocation relocations[MOST];
    enum smf_layout layout;
};

static void start(struct made *made, enum smf_layout layout)
{
    memset(made, 0, sizeof *made);
    const struct smf_write_storage storage = {made->sections, made->symbols, made->relocations, MOST, MOST, MOST};
    smf_writer_start(&made->writer, &storage);
    made->layout = layout;
}

static void section(struct made *made, const char *name, enum smf_section_type type, uint32_t flags, const void *bytes,
                    uint64_t size, uint32_t alignment)
{
    const struct smf_write_section one = {
        .name = name, .bytes = bytes, .size = size, .alignment = alignment, .flags = flags, .type = type};
    CHECK_STATUS(smf_writer_add_section(&made->writer, &one, NULL), SMF_OK);
}

static void symbol(struct made *made, const char *name, uint64_t value, uint64_t size, uint32_t where,
                   enum smf_symbol_type type, enum smf_binding binding)
{
    const struct smf_write_symbol one = {
        .name = name, .value = value, .size = size, .section = where, .type = type, .binding = binding};
    CHECK_STATUS(smf_writer_add_symbol(&made->writer, &one, NULL), SMF_OK);
}

static void relocation(struct made *made, uint32_t where, uint64_t offset, uint32_t which, unsigned number,
                       int64_t addend, bool settled)
{
    const struct smf_write_relocation one = {offset, addend, where, which, (uint16_t)number, SMF_RELOCATION_PSABI,
                                             settled};
    CHECK_STATUS(smf_writer_add_relocation(&made->writer, &one), SMF_OK);
}

/* The file in a block of its own size, so that a sanitizer sees a byte too many. The caller frees it. */
static uint8_t *finish(const struct made *made, size_t *size)
{
    struct smf_diagnosis why;
    size_t measured = 0;
    char line[200];
    if (smf_writer_finish(&made->writer, made->layout, NULL, 0, &measured, &why) != SMF_OK) {
        smf_diagnosis_format(&why, line, sizeof line);
        CHECK_TEXT(line, "");
        return NULL;
    }
    uint8_t *file = malloc(measured);
    memset(file, 0xAA, measured);
    CHECK_STATUS(smf_writer_finish(&made->writer, made->layout, file, measured, size, &why), SMF_OK);
    CHECK_EQUAL(*size, measured);
    return file;
}

static uint8_t *golden(const char *name, size_t *size)
{
    enum { ROOM = 1 << 16 };
    uint8_t *bytes = malloc(ROOM);
    *size = golden_read(name, bytes, ROOM);
    CHECK(*size > 0);
    return bytes;
}

static void compare(const uint8_t *found, size_t size, const uint8_t *wanted, size_t wanted_size)
{
    CHECK_EQUAL(size, wanted_size);
    size_t at = 0;
    while (found != NULL && at < size && at < wanted_size && found[at] == wanted[at])
        at++;
    CHECK_EQUAL(at, wanted_size); /* the first byte that differs */
}

static const uint32_t twice_code[] = {0x94000002, 0xD65F03C0, 0xB0000010, 0xF9400610, 0xD61F0200, 0xD503201F};

/* What tests/golden/make.py describes. */
static void describe_golden(struct made *made, uint8_t *code, uint8_t *note)
{
    static const uint8_t data[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    static const uint8_t slot[8];
    const struct smf_module_note says = {
        .name = "golden", .version = {1, 2, 3}
    };
    start(made, SMF_LAYOUT_P128);
    made->writer.header.platform = SMF_PLATFORM_NONE;
    made->writer.header.arch = SMF_ARCH_AARCH64;
    made->writer.header.flags = SMF_FLAG_PIC;
    made->writer.header.source_hash = 0x1122334455667788;
    memcpy(made->writer.header.options, data, 16);
    made->writer.header.abi = 7;
    made->writer.header.cpu = 9;
    for (unsigned i = 0; i < 6; i++)
        smf_put32(code + 4 * i, twice_code[i]);
    const size_t note_size = smf_note_module_write(&says, note, 64);
    section(made, ".text", SMF_SECTION_CODE, 5, code, 24, 16);
    section(made, ".rodata", SMF_SECTION_RODATA, 1, "abcd", 5, 0);
    section(made, ".got", SMF_SECTION_RODATA, 1, slot, 8, 8);
    section(made, ".data", SMF_SECTION_DATA, 3, data, 16, 8);
    section(made, ".bss", SMF_SECTION_BSS, 3, NULL, 0, 16);
    made->sections[4].virtual_size = 40;
    section(made, "note.module", SMF_SECTION_NOTE, 1, note, note_size, 4);
    symbol(made, ".got", 0, 0, 2, SMF_SYMBOL_DATA, SMF_BINDING_LOCAL);
    symbol(made, "other", 8, 12, SMF_INDEX_UNDEFINED, SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL);
    made->symbols[1].flags = SMF_SYMBOL_FLAG_BY_STUB;
    symbol(made, "twice", 0, 8, 0, SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL);
    relocation(made, 0, 8, 0, 275, 0, true);
    relocation(made, 0, 12, 0, 286, 0, true);
    relocation(made, 2, 0, 1, 257, 0, false);
    relocation(made, 3, 8, 2, 257, -4, false);
}

/* SPEC [T2] [R4] [S6]: what is reserved is zero. */
static void canonical_file_is_golden_byte_for_byte(void)
{
    struct made made;
    uint8_t code[24], note[64];
    size_t size = 0, wanted_size = 0;
    describe_golden(&made, code, note);
    uint8_t *file = finish(&made, &size), *wanted = golden("canonical.smf", &wanted_size);
    compare(file, size, wanted, wanted_size);
    free(file);
    free(wanted);
}

/* SPEC [S6]: a template's symbol says how many type parameters it has, and where its entry lies. */
static void templates_are_told_by_symbols(void)
{
    struct made made;
    uint8_t code[24], note[64];
    size_t size = 0;
    describe_golden(&made, code, note);
    made.symbols[2].flags = SMF_SYMBOL_FLAG_TEMPLATE;
    made.symbols[2].template_offset = 0x1122334455667788;
    made.symbols[2].template_parameters = 3;
    uint8_t *file = finish(&made, &size);
    const uint8_t *header = file + size - SMF_P128_HEADER_SIZE;
    const uint8_t *at = file + smf_get64(header + SMF_P128_SYMBOL_TABLE) + (size_t)2 * SMF_S56_SIZE;
    CHECK_EQUAL(at[SMF_S_FLAGS], SMF_SYMBOL_FLAG_TEMPLATE);
    CHECK_EQUAL(at[SMF_S56_PARAMETERS], 3);
    CHECK_EQUAL(smf_get64(at + SMF_S56_TEMPLATE), 0x1122334455667788);
    CHECK_EQUAL(smf_get16(at + SMF_S56_SECTION), 0);
    CHECK_EQUAL(*(at - SMF_S56_SIZE + SMF_S56_PARAMETERS), 0);
    free(file);
}

static void same_input_gives_the_same_bytes(void)
{
    struct made first, second;
    uint8_t code[24], note[64], code2[24], note2[64];
    size_t size = 0, size2 = 0;
    describe_golden(&first, code, note);
    describe_golden(&second, code2, note2);
    uint8_t *a = finish(&first, &size), *b = finish(&second, &size2);
    compare(a, size, b, size2);
    free(a);
    free(b);
}

/* mov eax, 0; ret: what the builder of SimpleOS writes. */
static void describe_sample(struct made *made, enum smf_layout layout)
{
    start(made, layout);
    made->writer.header.platform = SMF_PLATFORM_LINUX;
    made->writer.header.flags = SMF_FLAG_EXECUTABLE;
    section(made, "code", SMF_SECTION_CODE, 5, "\xB8\0\0\0\0\xC3", 6, 16);
    symbol(made, "main", 0, 0, 0, SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL);
}

static void r72_file_is_the_real_one_byte_for_byte(void)
{
    struct made made;
    size_t size = 0, wanted_size = 0;
    describe_sample(&made, SMF_LAYOUT_R72);
    uint8_t *file = finish(&made, &size), *wanted = golden("simpleos-r72-allocator.smf", &wanted_size);
    compare(file, size, wanted, wanted_size);
    free(file);
    free(wanted);
}

/* The real file has the padding of repr(C) structs uninitialised: SPEC 1.1 names these bytes. */
static void r96_file_is_the_real_one_but_for_its_padding(void)
{
    static const struct {
        unsigned from, to;
    } padding[] = {
        {0x14, 0x18},
        {0x51, 0x52},
        {0xAA, 0xAE}
    };
    struct made made;
    size_t size = 0, wanted_size = 0;
    describe_sample(&made, SMF_LAYOUT_R96);
    uint8_t *file = finish(&made, &size), *wanted = golden("simpleos-r96-builder.smf", &wanted_size);
    for (unsigned i = 0; i < 3; i++)
        for (unsigned at = padding[i].from; at < padding[i].to; at++) {
            CHECK_EQUAL(file[at], 0);
            wanted[at] = 0;
        }
    compare(file, size, wanted, wanted_size);
    free(file);
    free(wanted);
}

static void older_offsets_count_in_the_packed_code(void)
{
    struct made made;
    size_t size = 0;
    static const uint8_t code[32];
    start(&made, SMF_LAYOUT_R96);
    section(&made, "a", SMF_SECTION_CODE, 5, code, 16, 16);
    section(&made, "d", SMF_SECTION_DATA, 3, code, 4, 8);
    section(&made, "b", SMF_SECTION_CODE, 5, code, 32, 16);
    symbol(&made, "__smf_section_0", 0, 16, 0, SMF_SYMBOL_NONE, SMF_BINDING_LOCAL);
    symbol(&made, "__smf_section_1", 0, 4, 1, SMF_SYMBOL_NONE, SMF_BINDING_LOCAL);
    symbol(&made, "f", 4, 8, 2, SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL);
    symbol(&made, "out", 0, 0, SMF_INDEX_UNDEFINED, SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL);
    relocation(&made, 2, 9, 3, 0, -4, false);
    made.relocations[0].type = SMF_RELOCATION_PLT32;
    uint8_t *file = finish(&made, &size);
    const size_t table = 96, payloads = table + 4 * 56, records = payloads + 16 + 4 + 32, symbols = records + 24;
    CHECK_EQUAL(smf_get64(file + SMF_R96_SYMBOL_TABLE), symbols);
    CHECK_EQUAL(smf_get64(file + records + SMF_R_OFFSET), 16 + 9);
    CHECK_EQUAL(file[records + SMF_R_TYPE], 3);
    CHECK_EQUAL(smf_get64(file + symbols + 2 * 56 + SMF_S_VALUE), 16 + 4);
    CHECK_EQUAL(file[symbols + 0 * 56 + SMF_S_TYPE], 0);
    CHECK_EQUAL(file[symbols + 2 * 56 + SMF_S_TYPE], 1);
    CHECK_EQUAL(file[symbols + 2 * 56 + SMF_S_VISIBILITY], 1); /* there is an import: definitions are marked */
    CHECK_EQUAL(file[symbols + 3 * 56 + SMF_S_VISIBILITY], 0);
    CHECK_EQUAL(smf_get32(file + SMF_R96_EXPORTED_COUNT), 1);
    CHECK_EQUAL(size, symbols + 4 * 56 + 16 + 16 + 2 + 4);
    free(file);
}

static void stub_is_a_line_padded_before_its_end(void)
{
    struct made made;
    size_t size = 0;
    static const uint8_t code[64];
    start(&made, SMF_LAYOUT_P128);
    section(&made, ".text", SMF_SECTION_CODE, 5, code, 64, 64);
    made.writer.header.stub = "#!/usr/bin/env smf\n";
    made.writer.header.stub_size = 19;
    uint8_t *file = finish(&made, &size);
    const uint8_t *header = file + size - 128;
    CHECK(memcmp(file, "#!/usr/bin/env smf ", 19) == 0);
    CHECK_EQUAL(file[62], ' ');
    CHECK_EQUAL(file[63], '\n');
    CHECK_EQUAL(smf_get32(header + SMF_P128_STUB_SIZE), 64);
    CHECK_EQUAL(smf_get32(header + SMF_P128_DATA_OFFSET), 64);
    CHECK_EQUAL(smf_get32(header + SMF_H_FLAGS), SMF_FLAG_CANONICAL | SMF_FLAG_HAS_STUB);
    CHECK_EQUAL(smf_get64(header + SMF_P128_SECTION_TABLE), 64); /* behind 64 bytes of code, from the stub's end */
    /* module_hash leaves the stub out, so that it can be exchanged */
    uint8_t *copy = malloc(size);
    memcpy(copy, file, size);
    memset(copy + size - 128 + SMF_P128_MODULE_HASH, 0, 8);
    CHECK(smf_get64(header + SMF_P128_MODULE_HASH) == smf_hash64(SMF_FNV64_BASIS, copy + 64, size - 64));
    free(copy);
    free(file);

    made.writer.header.stub = "binary";
    made.writer.header.stub_size = 6;
    made.layout = SMF_LAYOUT_R96;
    file = finish(&made, &size);
    CHECK(memcmp(file, "binary\0", 7) == 0);
    CHECK_EQUAL(smf_get32(file + size - 96), SMF_MAGIC); /* a header behind a stub stands at the end */
    CHECK_EQUAL(smf_get32(file + size - 96 + SMF_R96_DATA_OFFSET), 64);
    CHECK_EQUAL(smf_get64(file + size - 96 + SMF_R96_SECTION_TABLE), 0);
    free(file);
}

static void hash_can_be_left_out(void)
{
    struct made made;
    uint8_t code[24], note[64];
    size_t size = 0;
    describe_golden(&made, code, note);
    made.writer.header.no_hash = true;
    uint8_t *file = finish(&made, &size);
    CHECK_EQUAL(smf_get64(file + size - 128 + SMF_P128_MODULE_HASH), 0);
    free(file);
}

/* A psABI number that has an SMF type on x86-64 is written as that type; others keep their number. */
static void x86_types_are_written_the_short_way(void)
{
    static const uint8_t code[64];
    static const struct {
        unsigned number, type, kept;
    } expected[] = {
        {1,  1,    0 },
        {2,  2,    0 },
        {10, 5,    0 },
        {11, 0x80, 11},
        {4,  0x80, 4 }
    };
    struct made made;
    size_t size = 0;
    start(&made, SMF_LAYOUT_P128);
    section(&made, ".text", SMF_SECTION_CODE, 5, code, 64, 16);
    for (unsigned i = 0; i < 5; i++)
        relocation(&made, 0, 8 * i, SMF_NO_SYMBOL, expected[i].number, 0, false);
    uint8_t *file = finish(&made, &size);
    for (unsigned i = 0; i < 5; i++) {
        CHECK_EQUAL(file[64 + 24 * i + SMF_R_TYPE], expected[i].type);
        CHECK_EQUAL(smf_get16(file + 64 + 24 * i + SMF_R_NUMBER), expected[i].kept);
    }
    free(file);
}

static void writes_into_a_buffer_only_if_it_all_fits(void)
{
    struct made made;
    struct smf_diagnosis why;
    uint8_t code[24], note[64];
    size_t size = 0, told = 0;
    describe_golden(&made, code, note);
    uint8_t *file = finish(&made, &size);
    memset(file, 0x55, size);
    CHECK_STATUS(smf_writer_finish(&made.writer, SMF_LAYOUT_P128, file, size - 1, &told, &why), SMF_ERR_NO_SPACE);
    CHECK_EQUAL(why.detail, SMF_DETAIL_WRITE_BUFFER);
    CHECK_EQUAL(told, size);
    for (size_t i = 0; i < size; i++)
        if (file[i] != 0x55)
            CHECK_EQUAL(i, size);
    free(file);
}

static void arrays_of_the_caller_have_an_end(void)
{
    struct smf_writer writer;
    const struct smf_write_storage none = {0};
    const struct smf_write_section a_section = {0};
    const struct smf_write_symbol a_symbol = {0};
    const struct smf_write_relocation a_relocation = {0};
    smf_writer_start(&writer, &none);
    CHECK_STATUS(smf_writer_add_section(&writer, &a_section, NULL), SMF_ERR_NO_SPACE);
    CHECK_STATUS(smf_writer_add_symbol(&writer, &a_symbol, NULL), SMF_ERR_NO_SPACE);
    CHECK_STATUS(smf_writer_add_relocation(&writer, &a_relocation), SMF_ERR_NO_SPACE);
    CHECK_EQUAL(writer.section_count + writer.symbol_count + writer.relocation_count, 0);
}

static void notes_say_what_they_are_given(void)
{
    static const uint8_t wanted[] = {1, 0, 1, 0, 'm', 0, 0, 0, 3, 0, 4, 0, 7, 0, 0, 0, 4, 0, 2, 0, 'w', 'r', 0, 0};
    const struct smf_module_note note = {.name = "m", .writer = "wr", .state_version = 7};
    uint8_t bytes[64];
    CHECK_EQUAL(smf_note_module_write(&note, NULL, 0), sizeof wanted);
    CHECK_EQUAL(smf_note_module_write(&note, bytes, sizeof bytes), sizeof wanted);
    CHECK(memcmp(bytes, wanted, sizeof wanted) == 0);
    memset(bytes, 0x55, sizeof bytes);
    CHECK_EQUAL(smf_note_module_write(&note, bytes, sizeof wanted - 1), sizeof wanted);
    CHECK_EQUAL(bytes[0], 0x55);

    static const uint8_t rows_wanted[] = {2, 0, 0, 0, 2, 0, 0,   0, 'a', 'b', 1, 2, 0, 0, 0, 0,
                                          0, 0, 1, 0, 0, 0, 'c', 0, 0,   0,   0, 0, 0, 0, 0};
    static const struct smf_dependency rows[] = {
        {"ab", 0x201},
        {"c",  0    }
    };
    CHECK_EQUAL(smf_note_dependencies_write(rows, 2, NULL, 0), sizeof rows_wanted);
    CHECK_EQUAL(smf_note_dependencies_write(rows, 2, bytes, sizeof bytes), sizeof rows_wanted);
    CHECK(memcmp(bytes, rows_wanted, sizeof rows_wanted) == 0);
}

/* --- Refusals: a module that is right but for one thing ------------------------------------------- */

static char long_name[SMF_NAME_MAX + 2];

static void canonical(struct made *made)
{
    static uint8_t code[24], note[64];
    describe_golden(made, code, note);
}
static void older(struct made *made)
{
    static const uint8_t code[16];
    describe_sample(made, SMF_LAYOUT_R72);
    section(made, "more", SMF_SECTION_CODE, 5, code, 16, 2);
    section(made, "data", SMF_SECTION_DATA, 3, code, 16, 8);
    symbol(made, "__smf_section_0", 0, 6, 0, SMF_SYMBOL_NONE, SMF_BINDING_LOCAL);
    symbol(made, "out", 0, 0, SMF_INDEX_UNDEFINED, SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL);
    relocation(made, 0, 1, 2, 0, 0, false);
    made->relocations[0].type = SMF_RELOCATION_PC32;
}

static void layout(struct made *m) { m->layout = (enum smf_layout)9; }
static void platform(struct made *m) { m->writer.header.platform = (enum smf_platform)6; }
static void arch(struct made *m) { m->writer.header.arch = (enum smf_arch_id)8; }
static void header_flags(struct made *m) { m->writer.header.flags |= SMF_FLAG_CANONICAL; }
static void no_stub_bytes(struct made *m) { m->writer.header.stub_size = 1; }
static void no_section_bytes(struct made *m) { m->sections[1].bytes = NULL; }
static void no_section_name(struct made *m) { m->sections[1].name = NULL; }
static void empty_section_name(struct made *m) { m->sections[1].name = ""; }
static void long_section_name(struct made *m) { m->sections[1].name = "12345678901234567"; }
static void odd_section_name(struct made *m) { m->sections[1].name = "a\tb"; }
static void writable_code(struct made *m) { m->sections[0].flags = 7; }
static void writable_constants(struct made *m) { m->sections[1].flags = 3; }
static void constant_data(struct made *m) { m->sections[3].flags = 1; }
static void executable_note(struct made *m) { m->sections[5].flags = 5; }
static void odd_alignment(struct made *m) { m->sections[1].alignment = 3; }
static void large_alignment(struct made *m) { m->sections[1].alignment = 2 * SMF_ALIGNMENT_MAX; }
static void bss_with_bytes(struct made *m) { m->sections[4].bytes = (const uint8_t *)"x"; }
static void bss_with_size(struct made *m) { m->sections[4].size = 1; }
static void less_memory(struct made *m) { m->sections[3].virtual_size = 15; }
static void entry_of_a_library(struct made *m) { m->writer.header.entry_point = 1; }
static void entry_outside(struct made *m)
{
    m->writer.header.flags |= SMF_FLAG_EXECUTABLE;
    m->writer.header.entry_point = 24;
}
static void entry_without_code(struct made *m)
{
    start(m, SMF_LAYOUT_P128);
    section(m, ".data", SMF_SECTION_DATA, 3, "x", 1, 1);
    m->writer.header.flags |= SMF_FLAG_EXECUTABLE;
}
static void local_after_undefined(struct made *m) { m->symbols[2].binding = SMF_BINDING_LOCAL; }
static void undefined_after_exported(struct made *m)
{
    m->symbols[1].section = 0;
    m->symbols[1].flags = 0;
    m->symbols[2].section = SMF_INDEX_UNDEFINED;
}
static void data_before_code(struct made *m) { m->relocations[0].section = 3; }
static void section_patched_twice(struct made *m) { m->relocations[3].section = m->relocations[0].section; }
static void no_sections(struct made *m) { m->writer.section_count = 0; }
static void too_many_sections(struct made *m) { m->writer.section_count = SMF_SECTIONS_MAX + 1; }
static void large_file(struct made *m) { m->sections[1].size = UINT64_MAX; }
static void large_files(struct made *m) { m->sections[1].size = m->sections[3].size = UINT64_MAX - 100; }
static void long_symbol_name(struct made *m)
{
    memset(long_name, 'x', sizeof long_name - 1);
    m->symbols[0].name = long_name;
}
static void no_symbol_name(struct made *m) { m->symbols[0].name = NULL; }
static void empty_symbol_name(struct made *m) { m->symbols[0].name = ""; }
static void symbol_nowhere(struct made *m) { m->symbols[0].section = 6; }
static void unknown_binding(struct made *m) { m->symbols[2].binding = (enum smf_binding)3; }
static void local_import(struct made *m) { m->symbols[1].binding = SMF_BINDING_LOCAL; }
static void by_stub_definition(struct made *m) { m->symbols[2].flags = SMF_SYMBOL_FLAG_BY_STUB; }
static void unknown_symbol_flag(struct made *m) { m->symbols[2].flags = 0x80; }
static void template_offset_of_code(struct made *m) { m->symbols[2].template_offset = 4; }
static void type_parameters_of_code(struct made *m) { m->symbols[2].template_parameters = 1; }
static void value_outside(struct made *m) { m->symbols[2].value = 25; }
static void stub_outside(struct made *m) { m->symbols[1].value = 13; }
static void stub_without_size(struct made *m) { m->symbols[1].size = 0; }
static void symbol_none(struct made *m) { m->symbols[2].type = SMF_SYMBOL_NONE; }
static void constant_in_section(struct made *m) { m->symbols[2].type = SMF_SYMBOL_CONSTANT; }
static void absolute_function(struct made *m) { m->symbols[2].section = SMF_INDEX_ABSOLUTE; }
static void import_of_a_type(struct made *m) { m->symbols[1].type = SMF_SYMBOL_TYPE; }
static void patched_nowhere(struct made *m) { m->relocations[3].section = 6; }
static void patched_bss(struct made *m) { m->relocations[3].section = 4; }
static void patched_note(struct made *m) { m->relocations[3].section = 5; }
static void patched_outside(struct made *m) { m->relocations[3].offset = 16; }
static void names_nothing(struct made *m) { m->relocations[3].symbol = 3; }
static void number_without_type(struct made *m) { m->relocations[3].type = SMF_RELOCATION_ABS64; }
static void settled_first(struct made *m) { m->relocations[1].settled = false; }
static void short_type_elsewhere(struct made *m)
{
    m->relocations[3].type = SMF_RELOCATION_ABS64; /* AArch64: only by number */
    m->relocations[3].number = 0;
}
static void got_type_on_x86(struct made *m)
{
    m->writer.header.arch = SMF_ARCH_X86_64;
    m->relocations[3].type = SMF_RELOCATION_GOTPCREL;
    m->relocations[3].number = 0;
}
static void section_twice(struct made *m) { m->sections[3].name = ".rodata"; }
static void compressed(struct made *m) { m->sections[1].flags |= SMF_SECTION_COMPRESSED; }
static void compress(struct made *m, unsigned section, uint64_t size)
{
    m->writer.header.compression = SMF_COMPRESSION_LZ4;
    m->sections[section].flags |= SMF_SECTION_COMPRESSED;
    m->sections[section].virtual_size = size;
}
static void compressed_by_nobody(struct made *m) { m->writer.header.compression = SMF_COMPRESSION_LZ4 + 1; }
static void compressed_bss(struct made *m) { compress(m, 4, 40); }
static void compressed_note(struct made *m) { compress(m, 5, 100); }
static void compressed_of_no_size(struct made *m) { compress(m, 1, 0); }
static void compressed_without_bytes(struct made *m)
{
    compress(m, 1, 8);
    m->sections[1].size = 0;
}
static void compressed_writable_constants(struct made *m)
{
    compress(m, 1, 8);
    m->sections[1].flags |= SMF_SECTION_WRITE;
}
static void compressed_patched_outside(struct made *m)
{
    compress(m, 3, 20);
    m->relocations[3].offset = 20;
}
static void compressed_value_outside(struct made *m)
{
    compress(m, 0, 30);
    m->symbols[2].value = 31;
}
static void compressed_stub_outside(struct made *m)
{
    compress(m, 0, 30);
    m->symbols[1].value = 19;
}
static void old_compressed(struct made *m) { compress(m, 0, 100); }
static void type_of_a_table(struct made *m) { m->sections[5].type = SMF_SECTION_STRTAB; }
static void type_without_number(struct made *m) { m->sections[5].type = SMF_SECTION_TYPEINFO; }
static void unknown_type(struct made *m) { m->sections[5].type = (enum smf_section_type)17; }

static void old_stub(struct made *m)
{
    m->writer.header.stub = "#!\n";
    m->writer.header.stub_size = 3;
}
static void old_note(struct made *m)
{
    m->sections[2].type = SMF_SECTION_NOTE;
    m->sections[2].flags = 1;
}
static void old_packing(struct made *m) { m->sections[1].alignment = 4; }
static void old_data_symbol(struct made *m) { symbol(m, "d", 0, 4, 2, SMF_SYMBOL_DATA, SMF_BINDING_GLOBAL); }
static void old_template(struct made *m)
{
    m->symbols[0].flags = SMF_SYMBOL_FLAG_TEMPLATE;
    m->symbols[0].template_parameters = 1;
}
static void old_absolute(struct made *m)
{
    symbol(m, "d", 0, 4, SMF_INDEX_ABSOLUTE, SMF_SYMBOL_CONSTANT, SMF_BINDING_GLOBAL);
}
static void old_section_symbol_size(struct made *m) { m->symbols[1].size = 5; }
static void old_section_symbol_order(struct made *m) { m->symbols[1].section = 1; }
static void old_section_symbol_name(struct made *m) { m->symbols[1].name = "section"; }
static void old_import_stub(struct made *m) { m->symbols[2].size = 4; }
static void old_by_stub(struct made *m) { m->symbols[2].flags = SMF_SYMBOL_FLAG_BY_STUB; }
static void old_patched_data(struct made *m) { m->relocations[0].section = 2; }
static void old_settled(struct made *m) { m->relocations[0].settled = true; }
static void old_number(struct made *m) { m->relocations[0].type = SMF_RELOCATION_PSABI; }
static void old_none(struct made *m) { m->relocations[0].type = SMF_RELOCATION_NONE; }
static void old_branch26_on_x86(struct made *m) { m->relocations[0].type = SMF_RELOCATION_BRANCH26; }
static void old_without_symbol(struct made *m) { m->relocations[0].symbol = SMF_NO_SYMBOL; }
static void old_symbol_type(struct made *m) { m->symbols[0].type = (enum smf_symbol_type)7; }

#define REFUSED(base, change, detail)                                                                                  \
    {                                                                                                                  \
#change, base, change, SMF_DETAIL_WRITE_##detail                                                               \
    }
static const struct {
    const char *name;
    void (*base)(struct made *made);
    void (*change)(struct made *made);
    enum smf_detail detail;
} refusals[] = {
    REFUSED(canonical, layout, LAYOUT),
    REFUSED(canonical, platform, PLATFORM),
    REFUSED(canonical, arch, ARCH),
    REFUSED(canonical, header_flags, FLAGS),
    REFUSED(canonical, no_stub_bytes, BYTES),
    REFUSED(canonical, no_section_bytes, BYTES),
    REFUSED(canonical, no_section_name, SECTION_NAME),
    REFUSED(canonical, empty_section_name, SECTION_NAME),
    REFUSED(canonical, long_section_name, SECTION_NAME),
    REFUSED(canonical, odd_section_name, SECTION_NAME),
    REFUSED(canonical, writable_code, SECTION_FLAGS),
    REFUSED(canonical, writable_constants, SECTION_FLAGS),
    REFUSED(canonical, constant_data, SECTION_FLAGS),
    REFUSED(canonical, executable_note, SECTION_FLAGS),
    REFUSED(canonical, odd_alignment, ALIGNMENT),
    REFUSED(canonical, large_alignment, ALIGNMENT),
    REFUSED(canonical, bss_with_bytes, BSS),
    REFUSED(canonical, bss_with_size, BSS),
    REFUSED(canonical, less_memory, SIZE),
    REFUSED(canonical, entry_of_a_library, ENTRY),
    REFUSED(canonical, entry_outside, ENTRY),
    REFUSED(canonical, entry_without_code, ENTRY),
    REFUSED(canonical, local_after_undefined, SYMBOL_ORDER),
    REFUSED(canonical, undefined_after_exported, SYMBOL_ORDER),
    REFUSED(canonical, data_before_code, GROUP_ORDER),
    REFUSED(canonical, section_patched_twice, GROUP_ORDER),
    REFUSED(canonical, no_sections, SECTION_COUNT),
    REFUSED(canonical, too_many_sections, SECTION_COUNT),
    REFUSED(canonical, large_file, FILE_SIZE),
    REFUSED(canonical, large_files, FILE_SIZE),
    REFUSED(canonical, long_symbol_name, NAME_LENGTH),
    REFUSED(canonical, no_symbol_name, SYMBOL_NAME),
    REFUSED(canonical, empty_symbol_name, SYMBOL_NAME),
    REFUSED(canonical, symbol_nowhere, SYMBOL_SECTION),
    REFUSED(canonical, unknown_binding, BINDING),
    REFUSED(canonical, local_import, BINDING),
    REFUSED(canonical, by_stub_definition, SYMBOL_FLAGS),
    REFUSED(canonical, unknown_symbol_flag, SYMBOL_FLAGS),
    REFUSED(canonical, template_offset_of_code, SYMBOL_FLAGS),
    REFUSED(canonical, type_parameters_of_code, SYMBOL_FLAGS),
    REFUSED(canonical, value_outside, SYMBOL_VALUE),
    REFUSED(canonical, stub_outside, SYMBOL_VALUE),
    REFUSED(canonical, stub_without_size, SYMBOL_VALUE),
    REFUSED(canonical, symbol_none, SYMBOL_TYPE),
    REFUSED(canonical, constant_in_section, SYMBOL_TYPE),
    REFUSED(canonical, absolute_function, SYMBOL_TYPE),
    REFUSED(canonical, import_of_a_type, SYMBOL_TYPE),
    REFUSED(canonical, patched_nowhere, PATCHED),
    REFUSED(canonical, patched_bss, PATCHED),
    REFUSED(canonical, patched_note, PATCHED),
    REFUSED(canonical, patched_outside, PLACE),
    REFUSED(canonical, names_nothing, NAMED),
    REFUSED(canonical, number_without_type, NUMBER),
    REFUSED(canonical, settled_first, SETTLED_ORDER),
    REFUSED(canonical, short_type_elsewhere, RELOCATION_TYPE),
    REFUSED(canonical, got_type_on_x86, RELOCATION_TYPE),
    REFUSED(canonical, section_twice, SECTION_TWICE),
    REFUSED(canonical, compressed, COMPRESSED),
    REFUSED(canonical, compressed_by_nobody, COMPRESSION),
    REFUSED(canonical, compressed_bss, COMPRESSED),
    REFUSED(canonical, compressed_note, COMPRESSED),
    REFUSED(canonical, compressed_of_no_size, SIZE),
    REFUSED(canonical, compressed_without_bytes, SIZE),
    REFUSED(canonical, compressed_writable_constants, SECTION_FLAGS),
    REFUSED(canonical, compressed_patched_outside, PLACE),
    REFUSED(canonical, compressed_value_outside, SYMBOL_VALUE),
    REFUSED(canonical, compressed_stub_outside, SYMBOL_VALUE),
    REFUSED(canonical, type_of_a_table, SECTION_TYPE),
    REFUSED(canonical, type_without_number, SECTION_TYPE),
    REFUSED(canonical, unknown_type, SECTION_TYPE),
    REFUSED(older, old_stub, STUB),
    REFUSED(older, old_note, SECTION_TYPE),
    REFUSED(older, old_compressed, COMPRESSED),
    REFUSED(older, old_packing, OLD_PACKING),
    REFUSED(older, old_data_symbol, OLD_SYMBOL),
    REFUSED(older, old_template, OLD_SYMBOL),
    REFUSED(older, old_absolute, OLD_SYMBOL),
    REFUSED(older, old_section_symbol_size, OLD_SYMBOL),
    REFUSED(older, old_section_symbol_order, OLD_SYMBOL),
    REFUSED(older, old_section_symbol_name, OLD_SYMBOL),
    REFUSED(older, old_import_stub, OLD_STUB),
    REFUSED(older, old_by_stub, OLD_STUB),
    REFUSED(older, old_patched_data, OLD_PATCHED),
    REFUSED(older, old_settled, OLD_SETTLED),
    REFUSED(older, old_number, OLD_RELOCATION),
    REFUSED(older, old_none, OLD_RELOCATION),
    REFUSED(older, old_branch26_on_x86, OLD_RELOCATION),
    REFUSED(older, old_without_symbol, NAMED),
    REFUSED(older, old_symbol_type, SYMBOL_TYPE),
};

static void refuses_what_no_reader_would_take(void)
{
    static struct made made;
    struct smf_diagnosis why;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        size_t size = 0;
        if (*tap_wanted_variant() != '\0' && strcmp(tap_wanted_variant(), refusals[i].name) != 0)
            continue;
        tap_variant("%s", refusals[i].name);
        refusals[i].base(&made);
        CHECK_STATUS(smf_writer_finish(&made.writer, made.layout, NULL, 0, &size, &why), SMF_OK);
        refusals[i].change(&made);
        size = 77;
        const enum smf_status status = smf_writer_finish(&made.writer, made.layout, NULL, 0, &size, &why);
        CHECK_EQUAL(why.detail, refusals[i].detail);
        CHECK_STATUS(status, -((int)refusals[i].detail / 64));
        CHECK_STATUS(status, why.status);
        CHECK_EQUAL(why.stage, SMF_STAGE_WRITE);
        CHECK_EQUAL(size, 77);
    }
    tap_variant("%s", "");
}

static void a_diagnosis_names_symbol_and_section(void)
{
    struct made made;
    struct smf_diagnosis why;
    size_t size;
    char line[200];
    canonical(&made);
    made.symbols[2].value = 25;
    CHECK_STATUS(smf_writer_finish(&made.writer, made.layout, NULL, 0, &size, &why), SMF_ERR_SYMBOL);
    CHECK_TEXT(why.name, "twice");
    canonical(&made);
    made.sections[0].flags = 7;
    CHECK_STATUS(smf_writer_finish(&made.writer, made.layout, NULL, 0, &size, &why), SMF_ERR_FORMAT);
    smf_diagnosis_format(&why, line, sizeof line);
    CHECK_TEXT(line, "section '.text' has flags 7: not for type 1 (write, index 0, offset 0)");
}

/* --- Back through the reader ---------------------------------------------------------------------- */

static enum smf_status read_at(void *context, uint64_t offset, void *into, size_t size)
{
    memcpy(into, (const uint8_t *)context + offset, size);
    return SMF_OK;
}

static void check_symbol(struct smf_image *image, const struct made *made, uint32_t index)
{
    const struct smf_write_symbol *wrote = &made->symbols[index];
    struct smf_symbol read;
    const char *name = "";
    char buffer[64];
    size_t length = 0;
    CHECK_STATUS(smf_image_symbol(image, index, &read, NULL), SMF_OK);
    CHECK_STATUS(smf_image_name(image, read.name, buffer, sizeof buffer, &name, &length, NULL), SMF_OK);
    CHECK_TEXT(name, wrote->name);
    CHECK_EQUAL(read.hash, smf_hash_name(wrote->name));
    CHECK_EQUAL(read.value, wrote->value);
    CHECK_EQUAL(read.type, wrote->type);
    CHECK_EQUAL(read.binding, wrote->binding);
    CHECK_EQUAL(read.flags, wrote->flags);
    if (wrote->section == SMF_INDEX_UNDEFINED) {
        CHECK_EQUAL(read.place, SMF_PLACE_UNDEFINED);
        CHECK_EQUAL(read.stub_size, wrote->size);
    } else {
        CHECK_EQUAL(read.place, SMF_PLACE_SECTION);
        CHECK_EQUAL(read.section, wrote->section);
        CHECK_EQUAL(read.size, wrote->size);
    }
}

static void check_section(struct smf_image *image, const struct made *made, uint32_t index)
{
    const struct smf_write_section *wrote = &made->sections[index];
    const struct smf_section *read = &image->sections[index];
    uint8_t bytes[64];
    CHECK_TEXT(read->name, wrote->name);
    CHECK_EQUAL(read->type, wrote->type);
    CHECK_EQUAL(read->flags, wrote->flags);
    CHECK_EQUAL(read->size, wrote->size);
    CHECK_EQUAL(read->virtual_size, wrote->virtual_size != 0 ? wrote->virtual_size : wrote->size);
    CHECK_EQUAL(read->alignment, wrote->alignment != 0 ? wrote->alignment : 1);
    CHECK_EQUAL(read->offset % read->alignment, 0);
    if (wrote->size == 0)
        return;
    CHECK_STATUS(smf_image_read(image, index, 0, bytes, (size_t)wrote->size, NULL), SMF_OK);
    CHECK(memcmp(bytes, wrote->bytes, (size_t)wrote->size) == 0);
}

static void check_relocations(struct smf_image *image, const struct made *made)
{
    uint32_t next = 0;
    for (uint32_t i = made->writer.section_count; i < image->header.section_count; i++) {
        const struct smf_section *section = &image->sections[i];
        const uint32_t count = smf_image_relocation_count(image, i);
        for (uint32_t j = 0; j < count; j++) {
            const struct smf_write_relocation *wrote = &made->relocations[next++];
            struct smf_relocation read;
            CHECK_STATUS(smf_image_relocation(image, i, j, &read, NULL), SMF_OK);
            CHECK_EQUAL(section->link, wrote->section);
            CHECK_EQUAL(j >= count - section->settled, wrote->settled);
            CHECK_EQUAL(read.offset, wrote->offset);
            CHECK_EQUAL(read.addend, wrote->addend);
            CHECK_EQUAL(read.symbol, wrote->symbol);
            CHECK_EQUAL(read.type, wrote->type);
            CHECK_EQUAL(read.number, wrote->number);
        }
    }
    CHECK_EQUAL(next, made->writer.relocation_count);
}

/* Everything that was described, out of both kinds of source. */
static void check_read_back(const struct made *made, const struct smf_source *source)
{
    static struct smf_image image;
    struct smf_section sections[2 * MOST];
    struct smf_diagnosis why;
    CHECK_STATUS(smf_image_open(&image, source, sections, 2 * MOST, &why), SMF_OK);
    CHECK_EQUAL(image.header.layout, made->layout);
    CHECK_EQUAL(image.header.platform, made->writer.header.platform);
    CHECK_EQUAL(image.header.arch, made->writer.header.arch);
    CHECK_EQUAL(image.header.flags & 0xF, made->writer.header.flags);
    CHECK_EQUAL(image.header.abi, made->writer.header.abi);
    CHECK_EQUAL(image.header.cpu, made->writer.header.cpu);
    CHECK(image.header.source_hash == made->writer.header.source_hash);
    CHECK_EQUAL(image.header.symbol_count, made->writer.symbol_count);
    CHECK_STATUS(smf_image_check_hash(&image, &why), SMF_OK);
    CHECK_STATUS(smf_image_check_names(&image, &why), SMF_OK);
    for (uint32_t i = 0; i < made->writer.section_count; i++)
        check_section(&image, made, i);
    for (uint32_t i = 0; i < made->writer.symbol_count; i++)
        check_symbol(&image, made, i);
    check_relocations(&image, made);
}

static void what_is_written_reads_back(void)
{
    struct made made;
    uint8_t code[24], note[64];
    size_t size = 0;
    describe_golden(&made, code, note);
    for (unsigned i = 0; i < 2; i++) {
        made.writer.header.stub = i == 0 ? NULL : "#!/usr/bin/env smf\n";
        made.writer.header.stub_size = i == 0 ? 0 : 19;
        uint8_t *file = finish(&made, &size);
        const struct smf_source memory = smf_source_memory(file, size, SMF_STAYS_FOR_LOAD);
        const struct smf_source reads = {.size = size, .read_at = read_at, .context = file};
        check_read_back(&made, &memory);
        check_read_back(&made, &reads);
        free(file);
    }
}

/* SPEC [T15] [H4]: written as they come, with both sizes, also where compressing has made them larger. */
static void compressed_sections_read_back(void)
{
    struct made made;
    uint8_t code[24], note[64];
    size_t size = 0;
    describe_golden(&made, code, note);
    made.writer.header.compression = SMF_COMPRESSION_ZSTD;
    made.writer.header.level = 19;
    made.sections[0].flags |= SMF_SECTION_COMPRESSED;
    made.sections[0].virtual_size = 30;
    made.sections[1].flags |= SMF_SECTION_COMPRESSED; /* larger than what comes out */
    made.sections[1].virtual_size = 3;
    made.sections[3].flags |= SMF_SECTION_COMPRESSED;
    made.sections[3].virtual_size = 1 << 20;
    section(&made, ".debug_small", SMF_SECTION_DEBUG, SMF_SECTION_READ | SMF_SECTION_COMPRESSED, "abc", 3, 1);
    made.sections[6].virtual_size = 1000;
    section(&made, ".debug_large", SMF_SECTION_DEBUG, SMF_SECTION_COMPRESSED, "abcdefg", 7, 8);
    made.sections[7].virtual_size = 1;
    uint8_t *file = finish(&made, &size);
    const uint8_t *header = file + size - SMF_P128_HEADER_SIZE;
    CHECK_EQUAL(header[SMF_P128_COMPRESSION], SMF_COMPRESSION_ZSTD);
    CHECK_EQUAL(header[SMF_P128_COMPRESSION + 1], 19);
    const struct smf_source memory = smf_source_memory(file, size, SMF_STAYS_FOR_LOAD);
    const struct smf_source reads = {.size = size, .read_at = read_at, .context = file};
    check_read_back(&made, &memory);
    check_read_back(&made, &reads);
    free(file);
}

/* Places, values and stubs of a compressed section count in what comes out of it. */
static void compressed_sections_are_checked_as_they_will_be(void)
{
    struct made made;
    struct smf_diagnosis why;
    size_t size;
    canonical(&made);
    compress(&made, 0, 30);
    compress(&made, 3, 20);
    made.symbols[1].value = 18;
    made.symbols[2].value = 30;
    made.relocations[3].offset = 19;
    CHECK_STATUS(smf_writer_finish(&made.writer, made.layout, NULL, 0, &size, &why), SMF_OK);
}

static void notes_read_back(void)
{
    static struct smf_image image;
    static struct smf_dependency rows[2] =
        {
            {"first",  7},
            {"second", 0}
    },
                                 row;
    static const struct smf_module_note wrote = {
        "name", "writer", {1, 2, 65535},
          0x12345678
    };
    struct smf_module_note read;
    struct smf_section sections[4];
    struct smf_diagnosis why;
    struct made made;
    uint8_t module_note[64], dependencies[64];
    uint32_t count = 0;
    uint64_t cursor = 0;
    size_t size = 0;
    start(&made, SMF_LAYOUT_P128);
    section(&made, SMF_NOTE_MODULE, SMF_SECTION_NOTE, 1, module_note, smf_note_module_write(&wrote, module_note, 64),
            4);
    section(&made, SMF_NOTE_DEPS, SMF_SECTION_NOTE, 1, dependencies,
            smf_note_dependencies_write(rows, 2, dependencies, 64), 4);
    uint8_t *file = finish(&made, &size);
    const struct smf_source source = smf_source_memory(file, size, SMF_STAYS_FOR_LOAD);
    CHECK_STATUS(smf_image_open(&image, &source, sections, 4, &why), SMF_OK);
    CHECK_STATUS(smf_image_module_note(&image, &read, &why), SMF_OK);
    CHECK_TEXT(read.name, wrote.name);
    CHECK_TEXT(read.writer, wrote.writer);
    CHECK(memcmp(read.version, wrote.version, sizeof read.version) == 0);
    CHECK_EQUAL(read.state_version, wrote.state_version);
    CHECK_STATUS(smf_image_dependency_count(&image, &count, &why), SMF_OK);
    CHECK_EQUAL(count, 2);
    for (uint32_t i = 0; i < 2; i++) {
        CHECK_STATUS(smf_image_dependency(&image, &cursor, &row, &why), SMF_OK);
        CHECK_TEXT(row.name, rows[i].name);
        CHECK(row.interface_hash == rows[i].interface_hash);
    }
    free(file);
}

/* Older layouts: what their readers are told about imports, `main` at 0, and code behind other code. */
static void older_layouts_read_back(void)
{
    static struct smf_image image;
    struct smf_section sections[8];
    struct smf_diagnosis why;
    static const uint8_t code[32];
    for (unsigned layout = SMF_LAYOUT_R72; layout <= SMF_LAYOUT_R96; layout++) {
        struct made made;
        struct smf_symbol read;
        struct smf_relocation record;
        size_t size = 0;
        tap_variant("layout=%u", layout);
        describe_sample(&made, (enum smf_layout)layout);
        section(&made, "more", SMF_SECTION_CODE, 5, code, 32, 2);
        symbol(&made, "f", 4, 8, 1, SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL);
        symbol(&made, "out", 0, 0, SMF_INDEX_UNDEFINED, SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL);
        relocation(&made, 1, 3, 2, 0, -4, false);
        made.relocations[0].type = SMF_RELOCATION_PLT32;
        uint8_t *file = finish(&made, &size);
        const struct smf_source source = smf_source_memory(file, size, SMF_STAYS_FOR_LOAD);
        CHECK_STATUS(smf_image_open(&image, &source, sections, 8, &why), SMF_OK);
        CHECK_EQUAL(image.header.layout, layout);
        CHECK_EQUAL(image.header.section_count, 3);
        CHECK_STATUS(smf_image_symbol(&image, 0, &read, NULL), SMF_OK);
        CHECK_EQUAL(read.place, SMF_PLACE_CODE_AREA);
        CHECK_STATUS(smf_image_symbol(&image, 1, &read, NULL), SMF_OK);
        CHECK_EQUAL(read.place, SMF_PLACE_CODE_AREA);
        CHECK_EQUAL(read.value, 6 + 4);
        CHECK_STATUS(smf_image_symbol(&image, 2, &read, NULL), SMF_OK);
        CHECK_EQUAL(read.place, SMF_PLACE_UNDEFINED);
        CHECK_EQUAL(smf_image_relocation_count(&image, 2), 1);
        CHECK_STATUS(smf_image_relocation(&image, 2, 0, &record, NULL), SMF_OK);
        CHECK_EQUAL(record.offset, 6 + 3);
        CHECK_EQUAL(record.type, SMF_RELOCATION_PLT32);
        free(file);
    }
    tap_variant("%s", "");
}

static const struct tap_case cases[] = {
    {"canonical_file_is_golden_byte_for_byte",          canonical_file_is_golden_byte_for_byte         },
    {"templates_are_told_by_symbols",                   templates_are_told_by_symbols                  },
    {"same_input_gives_the_same_bytes",                 same_input_gives_the_same_bytes                },
    {"r72_file_is_the_real_one_byte_for_byte",          r72_file_is_the_real_one_byte_for_byte         },
    {"r96_file_is_the_real_one_but_for_its_padding",    r96_file_is_the_real_one_but_for_its_padding   },
    {"older_offsets_count_in_the_packed_code",          older_offsets_count_in_the_packed_code         },
    {"stub_is_a_line_padded_before_its_end",            stub_is_a_line_padded_before_its_end           },
    {"hash_can_be_left_out",                            hash_can_be_left_out                           },
    {"x86_types_are_written_the_short_way",             x86_types_are_written_the_short_way            },
    {"writes_into_a_buffer_only_if_it_all_fits",        writes_into_a_buffer_only_if_it_all_fits       },
    {"arrays_of_the_caller_have_an_end",                arrays_of_the_caller_have_an_end               },
    {"notes_say_what_they_are_given",                   notes_say_what_they_are_given                  },
    {"refuses_what_no_reader_would_take",               refuses_what_no_reader_would_take              },
    {"a_diagnosis_names_symbol_and_section",            a_diagnosis_names_symbol_and_section           },
    {"what_is_written_reads_back",                      what_is_written_reads_back                     },
    {"compressed_sections_read_back",                   compressed_sections_read_back                  },
    {"compressed_sections_are_checked_as_they_will_be", compressed_sections_are_checked_as_they_will_be},
    {"notes_read_back",                                 notes_read_back                                },
    {"older_layouts_read_back",                         older_layouts_read_back                        },
};
TAP_MAIN(cases)
