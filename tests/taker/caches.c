/* SPDX-License-Identifier: MIT */
/*
 * caches.c - what a taker keeps and what it drops: limits, the order of use,
 * what is held, two modules with the same symbols; and that a take that fails,
 * at whatever point, leaves nothing behind.
 */
#include <string.h>

#include "harness/tap.h"
#include "taker/module.h"

static struct scene scenes[2];
static struct maker maker;
static struct smf_taker taker;
static struct smf_taken taken;
static struct smf_taker_statistics statistics;
static struct smf_diagnosis why;
static uint64_t memory[2048];
static struct smf_taker_config config;
static const char *const modules[] = {"one", "two"};
static const char *const concrete[] = {"add", "sub", "mul", "datum", "zeros"};

static void begin(size_t max, bool enabled)
{
    for (unsigned i = 0; i < 2; i++)
        module_make(&scenes[i], 0x20 + 0x40 * i, SCENE_READ);
    maker_start(&maker);
    config = smf_taker_defaults();
    config.max_cache_size = max;
    config.enable_caching = enabled;
    config.instantiator = &maker.instantiator;
    config.arena = memory;
    config.arena_size = sizeof memory;
    CHECK_STATUS(smf_taker_start(&taker, &config), SMF_OK);
}

static enum smf_status try(unsigned module, const char *name)
{
    return smf_taker_take(&taker, modules[module], &scenes[module].image, name, &taken, &why);
}

static void take(unsigned module, const char *name)
{
    CHECK_STATUS(try(module, name), SMF_OK);
    smf_taker_give_back(&taker, &taken);
}

static const struct smf_taker_statistics *now(void)
{
    smf_taker_get_statistics(&taker, &statistics);
    return &statistics;
}

static void finish(void)
{
    CHECK_EQUAL(now()->held, 0);
    const size_t largest = statistics.arena_largest;
    smf_taker_clear(&taker);
    CHECK(now()->arena_largest >= largest);
    CHECK_EQUAL(statistics.instances.entries + statistics.templates.entries + statistics.metadata.entries, 0);
    CHECK_STATUS(smf_taker_start(&taker, &config), SMF_OK);
    const size_t fresh = now()->arena_largest;
    CHECK(fresh >= largest);
    smf_taker_finish(&taker);
    scene_end(&scenes[0]);
    scene_end(&scenes[1]);
}

static void caches_are_empty_at_the_start(void)
{
    static const struct smf_taker_statistics zero;
    begin(10, true);
    statistics = *now();
    CHECK(statistics.arena_largest != 0);
    statistics.arena_largest = 0;
    CHECK(memcmp(&statistics, &zero, sizeof zero) == 0);
    finish();
}

static void caches_are_counted_and_cleared(void)
{
    begin(10, true);
    const size_t fresh = now()->arena_largest;
    take(0, "add");
    take(0, "pair");
    take(0, "make");
    CHECK_EQUAL(now()->instances.entries, 2);     /* add, pair$u8 */
    CHECK_EQUAL(statistics.templates.entries, 2); /* pair, make */
    CHECK_EQUAL(statistics.metadata.entries, 1);
    take(0, "add");
    CHECK_EQUAL(now()->instances.hits, 1);
    CHECK_EQUAL(smf_taker_clear(&taker), 5);
    CHECK_EQUAL(smf_taker_clear(&taker), 0);
    CHECK_EQUAL(now()->arena_largest, fresh);
    take(0, "add");
    CHECK_EQUAL(now()->instances.hits, 1);
    finish();
}

static void two_modules_with_the_same_symbol(void)
{
    begin(10, true);
    struct smf_taken one, two;
    for (unsigned time = 0; time < 2; time++) {
        CHECK_STATUS(smf_taker_take(&taker, "one", &scenes[0].image, "add", &one, &why), SMF_OK);
        CHECK_STATUS(smf_taker_take(&taker, "two", &scenes[1].image, "add", &two, &why), SMF_OK);
        CHECK(memcmp(one.bytes, "\x20\x21\x22\x23", 4) == 0 && memcmp(two.bytes, "\x60\x61\x62\x63", 4) == 0);
        smf_taker_give_back(&taker, &two);
        smf_taker_give_back(&taker, &one);
    }
    CHECK_EQUAL(now()->instances.hits, 2);
    CHECK_EQUAL(statistics.instances.entries, 2);
    finish();
}

static void a_reloaded_module_is_forgotten(void)
{
    begin(10, true);
    take(0, "add");
    take(0, "pair");
    take(1, "add");
    CHECK_STATUS(try(0, "sub"), SMF_OK); /* held while it is forgotten */
    const struct smf_taken old = taken;
    CHECK_EQUAL(smf_taker_forget(&taker, "one"), 5);
    CHECK_EQUAL(smf_taker_forget(&taker, "one"), 0);
    CHECK_EQUAL(smf_taker_forget(&taker, NULL), 0);
    CHECK_EQUAL(now()->instances.entries, 1);
    CHECK(memcmp(old.bytes, "\x24\x25\x26\x27", 4) == 0);
    CHECK_STATUS(smf_taker_take(&taker, "one", &scenes[1].image, "sub", &taken, &why), SMF_OK); /* the new version */
    CHECK(memcmp(taken.bytes, "\x64\x65\x66\x67", 4) == 0);
    smf_taker_give_back(&taker, &taken);
    taken = old;
    smf_taker_give_back(&taker, &taken);
    finish();
}

static void limits_are_real(void)
{
    for (size_t max = 0; max <= 6; max++) {
        begin(max, true);
        for (unsigned i = 0; i < 20; i++) {
            take(i & 1, concrete[i % 5]);
            CHECK(now()->instances.entries <= max && statistics.metadata.entries <= max);
        }
        CHECK_EQUAL(statistics.instances.entries, max < 6 ? max : 6);
        CHECK_EQUAL(statistics.instances.hits + statistics.instances.misses, 20);
        CHECK((statistics.instances.evictions != 0) == (max != 0));
        finish();
    }
}

/* The least recently used one goes, against a list that is moved by hand. */
static void the_oldest_goes_first(void)
{
    enum { MAX = 4, NAMES = 10 };
    unsigned list[MAX], count = 0, hits = 0;
    uint32_t random = 12345;
    begin(MAX, true);
    for (unsigned i = 0; i < 400; i++) {
        random = random * 1664525u + 1013904223u;
        const unsigned which = (random >> 16) % NAMES;
        unsigned at = 0;
        while (at < count && list[at] != which)
            at++;
        hits += at < count;
        if (at == count)
            at = count < MAX ? count++ : MAX - 1;
        memmove(list + 1, list, at * sizeof list[0]);
        list[0] = which;
        take(which & 1, concrete[which >> 1]);
        if (now()->instances.hits != hits) {
            CHECK_EQUAL(statistics.instances.hits, hits);
            break;
        }
    }
    CHECK(hits > 50);
    finish();
}

static void what_is_held_is_never_dropped(void)
{
    struct smf_taken held[3];
    begin(2, true);
    for (unsigned i = 0; i < 3; i++)
        CHECK_STATUS(smf_taker_take(&taker, "one", &scenes[0].image, concrete[i], &held[i], &why), SMF_OK);
    CHECK_EQUAL(now()->held, 3);
    CHECK(statistics.instances.entries == 2 && statistics.instances.evictions == 0);
    const uint32_t uncached = statistics.uncached;
    CHECK(uncached >= 1);
    for (unsigned i = 0; i < 3; i++)
        CHECK_TEXT(held[i].symbol, concrete[i]);
    smf_taker_give_back(&taker, &held[2]);
    take(0, "sub");
    CHECK_EQUAL(now()->instances.hits, 1);
    smf_taker_give_back(&taker, &held[0]);
    take(0, "datum"); /* now there is one that may go */
    CHECK_EQUAL(now()->instances.evictions, 1);
    take(0, "sub");
    CHECK_EQUAL(now()->instances.hits, 2);
    smf_taker_give_back(&taker, &held[1]);
    finish();
}

static void nothing_is_kept_if_caching_is_off(void)
{
    begin(10, false);
    const size_t fresh = now()->arena_largest;
    for (unsigned i = 0; i < 3; i++) {
        take(0, "add");
        take(0, "pair<i64>");
        take(0, "make");
        CHECK_EQUAL(now()->arena_largest, fresh);
    }
    CHECK(statistics.instances.hits == 0 && statistics.instances.entries == 0 && statistics.metadata.entries == 0);
    CHECK_EQUAL(maker.made, 3);
    finish();
}

static void entries_make_room_in_a_full_arena(void)
{
    begin(1000, true);
    smf_taker_finish(&taker);
    config.arena_size = 4096;
    CHECK_STATUS(smf_taker_start(&taker, &config), SMF_OK);
    for (unsigned i = 0; i < 60; i++) {
        static const char *const names[] = {"pair<i64>", "pair<u8>", "pair<f32>", "pair<str>", "pair<a>", "sort<a,b>"};
        if (i % 2 != 0)
            take(i / 2 & 1, concrete[i % 5]);
        else
            take(i / 2 & 1, names[i % 6]);
    }
    CHECK(now()->instances.evictions != 0);
    finish();
}

static void the_note_of_a_module(void)
{
    struct smf_sdn note;
    begin(10, true);
    for (unsigned time = 0; time < 2; time++) {
        CHECK_STATUS(smf_taker_note(&taker, "one", &scenes[0].image, &note, NULL), SMF_OK);
        CHECK(note.present && note.rows[SMF_SDN_TYPE_INFERENCES] == 5 && note.image == &scenes[0].image);
    }
    CHECK(now()->metadata.hits == 1 && statistics.metadata.misses == 1);
    CHECK_STATUS(smf_taker_note(&taker, NULL, &scenes[0].image, &note, NULL), SMF_ERR_ARGUMENT);
    finish();
}

/* ---- Faults ---- */

static const char *const everything[] = {"add", "datum", "make", "pair", "sort<i64,[u8]>", "pair<bool>", "sort"};
enum { EVERYTHING = sizeof everything / sizeof everything[0] };

/* Arenas of every size: each take succeeds or says NO_ARENA, and leaves as much as there was. */
static void an_arena_of_every_size(void)
{
    bool whole = false;
    begin(10, false);
    smf_taker_finish(&taker);
    for (size_t size = 0; size < 3000; size += 8) {
        config.arena_size = size;
        const enum smf_status started = smf_taker_start(&taker, &config);
        if (started != SMF_OK) {
            CHECK_STATUS(started, SMF_ERR_NO_ARENA);
            continue;
        }
        whole = true;
        for (unsigned i = 0; i < EVERYTHING; i++) {
            const size_t before = now()->arena_largest;
            const enum smf_status status = try(0, everything[i]);
            if (status != SMF_OK) {
                CHECK_STATUS(status, SMF_ERR_NO_ARENA);
                CHECK(why.detail == SMF_DETAIL_TAKER_ARENA || maker.made != 0);
                CHECK_EQUAL(taken.kind, SMF_TAKEN_ERROR);
                whole = false;
            }
            smf_taker_give_back(&taker, &taken);
            CHECK_EQUAL(now()->arena_largest, before);
            CHECK_EQUAL(statistics.held, 0);
        }
        smf_taker_finish(&taker);
    }
    CHECK(whole); /* the last one sufficed */
    scene_end(&scenes[0]);
    scene_end(&scenes[1]);
}

/* Each read of the source fails once: an error, everything as before, and the same take then succeeds. */
static void each_read_fails(void)
{
    for (unsigned i = 0; i < EVERYTHING; i++)
        for (unsigned at = 1;; at++) {
            begin(10, false);
            const size_t fresh = now()->arena_largest;
            scenes[0].image.records.filled = scenes[0].image.symbols.filled = scenes[0].image.strings.filled = 0;
            scenes[0].reads = 0;
            scenes[0].fail_at = at;
            const enum smf_status status = try(0, everything[i]);
            const unsigned reads = scenes[0].reads;
            smf_taker_give_back(&taker, &taken);
            CHECK_EQUAL(now()->arena_largest, fresh);
            if (reads >= at) {
                tap_check(status == SMF_ERR_IO, __FILE__, __LINE__, "%s, read %u: %s", everything[i], at,
                          smf_status_name(status));
                CHECK_EQUAL(statistics.taken[SMF_TAKEN_ERROR], 1);
            }
            scenes[0].fail_at = 0;
            take(0, everything[i]);
            finish();
            if (reads < at) {
                CHECK(at > 2);
                CHECK_STATUS(status, SMF_OK);
                break;
            }
        }
}

static const struct tap_case cases[] = {
    {"caches_are_empty_at_the_start",     caches_are_empty_at_the_start    },
    {"caches_are_counted_and_cleared",    caches_are_counted_and_cleared   },
    {"two_modules_with_the_same_symbol",  two_modules_with_the_same_symbol },
    {"a_reloaded_module_is_forgotten",    a_reloaded_module_is_forgotten   },
    {"limits_are_real",                   limits_are_real                  },
    {"the_oldest_goes_first",             the_oldest_goes_first            },
    {"what_is_held_is_never_dropped",     what_is_held_is_never_dropped    },
    {"nothing_is_kept_if_caching_is_off", nothing_is_kept_if_caching_is_off},
    {"entries_make_room_in_a_full_arena", entries_make_room_in_a_full_arena},
    {"the_note_of_a_module",              the_note_of_a_module             },
    {"an_arena_of_every_size",            an_arena_of_every_size           },
    {"each_read_fails",                   each_read_fails                  },
};
TAP_MAIN(cases)
