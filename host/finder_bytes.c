/* SPDX-License-Identifier: MIT */
/* finder_bytes.c - what was found, in memory of its own: bytes that nobody can change any more, and their revision. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "finder.h"
#include "smf/codecs.h"

/* What a supply's token is: module, object and place in one piece. */
struct piece {
    struct smf_cache *cache; /* what lies there, and nothing here */
    struct smf_cached *entry;
    struct smf_unpacked unpacked; /* the module, of a file that was packed: then the other bytes are its place only */
    size_t place;                 /* offset of the path in `bytes` */
    uint8_t bytes[];
};

static bool add(size_t *sum, uint64_t more)
{
    if (more > SIZE_MAX - *sum)
        return false;
    *sum += (size_t)more;
    return true;
}

/* Read a part of the file; one that has become shorter has changed. */
static enum smf_status read_part(const struct smf_file *file, uint64_t offset, uint8_t *into, uint64_t size,
                                 struct smf_diagnosis *why)
{
    errno = 0;
    if (size == 0 || file->source.read_at(file->source.context, offset, into, (size_t)size) == SMF_OK)
        return SMF_OK;
    return errno == 0 ? smf_finder_fail(why, SMF_DETAIL_CHANGED, "") : smf_finder_status(why, SMF_ERR_IO);
}

/* The same bytes once more? A file that is young may have been written meanwhile without another time. */
static enum smf_status read_again(const struct smf_file *file, uint64_t offset, const uint8_t *bytes, uint64_t size,
                                  struct smf_diagnosis *why)
{
    uint8_t part[4096];
    enum smf_status status = SMF_OK;
    while (size != 0 && status == SMF_OK) {
        const size_t length = size < sizeof part ? (size_t)size : sizeof part;
        status = read_part(file, offset, part, length, why);
        if (status == SMF_OK && memcmp(part, bytes, length) != 0)
            status = smf_finder_fail(why, SMF_DETAIL_CHANGED, "");
        offset += length;
        bytes += length;
        size -= length;
    }
    return status;
}

static enum smf_status fill(const struct smf_extent *extent, struct piece *piece, struct smf_diagnosis *why)
{
    struct smf_look after;
    enum smf_status status = read_part(extent->file, extent->offset, piece->bytes, extent->size, why);
    if (status == SMF_OK)
        status = read_part(extent->file, extent->object_offset, piece->bytes + extent->size, extent->object_size, why);
    if (status == SMF_OK && extent->look->young)
        status = read_again(extent->file, extent->offset, piece->bytes, extent->size, why);
    if (status == SMF_OK && extent->look->young)
        status = read_again(extent->file, extent->object_offset, piece->bytes + extent->size, extent->object_size, why);
    if (status == SMF_OK && !smf_beneath_look(extent->file, &after))
        status = smf_finder_status(why, SMF_ERR_IO);
    if (status == SMF_OK && !smf_look_same(extent->look, &after))
        status = smf_finder_fail(why, SMF_DETAIL_CHANGED, "");
    return status;
}

enum smf_status smf_finder_read(const struct smf_extent *extent, const char *place, struct smf_supply *supply,
                                struct smf_diagnosis *why)
{
    const size_t length = strlen(place) + 1;
    size_t size = sizeof(struct piece);
    struct piece *piece = NULL;
    if (add(&size, extent->size) && add(&size, extent->object_size) && add(&size, length))
        piece = malloc(size);
    if (piece == NULL)
        return smf_finder_status(why, SMF_ERR_NO_MEMORY);
    const enum smf_status status = fill(extent, piece, why);
    if (status != SMF_OK) {
        free(piece);
        return status;
    }
    memset(piece, 0, sizeof *piece);
    piece->place = (size_t)(extent->size + extent->object_size);
    memcpy(piece->bytes + piece->place, place, length);
    supply->source = smf_source_memory(piece->bytes, (size_t)extent->size, SMF_STAYS_FOR_MODULE);
    if (extent->object_size != 0)
        supply->object =
            smf_source_memory(piece->bytes + extent->size, (size_t)extent->object_size, SMF_STAYS_FOR_MODULE);
    supply->place = (const char *)piece->bytes + piece->place;
    supply->offset = extent->offset;
    supply->token = piece;
    return SMF_OK;
}

enum smf_status smf_finder_unpack(struct smf_supply *supply, struct smf_diagnosis *why)
{
    struct piece *piece = supply->token;
    struct smf_unpacked unpacked;
    const enum smf_status status = smf_unpack(piece->bytes, (size_t)supply->source.size, 0, &unpacked, why);
    if (status != SMF_OK || unpacked.bytes == NULL)
        return status;
    const size_t length = strlen(supply->place) + 1;
    memmove(piece->bytes, supply->place, length);
    struct piece *smaller = realloc(piece, sizeof *piece + length); /* the packed bytes go */
    piece = smaller != NULL ? smaller : piece;
    piece->place = 0;
    piece->unpacked = unpacked;
    supply->token = piece;
    supply->place = (const char *)piece->bytes;
    supply->source = smf_source_memory(unpacked.bytes, unpacked.size, SMF_STAYS_FOR_MODULE);
    return SMF_OK;
}

enum smf_status smf_finder_lend(struct smf_cache *cache, struct smf_cached *entry, uint64_t offset, uint64_t size,
                                struct smf_supply *supply, struct smf_diagnosis *why)
{
    struct piece *piece = calloc(1, sizeof *piece);
    if (piece == NULL) {
        smf_cache_put(cache, entry);
        return smf_finder_status(why, SMF_ERR_NO_MEMORY);
    }
    piece->cache = cache;
    piece->entry = entry;
    supply->source =
        smf_source_memory((const uint8_t *)entry->source.bytes + offset, (size_t)size, SMF_STAYS_FOR_MODULE);
    supply->place = entry->path;
    supply->offset = offset;
    supply->token = piece;
    return SMF_OK;
}

void smf_finder_free(struct smf_supply *supply)
{
    struct piece *piece = supply->token;
    if (piece != NULL && piece->entry != NULL)
        smf_cache_put(piece->cache, piece->entry);
    if (piece != NULL)
        smf_unpack_free(&piece->unpacked);
    free(piece);
    memset(supply, 0, sizeof *supply);
}

/* One step of four independent sums: a multiplication by an odd number loses nothing, the shift brings high bits down. */
static uint64_t mix(uint64_t sum, uint64_t word)
{
    sum = (sum ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return sum ^ sum >> 29;
}

uint64_t smf_finder_revision(const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    uint64_t sums[4] = {size, 1, 2, 3}, words[4];
    size_t left = size;
    for (; left >= sizeof words; left -= sizeof words, at += sizeof words) {
        memcpy(words, at, sizeof words);
        for (int i = 0; i < 4; i++)
            sums[i] = mix(sums[i], words[i]);
    }
    memset(words, 0, sizeof words);
    if (left != 0)
        memcpy(words, at, left);
    uint64_t all = 0;
    for (int i = 0; i < 4; i++)
        all = mix(all, mix(sums[i], words[i]));
    return all != 0 ? all : 1;
}
