/* SPDX-License-Identifier: MIT */
/*
 * soak.c - modules that come and go by lot: loads, groups, reloads, unloads,
 * starts, holds, readers, stale handles; and after each step everything that can be asked or called is as the
 * model says. At the end arena and pools are as they were at the start.
 *
 *     soak                              every case, the seeds of each
 *     soak 'duplicates_refused:seed=7'  one run; the line of a failed check says which, and which step it was
 *
 * SMF_SOAK_STEPS: of each case, shared by its seeds. SMF_SOAK_SEEDS: how many.
 */
#include <string.h>

#include "support/own_port.h"
#include "system/code.h"
#include "system/soak.h"
const char *const soak_steps[STEPS] = {"load",        "group",  "reload",  "unload",  "unload with dependents",
                                       "start",       "retain", "release", "collect", "reader",
                                       "stale handle"};

struct soak soak;

/* ---- Runs ---- */

static const struct smf_port *start_port(void)
{
#if !defined(SMF_TESTS_BOARD) && !defined(_WIN32)
    static struct smf_posix_pool pool;
    static const struct smf_port *port;
    if (port == NULL)
        port = smf_port_posix_pool_start(&pool, POOL_SIZE, SMF_POSIX_POOL_SEALED);
    return port;
#else
    return own_port();
#endif
}

static void note_gaps(size_t *gaps)
{
    for (int access = SMF_ACCESS_RW; access <= SMF_ACCESS_RX; access++)
        gaps[access] =
            soak.real->available != NULL ? soak.real->available(soak.real->context, (enum smf_access)access) : 0;
}

static bool begin_run(uint32_t seed, bool allow_duplicates, bool hot)
{
    memset(&soak, 0, sizeof soak - sizeof soak.arena);
    const struct smf_port *real = start_port();
    CHECK(real != NULL);
    if (real == NULL)
        return false;
    soak.hot = hot;
    soak.worst_percent = 100;
    soak.least_gap = SIZE_MAX;
    world_make(&soak.world, smf_arch_native(), seed);
    for (unsigned i = 0; i < WORLD_MODULES && hot; i++)
        soak.world.reloadable[i] = true; /* whatever the file says */
    model_start(&soak.model, &soak.world, allow_duplicates);
    soak_start_system(real, allow_duplicates);
    smf_reader_join(&soak.system, &soak.reader);
    struct smf_system_statistics statistics;
    smf_system_statistics(&soak.system, &statistics);
    soak.first_largest = statistics.arena_largest;
    note_gaps(soak.first_gaps);
    return true;
}

static void end_run(void)
{
    struct smf_system_statistics statistics;
    size_t gaps[3];
    if (soak.model.inside)
        smf_reader_leave(&soak.reader);
    soak.model.inside = false;
    for (int i = 0; i < MODEL_VERSIONS && !soak.wrong; i++)
        for (; soak.model.versions[i].references != 0; soak.model.versions[i].references--)
            CHECK_STATUS(smf_system_release(&soak.system, handle_of(i)), SMF_OK);
    for (unsigned i = 0; i < WORLD_MODULES && !soak.wrong; i++) {
        struct smf_handle handle;
        if (smf_system_find(&soak.system, world_module(i), &handle) == SMF_OK)
            CHECK_STATUS(smf_system_unload(&soak.system, handle, SMF_UNLOAD_DEPENDENTS, NULL), SMF_OK);
    }
    if (!soak.wrong) {
        smf_system_collect(&soak.system); /* what the reader held */
        smf_system_statistics(&soak.system, &statistics);
        note_gaps(gaps);
        CHECK_EQUAL(statistics.modules + statistics.retired + statistics.exports + statistics.bindings +
                        statistics.places + statistics.references,
                    0);
        CHECK_EQUAL(statistics.arena_largest, soak.first_largest);
        CHECK_EQUAL(statistics.released, statistics.loads);
        CHECK_EQUAL(soak.regions, 0);
        CHECK_EQUAL(soak.taken, 0);
        for (int access = SMF_ACCESS_RW; access <= SMF_ACCESS_RX; access++)
            CHECK_EQUAL(gaps[access], soak.first_gaps[access]);
        for (int i = 0; i < MODEL_VERSIONS; i++)
            CHECK(soak.started[i] == NULL);
    }
    smf_reader_part(&soak.system, &soak.reader);
    smf_system_finish(&soak.system);
    world_free(&soak.world);
}

/* What the runs of a case met, together. */
static struct {
    unsigned done[STEPS], refused[STEPS], seen[64];
} met;

static void report(uint32_t seed, unsigned steps)
{
    for (unsigned i = 0; i < STEPS; i++) {
        met.done[i] += soak.done[i];
        met.refused[i] += soak.refused[i];
    }
    for (unsigned i = 0; i < 64; i++)
        met.seen[i] += soak.seen[i];
    tap_note("seed %u, %u steps, %u modules on average: the arena's largest free block had at least %u%% of its free "
             "bytes; modules took up to "
             "%lu bytes of the port's, and left a gap of %lu of %lu",
             (unsigned)seed, steps, soak.live_sum / steps, soak.worst_percent, (unsigned long)soak.most_taken,
             (unsigned long)soak.least_gap, (unsigned long)soak.first_gaps[SMF_ACCESS_RX]);
}

/* A run in which nothing happens shows nothing. */
static void check_met(bool allow_duplicates, bool hot)
{
    for (unsigned i = 0; i < STEPS; i++) {
        tap_note("%s: %u done, %u refused", soak_steps[i], met.done[i], met.refused[i]);
        CHECK(met.done[i] != 0);
    }
    for (int i = 1; i < 64; i++)
        if (met.seen[i] != 0)
            tap_note("%s: %u times", smf_status_name((enum smf_status) - i), met.seen[i]);
    const enum smf_status wanted[] = {SMF_ERR_UNRESOLVED, SMF_ERR_NOT_FOUND, SMF_ERR_BUSY, SMF_ERR_LOADED};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        CHECK(met.seen[-(int)wanted[i]] != 0);
    CHECK(met.seen[-SMF_ERR_DUPLICATE] == 0 || !allow_duplicates);
    CHECK(met.seen[-SMF_ERR_UNSUPPORTED] == 0 || !hot);
}

static void run(uint32_t seed, unsigned steps, bool allow_duplicates, bool hot)
{
    tap_variant("seed=%u", (unsigned)seed);
    if (!begin_run(seed, allow_duplicates, hot))
        return;
    soak.told = tap_wanted_variant()[0] != '\0';
    tap_note("seed %u begins", (unsigned)seed); /* the last word of a run that crashes; alone it tells its steps */
    for (unsigned i = 0; i < steps && !soak.wrong; i++) {
        soak.step_number = i;
        tap_variant("seed=%u step=%u", (unsigned)seed, i);
        soak_step();
        if (!soak.wrong)
            soak_check(i % 16 == 0);
    }
    if (!soak.wrong)
        tap_variant("seed=%u", (unsigned)seed);
    report(seed, soak.step_number + 1);
    end_run();
    tap_variant("%s", "");
}

/* The number behind "seed=" in what was asked for; 0: nothing was. */
static unsigned wanted_seed(void)
{
    const char *at = strstr(tap_wanted_variant(), "seed=");
    unsigned seed = 0;
    for (at = at != NULL ? at + 5 : ""; *at >= '0' && *at <= '9'; at++)
        seed = 10 * seed + (unsigned)(*at - '0');
    return seed;
}

/* All seeds, or the one that was asked for. */
static void run_all(unsigned first, bool allow_duplicates, bool hot)
{
    unsigned seed = wanted_seed();
    if (!code_knows(smf_arch_native())) {
        tap_skip("no code for this machine");
        return;
    }
    if (seed != 0) {
        run(seed, SMF_SOAK_STEPS / SMF_SOAK_SEEDS, allow_duplicates, hot);
        return;
    }
    memset(&met, 0, sizeof met);
    for (seed = first; seed < first + SMF_SOAK_SEEDS; seed++)
        run(seed, SMF_SOAK_STEPS / SMF_SOAK_SEEDS, allow_duplicates, hot);
    check_met(allow_duplicates, hot);
}

static void duplicates_refused(void) { run_all(1, false, false); }
static void duplicates_allowed(void) { run_all(1001, true, false); }
static void everything_reloadable(void) { run_all(2001, false, true); }

static const struct tap_case cases[] = {
    {"duplicates_refused",    duplicates_refused   },
    {"duplicates_allowed",    duplicates_allowed   },
    {"everything_reloadable", everything_reloadable},
};
TAP_MAIN(cases)
