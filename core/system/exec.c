/* SPDX-License-Identifier: MIT */
/*
 * exec.c - one region at a time, writable first and executable afterwards.
 *
 * Every call finds its region on record, proves what it was asked for, and only then turns to the port; what fails
 * has changed nothing, but for a seal, which gives its region back.
 */
#include "base/bytes.h"
#include "system/record.h"
#include "system/region.h"

enum smf_status smf_exec_start(struct smf_exec *exec, const struct smf_exec_config *config)
{
    const struct smf_port *port = config->port;
    if (!smf_port_is_complete(port) || config->blocks == NULL || config->block_count == 0)
        return SMF_ERR_ARGUMENT;
    exec->config = *config;
    for (size_t i = 0; i < config->block_count; i++)
        config->blocks[i] = (struct smf_exec_block){0};
    return SMF_OK;
}

static void drop(const struct smf_exec *exec, struct smf_exec_block *block)
{
    const struct smf_port *port = exec->config.port;
    port->release(port->context, &block->region, 1);
    *block = (struct smf_exec_block){0};
}

void smf_exec_finish(struct smf_exec *exec)
{
    smf_exec_lock(exec);
    for (size_t i = 0; i < exec->config.block_count; i++)
        if (exec->config.blocks[i].region.size != 0)
            drop(exec, &exec->config.blocks[i]);
    smf_exec_unlock(exec);
}

static enum smf_status may_become(const struct smf_exec *exec, enum smf_access access)
{
    if ((unsigned)access > SMF_ACCESS_RWX)
        return SMF_ERR_ARGUMENT;
    if (access == SMF_ACCESS_RWX && !(exec->config.no_wx && exec->config.allow_rwx && exec->config.port->can_rwx))
        return SMF_ERR_PROTECT;
    return SMF_OK;
}

static struct smf_exec_block *find_free(const struct smf_exec *exec)
{
    for (size_t i = 0; i < exec->config.block_count; i++)
        if (exec->config.blocks[i].region.size == 0)
            return &exec->config.blocks[i];
    return NULL;
}

static enum smf_status take(const struct smf_exec *exec, const struct smf_region_request *request,
                            struct smf_exec_block *block)
{
    const struct smf_port *port = exec->config.port;
    struct smf_region region;
    const enum smf_status status = port->reserve(port->context, request, 1, &region);
    if (status != SMF_OK)
        return status;
    if (!smf_region_is_as_asked(&region, request)) {
        port->release(port->context, &region, 1);
        return SMF_ERR_NO_MEMORY;
    }
    block->region = region;
    block->region.access = request->access;
    block->access = SMF_ACCESS_RW;
    block->split = false;
    memset(region.bytes, 0, region.size);
    return SMF_OK;
}

enum smf_status smf_exec_alloc(struct smf_exec *exec, size_t size, size_t alignment, enum smf_access access,
                               struct smf_region *region)
{
    const size_t granule = exec->config.port->granule;
    const struct smf_region_request request = {.size = size,
                                               .alignment = alignment != 0 ? alignment
                                                            : granule > 1  ? granule
                                                                           : 1,
                                               .access = access};
    if (size == 0 || (alignment & (alignment - 1)) != 0)
        return SMF_ERR_ARGUMENT;
    enum smf_status status = may_become(exec, access);
    if (status != SMF_OK)
        return status;
    if (smf_port_footprint(exec->config.port, size) == SIZE_MAX)
        return SMF_ERR_NO_MEMORY;
    smf_exec_lock(exec);
    struct smf_exec_block *block = find_free(exec);
    status = block != NULL ? take(exec, &request, block) : SMF_ERR_LIMIT;
    if (status == SMF_OK)
        *region = block->region;
    smf_exec_unlock(exec);
    return status;
}

/* The region that starts at `address`. */
static struct smf_exec_block *find_start(const struct smf_exec *exec, uintptr_t address)
{
    struct smf_exec_block *block = smf_exec_find(exec, address);
    return block != NULL && block->region.address == address ? block : NULL;
}

enum smf_status smf_exec_free(struct smf_exec *exec, uintptr_t address, size_t size)
{
    smf_exec_lock(exec);
    struct smf_exec_block *block = find_start(exec, address);
    const bool found = block != NULL && block->region.size == size;
    if (found)
        drop(exec, block);
    smf_exec_unlock(exec);
    return found ? SMF_OK : SMF_ERR_NOT_FOUND;
}

static bool is_writable(const struct smf_exec *exec, const struct smf_exec_block *block, size_t from, size_t to)
{
    while (from < to) {
        enum smf_access access;
        from = smf_exec_run_end(exec, block, from, &access);
        if (access != SMF_ACCESS_RW && access != SMF_ACCESS_RWX)
            return false;
    }
    return true;
}

static void synchronise(const struct smf_exec *exec, const struct smf_region *region)
{
    const struct smf_port *port = exec->config.port;
    if (port->sync_code != NULL)
        port->sync_code(port->context, region);
}

enum smf_status smf_exec_write(struct smf_exec *exec, uintptr_t address, size_t offset, const void *bytes, size_t size)
{
    enum smf_status status = SMF_OK;
    smf_exec_lock(exec);
    const struct smf_exec_block *block = find_start(exec, address);
    if (block == NULL)
        status = SMF_ERR_NOT_FOUND;
    else if (!smf_within(offset, size, block->region.size) || (bytes == NULL && size != 0))
        status = SMF_ERR_ARGUMENT;
    else if (!is_writable(exec, block, offset, offset + size))
        status = SMF_ERR_PROTECT;
    else if (size != 0) {
        memmove(block->region.bytes + offset, bytes, size);
        if (block->region.access == SMF_ACCESS_RWX) /* it may be executed without another call */
            synchronise(exec, &block->region);
    }
    smf_exec_unlock(exec);
    return status;
}

/* Before it can be executed, so that nothing stale is fetched once it is. */
static enum smf_status give_access(const struct smf_exec *exec, const struct smf_region *region, enum smf_access access)
{
    const struct smf_port *port = exec->config.port;
    if (smf_exec_executes(access))
        synchronise(exec, region);
    return port->protect(port->context, region, access);
}

/* The whole region at once: its parts are alike again. */
static enum smf_status give_whole(const struct smf_exec *exec, struct smf_exec_block *block, enum smf_access access)
{
    const enum smf_status status = give_access(exec, &block->region, access);
    if (status == SMF_OK) {
        block->access = access;
        block->split = false;
    }
    return status;
}

enum smf_status smf_exec_seal(struct smf_exec *exec, uintptr_t address)
{
    smf_exec_lock(exec);
    struct smf_exec_block *block = find_start(exec, address);
    enum smf_status status = SMF_ERR_NOT_FOUND;
    if (block != NULL) {
        status = give_whole(exec, block, block->region.access);
        if (status != SMF_OK)
            drop(exec, block);
    }
    smf_exec_unlock(exec);
    return status;
}

enum smf_status smf_exec_unseal(struct smf_exec *exec, uintptr_t address)
{
    smf_exec_lock(exec);
    struct smf_exec_block *block = find_start(exec, address);
    const enum smf_status status = block != NULL ? give_whole(exec, block, SMF_ACCESS_RW) : SMF_ERR_NOT_FOUND;
    smf_exec_unlock(exec);
    return status;
}

/* [offset, offset + size) of a region, which lies inside of it, widened to granules. */
static enum smf_status protect_range(const struct smf_exec *exec, struct smf_exec_block *block, size_t offset,
                                     size_t size, enum smf_access access)
{
    const struct smf_port *port = exec->config.port;
    const size_t rest = port->granule > 1 ? port->granule - 1 : 0;
    const size_t first = offset & ~rest, last = (offset + (size - 1)) | rest, end = block->region.size - 1;
    if (first == 0 && last >= end)
        return give_whole(exec, block, access);
    if (!port->can_split || port->query == NULL || rest == 0) /* and who would know afterwards? */
        return SMF_ERR_ARGUMENT;
    const struct smf_region part = {.bytes = block->region.bytes + first,
                                    .address = block->region.address + first,
                                    .size = (last < end ? last : end) - first + 1,
                                    .access = block->region.access};
    const enum smf_status status = give_access(exec, &part, access);
    if (status == SMF_OK)
        block->split = true;
    return status;
}

enum smf_status smf_exec_protect(struct smf_exec *exec, uintptr_t address, size_t size, enum smf_access access)
{
    if (address == 0 || size == 0 || size - 1 > UINTPTR_MAX - address)
        return SMF_ERR_ARGUMENT;
    enum smf_status status = may_become(exec, access);
    if (status != SMF_OK)
        return status;
    smf_exec_lock(exec);
    struct smf_exec_block *block = smf_exec_find(exec, address);
    if (block == NULL)
        status = SMF_ERR_NOT_FOUND;
    else if (!smf_within(address - block->region.address, size, block->region.size))
        status = SMF_ERR_ARGUMENT;
    else if (access == SMF_ACCESS_RWX && block->region.access != SMF_ACCESS_RWX)
        status = SMF_ERR_PROTECT; /* it was not asked for by name */
    else
        status = protect_range(exec, block, address - block->region.address, size, access);
    smf_exec_unlock(exec);
    return status;
}
