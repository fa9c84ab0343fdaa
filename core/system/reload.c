/* SPDX-License-Identifier: MIT */
/* reload.c - a live version replaced by the next one, while it serves until the last moment (decision 8). */
#include "system/graph.h"

#define RELOAD_START 0x80000000u /* of SMF_LOAD_START: also what was not started */

static enum smf_status fail_named(struct smf_diagnosis *why, enum smf_detail detail, const struct smf_version *version,
                                  size_t value)
{
    smf_fail_clear(why);
    smf_fail_name(why, version->name, smf_name_ask(version->name).size - 1);
    return smf_fail(why, detail, 0, value, 0);
}

/* Somebody imports from it; to need it is not enough. */
static bool is_bound_to_stay(const struct smf_version *version)
{
    const struct smf_edge *edge = version->dependents;
    while (edge != NULL && !edge->fixed)
        edge = edge->next_dependent;
    return edge != NULL;
}

static enum smf_status may_reload(const struct smf_version *older, uint32_t flags, struct smf_diagnosis *why)
{
    if (!older->reloadable && (flags & SMF_RELOAD_UNMARKED) == 0)
        return fail_named(why, SMF_DETAIL_NOT_RELOADABLE, older, 0);
    if (!older->reloadable && is_bound_to_stay(older))
        return fail_named(why, SMF_DETAIL_BOUND_TO_STAY, older, smf_edge_count_dependents(older));
    return SMF_OK;
}

/* Nobody is inside, and whoever comes in from here on can be told by the epoch. Only a reload that may go on begins one:
 * while a reader stays inside somebody could try so often that its own looks like one to come. */
static enum smf_status begin_quiet(struct smf_system *system, const struct smf_version *older, uintptr_t *epoch,
                                   struct smf_diagnosis *why)
{
    if (smf_readers_inside(system, system->epoch + 1))
        return fail_named(why, SMF_DETAIL_READER, older, 0);
    *epoch = smf_readers_turn(system);
    return smf_readers_inside(system, *epoch) ? fail_named(why, SMF_DETAIL_READER, older, 0) : SMF_OK;
}

static enum smf_status hand_over(struct smf_version *older, struct smf_version *newer, struct smf_diagnosis *why)
{
    const uintptr_t give = smf_name_hook(older, "smf_state_give"), take = smf_name_hook(newer, "smf_state_take");
    size_t size = 0;
    if (give == 0 || take == 0)
        return SMF_OK;
    const void *state = smf_call_give(older, give, &size);
    const int refusal = state != NULL ? smf_call_take(newer, take, state, size, older->state_version) : 0;
    return refusal == 0 ? SMF_OK : fail_named(why, SMF_DETAIL_REFUSED_STATE, newer, (unsigned)refusal);
}

/* Everything before the swap. The first staged version is the one that replaces; what it needs may follow. */
static enum smf_status stage(struct smf_system *system, struct smf_version *older, const struct smf_source *source,
                             uint32_t flags, struct smf_diagnosis *why)
{
    struct smf_system_item item = {.name = older->name, .source = source};
    struct smf_staging staging = {.older = older, .fresh = (flags & SMF_RELOAD_FRESH) != 0};
    enum smf_status status = smf_stage_begin(system, why);
    while (status == SMF_OK && item.name != NULL) {
        status = smf_stage_add(system, &item, &staging, why);
        if (status == SMF_OK)
            status = smf_stage_missing(system, &item, &staging, why);
    }
    if (status == SMF_OK)
        status = smf_stage_complete(system, why);
    if (status == SMF_OK) /* before code runs: what it started could not be undone */
        status = smf_swap_prepare(system, older, older->newer, why);
    if (status == SMF_OK && (older->started || (flags & RELOAD_START) != 0))
        status = smf_stage_start(system, older->newer, why);
    if (status == SMF_OK && (flags & SMF_RELOAD_FRESH) == 0)
        status = hand_over(older, older->newer, why);
    return status;
}

/* The newer version takes the older one's place among the live ones. */
static void succeed(struct smf_system *system, struct smf_version *older, struct smf_version *newer)
{
    smf_name_hand_over(system, older, newer);
    smf_version_drop_name(system, older);
    smf_version_remove(&system->modules, &system->modules_last, older);
    system->statistics.modules--;
    older->newer = NULL;
    newer->older = NULL;
    smf_stage_commit(system);
    system->statistics.reloads++;
    smf_retire(system, older);
    smf_collect(system);
}

static enum smf_status reload(struct smf_system *system, struct smf_version *older, const struct smf_source *source,
                              uint32_t flags, struct smf_handle *newest, struct smf_diagnosis *why)
{
    const bool quiet = (flags & SMF_RELOAD_QUIET) != 0;
    uintptr_t epoch = 0;
    enum smf_status status = may_reload(older, flags, why);
    if (status == SMF_OK && quiet)
        status = begin_quiet(system, older, &epoch, why);
    if (status != SMF_OK)
        return status;
    status = stage(system, older, source, flags, why);
    if (status == SMF_OK && quiet && smf_readers_since(system, epoch))
        status = fail_named(why, SMF_DETAIL_READER, older, 0);
    struct smf_version *newer = older->newer;
    if (status == SMF_OK)
        status = smf_swap(system, older, newer, why);
    if (status != SMF_OK) {
        smf_swap_cancel(system, older);
        smf_stage_cancel(system);
        return status;
    }
    if (newest != NULL)
        newest->number = newer->number;
    succeed(system, older, newer);
    return SMF_OK;
}

enum smf_status smf_system_reload(struct smf_system *system, struct smf_handle handle, const struct smf_source *source,
                                  uint32_t flags, struct smf_handle *newer, struct smf_diagnosis *why)
{
    if (system == NULL)
        return SMF_ERR_ARGUMENT;
    smf_system_lock(system);
    why = why != NULL ? why : &system->unwanted;
    smf_fail_clear(why);
    struct smf_version *older = smf_version_of(system, handle);
    enum smf_status status;
    if (older == NULL || older->state != VERSION_LIVE)
        status = smf_fail(why, SMF_DETAIL_HANDLE, 0, handle.number, 0);
    else
        status = reload(system, older, source, flags & ~RELOAD_START, newer, why);
    smf_system_unlock(system);
    return status;
}

/* Reached from smf_system_load() with config.hot_reload. */
enum smf_status smf_reload_live(struct smf_system *system, struct smf_version *older, const struct smf_source *source,
                                bool start, struct smf_handle *newer, struct smf_diagnosis *why)
{
    return reload(system, older, source, start ? RELOAD_START : 0, newer, why);
}
