/* SPDX-License-Identifier: MIT */
/*
 * no_older.c - in the place of older_*.c: this build reads canonical files only.
 * A file that is not marked as one is refused before anything else of it is read.
 */
#include "image/older.h"

/* Has it a header at any place where older layouts have one? Then it is valid, perhaps, and not for this build. */
static enum smf_status refuse(struct smf_image *image, struct smf_diagnosis *why)
{
    static const uint8_t places[] = {0, SMF_R96_HEADER_SIZE, SMF_P128_HEADER_SIZE};
    const size_t size = image->size;
    for (unsigned i = 0; i < sizeof places; i++) {
        const size_t position = places[i] != 0 ? size - places[i] : 0;
        uint32_t magic;
        const enum smf_status status = smf_image_magic(image, position, &magic, why);
        if (status != SMF_OK)
            return status;
        if (magic == SMF_MAGIC)
            return smf_fail(why, SMF_DETAIL_OLDER_LAYOUT, position, 0, 0);
    }
    return smf_fail(why, SMF_DETAIL_NO_HEADER, 0, size, 0);
}

enum smf_status smf_image_older_find(struct smf_image *image, struct view *view, struct canonical canonical,
                                     struct smf_diagnosis *why)
{
    (void)view;
    return canonical.marked ? canonical.status : refuse(image, why);
}

enum smf_status smf_image_older_count(struct smf_image *image, struct view *view, struct canonical canonical,
                                      uint32_t *count, struct smf_diagnosis *why)
{
    (void)count;
    return smf_image_older_find(image, view, canonical, why);
}

enum smf_status smf_image_older_kind(struct smf_image *image, struct smf_diagnosis *why)
{
    (void)image;
    (void)why;
    return SMF_OK;
}

enum smf_status smf_image_older_section(const struct view *view, const uint8_t *at, size_t offset,
                                        struct smf_section *section, struct smf_diagnosis *why)
{
    (void)view;
    (void)at;
    (void)section;
    return smf_fail(why, SMF_DETAIL_OLDER_LAYOUT, offset, 0, 0);
}

enum smf_status smf_image_older_apart(struct smf_image *image, struct smf_diagnosis *why)
{
    return smf_fail(why, SMF_DETAIL_OLDER_LAYOUT, image->header.position, 0, 0);
}

enum smf_status smf_image_older_survey(struct smf_image *image, struct smf_diagnosis *why)
{
    return smf_fail(why, SMF_DETAIL_OLDER_LAYOUT, image->header.position, 0, 0);
}

enum smf_status smf_image_older_symbol(const struct proof *proof, struct smf_symbol *symbol)
{
    (void)symbol;
    return smf_fail(proof->why, SMF_DETAIL_OLDER_LAYOUT, proof->offset, 0, 0);
}
