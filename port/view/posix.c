/* SPDX-License-Identifier: MIT */
/* posix.c - smf_view over mmap. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "view.h"

size_t smf_view_page_size(void)
{
    const long page = sysconf(_SC_PAGESIZE);
    return page > 0 ? (size_t)page : 4096;
}

static enum smf_status status_of(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return SMF_ERR_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        return SMF_ERR_PROTECT;
    case ENOMEM:
        return SMF_ERR_NO_MEMORY;
    default:
        return SMF_ERR_IO;
    }
}

static enum smf_status fail(struct smf_view *view, enum smf_status status, int error)
{
    view->error = (uint32_t)error;
    return status;
}

/* A regular file's descriptor, or -1 and why. O_NONBLOCK: no waiting for the other end of a pipe. */
static int open_file(const char *path, int mode, uint64_t *size, int *error)
{
    struct stat status;
    const int descriptor = open(path, mode | O_CLOEXEC | O_NONBLOCK);
    *error = errno;
    if (descriptor < 0)
        return -1;
    if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)) {
        *size = (uint64_t)status.st_size;
        return descriptor;
    }
    *error = S_ISDIR(status.st_mode) ? EISDIR : ESPIPE;
    close(descriptor);
    return -1;
}

static enum smf_status map(struct smf_view *view, unsigned flags, int descriptor, uint64_t offset, size_t size)
{
    const int protection = PROT_READ | ((flags & SMF_VIEW_WRITE) != 0 ? PROT_WRITE : 0);
    const int sharing = (flags & SMF_VIEW_SHARED) != 0 ? MAP_SHARED : MAP_PRIVATE;
    void *start =
        mmap(NULL, size, protection, descriptor < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : sharing, descriptor, (off_t)offset);
    if (start == MAP_FAILED)
        return fail(view, status_of(errno), errno);
    view->start = start;
    view->bytes = start;
    view->size = view->span = size;
    view->flags = flags;
    return SMF_OK;
}

enum smf_status smf_view_map(struct smf_view *view, const char *path, unsigned flags, uint64_t offset, size_t size)
{
    const bool through = flags == (SMF_VIEW_WRITE | SMF_VIEW_SHARED);
    uint64_t whole;
    int error;
    memset(view, 0, sizeof *view);
    if ((flags & ~(SMF_VIEW_WRITE | SMF_VIEW_SHARED)) != 0)
        return SMF_ERR_ARGUMENT;
    const int descriptor = open_file(path, through ? O_RDWR : O_RDONLY, &whole, &error);
    if (descriptor < 0)
        return fail(view, status_of(error), error);
    enum smf_status status = view_choose(whole, offset, &size);
    if (status == SMF_OK)
        status = map(view, flags, descriptor, offset, size);
    close(descriptor); /* the mapping keeps the file */
    return status;
}

enum smf_status smf_view_map_anonymous(struct smf_view *view, size_t size)
{
    memset(view, 0, sizeof *view);
    return size == 0 ? SMF_ERR_ARGUMENT : map(view, SMF_VIEW_WRITE, -1, 0, size);
}

void smf_view_unmap(struct smf_view *view)
{
    if (view->start != NULL)
        munmap(view->start, view->span);
    memset(view, 0, sizeof *view);
}

enum smf_status smf_view_sync(struct smf_view *view, uint64_t offset, size_t size, bool wait)
{
    if (!view_has(view, offset, size))
        return SMF_ERR_TRUNCATED;
    if (view->flags != (SMF_VIEW_WRITE | SMF_VIEW_SHARED) || size == 0)
        return SMF_OK;
    uint8_t *pages = view_pages(view, offset, &size);
    return msync(pages, size, wait ? MS_SYNC : MS_ASYNC) == 0 ? SMF_OK : fail(view, SMF_ERR_IO, errno);
}

/* posix_madvise, not madvise: the latter's DONTNEED on Linux throws away what was written. */
enum smf_status smf_view_advise(struct smf_view *view, uint64_t offset, size_t size, enum smf_view_advice advice)
{
    static const int advices[] = {
        [SMF_VIEW_NORMAL] = POSIX_MADV_NORMAL,         [SMF_VIEW_RANDOM] = POSIX_MADV_RANDOM,
        [SMF_VIEW_SEQUENTIAL] = POSIX_MADV_SEQUENTIAL, [SMF_VIEW_WILL_NEED] = POSIX_MADV_WILLNEED,
        [SMF_VIEW_DONT_NEED] = POSIX_MADV_DONTNEED,
    };
    if (!view_has(view, offset, size))
        return SMF_ERR_TRUNCATED;
    if ((unsigned)advice > SMF_VIEW_DONT_NEED)
        return SMF_ERR_ARGUMENT;
    if (size == 0)
        return SMF_OK;
    uint8_t *pages = view_pages(view, offset, &size);
    const int error = posix_madvise(pages, size, advices[advice]);
    return error == 0 ? SMF_OK : fail(view, SMF_ERR_IO, error);
}

enum smf_status smf_view_lock(struct smf_view *view)
{
    if (view->start == NULL)
        return SMF_ERR_ARGUMENT;
    return mlock(view->start, view->span) == 0 ? SMF_OK : fail(view, SMF_ERR_LIMIT, errno);
}

enum smf_status smf_view_unlock(struct smf_view *view)
{
    if (view->start == NULL)
        return SMF_ERR_ARGUMENT;
    return munlock(view->start, view->span) == 0 ? SMF_OK : fail(view, SMF_ERR_LIMIT, errno);
}

enum smf_status smf_view_file_size(const char *path, uint64_t *size, uint32_t *error)
{
    int own = 0;
    const int descriptor = open_file(path, O_RDONLY, size, &own);
    if (descriptor >= 0) {
        close(descriptor);
        return SMF_OK;
    }
    if (error != NULL)
        *error = (uint32_t)own;
    return status_of(own);
}

enum smf_status smf_view_read_file(const char *path, uint64_t offset, void *into, size_t size, uint32_t *error)
{
    uint64_t whole = 0;
    int own = 0;
    uint8_t *at = into;
    const int descriptor = open_file(path, O_RDONLY, &whole, &own);
    enum smf_status status = descriptor < 0 ? status_of(own) : SMF_OK;
    if (status == SMF_OK && (offset > whole || size > whole - offset))
        status = SMF_ERR_TRUNCATED;
    while (status == SMF_OK && size != 0) {
        const ssize_t count = pread(descriptor, at, size, (off_t)offset);
        if (count < 0 && errno == EINTR)
            continue;
        own = errno;
        if (count <= 0) {
            status = count == 0 ? SMF_ERR_TRUNCATED : SMF_ERR_IO; /* 0: it has become shorter meanwhile */
            break;
        }
        at += count;
        offset += (uint64_t)count;
        size -= (size_t)count;
    }
    if (descriptor >= 0)
        close(descriptor);
    if (status != SMF_OK && error != NULL)
        *error = status == SMF_ERR_TRUNCATED ? 0 : (uint32_t)own;
    return status;
}
