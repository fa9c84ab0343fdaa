/* SPDX-License-Identifier: MIT */
/* provider.c - the calls of a provider that give something out, and take it back. */
#include "smf/provider.h"

#include "base/bytes.h"
#include "system/entries.h"
#include "system/text.h"

/* ---- Start and finish ---- */

static bool is_complete(const struct smf_provider_config *config)
{
    if ((config->suppliers == NULL && config->supplier_count != 0) ||
        (config->arena == NULL && config->arena_size != 0) || (config->lock == NULL) != (config->unlock == NULL) ||
        (config->bucket_count & (config->bucket_count - 1)) != 0 || (unsigned)config->backend > SMF_BACKEND_BYL ||
        (unsigned)config->mode > SMF_MODE_DEBUG)
        return false;
    for (size_t i = 0; i < config->supplier_count; i++)
        if (config->suppliers[i].find == NULL)
            return false;
    return true;
}

enum smf_status smf_provider_start(struct smf_provider *provider, const struct smf_provider_config *config)
{
    if (provider == NULL || config == NULL || !is_complete(config))
        return SMF_ERR_ARGUMENT;
    memset(provider, 0, sizeof *provider);
    const uint32_t count = config->bucket_count != 0 ? config->bucket_count : SMF_PROVIDER_BUCKETS;
    const size_t size = 2 * sizeof(struct smf_provider_entry *);
    struct smf_arena arena;
    smf_arena_start(&arena, config->arena, config->arena_size);
    struct smf_provider_entry **buckets = count <= SIZE_MAX / size ? smf_arena_take(&arena, count * size) : NULL;
    if (buckets == NULL)
        return SMF_ERR_NO_ARENA;
    memset(buckets, 0, count * size);
    provider->config = *config;
    memcpy(&provider->arena, &arena, sizeof arena);
    provider->named = buckets;
    provider->bucket_mask = count - 1;
    return SMF_OK;
}

void smf_provider_finish(struct smf_provider *provider)
{
    if (provider == NULL || provider->named == NULL)
        return;
    smf_provider_enter(provider, NULL);
    for (uint32_t i = 0; i <= provider->bucket_mask; i++)
        while (provider->named[provider->bucket_mask + 1 + i] != NULL) {
            struct smf_provider_entry *entry = provider->named[provider->bucket_mask + 1 + i];
            entry->holds = 0;
            smf_entry_drop(provider, entry);
        }
    smf_provider_leave(provider);
    memset(provider, 0, sizeof *provider);
}

/* ---- Giving out ---- */

static enum smf_status give_bytes(struct smf_provider *provider, const char *name, struct smf_source *source,
                                  struct smf_diagnosis *why)
{
    struct smf_provider_entry *entry;
    const enum smf_status status = smf_entry_acquire(provider, name, NEED_VALID | NEED_MOVABLE, &entry, why);
    if (status != SMF_OK)
        return status;
    *source = entry->source;
    provider->statistics.held++;
    return SMF_OK;
}

enum smf_status smf_provider_bytes(struct smf_provider *provider, const char *name, struct smf_source *source,
                                   struct smf_diagnosis *why)
{
    why = smf_provider_enter(provider, why);
    const enum smf_status status = give_bytes(provider, name, source, why);
    smf_provider_leave(provider);
    return status;
}

enum smf_status smf_provider_reader(struct smf_provider *provider, const char *name, struct smf_image **image,
                                    struct smf_diagnosis *why)
{
    struct smf_provider_entry *entry;
    why = smf_provider_enter(provider, why);
    const enum smf_status status = smf_entry_acquire(provider, name, NEED_VALID | NEED_IMAGE, &entry, why);
    if (status == SMF_OK) {
        *image = entry->image;
        provider->statistics.held++;
    }
    smf_provider_leave(provider);
    return status;
}

/* ---- Taking back ---- */

bool smf_provider_is_out(const struct smf_provider *provider, const struct smf_source *source)
{
    return source != NULL && smf_entry_is_known(provider, source->context) &&
           ((const struct smf_provider_entry *)source->context)->holds != 0;
}

enum smf_status smf_provider_take_back(struct smf_provider *provider, const struct smf_source *source)
{
    if (!smf_provider_is_out(provider, source))
        return SMF_ERR_ARGUMENT;
    provider->statistics.held--;
    smf_entry_release(provider, source->context);
    return SMF_OK;
}

enum smf_status smf_provider_give_back(struct smf_provider *provider, const struct smf_source *source)
{
    smf_provider_enter(provider, NULL);
    const enum smf_status status = smf_provider_take_back(provider, source);
    smf_provider_leave(provider);
    return status;
}

/* Both kinds of one name, or everything. */
static size_t invalidate(struct smf_provider *provider, const char *name)
{
    size_t count = 0;
    for (struct smf_provider_entry *entry = provider->oldest, *next; entry != NULL; entry = next) {
        next = entry->newer;
        if (name == NULL || smf_text_is_same(entry->name, name)) {
            smf_entry_drop(provider, entry);
            count++;
        }
    }
    return count;
}

size_t smf_provider_invalidate(struct smf_provider *provider, const char *name)
{
    smf_provider_enter(provider, NULL);
    const size_t count = invalidate(provider, name);
    smf_provider_leave(provider);
    return count;
}

/* ---- Beneath a system ---- */

enum smf_status smf_provider_open(void *provider, const char *name, struct smf_source *source)
{
    return smf_provider_bytes(provider, name, source, &((struct smf_provider *)provider)->opened);
}

void smf_provider_close(void *provider, const char *name, const struct smf_source *source)
{
    (void)name;
    /* A source that the system's caller gave is none of ours: it is told of, too. */
    if (smf_provider_give_back(provider, source) != SMF_OK)
        return;
}
