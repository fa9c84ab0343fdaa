/* SPDX-License-Identifier: MIT */
/*
 * faults.c - a reload that brings along what its new version needs, whose importers hold slots, words and kept data,
 * and a load of such a chain: every read, every supply, every answer, every start, every port call and every size of
 * the arena fails once (A24). failing.c does the same for a group in a circle and a plain reload.
 *
 * After each failure a full picture is compared: all memory that is out with its protection, what every name means, every
 * counter, every source opened and closed, every version started and stopped; and at the end the call succeeds.
 */
#include "system/scene.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "load/steps.h"
#include "smf/hash.h"
#include "system/failing.h"

static const enum smf_kind function = SMF_KIND_FUNCTION;

/* ---- What the system asks ---- */

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
    if (fails(OPEN))
        return SMF_ERR_IO;
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

/* ---- The modules: user and keeper import from lib; its new version needs extra, and that more ---- */

static void shelve_lib(unsigned moved, const char *need)
{
    scene_begin();
    scene.state_version = 1;
    const uint32_t keep = scene_keep(".keep.lib", 16, 8);
    scene_import("host_function", function, 0);
    scene_export("lib_function", function, 8 + moved);
    scene_export("lib_data", SMF_KIND_DATA, 8 + moved);
    kit_export(&scene.kit, "lib_kept", keep, 0, SMF_SYMBOL_DATA);
    if (need != NULL)
        scene_need(need, 0);
    scene_shelve("lib");
}

static void shelve_extra(void)
{
    scene_begin();
    scene_import("more_function", function, 0);
    scene_export("extra_function", function, 8);
    scene_need("more", 0);
    scene_shelve("extra");
    scene_begin();
    scene_keep(".keep.more", 8, 8);
    scene_import("host_function", function, 0);
    scene_export("more_function", function, 8);
    scene_shelve("more");
}

static void shelve_user(const char *name, const char *exports, unsigned word)
{
    const unsigned absolute = scene.arch->absolute;
    scene_begin();
    const uint32_t called = kit_stub_import(&scene.kit, "lib_function", SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL, 32,
                                            scene.arch->stub->size, 0);
    const uint32_t data = kit_import(&scene.kit, "lib_data", SMF_SYMBOL_DATA, SMF_BINDING_GLOBAL);
    const uint32_t kept = kit_import(&scene.kit, "lib_kept", SMF_SYMBOL_DATA, SMF_BINDING_GLOBAL);
    scene_export(exports, function, 8);
    kit_relocation(&scene.kit, SCENE_GOT, 0, absolute, called, 0);
    kit_relocation(&scene.kit, SCENE_GOT, 8, absolute, data, 0);
    kit_relocation(&scene.kit, SCENE_DATA, 8 * (uint64_t)word, absolute, data, 4);
    kit_relocation(&scene.kit, SCENE_DATA, 8 * (uint64_t)word + 8, absolute, kept, 0);
    scene_need("lib", 0);
    scene_shelve(name);
}

static struct smf_handle lib;

static enum smf_status load_chain(void)
{
    const struct smf_system_item item = {"user", NULL};
    struct smf_handle handle;
    return smf_system_load(&scene.system, &item, SMF_LOAD_START, &handle, &scene.why);
}

static enum smf_status reload_lib(void) { return smf_system_reload(&scene.system, lib, NULL, 0, NULL, &scene.why); }

struct call {
    enum smf_status (*run)(void);
    bool loaded;
};
static const struct call calls[] = {
    {load_chain, false},
    {reload_lib, true },
};

static void prepare(const struct call *call)
{
    memset(&faults, 0, sizeof faults);
    scene_start(NULL);
    open_shelf = scene.config.open;
    scene.config.open = supply;
    scene.config.close = give_back;
    scene.config.start = start_module;
    scene.config.stop = stop_module;
    scene.config.load.resolve = resolve;
    scene.config.load.progress = progress;
    scene_open();
    shelve_extra();
    shelve_user("user", "user_function", 0);
    shelve_user("keeper", "keeper_function", 2);
    shelve_lib(0, call->loaded ? NULL : "extra");
    if (call->loaded) {
        CHECK_STATUS(load_chain(), SMF_OK);
        scene_load("keeper", SMF_OK);
        lib = scene_handle("lib");
        CHECK_STATUS(smf_system_retain(&scene.system, lib), SMF_OK);
        shelve_lib(8, "extra");
    }
    scene.paper.fallible = 0;
}

static void finish(const struct call *call)
{
    CHECK(scene_is_loaded("extra") && scene_is_loaded("more"));
    if (call->loaded) {
        CHECK_EQUAL(scene_slot(scene_handle("user"), 0), scene_address("lib_function"));
        CHECK_EQUAL(scene_slot(scene_handle("keeper"), 8), scene_address("lib_data"));
        CHECK_EQUAL(scene_statistics().retired, 1);
        CHECK_STATUS(smf_system_release(&scene.system, lib), SMF_OK);
    }
    smf_system_finish(&scene.system);
    CHECK_EQUAL(faults.started, faults.stopped);
    scene_end();
}

/* ---- What must be as it was ---- */

struct picture {
    struct smf_system_statistics statistics;
    uint64_t names, memory;
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
    static const char *const names[] = {"lib_function",    "lib_data",       "lib_kept",      "user_function",
                                        "keeper_function", "extra_function", "more_function", "host_function"};
    struct picture picture;
    const unsigned refused = faults.at[RESOLVE];
    memset(&picture, 0, sizeof picture);
    faults.at[RESOLVE] = 0;
    picture.names = SMF_FNV64_BASIS;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const uint64_t meant[] = {scene_address(names[i]), scene_owner(names[i])};
        picture.names = smf_hash64(picture.names, meant, sizeof meant);
    }
    faults.at[RESOLVE] = refused;
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
    CHECK_EQUAL(now.live, before->live);
    CHECK_EQUAL(now.open, before->open);
    CHECK_EQUAL(now.running, before->running);
    CHECK(memcmp(&now.statistics, &before->statistics, sizeof now.statistics) == 0);
}

/* ---- Each at each N ---- */

static void fail_each(unsigned *place, unsigned *counter, enum smf_status status, unsigned least)
{
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        unsigned n = 0;
        prepare(&calls[i]);
        for (;; n++) {
            const struct picture before = look();
            tap_variant("call %u, number %u", (unsigned)i, n + 1);
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
        CHECK(n >= least && n <= 2000);
        finish(&calls[i]);
    }
}

static void a24_each_read(void) { fail_each(&faults.at[READ], &faults.seen[READ], SMF_ERR_IO, 30); }
static void a24_each_supply(void) { fail_each(&faults.at[OPEN], &faults.seen[OPEN], SMF_ERR_IO, 3); }
static void a24_each_answer(void) { fail_each(&faults.at[RESOLVE], &faults.seen[RESOLVE], SMF_ERR_IO, 2); }
static void a24_each_progress(void) { fail_each(&faults.at[PROGRESS], &faults.seen[PROGRESS], SMF_ERR_CANCELLED, 3); }
static void a24_each_start(void) { fail_each(&faults.at[START], &faults.seen[START], SMF_ERR_START, 3); }

/* Reserving, sealing, kept sections, and opening the importers of a reload. The last ones of a reload protect again, and
 * do not undo it (failing.c: a_region_that_stays_open_is_counted). */
static void a24_each_port_call(void) { fail_each(&scene.paper.fail_at, &scene.paper.fallible, SMF_OK, 9); }

static void a24_each_size_of_the_arena(void)
{
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        unsigned failures = 0;
        prepare(&calls[i]);
        struct smf_arena *blocks = smf_load_arena(&scene.system.loader);
        for (size_t room = 0; room < sizeof scene.arena / 2; room += 8) {
            const size_t largest = smf_arena_largest(blocks);
            void *ballast = smf_arena_take(blocks, largest - room - SMF_ARENA_HEADER);
            CHECK(ballast != NULL);
            const struct picture before = look();
            const enum smf_status answer = calls[i].run();
            tap_variant("call %u, room %u", (unsigned)i, (unsigned)room);
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
        finish(&calls[i]);
    }
}

#define CASE(name)                                                                                                     \
    {                                                                                                                  \
#name, name                                                                                                    \
    }
static const struct tap_case cases[] = {
    CASE(a24_each_read),
    CASE(a24_each_supply),
    CASE(a24_each_answer),
    CASE(a24_each_progress),
    CASE(a24_each_start),
    CASE(a24_each_port_call),
    CASE(a24_each_size_of_the_arena),
};
TAP_MAIN(cases)
