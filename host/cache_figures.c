/* SPDX-License-Identifier: MIT */
/* cache_figures.c - what a cache counts, and how it is written down. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cache.h"

/* ---- Counting; the mutex is held ---- */

/* 10 us to 1 s, in steps of about 3. */
static const uint64_t bounds[SMF_CACHE_BUCKETS] = {10000,    30000,    100000,    300000,    1000000,    3000000,
                                                   10000000, 30000000, 100000000, 300000000, 1000000000, UINT64_MAX};

void smf_cache_figures_start(struct smf_cache *cache)
{
    for (size_t i = 0; i < SMF_CACHE_BUCKETS; i++)
        cache->figures.buckets[i].bound_ns = bounds[i];
    cache->sample_every_ns = 1000000;
    smf_cache_sample(cache);
}

void smf_cache_count_load(struct smf_cache *cache, uint64_t nanoseconds)
{
    size_t i = 0;
    while (nanoseconds > bounds[i])
        i++;
    cache->figures.buckets[i].count++;
    cache->figures.loads++;
    cache->load_ns += nanoseconds;
}

/* Every second sample goes, and they are taken half as often. */
static void thin_out(struct smf_cache *cache)
{
    struct smf_cache_sample *samples = cache->figures.samples;
    for (size_t i = 1; 2 * i < SMF_CACHE_SAMPLES; i++)
        samples[i] = samples[2 * i];
    cache->figures.sample_count = SMF_CACHE_SAMPLES / 2;
    cache->sample_every_ns *= 2;
}

/* The newest sample says how things are; it becomes history when its time has passed. */
void smf_cache_sample(struct smf_cache *cache)
{
    struct smf_cache_statistics *figures = &cache->figures;
    const uint64_t now = smf_cache_now() - cache->started_ns;
    const size_t count = figures->sample_count;
    struct smf_cache_sample *last = &figures->samples[count != 0 ? count - 1 : 0];
    if (figures->bytes > figures->peak_bytes)
        figures->peak_bytes = figures->bytes;
    if (count > 1 && last->time_ns - last[-1].time_ns < cache->sample_every_ns) {
        *last = (struct smf_cache_sample){.time_ns = now, .bytes = figures->bytes, .files = figures->files};
        return;
    }
    if (count == SMF_CACHE_SAMPLES)
        thin_out(cache);
    figures->samples[figures->sample_count++] =
        (struct smf_cache_sample){.time_ns = now, .bytes = figures->bytes, .files = figures->files};
}

void smf_cache_record_load_time(struct smf_cache *cache, uint64_t nanoseconds)
{
    smf_cache_lock(cache);
    smf_cache_count_load(cache, nanoseconds);
    smf_cache_unlock(cache);
}

void smf_cache_statistics(struct smf_cache *cache, struct smf_cache_statistics *statistics)
{
    smf_cache_lock(cache);
    *statistics = cache->figures;
    const uint64_t load_ns = cache->load_ns;
    const size_t files = cache->limited_files;
    smf_cache_unlock(cache);
    const uint64_t gets = statistics->hits + statistics->misses;
    statistics->hit_rate = gets != 0 ? (double)statistics->hits / (double)gets : 0;
    statistics->average_load_ns = statistics->loads != 0 ? load_ns / statistics->loads : 0;
    statistics->average_file_size = files != 0 ? statistics->bytes / files : 0;
}

/* ---- Writing ---- */

struct text {
    char *into;
    size_t size, length;
};

__attribute__((format(printf, 2, 3))) static void say(struct text *text, const char *format, ...)
{
    const size_t room = text->length < text->size ? text->size - text->length : 0;
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(room != 0 ? text->into + text->length : NULL, room, format, arguments);
    va_end(arguments);
    text->length += length > 0 ? (size_t)length : 0;
}

static void say_text(struct text *text, const struct smf_cache_statistics *statistics)
{
    const uint64_t gets = statistics->hits + statistics->misses;
    say(text, "files %zu, bytes %" PRIu64 " (peak %" PRIu64 ", average %" PRIu64 "), held %zu, outside %" PRIu64 "\n",
        statistics->files, statistics->bytes, statistics->peak_bytes, statistics->average_file_size, statistics->held,
        statistics->outside_bytes);
    say(text, "gets %" PRIu64 ": hits %" PRIu64 ", misses %" PRIu64 ", hit rate %.1f %%, failures %" PRIu64 "\n", gets,
        statistics->hits, statistics->misses, statistics->hit_rate * 100, statistics->failures);
    say(text,
        "evictions %" PRIu64 ", changes %" PRIu64 ", rereads %" PRIu64 ", uncached %" PRIu64 "\n"
        "loads %" PRIu64 ", on average %.3f ms\n",
        statistics->evictions, statistics->changes, statistics->rereads, statistics->uncached, statistics->loads,
        (double)statistics->average_load_ns / 1e6);
    for (size_t i = 0; i < SMF_CACHE_BUCKETS; i++) {
        const struct smf_cache_bucket *bucket = &statistics->buckets[i];
        if (bucket->count != 0 && bucket->bound_ns != UINT64_MAX)
            say(text, "  up to %7.2f ms: %" PRIu64 "\n", (double)bucket->bound_ns / 1e6, bucket->count);
        else if (bucket->count != 0)
            say(text, "  longer       : %" PRIu64 "\n", bucket->count);
    }
    for (size_t i = 0; i < statistics->sample_count; i++)
        say(text, "%s at %.3f s: %zu files, %" PRIu64 " bytes\n", i == 0 ? "memory\n " : " ",
            (double)statistics->samples[i].time_ns / 1e9, statistics->samples[i].files, statistics->samples[i].bytes);
}

/* Numbers only: nothing needs to be escaped. The bound that has no end is null. */
static void say_json(struct text *text, const struct smf_cache_statistics *statistics)
{
    const unsigned millionths = (unsigned)(statistics->hit_rate * 1e6 + 0.5); /* a locale may have another point */
    say(text,
        "{\"files\": %zu, \"bytes\": %" PRIu64 ", \"hits\": %" PRIu64 ", \"misses\": %" PRIu64
        ", \"hit_rate\": %u.%06u, \"loads\": %" PRIu64 ", \"average_load_ns\": %" PRIu64 ",\n",
        statistics->files, statistics->bytes, statistics->hits, statistics->misses, millionths / 1000000,
        millionths % 1000000, statistics->loads, statistics->average_load_ns);
    say(text,
        " \"failures\": %" PRIu64 ", \"evictions\": %" PRIu64 ", \"changes\": %" PRIu64 ", \"rereads\": %" PRIu64
        ", \"uncached\": %" PRIu64 ", \"average_file_size\": %" PRIu64 ",\n",
        statistics->failures, statistics->evictions, statistics->changes, statistics->rereads, statistics->uncached,
        statistics->average_file_size);
    say(text, " \"held\": %zu, \"outside_bytes\": %" PRIu64 ", \"peak_bytes\": %" PRIu64 ",\n \"load_times\": [",
        statistics->held, statistics->outside_bytes, statistics->peak_bytes);
    for (size_t i = 0; i < SMF_CACHE_BUCKETS; i++) {
        say(text, "%s{\"up_to_ns\": ", i == 0 ? "" : ", ");
        if (statistics->buckets[i].bound_ns == UINT64_MAX)
            say(text, "null");
        else
            say(text, "%" PRIu64, statistics->buckets[i].bound_ns);
        say(text, ", \"count\": %" PRIu64 "}", statistics->buckets[i].count);
    }
    say(text, "],\n \"memory\": [");
    for (size_t i = 0; i < statistics->sample_count; i++)
        say(text, "%s{\"time_ns\": %" PRIu64 ", \"bytes\": %" PRIu64 ", \"files\": %zu}", i == 0 ? "" : ", ",
            statistics->samples[i].time_ns, statistics->samples[i].bytes, statistics->samples[i].files);
    say(text, "]}\n");
}

size_t smf_cache_report(const struct smf_cache_statistics *statistics, enum smf_cache_format format, char *into,
                        size_t size)
{
    struct text text = {into, size, 0};
    if (format == SMF_CACHE_JSON)
        say_json(&text, statistics);
    else
        say_text(&text, statistics);
    if (size != 0 && text.length == 0)
        into[0] = '\0';
    return text.length;
}
