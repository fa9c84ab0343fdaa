/* SPDX-License-Identifier: MIT */
/*
 * templates.c - every form of a TemplateCode section is told apart and read, from
 * memory and through a window; what is none is opaque, and what lies is refused.
 */
#include <string.h>

#include "harness/tap.h"
#include "taker/scene.h"

static const char *const letters[] = {"T", "U", "Key", "Value", "Fifth"};
static struct scene scene;
static struct smf_templates templates;
static struct smf_template entry;

static void open_as(const struct payload *payload, enum scene_source kind, unsigned form, unsigned count)
{
    scene_templates(&scene, payload, kind);
    CHECK_STATUS(smf_templates_open(&templates, &scene.image, 1, &scene.why), SMF_OK);
    CHECK_EQUAL(templates.form, form);
    CHECK_EQUAL(templates.count, count);
}

static const char *text_of(const struct smf_span *span)
{
    static char text[80];
    CHECK_STATUS(smf_span_read(&scene.image, span, text, sizeof text, &scene.why), SMF_OK);
    return text;
}

static void check_entry(size_t *cursor, const char *name, unsigned kind, unsigned parameters)
{
    CHECK_STATUS(smf_templates_next(&templates, cursor, &entry, &scene.why), SMF_OK);
    CHECK_TEXT(text_of(&entry.name), name);
    CHECK_EQUAL(entry.kind, kind);
    CHECK_EQUAL(entry.parameter_count, parameters);
}

static void check_parameter(uint32_t index, const char *wanted)
{
    char name[32];
    CHECK_STATUS(smf_template_parameter(&scene.image, &entry, index, name, sizeof name, &scene.why), SMF_OK);
    CHECK_TEXT(name, wanted);
}

static void check_end(size_t cursor)
{
    CHECK_STATUS(smf_templates_next(&templates, &cursor, &entry, &scene.why), SMF_ERR_NOT_FOUND);
    scene_end(&scene);
}

static void brief_form(void)
{
    struct payload payload = {0};
    payload_magic(&payload, 1, 2);
    payload_u8(&payload, SMF_TEMPLATE_FUNCTION);
    payload_text(&payload, "swap");
    payload_u8(&payload, 1);
    payload_u8(&payload, SMF_TEMPLATE_TRAIT);
    payload_text(&payload, "Ordered");
    payload_u8(&payload, 9);
    for (unsigned kind = SCENE_STAYS; kind <= SCENE_READ; kind++) {
        size_t cursor = 0;
        open_as(&payload, (enum scene_source)kind, SMF_TEMPLATES_BRIEF, 2);
        check_entry(&cursor, "swap", SMF_TEMPLATE_FUNCTION, 1);
        CHECK_EQUAL(entry.body.size, 0);
        check_parameter(0, "T");
        check_entry(&cursor, "Ordered", SMF_TEMPLATE_TRAIT, 9);
        check_parameter(8, "T8");
        check_end(cursor);
    }
}

static void whole_form(void)
{
    struct payload payload = {0};
    payload_magic(&payload, 1, 5);
    for (unsigned kind = 0; kind <= SMF_TEMPLATE_TRAIT; kind++)
        payload_whole(&payload, kind, letters[kind], kind, letters);
    for (unsigned source = SCENE_STAYS; source <= SCENE_READ; source++) {
        size_t cursor = 0;
        open_as(&payload, (enum scene_source)source, SMF_TEMPLATES_WHOLE, 5);
        for (unsigned kind = 0; kind <= SMF_TEMPLATE_TRAIT; kind++) {
            check_entry(&cursor, letters[kind], kind, kind);
            CHECK(entry.body.size != 0 && !entry.special);
            for (unsigned i = 0; i < kind; i++)
                check_parameter(i, letters[i]);
        }
        check_end(cursor);
    }
}

/* A specialization says of what; a trait that is no template says so. */
static void whole_form_specializations(void)
{
    struct payload payload = {0};
    payload_magic(&payload, 1, 2);
    payload_u8(&payload, SMF_TEMPLATE_STRUCT);
    payload_text(&payload, "Vec$i64");
    payload_u8(&payload, 0);
    payload_u32(&payload, 0);
    payload_u8(&payload, 1);
    payload_u8(&payload, 1);
    payload_text(&payload, "Vec");
    payload_u32(&payload, 0);
    payload_u8(&payload, SMF_TEMPLATE_TRAIT);
    payload_text(&payload, "Plain");
    payload_u8(&payload, 0);
    payload_u32(&payload, 0);
    payload_u8(&payload, 0);
    size_t cursor = 0;
    open_as(&payload, SCENE_STAYS, SMF_TEMPLATES_WHOLE, 2);
    check_entry(&cursor, "Vec$i64", SMF_TEMPLATE_STRUCT, 0);
    CHECK(entry.special);
    check_entry(&cursor, "Plain", SMF_TEMPLATE_TRAIT, 0);
    CHECK(entry.special);
    check_end(cursor);
}

static void named_form(void)
{
    struct payload payload = {0};
    payload_u32(&payload, 2);
    payload_text(&payload, "swap");
    payload_text(&payload, "body of swap");
    payload_text(&payload, "max");
    payload_u32(&payload, 20); /* record of one parameter */
    payload_record(&payload, SMF_TEMPLATE_CLASS, 1, (const char *const[]){"Key"}, (const uint16_t[]){0});
    for (unsigned kind = SCENE_STAYS; kind <= SCENE_READ; kind++) {
        size_t cursor = 0;
        open_as(&payload, (enum scene_source)kind, SMF_TEMPLATES_NAMED, 2);
        check_entry(&cursor, "swap", SMF_TEMPLATE_OPAQUE, 0);
        CHECK_TEXT(text_of(&entry.body), "body of swap");
        check_entry(&cursor, "max", SMF_TEMPLATE_CLASS, 1);
        CHECK(entry.record);
        check_parameter(0, "Key");
        check_end(cursor);
    }
}

/* SPEC [O3]. */
static void records_form(void)
{
    static const uint16_t bounds[] = {0, SMF_BOUND_COMPARE, SMF_BOUND_HASH | SMF_BOUND_EQUAL};
    struct payload payload = {0};
    struct smf_constraint constraint;
    payload_magic(&payload, 2, 2);
    payload_text(&payload, "sort");
    payload_u32(&payload, 12 + 2 + 2 + 4 + 12);
    payload_record(&payload, SMF_TEMPLATE_FUNCTION, 3, letters, bounds);
    payload_text(&payload, "later");
    payload_u32(&payload, 7);
    payload_raw(&payload, "SMFT\x02??"); /* a record of a later version */
    for (unsigned kind = SCENE_STAYS; kind <= SCENE_READ; kind++) {
        size_t cursor = 0;
        open_as(&payload, (enum scene_source)kind, SMF_TEMPLATES_RECORDS, 2);
        check_entry(&cursor, "sort", SMF_TEMPLATE_FUNCTION, 3);
        CHECK_EQUAL(entry.constraint_count, 2);
        check_parameter(2, "Key");
        CHECK_STATUS(smf_template_constraint(&scene.image, &entry, 0, &constraint, &scene.why), SMF_OK);
        CHECK_TEXT(text_of(&constraint.parameter), "U");
        CHECK_EQUAL(constraint.bounds, SMF_BOUND_COMPARE);
        CHECK_STATUS(smf_template_constraint(&scene.image, &entry, 1, &constraint, &scene.why), SMF_OK);
        CHECK_TEXT(text_of(&constraint.parameter), "Key");
        CHECK_STATUS(smf_template_constraint(&scene.image, &entry, 2, &constraint, &scene.why), SMF_ERR_ARGUMENT);
        CHECK_STATUS(smf_template_parameter(&scene.image, &entry, 3, (char[8]){0}, 8, NULL), SMF_ERR_ARGUMENT);
        CHECK_STATUS(smf_template_parameter(&scene.image, &entry, 2, (char[8]){0}, 3, NULL), SMF_ERR_NO_SPACE);
        check_entry(&cursor, "later", SMF_TEMPLATE_OPAQUE, 0);
        CHECK(!entry.record && entry.body.size == 7);
        check_end(cursor);
    }
}

/* The example of 357 bytes of record: its head is read, its units are not. */
static void a_record_with_units(void)
{
    struct payload payload = {0};
    payload_magic(&payload, 2, 1);
    payload_text(&payload, "swap");
    payload_u32(&payload, 12 + 7 + 4 + 11 + 20);
    payload_raw(&payload, "SMFT");
    static const uint8_t head[] = {1, 0, 1, 1, 0, 1, 7, 0, 1, 'T', 4, 's', 'w', 'a', 'p', 0, 0, 0, 0};
    for (size_t i = 0; i < sizeof head; i++)
        payload_u8(&payload, head[i]);
    for (unsigned i = 0; i < 31; i++)
        payload_u8(&payload, 0x20 + i);
    size_t cursor = 0;
    open_as(&payload, SCENE_READ, SMF_TEMPLATES_RECORDS, 1);
    check_entry(&cursor, "swap", SMF_TEMPLATE_FUNCTION, 1);
    CHECK_EQUAL(entry.body.size, 54);
    check_parameter(0, "T");
    check_end(cursor);
}

/* SPEC [O2]. */
static void what_is_no_form_is_opaque(void)
{
    struct payload payload = {0};
    size_t cursor = 0;
    payload_raw(&payload, "something else that has no form");
    open_as(&payload, SCENE_READ, SMF_TEMPLATES_OPAQUE, 1);
    check_entry(&cursor, "", SMF_TEMPLATE_OPAQUE, 0);
    CHECK_TEXT(text_of(&entry.body), "something else that has no form");
    check_end(cursor);
    payload.size = 0; /* a later version of the table */
    payload_magic(&payload, 3, 1);
    cursor = 0;
    open_as(&payload, SCENE_STAYS, SMF_TEMPLATES_OPAQUE, 1);
    check_entry(&cursor, "", SMF_TEMPLATE_OPAQUE, 0);
    CHECK_EQUAL(entry.body.size, 10);
    check_end(cursor);
    payload.size = 0;
    open_as(&payload, SCENE_STAYS, SMF_TEMPLATES_OPAQUE, 0);
    check_end(0);
}

static void check_refused(const struct payload *payload)
{
    for (unsigned kind = SCENE_STAYS; kind <= SCENE_READ; kind++) {
        scene_templates(&scene, payload, (enum scene_source)kind);
        CHECK_STATUS(smf_templates_open(&templates, &scene.image, 1, &scene.why), SMF_ERR_FORMAT);
        CHECK_EQUAL(scene.why.detail, SMF_DETAIL_TEMPLATES);
        CHECK_TEXT(scene.why.name, "templates");
        scene_end(&scene);
    }
}

/* SPEC [O1]. */
static void a_magic_that_lies_is_refused(void)
{
    struct payload payload = {0};
    payload_magic(&payload, 1, 1);
    check_refused(&payload); /* no entry */
    payload_u8(&payload, 5);
    payload_text(&payload, "kind");
    payload_u8(&payload, 0);
    check_refused(&payload);
    payload.size = 10;
    payload_u8(&payload, 0);
    payload_text(&payload, "too long");
    payload_u8(&payload, 0);
    payload_u8(&payload, 0);
    check_refused(&payload);
    payload.size = 0;
    payload_magic(&payload, 1, 0xFFFFFFFF);
    payload_whole(&payload, SMF_TEMPLATE_FUNCTION, "many", 1, letters);
    check_refused(&payload);
    payload.size = 0;
    payload_magic(&payload, 2, 1);
    payload_text(&payload, "no record");
    payload_text(&payload, "SMFX\x01");
    check_refused(&payload);
    static const uint16_t bounds[9] = {0};
    static const char *const many[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i"};
    payload.size = 0;
    payload_magic(&payload, 2, 1);
    payload_text(&payload, "nine");
    payload_u32(&payload, 12 + 9 * 6);
    payload_record(&payload, 0, 9, many, bounds);
    check_refused(&payload);
    payload.size = 0;
    payload_magic(&payload, 2, 1);
    payload_text(&payload, "name");
    payload_u32(&payload, 12 + 2 + 4);
    payload_record(&payload, 0, 1, many, bounds);
    payload.bytes[payload.size - 4] = 2; /* its name starts behind the texts */
    check_refused(&payload);
    payload.bytes[payload.size - 4] = 0;
    payload.bytes[payload.size - 6] = 2; /* its name ends behind them */
    check_refused(&payload);
}

/* SPEC [O7]. */
static void other_sections_are_refused(void)
{
    struct payload payload = {0};
    scene_templates(&scene, &payload, SCENE_STAYS);
    CHECK_STATUS(smf_templates_open(&templates, &scene.image, 0, &scene.why), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_templates_open(&templates, &scene.image, 2, NULL), SMF_ERR_ARGUMENT);
    CHECK_EQUAL(smf_templates_section(&scene.image, 0), 1);
    CHECK_EQUAL(smf_templates_section(&scene.image, 2), SMF_NO_SYMBOL);
    scene.sections[1].flags |= SMF_SECTION_COMPRESSED;
    CHECK_STATUS(smf_templates_open(&templates, &scene.image, 1, &scene.why), SMF_ERR_COMPRESSED);
    scene_end(&scene);
}

static void entries_are_found_by_name(void)
{
    char longer[400];
    struct payload payload = {0};
    memset(longer, 'n', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    payload_magic(&payload, 1, 3);
    payload_u8(&payload, 1);
    payload_text(&payload, "");
    payload_u8(&payload, 0);
    payload_u8(&payload, 2);
    payload_text(&payload, longer);
    payload_u8(&payload, 4);
    payload_u8(&payload, 3);
    payload_text(&payload, "last");
    payload_u8(&payload, 5);
    for (unsigned kind = SCENE_STAYS; kind <= SCENE_READ; kind++) {
        open_as(&payload, (enum scene_source)kind, SMF_TEMPLATES_BRIEF, 3);
        CHECK_STATUS(smf_templates_find(&templates, "last", 4, &entry, &scene.why), SMF_OK);
        CHECK_EQUAL(entry.parameter_count, 5);
        CHECK_STATUS(smf_templates_find(&templates, longer, 399, &entry, &scene.why), SMF_OK);
        CHECK_EQUAL(entry.kind, 2);
        CHECK_STATUS(smf_templates_find(&templates, longer, 398, &entry, &scene.why), SMF_ERR_NOT_FOUND);
        CHECK_STATUS(smf_templates_find(&templates, "", 0, &entry, &scene.why), SMF_ERR_NOT_FOUND);
        CHECK_STATUS(smf_templates_find(&templates, "lost", 4, &entry, &scene.why), SMF_ERR_NOT_FOUND);
        CHECK_TEXT(scene.why.name, "lost");
        scene_end(&scene);
    }
}

/* Types of sections by their index, and none past the last. */
static void section_index_map(void)
{
    static const struct forge_section sections[] = {
        {.name = ".text", .type = SMF_SECTION_CODE,          .flags = 5, .alignment = 1, .bytes = "\xC3", .size = 1},
        {.name = ".data", .type = SMF_SECTION_DATA,          .flags = 3, .alignment = 1, .bytes = "d",    .size = 1},
        {.name = "tc",    .type = SMF_SECTION_TEMPLATE_CODE, .flags = 1, .alignment = 1, .bytes = "t",    .size = 1},
        {.name = "tm",    .type = SMF_SECTION_TEMPLATE_META, .flags = 1, .alignment = 1, .bytes = "m",    .size = 1},
    };
    const struct forge forge = {.layout = FORGE_CANONICAL, .sections = sections, .section_count = 4};
    scene_make(&scene, &forge, SCENE_STAYS);
    CHECK_EQUAL(smf_image_section_type(&scene.image, 0), 1);
    CHECK_EQUAL(smf_image_section_type(&scene.image, 1), 2);
    CHECK_EQUAL(smf_image_section_type(&scene.image, 2), 12);
    CHECK_EQUAL(smf_image_section_type(&scene.image, 3), 13);
    CHECK_EQUAL(smf_image_section_type(&scene.image, 99), 0);
    scene_end(&scene);
}

/* ---- One body at a symbol's template_offset ---- */

static struct payload body;

static void begin_body(unsigned kind)
{
    body.size = 0;
    payload_magic(&body, 1, 1);
    payload_u8(&body, kind);
    payload_text(&body, "sort");
    payload_u8(&body, 2);
    payload_text(&body, "the body");
}

/* The body behind 6 other bytes, with its size or as the section's last bytes. */
static void open_body(bool sized, enum scene_source kind)
{
    static struct payload payload;
    const struct smf_symbol_template said = {.offset = 6, .parameter_count = 2};
    payload.size = 0;
    payload_raw(&payload, "filler");
    if (sized)
        payload_u32(&payload, (uint32_t)body.size);
    for (size_t i = 0; i < body.size; i++)
        payload_u8(&payload, body.bytes[i]);
    scene_templates(&scene, &payload, kind);
    CHECK_STATUS(smf_templates_open(&templates, &scene.image, 1, &scene.why), SMF_OK);
    CHECK_STATUS(smf_templates_of_symbol(&templates, "sort", 4, &said, &entry, &scene.why), SMF_OK);
    CHECK_EQUAL(entry.section, 1);
    CHECK_EQUAL(entry.parameter_count, 2);
}

static void check_constraint(uint32_t index, const char *parameter, const char *bound)
{
    struct smf_constraint constraint;
    CHECK_STATUS(smf_template_constraint(&scene.image, &entry, index, &constraint, &scene.why), SMF_OK);
    CHECK_TEXT(text_of(&constraint.parameter), parameter);
    CHECK_TEXT(text_of(&constraint.bound), bound);
}

static void constraints_beyond_the_data(void)
{
    begin_body(SMF_TEMPLATE_FUNCTION); /* ends where their count would be */
    open_body(true, SCENE_STAYS);
    CHECK_EQUAL(entry.constraint_count, 0);
    scene_end(&scene);
}

static void constraints_count_0(void)
{
    begin_body(SMF_TEMPLATE_FUNCTION);
    payload_u32(&body, 0);
    open_body(true, SCENE_READ);
    CHECK_EQUAL(entry.constraint_count, 0);
    scene_end(&scene);
}

static void constraints_one(void)
{
    begin_body(SMF_TEMPLATE_FUNCTION);
    payload_u32(&body, 1);
    payload_text(&body, "T");
    payload_text(&body, "Ordered");
    open_body(true, SCENE_READ);
    CHECK_EQUAL(entry.constraint_count, 1);
    check_constraint(0, "T", "Ordered");
    scene_end(&scene);
}

static void constraints_truncated_keep_the_first(void)
{
    begin_body(SMF_TEMPLATE_FUNCTION);
    payload_u32(&body, 3);
    payload_text(&body, "T");
    payload_text(&body, "Ordered");
    payload_text(&body, "U");
    const size_t start = body.size;
    payload_text(&body, "Hash");
    for (size_t size = start; size < start + 8; size++) {
        body.size = size;
        open_body(true, SCENE_STAYS);
        CHECK_EQUAL(entry.constraint_count, 1);
        check_constraint(0, "T", "Ordered");
        scene_end(&scene);
    }
}

static void gtpl_function_header(void)
{
    begin_body(SMF_TEMPLATE_FUNCTION);
    open_body(true, SCENE_READ);
    CHECK_EQUAL(entry.kind, SMF_TEMPLATE_FUNCTION);
    CHECK_EQUAL(entry.form, SMF_TEMPLATES_SINGLE);
    CHECK_TEXT(text_of(&entry.name), "sort");
    check_parameter(1, "U");
    scene_end(&scene);
}

static void gtpl_struct_kind(void)
{
    begin_body(SMF_TEMPLATE_STRUCT);
    open_body(true, SCENE_STAYS);
    CHECK_EQUAL(entry.kind, SMF_TEMPLATE_STRUCT);
    scene_end(&scene);
    body.size = 0;
    payload_magic(&body, 1, 1);
    payload_whole(&body, SMF_TEMPLATE_STRUCT, "sort", 2, letters + 2);
    open_body(true, SCENE_READ); /* the same with all its fields */
    CHECK_EQUAL(entry.kind, SMF_TEMPLATE_STRUCT);
    check_parameter(1, "Value");
    scene_end(&scene);
}

static void gtpl_body_kept(void)
{
    begin_body(SMF_TEMPLATE_FUNCTION);
    open_body(true, SCENE_READ);
    CHECK_TEXT(text_of(&entry.body), "the body");
    scene_end(&scene);
    body.size -= 12; /* without a size: all that is left */
    payload_raw(&body, "no size");
    open_body(true, SCENE_READ);
    CHECK_TEXT(text_of(&entry.body), "no size");
    scene_end(&scene);
}

/* SPEC [O5]. */
static void gtpl_trailing_constraints_split(void)
{
    begin_body(SMF_TEMPLATE_FUNCTION);
    payload_u32(&body, 2);
    payload_list(&body, 0, NULL);
    body.size -= 4;
    payload_text(&body, "T");
    payload_text(&body, "Ordered");
    payload_text(&body, "U");
    payload_text(&body, "Hash");
    open_body(true, SCENE_READ);
    CHECK_TEXT(text_of(&entry.body), "the body");
    CHECK_EQUAL(entry.constraint_count, 2);
    check_constraint(0, "T", "Ordered");
    check_constraint(1, "U", "Hash");
    scene_end(&scene);
}

static void gtpl_no_magic_is_opaque(void)
{
    body.size = 0;
    payload_raw(&body, "a body without a magic");
    open_body(true, SCENE_READ);
    CHECK_EQUAL(entry.kind, SMF_TEMPLATE_OPAQUE);
    CHECK_TEXT(text_of(&entry.body), "a body without a magic");
    scene_end(&scene);
    open_body(false, SCENE_READ); /* no size either */
    CHECK_EQUAL(entry.kind, SMF_TEMPLATE_OPAQUE);
    CHECK_EQUAL(entry.form, SMF_TEMPLATES_OPAQUE);
    CHECK_TEXT(text_of(&entry.body), "a body without a magic");
    scene_end(&scene);
}

static void gtpl_too_small_is_opaque(void)
{
    begin_body(SMF_TEMPLATE_FUNCTION);
    for (size_t size = 1; size < 10; size++) {
        body.size = size;
        open_body(true, SCENE_READ);
        CHECK_EQUAL(entry.kind, SMF_TEMPLATE_OPAQUE);
        CHECK_EQUAL(entry.body.size, size);
        scene_end(&scene);
    }
}

/* SPEC [O4]: places past the end are no templates; a section of names is asked when the offset leads nowhere. */
static void offsets_that_lead_nowhere(void)
{
    struct smf_symbol_template said = {.offset = 1000};
    struct payload payload = {0};
    payload_raw(&payload, "opaque");
    open_as(&payload, SCENE_STAYS, SMF_TEMPLATES_OPAQUE, 1);
    CHECK_STATUS(smf_templates_of_symbol(&templates, "f", 1, &said, &entry, &scene.why), SMF_ERR_NOT_FOUND);
    said.offset = UINT64_MAX;
    CHECK_STATUS(smf_templates_of_symbol(&templates, "f", 1, &said, &entry, &scene.why), SMF_ERR_NOT_FOUND);
    said.offset = 6;
    CHECK_STATUS(smf_templates_of_symbol(&templates, "f", 1, &said, &entry, &scene.why), SMF_ERR_NOT_FOUND);
    scene_end(&scene);
    payload.size = 0;
    payload_u32(&payload, 1);
    payload_text(&payload, "f");
    payload_text(&payload, "body of f");
    open_as(&payload, SCENE_READ, SMF_TEMPLATES_NAMED, 1);
    static const uint64_t offsets[] = {0, 9, 7, 1000};
    for (unsigned i = 0; i < 4; i++) {
        said.offset = offsets[i];
        CHECK_STATUS(smf_templates_of_symbol(&templates, "f", 1, &said, &entry, &scene.why), SMF_OK);
        CHECK_TEXT(text_of(&entry.body), "body of f");
    }
    CHECK_STATUS(smf_templates_of_symbol(&templates, "g", 1, &said, &entry, &scene.why), SMF_ERR_NOT_FOUND);
    scene_end(&scene);
}

/* A symbol may say another number: the record counts, or names would be read that it has not. */
static void a_record_says_how_many_parameters_it_has(void)
{
    struct payload payload = {0};
    const struct smf_symbol_template said = {.offset = 0, .parameter_count = 3};
    char name[8];
    payload_magic(&payload, 2, 1);
    payload_text(&payload, "f");
    payload_u32(&payload, 12);
    payload_record(&payload, 2, 0, NULL, NULL);
    scene_templates(&scene, &payload, SCENE_STAYS);
    CHECK_STATUS(smf_templates_open(&templates, &scene.image, 1, &scene.why), SMF_OK);
    CHECK_STATUS(smf_templates_of_symbol(&templates, "f", 1, &said, &entry, &scene.why), SMF_OK);
    CHECK(entry.record && entry.parameter_count == 0);
    CHECK_STATUS(smf_template_parameter(&scene.image, &entry, 0, name, sizeof name, &scene.why), SMF_ERR_ARGUMENT);
    scene_end(&scene);
}

static const struct tap_case cases[] = {
    {"brief_form",                               brief_form                              },
    {"whole_form",                               whole_form                              },
    {"whole_form_specializations",               whole_form_specializations              },
    {"named_form",                               named_form                              },
    {"records_form",                             records_form                            },
    {"a_record_with_units",                      a_record_with_units                     },
    {"what_is_no_form_is_opaque",                what_is_no_form_is_opaque               },
    {"a_magic_that_lies_is_refused",             a_magic_that_lies_is_refused            },
    {"other_sections_are_refused",               other_sections_are_refused              },
    {"entries_are_found_by_name",                entries_are_found_by_name               },
    {"section_index_map",                        section_index_map                       },
    {"constraints_beyond_the_data",              constraints_beyond_the_data             },
    {"constraints_count_0",                      constraints_count_0                     },
    {"constraints_one",                          constraints_one                         },
    {"constraints_truncated_keep_the_first",     constraints_truncated_keep_the_first    },
    {"gtpl_function_header",                     gtpl_function_header                    },
    {"gtpl_struct_kind",                         gtpl_struct_kind                        },
    {"gtpl_body_kept",                           gtpl_body_kept                          },
    {"gtpl_trailing_constraints_split",          gtpl_trailing_constraints_split         },
    {"gtpl_no_magic_is_opaque",                  gtpl_no_magic_is_opaque                 },
    {"gtpl_too_small_is_opaque",                 gtpl_too_small_is_opaque                },
    {"offsets_that_lead_nowhere",                offsets_that_lead_nowhere               },
    {"a_record_says_how_many_parameters_it_has", a_record_says_how_many_parameters_it_has},
};
TAP_MAIN(cases)
