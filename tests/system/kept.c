/* SPDX-License-Identifier: MIT */
/*
 * kept.c - .keep sections: shared by versions that agree about name, size, alignment and state version; begun anew by
 * all others; given back with the last version that uses them. What a failed reload leaves of them.
 */
#include "system/scene.h"

#include <string.h>

enum { FIRST = 0x11 }; /* what scene_keep() fills sections with */

struct shape {
    const char *name;
    size_t size;
    uint32_t alignment;
    uint8_t state_version;
};
static const struct shape usual = {".keep.a", 16, 8, 1};

static void shelve(const struct shape *shape)
{
    scene_begin();
    scene.state_version = shape->state_version;
    const uint32_t keep = scene_keep(shape->name, shape->size, shape->alignment);
    kit_export(&scene.kit, "kept", keep, 0, SMF_SYMBOL_DATA);
    scene_shelve("a");
}

static uint8_t *kept(void)
{
    uint8_t *bytes = paper_at(&scene.paper, scene_address("kept"), 8);
    CHECK(bytes != NULL);
    return bytes;
}

static struct smf_handle load_and_change(void)
{
    scene_start(NULL);
    scene_open();
    shelve(&usual);
    const struct smf_handle handle = scene_load("a", SMF_OK);
    CHECK_EQUAL(*kept(), FIRST);
    *kept() = 0x77;
    return handle;
}

static void equal_sections_are_shared(void)
{
    struct smf_handle handle = load_and_change();
    const uint64_t address = scene_address("kept");
    const unsigned live = paper_live(&scene.paper);
    for (int i = 0; i < 3; i++) {
        handle = scene_reload(handle, 0, SMF_OK);
        CHECK_EQUAL(scene_address("kept"), address);
        CHECK_EQUAL(*kept(), 0x77);
        CHECK_EQUAL(paper_live(&scene.paper), live);
    }
    scene_unload(handle, 0, SMF_OK);
    CHECK_EQUAL(paper_live(&scene.paper), 0);
    scene_end();
}

static void any_difference_begins_anew(void)
{
    static const struct shape others[] = {
        {".keep.b", 16, 8,  1},
        {".keep",   16, 8,  1},
        {".keep.a", 24, 8,  1},
        {".keep.a", 8,  8,  1},
        {".keep.a", 16, 16, 1},
        {".keep.a", 16, 4,  1},
        {".keep.a", 16, 8,  2},
        {".keep.a", 16, 8,  0}
    };
    for (unsigned i = 0; i < sizeof others / sizeof others[0]; i++) {
        tap_variant("difference %u", i);
        const struct smf_handle handle = load_and_change();
        const unsigned live = paper_live(&scene.paper);
        CHECK_STATUS(smf_system_retain(&scene.system, handle), SMF_OK); /* so that its address is not used again */
        const uint64_t address = scene_address("kept");
        shelve(&others[i]);
        scene_reload(handle, 0, SMF_OK);
        CHECK(scene_address("kept") != address);
        CHECK_EQUAL(*kept(), FIRST);
        CHECK_EQUAL(*paper_at(&scene.paper, address, 1), 0x77);
        CHECK_STATUS(smf_system_release(&scene.system, handle), SMF_OK);
        CHECK(paper_at(&scene.paper, address, 1) == NULL || strcmp(others[i].name, ".keep") == 0);
        CHECK_EQUAL(paper_live(&scene.paper), strcmp(others[i].name, ".keep") == 0 ? live - 1 : live);
        scene_end();
    }
}

static void a_fresh_reload_begins_anew(void)
{
    const struct smf_handle handle = load_and_change();
    CHECK_STATUS(smf_system_retain(&scene.system, handle), SMF_OK);
    const uint64_t address = scene_address("kept");
    scene_reload(handle, SMF_RELOAD_FRESH, SMF_OK);
    CHECK(scene_address("kept") != address);
    CHECK_EQUAL(*kept(), FIRST);
    CHECK_STATUS(smf_system_release(&scene.system, handle), SMF_OK);
    scene_end();
}

/* An unload ends it, whatever its next load says. */
static void an_unload_forgets(void)
{
    const struct smf_handle handle = load_and_change();
    scene_unload(handle, 0, SMF_OK);
    scene_load("a", SMF_OK);
    CHECK_EQUAL(*kept(), FIRST);
    scene_end();
}

/* It is the older version's, to the last byte. */
static void a_failed_reload_leaves_it_alone(void)
{
    const struct smf_handle handle = load_and_change();
    const uint64_t address = scene_address("kept");
    uint8_t before[16];
    memcpy(before, kept(), sizeof before);
    scene_begin();
    scene.state_version = usual.state_version;
    scene_import("missing", SMF_KIND_FUNCTION, 0);
    scene_keep(usual.name, usual.size, usual.alignment);
    scene_shelve("a");
    scene_reload(handle, 0, SMF_ERR_UNRESOLVED);
    CHECK_EQUAL(scene_address("kept"), address);
    CHECK(memcmp(kept(), before, sizeof before) == 0);
    scene_end();
}

/* Neither does the load of another module of the same section take it over. */
static void it_belongs_to_one_module(void)
{
    load_and_change();
    scene_begin();
    scene.state_version = usual.state_version;
    const uint32_t keep = scene_keep(usual.name, usual.size, usual.alignment);
    kit_export(&scene.kit, "kept_too", keep, 0, SMF_SYMBOL_DATA);
    scene_shelve("b");
    scene_load("b", SMF_OK);
    CHECK(scene_address("kept_too") != scene_address("kept"));
    CHECK_EQUAL(*paper_at(&scene.paper, scene_address("kept_too"), 1), FIRST);
    scene_end();
}

/* A27: what memory held before is not shown. */
static void a27_memory_without_contents_is_zero(void)
{
    scene_start(NULL);
    scene_open();
    scene_begin();
    const uint32_t keep = kit_section(&scene.kit, ".keep.zero", SMF_SECTION_BSS, NULL, 40, 8);
    kit_export(&scene.kit, "kept", keep, 0, SMF_SYMBOL_DATA);
    scene_shelve("a");
    const struct smf_handle handle = scene_load("a", SMF_OK);
    for (unsigned i = 0; i < 40; i++)
        CHECK_EQUAL(paper_at(&scene.paper, scene_address("kept"), 40)[i], 0);
    *kept() = 0x77;
    scene_reload(handle, 0, SMF_OK);
    CHECK_EQUAL(*kept(), 0x77);
    scene_end();
}

/* As many as SMF_KEEP_MAX, each by its own name. */
static void several_sections_are_told_apart(void)
{
    static const char *const sections[] = {".keep.1", ".keep.2", ".keep.3", ".keep.4", ".keep.5"};
    static const char *const names[] = {"kept1", "kept2", "kept3", "kept4", "kept5"};
    uint64_t before[SMF_KEEP_MAX];
    scene_start(NULL);
    scene_open();
    for (unsigned i = 0; i < SMF_KEEP_MAX; i++) {
        if (i == 0)
            scene_begin();
        scene_keep(sections[i], 16, 8);
    }
    for (unsigned i = 0; i < SMF_KEEP_MAX; i++)
        kit_export(&scene.kit, names[i], 3 + i, 0, SMF_SYMBOL_DATA);
    scene_shelve("a");
    const struct smf_handle handle = scene_load("a", SMF_OK);
    for (unsigned i = 0; i < SMF_KEEP_MAX; i++)
        before[i] = scene_address(names[i]);
    scene_begin(); /* in the other order, and one more kind of data before them */
    for (unsigned i = SMF_KEEP_MAX; i-- > 0;)
        scene_keep(sections[i], 16, 8);
    for (unsigned i = 0; i < SMF_KEEP_MAX; i++)
        kit_export(&scene.kit, names[i], 3 + (SMF_KEEP_MAX - 1 - i), 0, SMF_SYMBOL_DATA);
    scene_shelve("a");
    scene_reload(handle, 0, SMF_OK);
    for (unsigned i = 0; i < SMF_KEEP_MAX; i++)
        CHECK_EQUAL(scene_address(names[i]), before[i]);
    scene_end();
}

static void one_more_than_there_may_be_is_refused(void)
{
    static const char *const sections[] = {".keep.1", ".keep.2", ".keep.3", ".keep.4", ".keep.5"};
    scene_start(NULL);
    scene_open();
    scene_begin();
    for (unsigned i = 0; i < SMF_KEEP_MAX + 1; i++)
        scene_keep(sections[i], 16, 8);
    scene_shelve("a");
    scene_load("a", SMF_ERR_LIMIT);
    CHECK_EQUAL(paper_live(&scene.paper), 0);
    scene_end();
}

#define CASE(name)                                                                                                     \
    {                                                                                                                  \
#name, name                                                                                                    \
    }
static const struct tap_case cases[] = {
    CASE(equal_sections_are_shared),
    CASE(any_difference_begins_anew),
    CASE(a_fresh_reload_begins_anew),
    CASE(an_unload_forgets),
    CASE(a_failed_reload_leaves_it_alone),
    CASE(it_belongs_to_one_module),
    CASE(a27_memory_without_contents_is_zero),
    CASE(several_sections_are_told_apart),
    CASE(one_more_than_there_may_be_is_refused),
};
TAP_MAIN(cases)
