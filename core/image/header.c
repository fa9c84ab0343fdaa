/* SPDX-License-Identifier: MIT */
/*
 * header.c - decoding a header by a list of where its fields are, and the checks
 * that tell a header from bytes which merely start with the magic (SPEC, "Headers").
 */
#include "image/view.h"

const struct places smf_p128_places = {.layout = SMF_LAYOUT_P128,
                                       .size = SMF_P128_HEADER_SIZE,
                                       .compression = SMF_P128_COMPRESSION,
                                       .section_count = SMF_P128_SECTION_COUNT,
                                       .section_table = SMF_P128_SECTION_TABLE,
                                       .symbol_table = SMF_P128_SYMBOL_TABLE,
                                       .symbol_count = SMF_P128_SYMBOL_COUNT,
                                       .exported_count = SMF_P128_EXPORTED_COUNT,
                                       .entry_point = SMF_P128_ENTRY_POINT,
                                       .stub_size = SMF_P128_STUB_SIZE,
                                       .data_offset = SMF_P128_DATA_OFFSET,
                                       .module_hash = SMF_P128_MODULE_HASH,
                                       .source_hash = SMF_P128_SOURCE_HASH};

/* What most refusals say: a field of the header, and 32 bits that it holds. */
static enum smf_status refuse(const struct view *view, enum smf_detail detail, uint32_t field, uint32_t value,
                              uint32_t expected, struct smf_diagnosis *why)
{
    return smf_fail(why, detail, view->header.position + field, value, expected);
}

/* Canonical: bits that must be understood, the reserved bytes, and that the header is the last thing in the file. */
static enum smf_status prove_canonical(const struct smf_image *image, struct view *view, const uint8_t *at,
                                       struct smf_diagnosis *why)
{
    struct smf_header *header = &view->header;
    const size_t position = header->position;
    const uint32_t unknown = header->flags & SMF_FLAG_MUST_KNOW;
    if (unknown != 0)
        return refuse(view, SMF_DETAIL_MUST_KNOW, SMF_H_FLAGS, unknown, 0, why);
    if (position + SMF_P128_HEADER_SIZE != image->size)
        return smf_fail(why, SMF_DETAIL_CANONICAL_PLACE, position, position, image->size);
    const uint64_t reserved = smf_get64(at + SMF_P128_RESERVED) | smf_get64(at + SMF_P128_RESERVED + 8);
    if (reserved != 0)
        return smf_fail(why, SMF_DETAIL_HEADER_RESERVED, position + SMF_P128_RESERVED, reserved, 0);
    if (header->stub_size != header->base || ((header->flags & SMF_FLAG_HAS_STUB) != 0) != (header->stub_size != 0))
        return refuse(view, SMF_DETAIL_STUB_SIZE, SMF_P128_STUB_SIZE, header->stub_size, (uint32_t)header->base, why);
    if ((header->base & 15) != 0)
        return refuse(view, SMF_DETAIL_TABLE_ALIGNMENT, SMF_P128_DATA_OFFSET, (uint32_t)header->base, 16, why);
    if ((position & 7) != 0)
        return smf_fail(why, SMF_DETAIL_TABLE_ALIGNMENT, position, position, 8);
    if (header->exported_count > header->symbol_count)
        return refuse(view, SMF_DETAIL_EXPORTED_COUNT, SMF_P128_EXPORTED_COUNT, header->exported_count,
                      header->symbol_count, why);
    if (header->entry_point != 0 && (header->flags & SMF_FLAG_EXECUTABLE) == 0)
        return smf_fail(why, SMF_DETAIL_ENTRY_POINT, position + SMF_P128_ENTRY_POINT, header->entry_point, 0);
    header->abi = smf_get32(at + SMF_P128_ABI);
    header->cpu = smf_get32(at + SMF_P128_CPU);
    return SMF_OK;
}

/* What every header keeps (FORMAT 1.9, step 2). `reserved` and `data_offset` are the fields as they stand. */
static enum smf_status prove(const struct smf_image *image, const struct view *view, const struct places *place,
                             uint16_t reserved, uint32_t data_offset, struct smf_diagnosis *why)
{
    const struct smf_header *header = &view->header;
    const size_t position = header->position, size = image->size;
    if (header->platform > SMF_PLATFORM_NONE)
        return refuse(view, SMF_DETAIL_PLATFORM_FIELD, SMF_H_PLATFORM, header->platform, SMF_PLATFORM_NONE, why);
    if (header->arch > SMF_ARCH_WASM64)
        return refuse(view, SMF_DETAIL_ARCH_FIELD, SMF_H_ARCH, header->arch, SMF_ARCH_WASM64, why);
    if (place->compression != 0) {
        if (header->compression > 2 || reserved != 0)
            return refuse(view, SMF_DETAIL_COMPRESSION_FIELD, place->compression,
                          reserved != 0 ? reserved : header->compression, 2, why);
        if (header->stub_size > size || data_offset > size)
            return smf_fail(why, SMF_DETAIL_STUB_END, position + place->stub_size,
                            header->stub_size > data_offset ? header->stub_size : data_offset, size);
    }
    if (header->section_count == 0 || header->section_count > SMF_SECTIONS_MAX)
        return refuse(view, SMF_DETAIL_SECTION_COUNT, place->section_count, header->section_count, SMF_SECTIONS_MAX,
                      why);
    if (header->stub_size > data_offset)
        return refuse(view, SMF_DETAIL_STUB_SIZE, place->stub_size, header->stub_size, data_offset, why);
    return SMF_OK;
}

/* Add what offsets count from; a sum that wraps is larger than any file. */
static size_t from_base(size_t base, size_t offset) { return offset <= SIZE_MAX - base ? base + offset : SIZE_MAX; }

static void decode(struct view *view, const struct places *place, const uint8_t *at)
{
    struct smf_header *header = &view->header;
    header->header_size = place->size;
    header->major = at[SMF_H_MAJOR];
    header->minor = at[SMF_H_MINOR];
    header->platform = at[SMF_H_PLATFORM];
    header->arch = at[SMF_H_ARCH];
    header->flags = smf_get32(at + SMF_H_FLAGS);
    header->compression = place->compression != 0 ? at[place->compression] : 0;
    header->section_count = smf_get32(at + place->section_count);
    header->symbol_count = smf_get32(at + place->symbol_count);
    header->exported_count = smf_get32(at + place->exported_count);
    header->entry_point = smf_get_size(at + place->entry_point);
    header->stub_size = place->stub_size != 0 ? smf_get32(at + place->stub_size) : 0;
    header->module_hash = smf_get64(at + place->module_hash);
    header->source_hash = smf_get64(at + place->source_hash);
    header->p_family = header->layout == SMF_LAYOUT_P128;
    header->canonical = header->p_family && (header->flags & SMF_FLAG_CANONICAL) != 0;
}

enum smf_status smf_view_header(struct smf_image *image, struct view *view, const struct places *place, size_t position,
                                size_t origin, struct smf_diagnosis *why)
{
    const uint8_t *at;
    struct smf_header *header = &view->header;
    memset(view, 0, sizeof *view); /* before anything can fail: failures are ranked by what the view says */
    header->layout = (enum smf_layout)place->layout;
    header->position = position;
    enum smf_status status = smf_window_get(&image->records, position, place->size, &at, why);
    if (status != SMF_OK)
        return status;
    decode(view, place, at);
    const uint32_t data_offset = place->data_offset != 0 ? smf_get32(at + place->data_offset) : 0;
    header->base = data_offset != 0 ? data_offset : origin;
    view->limit = position > origin ? position : image->size;
    view->section_table = from_base(header->base, smf_get_size(at + place->section_table));
    view->symbol_table = from_base(header->base, smf_get_size(at + place->symbol_table));
    const uint16_t reserved = place->compression != 0 ? smf_get16(at + place->compression + 2) : (uint16_t)0;
    SMF_DECODED();
    status = prove(image, view, place, reserved, data_offset, why);
    if (status == SMF_OK && header->canonical)
        status = prove_canonical(image, view, at, why);
    return status;
}
