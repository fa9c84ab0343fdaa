/* SPDX-License-Identifier: MIT */
/*
 * collect.c - versions that no name finds any more, and the end of them: when
 * nobody holds them, no reader can be inside, and nothing that stays is bound to
 * them. Circles go as a whole.
 */
#include "system/graph.h"

void smf_retire(struct smf_system *system, struct smf_version *version)
{
    version->state = VERSION_RETIRED;
    version->epoch = smf_readers_turn(system); /* whoever came in before may be inside */
    smf_version_append(&system->retired, &system->retired_last, version);
    system->statistics.retired++;
    smf_maker_retire(system, version);
    smf_version_tell(system, SMF_EVENT_RETIRED, version);
}

/* Held from outside of the retired ones. */
static bool is_held(const struct smf_system *system, const struct smf_version *version)
{
    if (version->references != 0 || smf_readers_inside(system, version->epoch))
        return true;
    for (const struct smf_edge *edge = version->dependents; edge != NULL; edge = edge->next_dependent)
        if (edge->importer->state != VERSION_RETIRED)
            return true;
    return false;
}

static bool is_retired(const struct smf_version *version) { return version->state == VERSION_RETIRED; }
static bool may_go(const struct smf_version *version) { return version->state == VERSION_RETIRED && !version->stays; }

/* Whatever a version that stays needs stays, too. */
static void mark_held(struct smf_system *system)
{
    struct smf_walk walk = {.wants = is_retired};
    smf_walk_begin(system, &walk);
    for (struct smf_version *version = system->retired; version != NULL; version = version->next) {
        version->stays = false;
        if (is_held(system, version))
            smf_walk_from(system, &walk, version);
    }
    for (struct smf_version *version = walk.first; version != NULL; version = version->walk_next)
        version->stays = true;
}

/* The last version of its module: none is live, and no other waits. */
static bool is_last(const struct smf_system *system, const struct smf_version *version)
{
    const struct smf_version *other = system->retired;
    while (other != NULL && (other == version || other->name_hash != version->name_hash ||
                             !smf_version_is_same(other->name, version->name)))
        other = other->next;
    return other == NULL && smf_version_named(system, version->name) == NULL;
}

static void release(struct smf_system *system, struct smf_version *version)
{
    smf_version_tell(system, SMF_EVENT_RELEASING, version);
    if (is_last(system, version))
        smf_version_tell(system, SMF_EVENT_GONE, version);
    smf_maker_remove(system, version);
    smf_load_release(&system->loader, version->module);
    smf_keep_drop_all(system, version);
    smf_stage_close(system, version);
    smf_version_remove(&system->retired, &system->retired_last, version);
    smf_version_drop_number(system, version);
    smf_system_give(system, version->own_name);
    smf_system_give(system, version->entries);
    smf_system_give(system, version);
    system->statistics.retired--;
    system->statistics.released++;
}

uint32_t smf_collect(struct smf_system *system)
{
    uint32_t count = 0;
    if (system->retired == NULL)
        return 0;
    mark_held(system);
    /* Importers before what they need: they may call it while they stop. */
    struct smf_walk walk = {.dependents = true, .wants = may_go};
    smf_walk_begin(system, &walk);
    for (struct smf_version *version = system->retired; version != NULL; version = version->next)
        smf_walk_from(system, &walk, version);
    for (struct smf_version *version = walk.first; version != NULL; version = version->walk_next)
        smf_stop_version(system, version);
    for (struct smf_version *version = walk.first; version != NULL; version = version->walk_next)
        smf_edge_drop_all(system, version);
    for (struct smf_version *version = walk.first, *next; version != NULL; version = next, count++) {
        next = version->walk_next;
        release(system, version);
    }
    return count;
}

uint32_t smf_system_collect(struct smf_system *system)
{
    if (system == NULL)
        return 0;
    smf_system_lock(system);
    const uint32_t count = smf_collect(system);
    smf_system_unlock(system);
    return count;
}
