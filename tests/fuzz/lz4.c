/* SPDX-License-Identifier: MIT */
/*
 * lz4.c - libFuzzer target: the LZ4 decoder against liblz4.
 *
 * Bytes are taken for a block that gives some size: both decoders refuse it, or
 * both give the same bytes. One difference is meant: liblz4 1.9 takes a match of
 * distance 0 for something, the block format forbids it. Then bytes are taken for
 * contents: what liblz4 makes of them, at several levels, comes back.
 * Nothing is written outside of the output, from neither kind of source.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lz4.h>
#include <lz4hc.h>

#include "smf/codec.h"

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

/* Into exactly `size` bytes, between guards; ASan sees what goes further. */
static enum smf_status decode(const struct smf_packed *packed, uint8_t *into, size_t size, struct smf_diagnosis *why)
{
    uint8_t *memory = malloc(size + (size_t)(2 * GUARD));
    char line[256];
    MUST(memory != NULL);
    memset(memory, 0xA5, size + (size_t)(2 * GUARD));
    memset(why, 0, sizeof *why); /* the name in it is the caller's */
    const enum smf_status status = smf_codec_lz4.decode(&smf_codec_lz4, packed, memory + GUARD, size, why);
    for (unsigned i = 0; i < GUARD; i++)
        MUST(memory[i] == 0xA5 && memory[GUARD + size + i] == 0xA5);
    memcpy(into, memory + GUARD, size);
    free(memory);
    if (status != SMF_OK) {
        MUST(status == SMF_ERR_DECOMPRESS && why->status == status);
        MUST(why->offset >= packed->offset && why->offset - packed->offset <= packed->size);
        MUST(smf_diagnosis_format(why, line, sizeof line) > 0);
    }
    return status;
}

/* From memory, and through windows of both sizes: one answer. */
static enum smf_status decode_all(const uint8_t *block, size_t packed_size, uint8_t *into, size_t size,
                                  struct smf_diagnosis *why)
{
    static uint8_t again[MOST], window[SMF_WINDOW_SIZE];
    const struct smf_source memory = smf_source_memory(block, packed_size, SMF_STAYS_FOR_LOAD);
    const struct smf_source reads = {.size = packed_size, .read_at = read_at, .context = (void *)(uintptr_t)block};
    struct smf_packed packed = {.source = &memory, .size = packed_size};
    const enum smf_status status = decode(&packed, into, size, why);
    packed.source = &reads;
    for (unsigned i = 0; i < 2; i++) {
        struct smf_diagnosis other;
        packed.window = i == 0 ? window : NULL;
        MUST(decode(&packed, again, size, &other) == status);
        if (status == SMF_OK)
            MUST(memcmp(into, again, size) == 0);
        else
            MUST(other.detail == why->detail && other.offset == why->offset && other.value == why->value);
    }
    return status;
}

static uint8_t ours[MOST], theirs[MOST];

static void compare(const uint8_t *block, size_t packed_size, size_t size)
{
    struct smf_diagnosis why;
    const enum smf_status status = decode_all(block, packed_size, ours, size, &why);
    const int given = LZ4_decompress_safe((const char *)block, (char *)theirs, (int)packed_size, (int)size);
    const bool same = given == (int)size;
    if (status == SMF_OK)
        MUST(same && memcmp(ours, theirs, size) == 0);
    else if (why.detail != SMF_DETAIL_LZ4_OFFSET || why.value != 0)
        MUST(!same);
}

static void come_back(const uint8_t *contents, size_t size, unsigned level)
{
    const int room = LZ4_compressBound((int)size);
    char *block = malloc((size_t)room);
    struct smf_diagnosis why;
    MUST(block != NULL);
    const int packed = level == 0 ? LZ4_compress_default((const char *)contents, block, (int)size, room)
                                  : LZ4_compress_HC((const char *)contents, block, (int)size, room, (int)(3 * level));
    MUST(packed > 0);
    uint8_t *exact = malloc((size_t)packed); /* nothing behind it */
    MUST(exact != NULL);
    memcpy(exact, block, (size_t)packed);
    MUST(decode_all(exact, (size_t)packed, ours, size, &why) == SMF_OK);
    MUST(memcmp(ours, contents, size) == 0);
    MUST(decode_all(exact, (size_t)packed, ours, size + 1, &why) == SMF_ERR_DECOMPRESS);
    if (size > 1)
        MUST(decode_all(exact, (size_t)packed, ours, size - 1, &why) == SMF_ERR_DECOMPRESS);
    if (packed > 1)
        MUST(decode_all(exact, (size_t)packed - 1, ours, size, &why) == SMF_ERR_DECOMPRESS);
    free(exact);
    free(block);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* The last byte chooses, the two before it are the size that a block is to give. */
    if (size < 4 || size > MOST / 2)
        return 0;
    const unsigned choice = data[size - 1];
    const size_t wanted = 1 + (size_t)(data[size - 2] | data[size - 3] << 8), length = size - 3;
    uint8_t *copy = malloc(length);
    MUST(copy != NULL);
    memcpy(copy, data, length);
    compare(copy, length, wanted);
    /* The size that a block gives by itself is found by neither: ask liblz4 what it would give at most. */
    const int given = LZ4_decompress_safe((const char *)copy, (char *)theirs, (int)length, MOST);
    if (given > 0)
        compare(copy, length, (size_t)given);
    come_back(copy, length, choice & 3);
    free(copy);
    return 0;
}
