/* SPDX-License-Identifier: MIT */
/*
 * open.c - from bytes to a proven image. A file whose last 128 bytes are a
 * header with the mark is read as canonical; whether it is something else, or
 * something else as well, is asked of older_search.c. Version bytes are never
 * asked.
 */
#include "image/older.h"

enum smf_status smf_image_say(struct smf_image *image, uint32_t said, size_t value, size_t expected)
{
    const enum smf_detail detail = (enum smf_detail)((said & 0x7FF) | (said >> 7 & 0x800));
    const size_t field = (said >> 9 & 0x7C) | (said >> 16 & 3);
    return smf_fail(image->why, detail, image->record + field, value, expected);
}

enum smf_status smf_image_magic(struct smf_image *image, size_t offset, uint32_t *magic)
{
    *magic = 0;
    if (!smf_within(offset, 4, image->size))
        return SMF_OK;
    const uint8_t *at = smf_window_at(&image->records, offset, 4, image->why);
    if (at == NULL)
        return image->why->status;
    *magic = smf_get32(at);
    SMF_DECODED();
    return SMF_OK;
}

/* Entry points lie in code (A19): that of a canonical file in the first section of it. */
static enum smf_status prove_entry(struct smf_image *image)
{
    const struct smf_header *header = &image->header;
    const size_t code = image->first_code != SMF_NO_SYMBOL ? image->sections[image->first_code].virtual_size : 0;
    if ((header->flags & SMF_FLAG_EXECUTABLE) == 0 || (header->entry_point & ~thumb_bit(header)) < code)
        return SMF_OK;
    image->record = header->position;
    return smf_image_refuse(image, SMF_SAY(ENTRY_POINT, SMF_P128_ENTRY_POINT), header->entry_point, code);
}

/* Names of a canonical file: a NUL first and a NUL last, so that each name that starts in the table ends in it. */
static enum smf_status prove_strings(struct smf_image *image)
{
    size_t last = image->string_size - 1;
    if (image->header.symbol_count == 0) {
        image->string_size = 0;
        return SMF_OK;
    }
    for (unsigned i = 0; i < 2; i++, last = 0) {
        image->record = image->string_table + last;
        if (image->string_size == 0)
            return smf_image_refuse(image, SMF_SAY(STRING_TABLE, 0), 0, 0);
        const uint8_t *at = smf_window_at(&image->strings, image->record, 1, image->why);
        if (at == NULL)
            return image->why->status;
        const uint8_t byte = *at;
        SMF_DECODED();
        if (byte != 0)
            return smf_image_refuse(image, SMF_SAY(STRING_TABLE, 0), byte, 0);
    }
    return SMF_OK;
}

static enum smf_status prove_together(struct smf_image *image)
{
    enum smf_status status = smf_image_prove_links(image);
    if (status == SMF_OK)
        status = smf_image_prove_names(image);
    if (status == SMF_OK)
        status = prove_entry(image);
    return status == SMF_OK ? prove_strings(image) : status;
}

/* The layout is decided: copy the section table and prove what is left. */
static enum smf_status settle(struct smf_image *image)
{
    image->why->stage = SMF_STAGE_TABLES;
    image->code_size = 0;
    image->first_code = image->packed_section = SMF_NO_SYMBOL;
    const enum smf_status status = smf_image_copy_sections(image);
    if (status != SMF_OK)
        return status;
    return image->header.canonical ? prove_together(image) : smf_image_older_survey(image);
}

static bool readable(const struct smf_source *source)
{
    return source != NULL && (source->bytes != NULL || source->read_at != NULL);
}

/* What opening and counting start with. */
static enum smf_status begin(struct smf_image *image, const struct smf_source *source, bool complete,
                             struct smf_diagnosis *why, struct canonical *canonical)
{
    if (image == NULL)
        return SMF_ERR_ARGUMENT;
    take_diagnosis(image, why);
    smf_fail_clear(image->why);
    image->record = 0;
    canonical->status = SMF_OK;
    canonical->marked = false;
    if (!complete || !readable(source))
        return smf_image_refuse(image, SMF_SAY(ARGUMENT, 0), 0, 0);
    image->why->stage = SMF_STAGE_HEADER;
    image->source = source;
    image->size = smf_word(source->size);
    if (image->size != source->size)
        return smf_image_refuse(image, SMF_SAY(SOURCE_SIZE, 0), image->size, SIZE_MAX);
    smf_window_start(&image->records, source);
    smf_window_start(&image->symbols, source);
    smf_window_start(&image->strings, source);
    if (image->size >= SMF_P128_HEADER_SIZE)
        canonical->status = smf_image_canonical(image, &canonical->marked);
    return canonical->status == SMF_ERR_IO ? SMF_ERR_IO : SMF_OK;
}

enum smf_status smf_image_open(struct smf_image *image, const struct smf_source *source, struct smf_section *sections,
                               uint32_t capacity, struct smf_diagnosis *why)
{
    struct canonical canonical;
    enum smf_status status = begin(image, source, sections != NULL || capacity == 0, why, &canonical);
    if (status == SMF_OK)
        status = smf_image_older_find(image, canonical);
    if (status != SMF_OK)
        return status;
    smf_fail_clear(image->why);
    image->why->stage = SMF_STAGE_HEADER;
    image->record = image->header.position;
    image->sections = sections;
    if (image->header.section_count > capacity)
        return smf_image_refuse(image, SMF_SAY(SECTIONS_SPACE, 0), image->header.section_count, capacity);
    status = settle(image);
    if (status == SMF_OK || status == SMF_ERR_IO)
        return status;
    /* The last module of a library ends like a module. */
    const enum smf_status kind = smf_image_older_kind(image);
    return kind != SMF_OK ? kind : status;
}

enum smf_status smf_image_count_sections(struct smf_image *image, const struct smf_source *source, uint32_t *count,
                                         struct smf_diagnosis *why)
{
    struct canonical canonical;
    enum smf_status status = begin(image, source, count != NULL, why, &canonical);
    if (status != SMF_OK)
        return status;
    uint32_t most = canonical.marked && canonical.status == SMF_OK ? image->header.section_count : 0;
    status = smf_image_older_count(image, canonical, &most);
    if (status == SMF_OK)
        *count = most;
    return status;
}
