/* SPDX-License-Identifier: MIT */
/*
 * put_windows.c - see put.h. Paths as fopen takes them. Below a folder every
 * folder on the way is held open without leave to rename or delete it, and is
 * none that leads elsewhere, while files are put by their paths.
 */
#include "put.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <limits.h>
#include <process.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <windows.h>

enum { PATH_SIZE = 1024, DEEPEST = 64 };

/* What the last call of the system has to say, as the C library puts it. */
static bool fail(void)
{
    const DWORD error = GetLastError();
    errno = error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND     ? ENOENT
            : error == ERROR_ALREADY_EXISTS || error == ERROR_FILE_EXISTS      ? EEXIST
            : error == ERROR_DISK_FULL || error == ERROR_HANDLE_DISK_FULL      ? ENOSPC
            : error == ERROR_INVALID_NAME || error == ERROR_BAD_PATHNAME       ? EINVAL
            : error == ERROR_DIRECTORY || error == ERROR_CANT_RESOLVE_FILENAME ? ENOTDIR
                                                                               : EACCES;
    return false;
}

static bool write_and_close(int descriptor, const uint8_t *bytes, size_t size)
{
    bool written = true;
    for (size_t at = 0; at < size && written;) {
        const int step = _write(descriptor, bytes + at, size - at < INT_MAX ? (unsigned)(size - at) : INT_MAX);
        written = step > 0;
        at += written ? (size_t)step : 0;
    }
    const int error = errno;
    const bool closed = _close(descriptor) == 0;
    if (!written)
        errno = error;
    return written && closed;
}

/* A new file beside it, then one rename. */
static bool put(const char *path, const void *bytes, size_t size)
{
    enum { MOST = 100 };
    char temporary[PATH_SIZE + 32];
    int descriptor = -1;
    for (int i = 0; descriptor < 0 && i < MOST; i++) {
        const int length = snprintf(temporary, sizeof temporary, "%s.%d-%d", path, _getpid(), i);
        if (length < 0 || (size_t)length >= sizeof temporary) {
            errno = ENAMETOOLONG;
            return false;
        }
        descriptor = _open(temporary, _O_WRONLY | _O_CREAT | _O_EXCL | _O_BINARY | _O_NOINHERIT, _S_IREAD | _S_IWRITE);
        if (descriptor < 0 && errno != EEXIST)
            return false;
    }
    if (descriptor < 0)
        return false;
    bool done = write_and_close(descriptor, bytes, size);
    if (done && !MoveFileExA(temporary, path, MOVEFILE_REPLACE_EXISTING))
        done = fail();
    const int error = errno;
    if (!done)
        _unlink(temporary);
    errno = error;
    return done;
}

bool smf_put_file(const char *path, const void *bytes, size_t size)
{
    struct _stat64 old;
    if (_stat64(path, &old) != 0 || (old.st_mode & _S_IFMT) == _S_IFREG)
        return put(path, bytes, size);
    if ((old.st_mode & _S_IFMT) == _S_IFDIR) {
        errno = EISDIR;
        return false;
    }
    const int descriptor = _open(path, _O_WRONLY | _O_BINARY | _O_NOINHERIT);
    return descriptor >= 0 && write_and_close(descriptor, bytes, size);
}

bool smf_put_folder_open(struct smf_put_folder *folder, const char *path)
{
    struct _stat64 found;
    folder->path = path;
    folder->descriptor = -1;
    if (_stat64(path, &found) != 0)
        return false;
    errno = ENOTDIR;
    return (found.st_mode & _S_IFMT) == _S_IFDIR;
}

void smf_put_folder_close(struct smf_put_folder *folder) { folder->path = NULL; }

/* Make a folder if it is not there, and hold it; INVALID_HANDLE_VALUE. */
static HANDLE hold(const char *path)
{
    BY_HANDLE_FILE_INFORMATION found;
    if (!CreateDirectoryA(path, NULL) && GetLastError() != ERROR_ALREADY_EXISTS) {
        fail();
        return INVALID_HANDLE_VALUE;
    }
    HANDLE handle = CreateFileA(path, FILE_LIST_DIRECTORY, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING,
                                FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
    if (handle == INVALID_HANDLE_VALUE || !GetFileInformationByHandle(handle, &found))
        fail();
    else if ((found.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0)
        errno = ELOOP;
    else if ((found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) == 0)
        errno = ENOTDIR;
    else
        return handle;
    if (handle != INVALID_HANDLE_VALUE)
        CloseHandle(handle);
    return INVALID_HANDLE_VALUE;
}

bool smf_put_below(const struct smf_put_folder *folder, const char *name, const void *bytes, size_t size)
{
    HANDLE held[DEEPEST];
    size_t depth = 0;
    char path[PATH_SIZE];
    const int length = snprintf(path, sizeof path, "%s/%s", folder->path, name);
    if (length < 0 || (size_t)length >= sizeof path) {
        errno = ENAMETOOLONG;
        return false;
    }
    bool good = true;
    for (char *slash = strchr(path + strlen(folder->path) + 1, '/'); slash != NULL && good;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        good = depth < DEEPEST && (held[depth] = hold(path)) != INVALID_HANDLE_VALUE;
        depth += good;
        *slash = '/';
    }
    good = good && put(path, bytes, size);
    const int error = errno;
    while (depth != 0)
        CloseHandle(held[--depth]);
    errno = error;
    return good;
}

/* Names of devices, with whatever follows a dot. */
static bool is_device(const char *part, size_t length)
{
    static const char *const devices[] = {"con", "prn", "aux", "nul", "conin$", "conout$"};
    const char *dot = memchr(part, '.', length);
    const size_t stem = dot != NULL ? (size_t)(dot - part) : length;
    for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++)
        if (strlen(devices[i]) == stem && _strnicmp(part, devices[i], stem) == 0)
            return true;
    return stem == 4 && (_strnicmp(part, "com", 3) == 0 || _strnicmp(part, "lpt", 3) == 0) &&
           isdigit((unsigned char)part[3]);
}

const char *smf_put_fault(const char *name)
{
    if (strpbrk(name, "<>\"|?*") != NULL)
        return "has a character that no file name has here";
    for (size_t length; *name != '\0'; name += length + (name[length] == '/')) {
        length = strcspn(name, "/");
        if (is_device(name, length))
            return "is a device's here";
        if (length != 0 && (name[length - 1] == '.' || name[length - 1] == ' '))
            return "has a part that ends in a dot or a space";
    }
    return NULL;
}

int smf_put_compare(const char *first, const char *second) { return _stricmp(first, second); }
