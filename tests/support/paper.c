/* SPDX-License-Identifier: MIT */
/* paper.c - regions on paper: see paper.h. */
#include "support/paper.h"

#include <stdlib.h>
#include <string.h>

#include "harness/tap.h"

enum {
#ifdef SMF_TESTS_BOARD
    ROOM = 1 << 18, /* there is that much */
#else
    ROOM = 1 << 24,
#endif
    GUARD = 64,
    GUARD_BYTE = 0x5C,
    ENTRIES = sizeof((struct paper *)0)->regions / sizeof(struct paper_region)
};

static void note(struct paper *paper, enum paper_what what, const struct smf_region *region, enum smf_access access,
                 size_t count)
{
    if (paper->call_count < sizeof paper->calls / sizeof paper->calls[0]) {
        const struct paper_call call = {what, access, region != NULL ? region->address : 0, count};
        paper->calls[paper->call_count] = call;
    }
    paper->call_count++;
}

static bool fails(struct paper *paper) { return ++paper->fallible == paper->fail_at; }

static struct paper_region *free_entry(struct paper *paper)
{
    for (unsigned i = 0; i < ENTRIES; i++)
        if (paper->regions[i].reservation == 0)
            return &paper->regions[i];
    return NULL;
}

static uint64_t up(uint64_t value, uint64_t unit) { return (value + unit - 1) & ~(unit - 1); }

/* Guards around, poison inside. */
static bool make(const struct paper *paper, struct paper_region *entry, const struct smf_region_request *request,
                 uint64_t address)
{
    const size_t granule = paper->port.granule > 1 && paper->lie != PAPER_SAME_GRANULE ? paper->port.granule : 1;
    const size_t size = (size_t)up(request->size, granule);
    entry->memory_size = size + 2 * GUARD;
    entry->memory = malloc(entry->memory_size);
    if (entry->memory == NULL)
        return false;
    memset(entry->memory, GUARD_BYTE, entry->memory_size);
    memset(entry->memory + GUARD, PAPER_POISON, size);
    entry->sealed = NULL;
    entry->real.bytes = entry->memory + GUARD;
    entry->real.address = (uintptr_t)address;
    entry->real.size = size;
    entry->real.access = SMF_ACCESS_RW;
    entry->told = entry->real;
    entry->told.size = request->size;
    entry->told.access = request->access;
    return true;
}

/* Addresses for all requests from `start` on; the end of the last. */
static uint64_t lay(const struct paper *paper, const struct smf_region_request *requests, size_t count, uint64_t start,
                    uint64_t *addresses)
{
    uint64_t at = start;
    for (size_t i = 0; i < count; i++) {
        uint64_t unit = paper->gap == 0 ? 4096 : 1;
        if (unit < requests[i].alignment)
            unit = requests[i].alignment;
        if (unit < paper->port.granule && paper->lie != PAPER_SAME_GRANULE)
            unit = paper->port.granule;
        if (i != 0 || start != paper->base)
            at += paper->gap;
        at = up(at, unit);
        if (requests[i].address != 0)
            at = requests[i].address;
        addresses[i] = at;
        at += requests[i].size;
    }
    return at;
}

static void lie(const struct paper *paper, const struct smf_region_request *request, const struct smf_region *before,
                struct smf_region *region)
{
    switch (paper->lie) {
    case PAPER_MISALIGNED:
        region->address += request->alignment / 2;
        break;
    case PAPER_SMALL:
        region->size = request->size - 1;
        break;
    case PAPER_NO_BYTES:
        region->bytes = NULL;
        break;
    case PAPER_HIGH:
        region->address = (uintptr_t)up(request->highest != 0 ? request->highest : UINT32_MAX, 1u << 21);
        break;
    case PAPER_WRAPS:
        region->address = 0 - (uintptr_t)4096;
        break;
    case PAPER_OVERLAP:
        region->address = before->address;
        break;
    case PAPER_SAME_BYTES:
        region->bytes = before->bytes;
        break;
    case PAPER_FAR:
        region->address = (uintptr_t)up(before->address + paper->port.reach, 1u << 21);
        break;
    case PAPER_ELSEWHERE:
        region->address += UINT64_C(1) << 21;
        break;
    default:
        break;
    }
}

static bool is_out(const struct paper *paper, uint64_t address)
{
    for (unsigned i = 0; i < ENTRIES; i++)
        if (paper->regions[i].reservation != 0 &&
            address - paper->regions[i].real.address < paper->regions[i].real.size)
            return true;
    return false;
}

static enum smf_status reserve(void *context, const struct smf_region_request *requests, size_t count,
                               struct smf_region *regions)
{
    struct paper *paper = context;
    uint64_t addresses[3];
    note(paper, PAPER_RESERVE, NULL, SMF_ACCESS_RW, count);
    CHECK(count >= 1 && count <= 3);
    paper->request_count = count;
    memcpy(paper->requests, requests, count * sizeof requests[0]);
    if (fails(paper))
        return paper->fail_with;
    for (size_t i = 0; i < count; i++)
        if (requests[i].size > ROOM || (requests[i].address != 0 && is_out(paper, requests[i].address)))
            return SMF_ERR_NO_MEMORY;
    const uint64_t start = paper_live(paper) == 0 ? paper->base : paper->next;
    uint64_t end = lay(paper, requests, count, start, addresses);
    if (requests[0].highest != 0 && end - 1 > requests[0].highest)
        end = lay(paper, requests, count, 0x10000, addresses);
    paper->next = end;
    paper->reservations++;
    for (size_t i = 0; i < count; i++) {
        CHECK(requests[i].size != 0);
        CHECK(requests[i].alignment != 0 && (requests[i].alignment & (requests[i].alignment - 1)) == 0);
        struct paper_region *entry = free_entry(paper);
        if (entry == NULL || !make(paper, entry, &requests[i], addresses[i])) {
            tap_check(0, __FILE__, __LINE__, "paper port has no room");
            abort();
        }
        if (paper->lie_region == i)
            lie(paper, &requests[i], i != 0 ? &regions[i - 1] : NULL, &entry->told);
        entry->reservation = paper->reservations;
        regions[i] = entry->told;
    }
    return SMF_OK;
}

static bool same_place(const struct smf_region *left, const struct smf_region *right)
{
    return left->bytes == right->bytes && left->address == right->address && left->size == right->size;
}

static struct paper_region *find(struct paper *paper, const struct smf_region *region)
{
    for (unsigned i = 0; i < ENTRIES; i++)
        if (paper->regions[i].reservation != 0 && same_place(&paper->regions[i].told, region))
            return &paper->regions[i];
    return NULL;
}

static void check_region(const struct paper_region *entry)
{
    bool whole = true;
    for (size_t i = 0; i < GUARD; i++)
        whole = whole && entry->memory[i] == GUARD_BYTE && entry->memory[entry->memory_size - 1 - i] == GUARD_BYTE;
    CHECK(whole && "nothing is written outside of a region");
    CHECK(entry->sealed == NULL || memcmp(entry->sealed, entry->real.bytes, entry->real.size) == 0);
}

static void drop(struct paper_region *entry)
{
    check_region(entry);
    free(entry->memory);
    free(entry->sealed);
    memset(entry, 0, sizeof *entry);
}

static void release(void *context, const struct smf_region *regions, size_t count)
{
    struct paper *paper = context;
    unsigned reservation = 0;
    note(paper, PAPER_RELEASE, regions, SMF_ACCESS_RW, count);
    for (size_t i = 0; i < count; i++) {
        struct paper_region *entry = find(paper, &regions[i]);
        CHECK(entry != NULL && "what is released was reserved");
        if (entry == NULL)
            continue;
        CHECK(i == 0 || entry->reservation == reservation);
        reservation = entry->reservation;
        drop(entry);
    }
    for (unsigned i = 0; i < ENTRIES && reservation != 0; i++)
        CHECK(paper->regions[i].reservation != reservation && "a reservation is released as a whole");
}

static enum smf_status protect(void *context, const struct smf_region *region, enum smf_access access)
{
    struct paper *paper = context;
    struct paper_region *entry = find(paper, region);
    note(paper, PAPER_PROTECT, region, access, 1);
    CHECK(entry != NULL);
    CHECK(access != SMF_ACCESS_RWX || paper->port.can_rwx);
    if (fails(paper))
        return paper->fail_with;
    if (entry != NULL && access == SMF_ACCESS_RW) { /* opened again, for patching */
        free(entry->sealed);
        entry->sealed = NULL;
    } else if (entry != NULL && access != SMF_ACCESS_RWX && entry->sealed == NULL) {
        entry->sealed = malloc(entry->real.size);
        if (entry->sealed != NULL)
            memcpy(entry->sealed, entry->real.bytes, entry->real.size);
    }
    if (entry != NULL)
        entry->real.access = access;
    return SMF_OK;
}

static void sync_code(void *context, const struct smf_region *region)
{
    struct paper *paper = context;
    const struct paper_region *entry = find(paper, region);
    note(paper, PAPER_SYNC, region, region->access, 1);
    CHECK(entry != NULL && entry->sealed == NULL);
}

static void lock(void *context)
{
    struct paper *paper = context;
    paper->depth++;
}

static void unlock(void *context)
{
    struct paper *paper = context;
    paper->depth--;
    CHECK(paper->depth >= 0);
}

void paper_start(struct paper *paper)
{
    memset(paper, 0, sizeof *paper);
    paper->port.context = paper;
    paper->port.granule = 4096;
    paper->port.reserve = reserve;
    paper->port.release = release;
    paper->port.protect = protect;
    paper->port.sync_code = sync_code;
    paper->port.lock = lock;
    paper->port.unlock = unlock;
    paper->base = sizeof(void *) > 4 ? UINT64_C(0x4000000000) : 0x20000000;
    paper->fail_with = SMF_ERR_NO_MEMORY;
}

unsigned paper_live(const struct paper *paper)
{
    unsigned count = 0;
    for (unsigned i = 0; i < ENTRIES; i++)
        count += paper->regions[i].reservation != 0;
    return count;
}

void paper_check(const struct paper *paper)
{
    for (unsigned i = 0; i < ENTRIES; i++)
        if (paper->regions[i].reservation != 0)
            check_region(&paper->regions[i]);
    CHECK_EQUAL(paper->depth, 0);
}

void paper_end(struct paper *paper)
{
    paper_check(paper);
    CHECK_EQUAL(paper_live(paper), 0);
    for (unsigned i = 0; i < ENTRIES; i++)
        if (paper->regions[i].reservation != 0)
            drop(&paper->regions[i]);
}

uint8_t *paper_at(const struct paper *paper, uint64_t address, size_t size)
{
    for (unsigned i = 0; i < ENTRIES; i++) {
        const struct smf_region *real = &paper->regions[i].real;
        if (paper->regions[i].reservation != 0 && address >= real->address && size <= real->size &&
            address - real->address <= real->size - size)
            return real->bytes + (address - real->address);
    }
    return NULL;
}
