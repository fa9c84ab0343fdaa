/* SPDX-License-Identifier: MIT */
/*
 * scene.h - an instantiator in this process over the sample templates (compiled, with their C source) and a module that uses
 * them; types and functions of the host; a folder of one's own. One per program.
 */
#ifndef SMF_TESTS_GENERIC_COMPILER_SCENE_H
#define SMF_TESTS_GENERIC_COMPILER_SCENE_H

#include <string.h>

#include "harness/tap.h"
#include "smf/compiler.h"
#include "smf/compiler_json.h"
#include "smf/instance.h"
#include "smf/instantiator.h"
#include "smf/persist.h"

enum { SCENE_LIBRARY = 1, SCENE_USER = 2, SCENE_PURE = 3, SCENE_MODULES = 4, SCENE_ARENA = 1 << 18 };

struct point {
    double x, y;
    long long id;
};

struct scene_file {
    uint8_t *bytes;
    size_t size;
    struct smf_source source;
    struct smf_image image;
    struct smf_section sections[16];
};

struct scene {
    struct smf_mapper mapper;
    struct smf_instantiator_config config; /* changes count from scene_open() on */
    struct smf_instantiator instantiator;
    struct scene_file files[SCENE_MODULES];
    char folder[256]; /* "" until scene_folder() */
    struct smf_diagnosis why;
    uint64_t arena[SCENE_ARENA / 8], mapper_arena[SCENE_ARENA / 8];
};

extern struct scene scene;

void scene_start(void);
void scene_open(void);           /* with the library and its user */
void scene_add(uint32_t number); /* again, after a removal        */
void scene_end(void);

/* A path in the folder of this program, which is made when it is first asked for and removed by scene_forget(). Static storage. */
const char *scene_path(const char *name);
void scene_forget(void);
/* Files in it whose name ends so; `last` (may be NULL) gets the path of one. */
unsigned scene_count_files(const char *folder, const char *end, char *last, size_t size);

/* A whole file, malloc()ed, with a NUL behind it; NULL. */
char *scene_read(const char *path, size_t *size);
void scene_write(const char *path, const void *bytes, size_t size);

#endif
