/* SPDX-License-Identifier: MIT */
/*
 * mpu_maps.c - the map that firmware lives in, made anew whenever a region is reserved, sealed or released.
 *
 * PMSAv7 lays the code pool over the RAM region, without the parts that hold something unsealed. PMSAv8 has no
 * overlaps: the sealed beginnings of two pools are cut out of the RAM.
 */
#include "mpu.h"

struct range {
    uintptr_t start, end; /* end excluded */
};

static struct smf_mpu *current;

struct smf_mpu *smf_mpu_current(void) { return current; }
void smf_mpu_use(struct smf_mpu *mpu) { current = mpu; }

bool smf_mpu_is_foreign(uintptr_t address)
{
    for (size_t i = 0; current != NULL && i < SMF_MPU_POOLS; i++)
        if (address - current->pools[i].address < current->pools[i].size)
            return false;
    return true;
}

/* What a pool's region looks like to its reader once it is sealed. */
static bool is_sealed(const struct smf_mpu_record *record)
{
    return record->access == SMF_ACCESS_RX || record->access == SMF_ACCESS_RO;
}

static bool meets(const struct smf_mpu_record *record, uintptr_t start, uintptr_t end)
{
    return record->size != 0 && record->address < end && record->address + record->size > start;
}

/* Sealed memory from the pool's start up to the first region that is not. */
static struct range sealed_beginning(const struct smf_mpu *mpu, const struct smf_pool *pool)
{
    const uintptr_t end = pool->address + pool->size;
    struct range sealed = {pool->address, pool->address};
    uintptr_t limit = end;
    for (size_t i = 0; i < mpu->config.record_max; i++) {
        const struct smf_mpu_record *record = &mpu->config.records[i];
        if (meets(record, pool->address, end) && !is_sealed(record) && record->address < limit)
            limit = record->address;
    }
    for (size_t i = 0; i < mpu->config.record_max; i++) {
        const struct smf_mpu_record *record = &mpu->config.records[i];
        if (meets(record, pool->address, limit) && record->address + record->size > sealed.end)
            sealed.end = record->address + record->size;
    }
    return sealed;
}

static bool add(struct smf_mpu *mpu, uintptr_t start, uintptr_t end, enum smf_mpu_rights rights)
{
    if (start == end)
        return true;
    return mpu->base_count < SMF_MPU_BASE_ENTRIES &&
           smf_mpu_unit()->describe(start, end - start, rights, &mpu->base[mpu->base_count++]);
}

/* The RAM without two ranges, which lie in it or not, and apart. */
static bool add_around(struct smf_mpu *mpu, struct range first, struct range second)
{
    uintptr_t at = mpu->config.ram;
    const uintptr_t end = at + mpu->config.ram_size;
    if (second.start < first.start) {
        const struct range other = first;
        first = second;
        second = other;
    }
    const struct range holes[2] = {first, second};
    for (unsigned i = 0; i < 2; i++) {
        if (holes[i].start == holes[i].end || holes[i].start < at || holes[i].end > end)
            continue;
        if (!add(mpu, at, holes[i].start, SMF_MPU_FIRMWARE_RW))
            return false;
        at = holes[i].end;
    }
    return add(mpu, at, end, SMF_MPU_FIRMWARE_RW);
}

static bool make_limits(struct smf_mpu *mpu)
{
    const struct range code = sealed_beginning(mpu, &mpu->pools[SMF_MPU_CODE]);
    struct range rodata = {0, 0};
    if (mpu->pools[SMF_MPU_RODATA].size != 0)
        rodata = sealed_beginning(mpu, &mpu->pools[SMF_MPU_RODATA]);
    return add(mpu, rodata.start, rodata.end, SMF_MPU_FIRMWARE_RO) &&
           add(mpu, code.start, code.end, SMF_MPU_FIRMWARE_RX) &&
           (mpu->config.ram_size == 0 || add_around(mpu, code, rodata));
}

/* The parts, a bit each, that hold something and nothing that is not sealed: one look at each record. */
static uint8_t sealed_parts(const struct smf_mpu *mpu, unsigned parts)
{
    const struct smf_pool *pool = &mpu->pools[SMF_MPU_CODE];
    const size_t part = pool->size / parts;
    uint32_t sealed = 0, open = 0;
    for (size_t i = 0; i < mpu->config.record_max; i++) {
        const struct smf_mpu_record *record = &mpu->config.records[i];
        if (record->size == 0 || record->address - pool->address >= pool->size)
            continue;
        uint32_t *const which = is_sealed(record) ? &sealed : &open;
        uintptr_t start = pool->address;
        for (unsigned bit = 0; bit < parts; bit++, start += part)
            if (record->address < start + part && record->address + record->size > start)
                *which |= 1u << bit;
    }
    return (uint8_t)(sealed & ~open);
}

static bool make_parts(struct smf_mpu *mpu, unsigned parts)
{
    const struct smf_pool *pool = &mpu->pools[SMF_MPU_CODE];
    const uint8_t hidden = (uint8_t)~sealed_parts(mpu, parts);
    if (!add(mpu, mpu->config.ram, mpu->config.ram + mpu->config.ram_size, SMF_MPU_FIRMWARE_RW))
        return false;
    return smf_mpu_describe_parts(pool->address, pool->size, hidden, SMF_MPU_FIRMWARE_RX,
                                  &mpu->base[mpu->base_count++]); /* the higher number wins */
}

bool smf_mpu_make_base(struct smf_mpu *mpu)
{
    const struct smf_mpu_unit *unit = smf_mpu_unit();
    mpu->base_count = 0;
    return unit->facts.parts > 1 ? make_parts(mpu, unit->facts.parts) : make_limits(mpu);
}

void smf_mpu_refresh(struct smf_mpu *mpu)
{
    if (mpu->config.descriptors_only)
        return;
    if (smf_mpu_make_base(mpu)) /* as at the start: what could not be described was refused there */
        smf_mpu_write(mpu->base, mpu->base_count);
}

size_t smf_mpu_entry_over(const struct smf_mpu *mpu, uintptr_t address)
{
    const struct smf_pool *code = &mpu->pools[SMF_MPU_CODE];
    if (smf_mpu_unit()->facts.parts > 1) /* the last one, and constants elsewhere take stores as they are */
        return address - code->address < code->size && mpu->base_count != 0 ? mpu->base_count - 1
                                                                            : SMF_MPU_BASE_ENTRIES;
    for (size_t i = 0; i < mpu->base_count; i++)
        if (address >= (mpu->base[i].base & ~(SMF_MPU_GRANULE - 1)) &&
            address <= (mpu->base[i].attributes | (SMF_MPU_GRANULE - 1)))
            return i;
    return SMF_MPU_BASE_ENTRIES;
}
