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
    uint64_t limit;         /* tables and payloads end here: the header if it is a trailer, else the end */
    uint64_t section_table; /* 0 bytes long until header.section_stride is set                          */
    uint64_t symbol_table;
    uint64_t string_table; /* as far as the strides that are being tried say                         */
    uint64_t string_size;
};

/* How section and symbol entries are laid out; each family has an order in which they are tried. */
enum section_form { FORM_T56, FORM_T64A, FORM_T64B };

/* [a, a + a_size) and [b, b + b_size) share a byte. Neither wraps. */
static inline bool overlaps(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
    return a_size != 0 && b_size != 0 && a < b + b_size && b < a + a_size;
}

/* Sections that are given memory. */
static inline bool is_loaded(uint8_t type) { return type >= SMF_SECTION_CODE && type <= SMF_SECTION_BSS; }

/* Bit 0 of a function's value selects Thumb and is no part of its offset. */
static inline uint64_t thumb_bit(const struct smf_header *header) { return header->arch == SMF_ARCH_ARM; }

/* header.c: decode the header at `position` as `layout`; tables count from `origin` if the file does not say. */
SMF_MUST_CHECK
enum smf_status smf_view_header(struct smf_image *image, struct view *view, enum smf_layout layout, uint64_t position,
                                uint64_t origin, struct smf_diagnosis *why);

/* sections.c: set the section stride and prove where the table lies; the symbol table's place for a stride. */
SMF_MUST_CHECK
enum smf_status smf_view_section_table(struct view *view, enum section_form form, struct smf_diagnosis *why);
SMF_MUST_CHECK
enum smf_status smf_view_symbol_table(struct view *view, uint8_t stride, struct smf_diagnosis *why);

/* sections.c: read and prove entry `index` alone. */
SMF_MUST_CHECK
enum smf_status smf_view_section(struct smf_image *image, struct view *view, uint32_t index,
                                 struct smf_section *section, struct smf_diagnosis *why);

/* sections.c: prove every entry, keep none; notes where a string table section lies. */
SMF_MUST_CHECK
enum smf_status smf_view_sections(struct smf_image *image, struct view *view, struct smf_diagnosis *why);

/* sections.c: read every entry into image->sections, prove each and all together. */
SMF_MUST_CHECK
enum smf_status smf_image_copy_sections(struct smf_image *image, struct view *view, struct smf_diagnosis *why);

/* together.c: what holds between sections: no payload overlaps another, canonical names and links. */
SMF_MUST_CHECK
enum smf_status smf_image_prove_sections(struct smf_image *image, struct smf_diagnosis *why);

/* survey.c: do symbols of this stride have names with the hashes that they store? */
SMF_MUST_CHECK
enum smf_status smf_view_symbols(struct smf_image *image, struct view *view, struct smf_diagnosis *why);

/* survey.c: the string table's last NUL; the rules by which older files' symbols are read. */
SMF_MUST_CHECK
enum smf_status smf_image_end_strings(struct smf_image *image, struct smf_diagnosis *why);
SMF_MUST_CHECK
enum smf_status smf_image_survey(struct smf_image *image, struct smf_diagnosis *why);

/* survey.c: does "__smf_section_", a writer's own symbol for one section, start at `name` of the string table? */
SMF_MUST_CHECK
enum smf_status smf_image_is_section_symbol(struct smf_image *image, uint32_t name, bool *is,
                                            struct smf_diagnosis *why);

/* recognise.c: what the file is, if it is a kind that has a status of its own; SMF_OK if it is none. */
SMF_MUST_CHECK
enum smf_status smf_image_recognise(struct smf_image *image, struct smf_diagnosis *why);

/* recognise.c: Code that is bytecode or an ELF object, sections that are compressed. */
SMF_MUST_CHECK
enum smf_status smf_image_prove_code(struct smf_image *image, struct smf_diagnosis *why);

/* symbols.c: the raw fields of a symbol entry, as they stand, in the stride of `header`. */
struct symbol_fields {
    uint64_t value, size;
    uint32_t name, hash;
    uint16_t section;
    uint8_t type, binding, visibility, flags;
};
struct symbol_fields smf_symbol_fields(const struct smf_header *header, const uint8_t *at);

/* How an R symbol with value 0 and size 0 is read (FORMAT 3.3), unless its type is None: then it is undefined. */
enum undefined_rule { RULE_UNDEFINED, RULE_DEFINED, RULE_EITHER };

#endif
