/* SPDX-License-Identifier: MIT */
/*
 * no_older.c - in the place of older_*.c: this build reads canonical files only.
 * A file that is not marked as one is refused before anything else of it is read.
 */
#include "image/older.h"

#define FEW 256 /* sections whose names are compared, each with each */

static enum smf_status refuse(struct smf_image *image)
{
    return smf_image_refuse(image, SMF_SAY(OLDER_LAYOUT, 0), 0, 0);
}

/* Has it a header at any place where older layouts have one? Then it is valid, perhaps, and not for this build. */
enum smf_status smf_image_older_find(struct smf_image *image, struct canonical canonical)
{
    if (canonical.marked)
        return canonical.status;
    for (unsigned back = 64; back <= SMF_P128_HEADER_SIZE; back += 32) {
        uint32_t magic;
        image->record = back != 64 ? image->size - back : 0; /* in front, at end - 96, at end - 128 */
        const enum smf_status status = smf_image_magic(image, image->record, &magic);
        if (status != SMF_OK)
            return status;
        if (magic == SMF_MAGIC)
            return refuse(image);
    }
    return smf_image_refuse(image, SMF_SAY(NO_HEADER, 0), image->size, 0);
}

enum smf_status smf_image_older_count(struct smf_image *image, struct canonical canonical, uint32_t *count)
{
    (void)count;
    return smf_image_older_find(image, canonical);
}

enum smf_status smf_image_older_kind(struct smf_image *image)
{
    (void)image;
    return SMF_OK;
}

enum smf_status smf_image_older_section(struct smf_image *image, const uint8_t *at, struct smf_section *section)
{
    (void)at;
    (void)section;
    return refuse(image);
}

/* Without memory and without sorting: so that work is bounded, the number is. */
enum smf_status smf_image_prove_names(struct smf_image *image)
{
    const uint32_t count = image->header.section_count;
    image->record = image->section_table;
    if (count > FEW)
        return smf_image_refuse(image, SMF_SAY(MANY_SECTIONS, 0), count, FEW);
    for (uint32_t i = 0; i < count; i++) {
        struct smf_section *section = &image->sections[i];
        if (section->type == SMF_SECTION_RELOC)
            continue;
        section->settled = 0;
        image->why->index = i;
        for (uint32_t j = 0; j < i; j++)
            if (image->sections[j].type != SMF_SECTION_RELOC &&
                memcmp(section->name, image->sections[j].name, SMF_SECTION_NAME_SIZE) == 0) {
                smf_fail_name(image->why, section->name, SMF_SECTION_NAME_SIZE);
                return smf_image_refuse(image, SMF_SAY(SECTION_REPEATED, 0), i, j);
            }
    }
    return SMF_OK;
}

enum smf_status smf_image_older_apart(struct smf_image *image, const struct smf_section *section)
{
    (void)section;
    return refuse(image);
}

enum smf_status smf_image_older_survey(struct smf_image *image) { return refuse(image); }

enum smf_status smf_image_older_symbol(struct smf_image *image, uint32_t index, const uint8_t *at,
                                       struct smf_symbol *symbol)
{
    (void)index;
    (void)at;
    symbol->name = 0;
    return refuse(image);
}

enum smf_status smf_image_older_relocation(struct smf_image *image, struct smf_relocation *record, uint32_t last)
{
    (void)record;
    (void)last;
    return refuse(image);
}
