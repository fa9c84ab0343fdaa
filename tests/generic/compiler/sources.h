/* SPDX-License-Identifier: MIT */
/* sources.h - a scene whose instantiator compiles C source, for the tests of compilers and of their folder. */
#ifndef SMF_TESTS_GENERIC_COMPILER_SOURCES_H
#define SMF_TESTS_GENERIC_COMPILER_SOURCES_H

#include "generic/compiler/scene.h"

struct sources {
    const struct smf_compiler *compiler;
    struct smf_compiler_context *context;
    struct smf_compiled made;
};

extern struct sources sources;

/* A context over the scene, which is started with it. Options' instantiator is filled in. */
enum smf_status sources_open(const struct smf_compiler *compiler, struct smf_compiler_options options);
void sources_close(void);

/* Ask for an instance, "Point" as types; the result is sources.made. */
enum smf_status sources_make(const char *name, const char *types);
struct smf_compiler_statistics sources_statistics(void);

/* Does the last one, a sort of points, sort? */
void sources_check_sort(void);

/* A compiler that works here and is quick: libtcc, else gcc, else clang. NULL, and the case is skipped: none. */
const struct smf_compiler *sources_quick(void);

#endif
