/* SPDX-License-Identifier: MIT */
/* no_zstd.c - in place of codec_zstd.c where there is no libzstd: what is compressed so is refused. */
#include "unpack.h"

static enum smf_status decode(const struct smf_codec *codec, const struct smf_packed *packed, void *into, size_t size,
                              struct smf_diagnosis *why)
{
    (void)codec;
    (void)into;
    (void)size;
    return smf_fail(why, SMF_DETAIL_NO_UNPACKER, packed->offset, 0, 0);
}

const struct smf_codec smf_codec_zstd = {
    .number = SMF_COMPRESSION_ZSTD, .name = "zstd", .decode = decode, .rules = &smf_codec_rules};

const struct smf_codec *const *smf_codecs_host(void)
{
    static const struct smf_codec *const codecs[] = {&smf_codec_lz4, NULL};
    return codecs;
}

bool smf_unpack_zstd_covers(const uint8_t *bytes, size_t size)
{
    (void)bytes;
    (void)size;
    return false;
}

enum smf_status smf_unpack_zstd(struct unpacking *unpacking)
{
    return smf_fail(unpacking->why, SMF_DETAIL_NO_UNPACKER, 0, 0, 0);
}
