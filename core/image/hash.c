/* SPDX-License-Identifier: MIT */
/*
 * hash.c - module_hash: FNV-1a-64 of the bytes from the data's start to the
 * header, then of the header with this field as zero (SPEC, "Hashes"). Only
 * canonical files define it.
 */
#include "image/view.h"

#include "smf/hash.h"

static enum smf_status hash_to(struct smf_image *image, size_t end, uint64_t *hash, struct smf_diagnosis *why)
{
    for (size_t at = image->header.base; at < end;) {
        const size_t left = end - at;
        const size_t size = left < SMF_WINDOW_SIZE ? (size_t)left : SMF_WINDOW_SIZE;
        const uint8_t *bytes;
        const enum smf_status status = smf_window_get(&image->records, at, size, &bytes, why);
        if (status != SMF_OK)
            return status;
        *hash = smf_hash64(*hash, bytes, size);
        at += size;
    }
    return SMF_OK;
}

enum smf_status smf_image_check_hash(struct smf_image *image, struct smf_diagnosis *why)
{
    const struct smf_header *header = &image->header;
    uint8_t bytes[SMF_P128_HEADER_SIZE];
    uint64_t hash = SMF_FNV64_BASIS;
    why = why != NULL ? why : &image->unwanted;
    if (!header->canonical || header->module_hash == 0)
        return SMF_OK;
    enum smf_status status = hash_to(image, header->position, &hash, why);
    if (status == SMF_OK)
        status = smf_source_read(image->source, header->position, bytes, sizeof bytes, why);
    if (status != SMF_OK)
        return status;
    memset(bytes + SMF_P128_MODULE_HASH, 0, 8);
    hash = smf_hash64(hash, bytes, sizeof bytes);
    if (hash != header->module_hash)
        return smf_fail(why, SMF_DETAIL_MODULE_HASH, header->position + SMF_P128_MODULE_HASH, hash,
                        header->module_hash);
    return SMF_OK;
}
