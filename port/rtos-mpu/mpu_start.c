/* SPDX-License-Identifier: MIT */
/* mpu_start.c - is the MPU as the port needs it, and are the pools? Each refusal says need and have. */
#include "mpu.h"

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

static const struct smf_mpu_memory *memory_of(const struct smf_mpu_config *config, size_t pool)
{
    return pool == SMF_MPU_CODE ? &config->code : pool == SMF_MPU_RODATA ? &config->rodata : &config->data;
}

static uintptr_t start_of(const struct smf_mpu_memory *memory) { return (uintptr_t)memory->bytes; }
static uintptr_t last_of(const struct smf_mpu_memory *memory) { return start_of(memory) + (memory->size - 1); }

/* The next size that the unit describes as one region with its parts. */
static size_t next_power(size_t size)
{
    size_t power = 256;
    while (power < size && power != 0)
        power <<= 1;
    return power;
}

/* PMSAv7 lays one region over the whole code pool, with eight parts. */
static enum smf_status check_parts(const struct smf_mpu_memory *code, struct smf_diagnosis *why)
{
    const size_t power = next_power(code->size);
    if (code->size != power)
        return fail(why, SMF_DETAIL_POOL_SIZE, SMF_MPU_CODE, code->size, power);
    if ((start_of(code) & (power - 1)) != 0)
        return fail(why, SMF_DETAIL_POOL_START, SMF_MPU_CODE, start_of(code) & (power - 1), power);
    return SMF_OK;
}

static enum smf_status check_pool(const struct smf_mpu_memory *memory, size_t pool, struct smf_diagnosis *why)
{
    const uintptr_t start = start_of(memory), granule = SMF_MPU_GRANULE;
    if (memory->blocks == NULL || memory->block_max == 0)
        return fail(why, SMF_DETAIL_POOL_BOOKS, pool, 0, 1);
    if (memory->bytes == NULL || memory->size - 1 > UINTPTR_MAX - start)
        return fail(why, SMF_DETAIL_POOL_MEMORY, pool, memory->size, UINTPTR_MAX - start);
    if ((start & (granule - 1)) != 0)
        return fail(why, SMF_DETAIL_POOL_START, pool, start & (granule - 1), granule);
    if ((memory->size & (granule - 1)) != 0)
        return fail(why, SMF_DETAIL_POOL_SIZE, pool, memory->size, (memory->size | (granule - 1)) + 1);
    if (pool == SMF_MPU_CODE && smf_mpu_unit()->facts.parts > 1)
        return check_parts(memory, why);
    return SMF_OK;
}

static enum smf_status check_apart(const struct smf_mpu_config *config, size_t pool, struct smf_diagnosis *why)
{
    const struct smf_mpu_memory *one = memory_of(config, pool);
    for (size_t k = 0; k < pool; k++) {
        const struct smf_mpu_memory *other = memory_of(config, k);
        if (other->size != 0 && start_of(one) <= last_of(other) && start_of(other) <= last_of(one))
            return fail(why, SMF_DETAIL_POOL_OVERLAP, pool, k, 0);
    }
    return SMF_OK;
}

static enum smf_status check_pools(const struct smf_mpu_config *config, struct smf_diagnosis *why)
{
    if (config->code.size == 0)
        return fail(why, SMF_DETAIL_POOL_MEMORY, SMF_MPU_CODE, 0, 1);
    if (config->records == NULL || config->record_max == 0)
        return fail(why, SMF_DETAIL_POOL_BOOKS, SMF_MPU_POOLS, 0, 1);
    if ((config->lock != NULL) != (config->unlock != NULL))
        return fail(why, SMF_DETAIL_POOL_HOOKS, 0, 1, 2);
    for (size_t i = 0; i < SMF_MPU_POOLS; i++) {
        const struct smf_mpu_memory *memory = memory_of(config, i);
        enum smf_status status = SMF_OK;
        if (memory->size != 0)
            status = check_pool(memory, i, why);
        if (status == SMF_OK && memory->size != 0)
            status = check_apart(config, i, why);
        if (status != SMF_OK)
            return status;
    }
    return SMF_OK;
}

/* The RAM must be a region by itself, and hold each pool that is cut out of it, or none of its bytes. */
static enum smf_status check_ram(const struct smf_mpu_config *config, struct smf_diagnosis *why)
{
    struct smf_mpu_entry entry;
    const uintptr_t last = config->ram + (config->ram_size - 1);
    if (config->ram_size == 0)
        return SMF_OK;
    if (!smf_mpu_unit()->describe(config->ram, config->ram_size, SMF_MPU_FIRMWARE_RW, &entry))
        return fail(why, SMF_DETAIL_MPU_RAM, 0, config->ram, config->ram_size);
    for (size_t i = 0; i < SMF_MPU_DATA; i++) {
        const struct smf_mpu_memory *memory = memory_of(config, i);
        const bool meets = memory->size != 0 && start_of(memory) <= last && config->ram <= last_of(memory);
        if (meets && (start_of(memory) < config->ram || last_of(memory) > last))
            return fail(why, SMF_DETAIL_MPU_RAM, i, config->ram, config->ram_size);
    }
    return SMF_OK;
}

/* Regions of a module beside its stack and the gates: what is left of the whole MPU, which a call has to itself. */
static size_t regions_for(unsigned count) { return count > 5 ? 3 : count > 2 ? count - 2 : 0; }

enum smf_status smf_mpu_start(struct smf_mpu *mpu, const struct smf_mpu_config *config, const struct smf_port **port,
                              struct smf_diagnosis *why)
{
    static struct smf_diagnosis unwanted; /* the stack of a small board is dear */
    const struct smf_mpu_unit *unit = smf_mpu_unit();
    const unsigned count = smf_mpu_count(), base = unit->facts.parts > 1 ? 2 : 5; /* at least */
    if (why == NULL)
        why = &unwanted;
    *why = (struct smf_diagnosis){0};
    if (count == 0)
        return fail(why, SMF_DETAIL_MACHINE_STATE, 0, 0, 1);
    if (count < base)
        return fail(why, SMF_DETAIL_MPU_REGIONS, 0, count, base);
    enum smf_status status = check_pools(config, why);
    if (status == SMF_OK)
        status = check_ram(config, why);
    if (status != SMF_OK)
        return status;
    *mpu = (struct smf_mpu){.config = *config};
    for (size_t i = 0; i < SMF_MPU_POOLS && status == SMF_OK; i++) {
        const struct smf_mpu_memory *memory = memory_of(config, i);
        if (memory->size != 0)
            status = smf_pool_start(&mpu->pools[i], memory->bytes, start_of(memory), memory->size, SMF_MPU_GRANULE,
                                    memory->blocks, memory->block_max);
    }
    if (status != SMF_OK)
        return status; /* checked above: cannot be */
    for (size_t i = 0; i < config->record_max; i++)
        config->records[i] = (struct smf_mpu_record){0};
    smf_mpu_use(mpu);
    smf_mpu_make_port(mpu, regions_for(count));
    smf_mpu_refresh(mpu);
    *port = &mpu->port;
    return SMF_OK;
}

void smf_mpu_finish(struct smf_mpu *mpu)
{
    if (!mpu->config.descriptors_only)
        smf_mpu_off();
    smf_mpu_use(NULL);
}
