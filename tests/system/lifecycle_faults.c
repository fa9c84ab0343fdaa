/* SPDX-License-Identifier: MIT */
/* lifecycle_faults.c - the ledger with too little memory, odd names, wrong calls, and numbers at their end. */
#include "system/ledger.h" /* before there is a variable of that name */

#include "system/lifecycle_scene.h"

#include "smf/hash.h"

static const enum smf_resource_kind jit = SMF_RESOURCE_JIT, symbol = SMF_RESOURCE_SYMBOL,
                                    metadata = SMF_RESOURCE_METADATA;

/* ---- Memory ---- */

/* Calls that take memory, each of a module that is new to it. */
static enum smf_status enter(unsigned what)
{
    switch (what) {
    case 0:
        return smf_lifecycle_track(&lifecycle, "module 0");
    case 1:
        return smf_lifecycle_add(&lifecycle, jit, "module 1", "Vec$i64");
    case 2:
        return smf_lifecycle_add(&lifecycle, symbol, "module 2", "a longer name than before");
    case 3:
        return smf_lifecycle_retain(&lifecycle, "module 3", "file.smf");
    case 4:
        return smf_lifecycle_retain(&lifecycle, "module 4", "file.smf"); /* the file is there */
    default:
        return smf_lifecycle_add(&lifecycle, metadata, "module 5", "note.deps");
    }
}

/* Each size of the arena: what does not fit is refused, and nothing is lost by it. */
static void each_arena_size(void)
{
    enum { CALLS = 6 };
    unsigned no_start = 0, refused[CALLS] = {0};
    size_t size = 0;
    bool all = false;
    for (; size < sizeof arena && !all; size += 8) {
        const struct smf_lifecycle_config config = config_of(size);
        tap_variant("size=%u", (unsigned)size);
        const enum smf_status status = smf_lifecycle_start(&lifecycle, &config);
        if (status != SMF_OK) {
            CHECK_STATUS(status, SMF_ERR_NO_ARENA);
            no_start++;
            continue;
        }
        const struct smf_lifecycle_statistics empty = look();
        unsigned what = 0;
        for (; what < CALLS; what++) {
            const struct smf_lifecycle_statistics before = look();
            const enum smf_status entered = enter(what);
            if (entered == SMF_OK)
                continue;
            CHECK_STATUS(entered, SMF_ERR_NO_ARENA);
            compare(&before);
            refused[what]++;
            break;
        }
        all = what == CALLS;
        for (unsigned i = 0; i < CALLS; i++) {
            char name[] = "module 0";
            name[7] = (char)('0' + i);
            CHECK_EQUAL(smf_lifecycle_is_tracked(&lifecycle, name), i < what);
            (void)smf_lifecycle_destroy(&lifecycle, name);
        }
        compare(&empty);
        end();
    }
    tap_variant("%s", "");
    CHECK(all && no_start > 1);
    for (unsigned i = 0; i < CALLS; i++)
        CHECK(refused[i] > 2);
    CHECK(refused[3] > refused[4]); /* module, file, reference; module, reference */
}

static void a_reset_and_a_finish_give_the_arena_back(void)
{
    start();
    const struct smf_lifecycle_statistics before = look();
    for (unsigned i = 0; i < 6; i++)
        CHECK_STATUS(enter(i), SMF_OK);
    CHECK(look().arena_largest < before.arena_largest);
    end();
    CHECK_EQUAL(told_count, 4); /* two modules, one file */
    CHECK_EQUAL(look().arena_largest, 0);
    memset(arena, 0xFF, sizeof arena); /* the caller's again */
    smf_lifecycle_reset(&lifecycle);
    end();
    start();
    compare(&before);
    end();
}

/* ---- Names ---- */

/* Pairs of different names with the same FNV-1a, checked here. */
static void names_with_equal_hashes_stay_apart(void)
{
    static const char *const names[][2] = {
        {"costarring", "liquid"   },
        {"declinate",  "macallums"},
        {"altarage",   "zinke"    }
    };
    for (size_t i = 0; i < 3; i++) {
        const char *one = names[i][0], *two = names[i][1];
        tap_variant("%s", one);
        CHECK_EQUAL(smf_hash_name(one), smf_hash_name(two));
        start();
        const struct smf_lifecycle_statistics before = look();
        add(symbol, one, one); /* all four: modules and names collide */
        add(symbol, one, two);
        add(symbol, two, one);
        CHECK_STATUS(smf_lifecycle_remove(&lifecycle, symbol, two, two), SMF_ERR_NOT_FOUND);
        add(jit, one, one);
        CHECK(smf_lifecycle_origin(&lifecycle, two) == NULL);
        add(jit, two, two);
        CHECK_TEXT(smf_lifecycle_origin(&lifecycle, one), one);
        CHECK_TEXT(smf_lifecycle_origin(&lifecycle, two), two);
        retain(one, two);
        retain(two, two);
        retain(two, one);
        CHECK_EQUAL(smf_lifecycle_references(&lifecycle, one), 1);
        CHECK_EQUAL(smf_lifecycle_references(&lifecycle, two), 2);
        CHECK_EQUAL(smf_lifecycle_destroy(&lifecycle, one), 4);
        CHECK_EQUAL(told_count, 3);
        CHECK_EQUAL(smf_lifecycle_count(&lifecycle, two, symbol), 1);
        CHECK_EQUAL(smf_lifecycle_references(&lifecycle, two), 1);
        CHECK_EQUAL(smf_lifecycle_destroy(&lifecycle, two), 4);
        CHECK_EQUAL(told_count, 7);
        compare(&before);
        end();
    }
    tap_variant("%s", "");
}

static void names_of_any_length(void)
{
    static char module[2001], name[2001];
    static const size_t lengths[] = {1, 7, 8, 9, 64, 255, 256, 2000};
    start();
    const struct smf_lifecycle_statistics before = look();
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        tap_variant("length=%u", (unsigned)lengths[i]);
        memset(module, 'm', lengths[i]);
        memset(name, 'n', lengths[i]);
        module[lengths[i]] = name[lengths[i]] = '\0';
        add(jit, module, name);
        retain(module, name);
        CHECK_TEXT(smf_lifecycle_origin(&lifecycle, name), module);
        name[lengths[i] - 1] = 'o'; /* the ledger has its own copies, and compares to the end */
        CHECK(smf_lifecycle_origin(&lifecycle, name) == NULL);
        CHECK_EQUAL(smf_lifecycle_references(&lifecycle, name), 0);
        CHECK_EQUAL(smf_lifecycle_destroy(&lifecycle, module), 2);
        compare(&before);
    }
    tap_variant("%s", "");
    end();
}

/* ---- Wrong calls ---- */

static void bad_requests_are_refused_and_cost_nothing(void)
{
    static const char *const bad[] = {NULL, ""};
    start();
    add(symbol, "a", "f");
    const struct smf_lifecycle_statistics before = look();
    for (unsigned i = 0; i < 2; i++) {
        CHECK_STATUS(smf_lifecycle_track(&lifecycle, bad[i]), SMF_ERR_ARGUMENT);
        CHECK_STATUS(smf_lifecycle_add(&lifecycle, symbol, bad[i], "f"), SMF_ERR_ARGUMENT);
        CHECK_STATUS(smf_lifecycle_add(&lifecycle, symbol, "b", bad[i]), SMF_ERR_ARGUMENT);
        CHECK_STATUS(smf_lifecycle_retain(&lifecycle, bad[i], "f"), SMF_ERR_ARGUMENT);
        CHECK_STATUS(smf_lifecycle_retain(&lifecycle, "b", bad[i]), SMF_ERR_ARGUMENT);
        CHECK_STATUS(smf_lifecycle_remove(&lifecycle, symbol, "a", bad[i]), SMF_ERR_NOT_FOUND);
        CHECK_STATUS(smf_lifecycle_mark(&lifecycle, symbol, bad[i], "f"), SMF_ERR_NOT_FOUND);
        CHECK_EQUAL(smf_lifecycle_destroy(&lifecycle, bad[i]), 0);
    }
    static const enum smf_resource_kind kinds[] = {SMF_RESOURCE_SMF, (enum smf_resource_kind)SMF_RESOURCE_KINDS,
                                                   (enum smf_resource_kind)(SMF_RESOURCE_KINDS + 1)};
    for (unsigned i = 0; i < 3; i++) {
        CHECK_STATUS(smf_lifecycle_add(&lifecycle, kinds[i], "a", "f"), SMF_ERR_ARGUMENT);
        CHECK_STATUS(smf_lifecycle_remove(&lifecycle, kinds[i], "a", "f"), SMF_ERR_ARGUMENT);
        CHECK_STATUS(smf_lifecycle_mark(&lifecycle, kinds[i], "a", "f"), SMF_ERR_ARGUMENT);
        CHECK_EQUAL(smf_lifecycle_count(&lifecycle, "a", kinds[i]), 0);
    }
    CHECK_STATUS(smf_lifecycle_mark_module(&lifecycle, NULL), SMF_ERR_ARGUMENT);
    CHECK_EQUAL(smf_lifecycle_count(&lifecycle, NULL, symbol), 0);
    CHECK_EQUAL(smf_lifecycle_walk(&lifecycle, "a", NULL, NULL), 0);
    compare(&before);
    end();
}

static void starting_needs_an_arena_and_a_power_of_two(void)
{
    for (unsigned wrong = 0; wrong < 4; wrong++) {
        struct smf_lifecycle_config config = config_of(sizeof arena);
        config.bucket_count = wrong == 0 ? 12 : wrong == 1 ? 1u << 31 : 8;
        config.arena = wrong == 2 ? NULL : arena;
        config.arena_size = wrong == 3 ? 0 : sizeof arena;
        tap_variant("%u", wrong);
        CHECK_STATUS(smf_lifecycle_start(&lifecycle, &config), wrong == 0 ? SMF_ERR_ARGUMENT : SMF_ERR_NO_ARENA);
    }
    tap_variant("%s", "");
    const struct smf_lifecycle_config config = config_of(sizeof arena);
    CHECK_STATUS(smf_lifecycle_start(NULL, &config), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_lifecycle_start(&lifecycle, NULL), SMF_ERR_ARGUMENT);
}

static bool go_on(void *context, const struct smf_resource *resource)
{
    unsigned *limit = context;
    CHECK(resource->name[0] != '\0');
    return --*limit != 0;
}

static void before_the_start_and_after_the_end_there_is_nothing(void)
{
    for (unsigned after = 0; after < 2; after++) {
        struct smf_lifecycle_statistics statistics = {.modules = 1};
        unsigned limit = 9;
        tap_variant("%u", after);
        start();
        add(symbol, "a", "f");
        end();
        end();
        smf_lifecycle_finish(NULL);
        if (after == 0)
            memset(&lifecycle, 0, sizeof lifecycle);
        CHECK_STATUS(smf_lifecycle_track(&lifecycle, "a"), SMF_ERR_ARGUMENT);
        CHECK_STATUS(smf_lifecycle_add(&lifecycle, symbol, "a", "f"), SMF_ERR_ARGUMENT);
        CHECK_STATUS(smf_lifecycle_remove(&lifecycle, symbol, "a", "f"), SMF_ERR_ARGUMENT);
        CHECK_STATUS(smf_lifecycle_mark(&lifecycle, symbol, "a", "f"), SMF_ERR_ARGUMENT);
        CHECK_STATUS(smf_lifecycle_mark_module(&lifecycle, "a"), SMF_ERR_ARGUMENT);
        CHECK_STATUS(smf_lifecycle_retain(&lifecycle, "a", "f"), SMF_ERR_ARGUMENT);
        CHECK_STATUS(smf_lifecycle_release(&lifecycle, "a", "f", NULL), SMF_ERR_ARGUMENT);
        CHECK_EQUAL(smf_lifecycle_destroy(&lifecycle, "a") + smf_lifecycle_sweep(&lifecycle), 0);
        CHECK_EQUAL(smf_lifecycle_references(&lifecycle, "f") + smf_lifecycle_evict(&lifecycle, "f"), 0);
        CHECK_EQUAL(smf_lifecycle_count(&lifecycle, "a", symbol) + smf_lifecycle_advance(&lifecycle), 0);
        CHECK_EQUAL(smf_lifecycle_walk(&lifecycle, "a", go_on, &limit), 0);
        CHECK(!smf_lifecycle_is_tracked(&lifecycle, "a") && smf_lifecycle_origin(&lifecycle, "f") == NULL);
        smf_lifecycle_get_statistics(&lifecycle, &statistics);
        CHECK_EQUAL(statistics.modules + statistics.arena_largest, 0);
    }
    tap_variant("%s", "");
}

/* The count is set by hand: nobody waits for 2^32 calls. */
static void a_count_of_references_does_not_wrap(void)
{
    start();
    retain("a", "f");
    const struct smf_lifecycle_module *module = smf_ledger_find_module(&lifecycle, "a");
    module->lists[SMF_RESOURCE_SMF]->references = module->lists[SMF_RESOURCE_SMF]->file->references = UINT32_MAX - 1;
    retain("a", "f");
    const struct smf_lifecycle_statistics before = look();
    CHECK_STATUS(smf_lifecycle_retain(&lifecycle, "a", "f"), SMF_ERR_LIMIT);
    CHECK_STATUS(smf_lifecycle_retain(&lifecycle, "b", "f"), SMF_ERR_LIMIT);
    compare(&before);
    CHECK_EQUAL(smf_lifecycle_references(&lifecycle, "f"), UINT32_MAX);
    CHECK_EQUAL(smf_lifecycle_evict(&lifecycle, "f"), UINT32_MAX);
    end();
}

/* An epoch is a number of 32 bits, set by hand: ages are right across its end. */
static void ages_do_not_mind_that_the_epoch_wraps(void)
{
    start();
    lifecycle.epoch = UINT32_MAX - 50;
    add(symbol, "a", "f");
    for (unsigned i = 0; i < 100; i++)
        (void)smf_lifecycle_advance(&lifecycle);
    CHECK_EQUAL(look().epoch, 49);
    CHECK_EQUAL(look().stale, 0);
    (void)smf_lifecycle_advance(&lifecycle);
    CHECK_EQUAL(look().stale, 1);
    end();
}

static void a_walk_ends_when_it_is_told(void)
{
    start();
    add(symbol, "a", "f");
    add(symbol, "a", "g");
    add(jit, "a", "j");
    add(metadata, "a", "m");
    retain("a", "file");
    for (unsigned wanted = 1; wanted < 7; wanted++) {
        unsigned limit = wanted;
        CHECK_EQUAL(smf_lifecycle_walk(&lifecycle, "a", go_on, &limit), wanted < 5 ? wanted : 5);
    }
    unsigned limit = 9;
    CHECK_EQUAL(smf_lifecycle_walk(&lifecycle, "b", go_on, &limit), 0);
    end();
}

/* ---- Locks ---- */

static unsigned locks;
static int depth;
static void lock(void *context)
{
    CHECK(context == &locks && depth == 0);
    depth++;
    locks++;
}
static void unlock(void *context)
{
    CHECK(context == &locks);
    depth--;
}
static void destroy_locked(void *context, const struct smf_resource *resource)
{
    CHECK_EQUAL(depth, 1);
    destroy(context, resource);
}

static void each_call_takes_the_lock_once(void)
{
    const struct smf_port port = {.context = &locks, .lock = lock, .unlock = unlock};
    struct smf_lifecycle_config config = config_of(sizeof arena);
    unsigned limit = 1, wanted = 0;
    config.port = &port;
    config.destroy = destroy_locked;
    locks = 0;
    depth = 0;
    start_with(&config);
    CHECK_EQUAL(locks, wanted);
#define LOCKS_ONCE(call)                                                                                               \
    do {                                                                                                               \
        call;                                                                                                          \
        CHECK_EQUAL(locks, ++wanted);                                                                                  \
        CHECK_EQUAL(depth, 0);                                                                                         \
    } while (0)
    LOCKS_ONCE(CHECK_STATUS(smf_lifecycle_track(&lifecycle, "a"), SMF_OK));
    LOCKS_ONCE(add(jit, "a", "j"));
    LOCKS_ONCE(CHECK_STATUS(smf_lifecycle_add(&lifecycle, jit, "b", "j"), SMF_ERR_DUPLICATE));
    LOCKS_ONCE(retain("a", "f"));
    LOCKS_ONCE(CHECK_EQUAL(release("a", "f"), 0));
    LOCKS_ONCE(CHECK_EQUAL(smf_lifecycle_references(&lifecycle, "f"), 0));
    LOCKS_ONCE(CHECK_EQUAL(smf_lifecycle_evict(&lifecycle, "f"), 0));
    LOCKS_ONCE(CHECK(smf_lifecycle_is_tracked(&lifecycle, "a")));
    LOCKS_ONCE(CHECK_EQUAL(smf_lifecycle_count(&lifecycle, "a", jit), 1));
    LOCKS_ONCE(CHECK_TEXT(smf_lifecycle_origin(&lifecycle, "j"), "a"));
    LOCKS_ONCE(CHECK_EQUAL(smf_lifecycle_walk(&lifecycle, "a", go_on, &limit), 1));
    LOCKS_ONCE((void)look());
    LOCKS_ONCE(CHECK_EQUAL(smf_lifecycle_advance(&lifecycle), 1));
    LOCKS_ONCE(CHECK_STATUS(smf_lifecycle_mark(&lifecycle, jit, "a", "j"), SMF_OK));
    LOCKS_ONCE(CHECK_STATUS(smf_lifecycle_mark_module(&lifecycle, "a"), SMF_OK));
    LOCKS_ONCE(CHECK_EQUAL(smf_lifecycle_sweep(&lifecycle), 0));
    LOCKS_ONCE(CHECK_STATUS(smf_lifecycle_remove(&lifecycle, jit, "a", "k"), SMF_ERR_NOT_FOUND));
    LOCKS_ONCE(CHECK_EQUAL(smf_lifecycle_destroy(&lifecycle, "a"), 1));
    LOCKS_ONCE(smf_lifecycle_reset(&lifecycle));
    LOCKS_ONCE(end());
}

static void without_a_callback_and_without_buckets_of_its_own(void)
{
    const struct smf_port port = {.context = &locks}; /* without a lock, too */
    struct smf_lifecycle_config config = config_of(sizeof arena);
    config.bucket_count = 0;
    config.destroy = NULL;
    config.port = &port;
    start_with(&config);
    CHECK_EQUAL(lifecycle.config.bucket_count, SMF_LIFECYCLE_BUCKETS);
    const struct smf_lifecycle_statistics before = look();
    add(symbol, "a", "f");
    retain("a", "g");
    CHECK_EQUAL(smf_lifecycle_destroy(&lifecycle, "a"), 2);
    compare(&before);
    end();
}

static const struct tap_case cases[] = {
    {"each_arena_size",                                     each_arena_size                                    },
    {"a_reset_and_a_finish_give_the_arena_back",            a_reset_and_a_finish_give_the_arena_back           },
    {"names_with_equal_hashes_stay_apart",                  names_with_equal_hashes_stay_apart                 },
    {"names_of_any_length",                                 names_of_any_length                                },
    {"bad_requests_are_refused_and_cost_nothing",           bad_requests_are_refused_and_cost_nothing          },
    {"starting_needs_an_arena_and_a_power_of_two",          starting_needs_an_arena_and_a_power_of_two         },
    {"before_the_start_and_after_the_end_there_is_nothing", before_the_start_and_after_the_end_there_is_nothing},
    {"a_count_of_references_does_not_wrap",                 a_count_of_references_does_not_wrap                },
    {"ages_do_not_mind_that_the_epoch_wraps",               ages_do_not_mind_that_the_epoch_wraps              },
    {"a_walk_ends_when_it_is_told",                         a_walk_ends_when_it_is_told                        },
    {"each_call_takes_the_lock_once",                       each_call_takes_the_lock_once                      },
    {"without_a_callback_and_without_buckets_of_its_own",   without_a_callback_and_without_buckets_of_its_own  },
};
TAP_MAIN(cases)
