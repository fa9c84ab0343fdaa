/* SPDX-License-Identifier: MIT */
/* mapper_faults.c - symbols and their owners when something fails, before they start and after they end; and what a model
 * predicts of them. */
#include <stdio.h>

#include "system/mapper_scene.h"

static bool count_one(void *context, const struct smf_mapper_record *record)
{
    ++*(unsigned *)context;
    return record != NULL;
}

/* Nothing of a mapping that failed stays, at whatever call of the port; and then it succeeds. */
static void e1_each_failure_of_the_port_gives_everything_back(void)
{
    static const enum smf_status statuses[] = {SMF_ERR_NO_MEMORY, SMF_ERR_PROTECT};
    unsigned at = 0;
    start();
    const uintptr_t kept = map(jit, "a", "kept");
    const struct smf_mapper_statistics before = look();
    for (; at < 2; at++) {
        tap_variant("port=%u", at + 1);
        paper.fail_with = statuses[at];
        paper.fail_at = paper.fallible + at + 1;
        CHECK_STATUS(try(jit, "new owner", "new"), statuses[at]);
        compare(&before);
        paper.fail_at = paper.fallible + at + 1;
        CHECK_STATUS(try(jit, "new owner", "kept"), statuses[at]); /* D-32: the old one goes on */
        compare(&before);
        CHECK_EQUAL(look().generation, 1);
        CHECK_EQUAL(smf_mapper_lookup(&mapper, "kept"), kept);
        CHECK_EQUAL(smf_mapper_lookup(&mapper, "new"), 0);
        CHECK_TEXT(record_of("kept").owner, "a");
    }
    tap_variant("%s", "");
    paper.fail_at = paper.fallible + 3; /* there is no third call */
    CHECK_STATUS(try(jit, "new owner", "new"), SMF_OK);
    CHECK_EQUAL(paper.fallible, paper.fail_at - 1);
    end();
}

static void e1_what_a_port_gives_is_looked_at(void)
{
    static const enum paper_lie lies[] = {PAPER_MISALIGNED, PAPER_SMALL, PAPER_NO_BYTES, PAPER_WRAPS};
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        tap_variant("lie=%u", (unsigned)lies[i]);
        start();
        const struct smf_mapper_statistics before = look();
        paper.lie = lies[i];
        const size_t size = lies[i] == PAPER_WRAPS ? 2 * GRANULE : sizeof code;
        static const uint8_t zeros[2 * GRANULE];
        CHECK_STATUS(smf_mapper_map(&mapper, jit, "a", "s", zeros, size, 0, NULL), SMF_ERR_NO_MEMORY);
        compare(&before);
        end();
    }
    tap_variant("%s", "");
}

/* Each size of the arena: what does not fit is refused, and nothing is lost by it. */
static void e1_each_arena_size(void)
{
    size_t size = 0;
    unsigned no_start = 0, no_symbol = 0, no_second = 0;
    for (; size < ROOM; size += 8) {
        const struct smf_mapper_config config = config_of(size);
        tap_variant("size=%u", (unsigned)size);
        paper_start(&paper);
        enum smf_status status = smf_mapper_start(&mapper, &config);
        if (status != SMF_OK) {
            CHECK_STATUS(status, SMF_ERR_NO_ARENA);
            no_start++;
            paper_end(&paper);
            continue;
        }
        const struct smf_mapper_statistics before = look();
        status = try(jit, "an owner", "symbol");
        if (status == SMF_OK) {
            const struct smf_mapper_statistics one = look();
            status = try(jit, "another owner", "symbol");
            if (status != SMF_OK) {
                CHECK_STATUS(status, SMF_ERR_NO_ARENA);
                no_second++;
                compare(&one);
                CHECK_TEXT(record_of("symbol").owner, "an owner");
            }
            CHECK_EQUAL(smf_mapper_unmap_owner(&mapper, record_of("symbol").owner), 1);
        } else {
            CHECK_STATUS(status, SMF_ERR_NO_ARENA);
            no_symbol++;
        }
        compare(&before);
        end();
        if (status == SMF_OK)
            break;
    }
    tap_variant("%s", "");
    CHECK(no_start > 1 && no_symbol > 5 && no_second > 5); /* the symbol's block, the owner's block */
    CHECK(size < ROOM);
}

/* The names and the code of a request may be those of the symbol that goes. */
static void e1_a_request_may_point_into_what_it_replaces(void)
{
    start();
    map(jit, "only here", "s");
    for (unsigned i = 2; i < 20; i++) {
        const struct smf_mapper_record old = record_of("s");
        CHECK_STATUS(smf_mapper_map(&mapper, jit, old.owner, old.symbol, paper_at(&paper, old.address, old.size),
                                    old.size, 0, NULL),
                     SMF_OK);
        const struct smf_mapper_record now = record_of("s");
        CHECK_TEXT(now.owner, "only here");
        CHECK_EQUAL(now.generation, i);
        CHECK(holds(now.address, code, sizeof code));
    }
    CHECK_STATUS(smf_mapper_unmap(&mapper, record_of("s").symbol), SMF_OK);
    map(jit, "only here", "s");
    CHECK_EQUAL(smf_mapper_unmap_owner(&mapper, record_of("s").owner), 1);
    CHECK_EQUAL(look().owner_count, 0);
    end();
}

/* ---- Life ---- */

static void starting_needs_a_port_and_an_arena(void)
{
    paper_start(&paper);
    for (unsigned missing = 0; missing < 8; missing++) {
        struct smf_mapper_config config = config_of(sizeof arena);
        struct smf_port port = paper.port;
        config.port = missing == 0 ? NULL : &port;
        port.reserve = missing == 1 ? NULL : port.reserve;
        port.release = missing == 2 ? NULL : port.release;
        port.protect = missing == 3 ? NULL : port.protect;
        config.bucket_count = missing == 4 ? 12 : missing == 7 ? 1u << 31 : 8;
        config.arena = missing == 5 ? NULL : arena;
        config.arena_size = missing == 6 ? 0 : sizeof arena;
        tap_variant("%u", missing);
        CHECK_STATUS(smf_mapper_start(&mapper, &config), missing < 5 ? SMF_ERR_ARGUMENT : SMF_ERR_NO_ARENA);
    }
    tap_variant("%s", "");
    const struct smf_mapper_config config = config_of(sizeof arena);
    CHECK_STATUS(smf_mapper_start(NULL, &config), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_mapper_start(&mapper, NULL), SMF_ERR_ARGUMENT);
    paper_end(&paper);
}

static void before_the_start_and_after_the_end_there_is_nothing(void)
{
    for (unsigned after = 0; after < 2; after++) {
        struct smf_mapper_statistics statistics = {.mapped_symbols = 1};
        struct smf_mapper_record record;
        unsigned visits = 0;
        tap_variant("%u", after);
        start();
        map(jit, "", "s");
        end();
        smf_mapper_finish(&mapper);
        smf_mapper_finish(NULL);
        if (after == 0)
            memset(&mapper, 0, sizeof mapper);
        CHECK_STATUS(try(jit, "", "s"), SMF_ERR_ARGUMENT);
        CHECK_STATUS(smf_mapper_record(&mapper, jit, "", "s", 1, 1), SMF_ERR_ARGUMENT);
        CHECK_EQUAL(smf_mapper_lookup(&mapper, "s"), 0);
        CHECK_STATUS(smf_mapper_get_record(&mapper, "s", &record), SMF_ERR_ARGUMENT);
        CHECK_STATUS(smf_mapper_unmap(&mapper, "s"), SMF_ERR_ARGUMENT);
        CHECK_EQUAL(smf_mapper_unmap_owner(&mapper, "__jit__") + smf_mapper_clear(&mapper), 0);
        CHECK_EQUAL(smf_mapper_walk(&mapper, NULL, count_one, &visits), 0);
        smf_mapper_get_statistics(&mapper, &statistics);
        CHECK_EQUAL(statistics.mapped_symbols + statistics.arena_largest, 0);
    }
    tap_variant("%s", "");
}

static void without_a_lock_and_without_buckets_of_its_own(void)
{
    struct smf_mapper_config config = config_of(sizeof arena);
    config.bucket_count = 0;
    paper_start(&paper);
    paper.port.lock = paper.port.unlock = NULL;
    CHECK_STATUS(smf_mapper_start(&mapper, &config), SMF_OK);
    CHECK_EQUAL(mapper.config.bucket_count, SMF_MAPPER_BUCKETS);
    map(jit, "a", "s");
    CHECK_TEXT(record_of("s").owner, "a");
    CHECK_EQUAL(smf_mapper_unmap_owner(&mapper, "a"), 1);
    end();
}

static unsigned locks, unlocks;
static void count_lock(void *context)
{
    CHECK(context == &paper && locks == unlocks);
    locks++;
}
static void count_unlock(void *context)
{
    CHECK(context == &paper);
    unlocks++;
    CHECK_EQUAL(locks, unlocks);
}

static void each_call_takes_the_lock_once(void)
{
    struct smf_mapper_record record;
    unsigned visits = 0;
    unsigned wanted = 0;
    start();
    paper.port.lock = count_lock;
    paper.port.unlock = count_unlock;
    locks = unlocks = 0;
    map(jit, "a", "s");
    CHECK_EQUAL(locks, ++wanted);
    CHECK_STATUS(try(loader, "a", "s"), SMF_ERR_DUPLICATE); /* also a call that fails */
    CHECK_EQUAL(locks, ++wanted);
    CHECK_STATUS(smf_mapper_record(&mapper, jit, "a", "t", 1, 1), SMF_OK);
    CHECK_EQUAL(locks, ++wanted);
    CHECK_EQUAL(smf_mapper_lookup(&mapper, "t"), 1);
    CHECK_EQUAL(locks, ++wanted);
    CHECK_STATUS(smf_mapper_get_record(&mapper, "u", &record), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(locks, ++wanted);
    CHECK_STATUS(smf_mapper_unmap(&mapper, "t"), SMF_OK);
    CHECK_EQUAL(locks, ++wanted);
    CHECK_EQUAL(smf_mapper_unmap_owner(&mapper, "a"), 1);
    CHECK_EQUAL(locks, ++wanted);
    CHECK_EQUAL(smf_mapper_walk(&mapper, NULL, count_one, &visits), 0);
    CHECK_EQUAL(locks, ++wanted);
    (void)look();
    CHECK_EQUAL(locks, ++wanted);
    CHECK_EQUAL(smf_mapper_clear(&mapper), 0);
    CHECK_EQUAL(locks, ++wanted);
    smf_mapper_finish(&mapper);
    CHECK_EQUAL(locks, ++wanted);
    CHECK_EQUAL(unlocks, wanted);
    end();
}

/* ---- A table of one's own says what must come out: 64 names, 8 owners, steps at random, also those that fail ---- */

enum { NAMES = 64, STEPS = 4000 };
static struct {
    int owner; /* -1: not there */
    uint64_t generation;
} model[NAMES];
static uint64_t model_generation;

static void step_in(unsigned n, int o, const char *name, const char *owner, unsigned what)
{
    const bool maps = what < 2 && paper_live(&paper) < 60, replaces = (what & 1) != 0;
    const bool enters = replaces || model[n].owner < 0;
    const struct smf_mapper_policy *policy = replaces ? jit : loader;
    const enum smf_status status =
        maps ? try(policy, owner, name) : smf_mapper_record(&mapper, policy, owner, name, 16 + n, n);
    CHECK_STATUS(status, enters ? SMF_OK : SMF_ERR_DUPLICATE);
    if (!enters)
        return;
    model[n].owner = o;
    model[n].generation = ++model_generation;
}

static size_t model_unmap_owner(int o)
{
    size_t count = 0;
    for (unsigned i = 0; i < NAMES; i++) {
        count += model[i].owner == o;
        model[i].owner = model[i].owner == o ? -1 : model[i].owner;
    }
    return count;
}

static void step(uint32_t random)
{
    char name[8], owner[8];
    const unsigned n = random >> 26, what = (random >> 20) & 7;
    const int o = (int)(random >> 16 & 7);
    snprintf(name, sizeof name, "n%u", n);
    snprintf(owner, sizeof owner, "o%d", o);
    if (what < 4) {
        step_in(n, o, name, owner, what);
    } else if (what < 7) {
        CHECK_STATUS(smf_mapper_unmap(&mapper, name), model[n].owner >= 0 ? SMF_OK : SMF_ERR_NOT_FOUND);
        model[n].owner = -1;
    } else {
        CHECK_EQUAL(smf_mapper_unmap_owner(&mapper, owner), model_unmap_owner(o));
    }
    struct smf_mapper_record record = {.owner = ""};
    const enum smf_status found = smf_mapper_get_record(&mapper, name, &record);
    CHECK_STATUS(found, model[n].owner >= 0 ? SMF_OK : SMF_ERR_NOT_FOUND);
    if (found != SMF_OK)
        return;
    CHECK_EQUAL(record.owner[1] - '0', model[n].owner);
    CHECK_EQUAL(record.generation, model[n].generation);
}

static void a_model_predicts_every_answer(void)
{
    uint32_t random = 12345;
    size_t left = 0;
    start();
    const struct smf_mapper_statistics before = look();
    for (unsigned i = 0; i < NAMES; i++)
        model[i].owner = -1;
    model_generation = 0;
    for (unsigned i = 0; i < STEPS; i++) {
        random = random * 1664525u + 1013904223u;
        step(random);
    }
    for (unsigned i = 0; i < NAMES; i++)
        left += model[i].owner >= 0;
    CHECK(left > 5);
    CHECK_EQUAL(look().mapped_symbols, left);
    CHECK_EQUAL(look().generation, model_generation);
    CHECK_EQUAL(smf_mapper_clear(&mapper), left);
    compare(&before);
    end();
}

static const struct tap_case cases[] = {
    {"e1_each_failure_of_the_port_gives_everything_back",   e1_each_failure_of_the_port_gives_everything_back  },
    {"e1_what_a_port_gives_is_looked_at",                   e1_what_a_port_gives_is_looked_at                  },
    {"e1_each_arena_size",                                  e1_each_arena_size                                 },
    {"e1_a_request_may_point_into_what_it_replaces",        e1_a_request_may_point_into_what_it_replaces       },
    {"starting_needs_a_port_and_an_arena",                  starting_needs_a_port_and_an_arena                 },
    {"before_the_start_and_after_the_end_there_is_nothing", before_the_start_and_after_the_end_there_is_nothing},
    {"without_a_lock_and_without_buckets_of_its_own",       without_a_lock_and_without_buckets_of_its_own      },
    {"each_call_takes_the_lock_once",                       each_call_takes_the_lock_once                      },
    {"a_model_predicts_every_answer",                       a_model_predicts_every_answer                      },
};
TAP_MAIN(cases)
