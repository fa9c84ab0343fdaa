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

/*
 * One entry: there and not locked? Its grain is the lowest bit that pmpaddr keeps while the entry is off. An address
 * that does not change is locked too, by the entry above (TOR). Everything is put back.
 */
static bool probe(unsigned number, uintptr_t *grain)
{
    const unsigned shift = number % SMF_PMP_CONFIGS_EACH * 8;
    const uintptr_t configs = smf_pmp_read_configs(number / SMF_PMP_CONFIGS_EACH);
    if ((configs >> shift & SMF_PMP_LOCKED) != 0)
        return false;
    smf_pmp_write_configs(number / SMF_PMP_CONFIGS_EACH, configs & ~((uintptr_t)0xFF << shift));
    const uintptr_t address = smf_pmp_read_address(number);
    smf_pmp_write_address(number, UINTPTR_MAX);
    const uintptr_t kept = smf_pmp_read_address(number);
    smf_pmp_write_address(number, 0);
    const bool free = kept != 0 && smf_pmp_read_address(number) == 0;
    smf_pmp_write_address(number, address);
    smf_pmp_write_configs(number / SMF_PMP_CONFIGS_EACH, configs);
    *grain = (kept & -kept) << 2;
    return free;
}

/* The bits of a register of permissions that are ours: entries first to first + count - 1. */
static uintptr_t ours(const struct smf_pmp_facts *facts, unsigned which)
{
    uintptr_t bits = 0;
    for (unsigned i = SMF_PMP_CONFIGS_EACH; i-- > 0;)
        bits = bits << 8 | (which * SMF_PMP_CONFIGS_EACH + i - facts->first < facts->count ? 0xFFu : 0);
    return bits;
}

void smf_pmp_limit(struct smf_pmp_facts *facts, unsigned count)
{
    facts->count = count < facts->count ? count : facts->count;
    for (unsigned i = 0; i < SMF_PMP_CONFIG_REGISTERS; i++)
        facts->ours[i] = ours(facts, i);
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
    smf_pmp_limit(facts, facts->count);
}

static struct smf_pmp_facts used; /* grain 0: not asked for yet */

const struct smf_pmp_facts *smf_pmp_facts(void)
{
    if (used.grain == 0)
        smf_pmp_probe(&used);
    return &used;
}

void smf_pmp_use(const struct smf_pmp_facts *facts) { used = *facts; }

/*
 * Addresses first, permissions last: a translation that was cached before outlives a new address,
 * and not a new permission (Privileged Architecture, "Physical Memory Protection and Paging").
 */
void smf_pmp_write(const struct smf_pmp_map *map, const struct smf_pmp_facts *facts)
{
    for (unsigned i = facts->first; map != NULL && i < map->count; i++)
        smf_pmp_write_address(i, map->addresses[i]);
    for (unsigned i = 0; i < SMF_PMP_CONFIG_REGISTERS; i++) {
        uintptr_t configs = map != NULL ? map->configs[i] : 0;
        if (facts->ours[i] == 0)
            continue;
        if (facts->ours[i] != UINTPTR_MAX)
            configs |= smf_pmp_read_configs(i) & ~facts->ours[i]; /* the firmware's own stay */
        smf_pmp_write_configs(i, configs);
    }
    if (facts->fence)
        smf_pmp_fence();
}

void smf_pmp_read(struct smf_pmp_map *map, const struct smf_pmp_facts *facts)
{
    map->count = facts->first + facts->count;
    for (unsigned i = 0; i < map->count; i++)
        map->addresses[i] = smf_pmp_read_address(i);
    for (unsigned i = 0; i < SMF_PMP_CONFIG_REGISTERS; i++)
        map->configs[i] = smf_pmp_read_configs(i) & facts->ours[i];
}
