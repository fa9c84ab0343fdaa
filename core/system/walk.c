/* SPDX-License-Identifier: MIT */
/*
 * walk.c - depth first through the graph without recursion: a version remembers
 * from which one it was reached, and which of its edges comes next.
 */
#include "system/graph.h"

static void forget(struct smf_version *version)
{
    for (; version != NULL; version = version->next)
        version->mark = 0;
}

void smf_walk_begin(struct smf_system *system, struct smf_walk *walk)
{
    walk->first = walk->last = NULL;
    if (++system->pass != 0)
        return;
    forget(system->modules);
    forget(system->retired);
    forget(system->staged);
    system->pass = 1;
}

static void visit(const struct smf_system *system, const struct smf_walk *walk, struct smf_version *version,
                  struct smf_version *up)
{
    version->mark = system->pass;
    version->walk_up = up;
    version->walk_at = walk->dependents ? version->dependents : version->needs;
}

static bool is_new(const struct smf_system *system, const struct smf_walk *walk, const struct smf_version *version)
{
    return version->mark != system->pass && (walk->wants == NULL || walk->wants(version));
}

static void leave(struct smf_walk *walk, struct smf_version *version)
{
    version->walk_next = NULL;
    *(walk->last != NULL ? &walk->last->walk_next : &walk->first) = version;
    walk->last = version;
}

void smf_walk_from(struct smf_system *system, struct smf_walk *walk, struct smf_version *version)
{
    if (!is_new(system, walk, version))
        return;
    visit(system, walk, version, NULL);
    while (version != NULL) {
        const struct smf_edge *edge = version->walk_at;
        if (edge == NULL) {
            leave(walk, version);
            version = version->walk_up;
            continue;
        }
        struct smf_version *next = walk->dependents ? edge->importer : edge->provider;
        version->walk_at = walk->dependents ? edge->next_dependent : edge->next_need;
        if (is_new(system, walk, next)) {
            visit(system, walk, next, version);
            version = next;
        }
    }
}
