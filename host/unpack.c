/* SPDX-License-Identifier: MIT */
/* unpack.c - whole files that are compressed: which kind, how large they may become, and the memory for what comes out. */
#include "unpack.h"

#include "base/bytes.h"
#include "smf/format.h"

#include <stdlib.h>
#include <string.h>

enum smf_packing smf_packing_of(const void *bytes, size_t size)
{
    static const uint8_t zstd[] = {0x28, 0xB5, 0x2F, 0xFD}, lz4[] = {0x04, 0x22, 0x4D, 0x18};
    if (size >= sizeof zstd && memcmp(bytes, zstd, sizeof zstd) == 0)
        return SMF_PACKING_ZSTD;
    return size >= sizeof lz4 && memcmp(bytes, lz4, sizeof lz4) == 0 ? SMF_PACKING_LZ4 : SMF_PACKING_NONE;
}

/* A module's first section may be a zstd frame, and what is stored as it is in the last block of one may end like a
 * module: one frame from end to end is a packed file, and what only begins like one and ends in a header is a module. */
static bool is_module(const uint8_t *bytes, size_t size)
{
    return size >= SMF_P128_HEADER_SIZE && smf_get32(bytes + size - SMF_P128_HEADER_SIZE) == SMF_MAGIC &&
           !smf_unpack_zstd_covers(bytes, size);
}

enum smf_status smf_unpack_no_memory(struct unpacking *unpacking, size_t size)
{
    return smf_fail(unpacking->why, SMF_DETAIL_UNPACK_MEMORY, 0, size, 0);
}

static enum smf_status resize(struct unpacking *unpacking, size_t capacity)
{
    uint8_t *bytes = realloc(unpacking->into->bytes, capacity);
    if (bytes == NULL)
        return smf_unpack_no_memory(unpacking, capacity);
    unpacking->into->bytes = bytes;
    unpacking->capacity = capacity;
    return SMF_OK;
}

enum smf_status smf_unpack_expect(struct unpacking *unpacking, uint64_t size)
{
    if (size > unpacking->limit)
        return smf_fail(unpacking->why, SMF_DETAIL_UNPACKED_SIZE, 0, size, unpacking->limit);
    if (size == 0)
        return smf_fail(unpacking->why, SMF_DETAIL_FRAME_EMPTY, 0, 0, 0);
    return resize(unpacking, (size_t)size);
}

enum smf_status smf_unpack_grow(struct unpacking *unpacking)
{
    enum { FIRST = 1 << 16 };
    const size_t now = unpacking->capacity, most = unpacking->limit + (unpacking->limit != SIZE_MAX);
    if (now == most)
        return smf_fail(unpacking->why, SMF_DETAIL_UNPACKED_SIZE, 0, now, unpacking->limit);
    const size_t wanted = now == 0 ? FIRST : now > SIZE_MAX / 2 ? SIZE_MAX : now * 2;
    return resize(unpacking, wanted < most ? wanted : most);
}

enum smf_status smf_unpack_end(struct unpacking *unpacking)
{
    struct smf_unpacked *into = unpacking->into;
    if (into->size > unpacking->limit)
        return smf_fail(unpacking->why, SMF_DETAIL_UNPACKED_SIZE, 0, into->size, unpacking->limit);
    if (into->size == 0)
        return smf_fail(unpacking->why, SMF_DETAIL_FRAME_EMPTY, 0, 0, 0);
    uint8_t *bytes = into->size < unpacking->capacity ? realloc(into->bytes, into->size) : NULL;
    if (bytes != NULL) /* what growth has taken too much; without success it stays */
        into->bytes = bytes;
    return SMF_OK;
}

enum smf_status smf_unpack(const void *bytes, size_t size, size_t limit, struct smf_unpacked *unpacked,
                           struct smf_diagnosis *why)
{
    struct smf_diagnosis own;
    struct unpacking unpacking = {.bytes = bytes,
                                  .size = size,
                                  .limit = limit != 0 ? limit : SMF_UNPACK_LIMIT,
                                  .into = unpacked,
                                  .why = why != NULL ? why : &own};
    smf_fail_clear(unpacking.why);
    memset(unpacked, 0, sizeof *unpacked);
    unpacked->packing = smf_packing_of(bytes, size);
    if (unpacked->packing == SMF_PACKING_ZSTD && is_module(bytes, size)) /* no block of LZ4 begins like its frame */
        unpacked->packing = SMF_PACKING_NONE;
    enum smf_status status = SMF_OK;
    if (unpacked->packing == SMF_PACKING_ZSTD)
        status = smf_unpack_zstd(&unpacking);
    else if (unpacked->packing == SMF_PACKING_LZ4)
        status = smf_unpack_lz4(&unpacking);
    if (status == SMF_OK)
        return SMF_OK;
    free(unpacked->bytes);
    unpacked->bytes = NULL;
    unpacked->size = 0;
    return status;
}

void smf_unpack_free(struct smf_unpacked *unpacked)
{
    free(unpacked->bytes);
    memset(unpacked, 0, sizeof *unpacked);
}
