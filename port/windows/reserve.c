/* SPDX-License-Identifier: MIT */
/*
 * reserve.c - address space: where regions lie, and room for them anywhere, at
 * an address, or below one. VirtualAlloc starts reservations at multiples of
 * 64 KiB (SYSTEM_INFO.dwAllocationGranularity), so all regions of a reserve
 * share one, and more alignment than that is room left in front.
 */
#include "reserve.h"

#include <windows.h>

static uint64_t larger(uint64_t a, uint64_t b) { return a > b ? a : b; }
static uint64_t smaller(uint64_t a, uint64_t b) { return a < b ? a : b; }
static uint64_t up(uint64_t value, uint64_t alignment) { return (value + alignment - 1) & ~(alignment - 1); }

/* Far below what addresses of this machine can be, so that sums cannot wrap. */
static bool possible(const struct smf_region_request *request, uint64_t page)
{
    return request->size != 0 && request->size <= SMF_WINDOWS_REACH && request->alignment <= SMF_WINDOWS_REACH &&
           request->address <= (uint64_t)1 << 62 && request->address % larger(page, request->alignment) == 0;
}

static bool overlap(const struct smf_region_request *requests, const uint64_t *at, size_t count, uint64_t page)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (at[i] < up(at[j] + requests[j].size, page) && at[j] < up(at[i] + requests[i].size, page))
                return true;
    return false;
}

enum smf_status smf_windows_plan(struct smf_windows_plan *plan, uint64_t page,
                                 const struct smf_region_request *requests, size_t count)
{
    uint64_t first = UINT64_MAX, end = 0;
    *plan = (struct smf_windows_plan){.alignment = page, .highest = UINT64_MAX};
    if (count == 0 || count > SMF_WINDOWS_REGIONS)
        return SMF_ERR_NO_MEMORY;
    /* Those with an address of their own, then the others behind them, in order. */
    for (unsigned own = 2; own-- != 0;)
        for (size_t i = 0; i < count; i++) {
            if (!possible(&requests[i], page))
                return SMF_ERR_NO_MEMORY;
            if ((requests[i].address != 0) != own)
                continue;
            plan->offset[i] = own ? requests[i].address : up(end, larger(requests[i].alignment, page));
            plan->alignment = larger(plan->alignment, requests[i].alignment);
            first = smaller(first, plan->offset[i]);
            end = larger(end, plan->offset[i] + requests[i].size);
        }
    plan->size = up(end, page) - first;
    plan->base = first;
    if (plan->size > SMF_WINDOWS_REACH || overlap(requests, plan->offset, count, page))
        return SMF_ERR_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        plan->offset[i] -= first;
        const uint64_t last = plan->offset[i] + requests[i].size - 1, highest = requests[i].highest;
        if (highest != 0 && highest < last)
            return SMF_ERR_NO_MEMORY;
        if (highest != 0)
            plan->highest = smaller(plan->highest, highest - last);
    }
    return plan->base > plan->highest ? SMF_ERR_NO_MEMORY : SMF_OK;
}

static void *reserve(uint64_t address, uint64_t size)
{
    return VirtualAlloc((void *)(uintptr_t)address, (SIZE_T)size, MEM_RESERVE, PAGE_NOACCESS); /* NOLINT */
}

/* The first free room that ends below the limit, from the lowest address of the process on. */
static void *reserve_low(const struct smf_windows_plan *plan, const SYSTEM_INFO *system)
{
    const uint64_t step = larger(plan->alignment, system->dwAllocationGranularity);
    uint64_t at = up((uintptr_t)system->lpMinimumApplicationAddress, step);
    while (at <= plan->highest) {
        MEMORY_BASIC_INFORMATION found;
        if (VirtualQuery((const void *)(uintptr_t)at, &found, sizeof found) == 0) /* NOLINT */
            break;
        const uint64_t end = (uintptr_t)found.BaseAddress + (uint64_t)found.RegionSize;
        if (found.State == MEM_FREE && plan->size <= end - at) {
            void *start = reserve(at, plan->size);
            if (start != NULL)
                return start;
        }
        at = found.State == MEM_FREE && plan->size <= end - at ? at + step : up(end, step);
    }
    SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return NULL;
}

uint8_t *smf_windows_reserve(const struct smf_windows_plan *plan, void **start)
{
    SYSTEM_INFO system;
    GetSystemInfo(&system);
    if (plan->base != 0) { /* the reservation starts where one can start, which may be in front of the first byte */
        const uint64_t before = plan->base % system.dwAllocationGranularity;
        *start = reserve(plan->base - before, plan->size + before);
        return *start != NULL ? (uint8_t *)*start + before : NULL;
    }
    if (plan->highest != UINT64_MAX)
        return *start = reserve_low(plan, &system);
    const uint64_t more = plan->alignment > system.dwAllocationGranularity ? plan->alignment : 0;
    *start = reserve(0, plan->size + more);
    return *start != NULL ? (uint8_t *)*start + (-(uintptr_t)*start & (plan->alignment - 1)) : NULL;
}
