/* SPDX-License-Identifier: MIT */
/*
 * cache_file_posix.c - what a file held at one moment, though others may write to it.
 *
 * The stamp before and after must be the same. A write after the first one changes the time of the last change
 * unless that is the present tick of the clock; then the bytes are read again, after all of them were read. Where both readings
 * agree in every byte, the file held all of them in between.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cache.h"

enum { PIECE = 16384 };

static uint64_t nanoseconds(const struct timespec *time)
{
    return (uint64_t)time->tv_sec * 1000000000u + (uint64_t)time->tv_nsec;
}

static enum smf_status fail(struct smf_diagnosis *why, const char *path, int error)
{
    enum smf_status status = SMF_ERR_IO;
    if (error == ENOENT || error == ENOTDIR)
        status = SMF_ERR_NOT_FOUND;
    else if (error == EACCES || error == EPERM)
        status = SMF_ERR_PROTECT;
    else if (error == ENOMEM)
        status = SMF_ERR_NO_MEMORY;
    errno = error;
    return smf_cache_fail(why, status, path, (uint64_t)error);
}

static enum smf_status stamp_of(const struct stat *found, const char *path, struct smf_cache_stamp *stamp,
                                struct smf_diagnosis *why)
{
    if (!S_ISREG(found->st_mode))
        return fail(why, path, S_ISDIR(found->st_mode) ? EISDIR : ESPIPE);
    *stamp = (struct smf_cache_stamp){.device = (uint64_t)found->st_dev,
                                      .file = (uint64_t)found->st_ino,
                                      .size = (uint64_t)found->st_size,
                                      .modified = nanoseconds(&found->st_mtim),
                                      .changed = nanoseconds(&found->st_ctim)};
    return SMF_OK;
}

enum smf_status smf_cache_file_stamp(const char *path, struct smf_cache_stamp *stamp, struct smf_diagnosis *why)
{
    struct stat found;
    return stat(path, &found) == 0 ? stamp_of(&found, path, stamp, why) : fail(why, path, errno);
}

static enum smf_status stamp_open(int descriptor, const char *path, struct smf_cache_stamp *stamp,
                                  struct smf_diagnosis *why)
{
    struct stat found;
    return fstat(descriptor, &found) == 0 ? stamp_of(&found, path, stamp, why) : fail(why, path, errno);
}

static int open_file(const char *path) /* O_NONBLOCK: no waiting for the other end of a pipe */
{
    return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

/* Up to `size` bytes; fewer only at the end of the file. -1: errno. */
static ssize_t read_some(int descriptor, uint8_t *into, size_t size, size_t offset)
{
    size_t done = 0;
    while (done < size) {
        const ssize_t count = pread(descriptor, into + done, size - done, (off_t)(offset + done));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -1;
        if (count == 0)
            break;
        done += (size_t)count;
    }
    return (ssize_t)done;
}

/* SMF_ERR_CHANGED: the file has become shorter. That it has become longer, its stamp says. */
static enum smf_status read_all(int descriptor, const char *path, struct smf_cache_copy *copy,
                                struct smf_diagnosis *why)
{
    const ssize_t count = read_some(descriptor, copy->bytes, copy->size, 0);
    if (count < 0)
        return fail(why, path, errno);
    return (size_t)count == copy->size ? SMF_OK : SMF_ERR_CHANGED;
}

static enum smf_status read_again(int descriptor, const char *path, const struct smf_cache_copy *copy,
                                  struct smf_diagnosis *why)
{
    uint8_t piece[PIECE];
    for (size_t offset = 0; offset < copy->size; offset += sizeof piece) {
        const size_t left = copy->size - offset, size = left < sizeof piece ? left : sizeof piece;
        const ssize_t count = read_some(descriptor, piece, size, offset);
        if (count < 0)
            return fail(why, path, errno);
        if ((size_t)count != size || memcmp(piece, copy->bytes + offset, size) != 0)
            return SMF_ERR_CHANGED;
    }
    return SMF_OK;
}

static bool is_young(const struct smf_cache_stamp *stamp)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return smf_cache_is_young(nanoseconds(&now), stamp->changed);
}

enum smf_status smf_cache_file_read(const char *path, uint64_t largest, struct smf_cache_copy *copy,
                                    struct smf_diagnosis *why)
{
    struct smf_cache_stamp after;
    const int descriptor = open_file(path);
    if (descriptor < 0)
        return fail(why, path, errno);
    enum smf_status status = stamp_open(descriptor, path, &copy->stamp, why);
    if (status == SMF_OK)
        status = smf_cache_reserve(copy, largest, path, why);
    if (status == SMF_OK) {
        copy->young = is_young(&copy->stamp);
        status = read_all(descriptor, path, copy, why);
    }
    if (status == SMF_OK && copy->young)
        status = read_again(descriptor, path, copy, why);
    if (status == SMF_OK)
        status = stamp_open(descriptor, path, &after, why);
    if (status == SMF_OK && !smf_cache_stamps_equal(&copy->stamp, &after))
        status = SMF_ERR_CHANGED;
    const int error = errno;
    close(descriptor);
    errno = error;
    return status;
}

void smf_cache_file_advise(const char *path)
{
#ifdef POSIX_FADV_WILLNEED
    const int descriptor = open_file(path);
    if (descriptor < 0)
        return;
    (void)posix_fadvise(descriptor, 0, 0, POSIX_FADV_WILLNEED);
    close(descriptor);
#else
    (void)path;
#endif
}
