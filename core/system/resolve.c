/* SPDX-License-Identifier: MIT */
/* resolve.c - what a name means: the host's, else a module's, else what the application says (decision 7). */
#include "system/graph.h"

bool smf_resolve_host(const struct smf_system *system, const struct smf_binding_request *request,
                      struct smf_binding_answer *answer)
{
    for (size_t i = 0; i < system->config.host_count; i++)
        if (smf_exports_resolve((void *)(uintptr_t)system->config.host[i], request, answer) == SMF_OK)
            return true;
    return false;
}

/* The application's: what it offers can be replaced by nobody here. */
enum smf_status smf_resolve_application(const struct smf_system *system, const struct smf_binding_request *request,
                                        struct smf_binding_answer *answer)
{
    const struct smf_config *config = &system->config.load;
    if (config->resolve == NULL)
        return SMF_ERR_NOT_FOUND;
    const enum smf_status status = config->resolve(config->resolve_context, request, answer);
    answer->flags = 0;
    return status;
}

/* An instance of a template that the module that is being bound lists: it has to wait until its types are relocated. */
static bool can_be_made(const struct smf_system *system, const char *name)
{
    const struct smf_system_generics *generics = system->config.generics;
    const struct smf_handle importer = {system->binding->number};
    return generics != NULL && smf_load_image(system->binding->load)->header.canonical &&
           generics->can(generics->context, importer, name);
}

/* The loader's resolver: like a lookup, and what was found is written down as needed. */
enum smf_status smf_resolve_import(void *context, const struct smf_binding_request *request,
                                   struct smf_binding_answer *answer)
{
    struct smf_system *system = context;
    const struct smf_name name = {.text = request->name, .size = request->length + 1, .hash = request->hash};
    struct smf_offered offered;
    struct smf_edge *edge;
    if (smf_resolve_host(system, request, answer))
        return SMF_OK;
    if (!smf_name_find_next(system, &name, &offered)) {
        if (!can_be_made(system, request->name))
            return smf_resolve_application(system, request, answer);
        answer->flags = SMF_BINDING_LATER;
        return SMF_OK;
    }
    answer->address = offered.address;
    answer->kind = offered.kind;
    if (offered.version == system->binding) /* a weak name of its own, which an older file asks for as well */
        return SMF_OK;
    const enum smf_status status = smf_edge_need(system, system->binding, offered.version, &edge);
    if (status != SMF_OK)
        return status;
    if (!offered.version->reloadable) {
        edge->fixed = true;
        return SMF_OK;
    }
    answer->flags = SMF_BINDING_RELOADABLE;
    if (smf_keep_holds(offered.version, offered.address))
        answer->flags |= SMF_BINDING_KEPT;
    answer->token = offered.number;
    answer->provider = edge;
    return SMF_OK;
}

/* SMF_ERR_NOT_FOUND: nobody's `possible` has it, and it is not written as an instance is. */
static enum smf_status make(struct smf_system *system, const char *name, struct smf_resolved *resolved)
{
    const struct smf_system_generics *generics = system->config.generics;
    const struct smf_handle nobody = {0};
    struct smf_system_made made = {.address = 0};
    if (generics == NULL || system->staged != NULL) /* a callback asks, whose load may still fail */
        return SMF_ERR_NOT_FOUND;
    smf_fail_clear(&system->unwanted);
    const enum smf_status status = generics->make(generics->context, nobody, name, &made, &system->unwanted);
    if (status == SMF_OK)
        smf_generic_say(&made, resolved);
    return status;
}

static enum smf_status resolve(struct smf_system *system, const char *text, struct smf_resolved *resolved)
{
    const struct smf_name name = smf_name_ask(text);
    const struct smf_binding_request request = {.name = text, .length = name.size - 1, .hash = name.hash};
    struct smf_binding_answer answer = {0};
    struct smf_offered offered;
    enum smf_status status = SMF_OK;
    resolved->handle.number = 0;
    if (!smf_resolve_host(system, &request, &answer)) {
        if (smf_name_find(system, &name, &offered)) {
            answer.address = offered.address;
            answer.kind = offered.kind;
            resolved->handle.number = offered.version->number;
        } else {
            status = make(system, text, resolved);
            if (status != SMF_ERR_NOT_FOUND)
                return status;
            status = smf_resolve_application(system, &request, &answer);
        }
    }
    resolved->address = answer.address;
    resolved->kind = answer.kind;
    return status;
}

enum smf_status smf_system_resolve(struct smf_system *system, const char *name, struct smf_resolved *resolved)
{
    struct smf_resolved found;
    if (system == NULL || name == NULL || resolved == NULL)
        return SMF_ERR_ARGUMENT;
    smf_system_lock(system);
    const enum smf_status status = resolve(system, name, &found);
    smf_system_unlock(system);
    if (status == SMF_OK)
        *resolved = found;
    return status;
}

void (*smf_system_function(struct smf_system *system, const char *name))(void)
{
    struct smf_resolved found;
    if (smf_system_resolve(system, name, &found) != SMF_OK || found.kind == SMF_KIND_DATA)
        return NULL;
    return (void (*)(void))(uintptr_t)found.address;
}
