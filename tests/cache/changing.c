/* SPDX-License-Identifier: MIT */
/*
 * changing.c - files that change underneath. First alone: versions that follow each other faster than a file's times can
 * tell. Then with a second process that renames over files, rewrites them in pieces, cuts them short and removes them,
 * while threads of this one get, read, load and put. What is served is one version throughout, and stays so.
 *
 * SMF_CACHE_SECONDS says how long that lasts (1).
 */
#include "scene.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "smf/load.h"
#include "smf/port_posix.h"

/* ---- One after the other ---- */

/* The same size, and perhaps the same times: that the file is young says that it must be read again. */
static void quick_versions_are_told_apart(void)
{
    size_t size = 0;
    scene_open(NULL);
    uint8_t *pair[2] = {scene_bytes(1, 600, &size), scene_bytes(2, 600, &size)};
    scene_file("a.smf", pair[1], size);
    for (unsigned i = 0; i < 300; i++) {
        const int tag = i % 2 == 0 ? 1 : 2;
        const int descriptor = open(scene_path("a.smf"), O_WRONLY);
        CHECK(pwrite(descriptor, pair[i % 2], size, 0) == (ssize_t)size);
        close(descriptor);
        struct smf_cached *entry = scene_get("a.smf"), *again = scene_get("a.smf");
        CHECK_EQUAL(scene_tag(entry), tag);
        CHECK(entry == again);
        smf_cache_put(cache, again);
        smf_cache_put(cache, entry);
    }
    const struct smf_cache_statistics statistics = scene_statistics();
    CHECK_EQUAL(statistics.loads, 300);
    CHECK(statistics.rereads > 0); /* the second get of each could not know, and read again */
    free(pair[0]);
    free(pair[1]);
    scene_close();
}

static void a_newer_file_is_a_new_entry(void)
{
    scene_open(NULL);
    scene_module("a.smf", 1, 100);
    struct smf_cached *older = scene_get("a.smf");
    scene_module("new.smf", 2, 100);
    CHECK(rename(scene_path("new.smf"), scene_path("a.smf")) == 0);
    struct smf_cached *newer = scene_get("a.smf");
    CHECK(newer != older && newer->revision != older->revision);
    CHECK(scene_tag(older) == 1 && scene_tag(newer) == 2);
    CHECK_EQUAL(scene_statistics().changes, 1);
    CHECK_EQUAL(scene_statistics().files, 1);
    scene_module("a.smf", 1, 100);
    struct smf_cached *back = scene_get("a.smf");
    CHECK(back != older && back->revision == older->revision); /* the same bytes, loaded again */
    smf_cache_put(cache, older);
    smf_cache_put(cache, newer);
    smf_cache_put(cache, back);
    scene_close();
}

static void a_touched_file_is_the_same_entry(void)
{
    scene_open(NULL);
    scene_module("a.smf", 1, 100);
    scene_settle();
    struct smf_cached *entry = scene_get("a.smf");
    CHECK(utimensat(AT_FDCWD, scene_path("a.smf"), NULL, 0) == 0);
    struct smf_cached *again = scene_get("a.smf");
    CHECK(again == entry);
    CHECK_EQUAL(scene_statistics().rereads, 1);
    CHECK_EQUAL(scene_statistics().changes, 0);
    smf_cache_put(cache, again);
    smf_cache_put(cache, entry);
    scene_close();
}

/* A time set back hides nothing: the time of the change itself cannot be set. */
static void times_that_are_set_back_hide_nothing(void)
{
    struct stat before;
    scene_open(NULL);
    scene_module("a.smf", 1, 100);
    scene_settle();
    CHECK_STATUS(scene_touch("a.smf"), SMF_OK);
    CHECK(stat(scene_path("a.smf"), &before) == 0);
    scene_module("a.smf", 2, 100);
    const struct timespec times[2] = {before.st_atim, before.st_mtim};
    CHECK(utimensat(AT_FDCWD, scene_path("a.smf"), times, 0) == 0);
    struct smf_cached *entry = scene_get("a.smf");
    CHECK_EQUAL(scene_tag(entry), 2);
    smf_cache_put(cache, entry);
    scene_close();
}

static void files_are_asked_after_as_often_as_options_say(void)
{
    static const uint64_t after[] = {0, 80000, UINT64_MAX};
    for (int i = 0; i < 3; i++) {
        scene_open(&(struct smf_cache_options){.recheck_after_us = after[i]});
        scene_module("a.smf", 1, 100);
        scene_settle();
        CHECK_STATUS(scene_touch("a.smf"), SMF_OK);
        scene_module("a.smf", 2, 100);
        struct smf_cached *entry = scene_get("a.smf");
        CHECK_EQUAL(scene_tag(entry), i == 0 ? 2 : 1);
        smf_cache_put(cache, entry);
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
        entry = scene_get("a.smf");
        CHECK_EQUAL(scene_tag(entry), i == 2 ? 1 : 2);
        smf_cache_put(cache, entry);
        CHECK(smf_cache_evict(cache, scene_path("a.smf")));
        entry = scene_get("a.smf");
        CHECK_EQUAL(scene_tag(entry), 2);
        smf_cache_put(cache, entry);
        scene_close();
    }
}

static void what_is_no_regular_file_is_refused(void)
{
    scene_open(NULL);
    CHECK(mkfifo(scene_path("pipe.smf"), 0600) == 0);
    CHECK_STATUS(scene_touch("pipe.smf"), SMF_ERR_IO); /* and nobody waits for its other end */
    CHECK_EQUAL(why.value, ESPIPE);
    CHECK(mkdir(scene_path("folder.smf"), 0700) == 0);
    CHECK_STATUS(scene_touch("folder.smf"), SMF_ERR_IO);
    CHECK_EQUAL(why.value, EISDIR);
    scene_module("a.smf", 1, 10);
    CHECK_STATUS(scene_touch("a.smf/b"), SMF_ERR_NOT_FOUND);
    scene_close();
}

/* A mapped file that is replaced by renaming, or removed: who holds it goes on with what it was. */
static void mapped_files_may_be_renamed_over(void)
{
    char folder[128];
    const char *const folders[] = {folder};
    scene_open(NULL);
    snprintf(folder, sizeof folder, "%s", scene_path(""));
    CHECK_STATUS(smf_cache_finish(cache), SMF_OK);
    CHECK_STATUS(smf_cache_start(&cache, &(struct smf_cache_options){.map_folders = folders, .map_folder_count = 1}),
                 SMF_OK);
    scene_module("a.smf", 1, 20000);
    struct smf_cached *older = scene_get("a.smf");
    scene_module("new.smf", 2, 20000);
    CHECK(rename(scene_path("new.smf"), scene_path("a.smf")) == 0);
    struct smf_cached *newer = scene_get("a.smf");
    CHECK(older->mapped && newer->mapped && older != newer && older->revision != newer->revision);
    scene_remove("a.smf");
    CHECK_STATUS(scene_touch("a.smf"), SMF_ERR_NOT_FOUND);
    CHECK(scene_tag(older) == 1 && scene_tag(newer) == 2);
    smf_cache_put(cache, older);
    smf_cache_put(cache, newer);
    scene_close();
}

/* ---- A second process ---- */

enum { VERSIONS = 5, READERS = 4 };
enum { RENAMED, REWRITTEN, CUT, FILES };
static const char *const names[FILES] = {"renamed.smf", "rewritten.smf", "cut.smf"};
static char paths[FILES][128], temporary[128];
static uint8_t *versions[VERSIONS];
static size_t version_sizes[VERSIONS];

static uint32_t next_random(uint32_t *random) { return (*random = *random * 1664525u + 1013904223u) >> 8; }

static void pause_us(uint32_t microseconds) { nanosleep(&(struct timespec){.tv_nsec = microseconds * 1000L}, NULL); }

/* In the other process: no checks, nothing but system calls. */
static void write_whole(const char *path, const uint8_t *bytes, size_t size, uint32_t *random)
{
    const int descriptor = open(path, O_WRONLY | O_CREAT, 0600);
    for (size_t at = 0, piece; at < size; at += piece) {
        piece = 1 + next_random(random) % size;
        piece = piece < size - at ? piece : size - at;
        if (pwrite(descriptor, bytes + at, piece, (off_t)at) < 0)
            _exit(1);
        if (next_random(random) % 4 == 0)
            pause_us(next_random(random) % 300);
    }
    if (descriptor < 0 || ftruncate(descriptor, (off_t)size) != 0)
        _exit(1);
    close(descriptor);
}

_Noreturn static void disturb(void)
{
    uint32_t random = 99;
    for (;;) {
        const uint32_t version = next_random(&random) % VERSIONS;
        const uint8_t *bytes = versions[version];
        const size_t size = version_sizes[version];
        switch (next_random(&random) % 4) {
        case 0:
            write_whole(temporary, bytes, size, &random);
            if (rename(temporary, paths[RENAMED]) != 0)
                _exit(1);
            break;
        case 1:
            write_whole(paths[REWRITTEN], bytes, size, &random);
            break;
        case 2:
            if (truncate(paths[CUT], (off_t)(next_random(&random) % size)) != 0)
                _exit(1);
            pause_us(next_random(&random) % 500);
            if (next_random(&random) % 4 == 0)
                unlink(paths[CUT]);
            write_whole(paths[CUT], bytes, size, &random);
            break;
        default:
            pause_us(next_random(&random) % 3000);
        }
    }
}

/* In this one. */
struct reader {
    pthread_t thread;
    struct smf_cache *caches[2]; /* copies; mapped ones, for what is renamed */
    uint32_t random;
    struct smf_loader loader;
    unsigned served[FILES], refused[FILES], tags[VERSIONS];
    char wrong[200];
    uint8_t arena[1 << 14];
};
static bool stop;

static void complain(struct reader *reader, const char *what, int file, int number)
{
    if (reader->wrong[0] == '\0')
        snprintf(reader->wrong, sizeof reader->wrong, "%s: %s (%d)", names[file], what, number);
}

static void use(struct reader *reader, const struct smf_cached *entry, int file)
{
    struct smf_module *module;
    struct smf_diagnosis said;
    const int tag = scene_tag(entry);
    if (tag < 1 || tag > VERSIONS) {
        complain(reader, "is no version", file, tag);
        return;
    }
    reader->tags[tag - 1]++;
    const enum smf_status status = smf_load(&reader->loader, &entry->source, &module, &said);
    if (status != SMF_OK || smf_unload(&reader->loader, module) != SMF_OK)
        complain(reader, "does not load", file, status);
    pause_us(next_random(&reader->random) % 2000);
    if (scene_tag(entry) != tag)
        complain(reader, "changed while it was held", file, tag);
}

static void *read_on(void *context)
{
    struct reader *reader = context;
    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
        struct smf_cached *entry;
        struct smf_diagnosis said;
        const int file = (int)(next_random(&reader->random) % FILES);
        struct smf_cache *own = reader->caches[file == RENAMED && next_random(&reader->random) % 2 == 0];
        const enum smf_status status = smf_cache_get(own, paths[file], &entry, &said);
        if (status == SMF_OK) {
            reader->served[file]++;
            use(reader, entry, file);
            smf_cache_put(own, entry);
            continue;
        }
        reader->refused[file]++;
        const bool allowed = status == SMF_ERR_CHANGED ||
                             (file != RENAMED && status != SMF_ERR_NO_MEMORY && status != SMF_ERR_ARGUMENT &&
                              (file == CUT || (status != SMF_ERR_NOT_FOUND && status != SMF_ERR_EMPTY)));
        if (!allowed || entry != NULL)
            complain(reader, smf_status_name(status), file, 0);
    }
    return NULL;
}

static double seconds(void)
{
    const char *const text = getenv("SMF_CACHE_SECONDS");
    return text != NULL ? strtod(text, NULL) : 1;
}

static void others_may_do_what_they_like(void)
{
    static struct reader readers[READERS];
    char folder[128];
    const char *const folders[] = {folder};
    scene_open(&(struct smf_cache_options){.check_hash = true});
    snprintf(folder, sizeof folder, "%s", scene_path(""));
    struct smf_cache *mapped;
    CHECK_STATUS(smf_cache_start(&mapped, &(struct smf_cache_options){.map_folders = folders, .map_folder_count = 1}),
                 SMF_OK);
    for (unsigned i = 0; i < VERSIONS; i++)
        versions[i] = scene_bytes((uint8_t)(i + 1), i < 3 ? 9000 : 2500 * i, &version_sizes[i]);
    for (unsigned i = 0; i < FILES; i++) {
        snprintf(paths[i], sizeof paths[i], "%s", scene_path(names[i]));
        scene_file(names[i], versions[0], version_sizes[0]);
    }
    snprintf(temporary, sizeof temporary, "%s", scene_path("temporary"));
    const pid_t other = fork();
    if (other == 0)
        disturb();
    CHECK(other > 0);
    stop = false;
    for (unsigned i = 0; i < READERS; i++) {
        struct reader *reader = &readers[i];
        memset(reader, 0, sizeof *reader);
        reader->caches[0] = cache;
        reader->caches[1] = mapped;
        reader->random = i + 1;
        const struct smf_config config = {.port = smf_port_posix(),
                                          .arena = reader->arena,
                                          .arena_size = sizeof reader->arena,
                                          .arch = &smf_arch_x86_64};
        CHECK_STATUS(smf_loader_start(&reader->loader, &config), SMF_OK);
        CHECK_EQUAL(pthread_create(&reader->thread, NULL, read_on, reader), 0);
    }
    for (double left = seconds(); left > 0; left -= 0.1)
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    unsigned served[FILES] = {0}, refused[FILES] = {0}, tags[VERSIONS] = {0};
    for (unsigned i = 0; i < READERS; i++) {
        pthread_join(readers[i].thread, NULL);
        smf_loader_finish(&readers[i].loader);
        CHECK_TEXT(readers[i].wrong, "");
        for (unsigned file = 0; file < FILES; file++) {
            served[file] += readers[i].served[file];
            refused[file] += readers[i].refused[file];
        }
        for (unsigned tag = 0; tag < VERSIONS; tag++)
            tags[tag] += readers[i].tags[tag];
    }
    int ended = 0;
    CHECK_EQUAL(waitpid(other, &ended, WNOHANG), 0); /* it did not give up */
    CHECK(kill(other, SIGKILL) == 0 && waitpid(other, &ended, 0) == other);
    for (unsigned file = 0; file < FILES; file++) {
        tap_note("%s: served %u, refused %u", names[file], served[file], refused[file]);
        CHECK(served[file] > 10);
    }
    for (unsigned tag = 0; tag < VERSIONS; tag++)
        CHECK(tags[tag] > 0);
    CHECK(refused[CUT] > 0);
    CHECK(scene_statistics().changes > 10);
    for (unsigned i = 0; i < VERSIONS; i++)
        free(versions[i]);
    CHECK_STATUS(smf_cache_finish(mapped), SMF_OK);
    scene_close();
}

static const struct tap_case cases[] = {
    {"quick_versions_are_told_apart",                 quick_versions_are_told_apart                },
    {"a_newer_file_is_a_new_entry",                   a_newer_file_is_a_new_entry                  },
    {"a_touched_file_is_the_same_entry",              a_touched_file_is_the_same_entry             },
    {"times_that_are_set_back_hide_nothing",          times_that_are_set_back_hide_nothing         },
    {"files_are_asked_after_as_often_as_options_say", files_are_asked_after_as_often_as_options_say},
    {"what_is_no_regular_file_is_refused",            what_is_no_regular_file_is_refused           },
    {"mapped_files_may_be_renamed_over",              mapped_files_may_be_renamed_over             },
    {"others_may_do_what_they_like",                  others_may_do_what_they_like                 },
};
TAP_MAIN(cases)
