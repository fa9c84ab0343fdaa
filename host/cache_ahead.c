/* SPDX-License-Identifier: MIT */
/* cache_ahead.c - files before they are needed: one after the other, by several threads, in the background. */
#include <stdlib.h>
#include <string.h>

#include "cache.h"

/* Files that the system is told of before the one that is read. */
enum { AHEAD = 32 };

/* A list of paths that threads take from. */
struct queue {
    struct smf_cache *cache;
    const char *const *paths;
    size_t count;
    enum smf_status *statuses; /* may be NULL */
    pthread_mutex_t mutex;
    size_t next, told; /* the next to be loaded, to be told of */
    size_t failed;     /* the first that failed, and how       */
    enum smf_status status;
};

static enum smf_status fetch(struct smf_cache *cache, const char *path)
{
    struct smf_cached *entry;
    const enum smf_status status = smf_cache_get(cache, path, &entry, NULL);
    if (status != SMF_OK)
        return status;
    struct smf_view view = smf_cache_entry_of(entry)->view; /* a copy: threads share the entry */
    if (entry->mapped && smf_view_advise(&view, 0, view.size, SMF_VIEW_WILL_NEED) != SMF_OK)
        view.error = 0; /* advice is only advice */
    smf_cache_put(cache, entry);
    return SMF_OK;
}

/* Take the next path; false: there is none. `*tell`, `*end`: those that the system is to be told of now. */
static bool take(struct queue *queue, size_t *index, size_t *tell, size_t *end)
{
    pthread_mutex_lock(&queue->mutex);
    const bool any = queue->next < queue->count;
    *index = queue->next;
    *tell = *end = queue->told;
    if (any) {
        queue->next++;
        if (queue->told < queue->count && queue->told < queue->next + AHEAD / 2)
            *end = queue->count - queue->next > AHEAD ? queue->next + AHEAD : queue->count;
        queue->told = *end;
    }
    pthread_mutex_unlock(&queue->mutex);
    return any;
}

static void settle(struct queue *queue, size_t index, enum smf_status status)
{
    if (queue->statuses != NULL)
        queue->statuses[index] = status;
    if (status == SMF_OK)
        return;
    pthread_mutex_lock(&queue->mutex);
    if (index < queue->failed) {
        queue->failed = index;
        queue->status = status;
    }
    pthread_mutex_unlock(&queue->mutex);
}

static void drain(void *context)
{
    struct queue *queue = context;
    size_t index, tell, end;
    while (take(queue, &index, &tell, &end)) {
        for (; tell < end; tell++)
            if (!smf_cache_has(queue->cache, queue->paths[tell]))
                smf_cache_file_advise(queue->paths[tell]);
        settle(queue, index, fetch(queue->cache, queue->paths[index]));
    }
}

enum smf_status smf_cache_prefetch_parallel(struct smf_cache *cache, const char *const *paths, size_t count,
                                            unsigned workers, enum smf_status *statuses)
{
    struct queue queue = {
        .cache = cache, .paths = paths, .count = count, .statuses = statuses, .failed = count, .status = SMF_OK};
    struct smf_thread *threads = NULL;
    unsigned started = 0;
    if (pthread_mutex_init(&queue.mutex, NULL) != 0)
        return SMF_ERR_NO_MEMORY;
    if (workers > count)
        workers = (unsigned)count;
    if (workers > 1)
        threads = calloc(workers - 1, sizeof *threads);
    while (threads != NULL && started + 1 < workers && smf_thread_start(&threads[started], drain, &queue) == SMF_OK)
        started++;
    drain(&queue);
    while (started != 0)
        smf_thread_join(&threads[--started]);
    free(threads);
    pthread_mutex_destroy(&queue.mutex);
    return queue.status;
}

enum smf_status smf_cache_prefetch(struct smf_cache *cache, const char *const *paths, size_t count,
                                   enum smf_status *statuses)
{
    return smf_cache_prefetch_parallel(cache, paths, count, 1, statuses);
}

/* ---- In the background ---- */

struct smf_cache_job {
    struct smf_cache_job *next;
    struct smf_cache *cache;
    const char *const *paths; /* of a prefetch; NULL: a get of `path` */
    size_t count;
    enum smf_status *statuses;
    bool done;
    enum smf_status status;
    struct smf_diagnosis why;
    struct smf_cached *entry;
    char path[];
};

static void run(struct smf_cache_job *job)
{
    struct smf_cache *cache = job->cache;
    if (job->paths == NULL)
        job->status = smf_cache_get(cache, job->path, &job->entry, &job->why);
    else
        job->why.status = job->status = smf_cache_prefetch(cache, job->paths, job->count, job->statuses);
    smf_cache_lock(cache);
    job->done = true;
    pthread_cond_broadcast(&cache->done);
    smf_cache_unlock(cache);
}

/* The next job, out of the list; the mutex is held. */
static struct smf_cache_job *next_job(struct smf_cache *cache)
{
    struct smf_cache_job *job = cache->first;
    if (job != NULL) {
        cache->first = job->next;
        cache->last = cache->first != NULL ? cache->last : &cache->first;
        cache->waiting_jobs--;
    }
    return job;
}

static void work(void *context)
{
    struct smf_cache *cache = context;
    smf_cache_lock(cache);
    for (;;) {
        struct smf_cache_job *job = next_job(cache);
        if (job == NULL && cache->ending)
            break;
        if (job == NULL) {
            cache->idle_threads++;
            pthread_cond_wait(&cache->work, &cache->mutex);
            cache->idle_threads--;
            continue;
        }
        smf_cache_unlock(cache);
        run(job);
        smf_cache_lock(cache);
    }
    smf_cache_unlock(cache);
}

void smf_cache_workers_finish(struct smf_cache *cache)
{
    smf_cache_lock(cache);
    cache->ending = true;
    pthread_cond_broadcast(&cache->work);
    smf_cache_unlock(cache);
    for (unsigned i = 0; i < cache->thread_count; i++)
        smf_thread_join(&cache->threads[i]);
}

static enum smf_status start(struct smf_cache *cache, const char *path, struct smf_cache_job **started,
                             const struct smf_cache_job *what)
{
    const size_t length = strlen(path) + 1;
    struct smf_cache_job *job = calloc(1, sizeof *job + length);
    *started = job;
    if (job == NULL)
        return SMF_ERR_NO_MEMORY;
    *job = *what;
    job->cache = cache;
    memcpy(job->path, path, length);
    smf_cache_lock(cache);
    *cache->last = job;
    cache->last = &job->next;
    cache->waiting_jobs++;
    if (cache->waiting_jobs > cache->idle_threads && cache->thread_count < cache->options.workers &&
        smf_thread_start(&cache->threads[cache->thread_count], work, cache) == SMF_OK)
        cache->thread_count++;
    if (cache->thread_count == 0)
        job = next_job(cache); /* nobody else will: it is this one, the only one */
    else
        job = NULL;
    pthread_cond_signal(&cache->work);
    smf_cache_unlock(cache);
    if (job != NULL)
        run(job);
    return SMF_OK;
}

enum smf_status smf_cache_get_start(struct smf_cache *cache, const char *path, struct smf_cache_job **job)
{
    return start(cache, path, job, &(struct smf_cache_job){.status = SMF_OK});
}

enum smf_status smf_cache_prefetch_start(struct smf_cache *cache, const char *const *paths, size_t count,
                                         enum smf_status *statuses, struct smf_cache_job **job)
{
    static const char *const none[1];
    return start(cache, "", job,
                 &(struct smf_cache_job){.paths = paths != NULL ? paths : none, .count = count, .statuses = statuses});
}

bool smf_cache_job_done(struct smf_cache_job *job)
{
    smf_cache_lock(job->cache);
    const bool done = job->done;
    smf_cache_unlock(job->cache);
    return done;
}

enum smf_status smf_cache_job_wait(struct smf_cache_job *job, struct smf_cached **entry, struct smf_diagnosis *why)
{
    struct smf_cache *cache = job->cache;
    smf_cache_lock(cache);
    while (!job->done)
        pthread_cond_wait(&cache->done, &cache->mutex);
    smf_cache_unlock(cache);
    const enum smf_status status = job->status;
    if (why != NULL)
        *why = job->why;
    if (entry != NULL)
        *entry = job->entry;
    else
        smf_cache_put(cache, job->entry);
    free(job);
    return status;
}
