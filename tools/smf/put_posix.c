/* SPDX-License-Identifier: MIT */
/*
 * put_posix.c - see put.h. Below a folder each step starts at the folder that is
 * open already and refuses links, so that nobody can move the ground meanwhile.
 */
#include "put.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PART_SIZE = 256 }; /* NAME_MAX and a NUL */

static bool write_bytes(int descriptor, const uint8_t *bytes, size_t size)
{
    for (size_t written = 0; written < size;) {
        const ssize_t step = write(descriptor, bytes + written, size - written);
        if (step < 0 && errno == EINTR)
            continue;
        if (step <= 0)
            return false;
        written += (size_t)step;
    }
    return true;
}

/* Write all and close, whatever happens. */
static bool write_and_close(int descriptor, const void *bytes, size_t size)
{
    const bool written = write_bytes(descriptor, bytes, size);
    const int error = errno;
    const bool closed = close(descriptor) == 0;
    if (!written)
        errno = error;
    return written && closed;
}

/* A new file `to` in the folder, which the umask makes what it is, then one rename. */
static bool put(int folder, const char *to, const void *bytes, size_t size)
{
    enum { MOST = 100 };
    char temporary[4096];
    int descriptor = -1;
    for (int i = 0; descriptor < 0 && i < MOST; i++) {
        const int length = snprintf(temporary, sizeof temporary, "%s.%ld-%d", to, (long)getpid(), i);
        if (length < 0 || (size_t)length >= sizeof temporary) {
            errno = ENAMETOOLONG;
            return false;
        }
        descriptor = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (descriptor < 0 && errno != EEXIST)
            return false;
    }
    if (descriptor < 0)
        return false;
    if (write_and_close(descriptor, bytes, size) && renameat(folder, temporary, folder, to) == 0)
        return true;
    const int error = errno;
    unlinkat(folder, temporary, 0);
    errno = error;
    return false;
}

bool smf_put_file(const char *path, const void *bytes, size_t size)
{
    struct stat old;
    if (stat(path, &old) != 0 || S_ISREG(old.st_mode))
        return put(AT_FDCWD, path, bytes, size);
    if (S_ISDIR(old.st_mode)) {
        errno = EISDIR;
        return false;
    }
    const int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    return descriptor >= 0 && write_and_close(descriptor, bytes, size);
}

bool smf_put_folder_open(struct smf_put_folder *folder, const char *path)
{
    folder->path = path;
    folder->descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return folder->descriptor >= 0;
}

void smf_put_folder_close(struct smf_put_folder *folder)
{
    close(folder->descriptor);
    folder->descriptor = -1;
}

/* The folder of this name in another one, made if it is not there; -1. */
static int step_into(int folder, const char *part)
{
    struct stat found;
    if (mkdirat(folder, part, 0777) != 0 && errno != EEXIST)
        return -1;
    const int inside = openat(folder, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (inside < 0 && errno == ENOTDIR && fstatat(folder, part, &found, AT_SYMLINK_NOFOLLOW) == 0)
        errno = S_ISLNK(found.st_mode) ? ELOOP : ENOTDIR;
    return inside;
}

bool smf_put_below(const struct smf_put_folder *folder, const char *name, const void *bytes, size_t size)
{
    int at = folder->descriptor;
    const char *slash;
    bool done = false;
    for (; at >= 0 && (slash = strchr(name, '/')) != NULL; name = slash + 1) {
        char part[PART_SIZE];
        int inside = -1;
        errno = ENAMETOOLONG;
        if ((size_t)(slash - name) < sizeof part) {
            memcpy(part, name, (size_t)(slash - name));
            part[slash - name] = '\0';
            inside = step_into(at, part);
        }
        const int error = errno;
        if (at != folder->descriptor)
            close(at);
        errno = error;
        at = inside;
    }
    if (at >= 0)
        done = put(at, name, bytes, size);
    const int error = errno;
    if (at >= 0 && at != folder->descriptor)
        close(at);
    errno = error;
    return done;
}

const char *smf_put_fault(const char *name)
{
    (void)name;
    return NULL;
}

int smf_put_compare(const char *first, const char *second) { return strcmp(first, second); }
