/* SPDX-License-Identifier: MIT */
/* finder.h - private to finder*.c: what a search goes through, and what systems do in their own way. */
#ifndef SMF_HOST_FINDER_PRIVATE_H
#define SMF_HOST_FINDER_PRIVATE_H

#include "smf/cache.h"
#include "smf/finder.h"

/* ---- Systems (finder_posix.c, finder_windows.c) ---- */

/* What a look at an open file tells. Times in nanoseconds. */
struct smf_look {
    uint64_t device, number, size;
    int64_t written, changed; /* the second one no program can set */
    bool young;               /* may be written again without another time */
};

static inline bool smf_look_same(const struct smf_look *a, const struct smf_look *b)
{
    return a->device == b->device && a->number == b->number && a->size == b->size && a->written == b->written &&
           a->changed == b->changed;
}

/*
 * Open the regular file `inside`, with a `/` between components, beneath `folder`; with `links`, links may lead out.
 * `folder` NULL: `inside` is the path of any file. SMF_ERR_NOT_FOUND: there is none. SMF_ERR_IO: errno, or one of the
 * details LEADS_OUT, NO_FILE, NO_ENTRY: these are passed over.
 */
SMF_MUST_CHECK
enum smf_status smf_beneath_open(const char *folder, const char *inside, bool links, struct smf_file *file,
                                 struct smf_look *look, struct smf_diagnosis *why);

/* Look at it again. False: it cannot be. */
bool smf_beneath_look(const struct smf_file *file, struct smf_look *look);

/* Which folder or file this is, links followed; false: there is none, or the system cannot say. */
bool smf_beneath_identity(const char *path, uint64_t *device, uint64_t *number);

/* What is in the folder `inside` ("": itself) beneath `folder`: names, without "." and "..", in no order. `each` says
 * false to stop: then SMF_ERR_NO_MEMORY. SMF_ERR_NOT_FOUND, SMF_ERR_IO as above. */
SMF_MUST_CHECK
enum smf_status smf_beneath_list(const char *folder, const char *inside, bool links,
                                 bool (*each)(void *context, const char *name, bool is_folder), void *context,
                                 struct smf_diagnosis *why);

/* Does this component mean what it says here? */
bool smf_beneath_plain(const char *component, size_t length);

/* The standard folders, NULL at the end. */
extern const char *const smf_beneath_standard[];

/* ---- Lists ---- */

/* A folder that is searched. */
struct smf_finder_folder {
    struct smf_finder_folder *next;
    bool standard; /* stays behind all others */
    char path[];
};

/* A library. */
struct smf_finder_library {
    struct smf_finder_library *next;
    const struct smf_finder_folder *folder; /* that a scan found it in; NULL: it was added */
    bool open;
    bool no_index;  /* making one has failed                     */
    unsigned asked; /* how often since it was opened             */
    struct smf_file file;
    struct smf_look look;
    struct smf_cache *cache; /* with one, `entry` is held and `file` is not open */
    struct smf_cached *entry;
    struct smf_library library;
    uint32_t *words;
    const char *inside; /* in `path`: its path in the folder */
    char path[];        /* as people know it                 */
};

/* What is known of a file from an earlier look. */
struct smf_finder_file {
    struct smf_finder_file *next;
    struct smf_look look;
    uint64_t revision;
    char path[];
};

/* ---- Names (finder_names.c) ---- */

/* May it be looked for? */
bool smf_finder_name_fits(const char *name);

/* The part of a file's name before .smf, .sme or .lsm: its length; 0: it has no such ending, or nothing before it. */
size_t smf_finder_stem(const char *name);

/* "FOLDER/INSIDE", allocated; NULL: no memory. */
char *smf_finder_join(const char *folder, const char *inside);

/* Fill in the diagnosis, and answer its status. */
enum smf_status smf_finder_fail(struct smf_diagnosis *why, enum smf_detail detail, const char *name);
enum smf_status smf_finder_status(struct smf_diagnosis *why, enum smf_status status);

/* Tell that it was passed over; errno stays. */
void smf_finder_tell(const struct smf_finder *finder, const char *path, const struct smf_diagnosis *why);

/* What went wrong went wrong for this; NULL: nothing has. errno stays. */
void smf_finder_blame(struct smf_finder *finder, const char *path);

/* Add a folder: before the standard ones, or as one of them. */
enum smf_status smf_finder_put_folder(struct smf_finder *finder, const char *path, bool standard);

/* Is it one of those that a search goes on after? */
bool smf_finder_passes(const struct smf_diagnosis *why);

/* ---- Bytes (finder_bytes.c) ---- */

/* Where to read from: a module, and an object or none, in an open file. */
struct smf_extent {
    struct smf_file *file;
    struct smf_look *look; /* as it was before; kept up to date */
    uint64_t offset, size, object_offset, object_size;
};

/* Read it into memory of its own, and fill in the supply but its revision. SMF_ERR_CHANGED: look and read again. */
SMF_MUST_CHECK
enum smf_status smf_finder_read(const struct smf_extent *extent, const char *place, struct smf_supply *supply,
                                struct smf_diagnosis *why);
/* What comes out of it, if that is a file which is compressed as a whole; else as it is. */
SMF_MUST_CHECK
enum smf_status smf_finder_unpack(struct smf_supply *supply, struct smf_diagnosis *why);
void smf_finder_free(struct smf_supply *supply);

/* Hand out what the cache has, from `offset` on; the entry is held by the supply from now on, also after a failure by nobody. */
SMF_MUST_CHECK
enum smf_status smf_finder_lend(struct smf_cache *cache, struct smf_cached *entry, uint64_t offset, uint64_t size,
                                struct smf_supply *supply, struct smf_diagnosis *why);

/* A hash that differs for other bytes; never 0. */
uint64_t smf_finder_revision(const void *bytes, size_t size);

/* ---- Files of their own (finder_files.c) ---- */

/* A file for a name: which one, found open. */
struct smf_finder_found {
    struct smf_file file;
    struct smf_look look;
    char *path; /* allocated */
};

/* Of one folder, or with NULL the path that the name is. SMF_ERR_NOT_FOUND: it has none, or what it has is passed over. */
SMF_MUST_CHECK
enum smf_status smf_finder_open_file(struct smf_finder *finder, const struct smf_finder_folder *folder,
                                     const char *name, struct smf_finder_found *found, struct smf_diagnosis *why);
/* The same for one file, `inside` a folder; NULL: anywhere. */
SMF_MUST_CHECK
enum smf_status smf_finder_try_file(struct smf_finder *finder, const char *folder, const char *inside,
                                    struct smf_finder_found *found, struct smf_diagnosis *why);
void smf_finder_close_file(struct smf_finder_found *found);

/* Its bytes; its revision only. */
SMF_MUST_CHECK
enum smf_status smf_finder_take_file(struct smf_finder *finder, struct smf_finder_found *found,
                                     struct smf_supply *supply, struct smf_diagnosis *why);
SMF_MUST_CHECK
enum smf_status smf_finder_revise_file(struct smf_finder *finder, struct smf_finder_found *found, uint64_t *revision,
                                       struct smf_diagnosis *why);
void smf_finder_forget_files(struct smf_finder *finder);

/* ---- Libraries (finder_libraries.c) ---- */

/* Make a record; NULL: no memory. */
struct smf_finder_library *smf_finder_new_library(const struct smf_finder_folder *folder, const char *inside);
void smf_finder_free_library(struct smf_finder_library *library);

/* Open it, or open it anew if it has changed. */
SMF_MUST_CHECK
enum smf_status smf_finder_revive(struct smf_finder *finder, struct smf_finder_library *library,
                                  struct smf_diagnosis *why);
void smf_finder_close_library(struct smf_finder_library *library);

/* The entry of this name in a library that is open and up to date. */
SMF_MUST_CHECK
enum smf_status smf_finder_find_entry(struct smf_finder *finder, struct smf_finder_library *library, const char *name,
                                      struct smf_library_entry *entry, struct smf_diagnosis *why);

/* Its bytes, with or without the object; its revision only. */
SMF_MUST_CHECK
enum smf_status smf_finder_take_entry(struct smf_finder *finder, struct smf_finder_library *library,
                                      struct smf_library_entry *entry, bool object, struct smf_supply *supply,
                                      struct smf_diagnosis *why);
SMF_MUST_CHECK
enum smf_status smf_finder_revise_entry(struct smf_finder *finder, struct smf_finder_library *library,
                                        struct smf_library_entry *entry, uint64_t *revision, struct smf_diagnosis *why);

/* ---- Walks (finder_scan.c) ---- */

/* Paths of all files in a folder that end like a module or library, sorted. */
struct smf_finder_names {
    char **names;
    size_t count, room;
};
/* SMF_ERR_NO_MEMORY; what cannot be read is passed over. */
SMF_MUST_CHECK
enum smf_status smf_finder_walk(const struct smf_finder *finder, const struct smf_finder_folder *folder,
                                struct smf_finder_names *names);
bool smf_finder_add_name(struct smf_finder_names *names, const char *name, size_t length);
void smf_finder_free_names(struct smf_finder_names *names);

#endif
