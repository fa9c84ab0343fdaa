/* SPDX-License-Identifier: MIT */
/* lifecycle_ages.c - the epoch, what is used again, and what nobody has used for too long. */
#include "system/ledger.h"

uint32_t smf_lifecycle_advance(struct smf_lifecycle *lifecycle)
{
    if (!smf_lifecycle_is_started(lifecycle))
        return 0;
    smf_lifecycle_lock(lifecycle);
    const uint32_t epoch = ++lifecycle->epoch;
    smf_lifecycle_unlock(lifecycle);
    return epoch;
}

enum smf_status smf_lifecycle_mark(struct smf_lifecycle *lifecycle, enum smf_resource_kind kind, const char *module,
                                   const char *name)
{
    if (!smf_lifecycle_is_started(lifecycle) || !smf_ledger_ages((uint32_t)kind))
        return SMF_ERR_ARGUMENT;
    smf_lifecycle_lock(lifecycle);
    struct smf_lifecycle_item *item = smf_ledger_find_resource(lifecycle, (uint32_t)kind, module, name);
    if (item != NULL)
        item->epoch = lifecycle->epoch;
    smf_lifecycle_unlock(lifecycle);
    return item != NULL ? SMF_OK : SMF_ERR_NOT_FOUND;
}

enum smf_status smf_lifecycle_mark_module(struct smf_lifecycle *lifecycle, const char *module)
{
    if (!smf_lifecycle_is_started(lifecycle) || module == NULL)
        return SMF_ERR_ARGUMENT;
    smf_lifecycle_lock(lifecycle);
    const struct smf_lifecycle_module *found = smf_ledger_find_module(lifecycle, module);
    for (uint32_t kind = 0; found != NULL && kind < SMF_RESOURCE_KINDS; kind++)
        for (struct smf_lifecycle_item *item = found->lists[kind]; item != NULL; item = item->next)
            item->epoch = lifecycle->epoch;
    smf_lifecycle_unlock(lifecycle);
    return found != NULL ? SMF_OK : SMF_ERR_NOT_FOUND;
}

/* Kinds that become stale come first. */
static uint32_t stale_kinds(const struct smf_lifecycle *lifecycle)
{
    return lifecycle->config.jit_only ? SMF_RESOURCE_JIT + 1u : SMF_RESOURCE_KINDS;
}

size_t smf_lifecycle_sweep(struct smf_lifecycle *lifecycle)
{
    size_t count = 0;
    if (!smf_lifecycle_is_started(lifecycle))
        return 0;
    smf_lifecycle_lock(lifecycle);
    for (struct smf_lifecycle_module *module = lifecycle->modules; module != NULL; module = module->next)
        for (uint32_t kind = 0; kind < stale_kinds(lifecycle); kind++)
            for (struct smf_lifecycle_item *item = module->lists[kind], *next; item != NULL; item = next) {
                next = item->next;
                if (!smf_ledger_is_stale(lifecycle, item))
                    continue;
                smf_ledger_destroy(lifecycle, item);
                count++;
            }
    smf_lifecycle_unlock(lifecycle);
    return count;
}

static size_t count_stale(const struct smf_lifecycle *lifecycle)
{
    size_t count = 0;
    for (const struct smf_lifecycle_module *module = lifecycle->modules; module != NULL; module = module->next)
        for (uint32_t kind = 0; kind < stale_kinds(lifecycle); kind++)
            for (const struct smf_lifecycle_item *item = module->lists[kind]; item != NULL; item = item->next)
                count += smf_ledger_is_stale(lifecycle, item);
    return count;
}

void smf_lifecycle_get_statistics(const struct smf_lifecycle *lifecycle, struct smf_lifecycle_statistics *statistics)
{
    *statistics = (struct smf_lifecycle_statistics){0};
    if (!smf_lifecycle_is_started(lifecycle))
        return;
    smf_lifecycle_lock(lifecycle);
    const size_t *counts = lifecycle->counts;
    statistics->modules = counts[LEDGER_MODULE];
    statistics->jit_symbols = counts[SMF_RESOURCE_JIT];
    statistics->symbols = counts[SMF_RESOURCE_SYMBOL];
    statistics->metadata = counts[SMF_RESOURCE_METADATA];
    statistics->smf_count = counts[LEDGER_FILE];
    statistics->tracked = statistics->jit_symbols + statistics->symbols + statistics->metadata;
    statistics->stale = count_stale(lifecycle);
    statistics->epoch = lifecycle->epoch;
    statistics->arena_largest = smf_arena_largest(smf_lifecycle_arena(lifecycle));
    smf_lifecycle_unlock(lifecycle);
}
