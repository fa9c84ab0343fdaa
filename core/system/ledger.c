/* SPDX-License-Identifier: MIT */
/* ledger.c - the table behind smf/lifecycle.h: entries come, are found, and go; what that means is decided elsewhere. */
#include "system/ledger.h"

#include "base/bytes.h"
#include "smf/hash.h"
#include "system/text.h"

/* Equal names of different kinds or modules lie in different buckets. */
static uint32_t hash_of(uint32_t kind, const struct smf_lifecycle_module *module, const char *name)
{
    uint32_t hash = smf_hash_name(name);
    if (module != NULL)
        hash = (hash ^ module->item.hash) * SMF_FNV32_PRIME;
    return hash + kind;
}

static struct smf_lifecycle_item **bucket_of(const struct smf_lifecycle *lifecycle, uint32_t hash)
{
    return &lifecycle->buckets[hash & (lifecycle->config.bucket_count - 1)];
}

struct smf_lifecycle_item *smf_ledger_find(const struct smf_lifecycle *lifecycle, uint32_t kind,
                                           const struct smf_lifecycle_module *module, const char *name)
{
    const uint32_t hash = hash_of(kind, module, name);
    struct smf_lifecycle_item *item = *bucket_of(lifecycle, hash);
    while (item != NULL && (item->hash != hash || item->kind != kind || (module != NULL && item->module != module) ||
                            !smf_text_is_same(item->name, name)))
        item = item->chain;
    return item;
}

struct smf_lifecycle_module *smf_ledger_find_module(const struct smf_lifecycle *lifecycle, const char *name)
{
    return (struct smf_lifecycle_module *)(void *)smf_ledger_find(lifecycle, LEDGER_MODULE, NULL, name);
}

struct smf_lifecycle_item *smf_ledger_find_resource(const struct smf_lifecycle *lifecycle, uint32_t kind,
                                                    const char *module, const char *name)
{
    if (module == NULL || name == NULL)
        return NULL;
    const struct smf_lifecycle_module *found = smf_ledger_find_module(lifecycle, module);
    if (found == NULL)
        return NULL;
    struct smf_lifecycle_item *item = smf_ledger_find(lifecycle, kind, smf_ledger_is_scoped(kind) ? found : NULL, name);
    return item != NULL && item->module == found ? item : NULL;
}

/* A block of `size` bytes with the name behind it, in the table. The name lies in memory together with the block: no
 * sum wraps. */
static struct smf_lifecycle_item *make(struct smf_lifecycle *lifecycle, size_t size, uint32_t kind,
                                       struct smf_lifecycle_module *module, const char *name)
{
    const size_t name_size = smf_text_size(name);
    struct smf_lifecycle_item *item = smf_arena_take(smf_lifecycle_arena(lifecycle), size + name_size);
    if (item == NULL)
        return NULL;
    char *copy = (char *)item + size;
    memset(item, 0, size);
    memcpy(copy, name, name_size);
    item->module = module;
    item->name = copy;
    item->hash = hash_of(kind, smf_ledger_is_scoped(kind) ? module : NULL, name);
    item->epoch = lifecycle->epoch;
    item->kind = kind;
    struct smf_lifecycle_item **bucket = bucket_of(lifecycle, item->hash);
    item->chain = *bucket;
    *bucket = item;
    lifecycle->counts[kind]++;
    return item;
}

struct smf_lifecycle_item *smf_ledger_enter(struct smf_lifecycle *lifecycle, uint32_t kind,
                                            struct smf_lifecycle_module *module, const char *name)
{
    struct smf_lifecycle_item *item = make(lifecycle, sizeof *item, kind, module, name);
    if (item == NULL || module == NULL)
        return item;
    item->next = module->lists[kind];
    item->at = &module->lists[kind];
    if (item->next != NULL)
        item->next->at = &item->next;
    module->lists[kind] = item;
    module->counts[kind]++;
    return item;
}

struct smf_lifecycle_module *smf_ledger_enter_module(struct smf_lifecycle *lifecycle, const char *name)
{
    struct smf_lifecycle_module *module = (void *)make(lifecycle, sizeof *module, LEDGER_MODULE, NULL, name);
    if (module == NULL)
        return NULL;
    module->next = lifecycle->modules;
    module->at = &lifecycle->modules;
    if (module->next != NULL)
        module->next->at = &module->next;
    lifecycle->modules = module;
    return module;
}

void smf_ledger_unlink(struct smf_lifecycle *lifecycle, struct smf_lifecycle_item *item)
{
    struct smf_lifecycle_item **chain = bucket_of(lifecycle, item->hash);
    while (*chain != item)
        chain = &(*chain)->chain;
    *chain = item->chain;
    lifecycle->counts[item->kind]--;
    if (item->module == NULL)
        return;
    *item->at = item->next;
    if (item->next != NULL)
        item->next->at = item->at;
    item->module->counts[item->kind]--;
}

void smf_ledger_drop(struct smf_lifecycle *lifecycle, struct smf_lifecycle_item *item)
{
    smf_ledger_unlink(lifecycle, item);
    smf_arena_give(smf_lifecycle_arena(lifecycle), item);
}

void smf_ledger_drop_module(struct smf_lifecycle *lifecycle, struct smf_lifecycle_module *module)
{
    *module->at = module->next;
    if (module->next != NULL)
        module->next->at = module->at;
    smf_ledger_drop(lifecycle, &module->item);
}
