/* SPDX-License-Identifier: MIT */
/* protection.c - the promises about access, code, and the optional calls. */
#include "conformance/code.h"
#include "conformance/promises.h"

static const enum smf_access sealed[] = {SMF_ACCESS_RX, SMF_ACCESS_RO, SMF_ACCESS_RW};
static const char no_room[] = "a small region could not be reserved";

static enum smf_status protect(struct smf_try *t, const struct smf_region *region, enum smf_access access)
{
    return t->port->protect(t->port->context, region, access);
}

const char *smf_try_protect(struct smf_try *t)
{
    for (unsigned i = 0; i < 3; i++) {
        const struct smf_region *region = smf_try_region(t, 100, sealed[i]);
        if (region == NULL)
            return no_room;
        smf_try_fill(region, i);
        if (protect(t, region, sealed[i]) != SMF_OK)
            return "a region does not get the access that it was reserved for";
        if (!smf_try_filled(region, i))
            return "sealing changes contents";
        if (protect(t, region, SMF_ACCESS_RW) != SMF_OK)
            return "a sealed region does not become writable again";
        smf_try_fill(region, i + 1);
        if (!smf_try_filled(region, i + 1))
            return "what is RW again does not keep what is written";
        if (protect(t, region, sealed[i]) != SMF_OK || !smf_try_filled(region, i + 1))
            return "a region is not sealed a second time";
    }
    return NULL;
}

const char *smf_try_rwx(struct smf_try *t)
{
    const struct smf_region *region = smf_try_region(t, 64, SMF_ACCESS_RWX);
    if (t->port->can_rwx)
        return region == NULL                                 ? "can_rwx, and no region for it"
               : protect(t, region, SMF_ACCESS_RWX) != SMF_OK ? "can_rwx, and protect refuses"
                                                              : NULL;
    return region != NULL && protect(t, region, SMF_ACCESS_RWX) == SMF_OK ? "RWX, and the port says it cannot" : NULL;
}

/* Does query say this at both ends of the region? */
static bool says(const struct smf_try *t, const struct smf_region *region, enum smf_access wanted)
{
    for (size_t at = 0; at < region->size; at += region->size - 1) {
        enum smf_access found = SMF_ACCESS_RWX;
        if (t->port->query(t->port->context, region->address + at, &found) != SMF_OK)
            return false;
        if (t->check->query_is_coarse ? (found == SMF_ACCESS_RW) != (wanted == SMF_ACCESS_RW) : found != wanted)
            return false;
    }
    return true;
}

const char *smf_try_query(struct smf_try *t)
{
    static const uint8_t foreign = 1;
    enum smf_access access;
    t->not_tried = t->port->query == NULL;
    if (t->not_tried)
        return "the port has no query";
    if (t->port->query(t->port->context, (uintptr_t)&foreign, &access) != SMF_ERR_NOT_FOUND)
        return "query knows memory that is not the port's";
    for (unsigned i = 0; i < 3; i++) {
        const struct smf_region *region = smf_try_region(t, 100, sealed[i]);
        if (region == NULL)
            return no_room;
        if (protect(t, region, sealed[i]) != SMF_OK || !says(t, region, sealed[i]))
            return "query does not say what a region was sealed to";
        if (protect(t, region, SMF_ACCESS_RW) != SMF_OK || !says(t, region, SMF_ACCESS_RW))
            return "query does not say that a region is writable again";
        const uintptr_t address = region->address;
        smf_try_drop(t);
        if (t->port->query(t->port->context, address, &access) != SMF_ERR_NOT_FOUND)
            return "query knows a region that was released";
    }
    return NULL;
}

const char *smf_try_faults(struct smf_try *t)
{
    bool (*const faults)(enum smf_port_try, uintptr_t) = t->check->faults;
    t->not_tried = faults == NULL;
    if (t->not_tried)
        return "faults are not provoked";
    for (unsigned i = 0; i < 3; i++) {
        const struct smf_region *region = smf_try_region(t, 100, sealed[i]);
        if (region == NULL)
            return no_room;
        const uintptr_t last = region->address + 99;
        if (protect(t, region, sealed[i]) != SMF_OK)
            return "protect failed";
        if (faults(SMF_TRY_READ, region->address) || faults(SMF_TRY_READ, last))
            return "sealed memory cannot be read";
        if (faults(SMF_TRY_WRITE, region->address) != (sealed[i] != SMF_ACCESS_RW) ||
            faults(SMF_TRY_WRITE, last) != (sealed[i] != SMF_ACCESS_RW))
            return "sealed memory can be written, or RW memory cannot";
        if (sealed[i] != SMF_ACCESS_RX && !faults(SMF_TRY_EXECUTE, region->address))
            return "data can be executed";
        if (protect(t, region, SMF_ACCESS_RW) != SMF_OK || faults(SMF_TRY_WRITE, region->address))
            return "what is RW again cannot be written";
        if (!faults(SMF_TRY_EXECUTE, region->address))
            return "writable memory can be executed";
    }
    return NULL;
}

const char *smf_try_parts(struct smf_try *t)
{
    const size_t granule = t->port->granule;
    t->not_tried = !t->port->can_split || granule < 2;
    if (t->not_tried)
        return "the port protects whole regions only";
    const struct smf_region_request request = {3 * granule, granule, SMF_ACCESS_RX, 0, 0};
    if (!smf_try_take(t, &request, 1))
        return "three granules could not be reserved";
    struct smf_region part[3];
    for (unsigned i = 0; i < 3; i++) {
        part[i] = t->taken[0].regions[0];
        part[i].bytes += i * granule;
        part[i].address += i * granule;
        part[i].size = granule;
    }
    smf_try_fill(&t->taken[0].regions[0], 9);
    if (protect(t, &part[1], SMF_ACCESS_RX) != SMF_OK)
        return "a part is not sealed";
    if (t->port->query != NULL &&
        (!says(t, &part[0], SMF_ACCESS_RW) || !says(t, &part[1], SMF_ACCESS_RX) || !says(t, &part[2], SMF_ACCESS_RW)))
        return "another part is sealed than was asked for";
    if (t->check->faults != NULL &&
        (t->check->faults(SMF_TRY_WRITE, part[0].address + granule - 1) ||
         !t->check->faults(SMF_TRY_WRITE, part[1].address) || t->check->faults(SMF_TRY_WRITE, part[2].address)))
        return "faults do not follow the parts";
    return smf_try_filled(&t->taken[0].regions[0], 9) ? NULL : "contents changed";
}

const char *smf_try_store(struct smf_try *t)
{
    enum { WORDS = 2 * SMF_STORES_MAX };
    struct smf_store stores[SMF_STORES_MAX];
    t->not_tried = t->port->store == NULL;
    if (t->not_tried)
        return "the port has no store: the core opens the region";
    const struct smf_region *region = smf_try_region(t, WORDS * sizeof(uintptr_t), SMF_ACCESS_RO);
    if (region == NULL)
        return no_room;
    smf_try_fill(region, 3);
    if (protect(t, region, SMF_ACCESS_RO) != SMF_OK)
        return "protect failed";
    for (size_t i = 0; i < SMF_STORES_MAX; i++)
        stores[i] = (struct smf_store){(2 * i + 1) * sizeof(uintptr_t), (uintptr_t)0x1234 + i};
    t->port->store(t->port->context, region, stores, 1);
    t->port->store(t->port->context, region, stores + 1, SMF_STORES_MAX - 1);
    for (size_t i = 0; i < WORDS * sizeof(uintptr_t); i++) {
        const size_t word = i / sizeof(uintptr_t);
        const uintptr_t *at = (const uintptr_t *)(const void *)region->bytes + word;
        if ((word & 1) != 0 ? *at != (uintptr_t)0x1234 + word / 2 : region->bytes[i] != (uint8_t)(3 + i * 7u))
            return "store changed something else, or not what it should";
    }
    if (t->port->query != NULL && !says(t, region, SMF_ACCESS_RO))
        return "store left the region open";
    if (t->check->faults != NULL && !t->check->faults(SMF_TRY_WRITE, region->address))
        return "store left the region writable";
    return NULL;
}

const char *smf_try_available(struct smf_try *t)
{
    t->not_tried = t->port->available == NULL;
    if (t->not_tried)
        return "the port does not know what is left";
    for (unsigned i = 0; i < 3; i++) {
        const size_t size = t->port->available(t->port->context, sealed[i]);
        if (size == 0 || smf_try_region(t, size, sealed[i]) == NULL)
            return "reserve does not give what is available";
        smf_try_drop(t);
        if (size < SIZE_MAX && smf_try_region(t, size + 1, sealed[i]) != NULL)
            return "reserve gives more than is available";
        if (smf_try_region(t, 1, sealed[i]) == NULL)
            return no_room;
        if (t->port->available(t->port->context, sealed[i]) > size)
            return "more is available after a reserve";
        smf_try_drop(t);
        if (t->port->available(t->port->context, sealed[i]) != size)
            return "less is available after a release";
    }
    return NULL;
}

const char *smf_try_code(struct smf_try *t)
{
    const struct smf_region *region = smf_try_region(t, 64, SMF_ACCESS_RX);
    if (region == NULL)
        return no_room;
    t->not_tried = t->check->cannot_call || smf_code_return(region->bytes, 42) == 0;
    if (t->not_tried)
        return "this machine cannot call what lies there";
    for (uint8_t value = 42; value < 46; value++) {
        if (protect(t, region, SMF_ACCESS_RW) != SMF_OK)
            return "code does not become writable again";
        (void)smf_code_return(region->bytes, value);
        if (protect(t, region, SMF_ACCESS_RX) != SMF_OK)
            return "code is not sealed";
        if (t->port->sync_code != NULL)
            t->port->sync_code(t->port->context, region);
        if (smf_code_at(region->address)() != value)
            return "older code ran";
    }
    return NULL;
}

const char *smf_try_lock(struct smf_try *t)
{
    t->not_tried = t->port->lock == NULL;
    if (t->not_tried)
        return "the port has no lock";
    for (unsigned i = 0; i < 4; i++) {
        t->port->lock(t->port->context);
        t->port->lock(t->port->context);
        t->port->unlock(t->port->context);
        t->port->unlock(t->port->context);
    }
    return NULL;
}

const char *smf_try_now(struct smf_try *t)
{
    t->not_tried = t->port->now == NULL;
    if (t->not_tried)
        return "the port has no clock";
    uint64_t before = t->port->now(t->port->context);
    for (unsigned i = 0; i < 1000; i++) {
        const uint64_t now = t->port->now(t->port->context);
        if (now < before)
            return "time ran backwards";
        before = now;
    }
    return NULL;
}
