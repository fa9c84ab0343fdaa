/* SPDX-License-Identifier: MIT */
/*
 * collect.c - make tables of host exports that table.c then searches: over entries that can be written, and over const
 * ones, as smf/export.h collects them. Apart from table.c, because a table that a tool made needs none of this.
 */
#include "load/load.h"
#include "smf/export.h"
#include "smf/hash.h"

static bool has_name(const struct smf_exports *table, const char *name, uint32_t hash)
{
    const struct smf_binding_request request = {.name = name, .hash = hash};
    struct smf_binding_answer answer;
    /* A resolver's context is not const; this one only reads. */
    return smf_exports_resolve((void *)(uintptr_t)table, &request, &answer) == SMF_OK;
}

/* More buckets than entries, a power of two of them. */
static enum smf_status fill_buckets(const struct smf_exports *table, uint32_t *buckets)
{
    const uint32_t mask = table->bucket_count - 1;
    memset(buckets, 0, (size_t)table->bucket_count * sizeof buckets[0]);
    for (uint32_t i = 0; i < table->count; i++) {
        const struct smf_export *entry = &table->entries[i];
        const uint32_t hash = smf_hash_name(entry->name);
        if (entry->hash != 0 && entry->hash != hash)
            return SMF_ERR_ARGUMENT; /* nobody would find it */
        if (has_name(table, entry->name, hash))
            return SMF_ERR_DUPLICATE;
        uint32_t at = hash & mask;
        while (buckets[at] != 0)
            at = (at + 1) & mask;
        buckets[at] = i + 1;
    }
    return SMF_OK;
}

/* Bytewise and strictly. */
static enum smf_status check_order(const struct smf_export *entries, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        const uint8_t *left = (const uint8_t *)entries[i - 1].name, *right = (const uint8_t *)entries[i].name;
        while (*left == *right && *left != 0)
            left++, right++;
        if (*left >= *right)
            return *left == *right ? SMF_ERR_DUPLICATE : SMF_ERR_ARGUMENT;
    }
    return SMF_OK;
}

enum smf_status smf_exports_index_const(struct smf_exports *table, const struct smf_export *entries, uint32_t count,
                                        uint32_t *buckets, uint32_t bucket_count)
{
    const struct smf_exports made = {entries, count, buckets, bucket_count};
    if (table == NULL || (entries == NULL && count != 0) || (buckets == NULL) != (bucket_count == 0) ||
        (bucket_count & (bucket_count - 1)) != 0)
        return SMF_ERR_ARGUMENT;
    for (uint32_t i = 0; i < count; i++)
        if (entries[i].name == NULL)
            return SMF_ERR_ARGUMENT;
    if (buckets != NULL && bucket_count <= count)
        return SMF_ERR_NO_SPACE;
    const enum smf_status status = buckets != NULL ? fill_buckets(&made, buckets) : check_order(entries, count);
    if (status == SMF_OK)
        *table = made;
    return status;
}

enum smf_status smf_exports_index(struct smf_exports *table, struct smf_export *entries, uint32_t count,
                                  uint32_t *buckets, uint32_t bucket_count)
{
    if (table == NULL || (entries == NULL && count != 0) || buckets == NULL || bucket_count <= count ||
        (bucket_count & (bucket_count - 1)) != 0)
        return SMF_ERR_ARGUMENT;
    const struct smf_exports made = {entries, count, buckets, bucket_count};
    for (uint32_t i = 0; i < count; i++)
        entries[i].hash = smf_hash_name(entries[i].name);
    const enum smf_status status = fill_buckets(&made, buckets);
    if (status == SMF_OK)
        *table = made;
    return status;
}
