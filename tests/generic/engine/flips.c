/* SPDX-License-Identifier: MIT */
/*
 * flips.c - a module with templates and uses, damaged in one bit, everywhere: it is refused, or what it says now is made or
 * refused; nothing is read or written where it should not be (sanitizers look), and nothing is left behind.
 */
#include <stdlib.h>

#include "generic/engine/scene.h"

static const struct smf_write_record *const records[] = {&forge_size_of, &forge_swap, &forge_chain};
static const struct smf_write_sdn_row rows[] = {
    {SMF_SDN_POSSIBLE, {"chain", "Point", "chain$Point", "user", "true"}},
    {SMF_SDN_POSSIBLE, {"swap", "i32", "swap$i32", "user", "true"}      },
};
enum {
#ifdef SMF_TESTS_BOARD
    FEW = 1 /* one bit of each byte: a board is slow, and the bytes are the same */
#else
    FEW = 0
#endif
};
static unsigned refused, unmade, made;

static void ask(const char *name, const char *types)
{
    if (scene_make(0, name, types) == SMF_OK)
        made++;
    else
        unmade++;
}

/* Add what these bytes say, ask for everything, and take it away again. */
static void try(uint8_t *bytes, size_t size, const struct scene_state *before)
{
    struct smf_image image;
    struct smf_section sections[8];
    const struct smf_source source = smf_source_memory(bytes, size, SMF_STAYS_FOR_MODULE);
    const struct smf_instantiator_item item = {.number = 1, .name = "lib", .image = &image};
    if (smf_image_open(&image, &source, sections, 8, &scene.why) != SMF_OK ||
        smf_instantiator_add(&scene.instantiator, &item, &scene.why) != SMF_OK) {
        refused++;
    } else {
        ask("size_of", "Point");
        ask("swap", "i32");
        ask("swap", "Point");
        ask("chain", "u16");
        if (scene_symbol(1, "chain$Point") == SMF_OK)
            made++;
        (void)smf_instantiator_can(&scene.instantiator, 1, "swap$i32", NULL);
        smf_instantiator_remove(&scene.instantiator, 1);
    }
    struct smf_instantiator_statistics now;
    smf_instantiator_get_statistics(&scene.instantiator, &now);
    CHECK_EQUAL(now.arena_largest, before->statistics.arena_largest);
    CHECK_EQUAL(now.instances, 0);
    CHECK_EQUAL(now.modules, 0);
    CHECK_EQUAL(now.types, 0);
    CHECK_EQUAL(paper_live(&scene.paper), 0);
}

static void start(struct forged *file, struct scene_state *before)
{
    const struct template_module module = {
        .records = records, .record_count = 3, .rows = rows, .row_count = 2, .arch = scene_machine()->id};
    scene_start(scene_machine());
    scene_plain(0, "Point", 24, 3);
    scene_function(0, "swap_any", 0x2000);
    scene_open();
    forge_template_module(&module, file);
    scene_look(before);
    refused = unmade = made = 0;
}

static void every_bit(void)
{
    struct forged file;
    struct scene_state before;
    start(&file, &before);
    try(file.bytes, file.size, &before);
    const unsigned all = made;
    CHECK(all == 5 || sizeof(void *) == 4);
    for (size_t at = 0; at < file.size; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            if (FEW && bit != at % 8)
                continue;
            tap_variant("byte=%u bit=%u", (unsigned)at, bit);
            file.bytes[at] ^= (uint8_t)(1u << bit);
            try(file.bytes, file.size, &before);
            file.bytes[at] ^= (uint8_t)(1u << bit);
        }
    tap_variant("%s", "");
    CHECK(refused > 50);
    CHECK(unmade > 50);
    CHECK(made > 50);
    forge_free(&file);
    scene_end();
}

static void every_length(void)
{
    struct forged file;
    struct scene_state before;
    start(&file, &before);
    for (size_t size = 0; size < file.size; size++) {
        tap_variant("size=%u", (unsigned)size);
        uint8_t *cut = malloc(size != 0 ? size : 1);
        CHECK(cut != NULL);
        if (cut != NULL) {
            memcpy(cut, file.bytes, size);
            try(cut, size, &before);
        }
        free(cut);
    }
    tap_variant("%s", "");
    CHECK_EQUAL(refused, file.size); /* a header stands at the end */
    forge_free(&file);
    scene_end();
}

static const struct tap_case cases[] = {
    {"every_bit",    every_bit   },
    {"every_length", every_length},
};
TAP_MAIN(cases)
