/* SPDX-License-Identifier: MIT */
/* pool.c - one warm mapping that loads take parts of: first fit, whole pages. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "posix.h"

struct smf_posix_range {
    struct smf_posix_range *next;
    size_t start, size; /* counted from the pool's start, whole pages */
};

/* The first gap that takes `size` bytes at `alignment`: where it starts, and the link behind which it lies. */
static struct smf_posix_range **find(struct smf_posix_pool *pool, size_t size, size_t alignment, size_t *start)
{
    const uintptr_t base = (uintptr_t)pool->bytes;
    struct smf_posix_range **link = &pool->ranges;
    size_t free_from = 0;
    for (;; link = &(*link)->next) {
        const size_t free_to = *link != NULL ? (*link)->start : pool->size;
        const size_t at = free_from + (size_t)(-(base + free_from) & (alignment - 1));
        if (at <= free_to && size <= free_to - at) {
            *start = at;
            return link;
        }
        if (*link == NULL)
            return NULL;
        free_from = (*link)->start + (*link)->size;
    }
}

static enum smf_status reserve(void *context, const struct smf_region_request *requests, size_t count,
                               struct smf_region *regions)
{
    struct smf_posix_pool *pool = context;
    struct smf_posix_plan plan;
    size_t start;
    if (smf_posix_plan(&plan, pool->page, requests, count) != SMF_OK)
        return SMF_ERR_NO_MEMORY;
    struct smf_posix_range **link = find(pool, plan.size, plan.alignment, &start);
    if (link == NULL || (uint64_t)(uintptr_t)(pool->bytes + start) + (plan.size - 1) > plan.highest)
        return SMF_ERR_NO_MEMORY;
    struct smf_posix_range *range = malloc(sizeof *range);
    if (range == NULL)
        return SMF_ERR_NO_MEMORY;
    *range = (struct smf_posix_range){.next = *link, .start = start, .size = plan.size};
    *link = range;
    smf_posix_place(pool->bytes + start, pool->page, requests, count, regions);
    return SMF_OK;
}

/* Everything becomes writable again in one call; if the system refuses that, the range stays in use for good. */
static void release(void *context, const struct smf_region *regions, size_t count)
{
    struct smf_posix_pool *pool = context;
    const size_t start = (size_t)(regions[0].bytes - pool->bytes), size = smf_posix_span(regions, count, pool->page);
    if (pool->protect && mprotect(regions[0].bytes, size, PROT_READ | PROT_WRITE) != 0)
        return;
    struct smf_posix_range **link = &pool->ranges;
    while (*link != NULL && (*link)->start != start)
        link = &(*link)->next;
    struct smf_posix_range *range = *link;
    if (range != NULL) {
        *link = range->next;
        free(range);
    }
}

static enum smf_status protect(void *context, const struct smf_region *region, enum smf_access access)
{
    const struct smf_posix_pool *pool = context;
    if (access == SMF_ACCESS_RW)
        return SMF_OK; /* it is that from reserve on */
    return smf_posix_protect(region, pool->page, access);
}

static enum smf_status protect_nothing(void *context, const struct smf_region *region, enum smf_access access)
{
    (void)context;
    (void)region;
    (void)access;
    return SMF_OK;
}

static void lock(void *context)
{
    struct smf_posix_pool *pool = context;
    pthread_mutex_lock(&pool->mutex);
}

static void unlock(void *context)
{
    struct smf_posix_pool *pool = context;
    pthread_mutex_unlock(&pool->mutex);
}

const struct smf_port *smf_port_posix_pool_start(struct smf_posix_pool *pool, size_t size, bool protect_pages)
{
    const size_t page = smf_posix_page();
    const int protection = PROT_READ | PROT_WRITE | (protect_pages ? 0 : PROT_EXEC);
    if (size == 0 || size > SIZE_MAX - page)
        return NULL;
    size = (size + page - 1) & ~(page - 1);
    uint8_t *bytes = smf_posix_map(size, page, SMF_POSIX_REACH, protection);
    if (bytes == NULL)
        bytes = smf_posix_map(size, page, UINT64_MAX, protection);
    if (bytes == NULL)
        return NULL;
    memset(bytes, 0, size); /* warm: no load pays for the first touch */
    *pool = (struct smf_posix_pool){.bytes = bytes, .size = size, .page = page, .protect = protect_pages};
    smf_posix_start_mutex(&pool->mutex);
    pool->port = (struct smf_port){.context = pool,
                                   .granule = page,
                                   .reach = SMF_POSIX_REACH,
                                   .can_rwx = true,
                                   .reserve = reserve,
                                   .release = release,
                                   .protect = protect_pages ? protect : protect_nothing,
                                   .sync_code = smf_posix_sync_code,
                                   .lock = lock,
                                   .unlock = unlock};
    return &pool->port;
}

void smf_port_posix_pool_finish(struct smf_posix_pool *pool)
{
    while (pool->ranges != NULL) {
        struct smf_posix_range *next = pool->ranges->next;
        free(pool->ranges);
        pool->ranges = next;
    }
    munmap(pool->bytes, pool->size);
    pthread_mutex_destroy(&pool->mutex);
}
