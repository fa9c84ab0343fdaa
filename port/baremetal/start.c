/* SPDX-License-Identifier: MIT */
/* start.c - is the machine as the port needs it, and are the pools? Each question has an answer that says need and have. */
#include "pages.h"

enum { PAGE = SMF_BAREMETAL_PAGE };

static enum smf_status fail(struct smf_diagnosis *why, enum smf_detail detail, size_t pool, uint64_t value,
                            uint64_t expected)
{
    why->status = (enum smf_status)(-(int)(detail / 64));
    why->detail = detail;
    why->index = (uint32_t)pool;
    why->value = value;
    why->expected = expected;
    return why->status;
}

static uintptr_t start_of(const struct smf_baremetal_memory *memory) { return (uintptr_t)memory->bytes; }
static uintptr_t last_of(const struct smf_baremetal_memory *memory) { return start_of(memory) + (memory->size - 1); }

/* One pool by itself. */
static enum smf_status check_pool(const struct smf_baremetal_config *config, size_t pool, struct smf_diagnosis *why)
{
    const struct smf_baremetal_memory *memory = smf_baremetal_memory(config, pool);
    const bool pages = config->code.entries != NULL;
    if (memory->blocks == NULL || memory->block_max == 0)
        return fail(why, SMF_DETAIL_POOL_BOOKS, pool, memory->blocks == NULL ? 0 : memory->block_max, 1);
    if (memory->bytes == NULL || memory->size - 1 > UINTPTR_MAX - start_of(memory))
        return fail(why, SMF_DETAIL_POOL_MEMORY, pool, memory->size, UINTPTR_MAX - start_of(memory));
    if ((memory->entries != NULL) != pages || ((uintptr_t)memory->entries & 7) != 0)
        return fail(why, SMF_DETAIL_POOL_ENTRIES, pool, (uintptr_t)memory->entries & 7, 8);
    if (!pages)
        return SMF_OK;
    if (memory->size % PAGE != 0)
        return fail(why, SMF_DETAIL_POOL_SIZE, pool, memory->size, memory->size - memory->size % PAGE + PAGE);
    if (start_of(memory) % PAGE != 0 || memory->physical % PAGE != 0)
        return fail(why, SMF_DETAIL_POOL_START, pool, start_of(memory) % PAGE | memory->physical % PAGE, PAGE);
    return SMF_OK;
}

/* All pools together: apart from each other, and not too far. */
static enum smf_status check_pools(const struct smf_baremetal_config *config, struct smf_diagnosis *why)
{
    uintptr_t lowest = UINTPTR_MAX, highest = 0;
    if (config->code.size == 0)
        return fail(why, SMF_DETAIL_POOL_MEMORY, 0, 0, 1);
    if ((config->lock != NULL) != (config->unlock != NULL))
        return fail(why, SMF_DETAIL_POOL_HOOKS, 0, 1, 2);
    for (size_t i = 0; i < SMF_BAREMETAL_POOLS; i++) {
        const struct smf_baremetal_memory *one = smf_baremetal_memory(config, i);
        if (one->size == 0)
            continue;
        const enum smf_status status = check_pool(config, i, why);
        if (status != SMF_OK)
            return status;
        for (size_t k = 0; k < i; k++) {
            const struct smf_baremetal_memory *other = smf_baremetal_memory(config, k);
            if (other->size != 0 && start_of(one) <= last_of(other) && start_of(other) <= last_of(one))
                return fail(why, SMF_DETAIL_POOL_OVERLAP, i, k, 0);
        }
        lowest = start_of(one) < lowest ? start_of(one) : lowest;
        highest = last_of(one) > highest ? last_of(one) : highest;
    }
    if (highest - lowest > SMF_BAREMETAL_REACH)
        return fail(why, SMF_DETAIL_POOL_REACH, 0, highest - lowest, SMF_BAREMETAL_REACH);
    return SMF_OK;
}

/* Do these entries decide about this page? Map it, ask the processor, and put back what was there. */
static bool in_force(const struct smf_baremetal_config *config, const struct smf_baremetal_memory *memory, size_t page)
{
    volatile uint64_t *entry = &memory->entries[page];
    const uintptr_t address = start_of(memory) + page * PAGE;
    const uint64_t before = *entry, physical = memory->physical + page * PAGE;
    *entry = 0;
    smf_machine_flush(address, 1);
    *entry = smf_machine_entry(physical, SMF_ACCESS_RW, false, config->memory_type);
    smf_machine_flush(address, 1);
    const bool leads = smf_machine_leads(address, physical);
    *entry = 0;
    smf_machine_flush(address, 1);
    *entry = before;
    smf_machine_flush(address, 1);
    return leads;
}

static enum smf_status check_tables(const struct smf_baremetal_config *config, struct smf_diagnosis *why)
{
    if (!smf_machine_ready(config->memory_type, why))
        return fail(why, SMF_DETAIL_MACHINE_STATE, 0, why->value, why->expected);
    for (size_t i = 0; i < SMF_BAREMETAL_POOLS; i++) {
        const struct smf_baremetal_memory *memory = smf_baremetal_memory(config, i);
        const size_t count = memory->size / PAGE;
        for (size_t page = 0; page < count; page++)
            if (!in_force(config, memory, page))
                return fail(why, SMF_DETAIL_POOL_TABLES, i, page, count);
    }
    return SMF_OK;
}

static void unmap(const struct smf_baremetal_config *config)
{
    for (size_t i = 0; i < SMF_BAREMETAL_POOLS; i++) {
        const struct smf_baremetal_memory *memory = smf_baremetal_memory(config, i);
        volatile uint64_t *entries = memory->entries;
        for (size_t page = 0; entries != NULL && page < memory->size / PAGE; page++)
            entries[page] = 0;
        if (entries != NULL)
            smf_machine_flush(start_of(memory), memory->size / PAGE);
    }
}

enum smf_status smf_baremetal_start(struct smf_baremetal *baremetal, const struct smf_baremetal_config *config,
                                    const struct smf_port **port, struct smf_diagnosis *why)
{
    struct smf_diagnosis unwanted;
    if (why == NULL)
        why = &unwanted;
    *why = (struct smf_diagnosis){0};
    enum smf_status status = check_pools(config, why);
    if (status == SMF_OK && config->code.entries != NULL)
        status = check_tables(config, why);
    if (status != SMF_OK)
        return status;
    *baremetal = (struct smf_baremetal){.config = *config};
    for (size_t i = 0; i < SMF_BAREMETAL_POOLS; i++) {
        const struct smf_baremetal_memory *memory = smf_baremetal_memory(config, i);
        if (memory->size != 0)
            status = smf_pool_start(&baremetal->pools[i], memory->bytes, start_of(memory), memory->size,
                                    memory->entries != NULL ? PAGE : 1, memory->blocks, memory->block_max);
        if (status != SMF_OK)
            return status; /* checked above: cannot be */
    }
    unmap(config);
    smf_baremetal_make_port(baremetal);
    *port = &baremetal->port;
    return SMF_OK;
}

void smf_baremetal_finish(struct smf_baremetal *baremetal) { unmap(&baremetal->config); }
