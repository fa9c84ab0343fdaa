/* SPDX-License-Identifier: MIT */
/* ahead.c - files before they are needed (C6 to C8, D-17): in order, by several threads, in the background; and mapped ones. */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILES = 40 };
static char paths[FILES][128];
static const char *list[FILES];

/* FOLDER/f0.smf and so on, each with its own tag; number 3 is missing and number 5 is no module. */
static void make_files(void)
{
    for (unsigned i = 0; i < FILES; i++) {
        char name[16];
        snprintf(name, sizeof name, "f%u.smf", i);
        snprintf(paths[i], sizeof paths[i], "%s", scene_path(name));
        list[i] = paths[i];
        if (i == 5)
            scene_file(name, "no module at all", 16);
        else if (i != 3)
            scene_module(name, (uint8_t)(i + 1), 50);
    }
}

static void check_statuses(const enum smf_status *statuses, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const bool good = i != 3 && i != 5;
        CHECK_STATUS(statuses[i], good ? SMF_OK : i == 3 ? SMF_ERR_NOT_FOUND : SMF_ERR_NOT_SMF);
        CHECK(smf_cache_has(cache, list[i]) == good);
    }
}

static void a_bad_path_does_not_stop_the_rest(void)
{
    enum smf_status statuses[FILES];
    scene_open(NULL);
    make_files();
    CHECK_STATUS(smf_cache_prefetch(cache, list, FILES, statuses), SMF_ERR_NOT_FOUND);
    check_statuses(statuses, FILES);
    struct smf_cache_statistics statistics = scene_statistics();
    CHECK_EQUAL(statistics.misses, FILES);
    CHECK_EQUAL(statistics.held, 0);
    CHECK_STATUS(smf_cache_prefetch(cache, list, 3, NULL), SMF_OK); /* what is there is not loaded again */
    statistics = scene_statistics();
    CHECK_EQUAL(statistics.hits, 3);
    CHECK_EQUAL(statistics.loads, FILES - 2);
    CHECK_STATUS(smf_cache_prefetch(cache, list, 0, NULL), SMF_OK);
    scene_close();
}

static void any_number_of_workers_loads_all(void)
{
    static const unsigned workers[] = {0, 1, 2, 4, 39, 40, 41, 200};
    for (size_t i = 0; i < sizeof workers / sizeof workers[0]; i++) {
        enum smf_status statuses[FILES];
        tap_variant("workers=%u", workers[i]);
        scene_open(NULL);
        make_files();
        CHECK_STATUS(smf_cache_prefetch_parallel(cache, list, FILES, workers[i], statuses), SMF_ERR_NOT_FOUND);
        check_statuses(statuses, FILES);
        CHECK_EQUAL(scene_statistics().loads, FILES - 2);
        CHECK_STATUS(smf_cache_prefetch_parallel(cache, list, 0, workers[i], NULL), SMF_OK);
        CHECK_STATUS(smf_cache_prefetch_parallel(cache, list, 1, workers[i], NULL), SMF_OK); /* fewer than workers */
        scene_close();
    }
    tap_variant("%s", "");
}

static void one_path_many_times_is_loaded_once(void)
{
    static const char *same[100];
    scene_open(NULL);
    make_files();
    for (size_t i = 0; i < 100; i++)
        same[i] = list[0];
    CHECK_STATUS(smf_cache_prefetch_parallel(cache, same, 100, 4, NULL), SMF_OK);
    CHECK_EQUAL(scene_statistics().loads, 1);
    CHECK_EQUAL(scene_statistics().hits, 99);
    scene_close();
}

static void prefetch_keeps_the_limits(void)
{
    scene_open(&(struct smf_cache_options){.max_files = 7});
    make_files();
    CHECK_STATUS(smf_cache_prefetch_parallel(cache, list, 3, 2, NULL), SMF_OK);
    CHECK_STATUS(smf_cache_prefetch_parallel(cache, list + 6, FILES - 6, 2, NULL), SMF_OK);
    CHECK_EQUAL(smf_cache_count(cache), 7);
    scene_close();
}

static void gets_run_in_the_background(void)
{
    struct smf_cache_job *jobs[FILES];
    scene_open(&(struct smf_cache_options){.workers = 3});
    make_files();
    for (unsigned i = 0; i < FILES; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s", list[i]); /* it is copied */
        CHECK_STATUS(smf_cache_get_start(cache, path, &jobs[i]), SMF_OK);
        memset(path, 'x', sizeof path);
    }
    for (unsigned i = FILES; i-- != 0;) {
        struct smf_cached *entry;
        const bool good = i != 3 && i != 5;
        while (i % 2 == 0 && !smf_cache_job_done(jobs[i]))
            continue;
        CHECK_STATUS(smf_cache_job_wait(jobs[i], &entry, &why), good     ? SMF_OK
                                                                : i == 3 ? SMF_ERR_NOT_FOUND
                                                                         : SMF_ERR_NOT_SMF);
        CHECK((entry != NULL) == good && (good || why.status != SMF_OK));
        CHECK(entry == NULL || scene_tag(entry) == (int)i + 1);
        smf_cache_put(cache, entry);
    }
    scene_close();
}

static void a_wait_may_throw_the_entry_away(void)
{
    struct smf_cache_job *job;
    scene_open(NULL);
    make_files();
    CHECK_STATUS(smf_cache_get_start(cache, list[0], &job), SMF_OK);
    CHECK_STATUS(smf_cache_job_wait(job, NULL, NULL), SMF_OK);
    CHECK_EQUAL(scene_statistics().held, 0);
    CHECK(smf_cache_has(cache, list[0]));
    scene_close();
}

static void prefetches_run_in_the_background(void)
{
    enum smf_status statuses[FILES];
    struct smf_cache_job *job, *other;
    struct smf_cached *entry = NULL;
    scene_open(&(struct smf_cache_options){.workers = 1});
    make_files();
    CHECK_STATUS(smf_cache_prefetch_start(cache, list, FILES, statuses, &job), SMF_OK);
    CHECK_STATUS(smf_cache_prefetch_start(cache, NULL, 0, NULL, &other), SMF_OK);
    CHECK_STATUS(smf_cache_job_wait(job, &entry, &why), SMF_ERR_NOT_FOUND);
    CHECK(entry == NULL && why.status == SMF_ERR_NOT_FOUND);
    check_statuses(statuses, FILES);
    CHECK_STATUS(smf_cache_job_wait(other, NULL, NULL), SMF_OK);
    scene_close();
}

/* ---- Mapping ---- */

/* The folder of the scene, as option; its name changes with each scene: `ends` with a separator or not. */
static void open_mapped(const char *end)
{
    static char folder[128];
    static const char *folders[2] = {"elsewhere", folder};
    scene_open(NULL);
    snprintf(folder, sizeof folder, "%s", scene_path(""));
    if (end[0] == '\0')
        folder[strlen(folder) - 1] = '\0';
    CHECK_STATUS(smf_cache_finish(cache), SMF_OK);
    CHECK_STATUS(smf_cache_start(&cache, &(struct smf_cache_options){.map_folders = folders, .map_folder_count = 2}),
                 SMF_OK);
    folder[0] = '\0'; /* options are copied */
}

static void folders_that_are_vouched_for_are_mapped(void)
{
    for (int end = 0; end < 2; end++) {
        open_mapped(end ? "/" : "");
        make_files();
        struct smf_cached *entry = scene_get("f0.smf"), *again = scene_get("f0.smf");
        CHECK(entry == again && entry->mapped && scene_tag(entry) == 1 && entry->revision != 0);
        CHECK_STATUS(smf_cache_prefetch(cache, list, 3, NULL), SMF_OK); /* pages are asked for */
        smf_cache_put(cache, again);
        smf_cache_put(cache, entry);
        CHECK_STATUS(scene_touch("f3.smf"), SMF_ERR_NOT_FOUND);
        CHECK_STATUS(scene_touch("f5.smf"), SMF_ERR_NOT_SMF);
        scene_file("f6.smf", "", 0);
        CHECK_STATUS(scene_touch("f6.smf"), SMF_ERR_EMPTY);
        scene_close();
    }
}

/* The path decides, by its text: what leads out of the folder is copied. */
static void paths_out_of_the_folder_are_copied(void)
{
    char path[256];
    struct smf_cached *entry;
    open_mapped("/");
    make_files();
    snprintf(path, sizeof path, "./%s", list[0]);
    CHECK_STATUS(smf_cache_get(cache, path, &entry, &why), SMF_OK);
    CHECK(!entry->mapped);
    smf_cache_put(cache, entry);
    const int folder = (int)(strrchr(list[0], '/') - list[0]);
    snprintf(path, sizeof path, "%.*s/../%s", folder, list[0], list[0]);
    CHECK_STATUS(smf_cache_get(cache, path, &entry, &why), SMF_OK);
    CHECK(!entry->mapped && scene_tag(entry) == 1);
    smf_cache_put(cache, entry);
    scene_close();
}

static const struct tap_case cases[] = {
    {"a_bad_path_does_not_stop_the_rest",       a_bad_path_does_not_stop_the_rest      },
    {"any_number_of_workers_loads_all",         any_number_of_workers_loads_all        },
    {"one_path_many_times_is_loaded_once",      one_path_many_times_is_loaded_once     },
    {"prefetch_keeps_the_limits",               prefetch_keeps_the_limits              },
    {"gets_run_in_the_background",              gets_run_in_the_background             },
    {"a_wait_may_throw_the_entry_away",         a_wait_may_throw_the_entry_away        },
    {"prefetches_run_in_the_background",        prefetches_run_in_the_background       },
    {"folders_that_are_vouched_for_are_mapped", folders_that_are_vouched_for_are_mapped},
    {"paths_out_of_the_folder_are_copied",      paths_out_of_the_folder_are_copied     },
};
TAP_MAIN(cases)
