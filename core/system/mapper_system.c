/* SPDX-License-Identifier: MIT */
/* mapper_system.c - a mapper beside a system: what it has is found when no module has it, and goes with its owner. */
#include "smf/mapper.h"
#include "system/text.h"

enum smf_status smf_mapper_resolve(void *context, const struct smf_binding_request *request,
                                   struct smf_binding_answer *answer)
{
    void (*const function)(void) = smf_mapper_function(context, request->name);
    if (function == NULL)
        return SMF_ERR_NOT_FOUND;
    answer->address = (uintptr_t)function;
    answer->kind = SMF_KIND_FUNCTION;
    return SMF_OK;
}

void smf_mapper_follow(void *context, enum smf_event event, struct smf_handle handle, const char *name,
                       struct smf_module *module)
{
    (void)handle;
    (void)module;
    if (event == SMF_EVENT_GONE && !smf_text_is_same(name, smf_mapper_jit.default_owner))
        smf_mapper_unmap_owner(context, name);
}
