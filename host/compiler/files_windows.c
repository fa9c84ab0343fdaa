/* SPDX-License-Identifier: MIT */
/* files_windows.c - see files.h. */
#include "files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

static int error_of(DWORD error)
{
    switch (error) {
    case ERROR_SUCCESS:
        return 0;
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
        return ENOENT;
    case ERROR_ACCESS_DENIED:
    case ERROR_WRITE_PROTECT:
        return EACCES;
    case ERROR_SHARING_VIOLATION:
    case ERROR_LOCK_VIOLATION:
        return EBUSY;
    default:
        return EIO;
    }
}

int files_read(const char *path, size_t largest, uint8_t **bytes, size_t *size)
{
    LARGE_INTEGER length;
    DWORD got = 0;
    HANDLE file = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                              OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return error_of(GetLastError());
    int error = GetFileSizeEx(file, &length) ? 0 : error_of(GetLastError());
    if (error == 0 && (uint64_t)length.QuadPart > largest)
        error = EFBIG;
    uint8_t *room = error == 0 ? malloc((size_t)length.QuadPart + 1) : NULL;
    if (error == 0 && room == NULL)
        error = ENOMEM;
    if (error == 0 && (!ReadFile(file, room, (DWORD)length.QuadPart, &got, NULL) || got != (DWORD)length.QuadPart))
        error = EIO;
    CloseHandle(file);
    if (error != 0) {
        free(room);
        return error;
    }
    room[got] = '\0';
    *bytes = room;
    *size = got;
    return 0;
}

static int write_beside(const char *beside, const void *bytes, size_t size)
{
    DWORD written = 0;
    HANDLE file = CreateFileA(beside, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return error_of(GetLastError());
    int error = WriteFile(file, bytes, (DWORD)size, &written, NULL) && written == (DWORD)size && FlushFileBuffers(file)
                    ? 0
                    : error_of(GetLastError());
    if (!CloseHandle(file) && error == 0)
        error = EIO;
    return error;
}

int files_replace(const char *path, const void *bytes, size_t size, bool alone)
{
    const size_t room = strlen(path) + 24;
    char *beside = malloc(room);
    if (beside == NULL)
        return ENOMEM;
    snprintf(beside, room, "%s.%lu.new", path, alone ? 0 : (unsigned long)GetCurrentProcessId());
    int error = write_beside(beside, bytes, size);
    if (error == 0 && !MoveFileExA(beside, path, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
        error = error_of(GetLastError());
    if (error != 0)
        DeleteFileA(beside);
    free(beside);
    return error;
}

/* A file beside it that goes when it is closed, however its process ends. */
int files_lock(struct files_lock *lock, const char *path)
{
    enum { TRIES = 400, PAUSE = 5 }; /* ms: 2 s */
    const size_t room = strlen(path) + 8;
    char *name = malloc(room);
    lock->handle = -1;
    if (name == NULL)
        return ENOMEM;
    snprintf(name, room, "%s.lock", path);
    int error = EBUSY;
    for (unsigned i = 0; i < TRIES && error == EBUSY; i++) {
        HANDLE file = CreateFileA(name, GENERIC_WRITE, 0, NULL, OPEN_ALWAYS,
                                  FILE_ATTRIBUTE_NORMAL | FILE_FLAG_DELETE_ON_CLOSE, NULL);
        error = file != INVALID_HANDLE_VALUE ? 0 : error_of(GetLastError());
        if (error == 0)
            lock->handle = (intptr_t)file;
        else if (error == EBUSY)
            Sleep(PAUSE);
    }
    free(name);
    return error;
}

void files_unlock(struct files_lock *lock)
{
    if (lock->handle != -1)
        CloseHandle((HANDLE)lock->handle);
    lock->handle = -1;
}
