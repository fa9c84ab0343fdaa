/* SPDX-License-Identifier: MIT */
/* Every layout opens as what it is, and real files decode byte for byte as FORMAT says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/tap.h"
#include "smf/image.h"
#include "support/forge.h"
#include "support/golden.h"

static struct smf_image image;
static struct smf_section table[64];
static struct smf_diagnosis why;

static const uint8_t code[] = {0xB8, 0x2A, 0, 0, 0, 0xC3, 0x90, 0x90};
static const uint8_t data[] = {1, 2, 3, 4};
static const struct forge_section two_sections[] = {
    {.name = "code", .type = SMF_SECTION_CODE, .flags = 5, .alignment = 16, .bytes = code, .size = 8},
    {.name = "data", .type = SMF_SECTION_DATA, .flags = 3, .alignment = 4,  .bytes = data, .size = 4},
};
static const struct forge_symbol three_symbols[] = {
    {.name = "puts", .type = SMF_SYMBOL_FUNCTION, .binding = 1, .section = 0xFFFF},
    { .name = "answer", .type = SMF_SYMBOL_FUNCTION, .binding = 1,                      .value = 2,   .size = 6, .section = 0, .visibility = 1},
    { .name = "table",  .type = SMF_SYMBOL_DATA,     .binding = 1,                      .value = 1,   .size = 3, .section = 1, .visibility = 1},
};

static struct forge describe(enum forge_layout layout)
{
    const struct forge what = {.layout = layout,
                               .sections = two_sections,
                               .section_count = 2,
                               .symbols = three_symbols,
                               .symbol_count = 3,
                               .exported_count = 2,
                               .flags = SMF_FLAG_EXECUTABLE,
                               .entry = 2,
                               .platform = 1,
                               .garbage = 7};
    return what;
}

static enum smf_status open_bytes(const void *bytes, size_t size)
{
    static struct smf_source source;
    source = smf_source_memory(bytes, size, SMF_STAYS_FOR_LOAD);
    memset(&image, 0xA5, sizeof image);
    return smf_image_open(&image, &source, table, 64, &why);
}

static void tell(enum smf_status status)
{
    char line[256];
    if (status == SMF_OK)
        return;
    smf_diagnosis_format(&why, line, sizeof line);
    tap_note("%s: %s", smf_status_name(status), line);
}

struct expected {
    enum smf_layout view;
    uint8_t header_size, section_stride, symbol_stride;
    bool name_36, canonical, p_family;
};
static const struct expected expected[FORGE_LAYOUTS] = {
    [FORGE_R72] = {SMF_LAYOUT_R72,  72,  56, 40, false, false, false},
    [FORGE_R80] = {SMF_LAYOUT_R72,  80,  56, 40, false, false, false},
    [FORGE_R96] = {SMF_LAYOUT_R96,  96,  56, 56, false, false, false},
    [FORGE_R96_TRAILER] = {SMF_LAYOUT_R96,  96,  56, 56, false, false, false},
    [FORGE_R128] = {SMF_LAYOUT_R96,  128, 56, 56, false, false, false},
    [FORGE_P128_W] = {SMF_LAYOUT_P128, 128, 64, 56, false, false, true },
    [FORGE_P128_D] = {SMF_LAYOUT_P128, 128, 64, 56, true,  false, true },
    [FORGE_P128_D0] = {SMF_LAYOUT_P128, 128, 64, 52, true,  false, true },
    [FORGE_P128_LEADING] = {SMF_LAYOUT_P128, 128, 64, 56, false, false, true },
    [FORGE_CANONICAL] = {SMF_LAYOUT_P128, 128, 64, 56, false, true,  true },
};

static void check_view(const struct forge *what, const struct forged *file)
{
    const struct expected *want = &expected[what->layout];
    const struct smf_header *header = &image.header;
    CHECK_EQUAL(header->layout, want->view);
    CHECK_EQUAL(header->header_size, want->header_size);
    CHECK_EQUAL(header->section_stride, want->section_stride);
    CHECK_EQUAL(header->symbol_stride, want->symbol_stride);
    CHECK_EQUAL(header->section_name_36, want->name_36);
    CHECK_EQUAL(header->canonical, want->canonical);
    CHECK_EQUAL(header->p_family, want->p_family);
    CHECK_EQUAL(header->position, file->header);
    CHECK_EQUAL(header->base, what->stub_size);
    CHECK_EQUAL(header->entry_point, 2);
    CHECK_EQUAL(header->section_count, 2);
    CHECK_EQUAL(header->symbol_count, 3);
    CHECK_EQUAL(image.code_size, 8);
    CHECK_EQUAL(image.first_code, 0);
    CHECK(memcmp((const uint8_t *)file->bytes + table[0].offset, code, 8) == 0);
    CHECK_EQUAL(table[1].offset, file->payloads[1]);
    CHECK_TEXT(table[1].name, "data");
    CHECK_EQUAL(table[0].alignment, 16);
}

static void check_symbols(const struct forge *what)
{
    struct smf_symbol symbol;
    const char *name;
    size_t length;
    const bool r = !image.header.p_family;
    for (uint32_t i = 0; i < 3; i++) {
        const enum smf_status status = smf_image_symbol(&image, i, &symbol, &why);
        CHECK_STATUS(status, SMF_OK);
        tell(status);
        CHECK_STATUS(smf_image_name(&image, symbol.name, NULL, 0, &name, &length, &why), SMF_OK);
        CHECK_TEXT(name, what->symbols[i].name);
        CHECK_EQUAL(symbol.binding, 1);
        CHECK_EQUAL(symbol.type, what->symbols[i].type);
        if (i == 0 && what->layout != FORGE_P128_D0) /* nothing tells an import there */
            CHECK_EQUAL(symbol.place, SMF_PLACE_UNDEFINED);
        if (i == 1)
            CHECK_EQUAL(symbol.place, r ? SMF_PLACE_CODE_AREA : SMF_PLACE_SECTION);
        if (i == 2) {
            CHECK_EQUAL(symbol.place, SMF_PLACE_SECTION);
            CHECK_EQUAL(symbol.section, 1);
        }
        if (i != 0)
            CHECK_EQUAL(symbol.value, what->symbols[i].value);
    }
}

static void every_layout_opens(void)
{
    for (int layout = 0; layout < FORGE_LAYOUTS; layout++) {
        struct forge what = describe((enum forge_layout)layout);
        struct forged file;
        forge_make(&what, &file);
        tap_variant("%s", forge_layout_name(what.layout));
        const enum smf_status status = open_bytes(file.bytes, file.size);
        CHECK_STATUS(status, SMF_OK);
        tell(status);
        if (status == SMF_OK) {
            check_view(&what, &file);
            check_symbols(&what);
        }
        forge_free(&file);
    }
    tap_variant("%s", "");
}

static void every_layout_opens_behind_a_stub(void)
{
    static const char stub[] = "#!/usr/bin/env smf run         \n"; /* 32 bytes */
    for (int layout = FORGE_R96_TRAILER; layout < FORGE_LAYOUTS; layout++) {
        struct forge what = describe((enum forge_layout)layout);
        struct forged file;
        if (layout == FORGE_P128_LEADING)
            continue; /* its header is at 0: nothing can stand before it */
        what.stub = stub;
        what.stub_size = 32;
        forge_make(&what, &file);
        tap_variant("%s", forge_layout_name(what.layout));
        const enum smf_status status = open_bytes(file.bytes, file.size);
        CHECK_STATUS(status, SMF_OK);
        tell(status);
        if (status == SMF_OK) {
            check_view(&what, &file);
            check_symbols(&what);
            CHECK_EQUAL(image.header.stub_size, 32);
        }
        forge_free(&file);
    }
    tap_variant("%s", "");
}

static void a_script_line_that_nobody_recorded(void)
{
    for (int layout = 0; layout < FORGE_CANONICAL; layout++) {
        struct forge what = describe((enum forge_layout)layout);
        struct forged file;
        what.stub = "#!/usr/bin/smf\n";
        what.stub_size = 15;
        what.unpatched = true;
        forge_make(&what, &file);
        tap_variant("%s", forge_layout_name(what.layout));
        const enum smf_status status = open_bytes(file.bytes, file.size);
        CHECK_STATUS(status, SMF_OK);
        tell(status);
        if (status == SMF_OK)
            check_view(&what, &file);
        forge_free(&file);
    }
    tap_variant("%s", "");
}

static void check_sample(const char *file, size_t wanted, enum smf_layout layout, uint64_t payload, uint64_t symbols,
                         uint64_t strings)
{
    static uint8_t bytes[512];
    struct smf_symbol symbol;
    const size_t size = golden_read(file, bytes, sizeof bytes);
    CHECK_EQUAL(size, wanted);
    const enum smf_status status = open_bytes(bytes, size);
    CHECK_STATUS(status, SMF_OK);
    tell(status);
    if (status != SMF_OK)
        return;
    CHECK_EQUAL(image.header.layout, layout);
    CHECK_EQUAL(image.header.platform, 1);
    CHECK_EQUAL(image.header.arch, 0);
    CHECK_EQUAL(image.header.flags, 1);
    CHECK_EQUAL(image.header.section_count, 1);
    CHECK_EQUAL(image.symbol_table, symbols);
    CHECK_EQUAL(image.string_table, strings);
    CHECK_EQUAL(table[0].type, SMF_SECTION_CODE);
    CHECK_EQUAL(table[0].flags, 5);
    CHECK_EQUAL(table[0].offset, payload);
    CHECK_EQUAL(table[0].size, 6);
    CHECK_EQUAL(table[0].virtual_size, 6);
    CHECK_EQUAL(table[0].alignment, 16);
    CHECK_TEXT(table[0].name, "code");
    CHECK(memcmp(bytes + table[0].offset, "\xB8\0\0\0\0\xC3", 6) == 0);
    CHECK_STATUS(smf_image_symbol(&image, 0, &symbol, &why), SMF_OK);
    CHECK_EQUAL(symbol.hash, 0xEA90E208);
    CHECK_EQUAL(symbol.type, SMF_SYMBOL_FUNCTION);
    CHECK_EQUAL(symbol.binding, SMF_BINDING_GLOBAL);
    CHECK_EQUAL(symbol.place, SMF_PLACE_CODE_AREA); /* exported_count says that it is no import */
    CHECK_EQUAL(symbol.value, 0);
}

static void simpleos_samples_decode(void)
{
    check_sample("simpleos-r72-allocator.smf", 179, SMF_LAYOUT_R72, 0x80, 0x86, 0xAE);
    check_sample("simpleos-r72-mod.smf", 179, SMF_LAYOUT_R72, 0x80, 0x86, 0xAE);
    check_sample("simpleos-r96-builder.smf", 219, SMF_LAYOUT_R96, 0x98, 0x9E, 0xD6);
}

static const struct tap_case cases[] = {
    {"every_layout_opens",                 every_layout_opens                },
    {"every_layout_opens_behind_a_stub",   every_layout_opens_behind_a_stub  },
    {"a_script_line_that_nobody_recorded", a_script_line_that_nobody_recorded},
    {"simpleos_samples_decode",            simpleos_samples_decode           },
};
TAP_MAIN(cases)
