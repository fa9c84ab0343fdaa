/* SPDX-License-Identifier: MIT */
/*
 * windows.c - smf_view over file mappings. A view of a mapping starts at a
 * multiple of 64 KiB (SYSTEM_INFO.dwAllocationGranularity), ours at one of the
 * page size: what lies before is mapped, too.
 */
#include <string.h>
#include <windows.h>

#include "view.h"

size_t smf_view_page_size(void)
{
    SYSTEM_INFO system;
    GetSystemInfo(&system);
    return system.dwPageSize;
}

static enum smf_status status_of(DWORD error)
{
    switch (error) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_NAME:
        return SMF_ERR_NOT_FOUND;
    case ERROR_ACCESS_DENIED:
    case ERROR_SHARING_VIOLATION:
    case ERROR_WRITE_PROTECT:
        return SMF_ERR_PROTECT;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_COMMITMENT_LIMIT:
    case ERROR_OUTOFMEMORY:
        return SMF_ERR_NO_MEMORY;
    default:
        return SMF_ERR_IO;
    }
}

static enum smf_status fail(struct smf_view *view, enum smf_status status, DWORD error)
{
    view->error = error;
    return status;
}

/* Paths are UTF-8; Windows has them in UTF-16. */
static HANDLE open_path(const char *path, DWORD access)
{
    const int units = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, NULL, 0);
    HANDLE file = INVALID_HANDLE_VALUE;
    if (units <= 0)
        return file; /* the error is set */
    WCHAR *wide = HeapAlloc(GetProcessHeap(), 0, (SIZE_T)units * sizeof *wide);
    if (wide == NULL) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return file;
    }
    MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, wide, units);
    file = CreateFileW(wide, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
                       FILE_ATTRIBUTE_NORMAL, NULL);
    const DWORD error = GetLastError();
    HeapFree(GetProcessHeap(), 0, wide);
    SetLastError(error);
    return file;
}

/* A regular file's handle, or INVALID_HANDLE_VALUE and why. */
static HANDLE open_file(const char *path, DWORD access, uint64_t *size, DWORD *error)
{
    LARGE_INTEGER found;
    HANDLE file = open_path(path, access);
    *error = GetLastError();
    if (file == INVALID_HANDLE_VALUE)
        return file;
    if (GetFileType(file) == FILE_TYPE_DISK && GetFileSizeEx(file, &found)) {
        *size = (uint64_t)found.QuadPart;
        return file;
    }
    *error = ERROR_BAD_FILE_TYPE;
    CloseHandle(file);
    return INVALID_HANDLE_VALUE;
}

static enum smf_status map(struct smf_view *view, HANDLE file, uint64_t offset, size_t size)
{
    const bool writes = (view->flags & SMF_VIEW_WRITE) != 0, shared = (view->flags & SMF_VIEW_SHARED) != 0;
    SYSTEM_INFO system;
    GetSystemInfo(&system);
    const size_t before = (size_t)(offset % system.dwAllocationGranularity);
    const uint64_t from = offset - before;
    HANDLE mapping = CreateFileMappingW(file, NULL,
                                        !writes  ? PAGE_READONLY
                                        : shared ? PAGE_READWRITE
                                                 : PAGE_WRITECOPY,
                                        0, 0, NULL);
    if (mapping == NULL)
        return fail(view, status_of(GetLastError()), GetLastError());
    view->start = MapViewOfFile(mapping,
                                !writes  ? FILE_MAP_READ
                                : shared ? FILE_MAP_WRITE
                                         : FILE_MAP_COPY,
                                (DWORD)(from >> 32), (DWORD)from, before + size);
    const DWORD error = GetLastError();
    CloseHandle(mapping); /* the view keeps it */
    if (view->start == NULL)
        return fail(view, status_of(error), error);
    view->span = before + size;
    view->bytes = (uint8_t *)view->start + before;
    view->size = size;
    return SMF_OK;
}

enum smf_status smf_view_map(struct smf_view *view, const char *path, unsigned flags, uint64_t offset, size_t size)
{
    const bool through = flags == (SMF_VIEW_WRITE | SMF_VIEW_SHARED);
    uint64_t whole;
    DWORD error;
    memset(view, 0, sizeof *view);
    if ((flags & ~(SMF_VIEW_WRITE | SMF_VIEW_SHARED)) != 0)
        return SMF_ERR_ARGUMENT;
    HANDLE file = open_file(path, GENERIC_READ | (through ? GENERIC_WRITE : 0), &whole, &error);
    if (file == INVALID_HANDLE_VALUE)
        return fail(view, status_of(error), error);
    enum smf_status status = view_choose(whole, offset, &size);
    view->flags = status == SMF_OK ? flags : 0;
    if (status == SMF_OK)
        status = map(view, file, offset, size);
    if (status == SMF_OK && through)
        view->file = file; /* smf_view_sync() flushes it */
    else
        CloseHandle(file);
    return status;
}

enum smf_status smf_view_map_anonymous(struct smf_view *view, size_t size)
{
    memset(view, 0, sizeof *view);
    if (size == 0)
        return SMF_ERR_ARGUMENT;
    view->start = VirtualAlloc(NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (view->start == NULL)
        return fail(view, SMF_ERR_NO_MEMORY, GetLastError());
    view->bytes = view->start;
    view->size = view->span = size;
    view->flags = SMF_VIEW_WRITE;
    return SMF_OK;
}

/* The two kinds of memory are told apart by the system, and each refuses the other's call. */
void smf_view_unmap(struct smf_view *view)
{
    if (view->start != NULL && !UnmapViewOfFile(view->start))
        VirtualFree(view->start, 0, MEM_RELEASE);
    if (view->file != NULL)
        CloseHandle(view->file);
    memset(view, 0, sizeof *view);
}

/* FlushViewOfFile hands the pages to the system, FlushFileBuffers waits until they are on the disk. */
enum smf_status smf_view_sync(struct smf_view *view, uint64_t offset, size_t size, bool wait)
{
    if (!view_has(view, offset, size))
        return SMF_ERR_TRUNCATED;
    if (view->file == NULL || size == 0)
        return SMF_OK;
    uint8_t *pages = view_pages(view, offset, &size);
    if (!FlushViewOfFile(pages, size) || (wait && !FlushFileBuffers(view->file)))
        return fail(view, SMF_ERR_IO, GetLastError());
    return SMF_OK;
}

enum smf_status smf_view_advise(struct smf_view *view, uint64_t offset, size_t size, enum smf_view_advice advice)
{
    if (!view_has(view, offset, size))
        return SMF_ERR_TRUNCATED;
    if ((unsigned)advice > SMF_VIEW_DONT_NEED)
        return SMF_ERR_ARGUMENT;
    if (advice != SMF_VIEW_WILL_NEED || size == 0)
        return SMF_OK;
    WIN32_MEMORY_RANGE_ENTRY range = {.VirtualAddress = view->bytes + offset, .NumberOfBytes = size};
    return PrefetchVirtualMemory(GetCurrentProcess(), 1, &range, 0) ? SMF_OK : fail(view, SMF_ERR_IO, GetLastError());
}

enum smf_status smf_view_lock(struct smf_view *view)
{
    if (view->start == NULL)
        return SMF_ERR_ARGUMENT;
    return VirtualLock(view->start, view->span) ? SMF_OK : fail(view, SMF_ERR_LIMIT, GetLastError());
}

enum smf_status smf_view_unlock(struct smf_view *view)
{
    if (view->start == NULL)
        return SMF_ERR_ARGUMENT;
    return VirtualUnlock(view->start, view->span) ? SMF_OK : fail(view, SMF_ERR_LIMIT, GetLastError());
}

enum smf_status smf_view_file_size(const char *path, uint64_t *size, uint32_t *error)
{
    DWORD own = 0;
    HANDLE file = open_file(path, GENERIC_READ, size, &own);
    if (file != INVALID_HANDLE_VALUE) {
        CloseHandle(file);
        return SMF_OK;
    }
    if (error != NULL)
        *error = own;
    return status_of(own);
}

/* One piece: Windows reads at most 4 GiB at once. */
static enum smf_status read_piece(HANDLE file, uint64_t offset, void *into, size_t size, DWORD *count, DWORD *error)
{
    OVERLAPPED place = {.Offset = (DWORD)offset, .OffsetHigh = (DWORD)(offset >> 32)};
    *count = 0;
    if (ReadFile(file, into, size < 1u << 30 ? (DWORD)size : 1u << 30, count, &place) && *count != 0)
        return SMF_OK;
    *error = GetLastError();
    /* It has become shorter meanwhile, or something is wrong. */
    return *error == ERROR_HANDLE_EOF || *error == ERROR_SUCCESS ? SMF_ERR_TRUNCATED : SMF_ERR_IO;
}

enum smf_status smf_view_read_file(const char *path, uint64_t offset, void *into, size_t size, uint32_t *error)
{
    uint64_t whole = 0;
    DWORD own = 0, count;
    HANDLE file = open_file(path, GENERIC_READ, &whole, &own);
    enum smf_status status = file == INVALID_HANDLE_VALUE ? status_of(own) : SMF_OK;
    if (status == SMF_OK && (offset > whole || size > whole - offset))
        status = SMF_ERR_TRUNCATED;
    for (uint8_t *at = into; status == SMF_OK && size != 0; at += count, offset += count, size -= count)
        status = read_piece(file, offset, at, size, &count, &own);
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
    if (status != SMF_OK && error != NULL)
        *error = status == SMF_ERR_TRUNCATED ? 0 : own;
    return status;
}
