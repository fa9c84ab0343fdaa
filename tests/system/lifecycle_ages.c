/* SPDX-License-Identifier: MIT */
/* lifecycle_ages.c - what nobody has used for too long: epochs, marks, sweeps, and what statistics say of them. */
#include "system/lifecycle_scene.h"

static const enum smf_resource_kind jit = SMF_RESOURCE_JIT, symbol = SMF_RESOURCE_SYMBOL,
                                    metadata = SMF_RESOURCE_METADATA;

/* ---- B.12, sweeper ---- */

static void b12_epoch_0(void)
{
    start();
    CHECK_EQUAL(look().epoch, 0);
    CHECK_EQUAL(lifecycle.config.max_age, 100);
    end();
}

static void b12_epochs_advance(void)
{
    start();
    CHECK_EQUAL(smf_lifecycle_advance(&lifecycle), 1);
    CHECK_EQUAL(smf_lifecycle_advance(&lifecycle), 2);
    CHECK_EQUAL(look().epoch, 2);
    end();
}

static bool get_age(void *context, const struct smf_resource *resource)
{
    *(uint32_t *)context = resource->age;
    return false;
}

static uint32_t age_of_first(const char *module)
{
    uint32_t age = 77;
    CHECK_EQUAL(smf_lifecycle_walk(&lifecycle, module, get_age, &age), 1);
    return age;
}

static void b12_marks(void)
{
    start();
    add(symbol, "a", "f");
    advance(7);
    CHECK_EQUAL(age_of_first("a"), 7);
    CHECK_STATUS(smf_lifecycle_mark(&lifecycle, symbol, "a", "f"), SMF_OK);
    CHECK_EQUAL(age_of_first("a"), 0);
    CHECK_STATUS(smf_lifecycle_mark(&lifecycle, symbol, "a", "g"), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_lifecycle_mark(&lifecycle, jit, "a", "f"), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_lifecycle_mark(&lifecycle, symbol, "b", "f"), SMF_ERR_NOT_FOUND);
    advance(2);
    add(symbol, "a", "f"); /* entering again is using */
    CHECK_EQUAL(age_of_first("a"), 0);
    end();
}

static void b12_what_is_fresh_is_not_stale(void)
{
    start();
    add(symbol, "a", "f");
    add(jit, "a", "j");
    add(metadata, "a", "m");
    CHECK_EQUAL(look().stale, 0);
    CHECK_EQUAL(smf_lifecycle_sweep(&lifecycle), 0);
    advance(100);
    CHECK_EQUAL(look().stale, 0); /* as old as it may be */
    CHECK_EQUAL(smf_lifecycle_sweep(&lifecycle), 0);
    end();
}

static void b12_what_is_older_than_allowed_is_stale(void)
{
    static const uint32_t ages[] = {1, 5, 100};
    for (unsigned i = 0; i < 3; i++) {
        struct smf_lifecycle_config config = config_of(sizeof arena);
        tap_variant("age=%u", (unsigned)ages[i]);
        config.max_age = ages[i];
        start_with(&config);
        add(symbol, "a", "f");
        advance(ages[i]);
        CHECK_EQUAL(look().stale, 0);
        advance(1);
        CHECK_EQUAL(look().stale, 1);
        end();
    }
    tap_variant("%s", "");
}

static void b12_what_is_marked_again_is_fresh(void)
{
    start();
    add(symbol, "a", "f");
    add(jit, "a", "j");
    advance(101);
    CHECK_EQUAL(look().stale, 2);
    CHECK_STATUS(smf_lifecycle_mark(&lifecycle, jit, "a", "j"), SMF_OK);
    CHECK_EQUAL(look().stale, 1);
    CHECK_STATUS(smf_lifecycle_mark_module(&lifecycle, "a"), SMF_OK);
    CHECK_EQUAL(look().stale, 0);
    CHECK_EQUAL(smf_lifecycle_sweep(&lifecycle), 0);
    end();
}

static void b12_statistics(void)
{
    start();
    add(symbol, "a", "f");
    add(symbol, "b", "f");
    add(jit, "b", "j");
    retain("b", "file");
    retain("c", "file");
    advance(101);
    add(metadata, "c", "m");
    const struct smf_lifecycle_statistics now = look();
    CHECK_EQUAL(now.modules, 3);
    CHECK_EQUAL(now.symbols, 2);
    CHECK_EQUAL(now.jit_symbols, 1);
    CHECK_EQUAL(now.metadata, 1);
    CHECK_EQUAL(now.smf_count, 1);
    CHECK_EQUAL(now.epoch, 101);
    CHECK_EQUAL(now.tracked, 4);
    CHECK_EQUAL(now.stale, 3); /* references do not age */
    CHECK(now.arena_largest != 0 && now.arena_largest < sizeof arena);
    end();
}

static void b12_reset_forgets_and_destroys_nothing(void)
{
    start();
    const struct smf_lifecycle_statistics before = look();
    for (unsigned i = 0; i < 3; i++) {
        add(symbol, "a", "f");
        add(jit, "a", "j");
        retain("a", "file");
        advance(200);
        smf_lifecycle_reset(&lifecycle);
        compare(&before);
        CHECK_EQUAL(look().epoch, 0);
        CHECK(!smf_lifecycle_is_tracked(&lifecycle, "a") && smf_lifecycle_origin(&lifecycle, "j") == NULL);
    }
    end();
    CHECK_EQUAL(told_count, 0);
}

/* The ledger and the sweeper are one: a sweep takes from the same lists, and tells the same callback. */
static void b12_a_sweep_takes_what_is_stale_from_its_module(void)
{
    start();
    add(symbol, "b", "young");
    CHECK_STATUS(smf_lifecycle_track(&lifecycle, "a"), SMF_OK);
    const struct smf_lifecycle_statistics before = look();
    add(symbol, "a", "f");
    add(symbol, "b", "g");
    add(metadata, "a", "m");
    retain("a", "file");
    advance(60);
    CHECK_STATUS(smf_lifecycle_mark(&lifecycle, symbol, "b", "young"), SMF_OK);
    advance(60);
    CHECK_EQUAL(look().stale, 3);
    CHECK_EQUAL(smf_lifecycle_sweep(&lifecycle), 3);
    hear("S:a/f M:a/m S:b/g ");
    CHECK_EQUAL(smf_lifecycle_sweep(&lifecycle), 0);
    CHECK_EQUAL(smf_lifecycle_count(&lifecycle, "a", symbol), 0);
    CHECK_EQUAL(smf_lifecycle_references(&lifecycle, "file"), 1);
    CHECK(smf_lifecycle_is_tracked(&lifecycle, "a"));
    CHECK_EQUAL(release("a", "file"), 0);
    compare(&before);
    end();
}

static void b12_jit_only_leaves_everything_else_alone(void)
{
    struct smf_lifecycle_config config = config_of(sizeof arena);
    config.jit_only = true;
    start_with(&config);
    add(symbol, "a", "f");
    add(metadata, "a", "m");
    add(jit, "a", "j");
    add(jit, "b", "k");
    advance(101);
    CHECK_EQUAL(look().stale, 2);
    CHECK_EQUAL(smf_lifecycle_sweep(&lifecycle), 2);
    hear("J:b/k J:a/j ");
    CHECK(smf_lifecycle_origin(&lifecycle, "j") == NULL);
    advance(1000);
    CHECK_EQUAL(look().stale, 0);
    CHECK_EQUAL(look().tracked, 2);
    end();
}

static void b12_what_a_module_had_is_swept_no_more(void)
{
    start();
    add(jit, "a", "j");
    advance(101);
    CHECK_EQUAL(look().stale, 1);
    CHECK_EQUAL(smf_lifecycle_destroy(&lifecycle, "a"), 1);
    CHECK_EQUAL(look().stale + look().tracked, 0);
    CHECK_EQUAL(smf_lifecycle_sweep(&lifecycle), 0);
    CHECK_EQUAL(told_count, 1);
    end();
}

static const struct tap_case cases[] = {
    {"b12_epoch_0",                                     b12_epoch_0                                    },
    {"b12_epochs_advance",                              b12_epochs_advance                             },
    {"b12_marks",                                       b12_marks                                      },
    {"b12_what_is_fresh_is_not_stale",                  b12_what_is_fresh_is_not_stale                 },
    {"b12_what_is_older_than_allowed_is_stale",         b12_what_is_older_than_allowed_is_stale        },
    {"b12_what_is_marked_again_is_fresh",               b12_what_is_marked_again_is_fresh              },
    {"b12_statistics",                                  b12_statistics                                 },
    {"b12_reset_forgets_and_destroys_nothing",          b12_reset_forgets_and_destroys_nothing         },
    {"b12_a_sweep_takes_what_is_stale_from_its_module", b12_a_sweep_takes_what_is_stale_from_its_module},
    {"b12_jit_only_leaves_everything_else_alone",       b12_jit_only_leaves_everything_else_alone      },
    {"b12_what_a_module_had_is_swept_no_more",          b12_what_a_module_had_is_swept_no_more         },
};
TAP_MAIN(cases)
