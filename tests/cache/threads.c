/* SPDX-License-Identifier: MIT */
/*
 * threads.c - many threads, one cache, every call of it at once; under ThreadSanitizer, too. Each entry has to be what its path
 * says, limits hold whenever somebody looks, and at the end nothing is held. And: a file that many want is loaded once.
 *
 * SMF_CACHE_SECONDS says how long that lasts (1).
 */
#include "scene.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { THREADS = 6, FILES = 24, MAX_FILES = 9, MAX_BYTES = 9000, ROUNDS = 10 };
static char paths[FILES][128];
static const char *list[FILES];
static uint8_t *memory[2];
static size_t memory_sizes[2];
static bool stop;

struct worker {
    pthread_t thread;
    uint32_t random;
    unsigned calls, failures;
    char wrong[160];
};

static uint32_t next_random(struct worker *worker)
{
    return (worker->random = worker->random * 1664525u + 1013904223u) >> 8;
}

static void complain(struct worker *worker, const char *what, unsigned file, int number)
{
    if (worker->wrong[0] == '\0')
        snprintf(worker->wrong, sizeof worker->wrong, "%s: file %u, %d", what, file, number);
}

static void check(struct worker *worker, const struct smf_cached *entry, enum smf_status status, unsigned file)
{
    worker->failures += status != SMF_OK;
    if (file % 8 == 7 ? status != SMF_ERR_NOT_FOUND : status != SMF_OK)
        complain(worker, smf_status_name(status), file, 0);
    if (entry != NULL && scene_tag(entry) != (int)file + 1)
        complain(worker, "wrong bytes", file, scene_tag(entry));
}

static void get(struct worker *worker, unsigned file)
{
    struct smf_cached *entry;
    const enum smf_status status = smf_cache_get(cache, paths[file], &entry, NULL);
    check(worker, entry, status, file);
    if (entry == NULL)
        return;
    smf_cache_hold(cache, entry);
    smf_cache_put(cache, entry);
    if (next_random(worker) % 8 == 0)
        nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
    check(worker, entry, SMF_OK, file);
    smf_cache_put(cache, entry);
}

static void get_later(struct worker *worker, unsigned file)
{
    struct smf_cache_job *jobs[3];
    for (unsigned i = 0; i < 3; i++)
        if (smf_cache_get_start(cache, paths[(file + i) % FILES], &jobs[i]) != SMF_OK)
            complain(worker, "no job", file, 0);
    for (unsigned i = 0; i < 3; i++) {
        struct smf_cached *entry;
        smf_cache_job_done(jobs[i]);
        const enum smf_status status = smf_cache_job_wait(jobs[i], &entry, NULL);
        check(worker, entry, status, (file + i) % FILES);
        smf_cache_put(cache, entry);
    }
}

static void get_memory(struct worker *worker, unsigned which)
{
    struct smf_cached *entry;
    char id[16];
    snprintf(id, sizeof id, "memory %u", which);
    if (smf_cache_enter(cache, id, memory[which], memory_sizes[which], NULL, NULL, NULL) != SMF_OK)
        complain(worker, "cannot be entered", which, 0);
    if (smf_cache_get(cache, id, &entry, NULL) == SMF_OK && scene_tag(entry) != 100 + (int)which)
        complain(worker, "wrong memory", which, scene_tag(entry));
    smf_cache_put(cache, entry);
}

static void look(struct worker *worker)
{
    struct smf_cache_statistics statistics;
    smf_cache_statistics(cache, &statistics);
    if (statistics.bytes > MAX_BYTES || statistics.files > MAX_FILES + 2)
        complain(worker, "beyond the limits", 0, (int)statistics.bytes);
}

static void step(struct worker *worker)
{
    const unsigned file = next_random(worker) % FILES, what = next_random(worker) % 64;
    worker->calls++;
    if (what < 40)
        get(worker, file);
    else if (what < 44)
        get_later(worker, file);
    else if (what < 47)
        get_memory(worker, file % 2);
    else if (what < 51)
        smf_cache_evict(cache, paths[file]);
    else if (what < 54)
        look(worker);
    else if (what < 56)
        (void)!smf_cache_prefetch(cache, list + file, FILES - file, NULL);
    else if (what < 57)
        (void)!smf_cache_prefetch_parallel(cache, list, FILES, 3, NULL);
    else if (what < 59)
        smf_cache_reference(cache, paths[file]);
    else if (what < 61)
        smf_cache_unreference(cache, paths[file]);
    else if (what < 62)
        smf_cache_close(cache, paths[file]);
    else if (what < 63)
        smf_cache_clear(cache);
    else
        smf_cache_force_clear(cache);
}

static void *work(void *context)
{
    struct worker *worker = context;
    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
        step(worker);
    return NULL;
}

static void make_files(void)
{
    for (unsigned i = 0; i < FILES; i++) {
        char name[16];
        snprintf(name, sizeof name, "f%u.smf", i);
        snprintf(paths[i], sizeof paths[i], "%s", scene_path(name));
        list[i] = paths[i];
        if (i % 8 != 7)
            scene_module(name, (uint8_t)(i + 1), i == 20 ? MAX_BYTES : 100 + 40 * i); /* one never fits */
    }
}

static void every_call_from_every_thread(void)
{
    static struct worker workers[THREADS];
    const char *const text = getenv("SMF_CACHE_SECONDS");
    scene_open(&(struct smf_cache_options){.max_files = MAX_FILES, .max_bytes = MAX_BYTES, .workers = 3});
    make_files();
    for (unsigned i = 0; i < 2; i++)
        memory[i] = scene_bytes((uint8_t)(100 + i), 300, &memory_sizes[i]);
    stop = false;
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.random = i * 7919};
        CHECK_EQUAL(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (double left = text != NULL ? strtod(text, NULL) : 1; left > 0; left -= 0.1)
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    unsigned calls = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        CHECK_TEXT(workers[i].wrong, "");
        CHECK(workers[i].calls > 20 && workers[i].failures > 0);
        calls += workers[i].calls;
    }
    const struct smf_cache_statistics statistics = scene_statistics();
    tap_note("%u calls, %llu gets, %llu loads, %llu evictions, %llu uncached, %llu rereads", calls,
             (unsigned long long)(statistics.hits + statistics.misses), (unsigned long long)statistics.loads,
             (unsigned long long)statistics.evictions, (unsigned long long)statistics.uncached,
             (unsigned long long)statistics.rereads);
    CHECK(statistics.hits > 0 && statistics.loads > 0 && statistics.evictions > 0 && statistics.uncached > 0);
    CHECK_EQUAL(statistics.outside_bytes, 0);
    CHECK_EQUAL(statistics.misses, statistics.loads + statistics.failures);
    scene_close();
    free(memory[0]);
    free(memory[1]);
}

/* ---- One load for many ---- */

static pthread_barrier_t barrier;

static void *get_at_once(void *context)
{
    struct smf_cached **entry = context;
    pthread_barrier_wait(&barrier);
    return smf_cache_get(cache, paths[0], entry, NULL) == SMF_OK ? entry : NULL;
}

static void a_file_that_many_want_is_loaded_once(void)
{
    for (int large = 0; large < 2; large++) {
        pthread_t threads[THREADS];
        struct smf_cached *entries[THREADS];
        unsigned loads = 0;
        for (unsigned round = 0; round < ROUNDS; round++) {
            scene_open(&(struct smf_cache_options){.max_bytes = large ? 1000 : 0});
            scene_module("a.smf", 1, 100000);
            snprintf(paths[0], sizeof paths[0], "%s", scene_path("a.smf"));
            scene_settle();
            CHECK_EQUAL(pthread_barrier_init(&barrier, NULL, THREADS), 0);
            for (unsigned i = 0; i < THREADS; i++)
                CHECK_EQUAL(pthread_create(&threads[i], NULL, get_at_once, &entries[i]), 0);
            for (unsigned i = 0; i < THREADS; i++) {
                void *answer = NULL;
                pthread_join(threads[i], &answer);
                CHECK(answer == &entries[i] && scene_tag(entries[i]) == 1);
                CHECK(large || entries[i] == entries[0]);
                smf_cache_put(cache, entries[i]);
            }
            loads += (unsigned)scene_statistics().loads;
            CHECK(large || scene_statistics().loads == 1);
            pthread_barrier_destroy(&barrier);
            scene_close();
        }
        tap_note("%u loads for %d times %d gets of a file that is %s", loads, (int)ROUNDS, (int)THREADS,
                 large ? "not kept" : "kept");
        CHECK(large || loads == ROUNDS);
    }
}

static const struct tap_case cases[] = {
    {"every_call_from_every_thread",         every_call_from_every_thread        },
    {"a_file_that_many_want_is_loaded_once", a_file_that_many_want_is_loaded_once},
};
TAP_MAIN(cases)
