/* SPDX-License-Identifier: MIT */
/* figures.c - what a cache counts (C13, C14, D-18), and its report as text and as JSON. */
#include "scene.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void the_hit_rate_is_of_all_gets(void)
{
    scene_open(NULL);
    CHECK(scene_statistics().hit_rate == 0);
    scene_module("a.smf", 1, 10);
    scene_settle();
    for (int i = 0; i < 3; i++)
        CHECK_STATUS(scene_touch("a.smf"), SMF_OK);
    CHECK_STATUS(scene_touch("b.smf"), SMF_ERR_NOT_FOUND);
    const struct smf_cache_statistics statistics = scene_statistics();
    CHECK_EQUAL(statistics.hits, 2);
    CHECK_EQUAL(statistics.misses, 2);
    CHECK_EQUAL(statistics.failures, 1);
    CHECK(statistics.hit_rate > 0.4999 && statistics.hit_rate < 0.5001);
    scene_close();
}

static void load_times_are_averaged_over_loads(void)
{
    scene_open(NULL);
    CHECK_EQUAL(scene_statistics().average_load_ns, 0);
    smf_cache_record_load_time(cache, 1000);
    smf_cache_record_load_time(cache, 5000);
    CHECK_STATUS(scene_touch("nothing.smf"), SMF_ERR_NOT_FOUND); /* no load, and not in the average */
    struct smf_cache_statistics statistics = scene_statistics();
    CHECK_EQUAL(statistics.average_load_ns, 3000);
    CHECK_EQUAL(statistics.loads, 2);
    scene_module("a.smf", 1, 10);
    scene_settle();
    CHECK_STATUS(scene_touch("a.smf"), SMF_OK);
    CHECK_STATUS(scene_touch("a.smf"), SMF_OK); /* a hit is none either */
    statistics = scene_statistics();
    CHECK_EQUAL(statistics.loads, 3);
    CHECK(statistics.average_load_ns > 2000);
    scene_close();
}

static void load_times_fall_into_buckets(void)
{
    scene_open(NULL);
    struct smf_cache_statistics statistics = scene_statistics();
    for (size_t i = 0; i < SMF_CACHE_BUCKETS; i++) {
        CHECK(i == 0 || statistics.buckets[i].bound_ns > statistics.buckets[i - 1].bound_ns);
        smf_cache_record_load_time(cache, statistics.buckets[i].bound_ns);
        if (i + 1 < SMF_CACHE_BUCKETS)
            smf_cache_record_load_time(cache, statistics.buckets[i].bound_ns + 1);
    }
    CHECK(statistics.buckets[SMF_CACHE_BUCKETS - 1].bound_ns == UINT64_MAX);
    smf_cache_record_load_time(cache, 0);
    statistics = scene_statistics();
    for (size_t i = 0; i < SMF_CACHE_BUCKETS; i++)
        CHECK_EQUAL(statistics.buckets[i].count, 2);
    scene_close();
}

/* As many changes as one likes: a bounded list, in order, with the newest exact. */
static void memory_over_time_is_bounded(void)
{
    scene_open(NULL);
    scene_module("a.smf", 1, 1000);
    const size_t size = scene_module("b.smf", 2, 3000);
    for (int i = 0; i < 400; i++) {
        CHECK_STATUS(scene_touch(i % 3 == 0 ? "a.smf" : "b.smf"), SMF_OK);
        if (i % 4 == 3)
            smf_cache_clear(cache);
        if (i % 2 == 0)
            nanosleep(&(struct timespec){.tv_nsec = 700000}, NULL);
        const struct smf_cache_statistics statistics = scene_statistics();
        CHECK(statistics.sample_count > 0 && statistics.sample_count <= SMF_CACHE_SAMPLES);
        for (size_t at = 1; at < statistics.sample_count; at++)
            CHECK(statistics.samples[at].time_ns >= statistics.samples[at - 1].time_ns);
        const struct smf_cache_sample *last = &statistics.samples[statistics.sample_count - 1];
        CHECK(last->bytes == statistics.bytes && last->files == statistics.files);
        CHECK_EQUAL(statistics.samples[0].bytes, 0); /* how it began is not forgotten */
    }
    CHECK(scene_statistics().sample_count >= SMF_CACHE_SAMPLES / 4);
    CHECK(scene_statistics().peak_bytes >= size);
    scene_close();
}

/* ---- The report ---- */

/* One JSON value of objects, arrays, strings without escapes, numbers and null; where it ends, or NULL. */
static const char *skip(const char *at)
{
    while (isspace((unsigned char)*at))
        at++;
    return at;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the report is */
static const char *value(const char *at)
{
    at = skip(at);
    if (*at == '{' || *at == '[') {
        const char close = *at == '{' ? '}' : ']', open = *at;
        at = skip(at + 1);
        for (; *at != close; at = *at == ',' ? skip(at + 1) : at) {
            if (open == '{') {
                at = strchr(at + (*at == '"'), '"');
                at = at != NULL ? skip(at + 1) : NULL;
                if (at == NULL || *at++ != ':')
                    return NULL;
            }
            at = value(at);
            at = at != NULL ? skip(at) : NULL;
            if (at == NULL || (*at != ',' && *at != close))
                return NULL;
        }
        return at + 1;
    }
    if (strncmp(at, "null", 4) == 0)
        return at + 4;
    const size_t digits = strspn(at, "0123456789.");
    return digits != 0 && at[0] != '.' ? at + digits : NULL;
}

static void reports_say_what_was_counted(void)
{
    static char text[8192], json[8192], cut[100];
    scene_open(NULL);
    scene_module("a.smf", 1, 10);
    scene_settle();
    for (int i = 0; i < 3; i++)
        CHECK_STATUS(scene_touch("a.smf"), SMF_OK);
    smf_cache_record_load_time(cache, UINT64_MAX / 4);
    const struct smf_cache_statistics statistics = scene_statistics();
    const size_t length = smf_cache_report(&statistics, SMF_CACHE_TEXT, text, sizeof text);
    CHECK_EQUAL(length, strlen(text));
    CHECK(strstr(text, "gets 3: hits 2, misses 1, hit rate 66.7 %, failures 0\n") != NULL);
    CHECK(strstr(text, "loads 2") != NULL && strstr(text, "longer") != NULL && strstr(text, "memory\n") != NULL);
    CHECK_EQUAL(smf_cache_report(&statistics, SMF_CACHE_JSON, json, sizeof json), strlen(json));
    CHECK(strstr(json, "\"hits\": 2, \"misses\": 1, \"hit_rate\": 0.666667, ") != NULL);
    CHECK(strstr(json, "{\"up_to_ns\": null, \"count\": 1}]") != NULL);
    const char *end = value(json);
    CHECK(end != NULL && *skip(end) == '\0');
    json[strlen(json) / 2] = '\0'; /* the check can say no */
    CHECK(value(json) == NULL);
    for (size_t size = 0; size <= sizeof cut; size++) {
        memset(cut, 'x', sizeof cut);
        CHECK_EQUAL(smf_cache_report(&statistics, SMF_CACHE_TEXT, cut, size), length);
        CHECK(size == 0 ? cut[0] == 'x' : strlen(cut) == size - 1 && strncmp(cut, text, size - 1) == 0);
    }
    scene_close();
}

static const struct tap_case cases[] = {
    {"the_hit_rate_is_of_all_gets",        the_hit_rate_is_of_all_gets       },
    {"load_times_are_averaged_over_loads", load_times_are_averaged_over_loads},
    {"load_times_fall_into_buckets",       load_times_fall_into_buckets      },
    {"memory_over_time_is_bounded",        memory_over_time_is_bounded       },
    {"reports_say_what_was_counted",       reports_say_what_was_counted      },
};
TAP_MAIN(cases)
