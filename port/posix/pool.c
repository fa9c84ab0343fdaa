/* SPDX-License-Identifier: MIT */
/* pool.c - one warm mapping that loads take parts of: first fit, whole pages. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "posix.h"

struct smf_posix_range {
    struct smf_posix_range *next;
    size_t start, size;              /* counted from the pool's start, whole pages */
    size_t sealed_start, sealed_end; /* outside of these everything is still writable */
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

/* The same for one place only. */
static struct smf_posix_range **find_at(struct smf_posix_pool *pool, uint64_t address, size_t size, size_t *start)
{
    const uintptr_t base = (uintptr_t)pool->bytes;
    if (address < base || address - base > pool->size)
        return NULL;
    const size_t at = (size_t)(address - base);
    struct smf_posix_range **link = &pool->ranges;
    size_t free_from = 0;
    while (*link != NULL && (*link)->start + (*link)->size <= at) {
        free_from = (*link)->start + (*link)->size;
        link = &(*link)->next;
    }
    const size_t free_to = *link != NULL ? (*link)->start : pool->size;
    *start = at;
    return at >= free_from && at <= free_to && size <= free_to - at ? link : NULL;
}

static size_t available(void *context, enum smf_access access)
{
    const struct smf_posix_pool *pool = context;
    size_t free_from = 0, largest = 0;
    (void)access;
    for (const struct smf_posix_range *range = pool->ranges;; range = range->next) {
        const size_t gap = (range != NULL ? range->start : pool->size) - free_from;
        largest = gap > largest ? gap : largest;
        if (range == NULL)
            return largest;
        free_from = range->start + range->size;
    }
}

/* The range in use that holds an address of this process; NULL if none does. */
static struct smf_posix_range *range_of(const struct smf_posix_pool *pool, uintptr_t address)
{
    const uintptr_t at = address - (uintptr_t)pool->bytes;
    struct smf_posix_range *range = pool->ranges;
    while (range != NULL && at - range->start >= range->size)
        range = range->next;
    return range;
}

#ifdef __linux__
static enum smf_status query(void *context, uintptr_t address, enum smf_access *access)
{
    return range_of(context, address) != NULL ? smf_posix_query(address, access) : SMF_ERR_NOT_FOUND;
}
#else
#define query NULL /* the system has no map to read */
#endif

static enum smf_status reserve(void *context, const struct smf_region_request *requests, size_t count,
                               struct smf_region *regions)
{
    struct smf_posix_pool *pool = context;
    struct smf_posix_plan plan;
    size_t start;
    if (smf_posix_plan(&plan, pool->page, requests, count) != SMF_OK)
        return SMF_ERR_NO_MEMORY;
    struct smf_posix_range **link =
        plan.start != 0 ? find_at(pool, plan.start, plan.size, &start) : find(pool, plan.size, plan.alignment, &start);
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
    struct smf_posix_range *range = range_of(pool, region->address);
    const size_t start = (size_t)(region->bytes - pool->bytes), end = start + region->size;
    if (range == NULL)
        return SMF_ERR_PROTECT;
    if (access == SMF_ACCESS_RW && (start >= range->sealed_end || end <= range->sealed_start))
        return SMF_OK; /* it is that from reserve on */
    const enum smf_status status = smf_posix_protect(region, pool->page, access);
    if (status == SMF_OK && access != SMF_ACCESS_RW) {
        const bool first = range->sealed_end == 0;
        range->sealed_start = first || start < range->sealed_start ? start : range->sealed_start;
        range->sealed_end = end > range->sealed_end ? end : range->sealed_end;
    }
    return status;
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
                                   .can_split = protect_pages,
                                   .reserve = reserve,
                                   .release = release,
                                   .protect = protect_pages ? protect : protect_nothing,
                                   .sync_code = smf_posix_sync_code,
                                   .query = query,
                                   .available = available,
                                   .now = smf_posix_now,
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
