/* SPDX-License-Identifier: MIT */
/* map.c - memory from the system: where regions lie, mapping below a limit, protection. */
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "posix.h"

size_t smf_posix_page(void)
{
    const long page = sysconf(_SC_PAGESIZE);
    return page > 0 ? (size_t)page : 4096;
}

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

/* The next multiple of `alignment`, a power of two; false if it lies past the reach. */
static bool align(uint64_t *at, uint64_t alignment)
{
    *at = (*at + alignment - 1) & ~(alignment - 1);
    return *at <= SMF_POSIX_REACH;
}

enum smf_status smf_posix_plan(struct smf_posix_plan *plan, size_t page, const struct smf_region_request *requests,
                               size_t count)
{
    uint64_t at = 0;
    *plan = (struct smf_posix_plan){.alignment = page, .highest = UINT64_MAX};
    for (size_t i = 0; i < count; i++) {
        if (requests[i].alignment > SMF_POSIX_REACH || requests[i].size > SMF_POSIX_REACH)
            return SMF_ERR_NO_MEMORY;
        if (!align(&at, larger(requests[i].alignment, page)))
            return SMF_ERR_NO_MEMORY;
        at += requests[i].size;
        plan->alignment = larger(plan->alignment, requests[i].alignment);
        if (requests[i].highest != 0 && requests[i].highest < plan->highest)
            plan->highest = requests[i].highest;
    }
    if (!align(&at, page))
        return SMF_ERR_NO_MEMORY;
    plan->size = (size_t)at;
    return SMF_OK;
}

void smf_posix_place(uint8_t *bytes, size_t page, const struct smf_region_request *requests, size_t count,
                     struct smf_region *regions)
{
    uint64_t at = 0;
    for (size_t i = 0; i < count; i++) {
        (void)align(&at, larger(requests[i].alignment, page)); /* planned before: it fits */
        regions[i].bytes = bytes + at;
        regions[i].address = (uintptr_t)regions[i].bytes;
        regions[i].size = requests[i].size;
        regions[i].access = requests[i].access;
        at += requests[i].size;
    }
}

bool smf_posix_wants_addresses(const struct smf_region_request *requests, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (requests[i].address != 0)
            return true;
    return false;
}

bool smf_posix_near(const struct smf_region *regions, size_t count)
{
    uintptr_t low = UINTPTR_MAX, high = 0;
    for (size_t i = 0; i < count; i++) {
        const uintptr_t last = regions[i].address + (regions[i].size - 1);
        low = regions[i].address < low ? regions[i].address : low;
        high = last > high ? last : high;
    }
    return high - low <= SMF_POSIX_REACH;
}

/* Ask for memory at `hint` (a wish) and take it only if it ends at or below `highest`. */
static uint8_t *map_at(uintptr_t hint, size_t size, uint64_t highest, int protection, int flags)
{
    void *bytes = mmap((void *)hint, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0); /* NOLINT */
    if (bytes == MAP_FAILED)
        return NULL;
    if ((uint64_t)(uintptr_t)bytes + (size - 1) <= highest)
        return bytes;
    munmap(bytes, size);
    return NULL;
}

/* A place below `highest`: where the system itself puts low memory (x86-64), else by up to 256 wishes from low to high. */
static uint8_t *map_low(size_t size, uint64_t highest, int protection)
{
    uint64_t step = (uint64_t)1 << 23;
    while (step < highest >> 8)
        step <<= 1;
    uint8_t *bytes = NULL;
#ifdef MAP_32BIT
    bytes = map_at(0, size, highest, protection, MAP_32BIT);
#endif
    for (uint64_t hint = step; bytes == NULL && hint <= highest && size - 1 <= highest - hint; hint += step)
        bytes = map_at((uintptr_t)hint, size, highest, protection, 0);
    return bytes;
}

void *smf_posix_map(size_t size, size_t alignment, uint64_t highest, int protection)
{
    const size_t page = smf_posix_page(), more = alignment > page ? alignment - page : 0;
    if (more > SIZE_MAX - size)
        return NULL;
    uint8_t *bytes = highest != UINT64_MAX ? map_low(size + more, highest, protection) : NULL;
    if (bytes == NULL)
        bytes = map_at(0, size + more, highest, protection, 0);
    if (bytes == NULL)
        return NULL;
    const size_t before = (size_t)(-(uintptr_t)bytes & (alignment - 1));
    if (before != 0)
        munmap(bytes, before);
    if (more > before)
        munmap(bytes + before + size, more - before);
    return bytes + before;
}

void *smf_posix_map_exactly(const struct smf_region_request *request, size_t page, int protection)
{
    const uintptr_t address = request->address, units = (uintptr_t)larger(request->alignment, page) - 1;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS;
#ifdef MAP_FIXED_NOREPLACE
    flags |= MAP_FIXED_NOREPLACE; /* kernels before 4.17 take it as a wish, as without */
#endif
    if (request->size > SMF_POSIX_REACH || (address & units) != 0 || request->size - 1 > UINTPTR_MAX - address ||
        (request->highest != 0 && address + (request->size - 1) > request->highest))
        return NULL;
    void *bytes = mmap((void *)address, request->size, protection, flags, -1, 0); /* NOLINT */
    if (bytes == MAP_FAILED)
        return NULL;
    if ((uintptr_t)bytes == address)
        return bytes;
    munmap(bytes, request->size);
    return NULL;
}

enum smf_status smf_posix_protect(const struct smf_region *region, size_t page, enum smf_access access)
{
    static const int protections[] = {
        [SMF_ACCESS_RW] = PROT_READ | PROT_WRITE,
        [SMF_ACCESS_RO] = PROT_READ,
        [SMF_ACCESS_RX] = PROT_READ | PROT_EXEC,
        [SMF_ACCESS_RWX] = PROT_READ | PROT_WRITE | PROT_EXEC,
    };
    /* Only a region that was reserved as RWX becomes it: the configuration asked by name. */
    if (access == SMF_ACCESS_RWX && region->access != SMF_ACCESS_RWX)
        return SMF_ERR_PROTECT;
    return mprotect(region->bytes, smf_posix_pages(region->size, page), protections[access]) == 0 ? SMF_OK
                                                                                                  : SMF_ERR_PROTECT;
}

/* The compiler knows what this machine needs: nothing on x86-64, the flush_icache call or cache instructions elsewhere. */
void smf_posix_sync_code(void *context, const struct smf_region *region)
{
    (void)context;
    __builtin___clear_cache((char *)region->bytes, (char *)region->bytes + region->size);
}

uint64_t smf_posix_now(void *context)
{
    struct timespec now;
    (void)context;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

void smf_posix_start_mutex(pthread_mutex_t *mutex)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE); /* a resolver may call the loader again */
    pthread_mutex_init(mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
}
