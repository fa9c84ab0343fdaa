/* SPDX-License-Identifier: MIT */
/* makers.c - what the maker of instances, config.generics, is told of versions: each of these once, in this order. */
#include "system/graph.h"

enum smf_status smf_maker_add(struct smf_system *system, struct smf_version *version, struct smf_diagnosis *why)
{
    const struct smf_system_generics *generics = system->config.generics;
    const struct smf_handle handle = {version->number};
    if (generics == NULL)
        return SMF_OK;
    smf_fail_clear(why);
    const enum smf_status status = generics->add(generics->context, system, handle, version->name,
                                                 smf_load_image(version->load), version->module, why);
    version->added = status == SMF_OK;
    if (status != SMF_OK)
        why->status = status;
    return status;
}

void smf_maker_retire(const struct smf_system *system, const struct smf_version *version)
{
    if (version->added)
        system->config.generics->retire(system->config.generics->context, (struct smf_handle){version->number});
}

void smf_maker_remove(const struct smf_system *system, struct smf_version *version)
{
    if (version->added)
        system->config.generics->remove(system->config.generics->context, (struct smf_handle){version->number});
    version->added = false;
}
