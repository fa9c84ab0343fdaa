/* SPDX-License-Identifier: MIT */
/*
 * threads.c - four threads use one provider with a small cache, while a fifth changes modules and drops what is kept:
 * what is held stays whole, and at the end everything is back. Under ThreadSanitizer, too.
 */
#include <pthread.h>
#include <string.h>

#include "harness/tap.h"
#include "smf/provider.h"

enum { THREADS = 4, STEPS = 3000, MODULES = 6, SIZE = 64 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct smf_provider provider;
static uint8_t arena[1 << 13];

/* Bytes of a module say its number; they are no SMF, so they are located and listed, and objects lie beside them. */
static uint8_t contents[MODULES][SIZE];
static uint64_t revisions[MODULES]; /* under the provider's lock: suppliers are called there */
static unsigned out, wrong;

static void lock(void *context) { CHECK(pthread_mutex_lock(context) == 0); }
static void unlock(void *context) { CHECK(pthread_mutex_unlock(context) == 0); }

static enum smf_status look(const struct smf_supplier *supplier, const char *name, uint64_t *revision)
{
    (void)supplier;
    const unsigned number = (unsigned)(name[0] - 'a');
    if (number >= MODULES)
        return SMF_ERR_NOT_FOUND;
    *revision = ++revisions[number] / 16; /* changes now and then */
    return SMF_OK;
}

static enum smf_status find(const struct smf_supplier *supplier, const char *name, struct smf_supply *supply,
                            struct smf_diagnosis *why)
{
    (void)why;
    const unsigned number = (unsigned)(name[0] - 'a');
    if (look(supplier, name, &supply->revision) != SMF_OK)
        return SMF_ERR_NOT_FOUND;
    supply->source = smf_source_memory(contents[number], SIZE, SMF_STAYS_FOR_MODULE);
    supply->object = supply->source;
    supply->token = contents[number];
    out++;
    return SMF_OK;
}

static void give_back(const struct smf_supplier *supplier, struct smf_supply *supply)
{
    (void)supplier;
    wrong += supply->token != supply->source.bytes;
    out--;
}

static void *use(void *argument)
{
    uint32_t random = *(const uint32_t *)argument;
    uintptr_t bad = 0;
    for (unsigned step = 0; step < STEPS; step++) {
        random = random * 1664525u + 1013904223u;
        const unsigned number = (random >> 16) % MODULES;
        const char name[2] = {(char)('a' + number), '\0'};
        struct smf_source source;
        struct smf_diagnosis why;
        if (smf_provider_object(&provider, name, &source, &why) != SMF_OK) {
            bad++;
            continue;
        }
        for (unsigned i = 0; i < SIZE; i++)
            bad += ((const uint8_t *)source.bytes)[i] != number + 1;
        bad += smf_provider_give_back(&provider, &source) != SMF_OK;
    }
    return (void *)bad;
}

static void *disturb(void *argument)
{
    struct smf_location location;
    for (unsigned step = 0; step < STEPS; step++) {
        const char name[2] = {(char)('a' + step % (MODULES + 1)), '\0'};
        (void)smf_provider_invalidate(&provider, step % 7 == 0 ? NULL : name);
        if (smf_provider_locate(&provider, name, &location, NULL, 0, NULL) == SMF_OK && location.size != SIZE)
            return argument;
    }
    return NULL;
}

static void a_provider_under_a_lock(void)
{
    static const struct smf_supplier supplier = {.title = "shelf", .find = find, .look = look, .give_back = give_back};
    const struct smf_provider_config config = {
        .suppliers = &supplier,
        .supplier_count = 1,
        .arena = arena,
        .arena_size = sizeof arena,
        .bucket_count = 2,
        .enable_cache = true,
        .modules = {3, UINT64_MAX},
        .lock = lock,
        .unlock = unlock,
        .lock_context = &mutex
    };
    pthread_t threads[THREADS + 1];
    uint32_t seeds[THREADS];
    for (unsigned i = 0; i < MODULES; i++)
        memset(contents[i], (int)(i + 1), SIZE);
    CHECK_STATUS(smf_provider_start(&provider, &config), SMF_OK);
    for (unsigned i = 0; i < THREADS; i++) {
        seeds[i] = i + 1;
        CHECK(pthread_create(&threads[i], NULL, use, &seeds[i]) == 0);
    }
    CHECK(pthread_create(&threads[THREADS], NULL, disturb, &provider) == 0);
    for (unsigned i = 0; i <= THREADS; i++) {
        void *bad = &provider;
        CHECK(pthread_join(threads[i], &bad) == 0);
        CHECK(bad == NULL);
    }
    struct smf_provider_statistics statistics;
    smf_provider_get_statistics(&provider, &statistics);
    CHECK(statistics.held == 0 && statistics.supplies == out && statistics.modules.entries <= 3 && wrong == 0);
    CHECK(statistics.modules.hits != 0 && statistics.modules.evictions != 0 && statistics.stale != 0);
    smf_provider_finish(&provider);
    CHECK_EQUAL(out, 0);
}

static const struct tap_case cases[] = {
    {"a_provider_under_a_lock", a_provider_under_a_lock},
};
TAP_MAIN(cases)
