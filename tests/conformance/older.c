/* SPDX-License-Identifier: MIT */
/*
 * older.c - the rules of docs/SPEC.md, part 2: what is read from files of other
 * writers, and what is not.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/tap.h"
#include "smf/smf.h"
#include "support/forge.h"
#include "support/holds.h"

enum { PAGE = 4096 };

static struct smf_image image;
static struct smf_section sections[8];
static struct smf_diagnosis why;
static struct forged file;

static const uint8_t code[16] = {0xC3};
static uint8_t records[24];

/* A function, an import and a pointer: what most files have. */
static const struct forge_section usual_sections[] = {
    {.name = "code", .type = SMF_SECTION_CODE, .flags = 5, .bytes = code, .size = 16, .alignment = 16},
    {.name = "data", .type = SMF_SECTION_DATA, .flags = 3, .bytes = code, .size = 16, .alignment = 8 },
};
static const struct forge_symbol usual_symbols[] = {
    {.name = "first",
     .value = 4,
     .size = 4,
     .type = SMF_SYMBOL_FUNCTION,
     .binding = SMF_BINDING_GLOBAL,
     .visibility = 1},
    { .name = "second",
     .value = 8,
     .size = 4,
     .section = 1,
     .type = SMF_SYMBOL_DATA,
     .binding = SMF_BINDING_LOCAL,
     .visibility = 1},
};
#define COUNT(array) (uint32_t)(sizeof(array) / sizeof((array)[0]))

static struct forge usual(enum forge_layout layout)
{
    return (struct forge){.layout = layout,
                          .sections = usual_sections,
                          .section_count = COUNT(usual_sections),
                          .symbols = usual_symbols,
                          .symbol_count = COUNT(usual_symbols),
                          .exported_count = 1};
}

static enum smf_status open_bytes(const void *bytes, size_t size)
{
    static struct smf_source source;
    source = smf_source_memory(bytes, size, SMF_STAYS_FOR_LOAD);
    return smf_image_open(&image, &source, sections, COUNT(sections), &why);
}

static enum smf_status open_made(const struct forge *what)
{
    forge_free(&file);
    forge_make(what, &file);
    return open_bytes(file.bytes, file.size);
}

static struct smf_symbol symbol_of(uint32_t index, enum smf_status wanted)
{
    struct smf_symbol symbol = {0};
    CHECK_STATUS(smf_image_symbol(&image, index, &symbol, &why), wanted);
    return symbol;
}

static const enum forge_layout older[] = {FORGE_R72,    FORGE_R80,    FORGE_R96,     FORGE_R96_TRAILER, FORGE_R128,
                                          FORGE_P128_W, FORGE_P128_D, FORGE_P128_D0, FORGE_P128_LEADING};

static void padding_is_garbage(void)
{
    /* SPEC [F1] */
    for (uint32_t seed = 1; seed < 40; seed++)
        for (unsigned i = 0; i < 5; i++) {
            struct forge what = usual(older[i]);
            what.garbage = seed;
            CHECK_STATUS(open_made(&what), SMF_OK);
            CHECK_EQUAL(symbol_of(0, SMF_OK).value, 4);
        }
}

static void flag_4_and_the_base(void)
{
    /* SPEC [F2]: COMPRESSED in R72. SPEC [F3] [G3]: the base counts for everything, whatever the flag says. */
    struct forge what = usual(FORGE_R72);
    what.flags = 0x10;
    CHECK_STATUS(open_made(&what), SMF_ERR_COMPRESSED);
    static const enum forge_layout layouts[] = {FORGE_R96_TRAILER, FORGE_P128_W, FORGE_P128_D};
    for (unsigned i = 0; i < COUNT(layouts); i++) {
        what = usual(layouts[i]);
        what.stub = "#!/usr/bin/smf\n\n";
        what.stub_size = 16;
        CHECK_STATUS(open_made(&what), SMF_OK);
        CHECK_EQUAL(image.header.base, 16);
        CHECK_EQUAL(file.bytes[sections[0].offset], 0xC3);
        CHECK_EQUAL(symbol_of(1, SMF_OK).value, 8);
        file.bytes[file.header + 8] &= 0xEF;
        CHECK_STATUS(open_bytes(file.bytes, file.size), SMF_OK);
        CHECK_EQUAL(image.header.base, 16);
        const size_t stub_size = file.header + (layouts[i] == FORGE_R96_TRAILER ? 56 : 52);
        file.bytes[stub_size] = 17;
        CHECK(open_bytes(file.bytes, file.size) != SMF_OK);
    }
}

static void section_entries(void)
{
    /* SPEC [F4] [F5]: what no entry of the stride can be. */
    static const struct {
        uint8_t at, value;
    } changes[] = {
        {0,  0   },
        {0,  64  },
        {4,  0x15},
        {32, 3   },
        {24, 15  },
        {16, 255 },
        {8,  255 }
    };
    for (unsigned i = 0; i < COUNT(older); i++)
        for (unsigned k = 0; k < COUNT(changes); k++) {
            const struct forge what = usual(older[i]);
            CHECK_STATUS(open_made(&what), SMF_OK);
            file.bytes[forge_section_entry(&file, 0) + changes[k].at] = changes[k].value;
            CHECK(open_bytes(file.bytes, file.size) != SMF_OK);
        }
    const struct forge what = usual(FORGE_R72);
    CHECK_STATUS(open_made(&what), SMF_OK);
    file.bytes[forge_section_entry(&file, 0) + 36] = 1;
    CHECK(open_bytes(file.bytes, file.size) != SMF_OK);
}

static void two_numberings(void)
{
    /* SPEC [F6]: 6, 7 and 9 by family. */
    static const struct {
        enum forge_layout layout;
        uint8_t raw, type;
    } types[] = {
        {FORGE_R96,    6, SMF_SECTION_SYMTAB  },
        {FORGE_R96,    7, SMF_SECTION_STRTAB  },
        {FORGE_R96,    9, SMF_SECTION_TYPEINFO},
        {FORGE_P128_W, 7, SMF_SECTION_NOTE    },
        {FORGE_P128_W, 9, SMF_SECTION_SYMTAB  }
    };
    for (unsigned i = 0; i < COUNT(types); i++) {
        const struct forge_section some[] = {
            usual_sections[0],
            {.name = "other", .raw_type = types[i].raw, .flags = 1, .bytes = code, .size = 4, .alignment = 1}
        };
        struct forge what = usual(types[i].layout);
        what.sections = some;
        what.symbol_count = 1;
        CHECK_STATUS(open_made(&what), SMF_OK);
        CHECK_EQUAL(sections[1].type, types[i].type);
    }
}

static void symbol_types(void)
{
    /* SPEC [F7]: 1 is a function in R files and in S52, data in P files with S56. */
    static const enum forge_layout layouts[] = {FORGE_R72, FORGE_R96, FORGE_P128_D0, FORGE_P128_W};
    static const uint8_t types[] = {SMF_SYMBOL_FUNCTION, SMF_SYMBOL_FUNCTION, SMF_SYMBOL_FUNCTION, SMF_SYMBOL_DATA};
    for (unsigned i = 0; i < COUNT(layouts); i++) {
        const struct forge what = usual(layouts[i]);
        CHECK_STATUS(open_made(&what), SMF_OK);
        file.bytes[forge_symbol_entry(&file, 0) + (layouts[i] == FORGE_P128_D0 ? 12 : 8)] = 1;
        CHECK_STATUS(open_bytes(file.bytes, file.size), SMF_OK);
        CHECK_EQUAL(symbol_of(0, SMF_OK).type, types[i]);
    }
}

static void strings_end_at_the_header(void)
{
    /* SPEC [F8]: the header's bytes end no name. SPEC [F18]: and without a name that ends it is no symbol. */
    const struct forge what = usual(FORGE_P128_W);
    CHECK_STATUS(open_made(&what), SMF_OK);
    CHECK_EQUAL(image.string_table + image.string_size <= file.header, 1);
    memset(file.bytes + file.strings_end - 1, 'x', file.header - file.strings_end + 1);
    CHECK(open_bytes(file.bytes, file.size) != SMF_OK);
}

static void hashes_tell_the_stride(void)
{
    /* SPEC [F18]: one wrong bit of a stored hash, a type or a binding that there is not. */
    for (unsigned i = 0; i < COUNT(older); i++) {
        static const uint8_t places[] = {4, 8, 9};
        for (unsigned k = 0; k < COUNT(places); k++) {
            const struct forge what = usual(older[i]);
            CHECK_STATUS(open_made(&what), SMF_OK);
            const unsigned more = older[i] == FORGE_P128_D0 && places[k] != 4 ? 4 : 0;
            file.bytes[forge_symbol_entry(&file, 1) + places[k] + more] ^= 0x40;
            CHECK(open_bytes(file.bytes, file.size) != SMF_OK);
        }
    }
}

static void no_symbol_table(void)
{
    /* SPEC [F9] */
    const struct forge what = usual(FORGE_R96);
    CHECK_STATUS(open_made(&what), SMF_OK);
    forge_put64(&file, file.header + 32, 0);
    CHECK_STATUS(open_bytes(file.bytes, file.size), SMF_OK);
    CHECK_EQUAL(image.header.symbol_count, 0);
}

static void data_of_r_files(void)
{
    /* SPEC [F11]: one section of data is meant; of two, none; unless synthetic symbols say which is which. */
    struct smf_symbol symbol;
    struct forge what = usual(FORGE_R96);
    CHECK_STATUS(open_made(&what), SMF_OK);
    symbol = symbol_of(1, SMF_OK);
    CHECK_EQUAL(symbol.place, SMF_PLACE_SECTION);
    CHECK_EQUAL(symbol.section, 1);
    const struct forge_section three[] = {
        usual_sections[0],
        usual_sections[1],
        {.name = "more", .type = SMF_SECTION_RODATA, .flags = 1, .bytes = code, .size = 16, .alignment = 1}
    };
    what.sections = three;
    what.section_count = 3;
    CHECK_STATUS(open_made(&what), SMF_OK);
    CHECK_EQUAL(symbol_of(1, SMF_OK).place, SMF_PLACE_UNKNOWN);
    const struct forge_symbol synthetic[] = {
        usual_symbols[0],
        {.name = "__smf_section_0", .size = 16, .type = SMF_SYMBOL_NONE, .visibility = 1},
        {.name = "__smf_section_1", .size = 16, .type = SMF_SYMBOL_NONE, .visibility = 1},
        {.name = "__smf_section_2", .size = 16, .type = SMF_SYMBOL_NONE, .visibility = 1}
    };
    what.symbols = synthetic;
    what.symbol_count = 4;
    CHECK_STATUS(open_made(&what), SMF_OK);
    for (uint32_t i = 1; i < 3; i++) {
        symbol = symbol_of(1 + i, SMF_OK);
        CHECK_EQUAL(symbol.place, SMF_PLACE_SECTION);
        CHECK_EQUAL(symbol.section, i);
    }
}

static void defined_or_not(void)
{
    /* SPEC [F12]: value 0, size 0, visibility 0, and what the rest of the table says. */
    static const struct {
        uint8_t type, visibility_of_other, exported_count, place;
    } rules[] = {
        {SMF_SYMBOL_FUNCTION, 1, 2, SMF_PLACE_UNDEFINED},
        {SMF_SYMBOL_NONE,     0, 2, SMF_PLACE_UNDEFINED},
        {SMF_SYMBOL_FUNCTION, 0, 0, SMF_PLACE_UNDEFINED},
        {SMF_SYMBOL_FUNCTION, 0, 2, SMF_PLACE_CODE_AREA},
        {SMF_SYMBOL_FUNCTION, 0, 1, SMF_PLACE_EITHER   }
    };
    for (unsigned i = 0; i < COUNT(rules); i++) {
        const struct forge_symbol symbols[] = {
            {.name = "unclear",           .type = rules[i].type, .binding = SMF_BINDING_GLOBAL},
            { .name = "clear",
             .value = 4,
             .type = SMF_SYMBOL_FUNCTION,
             .binding = SMF_BINDING_GLOBAL,
             .visibility = rules[i].visibility_of_other}
        };
        struct forge what = usual(FORGE_R96);
        what.symbols = symbols;
        what.exported_count = rules[i].exported_count;
        CHECK_STATUS(open_made(&what), SMF_OK);
        CHECK_EQUAL(symbol_of(0, SMF_OK).place, rules[i].place);
        CHECK_EQUAL(symbol_of(1, SMF_OK).place, SMF_PLACE_CODE_AREA);
    }
}

static void sections_of_p_symbols(void)
{
    /* SPEC [F13] */
    static const struct {
        uint8_t type, visibility;
        uint16_t section;
        uint8_t place;
        uint32_t wanted;
    } rules[] = {
        {SMF_SYMBOL_FUNCTION, 1, 0,      SMF_PLACE_SECTION,   0            },
        {SMF_SYMBOL_FUNCTION, 1, 1,      SMF_PLACE_SECTION,   1            },
        {SMF_SYMBOL_FUNCTION, 1, 0xFFFF, SMF_PLACE_UNDEFINED, SMF_NO_SYMBOL},
        {SMF_SYMBOL_FUNCTION, 0, 0,      SMF_PLACE_SECTION,   0            },
        {SMF_SYMBOL_DATA,     0, 0,      SMF_PLACE_SECTION,   1            },
        {SMF_SYMBOL_DATA,     1, 2,      0,                   SMF_NO_SYMBOL}
    };
    for (unsigned i = 0; i < COUNT(rules); i++) {
        const struct forge_symbol symbols[] = {
            usual_symbols[0],
            {.name = "asked",
                 .value = 4,
                 .section = rules[i].section,
                 .type = rules[i].type,
                 .binding = SMF_BINDING_GLOBAL,
                 .visibility = rules[i].visibility}
        };
        struct forge what = usual(FORGE_P128_W);
        what.symbols = symbols;
        CHECK_STATUS(open_made(&what), SMF_OK);
        const struct smf_symbol symbol = symbol_of(1, rules[i].section == 2 ? SMF_ERR_SYMBOL : SMF_OK);
        if (rules[i].section != 2) {
            CHECK_EQUAL(symbol.place, rules[i].place);
            CHECK_EQUAL(symbol.section, rules[i].wanted);
        }
    }
}

/* --- loading ---------------------------------------------------------------------------------------------------- */

static uint8_t memory[4 * PAGE];
static uint64_t arena[1024];

static enum smf_status reserve(void *context, const struct smf_region_request *requests, size_t count,
                               struct smf_region *regions)
{
    (void)context;
    for (size_t i = 0; i < count; i++)
        regions[i] = (struct smf_region){memory + i * PAGE, 0x100000 + i * PAGE, requests[i].size, requests[i].access};
    return SMF_OK;
}

static void release(void *context, const struct smf_region *regions, size_t count)
{
    (void)context;
    (void)regions;
    (void)count;
}

static enum smf_status protect(void *context, const struct smf_region *region, enum smf_access access)
{
    (void)context;
    (void)region;
    (void)access;
    return SMF_OK;
}

static enum smf_status resolve(void *context, const struct smf_binding_request *request,
                               struct smf_binding_answer *answer)
{
    (void)context;
    (void)request;
    answer->address = 0x100800;
    answer->kind = SMF_KIND_FUNCTION;
    return SMF_OK;
}

static const struct smf_port port = {.granule = PAGE, .reserve = reserve, .release = release, .protect = protect};

/* Load the file that was made last; what it needs in `needs`. */
static enum smf_status load(uint8_t arch, struct smf_needs *needs, struct smf_loader *loader)
{
    struct smf_module *module;
    const struct smf_config config = {
        .port = &port, .arena = arena, .arena_size = sizeof arena, .arch = smf_arch_of(arch), .resolve = resolve};
    const struct smf_source source = smf_source_memory(file.bytes, file.size, SMF_STAYS_FOR_LOAD);
    must_hold(config.arch);
    CHECK_STATUS(smf_loader_start(loader, &config), SMF_OK);
    const enum smf_status status = smf_measure(loader, &source, needs, &why);
    return status != SMF_OK ? status : smf_load(loader, &source, &module, &why);
}

/* Two code sections of 5 and 12 bytes, and one record in the code area. */
static void make_two_codes(enum forge_layout layout, uint8_t arch, uint8_t type, uint64_t offset)
{
    const struct forge_relocation record = {.offset = offset, .symbol = 1, .type = type};
    const struct forge_section some[] = {
        {.name = "one",  .type = SMF_SECTION_CODE,  .flags = 5, .bytes = code,    .size = 5,  .alignment = 16},
        {.name = "two",  .type = SMF_SECTION_CODE,  .flags = 5, .bytes = code,    .size = 12, .alignment = 16},
        {.name = "rela", .type = SMF_SECTION_RELOC, .flags = 1, .bytes = records, .size = 24, .alignment = 8 },
    };
    const struct forge_symbol symbols[] = {
        {.name = "second",
         .value = 5,
         .size = 4,
         .type = SMF_SYMBOL_FUNCTION,
         .binding = SMF_BINDING_GLOBAL,
         .visibility = 1},
        {.name = "import",  .type = SMF_SYMBOL_FUNCTION, .binding = SMF_BINDING_GLOBAL, .section = 0xFFFF}
    };
    forge_relocations(&record, 1, records);
    const struct forge what = {.layout = layout,
                               .sections = some,
                               .section_count = 3,
                               .symbols = symbols,
                               .symbol_count = 2,
                               .exported_count = 1,
                               .arch = arch};
    forge_free(&file);
    forge_make(&what, &file);
}

static void code_area(void)
{
    /* SPEC [F10] [F14]: the second section follows the first without a gap, and offsets count over both. */
    static struct smf_loader loader;
    struct smf_needs needs;
    struct smf_found found;
    make_two_codes(FORGE_R96, SMF_ARCH_X86_64, SMF_RELOCATION_ABS64, 9);
    CHECK_STATUS(load(SMF_ARCH_X86_64, &needs, &loader), SMF_OK);
    CHECK_STATUS(smf_find(loader.modules, "second", &found), SMF_OK);
    CHECK_EQUAL(found.address, 0x100005);
    CHECK_EQUAL(memory[5], 0xC3);
    CHECK_EQUAL(memory[9], 0x00);
    CHECK_EQUAL(memory[10], 0x08);
    CHECK_EQUAL(memory[11], 0x10);
    make_two_codes(FORGE_R96, SMF_ARCH_X86_64, SMF_RELOCATION_ABS64, 10);
    CHECK_STATUS(load(SMF_ARCH_X86_64, &needs, &loader), SMF_ERR_RELOC_RECORD);
}

static void type_5_by_family(void)
{
    /* SPEC [F15]: Branch26 on AArch64 of the R family, Abs32 in the P family, nothing on x86-64 of the R family. */
    static struct smf_loader loader;
    struct smf_needs needs;
    make_two_codes(FORGE_R96, SMF_ARCH_AARCH64, 5, 8);
    CHECK_STATUS(load(SMF_ARCH_AARCH64, &needs, &loader), SMF_OK);
    CHECK_EQUAL(needs.stub_count, 1); /* SPEC [F16]: the branch's stub is counted, needed or not, and so is its slot */
    CHECK_EQUAL(needs.slot_count, 1);
    CHECK_EQUAL(memory[8] | memory[9] << 8, 3); /* from 8 to the stub behind the code, at 20 */
    make_two_codes(FORGE_P128_W, SMF_ARCH_AARCH64, 5, 8);
    CHECK_STATUS(load(SMF_ARCH_AARCH64, &needs, &loader), SMF_OK);
    CHECK_EQUAL(memory[8] | memory[9] << 8 | memory[10] << 16, 0x100800);
    CHECK_EQUAL(needs.stub_count, 0);
    make_two_codes(FORGE_R96, SMF_ARCH_X86_64, 5, 8);
    CHECK_STATUS(load(SMF_ARCH_X86_64, &needs, &loader), SMF_ERR_RELOC_TYPE);
    make_two_codes(FORGE_P128_W, SMF_ARCH_X86_64, 6, 8);
    CHECK_STATUS(load(SMF_ARCH_X86_64, &needs, &loader), SMF_ERR_RELOC_TYPE);
}

/* --- which layout ----------------------------------------------------------------------------------------------- */

static void headers_that_are_none(void)
{
    /* SPEC [F17] */
    static const struct {
        uint8_t at, value;
    } changes[] = {
        {6,  6  },
        {7,  8  },
        {19, 255}
    };
    for (unsigned i = 0; i < COUNT(older); i++)
        for (unsigned k = 0; k < COUNT(changes); k++) {
            const bool r72 = older[i] == FORGE_R72 || older[i] == FORGE_R80;
            const struct forge what = usual(older[i]);
            CHECK_STATUS(open_made(&what), SMF_OK);
            file.bytes[file.header + changes[k].at - (r72 && k == 2 ? 4 : 0)] = changes[k].value;
            CHECK(open_bytes(file.bytes, file.size) != SMF_OK);
        }
}

static void two_layouts_at_once(void)
{
    /* SPEC [F19] [L6]: a whole file in front of another: each by itself would do. */
    struct forged front;
    struct forge what = usual(FORGE_R72);
    forge_make(&what, &front);
    CHECK_STATUS(open_bytes(front.bytes, front.size), SMF_OK);
    const enum forge_layout behind[] = {FORGE_P128_W, FORGE_CANONICAL};
    for (unsigned i = 0; i < 2; i++) {
        uint8_t stub[1024] = {0};
        const struct forge_symbol exported[] = {usual_symbols[0]};
        memcpy(stub, front.bytes, front.size);
        what = usual(behind[i]);
        what.symbols = exported;
        what.symbol_count = 1;
        what.stub = stub;
        what.stub_size = sizeof stub;
        CHECK_STATUS(open_made(&what), SMF_ERR_AMBIGUOUS);
        file.bytes[0] = 0;
        CHECK_STATUS(open_bytes(file.bytes, file.size), SMF_OK);
    }
    forge_free(&front);
}

static void known_and_no_module(void)
{
    /* SPEC [F20] */
    uint8_t bytes[512] = {0x7F, 'E', 'L', 'F'};
    memcpy(bytes + 384, "SMF", 4);
    bytes[384 + 53] = 1; /* stub_size 256 */
    bytes[384 + 57] = 1;
    CHECK_STATUS(open_bytes(bytes, sizeof bytes), SMF_ERR_ENVELOPE);
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, "SMF", 4);
    bytes[12] = 1;
    bytes[16] = 64;
    bytes[68] = 1;
    CHECK_STATUS(open_bytes(bytes, sizeof bytes), SMF_ERR_W64);
    memcpy(bytes, "LSMF", 4);
    CHECK_STATUS(open_bytes(bytes, sizeof bytes), SMF_ERR_LIBRARY);
    memcpy(bytes, "SSMF", 4);
    CHECK_STATUS(open_bytes(bytes, sizeof bytes), SMF_ERR_CONTAINER);
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes + 508, "SPK1", 4);
    CHECK_STATUS(open_bytes(bytes, sizeof bytes), SMF_ERR_CONTAINER);
    memset(bytes, 0, sizeof bytes);
    CHECK_STATUS(open_bytes(bytes, sizeof bytes), SMF_ERR_NOT_SMF);
}

static const struct tap_case cases[] = {
    {"padding_is_garbage",        padding_is_garbage       },
    {"flag_4_and_the_base",       flag_4_and_the_base      },
    {"section_entries",           section_entries          },
    {"two_numberings",            two_numberings           },
    {"symbol_types",              symbol_types             },
    {"strings_end_at_the_header", strings_end_at_the_header},
    {"hashes_tell_the_stride",    hashes_tell_the_stride   },
    {"no_symbol_table",           no_symbol_table          },
    {"data_of_r_files",           data_of_r_files          },
    {"defined_or_not",            defined_or_not           },
    {"sections_of_p_symbols",     sections_of_p_symbols    },
    {"code_area",                 code_area                },
    {"type_5_by_family",          type_5_by_family         },
    {"headers_that_are_none",     headers_that_are_none    },
    {"two_layouts_at_once",       two_layouts_at_once      },
    {"known_and_no_module",       known_and_no_module      },
};
TAP_MAIN(cases)
