/* SPDX-License-Identifier: MIT */
/*
 * names.c - the index of everything that modules export: buckets of a size that
 * is fixed at the start, entries chained through the modules' own blocks. Nothing
 * is moved when modules come, and nothing remains when they go.
 */
#include "smf/hash.h"
#include "system/graph.h"

struct smf_name smf_name_ask(const char *text)
{
    struct smf_name name = {.text = text, .hash = SMF_FNV32_BASIS};
    const char *at = text;
    while (*at != '\0')
        name.hash = (name.hash ^ (uint8_t)*at++) * SMF_FNV32_PRIME;
    name.size = (size_t)(at - text) + 1;
    return name;
}

/* The entries of one module lie in a row behind what they have in common. */
static const struct smf_entries *entries_of(const struct smf_entry *entry)
{
    const struct smf_entry *first = entry - (entry->number & ENTRY_NUMBER);
    return (const struct smf_entries *)(const void *)((const uint8_t *)first - offsetof(struct smf_entries, entry));
}

static struct smf_version *version_of(const struct smf_entry *entry) { return entries_of(entry)->version; }

/* A version that is being replaced is hidden by the one that comes. */
static bool is_visible(const struct smf_version *version)
{
    return version->state != VERSION_RETIRED && version->newer == NULL;
}

/* The name of an entry whose hash is the right one. */
static bool is_named(const struct smf_entry *entry, const struct smf_name *name)
{
    return name->size <= (size_t)(entries_of(entry)->names_end - entry->name) &&
           memcmp(entry->name, name->text, name->size) == 0;
}

static struct smf_entry **bucket_of(const struct smf_system *system, uint32_t hash)
{
    return (struct smf_entry **)(void *)&system->buckets[hash & system->bucket_mask];
}

typedef bool counts_function(const struct smf_version *version, const struct smf_version *only);

static bool counts_next(const struct smf_version *version, const struct smf_version *only)
{
    (void)only;
    return is_visible(version);
}

static bool counts_live(const struct smf_version *version, const struct smf_version *only)
{
    (void)only;
    return version->state == VERSION_LIVE;
}

static bool counts_one(const struct smf_version *version, const struct smf_version *only) { return version == only; }

/* Whose export an entry is: its version's, or the next one's that has the same names, if one of them counts. */
static struct smf_version *meant(const struct smf_entry *entry, counts_function *counts, const struct smf_version *only)
{
    struct smf_version *version = version_of(entry);
    if (counts(version, only))
        return version;
    version = version->newer;
    return version != NULL && version->shares && counts(version, only) ? version : NULL;
}

static void take(struct smf_offered *offered, struct smf_version *version, uint32_t number)
{
    const struct smf_entry *entry = &version->entries->entry[number];
    offered->version = version;
    offered->number = number;
    offered->address = entry->address;
    offered->kind = (entry->number & ENTRY_DATA) != 0 ? SMF_KIND_DATA : SMF_KIND_FUNCTION;
}

/* Global before Weak, then load order. */
static bool is_better(const struct smf_entry *entry, const struct smf_entry *best)
{
    const uint32_t weak = entry->number & ENTRY_WEAK, other = best->number & ENTRY_WEAK;
    return weak != other ? weak < other : version_of(entry)->order < version_of(best)->order;
}

/* The best of the versions that count. */
static bool find(const struct smf_system *system, const struct smf_name *name, counts_function *counts,
                 const struct smf_version *only, struct smf_offered *offered)
{
    const struct smf_entry *best = NULL;
    for (const struct smf_entry *entry = *bucket_of(system, name->hash); entry != NULL; entry = entry->next)
        if (entry->hash == name->hash && meant(entry, counts, only) != NULL && is_named(entry, name) &&
            (best == NULL || is_better(entry, best)))
            best = entry;
    if (best != NULL)
        take(offered, meant(best, counts, only), best->number & ENTRY_NUMBER);
    return best != NULL;
}

bool smf_name_find_next(const struct smf_system *system, const struct smf_name *name, struct smf_offered *offered)
{
    return find(system, name, counts_next, NULL, offered);
}

bool smf_name_find(const struct smf_system *system, const struct smf_name *name, struct smf_offered *offered)
{
    return find(system, name, counts_live, NULL, offered);
}

bool smf_name_find_in(const struct smf_system *system, const struct smf_version *version, const struct smf_name *name,
                      struct smf_offered *offered)
{
    return find(system, name, counts_one, version, offered);
}

bool smf_name_of(const struct smf_version *version, uint32_t number, struct smf_name *name, struct smf_offered *offered)
{
    struct smf_load_offer offer;
    if (!smf_load_offer(version->module, number, &offer))
        return false;
    name->text = offer.name;
    name->hash = offer.hash;
    name->size = 0;
    while (name->size < offer.room && offer.name[name->size] != '\0')
        name->size++;
    offered->address = offer.address;
    offered->kind = offer.kind;
    return name->size++ < offer.room;
}

/* The functions of smf/module.h are the system's: every module may have them. */
static bool is_hidden(const char *name, size_t room)
{
    static const char hooks[][20] = {"smf_module_on_start", "smf_module_on_stop", "smf_state_give", "smf_state_take"};
    if (room < 4 || name[0] != 's' || memcmp(name, "smf_", 4) != 0) /* a call for each export would be felt */
        return false;
    for (unsigned i = 0; i < sizeof hooks / sizeof hooks[0]; i++) {
        size_t size = 1;
        while (hooks[i][size - 1] != '\0' && size < sizeof hooks[i])
            size++;
        if (size <= room && memcmp(name, hooks[i], size) == 0)
            return true;
    }
    return false;
}

static enum smf_status refuse(struct smf_diagnosis *why, enum smf_detail detail, const struct smf_name *name,
                              uint32_t other)
{
    smf_fail_name(why, name->text, name->size - 1);
    return smf_fail(why, detail, 0, other, 0);
}

/* Ends where the names of its module do, at the latest. */
static struct smf_name name_of(const struct smf_entry *entry)
{
    struct smf_name name = {.text = entry->name, .hash = entry->hash};
    const size_t room = (size_t)(entries_of(entry)->names_end - entry->name);
    while (name.size < room && entry->name[name.size] != '\0')
        name.size++;
    name.size++;
    return name;
}

/* Most names meet an empty bucket: the whole question is asked about the others. */
static bool is_nothing_there(const struct smf_exports *host, uint32_t hash)
{
    return host->buckets != NULL && host->buckets[hash & (host->bucket_count - 1)] == 0;
}

static enum smf_status refuse_host(const struct smf_system *system, const struct smf_entry *made,
                                   struct smf_diagnosis *why)
{
    for (size_t i = 0; i < system->config.host_count; i++) {
        if (is_nothing_there(system->config.host[i], made->hash))
            continue;
        const struct smf_binding_request request = {.name = made->name, .hash = made->hash};
        struct smf_binding_answer answer;
        if (smf_exports_resolve((void *)(uintptr_t)system->config.host[i], &request, &answer) == SMF_OK) {
            const struct smf_name name = name_of(made);
            return refuse(why, SMF_DETAIL_HOST_HAS, &name, 0);
        }
    }
    return SMF_OK;
}

/* What another has under the same name; weak exports stand back anyway. `*work`: entries that may still be met, and bytes
 * compared. A file says which hashes its names have, or makes names of one hash: neither makes a chain that is long.
 * One comparison with itself, as a newer version has it, each name may have whatever its length. */
static enum smf_status walk_chain(const struct smf_system *system, const struct smf_entry *made, bool only,
                                  size_t *work, struct smf_diagnosis *why)
{
    struct smf_name name = {.size = 0};
    for (const struct smf_entry *entry = *bucket_of(system, made->hash); entry != NULL; entry = entry->next) {
        const bool same = only && entry->hash == made->hash && (entry->number & ENTRY_WEAK) == 0;
        if (same && name.size == 0) {
            name = name_of(made);
            *work += 1 + name.size;
        }
        const size_t cost = same ? 1 + name.size : 1;
        if (*work < cost) {
            name = name_of(made);
            return refuse(why, SMF_DETAIL_INDEX_WORK, &name, system->statistics.exports);
        }
        *work -= cost;
        const struct smf_version *other = same && is_named(entry, &name) ? meant(entry, counts_next, NULL) : NULL;
        if (other != NULL)
            return refuse(why, SMF_DETAIL_OTHER_HAS, &name, other->number);
    }
    return SMF_OK;
}

/* What an entry says, without its place in a bucket. */
static enum smf_status fill(struct smf_version *version, uint32_t number, struct smf_diagnosis *why)
{
    struct smf_entry *entry = &version->entries->entry[number];
    struct smf_load_offer offer;
    if (!smf_load_offer(version->module, number, &offer) || offer.name[offer.room - 1] != '\0')
        return smf_fail(why, SMF_DETAIL_CHANGED, 0, number, 0);
    version->entries->names_end = offer.name + offer.room;
    entry->hash = offer.hash;
    entry->name = offer.name;
    entry->address = offer.address;
    entry->number = number | (offer.weak ? ENTRY_WEAK : 0) | (offer.kind == SMF_KIND_DATA ? ENTRY_DATA : 0) |
                    (offer.kind == SMF_KIND_UNKNOWN || is_hidden(offer.name, offer.room) ? ENTRY_HIDDEN : 0);
    return SMF_OK;
}

static enum smf_status link_one(struct smf_system *system, struct smf_entry *entry, size_t *work,
                                struct smf_diagnosis *why)
{
    if ((entry->number & ENTRY_HIDDEN) != 0)
        return SMF_OK;
    const bool only = (entry->number & ENTRY_WEAK) == 0 && !system->config.allow_duplicates;
    enum smf_status status = only ? refuse_host(system, entry, why) : SMF_OK;
    if (status == SMF_OK)
        status = walk_chain(system, entry, only, work, why);
    if (status != SMF_OK)
        return status;
    struct smf_entry **bucket = bucket_of(system, entry->hash);
    entry->next = *bucket;
    *bucket = entry;
    system->statistics.exports++;
    return SMF_OK;
}

/* All names of both, from the lowest to the end of the highest, and whatever lies between. */
static bool names_match(const struct smf_entries *a, const struct smf_entries *b, ptrdiff_t low, ptrdiff_t high)
{
    const char *const from = a->entry[0].name, *const other = b->entry[0].name;
    const size_t room = (size_t)(a->names_end - from - high), other_room = (size_t)(b->names_end - other - high);
    size_t last = 0;
    while (last < room && last < other_room && from[high + (ptrdiff_t)last] != '\0')
        last++;
    return last < room && last < other_room && memcmp(from + low, other + low, (size_t)(high - low) + last + 1) == 0;
}

/*
 * Usually a newer version exports what the older one did, in the same order. Then the older one's entries stand for
 * both, and change hands when the newer version takes its place: nothing is linked, and nothing unlinked.
 */
static bool exports_match(const struct smf_version *older, const struct smf_version *newer, uint32_t count)
{
    const struct smf_entries *a = older->entries, *b = newer->entries;
    ptrdiff_t low = 0, high = 0;
    if (count == 0 || count != older->linked)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const ptrdiff_t offset = a->entry[i].name - a->entry[0].name;
        if (a->entry[i].hash != b->entry[i].hash || ((a->entry[i].number ^ b->entry[i].number) & ~ENTRY_DATA) != 0 ||
            offset != b->entry[i].name - b->entry[0].name)
            return false;
        low = offset < low ? offset : low;
        high = offset > high ? offset : high;
    }
    return names_match(a, b, low, high);
}

void smf_name_hand_over(struct smf_system *system, struct smf_version *older, struct smf_version *newer)
{
    if (!newer->shares) {
        smf_name_unlink(system, older);
        return;
    }
    struct smf_entries *const entries = older->entries, *const unlinked = newer->entries;
    for (uint32_t i = 0; i < older->linked; i++) {
        entries->entry[i].name = unlinked->entry[i].name;
        entries->entry[i].address = unlinked->entry[i].address;
        entries->entry[i].number = unlinked->entry[i].number;
    }
    entries->names_end = unlinked->names_end;
    entries->version = newer;
    unlinked->version = older;
    newer->entries = entries;
    older->entries = unlinked;
    newer->linked = older->linked;
    older->linked = 0;
    newer->shares = false;
}

/* Work that each export of a module may be, on average: several times what its chain has if names lie evenly. */
static size_t work_of(const struct smf_system *system, uint32_t count)
{
    size_t average = (size_t)system->statistics.exports + count;
    for (uint32_t rest = system->bucket_mask; rest != 0; rest >>= 1)
        average >>= 1;
    return 64 + (average < SIZE_MAX / 16 ? average * 8 : SIZE_MAX / 2);
}

enum smf_status smf_name_link(struct smf_system *system, struct smf_version *version, struct smf_diagnosis *why)
{
    const uint32_t count = smf_module_export_count(version->module);
    const size_t each = work_of(system, count);
    enum smf_status status = SMF_OK;
    size_t work = SMF_NAME_MAX + 1024; /* enough to find one name of any length twice */
    for (uint32_t i = 0; i < count && status == SMF_OK; i++)
        status = fill(version, i, why);
    if (status != SMF_OK)
        return status;
    version->shares = version->older != NULL && exports_match(version->older, version, count);
    for (uint32_t i = 0; i < count && !version->shares; i++) {
        work = work < SIZE_MAX / 4 ? work + each : work;
        status = link_one(system, &version->entries->entry[i], &work, why);
        if (status != SMF_OK) {
            smf_name_unlink(system, version);
            return status;
        }
        version->linked = i + 1;
    }
    return SMF_OK;
}

/* The last one first: it stands before the others of its module. */
void smf_name_unlink(struct smf_system *system, struct smf_version *version)
{
    while (version->linked != 0) {
        struct smf_entry *entry = &version->entries->entry[--version->linked];
        if ((entry->number & ENTRY_HIDDEN) != 0)
            continue;
        struct smf_entry **link = bucket_of(system, entry->hash);
        while (*link != entry)
            link = &(*link)->next;
        *link = entry->next;
        system->statistics.exports--;
    }
}

uintptr_t smf_name_hook(const struct smf_version *version, const char *name)
{
    struct smf_found found;
    if (smf_find(version->module, name, &found) != SMF_OK || found.kind != SMF_KIND_FUNCTION)
        return 0;
    return (uintptr_t)found.address;
}
