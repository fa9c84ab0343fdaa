/* SPDX-License-Identifier: MIT */
/* cache_entry.c - what callers ask of an entry that they hold. Nothing here changes one, so no lock is taken. */
#include <string.h>

#include "cache.h"

static const struct smf_cache_entry *known(const struct smf_cached *entry)
{
    return (const struct smf_cache_entry *)(const void *)entry;
}

static enum smf_status refuse(const struct smf_cached *entry, enum smf_status status, uint64_t value,
                              struct smf_diagnosis *why)
{
    struct smf_diagnosis unwanted;
    why = why != NULL ? why : &unwanted;
    memset(why, 0, sizeof *why);
    return smf_cache_fail(why, status, entry->path, value);
}

/* [offset, offset + size) of `whole` bytes from `start` on. */
static enum smf_status part(const struct smf_cached *entry, uint64_t start, uint64_t whole, uint64_t offset,
                            uint64_t size, const uint8_t **bytes, struct smf_diagnosis *why)
{
    enum smf_status status = SMF_OK;
    if (offset >= whole)
        status = SMF_ERR_ARGUMENT;
    else if (size > whole - offset)
        status = SMF_ERR_TRUNCATED;
    else
        *bytes = (const uint8_t *)entry->source.bytes + start + offset;
    if (status == SMF_OK)
        return SMF_OK;
    struct smf_diagnosis unwanted;
    why = why != NULL ? why : &unwanted;
    (void)refuse(entry, status, status == SMF_ERR_ARGUMENT ? offset : size, why);
    why->offset = start + offset;
    why->expected = whole;
    return status;
}

enum smf_status smf_cached_image(const struct smf_cached *entry, struct smf_image *image)
{
    if (entry->image == NULL)
        return SMF_ERR_LIBRARY;
    *image = *entry->image; /* its windows are empty: what can be addressed is not copied */
    return SMF_OK;
}

enum smf_status smf_cached_bytes(const struct smf_cached *entry, uint64_t offset, uint64_t size, const uint8_t **bytes,
                                 struct smf_diagnosis *why)
{
    return part(entry, 0, entry->source.size, offset, size, bytes, why);
}

uint32_t smf_cached_section_named(const struct smf_cached *entry, const char *name)
{
    return entry->image != NULL ? smf_image_find_section(entry->image, name) : SMF_NO_SYMBOL;
}

uint32_t smf_cached_section_typed(const struct smf_cached *entry, unsigned type)
{
    for (uint32_t i = 0; entry->image != NULL && i < entry->image->header.section_count; i++)
        if (entry->image->sections[i].type == type)
            return i;
    return SMF_NO_SYMBOL;
}

enum smf_status smf_cached_section(const struct smf_cached *entry, uint32_t index, const uint8_t **bytes, size_t *size,
                                   struct smf_diagnosis *why)
{
    if (entry->image == NULL || index >= entry->image->header.section_count)
        return refuse(entry, SMF_ERR_NOT_FOUND, index, why);
    const struct smf_section *section = &entry->image->sections[index];
    if (section->size == 0)
        return refuse(entry, SMF_ERR_EMPTY, index, why);
    *bytes = (const uint8_t *)entry->source.bytes + section->offset;
    *size = section->size;
    return SMF_OK;
}

enum smf_status smf_cached_note(const struct smf_cached *entry, const char **text, size_t *size,
                                struct smf_diagnosis *why)
{
    const struct smf_cache_entry *own = known(entry);
    if (own->note_status != SMF_OK)
        return refuse(entry, own->note_status, own->note_size, why);
    *text = own->note != NULL ? own->note : "";
    *size = own->note_size;
    return SMF_OK;
}

enum smf_status smf_cached_template(const struct smf_cached *entry, uint64_t offset, uint64_t size,
                                    const uint8_t **bytes, struct smf_diagnosis *why)
{
    if (entry->template_code == SMF_NO_SYMBOL)
        return refuse(entry, SMF_ERR_NOT_FOUND, SMF_SECTION_TEMPLATE_CODE, why);
    const struct smf_section *section = &entry->image->sections[entry->template_code];
    return part(entry, section->offset, section->size, offset, size, bytes, why);
}
