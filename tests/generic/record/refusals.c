/* SPDX-License-Identifier: MIT */
/* refusals.c - template records that are wrong in one place: what is said, and where. Reader and writer agree. */
#include <stdlib.h>
#include <string.h>

#include "generic/record/sample.h"
#include "harness/tap.h"
#include "smf/unit.h"
#include "support/template_forge.h"

static struct forged_record forged;
static struct smf_diagnosis why;

/* Refused with this detail, which points to `offset`; what the caller has is left alone. */
static void check_refused(enum smf_detail detail, size_t offset)
{
    struct smf_record record, before;
    memset(&record, 0xA5, sizeof record);
    before = record;
    memset(&why, 0xA5, sizeof why);
    CHECK_STATUS(smf_record_open(&record, forged.bytes, forged.size, &why), (enum smf_status)(-((int)detail >> 6)));
    CHECK_EQUAL(why.detail, detail);
    CHECK_EQUAL(why.offset, offset);
    CHECK_TEXT(why.name, "");
    CHECK(memcmp(&record, &before, sizeof record) == 0);
    CHECK_STATUS(smf_record_open(&record, forged.bytes, forged.size, NULL), why.status);
}

static void check_accepted(void)
{
    struct smf_record record;
    CHECK_STATUS(smf_record_open(&record, forged.bytes, forged.size, &why), SMF_OK);
}

/* One byte of a good record is another one; then it is what it was. */
static void check_byte(size_t at, uint8_t value, enum smf_detail detail, size_t offset)
{
    const uint8_t before = forged.bytes[at];
    tap_variant("byte %u", (unsigned)at);
    forged.bytes[at] = value;
    check_refused(detail, offset);
    forged.bytes[at] = before;
    tap_variant("%s", "");
}

static void check_word(size_t at, uint32_t value, enum smf_detail detail, size_t offset)
{
    uint8_t before[4];
    memcpy(before, forged.bytes + at, 4);
    for (unsigned i = 0; i < 4; i++)
        forged.bytes[at + i] = (uint8_t)(value >> 8 * i);
    if (detail != SMF_DETAIL_NONE)
        check_refused(detail, offset);
    else
        check_accepted();
    memcpy(forged.bytes + at, before, 4);
}

static void begin(const struct smf_write_record *what)
{
    forge_record(what, &forged);
    check_accepted();
}

static void end(void)
{
    check_accepted(); /* each change was taken back */
    forge_record_free(&forged);
}

/* SPEC [U1]. */
static void other_records_are_opaque(void)
{
    begin(&sample_map);
    for (unsigned i = 0; i < 5; i++)
        check_byte(i, 9, SMF_DETAIL_RECORD_OPAQUE, 0);
    check_byte(4, 0, SMF_DETAIL_RECORD_OPAQUE, 0);
    const size_t size = forged.size;
    for (forged.size = 0; forged.size < 5; forged.size++)
        check_refused(SMF_DETAIL_RECORD_OPAQUE, 0);
    for (; forged.size < 12; forged.size++)
        check_refused(SMF_DETAIL_RECORD_END, 0);
    forged.size = size;
    end();
}

/* SPEC [U2]. */
static void heads(void)
{
    begin(&sample_map);
    check_byte(5, 5, SMF_DETAIL_RECORD_KIND, 5);
    check_byte(6, 0, SMF_DETAIL_RECORD_PARAMETERS, 6);
    check_byte(6, 9, SMF_DETAIL_RECORD_PARAMETERS, 6);
    check_byte(7, 0, SMF_DETAIL_RECORD_EXPORTS, 7);
    check_byte(7, 33, SMF_DETAIL_RECORD_EXPORTS, 7);
    check_byte(8, 33, SMF_DETAIL_RECORD_NEEDS, 8);
    check_byte(9, 7, SMF_DETAIL_RECORD_LEFT, forged.unit[7]);
    check_byte(9, 9, SMF_DETAIL_RECORD_END, forged.size);
    check_byte(11, 0xFF, SMF_DETAIL_RECORD_END, 12);
    end();
}

/* SPEC [U3]. */
static void texts(void)
{
    begin(&sample_map);
    check_byte(forged.text, 0, SMF_DETAIL_RECORD_TEXT, forged.text);
    check_byte(forged.text + 1, 0, SMF_DETAIL_RECORD_TEXT, forged.text + 1);
    check_byte(forged.parameters - 1, 0, SMF_DETAIL_RECORD_TEXT, forged.parameters - 1);
    const uint8_t size = (uint8_t)(forged.parameters - forged.text); /* of all */
    check_byte(forged.parameters, size, SMF_DETAIL_RECORD_NAME, forged.parameters);
    check_byte(forged.parameters, size - 1, SMF_DETAIL_RECORD_NAME, forged.parameters); /* its size is its last byte */
    const uint8_t last = forged.bytes[forged.parameters - 1];
    forged.bytes[forged.parameters - 1] = 1; /* a name of one byte, which would be the first behind the texts */
    check_byte(forged.parameters, size - 1, SMF_DETAIL_RECORD_NAME, forged.parameters);
    forged.bytes[forged.parameters - 1] = last;
    check_byte(forged.exports + 1, 0xFF, SMF_DETAIL_RECORD_NAME, forged.exports);
    check_byte(forged.needs, size, SMF_DETAIL_RECORD_NAME, forged.needs);
    check_byte(forged.parameters + 3, 1, SMF_DETAIL_RECORD_BOUNDS, forged.parameters + 2);
    end();
}

/* SPEC [U4]: bytes of a term in the place of the first export's, or of the first need's. */
static void check_term(const uint8_t *term, uint8_t size, bool need, bool good)
{
    struct smf_write_record what = sample_map;
    struct smf_write_item items[2] = {what.exports[0], what.exports[1]};
    if (need)
        memcpy(items, what.needs, sizeof items);
    items[0].term = term;
    items[0].term_size = size;
    *(need ? &what.needs : &what.exports) = items;
    forge_record(&what, &forged);
    if (good)
        check_accepted();
    else
        check_refused(SMF_DETAIL_RECORD_TERM, (need ? forged.needs : forged.exports) + 3);
    size_t written = 0;
    CHECK_STATUS(smf_record_write(&what, NULL, 0, &written, &why), good ? SMF_OK : SMF_ERR_FORMAT);
    if (!good)
        CHECK_EQUAL(why.detail, SMF_DETAIL_RECORD_TERM);
    forge_record_free(&forged);
}
#define TERM(need, good, ...)                                                                                          \
    check_term((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), need, good)

static void terms(void)
{
    TERM(false, true, 0x23, 0, 0x10);
    TERM(false, true, 0x23, 1, 1, 0x20, 0x22, 1, 'x', 0);
    TERM(false, false, 0x10);                        /* no function                    */
    TERM(false, false, 0x23);                        /* no count                       */
    TERM(false, false, 0x23, 0);                     /* no result                      */
    TERM(false, false, 0x23, 2, 0, 0x10);            /* an argument is missing         */
    TERM(false, false, 0x23, 0, 0x10, 0x10);         /* one type too many              */
    TERM(false, false, 0x23, 0, 2);                  /* there is no third parameter    */
    TERM(false, false, 0x23, 0, 0x0F);               /* nor a sixteenth                */
    TERM(false, false, 0x23, 0, 0x24);               /* no such tag                    */
    TERM(false, false, 0x23, 0, 0xFF);               /*                                */
    TERM(false, false, 0x23, 0, 0x20);               /* a pointer to nothing           */
    TERM(false, false, 0x23, 0, 0x21);               /* an array of nothing            */
    TERM(false, false, 0x23, 0, 0x22);               /* a name without a size          */
    TERM(false, false, 0x23, 0, 0x22, 0, 0);         /* empty                          */
    TERM(false, false, 0x23, 0, 0x22, 2, 'a');       /* cut                            */
    TERM(false, false, 0x23, 0, 0x22, 1, 'a');       /* without a count                */
    TERM(false, false, 0x23, 0, 0x22, 1, 'a', 1);    /* without its argument           */
    TERM(false, false, 0x23, 0, 0x22, 2, 'a', 0, 0); /* with a NUL                     */
    TERM(true, true, 0);
    TERM(true, true, 0, 1, 0, 1, 0, 1, 0, 0x1F);  /* eight                          */
    TERM(true, false, 0, 1, 0, 1, 0, 1, 0, 1, 0); /* nine                           */
    TERM(true, false, 0, 0x20);
    check_term(NULL, 0, true, false);
    check_term(NULL, 0, false, false);
}

static void terms_as_long_and_deep_as_they_can_be(void)
{
    uint8_t term[255];
    memset(term, SMF_TERM_POINTER, sizeof term);
    term[0] = SMF_TERM_FUNCTION;
    term[1] = 0;
    term[254] = 1;
    check_term(term, 255, false, true);
    term[254] = SMF_TERM_POINTER;
    check_term(term, 255, false, false);
    memset(term, SMF_TERM_FUNCTION, sizeof term); /* wants ever more */
    check_term(term, 255, false, false);
    term[1] = 252;
    memset(term + 2, 0, 253);
    check_term(term, 255, false, true);
}

/* ---- Units ---- */

/* SPEC [U5]. */
static void heads_of_units(void)
{
    begin(&sample_map);
    const size_t at = forged.unit[SAMPLE_ANY], source = forged.unit[SAMPLE_C];
    check_byte(at + 3, 13, SMF_DETAIL_UNIT_ALIGNMENT, at + 3);
    check_word(at + 4, 0, SMF_DETAIL_UNIT_SIZE, at + 4);
    check_word(at + 4, SMF_UNIT_SIZE_MAX + 1, SMF_DETAIL_UNIT_SIZE, at + 4);
    check_word(at + 4, 0xFFFFFFFF, SMF_DETAIL_UNIT_SIZE, at + 4);
    CHECK_EQUAL(why.index, SAMPLE_ANY);
    check_word(at + 4, SMF_UNIT_SIZE_MAX, SMF_DETAIL_RECORD_END, at + 12);
    check_word(at + 8, 65534, SMF_DETAIL_UNIT_SYMBOLS, at + 8);
    check_word(at + 8, 65533, SMF_DETAIL_RECORD_END, at + 12);
    check_word(at + 8, 0xFFFF0000, SMF_DETAIL_RECORD_END, at + 12);
    check_byte(source + 1, 1, SMF_DETAIL_UNIT_SOURCE, source);
    check_byte(source + 2, 1, SMF_DETAIL_UNIT_SOURCE, source);
    check_byte(source + 3, 1, SMF_DETAIL_UNIT_SOURCE, source);
    end();
    struct smf_write_unit units[2] = {sample_map.units[SAMPLE_C], sample_map.units[SAMPLE_C]};
    struct smf_write_record what = sample_map;
    what.units = units;
    what.unit_count = 2;
    units[1].symbols = sample_map.units[SAMPLE_ANY].symbols;
    units[1].symbol_count = 1;
    forge_record(&what, &forged);
    check_refused(SMF_DETAIL_UNIT_SOURCE, forged.unit[1]);
    CHECK_EQUAL(why.index, 1);
    forge_record_free(&forged);
    units[1].symbol_count = 0;
    units[1].relocations = sample_map.units[SAMPLE_ANY].relocations;
    units[1].relocation_count = 1;
    forge_record(&what, &forged);
    check_refused(SMF_DETAIL_UNIT_SOURCE, forged.unit[1]);
    forge_record_free(&forged);
}

static void check_shape(unsigned type_class, unsigned log2, unsigned size, bool good)
{
    static const unsigned units[] = {SAMPLE_ANY, SAMPLE_C};
    for (unsigned i = 0; i < 2; i++) {
        const size_t at = forge_unit_shape(&sample_map, &forged, units[i], 1);
        check_word(at, type_class | log2 << 8 | size << 16, good ? SMF_DETAIL_NONE : SMF_DETAIL_UNIT_SHAPE, at);
    }
}

/* SPEC [U6]. */
static void shapes(void)
{
    begin(&sample_map);
    check_shape(SMF_SHAPE_POINTER + 1, 0, 4, false);
    check_shape(255, 255, 65535, false);
    check_shape(SMF_SHAPE_ANY, 0, 1, false);
    check_shape(SMF_SHAPE_ANY, 1, 0, false);
    check_shape(SMF_SHAPE_PLAIN, 1, 0, false);
    check_shape(SMF_SHAPE_PLAIN, 0, 65535, true);
    check_shape(SMF_SHAPE_PLAIN, 1, 65535, false);
    check_shape(SMF_SHAPE_PLAIN, 12, 4096, true);
    check_shape(SMF_SHAPE_PLAIN, 13, 8192, false);
    check_shape(SMF_SHAPE_PLAIN, 3, 20, false);
    for (unsigned type_class = SMF_SHAPE_SIGNED; type_class <= SMF_SHAPE_POINTER; type_class++) {
        check_shape(type_class, 0, 0, false);
        check_shape(type_class, 3, 8, true);
        check_shape(type_class, 2, 8, true);
        check_shape(type_class, 4, 8, false);
    }
    end();
}

static void functions(void)
{
    begin(&sample_map);
    const size_t at = forge_unit_export(&sample_map, &forged, SAMPLE_ANY, 1);
    check_word(at, 8, SMF_DETAIL_UNIT_EXPORT, at);
    check_word(at, 0xFFFFFFFF, SMF_DETAIL_UNIT_EXPORT, at);
    check_word(at, 7, SMF_DETAIL_NONE, 0);
    end();
}

static void check_symbol(unsigned index, unsigned kind, unsigned parameter, unsigned what, bool good)
{
    const size_t at = forge_unit_symbol(&sample_map, &forged, SAMPLE_PLAIN, index);
    check_word(at, kind | parameter << 8 | what << 16, good ? SMF_DETAIL_NONE : SMF_DETAIL_UNIT_SYMBOL, at);
}

/* SPEC [U9]. */
static void symbols(void)
{
    begin(&sample_map);
    const unsigned size = (unsigned)(forged.parameters - forged.text);
    for (unsigned index = 0; index < 6; index += 5) {
        check_symbol(index, 0, 0, 0, false);
        check_symbol(index, SMF_UNIT_WEAK + 1, 0, 0, false);
        check_symbol(index, 0x10 | SMF_UNIT_NUMBER, 0, 0, false);
        check_symbol(index, 0x20 | SMF_UNIT_NUMBER, 0, 0, false);
        check_symbol(index, 0xC0 | SMF_UNIT_NUMBER, 1, 2, true);
        check_symbol(index, SMF_UNIT_NUMBER, 2, 0, false);
        check_symbol(index, SMF_UNIT_NUMBER, 0, 3, false);
        check_symbol(index, SMF_UNIT_FUNCTION, 1, 4, true);
        check_symbol(index, SMF_UNIT_FUNCTION, 2, 0, false);
        check_symbol(index, SMF_UNIT_FUNCTION, 0, 5, false);
        check_symbol(index, SMF_UNIT_NAMED, 1, 2, true);
        check_symbol(index, SMF_UNIT_NAMED, 2, 2, false);
        check_symbol(index, SMF_UNIT_NAMED, 1, size, false);
        check_symbol(index, SMF_UNIT_NEED, 0, 1, true);
        check_symbol(index, SMF_UNIT_NEED, 0, 2, false);
        check_symbol(index, SMF_UNIT_NEED, 1, 1, false);
        check_symbol(index, SMF_UNIT_IMPORT, 0, 2, true);
        check_symbol(index, SMF_UNIT_IMPORT, 1, 2, false);
        check_symbol(index, SMF_UNIT_IMPORT, 0, size - 1, false);
        check_symbol(index, SMF_UNIT_WEAK, 0, 0xFFFF, false);
        check_symbol(index, SMF_UNIT_WEAK, 2, 2, false);
    }
    end();
}

/* SPEC [U10]. */
static void relocations(void)
{
    begin(&sample_map);
    size_t at[4];
    for (unsigned i = 0; i < 4; i++)
        at[i] = forge_unit_relocation(&sample_map, &forged, SAMPLE_PLAIN, i);
    check_word(at[3], 8, SMF_DETAIL_UNIT_RELOCATION, at[3]);
    check_word(at[3], 0xFFFFFFFF, SMF_DETAIL_UNIT_RELOCATION, at[3]);
    check_word(at[3], 1, SMF_DETAIL_UNIT_RELOCATION, at[3]); /* 2 comes before it */
    check_word(at[3], 2, SMF_DETAIL_NONE, 0);
    check_word(at[0], 3, SMF_DETAIL_UNIT_RELOCATION, at[1]);
    check_byte(at[0] + 6, 6, SMF_DETAIL_UNIT_RELOCATION, at[0]);    /* six symbols */
    check_byte(at[1] + 6, 0xFD, SMF_DETAIL_UNIT_RELOCATION, at[1]); /* neither itself nor a pair */
    check_word(at[2] + 8, 8, SMF_DETAIL_UNIT_RELOCATION, at[2]);    /* a pair outside */
    check_word(at[2] + 8, 0xFFFFFFFF, SMF_DETAIL_UNIT_RELOCATION, at[2]);
    end();
}

static void what_is_left_over(void)
{
    begin(&sample_map);
    struct forged_record whole = forged;
    forged.bytes = malloc(whole.size + 1);
    CHECK(forged.bytes != NULL);
    if (forged.bytes != NULL) {
        memcpy(forged.bytes, whole.bytes, whole.size);
        forged.bytes[whole.size] = 0;
        forged.size++;
        check_refused(SMF_DETAIL_RECORD_LEFT, whole.size);
        free(forged.bytes);
    }
    forged = whole;
    end();
}

static const struct tap_case cases[] = {
    {"other_records_are_opaque",              other_records_are_opaque             },
    {"heads",                                 heads                                },
    {"texts",                                 texts                                },
    {"terms",                                 terms                                },
    {"terms_as_long_and_deep_as_they_can_be", terms_as_long_and_deep_as_they_can_be},
    {"heads_of_units",                        heads_of_units                       },
    {"shapes",                                shapes                               },
    {"functions",                             functions                            },
    {"symbols",                               symbols                              },
    {"relocations",                           relocations                          },
    {"what_is_left_over",                     what_is_left_over                    },
};
TAP_MAIN(cases)
