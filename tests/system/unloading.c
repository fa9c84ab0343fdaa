/* SPDX-License-Identifier: MIT */
/*
 * unloading.c - what has to be gone when a module is: the newer list of REQUIREMENTS B.3 (23 items), its crash-fix (3),
 * relocation (1) and ownership (2) lists, and the seven steps of A.10. A path is a name that config.open finds; the JIT
 * is a mapper beside the system, the metadata a ledger's (smf/lifecycle.h).
 *
 * 'generic not found' and 'Vec$i64 through the generic API' are tried as far as a name of an instance goes: what makes
 * instances comes with a later part.
 */
#include "system/scene.h"

#include <string.h>

#include "smf/lifecycle.h"

static const enum smf_kind function = SMF_KIND_FUNCTION;

static struct smf_handle load_a(void)
{
    scene_start(NULL);
    scene_open();
    scene_shelve_function("a", "a_function", 8);
    return scene_load("a", SMF_OK);
}

static size_t mapped(void)
{
    struct smf_mapper_statistics statistics;
    smf_mapper_get_statistics(&scene_mapper, &statistics);
    return statistics.mapped_symbols;
}

/* ---- B.3, newer: loading and resolving ---- */

static void b3_defaults(void)
{
    scene_start(NULL);
    scene_open();
    CHECK(!scene.system.config.hot_reload && !scene.system.config.allow_duplicates);
    CHECK_EQUAL(scene_listed(), 0);
    scene_end();
}

static void b3_an_existing_path_is_tracked(void)
{
    load_a();
    CHECK(scene_is_loaded("a"));
    CHECK_EQUAL(scene_statistics().modules, 1);
    CHECK_EQUAL(scene_statistics().exports, 1);
    scene_end();
}

static void b3_invalid_bytes_are_refused(void)
{
    static const char text[] = "This is no module at all, though it is long enough to hold a header and more: "
                               "every one of its hundred and twenty-eight bytes.";
    scene_start(NULL);
    scene_open();
    scene_shelve_bytes("text", text, sizeof text);
    scene_load("text", SMF_ERR_NOT_SMF);
    CHECK(!scene_is_loaded("text"));
    CHECK(strlen(scene_line()) > 10);
    CHECK_EQUAL(scene.opened, scene.closed);
    scene_end();
}

static void b3_a_global_resolves_with_what_is_known_of_it(void)
{
    struct smf_resolved found = {0};
    const struct smf_handle handle = load_a();
    CHECK_STATUS(smf_system_resolve(&scene.system, "a_function", &found), SMF_OK);
    const bool thumb = scene.arch->id == SMF_ARCH_ARM;
    CHECK_EQUAL(found.address, scene_region(handle, SCENE_TEXT) + (thumb ? 9 : 8));
    CHECK_EQUAL(found.kind, SMF_KIND_FUNCTION);
    CHECK_EQUAL(found.handle.number, handle.number);
    scene_end();
}

static void b3_two_modules_count_two(void)
{
    load_a();
    scene_shelve_function("b", "b_function", 8);
    scene_load("b", SMF_OK);
    CHECK_EQUAL(scene_statistics().modules, 2);
    CHECK_EQUAL(scene_listed(), 2);
    scene_end();
}

static void open_with_instances(void)
{
    scene_open_with_mapper();
    scene_shelve_function("a", "a_function", 8);
    scene_shelve_function("b", "b_function", 8);
    scene_compile("a", "a_instance");
    scene_compile("b", "b_instance");
}

static void b3_two_compiled_symbols_of_two_modules_count_two(void)
{
    open_with_instances();
    CHECK_EQUAL(mapped(), 2);
    CHECK(scene_address("a_instance") != scene_address("b_instance"));
    scene_end();
}

static void b3_a_missing_path_says_so(void)
{
    scene_start(NULL);
    scene_open();
    scene_load("missing", SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(scene.why.detail, SMF_DETAIL_NO_SOURCE);
    CHECK_TEXT(scene.why.name, "missing");
    scene_end();
}

static void b3_a_compiled_symbol_is_compiled_once(void)
{
    scene_open_with_mapper();
    CHECK_EQUAL(scene_address("made"), 0);
    const uintptr_t made = scene_compile("", "made");
    CHECK_EQUAL(scene_address("made") & ~(uint64_t)1, made);
    CHECK_EQUAL(scene_address("made") & ~(uint64_t)1, made);
    CHECK_EQUAL(mapped(), 1);
    scene_end();
}

static void b3_an_instance_that_nobody_has_registers_nothing(void)
{
    scene_open_with_mapper();
    scene_shelve_user("b", "b_function", "Vec$Int_String");
    scene_load("b", SMF_ERR_UNRESOLVED);
    CHECK_TEXT(scene.why.name, "Vec$Int_String");
    CHECK_EQUAL(mapped(), 0);
    CHECK_EQUAL(scene_statistics().exports, 0);
    scene_end();
}

static void b3_an_instance_is_found_by_its_name(void)
{
    scene_open_with_mapper();
    scene_compile("", "Vec$i64");
    CHECK(scene_address("Vec$i64") != 0);
    CHECK_EQUAL(scene_owner("Vec$i64"), 0);
    scene_end();
}

/* ---- B.3, newer: unloading ---- */

static void b3_unload_drops_what_was_compiled_for_it(void)
{
    open_with_instances();
    scene_unload(scene_load("a", SMF_OK), 0, SMF_OK);
    CHECK_EQUAL(scene_address("a_instance"), 0);
    CHECK(scene_address("b_instance") != 0);
    scene_end();
}

/* The mapper says "__jit__", the ledger says for whom it was compiled. */
static void destroy(void *context, const struct smf_resource *resource)
{
    CHECK(context == &scene);
    if (resource->kind == SMF_RESOURCE_JIT)
        CHECK_STATUS(smf_mapper_unmap(&scene_mapper, resource->name), SMF_OK);
}

static void b3_unload_frees_what_the_ledger_says_is_its_own(void)
{
    static struct smf_lifecycle ledger;
    static uint64_t memory[512];
    const struct smf_lifecycle_config config = {
        .arena = memory, .arena_size = sizeof memory, .destroy = destroy, .destroy_context = &scene};
    open_with_instances();
    scene_compile("", "free_instance");
    scene_compile("", "other_instance");
    CHECK_STATUS(smf_lifecycle_start(&ledger, &config), SMF_OK);
    CHECK_STATUS(smf_lifecycle_add(&ledger, SMF_RESOURCE_JIT, "a", "free_instance"), SMF_OK);
    CHECK_STATUS(smf_lifecycle_add(&ledger, SMF_RESOURCE_METADATA, "a", "template"), SMF_OK);
    scene_unload(scene_load("a", SMF_OK), 0, SMF_OK);
    CHECK_EQUAL(smf_lifecycle_destroy(&ledger, "a"), 2);
    CHECK_EQUAL(scene_address("free_instance"), 0);
    CHECK(scene_address("other_instance") != 0);
    CHECK(!smf_lifecycle_is_tracked(&ledger, "a"));
    smf_lifecycle_finish(&ledger);
    scene_end();
}

static void b3_unload_removes_its_own_and_keeps_the_rest(void)
{
    open_with_instances();
    const struct smf_handle a = scene_load("a", SMF_OK);
    scene_load("b", SMF_OK);
    scene_unload(a, 0, SMF_OK);
    CHECK_EQUAL(scene_address("a_function"), 0);
    CHECK_EQUAL(scene_address("a_instance"), 0);
    CHECK(scene_address("b_function") != 0 && scene_address("b_instance") != 0);
    CHECK_EQUAL(mapped(), 1);
    scene_end();
}

/* ---- A.10, and the nine checks of B.3 ---- */

static void a10_the_entry_of_the_module_is_gone(void)
{
    const struct smf_handle a = load_a();
    scene_unload(a, 0, SMF_OK);
    CHECK(!scene_is_loaded("a"));
    CHECK(smf_system_module(&scene.system, a) == NULL);
    CHECK_EQUAL(scene_listed(), 0);
    scene_end();
}

static void a10_its_globals_are_gone(void)
{
    scene_unload(load_a(), 0, SMF_OK);
    CHECK_EQUAL(scene_address("a_function"), 0);
    CHECK_EQUAL(scene_statistics().exports, 0);
    scene_end();
}

/* Nothing of it is left in the arena, and its memory is the port's. */
static void a10_what_was_kept_about_it_is_gone(void)
{
    scene_start(NULL);
    scene_open();
    const size_t before = scene_statistics().arena_largest;
    scene_begin();
    scene_keep(".keep.a", 16, 8);
    scene_export("a_function", function, 8);
    scene_shelve("a");
    scene_unload(scene_load("a", SMF_OK), 0, SMF_OK);
    CHECK_EQUAL(scene_statistics().arena_largest, before);
    CHECK_EQUAL(paper_live(&scene.paper), 0);
    scene_end();
}

static void a10_what_was_compiled_for_it_is_gone(void)
{
    open_with_instances();
    const struct smf_handle a = scene_load("a", SMF_OK);
    CHECK_EQUAL(mapped(), 2);
    scene_unload(a, 0, SMF_OK);
    CHECK_EQUAL(mapped(), 1);
    CHECK_EQUAL(smf_mapper_lookup(&scene_mapper, "a_instance"), 0);
    scene_end();
}

static void a10_the_other_module_is_kept(void)
{
    const struct smf_handle a = load_a();
    scene_shelve_function("b", "b_function", 8);
    scene_shelve_user("c", "c_function", "b_function");
    scene_load("b", SMF_OK);
    const struct smf_handle c = scene_load("c", SMF_OK);
    scene_unload(a, 0, SMF_OK);
    CHECK(scene_address("b_function") != 0);
    CHECK_EQUAL(scene_slot(c, 0), scene_address("b_function"));
    scene_end();
}

static void a10_an_unknown_one_is_no_harm(void)
{
    load_a();
    const struct smf_system_statistics before = scene_statistics();
    scene_unload((struct smf_handle){0}, 0, SMF_ERR_NOT_FOUND);
    scene_unload((struct smf_handle){4711}, SMF_UNLOAD_DEPENDENTS, SMF_ERR_NOT_FOUND);
    const struct smf_system_statistics after = scene_statistics();
    CHECK(memcmp(&before, &after, sizeof before) == 0);
    scene_end();
}

static void a10_a_second_time_does_nothing(void)
{
    const struct smf_handle a = load_a();
    scene_unload(a, 0, SMF_OK);
    const struct smf_system_statistics before = scene_statistics();
    scene_unload(a, 0, SMF_ERR_NOT_FOUND);
    const struct smf_system_statistics after = scene_statistics();
    CHECK(memcmp(&before, &after, sizeof before) == 0);
    scene_end();
}

/* One that loaded and unloaded, and one that never did. */
static void a10_two_loaders_end_equal(void)
{
    struct smf_system_statistics ends[2];
    for (int i = 0; i < 2; i++) {
        const struct smf_handle a = load_a();
        if (i == 1) {
            scene_shelve_function("b", "b_function", 8);
            scene_unload(scene_load("b", SMF_OK), 0, SMF_OK);
        }
        scene_unload(a, 0, SMF_OK);
        ends[i] = scene_statistics();
        scene_end();
    }
    CHECK_EQUAL(ends[0].arena_largest, ends[1].arena_largest);
    CHECK_EQUAL(ends[0].modules, ends[1].modules);
    CHECK_EQUAL(ends[0].exports, ends[1].exports);
    CHECK_EQUAL(ends[0].bindings, ends[1].bindings);
    CHECK_EQUAL(ends[0].places, ends[1].places);
}

static void a10_names_of_it_are_not_found_any_more(void)
{
    open_with_instances();
    scene_unload(scene_load("a", SMF_OK), 0, SMF_OK);
    CHECK_EQUAL(scene_address("a_function"), 0);
    CHECK_EQUAL(scene_address("a_instance"), 0);
    CHECK(smf_system_function(&scene.system, "a_function") == NULL);
    scene_shelve_user("c", "c_function", "a_function");
    scene_load("c", SMF_ERR_UNRESOLVED);
    scene_end();
}

static void b3_a_reload_keeps_compiled_symbols_resolvable(void)
{
    open_with_instances();
    const struct smf_handle a = scene_load("a", SMF_OK);
    const uint64_t before = scene_address("a_instance");
    scene_reload(a, 0, SMF_OK);
    CHECK_EQUAL(scene_address("a_instance"), before);
    CHECK(before != 0);
    scene_end();
}

/* ---- B.3: crash fixes, relocation, ownership ---- */

static void b3_crash_a_system_without_anything(void)
{
    static struct smf_system unstarted;
    scene_start(NULL);
    scene_open();
    smf_system_finish(&scene.system);
    smf_system_finish(&scene.system);
    smf_system_finish(&unstarted);
    smf_system_finish(NULL);
    scene_end();
}

static void b3_crash_reload_of_a_missing_path(void)
{
    const struct smf_handle a = load_a();
    scene_discard("a");
    scene_reload(a, 0, SMF_ERR_NOT_FOUND);
    CHECK(scene_address("a_function") != 0);
    scene_reload((struct smf_handle){77}, 0, SMF_ERR_NOT_FOUND);
    scene_end();
}

static void b3_crash_unload_of_an_unknown_path(void)
{
    scene_start(NULL);
    scene_open();
    scene_unload((struct smf_handle){1}, 0, SMF_ERR_NOT_FOUND);
    scene_end();
}

static void b3_relocation_has_the_computed_value(void)
{
    load_a();
    scene_shelve_user("c", "c_function", "a_function");
    const struct smf_handle c = scene_load("c", SMF_OK);
    CHECK_EQUAL(scene_slot(c, 0), scene_address("a_function"));
    scene_end();
}

static void b3_ownership_takes_names_of_one_owner(void)
{
    open_with_instances();
    scene_compile("a", "second_instance");
    CHECK_EQUAL(smf_mapper_unmap_owner(&scene_mapper, "a"), 2);
    CHECK_EQUAL(mapped(), 1);
    scene_end();
}

static void b3_ownership_takes_the_given_name_only(void)
{
    open_with_instances();
    scene_compile("a", "second_instance");
    CHECK_STATUS(smf_mapper_unmap(&scene_mapper, "second_instance"), SMF_OK);
    CHECK(scene_address("a_instance") != 0 && scene_address("b_instance") != 0);
    scene_end();
}

#define CASE(name)                                                                                                     \
    {                                                                                                                  \
#name, name                                                                                                    \
    }
static const struct tap_case cases[] = {
    CASE(b3_defaults),
    CASE(b3_an_existing_path_is_tracked),
    CASE(b3_invalid_bytes_are_refused),
    CASE(b3_a_global_resolves_with_what_is_known_of_it),
    CASE(b3_two_modules_count_two),
    CASE(b3_two_compiled_symbols_of_two_modules_count_two),
    CASE(b3_a_missing_path_says_so),
    CASE(b3_a_compiled_symbol_is_compiled_once),
    CASE(b3_an_instance_that_nobody_has_registers_nothing),
    CASE(b3_an_instance_is_found_by_its_name),
    CASE(b3_unload_drops_what_was_compiled_for_it),
    CASE(b3_unload_frees_what_the_ledger_says_is_its_own),
    CASE(b3_unload_removes_its_own_and_keeps_the_rest),
    CASE(a10_the_entry_of_the_module_is_gone),
    CASE(a10_its_globals_are_gone),
    CASE(a10_what_was_kept_about_it_is_gone),
    CASE(a10_what_was_compiled_for_it_is_gone),
    CASE(a10_the_other_module_is_kept),
    CASE(a10_an_unknown_one_is_no_harm),
    CASE(a10_a_second_time_does_nothing),
    CASE(a10_two_loaders_end_equal),
    CASE(a10_names_of_it_are_not_found_any_more),
    CASE(b3_a_reload_keeps_compiled_symbols_resolvable),
    CASE(b3_crash_a_system_without_anything),
    CASE(b3_crash_reload_of_a_missing_path),
    CASE(b3_crash_unload_of_an_unknown_path),
    CASE(b3_relocation_has_the_computed_value),
    CASE(b3_ownership_takes_names_of_one_owner),
    CASE(b3_ownership_takes_the_given_name_only),
};
TAP_MAIN(cases)
