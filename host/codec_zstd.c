/* SPDX-License-Identifier: MIT */
/*
 * codec_zstd.c - zstd sections and whole files, by libzstd. A frame that says its size, or whose size is known from the
 * section table, is decompressed in one pass into its place: no window is kept beside it.
 */
#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "unpack.h"

/* RFC 8878 section 3.1.1.1: how long a frame's header is, by its descriptor. */
static size_t frame_header_size(uint8_t descriptor)
{
    static const uint8_t dictionary[] = {0, 1, 2, 4}, content[] = {0, 2, 4, 8};
    const size_t single = descriptor >> 5 & 1, by_flag = content[descriptor >> 6];
    const size_t content_size = by_flag == 0 ? single : by_flag; /* 3.1.1.1.4: a byte in a frame of a single segment */
    return 4 + 1 + (1 - single) + dictionary[descriptor & 3] + content_size;
}

/* Has a compressed block of a measured frame no bytes at all? None says what it gives (3.1.1.2.3), and libzstd takes that for
 * nothing when it streams, and for damage when it does not: what is accepted must not depend on the way. */
static bool has_hollow_block(const uint8_t *bytes)
{
    enum { RAW_BLOCK, RLE_BLOCK, COMPRESSED_BLOCK };
    const uint8_t *block = bytes + frame_header_size(bytes[4]);
    for (bool last = false; !last;) {
        const uint32_t header = (uint32_t)(block[0] | block[1] << 8 | block[2] << 16);
        const uint32_t type = header >> 1 & 3, size = header >> 3;
        if (type == COMPRESSED_BLOCK && size == 0)
            return true;
        last = (header & 1) != 0;
        block += 3 + (type == RLE_BLOCK ? 1 : size);
    }
    return false;
}

/* Is it one frame, as far as its header and its blocks' sizes say, and all of it? `origin`: where it starts in the source. */
static enum smf_status prove_frame(const uint8_t *bytes, size_t size, size_t origin, struct smf_diagnosis *why)
{
    if (smf_packing_of(bytes, size) != SMF_PACKING_ZSTD)
        return smf_fail(why, SMF_DETAIL_FRAME_DAMAGED, origin, 0, 0);
    const size_t frame = ZSTD_findFrameCompressedSize(bytes, size);
    if (ZSTD_isError(frame))
        return smf_fail(why, SMF_DETAIL_FRAME_DAMAGED, origin, 0, 0);
    if (frame != size)
        return smf_fail(why, SMF_DETAIL_FRAME_LEFT, origin + frame, size - frame, 0);
    const unsigned dictionary = ZSTD_getDictID_fromFrame(bytes, size);
    if (dictionary != 0)
        return smf_fail(why, SMF_DETAIL_FRAME_DICTIONARY, origin, dictionary, 0);
    if (has_hollow_block(bytes))
        return smf_fail(why, SMF_DETAIL_FRAME_DAMAGED, origin, 0, 0);
    return SMF_OK;
}

/* A proven frame into exactly `size` bytes. */
static enum smf_status decode_frame(const uint8_t *bytes, size_t stored, size_t origin, void *into, size_t size,
                                    struct smf_diagnosis *why)
{
    const size_t given = ZSTD_decompress(into, size, bytes, stored);
    if (!ZSTD_isError(given))
        return given == size ? SMF_OK : smf_fail(why, SMF_DETAIL_FRAME_SIZE, origin, given, size);
    switch (ZSTD_getErrorCode(given)) {
    case ZSTD_error_memory_allocation:
        return smf_fail(why, SMF_DETAIL_UNPACK_MEMORY, origin, 0, 0);
    case ZSTD_error_dstSize_tooSmall: /* it gives more */
        return smf_fail(why, SMF_DETAIL_FRAME_SIZE, origin, 0, size);
    default:
        return smf_fail(why, SMF_DETAIL_FRAME_DAMAGED, origin, 0, 0);
    }
}

/* --- Sections -------------------------------------------------------------------------------------- */

static enum smf_status decode_section(const uint8_t *bytes, const struct smf_packed *packed, void *into, size_t size,
                                      struct smf_diagnosis *why)
{
    const enum smf_status status = prove_frame(bytes, packed->size, packed->offset, why);
    if (status != SMF_OK)
        return status;
    const unsigned long long said = ZSTD_getFrameContentSize(bytes, packed->size);
    if (said != ZSTD_CONTENTSIZE_UNKNOWN && said != size) /* a lie costs no work */
        return smf_fail(why, SMF_DETAIL_FRAME_SIZE, packed->offset, said, size);
    return decode_frame(bytes, packed->size, packed->offset, into, size, why);
}

static enum smf_status decode(const struct smf_codec *codec, const struct smf_packed *packed, void *into, size_t size,
                              struct smf_diagnosis *why)
{
    const struct smf_source *source = packed->source;
    (void)codec;
    if (packed->size > size && packed->size - size > SMF_ZSTD_EXCESS(size))
        return smf_fail(why, SMF_DETAIL_FRAME_STORED, packed->offset, packed->size, size + SMF_ZSTD_EXCESS(size));
    if (source->bytes != NULL)
        return decode_section((const uint8_t *)source->bytes + packed->offset, packed, into, size, why);
    uint8_t *bytes = malloc(packed->size);
    if (bytes == NULL)
        return smf_fail(why, SMF_DETAIL_UNPACK_MEMORY, packed->offset, packed->size, 0);
    enum smf_status status = SMF_OK;
    if (source->read_at(source->context, packed->offset, bytes, packed->size) != SMF_OK)
        status = smf_fail(why, SMF_DETAIL_READ, packed->offset, packed->size, 0);
    if (status == SMF_OK)
        status = decode_section(bytes, packed, into, size, why);
    free(bytes);
    return status;
}

const struct smf_codec smf_codec_zstd = {
    .number = SMF_COMPRESSION_ZSTD, .name = "zstd", .decode = decode, .rules = &smf_codec_rules};

const struct smf_codec *const *smf_codecs_host(void)
{
    static const struct smf_codec *const codecs[] = {&smf_codec_lz4, &smf_codec_zstd, NULL};
    return codecs;
}

/* --- Whole files ----------------------------------------------------------------------------------- */

/* A frame that does not say its size: through a window, into memory that grows. */
static enum smf_status decode_stream(struct unpacking *unpacking, ZSTD_DStream *stream)
{
    struct smf_unpacked *into = unpacking->into;
    ZSTD_inBuffer in = {unpacking->bytes, unpacking->size, 0};
    for (size_t left = 1; left != 0;) {
        if (into->size == unpacking->capacity) {
            const enum smf_status status = smf_unpack_grow(unpacking);
            if (status != SMF_OK)
                return status;
        }
        ZSTD_outBuffer out = {into->bytes, unpacking->capacity, into->size};
        const size_t start = in.pos;
        left = ZSTD_decompressStream(stream, &out, &in);
        const ZSTD_ErrorCode wrong = ZSTD_getErrorCode(left);
        if (wrong == ZSTD_error_frameParameter_windowTooLarge)
            return smf_fail(unpacking->why, SMF_DETAIL_FRAME_WINDOW, 0, 0, (size_t)1 << SMF_UNPACK_WINDOW_LOG);
        if (wrong == ZSTD_error_memory_allocation)
            return smf_unpack_no_memory(unpacking, 0);
        if (wrong != ZSTD_error_no_error || (left != 0 && in.pos == start && out.pos == into->size))
            return smf_fail(unpacking->why, SMF_DETAIL_FRAME_DAMAGED, start, 0, 0);
        into->size = out.pos;
    }
    return smf_unpack_end(unpacking);
}

static enum smf_status unpack_stream(struct unpacking *unpacking)
{
    ZSTD_DStream *stream = ZSTD_createDStream();
    if (stream == NULL)
        return smf_unpack_no_memory(unpacking, 0);
    enum smf_status status = SMF_ERR_UNSUPPORTED;
    if (!ZSTD_isError(ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, SMF_UNPACK_WINDOW_LOG)))
        status = decode_stream(unpacking, stream);
    ZSTD_freeDStream(stream);
    return status;
}

bool smf_unpack_zstd_covers(const uint8_t *bytes, size_t size)
{
    return ZSTD_findFrameCompressedSize(bytes, size) == size;
}

enum smf_status smf_unpack_zstd(struct unpacking *unpacking)
{
    enum smf_status status = prove_frame(unpacking->bytes, unpacking->size, 0, unpacking->why);
    if (status != SMF_OK)
        return status;
    const unsigned long long said = ZSTD_getFrameContentSize(unpacking->bytes, unpacking->size);
    if (said == ZSTD_CONTENTSIZE_UNKNOWN)
        return unpack_stream(unpacking);
    status = smf_unpack_expect(unpacking, said);
    if (status != SMF_OK)
        return status;
    unpacking->into->size = unpacking->capacity;
    return decode_frame(unpacking->bytes, unpacking->size, 0, unpacking->into->bytes, unpacking->capacity,
                        unpacking->why);
}
