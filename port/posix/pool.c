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

/* Behind this link, and so in order. */
static enum smf_status insert(struct smf_posix_range **link, size_t start, size_t size)
{
    struct smf_posix_range *range = malloc(sizeof *range);
    if (range == NULL)
        return SMF_ERR_NO_MEMORY;
    *range = (struct smf_posix_range){.next = *link, .start = start, .size = size};
    *link = range;
    return SMF_OK;
}

/* The lowest place for these requests, behind one another. */
static enum smf_status take(struct smf_posix_pool *pool, const struct smf_region_request *requests, size_t count,
                            struct smf_region *regions)
{
    struct smf_posix_plan plan;
    size_t start;
    if (smf_posix_plan(&plan, pool->page, requests, count) != SMF_OK)
        return SMF_ERR_NO_MEMORY;
    struct smf_posix_range **link = find(pool, plan.size, plan.alignment, &start);
    if (link == NULL || (uint64_t)(uintptr_t)(pool->bytes + start) + (plan.size - 1) > plan.highest ||
        insert(link, start, plan.size) != SMF_OK)
        return SMF_ERR_NO_MEMORY;
    smf_posix_place(pool->bytes + start, pool->page, requests, count, regions);
    return SMF_OK;
}

/* Exactly where the request says. */
static enum smf_status take_at(struct smf_posix_pool *pool, const struct smf_region_request *request,
                               struct smf_region *region)
{
    const uintptr_t base = (uintptr_t)pool->bytes, address = request->address;
    struct smf_posix_plan plan;
    if (smf_posix_plan(&plan, pool->page, request, 1) != SMF_OK || address < base || address - base >= pool->size ||
        plan.size > pool->size - (address - base) || (address & (plan.alignment - 1)) != 0 ||
        address + (request->size - 1) > plan.highest)
        return SMF_ERR_NO_MEMORY;
    const size_t start = (size_t)(address - base);
    struct smf_posix_range **link = &pool->ranges;
    while (*link != NULL && (*link)->start + (*link)->size <= start)
        link = &(*link)->next;
    if ((*link != NULL && (*link)->start < start + plan.size) || insert(link, start, plan.size) != SMF_OK)
        return SMF_ERR_NO_MEMORY;
    smf_posix_place(pool->bytes + start, pool->page, request, 1, region);
    return SMF_OK;
}

/* The range that starts where this region does, if there is one. Everything in it becomes writable again in one call;
 * if the system refuses that, the range stays in use for good. */
static void give(struct smf_posix_pool *pool, const struct smf_region *region)
{
    struct smf_posix_range **link = &pool->ranges;
    while (*link != NULL && pool->bytes + (*link)->start != region->bytes)
        link = &(*link)->next;
    struct smf_posix_range *range = *link;
    if (range == NULL || (pool->protect && mprotect(region->bytes, range->size, PROT_READ | PROT_WRITE) != 0))
        return;
    *link = range->next;
    free(range);
}

/* One range serves all regions of a reserve, unless addresses were asked for: then each has its own. */
static void release(void *context, const struct smf_region *regions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        give(context, &regions[i]);
}

static enum smf_status reserve(void *context, const struct smf_region_request *requests, size_t count,
                               struct smf_region *regions)
{
    struct smf_region found[3];
    size_t taken = 0;
    if (count == 0 || count > 3)
        return SMF_ERR_ARGUMENT;
    enum smf_status status = SMF_OK;
    if (!smf_posix_wants_addresses(requests, count))
        return take(context, requests, count, regions);
    for (; taken < count && status == SMF_OK; taken += status == SMF_OK)
        status = requests[taken].address != 0 ? take_at(context, &requests[taken], &found[taken])
                                              : take(context, &requests[taken], 1, &found[taken]);
    if (status == SMF_OK && !smf_posix_near(found, count))
        status = SMF_ERR_NO_MEMORY;
    if (status != SMF_OK)
        release(context, found, taken);
    else
        memcpy(regions, found, count * sizeof found[0]);
    return status;
}

/* The largest gap, whole pages; the same for every access. */
static size_t available(void *context, enum smf_access access)
{
    const struct smf_posix_pool *pool = context;
    size_t largest = 0, free_from = 0;
    (void)access;
    for (const struct smf_posix_range *range = pool->ranges;; range = range->next) {
        const size_t free_to = range != NULL ? range->start : pool->size;
        largest = free_to - free_from > largest ? free_to - free_from : largest;
        if (range == NULL)
            return largest < SMF_POSIX_REACH ? largest : SMF_POSIX_REACH & ~(pool->page - 1);
        free_from = range->start + range->size;
    }
}

static enum smf_status protect(void *context, const struct smf_region *region, enum smf_access access)
{
    const struct smf_posix_pool *pool = context;
    return smf_posix_protect(region, pool->page, access);
}

static enum smf_status protect_nothing(void *context, const struct smf_region *region, enum smf_access access)
{
    (void)context;
    (void)region;
    (void)access;
    return SMF_OK;
}

#if defined(__linux__)
static enum smf_status query(void *context, uintptr_t address, enum smf_access *access)
{
    const struct smf_posix_pool *pool = context;
    const uintptr_t offset = address - (uintptr_t)pool->bytes;
    const struct smf_posix_range *range = pool->ranges;
    while (range != NULL && offset - range->start >= range->size)
        range = range->next;
    return range != NULL ? smf_posix_ask(address, access) : SMF_ERR_NOT_FOUND;
}
#endif

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
                                   .query = SMF_POSIX_QUERY(query),
                                   .available = available,
                                   .lock = lock,
                                   .unlock = unlock,
                                   .now = smf_posix_now};
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
