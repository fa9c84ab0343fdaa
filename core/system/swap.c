/* SPDX-License-Identifier: MIT */
/*
 * swap.c - from one version to the next in three phases (decision 8): make what
 * holds slots writable, which may fail; store every slot, which cannot; protect
 * again, where a failure changes nothing any more.
 */
#include "base/atomic.h"
#include "system/graph.h"

/* ---- Before: everything that could go wrong, and what will be stored ---- */

static enum smf_status prepare_place(struct smf_system *system, const struct smf_version *older,
                                     const struct smf_version *newer, struct smf_place *place,
                                     struct smf_diagnosis *why)
{
    struct smf_name name;
    struct smf_offered was, is;
    smf_fail_clear(why);
    if (!smf_name_of(older, place->token, &name, &was))
        return smf_fail(why, SMF_DETAIL_CHANGED, 0, place->token, 0);
    smf_fail_name(why, name.text, name.size - 1);
    if (!smf_name_find_in(system, newer, &name, &is))
        return smf_fail(why, SMF_DETAIL_EXPORT_GONE, 0, 0, 0);
    if (was.kind != is.kind)
        return smf_fail(why, SMF_DETAIL_EXPORT_KIND, 0, was.kind, is.kind);
    if (place->form == SMF_REFERENCE_FIXED && was.address != is.address)
        return smf_fail(why, SMF_DETAIL_KEPT_MOVED, 0, was.address, is.address);
    place->before = was.address;
    place->after = is.address;
    place->next_token = is.number;
    return SMF_OK;
}

static enum smf_status prepare_edge(struct smf_system *system, struct smf_edge *edge, const struct smf_version *newer,
                                    struct smf_diagnosis *why)
{
    if (edge->fixed || edge->copied) {
        edge->spare = smf_system_take(system, sizeof *edge->spare);
        if (edge->spare == NULL)
            return smf_fail(why, SMF_DETAIL_NO_ARENA, 0, sizeof *edge->spare,
                            smf_arena_largest(smf_load_arena(&system->loader)));
    }
    for (struct smf_places *places = edge->places; places != NULL; places = places->next)
        for (uint32_t i = 0; i < places->count; i++) {
            const enum smf_status status = prepare_place(system, edge->provider, newer, &places->place[i], why);
            if (status != SMF_OK)
                return status;
        }
    return SMF_OK;
}

enum smf_status smf_swap_prepare(struct smf_system *system, struct smf_version *older, struct smf_version *newer,
                                 struct smf_diagnosis *why)
{
    for (struct smf_edge *edge = older->dependents; edge != NULL; edge = edge->next_dependent) {
        const enum smf_status status = prepare_edge(system, edge, newer, why);
        if (status != SMF_OK)
            return status;
    }
    return SMF_OK;
}

void smf_swap_cancel(struct smf_system *system, struct smf_version *older)
{
    for (struct smf_edge *edge = older->dependents; edge != NULL; edge = edge->next_dependent) {
        smf_system_give(system, edge->spare);
        edge->spare = NULL;
    }
}

/* ---- First phase, and third ---- */

static const struct smf_region *region_of(const struct smf_edge *edge, uint32_t region)
{
    size_t count;
    return &smf_module_regions(edge->importer->module, &count)[region];
}

static enum smf_status protect(const struct smf_system *system, const struct smf_edge *edge, uint32_t region,
                               enum smf_access access)
{
    return system->port.protect(system->port.context, region_of(edge, region), access);
}

/* Protect again what this edge opened. */
static void close_edge(struct smf_system *system, struct smf_edge *edge)
{
    for (uint32_t region = 0; edge->open_regions >> region != 0; region++)
        if ((edge->open_regions >> region & 1) != 0 &&
            protect(system, edge, region, region_of(edge, region)->access) != SMF_OK)
            system->statistics.unsealed++;
    edge->open_regions = 0;
}

/* An importer has one edge to a version, and at most 3 regions of its own behind those of its source and .keep
 * sections: their numbers fit a word. */
static enum smf_status open_edge(struct smf_system *system, struct smf_edge *edge)
{
    _Static_assert(3 + 2 + SMF_KEEP_MAX <= 32, "numbers of regions are bits of a word");
    for (const struct smf_places *places = edge->places; places != NULL; places = places->next)
        for (uint32_t i = 0; i < places->count; i++) {
            const struct smf_place *place = &places->place[i];
            if (place->form == SMF_REFERENCE_FIXED || (edge->open_regions >> place->region & 1) != 0 ||
                region_of(edge, place->region)->access != SMF_ACCESS_RO)
                continue;
            const enum smf_status status = protect(system, edge, place->region, SMF_ACCESS_RW);
            if (status != SMF_OK)
                return status;
            edge->open_regions |= (uint32_t)1 << place->region;
        }
    return SMF_OK;
}

static void close_all(struct smf_system *system, struct smf_version *older)
{
    for (struct smf_edge *edge = older->dependents; edge != NULL; edge = edge->next_dependent)
        close_edge(system, edge);
}

static enum smf_status open_all(struct smf_system *system, struct smf_version *older, struct smf_diagnosis *why)
{
    for (struct smf_edge *edge = older->dependents; edge != NULL; edge = edge->next_dependent) {
        const enum smf_status status = open_edge(system, edge);
        if (status == SMF_OK)
            continue;
        close_all(system, older);
        smf_fail_clear(why);
        smf_fail(why, SMF_DETAIL_PROTECT, 0, 0, (size_t) - (ptrdiff_t)status);
        return why->status = status;
    }
    return SMF_OK;
}

/* ---- Second phase ---- */

struct batch {
    const struct smf_region *region;
    struct smf_store stores[SMF_STORES_MAX];
    size_t count;
};

static void flush(const struct smf_system *system, struct batch *batch)
{
    if (batch->count != 0)
        system->port.store(system->port.context, batch->region, batch->stores, batch->count);
    batch->count = 0;
}

/* A word that the module has changed since is the module's. */
static bool is_as_bound(const struct smf_system *system, const struct smf_place *place, const uint8_t *at)
{
    const unsigned size = system->loader.config.arch->pointer_size;
    const uintptr_t value =
        size == sizeof(uintptr_t) ? smf_atomic_load((const uintptr_t *)(const void *)at) : (uintptr_t)smf_get32(at);
    return place->form != SMF_REFERENCE_WORD || value == place->before + (uintptr_t)place->addend;
}

static void store(const struct smf_system *system, struct batch *batch, const struct smf_region *region,
                  const struct smf_place *place)
{
    const uintptr_t value = place->after + (uintptr_t)place->addend;
    uint8_t *at = region->bytes + place->offset;
    if (!is_as_bound(system, place, at))
        return;
    if (system->loader.config.arch->pointer_size != sizeof(uintptr_t)) { /* a smaller machine's, on paper */
        smf_put32(at, (uint32_t)value);
    } else if (system->port.store == NULL) {
        smf_atomic_store((uintptr_t *)(void *)at, value);
    } else {
        if (batch->region != region || batch->count == SMF_STORES_MAX)
            flush(system, batch);
        batch->region = region;
        batch->stores[batch->count++] = (struct smf_store){place->offset, value};
    }
}

static void store_all(const struct smf_system *system, const struct smf_version *older)
{
    struct batch batch = {.count = 0};
    for (const struct smf_edge *edge = older->dependents; edge != NULL; edge = edge->next_dependent)
        for (const struct smf_places *places = edge->places; places != NULL; places = places->next)
            for (uint32_t i = 0; i < places->count; i++)
                if (places->place[i].form != SMF_REFERENCE_FIXED)
                    store(system, &batch, region_of(edge, places->place[i].region), &places->place[i]);
    flush(system, &batch);
}

/* ---- Afterwards ---- */

/* Copies of older addresses may be in use as long as the importer is: it goes on needing that version. */
static void pin(struct smf_system *system, struct smf_edge *edge, struct smf_version *older)
{
    struct smf_edge *pin = edge->spare;
    edge->spare = NULL;
    edge->fixed = false;
    if (pin == NULL)
        return;
    memset(pin, 0, sizeof *pin);
    pin->importer = edge->importer;
    pin->fixed = true;
    pin->next_need = edge->importer->needs;
    edge->importer->needs = pin;
    smf_edge_attach(pin, older);
    system->statistics.bindings++;
}

/* From the list of the older version, which is taken apart: detaching would only mend that. */
static void move(struct smf_system *system, struct smf_edge *edge, struct smf_version *older, struct smf_version *newer)
{
    for (struct smf_places *places = edge->places; places != NULL; places = places->next)
        for (uint32_t i = 0; i < places->count; i++)
            places->place[i].token = places->place[i].next_token;
    smf_edge_attach(edge, newer);
    pin(system, edge, older);
}

enum smf_status smf_swap(struct smf_system *system, struct smf_version *older, struct smf_version *newer,
                         struct smf_diagnosis *why)
{
    if (system->port.store == NULL) {
        const enum smf_status status = open_all(system, older, why);
        if (status != SMF_OK)
            return status;
    }
    store_all(system, older);
    close_all(system, older);
    struct smf_edge *edge = older->dependents;
    older->dependents = NULL; /* pins join it while the others go */
    older->latest = NULL;
    while (edge != NULL) {
        struct smf_edge *next = edge->next_dependent;
        move(system, edge, older, newer);
        edge = next;
    }
    return SMF_OK;
}
