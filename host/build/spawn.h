/* SPDX-License-Identifier: MIT */
/* spawn.h - run a program without a shell, and wait for it. */
#ifndef SMF_HOST_SPAWN_H
#define SMF_HOST_SPAWN_H

#include <stddef.h>

/*
 * Run argv[0] (searched in PATH) and wait. `output` (may be NULL) gets what it
 * wrote to its standard output, cut to `size` - 1 bytes, with a NUL; its
 * standard error is then discarded. Returns the exit status, 128 + the signal that ended it, or -errno if
 * it could not be started.
 */
int spawn_wait(char *const *argv, char *output, size_t size);

#endif
