/* SPDX-License-Identifier: MIT */
/*
 * scene.h - a folder of its own for each case, with files and libraries that are put there, and a finder over parts of
 * it that keeps what it is told.
 */
#ifndef SMF_TESTS_FINDER_SCENE_H
#define SMF_TESTS_FINDER_SCENE_H

#include "harness/tap.h"
#include "smf/finder.h"

struct scene {
    char root[64]; /* gone after scene_end(), with all that is in it */
    struct smf_finder finder;
    struct smf_finder_options options;
    struct smf_supply supply;
    struct smf_diagnosis why;
    unsigned skips; /* how often it was told, of what and why last */
    char skipped[512];
    struct smf_diagnosis skipped_why;
    int skipped_errno;
};

/* One module of a library to be made. */
struct stored {
    const char *name, *text, *object; /* object may be NULL */
    uint64_t hash;                    /* 0: the right one; 1: none is recorded; 2: with the other prime; else it */
};

/* Start: an empty folder and a finder with these flags. */
void scene_start(struct scene *scene, uint32_t flags);
void scene_end(struct scene *scene);

/* "ROOT/NAME"; good for a few calls. */
const char *at(const struct scene *scene, const char *name);

/* Put something there, folders before it too; over what is there, in place. */
void put_folder(const struct scene *scene, const char *name);
void put_bytes(const struct scene *scene, const char *name, const void *bytes, size_t size);
void put_text(const struct scene *scene, const char *name, const char *text);
void put_library(const struct scene *scene, const char *name, const struct stored *stored, size_t count);
void put_away(const struct scene *scene, const char *name);
void put_other(const struct scene *scene, const char *from, const char *to); /* rename over it */

void add_folder(struct scene *scene, const char *name);
void add_library(struct scene *scene, const char *name);

/* The module of this name has these bytes; and lies there, or in that library. Given back at once. */
void check_get(struct scene *scene, const char *name, const char *text, const char *place);
/* Getting it fails like this, and so does locating it; it is not had. */
void check_no(struct scene *scene, const char *name, enum smf_status status);
/* All names in their order, each followed by a space. */
void check_list(struct scene *scene, const char *names);

#endif
