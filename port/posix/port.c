/* SPDX-License-Identifier: MIT */
/* port.c - the port of a POSIX process: one mapping for each reserve, gone with release. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "posix.h"

/* One reserve that was not released: a mapping for all of it, or, with exact addresses, one for each region. */
struct reservation {
    struct reservation *next;
    struct {
        uint8_t *bytes;
        size_t size; /* whole pages */
    } maps[3];
    size_t count;
};

/* Written once, by start(), but for the list; the page size is known only when the program runs. */
static struct {
    struct smf_port port;
    pthread_mutex_t mutex;
    struct reservation *reservations;
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

static void unmap(const struct reservation *reservation)
{
    for (size_t i = 0; i < reservation->count; i++)
        munmap(reservation->maps[i].bytes, reservation->maps[i].size);
}

static enum smf_status map_together(struct reservation *reservation, const struct smf_region_request *requests,
                                    size_t count, struct smf_region *regions)
{
    const size_t page = process.port.granule;
    struct smf_posix_plan plan;
    if (smf_posix_plan(&plan, page, requests, count) != SMF_OK)
        return SMF_ERR_NO_MEMORY;
    uint8_t *bytes = smf_posix_map(plan.size, plan.alignment, plan.highest, PROT_READ | PROT_WRITE);
    if (bytes == NULL)
        return SMF_ERR_NO_MEMORY;
    reservation->maps[0].bytes = bytes;
    reservation->maps[0].size = plan.size;
    reservation->count = 1;
    smf_posix_place(bytes, page, requests, count, regions);
    return SMF_OK;
}

static enum smf_status map_each(struct reservation *reservation, const struct smf_region_request *requests,
                                size_t count, struct smf_region *regions)
{
    const size_t page = process.port.granule;
    for (size_t i = 0; i < count; i++) {
        struct smf_posix_plan plan;
        if (smf_posix_plan(&plan, page, &requests[i], 1) != SMF_OK)
            return SMF_ERR_NO_MEMORY;
        uint8_t *bytes = requests[i].address != 0
                             ? smf_posix_map_exactly(&requests[i], page, PROT_READ | PROT_WRITE)
                             : smf_posix_map(plan.size, plan.alignment, plan.highest, PROT_READ | PROT_WRITE);
        if (bytes == NULL)
            return SMF_ERR_NO_MEMORY;
        reservation->maps[i].bytes = bytes;
        reservation->maps[i].size = plan.size;
        reservation->count = i + 1;
        smf_posix_place(bytes, page, &requests[i], 1, &regions[i]);
    }
    return smf_posix_near(regions, count) ? SMF_OK : SMF_ERR_NO_MEMORY;
}

static enum smf_status reserve(void *context, const struct smf_region_request *requests, size_t count,
                               struct smf_region *regions)
{
    struct smf_region found[3];
    if (count == 0 || count > 3)
        return SMF_ERR_ARGUMENT;
    struct reservation *reservation = calloc(1, sizeof *reservation);
    if (reservation == NULL)
        return SMF_ERR_NO_MEMORY;
    const enum smf_status status = smf_posix_wants_addresses(requests, count)
                                       ? map_each(reservation, requests, count, found)
                                       : map_together(reservation, requests, count, found);
    if (status != SMF_OK) {
        unmap(reservation);
        free(reservation);
        return status;
    }
    memcpy(regions, found, count * sizeof found[0]);
    lock(context);
    reservation->next = process.reservations;
    process.reservations = reservation;
    unlock(context);
    return SMF_OK;
}

/* The link to the reservation with this address; to NULL if there is none. The lock is held. */
static struct reservation **find(uintptr_t address)
{
    struct reservation **link = &process.reservations;
    for (; *link != NULL; link = &(*link)->next)
        for (size_t i = 0; i < (*link)->count; i++)
            if (address - (uintptr_t)(*link)->maps[i].bytes < (*link)->maps[i].size)
                return link;
    return link;
}

static void release(void *context, const struct smf_region *regions, size_t count)
{
    lock(context);
    struct reservation **link = find(count != 0 ? regions[0].address : 0), *found = *link;
    if (found != NULL) {
        *link = found->next;
        unmap(found);
    }
    unlock(context);
    free(found);
}

static enum smf_status protect(void *context, const struct smf_region *region, enum smf_access access)
{
    (void)context;
    return smf_posix_protect(region, process.port.granule, access);
}

#if defined(__linux__)
static enum smf_status query(void *context, uintptr_t address, enum smf_access *access)
{
    lock(context);
    const enum smf_status status = *find(address) != NULL ? smf_posix_ask(address, access) : SMF_ERR_NOT_FOUND;
    unlock(context);
    return status;
}
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
                                     .query = SMF_POSIX_QUERY(query),
                                     .lock = lock,
                                     .unlock = unlock,
                                     .now = smf_posix_now};
}

const struct smf_port *smf_port_posix(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start);
    return &process.port;
}
