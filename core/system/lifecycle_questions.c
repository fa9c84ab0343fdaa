/* SPDX-License-Identifier: MIT */
/* lifecycle_questions.c - what a module has, and where a symbol came from; changes nothing. */
#include "system/ledger.h"

bool smf_lifecycle_is_tracked(const struct smf_lifecycle *lifecycle, const char *module)
{
    if (!smf_lifecycle_is_started(lifecycle) || module == NULL)
        return false;
    smf_lifecycle_lock(lifecycle);
    const bool tracked = smf_ledger_find_module(lifecycle, module) != NULL;
    smf_lifecycle_unlock(lifecycle);
    return tracked;
}

size_t smf_lifecycle_count(const struct smf_lifecycle *lifecycle, const char *module, enum smf_resource_kind kind)
{
    if (!smf_lifecycle_is_started(lifecycle) || module == NULL || (uint32_t)kind >= SMF_RESOURCE_KINDS)
        return 0;
    smf_lifecycle_lock(lifecycle);
    const struct smf_lifecycle_module *found = smf_ledger_find_module(lifecycle, module);
    const size_t count = found != NULL ? found->counts[kind] : 0;
    smf_lifecycle_unlock(lifecycle);
    return count;
}

const char *smf_lifecycle_origin(const struct smf_lifecycle *lifecycle, const char *symbol)
{
    if (!smf_lifecycle_is_started(lifecycle) || symbol == NULL)
        return NULL;
    smf_lifecycle_lock(lifecycle);
    const struct smf_lifecycle_item *item = smf_ledger_find(lifecycle, SMF_RESOURCE_JIT, NULL, symbol);
    const char *origin = item != NULL ? item->module->item.name : NULL;
    smf_lifecycle_unlock(lifecycle);
    return origin;
}

size_t smf_lifecycle_walk(const struct smf_lifecycle *lifecycle, const char *module,
                          bool (*visit)(void *context, const struct smf_resource *resource), void *context)
{
    size_t count = 0;
    bool goes_on = true;
    if (!smf_lifecycle_is_started(lifecycle) || module == NULL || visit == NULL)
        return 0;
    smf_lifecycle_lock(lifecycle);
    const struct smf_lifecycle_module *found = smf_ledger_find_module(lifecycle, module);
    for (uint32_t kind = 0; found != NULL && kind < SMF_RESOURCE_KINDS; kind++)
        for (const struct smf_lifecycle_item *item = found->lists[kind]; item != NULL && goes_on; item = item->next) {
            const struct smf_resource resource = {.kind = (enum smf_resource_kind)kind,
                                                  .module = found->item.name,
                                                  .name = item->name,
                                                  .references = item->references,
                                                  .age = smf_ledger_age(lifecycle, item)};
            goes_on = visit(context, &resource);
            count++;
        }
    smf_lifecycle_unlock(lifecycle);
    return count;
}
