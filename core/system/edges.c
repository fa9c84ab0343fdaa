/* SPDX-License-Identifier: MIT */
/* edges.c - who needs whom, and the places where one version leads to another; made while a load binds. */
#include "system/graph.h"

void smf_edge_attach(struct smf_edge *edge, struct smf_version *provider)
{
    edge->provider = provider;
    edge->next_dependent = provider->dependents;
    edge->dependent_at = &provider->dependents;
    if (provider->dependents != NULL)
        provider->dependents->dependent_at = &edge->next_dependent;
    provider->dependents = edge;
}

void smf_edge_detach(struct smf_edge *edge)
{
    *edge->dependent_at = edge->next_dependent;
    if (edge->next_dependent != NULL)
        edge->next_dependent->dependent_at = edge->dependent_at;
    if (edge->provider->latest == edge)
        edge->provider->latest = NULL;
}

static struct smf_edge *find(const struct smf_version *importer, struct smf_version *provider)
{
    if (provider->latest != NULL && provider->latest->importer == importer)
        return provider->latest;
    struct smf_edge *edge = importer->needs;
    while (edge != NULL && edge->provider != provider)
        edge = edge->next_need;
    provider->latest = edge;
    return edge;
}

enum smf_status smf_edge_need(struct smf_system *system, struct smf_version *importer, struct smf_version *provider,
                              struct smf_edge **found)
{
    struct smf_edge *edge = find(importer, provider);
    if (edge == NULL) {
        edge = smf_system_take(system, sizeof *edge);
        if (edge == NULL)
            return SMF_ERR_NO_ARENA;
        memset(edge, 0, sizeof *edge);
        edge->importer = importer;
        edge->next_need = importer->needs;
        importer->needs = edge;
        smf_edge_attach(edge, provider);
        provider->latest = edge;
        system->statistics.bindings++;
    }
    *found = edge;
    return SMF_OK;
}

static enum smf_status add_place(struct smf_system *system, struct smf_edge *edge,
                                 const struct smf_reference *reference)
{
    struct smf_places *places = edge->places;
    if (places == NULL || places->count == PLACES) {
        places = smf_system_take(system, sizeof *places);
        if (places == NULL)
            return SMF_ERR_NO_ARENA;
        places->next = edge->places;
        places->count = 0;
        edge->places = places;
    }
    const struct smf_place place = {.form = reference->form,
                                    .token = reference->token,
                                    .region = reference->region,
                                    .offset = reference->offset,
                                    .addend = reference->addend};
    places->place[places->count++] = place;
    system->statistics.places++;
    return SMF_OK;
}

enum smf_status smf_edge_refer(void *context, const struct smf_reference *reference)
{
    struct smf_system *system = context;
    struct smf_edge *edge = reference->provider;
    struct smf_name name;
    struct smf_offered offered;
    if (reference->form == SMF_REFERENCE_COPIED) {
        edge->copied = true;
        return SMF_OK;
    }
    if (!smf_name_of(edge->provider, reference->token, &name, &offered))
        return SMF_ERR_CHANGED;
    if (reference->form == SMF_REFERENCE_FIXED && offered.kind == SMF_KIND_FUNCTION) {
        edge->fixed = true;
        return SMF_OK;
    }
    return add_place(system, edge, reference);
}

void smf_edge_drop_all(struct smf_system *system, struct smf_version *importer)
{
    while (importer->needs != NULL) {
        struct smf_edge *edge = importer->needs;
        importer->needs = edge->next_need;
        smf_edge_detach(edge);
        while (edge->places != NULL) {
            struct smf_places *places = edge->places;
            edge->places = places->next;
            system->statistics.places -= places->count;
            smf_system_give(system, places);
        }
        smf_system_give(system, edge);
        system->statistics.bindings--;
    }
}

uint32_t smf_edge_count_needs(const struct smf_version *version)
{
    uint32_t count = 0;
    for (const struct smf_edge *edge = version->needs; edge != NULL; edge = edge->next_need)
        count++;
    return count;
}

uint32_t smf_edge_count_dependents(const struct smf_version *version)
{
    uint32_t count = 0;
    for (const struct smf_edge *edge = version->dependents; edge != NULL; edge = edge->next_dependent)
        count += edge->importer->state != VERSION_RETIRED;
    return count;
}
