/* SPDX-License-Identifier: MIT */
/*
 * loaded.c - an instantiator with nothing around it but modules that a loader has loaded: types, operations and imports are
 * what these export, read where they lie.
 */
#include <stdlib.h>

#include "generic/engine/scene.h"
#include "support/kit.h"

static struct kit kit;
static struct bench bench;
static struct simple simple;

enum { CODE, CONSTANTS, DESCRIPTOR = 0, MORE = 64, NAMES = 128 };

/* A module with a type Point: 24 bytes, compare, and the operations "sub" and "add". */
static uint8_t *make_user(size_t *size)
{
    const struct smf_arch *arch = scene_machine();
    const unsigned pointer = arch->pointer_size;
    static const uint8_t code[64];
    static uint8_t constants[160];
    memset(constants, 0, sizeof constants);
    constants[0] = 24;
    constants[4] = SMF_TYPE_VERSION;
    constants[5] = 3;
    constants[6] = SMF_DESCRIPTOR_PLAIN;
    memcpy(constants + NAMES, "sub\0add", 8);
    kit_start(&kit, arch->id);
    CHECK_EQUAL(kit_section(&kit, ".text", SMF_SECTION_CODE, code, sizeof code, 16), CODE);
    CHECK_EQUAL(kit_section(&kit, ".data.rel.ro", SMF_SECTION_RODATA, constants, sizeof constants, 16), CONSTANTS);
    const uint32_t function = kit_local(&kit, "function", CODE, 16), names = kit_local(&kit, "names", CONSTANTS, NAMES);
    const uint32_t more = kit_local(&kit, "more", CONSTANTS, MORE);
    kit_export(&kit, "Point", CONSTANTS, DESCRIPTOR, SMF_SYMBOL_TYPE);
    kit_export(&kit, "helper", CODE, 32, SMF_SYMBOL_FUNCTION);
    kit_relocation(&kit, CONSTANTS, 8 + SMF_UNIT_COMPARE * pointer, arch->absolute, function, 0);
    kit_relocation(&kit, CONSTANTS, 8 + 5 * pointer, arch->absolute, more, 0);
    for (unsigned i = 0; i < 2; i++) {
        kit_relocation(&kit, CONSTANTS, MORE + 2 * i * pointer, arch->absolute, names, 4 * (int64_t)i);
        kit_relocation(&kit, CONSTANTS, MORE + (2 * i + 1) * pointer, arch->absolute, function, i);
    }
    return kit_finish(&kit, size);
}

static void types_and_imports_of_loaded_modules(void)
{
    size_t size;
    struct smf_image image;
    struct smf_section sections[8];
    struct smf_found function;
    scene_start(scene_machine());
    scene.config.around.find = NULL;
    simple_start(&simple, "ask", 1);
    simple_word(&simple, 0, (struct smf_write_unit_symbol){.kind = SMF_UNIT_NUMBER, .what = SMF_UNIT_SIZE});
    simple_word(&simple, 8, (struct smf_write_unit_symbol){.kind = SMF_UNIT_FUNCTION, .what = SMF_UNIT_COMPARE});
    simple_word(&simple, 16, (struct smf_write_unit_symbol){.kind = SMF_UNIT_NAMED, .name = "add"});
    simple_word(&simple, 24, (struct smf_write_unit_symbol){.kind = SMF_UNIT_IMPORT, .name = "helper"});
    scene_open();
    bench_start(&bench, scene_machine());
    bench_open(&bench);
    uint8_t *bytes = make_user(&size);
    struct smf_module *loaded = bench_load(&bench, bytes, size);
    const struct smf_source source = smf_source_memory(bytes, size, SMF_STAYS_FOR_MODULE);
    CHECK_STATUS(smf_image_open(&image, &source, sections, 8, &scene.why), SMF_OK);
    const struct smf_instantiator_item item = {.number = 5, .name = "user", .image = &image, .module = loaded};
    CHECK_STATUS(simple_add(1, "lib", &simple), SMF_OK);
    CHECK_STATUS(scene_make(0, "ask", "Point"), SMF_ERR_TYPE); /* it is loaded, and nobody said so */
    CHECK_STATUS(smf_instantiator_add(&scene.instantiator, &item, &scene.why), SMF_OK);
    CHECK_STATUS(scene_make(0, "ask", "Point"), SMF_OK);
    CHECK_STATUS(smf_find(loaded, "helper", &function), SMF_OK);
    CHECK_EQUAL(simple_read(&scene.made, 0), 24);
    CHECK_EQUAL(simple_read(&scene.made, 8), function.address - 16);
    CHECK_EQUAL(simple_read(&scene.made, 16), function.address - 15);
    CHECK_EQUAL(simple_read(&scene.made, 24), function.address);
    CHECK_EQUAL(scene.made.hold_count, 2);
    CHECK_EQUAL(scene.made.holds[1], 5);
    CHECK_STATUS(scene_make(5, "ask", "Point"), SMF_OK);
    CHECK(!scene.made.made);
    smf_instantiator_retire(&scene.instantiator, 5);
    CHECK_STATUS(scene_make(0, "ask", "Point"), SMF_ERR_TYPE); /* retired: its names are its own */
    CHECK_STATUS(scene_make(5, "ask", "Point"), SMF_OK);
    smf_instantiator_remove(&scene.instantiator, 5);
    CHECK_EQUAL(scene_statistics().instances, 0);
    CHECK_STATUS(scene_make(5, "ask", "Point"), SMF_ERR_TYPE);
    CHECK_STATUS(smf_unload(&bench.loader, loaded), SMF_OK);
    bench_end(&bench);
    scene_end();
    free(bytes);
}

/* A function is no descriptor, and neither is what ends too early. */
static void what_a_module_exports_may_be_no_type(void)
{
    size_t size;
    struct smf_image image;
    struct smf_section sections[8];
    scene_start(scene_machine());
    scene.config.around.find = NULL;
    simple_start(&simple, "ask", 1);
    scene_open();
    bench_start(&bench, scene_machine());
    bench_open(&bench);
    static const uint8_t code[16], constants[40];
    kit_start(&kit, scene_machine()->id);
    (void)kit_section(&kit, ".text", SMF_SECTION_CODE, code, sizeof code, 16);
    (void)kit_section(&kit, ".rodata", SMF_SECTION_RODATA, constants, sizeof constants, 16);
    kit_export(&kit, "Function", CODE, 0, SMF_SYMBOL_FUNCTION);
    kit_export(&kit, "Short", CONSTANTS, 24, SMF_SYMBOL_TYPE);
    uint8_t *bytes = kit_finish(&kit, &size);
    struct smf_module *loaded = bench_load(&bench, bytes, size);
    const struct smf_source source = smf_source_memory(bytes, size, SMF_STAYS_FOR_MODULE);
    CHECK_STATUS(smf_image_open(&image, &source, sections, 8, &scene.why), SMF_OK);
    const struct smf_instantiator_item item = {.number = 5, .name = "user", .image = &image, .module = loaded};
    CHECK_STATUS(simple_add(1, "lib", &simple), SMF_OK);
    CHECK_STATUS(smf_instantiator_add(&scene.instantiator, &item, &scene.why), SMF_OK);
    CHECK_STATUS(scene_make(5, "ask", "Function"), SMF_ERR_TYPE);
    CHECK_EQUAL(scene.why.detail, SMF_DETAIL_BAD_TYPE);
    CHECK_STATUS(scene_make(5, "ask", "Short"), SMF_ERR_TYPE);
    CHECK_EQUAL(scene.why.detail, SMF_DETAIL_BAD_TYPE);
    smf_instantiator_remove(&scene.instantiator, 5);
    CHECK_STATUS(smf_unload(&bench.loader, loaded), SMF_OK);
    bench_end(&bench);
    scene_end();
    free(bytes);
}

static const struct tap_case cases[] = {
    {"types_and_imports_of_loaded_modules",  types_and_imports_of_loaded_modules },
    {"what_a_module_exports_may_be_no_type", what_a_module_exports_may_be_no_type},
};
TAP_MAIN(cases)
