/* SPDX-License-Identifier: MIT */
/*
 * survey.c - one pass over the symbols of older files: their strides are told
 * apart by the hash of every name, and what an R symbol means depends on the
 * others (SPEC, "Which layout is it", "Defined or not"). Canonical files are
 * never walked here.
 */
#include "image/view.h"

#include "smf/hash.h"

#define CHUNK 64u

/* FNV-1a of the name at `offset`, and how many bytes were read for it. */
static enum smf_status hash_name(struct smf_image *image, const struct view *view, uint32_t offset, uint32_t *hash,
                                 uint64_t *work, struct smf_diagnosis *why)
{
    uint64_t length = 0;
    *hash = SMF_FNV32_BASIS;
    for (uint64_t at = offset; at < view->string_size;) {
        const uint64_t left = view->string_size - at;
        const size_t size = left < CHUNK ? (size_t)left : CHUNK;
        const uint8_t *bytes;
        const enum smf_status status = smf_window_get(&image->strings, view->string_table + at, size, &bytes, why);
        if (status != SMF_OK)
            return status;
        size_t i = 0;
        for (uint8_t c; i < size && (c = ((const volatile uint8_t *)bytes)[i]) != 0; i++)
            *hash = (*hash ^ c) * SMF_FNV32_PRIME;
        length += i;
        if (length > SMF_NAME_MAX)
            return smf_fail(why, SMF_DETAIL_NAME_LENGTH, view->string_table + offset, length, SMF_NAME_MAX);
        if (i < size) {
            *work += length;
            return SMF_OK;
        }
        at += size;
    }
    return smf_fail(why, SMF_DETAIL_SYMBOL_NAME, view->string_table, offset, view->string_size);
}

enum smf_status smf_view_symbols(struct smf_image *image, struct view *view, struct smf_diagnosis *why)
{
    const struct smf_header *header = &view->header;
    const uint64_t allowed = view->string_size + (uint64_t)header->symbol_count * SMF_NAME_WORK;
    uint64_t work = 0;
    for (uint32_t i = 0; i < header->symbol_count; i++) {
        const uint64_t offset = view->symbol_table + (uint64_t)i * header->symbol_stride;
        const uint8_t *at;
        uint32_t hash;
        why->index = i;
        enum smf_status status = smf_window_get(&image->symbols, offset, header->symbol_stride, &at, why);
        if (status != SMF_OK)
            return status;
        const struct symbol_fields fields = smf_symbol_fields(header, at);
        SMF_DECODED();
        if (fields.type > SMF_SYMBOL_NONE || fields.binding > SMF_BINDING_WEAK)
            return smf_fail(why, SMF_DETAIL_SYMBOL_ENTRY, offset, fields.type | (uint64_t)fields.binding << 8, 0);
        status = hash_name(image, view, fields.name, &hash, &work, why);
        if (status != SMF_OK)
            return status;
        if (hash != fields.hash)
            return smf_fail(why, SMF_DETAIL_SYMBOL_HASH, offset, hash, fields.hash);
        if (work > allowed)
            return smf_fail(why, SMF_DETAIL_NAME_WORK, offset, work, allowed);
    }
    return SMF_OK;
}

/* A name that starts before the last NUL ends before it, too: what follows that NUL belongs to no name. */
enum smf_status smf_image_end_strings(struct smf_image *image, struct smf_diagnosis *why)
{
    const uint64_t start = image->string_table;
    const bool canonical = image->header.canonical;
    image->names_terminated = true;
    if (image->header.symbol_count == 0) {
        image->string_size = 0;
        return SMF_OK;
    }
    const uint64_t whole = image->string_size;
    while (image->string_size != 0) {
        const uint8_t *last;
        const enum smf_status status = smf_window_get(&image->strings, start + image->string_size - 1, 1, &last, why);
        if (status != SMF_OK)
            return status;
        if (*last == 0)
            break;
        image->string_size--;
    }
    if (!canonical)
        return SMF_OK;
    const uint8_t *first;
    if (whole == 0 || image->string_size != whole)
        return smf_fail(why, SMF_DETAIL_STRING_TABLE, start, image->string_size, whole);
    const enum smf_status status = smf_window_get(&image->strings, start, 1, &first, why);
    if (status != SMF_OK)
        return status;
    return *first == 0 ? SMF_OK : smf_fail(why, SMF_DETAIL_STRING_TABLE, start, *first, 0);
}

/* Where a Data symbol of an older file lies, if that can be said (FORMAT 3.1, 3.2). */
static void find_data_section(struct smf_image *image)
{
    const struct smf_section *sections = image->sections;
    const uint32_t count = image->header.section_count;
    image->data_section = SMF_NO_SYMBOL;
    if (image->header.p_family) {
        const bool second = count > 1 && sections[0].type == SMF_SECTION_CODE && is_loaded(sections[1].type) &&
                            sections[1].type != SMF_SECTION_CODE;
        image->data_section = second ? 1 : 0;
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!is_loaded(sections[i].type) || sections[i].type == SMF_SECTION_CODE)
            continue;
        if (image->data_section != SMF_NO_SYMBOL) {
            image->data_section = SMF_NO_SYMBOL;
            return;
        }
        image->data_section = i;
    }
}

enum smf_status smf_image_is_section_symbol(struct smf_image *image, uint32_t name, bool *is, struct smf_diagnosis *why)
{
    static const char prefix[] = "__smf_section_";
    const size_t length = sizeof prefix - 1;
    const uint8_t *bytes;
    *is = false;
    if (!smf_within(name, length, image->string_size))
        return SMF_OK;
    const enum smf_status status = smf_window_get(&image->strings, image->string_table + name, length, &bytes, why);
    if (status == SMF_OK)
        *is = memcmp(bytes, prefix, length) == 0;
    return status;
}

/* What the table as a whole says about an R file's symbols. */
struct findings {
    uint32_t named;   /* symbols that are not Local                        */
    bool visible;     /* one has visibility != 0                           */
    bool interrupted; /* the section symbols do not stand behind each other */
};

static enum smf_status survey_symbol(struct smf_image *image, uint32_t index, struct findings *findings,
                                     struct smf_diagnosis *why)
{
    const uint8_t *at;
    bool is = false;
    enum smf_status status =
        smf_window_get(&image->symbols, image->symbol_table + (uint64_t)index * image->header.symbol_stride,
                       image->header.symbol_stride, &at, why);
    if (status != SMF_OK)
        return status;
    const struct symbol_fields fields = smf_symbol_fields(&image->header, at);
    SMF_DECODED();
    findings->visible = findings->visible || fields.visibility != 0;
    if (fields.binding != SMF_BINDING_LOCAL)
        findings->named++;
    else if (fields.type == 0)
        status = smf_image_is_section_symbol(image, fields.name, &is, why);
    if (status != SMF_OK || !is)
        return status;
    if (image->section_symbol_count == 0)
        image->section_symbol = index;
    else if (index != image->section_symbol + image->section_symbol_count)
        findings->interrupted = true;
    image->section_symbol_count++;
    return SMF_OK;
}

/*
 * Section symbols stand for the sections of types 1 to 4 in turn; these must follow one another in the table, too. If
 * not, there is a first one and a count of 0: the door then says of each that its place is unknown.
 */
static void attribute_section_symbols(struct smf_image *image, const struct findings *findings)
{
    uint32_t first = 0, loaded = 0;
    while (first < image->header.section_count && !is_loaded(image->sections[first].type))
        first++;
    while (first + loaded < image->header.section_count && is_loaded(image->sections[first + loaded].type))
        loaded++;
    image->section_symbol_base = first;
    if (findings->interrupted || image->section_symbol_count > loaded)
        image->section_symbol_count = 0;
}

enum smf_status smf_image_survey(struct smf_image *image, struct smf_diagnosis *why)
{
    const struct smf_header *header = &image->header;
    struct findings findings = {0};
    if (header->canonical)
        return SMF_OK;
    find_data_section(image);
    if (header->p_family)
        return SMF_OK;
    for (uint32_t i = 0; i < header->symbol_count; i++) {
        const enum smf_status status = survey_symbol(image, i, &findings, why);
        if (status != SMF_OK)
            return status;
    }
    attribute_section_symbols(image, &findings);
    image->undefined_rule = RULE_EITHER;
    if (findings.visible || header->exported_count == 0)
        image->undefined_rule = RULE_UNDEFINED;
    else if (header->exported_count >= findings.named)
        image->undefined_rule = RULE_DEFINED;
    return SMF_OK;
}
