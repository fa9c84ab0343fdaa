/* SPDX-License-Identifier: MIT */
/* unpack_lz4.c - whole files that are one LZ4 frame, by liblz4. Sections are raw blocks, and core's. */
#include <lz4frame.h>

#include "unpack.h"

static enum smf_status damaged(struct unpacking *unpacking, size_t at)
{
    return smf_fail(unpacking->why, SMF_DETAIL_FRAME_DAMAGED, at, 0, 0);
}

/* Everything up to the end of the frame, which has to be the end of the file. `at`: behind its header. */
static enum smf_status decode(struct unpacking *unpacking, LZ4F_dctx *context, size_t at, bool sized)
{
    struct smf_unpacked *into = unpacking->into;
    for (size_t left = 1; left != 0;) {
        if (into->size == unpacking->capacity && !sized) {
            const enum smf_status status = smf_unpack_grow(unpacking);
            if (status != SMF_OK)
                return status;
        }
        size_t given = unpacking->capacity - into->size, taken = unpacking->size - at;
        const size_t start = at;
        left = LZ4F_decompress(context, into->bytes + into->size, &given, unpacking->bytes + at, &taken, NULL);
        if (LZ4F_isError(left))
            return damaged(unpacking, start);
        into->size += given;
        at += taken;
        if (left != 0 && given == 0 && taken == 0) /* cut; or it gives more than it said */
            return damaged(unpacking, at);
    }
    if (at != unpacking->size)
        return smf_fail(unpacking->why, SMF_DETAIL_FRAME_LEFT, at, unpacking->size - at, 0);
    if (sized && into->size != unpacking->capacity)
        return smf_fail(unpacking->why, SMF_DETAIL_FRAME_SIZE, 0, unpacking->capacity, into->size);
    return smf_unpack_end(unpacking);
}

enum smf_status smf_unpack_lz4(struct unpacking *unpacking)
{
    LZ4F_dctx *context = NULL;
    LZ4F_frameInfo_t about = LZ4F_INIT_FRAMEINFO;
    size_t at = unpacking->size;
    if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)))
        return smf_unpack_no_memory(unpacking, 0);
    enum smf_status status = SMF_OK;
    if (LZ4F_isError(LZ4F_getFrameInfo(context, &about, unpacking->bytes, &at)))
        status = damaged(unpacking, 0);
    else if (about.dictID != 0)
        status = smf_fail(unpacking->why, SMF_DETAIL_FRAME_DICTIONARY, 0, about.dictID, 0);
    else if (about.contentSize != 0) /* 0: it does not say */
        status = smf_unpack_expect(unpacking, about.contentSize);
    if (status == SMF_OK)
        status = decode(unpacking, context, at, about.contentSize != 0);
    LZ4F_freeDecompressionContext(context);
    return status;
}
