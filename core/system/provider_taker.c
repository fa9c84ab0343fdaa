/* SPDX-License-Identifier: MIT */
/*
 * provider_taker.c - single objects through the taker. It knows modules by their names alone, so what it keeps is
 * forgotten when the first object is taken from an entry: all of it is then of that entry's module. Not
 * linked where nothing is taken.
 */
#include "base/bytes.h"
#include "smf/taker.h"
#include "system/entries.h"
#include "system/text.h"

static enum smf_status take(struct smf_provider *provider, struct smf_provider_entry *entry, const char *symbol,
                            const struct smf_type *types, struct smf_taken *taken, struct smf_diagnosis *why)
{
    struct smf_taker *taker = provider->config.taker;
    if (!entry->is_taken_from)
        smf_taker_forget(taker, entry->name);
    entry->is_taken_from = true;
    enum smf_status status =
        types != NULL ? smf_taker_take_with_types(taker, entry->name, entry->image, symbol, types, taken, why)
                      : smf_taker_take(taker, entry->name, entry->image, symbol, taken, why);
    if (status != SMF_OK || taken->kind != SMF_TAKEN_CODE || taken->made || taken->type != SMF_SYMBOL_FUNCTION)
        return status;
    status = smf_entry_prove(provider, entry, NEED_PIC, why);
    if (status != SMF_OK)
        smf_taker_give_back(taker, taken);
    return status;
}

static enum smf_status instantiate(struct smf_provider *provider, const char *name, const char *symbol,
                                   const struct smf_type *types, struct smf_taken *taken, struct smf_source *module,
                                   struct smf_diagnosis *why)
{
    struct smf_provider_entry *entry;
    if (smf_text_is_empty(symbol))
        return smf_fail(why, SMF_DETAIL_ARGUMENT, 0, 0, 0);
    if (provider->config.taker == NULL)
        return smf_provider_fail(why, SMF_DETAIL_NO_TAKER, symbol, 0, 0);
    enum smf_status status = smf_entry_acquire(provider, name, NEED_VALID | NEED_IMAGE, &entry, why);
    if (status != SMF_OK)
        return status;
    status = take(provider, entry, symbol, types, taken, why);
    if (status != SMF_OK) {
        smf_entry_release(provider, entry);
        return status;
    }
    *module = entry->source;
    provider->statistics.held++;
    return SMF_OK;
}

enum smf_status smf_provider_instantiate(struct smf_provider *provider, const char *name, const char *symbol,
                                         const struct smf_type *types, struct smf_taken *taken,
                                         struct smf_source *module, struct smf_diagnosis *why)
{
    why = smf_provider_enter(provider, why);
    memset(taken, 0, sizeof *taken);
    const enum smf_status status = instantiate(provider, name, symbol, types, taken, module, why);
    if (status != SMF_OK)
        taken->kind = status == SMF_ERR_NOT_FOUND ? SMF_TAKEN_NOT_FOUND : SMF_TAKEN_ERROR;
    smf_provider_leave(provider);
    return status;
}

enum smf_status smf_provider_give_back_taken(struct smf_provider *provider, struct smf_taken *taken,
                                             const struct smf_source *module)
{
    smf_provider_enter(provider, NULL);
    enum smf_status status = SMF_ERR_ARGUMENT;
    if (module != NULL && smf_provider_is_out(provider, module)) {
        smf_taker_give_back(provider->config.taker, taken); /* first: it may lie in the module */
        status = smf_provider_take_back(provider, module);
    }
    smf_provider_leave(provider);
    return status;
}
