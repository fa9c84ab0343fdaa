/* SPDX-License-Identifier: MIT */
/* debug.h - OUT.elf for a debugger: joining (debug.c) and writing (debug_write.c). */
#ifndef SMF_HOST_BUILD_DEBUG_H
#define SMF_HOST_BUILD_DEBUG_H

#include "build.h"

/* A debug section that is wanted. */
bool build_is_debug(const struct build *build, const struct input *input);

/* Join and settle the debug sections; after all other sections have their place. */
bool build_join_debug(struct build *build);

/* Write OUT.elf, tied to the module with this hash. */
bool build_write_debug(struct build *build, uint64_t module_hash);

#endif
