/* SPDX-License-Identifier: MIT */
/* versions.c - lists of versions, and the two tables by which they are found: by handle and by name. */
#include "smf/hash.h"
#include "system/graph.h"

enum { CHAIN_MASK = SMF_SYSTEM_CHAINS - 1 };

bool smf_version_is_same(const char *left, const char *right)
{
    while (*left == *right && *left != '\0') {
        left++;
        right++;
    }
    return *left == *right;
}

struct smf_version *smf_version_of(const struct smf_system *system, struct smf_handle handle)
{
    struct smf_version *version = system->versions[handle.number & CHAIN_MASK];
    while (version != NULL && version->number != handle.number)
        version = version->next_number;
    return version;
}

struct smf_version *smf_version_named(const struct smf_system *system, const char *name)
{
    const uint32_t hash = smf_hash_name(name);
    struct smf_version *version = system->names[hash & CHAIN_MASK];
    while (version != NULL && (version->name_hash != hash || !smf_version_is_same(version->name, name)))
        version = version->next_name;
    return version;
}

struct smf_version *smf_version_staged(const struct smf_system *system, const char *name)
{
    const uint32_t hash = smf_hash_name(name);
    struct smf_version *version = system->staged;
    while (version != NULL && (version->name_hash != hash || !smf_version_is_same(version->name, name)))
        version = version->next;
    return version;
}

void smf_version_append(struct smf_version **first, struct smf_version **last, struct smf_version *version)
{
    version->next = NULL;
    version->previous = *last;
    *(*last != NULL ? &(*last)->next : first) = version;
    *last = version;
}

void smf_version_remove(struct smf_version **first, struct smf_version **last, struct smf_version *version)
{
    *(version->previous != NULL ? &version->previous->next : first) = version->next;
    *(version->next != NULL ? &version->next->previous : last) = version->previous;
    version->next = version->previous = NULL;
}

void smf_version_add_number(struct smf_system *system, struct smf_version *version)
{
    struct smf_handle handle = {system->last_number};
    do /* after 2^32 - 1 loads numbers begin anew, and some may still be in use */
        handle.number++;
    while (handle.number == 0 || smf_version_of(system, handle) != NULL);
    system->last_number = version->number = handle.number;
    version->next_number = system->versions[handle.number & CHAIN_MASK];
    system->versions[handle.number & CHAIN_MASK] = version;
}

void smf_version_drop_number(struct smf_system *system, struct smf_version *version)
{
    struct smf_version **link = &system->versions[version->number & CHAIN_MASK];
    while (*link != version)
        link = &(*link)->next_number;
    *link = version->next_number;
}

void smf_version_add_name(struct smf_system *system, struct smf_version *version)
{
    struct smf_version **chain = &system->names[version->name_hash & CHAIN_MASK];
    version->next_name = *chain;
    *chain = version;
}

void smf_version_drop_name(struct smf_system *system, struct smf_version *version)
{
    struct smf_version **link = &system->names[version->name_hash & CHAIN_MASK];
    while (*link != version)
        link = &(*link)->next_name;
    *link = version->next_name;
}

void smf_version_tell(struct smf_system *system, enum smf_event event, struct smf_version *version)
{
    const struct smf_handle handle = {version->number};
    version->failed = event == SMF_EVENT_FAILED;
    if (system->config.event != NULL)
        system->config.event(system->config.event_context, event, handle, version->name, version->module);
}
