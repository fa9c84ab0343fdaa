/* SPDX-License-Identifier: MIT */
/* file_windows.c - regular files as sources on Windows: mapped, or read by position. Paths as fopen takes them. */
#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <string.h>
#include <sys/stat.h>
#include <windows.h>

#include "host.h"

static HANDLE handle_of(const struct smf_file *file) { return (HANDLE)_get_osfhandle(file->descriptor); }

static enum smf_status read_at(void *context, uint64_t offset, void *into, size_t size)
{
    const struct smf_file *file = context;
    uint8_t *at = into;
    while (size != 0) {
        OVERLAPPED place = {.Offset = (DWORD)offset, .OffsetHigh = (DWORD)(offset >> 32)};
        DWORD count = 0;
        const DWORD wanted = size < 1u << 30 ? (DWORD)size : 1u << 30;
        if (!ReadFile(handle_of(file), at, wanted, &count, &place) || count == 0) /* 0: the file has become shorter */
            return SMF_ERR_IO;
        at += count;
        offset += count;
        size -= count;
    }
    return SMF_OK;
}

/* Open it and find its size; what is no regular file has none. */
static enum smf_status start(struct smf_file *file, const char *path)
{
    struct _stat64 status;
    memset(file, 0, sizeof *file);
    file->descriptor = -1;
    if (_stat64(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        errno = EISDIR; /* _open says EACCES */
        return SMF_ERR_IO;
    }
    file->descriptor = _open(path, _O_RDONLY | _O_BINARY | _O_NOINHERIT);
    if (file->descriptor < 0)
        return SMF_ERR_IO;
    if (_fstat64(file->descriptor, &status) == 0 && S_ISREG(status.st_mode)) {
        file->source.size = (uint64_t)status.st_size;
        return SMF_OK;
    }
    _close(file->descriptor);
    file->descriptor = -1;
    errno = ESPIPE;
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
    HANDLE mapping = CreateFileMappingW(handle_of(file), NULL, PAGE_READONLY, 0, 0, NULL);
    if (mapping != NULL) {
        file->mapping = MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0);
        CloseHandle(mapping); /* the view keeps it */
    }
    if (file->mapping == NULL) {
        _close(file->descriptor);
        file->descriptor = -1;
        errno = ENOMEM;
        return SMF_ERR_IO;
    }
    file->source.bytes = file->mapping;
    return SMF_OK;
}

void smf_file_close(struct smf_file *file)
{
    if (file->mapping != NULL)
        UnmapViewOfFile(file->mapping);
    if (file->descriptor >= 0)
        _close(file->descriptor);
    free(file->unpacked);
    memset(file, 0, sizeof *file);
    file->descriptor = -1;
}
