/* SPDX-License-Identifier: MIT */
/* packed.c - see packed.h. */
#include "packed.h"

#include <lz4frame.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "harness/tap.h"

const struct how packed_hows[PACKED_HOWS] = {
    {1,  false, false, NULL},
    {19, false, false, NULL},
    {3,  true,  false, NULL},
    {3,  false, true,  NULL},
    {3,  true,  true,  NULL}
};

unsigned packed_allocations, packed_fail_at;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size) { return ++packed_allocations == packed_fail_at ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t count, size_t size)
{
    return ++packed_allocations == packed_fail_at ? NULL : __real_calloc(count, size);
}
void *__wrap_realloc(void *old, size_t size)
{
    return ++packed_allocations == packed_fail_at ? NULL : __real_realloc(old, size);
}

struct bytes packed_plain(size_t size)
{
    struct bytes made = {malloc(size), size};
    uint32_t state = 0x12345678;
    for (size_t i = 0; i < size; i++) {
        state = state * 1664525u + 1013904223u;
        made.at[i] = (state >> 28) != 0 && i >= 64 ? made.at[i - 64] : (uint8_t)(state >> 20);
    }
    return made;
}

void packed_drop(struct bytes *bytes)
{
    free(bytes->at);
    *bytes = (struct bytes){0};
}

struct bytes packed_zstd(const struct bytes *from, struct how how)
{
    struct bytes made = {malloc(ZSTD_compressBound(from->size) + 64), 0};
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, how.level);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, how.checksum);
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, !how.unsized);
    if (how.dictionary != NULL)
        CHECK(!ZSTD_isError(ZSTD_CCtx_loadDictionary(context, how.dictionary, strlen(how.dictionary))));
    made.size = ZSTD_compress2(context, made.at, ZSTD_compressBound(from->size) + 64, from->at, from->size);
    CHECK(!ZSTD_isError(made.size));
    ZSTD_freeCCtx(context);
    return made;
}

struct bytes packed_lz4(const struct bytes *from, struct how how)
{
    LZ4F_preferences_t wanted = LZ4F_INIT_PREFERENCES;
    wanted.compressionLevel = how.level;
    wanted.frameInfo.contentSize = how.unsized ? 0 : from->size;
    wanted.frameInfo.contentChecksumFlag = how.checksum ? LZ4F_contentChecksumEnabled : LZ4F_noContentChecksum;
    wanted.frameInfo.blockChecksumFlag = how.checksum ? LZ4F_blockChecksumEnabled : LZ4F_noBlockChecksum;
    wanted.frameInfo.dictID = how.dictionary != NULL ? 77 : 0;
    const size_t room = LZ4F_compressFrameBound(from->size, &wanted);
    struct bytes made = {malloc(room), 0};
    made.size = LZ4F_compressFrame(made.at, room, from->at, from->size, &wanted);
    CHECK(!LZ4F_isError(made.size));
    return made;
}

struct bytes (*const packed_by[PACKED_WAYS])(const struct bytes *from, struct how how) = {packed_zstd, packed_lz4};
const char *const packed_names[PACKED_WAYS] = {"zstd", "lz4"};
