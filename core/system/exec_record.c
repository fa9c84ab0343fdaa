/* SPDX-License-Identifier: MIT */
/* exec_record.c - what the record and the machine say about regions: queries, totals, one line for each. */
#include "base/bytes.h"
#include "system/record.h"

void smf_exec_lock(const struct smf_exec *exec)
{
    const struct smf_port *port = exec->config.port;
    if (port->lock != NULL)
        port->lock(port->context);
}

void smf_exec_unlock(const struct smf_exec *exec)
{
    const struct smf_port *port = exec->config.port;
    if (port->unlock != NULL)
        port->unlock(port->context);
}

struct smf_exec_block *smf_exec_find(const struct smf_exec *exec, uintptr_t address)
{
    for (size_t i = 0; i < exec->config.block_count; i++) {
        struct smf_exec_block *block = &exec->config.blocks[i];
        if (address - block->region.address < block->region.size) /* a free entry has none */
            return block;
    }
    return NULL;
}

enum smf_status smf_exec_ask(const struct smf_exec *exec, const struct smf_exec_block *block, size_t offset,
                             enum smf_access *access)
{
    const struct smf_port *port = exec->config.port;
    *access = block->access;
    return port->query != NULL ? port->query(port->context, block->region.address + offset, access) : SMF_OK;
}

size_t smf_exec_run_end(const struct smf_exec *exec, const struct smf_exec_block *block, size_t offset,
                        enum smf_access *access)
{
    const size_t size = block->region.size, granule = exec->config.port->granule;
    enum smf_access next;
    if (smf_exec_ask(exec, block, offset, access) != SMF_OK)
        *access = SMF_ACCESS_RW;
    if (!block->split || granule < 2)
        return size;
    while (size - offset > granule - (offset & (granule - 1))) {
        offset = (offset | (granule - 1)) + 1;
        if (smf_exec_ask(exec, block, offset, &next) != SMF_OK)
            next = SMF_ACCESS_RW;
        if (next != *access)
            return offset;
    }
    return size;
}

enum smf_status smf_exec_query(const struct smf_exec *exec, uintptr_t address, enum smf_access *access)
{
    enum smf_status status = SMF_ERR_NOT_FOUND;
    smf_exec_lock(exec);
    const struct smf_exec_block *block = smf_exec_find(exec, address);
    if (block != NULL)
        status = smf_exec_ask(exec, block, address - block->region.address, access);
    smf_exec_unlock(exec);
    return status;
}

bool smf_exec_is_executable(const struct smf_exec *exec, uintptr_t address)
{
    enum smf_access access;
    return smf_exec_query(exec, address, &access) == SMF_OK && smf_exec_executes(access);
}

void smf_exec_totals(const struct smf_exec *exec, struct smf_exec_totals *totals)
{
    *totals = (struct smf_exec_totals){0};
    smf_exec_lock(exec);
    for (size_t i = 0; i < exec->config.block_count; i++) {
        const struct smf_exec_block *block = &exec->config.blocks[i];
        bool executable = false;
        for (size_t at = 0; at < block->region.size;) {
            enum smf_access access;
            at = smf_exec_run_end(exec, block, at, &access);
            executable = executable || smf_exec_executes(access);
        }
        totals->regions += block->region.size != 0;
        totals->requested += block->region.size;
        totals->footprint += block->region.size != 0 ? smf_port_footprint(exec->config.port, block->region.size) : 0;
        totals->executable += executable;
    }
    smf_exec_unlock(exec);
}

void smf_exec_dump(const struct smf_exec *exec,
                   void (*line)(void *context, const struct smf_region *region, enum smf_access access), void *context)
{
    smf_exec_lock(exec);
    for (size_t i = 0; i < exec->config.block_count; i++) {
        const struct smf_exec_block *block = &exec->config.blocks[i];
        for (size_t at = 0, end; at < block->region.size; at = end) {
            enum smf_access access;
            end = smf_exec_run_end(exec, block, at, &access);
            const struct smf_region part = {.bytes = block->region.bytes + at,
                                            .address = block->region.address + at,
                                            .size = end - at,
                                            .access = block->region.access};
            line(context, &part, access);
        }
    }
    smf_exec_unlock(exec);
}
