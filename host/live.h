/* SPDX-License-Identifier: MIT */
/* live.h - private to live.c and live_files.c: bytes of files, and which file a name is. */
#ifndef SMF_HOST_LIVE_PRIVATE_H
#define SMF_HOST_LIVE_PRIVATE_H

#include "smf/codecs.h"
#include "smf/debug.h"
#include "smf/live.h"

/* Bytes of one file, as long as a version uses them. */
struct smf_live_copy {
    struct smf_live_copy *next;
    struct smf_source source; /* its context is a mark that no other copy has, also none that malloc puts here later */
    char *name, *path;        /* of the module that it becomes */
    char *shown;              /* path for people; NULL: `path` */
    bool given, held;         /* by the provider; and not copied: it gets `lent` back */
    struct smf_source lent;
    uint64_t revision;
    const struct smf_module *module; /* that it has become     */
    struct smf_debug *debug;         /* gdb knows it           */
    void *unpacked;                  /* its bytes, if the file was compressed as a whole; else they are here: */
    uint8_t bytes[];
};

/* The port's lock, if it has one: both lists are read and changed under it. The system holds it while it calls back. */
void smf_live_lock(const struct smf_live *live);
void smf_live_unlock(const struct smf_live *live);

/*
 * Read a file into memory of its own, and find out what the module is called, if `name` is NULL: its note.module, else
 * its file. A file that is compressed as a whole is unpacked. NULL: see `*status`: SMF_ERR_IO with errno,
 * SMF_ERR_NO_MEMORY, those of smf_unpack() with `why`, which may be NULL. Under the lock.
 */
struct smf_live_copy *smf_live_read(struct smf_live *live, const char *path, const char *name,
                                    struct smf_diagnosis *why, enum smf_status *status);
/* The same of what the provider has under this name. */
struct smf_live_copy *smf_live_supply(struct smf_live *live, const char *name, struct smf_diagnosis *why,
                                      enum smf_status *status);
/* All bytes of an open file; of one that was unpacked the memory that they are in. Without names. */
struct smf_live_copy *smf_live_copy_file(struct smf_file *file, enum smf_status *status);
/* Put it into the list, with names: `name` NULL finds it out. NULL, and `copy` freed: no memory. */
struct smf_live_copy *smf_live_enter(struct smf_live *live, struct smf_live_copy *copy, const char *name,
                                     const char *path, enum smf_status *status);
/* Free those bytes, if they are still there: a source that is not one of these is let be. Under the lock. */
void smf_live_drop(struct smf_live *live, const struct smf_source *source);

/* Debuggers and profilers: of what the newest copy with this name became; no more of it. Under the lock. */
void smf_live_announce(struct smf_live *live, const char *name, const struct smf_module *module);
void smf_live_withdraw(struct smf_live *live, const struct smf_module *module);

/* It went wrong for this file; for the newest copy of this name. The first counts. Under the lock. */
void smf_live_blame(struct smf_live *live, const char *path);
void smf_live_blame_name(struct smf_live *live, const char *name);

/* That `name` is the file `path`, or `given` by the provider out of it: made ready, so that saying so cannot fail. NULL: no
 * memory. */
struct smf_live_place *smf_live_new_place(const char *name, const char *path, bool given);
/* Is this name one that the provider has given? Under the lock. */
bool smf_live_is_given(const struct smf_live *live, const char *name);
const char *smf_live_place_name(const struct smf_live_place *place);
void smf_live_free_place(struct smf_live_place *place);
/* From now on. Takes `place`. Under the lock. */
void smf_live_set_place(struct smf_live *live, struct smf_live_place *place);
/* The same as smf_live_path(), under the lock. */
const char *smf_live_place_of(const struct smf_live *live, const char *name);
/* Forget names that are no live module's: of loads that failed, of what was unloaded. Without the lock. */
void smf_live_prune(struct smf_live *live);

/* Free both lists. */
void smf_live_forget(struct smf_live *live);

#endif
