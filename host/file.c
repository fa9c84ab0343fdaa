/* SPDX-License-Identifier: MIT */
/* file.c - regular files as sources: mapped, or read by position. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host.h"

static enum smf_status read_at(void *context, uint64_t offset, void *into, size_t size)
{
    const struct smf_file *file = context;
    uint8_t *at = into;
    while (size != 0) {
        const ssize_t count = pread(file->descriptor, at, size, (off_t)offset);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0) /* 0: the file has become shorter */
            return SMF_ERR_IO;
        at += count;
        offset += (uint64_t)count;
        size -= (size_t)count;
    }
    return SMF_OK;
}

/* Open it and find its size; what is no regular file has none. */
static enum smf_status start(struct smf_file *file, const char *path)
{
    struct stat status;
    memset(file, 0, sizeof *file);
    file->descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* no waiting for the other end of a pipe */
    if (file->descriptor < 0)
        return SMF_ERR_IO;
    if (fstat(file->descriptor, &status) == 0 && S_ISREG(status.st_mode)) {
        file->source.size = (uint64_t)status.st_size;
        return SMF_OK;
    }
    const int error = S_ISDIR(status.st_mode) ? EISDIR : ESPIPE;
    close(file->descriptor);
    errno = error;
    return SMF_ERR_IO;
}

void smf_file_adopt(struct smf_file *file, int descriptor, uint64_t size)
{
    memset(file, 0, sizeof *file);
    file->descriptor = descriptor;
    file->source.size = size;
    file->source.read_at = read_at;
    file->source.context = file;
}

enum smf_status smf_file_open(struct smf_file *file, const char *path)
{
    if (start(file, path) != SMF_OK)
        return SMF_ERR_IO;
    smf_file_adopt(file, file->descriptor, file->source.size);
    return SMF_OK;
}

enum smf_status smf_file_map(struct smf_file *file, const char *path)
{
    if (start(file, path) != SMF_OK)
        return SMF_ERR_IO;
    file->source.bytes = "";
    file->source.stay = SMF_STAYS_FOR_MODULE;
    if (file->source.size == 0)
        return SMF_OK;
    void *mapping = MAP_FAILED;
    errno = EFBIG;
    if (file->source.size <= SIZE_MAX)
        mapping = mmap(NULL, (size_t)file->source.size, PROT_READ, MAP_PRIVATE, file->descriptor, 0);
    if (mapping == MAP_FAILED) {
        const int error = errno;
        close(file->descriptor);
        errno = error;
        return SMF_ERR_IO;
    }
    file->mapping = mapping;
    file->source.bytes = mapping;
    return SMF_OK;
}

void smf_file_close(struct smf_file *file)
{
    if (file->mapping != NULL)
        munmap(file->mapping, (size_t)file->source.size);
    if (file->descriptor >= 0)
        close(file->descriptor);
    free(file->unpacked);
    memset(file, 0, sizeof *file);
    file->descriptor = -1;
}
