/* SPDX-License-Identifier: MIT */
/* table.c - the host's const table of exports as a ready-made resolver: hashed, or sorted and searched by halves. */
#include "load/load.h"

static int compare(const char *left, const char *right)
{
    while (*left == *right && *left != '\0') {
        left++;
        right++;
    }
    return (int)(unsigned char)*left - (int)(unsigned char)*right;
}

static const struct smf_export *find_hashed(const struct smf_exports *table, const char *name, uint32_t hash)
{
    const uint32_t mask = table->bucket_count - 1;
    /* Linear probing; a bucket that is 0 ends it, and there is one: more buckets than entries. */
    for (uint32_t at = hash & mask, steps = 0; table->buckets[at] != 0 && steps <= mask;
         at = (at + 1) & mask, steps++) {
        const struct smf_export *entry = &table->entries[table->buckets[at] - 1];
        if ((entry->hash == hash || entry->hash == 0) && compare(entry->name, name) == 0)
            return entry;
    }
    return NULL;
}

static const struct smf_export *find_sorted(const struct smf_exports *table, const char *name)
{
    uint32_t low = 0, high = table->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const int order = compare(table->entries[middle].name, name);
        if (order == 0)
            return &table->entries[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

enum smf_status smf_exports_resolve(void *context, const struct smf_binding_request *request,
                                    struct smf_binding_answer *answer)
{
    const struct smf_exports *table = context;
    const struct smf_export *entry;
    if (table->buckets == NULL)
        entry = find_sorted(table, request->name);
    else /* a wrong stored hash finds nothing: as in a module's own index */
        entry = find_hashed(table, request->name, request->hash);
    if (entry == NULL)
        return SMF_ERR_NOT_FOUND;
    answer->address = entry->address;
    answer->kind = (enum smf_kind)(entry->kind & ~SMF_EXPORT_CONFINED);
    return SMF_OK;
}
