/* SPDX-License-Identifier: MIT */
/* files.h - small files, whole: read with a bound, replaced in one step so that nobody ever sees half of one. */
#ifndef SMF_HOST_COMPILER_FILES_H
#define SMF_HOST_COMPILER_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All errors are errno's, 0: none. */

/* A regular file of at most `largest` bytes (EFBIG), malloc()ed, with a NUL behind it. */
int files_read(const char *path, size_t largest, uint8_t **bytes, size_t *size);

/* Write a file beside `path`, bring it to the disk, and rename it to `path`. After an error `path` is as it was, and nothing
 * else is left. `alone`: nobody else does so now, and the file beside it has a name that the next one takes if this process is
 * killed. */
int files_replace(const char *path, const void *bytes, size_t size, bool alone);

/* Make a folder unless it is there. EPERM: it is another user's, or others may write to it; ENOTDIR: something else is
 * there. */
int files_own_folder(const char *path);

/* One process at a time, as long as it is held: the file `path` need not exist. EBUSY: another one has it, for too long. */
struct files_lock {
    intptr_t handle;
};
int files_lock(struct files_lock *lock, const char *path);
void files_unlock(struct files_lock *lock);

#endif
