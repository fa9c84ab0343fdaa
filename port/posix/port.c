/* SPDX-License-Identifier: MIT */
/* port.c - the port of a POSIX process: one mapping for each reserve, gone with release. */
#include <sys/mman.h>

#include "posix.h"

/* Written once, by start(); the page size is known only when the program runs. */
static struct {
    struct smf_port port;
    pthread_mutex_t mutex;
} process;

static enum smf_status reserve(void *context, const struct smf_region_request *requests, size_t count,
                               struct smf_region *regions)
{
    const size_t page = process.port.granule;
    struct smf_posix_plan plan;
    (void)context;
    if (smf_posix_plan(&plan, page, requests, count) != SMF_OK)
        return SMF_ERR_NO_MEMORY;
    uint8_t *bytes = smf_posix_map(plan.size, plan.alignment, plan.highest, PROT_READ | PROT_WRITE);
    if (bytes == NULL)
        return SMF_ERR_NO_MEMORY;
    smf_posix_place(bytes, page, requests, count, regions);
    return SMF_OK;
}

static void release(void *context, const struct smf_region *regions, size_t count)
{
    (void)context;
    munmap(regions[0].bytes, smf_posix_span(regions, count, process.port.granule));
}

static enum smf_status protect(void *context, const struct smf_region *region, enum smf_access access)
{
    (void)context;
    return smf_posix_protect(region, process.port.granule, access);
}

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

static void start(void)
{
    smf_posix_start_mutex(&process.mutex);
    process.port = (struct smf_port){.granule = smf_posix_page(),
                                     .reach = SMF_POSIX_REACH,
                                     .can_rwx = true,
                                     .reserve = reserve,
                                     .release = release,
                                     .protect = protect,
                                     .sync_code = smf_posix_sync_code,
                                     .lock = lock,
                                     .unlock = unlock};
}

const struct smf_port *smf_port_posix(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start);
    return &process.port;
}
