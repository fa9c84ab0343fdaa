/* SPDX-License-Identifier: MIT */
/* pmp_hart.c - entries into the registers of this hart and back: see pmp.h. Machine mode only. */
#include "pmp.h"

/* pmp_registers.S */
uintptr_t smf_pmp_read_address(unsigned number);
void smf_pmp_write_address(unsigned number, uintptr_t value);
uintptr_t smf_pmp_read_configs(unsigned number);
void smf_pmp_write_configs(unsigned number, uintptr_t value);
uintptr_t smf_pmp_fence(void);
uintptr_t smf_pmp_has_user(void);
uintptr_t smf_pmp_delegated(void);

#define CONFIGS_EACH ((unsigned)sizeof(uintptr_t)) /* permissions in one register, a byte each */

/*
 * One entry: there and not locked? Its grain is the lowest bit that pmpaddr keeps while the entry is off. Everything
 * is put back.
 */
static bool probe(unsigned number, uintptr_t *grain)
{
    const unsigned shift = number % CONFIGS_EACH * 8;
    const uintptr_t configs = smf_pmp_read_configs(number / CONFIGS_EACH);
    if ((configs >> shift & SMF_PMP_LOCKED) != 0)
        return false;
    smf_pmp_write_configs(number / CONFIGS_EACH, configs & ~((uintptr_t)0xFF << shift));
    const uintptr_t address = smf_pmp_read_address(number);
    smf_pmp_write_address(number, UINTPTR_MAX);
    const uintptr_t kept = smf_pmp_read_address(number);
    smf_pmp_write_address(number, address);
    smf_pmp_write_configs(number / CONFIGS_EACH, configs);
    *grain = (kept & -kept) << 2;
    return kept != 0;
}

static void probe_all(void *context)
{
    struct smf_pmp_facts *facts = context;
    facts->fence = smf_pmp_fence() != 0;
    facts->user = smf_pmp_has_user() != 0;
    facts->delegated = smf_pmp_delegated();
    for (unsigned number = 0; number < SMF_PMP_ENTRIES_MAX; number++) {
        uintptr_t grain;
        if (probe(number, &grain)) {
            facts->grain = grain;
            facts->first = number - facts->count++;
        } else if (facts->count != 0) {
            return;
        }
    }
}

void smf_pmp_probe(struct smf_pmp_facts *facts)
{
    *facts = (struct smf_pmp_facts){.grain = 4};
    smf_pmp_guard(probe_all, facts);
}

static struct smf_pmp_facts used; /* grain 0: not asked for yet */

const struct smf_pmp_facts *smf_pmp_facts(void)
{
    if (used.grain == 0)
        smf_pmp_probe(&used);
    return &used;
}

void smf_pmp_use(const struct smf_pmp_facts *facts) { used = *facts; }

/* What entry `number` is to hold: 0, switched off, where the map has nothing. */
static unsigned config_of(const struct smf_pmp_map *map, unsigned number)
{
    return map != NULL && number < map->count ? map->configs[number] : 0;
}

/*
 * Addresses first, permissions last: a translation that was cached before outlives a new address,
 * and not a new permission (Privileged Architecture, "Physical Memory Protection and Paging").
 */
void smf_pmp_write(const struct smf_pmp_map *map, const struct smf_pmp_facts *facts)
{
    for (unsigned i = 0; map != NULL && i < map->count; i++)
        smf_pmp_write_address(facts->first + i, map->addresses[i]);
    for (unsigned i = 0; i < facts->count;) {
        /* One register of permissions; what is not ours in it stays. */
        const unsigned number = (facts->first + i) / CONFIGS_EACH;
        uintptr_t configs = smf_pmp_read_configs(number);
        do {
            const unsigned shift = (facts->first + i) % CONFIGS_EACH * 8;
            configs &= ~((uintptr_t)0xFF << shift);
            configs |= (uintptr_t)config_of(map, i) << shift;
            i++;
        } while (i < facts->count && (facts->first + i) % CONFIGS_EACH != 0);
        smf_pmp_write_configs(number, configs);
    }
    if (facts->fence)
        smf_pmp_fence();
}

void smf_pmp_read(struct smf_pmp_map *map, const struct smf_pmp_facts *facts)
{
    for (map->count = 0; map->count < facts->count; map->count++) {
        const unsigned number = facts->first + map->count;
        map->addresses[map->count] = smf_pmp_read_address(number);
        map->configs[map->count] = (uint8_t)(smf_pmp_read_configs(number / CONFIGS_EACH) >> number % CONFIGS_EACH * 8);
    }
}
