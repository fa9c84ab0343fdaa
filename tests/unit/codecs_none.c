/* SPDX-License-Identifier: MIT */
/* Tests of smf/codecs.h in a host without libzstd and liblz4: REQUIREMENTS B.6 "zstd unavailable error". */
#include <string.h>

#include "harness/tap.h"
#include "smf/codecs.h"

static void zstd_unavailable_error(void)
{
    static const uint8_t frame[] = {0x28, 0xB5, 0x2F, 0xFD, 0x20, 0x01, 0x09, 0x00, 0x00, 'x'};
    const struct smf_source source = smf_source_memory(frame, sizeof frame, SMF_STAYS_FOR_LOAD);
    const struct smf_packed packed = {.source = &source, .size = sizeof frame};
    struct smf_diagnosis why;
    struct smf_unpacked unpacked;
    char byte = 0, line[200];
    CHECK(smf_codecs_host()[0] == &smf_codec_lz4 && smf_codecs_host()[1] == NULL); /* core's own */
    memset(&why, 0, sizeof why);
    CHECK_STATUS(smf_codec_zstd.decode(&smf_codec_zstd, &packed, &byte, 1, &why), SMF_ERR_UNSUPPORTED);
    CHECK_STATUS(smf_unpack(frame, sizeof frame, 0, &unpacked, &why), SMF_ERR_UNSUPPORTED);
    CHECK(unpacked.bytes == NULL);
    CHECK_EQUAL(unpacked.packing, SMF_PACKING_ZSTD);
    smf_diagnosis_format(&why, line, sizeof line);
    CHECK(strstr(line, "no library") != NULL);
}

static void lz4_unavailable_error(void)
{
    static const uint8_t frame[] = {0x04, 0x22, 0x4D, 0x18, 0x60, 0x40, 0x82};
    struct smf_unpacked unpacked;
    CHECK_STATUS(smf_unpack(frame, sizeof frame, 0, &unpacked, NULL), SMF_ERR_UNSUPPORTED);
    CHECK(unpacked.bytes == NULL);
    CHECK_EQUAL(unpacked.packing, SMF_PACKING_LZ4);
}

static void what_is_not_compressed_passes(void)
{
    struct smf_unpacked unpacked;
    CHECK_STATUS(smf_unpack("plain", 5, 0, &unpacked, NULL), SMF_OK);
    CHECK(unpacked.bytes == NULL);
}

static const struct tap_case cases[] = {
    {"zstd_unavailable_error",        zstd_unavailable_error       },
    {"lz4_unavailable_error",         lz4_unavailable_error        },
    {"what_is_not_compressed_passes", what_is_not_compressed_passes},
};
TAP_MAIN(cases)
