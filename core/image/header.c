/* SPDX-License-Identifier: MIT */
/*
 * header.c - decoding a header by a list of where its fields are, and the checks
 * that tell a header from bytes which merely start with the magic (SPEC, "Headers").
 */
#include "image/view.h"

#define P128_PLACES                                                                                                    \
    {                                                                                                                  \
        .layout = SMF_LAYOUT_P128, .size = SMF_P128_HEADER_SIZE, .compression = SMF_P128_COMPRESSION,                  \
        .section_count = SMF_P128_SECTION_COUNT, .section_table = SMF_P128_SECTION_TABLE,                              \
        .symbol_table = SMF_P128_SYMBOL_TABLE, .symbol_count = SMF_P128_SYMBOL_COUNT,                                  \
        .exported_count = SMF_P128_EXPORTED_COUNT, .entry_point = SMF_P128_ENTRY_POINT,                                \
        .stub_size = SMF_P128_STUB_SIZE, .data_offset = SMF_P128_DATA_OFFSET, .module_hash = SMF_P128_MODULE_HASH,     \
        .source_hash = SMF_P128_SOURCE_HASH                                                                            \
    }
const struct places smf_p128_places = P128_PLACES;

/* The field at `at`, added to what offsets count from; a sum that wraps is larger than any file. */
static __attribute__((noinline)) size_t from_base(size_t base, const uint8_t *at)
{
    const size_t sum = base + smf_get_size(at);
    return sum < base ? SIZE_MAX : sum;
}

#define SMF_INLINE static inline __attribute__((always_inline)) /* canonical headers are read by constants */

/* The header at image->record, each byte read once, and what every header keeps (FORMAT 1.9, step 2). */
SMF_INLINE enum smf_status decode(struct smf_image *image, const struct places *place, size_t origin, uint32_t flags,
                                  const uint8_t *at)
{
    struct smf_header *header = &image->header;
    const uint32_t base = place->data_offset != 0 ? smf_get32(at + place->data_offset) : 0;
    header->base = base != 0 ? base : origin;
    header->entry_point = smf_get_size(at + place->entry_point);
    image->section_table = from_base(header->base, at + place->section_table);
    image->symbol_table = from_base(header->base, at + place->symbol_table);
    header->layout = (enum smf_layout)place->layout;
    header->header_size = place->size;
    const uint32_t kinds = smf_get32(at + SMF_H_MAJOR); /* four bytes that are neighbours here, too */
    header->major = (uint8_t)kinds;
    header->minor = (uint8_t)(kinds >> 8);
    header->platform = (uint8_t)(kinds >> 16);
    header->arch = (uint8_t)(kinds >> 24);
    header->flags = flags;
    header->compression = place->compression != 0 ? at[place->compression] : 0;
    const uint16_t reserved = place->compression != 0 ? smf_get16(at + place->compression + 2) : (uint16_t)0;
    header->section_count = smf_get32(at + place->section_count);
    header->symbol_count = smf_get32(at + place->symbol_count);
    header->exported_count = smf_get32(at + place->exported_count);
    header->stub_size = place->stub_size != 0 ? smf_get32(at + place->stub_size) : 0;
    header->module_hash = smf_get64(at + place->module_hash);
    header->source_hash = smf_get64(at + place->source_hash);
    header->p_family = place->layout == SMF_LAYOUT_P128;
    SMF_DECODED();
    const uint32_t stub = header->stub_size;
    if (header->platform > SMF_PLATFORM_NONE)
        return smf_image_refuse(image, SMF_SAY(PLATFORM_FIELD, SMF_H_PLATFORM), header->platform, SMF_PLATFORM_NONE);
    if (header->arch > SMF_ARCH_WASM64)
        return smf_image_refuse(image, SMF_SAY(ARCH_FIELD, SMF_H_ARCH), header->arch, SMF_ARCH_WASM64);
    if (header->compression > 2 || reserved != 0)
        return smf_image_refuse(image, SMF_SAY(COMPRESSION_FIELD, place->compression), header->compression | reserved,
                                2);
    if (stub > image->size || base > image->size)
        return smf_image_refuse(image, SMF_SAY(STUB_END, place->stub_size), stub > base ? stub : base, image->size);
    if (header->section_count - 1 >= SMF_SECTIONS_MAX)
        return smf_image_refuse(image, SMF_SAY(SECTION_COUNT, place->section_count), header->section_count,
                                SMF_SECTIONS_MAX);
    if (stub > base)
        return smf_image_refuse(image, SMF_SAY(STUB_SIZE, place->stub_size), stub, base);
    return SMF_OK;
}

enum smf_status smf_image_header(struct smf_image *image, const struct places *place, size_t position, size_t origin)
{
    struct smf_header *header = &image->header;
    memset(header, 0, sizeof *header); /* before anything can fail: failures are ranked by what the header says */
    header->layout = (enum smf_layout)place->layout;
    header->position = image->record = position;
    image->limit = position > origin ? position : image->size;
    const uint8_t *at = smf_window_at(&image->records, position, place->size, image->why);
    if (at == NULL)
        return image->why->status;
    const enum smf_status status = decode(image, place, origin, smf_get32(at + SMF_H_FLAGS), at);
    if (status == SMF_OK && header->p_family && (header->flags & SMF_FLAG_CANONICAL) != 0)
        return smf_image_refuse(image, SMF_SAY(CANONICAL_PLACE, 0), position, image->size);
    return status;
}

/* What only canonical headers promise. */
static enum smf_status prove_canonical(struct smf_image *image, uint32_t unused)
{
    const struct smf_header *header = &image->header;
    const uint32_t flags = header->flags, stub = header->stub_size;
    if ((flags & SMF_FLAG_MUST_KNOW) != 0)
        return smf_image_refuse(image, SMF_SAY(MUST_KNOW, SMF_H_FLAGS), flags & SMF_FLAG_MUST_KNOW, 0);
    if (unused != 0)
        return smf_image_refuse(image, SMF_SAY(HEADER_RESERVED, SMF_P128_RESERVED), unused, 0);
    if (stub != header->base || ((flags & SMF_FLAG_HAS_STUB) != 0) != (stub != 0))
        return smf_image_refuse(image, SMF_SAY(STUB_SIZE, SMF_P128_STUB_SIZE), stub, header->base);
    if ((stub & 15) != 0)
        return smf_image_refuse(image, SMF_SAY(TABLE_ALIGNMENT, SMF_P128_DATA_OFFSET), stub, 16);
    if ((header->position & 7) != 0)
        return smf_image_refuse(image, SMF_SAY(TABLE_ALIGNMENT, 0), header->position, 8);
    if (header->exported_count > header->symbol_count)
        return smf_image_refuse(image, SMF_SAY(EXPORTED_COUNT, SMF_P128_EXPORTED_COUNT), header->exported_count,
                                header->symbol_count);
    if (header->entry_point != 0 && (flags & SMF_FLAG_EXECUTABLE) == 0)
        return smf_image_refuse(image, SMF_SAY(ENTRY_POINT, SMF_P128_ENTRY_POINT), header->entry_point, 0);
    return SMF_OK;
}

/* Section table, symbols, names and header follow one another; the first two start at multiples of eight. */
static enum smf_status prove_tables(struct smf_image *image)
{
    const struct smf_header *header = &image->header;
    const size_t limit = image->limit, sections = image->section_table, symbols = image->symbol_table;
    const size_t size = table_size(header), end = sections + size;
    const size_t symbols_size = smf_word((uint64_t)header->symbol_count * SMF_S56_SIZE);
    if (!smf_within(sections, size, limit))
        return smf_image_refuse(image, SMF_SAY(SECTION_TABLE_END, SMF_P128_SECTION_TABLE), size, limit);
    if (((sections - header->base) & 7) != 0)
        return smf_image_refuse(image, SMF_SAY(TABLE_ALIGNMENT, SMF_P128_SECTION_TABLE), sections, 8);
    if (!smf_within(symbols, symbols_size, limit))
        return smf_image_refuse(image, SMF_SAY(SYMBOL_TABLE_END, SMF_P128_SYMBOL_TABLE), symbols_size, limit);
    if (symbols < end && symbols + symbols_size > sections)
        return smf_image_refuse(image, SMF_SAY(TABLES_OVERLAP, SMF_P128_SYMBOL_TABLE), symbols, sections);
    if (symbols != end)
        return smf_image_refuse(image, SMF_SAY(FILE_ORDER, SMF_P128_SYMBOL_TABLE), symbols, end);
    image->string_table = end + symbols_size;
    image->string_size = limit - image->string_table;
    return SMF_OK;
}

/* No place of its own is in the way: position 0 leaves no room for a section table. */
enum smf_status smf_image_canonical(struct smf_image *image, bool *marked)
{
    static const struct places here = P128_PLACES; /* in sight of the compiler */
    struct smf_header *header = &image->header;
    const size_t position = image->limit = image->size - SMF_P128_HEADER_SIZE;
    header->position = image->record = position;
    const uint8_t *at = smf_window_at(&image->records, position, SMF_P128_HEADER_SIZE, image->why);
    if (at == NULL)
        return image->why->status;
    const uint32_t flags = smf_get32(at + SMF_H_FLAGS);
    if (smf_get32(at) != SMF_MAGIC || (flags & SMF_FLAG_CANONICAL) == 0)
        return SMF_OK;
    *marked = true;
    header->canonical = true;
    header->abi = smf_get32(at + SMF_P128_ABI);
    header->cpu = smf_get32(at + SMF_P128_CPU);
    const uint32_t unused = smf_get32(at + SMF_P128_RESERVED) | smf_get32(at + SMF_P128_RESERVED + 4) |
                            smf_get32(at + SMF_P128_RESERVED + 8) | smf_get32(at + SMF_P128_RESERVED + 12);
    header->section_name_36 = false;
    header->section_stride = SMF_T64_SIZE;
    enum smf_status status = decode(image, &here, 0, flags, at);
    header->symbol_stride = header->symbol_count != 0 ? SMF_S56_SIZE : 0;
    if (status == SMF_OK)
        status = prove_canonical(image, unused);
    return status == SMF_OK ? prove_tables(image) : status;
}
