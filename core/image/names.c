/* SPDX-License-Identifier: MIT */
/*
 * names.c - the name door, sections by name, and the checks of all names that
 * are not made at every load.
 */
#include "image/view.h"

#include "smf/hash.h"

#define KEPT 32u  /* bytes of a name that are copied to compare it: on the deepest stack of the floor */
#define CHUNK 64u /* bytes of a name looked at in one piece; at most SMF_WINDOW_SIZE */

/* One piece of the name at `offset` of the string table. */
static enum smf_status piece(struct smf_image *image, size_t offset, const uint8_t **bytes, size_t *size,
                             struct smf_diagnosis *why)
{
    const size_t left = image->string_size - offset;
    *size = left < CHUNK ? (size_t)left : CHUNK;
    return smf_window_get(&image->strings, image->string_table + offset, *size, bytes, why);
}

static bool has_zero(uint64_t word)
{
    return ((word - UINT64_C(0x0101010101010101)) & ~word & UINT64_C(0x8080808080808080)) != 0;
}

/* Index of the first NUL in `size` bytes, or `size`. Eight at a time: most of a load's reading of names is here. */
static size_t find_nul(const uint8_t *bytes, size_t size)
{
    size_t i = 0;
    while (size - i >= 8 && !has_zero(smf_get64(bytes + i)))
        i += 8;
    while (i < size && bytes[i] != 0)
        i++;
    return i;
}

enum smf_status smf_image_name_length(struct smf_image *image, uint32_t offset, size_t *length,
                                      struct smf_diagnosis *why)
{
    if (offset >= image->string_size)
        return smf_fail(why, SMF_DETAIL_SYMBOL_NAME, image->string_table, offset, image->string_size);
    *length = 0;
    for (size_t at = offset; at < image->string_size;) {
        const uint8_t *bytes;
        size_t size;
        const enum smf_status status = piece(image, at, &bytes, &size, why);
        if (status != SMF_OK)
            return status;
        const size_t found = find_nul(bytes, size);
        *length += found;
        if (*length > SMF_NAME_MAX)
            return smf_fail(why, SMF_DETAIL_NAME_LENGTH, image->string_table + offset, *length, SMF_NAME_MAX);
        if (found < size)
            return SMF_OK;
        at += size;
    }
    return smf_fail(why, SMF_DETAIL_CHANGED, image->string_table + offset, 0, 0); /* the last NUL was there at open */
}

/* A name that lies where it can be addressed and is of an ordinary length: no copy, one look. */
static bool name_in_place(const struct smf_image *image, uint32_t offset, const char **name, size_t *length)
{
    if (image->source->bytes == NULL || offset >= image->string_size)
        return false;
    const size_t left = image->string_size - offset;
    const size_t room = left < CHUNK ? (size_t)left : CHUNK;
    const uint8_t *at = (const uint8_t *)image->source->bytes + image->string_table + offset;
    const size_t size = find_nul(at, room);
    *name = (const char *)at;
    *length = size;
    return size < room;
}

enum smf_status smf_image_name(struct smf_image *image, uint32_t offset, char *buffer, size_t capacity,
                               const char **name, size_t *length, struct smf_diagnosis *why)
{
    why = why != NULL ? why : &image->unwanted;
    size_t size;
    if (name_in_place(image, offset, name, length))
        return SMF_OK;
    enum smf_status status = smf_image_name_length(image, offset, &size, why);
    if (status != SMF_OK)
        return status;
    if (image->source->bytes != NULL) {
        *name = (const char *)image->source->bytes + image->string_table + offset;
        *length = size;
        return SMF_OK;
    }
    if (size >= capacity)
        return smf_fail(why, SMF_DETAIL_NAME_SPACE, image->string_table + offset, size, capacity);
    status = smf_source_read(image->source, image->string_table + offset, buffer, size + 1, why);
    if (status != SMF_OK)
        return status;
    if (find_nul((const uint8_t *)buffer, size + 1) != size)
        return smf_fail(why, SMF_DETAIL_CHANGED, image->string_table + offset, 0, 0);
    *name = buffer;
    *length = size;
    return SMF_OK;
}

uint32_t smf_image_find_section(const struct smf_image *image, const char *name)
{
    for (uint32_t i = 0; i < image->header.section_count; i++) {
        const char *have = image->sections[i].name, *want = name;
        while (*have != '\0' && *have == *want)
            have++, want++;
        if (*have == *want)
            return i;
    }
    return SMF_NO_SYMBOL;
}

/* The same name at two places of the string table? Pieces, because a positional source has one window. */
static enum smf_status same_name(struct smf_image *image, uint32_t left, uint32_t right, size_t length, bool *same,
                                 struct smf_diagnosis *why)
{
    *same = true;
    for (size_t done = 0; done < length && *same;) {
        uint8_t kept[KEPT];
        const uint8_t *bytes;
        const size_t size = length - done < KEPT ? length - done : KEPT;
        enum smf_status status = smf_source_read(image->source, image->string_table + left + done, kept, size, why);
        if (status == SMF_OK)
            status = smf_window_get(&image->strings, image->string_table + right + done, size, &bytes, why);
        if (status != SMF_OK)
            return status;
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
        const uint8_t *bytes;
        const size_t size = length - done < CHUNK ? length - done : CHUNK;
        const enum smf_status status =
            smf_window_get(&image->strings, image->string_table + offset + done, size, &bytes, why);
        if (status != SMF_OK)
            return status;
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
