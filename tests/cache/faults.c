/* SPDX-License-Identifier: MIT */
/*
 * faults.c - every allocation and every system call of the cache fails once, each alone; and a file changes between any two
 * of them. What fails leaves the cache as it was, or without what is out of date.
 */
#include "scene.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- Calls that fail ---- */

enum kind { ALLOCATION, SYSTEM, KINDS };
static unsigned calls[KINDS], fail_at[KINDS]; /* 0: never */
static bool no_threads;
static int fail_with = EIO;
static unsigned reads, change_at; /* a change of the file after this read; 0: never */
static size_t read_most;          /* bytes of one read; 0: as many as are asked for */
static void (*change)(void);
static void (*on_close)(void);
static bool coarse; /* times of files count in steps of 20 ms, as where the clock ticks slowly */

static bool fails(enum kind kind)
{
    const bool failed = __atomic_add_fetch(&calls[kind], 1, __ATOMIC_RELAXED) == fail_at[kind];
    if (failed && kind == SYSTEM)
        errno = fail_with;
    return failed;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
int __real_open(const char *path, int flags, ...);
int __real_stat(const char *path, struct stat *found);
int __real_fstat(int descriptor, struct stat *found);
ssize_t __real_pread(int descriptor, void *into, size_t size, off_t offset);
int __real_close(int descriptor);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
int __wrap_open(const char *path, int flags, ...);
int __wrap_stat(const char *path, struct stat *found);
int __wrap_fstat(int descriptor, struct stat *found);
ssize_t __wrap_pread(int descriptor, void *into, size_t size, off_t offset);
int __wrap_close(int descriptor);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument);

void *__wrap_malloc(size_t size) { return fails(ALLOCATION) ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t count, size_t size) { return fails(ALLOCATION) ? NULL : __real_calloc(count, size); }
int __wrap_open(const char *path, int flags, ...) { return fails(SYSTEM) ? -1 : __real_open(path, flags); }

static int tick(int answer, struct stat *found)
{
    if (answer == 0 && coarse) {
        found->st_mtim.tv_nsec -= found->st_mtim.tv_nsec % 20000000;
        found->st_ctim.tv_nsec -= found->st_ctim.tv_nsec % 20000000;
    }
    return answer;
}

int __wrap_stat(const char *path, struct stat *found)
{
    return fails(SYSTEM) ? -1 : tick(__real_stat(path, found), found);
}
int __wrap_fstat(int descriptor, struct stat *found)
{
    return fails(SYSTEM) ? -1 : tick(__real_fstat(descriptor, found), found);
}

ssize_t __wrap_pread(int descriptor, void *into, size_t size, off_t offset)
{
    if (fails(SYSTEM))
        return -1;
    const ssize_t count = __real_pread(descriptor, into, read_most != 0 && size > read_most ? read_most : size, offset);
    if (change_at != 0 && ++reads == change_at)
        change();
    return count;
}

int __wrap_close(int descriptor)
{
    if (on_close != NULL)
        on_close();
    return __real_close(descriptor);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument)
{
    return no_threads || fails(ALLOCATION) ? EAGAIN : __real_pthread_create(thread, attributes, run, argument);
}

static void arm(enum kind kind, unsigned at)
{
    memset(calls, 0, sizeof calls);
    memset(fail_at, 0, sizeof fail_at);
    fail_at[kind] = at;
}

/* ---- One story, with one call of it failing ---- */

static const char *const mapped_folders[] = {"."};

/* Start, get, get again, references, memory, prefetch, background: how many of these failed. */
static unsigned story(const uint8_t *bytes, size_t size, bool map)
{
    static const char *list[3];
    struct smf_cache_options options = {.workers = 2};
    struct smf_cache *own = NULL;
    struct smf_cached *entry = NULL, *again = NULL;
    struct smf_cache_job *job = NULL;
    unsigned failed = 0;
    options.map_folders = map ? mapped_folders : NULL;
    options.map_folder_count = map;
    enum smf_status status = smf_cache_start(&own, &options);
    if (status != SMF_OK) {
        CHECK(own == NULL && status == SMF_ERR_NO_MEMORY);
        return 1;
    }
    char one[100], two[100];
    snprintf(one, sizeof one, "%s%s", map ? "./" : "", scene_path("a.smf"));
    snprintf(two, sizeof two, "%s%s", map ? "./" : "", scene_path("b.smf"));
    const char *const paths[] = {one, two, one};
    memcpy(list, paths, sizeof list);
    status = smf_cache_get(own, one, &entry, &why);
    CHECK((entry != NULL) == (status == SMF_OK) && (status == SMF_OK || why.status == status));
    CHECK((smf_cache_count(own) == 1) == (status == SMF_OK));
    failed += status != SMF_OK;
    status = smf_cache_get(own, one, &again, NULL);
    failed += status != SMF_OK;
    CHECK(again == NULL || scene_tag(again) == 1);
    CHECK(entry == NULL || scene_tag(entry) == 1); /* whatever happens to others */
    smf_cache_put(own, again);
    smf_cache_put(own, entry);
    failed += smf_cache_reference(own, two) == 0;
    status = smf_cache_enter(own, "id", bytes, size, NULL, NULL, NULL);
    CHECK(smf_cache_has(own, "id") == (status == SMF_OK));
    failed += status != SMF_OK;
    enum smf_status statuses[3];
    status = smf_cache_prefetch_parallel(own, list, 3, 2, statuses);
    CHECK((status == SMF_OK) == (statuses[0] == SMF_OK && statuses[1] == SMF_OK && statuses[2] == SMF_OK));
    failed += status != SMF_OK;
    status = smf_cache_get_start(own, two, &job);
    CHECK((job != NULL) == (status == SMF_OK));
    failed += status != SMF_OK;
    if (job != NULL)
        failed += smf_cache_job_wait(job, NULL, NULL) != SMF_OK;
    struct smf_cache_statistics statistics;
    smf_cache_statistics(own, &statistics);
    CHECK(statistics.held == 0 && statistics.outside_bytes == 0);
    CHECK_STATUS(smf_cache_finish(own), SMF_OK);
    return failed;
}

static void every_call_may_fail(void)
{
    static const int errors[] = {EIO, ENOMEM, EMFILE, EACCES};
    size_t size = 0;
    scene_open(NULL);
    uint8_t *bytes = scene_bytes(1, 100, &size);
    scene_module("a.smf", 1, 5000);
    scene_module("b.smf", 2, 300);
    for (int map = 0; map < 2; map++)
        for (enum kind kind = 0; kind < KINDS; kind++)
            for (size_t error = 0; error < (kind == SYSTEM ? sizeof errors / sizeof errors[0] : 1); error++) {
                unsigned at = 0, failed = 0, noticed = 0;
                fail_with = errors[error];
                do {
                    tap_variant("map=%d kind=%d error=%d call=%u", map, (int)kind, fail_with, at + 1);
                    arm(kind, ++at);
                    failed = story(bytes, size, map != 0);
                    noticed += failed != 0;
                } while (calls[kind] >= at);
                CHECK_EQUAL(failed, 0); /* the last run, in which nothing failed */
                CHECK(noticed >= 3 && at > 12);
            }
    arm(ALLOCATION, 0);
    tap_variant("%s", "");
    free(bytes);
    scene_close();
}

/* What is known of a file stays while there is only no memory to read it again; not if it cannot be read. */
static void memory_that_is_short_drops_nothing(void)
{
    scene_open(NULL);
    scene_module("a.smf", 1, 100);
    CHECK_STATUS(scene_touch("a.smf"), SMF_OK);
    scene_module("a.smf", 2, 200);
    for (unsigned at = 1; at < 4; at++) {
        arm(ALLOCATION, at);
        CHECK_STATUS(scene_touch("a.smf"), SMF_ERR_NO_MEMORY);
        CHECK(smf_cache_has(cache, scene_path("a.smf")));
    }
    arm(SYSTEM, 2); /* the first asks whether it has changed */
    fail_with = EIO;
    CHECK_STATUS(scene_touch("a.smf"), SMF_ERR_IO);
    CHECK_EQUAL(why.value, EIO);
    CHECK(!smf_cache_has(cache, scene_path("a.smf")));
    arm(SYSTEM, 0);
    CHECK_STATUS(scene_touch("a.smf"), SMF_OK);
    scene_close();
}

static void without_threads_all_is_done_here(void)
{
    struct smf_cache_job *jobs[8];
    const char *list[8];
    char paths[8][100];
    arm(SYSTEM, 0);
    scene_open(&(struct smf_cache_options){.workers = 4});
    for (unsigned i = 0; i < 8; i++) {
        char name[16];
        snprintf(name, sizeof name, "%u.smf", i);
        scene_module(name, (uint8_t)(i + 1), 10);
        snprintf(paths[i], sizeof paths[i], "%s", scene_path(name));
        list[i] = paths[i];
    }
    no_threads = true;
    for (unsigned i = 0; i < 8; i++) {
        CHECK_STATUS(smf_cache_get_start(cache, list[i], &jobs[i]), SMF_OK);
        CHECK(smf_cache_job_done(jobs[i]));
    }
    for (unsigned i = 0; i < 8; i++)
        CHECK_STATUS(smf_cache_job_wait(jobs[i], NULL, NULL), SMF_OK);
    smf_cache_clear(cache);
    CHECK_STATUS(smf_cache_prefetch_parallel(cache, list, 8, 4, NULL), SMF_OK);
    CHECK_EQUAL(smf_cache_count(cache), 8);
    no_threads = false;
    scene_close();
}

/* ---- A file that changes between any two reads ---- */

static const uint8_t *after;
static size_t after_size;
static enum { IN_PLACE, CUT, GROWN, RENAMED, REMOVED, CHANGES } how;

static void change_file(void)
{
    if (how == IN_PLACE) { /* at once, as far as a reader can tell: no read comes in between */
        const int descriptor = __real_open(scene_path("a.smf"), O_WRONLY);
        CHECK(pwrite(descriptor, after, after_size, 0) == (ssize_t)after_size);
        close(descriptor);
    } else if (how == CUT) {
        CHECK(truncate(scene_path("a.smf"), (off_t)(after_size / 2)) == 0);
    } else if (how == GROWN) {
        CHECK(truncate(scene_path("a.smf"), (off_t)(after_size * 2)) == 0);
    } else if (how == RENAMED) {
        scene_file("new.smf", after, after_size);
        CHECK(rename(scene_path("new.smf"), scene_path("a.smf")) == 0);
    } else {
        scene_remove("a.smf");
    }
}

/* Read in pieces, with the change after one of the reads: did it come to that? */
static bool read_with_change(const uint8_t *before, size_t size, unsigned *tags)
{
    struct smf_cached *entry;
    scene_open(NULL);
    scene_file("a.smf", before, size);
    reads = 0;
    const enum smf_status status = smf_cache_get(cache, scene_path("a.smf"), &entry, &why);
    const bool changed = reads >= change_at;
    const int tag = entry != NULL ? scene_tag(entry) : 0;
    CHECK(tag >= 0 && tag <= 2 && (tag != 0) == (status == SMF_OK));
    tags[tag >= 0 && tag <= 2 ? tag : 0]++;
    smf_cache_put(cache, entry);
    const unsigned at = change_at;
    change_at = UINT32_MAX; /* no more changes: what is read now is how it is */
    const enum smf_status then = smf_cache_get(cache, scene_path("a.smf"), &entry, &why);
    const bool whole = how == IN_PLACE || how == RENAMED;
    if (changed)
        CHECK_STATUS(then, how == REMOVED ? SMF_ERR_NOT_FOUND : whole ? SMF_OK : SMF_ERR_NOT_SMF);
    CHECK(!changed || entry == NULL || scene_tag(entry) == 2);
    smf_cache_put(cache, entry);
    change_at = at;
    scene_close();
    return changed;
}

/* The file is so new that its times may not tell: what is served is the older file or the newer one, never a part of each. */
static void a_change_between_any_two_reads_is_noticed(void)
{
    size_t size = 0;
    uint8_t *before = scene_bytes(1, 400, &size);
    after = scene_bytes(2, 400, &after_size);
    CHECK_EQUAL(size, after_size);
    change = change_file;
    read_most = 100;
    for (unsigned i = 0; i < 2 * CHANGES; i++) {
        unsigned tags[3] = {0};
        how = i % CHANGES;
        coarse = i >= CHANGES;
        for (change_at = 1; tap_variant("how=%d coarse=%d read=%u", (int)how, coarse, change_at),
            read_with_change(before, size, tags);)
            change_at++;
        const bool whole = how == IN_PLACE || how == RENAMED;
        CHECK(tags[1] > 0 && change_at > 10);
        if (!coarse || how < RENAMED) /* else what was opened is another file by then, and as it was */
            CHECK((tags[2] > 0) == whole && (tags[0] > 0) == !whole);
    }
    change_at = 0;
    read_most = 0;
    coarse = false;
    tap_variant("%s", "");
    free(before);
    free((void *)(uintptr_t)after);
}

/* The same size and, in one step of the clock, the same times. */
static void versions_within_one_tick_are_told_apart(void)
{
    size_t size = 0;
    struct stat was, is;
    unsigned alike = 0;
    uint8_t *pair[2] = {scene_bytes(1, 400, &size), scene_bytes(2, 400, &after_size)};
    coarse = true;
    how = IN_PLACE;
    scene_open(NULL);
    scene_file("a.smf", pair[0], size);
    for (unsigned i = 1; i < 200; i++) {
        CHECK(stat(scene_path("a.smf"), &was) == 0);
        after = pair[i % 2];
        change_file();
        CHECK(stat(scene_path("a.smf"), &is) == 0);
        alike += was.st_ctim.tv_sec == is.st_ctim.tv_sec && was.st_ctim.tv_nsec == is.st_ctim.tv_nsec;
        struct smf_cached *entry = scene_get("a.smf");
        CHECK_EQUAL(scene_tag(entry), (int)(i % 2) + 1);
        smf_cache_put(cache, entry);
    }
    CHECK(alike > 100);
    coarse = false;
    free(pair[0]);
    free(pair[1]);
    scene_close();
}

static void again(void)
{
    static uint8_t byte;
    const int descriptor = __real_open(scene_path("a.smf"), O_WRONLY);
    byte++;
    CHECK(pwrite(descriptor, &byte, 1, 50) == 1);
    close(descriptor);
    change_at++;
}

static void a_file_that_never_rests_is_an_error(void)
{
    scene_open(NULL);
    scene_module("a.smf", 1, 5000);
    change = again;
    reads = 0;
    change_at = 1;
    CHECK_STATUS(scene_touch("a.smf"), SMF_ERR_CHANGED);
    CHECK_EQUAL(smf_cache_count(cache), 0);
    change_at = 0;
    CHECK_STATUS(scene_touch("a.smf"), SMF_OK);
    scene_close();
}

/* ---- A load that somebody else began ---- */

static bool reached;

/* In the other thread: it has read all and not said so yet. */
static void linger(void)
{
    on_close = NULL;
    __atomic_store_n(&reached, true, __ATOMIC_RELEASE);
    nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
}

static void *get_older(void *context)
{
    struct smf_cached **entry = context;
    return smf_cache_get(cache, scene_path("a.smf"), entry, NULL) == SMF_OK ? entry : NULL;
}

/* A file that changed before a get was called is never served as it was, though somebody is still loading that. */
static void a_load_that_began_before_is_not_enough(void)
{
    pthread_t thread;
    struct smf_cached *older = NULL, *newer = NULL;
    void *answer = NULL;
    scene_open(NULL);
    scene_module("a.smf", 1, 100);
    scene_module("new.smf", 2, 100);
    scene_settle();
    reached = false;
    on_close = linger;
    CHECK_EQUAL(pthread_create(&thread, NULL, get_older, &older), 0);
    while (!__atomic_load_n(&reached, __ATOMIC_ACQUIRE))
        continue;
    CHECK(rename(scene_path("new.smf"), scene_path("a.smf")) == 0);
    newer = scene_get("a.smf");
    pthread_join(thread, &answer);
    CHECK(answer != NULL && scene_tag(older) == 1 && scene_tag(newer) == 2);
    smf_cache_put(cache, older);
    smf_cache_put(cache, newer);
    scene_close();
}

static const struct tap_case cases[] = {
    {"every_call_may_fail",                       every_call_may_fail                      },
    {"memory_that_is_short_drops_nothing",        memory_that_is_short_drops_nothing       },
    {"without_threads_all_is_done_here",          without_threads_all_is_done_here         },
    {"a_change_between_any_two_reads_is_noticed", a_change_between_any_two_reads_is_noticed},
    {"versions_within_one_tick_are_told_apart",   versions_within_one_tick_are_told_apart  },
    {"a_load_that_began_before_is_not_enough",    a_load_that_began_before_is_not_enough   },
    {"a_file_that_never_rests_is_an_error",       a_file_that_never_rests_is_an_error      },
};
TAP_MAIN(cases)
