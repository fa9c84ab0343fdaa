/* SPDX-License-Identifier: MIT */
/*
 * compress.c - sections made smaller, each on its own, by liblz4 and libzstd at their best: a module is compressed once
 * and loaded often. The same input gives the same bytes with the same libraries.
 */
#include "compress.h"

#include <lz4hc.h>
#include <zstd.h>

enum { ZSTD_LEVEL = 19 }; /* the highest whose window is 8 MiB at most */

/* What comes out, smaller than `section`; 0: it would not be. `into` has one byte less than the section. */
typedef size_t compressor(const struct smf_write_section *section, uint8_t *into);

/* One raw block. */
static size_t compress_lz4(const struct smf_write_section *section, uint8_t *into)
{
    if (section->size > LZ4_MAX_INPUT_SIZE)
        return 0;
    const int written = LZ4_compress_HC((const char *)section->bytes, (char *)into, (int)section->size,
                                        (int)section->size - 1, LZ4HC_CLEVEL_MAX);
    return written > 0 ? (size_t)written : 0;
}

/* One frame with its size and without a checksum: module_hash is one already. */
static size_t compress_zstd(const struct smf_write_section *section, uint8_t *into)
{
    const size_t written =
        ZSTD_compress(into, (size_t)section->size - 1, section->bytes, (size_t)section->size, ZSTD_LEVEL);
    return ZSTD_isError(written) ? 0 : written;
}

static bool can_be_compressed(const struct smf_write_section *section)
{
    switch (section->type) {
    case SMF_SECTION_CODE:
    case SMF_SECTION_DATA:
    case SMF_SECTION_RODATA:
    case SMF_SECTION_DEBUG:
        return section->size > 1;
    default:
        return false;
    }
}

bool build_compress(struct build *build, struct smf_writer *writer)
{
    const uint8_t method = build->options->compression;
    compressor *const compress = method == SMF_COMPRESSION_LZ4 ? compress_lz4 : compress_zstd;
    if (method > SMF_COMPRESSION_LZ4)
        return build_fail(build, NULL, "compression %u is not known", method);
    for (uint32_t i = 0; i < writer->section_count && method != SMF_COMPRESSION_NONE; i++) {
        struct smf_write_section *section = &writer->storage.sections[i];
        if (!can_be_compressed(section))
            continue;
        if (build->bare)
            return build_fail(build, build->output_path, "this layout cannot hold compressed sections");
        uint8_t *into = pool_take(&build->pool, (size_t)section->size - 1);
        const size_t size = compress(section, into);
        if (size == 0)
            continue;
        section->virtual_size = section->size;
        section->bytes = into;
        section->size = size;
        section->flags |= SMF_SECTION_COMPRESSED;
        writer->header.compression = method;
        writer->header.level = (uint8_t)(method == SMF_COMPRESSION_LZ4 ? LZ4HC_CLEVEL_MAX : ZSTD_LEVEL);
    }
    return true;
}
