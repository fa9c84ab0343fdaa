/* SPDX-License-Identifier: MIT */
/*
 * lengths.c - names of any length that a file can hold (SMF_NAME_MAX), of exports, imports, modules and needs; and
 * stored hashes that are wrong: lookups compare names, so that such an export is found by nobody and shadows nobody.
 */
#include "system/scene.h"

#include <stdlib.h>
#include <string.h>

#include "smf/hash.h"

static const enum smf_kind function = SMF_KIND_FUNCTION;
static const size_t lengths[] = {1,   2,   3,   15,  16,   17,   62,   63,    64,   65,
                                 127, 255, 256, 257, 1023, 4095, 4096, 65534, 65535};
enum { LENGTHS = sizeof lengths / sizeof lengths[0] };

/* The same but for the last character. */
static char name[SMF_NAME_MAX + 2], other[SMF_NAME_MAX + 2];

static void spell(size_t length)
{
    for (size_t i = 0; i < length; i++)
        name[i] = (char)('a' + i * i % 26);
    name[length] = '\0';
    memcpy(other, name, length + 1);
    other[length - 1] = 'Z';
}

/* What a diagnosis says of a name: all of it, or its start and '~'. */
static void check_named(const char *wanted)
{
    const size_t length = strlen(wanted), most = SMF_DIAGNOSIS_NAME_SIZE - 1;
    CHECK_EQUAL(strlen(scene.why.name), length < most ? length : most);
    CHECK(memcmp(scene.why.name, wanted, length <= most ? length : most - 1) == 0);
    CHECK(length <= most || scene.why.name[most - 1] == '~');
}

static void each_length(enum smf_stay stay)
{
    for (unsigned i = 0; i < LENGTHS; i++) {
        if (stay == SMF_STAYS_FOR_LOAD && lengths[i] > 5000) /* copied, into an arena that has not so much */
            continue;
        tap_variant("length %u", (unsigned)lengths[i]);
        spell(lengths[i]);
        scene_start(NULL);
        scene.stay = stay;
        scene_open();
        scene_shelve_function("a", name, 8);
        scene_shelve_user("b", "B", name);
        scene_shelve_user("c", "C", other);
        scene_shelve_function("d", name, 16);
        scene_shelve_function("e", other, 24);
        const struct smf_handle a = scene_load("a", SMF_OK);
        const struct smf_handle b = scene_load("b", SMF_OK);
        CHECK_EQUAL(scene_owner(name), a.number);
        CHECK_EQUAL(scene_owner(other), 0);
        CHECK_EQUAL(scene_slot(b, 0), scene_address(name));
        scene_load("c", SMF_ERR_UNRESOLVED);
        check_named(other);
        scene_load("d", SMF_ERR_DUPLICATE);
        check_named(name);
        const struct smf_handle e = scene_load("e", SMF_OK);
        CHECK_EQUAL(scene_owner(other), e.number);
        CHECK_EQUAL(scene_owner(name), a.number);
        const struct smf_handle newer = scene_reload(a, 0, SMF_OK);
        CHECK_EQUAL(scene_owner(name), newer.number);
        CHECK_EQUAL(scene_slot(b, 0), scene_address(name));
        scene_unload(newer, 0, SMF_ERR_BUSY);
        scene_unload(newer, SMF_UNLOAD_DEPENDENTS, SMF_OK);
        CHECK_EQUAL(scene_owner(name), 0);
        CHECK_EQUAL(scene_owner(other), e.number);
        scene_end();
    }
}

static void names_that_are_copied(void) { each_length(SMF_STAYS_FOR_LOAD); }
static void names_that_stay_in_their_file(void) { each_length(SMF_STAYS_FOR_MODULE); }

/* A newer version has the same long names in another order: each is compared with itself, none is too much work. */
static void long_names_in_another_order(void)
{
    enum { NAMES = 60, SIZE = 1700 };
    static char names[NAMES][SIZE];
    struct smf_handle handle = {0};
    for (unsigned i = 0; i < NAMES; i++) {
        memset(names[i], 'n', SIZE - 1);
        names[i][0] = (char)('A' + i % 26);
        names[i][1] = (char)('A' + i / 26);
    }
    scene_start(NULL);
    scene.stay = SMF_STAYS_FOR_MODULE;
    scene_open();
    for (unsigned version = 0; version < 2; version++) {
        scene_begin();
        for (unsigned i = 0; i < NAMES; i++)
            scene_export(names[version == 0 ? i : NAMES - 1 - i], function, i % 64);
        scene_shelve(version == 0 ? "a" : "b");
    }
    handle = scene_load("a", SMF_OK);
    const struct smf_source newer = smf_source_memory(scene.shelf[1].bytes, scene.shelf[1].size, SMF_STAYS_FOR_MODULE);
    CHECK_STATUS(smf_system_reload(&scene.system, handle, &newer, 0, &handle, &scene.why), SMF_OK);
    scene.opened++; /* it will be closed like the others */
    CHECK_EQUAL(scene_statistics().exports, NAMES);
    for (unsigned i = 0; i < NAMES; i++)
        CHECK_EQUAL(scene_owner(names[i]), handle.number);
    scene_end();
}

/* ---- Names of modules ---- */

static const uint8_t *file;
static size_t file_size;

static enum smf_status load_as(const char *module, struct smf_handle *handle)
{
    const struct smf_source source = smf_source_memory(file, file_size, SMF_STAYS_FOR_LOAD);
    const struct smf_system_item item = {module, &source};
    scene.opened++; /* the caller's: told of when it has been used */
    const enum smf_status status = smf_system_load(&scene.system, &item, 0, handle, &scene.why);
    if (status != SMF_OK)
        scene.opened--;
    return status;
}

static void modules_with_names_of_any_length(void)
{
    for (unsigned i = 0; i < LENGTHS; i++) {
        struct smf_handle handle = {0}, found = {0};
        tap_variant("length %u", (unsigned)lengths[i]);
        spell(lengths[i]);
        scene_start(NULL);
        scene_open();
        scene_begin();
        file = kit_finish(&scene.kit, &file_size);
        if (lengths[i] >= sizeof scene.arena - 1) { /* longer than all there is */
            CHECK_STATUS(load_as(name, &handle), SMF_ERR_NO_ARENA);
            CHECK_EQUAL(scene_statistics().modules, 0);
        } else if (lengths[i] < 5000) {
            CHECK_STATUS(load_as(name, &handle), SMF_OK);
            CHECK_STATUS(smf_system_find(&scene.system, name, &found), SMF_OK);
            CHECK_EQUAL(found.number, handle.number);
            CHECK_STATUS(smf_system_find(&scene.system, other, &found), SMF_ERR_NOT_FOUND);
            CHECK_STATUS(load_as(name, &found), SMF_ERR_LOADED);
            check_named(name);
            CHECK_STATUS(load_as(other, &found), SMF_OK);
        }
        free((void *)(uintptr_t)file);
        scene_end();
    }
}

/* As long as note.deps has them. */
static void needs_with_names_of_any_length(void)
{
    for (unsigned i = 0; i < LENGTHS && lengths[i] < 256; i++) {
        struct smf_handle handle = {0};
        tap_variant("length %u", (unsigned)lengths[i]);
        spell(lengths[i]);
        scene_start(NULL);
        scene_open();
        scene_begin();
        file = kit_finish(&scene.kit, &file_size);
        CHECK_STATUS(load_as(other, &handle), SMF_OK);
        scene_begin();
        scene_need(name, 0);
        scene_shelve("user");
        scene_load("user", SMF_ERR_NOT_FOUND);
        check_named(name);
        CHECK_STATUS(load_as(name, &handle), SMF_OK);
        scene_load("user", SMF_OK);
        scene_unload(handle, 0, SMF_ERR_BUSY);
        CHECK_TEXT(scene.why.name, "user");
        free((void *)(uintptr_t)file);
        scene_end();
    }
}

static void a_name_that_no_file_can_hold_is_not_found(void)
{
    memset(name, 'x', SMF_NAME_MAX + 1);
    name[SMF_NAME_MAX + 1] = '\0';
    scene_start(NULL);
    scene_open();
    scene_shelve_function("a", "x", 8);
    scene_load("a", SMF_OK);
    CHECK_EQUAL(scene_address(name), 0);
    CHECK(!scene_is_loaded(name));
    scene_end();
}

/* ---- Wrong hashes ---- */

/* The only symbol of the file on the shelf is `text`; its stored hash becomes another one. */
static void spoil_hash(unsigned shelf, const char *text)
{
    uint8_t *bytes = scene.shelf[shelf].bytes;
    const uint32_t hash = smf_hash_name(text);
    for (size_t at = 0; at + 8 <= scene.shelf[shelf].size; at += 4)
        if (get32(bytes + at) == hash) {
            put32(bytes + at, hash ^ 0x00100000); /* of the same bucket */
            return;
        }
    tap_note("no such hash in the file");
    CHECK(hash == 0);
}

static void open_with_wrong_hashes(enum smf_stay stay, uint32_t checks)
{
    scene_start(NULL);
    scene.stay = stay;
    scene.config.load.checks = checks;
    scene_open();
    scene_begin();
    scene.kit.writer.header.no_hash = true;
    scene_export("shared", function, 8);
    scene_shelve("wrong");
    spoil_hash(0, "shared");
    scene_shelve_function("right", "shared", 16);
    scene_shelve_user("user", "U", "shared");
}

/* Whoever reads the file's own table believes the hash, and so finds nothing. */
static void a_wrong_hash_hides_a_name_that_stays_in_its_file(void)
{
    open_with_wrong_hashes(SMF_STAYS_FOR_MODULE, 0);
    const struct smf_handle wrong = scene_load("wrong", SMF_OK);
    CHECK_EQUAL(scene_owner("shared"), 0);
    const struct smf_handle right = scene_load("right", SMF_OK);
    CHECK_EQUAL(scene_owner("shared"), right.number);
    const struct smf_handle user = scene_load("user", SMF_OK);
    CHECK_EQUAL(scene_slot(user, 0), scene_address("shared"));
    scene_unload(wrong, 0, SMF_OK);
    CHECK_EQUAL(scene_owner("shared"), right.number);
    scene_end();
}

static void a_wrong_hash_is_refused_by_the_check(void)
{
    for (int stay = 0; stay < 2; stay++) {
        open_with_wrong_hashes((enum smf_stay)stay, SMF_CHECK_NAMES);
        scene_load("wrong", SMF_ERR_HASH);
        scene_load("right", SMF_OK);
        scene_end();
    }
}

/* Names that are copied get their hash from what they say. */
static void a_wrong_hash_does_not_matter_for_a_name_that_is_copied(void)
{
    open_with_wrong_hashes(SMF_STAYS_FOR_LOAD, 0);
    const struct smf_handle wrong = scene_load("wrong", SMF_OK);
    CHECK_EQUAL(scene_owner("shared"), wrong.number);
    scene_load("right", SMF_ERR_DUPLICATE);
    const struct smf_handle user = scene_load("user", SMF_OK);
    CHECK_EQUAL(scene_slot(user, 0), scene_address("shared"));
    const struct smf_handle newer = scene_reload(wrong, 0, SMF_OK);
    CHECK_EQUAL(scene_owner("shared"), newer.number);
    CHECK_EQUAL(scene_slot(user, 0), scene_address("shared"));
    scene_end();
}

/* An importer's own wrong hash: it finds nothing, and no other name. */
static void a_wrong_hash_of_an_import_finds_nothing(void)
{
    for (int stay = 0; stay < 2; stay++) {
        open_with_wrong_hashes((enum smf_stay)stay, 0);
        scene_load("right", SMF_OK);
        spoil_hash(2, "shared");
        scene_load("user", SMF_ERR_UNRESOLVED);
        CHECK_TEXT(scene.why.name, "shared");
        scene_end();
    }
}

#define CASE(name)                                                                                                     \
    {                                                                                                                  \
#name, name                                                                                                    \
    }
static const struct tap_case cases[] = {
    CASE(names_that_are_copied),
    CASE(names_that_stay_in_their_file),
    CASE(long_names_in_another_order),
    CASE(modules_with_names_of_any_length),
    CASE(needs_with_names_of_any_length),
    CASE(a_name_that_no_file_can_hold_is_not_found),
    CASE(a_wrong_hash_hides_a_name_that_stays_in_its_file),
    CASE(a_wrong_hash_is_refused_by_the_check),
    CASE(a_wrong_hash_does_not_matter_for_a_name_that_is_copied),
    CASE(a_wrong_hash_of_an_import_finds_nothing),
};
TAP_MAIN(cases)
