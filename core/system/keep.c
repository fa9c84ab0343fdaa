/* SPDX-License-Identifier: MIT */
/*
 * keep.c - memory of .keep sections: a region of its own for each, which a newer
 * version goes on using if it says the same about it, and which is released with
 * the last version that uses it.
 */
#include "system/graph.h"

static bool agrees(const struct smf_keep *keep, const struct smf_keep_request *request, uint32_t state_version)
{
    return keep->size == request->size && keep->alignment == request->alignment &&
           keep->state_version == state_version && smf_version_is_same(keep->name, request->name);
}

static struct smf_keep *find_older(const struct smf_version *version, const struct smf_keep_request *request)
{
    if (version->older == NULL || version->fresh)
        return NULL;
    for (unsigned i = 0; i < SMF_KEEP_MAX; i++) {
        struct smf_keep *keep = version->older->keeps[i];
        if (keep != NULL && agrees(keep, request, version->state_version))
            return keep;
    }
    return NULL;
}

static enum smf_status make(struct smf_system *system, const struct smf_version *version,
                            const struct smf_keep_request *request, struct smf_keep **made)
{
    const struct smf_port *port = &system->port;
    const struct smf_region_request wanted = {
        .size = request->size, .alignment = request->alignment, .access = SMF_ACCESS_RW, .highest = request->highest};
    struct smf_keep *keep = smf_system_take(system, sizeof *keep);
    if (keep == NULL)
        return SMF_ERR_NO_ARENA;
    memset(keep, 0, sizeof *keep);
    for (unsigned i = 0; i < sizeof keep->name - 1 && request->name[i] != '\0'; i++)
        keep->name[i] = request->name[i];
    keep->size = request->size;
    keep->alignment = request->alignment;
    keep->state_version = version->state_version;
    const enum smf_status status = port->reserve(port->context, &wanted, 1, &keep->region);
    if (status != SMF_OK) {
        smf_system_give(system, keep);
        return status;
    }
    keep->region.access = SMF_ACCESS_RW;
    *made = keep;
    return SMF_OK;
}

static void drop(struct smf_system *system, struct smf_keep *keep)
{
    if (--keep->users != 0)
        return;
    system->port.release(system->port.context, &keep->region, 1);
    smf_system_give(system, keep);
}

/* What the loader would have found wrong with a region of its own. */
static bool is_as_asked(const struct smf_keep *keep, const struct smf_keep_request *request)
{
    const struct smf_region *region = &keep->region;
    return region->bytes != NULL && region->size >= request->size &&
           (region->address & (request->alignment - 1)) == 0 && region->size - 1 <= UINTPTR_MAX - region->address &&
           (request->highest == 0 || region->address + (request->size - 1) <= request->highest);
}

enum smf_status smf_keep_place(void *context, const struct smf_keep_request *request, struct smf_region *region,
                               bool *kept)
{
    struct smf_system *system = context;
    struct smf_version *version = system->binding;
    struct smf_keep *keep = find_older(version, request);
    unsigned free = 0;
    while (version->keeps[free] != NULL) /* the loader asks for at most SMF_KEEP_MAX */
        free++;
    *kept = keep != NULL;
    if (keep == NULL) {
        const enum smf_status status = make(system, version, request, &keep);
        if (status != SMF_OK)
            return status;
        if (!is_as_asked(keep, request)) {
            keep->users = 1;
            drop(system, keep);
            return SMF_ERR_NO_MEMORY;
        }
    }
    keep->users++;
    version->keeps[free] = keep;
    *region = keep->region;
    return SMF_OK;
}

void smf_keep_drop_all(struct smf_system *system, struct smf_version *version)
{
    for (unsigned i = 0; i < SMF_KEEP_MAX; i++) {
        if (version->keeps[i] != NULL)
            drop(system, version->keeps[i]);
        version->keeps[i] = NULL;
    }
}

bool smf_keep_holds(const struct smf_version *version, uintptr_t address)
{
    for (unsigned i = 0; i < SMF_KEEP_MAX; i++)
        if (version->keeps[i] != NULL && address - version->keeps[i]->region.address < version->keeps[i]->region.size)
            return true;
    return false;
}
