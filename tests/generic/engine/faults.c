/* SPDX-License-Identifier: MIT */
/*
 * faults.c - whatever fails, and at whatever call: of the port, of the surrounding, of the mapper's arena and of the
 * instantiator's own. Nothing is left behind, and the next time it works.
 */
#include "generic/engine/scene.h"

static const uint8_t term_t[] = {0}, term_pointer[] = {SMF_TERM_POINTER, 0};
static struct simple sort, swap, typed;

static const struct smf_write_sdn_row rows[] = {
    {SMF_SDN_POSSIBLE, {"sort", "Point", "sort$Point", "user", "true"}},
};

static void start(void)
{
    scene_start(scene_machine());
    simple_start(&swap, "swap", 1);
    simple_start(&sort, "sort", 1);
    simple_start(&typed, "typed", 1);
    simple_export(&sort, "sorted", 32);
    simple_word(&swap, 0, (struct smf_write_unit_symbol){.kind = SMF_UNIT_IMPORT, .name = "memcpy", .slot = true});
    simple_need(&sort, "swap", term_t, 1);
    simple_need(&sort, "typed", term_pointer, 2);
    simple_word(&sort, 0, (struct smf_write_unit_symbol){.kind = SMF_UNIT_NEED, .what = 0, .called = true});
    simple_word(&sort, 8, (struct smf_write_unit_symbol){.kind = SMF_UNIT_NEED, .what = 1});
    simple_word(&sort, 16, (struct smf_write_unit_symbol){.kind = SMF_UNIT_NUMBER, .what = SMF_UNIT_SIZE});
    scene_plain(7, "Point", 24, 3);
    scene_function(8, "memcpy", 0x4440);
}

static void add(void)
{
    const struct smf_write_record *const list[] = {&sort.record, &swap.record, &typed.record};
    CHECK_STATUS(scene_add(1, "lib", list, 3, NULL, 0), SMF_OK);
    CHECK_STATUS(scene_add(7, "user", NULL, 0, rows, 1), SMF_OK);
}

static void open(void)
{
    start();
    scene_open();
    add();
}

/* Three instances, two of them with names of their own. */
static void check_works(void)
{
    CHECK_STATUS(scene_symbol(7, "sort$Point"), SMF_OK);
    CHECK_EQUAL(scene_statistics().instances, 3);
    CHECK_EQUAL(scene.made.hold_count, 3);
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "sort$Point"), SMF_OK);
    CHECK_EQUAL(scene_statistics().instances, 0);
    CHECK_EQUAL(scene_statistics().types, 0);
    CHECK_EQUAL(paper_live(&scene.paper), 0);
}

static void every_call_of_the_port_may_fail(void)
{
    static const enum smf_status statuses[] = {SMF_ERR_NO_MEMORY, SMF_ERR_PROTECT};
    struct scene_state before;
    open();
    scene_look(&before);
    for (unsigned at = 1; at <= 6; at++) { /* reserve and protect, three times */
        tap_variant("port=%u", at);
        scene.paper.fail_with = statuses[(at + 1) % 2];
        scene.paper.fail_at = scene.paper.fallible + at;
        CHECK_STATUS(scene_symbol(7, "sort$Point"), statuses[(at + 1) % 2]);
        CHECK_STATUS(scene.why.status, statuses[(at + 1) % 2]);
        scene_compare(&before);
    }
    tap_variant("%s", "");
    scene.paper.fail_at = scene.paper.fallible + 7;
    check_works();
    CHECK_EQUAL(scene.paper.fallible, scene.paper.fail_at - 1);
    scene_look(&before);
    scene_end();
}

static void every_question_may_fail(void)
{
    struct scene_state before;
    open();
    scene_look(&before);
    scene.refuse_with = SMF_ERR_IO;
    unsigned at = 1;
    for (; at < 10; at++) {
        tap_variant("find=%u", at);
        scene.refuse_at = scene.asked + at;
        if (scene_symbol(7, "sort$Point") == SMF_OK)
            break;
        CHECK_STATUS(scene.why.status, SMF_ERR_IO);
        scene_compare(&before);
    }
    tap_variant("%s", "");
    CHECK(at > 2); /* the type and the import at least */
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "sort$Point"), SMF_OK);
    scene.refuse_at = 0;
    check_works();
    scene_end();
}

/* Each size of the instantiator's arena, until everything fits. */
static void the_arena_may_be_of_any_size(void)
{
    bool made = false;
    unsigned refused = 0;
    for (size_t size = 64; !made && size < SCENE_ARENA; size += 24) {
        tap_variant("arena=%u", (unsigned)size);
        start();
        scene.config.arena_size = size;
        const struct smf_mapper_config config = {.port = &scene.paper.port,
                                                 .arena = scene.mapper_arena,
                                                 .arena_size = sizeof scene.mapper_arena,
                                                 .bucket_count = 16};
        CHECK_STATUS(smf_mapper_start(&scene.mapper, &config), SMF_OK);
        const enum smf_status status = smf_instantiator_start(&scene.instantiator, &scene.config);
        CHECK(status == SMF_OK || status == SMF_ERR_NO_ARENA);
        if (status == SMF_OK) {
            const struct smf_write_record *const list[] = {&sort.record, &swap.record, &typed.record};
            struct scene_state before;
            scene_look(&before);
            const enum smf_status added = scene_add(1, "lib", list, 3, NULL, 0);
            if (added != SMF_OK) {
                CHECK_STATUS(added, SMF_ERR_NO_ARENA);
                CHECK_STATUS(scene.why.status, SMF_ERR_NO_ARENA);
                scene_compare(&before);
            }
            scene_look(&before);
            const enum smf_status asked = added == SMF_OK ? scene_make(7, "sort", "Point") : SMF_ERR_NO_ARENA;
            CHECK(asked == SMF_OK || asked == SMF_ERR_NO_ARENA);
            if (asked != SMF_OK)
                scene_compare(&before);
            refused += asked != SMF_OK;
            made = asked == SMF_OK;
        }
        scene_end();
    }
    tap_variant("%s", "");
    CHECK(made);
    CHECK(refused > 20);
}

/* The same for the mapper's. */
static void the_arena_of_the_mapper_may_be_of_any_size(void)
{
    bool made = false;
    unsigned refused = 0;
    for (size_t size = 200; !made && size < SCENE_ARENA; size += 24) {
        tap_variant("arena=%u", (unsigned)size);
        start();
        const struct smf_mapper_config config = {
            .port = &scene.paper.port, .arena = scene.mapper_arena, .arena_size = size, .bucket_count = 16};
        if (smf_mapper_start(&scene.mapper, &config) != SMF_OK) { /* no room for its buckets */
            paper_end(&scene.paper);
            continue;
        }
        CHECK_STATUS(smf_instantiator_start(&scene.instantiator, &scene.config), SMF_OK);
        add();
        struct scene_state before;
        scene_look(&before);
        const enum smf_status asked = scene_make(7, "sort", "Point");
        CHECK(asked == SMF_OK || asked == SMF_ERR_NO_ARENA);
        if (asked != SMF_OK) {
            CHECK_STATUS(scene.why.status, SMF_ERR_NO_ARENA);
            scene_compare(&before);
        }
        refused += asked != SMF_OK;
        made = asked == SMF_OK;
        scene_end();
    }
    tap_variant("%s", "");
    CHECK(made);
    CHECK(refused > 5);
}

/* A source whose reads fail, one after the other. */
static struct {
    const uint8_t *bytes;
    unsigned reads, fail_at;
} file;

static enum smf_status read_file(void *context, uint64_t offset, void *into, size_t size)
{
    (void)context;
    if (++file.reads == file.fail_at)
        return SMF_ERR_IO;
    memcpy(into, file.bytes + offset, size);
    return SMF_OK;
}

static void every_read_may_fail(void)
{
    const struct smf_write_record *const list[] = {&sort.record, &swap.record, &typed.record};
    start();
    scene_open();
    const struct template_module module = {
        .records = list, .record_count = 3, .rows = rows, .row_count = 1, .arch = scene.config.arch->id};
    struct forged forged;
    struct smf_image image;
    struct smf_section sections[8];
    forge_template_module(&module, &forged);
    file.bytes = forged.bytes;
    const struct smf_source source = {.size = forged.size, .read_at = read_file};
    const struct smf_instantiator_item item = {.number = 1, .name = "lib", .image = &image};
    struct scene_state before;
    scene_look(&before);
    enum smf_status status = SMF_ERR_IO;
    for (unsigned at = 1; status != SMF_OK && at < 100; at++) {
        tap_variant("read=%u", at);
        file.fail_at = 0;
        CHECK_STATUS(smf_image_open(&image, &source, sections, 8, &scene.why), SMF_OK);
        file.fail_at = file.reads + at;
        status = smf_instantiator_add(&scene.instantiator, &item, &scene.why);
        if (status == SMF_OK)
            break;
        CHECK_STATUS(status, SMF_ERR_IO);
        CHECK_STATUS(scene.why.status, SMF_ERR_IO);
        scene_compare(&before);
    }
    tap_variant("%s", "");
    CHECK_STATUS(status, SMF_OK);
    check_works();
    forge_free(&forged);
    scene_end();
}

/* A port that says of itself what the mapper says of a name is not asked for ever. */
static void a_port_may_say_duplicate(void)
{
    struct scene_state before;
    open();
    scene_look(&before);
    scene.paper.fail_with = SMF_ERR_DUPLICATE;
    for (unsigned at = 1; at <= 6; at++) {
        scene.paper.fail_at = scene.paper.fallible + at;
        CHECK_STATUS(scene_symbol(7, "sort$Point"), SMF_ERR_DUPLICATE);
        scene_compare(&before);
    }
    check_works();
    scene_end();
}

/* What a port gives is looked at. */
static void a_port_that_lies_is_refused(void)
{
    static const enum paper_lie lies[] = {PAPER_MISALIGNED, PAPER_SMALL, PAPER_NO_BYTES};
    for (unsigned i = 0; i < 3; i++) {
        tap_variant("lie=%u", (unsigned)lies[i]);
        struct scene_state before;
        open();
        scene_look(&before);
        scene.paper.lie = lies[i];
        CHECK_STATUS(scene_symbol(7, "sort$Point"), SMF_ERR_NO_MEMORY);
        scene_compare(&before);
        scene_end();
    }
    tap_variant("%s", "");
}

static const struct tap_case cases[] = {
    {"every_call_of_the_port_may_fail",            every_call_of_the_port_may_fail           },
    {"every_question_may_fail",                    every_question_may_fail                   },
    {"the_arena_may_be_of_any_size",               the_arena_may_be_of_any_size              },
    {"the_arena_of_the_mapper_may_be_of_any_size", the_arena_of_the_mapper_may_be_of_any_size},
    {"every_read_may_fail",                        every_read_may_fail                       },
    {"a_port_may_say_duplicate",                   a_port_may_say_duplicate                  },
    {"a_port_that_lies_is_refused",                a_port_that_lies_is_refused               },
};
TAP_MAIN(cases)
