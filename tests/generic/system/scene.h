/* SPDX-License-Identifier: MIT */
/*
 * scene.h - a system with an instantiator over a pool of this process, for real modules with real templates that are
 * loaded, called, reloaded and unloaded. One per program.
 *
 *     scene_start(0);
 *     library = scene_load("library", "library_1", SMF_OK);
 *     user = scene_load("user", "user_1", SMF_OK);
 *     CHECK_EQUAL(scene_call("user_order"), scene_order(1, 1));
 *     scene_end();          memory, arenas and the mapper are as they began
 */
#ifndef SMF_TESTS_GENERIC_SYSTEM_SCENE_H
#define SMF_TESTS_GENERIC_SYSTEM_SCENE_H

#include "harness/tap.h"
#include "smf/instantiator.h"
#include "smf/port_posix.h"

enum { HOST_BASE = 500 };

enum {
    SCENE_SYSTEM,
    SCENE_MAPPER,
    SCENE_INSTANTIATOR,
    SCENE_ARENA = 1 << 18,
    SCENE_POOL = 8 << 20,
    SCENE_SMALL_POOL = 1 << 20
};

struct scene {
    struct smf_posix_pool pool;
    struct smf_port port;           /* the pool's, with a call that may fail           */
    unsigned port_calls, fail_port; /* reserve and protect; the one that fails, 0 none */
    size_t sizes[3];                /* of the arenas; 0: SCENE_ARENA                   */
    struct smf_mapper mapper;
    struct smf_instantiator instantiator;
    struct smf_system_generics generics;
    struct smf_system system;
    struct smf_diagnosis why;
    struct smf_exports host;
    uint8_t *arenas[3]; /* SCENE_SYSTEM, .. */
    size_t largest[3];  /* of their blocks, at the start */
};
extern struct scene scene;

void scene_start(uint32_t max_depth); /* 0: the default */
bool scene_try(const size_t *sizes);  /* the same with these arenas; false: they do not even hold a start */
void scene_finish(void);              /* the system only: everything goes */
void scene_end(void);                 /* and the rest; everything came back */
void scene_check_empty(void);         /* no module is left, and nothing that was made */

/* From a file that the program carries. */
struct smf_handle scene_load(const char *name, const char *file, enum smf_status wanted);
struct smf_handle scene_reload(struct smf_handle handle, const char *file, uint32_t flags, enum smf_status wanted);
void scene_unload(struct smf_handle handle, uint32_t flags, enum smf_status wanted);

/* The answer of an `int (void)` that is found by name; -1: there is none. */
int scene_call(const char *name);

/* What `order` of this version of the library answers for points of this version of a user. */
int scene_order(unsigned library, unsigned user);

uint32_t scene_instances(void);
uint32_t scene_retired(void);

#endif
