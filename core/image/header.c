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

/* Add what offsets count from; a sum that wraps is larger than any file. */
static size_t from_base(size_t base, size_t offset)
{
    const size_t sum = base + offset;
    return sum < base ? SIZE_MAX : sum;
}

/* The bytes at `at` as header->position says, each read once. Inline: canonical headers are read by constants. */
static inline __attribute__((always_inline)) void decode(struct smf_image *image, const struct places *place,
                                                         const uint8_t *at)
{
    struct smf_header *header = &image->header;
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
    image->section_table = from_base(header->base, smf_get_size(at + place->section_table));
    image->symbol_table = from_base(header->base, smf_get_size(at + place->symbol_table));
}

/* What every header keeps (FORMAT 1.9, step 2). `reserved` and `data_offset` are the fields as they stand. */
static inline __attribute__((always_inline)) enum smf_status prove(struct smf_image *image, const struct places *place,
                                                                   uint16_t reserved, uint32_t data_offset)
{
    const struct smf_header *header = &image->header;
    const uint32_t stub = header->stub_size;
    if (header->platform > SMF_PLATFORM_NONE)
        return smf_image_refuse(image, SMF_SAY(PLATFORM_FIELD, SMF_H_PLATFORM), header->platform, SMF_PLATFORM_NONE);
    if (header->arch > SMF_ARCH_WASM64)
        return smf_image_refuse(image, SMF_SAY(ARCH_FIELD, SMF_H_ARCH), header->arch, SMF_ARCH_WASM64);
    if (header->compression > 2 || reserved != 0)
        return smf_image_refuse(image, SMF_SAY(COMPRESSION_FIELD, place->compression), header->compression | reserved,
                                2);
    if (stub > image->size || data_offset > image->size)
        return smf_image_refuse(image, SMF_SAY(STUB_END, place->stub_size), stub > data_offset ? stub : data_offset,
                                image->size);
    if (header->section_count - 1 >= SMF_SECTIONS_MAX)
        return smf_image_refuse(image, SMF_SAY(SECTION_COUNT, place->section_count), header->section_count,
                                SMF_SECTIONS_MAX);
    if (stub > data_offset)
        return smf_image_refuse(image, SMF_SAY(STUB_SIZE, place->stub_size), stub, data_offset);
    return SMF_OK;
}

/* As above, and what only canonical headers promise. */
static inline __attribute__((always_inline)) enum smf_status read_header(struct smf_image *image,
                                                                         const struct places *place, size_t position,
                                                                         size_t origin)
{
    struct smf_header *header = &image->header;
    memset(header, 0, sizeof *header); /* before anything can fail: failures are ranked by what the header says */
    header->layout = (enum smf_layout)place->layout;
    header->position = image->record = position;
    image->limit = position > origin ? position : image->size;
    const uint8_t *at = smf_window_at(&image->records, position, place->size, image->why);
    if (at == NULL)
        return image->why->status;
    const uint32_t data_offset = place->data_offset != 0 ? smf_get32(at + place->data_offset) : 0;
    const uint16_t reserved = place->compression != 0 ? smf_get16(at + place->compression + 2) : (uint16_t)0;
    header->base = data_offset != 0 ? data_offset : origin;
    decode(image, place, at);
    uint32_t unused = 0;
    if (place->layout == SMF_LAYOUT_P128) {
        header->abi = smf_get32(at + SMF_P128_ABI);
        header->cpu = smf_get32(at + SMF_P128_CPU);
        for (unsigned i = 0; i < 16; i += 4)
            unused |= smf_get32(at + SMF_P128_RESERVED + i);
    }
    SMF_DECODED();
    const enum smf_status status = prove(image, place, reserved, data_offset);
    if (status != SMF_OK)
        return status;
    if (!header->canonical) {
        header->abi = header->cpu = 0;
        return SMF_OK;
    }
    const uint32_t flags = header->flags, stub = header->stub_size;
    if ((flags & SMF_FLAG_MUST_KNOW) != 0)
        return smf_image_refuse(image, SMF_SAY(MUST_KNOW, SMF_H_FLAGS), flags & SMF_FLAG_MUST_KNOW, 0);
    if (position + SMF_P128_HEADER_SIZE != image->size)
        return smf_image_refuse(image, SMF_SAY(CANONICAL_PLACE, 0), position, image->size);
    if (unused != 0)
        return smf_image_refuse(image, SMF_SAY(HEADER_RESERVED, SMF_P128_RESERVED), unused, 0);
    if (stub != header->base || ((flags & SMF_FLAG_HAS_STUB) != 0) != (stub != 0))
        return smf_image_refuse(image, SMF_SAY(STUB_SIZE, SMF_P128_STUB_SIZE), stub, header->base);
    if ((header->base & 15) != 0)
        return smf_image_refuse(image, SMF_SAY(TABLE_ALIGNMENT, SMF_P128_DATA_OFFSET), header->base, 16);
    if ((position & 7) != 0)
        return smf_image_refuse(image, SMF_SAY(TABLE_ALIGNMENT, 0), position, 8);
    if (header->exported_count > header->symbol_count)
        return smf_image_refuse(image, SMF_SAY(EXPORTED_COUNT, SMF_P128_EXPORTED_COUNT), header->exported_count,
                                header->symbol_count);
    if (header->entry_point != 0 && (flags & SMF_FLAG_EXECUTABLE) == 0)
        return smf_image_refuse(image, SMF_SAY(ENTRY_POINT, SMF_P128_ENTRY_POINT), header->entry_point, 0);
    return SMF_OK;
}

enum smf_status smf_image_header(struct smf_image *image, const struct places *place, size_t position, size_t origin)
{
    return read_header(image, place, position, origin);
}

/* Section table, symbols, names and header follow one another; the first two start at multiples of eight. */
static enum smf_status prove_tables(struct smf_image *image)
{
    struct smf_header *header = &image->header;
    const size_t size = table_size(header), end = image->section_table + size;
    const size_t symbols = smf_word((uint64_t)header->symbol_count * SMF_S56_SIZE);
    if (!smf_within(image->section_table, size, image->limit))
        return smf_image_refuse(image, SMF_SAY(SECTION_TABLE_END, SMF_P128_SECTION_TABLE), size, image->limit);
    if (((image->section_table - header->base) & 7) != 0)
        return smf_image_refuse(image, SMF_SAY(TABLE_ALIGNMENT, SMF_P128_SECTION_TABLE), image->section_table, 8);
    if (!smf_within(image->symbol_table, symbols, image->limit))
        return smf_image_refuse(image, SMF_SAY(SYMBOL_TABLE_END, SMF_P128_SYMBOL_TABLE), symbols, image->limit);
    if (image->symbol_table < end && image->symbol_table + symbols > image->section_table)
        return smf_image_refuse(image, SMF_SAY(TABLES_OVERLAP, SMF_P128_SYMBOL_TABLE), image->symbol_table,
                                image->section_table);
    if (image->symbol_table != end)
        return smf_image_refuse(image, SMF_SAY(FILE_ORDER, SMF_P128_SYMBOL_TABLE), image->symbol_table, end);
    image->string_table = end + symbols;
    image->string_size = image->limit - image->string_table;
    return SMF_OK;
}

enum smf_status smf_image_canonical(struct smf_image *image)
{
    static const struct places here = P128_PLACES; /* in sight of the compiler */
    struct smf_header *header = &image->header;
    const enum smf_status status = read_header(image, &here, image->size - SMF_P128_HEADER_SIZE, 0);
    if (status != SMF_OK)
        return status;
    if (!header->canonical) /* it was, a moment ago */
        return smf_image_refuse(image, SMF_SAY(CHANGED, SMF_H_FLAGS), header->flags, 0);
    header->section_stride = SMF_T64_SIZE;
    header->symbol_stride = header->symbol_count != 0 ? SMF_S56_SIZE : 0;
    return prove_tables(image);
}
