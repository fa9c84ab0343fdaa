/* SPDX-License-Identifier: MIT */
/* pmp_start.c - is the hart as the port needs it, and are the pools? Each refusal says need and have. */
#include "pmp.h"
#include "smf/port_pmp.h"

enum { POOLS = 3 };

static enum smf_status fail(struct smf_diagnosis *why, enum smf_detail detail, size_t pool, uint64_t value,
                            uint64_t expected)
{
    why->status = (enum smf_status)(-((int)detail / 64));
    why->detail = detail;
    why->index = (uint32_t)pool;
    why->value = value;
    why->expected = expected;
    return why->status;
}

static const struct smf_pmp_memory *memory_of(const struct smf_pmp_config *config, size_t pool)
{
    return pool == 0 ? &config->code : pool == 1 ? &config->rodata : &config->data;
}

static uintptr_t start_of(const struct smf_pmp_memory *memory) { return (uintptr_t)memory->bytes; }
static uintptr_t last_of(const struct smf_pmp_memory *memory) { return start_of(memory) + (memory->size - 1); }

/* One pool by itself. */
static enum smf_status check_pool(const struct smf_pmp_memory *memory, size_t pool, size_t granule,
                                  struct smf_diagnosis *why)
{
    const uintptr_t start = start_of(memory);
    if (memory->blocks == NULL || memory->block_max == 0)
        return fail(why, SMF_DETAIL_POOL_BOOKS, pool, 0, 1);
    if (memory->bytes == NULL || memory->size - 1 > UINTPTR_MAX - start)
        return fail(why, SMF_DETAIL_POOL_MEMORY, pool, memory->size, UINTPTR_MAX - start);
    if ((start & (granule - 1)) != 0)
        return fail(why, SMF_DETAIL_POOL_START, pool, start & (granule - 1), granule);
    if ((memory->size & (granule - 1)) != 0)
        return fail(why, SMF_DETAIL_POOL_SIZE, pool, memory->size, (memory->size | (granule - 1)) + 1);
    return SMF_OK;
}

/* All pools together: apart from each other, and within what an AUIPC and its partner reach. */
static enum smf_status check_pools(const struct smf_pmp_config *config, size_t granule, struct smf_diagnosis *why)
{
    uintptr_t lowest = UINTPTR_MAX, highest = 0;
    if (config->code.size == 0)
        return fail(why, SMF_DETAIL_POOL_MEMORY, 0, 0, 1);
    if (config->records == NULL || config->record_max == 0)
        return fail(why, SMF_DETAIL_POOL_BOOKS, POOLS, 0, 1);
    if ((config->lock != NULL) != (config->unlock != NULL))
        return fail(why, SMF_DETAIL_POOL_HOOKS, 0, 1, 2);
    for (size_t i = 0; i < POOLS; i++) {
        const struct smf_pmp_memory *one = memory_of(config, i);
        if (one->size == 0)
            continue;
        const enum smf_status status = check_pool(one, i, granule, why);
        if (status != SMF_OK)
            return status;
        for (size_t k = 0; k < i; k++) {
            const struct smf_pmp_memory *other = memory_of(config, k);
            if (other->size != 0 && start_of(one) <= last_of(other) && start_of(other) <= last_of(one))
                return fail(why, SMF_DETAIL_POOL_OVERLAP, i, k, 0);
        }
        lowest = start_of(one) < lowest ? start_of(one) : lowest;
        highest = last_of(one) > highest ? last_of(one) : highest;
    }
    if (SMF_PMP_REACH != 0 && highest - lowest > SMF_PMP_REACH)
        return fail(why, SMF_DETAIL_POOL_REACH, 0, highest - lowest, SMF_PMP_REACH);
    return SMF_OK;
}

/* Regions of a module beside its stack and the gates. */
static size_t regions_for(unsigned entries, unsigned each)
{
    unsigned count = 0;
    while (count < 3 && entries >= 1 + each * (count + 2))
        count++;
    return count;
}

enum smf_status smf_pmp_start(struct smf_pmp *pmp, const struct smf_pmp_config *config, const struct smf_port **port,
                              struct smf_diagnosis *why)
{
    struct smf_diagnosis unwanted;
    struct smf_pmp_facts facts;
    const unsigned each = config->power_of_two ? 1 : 2;
    if (why == NULL)
        why = &unwanted;
    *why = (struct smf_diagnosis){0};
    smf_pmp_probe(&facts);
    if (config->entries_max != 0)
        smf_pmp_limit(&facts, config->entries_max);
    facts.power_of_two = config->power_of_two;
    const size_t granule = facts.grain > SMF_PMP_GRANULE ? facts.grain : SMF_PMP_GRANULE;
    const size_t regions = regions_for(facts.count, each);
    if (!facts.user)
        return fail(why, SMF_DETAIL_MACHINE_STATE, 0, 0, 1);
    if (facts.delegated != 0)
        return fail(why, SMF_DETAIL_MACHINE_STATE, 0, facts.delegated, 0);
    if (regions == 0)
        return fail(why, SMF_DETAIL_PMP_ENTRIES, 0, facts.count, 1 + 2 * each);
    enum smf_status status = check_pools(config, granule, why);
    if (status != SMF_OK)
        return status;
    *pmp = (struct smf_pmp){.config = *config};
    for (size_t i = 0; i < POOLS && status == SMF_OK; i++) {
        const struct smf_pmp_memory *memory = memory_of(config, i);
        if (memory->size != 0)
            status = smf_pool_start(&pmp->pools[i], memory->bytes, start_of(memory), memory->size, granule,
                                    memory->blocks, memory->block_max);
    }
    if (status != SMF_OK)
        return status; /* checked above: cannot be */
    for (size_t i = 0; i < config->record_max; i++)
        config->records[i] = (struct smf_pmp_record){0};
    smf_pmp_use(&facts);
    smf_pmp_make_port(pmp, &facts, regions);
    *port = &pmp->port;
    return SMF_OK;
}
