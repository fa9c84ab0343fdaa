/* SPDX-License-Identifier: MIT */
/*
 * image/view.h - private to core/image: reading a file that is on trial. open.c
 * chooses the layout; header.c, sections.c, symbols.c, relocations.c prove.
 *
 * What is being read lies in the image from the start: header, tables and the
 * section at work. image->why takes the diagnosis, image->record is where the
 * record at work starts, so that a check that fails has little to hand over.
 */
#ifndef SMF_IMAGE_VIEW_H
#define SMF_IMAGE_VIEW_H

#include "base/bytes.h"
#include "base/fail.h"
#include "base/window.h"
#include "image/door.h"
#include "smf/image.h"

/*
 * Say no: detail and field of the record at work in one constant, which fits 16
 * bits (one instruction) for all but few: 11 bits of detail, the field's word,
 * then its byte and the detail's top bit.
 */
#define SMF_SAY(detail, field)                                                                                         \
    ((uint32_t)((SMF_DETAIL_##detail & 0x7FF) | ((field)&0x7Cu) << 9 | ((field)&3u) << 16 |                            \
                (SMF_DETAIL_##detail & 0x800u) << 7))
enum smf_status smf_image_say(struct smf_image *image, uint32_t said, size_t value, size_t expected);

/* The compiler is told that a failure is never SMF_OK: it then leaves out what would follow. */
static inline __attribute__((always_inline)) enum smf_status smf_image_refuse(struct smf_image *image, uint32_t said,
                                                                              size_t value, size_t expected)
{
    const enum smf_status status = smf_image_say(image, said, value, expected);
    if (status == SMF_OK)
        __builtin_unreachable();
    return status;
}

/* Code at `offset` that starts with `magic`: bytecode and ELF objects have a status of their own. */
static inline enum smf_status prove_code(struct smf_image *image, size_t offset, uint32_t magic)
{
    image->record = offset;
    if (magic == SMF_BYTECODE_MAGIC)
        return smf_image_refuse(image, SMF_SAY(BYTECODE, 0), magic, 0);
    if (magic == SMF_ELF_MAGIC)
        return smf_image_refuse(image, SMF_SAY(EMBEDDED_ELF, 0), magic, 0);
    return SMF_OK;
}

/* The diagnosis of the call at work: the caller's, or the image's own if there is none. */
static inline void take_diagnosis(struct smf_image *image, struct smf_diagnosis *why)
{
    image->why = why != NULL ? why : &image->unwanted;
}

/* The inverse of 3 modulo 2^32 and 2^64: dividing a multiple of 3 without a division. */
#define SMF_THIRD ((size_t)UINT64_C(0xAAAAAAAAAAAAAAAB))

/* Sections that are given memory. */
static inline bool is_loaded(uint8_t type)
{
    return (uint8_t)(type - SMF_SECTION_CODE) <= SMF_SECTION_BSS - SMF_SECTION_CODE;
}

/* Bit 0 of a function's value selects Thumb and is no part of its offset. */
static inline size_t thumb_bit(const struct smf_header *header) { return header->arch == SMF_ARCH_ARM; }

static inline size_t table_size(const struct smf_header *header)
{
    return (size_t)header->section_count * header->section_stride;
}

/* Where a layout keeps the fields of its header; 0 = it has none. */
struct places {
    uint8_t layout, size, compression, section_count, section_table, symbol_table, symbol_count, exported_count;
    uint8_t entry_point, stub_size, data_offset, module_hash, source_hash;
};
extern const struct places smf_p128_places;

/* header.c: decode and prove the header at `position`; tables count from `origin` if the file does not say. */
SMF_MUST_CHECK
enum smf_status smf_image_header(struct smf_image *image, const struct places *place, size_t position, size_t origin);

/* header.c: do the last bytes of the file have magic and mark? Then decode and prove them, and where its tables lie. */
SMF_MUST_CHECK
enum smf_status smf_image_canonical(struct smf_image *image, bool *marked);

/* sections.c: read and prove entry `index` alone. */
SMF_MUST_CHECK
enum smf_status smf_image_section(struct smf_image *image, uint32_t index, struct smf_section *section);

/* sections.c: read every entry into image->sections and prove each. */
SMF_MUST_CHECK
enum smf_status smf_image_copy_sections(struct smf_image *image);

/* sections.c: what Reloc sections of a canonical file patch. */
SMF_MUST_CHECK
enum smf_status smf_image_prove_links(struct smf_image *image);

/* open.c: the four bytes at `offset`; 0 past the end. */
SMF_MUST_CHECK
enum smf_status smf_image_magic(struct smf_image *image, size_t offset, uint32_t *magic);

/* symbols.c: the record of symbol `index`, now the one at work; NULL if it cannot be read. */
const uint8_t *smf_image_symbol_record(struct smf_image *image, uint32_t index);

/* The value of a symbol and `more` bytes from there lie in `size`; the end counts too. */
static inline bool smf_lies_within(const struct smf_image *image, uint8_t type, size_t value, size_t more, size_t size)
{
    return smf_within(type == SMF_SYMBOL_FUNCTION ? value & ~thumb_bit(&image->header) : value, more, size);
}

/* How an R symbol with value 0 and size 0 is read (FORMAT 3.3), unless its type is None: then it is undefined. */
enum undefined_rule { RULE_UNDEFINED, RULE_DEFINED, RULE_EITHER };

#endif
