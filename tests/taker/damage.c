/* SPDX-License-Identifier: MIT */
/*
 * damage.c - template sections and notes cut at every byte and with every bit
 * turned over, from memory and through a window: they are refused or read, both
 * kinds of source say the same, and a taker over such a module leaves nothing behind.
 */
#include <string.h>

#include "harness/tap.h"
#include "taker/module.h"

static struct scene scene;
static uint64_t memory[1024];

/* Walk what can be opened. One number for what was seen; places must lie in the section. */
static uint32_t walk(void)
{
    struct smf_templates templates;
    struct smf_template entry;
    size_t cursor = 0;
    uint32_t seen = 0;
    const enum smf_status status = smf_templates_open(&templates, &scene.image, 1, &scene.why);
    const struct smf_section *section = &scene.sections[1];
    CHECK(status == SMF_OK || status == SMF_ERR_FORMAT);
    if (status != SMF_OK)
        return 1;
    for (uint32_t i = 0; i < templates.count; i++) {
        CHECK_STATUS(smf_templates_next(&templates, &cursor, &entry, &scene.why), SMF_OK);
        CHECK(entry.body.offset >= section->offset && entry.name.offset >= section->offset);
        CHECK(entry.body.offset + entry.body.size <= section->offset + section->size);
        CHECK(entry.name.offset + entry.name.size <= section->offset + section->size);
        seen = seen * 31 + entry.kind + entry.parameter_count * 7 + (uint32_t)entry.body.size * 3 + entry.form;
        for (uint32_t k = 0; k < entry.parameter_count; k++) {
            char name[300];
            const enum smf_status named =
                smf_template_parameter(&scene.image, &entry, k, name, sizeof name, &scene.why);
            CHECK(named == SMF_OK || named == SMF_ERR_NO_SPACE);
        }
    }
    CHECK_STATUS(smf_templates_next(&templates, &cursor, &entry, &scene.why), SMF_ERR_NOT_FOUND);
    return seen + 2;
}

static void compare(const char *what, size_t at)
{
    scene_open(&scene, SCENE_STAYS);
    const uint32_t first = walk();
    scene_open(&scene, SCENE_READ);
    const uint32_t second = walk();
    tap_check(first == second, __FILE__, __LINE__, "%s at %u: memory and window differ", what, (unsigned)at);
}

/* One payload of each form. */
static void make(struct payload *payload, unsigned form)
{
    static const char *const names[] = {"T", "U"};
    static const uint16_t bounds[] = {4, 0};
    payload->size = 0;
    if (form == SMF_TEMPLATES_WHOLE || form == SMF_TEMPLATES_BRIEF) {
        payload_magic(payload, 1, 2);
        for (unsigned kind = 0; kind < 2; kind++) {
            if (form == SMF_TEMPLATES_WHOLE) {
                payload_whole(payload, kind, "f", 2, names);
                continue;
            }
            payload_u8(payload, kind);
            payload_text(payload, "g");
            payload_u8(payload, 3);
        }
        return;
    }
    if (form == SMF_TEMPLATES_RECORDS)
        payload_magic(payload, 2, 1);
    else
        payload_u32(payload, 1);
    payload_text(payload, "sort");
    payload_u32(payload, 12 + 4 + 8);
    payload_record(payload, 0, 2, names, bounds);
}

static void templates_cut_and_flipped(void)
{
    static struct payload whole, payload;
    for (unsigned form = SMF_TEMPLATES_BRIEF; form <= SMF_TEMPLATES_RECORDS; form++) {
        make(&whole, form);
        for (size_t size = 0; size < whole.size; size++) {
            payload = whole;
            payload.size = size;
            scene_templates(&scene, &payload, SCENE_STAYS);
            compare("cut", size);
            const bool promises = form != SMF_TEMPLATES_NAMED && size >= 10;
            tap_check((walk() == 1) == promises, __FILE__, __LINE__, "form %u cut at %u", form, (unsigned)size);
            scene_end(&scene);
        }
        scene_templates(&scene, &whole, SCENE_STAYS);
        for (size_t bit = 0; bit < 8 * whole.size; bit++) {
            uint8_t *at = scene.file.bytes + scene.file.payloads[1] + bit / 8;
            *at ^= (uint8_t)(1u << bit % 8);
            compare("bit", bit);
            *at ^= (uint8_t)(1u << bit % 8);
        }
        scene_end(&scene);
    }
}

/* A single body with constraints, at an offset, in the same way. */
static void bodies_cut_and_flipped(void)
{
    static struct payload payload;
    const struct smf_symbol_template said = {.offset = 2};
    struct smf_templates templates;
    struct smf_template entry;
    struct smf_constraint constraint;
    payload.size = 0;
    payload_raw(&payload, "xx");
    payload_u32(&payload, 0);
    payload_magic(&payload, 1, 1);
    payload_u8(&payload, 0);
    payload_text(&payload, "f");
    payload_u8(&payload, 1);
    payload_text(&payload, "body");
    payload_u32(&payload, 1);
    payload_text(&payload, "T");
    payload_text(&payload, "Hash");
    payload.bytes[2] = (uint8_t)(payload.size - 6);
    scene_templates(&scene, &payload, SCENE_READ);
    for (size_t bit = 0; bit < 8 * payload.size; bit++) {
        uint8_t *at = scene.file.bytes + scene.file.payloads[1] + bit / 8;
        *at ^= (uint8_t)(1u << bit % 8);
        scene_open(&scene, SCENE_READ);
        CHECK_STATUS(smf_templates_open(&templates, &scene.image, 1, &scene.why), SMF_OK);
        CHECK_STATUS(smf_templates_of_symbol(&templates, "f", 1, &said, &entry, &scene.why), SMF_OK);
        const size_t end = scene.sections[1].offset + scene.sections[1].size;
        CHECK(entry.body.offset + entry.body.size <= end && entry.constraint_count <= 1);
        for (uint32_t i = 0; i < entry.constraint_count; i++)
            CHECK_STATUS(smf_template_constraint(&scene.image, &entry, i, &constraint, &scene.why), SMF_OK);
        *at ^= (uint8_t)(1u << bit % 8);
    }
    scene_end(&scene);
}

/* Everything that a module offers, taken: whatever comes of it, nothing stays behind. */
static void take_all(struct smf_taker *taker)
{
    static const char *const names[] = {"add", "make", "sort", "pair<i64>", "nobody"};
    struct smf_taker_statistics before, after;
    smf_taker_get_statistics(taker, &before);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct smf_taken taken;
        const enum smf_status status = smf_taker_take(taker, "m", &scene.image, names[i], &taken, &scene.why);
        CHECK((status == SMF_OK) == (taken.entry != NULL));
        CHECK(status == SMF_OK || scene.why.status == status);
        smf_taker_give_back(taker, &taken);
    }
    smf_taker_get_statistics(taker, &after);
    CHECK(after.held == 0 && after.arena_largest == before.arena_largest);
}

static void modules_flipped(void)
{
    struct smf_taker_config config = smf_taker_defaults();
    struct smf_taker taker;
    config.arena = memory;
    config.arena_size = sizeof memory;
    config.enable_caching = false;
    CHECK_STATUS(smf_taker_start(&taker, &config), SMF_OK);
    for (unsigned section = 3; section <= 4; section++) { /* templates, note.sdn */
        module_make(&scene, 1, SCENE_READ);
        const size_t size = scene.sections[section].size;
        for (size_t bit = 0; bit < 8 * size; bit++) {
            uint8_t *at = scene.file.bytes + scene.file.payloads[section] + bit / 8;
            *at ^= (uint8_t)(1u << bit % 8);
            scene_open(&scene, SCENE_READ);
            take_all(&taker);
            *at ^= (uint8_t)(1u << bit % 8);
        }
        for (size_t cut = 0; cut < size; cut++) {
            scene_open(&scene, cut % 2 != 0 ? SCENE_READ : SCENE_STAYS);
            scene.sections[section].size = cut;
            take_all(&taker);
        }
        scene_end(&scene);
    }
    smf_taker_finish(&taker);
}

static const struct tap_case cases[] = {
    {"templates_cut_and_flipped", templates_cut_and_flipped},
    {"bodies_cut_and_flipped",    bodies_cut_and_flipped   },
    {"modules_flipped",           modules_flipped          },
};
TAP_MAIN(cases)
