/* SPDX-License-Identifier: MIT */
/*
 * soak.h - the parts of the soak test (soak.c): one system, its model and what is counted.
 * asked.c answers what the system asks; checks.c compares it with the model; steps.c changes both.
 */
#ifndef SMF_TESTS_SOAK_H
#define SMF_TESTS_SOAK_H

#include "harness/tap.h"
#include "system/model.h"

#if defined(SMF_TESTS_BOARD)
enum { ARENA_SIZE = (sizeof(void *) == 4 ? 96 : 192) << 10 };
#else
enum { ARENA_SIZE = 4 << 20, POOL_SIZE = 16 << 20 };
#endif

enum step { LOAD, GROUP, RELOAD, UNLOAD, UNLOAD_ALL, START, RETAIN, RELEASE, COLLECT, READER, STALE, STEPS };
extern const char *const soak_steps[STEPS];

enum { STALE_HANDLES = 16, MOST_ITEMS = 2 * WORLD_MODULES, MOST_BLOCKS = 256 };

extern struct soak {
    struct world world;
    struct model model;
    struct smf_system system;
    struct smf_port port;
    const struct smf_port *real;
    struct smf_reader reader;
    struct smf_diagnosis why;
    bool wrong, told;
    bool port_is_full; /* in this step: on a board it may be */
    unsigned step_number;
    enum step step;
    bool hot;
    const struct smf_module *modules[MODEL_VERSIONS]; /* by the model's version */
    const struct smf_module *started[MODEL_VERSIONS]; /* what config.start was told, by the model's version */
    uint32_t stale[STALE_HANDLES], stale_count, newest_handle;
    unsigned regions;         /* that are out */
    size_t taken, most_taken; /* their bytes  */
    unsigned done[STEPS], refused[STEPS], seen[64];
    size_t first_largest, first_gaps[3], least_gap;
    unsigned live_sum;      /* over the steps */
    unsigned worst_percent; /* of the arena's free bytes that lie in its largest block */
    union {
        uint64_t aligned;
        uint8_t bytes[ARENA_SIZE];
    } arena;
} soak;

/* A check that ends the run: what follows would only repeat it. */
#define EXPECT(condition, ...)                                                                                         \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            soak.wrong = true;                                                                                         \
            tap_check(0, __FILE__, __LINE__, __VA_ARGS__);                                                             \
        }                                                                                                              \
    } while (0)
static inline uint32_t draw(uint32_t limit) { return world_draw(&soak.world, limit); }
static inline struct smf_handle handle_of(int version)
{
    return (struct smf_handle){soak.model.versions[version].handle};
}

/* asked.c: a system over `real`, with callbacks that count and watch. */
void soak_start_system(const struct smf_port *real, bool allow_duplicates);

/* checks.c: everything that can be asked and called is as the model says; not every question each time. */
void soak_check(bool every_name);

/* steps.c: one step, and what it was allowed to do. */
void soak_step(void);

#endif
