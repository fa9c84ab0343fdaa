/* SPDX-License-Identifier: MIT */
/*
 * lifecycle_references.c - who refers to which SMF file, and how often. A file is
 * an entry of no module with the sum; a reference is an entry of its module
 * with that module's part. Neither is there with a count of 0.
 */
#include "system/ledger.h"
#include "system/text.h"

static void drop_file(struct smf_lifecycle *lifecycle, struct smf_lifecycle_item *file, const char *module)
{
    smf_ledger_unlink(lifecycle, file);
    smf_ledger_tell(lifecycle, SMF_RESOURCE_SMF, module, file->name, 0);
    smf_arena_give(smf_lifecycle_arena(lifecycle), file);
}

uint32_t smf_ledger_lower(struct smf_lifecycle *lifecycle, struct smf_lifecycle_item *reference, uint32_t count,
                          const char *module)
{
    struct smf_lifecycle_item *file = reference->file;
    const uint32_t left = file->references - count;
    file->references = left;
    reference->references -= count;
    if (reference->references == 0)
        smf_ledger_drop(lifecycle, reference);
    if (left == 0)
        drop_file(lifecycle, file, module);
    return left;
}

/* A module's reference to a file, both of which are there; NULL: no room. */
static struct smf_lifecycle_item *refer(struct smf_lifecycle *lifecycle, struct smf_lifecycle_module *module,
                                        const char *name)
{
    struct smf_lifecycle_item *reference = smf_ledger_find(lifecycle, SMF_RESOURCE_SMF, module, name);
    if (reference != NULL)
        return reference;
    struct smf_lifecycle_item *file = smf_ledger_find(lifecycle, LEDGER_FILE, NULL, name);
    if (file == NULL)
        file = smf_ledger_enter(lifecycle, LEDGER_FILE, NULL, name);
    if (file == NULL)
        return NULL;
    reference = smf_ledger_enter(lifecycle, SMF_RESOURCE_SMF, module, name);
    if (reference != NULL)
        reference->file = file;
    else if (file->references == 0)
        smf_ledger_drop(lifecycle, file);
    return reference;
}

static enum smf_status retain(struct smf_lifecycle *lifecycle, const char *module, const char *name)
{
    const struct smf_lifecycle_item *file = smf_ledger_find(lifecycle, LEDGER_FILE, NULL, name);
    if (file != NULL && file->references == UINT32_MAX)
        return SMF_ERR_LIMIT;
    struct smf_lifecycle_module *owner = smf_ledger_find_module(lifecycle, module);
    const bool is_new = owner == NULL;
    if (is_new)
        owner = smf_ledger_enter_module(lifecycle, module);
    if (owner == NULL)
        return SMF_ERR_NO_ARENA;
    struct smf_lifecycle_item *reference = refer(lifecycle, owner, name);
    if (reference == NULL) {
        if (is_new)
            smf_ledger_drop_module(lifecycle, owner);
        return SMF_ERR_NO_ARENA;
    }
    reference->references++;
    reference->file->references++;
    return SMF_OK;
}

enum smf_status smf_lifecycle_retain(struct smf_lifecycle *lifecycle, const char *module, const char *file)
{
    if (!smf_lifecycle_is_started(lifecycle) || smf_text_is_empty(module) || smf_text_is_empty(file))
        return SMF_ERR_ARGUMENT;
    smf_lifecycle_lock(lifecycle);
    const enum smf_status status = retain(lifecycle, module, file);
    smf_lifecycle_unlock(lifecycle);
    return status;
}

enum smf_status smf_lifecycle_release(struct smf_lifecycle *lifecycle, const char *module, const char *file,
                                      uint32_t *left)
{
    if (!smf_lifecycle_is_started(lifecycle))
        return SMF_ERR_ARGUMENT;
    smf_lifecycle_lock(lifecycle);
    struct smf_lifecycle_item *reference = smf_ledger_find_resource(lifecycle, SMF_RESOURCE_SMF, module, file);
    if (reference != NULL) {
        const uint32_t rest = smf_ledger_lower(lifecycle, reference, 1, reference->module->item.name);
        if (left != NULL)
            *left = rest;
    }
    smf_lifecycle_unlock(lifecycle);
    return reference != NULL ? SMF_OK : SMF_ERR_NOT_FOUND;
}

uint32_t smf_lifecycle_references(const struct smf_lifecycle *lifecycle, const char *file)
{
    if (!smf_lifecycle_is_started(lifecycle) || file == NULL)
        return 0;
    smf_lifecycle_lock(lifecycle);
    const struct smf_lifecycle_item *found = smf_ledger_find(lifecycle, LEDGER_FILE, NULL, file);
    const uint32_t count = found != NULL ? found->references : 0;
    smf_lifecycle_unlock(lifecycle);
    return count;
}

static uint32_t evict(struct smf_lifecycle *lifecycle, const char *name)
{
    struct smf_lifecycle_item *file = smf_ledger_find(lifecycle, LEDGER_FILE, NULL, name);
    const uint32_t count = file != NULL ? file->references : 0;
    for (struct smf_lifecycle_module *module = lifecycle->modules; module != NULL && file != NULL;
         module = module->next) {
        struct smf_lifecycle_item *reference = smf_ledger_find(lifecycle, SMF_RESOURCE_SMF, module, file->name);
        if (reference != NULL && smf_ledger_lower(lifecycle, reference, reference->references, NULL) == 0)
            file = NULL; /* it was the last */
    }
    return count;
}

uint32_t smf_lifecycle_evict(struct smf_lifecycle *lifecycle, const char *file)
{
    if (!smf_lifecycle_is_started(lifecycle) || file == NULL)
        return 0;
    smf_lifecycle_lock(lifecycle);
    const uint32_t count = evict(lifecycle, file);
    smf_lifecycle_unlock(lifecycle);
    return count;
}
