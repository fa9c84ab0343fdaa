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
 * Find the one layout that fits. `canonical` came of `view`; a file that is also
 * something else is SMF_ERR_AMBIGUOUS. On success `view` is what was found.
 */
SMF_MUST_CHECK
enum smf_status smf_image_older_find(struct smf_image *image, struct view *view, struct canonical canonical,
                                     struct smf_diagnosis *why);

/* The largest section count of any header that could be one, if it is more than `*count`. 0 in the end is a failure. */
SMF_MUST_CHECK
enum smf_status smf_image_older_count(struct smf_image *image, struct view *view, struct canonical canonical,
                                      uint32_t *count, struct smf_diagnosis *why);

/* What the file is, if it is a kind that has a status of its own; SMF_OK if it is none. */
SMF_MUST_CHECK
enum smf_status smf_image_older_kind(struct smf_image *image, struct smf_diagnosis *why);

/* A section entry that is not canonical: its type in the numbering of smf/format.h, and bytes that are reserved. */
SMF_MUST_CHECK
enum smf_status smf_image_older_section(const struct view *view, const uint8_t *at, size_t offset,
                                        struct smf_section *section, struct smf_diagnosis *why);

/* No payload overlaps another, in whatever order they stand. */
SMF_MUST_CHECK
enum smf_status smf_image_older_apart(struct smf_image *image, struct smf_diagnosis *why);

/* Where names end, and the rules by which the symbols are read. */
SMF_MUST_CHECK
enum smf_status smf_image_older_survey(struct smf_image *image, struct smf_diagnosis *why);

/* Where a symbol lives. */
SMF_MUST_CHECK
enum smf_status smf_image_older_symbol(const struct proof *proof, struct smf_symbol *symbol);

/* older_symbols.c: do symbols of this stride have names with the hashes that they store? */
SMF_MUST_CHECK
enum smf_status smf_view_symbols(struct smf_image *image, struct view *view, struct smf_diagnosis *why);

/* older_sections.c: prove every entry, keep none; notes where a string table section lies. */
SMF_MUST_CHECK
enum smf_status smf_view_sections(struct smf_image *image, struct view *view, struct smf_diagnosis *why);

#endif
