/* SPDX-License-Identifier: MIT */
/* posix.h - private to port/posix: what the two ports have in common. */
#ifndef SMF_PORT_POSIX_PRIVATE_H
#define SMF_PORT_POSIX_PRIVATE_H

#include "smf/port_posix.h"

/* Regions of one reserve never span more than this: what every PC-relative field of 32 bits can reach. */
#define SMF_POSIX_REACH 0x7fffffffu

/* Where the regions of one reserve call lie, counted from an address at a multiple of `alignment`. */
struct smf_posix_plan {
    size_t size;      /* whole pages          */
    size_t alignment; /* at least a page      */
    uint64_t highest; /* of the last byte of all; UINT64_MAX = anywhere */
};
SMF_MUST_CHECK
enum smf_status smf_posix_plan(struct smf_posix_plan *plan, size_t page, const struct smf_region_request *requests,
                               size_t count);

/* Fill in the regions at `bytes`. */
void smf_posix_place(uint8_t *bytes, size_t page, const struct smf_region_request *requests, size_t count,
                     struct smf_region *regions);

/* Map `size` bytes that end at or below `highest`; NULL if there is no room. */
void *smf_posix_map(size_t size, size_t alignment, uint64_t highest, int protection);

/* Map the pages of one request at the address that it asks for, and nowhere else; NULL if that is taken or impossible. */
void *smf_posix_map_exactly(const struct smf_region_request *request, size_t page, int protection);

/* Does one of them want an address of its own? Then each is placed for itself. */
bool smf_posix_wants_addresses(const struct smf_region_request *requests, size_t count);

/* Regions that were placed one by one: no further apart than the reach? */
bool smf_posix_near(const struct smf_region *regions, size_t count);

SMF_MUST_CHECK
enum smf_status smf_posix_protect(const struct smf_region *region, size_t page, enum smf_access access);
void smf_posix_sync_code(void *context, const struct smf_region *region);
uint64_t smf_posix_now(void *context);

/* What the system's own map says about a mapped address. Other systems than Linux have no
 * such file, and their ports no query. */
#if defined(__linux__)
SMF_MUST_CHECK
enum smf_status smf_posix_ask(uintptr_t address, enum smf_access *access);
#define SMF_POSIX_QUERY(function) function
#else
#define SMF_POSIX_QUERY(function) NULL
#endif

/* `size` in whole pages; the caller knows that it does not wrap. */
static inline size_t smf_posix_pages(size_t size, size_t page) { return (size + page - 1) & ~(page - 1); }

size_t smf_posix_page(void);
void smf_posix_start_mutex(pthread_mutex_t *mutex);

#endif
