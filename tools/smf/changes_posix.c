/* SPDX-License-Identifier: MIT */
/* changes_posix.c - files and signals for changes.c; on Linux inotify(7) tells when to look. */
#include "changes.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/inotify.h>
#endif

static volatile sig_atomic_t ended;
static int alarm_ends[2] = {-1, -1}; /* a pipe: a signal just before poll() must not be slept through */

static void end(int number)
{
    const int error = errno;
    (void)number;
    ended = 1;
    (void)!write(alarm_ends[1], "", 1);
    errno = error;
}

void smf_changes_catch_end(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = end;
    action.sa_flags = (int)(SA_RESETHAND | SA_RESTART);
    sigemptyset(&action.sa_mask);
    if (pipe(alarm_ends) == 0)
        for (int i = 0; i < 2; i++) {
            fcntl(alarm_ends[i], F_SETFD, FD_CLOEXEC);
            fcntl(alarm_ends[i], F_SETFL, O_NONBLOCK);
        }
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool smf_changes_ended(void) { return ended != 0; }

void smf_stamp_take(const char *path, struct smf_stamp *stamp)
{
    struct stat found;
    memset(stamp, 0, sizeof *stamp);
    if (stat(path, &found) != 0)
        return;
    stamp->device = (uint64_t)found.st_dev;
    stamp->file = (uint64_t)found.st_ino;
    stamp->size = (uint64_t)found.st_size;
    stamp->mode = (uint64_t)found.st_mode;
    stamp->seconds = (int64_t)found.st_mtim.tv_sec;
    stamp->nanoseconds = (int64_t)found.st_mtim.tv_nsec;
}

int64_t smf_now(void)
{
    struct timespec now = {0, 0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void smf_queue_close(int queue) { close(queue); }

#ifdef __linux__

int smf_queue_open(void) { return inotify_init1(IN_NONBLOCK | IN_CLOEXEC); }

int smf_queue_watch(int queue, const struct smf_change *file)
{
    char folder[4096];
    const size_t length = (size_t)(file->base - file->path);
    if (length >= sizeof folder)
        return -1;
    memcpy(folder, file->path, length);
    folder[length] = '\0';
    return inotify_add_watch(queue, length != 0 ? folder : ".",
                             IN_CLOSE_WRITE | IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVE | IN_MOVE_SELF | IN_ONLYDIR);
}

/* A folder that was renamed or removed is watched anew by its name, if it has come back. */
static void lose(struct smf_changes *changes, int folder)
{
    for (size_t i = 0; i < changes->count; i++)
        if (changes->files[i].folder == folder)
            changes->files[i].folder = -1;
}

static void hear(struct smf_changes *changes, const struct inotify_event *event)
{
    if ((event->mask & IN_MOVE_SELF) != 0)
        inotify_rm_watch(changes->queue, event->wd);
    if ((event->mask & (IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT)) != 0)
        lose(changes, event->wd);
    /* Not IN_CLOSE_WRITE: a file may be opened for writing just to see whether it can be. */
    const bool written = (event->mask & (IN_MODIFY | IN_CREATE | IN_MOVED_TO)) != 0;
    for (size_t i = 0; i < changes->count && event->len != 0; i++)
        if (changes->files[i].folder == event->wd && strcmp(changes->files[i].base, event->name) == 0) {
            changes->files[i].touched |= written;
            changes->woken = true;
        }
}

/* Take out what there is, at most one buffer: a busy folder must not keep anybody here. */
static void take(struct smf_changes *changes)
{
    /* Events have room for at least one name (inotify(7)), and start where a struct may. */
    union {
        struct inotify_event first;
        char bytes[4096];
    } buffer;
    const ssize_t size = read(changes->queue, buffer.bytes, sizeof buffer.bytes);
    for (size_t at = 0; size > 0 && at < (size_t)size;) {
        const struct inotify_event *event = (const void *)(buffer.bytes + at);
        hear(changes, event);
        at += sizeof *event + event->len;
    }
}

#else

int smf_queue_open(void) { return -1; }

int smf_queue_watch(int queue, const struct smf_change *file)
{
    (void)queue;
    (void)file;
    return -1;
}

static void take(struct smf_changes *changes) { (void)changes; }

#endif

void smf_queue_sleep(struct smf_changes *changes, int milliseconds)
{
    struct pollfd wait[2] = {
        {.fd = alarm_ends[0],  .events = POLLIN},
        {.fd = changes->queue, .events = POLLIN}  /* poll ignores numbers below 0 */
    };
    const int64_t until = smf_now() + milliseconds;
    int64_t left = milliseconds;
    changes->woken = false;
    do {
        if (poll(wait, 2, (int)left) > 0 && wait[1].revents != 0)
            take(changes); /* of other files, too */
        left = until - smf_now();
    } while (left > 0 && !ended && !changes->woken);
}
