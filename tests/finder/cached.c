/* SPDX-License-Identifier: MIT */
/* cached.c - a finder over a cache: nothing is copied, what is held stays, and what changes on disk is noticed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"
#include "smf/cache.h"
#include "support/forge.h"

static struct scene scene;
static struct smf_cache *cache;
static struct smf_supplier supplier;
static struct forged forged[2];

static void start(void)
{
    static const struct forge_section sections[2][1] = {
        {{.name = "code", .type = SMF_SECTION_CODE, .flags = 5, .alignment = 16, .bytes = "\xC3", .size = 1}},
        {{.name = "code", .type = SMF_SECTION_CODE, .flags = 5, .alignment = 16, .bytes = "\x90\xC3", .size = 2}}};
    scene_start(&scene, SMF_FINDER_LINKS);
    smf_finder_close(&scene.finder);
    CHECK_STATUS(smf_cache_start(&cache, NULL), SMF_OK);
    scene.options.cache = cache;
    CHECK_STATUS(smf_finder_start(&scene.finder, &scene.options), SMF_OK);
    for (int i = 0; i < 2; i++)
        forge_make(&(struct forge){.layout = FORGE_R72, .sections = sections[i], .section_count = 1}, &forged[i]);
    supplier = smf_finder_supplier("finder", &scene.finder);
}

static void end(void)
{
    scene_end(&scene);
    CHECK_STATUS(smf_cache_finish(cache), SMF_OK); /* nothing is held any more */
    for (int i = 0; i < 2; i++)
        forge_free(&forged[i]);
}

static void put_module(const char *name, int i) { put_bytes(&scene, name, forged[i].bytes, forged[i].size); }

static uint64_t find(const char *name, int i)
{
    struct smf_supply supply = {.revision = 0};
    uint64_t revision = 0;
    CHECK_STATUS(supplier.find(&supplier, name, &supply, &scene.why), SMF_OK);
    CHECK(supply.source.size == forged[i].size && memcmp(supply.source.bytes, forged[i].bytes, forged[i].size) == 0);
    CHECK_STATUS(supplier.look(&supplier, name, &revision), SMF_OK);
    CHECK(revision != 0 && revision == supply.revision);
    supplier.give_back(&supplier, &supply);
    return revision;
}

static void files_are_shared_and_seen_to_change(void)
{
    struct smf_supply one = {.revision = 0}, two = {.revision = 0};
    start();
    put_module("m/x.smf", 0);
    add_folder(&scene, "m");
    CHECK_STATUS(supplier.find(&supplier, "x", &one, &scene.why), SMF_OK);
    CHECK_STATUS(supplier.find(&supplier, "x", &two, &scene.why), SMF_OK);
    CHECK(one.source.bytes == two.source.bytes); /* not copied */
    CHECK_TEXT(one.place, at(&scene, "m/x.smf"));
    CHECK_EQUAL(one.kind, SMF_ORIGIN_FILE);
    const uint64_t before = one.revision;
    put_module("m/x.smf", 1);
    CHECK(find("x", 1) != before);
    CHECK(memcmp(one.source.bytes, forged[0].bytes, forged[0].size) == 0); /* held: as it was */
    supplier.give_back(&supplier, &one);
    supplier.give_back(&supplier, &two);
    put_text(&scene, "m/x.smf", "no module");
    CHECK(supplier.find(&supplier, "x", &one, &scene.why) != SMF_OK && one.token == NULL);
    put_text(&scene, "m/x.smf", "");
    CHECK_STATUS(supplier.find(&supplier, "x", &one, &scene.why), SMF_ERR_NOT_SMF);
    put_away(&scene, "m/x.smf");
    CHECK_STATUS(supplier.find(&supplier, "x", &one, &scene.why), SMF_ERR_NOT_FOUND);
    end();
}

static void libraries_are_shared_and_seen_to_change(void)
{
    static const struct stored before[] = {
        {"x", "one",  "object", 0},
        {"y", "same", NULL,     0},
        {"z", "bare", "o",      1}
    };
    static const struct stored after[] = {
        {"w", "w",    NULL,     0},
        {"x", "two",  "object", 0},
        {"y", "same", NULL,     0}
    };
    struct smf_supply held;
    uint64_t y = 0, again = 0;
    start();
    put_library(&scene, "l.lsm", before, 3);
    put_library(&scene, "m/scanned.lsm", after, 1);
    add_folder(&scene, "m");
    add_library(&scene, "l.lsm");
    CHECK_STATUS(smf_finder_scan(&scene.finder), SMF_OK);
    check_get(&scene, "x", "one", "l.lsm");
    check_get(&scene, "z", "bare", "l.lsm");
    check_get(&scene, "w", "w", "m/scanned.lsm");
    CHECK_STATUS(supplier.look(&supplier, "y", &y), SMF_OK);
    CHECK_STATUS(smf_finder_get_object(&scene.finder, "x", &held, &scene.why), SMF_OK);
    CHECK(held.object.size == 6 && (const char *)held.object.bytes == (const char *)held.source.bytes + 3);
    put_library(&scene, "new.lsm", after, 3);
    put_other(&scene, "new.lsm", "l.lsm");
    check_get(&scene, "x", "two", "l.lsm");
    CHECK_STATUS(supplier.look(&supplier, "y", &again), SMF_OK);
    CHECK(y == again && y != 0);
    check_no(&scene, "z", SMF_ERR_NOT_FOUND);
    CHECK(memcmp(held.source.bytes, "one", 3) == 0 && memcmp(held.object.bytes, "object", 6) == 0);
    smf_finder_rest(&scene.finder);
    check_get(&scene, "w", "w", "l.lsm");
    smf_finder_close(&scene.finder);
    CHECK(memcmp(held.source.bytes, "one", 3) == 0);
    CHECK_STATUS(smf_cache_finish(cache), SMF_ERR_BUSY);
    smf_finder_give_back(NULL, &held);
    end();
}

static void broken_libraries_are_refused(void)
{
    static const struct stored lies[] = {
        {"x", "lies", NULL, 77}
    };
    start();
    put_library(&scene, "l.lsm", lies, 1);
    add_library(&scene, "l.lsm");
    check_no(&scene, "x", SMF_ERR_HASH);
    put_text(&scene, "l.lsm", "no library any more");
    CHECK(smf_finder_get(&scene.finder, "x", &scene.supply, &scene.why) != SMF_OK);
    CHECK_TEXT(smf_finder_failed(&scene.finder), at(&scene, "l.lsm"));
    put_away(&scene, "l.lsm");
    check_no(&scene, "x", SMF_ERR_IO);
    CHECK(smf_finder_add_library(&scene.finder, at(&scene, "none.lsm"), &scene.why) != SMF_OK);
    end();
}

static void links_have_to_be_allowed(void)
{
    start();
    struct smf_finder other;
    struct smf_finder_options options = scene.options;
    options.flags = 0;
    CHECK_STATUS(smf_finder_start(&other, &options), SMF_ERR_ARGUMENT);
    end();
}

static const struct tap_case cases[] = {
    {"files_are_shared_and_seen_to_change",     files_are_shared_and_seen_to_change    },
    {"libraries_are_shared_and_seen_to_change", libraries_are_shared_and_seen_to_change},
    {"broken_libraries_are_refused",            broken_libraries_are_refused           },
    {"links_have_to_be_allowed",                links_have_to_be_allowed               },
};

TAP_MAIN(cases)
