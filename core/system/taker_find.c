/* SPDX-License-Identifier: MIT */
/* taker_find.c - a symbol by name without an index, and the bytes that are its. */
#include "base/window.h"
#include "smf/hash.h"
#include "system/taker.h"

/* Is the name of `symbol` these bytes? Its hash was compared. */
static enum smf_status is_named(const struct taking *taking, const struct smf_symbol *symbol, const char *name,
                                size_t size, bool *same)
{
    struct smf_image *image = taking->image;
    struct smf_span text = {image->string_table + symbol->name, size};
    *same = image->string_size - symbol->name > size; /* with its NUL */
    if (!*same)
        return SMF_OK;
    enum smf_status status = smf_span_is(image, &text, name, size, same, taking->why);
    text = (struct smf_span){text.offset + size, 1};
    if (status == SMF_OK && *same)
        status = smf_span_is(image, &text, "", 1, same, taking->why);
    return status;
}

enum smf_status smf_taker_symbol(const struct taking *taking, const char *name, size_t size, uint32_t *number,
                                 struct smf_symbol *symbol)
{
    struct smf_image *image = taking->image;
    const struct smf_header *header = &image->header;
    const uint32_t hash = smf_hash32(SMF_FNV32_BASIS, name, size);
    for (uint32_t i = header->canonical ? header->symbol_count - header->exported_count : 0; i < header->symbol_count;
         i++) {
        bool same = false;
        enum smf_status status = smf_image_symbol(image, i, symbol, taking->why);
        const bool candidate = status == SMF_OK && symbol->hash == hash && symbol->binding != SMF_BINDING_LOCAL &&
                               symbol->place != SMF_PLACE_UNDEFINED;
        if (candidate)
            status = is_named(taking, symbol, name, size, &same);
        if (status != SMF_OK)
            return status;
        if (same) {
            *number = i;
            return SMF_OK;
        }
    }
    return taking_fail(taking, SMF_DETAIL_NO_SYMBOL, header->symbol_count, 0);
}

enum smf_status smf_taker_bytes(const struct taking *taking, struct smf_taker_entry *entry, size_t offset,
                                size_t stored, size_t size)
{
    const struct smf_source *source = taking->image->source;
    struct smf_taken *taken = &entry->taken;
    taken->size = size;
    taken->in_place = source->bytes != NULL && source->stay == SMF_STAYS_FOR_MODULE && stored == size;
    if (size == 0)
        return SMF_OK;
    if (taken->in_place) {
        if (!smf_within(offset, size, (size_t)source->size))
            return smf_fail(taking->why, SMF_DETAIL_PAST_END, offset, size, (size_t)source->size);
        taken->bytes = (const uint8_t *)source->bytes + offset;
        return SMF_OK;
    }
    taken->bytes = entry->block = smf_taker_memory(taking, size, false);
    if (entry->block == NULL)
        return taking->why->status;
    memset((uint8_t *)entry->block + stored, 0, size - stored);
    return smf_source_read(source, offset, entry->block, stored, taking->why);
}

/* Part of a compressed section: all of it for a while, because nothing else can be decompressed. */
static enum smf_status unpack(const struct taking *taking, struct smf_taker_entry *entry, uint32_t number, size_t value,
                              size_t size)
{
    const struct smf_section *section = &taking->image->sections[number];
    if (taking->taker->config.codecs == NULL)
        return taking_fail(taking, SMF_DETAIL_COMPRESSED_SECTION, taking->image->header.compression, 0);
    entry->taken.bytes = entry->block = smf_taker_memory(taking, size, false);
    uint8_t *whole = entry->block == NULL ? NULL : smf_taker_memory(taking, section->virtual_size, true);
    if (whole == NULL)
        return taking->why->status;
    const enum smf_status status = smf_section_read(taking->image, taking->taker->config.codecs, number, whole,
                                                    section->virtual_size, taking->why);
    if (status == SMF_OK)
        memcpy(entry->block, whole + value, size);
    entry->taken.size = size;
    smf_arena_give(taker_arena(taking->taker), whole);
    return status;
}

/* Where a symbol lies: a section, and how far from its start. Code of the R family is counted over all Code sections. */
static bool locate(const struct smf_image *image, const struct smf_symbol *symbol, uint32_t *section, size_t *value)
{
    const bool thumb = image->header.arch == SMF_ARCH_ARM && symbol->type == SMF_SYMBOL_FUNCTION;
    *value = thumb ? symbol->value & ~(size_t)1 : symbol->value;
    *section = symbol->section;
    if (symbol->place == SMF_PLACE_SECTION)
        return true;
    if (symbol->place != SMF_PLACE_CODE_AREA && symbol->place != SMF_PLACE_EITHER)
        return false;
    for (uint32_t i = 0; i < image->header.section_count; i++) {
        const struct smf_section *code = &image->sections[i];
        if (code->type != SMF_SECTION_CODE)
            continue;
        *section = i;
        if (*value < code->virtual_size)
            return true;
        *value -= code->virtual_size;
    }
    return false;
}

/* Up to where a symbol of no recorded size reaches: the next one in its section, or the section's end. */
static enum smf_status find_end(const struct taking *taking, uint32_t section, size_t value, size_t *end)
{
    struct smf_image *image = taking->image;
    *end = image->sections[section].virtual_size;
    for (uint32_t i = 0; i < image->header.symbol_count; i++) {
        struct smf_symbol other;
        uint32_t its_section;
        size_t its_value;
        const enum smf_status status = smf_image_symbol(image, i, &other, taking->why);
        if (status != SMF_OK)
            return status;
        if (locate(image, &other, &its_section, &its_value) && its_section == section && its_value > value &&
            its_value < *end)
            *end = its_value;
    }
    return SMF_OK;
}

enum smf_status smf_taker_concrete(const struct taking *taking, struct smf_taker_entry *entry, uint32_t number,
                                   const struct smf_symbol *symbol)
{
    uint32_t index = 0;
    size_t value = 0, size = symbol->size, end = 0;
    if (!locate(taking->image, symbol, &index, &value))
        return taking_fail(taking, SMF_DETAIL_NO_BYTES, symbol->place, 0);
    const struct smf_section *section = &taking->image->sections[index];
    if (size == 0) {
        const enum smf_status status = find_end(taking, index, value, &end);
        if (status != SMF_OK)
            return status;
        size = end > value ? end - value : 0;
    }
    if (size == 0)
        return taking_fail(taking, SMF_DETAIL_NO_BYTES, symbol->place, 0);
    if (!smf_within(value, size, section->virtual_size)) /* older files do not promise it */
        return taking_fail(taking, SMF_DETAIL_OBJECT_END, size, section->virtual_size);
    entry->taken.kind = SMF_TAKEN_CODE;
    entry->taken.type = symbol->type;
    entry->taken.number = number;
    if ((section->flags & SMF_SECTION_COMPRESSED) != 0)
        return unpack(taking, entry, index, value, size);
    size_t stored = section->size > value ? section->size - value : 0;
    stored = stored < size ? stored : size;
    return smf_taker_bytes(taking, entry, section->offset + value, stored, size);
}
