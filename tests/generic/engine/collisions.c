/* SPDX-License-Identifier: MIT */
/*
 * collisions.c - instances of other types whose keys are one: they are told apart by their types. Keys come from addresses, so the
 * pair is looked for among those of many types.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generic/engine.h"
#include "harness/tap.h"
#include "support/own_port.h"
#include "support/template_forge.h"

/* Two types that lie near each other never collide. Of 128 * 128 * 128 lists of three some do. */
enum { TYPES = 128, LISTS = TYPES * TYPES * TYPES, ARENA = 1 << 18 };

static struct smf_mapper mapper;
static struct smf_instantiator instantiator;
static uint64_t arena[ARENA / 8], mapper_arena[ARENA / 8];
static char names[TYPES][8];
static struct smf_host_type types[TYPES];
static const struct smf_type_descriptor plain = {
    .size = 8, .version = SMF_TYPE_VERSION, .alignment_log2 = 3, .kind = SMF_DESCRIPTOR_PLAIN};

static void start(struct forged *file)
{
    static const uint8_t term[] = {SMF_TERM_FUNCTION, 3, SMF_TERM_POINTER, 0, SMF_TERM_POINTER, 1,
                                   SMF_TERM_POINTER,  2, SMF_TERM_VOID};
    static const uint8_t code[16];
    static const uint32_t exports[1];
    static const struct smf_shape any[3];
    static const struct smf_write_parameter parameters[] = {
        {"T", 0},
        {"U", 0},
        {"V", 0}
    };
    static const struct smf_write_item export = {"all", term, sizeof term};
    struct smf_write_unit unit = {.shapes = any,
                                  .exports = exports,
                                  .code = code,
                                  .size = sizeof code,
                                  .format = SMF_UNIT_CODE,
                                  .arch = smf_arch_native()->id,
                                  .alignment_log2 = 2};
    const struct smf_write_record record = {.parameters = parameters,
                                            .exports = &export,
                                            .units = &unit,
                                            .parameter_count = 3,
                                            .export_count = 1,
                                            .unit_count = 1};
    const struct smf_write_record *const records[] = {&record};
    const struct smf_mapper_config mapping = {
        .port = own_port(), .arena = mapper_arena, .arena_size = sizeof mapper_arena};
    struct smf_instantiator_config config = smf_instantiator_defaults();
    struct smf_image image;
    struct smf_section sections[8];
    config.mapper = &mapper;
    config.arena = arena;
    config.arena_size = sizeof arena;
    config.bucket_count = 1024;
    config.types = types;
    config.type_count = TYPES;
    for (unsigned i = 0; i < TYPES; i++) {
        snprintf(names[i], sizeof names[i], "T%u", i);
        types[i] = (struct smf_host_type){names[i], &plain};
    }
    CHECK_STATUS(smf_mapper_start(&mapper, &mapping), SMF_OK);
    CHECK_STATUS(smf_instantiator_start(&instantiator, &config), SMF_OK);
    unit.features = instantiator.config.features;
    forge_template_module(
        &(struct template_module){.records = records, .record_count = 1, .arch = smf_arch_native()->id}, file);
    const struct smf_source source = smf_source_memory(file->bytes, file->size, SMF_STAYS_FOR_MODULE);
    const struct smf_instantiator_item item = {.number = 1, .name = "lib", .image = &image};
    CHECK_STATUS(smf_image_open(&image, &source, sections, 8, NULL), SMF_OK);
    CHECK_STATUS(smf_instantiator_add(&instantiator, &item, NULL), SMF_OK);
}

static enum smf_status make(const uint8_t *list, struct smf_instance *made)
{
    char text[32];
    struct smf_type room[4];
    const struct smf_type *parsed;
    snprintf(text, sizeof text, "%s,%s,%s", names[list[0]], names[list[1]], names[list[2]]);
    CHECK_STATUS(smf_types_parse(text, strlen(text), room, 4, &parsed), SMF_OK);
    return smf_instantiate(&instantiator, 0, "all", parsed, made, NULL);
}

struct keyed {
    uint32_t key;
    uint8_t list[3];
};

static int compare_keys(const void *a, const void *b)
{
    const uint32_t left = ((const struct keyed *)a)->key, right = ((const struct keyed *)b)->key;
    return (left > right) - (left < right);
}

static bool is_of_one_type(const struct keyed *keyed)
{
    return keyed->list[0] == keyed->list[1] && keyed->list[1] == keyed->list[2];
}

/* The second of two that follow each other and have one key, neither of which is there; 0: there are none. */
static size_t find_pair(struct keyed *keys)
{
    struct type *resolved[TYPES];
    const struct template *template = instantiator.instances->template;
    const struct smf_made_instance *made = instantiator.instances;
    for (unsigned i = TYPES; i-- != 0; made = made->older)
        resolved[i] = made->types[0];
    for (size_t i = 0; i < LISTS; i++) {
        keys[i] = (struct keyed){
            .list = {(uint8_t)(i / TYPES / TYPES), (uint8_t)(i / TYPES % TYPES), (uint8_t)(i % TYPES)}
        };
        struct type *const list[] = {resolved[keys[i].list[0]], resolved[keys[i].list[1]], resolved[keys[i].list[2]]};
        keys[i].key = smf_generic_key(template, list);
    }
    qsort(keys, LISTS, sizeof keys[0], compare_keys);
    for (size_t i = 1; i < LISTS; i++)
        if (keys[i].key == keys[i - 1].key && !is_of_one_type(&keys[i]) && !is_of_one_type(&keys[i - 1]))
            return i;
    return 0;
}

static void make_pair(const uint8_t *a, const uint8_t *b)
{
    struct smf_instance first, second, again;
    char name[32];
    CHECK_STATUS(make(a, &first), SMF_OK);
    CHECK_STATUS(make(b, &second), SMF_OK);
    CHECK(first.made && second.made);
    snprintf(name, sizeof name, "all$%s_%s_%s", names[b[0]], names[b[1]], names[b[2]]);
    CHECK_TEXT(second.name, name);
    CHECK_STATUS(make(a, &again), SMF_OK);
    CHECK(!again.made && again.name == first.name);
}

static void two_instances_of_one_key(void)
{
    struct forged file;
    struct smf_instance made;
    struct keyed *keys = malloc(sizeof *keys * LISTS);
    start(&file);
    for (unsigned i = 0; i < TYPES; i++)
        CHECK_STATUS(make((const uint8_t[]){(uint8_t)i, (uint8_t)i, (uint8_t)i}, &made), SMF_OK);
    const size_t at = find_pair(keys);
    CHECK(at != 0);
    if (at != 0)
        make_pair(keys[at - 1].list, keys[at].list);
    free(keys);
    smf_instantiator_finish(&instantiator);
    smf_mapper_finish(&mapper);
    forge_free(&file);
}

static const struct tap_case cases[] = {
    {"two_instances_of_one_key", two_instances_of_one_key},
};
TAP_MAIN(cases)
