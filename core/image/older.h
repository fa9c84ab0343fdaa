/* SPDX-License-Identifier: MIT */
/*
 * image/older.h - private to core/image: all that is known of layouts other than
 * the canonical one. older_*.c knows them; no_older.c is linked in their place
 * where flash is small (SMF_OLDER_LAYOUTS=OFF), and refuses such files when
 * they are looked for, so that nothing else of it is ever asked. Canonical files
 * read the same either way.
 */
#ifndef SMF_IMAGE_OLDER_H
#define SMF_IMAGE_OLDER_H

#include "image/view.h"

/* What came of reading the file as a canonical one. */
struct canonical {
    enum smf_status status; /* if `marked` */
    bool marked;            /* a header with CANONICAL ends the file */
};

/*
 * Find the one layout that fits. `canonical` came of what the image holds now; a
 * file that is also something else is SMF_ERR_AMBIGUOUS. On success the image
 * holds what was found.
 */
SMF_MUST_CHECK
enum smf_status smf_image_older_find(struct smf_image *image, struct canonical canonical);

/* The largest section count of any header that could be one, if it is more than `*count`. 0 in the end is a failure. */
SMF_MUST_CHECK
enum smf_status smf_image_older_count(struct smf_image *image, struct canonical canonical, uint32_t *count);

/* What the file is, if it is a kind that has a status of its own; SMF_OK if it is none. */
SMF_MUST_CHECK
enum smf_status smf_image_older_kind(struct smf_image *image);

/* A section entry that is not canonical: its type in the numbering of smf/format.h, and bytes that are reserved. */
SMF_MUST_CHECK
enum smf_status smf_image_older_section(struct smf_image *image, const uint8_t *at, struct smf_section *section);

/* No two sections of a canonical file have the same name; links have been proven. SMF_ERR_LIMIT where few can be compared. */
SMF_MUST_CHECK
enum smf_status smf_image_prove_names(struct smf_image *image);

/* A payload overlaps neither header nor tables. */
SMF_MUST_CHECK
enum smf_status smf_image_older_apart(struct smf_image *image, const struct smf_section *section);

/* What holds of all sections and symbols together: no payload overlaps another, in whatever order they stand; where
 * names end; the rules by which the symbols are read. */
SMF_MUST_CHECK
enum smf_status smf_image_older_survey(struct smf_image *image);

/* A whole symbol record; symbol->name is set even if it is refused. */
SMF_MUST_CHECK
enum smf_status smf_image_older_symbol(struct smf_image *image, uint32_t index, const uint8_t *at,
                                       struct smf_symbol *symbol);

/* What a relocation record may say; `last` is its last byte but the addend's. The number becomes 0 where it is garbage. */
SMF_MUST_CHECK
enum smf_status smf_image_older_relocation(struct smf_image *image, struct smf_relocation *record, uint32_t last);

/* older_sections.c: prove where the tables lie, in the strides that are to be tried. */
SMF_MUST_CHECK
enum smf_status smf_older_section_table(struct smf_image *image);
SMF_MUST_CHECK
enum smf_status smf_older_symbol_table(struct smf_image *image, uint8_t stride);

/* older_sections.c: prove every entry, keep none; notes where a string table section lies. */
SMF_MUST_CHECK
enum smf_status smf_older_sections(struct smf_image *image);

/* older_sort.c: no payload overlaps another. */
SMF_MUST_CHECK
enum smf_status smf_older_payloads(struct smf_image *image);

/* older_symbols.c: do symbols of this stride have names with the hashes that they store? */
SMF_MUST_CHECK
enum smf_status smf_older_symbols(struct smf_image *image);

#endif
