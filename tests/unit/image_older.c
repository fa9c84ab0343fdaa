/* SPDX-License-Identifier: MIT */
/* What older files say in ways of their own: strides that mix, string tables in sections, types by family, bytecode. */
#include <string.h>

#include "harness/tap.h"
#include "support/forge.h"
#include "support/module.h"

static struct opened opened;
static struct forged file;

static enum smf_status open_file(const struct forge *what)
{
    forge_make(what, &file);
    return read_all_bytes(&opened, file.bytes, file.size, true);
}

/* R80 headers with symbols of the next revision: strides are found one by one (FORMAT 1.1). */
static void r80_with_s56(void)
{
    static const uint8_t strides[] = {SMF_S40_SIZE, SMF_S56_SIZE};
    for (size_t i = 0; i < 2; i++) {
        struct forge what = whole_module(FORGE_R80);
        what.symbol_stride = strides[i];
        CHECK_STATUS(open_file(&what), SMF_OK);
        CHECK_EQUAL(opened.image.header.layout, SMF_LAYOUT_R72);
        CHECK_EQUAL(opened.image.header.header_size, 80);
        CHECK_EQUAL(opened.image.header.symbol_stride, strides[i]);
        CHECK_EQUAL(opened.image.string_table, file.strings);
        forge_free(&file);
    }
}

/* A StrTab section (6) of a P file holds the names; what follows the symbols is then nobody's (SPEC [F8]). */
static void strings_in_a_section_of_p_files(void)
{
    static const char names[] = "\0start\0puts\0other\0answer\0table"; /* as the forge lays them behind the symbols */
    static const enum forge_layout layouts[] = {FORGE_P128_W, FORGE_P128_D, FORGE_P128_D0, FORGE_P128_LEADING};
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++) {
        struct forge what = whole_module(layouts[i]);
        struct forge_section sections[5];
        memcpy(sections, what.sections, 4 * sizeof sections[0]);
        sections[4] = (struct forge_section){.name = ".strtab",
                                             .type = SMF_SECTION_STRTAB,
                                             .flags = 1,
                                             .alignment = 1,
                                             .bytes = names,
                                             .size = sizeof names};
        what.sections = sections;
        what.section_count = 5;
        forge_make(&what, &file);
        memset(file.bytes + file.strings, 'x', file.strings_end - file.strings);
        tap_variant("%s", forge_layout_name(layouts[i]));
        CHECK_STATUS(read_all_bytes(&opened, file.bytes, file.size, true), SMF_OK);
        CHECK_EQUAL(opened.image.string_table, file.payloads[4]);
        CHECK_EQUAL(opened.image.string_size, sizeof names);
        forge_put8(&file, file.payloads[4] + 1, 'S'); /* and its names are the ones that are hashed */
        CHECK_STATUS(read_all_bytes(&opened, file.bytes, file.size, true), SMF_ERR_FORMAT);
        CHECK_EQUAL(opened.why.detail, SMF_DETAIL_SYMBOL_HASH);
        forge_free(&file);
    }
    tap_variant("%s", "");
}

/* 6 is StrTab in P files and SymTab in R files, where the names still follow the symbols (SPEC [F6]). */
static void type_6_by_family(void)
{
    struct forge what = whole_module(FORGE_R72);
    struct forge_section sections[5];
    memcpy(sections, what.sections, 4 * sizeof sections[0]);
    sections[4] = (struct forge_section){.name = "six", .raw_type = 6, .bytes = "no names", .size = 8};
    what.sections = sections;
    what.section_count = 5;
    CHECK_STATUS(open_file(&what), SMF_OK);
    CHECK_EQUAL(opened.sections[4].type, SMF_SECTION_SYMTAB);
    CHECK_EQUAL(opened.image.string_table, file.strings);
    forge_free(&file);
    sections[4].raw_type = 7;
    CHECK_STATUS(open_file(&what), SMF_OK);
    CHECK_EQUAL(opened.sections[4].type, SMF_SECTION_STRTAB);
    CHECK_EQUAL(opened.image.string_table, file.strings);
    forge_free(&file);
    sections[4].raw_type = 9;
    CHECK_STATUS(open_file(&what), SMF_OK);
    CHECK_EQUAL(opened.sections[4].type, SMF_SECTION_TYPEINFO);
    forge_free(&file);
}

/* What the bytecode writer makes: code, StrTab, symbols counted and no table of them (SPEC [F9] [T13]). */
static void bytecode_layout(void)
{
    static const struct forge_section sections[] = {
        {.name = "code",    .type = SMF_SECTION_CODE,   .flags = 5, .bytes = "BCOD\1\0\0\0", .size = 8},
        {.name = ".strtab", .type = SMF_SECTION_STRTAB, .flags = 0, .bytes = "main",         .size = 5},
    };
    static const struct forge_symbol symbols[] = {
        {.name = "main", .type = SMF_SYMBOL_FUNCTION, .binding = 1}
    };
    const struct forge what = {.layout = FORGE_R96,
                               .sections = sections,
                               .section_count = 2,
                               .symbols = symbols,
                               .symbol_count = 1,
                               .exported_count = 1,
                               .platform = 1,
                               .major = 1,
                               .minor = 1,
                               .garbage = 5};
    struct smf_symbol symbol;
    forge_make(&what, &file);
    forge_put64(&file, file.header + SMF_R96_SYMBOL_TABLE, 0);
    CHECK_STATUS(read_all_bytes(&opened, file.bytes, file.size, true), SMF_ERR_BYTECODE);
    CHECK_TEXT(opened.why.name, "code");
    forge_put8(&file, file.payloads[0], 0x90); /* machine code, and still no native symbols */
    CHECK_STATUS(read_all_bytes(&opened, file.bytes, file.size, true), SMF_OK);
    CHECK_EQUAL(opened.image.header.symbol_count, 0);
    CHECK_EQUAL(opened.image.header.symbol_stride, 0);
    CHECK_EQUAL(opened.sections[1].type, SMF_SECTION_STRTAB);
    CHECK_STATUS(smf_image_symbol(&opened.image, 0, &symbol, &opened.why), SMF_ERR_SYMBOL);
    CHECK_EQUAL(opened.why.detail, SMF_DETAIL_SYMBOL_INDEX);
    forge_free(&file);
}

/* In P files offset 0 is a place like any other: behind a stub, a table there is the first thing of the module. */
static void symbol_table_offset_0(void)
{
    static const struct forge_symbol symbols[] = {
        {.name = "main", .type = SMF_SYMBOL_FUNCTION, .binding = 1, .visibility = 1}
    };
    struct forge what = whole_module(FORGE_R72);
    what.symbols = symbols;
    what.symbol_count = what.exported_count = 1;
    what.section_count = 3; /* without relocations: they name symbols that are not there */
    forge_make(&what, &file);
    forge_put64(&file, file.header + SMF_R72_SYMBOL_TABLE, 0);
    CHECK_STATUS(read_all_bytes(&opened, file.bytes, file.size, true), SMF_OK);
    CHECK_EQUAL(opened.image.header.symbol_count, 0);
    forge_free(&file);
    what.layout = FORGE_P128_W;
    forge_make(&what, &file);
    forge_put64(&file, file.header + SMF_P128_SYMBOL_TABLE, 0); /* where code is */
    CHECK(read_all_bytes(&opened, file.bytes, file.size, true) != SMF_OK);
    forge_free(&file);
}

/* Relocation types by family and machine (SPEC, part 2, "Relocations"). */
static void relocation_types_by_family(void)
{
    static const struct {
        enum forge_layout layout;
        uint8_t arch, first, last; /* allowed, both included */
    } rows[] = {
        {FORGE_R72,    SMF_ARCH_X86_64,  0, 4},
        {FORGE_R72,    SMF_ARCH_AARCH64, 0, 9},
        {FORGE_R96,    SMF_ARCH_AARCH64, 0, 9},
        {FORGE_R96,    SMF_ARCH_RISCV64, 0, 4},
        {FORGE_P128_W, SMF_ARCH_X86_64,  1, 5},
        {FORGE_P128_D, SMF_ARCH_AARCH64, 1, 5},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (unsigned type = 0; type <= 0x81; type++) {
            struct forge what = whole_module(rows[i].layout);
            what.arch = rows[i].arch;
            forge_make(&what, &file);
            forge_put8(&file, file.payloads[3] + SMF_R_TYPE, (uint8_t)type);
            const bool wanted = type >= rows[i].first && type <= rows[i].last;
            const enum smf_status status = read_all_bytes(&opened, file.bytes, file.size, true);
            tap_check(status == (wanted ? SMF_OK : SMF_ERR_RELOC_TYPE), __FILE__, __LINE__, "%s, arch %d, type %u: %s",
                      forge_layout_name(what.layout), what.arch, type, smf_status_name(status));
            forge_free(&file);
        }
}

/* None (0) records of R files name nothing, or anything that is there; every other type needs its symbol. */
static void none_records(void)
{
    const struct forge what = whole_module(FORGE_R72);
    struct smf_relocation record;
    forge_make(&what, &file);
    const size_t at = file.payloads[3];
    forge_put8(&file, at + SMF_R_TYPE, 0);
    forge_put32(&file, at + SMF_R_SYMBOL, SMF_NO_SYMBOL);
    CHECK_STATUS(read_all_bytes(&opened, file.bytes, file.size, true), SMF_OK);
    CHECK_STATUS(smf_image_relocation(&opened.image, 3, 0, &record, &opened.why), SMF_OK);
    CHECK_EQUAL(record.type, SMF_RELOCATION_NONE);
    CHECK(record.symbol == SMF_NO_SYMBOL);
    forge_put32(&file, at + SMF_R_SYMBOL, WHOLE_SYMBOLS); /* past the table is wrong even for nothing */
    CHECK_STATUS(read_all_bytes(&opened, file.bytes, file.size, true), SMF_ERR_RELOC_RECORD);
    forge_put32(&file, at + SMF_R_SYMBOL, SMF_NO_SYMBOL);
    forge_put8(&file, at + SMF_R_TYPE, 1);
    CHECK_STATUS(read_all_bytes(&opened, file.bytes, file.size, true), SMF_ERR_RELOC_RECORD);
    CHECK_EQUAL(opened.why.detail, SMF_DETAIL_RELOCATION_SYMBOL);
    forge_free(&file);
}

/* module_hash of older layouts is not said to be a hash of anything: it is kept, and never compared. */
static void module_hash_of_older_files(void)
{
    static const struct {
        enum forge_layout layout;
        uint32_t field;
    } rows[] = {
        {FORGE_R72,    SMF_R72_MODULE_HASH },
        {FORGE_R96,    SMF_R96_MODULE_HASH },
        {FORGE_P128_W, SMF_P128_MODULE_HASH}
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct forge what = whole_module(rows[i].layout);
        forge_make(&what, &file);
        forge_put64(&file, file.header + rows[i].field, 0x123456789);
        CHECK_STATUS(read_all_bytes(&opened, file.bytes, file.size, true), SMF_OK);
        CHECK_EQUAL(opened.image.header.module_hash, 0x123456789);
        CHECK_STATUS(smf_image_check_hash(&opened.image, &opened.why), SMF_OK);
        forge_free(&file);
    }
}

static const struct tap_case cases[] = {
    {"r80_with_s56",                    r80_with_s56                   },
    {"strings_in_a_section_of_p_files", strings_in_a_section_of_p_files},
    {"type_6_by_family",                type_6_by_family               },
    {"bytecode_layout",                 bytecode_layout                },
    {"symbol_table_offset_0",           symbol_table_offset_0          },
    {"relocation_types_by_family",      relocation_types_by_family     },
    {"none_records",                    none_records                   },
    {"module_hash_of_older_files",      module_hash_of_older_files     },
};
TAP_MAIN(cases)
