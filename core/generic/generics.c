/* SPDX-License-Identifier: MIT */
/* generics.c - an instantiator as config.generics of a system: what each side knows of the other is in this file. */
#include "generic/engine.h"
#include "smf/hash.h"

static enum smf_status provide(void *context, uint32_t asker, const char *name, bool data, struct smf_provided *found)
{
    const struct smf_instantiator *instantiator = context;
    const struct smf_handle handle = {asker};
    return smf_system_provide(instantiator->system, handle, name, data, found);
}

static enum smf_status add(void *context, struct smf_system *system, struct smf_handle handle, const char *name,
                           struct smf_image *image, struct smf_module *module, struct smf_diagnosis *why)
{
    struct smf_instantiator *instantiator = context;
    const struct smf_instantiator_item item = {.number = handle.number, .name = name, .image = image, .module = module};
    instantiator->system = system;
    if (instantiator->config.around.find == NULL)
        instantiator->config.around = (struct smf_surroundings){.find = provide, .context = instantiator};
    return smf_instantiator_add(instantiator, &item, why);
}

/* A row of its own. */
static bool can(void *context, struct smf_handle importer, const char *symbol)
{
    const struct smf_instantiator *instantiator = context;
    if (!smf_instantiator_can(instantiator, importer.number, symbol, NULL))
        return false;
    return importer.number == 0 ||
           smf_generic_use(instantiator, importer.number, symbol, smf_hash_name(symbol))->module->number ==
               importer.number;
}

static enum smf_status tell(enum smf_status status, const struct smf_instance *instance, struct smf_system_made *made)
{
    _Static_assert(sizeof(struct smf_handle) == sizeof(uint32_t), "a handle is its number");
    if (status == SMF_OK)
        *made = (struct smf_system_made){
            .address = instance->address, .holds = (const void *)instance->holds, .hold_count = instance->hold_count};
    return status;
}

static enum smf_status make(void *context, struct smf_handle importer, const char *symbol, struct smf_system_made *made,
                            struct smf_diagnosis *why)
{
    struct smf_instance instance;
    const enum smf_status status =
        smf_generic_make_use(context, importer.number, symbol, importer.number != 0, &instance, why);
    return tell(status, &instance, made);
}

static enum smf_status make_generic(void *context, const char *name, const struct smf_type *types,
                                    struct smf_system_made *made, struct smf_diagnosis *why)
{
    struct smf_instance instance;
    return tell(smf_instantiate(context, 0, name, types, &instance, why), &instance, made);
}

static void retire(void *context, struct smf_handle handle) { smf_instantiator_retire(context, handle.number); }
static void leave(void *context, struct smf_handle handle) { smf_instantiator_remove(context, handle.number); }

struct smf_system_generics smf_instantiator_generics(struct smf_instantiator *instantiator)
{
    return (struct smf_system_generics){.rules = &smf_system_generics_rules,
                                        .add = add,
                                        .can = can,
                                        .make = make,
                                        .make_generic = make_generic,
                                        .retire = retire,
                                        .remove = leave,
                                        .context = instantiator};
}
