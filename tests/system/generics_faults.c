/* SPDX-License-Identifier: MIT */
/*
 * generics_faults.c - loads and reloads whose imports are instances of templates: every read, progress call, start, port
 * call, call of the maker of instances, and every size of the arena fails once (A24). After each failure all memory, what
 * every name means, every counter, and what the maker knows is as it was; and at the end the call succeeds.
 */
#include <string.h>

#include "base/arena.h"
#include "load/steps.h"
#include "smf/hash.h"
#include "system/failing.h"
#include "system/maker.h"

static enum smf_status (*open_shelf)(void *context, const char *name, struct smf_source *source);

static enum smf_status read_at(void *context, uint64_t offset, void *into, size_t size)
{
    if (fails(READ))
        return SMF_ERR_IO;
    memcpy(into, (const uint8_t *)context + offset, size);
    return SMF_OK;
}

/* By position, so that every read counts. */
static enum smf_status supply(void *context, const char *name, struct smf_source *source)
{
    const enum smf_status status = open_shelf(context, name, source);
    if (status != SMF_OK)
        return status;
    source->context = (void *)(uintptr_t)source->bytes;
    source->bytes = NULL;
    source->read_at = read_at;
    return SMF_OK;
}

static void give_back(void *context, const char *name, const struct smf_source *source)
{
    (void)context;
    CHECK(name != NULL && source->read_at == read_at);
    scene.closed++;
}

/* ---- What is tried: a group, a reload of the template that brings a user along, a reload of a user ---- */

static struct smf_handle library, user;

static enum smf_status load_group(void)
{
    const struct smf_system_item items[2] = {
        {"user", NULL},
        {"lib",  NULL}
    };
    return smf_system_load_all(&scene.system, items, 2, SMF_LOAD_START, NULL, &scene.why);
}

static enum smf_status reload_library(void)
{
    return smf_system_reload(&scene.system, library, NULL, 0, NULL, &scene.why);
}

static enum smf_status reload_user(void) { return smf_system_reload(&scene.system, user, NULL, 0, NULL, &scene.why); }

static enum smf_status resolve_name(void)
{
    struct smf_resolved found;
    return smf_system_resolve(&scene.system, "lib$Point", &found);
}

struct call {
    enum smf_status (*run)(void);
    bool loaded;
};
enum { CALLS = 4 };
static const struct call calls[CALLS] = {
    {load_group,     false},
    {reload_library, true },
    {reload_user,    true },
    {resolve_name,   true },
};

static void prepare(const struct call *call)
{
    memset(&faults, 0, sizeof faults);
    maker_start(NULL);
    open_shelf = scene.config.open;
    scene.config.open = supply;
    scene.config.close = give_back;
    scene.config.start = start_module;
    scene.config.stop = stop_module;
    scene.config.load.progress = progress;
    scene_open();
    maker_shelve_library("lib");
    maker_shelve_user("user", "lib$Point");
    maker_shelve_user("more", "lib$Point");
    if (call->loaded) {
        CHECK_STATUS(load_group(), SMF_OK);
        library = scene_handle("lib");
        user = scene_handle("user");
        scene_begin();
        scene_export("lib_help", SMF_KIND_FUNCTION, 16);
        scene_need("more", 0);
        scene_shelve("lib");
    }
    scene.paper.fallible = 0;
    maker.fallible = 0;
}

static void finish(void)
{
    CHECK(scene_is_loaded("lib") && scene_is_loaded("user"));
    CHECK_EQUAL(scene_slot(scene_handle("user"), 0), maker_address("lib$Point", scene_handle("user")));
    smf_system_finish(&scene.system);
    CHECK_EQUAL(faults.started, faults.stopped);
    maker_end();
}

/* ---- What must be as it was ---- */

struct picture {
    struct smf_system_statistics statistics;
    uint64_t names, memory, versions, instances;
    unsigned live, open, running;
};

static uint64_t hash_memory(void)
{
    uint64_t hash = SMF_FNV64_BASIS;
    for (size_t i = 0; i < sizeof scene.paper.regions / sizeof scene.paper.regions[0]; i++) {
        const struct paper_region *region = &scene.paper.regions[i];
        const bool sealed = region->sealed != NULL;
        if (region->reservation == 0)
            continue;
        hash = smf_hash64(hash, region->real.bytes, region->real.size);
        hash = smf_hash64(hash, &region->real.address, sizeof region->real.address);
        hash = smf_hash64(hash, &sealed, sizeof sealed);
    }
    return hash;
}

static struct picture look(void)
{
    static const char *const names[] = {"lib_help", "user_run", "more_run", "Point"};
    struct picture picture;
    memset(&picture, 0, sizeof picture);
    picture.names = picture.versions = picture.instances = SMF_FNV64_BASIS;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const uint64_t meant[] = {scene_address(names[i]), scene_owner(names[i])};
        picture.names = smf_hash64(picture.names, meant, sizeof meant);
    }
    for (unsigned i = 0; i < MAKER_VERSIONS; i++)
        if (maker.versions[i].number != 0) {
            picture.versions = smf_hash64(picture.versions, &maker.versions[i].number, sizeof maker.versions[i].number);
            picture.versions = smf_hash64(picture.versions, &maker.versions[i].retired, 1);
        }
    for (unsigned i = 0; i < MAKER_INSTANCES; i++)
        picture.instances = smf_hash64(picture.instances, &maker.instances[i].address, sizeof(uint64_t));
    picture.statistics = scene_statistics();
    picture.memory = hash_memory();
    picture.live = paper_live(&scene.paper);
    picture.open = scene.opened - scene.closed;
    picture.running = faults.started - faults.stopped;
    paper_check(&scene.paper);
    return picture;
}

static void compare(const struct picture *before)
{
    const struct picture now = look();
    CHECK_EQUAL(now.names, before->names);
    CHECK_EQUAL(now.memory, before->memory);
    CHECK_EQUAL(now.versions, before->versions);
    CHECK_EQUAL(now.instances, before->instances);
    CHECK_EQUAL(now.live, before->live);
    CHECK_EQUAL(now.open, before->open);
    CHECK_EQUAL(now.running, before->running);
    CHECK(memcmp(&now.statistics, &before->statistics, sizeof now.statistics) == 0);
}

/* ---- Each at each N ---- */

static void fail_each(unsigned *place, unsigned *counter, enum smf_status status, unsigned least, unsigned end)
{
    for (unsigned i = 0; i < end; i++) {
        unsigned n = 0;
        prepare(&calls[i]);
        for (;; n++) {
            const struct picture before = look();
            tap_variant("call %u, number %u", i, n + 1);
            memset(faults.seen, 0, sizeof faults.seen);
            *counter = 0;
            *place = n + 1;
            const enum smf_status answer = calls[i].run();
            *place = 0;
            if (answer == SMF_OK)
                break;
            if (status != SMF_OK)
                CHECK_STATUS(answer, status);
            compare(&before);
            if (n > 2000)
                break;
        }
        tap_check(n >= least && n <= 2000, __FILE__, __LINE__, "%u failures", n);
        finish();
    }
    tap_variant("%s", "");
}

enum { LOADS = CALLS - 1 };
static void a24_each_read(void) { fail_each(&faults.at[READ], &faults.seen[READ], SMF_ERR_IO, 10, LOADS); }
static void a24_each_progress(void)
{
    fail_each(&faults.at[PROGRESS], &faults.seen[PROGRESS], SMF_ERR_CANCELLED, 5, LOADS);
}
static void a24_each_start(void) { fail_each(&faults.at[START], &faults.seen[START], SMF_ERR_START, 1, LOADS); }
static void a24_each_port_call(void) { fail_each(&scene.paper.fail_at, &scene.paper.fallible, SMF_OK, 3, LOADS); }
static void a24_each_call_of_the_maker(void) { fail_each(&maker.fail_at, &maker.fallible, SMF_ERR_BOUND, 1, CALLS); }

/* What the maker says when it makes one is what the caller is told; if it says nothing, the status and the symbol. */
static void a_maker_that_says_nothing_is_passed_on(void)
{
    for (unsigned n = 1; n <= 3; n++) {
        prepare(&calls[0]);
        maker.says_nothing = true;
        maker.fail_at = n;
        CHECK_STATUS(load_group(), SMF_ERR_BOUND);
        CHECK_STATUS(scene.why.status, SMF_ERR_BOUND);
        CHECK_TEXT(scene.why.name, n == 3 ? "lib$Point" : "");
        maker.fail_at = 0;
        CHECK_STATUS(load_group(), SMF_OK);
        finish();
    }
}

static void a_version_that_is_none_is_refused(void)
{
    prepare(&calls[0]);
    const struct picture before = look();
    maker.holds_stale = true;
    CHECK_STATUS(load_group(), SMF_ERR_ARGUMENT);
    compare(&before);
    maker.holds_stale = false;
    CHECK_STATUS(load_group(), SMF_OK);
    finish();
}

static void a24_each_size_of_the_arena(void)
{
    for (unsigned i = 0; i < LOADS; i++) {
        unsigned failures = 0;
        prepare(&calls[i]);
        struct smf_arena *blocks = smf_load_arena(&scene.system.loader);
        for (size_t room = 0; room < sizeof scene.arena / 2; room += 8) {
            const size_t largest = smf_arena_largest(blocks);
            void *ballast = smf_arena_take(blocks, largest - room - SMF_ARENA_HEADER);
            CHECK(ballast != NULL);
            const struct picture before = look();
            const enum smf_status answer = calls[i].run();
            tap_variant("call %u, room %u", i, (unsigned)room);
            if (answer != SMF_OK) {
                CHECK_STATUS(answer, SMF_ERR_NO_ARENA);
                compare(&before);
                failures++;
            }
            smf_arena_give(blocks, ballast);
            if (answer == SMF_OK)
                break;
        }
        CHECK(failures > 100);
        finish();
    }
    tap_variant("%s", "");
}

#define CASE(name)                                                                                                     \
    {                                                                                                                  \
#name, name                                                                                                    \
    }
static const struct tap_case cases[] = {
    CASE(a24_each_read),
    CASE(a24_each_progress),
    CASE(a24_each_start),
    CASE(a24_each_port_call),
    CASE(a24_each_call_of_the_maker),
    CASE(a_maker_that_says_nothing_is_passed_on),
    CASE(a_version_that_is_none_is_refused),
    CASE(a24_each_size_of_the_arena),
};
TAP_MAIN(cases)
