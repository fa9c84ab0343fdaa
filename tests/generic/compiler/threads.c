/* SPDX-License-Identifier: MIT */
/* threads.c - the JSON boundary from many threads: contexts of their own, and one that all share. */
#include "generic/compiler/scene.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 4, ROUNDS = 60 };

static int64_t shared;
static atomic_uint wrong;

static void expect(char *answer, const char *text)
{
    if (answer == NULL || strstr(answer, text) == NULL)
        atomic_fetch_add(&wrong, 1);
    smf_json_free(answer);
}

static void *run(void *argument)
{
    static const char *const types[] = {"i32", "i64", "f32", "f64"};
    const unsigned number = (unsigned)(uintptr_t)argument;
    int64_t last = 0;
    for (unsigned i = 0; i < ROUNDS; i++) {
        char text[120], wanted[60];
        const char *type = types[(number + i) % 4];
        const int64_t own = smf_json_create(NULL, NULL, NULL);
        atomic_fetch_add(&wrong, own <= last);
        last = own;
        snprintf(text, sizeof text, "[{\"type\": \"%s\"}]", type);
        snprintf(wanted, sizeof wanted, "\"name\": \"%s\"", type);
        expect(smf_json_infer_types(own, "{\"name\": \"f\", \"type_params\": [\"T\"]}", text), wanted);
        snprintf(text, sizeof text, "[\"%s\"]", type);
        snprintf(wanted, sizeof wanted, "\"symbol\": \"sort$%s\"", type);
        expect(smf_json_instantiate(shared, "{\"name\": \"sort\"}", text), wanted);
        atomic_fetch_add(&wrong, !smf_json_destroy(own));
        expect(smf_json_get_stats(own), "invalid handle");
    }
    return NULL;
}

static void calls_from_many_threads(void)
{
    const struct smf_compiler_options options = {.instantiator = &scene.instantiator};
    pthread_t threads[THREADS];
    scene_start();
    scene_open();
    shared = smf_json_create(NULL, &options, NULL);
    for (uintptr_t i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, run, (void *)i), 0);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CHECK_EQUAL(atomic_load(&wrong), 0);
    char *statistics = smf_json_get_stats(shared), wanted[120];
    snprintf(wanted, sizeof wanted, "\"template_instantiations\": 4, \"cache_hits\": %d, \"cache_misses\": 4",
             THREADS * ROUNDS - 4);
    CHECK(statistics != NULL && strstr(statistics, wanted) != NULL);
    smf_json_free(statistics);
    CHECK(smf_json_destroy(shared));
    scene_end();
}

static const struct tap_case cases[] = {
    {"calls_from_many_threads", calls_from_many_threads},
};
TAP_MAIN(cases)
