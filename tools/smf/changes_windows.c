/* SPDX-License-Identifier: MIT */
/* changes_windows.c - files and signals for changes.c on Windows: nobody tells, files are looked at. */
#include "changes.h"

#include <signal.h>
#include <string.h>
#include <windows.h>

static volatile sig_atomic_t ended;

static void end(int number) /* the C library puts the default back: a second one ends the process */
{
    (void)number;
    ended = 1;
}

void smf_changes_catch_end(void)
{
    signal(SIGINT, end);
    signal(SIGTERM, end);
}

bool smf_changes_ended(void) { return ended != 0; }

void smf_stamp_take(const char *path, struct smf_stamp *stamp)
{
    WIN32_FILE_ATTRIBUTE_DATA found;
    memset(stamp, 0, sizeof *stamp);
    if (!GetFileAttributesExA(path, GetFileExInfoStandard, &found))
        return;
    stamp->size = (uint64_t)found.nFileSizeHigh << 32 | found.nFileSizeLow;
    stamp->mode = found.dwFileAttributes;
    stamp->file = (uint64_t)found.ftCreationTime.dwHighDateTime << 32 | found.ftCreationTime.dwLowDateTime;
    stamp->seconds = (int64_t)found.ftLastWriteTime.dwHighDateTime;
    stamp->nanoseconds = (int64_t)found.ftLastWriteTime.dwLowDateTime;
}

int64_t smf_now(void) { return (int64_t)GetTickCount64(); }

int smf_queue_open(void) { return -1; }
void smf_queue_close(int queue) { (void)queue; }

int smf_queue_watch(int queue, const struct smf_change *file)
{
    (void)queue;
    (void)file;
    return -1;
}

void smf_queue_sleep(struct smf_changes *changes, int milliseconds)
{
    enum { SLICE = 50 }; /* a signal comes in a thread of its own and wakes nobody */
    (void)changes;
    for (; milliseconds > 0 && !ended; milliseconds -= SLICE)
        Sleep(milliseconds < SLICE ? (DWORD)milliseconds : SLICE);
}
