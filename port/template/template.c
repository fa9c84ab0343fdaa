/* SPDX-License-Identifier: MIT */
/*
 * template.c - a port to copy: see port_template.h for what it promises, docs/PORTING.md for the steps.
 *
 * Numbers in comments are those steps: what a machine with a protection unit does in this place.
 */
#include "smf/port_template.h"

/* ---- Step 3: memory ---- */

/* Step 3: round to granules, and where regions are powers of two, to those: smf_port_footprint() knows both. */
static enum smf_status take(struct smf_template *template_port, const struct smf_region_request *request,
                            size_t *offset)
{
    struct smf_pool *pool = &template_port->pool;
    const size_t size = smf_port_footprint(&template_port->port, request->size);
    if (request->address == 0)
        return smf_pool_take(pool, size, request->alignment, request->highest, offset);
    *offset = (size_t)(request->address - pool->address);
    if (request->address < pool->address || (request->address & (request->alignment - 1)) != 0 ||
        (request->highest != 0 &&
         (request->address > request->highest || size - 1 > request->highest - request->address)))
        return SMF_ERR_NO_MEMORY;
    return smf_pool_take_at(pool, *offset, size);
}

/* Step 3: where memory is protected, make it writable and not executable again, before it can go to somebody else. */
static void release(void *context, const struct smf_region *regions, size_t count)
{
    struct smf_template *template_port = context;
    for (size_t i = 0; i < count; i++)
        smf_pool_give(&template_port->pool, (size_t)(regions[i].address - template_port->pool.address));
}

/* All or none: what was taken before a failure goes back. */
static enum smf_status reserve(void *context, const struct smf_region_request *requests, size_t count,
                               struct smf_region *regions)
{
    struct smf_template *template_port = context;
    struct smf_region taken[3];
    if (count == 0 || count > 3)
        return SMF_ERR_ARGUMENT;
    for (size_t i = 0; i < count; i++) {
        size_t offset;
        const enum smf_status status = take(template_port, &requests[i], &offset);
        if (status != SMF_OK) {
            release(context, taken, i);
            return status == SMF_ERR_LIMIT ? SMF_ERR_NO_MEMORY : status; /* books that are full are no room, too */
        }
        taken[i] = (struct smf_region){.bytes = template_port->pool.bytes + offset,
                                       .address = template_port->pool.address + offset,
                                       .size = requests[i].size,
                                       .access = requests[i].access};
    }
    for (size_t i = 0; i < count; i++)
        regions[i] = taken[i];
    return SMF_OK;
}

static size_t available(void *context, enum smf_access access)
{
    const struct smf_template *template_port = context;
    (void)access;
    return smf_pool_largest(&template_port->pool, 1);
}

/* ---- Step 4: protection ---- */

/*
 * Nothing can be protected here, and nothing is pretended: the table's facts say so.
 *
 * Step 4: check first that the region is one of yours and that the access can be had, then write the page-table
 * entries or the unit's registers, then whatever makes them count: barriers, the TLB, other cores. A failure changes
 * nothing. Step 6: query reads the same entries or registers back.
 */
static enum smf_status protect(void *context, const struct smf_region *region, enum smf_access access)
{
    (void)context, (void)region, (void)access;
    return SMF_OK;
}

/* ---- Step 5: what was written becomes what is fetched ---- */

static void sync_code(void *context, const struct smf_region *region)
{
    const struct smf_template_config *config = &((const struct smf_template *)context)->config;
    config->sync_code(config->context, region);
}

/* ---- Step 7: the firmware's own ---- */

static void lock(void *context)
{
    const struct smf_template_config *config = &((const struct smf_template *)context)->config;
    config->lock(config->context);
}

static void unlock(void *context)
{
    const struct smf_template_config *config = &((const struct smf_template *)context)->config;
    config->unlock(config->context);
}

static uint64_t now(void *context)
{
    const struct smf_template_config *config = &((const struct smf_template *)context)->config;
    return config->now(config->context);
}

/* ---- Step 2: facts ---- */

enum smf_status smf_template_start(struct smf_template *template_port, const struct smf_template_config *config,
                                   const struct smf_port **port)
{
    const size_t granule = 0; /* Step 2: what the unit can act on */
    if ((config->lock == NULL) != (config->unlock == NULL))
        return SMF_ERR_ARGUMENT;
    const enum smf_status status = smf_pool_start(&template_port->pool, config->bytes, (uintptr_t)config->bytes,
                                                  config->size, granule, config->blocks, config->block_max);
    if (status != SMF_OK)
        return status;
    template_port->config = *config;
    template_port->port = (struct smf_port){.context = template_port,
                                            .granule = granule,
                                            .reach = config->size,
                                            .can_rwx = true,
                                            .reserve = reserve,
                                            .release = release,
                                            .protect = protect,
                                            .sync_code = config->sync_code != NULL ? sync_code : NULL,
                                            .available = available,
                                            .lock = config->lock != NULL ? lock : NULL,
                                            .unlock = config->lock != NULL ? unlock : NULL,
                                            .now = config->now != NULL ? now : NULL};
    *port = &template_port->port;
    return SMF_OK;
}
