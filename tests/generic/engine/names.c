/* SPDX-License-Identifier: MIT */
/* names.c - names of records that share bytes, which instances have apart. */
#include "generic/engine/scene.h"

enum {
    LENGTH = 60,
    FUNCTIONS = 3,
    ITEM = 3 + 3
}; /* of an export: its place, the size of its term, and that of no_arguments */

static struct simple simple;

/* Each byte is as large as what follows it: the name goes on from any of them. */
static void start(char *name)
{
    for (unsigned i = 0; i + 1 < LENGTH; i++)
        name[i] = (char)(LENGTH - 1 - i);
    name[LENGTH - 1] = 'x';
    scene_start(scene_machine());
    simple_start(&simple, name, 1);
    simple_export(&simple, "a", 32);
    simple_export(&simple, "b", 64);
    simple_word(&simple, 0, (struct smf_write_unit_symbol){.kind = SMF_UNIT_NUMBER, .what = SMF_UNIT_SIZE});
    scene_open();
}

/* The module's image, in which function `i` has the name from byte i * `step` of the first one on. */
static unsigned make_image(unsigned step)
{
    const struct smf_write_record *const list[] = {&simple.record};
    const struct template_module module = {.records = list, .record_count = 1, .arch = scene.config.arch->id};
    struct forged_record record;
    forge_record(&simple.record, &record);
    const unsigned image = scene_image(&module);
    uint8_t *at = scene.files[image].bytes;
    while (memcmp(at, record.bytes, record.size) != 0)
        at++;
    for (unsigned i = 1; i < FUNCTIONS; i++)
        at[record.exports + i * ITEM] = (uint8_t)(at[record.exports] + i * step);
    CHECK_EQUAL(at[record.exports + 1], 0);
    forge_record_free(&record);
    return image;
}

static void functions_whose_names_share_bytes(void)
{
    char name[LENGTH + 1] = "", symbol[LENGTH + 8];
    struct smf_instance instance;
    struct scene_state before;
    start(name);
    CHECK_STATUS(scene_add_image(1, "lib", make_image(1)), SMF_OK);
    scene_look(&before);
    for (unsigned i = 0; i < FUNCTIONS; i++) {
        CHECK_STATUS(scene_make(0, name + i, "u8"), SMF_OK);
        strcat(strcpy(symbol, name + i), "$u8");
        CHECK_TEXT(scene.made.name, symbol);
        CHECK_EQUAL(scene.made.address & ~(uintptr_t)1, scene.made.code + 32 * i);
    }
    CHECK_STATUS(scene_make(0, name, "u16"), SMF_OK); /* behind it in memory */
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, symbol, &instance), SMF_OK);
    for (unsigned i = 0; i < FUNCTIONS; i++)
        CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, symbol), SMF_OK);
    strcat(strcpy(symbol, name), "$u16");
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, symbol), SMF_OK);
    before.statistics.made = 2;
    before.statistics.found = 2;
    scene_compare(&before);
    scene_end();
}

/* Two functions cannot have one name: nothing can be made, and nothing is harmed. */
static void functions_of_one_name(void)
{
    char name[LENGTH + 1] = "";
    struct scene_state before;
    start(name);
    CHECK_STATUS(scene_add_image(1, "lib", make_image(0)), SMF_OK);
    scene_look(&before);
    CHECK_STATUS(scene_make(0, name, "u8"), SMF_ERR_DUPLICATE);
    scene_compare(&before);
    scene_end();
}

static const struct tap_case cases[] = {
    {"functions_whose_names_share_bytes", functions_whose_names_share_bytes},
    {"functions_of_one_name",             functions_of_one_name            },
};
TAP_MAIN(cases)
