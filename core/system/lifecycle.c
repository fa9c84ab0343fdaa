/* SPDX-License-Identifier: MIT */
/*
 * lifecycle.c - what a module has is entered, forgotten, and destroyed with it.
 *
 * NOTICE: what goes is out of the ledger before config.destroy hears of it, and its block
 * is given back afterwards, since the callback is shown the names in it.
 */
#include "base/bytes.h"
#include "system/ledger.h"
#include "system/text.h"

void smf_ledger_tell(const struct smf_lifecycle *lifecycle, uint32_t kind, const char *module, const char *name,
                     uint32_t age)
{
    const struct smf_resource resource = {
        .kind = (enum smf_resource_kind)kind, .module = module, .name = name, .age = age};
    if (lifecycle->config.destroy != NULL)
        lifecycle->config.destroy(lifecycle->config.destroy_context, &resource);
}

void smf_ledger_destroy(struct smf_lifecycle *lifecycle, struct smf_lifecycle_item *item)
{
    const char *module = item->module->item.name;
    if (item->kind == SMF_RESOURCE_SMF) {
        (void)smf_ledger_lower(lifecycle, item, item->references, module);
        return;
    }
    smf_ledger_unlink(lifecycle, item);
    smf_ledger_tell(lifecycle, item->kind, module, item->name, smf_ledger_age(lifecycle, item));
    smf_arena_give(smf_lifecycle_arena(lifecycle), item);
}

static size_t destroy_module(struct smf_lifecycle *lifecycle, struct smf_lifecycle_module *module)
{
    size_t count = 0;
    for (uint32_t kind = 0; kind < SMF_RESOURCE_KINDS; kind++)
        for (; module->lists[kind] != NULL; count++)
            smf_ledger_destroy(lifecycle, module->lists[kind]);
    smf_ledger_drop_module(lifecycle, module);
    return count;
}

/* ---- Entering and leaving ---- */

enum smf_status smf_lifecycle_track(struct smf_lifecycle *lifecycle, const char *module)
{
    if (!smf_lifecycle_is_started(lifecycle) || smf_text_is_empty(module))
        return SMF_ERR_ARGUMENT;
    smf_lifecycle_lock(lifecycle);
    const bool tracked =
        smf_ledger_find_module(lifecycle, module) != NULL || smf_ledger_enter_module(lifecycle, module) != NULL;
    smf_lifecycle_unlock(lifecycle);
    return tracked ? SMF_OK : SMF_ERR_NO_ARENA;
}

static enum smf_status add(struct smf_lifecycle *lifecycle, uint32_t kind, const char *module, const char *name)
{
    struct smf_lifecycle_module *owner = smf_ledger_find_module(lifecycle, module);
    struct smf_lifecycle_item *item = NULL;
    if (owner != NULL || !smf_ledger_is_scoped(kind))
        item = smf_ledger_find(lifecycle, kind, smf_ledger_is_scoped(kind) ? owner : NULL, name);
    if (item != NULL && item->module != owner)
        return SMF_ERR_DUPLICATE;
    if (item != NULL) {
        item->epoch = lifecycle->epoch;
        return SMF_OK;
    }
    const bool is_new = owner == NULL;
    if (is_new)
        owner = smf_ledger_enter_module(lifecycle, module);
    if (owner == NULL)
        return SMF_ERR_NO_ARENA;
    if (smf_ledger_enter(lifecycle, kind, owner, name) != NULL)
        return SMF_OK;
    if (is_new)
        smf_ledger_drop_module(lifecycle, owner);
    return SMF_ERR_NO_ARENA;
}

enum smf_status smf_lifecycle_add(struct smf_lifecycle *lifecycle, enum smf_resource_kind kind, const char *module,
                                  const char *name)
{
    if (!smf_lifecycle_is_started(lifecycle) || !smf_ledger_ages((uint32_t)kind) || smf_text_is_empty(module) ||
        smf_text_is_empty(name))
        return SMF_ERR_ARGUMENT;
    smf_lifecycle_lock(lifecycle);
    const enum smf_status status = add(lifecycle, (uint32_t)kind, module, name);
    smf_lifecycle_unlock(lifecycle);
    return status;
}

enum smf_status smf_lifecycle_remove(struct smf_lifecycle *lifecycle, enum smf_resource_kind kind, const char *module,
                                     const char *name)
{
    if (!smf_lifecycle_is_started(lifecycle) || !smf_ledger_ages((uint32_t)kind))
        return SMF_ERR_ARGUMENT;
    smf_lifecycle_lock(lifecycle);
    struct smf_lifecycle_item *item = smf_ledger_find_resource(lifecycle, (uint32_t)kind, module, name);
    if (item != NULL)
        smf_ledger_drop(lifecycle, item);
    smf_lifecycle_unlock(lifecycle);
    return item != NULL ? SMF_OK : SMF_ERR_NOT_FOUND;
}

size_t smf_lifecycle_destroy(struct smf_lifecycle *lifecycle, const char *module)
{
    if (!smf_lifecycle_is_started(lifecycle) || module == NULL)
        return 0;
    smf_lifecycle_lock(lifecycle);
    struct smf_lifecycle_module *found = smf_ledger_find_module(lifecycle, module);
    const size_t count = found != NULL ? destroy_module(lifecycle, found) : 0;
    smf_lifecycle_unlock(lifecycle);
    return count;
}

/* ---- Starting and finishing ---- */

/* An arena with nothing in it but empty buckets. False: they do not fit. */
static bool take_buckets(struct smf_lifecycle *lifecycle)
{
    const size_t count = lifecycle->config.bucket_count;
    lifecycle->buckets = NULL;
    smf_arena_start(smf_lifecycle_arena(lifecycle), lifecycle->config.arena, lifecycle->config.arena_size);
    if (count <= SIZE_MAX / sizeof(void *))
        lifecycle->buckets = smf_arena_take(smf_lifecycle_arena(lifecycle), count * sizeof(void *));
    if (lifecycle->buckets == NULL)
        return false;
    memset(lifecycle->buckets, 0, count * sizeof(void *));
    return true;
}

enum smf_status smf_lifecycle_start(struct smf_lifecycle *lifecycle, const struct smf_lifecycle_config *config)
{
    if (lifecycle == NULL || config == NULL || (config->bucket_count & (config->bucket_count - 1)) != 0)
        return SMF_ERR_ARGUMENT;
    struct smf_lifecycle started = {.config = *config};
    if (config->bucket_count == 0)
        started.config.bucket_count = SMF_LIFECYCLE_BUCKETS;
    if (config->max_age == 0)
        started.config.max_age = SMF_LIFECYCLE_MAX_AGE;
    if (!take_buckets(&started))
        return SMF_ERR_NO_ARENA;
    *lifecycle = started;
    return SMF_OK;
}

void smf_lifecycle_finish(struct smf_lifecycle *lifecycle)
{
    if (!smf_lifecycle_is_started(lifecycle))
        return;
    smf_lifecycle_lock(lifecycle);
    while (lifecycle->modules != NULL)
        (void)destroy_module(lifecycle, lifecycle->modules);
    lifecycle->buckets = NULL;
    smf_lifecycle_unlock(lifecycle);
}

void smf_lifecycle_reset(struct smf_lifecycle *lifecycle)
{
    if (!smf_lifecycle_is_started(lifecycle))
        return;
    smf_lifecycle_lock(lifecycle);
    (void)take_buckets(lifecycle); /* they fitted before */
    lifecycle->modules = NULL;
    memset(lifecycle->counts, 0, sizeof lifecycle->counts);
    lifecycle->epoch = 0;
    smf_lifecycle_unlock(lifecycle);
}
