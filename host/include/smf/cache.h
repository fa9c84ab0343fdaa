/* SPDX-License-Identifier: MIT */
/*
 * smf/cache.h - module files that are read once and used many times, by many
 * threads, within limits. Since 0.1. Hosted systems only.
 *
 *     struct smf_cache *cache;
 *     const struct smf_cache_options options = {.max_bytes = 64u << 20};
 *     struct smf_cached *entry;
 *     ... smf_cache_start(&cache, &options) == SMF_OK
 *     if (smf_cache_get(cache, "filter.smf", &entry, &why) == SMF_OK) {
 *         ... smf_load(&loader, &entry->source, &module, &why) ... smf_unload(&loader, module) ...
 *         smf_cache_put(cache, entry);
 *     }
 *     ... smf_cache_finish(cache) == SMF_OK
 *
 * FILES THAT CHANGE. An entry's bytes never change while somebody holds it, and
 * reading them never faults: they are a private copy, in memory of this process.
 * The copy is read by position, and the file's size, times and identity are compared
 * before and after. Where the times are too young to tell two writes apart, the
 * bytes are read twice and compared, which proves that the file held all of them at
 * one moment (but for bytes that change and change back). What changes while it is read is read again, a few times; then the
 * answer is SMF_ERR_CHANGED. A file that somebody is rewriting in place and has left
 * half written for the moment does hold those bytes: only a hash can tell
 * (options.check_hash), or a writer that writes a new file and renames it.
 * Every get asks the system whether the file is still the one that was read
 * (options.recheck_after_us). If not, it is read again: an entry with other bytes is a
 * new entry with another revision, and who holds the older one keeps its bytes. Times that
 * go back on purpose are noticed on POSIX (by ctime), elsewhere not.
 *
 * Mapping promises none of that: a file that is cut short makes its readers fault (SIGBUS), and one
 * that is written to in place changes under them. Only files in options.map_folders are
 * mapped, which the caller vouches for: there files are replaced by renaming or removed, never
 * written to. For them nothing is copied, and nothing is read before it is needed.
 * Somebody who writes to a file through a mapping of his own is noticed when his system records a time for that, which
 * may be late: the same as for every program that looks at times. So it is with files of a server whose clock is
 * behind this one's, for as long after a write as it is behind.
 *
 * What is in a file: a module (any layout that smf_image_open() takes) or a library
 * that smf_library_open() takes; anything else is refused with the status that says why. A file that is compressed as a
 * whole (smf_unpack()) is told by its first bytes and unpacked in memory; the unpacked bytes are what counts.
 *
 * THREADS: every call may come from any thread at any time, but smf_cache_start() and smf_cache_finish(). One thread
 * loads a file, others that want it wait for that; nobody else waits for a disk. An entry's fields are for reading.
 */
#ifndef SMF_CACHE_H
#define SMF_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/image.h"
#include "smf/source.h"
#include "smf/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct smf_cache;     /* private */
struct smf_cache_job; /* private: work in the background */

/* Zero means the default, for each field. Lists are copied. */
struct smf_cache_options {
    /* Limits of what the cache keeps; 0: none. Both hold after every call. What nobody holds is given up for something
     * new, the least recently put back first. An entry counts with source.size; beside that it takes about 2 KiB. */
    size_t max_files;
    uint64_t max_bytes;

    /* Keep nothing: every get loads, and put frees (what smf_cache_enter() entered stays). */
    bool disabled;
    /* When no room can be made, because all others are held or referenced, or the file alone is larger than max_bytes:
     * false: the entry is served all the same, not kept, and counted as uncached. true: SMF_ERR_LIMIT. */
    bool refuse_when_full;
    /* Compare the hash that a canonical module records with its bytes, once for each load: SMF_ERR_HASH. */
    bool check_hash;

    /* Largest file, and largest size after unpacking, bytes: SMF_ERR_LIMIT. 0: SMF_CACHE_FILE_MAX. */
    uint64_t max_file_bytes;

    /* A file that was asked after less than so many microseconds ago is not asked after again. 0: it is at every get.
     * UINT64_MAX: never; a change is then seen only after smf_cache_evict(). */
    uint64_t recheck_after_us;

    /* Folders whose files are mapped, because nobody writes to them in place (above). A path is in a folder if it is
     * that text, a separator, and names without "..". */
    const char *const *map_folders;
    size_t map_folder_count;

    unsigned workers; /* threads for smf_cache_get_start() and smf_cache_prefetch_start(), at most 64. 0: 2 */
};

#ifndef SMF_CACHE_FILE_MAX
#define SMF_CACHE_FILE_MAX ((uint64_t)1 << 30)
#endif

enum smf_cached_kind {
    SMF_CACHED_MODULE,
    SMF_CACHED_LIBRARY /* `image` is NULL: take modules out of `source` with smf/library.h */
};

/* A file, or a module that was entered. Owned by the cache, good from get to put. All fields are for reading. */
struct smf_cached {
    struct smf_source source; /* `bytes` is set; they stay as long as the entry is held (SMF_STAYS_FOR_MODULE)    */
    const char *path;         /* or the id of what was entered                                                   */
    /* Says whether bytes are the same: made of them, or for a mapped file of its size, times and identity. Never 0.
     * It stays the same when an unchanged file is loaded again. No protection against people who try to deceive. */
    uint64_t revision;
    enum smf_cached_kind kind;
    bool mapped, entered, unpacked;

    /* What was found in a module when it was loaded. Read doors through a copy: smf_cached_image(). */
    const struct smf_image *image;         /* header and sections: image->header.section_count of image->sections */
    struct smf_module_note note;           /* note.module; zeros without one                                       */
    uint32_t template_code, template_meta; /* the first such section, or SMF_NO_SYMBOL                    */
};

/* SMF_ERR_ARGUMENT: more than 64 workers. SMF_ERR_NO_MEMORY. `options` may be NULL. */
SMF_MUST_CHECK
enum smf_status smf_cache_start(struct smf_cache **cache, const struct smf_cache_options *options);

/* Waits for what runs in the background, then gives everything back. Nobody may be in a call, and no job may be left
 * that was not waited for. SMF_ERR_BUSY: entries are held; nothing was done. NULL: SMF_OK. */
SMF_MUST_CHECK
enum smf_status smf_cache_finish(struct smf_cache *cache);

/* --- Entries -------------------------------------------------------------------------------------- */

/*
 * The entry of a file, which is read if it is not there or has changed. Held until smf_cache_put(). Two spellings of one
 * path are two entries. Two gets of an unchanged entry give the same pointer as long as the cache keeps it.
 * `why` may be NULL. Errors belong to this file and this call; the cache keeps none:
 *   SMF_ERR_NOT_FOUND  no such file;  SMF_ERR_PROTECT  not allowed;  SMF_ERR_EMPTY  no bytes in it
 *   SMF_ERR_NOT_SMF    fewer bytes than a header, or no header;  SMF_ERR_TRUNCATED and what else smf_image_open() says
 *   SMF_ERR_CHANGED    it changes whenever it is read
 *   SMF_ERR_UNSUPPORTED packed in a way that this build does not unpack;  SMF_ERR_DECOMPRESS  damaged
 *   SMF_ERR_LIMIT      larger than max_file_bytes, or no room (refuse_when_full);  SMF_ERR_NO_MEMORY
 *   SMF_ERR_IO         anything else, such as a folder: why->value is errno (Windows: GetLastError())
 * A caller that waits for another one's load gets the error of that, too.
 */
SMF_MUST_CHECK
enum smf_status smf_cache_get(struct smf_cache *cache, const char *path, struct smf_cached **entry,
                              struct smf_diagnosis *why);

/* Hold an entry once more, for somebody who puts it back on his own. */
void smf_cache_hold(struct smf_cache *cache, struct smf_cached *entry);

/* Give it back, once for each get, hold and wait. NULL: nothing happens. */
void smf_cache_put(struct smf_cache *cache, struct smf_cached *entry);

/*
 * Enter a module or library that lies in memory under an id, which smf_cache_get() finds instead of a file; what was
 * entered under it before is replaced, as by a file that changed. The bytes are not copied: they stay the caller's until
 * `release` (may be NULL) is called with `context`, when the entry is neither in the cache nor held. It may be called from
 * any call and any thread, never with a lock held. Entries like this are outside of the limits and leave by
 * smf_cache_evict(), _close() and _clear() only. Errors as for a file; then `release` is not called.
 */
SMF_MUST_CHECK
enum smf_status smf_cache_enter(struct smf_cache *cache, const char *id, const void *bytes, size_t size,
                                void (*release)(void *context), void *context, struct smf_diagnosis *why);

/* Take an entry out, referenced or not. Who holds it keeps it until he puts it back. False: it was not there. */
bool smf_cache_evict(struct smf_cache *cache, const char *path);

/* The same, and the path's references are forgotten. False: neither was there. */
bool smf_cache_close(struct smf_cache *cache, const char *path);

/* Take all entries out. Counters and references stay. */
void smf_cache_clear(struct smf_cache *cache);

/* The same, and all references are forgotten. */
void smf_cache_force_clear(struct smf_cache *cache);

/* Is it in the cache, as far as known without asking the system? */
bool smf_cache_has(struct smf_cache *cache, const char *path);

/* Entries in the cache. */
size_t smf_cache_count(struct smf_cache *cache);

/* --- References ----------------------------------------------------------------------------------- */

/*
 * A count for each path, whether it is in the cache or not: as long as it is above zero, the entry is not given up for
 * others (a pin). Reference adds one, unreference takes one off and at zero evicts the entry; of a path that has none it
 * does nothing. Both say what the count is now. Reference answers 0 when there is no memory, and has then done nothing.
 */
size_t smf_cache_reference(struct smf_cache *cache, const char *path);
size_t smf_cache_unreference(struct smf_cache *cache, const char *path);
size_t smf_cache_references(struct smf_cache *cache, const char *path);

/* --- What is in an entry -------------------------------------------------------------------------- */

/* An image of one's own over a held module, for the doors of smf/image.h: nothing is opened or proven again. `image->sections`
 * belong to the entry. SMF_ERR_LIBRARY: it is no module. */
SMF_MUST_CHECK
enum smf_status smf_cached_image(const struct smf_cached *entry, struct smf_image *image);

/* The bytes [offset, offset + size) where they lie. SMF_ERR_ARGUMENT: offset is not below the size of the file.
 * SMF_ERR_TRUNCATED: not all inside. */
SMF_MUST_CHECK
enum smf_status smf_cached_bytes(const struct smf_cached *entry, uint64_t offset, uint64_t size, const uint8_t **bytes,
                                 struct smf_diagnosis *why);

/* The first section of a name, or of a type (enum smf_section_type): its index, or SMF_NO_SYMBOL. Of a library: none. */
uint32_t smf_cached_section_named(const struct smf_cached *entry, const char *name);
uint32_t smf_cached_section_typed(const struct smf_cached *entry, unsigned type);

/* What a section stores, where it lies; a compressed one as stored. SMF_ERR_NOT_FOUND: no such index. SMF_ERR_EMPTY: it
 * stores nothing (Bss). */
SMF_MUST_CHECK
enum smf_status smf_cached_section(const struct smf_cached *entry, uint32_t index, const uint8_t **bytes, size_t *size,
                                   struct smf_diagnosis *why);

/*
 * The text of note.sdn, without a NUL, where it lies: all before its line "# END_NOTE", or what its section stores if
 * that has a size and no such line. A module without one: SMF_OK and 0 bytes. It was proven at load, and the answer is that of
 * smf_sdn_open() (smf/sdn.h): SMF_ERR_TRUNCATED, _FORMAT, _LIMIT, _COMPRESSED.
 */
SMF_MUST_CHECK
enum smf_status smf_cached_note(const struct smf_cached *entry, const char **text, size_t *size,
                                struct smf_diagnosis *why);

/* Bytes of template code: `offset` counts in the first TemplateCode section. SMF_ERR_NOT_FOUND: there is none.
 * SMF_ERR_ARGUMENT: offset is not below its size. SMF_ERR_TRUNCATED: not all inside. */
SMF_MUST_CHECK
enum smf_status smf_cached_template(const struct smf_cached *entry, uint64_t offset, uint64_t size,
                                    const uint8_t **bytes, struct smf_diagnosis *why);

/*
 * The body of the template of this name, where it lies (smf/templates.h says what it may be): what the module's symbol of
 * this name says of its template, or else the entry of this name in a TemplateCode section. SMF_ERR_NOT_FOUND: neither.
 * Whatever smf_templates_open() and the doors of the image say.
 */
SMF_MUST_CHECK
enum smf_status smf_cached_template_named(const struct smf_cached *entry, const char *name, const uint8_t **bytes,
                                          size_t *size, struct smf_diagnosis *why);

/* --- Ahead of time -------------------------------------------------------------------------------- */

/*
 * Load files that will be needed, one after the other; first the system is told of all of them, so that it can read ahead
 * (a mapped file's pages are asked for, too). `statuses` (may be NULL) gets each one's status. A bad path does not stop the
 * rest: the answer is the first failure, or SMF_OK.
 */
SMF_MUST_CHECK
enum smf_status smf_cache_prefetch(struct smf_cache *cache, const char *const *paths, size_t count,
                                   enum smf_status *statuses);

/* The same by `workers` threads, this one among them, that take the next path from one queue; 0 and 1: this one alone.
 * Threads that the system does not give are done without. */
SMF_MUST_CHECK
enum smf_status smf_cache_prefetch_parallel(struct smf_cache *cache, const char *const *paths, size_t count,
                                            unsigned workers, enum smf_status *statuses);

/* Begin a get in the background. The path is copied. SMF_ERR_NO_MEMORY. If no thread can be had at all, it is done here and
 * now. Every job has to be waited for. */
SMF_MUST_CHECK
enum smf_status smf_cache_get_start(struct smf_cache *cache, const char *path, struct smf_cache_job **job);

/* A prefetch in the background. `paths`, and `statuses` if not NULL, are borrowed until the wait. */
SMF_MUST_CHECK
enum smf_status smf_cache_prefetch_start(struct smf_cache *cache, const char *const *paths, size_t count,
                                         enum smf_status *statuses, struct smf_cache_job **job);

/* Is it done? Never waits. */
bool smf_cache_job_done(struct smf_cache_job *job);

/* Wait, free the job, and answer what the get or prefetch answered. `*entry` is held, as by a get; NULL after a failure and
 * for a prefetch, where `entry` may be NULL, too. With NULL, the entry of a get is put back. */
SMF_MUST_CHECK
enum smf_status smf_cache_job_wait(struct smf_cache_job *job, struct smf_cached **entry, struct smf_diagnosis *why);

/* --- Statistics ----------------------------------------------------------------------------------- */

#define SMF_CACHE_BUCKETS 12 /* of load times */
#define SMF_CACHE_SAMPLES 64 /* of memory over time */

/* Loads that took at most `bound_ns`, and more than the bound before; the last bound is UINT64_MAX. */
struct smf_cache_bucket {
    uint64_t bound_ns, count;
};

/* What the cache kept at a time. */
struct smf_cache_sample {
    uint64_t time_ns; /* since smf_cache_start() */
    uint64_t bytes;
    size_t files;
};

struct smf_cache_statistics {
    size_t files;    /* kept now, what was entered included   */
    uint64_t bytes;  /* of files kept now, without what was entered */
    uint64_t hits;   /* gets that were served what is there already, or somebody else's load     */
    uint64_t misses; /* gets that had to load, or failed: hits + misses is the number of gets    */

    double hit_rate;            /* hits / (hits + misses); 0 without gets                          */
    uint64_t loads;             /* that succeeded                                                  */
    uint64_t average_load_ns;   /* over these; 0 without any                                       */
    uint64_t failures;          /* gets that failed                                                */
    uint64_t evictions;         /* to make room                                                    */
    uint64_t changes;           /* entries dropped because their file had changed or gone           */
    uint64_t rereads;           /* loads that found the bytes that were there already: hits         */
    uint64_t uncached;          /* entries served without being kept, by limits (not `disabled`)    */
    uint64_t average_file_size; /* of the files kept now; 0 without any                            */
    size_t held;                /* entries that somebody holds now, in the cache or not            */
    uint64_t outside_bytes;     /* of held entries that are not in the cache any more, or never were */
    uint64_t peak_bytes;        /* the most that `bytes` ever was                                  */

    struct smf_cache_bucket buckets[SMF_CACHE_BUCKETS];
    /* Memory over time: when there are too many, every second one goes, and they are taken half as often. The newest is
     * always exact. */
    struct smf_cache_sample samples[SMF_CACHE_SAMPLES];
    size_t sample_count;
};

void smf_cache_statistics(struct smf_cache *cache, struct smf_cache_statistics *statistics);

/* Count a load that was done elsewhere, for the average and the histogram. */
void smf_cache_record_load_time(struct smf_cache *cache, uint64_t nanoseconds);

enum smf_cache_format { SMF_CACHE_TEXT, SMF_CACHE_JSON };

/* Write the statistics as lines of text, or as one JSON object (RFC 8259). Always ends in a NUL when size > 0; returns the
 * length of the whole, which may be larger than size - 1: it is then cut. */
size_t smf_cache_report(const struct smf_cache_statistics *statistics, enum smf_cache_format format, char *into,
                        size_t size);

#ifdef __cplusplus
}
#endif

#endif
