/* SPDX-License-Identifier: MIT */
/*
 * older_kinds.c - files that are known, and are no modules: each has a status
 * of its own, so that a user learns what she has.
 */
#include "image/older.h"

/* A P128 header without sections behind a native program (FORMAT 1.4, 9). */
static enum smf_status recognise_envelope(struct smf_image *image)
{
    const size_t size = image->size;
    uint8_t header[SMF_P128_HEADER_SIZE];
    if (size < sizeof header)
        return SMF_OK;
    const size_t position = size - sizeof header;
    const enum smf_status status = smf_source_read(image->source, position, header, sizeof header, image->why);
    if (status != SMF_OK)
        return status;
    const uint32_t stub = smf_get32(header + SMF_P128_STUB_SIZE);
    if (smf_get32(header) != SMF_MAGIC || smf_get32(header + SMF_P128_SECTION_COUNT) != 0 || stub == 0 ||
        stub > position)
        return SMF_OK;
    return smf_fail(image->why, SMF_DETAIL_ENVELOPE, position, stub, position);
}

/* The 64-byte layout whose tables lie elsewhere than its header says (FORMAT 1.10). */
static enum smf_status recognise_w64(struct smf_image *image)
{
    uint8_t header[72];
    if (image->size < sizeof header)
        return SMF_OK;
    const enum smf_status status = smf_source_read(image->source, 0, header, sizeof header, image->why);
    if (status != SMF_OK)
        return status;
    if (smf_get64(header + 16) != 64 || header[68] == 0 || header[68] > 11)
        return SMF_OK;
    return smf_fail(image->why, SMF_DETAIL_W64, 16, 64, 0);
}

enum smf_status smf_image_older_kind(struct smf_image *image)
{
    const size_t size = image->size;
    uint32_t first, last = 0;
    enum smf_status status = recognise_envelope(image);
    if (status == SMF_OK)
        status = smf_image_magic(image, 0, &first);
    if (status == SMF_OK && size >= 4)
        status = smf_image_magic(image, size - 4, &last);
    if (status != SMF_OK)
        return status;
    if (first == SMF_MAGIC)
        status = recognise_w64(image);
    if (status != SMF_OK)
        return status;
    if (first == SMF_LIBRARY_MAGIC) {
        uint32_t modules = 0;
        status = smf_image_magic(image, 8, &modules);
        if (status != SMF_OK)
            return status;
        return smf_fail(image->why, SMF_DETAIL_LIBRARY, 0, modules, 0);
    }
    if (first == SMF_SETTLEMENT_MAGIC)
        return smf_fail(image->why, SMF_DETAIL_SETTLEMENT, 0, first, 0);
    if (last == SMF_PACKAGE_MAGIC)
        return smf_fail(image->why, SMF_DETAIL_PACKAGE, size - 4, last, 0);
    return SMF_OK;
}
