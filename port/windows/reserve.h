/* SPDX-License-Identifier: MIT */
/* reserve.h - private to port/windows: where the regions of one reserve lie, and address space for them. */
#ifndef SMF_PORT_WINDOWS_RESERVE_H
#define SMF_PORT_WINDOWS_RESERVE_H

#include "smf/port_windows.h"

/* Regions of one reserve never span more than this: what every PC-relative field of 32 bits can reach. */
#define SMF_WINDOWS_REACH 0x7fffffffu

/* Regions of one reserve (port.h). */
enum { SMF_WINDOWS_REGIONS = 3 };

struct smf_windows_plan {
    uint64_t offset[SMF_WINDOWS_REGIONS]; /* of each region, from the first byte of all          */
    uint64_t base;                        /* where that byte has to be; 0 = anywhere             */
    uint64_t size;                        /* of all, whole pages                                 */
    uint64_t alignment;                   /* of the first byte                                   */
    uint64_t highest;                     /* that the first byte may have; UINT64_MAX = anywhere */
};

/* SMF_ERR_NO_MEMORY: no place can be right. */
SMF_MUST_CHECK
enum smf_status smf_windows_plan(struct smf_windows_plan *plan, uint64_t page,
                                 const struct smf_region_request *requests, size_t count);

/* Reserve address space for a plan, uncommitted; the first byte of all, and in `*start` what VirtualFree wants.
 * NULL if there is no room: GetLastError says why. */
uint8_t *smf_windows_reserve(const struct smf_windows_plan *plan, void **start);

#endif
