/* SPDX-License-Identifier: MIT */
/*
 * world.h - modules that were drawn by lot, for tests of many modules at once:
 * WORLD_MODULES of them, each in WORLD_VERSIONS files that differ in what their
 * functions return, what they import and export, and what they need.
 *
 * Module m exports cM (a function that returns a constant), dM (two ints) and fM,
 * which adds up a constant and what its imports give: cK and dK of any module, fK of one with a
 * lower number (so that calls end, though modules import from each other in circles), names wJ
 * that several modules export, weak or not, and two of the host.
 */
#ifndef SMF_TESTS_WORLD_H
#define SMF_TESTS_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/load.h"

enum {
#if defined(SMF_TESTS_BOARD)
    WORLD_MODULES = 10,
#else
    WORLD_MODULES = 50,
#endif
    WORLD_VERSIONS = 4,
    WORLD_SHARED = WORLD_MODULES / 5,
    WORLD_IMPORTS = 6,
    WORLD_EXPORTS = 5,
    WORLD_NEEDS = 2
};

/* Names by number: fM, cM, dM of each module, then wJ, then the host's function and its data. */
enum {
    WORLD_SHARED_FIRST = 3 * WORLD_MODULES,
    WORLD_HOST_FUNCTION = WORLD_SHARED_FIRST + WORLD_SHARED,
    WORLD_HOST_DATA,
    WORLD_NAMES
};
static inline unsigned world_sum_of(unsigned module) { return 3 * module; }
static inline unsigned world_constant_of(unsigned module) { return 3 * module + 1; }
static inline unsigned world_data_of(unsigned module) { return 3 * module + 2; }
static inline bool world_is_sum(unsigned name) { return name < WORLD_SHARED_FIRST && name % 3 == 0; }
static inline bool world_is_data(unsigned name)
{
    return name == WORLD_HOST_DATA || (name < WORLD_SHARED_FIRST && name % 3 == 2);
}

/* Ways in which fM uses an import; data is read through the last three. */
enum { WORLD_BRANCH = 1, WORLD_SLOT = 2, WORLD_WORD = 4, WORLD_CONSTANT_WORD = 8 };

struct world_import {
    uint16_t name;
    uint8_t ways;
    bool weak;
    bool bare; /* a function without a stub: code that takes its address out of the slot */
};

struct world_export {
    uint16_t name;
    bool weak;
    int value; /* what the function returns, or fM begins with; of data, the first int: the second is 1 more */
};

struct world_file {
    uint8_t *bytes;
    size_t size;
    bool refuses;       /* to start */
    uint64_t interface; /* that it wants the host to have; 0: any */
    uint32_t import_count, export_count, need_count;
    struct world_import imports[WORLD_IMPORTS];
    struct world_export exports[WORLD_EXPORTS];
    uint16_t needs[WORLD_NEEDS]; /* modules */
};

struct world {
    uint32_t random;
    bool reloadable[WORLD_MODULES]; /* says so in all of its files */
    struct world_file files[WORLD_MODULES][WORLD_VERSIONS];
};

enum { WORLD_INTERFACE = 0x5EED };

/* A number below `limit`. */
uint32_t world_draw(struct world *world, uint32_t limit);

/* Make all files for this machine; the seed is not 0. */
void world_make(struct world *world, const struct smf_arch *arch, uint32_t seed);
void world_free(struct world *world);

const char *world_name(unsigned name);
const char *world_module(unsigned module);

/* The export of a file that has this name, or NULL. */
const struct world_export *world_export_of(const struct world_file *file, unsigned name);

/* Nothing in it spoils a load wherever it is tried: it starts, takes the host as it is, and leaves it its names. */
bool world_is_easy(const struct world_file *file);

/* What the host offers. */
enum { WORLD_HOST_RETURNS = 70001, WORLD_HOST_HOLDS = 30001 };
const struct smf_exports *world_host(void);

#endif
