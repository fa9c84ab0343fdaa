/* SPDX-License-Identifier: MIT */
/*
 * faults.c - loads, reloads and questions that have instances made: every call of the port fails once, and each arena is
 * as small as it may be, byte by byte. What fails leaves nothing, and what was there goes on; then the same call succeeds.
 */
#include <string.h>

#include "generic/system/scene.h"
#include "system/carried.h"

static struct smf_handle library, user;

static enum smf_status load_group(void)
{
    const struct smf_source sources[2] = {carried("user_twice"), carried("library_1")};
    const struct smf_system_item items[2] = {
        {"user",    &sources[0]},
        {"library", &sources[1]}
    };
    return smf_system_load_all(&scene.system, items, 2, SMF_LOAD_START, NULL, &scene.why);
}

static enum smf_status reload(struct smf_handle handle, const char *file)
{
    const struct smf_source source = carried(file);
    return smf_system_reload(&scene.system, handle, &source, 0, NULL, &scene.why);
}

static enum smf_status reload_user(void) { return reload(user, "user_twice"); }
static enum smf_status reload_library(void) { return reload(library, "library_2"); }

static enum smf_status load_second(void)
{
    const struct smf_source source = carried("second_3");
    const struct smf_system_item item = {"second", &source};
    struct smf_handle second;
    return smf_system_load(&scene.system, &item, SMF_LOAD_START, &second, &scene.why);
}

static enum smf_status ask_by_name(void)
{
    struct smf_resolved found;
    return smf_system_resolve(&scene.system, "twice<u16>", &found);
}

static enum smf_status (*const calls[])(void) = {load_group, reload_user, reload_library, load_second, ask_by_name};
enum { CALLS = sizeof calls / sizeof calls[0] };

static bool prepare(unsigned call, const size_t *sizes)
{
    if (!scene_try(sizes))
        return false;
    if (call == 0)
        return true;
    const enum smf_status status = load_group();
    if (status == SMF_OK) {
        CHECK_STATUS(smf_system_find(&scene.system, "library", &library), SMF_OK);
        CHECK_STATUS(smf_system_find(&scene.system, "user", &user), SMF_OK);
        return true;
    }
    CHECK_STATUS(status, SMF_ERR_NO_ARENA);
    scene_check_empty();
    scene_end();
    return false;
}

struct picture {
    struct smf_system_statistics system;
    struct smf_mapper_statistics mapper;
    struct smf_instantiator_statistics instantiator;
    int answers[2];
};

static struct picture look(void)
{
    struct picture picture;
    memset(&picture, 0, sizeof picture);
    smf_system_statistics(&scene.system, &picture.system);
    smf_mapper_get_statistics(&scene.mapper, &picture.mapper);
    smf_instantiator_get_statistics(&scene.instantiator, &picture.instantiator);
    picture.mapper.generation = 0; /* these count calls */
    picture.instantiator.made = picture.instantiator.found = picture.instantiator.failed = 0;
    picture.answers[0] = scene_call("user_order");
    picture.answers[1] = scene_call("user_twice");
    return picture;
}

/* A call that fails leaves everything as it was. True: it did not fail. */
static bool run(unsigned call, enum smf_status wanted, enum smf_status or_else)
{
    const struct picture before = look();
    scene.port_calls = 0;
    const enum smf_status status = calls[call]();
    scene.fail_port = 0;
    if (status == SMF_OK)
        return true;
    if (status != wanted && status != or_else)
        CHECK_STATUS(status, wanted);
    CHECK_STATUS(call == CALLS - 1 ? status : scene.why.status, status);
    const struct picture after = look();
    CHECK(memcmp(&before.system, &after.system, sizeof before.system) == 0);
    CHECK(memcmp(&before.mapper, &after.mapper, sizeof before.mapper) == 0);
    CHECK(memcmp(&before.instantiator, &after.instantiator, sizeof before.instantiator) == 0);
    CHECK_EQUAL(after.answers[0], before.answers[0]);
    CHECK_EQUAL(after.answers[1], before.answers[1]);
    return false;
}

static void finish(void)
{
    CHECK_EQUAL(scene_call("user_order"), scene_order(1, 1)); /* of the version that it was bound to */
    CHECK(smf_system_find(&scene.system, "library", &library) == SMF_OK);
    CHECK_STATUS(smf_system_unload(&scene.system, library, SMF_UNLOAD_DEPENDENTS, &scene.why), SMF_OK);
    scene_check_empty();
    scene_end();
}

static void a24_each_call_of_the_port_fails(void)
{
    static const size_t whole[3] = {SCENE_ARENA, SCENE_ARENA, SCENE_ARENA};
    for (unsigned call = 0; call < CALLS; call++) {
        unsigned at = 1;
        CHECK(prepare(call, whole));
        for (;; at++) {
            tap_variant("call %u, port call %u", call, at);
            scene.fail_port = at;
            if (run(call, SMF_ERR_NO_MEMORY, SMF_ERR_PROTECT) || at > 60)
                break;
        }
        tap_check(at > 2 && at <= 60, __FILE__, __LINE__, "%u calls", at);
        finish();
    }
    tap_variant("%s", "");
}

/* Each arena by itself: too small for the start, for the group, for the call, and then enough. */
static void a24_each_size_of_an_arena(void)
{
    for (unsigned arena = 0; arena < 3; arena++)
        for (unsigned call = 0; call < CALLS; call++) {
            size_t sizes[3] = {SCENE_ARENA, SCENE_ARENA, SCENE_ARENA};
            unsigned failed = 0, unprepared = 0;
            bool done = false;
            for (sizes[arena] = 64; !done && sizes[arena] <= SCENE_ARENA; sizes[arena] += 40) {
                tap_variant("arena %u, call %u, %u bytes", arena, call, (unsigned)sizes[arena]);
                if (!prepare(call, sizes)) {
                    unprepared++;
                    continue;
                }
                done = run(call, SMF_ERR_NO_ARENA, SMF_ERR_NO_ARENA);
                failed += !done;
                if (done)
                    finish();
                else
                    scene_end();
            }
            CHECK(done && failed + unprepared > 10);
        }
    tap_variant("%s", "");
}

#define CASE(name)                                                                                                     \
    {                                                                                                                  \
#name, name                                                                                                    \
    }
static const struct tap_case cases[] = {
    CASE(a24_each_call_of_the_port_fails),
    CASE(a24_each_size_of_an_arena),
};
TAP_MAIN(cases)
