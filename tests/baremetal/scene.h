/* SPDX-License-Identifier: MIT */
/* scene.h - a port over the board's memory for modules, and words about what may and may not be done with an address. */
#ifndef SMF_TESTS_BAREMETAL_SCENE_H
#define SMF_TESTS_BAREMETAL_SCENE_H

#include "baremetal/guard.h"
#include "harness/tap.h"

enum scene_pools {
    SCENE_THREE, /* .smf_code, .smf_rodata, .smf_data where they lie         */
    SCENE_ONE,   /* .smf_code for everything                                 */
    SCENE_FAR,   /* .smf_code for everything, mapped at 128 GiB              */
    SCENE_PLAIN  /* no entries: memory of the program, nothing is protected  */
};

/* What smf_baremetal_start() is told. Storage of the books is the scene's: one scene at a time. */
struct smf_baremetal_config scene_config(enum scene_pools pools);

/* Start a port, and room for unprivileged code where there is protection. */
struct scene {
    struct smf_baremetal baremetal;
    const struct smf_port *port;
    struct guard_user user;
    bool protects;
};
void scene_start(struct scene *scene, enum scene_pools pools);
/* Checks that nothing is reserved any more. */
void scene_finish(struct scene *scene);

/* Reserve one region; checked. */
struct smf_region scene_reserve(struct scene *scene, enum smf_access access, size_t size);
void scene_release(struct scene *scene, const struct smf_region *region);
/* protect and, for code, sync_code; checked. */
void scene_protect(struct scene *scene, const struct smf_region *region, enum smf_access access);

/* Write a function that returns `value` (below 65536) there. */
void scene_write_code(uint8_t *bytes, unsigned value);

/* Does the action fault, with exactly the right cause, address and instruction? */
bool scene_faults(struct scene *scene, enum guard_level level, enum guard_action action, uintptr_t address,
                  bool mapped);
/* Does it succeed? */
bool scene_works(struct scene *scene, enum guard_level level, enum guard_action action, uintptr_t address);
/* What the function there returns; 65536 if it faults. */
unsigned scene_call(struct scene *scene, enum guard_level level, uintptr_t address);

#endif
