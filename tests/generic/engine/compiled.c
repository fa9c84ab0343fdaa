/* SPDX-License-Identifier: MIT */
/* compiled.c - units that somebody makes on demand: when he is asked, what he is believed, and that everything goes back to him. */
#include "generic/engine/scene.h"

static struct simple simple, made;
static struct forged_record record;
static struct smf_shape asked_shape;
static unsigned asked, out;
static enum smf_status answer;

static enum smf_status compile(void *context, const struct smf_record *of, const struct smf_shape *shapes,
                               const void **bytes, size_t *size, struct smf_diagnosis *why)
{
    CHECK(context == &asked && of->parameter_count == 1 && why != NULL);
    asked++;
    asked_shape = shapes[0];
    if (answer != SMF_OK)
        return answer;
    out++;
    *bytes = record.bytes;
    *size = record.size;
    return SMF_OK;
}

static void give_back(void *context, const void *bytes)
{
    CHECK(context == &asked && bytes == record.bytes && out != 0);
    out--;
}

static const struct smf_unit_compiler compiler = {compile, give_back, &asked};

/* sort: a unit for i64, one for anything, and its source; 1, 2 and 3 are what their code starts with. */
static void start(bool with_source)
{
    static struct smf_write_unit units[3];
    static struct smf_shape typed[1];
    static uint8_t codes[3][SIMPLE_CODE];
    scene_start(scene_machine());
    scene.config.compiler = &compiler;
    simple_start(&simple, "sort", 1);
    typed[0] = (struct smf_shape){.type_class = SMF_SHAPE_SIGNED, .size = 8, .alignment_log2 = 3};
    for (unsigned i = 0; i < 3; i++) {
        codes[i][0] = (uint8_t)(i + 1);
        units[i] = simple.unit;
        units[i].code = codes[i];
    }
    units[0].shapes = typed;
    units[2].format = SMF_UNIT_C;
    units[2].arch = SMF_UNIT_NO_ARCH;
    units[2].exports = NULL;
    units[2].alignment_log2 = 0;
    simple.record.units = units;
    simple.record.unit_count = with_source ? 3 : 2;
    simple_start(&made, "sort", 1);
    made.code[0] = 3;
    asked = out = 0;
    answer = SMF_OK;
}

static void open(void)
{
    forge_record(&made.record, &record);
    scene_open();
    CHECK_STATUS(simple_add(1, "lib", &simple), SMF_OK);
}

static void end(void)
{
    scene_end();
    CHECK_EQUAL(out, 0);
    forge_record_free(&record);
}

static void a_compiler_is_asked_where_no_typed_unit_fits(void)
{
    start(true);
    open();
    CHECK_STATUS(scene_make(0, "sort", "i64"), SMF_OK);
    CHECK_EQUAL(asked, 0);
    CHECK_EQUAL(*scene_code(&scene.made), 1);
    CHECK_STATUS(scene_make(0, "sort", "f32"), SMF_OK);
    CHECK_EQUAL(asked, 1);
    CHECK_EQUAL(asked_shape.type_class, SMF_SHAPE_FLOAT);
    CHECK_EQUAL(asked_shape.size, 4);
    CHECK_EQUAL(asked_shape.alignment_log2, 2);
    CHECK_EQUAL(*scene_code(&scene.made), 3);
    CHECK_EQUAL(out, 1);
    CHECK_STATUS(scene_make(0, "sort", "f32"), SMF_OK);
    CHECK_EQUAL(asked, 1);
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "sort$f32"), SMF_OK);
    CHECK_EQUAL(out, 1);
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "sort$f32"), SMF_OK);
    CHECK_EQUAL(out, 0);
    CHECK_STATUS(scene_make(0, "sort", "u16"), SMF_OK); /* goes back with the instantiator */
    end();
}

static void without_source_nobody_is_asked(void)
{
    start(false);
    open();
    CHECK_STATUS(scene_make(0, "sort", "f32"), SMF_OK);
    CHECK_EQUAL(asked, 0);
    CHECK_EQUAL(*scene_code(&scene.made), 2);
    end();
}

static void a_compiler_that_has_nothing_leaves_the_units(void)
{
    start(true);
    answer = SMF_ERR_NOT_FOUND;
    open();
    CHECK_STATUS(scene_make(0, "sort", "f32"), SMF_OK);
    CHECK_EQUAL(asked, 1);
    CHECK_EQUAL(*scene_code(&scene.made), 2);
    end();
}

static void a_compiler_that_fails_fails_the_call(void)
{
    struct scene_state before;
    start(true);
    answer = SMF_ERR_IO;
    open();
    scene_look(&before);
    CHECK_STATUS(scene_make(0, "sort", "f32"), SMF_ERR_IO);
    CHECK_STATUS(scene.why.status, SMF_ERR_IO);
    scene_compare(&before);
    end();
}

static void check_refused(enum smf_status status)
{
    struct scene_state before;
    open();
    scene_look(&before);
    CHECK_STATUS(scene_make(0, "sort", "f32"), status);
    CHECK_EQUAL(asked, 1);
    CHECK_EQUAL(out, 0);
    scene_compare(&before);
    end();
}

static void what_is_compiled_is_proven(void)
{
    start(true);
    made.shapes[0] = (struct smf_shape){.type_class = SMF_SHAPE_SIGNED, .size = 4}; /* not what was asked for */
    check_refused(SMF_ERR_UNIT);
    start(true);
    simple_export(&made, "more", 16); /* functions that the template has not */
    check_refused(SMF_ERR_UNIT);
    start(true);
    made.unit.arch = SMF_ARCH_X86; /* for another machine */
    check_refused(SMF_ERR_UNIT);
    start(true);
    made.record.unit_count = 0;
    check_refused(SMF_ERR_UNIT);
    start(true);
    simple_relocation(&made, 8, 250, SMF_UNIT_SELF, 0);
    check_refused(SMF_ERR_RELOC_TYPE);
}

/* Whatever fails later: it goes back. */
static void what_was_compiled_goes_back_when_the_rest_fails(void)
{
    start(true);
    simple_word(&made, 0, (struct smf_write_unit_symbol){.kind = SMF_UNIT_IMPORT, .name = "nowhere"});
    check_refused(SMF_ERR_UNRESOLVED);
    for (unsigned at = 1; at <= 2; at++) {
        struct scene_state before;
        start(true);
        open();
        scene_look(&before);
        scene.paper.fail_with = SMF_ERR_NO_MEMORY;
        scene.paper.fail_at = scene.paper.fallible + at;
        CHECK_STATUS(scene_make(0, "sort", "f32"), SMF_ERR_NO_MEMORY);
        CHECK_EQUAL(out, 0);
        scene_compare(&before);
        end();
    }
}

static const struct tap_case cases[] = {
    {"a_compiler_is_asked_where_no_typed_unit_fits",    a_compiler_is_asked_where_no_typed_unit_fits   },
    {"without_source_nobody_is_asked",                  without_source_nobody_is_asked                 },
    {"a_compiler_that_has_nothing_leaves_the_units",    a_compiler_that_has_nothing_leaves_the_units   },
    {"a_compiler_that_fails_fails_the_call",            a_compiler_that_fails_fails_the_call           },
    {"what_is_compiled_is_proven",                      what_is_compiled_is_proven                     },
    {"what_was_compiled_goes_back_when_the_rest_fails", what_was_compiled_goes_back_when_the_rest_fails},
};
TAP_MAIN(cases)
