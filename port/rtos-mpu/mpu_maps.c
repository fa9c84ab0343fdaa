/* SPDX-License-Identifier: MIT */
/*
 * mpu_maps.c - the map that firmware lives in, made anew whenever a region is reserved, sealed or released.
 *
 * PMSAv7 lays the code pool over the RAM region, and what is being loaded over that; parts with more of it than there
 * are entries left are hidden. PMSAv8 has no overlaps: the sealed beginnings of two pools are cut out of the RAM, and
 * of the code pool what is sealed behind a region that is being loaded.
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

/* The first region from `from` on that is not sealed; NULL: all are. */
static const struct smf_mpu_record *find_open(const struct smf_mpu *mpu, const struct smf_pool *pool, uintptr_t from)
{
    const struct smf_mpu_record *first = NULL;
    for (size_t i = 0; i < mpu->config.record_max; i++) {
        const struct smf_mpu_record *record = &mpu->config.records[i];
        if (meets(record, from, pool->address + pool->size) && !is_sealed(record) &&
            (first == NULL || record->address < first->address))
            first = record;
    }
    return first;
}

/* Sealed memory from `from` up to the first region that is not. */
static struct range sealed_from(const struct smf_mpu *mpu, const struct smf_pool *pool, uintptr_t from)
{
    const struct smf_mpu_record *const open = find_open(mpu, pool, from);
    const uintptr_t limit = open != NULL ? open->address : pool->address + pool->size;
    struct range sealed = {from, from};
    for (size_t i = 0; i < mpu->config.record_max; i++) {
        const struct smf_mpu_record *record = &mpu->config.records[i];
        if (meets(record, from, limit) && record->address + record->size > sealed.end)
            sealed.end = record->address + record->size;
    }
    return sealed;
}

static struct range sealed_beginning(const struct smf_mpu *mpu, const struct smf_pool *pool)
{
    return sealed_from(mpu, pool, pool->address);
}

/* What is sealed behind the first regions that are not: modules there go on running while others are loaded. */
static struct range sealed_behind(const struct smf_mpu *mpu, const struct smf_pool *pool)
{
    struct range sealed = {0, 0};
    const struct smf_mpu_record *open = find_open(mpu, pool, pool->address);
    while (open != NULL && sealed.start == sealed.end) {
        sealed = sealed_from(mpu, pool, open->address + open->size);
        open = find_open(mpu, pool, open->address + open->size);
    }
    return sealed;
}

static bool add(struct smf_mpu *mpu, uintptr_t start, uintptr_t end, enum smf_mpu_rights rights)
{
    if (start == end)
        return true;
    if (mpu->base_count == SMF_MPU_BASE_ENTRIES ||
        !smf_mpu_unit()->describe(start, end - start, rights, &mpu->base[mpu->base_count]))
        return false;
    mpu->base_count++;
    return true;
}

enum { HOLES = 3 };

/* The RAM without some ranges, which lie in it or not, and apart. */
static bool add_around(struct smf_mpu *mpu, struct range holes[HOLES])
{
    uintptr_t at = mpu->config.ram;
    const uintptr_t end = at + mpu->config.ram_size;
    for (unsigned i = 1; i < HOLES; i++)
        for (unsigned k = i; k > 0 && holes[k].start < holes[k - 1].start; k--) {
            const struct range other = holes[k];
            holes[k] = holes[k - 1];
            holes[k - 1] = other;
        }
    for (unsigned i = 0; i < HOLES; i++) {
        if (holes[i].start == holes[i].end || holes[i].start < at || holes[i].end > end)
            continue;
        if (!add(mpu, at, holes[i].start, SMF_MPU_FIRMWARE_RW))
            return false;
        at = holes[i].end;
    }
    return add(mpu, at, end, SMF_MPU_FIRMWARE_RW);
}

/* An MPU of 8 regions has them; a smaller one goes without what is behind. */
static bool make_limits(struct smf_mpu *mpu)
{
    const struct range code = sealed_beginning(mpu, &mpu->pools[SMF_MPU_CODE]);
    struct range behind = {0, 0}, rodata = {0, 0};
    if (smf_mpu_count() >= SMF_MPU_BASE_ENTRIES)
        behind = sealed_behind(mpu, &mpu->pools[SMF_MPU_CODE]);
    if (mpu->pools[SMF_MPU_RODATA].size != 0)
        rodata = sealed_beginning(mpu, &mpu->pools[SMF_MPU_RODATA]);
    struct range holes[HOLES] = {code, behind, rodata};
    return add(mpu, rodata.start, rodata.end, SMF_MPU_FIRMWARE_RO) &&
           add(mpu, code.start, code.end, SMF_MPU_FIRMWARE_RX) &&
           add(mpu, behind.start, behind.end, SMF_MPU_FIRMWARE_RX) &&
           (mpu->config.ram_size == 0 || add_around(mpu, holes));
}

/* The parts of the code pool, a bit each, that a record in use meets. */
static uint32_t parts_of(const struct smf_mpu *mpu, const struct smf_mpu_record *record, unsigned parts)
{
    const struct smf_pool *pool = &mpu->pools[SMF_MPU_CODE];
    const size_t part = pool->size / parts;
    uint32_t which = 0;
    uintptr_t start = pool->address;
    if (record->address - pool->address >= pool->size)
        return 0;
    for (unsigned bit = 0; bit < parts; bit++, start += part)
        if (record->address < start + part && record->address + record->size > start)
            which |= 1u << bit;
    return which;
}

/* Lay entries over what is being loaded: the other modules in its parts go on running. The parts of what is left over. */
static uint32_t add_open(struct smf_mpu *mpu, unsigned parts)
{
    uint32_t left = 0;
    for (size_t i = 0; i < mpu->config.record_max; i++) {
        const struct smf_mpu_record *record = &mpu->config.records[i];
        const uint32_t which = record->size == 0 || is_sealed(record) ? 0 : parts_of(mpu, record, parts);
        if (which != 0 && (mpu->base_count == smf_mpu_count() ||
                           !add(mpu, record->address, record->address + record->size, SMF_MPU_FIRMWARE_RW)))
            left |= which;
    }
    return left;
}

/* The parts that hold something sealed, and nothing unsealed without an entry: one look at each record, as a rule. */
static uint8_t sealed_parts(struct smf_mpu *mpu, unsigned parts)
{
    uint32_t sealed = 0, open = 0;
    for (size_t i = 0; i < mpu->config.record_max; i++) {
        const struct smf_mpu_record *record = &mpu->config.records[i];
        if (record->size != 0)
            *(is_sealed(record) ? &sealed : &open) |= parts_of(mpu, record, parts);
    }
    if ((sealed & open) != 0)
        open = add_open(mpu, parts);
    return (uint8_t)(sealed & ~open);
}

/* The higher number wins: the RAM, the code pool, what is being loaded into it. */
static bool make_parts(struct smf_mpu *mpu, unsigned parts)
{
    const struct smf_pool *pool = &mpu->pools[SMF_MPU_CODE];
    if (!add(mpu, mpu->config.ram, mpu->config.ram + mpu->config.ram_size, SMF_MPU_FIRMWARE_RW))
        return false;
    struct smf_mpu_entry *const code = &mpu->base[mpu->base_count++];
    const uint8_t hidden = (uint8_t)~sealed_parts(mpu, parts);
    return smf_mpu_describe_parts(pool->address, pool->size, hidden, SMF_MPU_FIRMWARE_RX, code);
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
    if (smf_mpu_unit()->facts.parts > 1) /* the one behind the RAM's; constants elsewhere take stores as they are */
        return address - code->address < code->size && mpu->base_count != 0 ? (mpu->config.ram_size != 0 ? 1 : 0)
                                                                            : SMF_MPU_BASE_ENTRIES;
    for (size_t i = 0; i < mpu->base_count; i++)
        if (address >= (mpu->base[i].base & ~(SMF_MPU_GRANULE - 1)) &&
            address <= (mpu->base[i].attributes | (SMF_MPU_GRANULE - 1)))
            return i;
    return SMF_MPU_BASE_ENTRIES;
}
