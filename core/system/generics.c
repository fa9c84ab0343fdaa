/* SPDX-License-Identifier: MIT */
/*
 * generics.c - instances of templates in a system: imports that are made while a
 * module binds, what somebody asks for by template and types, and where the code of a template
 * finds what it refers to. A firmware whose configuration names no generics does not contain this file.
 */
#include "system/graph.h"

static enum smf_status fail_named(struct smf_diagnosis *why, enum smf_detail detail, const char *name)
{
    smf_fail_clear(why);
    smf_fail_name(why, name, smf_name_ask(name).size - 1);
    return smf_fail(why, detail, 0, 0, 0);
}

/* The importer holds addresses in what was made of other versions: as if it were bound to functions of theirs for ever. */
static enum smf_status hold(struct smf_system *system, struct smf_version *importer, const struct smf_system_made *made,
                            struct smf_diagnosis *why)
{
    for (uint32_t i = 0; i < made->hold_count; i++) {
        struct smf_version *provider = smf_version_of(system, made->holds[i]);
        struct smf_edge *edge;
        if (provider == NULL)
            return smf_fail(why, SMF_DETAIL_ARGUMENT, 0, made->holds[i].number, 0);
        if (provider == importer)
            continue;
        if (smf_edge_need(system, importer, provider, &edge) != SMF_OK)
            return smf_fail(why, SMF_DETAIL_NO_ARENA, 0, sizeof *edge,
                            smf_arena_largest(smf_load_arena(&system->loader)));
        edge->fixed = true;
    }
    return SMF_OK;
}

/* The loader's second question: everything that the importer and its group have is relocated now. */
static enum smf_status make_import(void *context, const struct smf_binding_request *request,
                                   struct smf_binding_answer *answer, struct smf_diagnosis *why)
{
    struct smf_system *system = context;
    const struct smf_system_generics *generics = system->config.generics;
    const struct smf_handle importer = {system->binding->number};
    struct smf_system_made made = {.address = 0};
    const enum smf_status status = generics->make(generics->context, importer, request->name, &made, why);
    if (status != SMF_OK)
        return status;
    answer->address = made.address;
    answer->kind = SMF_KIND_FUNCTION;
    return hold(system, system->binding, &made, why);
}

static void start(struct smf_system *system, struct smf_config *load)
{
    system->later.rules = &smf_later_rules;
    system->later.resolve = make_import;
    system->later.context = system;
    load->later = &system->later;
}

const struct smf_system_generics_rules smf_system_generics_rules = {.start = start};

/* ---- What is asked for by template and types ---- */

static enum smf_status make(struct smf_system *system, const char *name, const struct smf_type *types,
                            struct smf_system_made *made, struct smf_diagnosis *why)
{
    const struct smf_system_generics *generics = system->config.generics;
    if (generics == NULL)
        return fail_named(why, SMF_DETAIL_NO_TEMPLATE, name);
    if (system->staged != NULL) /* a callback asks, whose load may still fail */
        return fail_named(why, SMF_DETAIL_MAKING, name);
    smf_fail_clear(why);
    const enum smf_status status = generics->make_generic(generics->context, name, types, made, why);
    if (status != SMF_OK)
        why->status = status;
    return status;
}

enum smf_status smf_system_resolve_generic(struct smf_system *system, const char *name, const struct smf_type *types,
                                           struct smf_resolved *resolved, struct smf_diagnosis *why)
{
    struct smf_system_made made = {.address = 0};
    if (system == NULL || name == NULL || types == NULL || resolved == NULL)
        return SMF_ERR_ARGUMENT;
    smf_system_lock(system);
    const enum smf_status status = make(system, name, types, &made, why != NULL ? why : &system->unwanted);
    if (status == SMF_OK)
        smf_generic_say(&made, resolved);
    smf_system_unlock(system);
    return status;
}

/* ---- What code of templates refers to ---- */

/* Where data of a module can be read: as long as it is on its way, memory may be written elsewhere than it will run. */
static void find_bytes(const struct smf_version *version, struct smf_provided *found)
{
    size_t count;
    const struct smf_region *regions = smf_module_regions(version->module, &count);
    for (size_t i = 0; i < count && found->bytes == NULL; i++) {
        const size_t offset = found->address - regions[i].address;
        if (offset < regions[i].size) {
            found->bytes = regions[i].bytes + offset;
            found->room = regions[i].size - offset;
        }
    }
}

static void say(const struct smf_version *version, uintptr_t address, enum smf_kind kind, struct smf_provided *found)
{
    found->address = address;
    found->kind = kind;
    found->module = version->number;
    if (kind == SMF_KIND_DATA)
        find_bytes(version, found);
}

/* Its own exports, whether or not the name means them elsewhere. */
static bool has_data(const struct smf_version *version, const char *name, struct smf_provided *found)
{
    struct smf_found own;
    if (version == NULL || smf_find(version->module, name, &own) != SMF_OK || own.kind != SMF_KIND_DATA)
        return false;
    say(version, (uintptr_t)own.address, own.kind, found);
    return true;
}

enum smf_status smf_system_provide(struct smf_system *system, struct smf_handle asker, const char *name, bool data,
                                   struct smf_provided *found)
{
    const struct smf_name asked = smf_name_ask(name);
    const struct smf_binding_request request = {
        .name = name, .length = asked.size - 1, .hash = asked.hash, .hint = data ? SMF_KIND_DATA : SMF_KIND_UNKNOWN};
    struct smf_binding_answer answer = {.address = 0};
    struct smf_offered offered;
    memset(found, 0, sizeof *found);
    if (data && has_data(smf_version_of(system, asker), name, found))
        return SMF_OK;
    enum smf_status status = SMF_OK;
    if (!smf_resolve_host(system, &request, &answer)) {
        /* What is on its way counts as soon as somebody binds: then all of the group is relocated. */
        if (system->binding != NULL ? smf_name_find_next(system, &asked, &offered)
                                    : smf_name_find(system, &asked, &offered)) {
            say(offered.version, offered.address, offered.kind, found);
            return SMF_OK;
        }
        status = smf_resolve_application(system, &request, &answer);
    }
    if (status != SMF_OK)
        return status;
    found->address = (uintptr_t)answer.address;
    found->kind = answer.kind;
    return answer.address <= UINTPTR_MAX ? SMF_OK : SMF_ERR_NOT_FOUND;
}
