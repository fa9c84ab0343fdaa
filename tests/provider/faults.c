/* SPDX-License-Identifier: MIT */
/*
 * faults.c - everything that a provider calls fails once at each place where it
 * can, and the arena has every size: the call fails, what was held is as it was, nothing is
 * out that is not held, and the same call succeeds afterwards (A24).
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "provider/stock.h"

enum { BYTES, READER, OBJECT, STORED, CODE, WALK, METADATA, ROWS, LOCATE, RENEWED, CHANGED, CALLS };

static int take_unit(void *context, const struct smf_code_unit *unit)
{
    (void)context;
    CHECK(unit->size != 0);
    return 0;
}

static int take_row(void *context, const struct smf_dependency *row)
{
    (void)context;
    CHECK(row->name[0] != '\0');
    return 0;
}

static void scene(bool positional)
{
    stock_start();
    stock.config.enable_cache = true;
    stock.config.modules.entries = 3;
    stock.config.mode = SMF_MODE_RELEASE; /* opens images, asks all */
    stock.suppliers[1].look = NULL;
    stock.shelves[0].positional = stock.shelves[1].positional = positional;
    stock_make(0, "alpha", &(const struct stock_recipe){.value = 1, .hash = 100, .needs = "beta"});
    stock_make(1, "alpha", &(const struct stock_recipe){.value = 2, .hash = 100, .needs = "gamma"});
    stock_put_object(0, "alpha", NULL, 0);
    stock_make(0, "stored", &(const struct stock_recipe){.value = 3, .hash = 100});
    stock_put_object(0, "stored", "object", 6);
    stock_make(0, "held", &(const struct stock_recipe){.value = 4, .hash = 100});
    stock.expected = 100;
}

/* One call; what it gives is given back. */
static enum smf_status attempt(unsigned call)
{
    struct smf_provider *provider = &stock.provider;
    struct smf_source source = {.size = 0};
    struct smf_image *image = NULL;
    struct smf_code_unit unit;
    struct smf_metadata metadata;
    struct smf_location location;
    uint8_t code[16];
    enum smf_status status = SMF_OK;
    switch (call) {
    case READER:
        status = smf_provider_reader(provider, "alpha", &image, &stock.why);
        if (status == SMF_OK)
            source = *image->source;
        break;
    case OBJECT:
        status = smf_provider_object(provider, "alpha", &source, &stock.why);
        break;
    case STORED:
        status = smf_provider_object(provider, "stored", &source, &stock.why);
        break;
    case CODE:
        status = smf_provider_code(provider, "alpha", "alpha_second", &unit, code, sizeof code, &stock.why);
        break;
    case WALK:
        status = smf_provider_walk_code(provider, "alpha", take_unit, NULL, NULL, &stock.why);
        break;
    case METADATA:
        status = smf_provider_metadata(provider, "alpha", &metadata, &stock.why);
        break;
    case ROWS:
        status = smf_provider_walk_dependencies(provider, "alpha", take_row, NULL, NULL, &stock.why);
        break;
    case LOCATE:
        status = smf_provider_locate(provider, "alpha", &location, NULL, 0, &stock.why);
        break;
    default:
        status = smf_provider_bytes(provider, "alpha", &source, &stock.why);
    }
    CHECK((source.size != 0) == (status == SMF_OK && (call < CODE || call >= RENEWED)));
    if (source.size != 0)
        stock_give_back(&source);
    return status;
}

/* What a call starts from: "held" is held, and for some calls what is cached is not what there is. */
static void prepare(unsigned call, struct smf_source *held)
{
    memset(stock.fail_at, 0, sizeof stock.fail_at);
    *held = stock_bytes("held", SMF_OK);
    if (call == RENEWED || call == CHANGED)
        CHECK_STATUS(attempt(call), SMF_OK);
    if (call == CHANGED)
        stock_make(0, "alpha", &(const struct stock_recipe){.value = 9, .hash = 100});
    if (call == RENEWED)
        stock_make(0, "alpha", &(const struct stock_recipe){.value = 9, .hash = 99});
}

static void check_as_before(const struct smf_source *held)
{
    const struct smf_provider_statistics statistics = stock_statistics();
    CHECK_EQUAL(statistics.held, 1);
    CHECK_EQUAL(statistics.supplies, stock_out());
    CHECK(statistics.supplies <= statistics.modules.entries);
    CHECK_EQUAL(stock.depth, 0);
    if (held->bytes != NULL)
        CHECK_EQUAL(stock_value_of(held), 4);
}

static unsigned fail_each(unsigned call, unsigned what, bool positional)
{
    unsigned failed = 0;
    for (unsigned n = 1;; n++) {
        struct smf_source held;
        scene(positional);
        stock_open();
        prepare(call, &held);
        stock.seen[what] = 0;
        stock.fail_at[what] = n;
        tap_variant("call=%u what=%u n=%u positional=%d", call, what, n, (int)positional);
        const enum smf_status status = attempt(call);
        const bool fired = stock.seen[what] >= n;
        failed += status != SMF_OK;
        CHECK(fired || status == SMF_OK);
        if (status != SMF_OK)
            CHECK_EQUAL(status, what == FAIL_REGENERATE ? SMF_ERR_NO_MEMORY : SMF_ERR_IO);
        stock.fail_at[what] = 0;
        check_as_before(&held);
        CHECK_STATUS(attempt(call), SMF_OK);
        check_as_before(&held);
        stock_give_back(&held);
        stock_end();
        if (!fired)
            return failed;
    }
}

static void a24_each_callback_fails(void)
{
    unsigned failed[FAILURES] = {0};
    for (unsigned call = 0; call < CALLS; call++)
        for (unsigned what = 0; what < FAILURES; what++)
            if (what != FAIL_READ)
                failed[what] += fail_each(call, what, false);
    tap_variant("%s", "");
    for (unsigned what = 0; what < FAILURES; what++)
        CHECK((failed[what] != 0) == (what != FAIL_READ)); /* each was seen to matter */
}

static void a24_each_read_fails(void)
{
    for (unsigned call = 0; call < CALLS; call++) {
        const unsigned failed = fail_each(call, FAIL_READ, true);
        CHECK(failed != 0);
    }
    tap_variant("%s", "");
}

/* From nothing to enough, for each call. */
static void a24_each_arena_size(void)
{
    for (unsigned call = 0; call < RENEWED; call++)
        for (unsigned positional = 0; positional < 2; positional++) {
            unsigned refused = 0;
            bool done = false;
            scene(positional != 0);
            for (size_t size = 0; size <= sizeof stock.arena && !done; size += 8) {
                tap_variant("call=%u size=%zu positional=%u", call, size, positional);
                stock.config.arena_size = size;
                if (smf_provider_start(&stock.provider, &stock.config) != SMF_OK)
                    continue;
                const enum smf_status status = attempt(call);
                done = status == SMF_OK;
                refused += status == SMF_ERR_NO_ARENA;
                CHECK(done || status == SMF_ERR_NO_ARENA);
                CHECK(stock_statistics().held == 0 && stock_out() == stock_statistics().supplies);
                smf_provider_finish(&stock.provider);
                CHECK_EQUAL(stock_out(), 0);
            }
            CHECK(done && refused > 3);
            stock_end();
        }
    tap_variant("%s", "");
}

/* After everything went: the arena is one block again. */
static void the_arena_is_whole_afterwards(void)
{
    struct smf_source held;
    scene(true);
    stock_open();
    const size_t before = stock_statistics().arena_largest;
    prepare(BYTES, &held);
    for (unsigned call = 0; call < CALLS; call++)
        CHECK_STATUS(attempt(call), SMF_OK);
    stock_give_back(&held);
    CHECK(stock_statistics().arena_largest < before);
    smf_provider_invalidate(&stock.provider, NULL);
    CHECK_EQUAL(stock_statistics().arena_largest, before);
    stock_end();
}

/* Random calls, changes and failures: what is out is held or cached, always. */
static void a_walk_of_1000_steps(void)
{
    struct smf_source held[6] = {{.size = 0}};
    uint8_t values[6] = {0}, value = 0;
    uint32_t random = 7;
    scene(false);
    stock.config.mode = SMF_MODE_ANY;
    stock.config.modules.entries = 2;
    stock_open();
    for (unsigned step = 0; step < 1000; step++) {
        random = random * 1664525u + 1013904223u;
        const unsigned slot = (random >> 8) % 6, what = (random >> 16) % 8;
        static const char *const names[] = {"alpha", "stored", "held"};
        const char *name = names[(random >> 24) % 3];
        tap_variant("step=%u", step);
        if (held[slot].size != 0) {
            CHECK_EQUAL(stock_value_of(&held[slot]), values[slot]); /* whatever has happened since */
            stock_give_back(&held[slot]);
            held[slot].size = 0;
        } else if (what == 0) {
            struct stock_file *file = stock_file(0, name);
            file->revision++; /* moved, as it were */
        } else if (what == 1) {
            smf_provider_invalidate(&stock.provider, name);
        } else if (what == 2) {
            stock.seen[FAIL_LOOK] = 0;
            stock.fail_at[FAIL_LOOK] = 1;
            struct smf_source source;
            if (smf_provider_bytes(&stock.provider, name, &source, NULL) == SMF_OK)
                stock_give_back(&source); /* it was not cached: nothing was looked at */
            stock.fail_at[FAIL_LOOK] = 0;
        } else {
            held[slot] = stock_bytes(name, SMF_OK);
            value = (uint8_t)stock_value_of(&held[slot]);
            values[slot] = value;
        }
        const struct smf_provider_statistics now = stock_statistics();
        CHECK(now.modules.entries <= 2 && now.supplies == stock_out());
        CHECK(now.supplies <= now.held + now.modules.entries);
    }
    tap_variant("%s", "");
    for (unsigned i = 0; i < 6; i++)
        if (held[i].size != 0)
            stock_give_back(&held[i]);
    stock_end();
}

static const struct tap_case cases[] = {
    {"a24_each_callback_fails",       a24_each_callback_fails      },
    {"a24_each_read_fails",           a24_each_read_fails          },
    {"a24_each_arena_size",           a24_each_arena_size          },
    {"the_arena_is_whole_afterwards", the_arena_is_whole_afterwards},
    {"a_walk_of_1000_steps",          a_walk_of_1000_steps         },
};
TAP_MAIN(cases)
