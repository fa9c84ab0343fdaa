/* SPDX-License-Identifier: MIT */
/* port.c - the port of a Windows process: what is reserved is on record, and protected page by page. */
#include <windows.h>

#include "reserve.h"

/* One reserve that was not released. */
struct reservation {
    struct reservation *next;
    uint8_t *bytes; /* the first region                   */
    uint64_t size;  /* from there to the end of the last  */
    void *start;    /* what VirtualAlloc gave             */
};

/* Written once, by start(), except for the records and the error. */
static struct {
    struct smf_port port;
    CRITICAL_SECTION section; /* may be taken again by its owner: a resolver may call the loader */
    struct reservation *reservations;
    uint64_t frequency; /* of the counter, per second */
    volatile LONG error;
} process;

static enum smf_status fail(enum smf_status status, DWORD error)
{
    InterlockedExchange(&process.error, (LONG)error);
    return status;
}

static void lock(void *context)
{
    (void)context;
    EnterCriticalSection(&process.section);
}

static void unlock(void *context)
{
    (void)context;
    LeaveCriticalSection(&process.section);
}

/* The link to the record that has this address; to NULL if none has. The lock is held. */
static struct reservation **find(uintptr_t address)
{
    struct reservation **link = &process.reservations;
    while (*link != NULL && address - (uintptr_t)(*link)->bytes >= (*link)->size)
        link = &(*link)->next;
    return link;
}

static enum smf_status commit(const struct smf_windows_plan *plan, const struct smf_region_request *requests,
                              size_t count, struct reservation *reservation)
{
    reservation->bytes = smf_windows_reserve(plan, &reservation->start);
    reservation->size = plan->size;
    if (reservation->bytes == NULL)
        return fail(SMF_ERR_NO_MEMORY, GetLastError());
    for (size_t i = 0; i < count; i++) {
        if (VirtualAlloc(reservation->bytes + plan->offset[i], requests[i].size, MEM_COMMIT, PAGE_READWRITE) != NULL)
            continue;
        const DWORD error = GetLastError();
        VirtualFree(reservation->start, 0, MEM_RELEASE);
        return fail(SMF_ERR_NO_MEMORY, error);
    }
    return SMF_OK;
}

static enum smf_status reserve(void *context, const struct smf_region_request *requests, size_t count,
                               struct smf_region *regions)
{
    struct smf_windows_plan plan;
    if (smf_windows_plan(&plan, process.port.granule, requests, count) != SMF_OK)
        return fail(SMF_ERR_NO_MEMORY, ERROR_INVALID_PARAMETER);
    struct reservation *reservation = HeapAlloc(GetProcessHeap(), 0, sizeof *reservation);
    if (reservation == NULL)
        return fail(SMF_ERR_NO_MEMORY, ERROR_NOT_ENOUGH_MEMORY);
    if (commit(&plan, requests, count, reservation) != SMF_OK) {
        HeapFree(GetProcessHeap(), 0, reservation);
        return SMF_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        uint8_t *bytes = reservation->bytes + plan.offset[i];
        regions[i] = (struct smf_region){bytes, (uintptr_t)bytes, requests[i].size, requests[i].access};
    }
    lock(context);
    reservation->next = process.reservations;
    process.reservations = reservation;
    unlock(context);
    return SMF_OK;
}

static void release(void *context, const struct smf_region *regions, size_t count)
{
    lock(context);
    struct reservation **link = count != 0 ? find(regions[0].address) : NULL, *found = link != NULL ? *link : NULL;
    if (found != NULL)
        *link = found->next;
    unlock(context);
    if (found == NULL) {
        (void)fail(SMF_ERR_NOT_FOUND, ERROR_INVALID_ADDRESS);
        return;
    }
    if (!VirtualFree(found->start, 0, MEM_RELEASE))
        (void)fail(SMF_ERR_NO_MEMORY, GetLastError());
    HeapFree(GetProcessHeap(), 0, found);
}

/* Memory of another owner is never touched; the lock keeps it ours meanwhile. */
static enum smf_status set_protection(uintptr_t address, size_t size, DWORD protection)
{
    DWORD before, error = ERROR_INVALID_ADDRESS;
    lock(NULL);
    const struct reservation *found = *find(address);
    const bool ours = found != NULL && size != 0 && size <= found->size - (address - (uintptr_t)found->bytes);
    if (ours && VirtualProtect((void *)address, size, protection, &before)) /* NOLINT */
        error = ERROR_SUCCESS;
    else if (ours)
        error = GetLastError();
    unlock(NULL);
    return error == ERROR_SUCCESS ? SMF_OK : fail(SMF_ERR_PROTECT, error);
}

static enum smf_status protect(void *context, const struct smf_region *region, enum smf_access access)
{
    static const DWORD protections[] = {
        [SMF_ACCESS_RW] = PAGE_READWRITE,
        [SMF_ACCESS_RO] = PAGE_READONLY,
        [SMF_ACCESS_RX] = PAGE_EXECUTE_READ,
        [SMF_ACCESS_RWX] = PAGE_EXECUTE_READWRITE,
    };
    (void)context;
    /* Only a region that was reserved as RWX becomes it: the configuration asked by name. */
    if (access == SMF_ACCESS_RWX && region->access != SMF_ACCESS_RWX)
        return fail(SMF_ERR_PROTECT, ERROR_INVALID_PARAMETER);
    return set_protection(region->address, region->size, protections[access]);
}

enum smf_status smf_port_windows_set_rights(void *bytes, size_t size, unsigned rights)
{
    /* By READ 1, WRITE 2, EXECUTE 4; 0: refused. Windows has no write without read. */
    static const DWORD protections[8] = {
        PAGE_NOACCESS, PAGE_READONLY, PAGE_READWRITE, PAGE_READWRITE, PAGE_EXECUTE, PAGE_EXECUTE_READ, 0, 0};
    (void)smf_port_windows(); /* there may have been no call before */
    if (rights >= 8 || protections[rights] == 0)
        return fail(SMF_ERR_PROTECT, ERROR_INVALID_PARAMETER);
    return set_protection((uintptr_t)bytes, size, protections[rights]);
}

static void sync_code(void *context, const struct smf_region *region)
{
    (void)context;
    if (!FlushInstructionCache(GetCurrentProcess(), (const void *)region->address, region->size)) /* NOLINT */
        (void)fail(SMF_ERR_PROTECT, GetLastError());
}

static enum smf_status query(void *context, uintptr_t address, enum smf_access *access)
{
    MEMORY_BASIC_INFORMATION found;
    lock(context);
    const bool ours =
        *find(address) != NULL && VirtualQuery((const void *)address, &found, sizeof found) != 0; /* NOLINT */
    unlock(context);
    if (!ours || found.State != MEM_COMMIT)
        return fail(SMF_ERR_NOT_FOUND, ERROR_INVALID_ADDRESS);
    switch (found.Protect) {
    case PAGE_READWRITE:
        *access = SMF_ACCESS_RW;
        return SMF_OK;
    case PAGE_READONLY:
        *access = SMF_ACCESS_RO;
        return SMF_OK;
    case PAGE_EXECUTE:
    case PAGE_EXECUTE_READ:
        *access = SMF_ACCESS_RX;
        return SMF_OK;
    case PAGE_EXECUTE_READWRITE:
        *access = SMF_ACCESS_RWX;
        return SMF_OK;
    default:
        return fail(SMF_ERR_PROTECT, ERROR_NOACCESS); /* none of the four */
    }
}

/* Microseconds; whole seconds apart, so that the product cannot wrap. */
static uint64_t now(void *context)
{
    LARGE_INTEGER count;
    (void)context;
    QueryPerformanceCounter(&count);
    const uint64_t ticks = (uint64_t)count.QuadPart;
    return ticks / process.frequency * 1000000 + ticks % process.frequency * 1000000 / process.frequency;
}

static BOOL CALLBACK start(INIT_ONCE *once, void *parameter, void **context)
{
    SYSTEM_INFO system;
    LARGE_INTEGER frequency;
    (void)once, (void)parameter, (void)context;
    GetSystemInfo(&system);
    QueryPerformanceFrequency(&frequency);
    InitializeCriticalSection(&process.section);
    process.frequency = (uint64_t)frequency.QuadPart;
    process.port = (struct smf_port){.granule = system.dwPageSize,
                                     .reach = SMF_WINDOWS_REACH,
                                     .can_rwx = true,
                                     .can_split = true,
                                     .reserve = reserve,
                                     .release = release,
                                     .protect = protect,
                                     .sync_code = sync_code,
                                     .query = query,
                                     .lock = lock,
                                     .unlock = unlock,
                                     .now = now};
    return TRUE;
}

const struct smf_port *smf_port_windows(void)
{
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
    InitOnceExecuteOnce(&once, start, NULL, NULL);
    return &process.port;
}

uint32_t smf_port_windows_last_error(void) { return (uint32_t)process.error; }
