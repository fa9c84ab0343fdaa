/* SPDX-License-Identifier: MIT */
/* conformance.c - the promises about places and contents; runs one promise and releases what it took. */
#include "conformance/promises.h"

bool smf_try_take(struct smf_try *t, const struct smf_region_request *requests, size_t count)
{
    struct smf_taken *entry = &t->taken[t->taken_count];
    if (t->taken_count == SMF_TRY_RESERVES)
        return false;
    t->status = t->port->reserve(t->port->context, requests, count, entry->regions);
    if (t->status != SMF_OK)
        return false;
    entry->count = count;
    t->taken_count++;
    return true;
}

void smf_try_drop(struct smf_try *t)
{
    const struct smf_taken *entry = &t->taken[--t->taken_count];
    t->port->release(t->port->context, entry->regions, entry->count);
}

struct smf_region *smf_try_region(struct smf_try *t, size_t size, enum smf_access access)
{
    const struct smf_region_request request = {size, sizeof(void *), access, 0, 0};
    return smf_try_take(t, &request, 1) ? t->taken[t->taken_count - 1].regions : NULL;
}

void smf_try_fill(const struct smf_region *region, unsigned seed)
{
    for (size_t i = 0; i < region->size; i++)
        region->bytes[i] = (uint8_t)(seed + i * 7u);
}

bool smf_try_filled(const struct smf_region *region, unsigned seed)
{
    for (size_t i = 0; i < region->size; i++)
        if (((const volatile uint8_t *)region->bytes)[i] != (uint8_t)(seed + i * 7u))
            return false;
    return true;
}

static const struct smf_region_request three[] = {
    {100, 16, SMF_ACCESS_RX, 0, 0},
    {40,  8,  SMF_ACCESS_RO, 0, 0},
    {200, 64, SMF_ACCESS_RW, 0, 0}
};

static bool is_power(uintptr_t value) { return value != 0 && (value & (value - 1)) == 0; }

const char *smf_try_facts(struct smf_try *t)
{
    const struct smf_port *port = t->port;
    if (port->reserve == NULL || port->release == NULL || port->protect == NULL)
        return "reserve, release or protect is missing";
    if (port->granule != 0 && !is_power(port->granule))
        return "granule is no power of two";
    if (port->parts != 0 && (!is_power(port->parts) || (port->parts > 1 && !port->power_of_two)))
        return "parts is no power of two, or set without power_of_two";
    if ((port->lock == NULL) != (port->unlock == NULL))
        return "lock without unlock, or unlock without lock";
    return smf_port_footprint(port, 1) == 0 ? "a region without a footprint" : NULL;
}

const char *smf_try_regions(struct smf_try *t)
{
    for (size_t count = 1; count <= 3; count++) {
        if (!smf_try_take(t, three, count))
            return "three small regions could not be reserved";
        const struct smf_region *regions = t->taken[t->taken_count - 1].regions;
        for (size_t i = 0; i < count; i++) {
            if (regions[i].bytes == NULL)
                return "a region without bytes";
            if (regions[i].size != three[i].size || regions[i].access != three[i].access)
                return "another size or access than requested";
        }
        smf_try_drop(t);
    }
    return NULL;
}

const char *smf_try_alignment(struct smf_try *t)
{
    const size_t most = t->port->granule > 256 ? t->port->granule * 2 : 256;
    for (size_t alignment = 1; alignment <= most; alignment *= 2) {
        const struct smf_region_request request[] = {
            {33, alignment, SMF_ACCESS_RO, 0, 0},
            {17, alignment, SMF_ACCESS_RW, 0, 0}
        };
        if (!smf_try_take(t, request, 2))
            return "two small regions could not be reserved";
        for (size_t i = 0; i < 2; i++)
            if ((t->taken[0].regions[i].address & (alignment - 1)) != 0)
                return "address is no multiple of the alignment";
        smf_try_drop(t);
    }
    return NULL;
}

/* Both sides of two regions; a granule that protect acts on belongs to one of them. */
static const char *apart(const struct smf_port *port, const struct smf_region *a, const struct smf_region *b)
{
    const uintptr_t mask = ~((uintptr_t)(port->granule > 1 ? port->granule : 1) - 1);
    const uintptr_t a_last = a->address + (a->size - 1), b_last = b->address + (b->size - 1);
    if ((a->address & mask) <= (b_last & mask) && (b->address & mask) <= (a_last & mask))
        return "two regions share a granule";
    if (a->bytes <= b->bytes + (b->size - 1) && b->bytes <= a->bytes + (a->size - 1))
        return "two regions share bytes";
    return NULL;
}

const char *smf_try_granules(struct smf_try *t)
{
    const struct smf_region *all[6];
    size_t count = 0;
    for (size_t i = 0; i < 2; i++) {
        if (!smf_try_take(t, three, 3))
            return "three small regions could not be reserved twice";
        const struct smf_region *regions = t->taken[i].regions;
        uintptr_t low = UINTPTR_MAX, high = 0;
        for (size_t k = 0; k < 3; k++) {
            const uintptr_t last = regions[k].address + (regions[k].size - 1);
            low = regions[k].address < low ? regions[k].address : low;
            high = last > high ? last : high;
            all[count++] = &regions[k];
        }
        if (t->port->reach != 0 && high - low > t->port->reach)
            return "regions lie further apart than reach";
    }
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++) {
            const char *why = apart(t->port, all[i], all[k]);
            if (why != NULL)
                return why;
        }
    return NULL;
}

const char *smf_try_highest(struct smf_try *t)
{
    struct smf_region_request request = {64, 1, SMF_ACCESS_RW, 10, 0};
    if (smf_try_take(t, &request, 1))
        return "64 bytes at or below address 10";
    if (t->status != SMF_ERR_NO_MEMORY)
        return "another status than SMF_ERR_NO_MEMORY";
    request.highest = 0;
    if (!smf_try_take(t, &request, 1))
        return "64 bytes could not be reserved";
    request.highest = t->taken[0].regions[0].address + 63;
    smf_try_drop(t);
    if (smf_try_take(t, &request, 1))
        return t->taken[0].regions[0].address > request.highest - 63 ? "a region above the highest address" : NULL;
    return t->status != SMF_ERR_NO_MEMORY ? "another status than SMF_ERR_NO_MEMORY" : NULL;
}

const char *smf_try_address(struct smf_try *t)
{
    struct smf_region_request request = {64, 1, SMF_ACCESS_RO, 0, 0};
    if (!smf_try_take(t, &request, 1))
        return "64 bytes could not be reserved";
    const uintptr_t address = t->taken[0].regions[0].address;
    request.address = address;
    if (smf_try_take(t, &request, 1))
        return "an address that is taken, reserved again";
    if (t->status != SMF_ERR_NO_MEMORY)
        return "another status than SMF_ERR_NO_MEMORY";
    smf_try_drop(t);
    if (!smf_try_take(t, &request, 1)) {
        t->not_tried = t->status == SMF_ERR_NO_MEMORY;
        return "the port gives no exact addresses";
    }
    return t->taken[0].regions[0].address == address ? NULL : "another address than the one asked for";
}

const char *smf_try_writable(struct smf_try *t)
{
    if (!smf_try_take(t, three, 3) || !smf_try_take(t, three, 3))
        return "three small regions could not be reserved twice";
    for (unsigned i = 0; i < 6; i++)
        smf_try_fill(&t->taken[i / 3].regions[i % 3], i);
    for (unsigned i = 0; i < 6; i++)
        if (!smf_try_filled(&t->taken[i / 3].regions[i % 3], i))
            return "a region does not keep what was written";
    return NULL;
}

/* How many reserves of three small regions succeed now, up to what the book holds. */
static size_t room(struct smf_try *t)
{
    const size_t before = t->taken_count;
    while (smf_try_take(t, three, 3))
        continue;
    const size_t count = t->taken_count - before;
    while (t->taken_count > before)
        smf_try_drop(t);
    return count;
}

const char *smf_try_all_or_none(struct smf_try *t)
{
    const struct smf_region_request requests[] = {
        three[0], three[1], {SIZE_MAX / 4, 16, SMF_ACCESS_RW, 0, 0}
    };
    const size_t before = room(t);
    for (unsigned i = 0; i < SMF_TRY_RESERVES; i++) {
        if (smf_try_take(t, requests, 3))
            return "a quarter of all addresses was reserved";
        if (t->status != SMF_ERR_NO_MEMORY)
            return "another status than SMF_ERR_NO_MEMORY";
    }
    return room(t) == before ? NULL : "a reserve that failed kept memory";
}

const char *smf_try_exhaustion(struct smf_try *t)
{
    t->not_tried = !t->check->finite;
    if (t->not_tried)
        return "memory does not end here";
    while (smf_try_take(t, three, 3))
        for (unsigned i = 0; i < 3; i++)
            smf_try_fill(&t->taken[t->taken_count - 1].regions[i], (unsigned)t->taken_count);
    if (t->taken_count == SMF_TRY_RESERVES)
        return "memory did not end";
    if (t->status != SMF_ERR_NO_MEMORY)
        return "another status than SMF_ERR_NO_MEMORY";
    for (unsigned i = 0; i < 3 * t->taken_count; i++)
        if (!smf_try_filled(&t->taken[i / 3].regions[i % 3], i / 3 + 1))
            return "a region lost its contents";
    smf_try_drop(t);
    return smf_try_take(t, three, 3) ? NULL : "what was released cannot be reserved";
}

const char *smf_try_reuse(struct smf_try *t)
{
    const size_t before = room(t);
    for (unsigned round = 0; round < 200; round++) {
        if (!smf_try_take(t, three, 3))
            return "memory leaks away";
        for (unsigned i = 0; i < 3; i++) {
            smf_try_fill(&t->taken[0].regions[i], round);
            if (t->port->protect(t->port->context, &t->taken[0].regions[i], three[i].access) != SMF_OK)
                return "protect failed";
        }
        smf_try_drop(t);
    }
    return room(t) == before ? NULL : "not everything came back";
}

enum smf_promise_result smf_port_check_promise(struct smf_port_check *check, enum smf_port_promise promise)
{
    static const char *(*const checks[])(struct smf_try *) = {
#define ENTRY(constant, function, name) smf_try_##function,
        SMF_PORT_PROMISES(ENTRY)
#undef ENTRY
    };
    struct smf_try t;
    t.check = check;
    t.port = check->port;
    t.taken_count = 0;
    t.status = SMF_OK;
    t.not_tried = false;
    check->why = (unsigned)promise < SMF_PROMISES ? checks[promise](&t) : "no such promise";
    while (t.taken_count != 0)
        smf_try_drop(&t);
    if (t.not_tried)
        return SMF_PROMISE_NOT_TRIED;
    return check->why == NULL ? SMF_PROMISE_KEPT : SMF_PROMISE_BROKEN;
}

const char *smf_port_promise_name(enum smf_port_promise promise)
{
    static const char *const names[] = {
#define ENTRY(constant, function, name) #name,
        SMF_PORT_PROMISES(ENTRY)
#undef ENTRY
    };
    return (unsigned)promise < SMF_PROMISES ? names[promise] : "";
}
