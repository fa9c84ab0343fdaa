/* SPDX-License-Identifier: MIT */
/*
 * cache_file_windows.c - what a file held at one moment, on Windows: as cache_file_posix.c, with nobody kept from writing,
 * renaming or removing the file meanwhile. Paths are UTF-8.
 */
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "cache.h"

enum { PIECE = 16384 };

static enum smf_status fail(struct smf_diagnosis *why, const char *path, DWORD error)
{
    enum smf_status status = SMF_ERR_IO;
    if (error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND || error == ERROR_INVALID_NAME)
        status = SMF_ERR_NOT_FOUND;
    else if (error == ERROR_ACCESS_DENIED || error == ERROR_SHARING_VIOLATION)
        status = SMF_ERR_PROTECT;
    else if (error == ERROR_NOT_ENOUGH_MEMORY || error == ERROR_OUTOFMEMORY)
        status = SMF_ERR_NO_MEMORY;
    return smf_cache_fail(why, status, path, error);
}

/* INVALID_HANDLE_VALUE: GetLastError(). A folder cannot be opened like this: access denied. */
static HANDLE open_file(const char *path, DWORD access)
{
    const int units = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, NULL, 0);
    if (units <= 0) {
        SetLastError(ERROR_INVALID_NAME);
        return INVALID_HANDLE_VALUE;
    }
    WCHAR *wide = malloc((size_t)units * sizeof *wide);
    if (wide == NULL) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return INVALID_HANDLE_VALUE;
    }
    MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, wide, units);
    HANDLE file = CreateFileW(wide, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
                              FILE_ATTRIBUTE_NORMAL, NULL);
    const DWORD error = GetLastError();
    free(wide);
    SetLastError(error);
    return file;
}

/* Times count in 100 ns. */
static uint64_t nanoseconds(const FILETIME *time)
{
    return ((uint64_t)time->dwHighDateTime << 32 | time->dwLowDateTime) * 100;
}

/* There is no time of the last change of any kind that every file system keeps: that of the last write stands for it. */
static enum smf_status stamp_open(HANDLE file, const char *path, struct smf_cache_stamp *stamp,
                                  struct smf_diagnosis *why)
{
    BY_HANDLE_FILE_INFORMATION found;
    if (GetFileType(file) != FILE_TYPE_DISK)
        return fail(why, path, ERROR_BAD_FILE_TYPE);
    if (!GetFileInformationByHandle(file, &found))
        return fail(why, path, GetLastError());
    *stamp = (struct smf_cache_stamp){.device = found.dwVolumeSerialNumber,
                                      .file = (uint64_t)found.nFileIndexHigh << 32 | found.nFileIndexLow,
                                      .size = (uint64_t)found.nFileSizeHigh << 32 | found.nFileSizeLow,
                                      .modified = nanoseconds(&found.ftLastWriteTime),
                                      .changed = nanoseconds(&found.ftLastWriteTime)};
    return SMF_OK;
}

enum smf_status smf_cache_file_stamp(const char *path, struct smf_cache_stamp *stamp, struct smf_diagnosis *why)
{
    HANDLE file = open_file(path, FILE_READ_ATTRIBUTES);
    if (file == INVALID_HANDLE_VALUE)
        return fail(why, path, GetLastError());
    const enum smf_status status = stamp_open(file, path, stamp, why);
    CloseHandle(file);
    return status;
}

/* Up to `size` bytes; fewer only at the end of the file. False: GetLastError(). */
static bool read_some(HANDLE file, uint8_t *into, size_t size, size_t offset, size_t *done)
{
    for (*done = 0; *done < size;) {
        const uint64_t at = offset + *done;
        const size_t left = size - *done;
        OVERLAPPED place = {.Offset = (DWORD)at, .OffsetHigh = (DWORD)(at >> 32)};
        DWORD count = 0;
        if (!ReadFile(file, into + *done, left < 1u << 30 ? (DWORD)left : 1u << 30, &count, &place))
            return GetLastError() == ERROR_HANDLE_EOF;
        if (count == 0)
            return true;
        *done += count;
    }
    return true;
}

static enum smf_status read_all(HANDLE file, const char *path, struct smf_cache_copy *copy, struct smf_diagnosis *why)
{
    size_t count = 0;
    if (!read_some(file, copy->bytes, copy->size, 0, &count))
        return fail(why, path, GetLastError());
    return count == copy->size ? SMF_OK : SMF_ERR_CHANGED;
}

static enum smf_status read_again(HANDLE file, const char *path, const struct smf_cache_copy *copy,
                                  struct smf_diagnosis *why)
{
    uint8_t piece[PIECE];
    for (size_t offset = 0, count = 0; offset < copy->size; offset += sizeof piece) {
        const size_t left = copy->size - offset, size = left < sizeof piece ? left : sizeof piece;
        if (!read_some(file, piece, size, offset, &count))
            return fail(why, path, GetLastError());
        if (count != size || memcmp(piece, copy->bytes + offset, size) != 0)
            return SMF_ERR_CHANGED;
    }
    return SMF_OK;
}

static bool is_young(const struct smf_cache_stamp *stamp)
{
    FILETIME now;
    GetSystemTimeAsFileTime(&now);
    return smf_cache_is_young(nanoseconds(&now), stamp->changed);
}

enum smf_status smf_cache_file_read(const char *path, uint64_t largest, struct smf_cache_copy *copy,
                                    struct smf_diagnosis *why)
{
    struct smf_cache_stamp after;
    HANDLE file = open_file(path, GENERIC_READ);
    if (file == INVALID_HANDLE_VALUE)
        return fail(why, path, GetLastError());
    enum smf_status status = stamp_open(file, path, &copy->stamp, why);
    if (status == SMF_OK)
        status = smf_cache_reserve(copy, largest, path, why);
    if (status == SMF_OK) {
        copy->young = is_young(&copy->stamp);
        status = read_all(file, path, copy, why);
    }
    if (status == SMF_OK && copy->young)
        status = read_again(file, path, copy, why);
    if (status == SMF_OK)
        status = stamp_open(file, path, &after, why);
    if (status == SMF_OK && !smf_cache_stamps_equal(&copy->stamp, &after))
        status = SMF_ERR_CHANGED;
    CloseHandle(file);
    return status;
}

void smf_cache_file_advise(const char *path) { (void)path; } /* Windows has no such advice for files */
