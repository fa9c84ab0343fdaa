/* SPDX-License-Identifier: MIT */
/* port.c - the port of a POSIX process: one mapping for each reserve, gone with release. */
#include <stdlib.h>
#include <sys/mman.h>

#include "posix.h"

/* A mapping that is out: query answers for these only. */
struct reserved {
    struct reserved *next;
    uintptr_t address;
    size_t size;
};

/* The port is written once, by start(); the page size is known only when the program runs. */
static struct {
    struct smf_port port;
    pthread_mutex_t mutex;
    struct reserved *reserved;
} process;

static void lock(void *context)
{
    (void)context;
    pthread_mutex_lock(&process.mutex);
}

static void unlock(void *context)
{
    (void)context;
    pthread_mutex_unlock(&process.mutex);
}

static enum smf_status reserve(void *context, const struct smf_region_request *requests, size_t count,
                               struct smf_region *regions)
{
    const size_t page = process.port.granule;
    struct smf_posix_plan plan;
    (void)context;
    if (smf_posix_plan(&plan, page, requests, count) != SMF_OK)
        return SMF_ERR_NO_MEMORY;
    struct reserved *entry = malloc(sizeof *entry);
    if (entry == NULL)
        return SMF_ERR_NO_MEMORY;
    uint8_t *bytes = plan.start != 0
                         ? smf_posix_map_exactly(plan.start, plan.size, plan.highest, PROT_READ | PROT_WRITE)
                         : smf_posix_map(plan.size, plan.alignment, plan.highest, PROT_READ | PROT_WRITE);
    if (bytes == NULL) {
        free(entry);
        return SMF_ERR_NO_MEMORY;
    }
    lock(NULL);
    *entry = (struct reserved){.next = process.reserved, .address = (uintptr_t)bytes, .size = plan.size};
    process.reserved = entry;
    unlock(NULL);
    smf_posix_place(bytes, page, requests, count, regions);
    return SMF_OK;
}

static void release(void *context, const struct smf_region *regions, size_t count)
{
    const size_t size = smf_posix_span(regions, count, process.port.granule);
    (void)context;
    lock(NULL);
    struct reserved **link = &process.reserved;
    while (*link != NULL && regions[0].address - (*link)->address >= (*link)->size)
        link = &(*link)->next;
    struct reserved *entry = *link;
    if (entry != NULL)
        *link = entry->next;
    unlock(NULL);
    free(entry);
    munmap(regions[0].bytes, size);
}

static enum smf_status protect(void *context, const struct smf_region *region, enum smf_access access)
{
    (void)context;
    return smf_posix_protect(region, process.port.granule, access);
}

#ifdef __linux__
static enum smf_status query(void *context, uintptr_t address, enum smf_access *access)
{
    lock(context);
    const struct reserved *entry = process.reserved;
    while (entry != NULL && address - entry->address >= entry->size)
        entry = entry->next;
    unlock(context);
    return entry != NULL ? smf_posix_query(address, access) : SMF_ERR_NOT_FOUND;
}
#else
#define query NULL /* the system has no map to read */
#endif

static void start(void)
{
    smf_posix_start_mutex(&process.mutex);
    process.port = (struct smf_port){.granule = smf_posix_page(),
                                     .reach = SMF_POSIX_REACH,
                                     .can_rwx = true,
                                     .can_split = true,
                                     .reserve = reserve,
                                     .release = release,
                                     .protect = protect,
                                     .sync_code = smf_posix_sync_code,
                                     .query = query,
                                     .now = smf_posix_now,
                                     .lock = lock,
                                     .unlock = unlock};
}

const struct smf_port *smf_port_posix(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start);
    return &process.port;
}
