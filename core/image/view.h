/* SPDX-License-Identifier: MIT */
/*
 * image/view.h - private to core/image: one way of reading a file, while it is
 * on trial. open.c chooses, header.c, sections.c and symbols.c prove.
 */
#ifndef SMF_IMAGE_VIEW_H
#define SMF_IMAGE_VIEW_H

#include "base/bytes.h"
#include "base/fail.h"
#include "base/window.h"
#include "image/door.h"
#include "smf/image.h"

/* A header as decoded, and what its fields point at, counted from the start of the source. */
struct view {
    struct smf_header header;
    size_t limit;         /* tables and payloads end here: the header if it is a trailer, else the end */
    size_t section_table; /* 0 bytes long until header.section_stride is set                          */
    size_t symbol_table;
    size_t string_table; /* as far as the strides that are being tried say                         */
    size_t string_size;
};

/* [a, a + a_size) and [b, b + b_size) share a byte. Neither wraps. */
static inline bool overlaps(size_t a, size_t a_size, size_t b, size_t b_size)
{
    return a_size != 0 && b_size != 0 && a < b + b_size && b < a + a_size;
}

/* The inverse of 3 modulo 2^32 and 2^64: dividing a multiple of 3 without a division. */
#define SMF_THIRD ((size_t)UINT64_C(0xAAAAAAAAAAAAAAAB))

/* Sections that are given memory. */
static inline bool is_loaded(uint8_t type) { return type >= SMF_SECTION_CODE && type <= SMF_SECTION_BSS; }

/* Bit 0 of a function's value selects Thumb and is no part of its offset. */
static inline size_t thumb_bit(const struct smf_header *header) { return header->arch == SMF_ARCH_ARM; }

/* Where a layout keeps the fields of its header; 0 = it has none. */
struct places {
    uint8_t layout, size, compression, section_count, section_table, symbol_table, symbol_count, exported_count;
    uint8_t entry_point, stub_size, data_offset, module_hash, source_hash;
};
extern const struct places smf_p128_places;

/* header.c: decode the header at `position`; tables count from `origin` if the file does not say. */
SMF_MUST_CHECK
enum smf_status smf_view_header(struct smf_image *image, struct view *view, const struct places *place, size_t position,
                                size_t origin, struct smf_diagnosis *why);

/* sections.c: prove where the section table lies, in the stride that is set; the symbol table's place for a stride. */
SMF_MUST_CHECK
enum smf_status smf_view_section_table(const struct view *view, struct smf_diagnosis *why);
SMF_MUST_CHECK
enum smf_status smf_view_symbol_table(struct view *view, uint8_t stride, struct smf_diagnosis *why);

/* sections.c: read and prove entry `index` alone. */
SMF_MUST_CHECK
enum smf_status smf_view_section(struct smf_image *image, struct view *view, uint32_t index,
                                 struct smf_section *section, struct smf_diagnosis *why);

/* sections.c: read every entry into image->sections, prove each and all together. */
SMF_MUST_CHECK
enum smf_status smf_image_copy_sections(struct smf_image *image, struct view *view, struct smf_diagnosis *why);

/* together.c: what holds between sections: no payload overlaps another, canonical names and links. */
SMF_MUST_CHECK
enum smf_status smf_image_prove_sections(struct smf_image *image, struct smf_diagnosis *why);

/* together.c: sorting the sections for which `wanted` says yes, by links in `settled` (index + 1, 0 ends the list). */
typedef int compare_sections(const struct smf_section *left, const struct smf_section *right);
uint32_t smf_sections_sort(struct smf_section *sections, uint32_t count, bool (*wanted)(const struct smf_section *),
                           compare_sections *compare);
void smf_sections_unlink(struct smf_section *sections, uint32_t link);

/* together.c: has the section a payload of its own, and does it start where the one before ended, or later? */
bool smf_section_claims_bytes(const struct smf_section *section);
SMF_MUST_CHECK
enum smf_status smf_section_follows(struct smf_image *image, uint32_t index, size_t *end, struct smf_diagnosis *why);

/* code.c: the four bytes at `offset`; 0 past the end. Code that is bytecode or an ELF object, compressed sections. */
SMF_MUST_CHECK
enum smf_status smf_image_magic(struct smf_image *image, size_t offset, uint32_t *magic, struct smf_diagnosis *why);
SMF_MUST_CHECK
enum smf_status smf_image_prove_code(struct smf_image *image, struct smf_diagnosis *why);

/* symbols.c: the raw fields of a symbol entry, as they stand, in the stride of `header`. */
struct symbol_fields {
    size_t value, size;
    uint32_t name, hash;
    uint16_t section;
    uint8_t type, binding, visibility, flags;
};
struct symbol_fields smf_symbol_fields(const struct smf_header *header, const uint8_t *at);

/* symbols.c: a record under proof. */
struct proof {
    struct smf_image *image;
    struct smf_diagnosis *why;
    size_t offset; /* of the record */
    uint32_t index;
    struct symbol_fields fields;
};

/* symbols.c: say no to it; its value and `more` bytes lie in `size`; it lies in this section. */
SMF_MUST_CHECK
enum smf_status smf_refuse_symbol(const struct proof *proof, enum smf_detail detail, size_t value, size_t expected);
bool smf_lies_within(const struct proof *proof, uint8_t type, size_t value, size_t more, size_t size);
SMF_MUST_CHECK
enum smf_status smf_place_in_section(const struct proof *proof, uint32_t section, struct smf_symbol *symbol);

/* How an R symbol with value 0 and size 0 is read (FORMAT 3.3), unless its type is None: then it is undefined. */
enum undefined_rule { RULE_UNDEFINED, RULE_DEFINED, RULE_EITHER };

#endif
