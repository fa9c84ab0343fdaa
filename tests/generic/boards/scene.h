/* SPDX-License-Identifier: MIT */
/*
 * scene.h - a firmware that makes instances: a system, a mapper and an instantiator over the board's own port and static
 * memory, and the modules in its flash.
 *
 *     struct room before;
 *     scene_start();
 *     before = scene_room();
 *     ... load, call, unload ...
 *     scene_check_room(&before);
 *     scene_finish();
 */
#ifndef SMF_TESTS_GENERIC_BOARDS_SCENE_H
#define SMF_TESTS_GENERIC_BOARDS_SCENE_H

#include "board.h"
#include "smf/instantiator.h"
#include "smf/smf.h"

/* Modules in flash, made with the board's compiler (CMakeLists.txt). */
enum file {
    TEMPLATES, /* tests/generic/templates: swap sort reverse sum map vec ping grow pong */
    USER,      /* user.c of the same folder: their use for types of its own             */
    NUMBERS,   /* numbers.c: asks for what its type cannot do                           */
    WIDE,      /* wide.c: types of several shapes                                       */
    FILES
};

struct scene {
    struct smf_mapper mapper;
    struct smf_instantiator instantiator;
    struct smf_system_generics generics;
    struct smf_system system;
    struct smf_diagnosis why; /* of the last call here that failed */
};
extern struct scene scene;

/* Bytes of the instantiator's memory; 0: all that there is. The cases start and end a scene each. */
void scene_start_with(size_t workshop);
void scene_start(void);
void scene_finish(void);

/* Load one; a failure is noted. `*handle` may be NULL. */
enum smf_status scene_try(enum file file, struct smf_handle *handle);
struct smf_handle scene_load(enum file file); /* and check that it works */
enum smf_status scene_unload(struct smf_handle handle);

/* Instances now, by the instantiator's and by the mapper's book, which have to agree. */
size_t scene_instances(void);

/* An instance by its mangled name; address 0: there is none. */
struct smf_instance scene_instance(const char *mangled);

/* Call `int name(void)` of a live module; -1: there is none. */
int scene_call(const char *name);

/* What is free: of the port's three pools, and of the three arenas. */
struct room {
    size_t regions[3];
    size_t arenas[3];
};
struct room scene_room(void);
void scene_check_room(const struct room *before);

/* Does the processor refuse to write to this address, as it refuses it to whom the board's port protects from? */
bool scene_write_faults(uintptr_t address);

#endif
