/* SPDX-License-Identifier: MIT */
/* changes.c - see changes.h: which files changed, and when they have come to rest. */
#include "changes.h"

#include <stdlib.h>
#include <string.h>

enum {
    TOLD_INTERVAL = 1000, /* milliseconds */
    OWN_INTERVAL = 200,
    REST = 50,     /* so long nothing may happen */
    LONGEST = 2000 /* what never rests, a file that somebody always appends to, counts all the same */
};

void smf_changes_start(struct smf_changes *changes, bool poll, unsigned interval)
{
    memset(changes, 0, sizeof *changes);
    changes->queue = poll ? -1 : smf_queue_open();
    if (interval == 0)
        interval = changes->queue >= 0 ? TOLD_INTERVAL : OWN_INTERVAL;
    changes->interval = interval;
}

void smf_changes_end(struct smf_changes *changes)
{
    for (size_t i = 0; i < changes->count; i++)
        free(changes->files[i].path);
    free(changes->files);
    if (changes->queue >= 0)
        smf_queue_close(changes->queue);
    memset(changes, 0, sizeof *changes);
    changes->queue = -1;
}

bool smf_changes_add(struct smf_changes *changes, const char *path)
{
    for (size_t i = 0; i < changes->count; i++)
        if (strcmp(changes->files[i].path, path) == 0)
            return true;
    struct smf_change *files = realloc(changes->files, (changes->count + 1) * sizeof *files);
    if (files == NULL)
        return false;
    changes->files = files;
    struct smf_change *file = &files[changes->count];
    memset(file, 0, sizeof *file);
    file->folder = -1;
    const size_t size = strlen(path) + 1;
    file->path = malloc(size);
    if (file->path == NULL)
        return false;
    memcpy(file->path, path, size);
    const char *slash = strrchr(file->path, '/');
    file->base = slash != NULL ? slash + 1 : file->path;
    smf_queue_sleep(changes, 0); /* what happened to it before is no change */
    if (changes->queue >= 0)
        file->folder = smf_queue_watch(changes->queue, file); /* before the look: nothing falls between */
    smf_stamp_take(path, &file->seen);
    changes->count++;
    return true;
}

static bool same(const struct smf_stamp *a, const struct smf_stamp *b)
{
    return a->device == b->device && a->file == b->file && a->size == b->size && a->mode == b->mode &&
           a->seconds == b->seconds && a->nanoseconds == b->nanoseconds;
}

/* Look at all files; true if one differs from what was seen, which is then what it is now. */
static bool look(struct smf_changes *changes)
{
    bool found = false;
    for (size_t i = 0; i < changes->count; i++) {
        struct smf_change *file = &changes->files[i];
        struct smf_stamp now;
        if (changes->queue >= 0 && file->folder < 0) /* its folder may be back */
            file->folder = smf_queue_watch(changes->queue, file);
        smf_stamp_take(file->path, &now);
        if (!file->touched && same(&now, &file->seen))
            continue;
        file->seen = now;
        file->touched = false;
        file->changed = found = true;
    }
    return found;
}

/* Until nothing has happened for a moment. */
static void rest(struct smf_changes *changes)
{
    const int64_t latest = smf_now() + LONGEST;
    for (int64_t until = smf_now() + REST, now; (now = smf_now()) < until && now < latest && !smf_changes_ended();) {
        smf_queue_sleep(changes, (int)(until - now));
        if (look(changes))
            until = smf_now() + REST;
    }
}

bool smf_changes_wait(struct smf_changes *changes, int milliseconds)
{
    const int64_t end = smf_now() + milliseconds;
    while (!smf_changes_ended()) {
        if (look(changes)) {
            rest(changes);
            return !smf_changes_ended();
        }
        const int64_t left = milliseconds < 0 ? (int64_t)changes->interval : end - smf_now();
        if (left <= 0)
            return false;
        smf_queue_sleep(changes, left < (int64_t)changes->interval ? (int)left : (int)changes->interval);
    }
    return false;
}
