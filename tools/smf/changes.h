/* SPDX-License-Identifier: MIT */
/*
 * changes.h - has one of these files changed? By looking at them: when the
 * system says that something happened in their folders (inotify), and now and
 * then anyway, because it does not see everything: other machines' writes, folders
 * made anew, files behind links.
 *
 * A change counts when nothing has happened for a moment: so a burst of writes is
 * one change, and a linker has usually ended. Replaced, rewritten in place, removed: all of it
 * is a change. Folders are watched, not files: editors and linkers replace
 * files by renaming others.
 */
#ifndef SMF_TOOLS_CHANGES_H
#define SMF_TOOLS_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a look at a file tells. All 0: there is none. */
struct smf_stamp {
    uint64_t device, file, size, mode;
    int64_t seconds, nanoseconds; /* of the last change of its bytes */
};

struct smf_change {
    char *path;
    const char *base; /* in `path`: its name in its folder         */
    struct smf_stamp seen;
    int folder;   /* the system's number of the watch, or -1       */
    bool touched; /* the system says that it was written           */
    bool changed; /* for the caller, who clears it                 */
};

struct smf_changes {
    struct smf_change *files;
    size_t count;
    int queue;         /* inotify's, or -1                         */
    bool woken;        /* the system says: look                    */
    unsigned interval; /* milliseconds from look to look           */
};

/* `poll`: never ask the system. `interval` 0: a second where the system tells of changes, else a fifth of that. */
void smf_changes_start(struct smf_changes *changes, bool poll, unsigned interval);
void smf_changes_end(struct smf_changes *changes);

/* One more file, as it is now; it need not be there. Does nothing for one that is watched. False: no memory. */
bool smf_changes_add(struct smf_changes *changes, const char *path);

/* Wait until files have changed, and mark them: true. False: `milliseconds` (-1: no limit) are over, or the user wants
 * to end. */
bool smf_changes_wait(struct smf_changes *changes, int milliseconds);

/* SIGINT and SIGTERM from now on mean that the user wants to end; a second one ends the process. */
void smf_changes_catch_end(void);
bool smf_changes_ended(void);

/* --- What systems do in their own way (changes_posix.c, changes_windows.c) -------------------------- */

void smf_stamp_take(const char *path, struct smf_stamp *stamp);
int64_t smf_now(void); /* milliseconds since some moment */

/* inotify's queue, -1 without; a watch of the folder of a file, -1. */
int smf_queue_open(void);
void smf_queue_close(int queue);
int smf_queue_watch(int queue, const struct smf_change *file);

/* Sleep for so long, or until the user wants to end or the queue says that something happened to one of the files, which
 * is `touched` if it was written. Folders that are gone lose their watch. 0 takes out what there is, up to 4 KiB. */
void smf_queue_sleep(struct smf_changes *changes, int milliseconds);

#endif
