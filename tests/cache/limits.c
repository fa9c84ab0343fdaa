/* SPDX-License-Identifier: MIT */
/*
 * limits.c - what is given up for what: files, bytes, entries that are held or referenced, files that are too large; and
 * references, as the described manager counts them. The last case plays the same random calls to the cache and to a model of it.
 */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"a.smf", "b.smf", "c.smf", "d.smf", "e.smf"};
enum { NAMES = sizeof names / sizeof names[0] };
#ifdef SMF_TESTS_EMULATED
enum { ORDERS = 81, STEPS = 300 }; /* asking after a file takes long there */
#else
enum { ORDERS = 729, STEPS = 3000 };
#endif
static size_t sizes[NAMES];

/* Files of different sizes. They are young: a get that finds one reads it again, and that is a hit. */
static void make_files(void)
{
    for (unsigned i = 0; i < NAMES; i++)
        sizes[i] = scene_module(names[i], (uint8_t)(i + 1), 100 * (i + 1));
}

static bool has(const char *name) { return smf_cache_has(cache, scene_path(name)); }

static void touch(const char *name) { CHECK_STATUS(scene_touch(name), SMF_OK); }

/* ---- Limits (C9, D-16) ---- */

static void files_are_limited_and_the_oldest_goes(void)
{
    scene_open(&(struct smf_cache_options){.max_files = 2});
    make_files();
    touch("a.smf");
    touch("b.smf");
    touch("a.smf"); /* to the front */
    touch("c.smf");
    CHECK(has("a.smf") && !has("b.smf") && has("c.smf"));
    const struct smf_cache_statistics statistics = scene_statistics();
    CHECK_EQUAL(statistics.files, 2);
    CHECK_EQUAL(statistics.bytes, sizes[0] + sizes[2]);
    CHECK_EQUAL(statistics.evictions, 1);
    CHECK_EQUAL(statistics.average_file_size, (sizes[0] + sizes[2]) / 2);
    scene_close();
}

static void bytes_are_limited(void)
{
    scene_open(NULL);
    make_files();
    scene_close();
    scene_open(&(struct smf_cache_options){.max_bytes = sizes[1] + sizes[2]});
    make_files();
    touch("b.smf");
    touch("c.smf");
    CHECK(has("b.smf") && has("c.smf")); /* exactly full */
    touch("a.smf");
    CHECK(has("a.smf") && !has("b.smf") && has("c.smf"));
    touch("e.smf"); /* as many as it takes go */
    CHECK(!has("a.smf") && !has("c.smf") && has("e.smf"));
    CHECK_EQUAL(scene_statistics().evictions, 3);
    scene_close();
}

static void a_file_beyond_the_limit_is_served_uncached(void)
{
    scene_open(NULL);
    make_files();
    scene_close();
    scene_open(&(struct smf_cache_options){.max_bytes = sizes[3]});
    make_files();
    touch("a.smf");
    struct smf_cached *large = scene_get("e.smf");
    CHECK_EQUAL(scene_tag(large), 5);
    CHECK(has("a.smf") && !has("e.smf")); /* nothing had to go for it */
    struct smf_cache_statistics statistics = scene_statistics();
    CHECK_EQUAL(statistics.uncached, 1);
    CHECK_EQUAL(statistics.outside_bytes, sizes[4]);
    CHECK_EQUAL(statistics.bytes, sizes[0]);
    smf_cache_put(cache, large);
    statistics = scene_statistics();
    CHECK_EQUAL(statistics.outside_bytes + statistics.held + statistics.evictions, 0);
    scene_close();
}

static void what_is_held_is_skipped(void)
{
    for (int refuse = 0; refuse < 2; refuse++) {
        scene_open(&(struct smf_cache_options){.max_files = 2, .refuse_when_full = refuse != 0});
        make_files();
        struct smf_cached *first = scene_get("a.smf");
        touch("b.smf");
        touch("c.smf"); /* not the oldest, which is held */
        CHECK(has("a.smf") && !has("b.smf") && has("c.smf"));
        struct smf_cached *second = scene_get("c.smf"), *third = NULL;
        const enum smf_status status = smf_cache_get(cache, scene_path("d.smf"), &third, &why);
        CHECK_STATUS(status, refuse ? SMF_ERR_LIMIT : SMF_OK); /* all are held */
        CHECK(!refuse || why.value == sizes[3]);
        CHECK((third != NULL) == !refuse && has("a.smf") && has("c.smf") && !has("d.smf"));
        CHECK_EQUAL(scene_statistics().uncached, !refuse);
        CHECK_EQUAL(scene_statistics().failures, refuse);
        smf_cache_put(cache, third);
        smf_cache_put(cache, second);
        touch("d.smf");
        CHECK(has("a.smf") && !has("c.smf") && has("d.smf"));
        smf_cache_put(cache, first);
        scene_close();
    }
}

static void a_limit_of_one_byte_keeps_nothing(void)
{
    scene_open(&(struct smf_cache_options){.max_bytes = 1});
    make_files();
    for (unsigned i = 0; i < NAMES; i++)
        touch(names[i]);
    CHECK_EQUAL(smf_cache_count(cache), 0);
    CHECK_EQUAL(scene_statistics().uncached, NAMES);
    scene_close();
    scene_open(&(struct smf_cache_options){.max_bytes = 1, .refuse_when_full = true});
    make_files();
    CHECK_STATUS(scene_touch("a.smf"), SMF_ERR_LIMIT);
    scene_close();
}

/* A file that grew needs room like any other, and its older bytes make some. */
static void a_file_that_grew_makes_room_for_itself(void)
{
    scene_open(NULL);
    make_files();
    scene_close();
    scene_open(&(struct smf_cache_options){.max_bytes = sizes[0] + sizes[1]});
    make_files();
    touch("a.smf");
    touch("b.smf");
    const size_t grown = scene_module("a.smf", 9, 200);
    CHECK_EQUAL(grown, sizes[1]);
    touch("a.smf");
    CHECK(has("a.smf") && !has("b.smf"));
    CHECK_EQUAL(scene_statistics().bytes, grown);
    CHECK_EQUAL(scene_statistics().changes, 1);
    scene_close();
}

/* Every order of gets that is six long (emulated: four, and then the first), of three files of which two fit. */
static void every_order_keeps_the_last_two(void)
{
    bool good = true;
    scene_open(&(struct smf_cache_options){.max_files = 2});
    make_files();
    for (unsigned order = 0; order < ORDERS; order++) {
        unsigned rest = order, last = NAMES, before = NAMES;
        smf_cache_clear(cache);
        for (unsigned step = 0; step < 6; step++, rest /= 3) {
            touch(names[rest % 3]);
            before = rest % 3 != last ? last : before;
            last = rest % 3;
        }
        for (unsigned i = 0; i < 3; i++)
            good = good && has(names[i]) == (i == last || i == before);
    }
    CHECK(good);
    scene_close();
}

/* ---- References (C17) ---- */

static void references_count_up_and_down(void)
{
    scene_open(NULL);
    make_files();
    const char *const path = scene_path("a.smf");
    CHECK_EQUAL(smf_cache_references(cache, path), 0);
    CHECK_EQUAL(smf_cache_reference(cache, path), 1);
    CHECK_EQUAL(smf_cache_references(cache, path), 1);
    CHECK_EQUAL(smf_cache_reference(cache, path), 2);
    CHECK_EQUAL(smf_cache_reference(cache, path), 3);
    CHECK_EQUAL(smf_cache_references(cache, path), 3);
    CHECK(!smf_cache_has(cache, path)); /* a count loads nothing */
    touch("a.smf");
    CHECK_EQUAL(smf_cache_unreference(cache, path), 2);
    CHECK_EQUAL(smf_cache_unreference(cache, path), 1);
    CHECK(smf_cache_has(cache, path));
    CHECK_EQUAL(smf_cache_unreference(cache, path), 0); /* at zero it goes */
    CHECK(!smf_cache_has(cache, path));
    CHECK_EQUAL(smf_cache_references(cache, path), 0);
    scene_close();
}

static void unknown_paths_are_ignored(void)
{
    scene_open(NULL);
    make_files();
    touch("a.smf");
    CHECK_EQUAL(smf_cache_unreference(cache, "nobody.smf"), 0);
    CHECK_EQUAL(smf_cache_unreference(cache, scene_path("a.smf")), 0); /* known, not referenced */
    CHECK(has("a.smf"));
    scene_close();
}

static void paths_count_independently(void)
{
    scene_open(NULL);
    make_files();
    smf_cache_reference(cache, scene_path("a.smf"));
    smf_cache_reference(cache, scene_path("b.smf"));
    smf_cache_reference(cache, scene_path("b.smf"));
    touch("a.smf");
    touch("b.smf");
    CHECK_EQUAL(smf_cache_unreference(cache, scene_path("a.smf")), 0);
    CHECK(!has("a.smf") && has("b.smf"));
    CHECK_EQUAL(smf_cache_references(cache, scene_path("b.smf")), 2);
    scene_close();
}

static void references_keep_from_being_given_up(void)
{
    scene_open(&(struct smf_cache_options){.max_files = 2});
    make_files();
    touch("a.smf");
    CHECK_EQUAL(smf_cache_reference(cache, scene_path("a.smf")), 1); /* of what is there already */
    CHECK_EQUAL(smf_cache_reference(cache, scene_path("b.smf")), 1); /* and of what comes */
    touch("b.smf");
    touch("c.smf");
    CHECK(has("a.smf") && has("b.smf") && !has("c.smf"));
    CHECK_EQUAL(scene_statistics().uncached, 1);
    CHECK(smf_cache_evict(cache, scene_path("a.smf"))); /* somebody's own wish */
    CHECK_EQUAL(smf_cache_references(cache, scene_path("a.smf")), 1);
    touch("c.smf");
    CHECK(!has("a.smf") && has("c.smf"));
    touch("a.smf"); /* still referenced: for c */
    touch("c.smf");
    CHECK(has("a.smf") && has("b.smf") && !has("c.smf"));
    CHECK(smf_cache_close(cache, scene_path("a.smf")));
    CHECK_EQUAL(smf_cache_references(cache, scene_path("a.smf")), 0);
    scene_close();
}

static void force_clear_forgets_references(void)
{
    scene_open(NULL);
    make_files();
    smf_cache_reference(cache, scene_path("a.smf"));
    touch("a.smf");
    touch("b.smf");
    smf_cache_clear(cache);
    CHECK(!has("a.smf") && !has("b.smf"));
    CHECK_EQUAL(smf_cache_references(cache, scene_path("a.smf")), 1);
    touch("a.smf");
    smf_cache_force_clear(cache);
    CHECK(!has("a.smf"));
    CHECK_EQUAL(smf_cache_references(cache, scene_path("a.smf")), 0);
    scene_close();
}

static void unreferenced_bytes_stay_with_who_holds_them(void)
{
    scene_open(NULL);
    make_files();
    smf_cache_reference(cache, scene_path("a.smf"));
    struct smf_cached *held = scene_get("a.smf");
    CHECK_EQUAL(smf_cache_unreference(cache, scene_path("a.smf")), 0);
    CHECK(!has("a.smf"));
    CHECK_EQUAL(scene_tag(held), 1);
    smf_cache_put(cache, held);
    scene_close();
}

/* ---- A model ---- */

/* What should be in the cache, oldest first; held ones are in no order. */
static struct {
    unsigned list[NAMES], count; /* idle */
    unsigned held[NAMES], references[NAMES];
    bool in[NAMES];
    size_t max_files;
    uint64_t max_bytes;
} model;

static struct smf_cached *holds[NAMES][4];
static unsigned hold_count[NAMES]; /* of entries in the cache or not */
static bool held_inside[NAMES][4];

static void model_leave_list(unsigned name)
{
    unsigned to = 0;
    for (unsigned i = 0; i < model.count; i++)
        if (model.list[i] != name)
            model.list[to++] = model.list[i];
    model.count = to;
}

static void model_settle(unsigned name)
{
    model_leave_list(name);
    if (model.in[name] && model.held[name] == 0 && model.references[name] == 0)
        model.list[model.count++] = name;
}

static void model_evict(unsigned name)
{
    model_leave_list(name);
    model.in[name] = false;
    model.held[name] = 0;
    for (unsigned i = 0; i < 4; i++)
        held_inside[name][i] = false;
}

static bool model_fits(unsigned name, unsigned gone)
{
    size_t files = 1;
    uint64_t bytes = sizes[name];
    for (unsigned i = 0; i < NAMES; i++)
        if (model.in[i]) {
            files++;
            bytes += sizes[i];
        }
    for (unsigned i = 0; i < gone; i++) {
        files--;
        bytes -= sizes[model.list[i]];
    }
    return files <= model.max_files && bytes <= model.max_bytes;
}

static void model_get(unsigned name)
{
    if (model.in[name])
        return;
    unsigned gone = 0;
    while (gone <= model.count && !model_fits(name, gone))
        gone++;
    if (gone > model.count)
        return;
    while (gone-- != 0)
        model_evict(model.list[0]);
    model.in[name] = true;
}

static void play(uint32_t random)
{
    const unsigned name = random % NAMES, what = random / NAMES % 16;
    const char *const path = scene_path(names[name]);
    if (what < 8 && hold_count[name] < 4) {
        model_get(name);
        holds[name][hold_count[name]] = scene_get(names[name]);
        held_inside[name][hold_count[name]++] = model.in[name];
        model.held[name] += model.in[name];
        model_leave_list(name);
    } else if (what < 13 && hold_count[name] != 0) {
        smf_cache_put(cache, holds[name][--hold_count[name]]);
        if (held_inside[name][hold_count[name]]) {
            model.held[name]--;
            model_settle(name);
        }
    } else if (what == 13) {
        CHECK(smf_cache_evict(cache, path) == model.in[name]);
        model_evict(name);
    } else if (what == 14) {
        CHECK_EQUAL(smf_cache_reference(cache, path), ++model.references[name]);
        model_leave_list(name);
    } else if (what == 15 && model.references[name] != 0) {
        CHECK_EQUAL(smf_cache_unreference(cache, path), --model.references[name]);
        if (model.references[name] == 0)
            model_evict(name);
    }
}

static void random_calls_agree_with_a_model(void)
{
    uint32_t random = 12345;
    scene_open(NULL);
    make_files();
    scene_close();
    for (unsigned round = 0; round < 8; round++) {
        const size_t max_files = round % 4 + 1;
        const uint64_t max_bytes = round < 4 ? sizes[4] + sizes[1] : sizes[3] + sizes[2] + sizes[0];
        tap_variant("round=%u", round);
        scene_open(&(struct smf_cache_options){.max_files = max_files, .max_bytes = max_bytes});
        make_files();
        memset(&model, 0, sizeof model);
        model.max_files = max_files;
        model.max_bytes = max_bytes;
        bool good = true;
        for (unsigned step = 0; step < STEPS && good; step++) {
            uint64_t bytes = 0;
            random = random * 1664525u + 1013904223u;
            play(random >> 8);
            for (unsigned i = 0; i < NAMES; i++) {
                good = good && has(names[i]) == model.in[i];
                bytes += model.in[i] ? sizes[i] : 0;
            }
            good = good && scene_statistics().bytes == bytes && bytes <= max_bytes;
            if (!good)
                tap_note("step %u", step);
        }
        CHECK(good);
        for (unsigned i = 0; i < NAMES; i++)
            while (hold_count[i] != 0)
                smf_cache_put(cache, holds[i][--hold_count[i]]);
        scene_close();
    }
    tap_variant("%s", "");
}

static const struct tap_case cases[] = {
    {"files_are_limited_and_the_oldest_goes",       files_are_limited_and_the_oldest_goes      },
    {"bytes_are_limited",                           bytes_are_limited                          },
    {"a_file_beyond_the_limit_is_served_uncached",  a_file_beyond_the_limit_is_served_uncached },
    {"what_is_held_is_skipped",                     what_is_held_is_skipped                    },
    {"a_limit_of_one_byte_keeps_nothing",           a_limit_of_one_byte_keeps_nothing          },
    {"a_file_that_grew_makes_room_for_itself",      a_file_that_grew_makes_room_for_itself     },
    {"every_order_keeps_the_last_two",              every_order_keeps_the_last_two             },
    {"references_count_up_and_down",                references_count_up_and_down               },
    {"unknown_paths_are_ignored",                   unknown_paths_are_ignored                  },
    {"paths_count_independently",                   paths_count_independently                  },
    {"references_keep_from_being_given_up",         references_keep_from_being_given_up        },
    {"force_clear_forgets_references",              force_clear_forgets_references             },
    {"unreferenced_bytes_stay_with_who_holds_them", unreferenced_bytes_stay_with_who_holds_them},
    {"random_calls_agree_with_a_model",             random_calls_agree_with_a_model            },
};
TAP_MAIN(cases)
