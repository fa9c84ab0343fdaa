/* SPDX-License-Identifier: MIT */
/* Where symbols of older files live, and which of them are imports (SPEC [F11] [F12] [F13]); Thumb bits; templates. */
#include <string.h>

#include "harness/tap.h"
#include "support/forge.h"
#include "support/module.h"

static struct opened opened;
static struct forged file;

#define SYMBOL(named, kind, bound, at, bytes, in, seen)                                                                \
    {                                                                                                                  \
        .name = (named), .value = (at), .size = (bytes), .section = (in), .type = SMF_SYMBOL_##kind,                   \
        .binding = (bound), .visibility = (seen)                                                                       \
    }

/* Open a module of this layout with these symbols only. */
static void open_with(enum forge_layout layout, uint8_t arch, const struct forge_symbol *symbols, uint32_t count,
                      uint32_t exported)
{
    struct forge what = whole_module(layout);
    static struct smf_source source;
    what.symbols = symbols;
    what.symbol_count = count;
    what.exported_count = exported;
    what.arch = arch;
    forge_make(&what, &file);
    source = smf_source_memory(file.bytes, file.size, SMF_STAYS_FOR_LOAD);
    CHECK_STATUS(smf_image_open(&opened.image, &source, opened.sections, WHOLE_SECTIONS, &opened.why), SMF_OK);
}

static struct smf_symbol symbol_at(uint32_t index)
{
    struct smf_symbol symbol = {.place = 99};
    CHECK_STATUS(smf_image_symbol(&opened.image, index, &symbol, &opened.why), SMF_OK);
    return symbol;
}

static void defined_or_not_in_r_files(void)
{
    static const struct forge_symbol plain[] = {SYMBOL("a", FUNCTION, 1, 0, 0, 0, 0), SYMBOL("b", NONE, 1, 0, 0, 0, 0),
                                                SYMBOL("c", FUNCTION, 1, 4, 0, 0, 0)};
    static const struct forge_symbol seen[] = {SYMBOL("a", FUNCTION, 1, 0, 0, 0, 0),
                                               SYMBOL("c", FUNCTION, 1, 0, 0, 0, 1)};
    open_with(FORGE_R72, 0, plain, 3, 0); /* nothing is exported */
    CHECK_EQUAL(symbol_at(0).place, SMF_PLACE_UNDEFINED);
    CHECK_EQUAL(symbol_at(2).place, SMF_PLACE_CODE_AREA);
    forge_free(&file);
    open_with(FORGE_R72, 0, plain, 3, 3); /* all are, but one without a type is none */
    CHECK_EQUAL(symbol_at(0).place, SMF_PLACE_CODE_AREA);
    CHECK_EQUAL(symbol_at(1).place, SMF_PLACE_UNDEFINED);
    forge_free(&file);
    open_with(FORGE_R72, 0, plain, 3, 2); /* some are: ask first */
    CHECK_EQUAL(symbol_at(0).place, SMF_PLACE_EITHER);
    CHECK_EQUAL(symbol_at(1).place, SMF_PLACE_UNDEFINED);
    forge_free(&file);
    open_with(FORGE_R96, 0, seen, 2, 2); /* a writer that marks definitions */
    CHECK_EQUAL(symbol_at(0).place, SMF_PLACE_UNDEFINED);
    CHECK_EQUAL(symbol_at(1).place, SMF_PLACE_CODE_AREA);
    forge_free(&file);
}

/* Two data sections: only the writer's own section symbols say where something is. */
static void section_symbols_of_r_files(void)
{
    static const struct forge_section sections[] = {
        {.name = "code",   .type = SMF_SECTION_CODE,   .flags = 5, .size = 16},
        {.name = "data",   .type = SMF_SECTION_DATA,   .flags = 3, .size = 8 },
        {.name = "rodata", .type = SMF_SECTION_RODATA, .flags = 1, .size = 8 },
    };
    static const struct forge_symbol symbols[] = {
        SYMBOL("named", DATA, 1, 4, 4, 0, 1),
        SYMBOL("__smf_section_7", NONE, 0, 0, 16, 0, 0),
        SYMBOL("__smf_section_8", NONE, 0, 0, 8, 0, 0),
        SYMBOL("__smf_section_9", NONE, 0, 0, 8, 0, 0),
    };
    struct forge what = {.layout = FORGE_R96,
                         .sections = sections,
                         .section_count = 3,
                         .symbols = symbols,
                         .symbol_count = 4,
                         .exported_count = 1};
    forge_make(&what, &file);
    const struct smf_source source = smf_source_memory(file.bytes, file.size, SMF_STAYS_FOR_LOAD);
    CHECK_STATUS(smf_image_open(&opened.image, &source, opened.sections, 3, &opened.why), SMF_OK);
    CHECK_EQUAL(symbol_at(0).place, SMF_PLACE_UNKNOWN);
    CHECK_EQUAL(symbol_at(1).place, SMF_PLACE_CODE_AREA);
    CHECK_EQUAL(symbol_at(2).place, SMF_PLACE_SECTION);
    CHECK_EQUAL(symbol_at(2).section, 1);
    CHECK_EQUAL(symbol_at(3).section, 2);
    forge_free(&file);
}

/* A run of section symbols with a hole, or more of them than sections: nobody can say what they stand for. */
static void section_symbols_that_say_nothing(void)
{
    static const struct forge_section sections[] = {
        {.name = "code",   .type = SMF_SECTION_CODE,   .flags = 5, .size = 16},
        {.name = "data",   .type = SMF_SECTION_DATA,   .flags = 3, .size = 8 },
        {.name = "rodata", .type = SMF_SECTION_RODATA, .flags = 1, .size = 8 },
    };
    static const struct forge_symbol hole[] = {
        SYMBOL("__smf_section_0", NONE, 0, 0, 16, 0, 0),
        SYMBOL("__smf_section_1", NONE, 0, 0, 8, 0, 0),
        SYMBOL("label", NONE, 0, 4, 0, 0, 0),
        SYMBOL("__smf_section_2", NONE, 0, 0, 8, 0, 0),
        SYMBOL("main", FUNCTION, 1, 2, 4, 0, 1),
    };
    static const struct forge_symbol many[] = {
        SYMBOL("__smf_section_0", NONE, 0, 0, 16, 0, 0),
        SYMBOL("__smf_section_1", NONE, 0, 0, 8, 0, 0),
        SYMBOL("__smf_section_2", NONE, 0, 0, 8, 0, 0),
        SYMBOL("__smf_section_3", NONE, 0, 0, 8, 0, 0),
        SYMBOL("label", NONE, 0, 4, 0, 0, 0),
    };
    static const uint8_t of_hole[] = {SMF_PLACE_UNKNOWN, SMF_PLACE_UNKNOWN, SMF_PLACE_CODE_AREA, SMF_PLACE_UNKNOWN,
                                      SMF_PLACE_CODE_AREA};
    static const uint8_t of_many[] = {SMF_PLACE_UNKNOWN, SMF_PLACE_UNKNOWN, SMF_PLACE_UNKNOWN, SMF_PLACE_UNKNOWN,
                                      SMF_PLACE_CODE_AREA};
    for (int which = 0; which < 2; which++) {
        const struct forge what = {.layout = FORGE_R96,
                                   .sections = sections,
                                   .section_count = 3,
                                   .symbols = which == 0 ? hole : many,
                                   .symbol_count = 5,
                                   .exported_count = which == 0};
        forge_make(&what, &file);
        const struct smf_source source = smf_source_memory(file.bytes, file.size, SMF_STAYS_FOR_LOAD);
        CHECK_STATUS(smf_image_open(&opened.image, &source, opened.sections, 3, &opened.why), SMF_OK);
        for (uint32_t i = 0; i < 5; i++)
            CHECK_EQUAL(symbol_at(i).place, which == 0 ? of_hole[i] : of_many[i]);
        forge_free(&file);
    }
}

static void sections_of_p_files(void)
{
    static const struct forge_symbol symbols[] = {
        SYMBOL("function", FUNCTION, 1, 1, 1, 2, 0), SYMBOL("data", DATA, 1, 1, 1, 2, 0),
        SYMBOL("constant", CONSTANT, 1, 1, 1, 0, 0), SYMBOL("there", DATA, 1, 1, 1, 2, 1),
        SYMBOL("import", DATA, 1, 0, 0, 0xFFFF, 0),  SYMBOL("wrong", DATA, 1, 0, 0, 77, 1),
    };
    struct smf_symbol symbol;
    open_with(FORGE_P128_W, 0, symbols, 6, 5);
    CHECK_EQUAL(symbol_at(0).section, 0);
    CHECK_EQUAL(symbol_at(1).section, 1);
    CHECK_EQUAL(symbol_at(2).section, 1);
    CHECK_EQUAL(symbol_at(3).section, 2);
    CHECK_EQUAL(symbol_at(4).place, SMF_PLACE_UNDEFINED);
    CHECK_STATUS(smf_image_symbol(&opened.image, 5, &symbol, &opened.why), SMF_ERR_SYMBOL);
    CHECK_EQUAL(opened.why.detail, SMF_DETAIL_SYMBOL_SECTION);
    CHECK_EQUAL(opened.why.index, 5);
    CHECK_TEXT(opened.why.name, "wrong");
    forge_free(&file);
}

/* .text has 48 bytes: a Thumb function at its very end has value 49, data has not (SPEC [S8]). */
static void the_thumb_bit_is_no_offset(void)
{
    static const struct forge_symbol symbols[] = {SYMBOL("function", FUNCTION, 1, 49, 0, WHOLE_TEXT, 1),
                                                  SYMBOL("data", DATA, 1, 49, 0, WHOLE_TEXT, 1)};
    struct smf_symbol symbol;
    open_with(FORGE_CANONICAL, SMF_ARCH_ARM, symbols, 2, 2);
    CHECK_EQUAL(symbol_at(0).value, 49);
    CHECK_STATUS(smf_image_symbol(&opened.image, 1, &symbol, &opened.why), SMF_ERR_SYMBOL);
    forge_free(&file);
    open_with(FORGE_CANONICAL, SMF_ARCH_X86_64, symbols, 2, 2);
    CHECK_STATUS(smf_image_symbol(&opened.image, 0, &symbol, &opened.why), SMF_ERR_SYMBOL);
    forge_free(&file);
}

static const struct tap_case cases[] = {
    {"defined_or_not_in_r_files",        defined_or_not_in_r_files       },
    {"section_symbols_of_r_files",       section_symbols_of_r_files      },
    {"section_symbols_that_say_nothing", section_symbols_that_say_nothing},
    {"sections_of_p_files",              sections_of_p_files             },
    {"the_thumb_bit_is_no_offset",       the_thumb_bit_is_no_offset      },
};
TAP_MAIN(cases)
