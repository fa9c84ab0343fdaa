/* SPDX-License-Identifier: MIT */
/*
 * finder_windows.c - files beneath a folder on Windows. There is no opening from a folder here, so the file is opened by its
 * path first, links followed, and then asked where it lies: the answer is about what is open, and nobody can change
 * that any more.
 */
#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "finder.h"
#include "host.h"

enum { WAY_SIZE = 2048, SHARED = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE };

const char *const smf_beneath_standard[] = {NULL};

/* ---- Names ---- */

/* COM1 to COM9 and LPT1 to LPT9, with a digit of whatever script. */
static bool is_number(const char *text, size_t length)
{
    if (length == 1 && text[0] >= '0' && text[0] <= '9')
        return true;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < 128)
            return false;
    return length == 1 || length == 2;
}

bool smf_beneath_plain(const char *component, size_t length)
{
    static const char *const devices[] = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "COM", "LPT"};
    size_t stem = strcspn(component, "./");
    if (component[length - 1] == ' ' || component[length - 1] == '.')
        return false;
    for (size_t i = 0; i < length; i++)
        if (strchr("<>\"|?*", component[i]) != NULL)
            return false;
    while (stem > 0 && component[stem - 1] == ' ') /* "NUL .smf" */
        stem--;
    for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++) {
        const size_t same = strlen(devices[i]);
        if (stem >= same && _strnicmp(component, devices[i], same) == 0 &&
            (i < 6 ? stem == same : is_number(component + same, stem - same)))
            return false;
    }
    return true;
}

/* ---- Looking ---- */

/* Since 1970; the other zero would not fit. */
static int64_t nanoseconds(int64_t ticks) { return (ticks - INT64_C(116444736000000000)) * 100; }

static int64_t join(DWORD high, DWORD low) { return (int64_t)((uint64_t)high << 32 | low); }

static bool look_at(HANDLE handle, struct smf_look *look)
{
    FILETIME now;
    FILE_BASIC_INFO basic;
    BY_HANDLE_FILE_INFORMATION about;
    if (!GetFileInformationByHandle(handle, &about) ||
        !GetFileInformationByHandleEx(handle, FileBasicInfo, &basic, sizeof basic))
        return false;
    GetSystemTimeAsFileTime(&now);
    look->device = about.dwVolumeSerialNumber;
    look->number = (uint64_t)join(about.nFileIndexHigh, about.nFileIndexLow);
    look->size = (uint64_t)join(about.nFileSizeHigh, about.nFileSizeLow);
    look->written = nanoseconds(basic.LastWriteTime.QuadPart);
    look->changed = nanoseconds(basic.ChangeTime.QuadPart);
    const int64_t last = look->written > look->changed ? look->written : look->changed;
    look->young =
        nanoseconds(join(now.dwHighDateTime, now.dwLowDateTime)) - last < (int64_t)SMF_FINDER_YOUNG * 1000000000;
    return true;
}

bool smf_beneath_look(const struct smf_file *file, struct smf_look *look)
{
    return look_at((HANDLE)_get_osfhandle(file->descriptor), look);
}

/* A folder or a file, to be asked about. */
static HANDLE open_any(const char *path, DWORD access)
{
    return CreateFileA(path, access, SHARED, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
}

bool smf_beneath_identity(const char *path, uint64_t *device, uint64_t *number)
{
    BY_HANDLE_FILE_INFORMATION about;
    HANDLE handle = open_any(path, 0);
    if (handle == INVALID_HANDLE_VALUE)
        return false;
    const bool known = GetFileInformationByHandle(handle, &about);
    CloseHandle(handle);
    if (!known)
        return false;
    *device = about.dwVolumeSerialNumber;
    *number = (uint64_t)join(about.nFileIndexHigh, about.nFileIndexLow);
    return true;
}

/* ---- Opening ---- */

/* What Windows says, as errno. */
static int error_of(DWORD error)
{
    switch (error) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_NAME:
    case ERROR_BAD_PATHNAME:
    case ERROR_DIRECTORY:
    case ERROR_BAD_NETPATH:
    case ERROR_INVALID_DRIVE:
    case ERROR_FILENAME_EXCED_RANGE:
    case ERROR_NO_MORE_FILES:
        return ENOENT;
    case ERROR_ACCESS_DENIED:
    case ERROR_SHARING_VIOLATION:
    case ERROR_LOCK_VIOLATION:
        return EACCES;
    default:
        return EIO;
    }
}

static enum smf_status fail(DWORD error, struct smf_diagnosis *why)
{
    errno = error_of(error);
    return errno == ENOENT ? SMF_ERR_NOT_FOUND : smf_finder_status(why, SMF_ERR_IO);
}

/* Where this lies, all links resolved; allocated, NULL: the system does not say. */
static wchar_t *place_of(HANDLE handle)
{
    const DWORD length = GetFinalPathNameByHandleW(handle, NULL, 0, FILE_NAME_NORMALIZED);
    wchar_t *place = length != 0 ? calloc((size_t)length + 1, sizeof *place) : NULL;
    if (place == NULL || GetFinalPathNameByHandleW(handle, place, length + 1, FILE_NAME_NORMALIZED) != 0)
        return place;
    free(place);
    return NULL;
}

/* Does it lie in the folder? What cannot be said does not. */
static bool lies_in(HANDLE handle, const char *folder)
{
    HANDLE above = open_any(folder, 0);
    wchar_t *outer = above != INVALID_HANDLE_VALUE ? place_of(above) : NULL, *inner = place_of(handle);
    bool inside = false;
    if (outer != NULL && inner != NULL) {
        size_t length = wcslen(outer);
        length -= length != 0 && outer[length - 1] == L'\\'; /* the root of a drive */
        inside = wcsncmp(outer, inner, length) == 0 && (inner[length] == L'\\' || inner[length] == L'\0');
    }
    free(inner);
    free(outer);
    if (above != INVALID_HANDLE_VALUE)
        CloseHandle(above);
    return inside;
}

static bool is_file(HANDLE handle)
{
    BY_HANDLE_FILE_INFORMATION about;
    return GetFileType(handle) == FILE_TYPE_DISK && GetFileInformationByHandle(handle, &about) &&
           (about.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) == 0;
}

enum smf_status smf_beneath_open(const char *folder, const char *inside, bool links, struct smf_file *file,
                                 struct smf_look *look, struct smf_diagnosis *why)
{
    char path[WAY_SIZE];
    const int length = folder != NULL ? snprintf(path, sizeof path, "%s/%s", folder, inside)
                                      : snprintf(path, sizeof path, "%s", inside);
    if (length < 0 || (size_t)length >= sizeof path)
        return SMF_ERR_NOT_FOUND;
    HANDLE handle = open_any(path, GENERIC_READ);
    if (handle == INVALID_HANDLE_VALUE)
        return fail(GetLastError(), why);
    enum smf_detail detail = SMF_DETAIL_NONE;
    if (folder != NULL && !links && !lies_in(handle, folder))
        detail = SMF_DETAIL_LEADS_OUT;
    else if (!is_file(handle) || !look_at(handle, look))
        detail = SMF_DETAIL_NO_FILE;
    const int descriptor = detail == SMF_DETAIL_NONE ? _open_osfhandle((intptr_t)handle, _O_RDONLY | _O_BINARY) : -1;
    if (descriptor >= 0) {
        smf_file_adopt(file, descriptor, look->size);
        return SMF_OK;
    }
    CloseHandle(handle);
    errno = EMFILE;
    return detail != SMF_DETAIL_NONE ? smf_finder_fail(why, detail, inside) : smf_finder_status(why, SMF_ERR_IO);
}

/* ---- Listing ---- */

/* Is `path` a folder, and one that lies in the first one? */
static enum smf_status check_folder(const char *folder, const char *path, bool links, struct smf_diagnosis *why)
{
    HANDLE handle = open_any(path, 0);
    if (handle == INVALID_HANDLE_VALUE)
        return fail(GetLastError(), why);
    const bool inside = links || lies_in(handle, folder);
    const bool file = is_file(handle);
    CloseHandle(handle);
    return !inside ? smf_finder_fail(why, SMF_DETAIL_LEADS_OUT, path) : file ? SMF_ERR_NOT_FOUND : SMF_OK;
}

enum smf_status smf_beneath_list(const char *folder, const char *inside, bool links,
                                 bool (*each)(void *context, const char *name, bool is_folder), void *context,
                                 struct smf_diagnosis *why)
{
    char path[WAY_SIZE];
    WIN32_FIND_DATAA entry;
    const int length = snprintf(path, sizeof path, "%s/%s", folder, inside);
    if (length < 0 || (size_t)length + 3 > sizeof path)
        return SMF_ERR_NOT_FOUND;
    enum smf_status status = check_folder(folder, path, links, why);
    if (status != SMF_OK)
        return status;
    memcpy(path + length, "/*", 3);
    HANDLE list = FindFirstFileA(path, &entry);
    if (list == INVALID_HANDLE_VALUE) {
        const DWORD error = GetLastError();
        return error == ERROR_ACCESS_DENIED
                   ? smf_finder_fail(why, SMF_DETAIL_NO_ENTRY, inside[0] != '\0' ? inside : folder)
                   : fail(error, why);
    }
    do {
        const bool is_folder = (entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
        const bool is_link = (entry.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0;
        if (strcmp(entry.cFileName, ".") == 0 || strcmp(entry.cFileName, "..") == 0 || (is_folder && is_link))
            continue;
        if (!each(context, entry.cFileName, is_folder))
            status = smf_finder_status(why, SMF_ERR_NO_MEMORY);
    } while (status == SMF_OK && FindNextFileA(list, &entry));
    FindClose(list);
    return status;
}
