/* SPDX-License-Identifier: MIT */
/* files_posix.c - see files.h. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* --- Reading --------------------------------------------------------------------------------------- */

static int read_all(int descriptor, uint8_t *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        const ssize_t count = read(descriptor, bytes + done, size - done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return count < 0 ? errno : EIO; /* it has become shorter */
        done += (size_t)count;
    }
    return 0;
}

int files_read(const char *path, size_t largest, uint8_t **bytes, size_t *size)
{
    struct stat found;
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return errno;
    int error = fstat(descriptor, &found) != 0 ? errno : 0;
    if (error == 0 && !S_ISREG(found.st_mode))
        error = EISDIR;
    if (error == 0 && (uint64_t)found.st_size > largest)
        error = EFBIG;
    uint8_t *room = error == 0 ? malloc((size_t)found.st_size + 1) : NULL;
    if (error == 0)
        error = room == NULL ? ENOMEM : read_all(descriptor, room, (size_t)found.st_size);
    close(descriptor);
    if (error != 0) {
        free(room);
        return error;
    }
    room[found.st_size] = '\0';
    *bytes = room;
    *size = (size_t)found.st_size;
    return 0;
}

/* --- Replacing ------------------------------------------------------------------------------------- */

static int write_all(int descriptor, const uint8_t *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        const ssize_t count = write(descriptor, bytes + done, size - done);
        if (count < 0 && errno != EINTR)
            return errno;
        done += count > 0 ? (size_t)count : 0;
    }
    return fsync(descriptor) != 0 ? errno : 0;
}

/* The folder that a path lies in, open; its name is cut out of `room`. */
static int open_folder(const char *path, char *room)
{
    const char *slash = strrchr(path, '/');
    const size_t size = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
    memcpy(room, slash == NULL ? "." : path, slash == NULL ? 1 : size);
    room[slash == NULL ? 1 : size] = '\0';
    return open(room, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* The new name lasts when its folder is on the disk. Some file systems cannot do that to folders. */
static int settle(const char *path)
{
    char *room = malloc(strlen(path) + 2);
    if (room == NULL)
        return ENOMEM;
    const int folder = open_folder(path, room);
    const int error = folder < 0 ? errno : fsync(folder) != 0 && errno != EINVAL && errno != EROFS ? errno : 0;
    if (folder >= 0)
        close(folder);
    free(room);
    return error;
}

static int write_beside(const char *path, char *beside, const void *bytes, size_t size, bool alone)
{
    const int descriptor =
        alone ? open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600) : mkostemp(beside, O_CLOEXEC);
    if (descriptor < 0)
        return errno;
    int error = fchmod(descriptor, 0644) != 0 ? errno : write_all(descriptor, bytes, size);
    if (close(descriptor) != 0 && error == 0)
        error = errno;
    if (error == 0 && rename(beside, path) != 0)
        error = errno;
    if (error != 0)
        unlink(beside);
    return error;
}

int files_replace(const char *path, const void *bytes, size_t size, bool alone)
{
    const size_t room = strlen(path) + 8;
    char *beside = malloc(room);
    if (beside == NULL)
        return ENOMEM;
    snprintf(beside, room, alone ? "%s.new" : "%s.XXXXXX", path);
    const int error = write_beside(path, beside, bytes, size, alone);
    free(beside);
    if (error == 0)
        (void)settle(path); /* it is in place, whole: what may be lost with the power is all of it or nothing */
    return error;
}

/* --- Folders and locks ------------------------------------------------------------------------------- */

int files_own_folder(const char *path)
{
    struct stat found;
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return errno;
    if (stat(path, &found) != 0)
        return errno;
    if (!S_ISDIR(found.st_mode))
        return ENOTDIR;
    return found.st_uid != geteuid() || (found.st_mode & (S_IWGRP | S_IWOTH)) != 0 ? EPERM : 0;
}

/* The folder is what is locked: no file of its own lies about. */
int files_lock(struct files_lock *lock, const char *path)
{
    enum { TRIES = 400, PAUSE = 5000000 }; /* of 5 ms: 2 s */
    char *room = malloc(strlen(path) + 2);
    lock->handle = -1;
    if (room == NULL)
        return ENOMEM;
    const int folder = open_folder(path, room);
    int error = folder < 0 ? errno : EBUSY;
    free(room);
    for (unsigned i = 0; folder >= 0 && i < TRIES && error == EBUSY; i++) {
        if (flock(folder, LOCK_EX | LOCK_NB) == 0)
            error = 0;
        else if (errno != EWOULDBLOCK && errno != EINTR)
            error = errno;
        else
            nanosleep(&(struct timespec){.tv_nsec = PAUSE}, NULL);
    }
    if (error != 0 && folder >= 0)
        close(folder);
    else
        lock->handle = folder;
    return error;
}

void files_unlock(struct files_lock *lock)
{
    if (lock->handle >= 0)
        close((int)lock->handle);
    lock->handle = -1;
}
