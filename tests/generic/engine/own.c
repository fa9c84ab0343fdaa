/* SPDX-License-Identifier: MIT */
/* own.c - instances over this tree's own port, by machine code for the machine that runs the test: they are called. */
#include "harness/tap.h"
#include "smf/instantiator.h"
#include "support/own_port.h"
#include "support/template_forge.h"

#include <string.h>

static struct smf_mapper mapper;
static struct smf_instantiator instantiator;
static uint64_t arena[1024], mapper_arena[512];
static struct forged file;
static struct smf_instance made;

static const struct smf_type_descriptor point = {
    .size = 24, .version = SMF_TYPE_VERSION, .alignment_log2 = 3, .kind = 1};
static const struct smf_host_type types[] = {
    {"Point", &point}
};

static void start(void)
{
    static const struct smf_write_record *const records[] = {&forge_size_of, &forge_swap, &forge_chain};
    const struct smf_mapper_config mapping = {
        .port = own_port(), .arena = mapper_arena, .arena_size = sizeof mapper_arena, .bucket_count = 16};
    struct smf_instantiator_config config = smf_instantiator_defaults();
    struct smf_image image;
    struct smf_section sections[8];
    config.arch = smf_arch_native();
    config.features = forge_features;
    config.mapper = &mapper;
    config.arena = arena;
    config.arena_size = sizeof arena;
    config.types = types;
    config.type_count = 1;
    forge_template_module(
        &(struct template_module){.records = records, .record_count = 3, .arch = smf_arch_native()->id}, &file);
    const struct smf_source source = smf_source_memory(file.bytes, file.size, SMF_STAYS_FOR_MODULE);
    const struct smf_instantiator_item item = {.number = 1, .name = "lib", .image = &image};
    CHECK_STATUS(smf_mapper_start(&mapper, &mapping), SMF_OK);
    CHECK_STATUS(smf_instantiator_start(&instantiator, &config), SMF_OK);
    CHECK_STATUS(smf_image_open(&image, &source, sections, 8, NULL), SMF_OK);
    CHECK_STATUS(smf_instantiator_add(&instantiator, &item, NULL), SMF_OK);
}

static void end(void)
{
    struct smf_mapper_statistics statistics;
    smf_instantiator_finish(&instantiator);
    smf_mapper_get_statistics(&mapper, &statistics);
    CHECK_EQUAL(statistics.region_count, 0);
    smf_mapper_finish(&mapper);
    forge_free(&file);
}

/* False: what was to be called is not there. */
static int make(const char *name, const char *text)
{
    struct smf_type room[4];
    const struct smf_type *list;
    struct smf_diagnosis why;
    CHECK_STATUS(smf_types_parse(text, strlen(text), room, 4, &list), SMF_OK);
    const enum smf_status status = smf_instantiate(&instantiator, 0, name, list, &made, &why);
    CHECK_STATUS(status, SMF_OK);
    return status == SMF_OK;
}

typedef size_t SMF_MODULE_CALL counting(void);
typedef void SMF_MODULE_CALL swapping(int32_t *a, int32_t *b);

static void a_hole_is_filled(void)
{
    start();
    if (make("size_of", "Point"))
        CHECK_EQUAL(((counting *)made.function)(), 24);
    if (make("size_of", "u16"))
        CHECK_EQUAL(((counting *)made.function)(), 2);
    end();
}

static void a_typed_unit_runs(void)
{
    int32_t a = 5, b = -7;
    start();
    if (make("swap", "i32")) {
        ((swapping *)made.function)(&a, &b);
        CHECK_EQUAL(a, -7);
        CHECK_EQUAL(b, 5);
    }
    end();
}

/* A tail call from one instance to the one that it needs. */
static void what_is_needed_is_called(void)
{
    start();
    if (make("chain", "Point"))
        CHECK_EQUAL(((counting *)made.function)(), 24);
    if (make("chain", "u64"))
        CHECK_EQUAL(((counting *)made.function)(), 8);
    end();
}

/* Again and again: no region is lost, and no version's instructions stay in a cache. */
static void made_and_dropped_a_hundred_times(void)
{
    static const char *const names[] = {"u8", "u16", "u32", "u64"};
    start();
    for (unsigned i = 0; i < 100; i++) {
        char mangled[] = "chain$u64";
        if (!make("chain", names[i % 4]))
            break;
        CHECK_EQUAL(((counting *)made.function)(), 1 << i % 4);
        strcpy(mangled + 6, names[i % 4]);
        CHECK_STATUS(smf_instantiator_drop(&instantiator, mangled), SMF_OK);
    }
    struct smf_instantiator_statistics statistics;
    smf_instantiator_get_statistics(&instantiator, &statistics);
    CHECK_EQUAL(statistics.instances, 0);
    CHECK_EQUAL(statistics.made, 200);
    end();
}

static const struct tap_case cases[] = {
    {"a_hole_is_filled",                 a_hole_is_filled                },
    {"a_typed_unit_runs",                a_typed_unit_runs               },
    {"what_is_needed_is_called",         what_is_needed_is_called        },
    {"made_and_dropped_a_hundred_times", made_and_dropped_a_hundred_times},
};
TAP_MAIN(cases)
