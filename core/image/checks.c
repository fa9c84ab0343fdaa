/* SPDX-License-Identifier: MIT */
/*
 * checks.c - what is not checked at every load: all names, and module_hash,
 * FNV-1a-64 of the bytes from the data's start to the header, then of the header
 * with this field as zero (SPEC, "Hashes"). Only canonical files define it.
 */
#include "image/view.h"

#include "smf/hash.h"

#define KEPT 32u  /* bytes of a name that are copied to compare it: on the deepest stack of the floor */
#define CHUNK 64u /* bytes of a name looked at in one piece; at most SMF_WINDOW_SIZE */

/* The same name at two places of the string table? Pieces, because a positional source has one window. */
static enum smf_status same_name(struct smf_image *image, uint32_t left, uint32_t right, size_t length, bool *same,
                                 struct smf_diagnosis *why)
{
    *same = true;
    for (size_t done = 0; done < length && *same;) {
        uint8_t kept[KEPT];
        const size_t size = length - done < KEPT ? length - done : KEPT;
        const enum smf_status status =
            smf_source_read(image->source, image->string_table + left + done, kept, size, why);
        if (status != SMF_OK)
            return status;
        const uint8_t *bytes = smf_window_at(&image->strings, image->string_table + right + done, size, why);
        if (bytes == NULL)
            return why->status;
        *same = memcmp(kept, bytes, size) == 0;
        done += size;
    }
    return SMF_OK;
}

static enum smf_status hash_name(struct smf_image *image, uint32_t offset, size_t length, uint32_t *hash,
                                 struct smf_diagnosis *why)
{
    *hash = SMF_FNV32_BASIS;
    for (size_t done = 0; done < length;) {
        const size_t size = length - done < CHUNK ? length - done : CHUNK;
        const uint8_t *bytes = smf_window_at(&image->strings, image->string_table + offset + done, size, why);
        if (bytes == NULL)
            return why->status;
        *hash = smf_hash32(*hash, bytes, size);
        done += size;
    }
    return SMF_OK;
}

/* What is remembered from one symbol to the next. */
struct neighbour {
    size_t length;
    uint32_t name, hash;
    uint8_t place;
    bool exported;
};

static enum smf_status check_name(struct smf_image *image, uint32_t index, struct neighbour *before,
                                  struct smf_diagnosis *why)
{
    struct smf_symbol symbol;
    size_t length;
    uint32_t hash;
    enum smf_status status = smf_image_symbol(image, index, &symbol, why);
    if (status != SMF_OK)
        return status;
    why->index = index;
    const size_t offset = image->symbol_table + (size_t)index * image->header.symbol_stride;
    status = smf_image_name_length(image, symbol.name, &length, why);
    if (status == SMF_OK)
        status = hash_name(image, symbol.name, length, &hash, why);
    if (status != SMF_OK)
        return status;
    if (hash != symbol.hash)
        return smf_fail(why, SMF_DETAIL_NAME_HASH, offset, hash, symbol.hash);
    if (length == 0 && image->header.canonical)
        return smf_fail(why, SMF_DETAIL_NAME_EMPTY, offset, 0, 0);
    if (image->header.canonical && symbol.binding == SMF_BINDING_LOCAL && before->place == SMF_PLACE_UNDEFINED)
        return smf_fail(why, SMF_DETAIL_SYMBOL_GROUP, offset, index, 0);
    const bool exported = symbol.binding != SMF_BINDING_LOCAL && symbol.place != SMF_PLACE_UNDEFINED;
    bool same = exported && before->exported && before->hash == hash && before->length == length;
    if (same)
        status = same_name(image, before->name, symbol.name, length, &same, why);
    if (status != SMF_OK || same)
        return status != SMF_OK ? status : smf_fail(why, SMF_DETAIL_EXPORTED_TWICE, offset, index, index - 1);
    *before = (struct neighbour){length, symbol.name, hash, symbol.place, exported};
    return SMF_OK;
}

enum smf_status smf_image_check_names(struct smf_image *image, struct smf_diagnosis *why)
{
    struct neighbour before = {0};
    enum smf_status status = SMF_OK;
    why = why != NULL ? why : &image->unwanted;
    for (uint32_t i = 0; i < image->header.symbol_count && status == SMF_OK; i++)
        status = check_name(image, i, &before, why);
    return status;
}

static enum smf_status hash_to(struct smf_image *image, size_t end, uint64_t *hash, struct smf_diagnosis *why)
{
    for (size_t at = image->header.base; at < end;) {
        const size_t left = end - at;
        const size_t size = left < SMF_WINDOW_SIZE ? left : SMF_WINDOW_SIZE;
        const uint8_t *bytes = smf_window_at(&image->records, at, size, why);
        if (bytes == NULL)
            return why->status;
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
