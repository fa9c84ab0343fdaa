/* SPDX-License-Identifier: MIT */
/* damage.c - template records that are cut, flipped, miscounted, and as large as they can be. */
#include <stdlib.h>
#include <string.h>

#include "generic/record/sample.h"
#include "harness/tap.h"
#include "smf/unit.h"
#include "support/template_forge.h"
#include "support/template_walk.h"

static struct smf_diagnosis why;

enum { READY = 4 };
static const struct smf_write_record *const ready[READY] = {&forge_size_of, &forge_swap, &forge_chain, &sample_map};

/* Bytes in a block of their own size: opened, and if they are good gone through, written anew and gone through again. */
static enum smf_status try_bytes(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size != 0 ? size : 1);
    struct smf_record record, again;
    CHECK(copy != NULL);
    memcpy(copy, bytes, size);
    const enum smf_status status = smf_record_open(&record, copy, size, &why);
    if (status == SMF_OK) {
        size_t rewritten_size = 0;
        uint8_t *rewritten = template_rewrite(&record, &rewritten_size, &why);
        CHECK_EQUAL(template_walk(&record, NULL), 0);
        CHECK(rewritten != NULL);
        if (rewritten != NULL) {
            CHECK_STATUS(smf_record_open(&again, rewritten, rewritten_size, &why), SMF_OK);
            CHECK_EQUAL(template_walk(&again, NULL), 0);
        }
        free(rewritten);
    }
    free(copy);
    return status;
}

static void cut_at_every_byte(void)
{
    for (unsigned i = 0; i < READY; i++) {
        struct forged_record forged;
        forge_record(ready[i], &forged);
        for (size_t size = 0; size < forged.size; size++) {
            tap_variant("record=%u,size=%u", i, (unsigned)size);
            CHECK_STATUS(try_bytes(forged.bytes, size), size < 5 ? SMF_ERR_OPAQUE : SMF_ERR_TRUNCATED);
        }
        CHECK_STATUS(try_bytes(forged.bytes, forged.size), SMF_OK);
        forge_record_free(&forged);
    }
    tap_variant("%s", "");
}

static void every_bit_flipped(void)
{
    unsigned refused = 0, accepted = 0;
    for (unsigned i = 0; i < READY; i++) {
        struct forged_record forged;
        forge_record(ready[i], &forged);
        for (size_t bit = 0; bit < 8 * forged.size; bit++) {
            tap_variant("record=%u,bit=%u", i, (unsigned)bit);
            forged.bytes[bit >> 3] ^= (uint8_t)(1u << (bit & 7));
            const enum smf_status status = try_bytes(forged.bytes, forged.size);
            CHECK(status == SMF_OK || status == SMF_ERR_OPAQUE || status == SMF_ERR_TRUNCATED ||
                  status == SMF_ERR_FORMAT || status == SMF_ERR_LIMIT);
            if (status == SMF_OK)
                accepted++;
            else
                refused++;
            forged.bytes[bit >> 3] ^= (uint8_t)(1u << (bit & 7));
        }
        CHECK_STATUS(try_bytes(forged.bytes, forged.size), SMF_OK);
        forge_record_free(&forged);
    }
    tap_variant("%s", "");
    CHECK(refused > 2000 && accepted > 1000); /* letters of names, code: not everything can be noticed */
}

static void every_count_wrong(void)
{
    for (unsigned i = 0; i < READY; i++) {
        struct forged_record forged;
        forge_record(ready[i], &forged);
        for (size_t at = 6; at < 12; at++) {
            const uint8_t right = forged.bytes[at];
            for (unsigned value = 0; value < 256; value++) {
                tap_variant("record=%u,at=%u,value=%u", i, (unsigned)at, value);
                forged.bytes[at] = (uint8_t)value;
                const enum smf_status status = try_bytes(forged.bytes, forged.size);
                CHECK((status == SMF_OK) == (value == right));
            }
            forged.bytes[at] = right;
        }
        forge_record_free(&forged);
    }
    tap_variant("%s", "");
}

/* ---- As large as can be, and one more: reader and writer say the same ---- */

static void check_limit(const struct smf_write_record *what, enum smf_detail detail)
{
    struct forged_record forged;
    struct smf_record record;
    size_t size = 0;
    forge_record(what, &forged);
    const enum smf_status read = smf_record_open(&record, forged.bytes, forged.size, &why);
    CHECK_EQUAL(read == SMF_OK ? SMF_DETAIL_NONE : why.detail, detail);
    const enum smf_status written = smf_record_write(what, NULL, 0, &size, &why);
    CHECK_EQUAL(written == SMF_OK ? SMF_DETAIL_NONE : why.detail, detail);
    CHECK_STATUS(written, read);
    if (read == SMF_OK)
        CHECK_EQUAL(template_walk(&record, NULL), 0);
    forge_record_free(&forged);
}

static void parameters(void)
{
    static const char *const names[] = {"A", "B", "C", "D", "E", "F", "G", "H", "I"};
    struct smf_write_parameter list[9];
    struct smf_shape shapes[9];
    struct smf_write_record what = forge_swap;
    struct smf_write_unit unit = what.units[0];
    for (unsigned i = 0; i < 9; i++) {
        list[i] = (struct smf_write_parameter){names[i], 0};
        shapes[i] = (struct smf_shape){0, SMF_SHAPE_ANY, 0};
    }
    what.parameters = list;
    what.units = &unit;
    what.unit_count = 1;
    unit.shapes = shapes;
    what.parameter_count = 8;
    check_limit(&what, SMF_DETAIL_NONE);
    what.parameter_count = 9;
    check_limit(&what, SMF_DETAIL_RECORD_PARAMETERS);
    what.parameter_count = 0;
    check_limit(&what, SMF_DETAIL_RECORD_PARAMETERS);
}

static void exports_and_needs(void)
{
    struct smf_write_item items[33], needs[33];
    uint32_t offsets[33] = {0};
    struct smf_write_record what = forge_swap;
    struct smf_write_unit unit = what.units[0];
    for (unsigned i = 0; i < 33; i++) {
        items[i] = forge_swap.exports[0];
        needs[i] = forge_chain.needs[0];
    }
    what.exports = items;
    what.needs = needs;
    what.units = &unit;
    what.unit_count = 1;
    unit.exports = offsets;
    what.export_count = what.need_count = 32;
    check_limit(&what, SMF_DETAIL_NONE);
    what.export_count = 33;
    check_limit(&what, SMF_DETAIL_RECORD_EXPORTS);
    what.export_count = 0;
    check_limit(&what, SMF_DETAIL_RECORD_EXPORTS);
    what.export_count = 1;
    what.need_count = 33;
    check_limit(&what, SMF_DETAIL_RECORD_NEEDS);
}

static void units(void)
{
    struct smf_write_unit *list = calloc(255, sizeof *list);
    struct smf_write_record what = forge_swap;
    struct smf_record record;
    CHECK(list != NULL);
    if (list == NULL)
        return;
    for (unsigned i = 0; i < 255; i++)
        list[i] = forge_swap.units[i % 5];
    what.units = list;
    what.unit_count = 255;
    check_limit(&what, SMF_DETAIL_NONE);
    what.unit_count = 0;
    check_limit(&what, SMF_DETAIL_NONE);
    size_t size = 0;
    uint8_t bytes[256];
    CHECK_STATUS(smf_record_write(&what, bytes, sizeof bytes, &size, &why), SMF_OK);
    CHECK_STATUS(smf_record_open(&record, bytes, size, &why), SMF_OK);
    const uint8_t *at = NULL;
    struct smf_unit unit;
    CHECK(!smf_record_next_unit(&record, &at, &unit));
    free(list);
}

static void names_and_texts(void)
{
    static char name[257];
    struct smf_write_item items[32];
    struct smf_write_record what = forge_swap;
    size_t size = 0;
    memset(name, 'n', sizeof name - 1);
    what.unit_count = 0;
    what.exports = items;
    items[0] = forge_swap.exports[0];
    items[0].name = name + 1;
    check_limit(&what, SMF_DETAIL_NONE); /* 255 bytes */
    items[0].name = name;
    CHECK_STATUS(smf_record_write(&what, NULL, 0, &size, &why), SMF_ERR_LIMIT);
    CHECK_EQUAL(why.detail, SMF_DETAIL_RECORD_NAME_SIZE);
    items[0].name = "";
    CHECK_STATUS(smf_record_write(&what, NULL, 0, &size, &why), SMF_ERR_LIMIT);
    items[0].name = NULL;
    CHECK_STATUS(smf_record_write(&what, NULL, 0, &size, &why), SMF_ERR_LIMIT);
}

/* 256 names of 255 bytes with their sizes are 64 KiB: one byte too many. */
static void texts_as_many_as_fit(void)
{
    enum { NAMES = 256 };
    char(*names)[256] = calloc(NAMES, sizeof *names);
    struct smf_write_unit_symbol *symbols = calloc(NAMES, sizeof *symbols);
    struct smf_write_parameter parameter = {"T", 0};
    struct smf_write_record what = forge_swap;
    struct smf_write_unit unit = what.units[0];
    struct smf_write_item item = what.exports[0];
    size_t size = 0;
    CHECK(names != NULL && symbols != NULL);
    if (names == NULL || symbols == NULL)
        return;
    for (unsigned i = 0; i < NAMES; i++) {
        memset(names[i], 'n', 255);
        names[i][0] = (char)('A' + (i & 15));
        names[i][1] = (char)('A' + (i >> 4));
        symbols[i] = (struct smf_write_unit_symbol){.name = names[i], .kind = SMF_UNIT_IMPORT};
    }
    parameter.name = names[0];
    item.name = names[1];
    what.parameters = &parameter;
    what.exports = &item;
    what.units = &unit;
    what.unit_count = 1;
    unit.symbols = symbols;
    unit.symbol_count = NAMES;
    CHECK_STATUS(smf_record_write(&what, NULL, 0, &size, &why), SMF_ERR_LIMIT);
    CHECK_EQUAL(why.detail, SMF_DETAIL_RECORD_TEXTS);
    CHECK_EQUAL(why.value, 0x10000);
    names[NAMES - 1][254] = '\0';
    CHECK_STATUS(smf_record_write(&what, NULL, 0, &size, &why), SMF_OK);
    uint8_t *bytes = malloc(size);
    CHECK(bytes != NULL);
    if (bytes != NULL) {
        struct smf_record record;
        CHECK_STATUS(smf_record_write(&what, bytes, size, &size, &why), SMF_OK);
        CHECK_STATUS(smf_record_open(&record, bytes, size, &why), SMF_OK);
        CHECK_EQUAL(record.text_size, 0xFFFF);
        CHECK_EQUAL(template_walk(&record, NULL), 0);
    }
    free(bytes);
    free(symbols);
    free(names);
}

static void code_symbols_and_relocations(void)
{
    struct smf_write_record what = forge_swap;
    struct smf_write_unit unit = what.units[0];
    void *const room = malloc(8u << 20);
    if (room == NULL) {
        tap_skip("three records of a megabyte do not fit here");
        return;
    }
    free(room);
    uint8_t *code = calloc(1, SMF_UNIT_SIZE_MAX + 1);
    struct smf_write_unit_symbol *symbols = calloc(65534, sizeof *symbols);
    struct smf_unit_relocation *relocations = calloc(65535, sizeof *relocations);
    CHECK(code != NULL && symbols != NULL && relocations != NULL);
    if (code == NULL || symbols == NULL || relocations == NULL)
        return;
    for (unsigned i = 0; i < 65534; i++)
        symbols[i].kind = SMF_UNIT_NUMBER;
    for (unsigned i = 0; i < 65535; i++)
        relocations[i] = (struct smf_unit_relocation){.offset = i, .symbol = i < 65533 ? (uint16_t)i : SMF_UNIT_SELF};
    what.units = &unit;
    what.unit_count = 1;
    unit.code = code;
    unit.symbols = symbols;
    unit.relocations = relocations;
    unit.size = SMF_UNIT_SIZE_MAX;
    unit.symbol_count = 65533;
    unit.relocation_count = 65535;
    check_limit(&what, SMF_DETAIL_NONE);
    unit.symbol_count = 65534;
    check_limit(&what, SMF_DETAIL_UNIT_SYMBOLS);
    unit.symbol_count = 65533;
    unit.size++;
    check_limit(&what, SMF_DETAIL_UNIT_SIZE);
    unit.size = 0;
    check_limit(&what, SMF_DETAIL_UNIT_SIZE);
    free(code);
    free(symbols);
    free(relocations);
}

/* What the writer alone can be given wrong. */
static void what_is_not_written(void)
{
    static const struct smf_shape float_0 = {.type_class = SMF_SHAPE_FLOAT};
    static const struct smf_write_unit_symbol bad = {.kind = SMF_UNIT_NEED, .what = 0};
    static const struct smf_unit_relocation outside = {.offset = 9}, nobody = {.symbol = 3},
                                            behind = {.symbol = SMF_UNIT_PAIR, .addend = 9};
    static const uint32_t end = 9;
    const struct {
        enum smf_detail detail;
        struct smf_write_unit change;
    } rows[] = {
        {SMF_DETAIL_UNIT_SHAPE,      {.shapes = &float_0}                            },
        {SMF_DETAIL_UNIT_SYMBOL,     {.symbols = &bad, .symbol_count = 1}            },
        {SMF_DETAIL_UNIT_RELOCATION, {.relocations = &outside, .relocation_count = 1}},
        {SMF_DETAIL_UNIT_RELOCATION, {.relocations = &nobody, .relocation_count = 1} },
        {SMF_DETAIL_UNIT_RELOCATION, {.relocations = &behind, .relocation_count = 1} },
        {SMF_DETAIL_UNIT_EXPORT,     {.exports = &end}                               },
        {SMF_DETAIL_UNIT_ALIGNMENT,  {.alignment_log2 = 13}                          },
        {SMF_DETAIL_UNIT_SOURCE,     {.format = 3}                                   },
        {SMF_DETAIL_UNIT_SOURCE,     {.format = SMF_UNIT_C}                          },
    };
    struct smf_write_record what = forge_swap;
    struct smf_write_unit pair[2] = {forge_swap.units[0], forge_swap.units[0]};
    what.units = pair;
    what.unit_count = 2;
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct smf_write_unit *change = &rows[i].change;
        size_t size = 77;
        pair[1] = forge_swap.units[0];
        if (change->shapes != NULL)
            pair[1].shapes = change->shapes;
        if (change->exports != NULL)
            pair[1].exports = change->exports;
        if (change->format != 0)
            pair[1].format = change->format;
        pair[1].symbols = change->symbols;
        pair[1].symbol_count = change->symbol_count;
        pair[1].relocations = change->relocations;
        pair[1].relocation_count = change->relocation_count;
        pair[1].alignment_log2 = change->alignment_log2;
        tap_variant("row=%u", i);
        CHECK(smf_record_write(&what, NULL, 0, &size, &why) != SMF_OK);
        CHECK_EQUAL(why.detail, rows[i].detail);
        CHECK_EQUAL(why.index, 1);
        CHECK_EQUAL(size, 77);
    }
    tap_variant("%s", "");
    what.kind = 5;
    size_t size;
    CHECK_STATUS(smf_record_write(&what, NULL, 0, &size, NULL), SMF_ERR_FORMAT);
    struct smf_write_parameter parameter = {"T", 0x100};
    what.kind = 0;
    what.parameters = &parameter;
    CHECK_STATUS(smf_record_write(&what, NULL, 0, &size, &why), SMF_ERR_FORMAT);
    CHECK_EQUAL(why.detail, SMF_DETAIL_RECORD_BOUNDS);
}

static const struct tap_case cases[] = {
    {"cut_at_every_byte",            cut_at_every_byte           },
    {"every_bit_flipped",            every_bit_flipped           },
    {"every_count_wrong",            every_count_wrong           },
    {"parameters",                   parameters                  },
    {"exports_and_needs",            exports_and_needs           },
    {"units",                        units                       },
    {"names_and_texts",              names_and_texts             },
    {"texts_as_many_as_fit",         texts_as_many_as_fit        },
    {"code_symbols_and_relocations", code_symbols_and_relocations},
    {"what_is_not_written",          what_is_not_written         },
};
TAP_MAIN(cases)
