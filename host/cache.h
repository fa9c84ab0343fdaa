/* SPDX-License-Identifier: MIT */
/*
 * cache.h - private to the cache: what its files have to do with each other.
 *
 * A slot is a path: its entry if there is one, the load that is at work if there
 * is one, and its references. An entry is bytes with all that is known of them; it is
 * in a slot, or held, or both. One mutex guards slots, counts and figures; it is
 * never held while a file is asked after, read or given back. What is taken out is
 * put on the list `doomed`, and freed by smf_cache_unlock().
 */
#ifndef SMF_HOST_CACHE_H
#define SMF_HOST_CACHE_H

#include <pthread.h>

#include "smf/cache.h"
#include "smf/codecs.h"
#include "smf/view.h"

/* What tells one state of a file from another. Times are nanoseconds, as the system counts them. */
struct smf_cache_stamp {
    uint64_t device, file, size, modified, changed;
};

/* An entry; `told` is first, so that a caller's pointer leads here. */
struct smf_cache_entry {
    struct smf_cached told;
    struct smf_cache_slot *slot;           /* that it is in, or NULL                                         */
    struct smf_cache_entry *newer, *older; /* in the list of idle ones: in a slot, not held, not referenced   */
    struct smf_cache_entry *doomed;        /* next on that list                                              */
    size_t held;
    struct smf_cache_stamp stamp;
    uint64_t checked_ns; /* when the stamp was last seen                                     */
    bool young;          /* so new that the stamp would not change with another write        */
    bool idle;

    uint8_t *memory;              /* the private copy; NULL for the others */
    struct smf_view view;         /* of a mapped file                      */
    struct smf_unpacked unpacked; /* instead of either                     */
    void (*release)(void *context);
    void *context; /* of `release` */
    struct smf_image *image;
    struct smf_section *sections;
    const char *note; /* note.sdn */
    size_t note_size;
    enum smf_status note_status;
    char path[];
};

/* A load that is at work. Who waits for it takes his own hold on the entry with him. */
struct smf_cache_flight {
    uint64_t number; /* in the order of the calls of the cache */
    unsigned waiting;
    bool done;
    enum smf_status status;
    struct smf_diagnosis why;
    struct smf_cache_entry *entry;
};

struct smf_cache_slot {
    struct smf_cache_slot *next; /* in the bucket */
    uint64_t hash;
    struct smf_cache_entry *entry;
    struct smf_cache_flight *flight;
    size_t references;
    char path[];
};

struct smf_cache {
    struct smf_cache_options options;
    char **map_folders;
    pthread_mutex_t mutex;
    pthread_cond_t done; /* a flight or a job is */

    struct smf_cache_slot **buckets;
    size_t bucket_mask, slot_count;
    struct smf_cache_entry *newest, *oldest, *doomed; /* idle ones; to be freed */
    size_t idle_files;
    uint64_t idle_bytes;
    size_t limited_files; /* kept, without what was entered */
    uint64_t calls;       /* numbers them                   */
    uint64_t started_ns;
    struct smf_cache_statistics figures; /* what is derived is filled in when it is asked for */
    uint64_t load_ns, sample_every_ns;

    struct smf_cache_job *first, **last; /* in the background: not begun      */
    pthread_cond_t work;
    struct smf_thread *threads;
    unsigned thread_count, idle_threads, waiting_jobs;
    bool ending;
};

static inline struct smf_cache_entry *smf_cache_entry_of(struct smf_cached *told)
{
    return (struct smf_cache_entry *)(void *)told;
}

uint64_t smf_cache_now(void); /* nanoseconds, of a clock that only goes forward */

/* Answer `status`, with the end of the path as the name; `value` as found. Keeps what `why` says of this status already. */
enum smf_status smf_cache_fail(struct smf_diagnosis *why, enum smf_status status, const char *path, uint64_t value);

/* --- Slots and limits (cache_slots.c); the mutex is held ------------------------------------------- */

void smf_cache_lock(struct smf_cache *cache);
void smf_cache_unlock(struct smf_cache *cache); /* and frees what is doomed */

uint64_t smf_cache_hash(const char *path);
struct smf_cache_slot *smf_cache_find(struct smf_cache *cache, const char *path, uint64_t hash);
struct smf_cache_slot *smf_cache_slot(struct smf_cache *cache, const char *path, uint64_t hash); /* NULL: no memory */
void smf_cache_slot_done(struct smf_cache *cache, struct smf_cache_slot *slot); /* free it if nothing is in it */

void smf_cache_hold_entry(struct smf_cache *cache, struct smf_cache_entry *entry);
void smf_cache_put_entry(struct smf_cache *cache, struct smf_cache_entry *entry);
void smf_cache_remove(struct smf_cache *cache, struct smf_cache_entry *entry); /* out of its slot, which stays */

/* Make room by giving up idle entries, all that it takes or none; false: not enough would go. */
bool smf_cache_room(struct smf_cache *cache, uint64_t size);

/* Put a held entry into an empty slot. */
void smf_cache_keep(struct smf_cache *cache, struct smf_cache_slot *slot, struct smf_cache_entry *entry);

/* --- Loading (cache_load.c); no lock is held ------------------------------------------------------- */

/* A new entry of a file, or of bytes in memory, held by nobody. */
SMF_MUST_CHECK
enum smf_status smf_cache_load(const struct smf_cache *cache, const char *path, struct smf_cache_entry **entry,
                               struct smf_diagnosis *why);
SMF_MUST_CHECK
enum smf_status smf_cache_wrap(const struct smf_cache *cache, const char *id, const void *bytes, size_t size,
                               struct smf_cache_entry **entry, struct smf_diagnosis *why);
void smf_cache_free_entry(struct smf_cache_entry *entry);

/* --- Files (cache_file_posix.c, cache_file_windows.c) ---------------------------------------------- */

/* What was read of a file at one moment. */
struct smf_cache_copy {
    uint8_t *bytes; /* free() it */
    size_t size;
    struct smf_cache_stamp stamp;
    bool young;
};

/* Statuses and `why` as smf_cache_get() says. */
SMF_MUST_CHECK
enum smf_status smf_cache_file_stamp(const char *path, struct smf_cache_stamp *stamp, struct smf_diagnosis *why);
/* One try. `copy` is zeroed, or as an earlier try has left it; its bytes are the caller's also after a failure.
 * SMF_ERR_CHANGED, with nothing in `why`: it changed meanwhile. */
SMF_MUST_CHECK
enum smf_status smf_cache_file_read(const char *path, uint64_t largest, struct smf_cache_copy *copy,
                                    struct smf_diagnosis *why);

/* Tell the system that the file will be read. Nothing is promised. */
void smf_cache_file_advise(const char *path);

/* For the above: times of files are counted in steps; is this one so short ago that another write might not change it?
 * `now` and `changed` in nanoseconds of the system's clock. */
bool smf_cache_is_young(uint64_t now, uint64_t changed);
/* Memory for a file of copy->stamp: that of the last try, if it is as large. */
SMF_MUST_CHECK
enum smf_status smf_cache_reserve(struct smf_cache_copy *copy, uint64_t largest, const char *path,
                                  struct smf_diagnosis *why);
void smf_cache_pause(unsigned tries); /* before a file that changes is read again */
enum { SMF_CACHE_TRIES = 6 };
bool smf_cache_stamps_equal(const struct smf_cache_stamp *one, const struct smf_cache_stamp *other);

/* --- Figures (cache_figures.c); the mutex is held -------------------------------------------------- */

void smf_cache_count_load(struct smf_cache *cache, uint64_t nanoseconds);
void smf_cache_sample(struct smf_cache *cache);
void smf_cache_figures_start(struct smf_cache *cache);

/* --- Ahead of time (cache_ahead.c) ----------------------------------------------------------------- */

void smf_cache_workers_finish(struct smf_cache *cache); /* no lock is held */

#endif
