/* SPDX-License-Identifier: MIT */
/*
 * lz4.c - decompression: core's LZ4 decoder beside liblz4's, on the same blocks, and what it makes of a load. Each pair
 * takes turns, so that both have the same machine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lz4.h>
#include <lz4hc.h>

#include "bench.h"
#include "smf/hash.h"

enum { RUNS = 101, MOST = 1 << 20 };

struct decoding {
    struct bench_file block;
    uint8_t *into;
    size_t size;
    struct smf_source source;
};

static double decode_theirs(void *context, uint32_t *checksum)
{
    struct decoding *decoding = context;
    const uint64_t start = measure_now();
    const int given = LZ4_decompress_safe((const char *)decoding->block.bytes, (char *)decoding->into,
                                          (int)decoding->block.size, (int)decoding->size);
    const double taken = (double)(measure_now() - start);
    if (given != (int)decoding->size)
        measure_fail("liblz4", "refuses its own block");
    *checksum = smf_hash32(SMF_FNV32_BASIS, decoding->into, decoding->size);
    return taken;
}

static double decode_ours(void *context, uint32_t *checksum)
{
    struct decoding *decoding = context;
    const struct smf_packed packed = {.source = &decoding->source, .size = decoding->block.size};
    struct smf_diagnosis why = {0};
    const uint64_t start = measure_now();
    const enum smf_status status = smf_codec_lz4.decode(&smf_codec_lz4, &packed, decoding->into, decoding->size, &why);
    const double taken = (double)(measure_now() - start);
    bench_check(status, &why, "decode");
    *checksum = smf_hash32(SMF_FNV32_BASIS, decoding->into, decoding->size);
    return taken;
}

static void pack(const struct bench_file *file, int level, struct decoding *decoding)
{
    const int room = LZ4_compressBound((int)file->size);
    decoding->size = file->size;
    decoding->into = calloc(file->size, 1);
    decoding->block.bytes = malloc((size_t)room);
    if (decoding->into == NULL || decoding->block.bytes == NULL)
        measure_fail("lz4", "no memory");
    const char *const from = (const char *)file->bytes;
    char *const to = (char *)decoding->block.bytes;
    const int packed = level == 0 ? LZ4_compress_default(from, to, (int)file->size, room)
                                  : LZ4_compress_HC(from, to, (int)file->size, room, level);
    if (packed <= 0)
        measure_fail("lz4", "cannot compress");
    decoding->block.size = (size_t)packed;
    decoding->source = smf_source_memory(to, (size_t)packed, SMF_STAYS_FOR_LOAD);
}

void bench_decode(const char *path, const char *what)
{
    static const int levels[] = {0, 12};
    static const char *const names[] = {"fast", "high"};
    struct bench_file file = bench_read(path);
    file.size = file.size < MOST ? file.size : MOST;
    const uint32_t expected = smf_hash32(SMF_FNV32_BASIS, file.bytes, file.size);
    for (unsigned i = 0; i < 2; i++) {
        struct decoding decoding;
        char theirs[100], ours[100];
        pack(&file, levels[i], &decoding);
        snprintf(theirs, sizeof theirs, "liblz4 %s %s", what, names[i]);
        snprintf(ours, sizeof ours, "smf %s %s", what, names[i]);
        const struct measure_row rows[] = {
            {"decode", theirs, (unsigned long)file.size, file.size, RUNS, expected},
            {"decode", ours,   (unsigned long)file.size, file.size, RUNS, expected},
        };
        measure_run *const runs[] = {decode_theirs, decode_ours};
        measure_turns(rows, runs, 2, &decoding);
        free(decoding.into);
        free(decoding.block.bytes);
    }
    free(file.bytes);
}
