/* SPDX-License-Identifier: MIT */
/*
 * unpack.c - libFuzzer target: compressed files and zstd sections of a host.
 *
 * Bytes are taken for a file: unpacked within a limit, or refused. What comes out of a zstd frame comes out of it as a
 * section, too, of exactly that size and of no other, from both kinds of source alike. Then bytes are taken for contents:
 * what both libraries make of them comes back. Nothing is written outside of the output.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lz4frame.h>
#include <zstd.h>

#include "smf/codecs.h"

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition);                                    \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

enum { GUARD = 32, MOST = 1 << 18 };

static enum smf_status read_at(void *context, uint64_t offset, void *into, size_t size)
{
    MUST(size != 0);
    memcpy(into, (const uint8_t *)context + offset, size);
    return SMF_OK;
}

/* As a section of `size` bytes from memory and by position: one answer, and `wanted` if it is SMF_OK. */
static enum smf_status decode(const uint8_t *data, size_t stored, size_t size, const uint8_t *wanted)
{
    union {
        const uint8_t *read;
        void *context;
    } bytes = {.read = data};
    struct smf_diagnosis why[2];
    enum smf_status status[2];
    uint8_t *into = malloc(size + GUARD);
    for (int i = 0; i < 2; i++) {
        struct smf_source source = smf_source_memory(data, stored, SMF_STAYS_FOR_LOAD);
        if (i == 1)
            source = (struct smf_source){.size = stored, .read_at = read_at, .context = bytes.context};
        const struct smf_packed packed = {.source = &source, .size = stored};
        memset(into, 0xA5, size + GUARD);
        memset(&why[i], 0, sizeof why[i]);
        status[i] = smf_codec_zstd.decode(&smf_codec_zstd, &packed, into, size, &why[i]);
        for (unsigned g = 0; g < GUARD; g++)
            MUST(into[size + g] == 0xA5);
        MUST(status[i] == SMF_OK || why[i].status == status[i]);
        MUST(status[i] != SMF_OK || wanted == NULL || memcmp(into, wanted, size) == 0);
    }
    MUST(status[0] == status[1]);
    free(into);
    return status[0];
}

static void take_for_a_file(const uint8_t *data, size_t size, size_t limit)
{
    struct smf_unpacked unpacked;
    struct smf_diagnosis why;
    const enum smf_status status = smf_unpack(data, size, limit, &unpacked, &why);
    MUST(status == SMF_OK || (unpacked.bytes == NULL && unpacked.size == 0 && why.status == status));
    MUST(status == SMF_OK || status == SMF_ERR_DECOMPRESS || status == SMF_ERR_LIMIT);
    if (status == SMF_OK && unpacked.packing != SMF_PACKING_NONE) {
        MUST(unpacked.bytes != NULL && unpacked.size != 0 && unpacked.size <= limit);
        if (unpacked.packing == SMF_PACKING_ZSTD) {
            const enum smf_status section = decode(data, size, unpacked.size, unpacked.bytes);
            MUST(section == SMF_OK || section == SMF_ERR_LIMIT); /* stored in more than any compressor takes */
            MUST(decode(data, size, unpacked.size + 1, NULL) != SMF_OK);
            MUST(unpacked.size == 1 || decode(data, size, unpacked.size - 1, NULL) != SMF_OK);
        }
        struct smf_unpacked smaller;
        MUST(unpacked.size == 1 || smf_unpack(data, size, unpacked.size - 1, &smaller, NULL) == SMF_ERR_LIMIT);
    }
    MUST(status != SMF_OK || unpacked.packing != SMF_PACKING_NONE || unpacked.bytes == NULL);
    smf_unpack_free(&unpacked);
}

static void take_for_contents(const uint8_t *data, size_t size, unsigned choice)
{
    const size_t room = ZSTD_compressBound(size) + LZ4F_compressFrameBound(size, NULL);
    uint8_t *packed = malloc(room);
    struct smf_unpacked unpacked;
    const size_t made = (choice & 1) != 0 ? ZSTD_compress(packed, room, data, size, (int)(choice >> 1 & 7) + 1)
                                          : LZ4F_compressFrame(packed, room, data, size, NULL);
    MUST(made != 0 && made <= room);
    MUST(smf_unpack(packed, made, size, &unpacked, NULL) == SMF_OK);
    MUST(unpacked.size == size && memcmp(unpacked.bytes, data, size) == 0);
    smf_unpack_free(&unpacked);
    MUST((choice & 1) == 0 || decode(packed, made, size, data) == SMF_OK);
    free(packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    const unsigned choice = data[--size]; /* the last byte: files in the corpus begin as files do */
    uint8_t *copy = malloc(size);         /* of its own size: ASan sees a read behind it */
    memcpy(copy, data, size);
    take_for_a_file(copy, size, (choice & 15) == 15 ? MOST : (size_t)1 << (choice & 15));
    take_for_contents(copy, size, choice);
    free(copy);
    return 0;
}
