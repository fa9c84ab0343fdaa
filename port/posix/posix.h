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
    uint64_t start;   /* exactly here; 0 = anywhere */
    uint64_t highest; /* of the last byte of all; UINT64_MAX = anywhere */
};
SMF_MUST_CHECK
enum smf_status smf_posix_plan(struct smf_posix_plan *plan, size_t page, const struct smf_region_request *requests,
                               size_t count);

/* Fill in the regions at `bytes`. */
void smf_posix_place(uint8_t *bytes, size_t page, const struct smf_region_request *requests, size_t count,
                     struct smf_region *regions);

/* Bytes from the first region to the end of the last one's pages. */
size_t smf_posix_span(const struct smf_region *regions, size_t count, size_t page);

/* Map `size` bytes that end at or below `highest`; NULL if there is no room. */
void *smf_posix_map(size_t size, size_t alignment, uint64_t highest, int protection);

/* The same at `address` and nowhere else, over nothing that is mapped already. */
void *smf_posix_map_exactly(uint64_t address, size_t size, uint64_t highest, int protection);

#ifdef __linux__
/* What the system's map of this process says about an address. */
SMF_MUST_CHECK
enum smf_status smf_posix_query(uintptr_t address, enum smf_access *access);
#endif

/* Microseconds of CLOCK_MONOTONIC. */
uint64_t smf_posix_now(void *context);

SMF_MUST_CHECK
enum smf_status smf_posix_protect(const struct smf_region *region, size_t page, enum smf_access access);
void smf_posix_sync_code(void *context, const struct smf_region *region);
size_t smf_posix_page(void);
void smf_posix_start_mutex(pthread_mutex_t *mutex);

#endif
