/* SPDX-License-Identifier: MIT */
/*
 * image/door.h - for core/load, which walks whole tables: the relocation door for
 * many records at once (the same proof as smf_image_relocation(), about half
 * its time per record), and lengths of names.
 */
#ifndef SMF_IMAGE_DOOR_H
#define SMF_IMAGE_DOOR_H

#include "smf/image.h"

/*
 * Prove records [first, first + count) of Reloc section `section` and write
 * them to `records`. On failure why->index is the record that is wrong, and
 * the ones before it have been written.
 */
SMF_MUST_CHECK
enum smf_status smf_image_relocations(struct smf_image *image, uint32_t section, uint32_t first, uint32_t count,
                                      struct smf_relocation *records, struct smf_diagnosis *why);

/* Length of the NUL-terminated name at `offset` of the string table (names.c). */
SMF_MUST_CHECK
enum smf_status smf_image_name_length(struct smf_image *image, uint32_t offset, size_t *length,
                                      struct smf_diagnosis *why);

#endif
