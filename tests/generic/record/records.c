/* SPDX-License-Identifier: MIT */
/* records.c - template records that are right: read field by field, and written so that the same is read (smf/unit.h). */
#include <string.h>

#include "generic/record/sample.h"
#include "harness/tap.h"
#include "smf/unit.h"
#include "support/template_forge.h"

static struct smf_record record;
static struct smf_diagnosis why;

static bool is_text(struct smf_unit_text text, const char *wanted)
{
    return text.size == strlen(wanted) && memcmp(text.bytes, wanted, text.size) == 0;
}

/* SPEC [U1], [U3]: the page's example. */
static void the_example(void)
{
    static const uint8_t bytes[] = "SMFT\1\0\1\1\0\2\7\0"
                                   "\1T\4swap"
                                   "\0\0\0\0"
                                   "\2\0\7\x23\2\x20\0\x20\0\x10"
                                   "\1\0\0\4\x09\0\0\0\0\0\0\0"
                                   "\2\2\4\0"
                                   "\0\0\0\0"
                                   "\x8B\x07\x8B\x16\x89\x17\x89\x06\xC3"
                                   "\2\xFF\0\0\3\0\0\0\0\0\0\0"
                                   "\0\0\0\0"
                                   "x;\n";
    const uint8_t *at = NULL;
    struct smf_unit unit;
    struct smf_record_item item;
    CHECK_STATUS(smf_record_open(&record, bytes, sizeof bytes - 1, &why), SMF_OK);
    CHECK_EQUAL(record.kind, SMF_TEMPLATE_FUNCTION);
    CHECK_EQUAL(record.parameter_count, 1);
    CHECK(is_text(smf_record_parameter(&record, 0).name, "T"));
    CHECK_EQUAL(smf_record_parameter(&record, 0).bounds, 0);
    CHECK(smf_record_next_export(&record, &at, &item));
    CHECK(is_text(item.name, "swap"));
    CHECK_EQUAL(item.term_size, 7);
    CHECK_EQUAL(item.term[0], SMF_TERM_FUNCTION);
    CHECK(!smf_record_next_export(&record, &at, &item));
    CHECK_EQUAL(smf_record_find_export(&record, "swap", 4), 0);
    CHECK_EQUAL(smf_record_find_export(&record, "swa", 3), -1);
    at = NULL;
    CHECK(!smf_record_next_need(&record, &at, &item));
    at = NULL;
    CHECK(smf_record_next_unit(&record, &at, &unit));
    CHECK_EQUAL(unit.format, SMF_UNIT_CODE);
    CHECK_EQUAL(unit.arch, SMF_ARCH_X86_64);
    CHECK_EQUAL(unit.alignment_log2, 4);
    CHECK_EQUAL(unit.size, 9);
    CHECK_EQUAL(unit.code[0], 0x8B);
    CHECK_EQUAL(smf_unit_shape(&unit, 0).type_class, SMF_SHAPE_SIGNED);
    CHECK_EQUAL(smf_unit_shape(&unit, 0).size, 4);
    CHECK_EQUAL(smf_unit_shape(&unit, 0).alignment_log2, 2);
    CHECK_EQUAL(smf_unit_export(&unit, 0), 0);
    CHECK(smf_record_next_unit(&record, &at, &unit));
    CHECK_EQUAL(unit.format, SMF_UNIT_C);
    CHECK(unit.size == 3 && memcmp(unit.code, "x;\n", 3) == 0);
    CHECK(!smf_record_next_unit(&record, &at, &unit));
}

static void check_symbol(const struct smf_unit *unit, unsigned index, const struct smf_write_unit_symbol *wanted)
{
    const struct smf_unit_symbol found = smf_unit_symbol(unit, index);
    CHECK_EQUAL(found.kind, wanted->kind);
    CHECK_EQUAL(found.parameter, wanted->parameter);
    CHECK_EQUAL(found.called, wanted->called);
    CHECK_EQUAL(found.slot, wanted->slot);
    if (wanted->name != NULL)
        CHECK(is_text(smf_record_text(&record, found.what), wanted->name));
    else
        CHECK_EQUAL(found.what, wanted->what);
}

static void check_unit(const struct smf_unit *unit, const struct smf_write_unit *wanted,
                       const struct smf_write_record *what)
{
    CHECK_EQUAL(unit->format, wanted->format);
    CHECK_EQUAL(unit->arch, wanted->arch);
    CHECK_EQUAL(unit->features, wanted->features);
    CHECK_EQUAL(unit->alignment_log2, wanted->alignment_log2);
    CHECK_EQUAL(unit->symbol_count, wanted->symbol_count);
    CHECK_EQUAL(unit->relocation_count, wanted->relocation_count);
    CHECK(unit->size == wanted->size && memcmp(unit->code, wanted->code, unit->size) == 0);
    for (unsigned i = 0; i < what->parameter_count; i++) {
        const struct smf_shape shape = smf_unit_shape(unit, i);
        CHECK_EQUAL(shape.type_class, wanted->shapes[i].type_class);
        CHECK_EQUAL(shape.size, wanted->shapes[i].size);
        CHECK_EQUAL(shape.alignment_log2, wanted->shapes[i].alignment_log2);
    }
    for (unsigned i = 0; unit->format == SMF_UNIT_CODE && i < what->export_count; i++)
        CHECK_EQUAL(smf_unit_export(unit, i), wanted->exports[i]);
    for (unsigned i = 0; i < unit->symbol_count && i < wanted->symbol_count; i++)
        check_symbol(unit, i, &wanted->symbols[i]);
    for (unsigned i = 0; i < unit->relocation_count && i < wanted->relocation_count; i++) {
        const struct smf_unit_relocation relocation = smf_unit_relocation(unit, i);
        CHECK_EQUAL(relocation.offset, wanted->relocations[i].offset);
        CHECK_EQUAL(relocation.type, wanted->relocations[i].type);
        CHECK_EQUAL(relocation.symbol, wanted->relocations[i].symbol);
        CHECK_EQUAL(relocation.addend, wanted->relocations[i].addend);
    }
}

static void check_items(bool exports, const struct smf_write_item *wanted, unsigned count)
{
    const uint8_t *at = NULL;
    struct smf_record_item item;
    unsigned i = 0;
    while (exports ? smf_record_next_export(&record, &at, &item) : smf_record_next_need(&record, &at, &item)) {
        const struct smf_record_item same = exports ? smf_record_export(&record, i) : smf_record_need(&record, i);
        CHECK(i < count);
        CHECK(same.term == item.term && same.name.bytes == item.name.bytes);
        CHECK(is_text(item.name, wanted[i].name));
        CHECK(item.term_size == wanted[i].term_size && memcmp(item.term, wanted[i].term, item.term_size) == 0);
        if (exports)
            CHECK_EQUAL(smf_record_find_export(&record, wanted[i].name, strlen(wanted[i].name)), i);
        i++;
    }
    CHECK_EQUAL(i, count);
}

/* What was described is what is read; units stand in the order `order` of the description. */
static void check_record(const void *bytes, size_t size, const struct smf_write_record *what, const uint8_t *order)
{
    const uint8_t *at = NULL;
    struct smf_unit unit;
    unsigned i = 0;
    memset(&record, 0, sizeof record);
    CHECK_STATUS(smf_record_open(&record, bytes, size, &why), SMF_OK);
    CHECK_EQUAL(record.kind, what->kind);
    CHECK_EQUAL(record.parameter_count, what->parameter_count);
    CHECK_EQUAL(record.unit_count, what->unit_count);
    for (unsigned p = 0; p < what->parameter_count; p++) {
        CHECK(is_text(smf_record_parameter(&record, p).name, what->parameters[p].name));
        CHECK_EQUAL(smf_record_parameter(&record, p).bounds, what->parameters[p].bounds);
    }
    check_items(true, what->exports, what->export_count);
    check_items(false, what->needs, what->need_count);
    for (; smf_record_next_unit(&record, &at, &unit) && i < what->unit_count; i++)
        check_unit(&unit, &what->units[order != NULL ? order[i] : i], what);
    CHECK_EQUAL(i, what->unit_count);
}

static void check_written(const struct smf_write_record *what, const uint8_t *order)
{
    static uint8_t bytes[4096], again[4096];
    size_t size = 0, measured = 0, same = 0;
    CHECK_STATUS(smf_record_write(what, NULL, 0, &measured, &why), SMF_OK);
    CHECK(measured <= sizeof bytes);
    memset(bytes, 0x5A, sizeof bytes);
    CHECK_STATUS(smf_record_write(what, bytes, measured - 1, &size, &why), SMF_OK);
    CHECK(size == measured && bytes[0] == 0x5A); /* no room: nothing is written */
    CHECK_STATUS(smf_record_write(what, bytes, measured, &size, NULL), SMF_OK);
    CHECK_EQUAL(size, measured);
    CHECK_EQUAL(bytes[measured], 0x5A);
    check_record(bytes, size, what, order);
    CHECK_STATUS(smf_record_write(what, again, sizeof again, &same, &why), SMF_OK);
    CHECK(same == size && memcmp(bytes, again, size) == 0);
}

static const struct smf_write_record *const ready[] = {&forge_size_of, &forge_swap, &forge_chain};

static void units_of_all_machines_are_read(void)
{
    for (unsigned i = 0; i < sizeof ready / sizeof ready[0]; i++) {
        struct forged_record forged;
        forge_record(ready[i], &forged);
        check_record(forged.bytes, forged.size, ready[i], NULL);
        forge_record_free(&forged);
    }
}

static void what_is_written_is_read(void)
{
    for (unsigned i = 0; i < sizeof ready / sizeof ready[0]; i++)
        check_written(ready[i], NULL);
}

/* ---- A record with something of everything ---- */

static void a_record_with_everything(void)
{
    struct forged_record forged;
    forge_record(&sample_map, &forged);
    check_record(forged.bytes, forged.size, &sample_map, NULL);
    forge_record_free(&forged);
}

/* SPEC [U8]. */
static void units_are_written_most_specific_first(void) { check_written(&sample_map, sample_order); }

/* SPEC [U3]: said several times, stored once. */
static void texts_are_stored_once(void)
{
    uint8_t bytes[2048];
    size_t size = 0;
    CHECK_STATUS(smf_record_write(&sample_map, bytes, sizeof bytes, &size, &why), SMF_OK);
    CHECK_STATUS(smf_record_open(&record, bytes, size, &why), SMF_OK);
    CHECK_EQUAL(record.text_size, sizeof "\1K\1V\7map_get\7map_new\4hash\3add\6memcpy" - 1);
}

/* SPEC [U7]. */
static void units_of_formats_to_come_are_passed_over(void)
{
    struct smf_write_unit units[3];
    struct smf_write_record more = sample_map;
    struct forged_record forged;
    struct smf_unit unit;
    const uint8_t *at = NULL;
    more.units = units;
    more.unit_count = 3;
    units[0] = sample_map.units[0];
    units[1] = sample_map.units[1];
    units[2] = sample_map.units[2];
    units[1].format = 3;
    units[1].alignment_log2 = 200;
    forge_record(&more, &forged);
    forged.bytes[forge_unit_shape(&more, &forged, 1, 0)] = 99;
    forged.bytes[forge_unit_symbol(&more, &forged, 1, 0)] = 99;
    forged.bytes[forge_unit_relocation(&more, &forged, 1, 0)] = 99;
    CHECK_STATUS(smf_record_open(&record, forged.bytes, forged.size, &why), SMF_OK);
    CHECK(smf_record_next_unit(&record, &at, &unit) && smf_record_next_unit(&record, &at, &unit));
    CHECK_EQUAL(unit.format, 3);
    CHECK(smf_record_next_unit(&record, &at, &unit));
    CHECK_EQUAL(unit.code[0], 'a');
    forge_record_free(&forged);
}

static const struct tap_case cases[] = {
    {"the_example",                              the_example                             },
    {"units_of_all_machines_are_read",           units_of_all_machines_are_read          },
    {"what_is_written_is_read",                  what_is_written_is_read                 },
    {"a_record_with_everything",                 a_record_with_everything                },
    {"units_are_written_most_specific_first",    units_are_written_most_specific_first   },
    {"texts_are_stored_once",                    texts_are_stored_once                   },
    {"units_of_formats_to_come_are_passed_over", units_of_formats_to_come_are_passed_over},
};
TAP_MAIN(cases)
