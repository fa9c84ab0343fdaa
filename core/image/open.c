/* SPDX-License-Identifier: MIT */
/*
 * open.c - from bytes to a proven image. A file whose last 128 bytes are a
 * header with the mark is read as canonical; whether it is something else, or
 * something else as well, is asked of older_search.c. Version bytes are never
 * asked.
 */
#include "image/older.h"

static bool readable(const struct smf_source *source)
{
    return source != NULL && (source->bytes != NULL || source->read_at != NULL);
}

static enum smf_status refuse_arguments(struct smf_image *image, struct smf_diagnosis *why)
{
    why = why != NULL ? why : &image->unwanted;
    smf_fail_clear(why);
    return smf_fail(why, SMF_DETAIL_ARGUMENT, 0, 0, 0);
}

/* Entry points lie in code (A19). Older writers mark everything EXECUTABLE: without code, 0 means none. */
static enum smf_status prove_entry(const struct smf_image *image, struct smf_diagnosis *why)
{
    const struct smf_header *header = &image->header;
    if ((header->flags & SMF_FLAG_EXECUTABLE) == 0)
        return SMF_OK;
    size_t code = image->code_size;
    if (header->p_family && image->first_code != SMF_NO_SYMBOL)
        code = image->sections[image->first_code].virtual_size;
    const size_t entry = header->entry_point & ~thumb_bit(header);
    if (entry < code || (header->entry_point == 0 && !header->canonical))
        return SMF_OK;
    return smf_fail(why, SMF_DETAIL_ENTRY_POINT, header->position, header->entry_point, code);
}

/* Names of a canonical file: a NUL first and a NUL last, so that each name that starts in the table ends in it. */
static enum smf_status prove_strings(struct smf_image *image, struct smf_diagnosis *why)
{
    const size_t start = image->string_table, size = image->string_size;
    const size_t ends[] = {start, start + size - 1};
    if (image->header.symbol_count == 0) {
        image->string_size = 0;
        return SMF_OK;
    }
    for (unsigned i = 0; i < 2; i++) {
        const uint8_t *at;
        if (size == 0)
            return smf_fail(why, SMF_DETAIL_STRING_TABLE, start, 0, 0);
        const enum smf_status status = smf_window_get(&image->strings, ends[i], 1, &at, why);
        if (status != SMF_OK)
            return status;
        const uint8_t byte = *at;
        SMF_DECODED();
        if (byte != 0)
            return smf_fail(why, SMF_DETAIL_STRING_TABLE, ends[i], byte, 0);
    }
    return SMF_OK;
}

/* The layout is decided: copy the section table and prove what is left. */
static enum smf_status settle(struct smf_image *image, struct view *view, struct smf_diagnosis *why)
{
    why->stage = SMF_STAGE_TABLES;
    image->header = view->header;
    image->section_table = view->section_table;
    image->symbol_table = view->symbol_table;
    image->string_table = view->string_table;
    image->string_size = view->string_size;
    image->code_size = 0;
    image->first_code = image->data_section = image->section_symbol = SMF_NO_SYMBOL;
    image->section_symbol_count = image->section_symbol_base = 0;
    image->undefined_rule = RULE_UNDEFINED;
    enum smf_status status = smf_image_copy_sections(image, view, why);
    if (status == SMF_OK)
        status = smf_image_prove_sections(image, why);
    if (status == SMF_OK)
        status = smf_image_prove_code(image, why);
    if (status == SMF_OK)
        status = prove_entry(image, why);
    if (status != SMF_OK)
        return status;
    return image->header.canonical ? prove_strings(image, why) : smf_image_older_survey(image, why);
}

/* Read the end of the file as a canonical header, and prove where its tables lie. */
static enum smf_status read_canonical(struct smf_image *image, struct view *view, bool *marked,
                                      struct smf_diagnosis *why)
{
    const size_t size = image->size, position = size - SMF_P128_HEADER_SIZE;
    const uint8_t *at;
    *marked = false;
    if (size < SMF_P128_HEADER_SIZE)
        return SMF_OK;
    enum smf_status status = smf_window_get(&image->records, position, 12, &at, why);
    if (status != SMF_OK)
        return status;
    *marked = smf_get32(at) == SMF_MAGIC && (smf_get32(at + SMF_H_FLAGS) & SMF_FLAG_CANONICAL) != 0;
    SMF_DECODED();
    if (!*marked)
        return SMF_OK;
    status = smf_view_header(image, view, &smf_p128_places, position, 0, why);
    if (status != SMF_OK)
        return status;
    if (!view->header.canonical) /* it was, a moment ago */
        return smf_fail(why, SMF_DETAIL_CHANGED, position, 0, 0);
    view->header.section_stride = SMF_T64_SIZE;
    status = smf_view_section_table(view, why);
    return status != SMF_OK ? status : smf_view_symbol_table(view, SMF_S56_SIZE, why);
}

static struct smf_diagnosis *start(struct smf_image *image, const struct smf_source *source, struct smf_diagnosis *why)
{
    why = why != NULL ? why : &image->unwanted;
    smf_fail_clear(why);
    why->stage = SMF_STAGE_HEADER;
    image->source = source;
    image->size = smf_word(source->size);
    smf_window_start(&image->records, source);
    smf_window_start(&image->symbols, source);
    smf_window_start(&image->strings, source);
    return why;
}

enum smf_status smf_image_open(struct smf_image *image, const struct smf_source *source, struct smf_section *sections,
                               uint32_t capacity, struct smf_diagnosis *why)
{
    struct view view;
    struct canonical canonical;
    if (image == NULL)
        return SMF_ERR_ARGUMENT;
    if (!readable(source) || (sections == NULL && capacity != 0))
        return refuse_arguments(image, why);
    why = start(image, source, why);
    if (image->size != source->size)
        return smf_fail(why, SMF_DETAIL_SOURCE_SIZE, 0, image->size, SIZE_MAX);
    image->sections = sections;
    canonical.status = read_canonical(image, &view, &canonical.marked, why);
    if (canonical.status == SMF_ERR_IO)
        return canonical.status;
    enum smf_status status = smf_image_older_find(image, &view, canonical, why);
    if (status != SMF_OK)
        return status;
    smf_fail_clear(why);
    why->stage = SMF_STAGE_HEADER;
    if (view.header.section_count > capacity)
        return smf_fail(why, SMF_DETAIL_SECTIONS_SPACE, view.header.position, view.header.section_count, capacity);
    status = settle(image, &view, why);
    if (status == SMF_OK || status == SMF_ERR_IO)
        return status;
    /* The last module of a library ends like a module. */
    const enum smf_status kind = smf_image_older_kind(image, why);
    return kind != SMF_OK ? kind : status;
}

enum smf_status smf_image_count_sections(struct smf_image *image, const struct smf_source *source, uint32_t *count,
                                         struct smf_diagnosis *why)
{
    struct view view;
    struct canonical canonical;
    if (image == NULL)
        return SMF_ERR_ARGUMENT;
    if (!readable(source) || count == NULL)
        return refuse_arguments(image, why);
    why = start(image, source, why);
    if (image->size != source->size)
        return smf_fail(why, SMF_DETAIL_SOURCE_SIZE, 0, image->size, SIZE_MAX);
    canonical.status = read_canonical(image, &view, &canonical.marked, why);
    if (canonical.status == SMF_ERR_IO)
        return canonical.status;
    uint32_t most = canonical.marked && canonical.status == SMF_OK ? view.header.section_count : 0;
    const enum smf_status status = smf_image_older_count(image, &view, canonical, &most, why);
    if (status == SMF_OK)
        *count = most;
    return status;
}
