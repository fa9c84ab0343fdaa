/* SPDX-License-Identifier: MIT */
/*
 * registry.c - the 21 items of REQUIREMENTS B.5, each through a system, and rows R7 to R12 of A.12. Row R13, where
 * code runs, is state.c. Files of other layouts than the canonical one are forged.
 */
#include "system/scene.h"

#include <stdlib.h>
#include <string.h>

#include "support/forge.h"

static const enum smf_kind function = SMF_KIND_FUNCTION, data = SMF_KIND_DATA;

static void open_system(void)
{
    scene_start(NULL);
    scene_open();
}

/* ---- B.5 ---- */

static void b5_bad_magic(void)
{
    size_t size;
    open_system();
    scene_begin();
    scene_export("a_function", function, 8);
    uint8_t *file = kit_finish(&scene.kit, &size);
    memcpy(file + size - SMF_P128_HEADER_SIZE, "XXXX", 4);
    scene_shelve_bytes("a", file, size);
    free(file);
    scene_load("a", SMF_ERR_NOT_SMF);
    scene_end();
}

static void b5_symbols_by_name(void)
{
    struct smf_found found;
    open_system();
    scene_begin();
    scene_export("first", function, 8);
    scene_export("second", function, 16);
    scene_shelve("a");
    const struct smf_module *module = smf_system_module(&scene.system, scene_load("a", SMF_OK));
    CHECK_STATUS(smf_find(module, "second", &found), SMF_OK);
    CHECK_EQUAL(found.address, scene_address("second"));
    CHECK_STATUS(smf_find(module, "third", &found), SMF_ERR_NOT_FOUND);
    scene_end();
}

static void b5_an_address_of_its_own_is_patched(void)
{
    open_system();
    scene_begin();
    const uint32_t local = kit_local(&scene.kit, "local", SCENE_DATA, 0x30);
    scene_export("a_function", function, 8);
    kit_relocation(&scene.kit, SCENE_DATA, 0, scene.arch->absolute, local, 0);
    scene_shelve("a");
    const struct smf_handle handle = scene_load("a", SMF_OK);
    const uint64_t base = scene_region(handle, SCENE_DATA);
    const uint8_t *at = paper_at(&scene.paper, base, 8);
    CHECK_EQUAL(scene.arch->pointer_size == 8 ? get64(at) : get32(at), base + 0x30);
    scene_end();
}

static void b5_a_minimal_module(void)
{
    static const uint8_t ret[] = {0xC3, 0, 0, 0};
    open_system();
    kit_start(&scene.kit, (enum smf_arch_id)scene.arch->id);
    scene.kit.writer.header.flags |= SMF_FLAG_EXECUTABLE;
    kit_section(&scene.kit, ".text", SMF_SECTION_CODE, ret, sizeof ret, 4);
    scene_shelve("a");
    const struct smf_handle handle = scene_load("a", SMF_OK);
    CHECK_EQUAL(*paper_at(&scene.paper, scene_region(handle, 0), 1), 0xC3);
    CHECK(smf_entry(smf_system_module(&scene.system, handle)) != NULL);
    scene_end();
}

static void b5_the_same_handle_again(void)
{
    struct smf_handle found = {0};
    open_system();
    scene_shelve_function("a", "a_function", 8);
    const struct smf_handle handle = scene_load("a", SMF_OK);
    CHECK_EQUAL(scene_load("a", SMF_ERR_LOADED).number, handle.number);
    CHECK_STATUS(smf_system_find(&scene.system, "a", &found), SMF_OK);
    CHECK_EQUAL(found.number, handle.number);
    CHECK_EQUAL(scene_owner("a_function"), handle.number);
    scene_end();
}

static void b5_an_import_has_the_providers_address(void)
{
    open_system();
    scene_shelve_function("a", "a_function", 8);
    scene_shelve_user("b", "b_function", "a_function");
    scene_load("a", SMF_OK);
    CHECK_EQUAL(scene_slot(scene_load("b", SMF_OK), 0), scene_address("a_function"));
    scene_end();
}

/* 16 bytes, all of them used: .keep sections are known by their names. */
static void b5_section_names_of_16_bytes(void)
{
    open_system();
    for (int version = 0; version < 2; version++) {
        scene_begin();
        const uint32_t first = scene_keep(".keep.0123456789", 16, 8);
        const uint32_t second = scene_keep(".keep.012345678", 16, 8);
        kit_export(&scene.kit, "first", first, 0, SMF_SYMBOL_DATA);
        kit_export(&scene.kit, "second", second, 0, SMF_SYMBOL_DATA);
        scene_shelve("a");
        if (version == 0)
            scene_load("a", SMF_OK);
    }
    const uint64_t first = scene_address("first"), second = scene_address("second");
    CHECK(first != second && first != 0 && second != 0);
    scene_reload((struct smf_handle){scene_owner("first")}, 0, SMF_OK);
    CHECK_EQUAL(scene_address("first"), first);
    CHECK_EQUAL(scene_address("second"), second);
    scene_end();
}

/* Each section's flags put it where they say. */
static void b5_section_flags(void)
{
    static const enum smf_access wanted[] = {SMF_ACCESS_RX, SMF_ACCESS_RO, SMF_ACCESS_RW};
    size_t count = 0;
    open_system();
    scene_shelve_function("a", "a_function", 8);
    const struct smf_module *module = smf_system_module(&scene.system, scene_load("a", SMF_OK));
    const struct smf_region *regions = smf_module_regions(module, &count);
    CHECK_EQUAL(count, 3);
    for (size_t i = 0; i < count; i++)
        CHECK_EQUAL(regions[i].access, wanted[i]);
    scene_end();
}

static void b5_data_is_no_function(void)
{
    open_system();
    scene_begin();
    scene_export("a_data", data, 8);
    scene_shelve("a");
    const struct smf_module *module = smf_system_module(&scene.system, scene_load("a", SMF_OK));
    CHECK(smf_function(module, "a_data") == NULL);
    CHECK(smf_system_function(&scene.system, "a_data") == NULL);
    scene_end();
}

static void b5_a_library_has_no_entry(void)
{
    open_system();
    scene_shelve_function("a", "a_function", 8);
    const struct smf_module *module = smf_system_module(&scene.system, scene_load("a", SMF_OK));
    CHECK(smf_entry(module) == NULL);
    CHECK(smf_function(module, "a_function") != NULL);
    scene_end();
}

static void b5_exports_are_listed(void)
{
    const char *name = "";
    struct smf_found found;
    open_system();
    scene_shelve_function("a", "a_function", 8);
    const struct smf_module *module = smf_system_module(&scene.system, scene_load("a", SMF_OK));
    CHECK_EQUAL(smf_module_export_count(module), 1);
    CHECK_STATUS(smf_module_export(module, 0, &name, &found), SMF_OK);
    CHECK_TEXT(name, "a_function");
    scene_end();
}

/* D-38: the flag counts, unless forced, and versions count on. */
static void b5_the_reloadable_flag(void)
{
    struct smf_version_information information;
    open_system();
    scene_begin();
    scene.kit.writer.header.flags &= ~(uint32_t)SMF_FLAG_RELOADABLE;
    scene_export("a_function", function, 8);
    scene_shelve("a");
    const struct smf_handle handle = scene_load("a", SMF_OK);
    CHECK((smf_module_flags(smf_system_module(&scene.system, handle)) & SMF_FLAG_RELOADABLE) == 0);
    scene_reload(handle, 0, SMF_ERR_UNSUPPORTED);
    CHECK_EQUAL(scene.why.detail, SMF_DETAIL_NOT_RELOADABLE);
    const struct smf_handle newer = scene_reload(handle, SMF_RELOAD_UNMARKED, SMF_OK);
    CHECK_STATUS(smf_system_information(&scene.system, newer, &information), SMF_OK);
    CHECK_EQUAL(information.load, 2);
    CHECK(!information.reloadable);
    scene_end();
}

static void b5_functions_are_got_or_not(void)
{
    open_system();
    scene_shelve_function("a", "a_function", 8);
    scene_load("a", SMF_OK);
    CHECK((uintptr_t)smf_system_function(&scene.system, "a_function") == scene_address("a_function"));
    CHECK(smf_system_function(&scene.system, "b_function") == NULL);
    scene_end();
}

static void b5_an_entry_is_got(void)
{
    static const uint8_t bytes[64];
    open_system();
    kit_start(&scene.kit, (enum smf_arch_id)scene.arch->id);
    scene.kit.writer.header.flags |= SMF_FLAG_EXECUTABLE;
    scene.kit.writer.header.entry_point = 16;
    kit_section(&scene.kit, ".text", SMF_SECTION_CODE, bytes, sizeof bytes, 16);
    scene_shelve("main");
    const struct smf_handle handle = scene_load("main", SMF_OK);
    const uintptr_t entry = (uintptr_t)smf_entry(smf_system_module(&scene.system, handle));
    CHECK_EQUAL(entry & ~(uintptr_t)1, scene_region(handle, 0) + 16);
    scene_end();
}

static void b5_unload_once_and_load_again(void)
{
    open_system();
    scene_shelve_function("a", "a_function", 8);
    const struct smf_handle handle = scene_load("a", SMF_OK);
    scene_unload(handle, 0, SMF_OK);
    scene_unload(handle, 0, SMF_ERR_NOT_FOUND);
    CHECK(scene_load("a", SMF_OK).number != handle.number);
    scene_end();
}

static void b5_reload_replaces(void)
{
    struct smf_handle found = {0};
    open_system();
    scene_shelve_function("a", "a_function", 8);
    const struct smf_handle newer = scene_reload(scene_load("a", SMF_OK), 0, SMF_OK);
    CHECK_STATUS(smf_system_find(&scene.system, "a", &found), SMF_OK);
    CHECK_EQUAL(found.number, newer.number);
    CHECK_EQUAL(scene_load("a", SMF_ERR_LOADED).number, newer.number);
    scene_end();
}

static void b5_resolve_before_and_after(void)
{
    open_system();
    scene_shelve_function("a", "a_function", 8);
    CHECK_EQUAL(scene_address("a_function"), 0);
    const struct smf_handle handle = scene_load("a", SMF_OK);
    CHECK(scene_address("a_function") - scene_region(handle, SCENE_TEXT) < 64);
    scene_end();
}

static void b5_an_unknown_name(void)
{
    open_system();
    scene_shelve_function("a", "a_function", 8);
    scene_load("a", SMF_OK);
    CHECK_EQUAL(scene_address("a_functio"), 0);
    CHECK_EQUAL(scene_address("a_function2"), 0);
    CHECK_EQUAL(scene_address(""), 0);
    scene_end();
}

static void b5_a_local_is_nobodys(void)
{
    open_system();
    scene_begin();
    kit_local(&scene.kit, "local", SCENE_DATA, 8);
    scene_export("a_function", function, 8);
    scene_shelve("a");
    scene_load("a", SMF_OK);
    CHECK_EQUAL(scene_address("local"), 0);
    scene_shelve_user("b", "b_function", "local");
    scene_load("b", SMF_ERR_UNRESOLVED);
    scene_end();
}

static void b5_load_of_what_does_not_exist(void)
{
    open_system();
    scene_load("nonexistent", SMF_ERR_NOT_FOUND);
    scene_end();
}

static void b5_unload_of_what_does_not_exist(void)
{
    open_system();
    scene_unload((struct smf_handle){9}, 0, SMF_ERR_NOT_FOUND);
    scene_end();
}

/* ---- A.12 ---- */

static void r8_memory_stays_while_it_is_held(void)
{
    open_system();
    scene_shelve_function("a", "a_function", 8);
    const struct smf_handle handle = scene_load("a", SMF_OK);
    const uint64_t text = scene_region(handle, SCENE_TEXT);
    CHECK_STATUS(smf_system_retain(&scene.system, handle), SMF_OK);
    scene_unload(handle, 0, SMF_OK);
    CHECK(paper_at(&scene.paper, text, 64) != NULL);
    CHECK_EQUAL(scene_address("a_function"), 0);
    CHECK_STATUS(smf_system_release(&scene.system, handle), SMF_OK);
    CHECK(paper_at(&scene.paper, text, 64) == NULL);
    scene_end();
}

static void r9_a_reload_that_fails_keeps_the_old_one(void)
{
    open_system();
    scene_shelve_function("a", "a_function", 8);
    const struct smf_handle handle = scene_load("a", SMF_OK);
    const uint64_t before = scene_address("a_function");
    scene_shelve_user("a", "a_function", "missing");
    scene_reload(handle, 0, SMF_ERR_UNRESOLVED);
    scene_shelve_bytes("a", "nothing", 8);
    scene_reload(handle, 0, SMF_ERR_NOT_SMF);
    CHECK_EQUAL(scene_address("a_function"), before);
    CHECK_EQUAL(scene_load("a", SMF_ERR_LOADED).number, handle.number);
    scene_end();
}

/* Also of a file of an older layout, whose exports are known late. */
static void r11_older_layouts_provide_and_import(void)
{
    static const uint8_t bytes[64];
    static const enum forge_layout layouts[] = {FORGE_R72, FORGE_R96, FORGE_R128, FORGE_P128_W, FORGE_P128_D};
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++) {
        const struct forge_section sections[] = {
            {.name = "code", .type = SMF_SECTION_CODE, .flags = 5, .alignment = 16, .bytes = bytes, .size = 64}
        };
        const struct forge_symbol symbols[] = {
            {.name = "old_function", .value = 8, .type = SMF_SYMBOL_FUNCTION, .binding = SMF_BINDING_GLOBAL}
        };
        struct forged file;
        scene_start(&smf_arch_x86_64);
        if (!case_holds(scene.arch))
            return;
        scene_open();
        tap_variant("%s", forge_layout_name(layouts[i]));
        forge_make(&(struct forge){.layout = layouts[i],
                                   .sections = sections,
                                   .section_count = 1,
                                   .symbols = symbols,
                                   .symbol_count = 1,
                                   .exported_count = 1},
                   &file);
        scene_shelve_bytes("old", file.bytes, file.size);
        forge_free(&file);
        const struct smf_handle old = scene_load("old", SMF_OK);
        CHECK_EQUAL(scene_owner("old_function"), old.number);
        scene_shelve_user("new", "new_function", "old_function");
        CHECK_EQUAL(scene_slot(scene_load("new", SMF_OK), 0), scene_address("old_function"));
        scene_shelve_function("twin", "old_function", 8);
        scene_load("twin", SMF_ERR_DUPLICATE);
        scene_unload(old, 0, SMF_ERR_BUSY);
        scene_unload(old, SMF_UNLOAD_DEPENDENTS, SMF_OK);
        CHECK_EQUAL(scene_address("old_function"), 0);
        scene_end();
    }
}

#define CASE(name)                                                                                                     \
    {                                                                                                                  \
#name, name                                                                                                    \
    }
static const struct tap_case cases[] = {
    CASE(b5_bad_magic),
    CASE(b5_symbols_by_name),
    CASE(b5_an_address_of_its_own_is_patched),
    CASE(b5_a_minimal_module),
    CASE(b5_the_same_handle_again),
    CASE(b5_an_import_has_the_providers_address),
    CASE(b5_section_names_of_16_bytes),
    CASE(b5_section_flags),
    CASE(b5_data_is_no_function),
    CASE(b5_a_library_has_no_entry),
    CASE(b5_exports_are_listed),
    CASE(b5_the_reloadable_flag),
    CASE(b5_functions_are_got_or_not),
    CASE(b5_an_entry_is_got),
    CASE(b5_unload_once_and_load_again),
    CASE(b5_reload_replaces),
    CASE(b5_resolve_before_and_after),
    CASE(b5_an_unknown_name),
    CASE(b5_a_local_is_nobodys),
    CASE(b5_load_of_what_does_not_exist),
    CASE(b5_unload_of_what_does_not_exist),
    CASE(r8_memory_stays_while_it_is_held),
    CASE(r9_a_reload_that_fails_keeps_the_old_one),
    CASE(r11_older_layouts_provide_and_import),
};
TAP_MAIN(cases)
