/* SPDX-License-Identifier: MIT */
/* cache_entry.c - what callers ask of an entry that they hold. Nothing here changes one, so no lock is taken. */
#include <string.h>

#include "cache.h"
#include "smf/hash.h"
#include "smf/templates.h"

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

/* What the template symbol of this name says of its template. SMF_ERR_NOT_FOUND: there is no such symbol. */
static enum smf_status find_symbol(struct smf_image *image, const char *name, struct smf_symbol_template *said,
                                   struct smf_diagnosis *why)
{
    const uint32_t hash = smf_hash_name(name);
    const size_t wanted = strlen(name);
    for (uint32_t i = 0; i < image->header.symbol_count; i++) {
        struct smf_symbol symbol;
        const char *text = NULL;
        size_t length = 0;
        enum smf_status status = smf_image_symbol(image, i, &symbol, why);
        if (status == SMF_OK && ((symbol.flags & SMF_SYMBOL_FLAG_TEMPLATE) == 0 || symbol.hash != hash))
            continue;
        if (status == SMF_OK)
            status = smf_image_name(image, symbol.name, NULL, 0, &text, &length, why);
        if (status != SMF_OK)
            return status;
        if (length == wanted && memcmp(text, name, wanted) == 0)
            return smf_image_symbol_template(image, i, said, why);
    }
    return SMF_ERR_NOT_FOUND;
}

enum smf_status smf_cached_template_named(const struct smf_cached *entry, const char *name, const uint8_t **bytes,
                                          size_t *size, struct smf_diagnosis *why)
{
    struct smf_diagnosis unwanted;
    struct smf_image image;
    struct smf_symbol_template said;
    struct smf_template found;
    why = why != NULL ? why : &unwanted;
    memset(why, 0, sizeof *why);
    if (smf_cached_image(entry, &image) != SMF_OK)
        return refuse(entry, SMF_ERR_NOT_FOUND, 0, why);
    const enum smf_status symbol = find_symbol(&image, name, &said, why);
    enum smf_status status = symbol == SMF_OK ? SMF_ERR_NOT_FOUND : symbol;
    for (uint32_t at = smf_templates_section(&image, 0); at != SMF_NO_SYMBOL && status == SMF_ERR_NOT_FOUND;
         at = smf_templates_section(&image, at + 1)) {
        struct smf_templates templates;
        status = smf_templates_open(&templates, &image, at, why);
        if (status == SMF_OK && symbol == SMF_OK)
            status = smf_templates_of_symbol(&templates, name, strlen(name), &said, &found, why);
        else if (status == SMF_OK)
            status = smf_templates_find(&templates, name, strlen(name), &found, why);
    }
    if (status != SMF_OK)
        return smf_cache_fail(why, status, name, 0);
    *bytes = (const uint8_t *)entry->source.bytes + found.body.offset;
    *size = found.body.size;
    return SMF_OK;
}
