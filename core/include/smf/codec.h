/* SPDX-License-Identifier: MIT */
/*
 * smf/codec.h - compressed sections: who decompresses them.
 *
 * Since 0.1. Floor: image. A section is decompressed once, straight into the
 * memory where it will live, with no second copy: LZ4 needs nothing but that
 * memory, and reads what is stored where it lies, or through a window. The
 * stored size and the size in memory are both known before and demanded
 * exactly, so a lie costs no more than the section's own memory.
 *
 * Nothing here is linked into a firmware whose configuration names no codec.
 */
#ifndef SMF_CODEC_H
#define SMF_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "smf/image.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Stored bytes: [offset, offset + size) of `source`, proven to lie in it. size > 0. */
struct smf_packed {
    const struct smf_source *source;
    size_t offset, size;
    /* SMF_WINDOW_SIZE bytes to read a source through that cannot be addressed; NULL: the codec has other means, slow ones
     * perhaps. Here because stacks are small: whoever opened the image has them. */
    uint8_t *window;
};

/* How the loader goes about it; one for all methods. */
struct smf_codec_rules;
extern const struct smf_codec_rules smf_codec_rules;

/* One method. Const; the context is the port's or host's own. */
struct smf_codec {
    uint8_t number;   /* SMF_COMPRESSION_..., as in the file's header                                   */
    const char *name; /* "lz4", for people */
    /*
     * Decompress all of `packed` into exactly `size` (> 0) bytes at `into`, and nothing beyond. SMF_ERR_DECOMPRESS, with
     * the offset in the source where it went wrong: damaged, or it would give more or less, or stored bytes are left over;
     * SMF_ERR_IO; SMF_ERR_NO_MEMORY, SMF_ERR_LIMIT: needs more memory than it may take. `into` may hold anything after a failure.
     * `why` is not NULL, and after a failure its status is the one returned; name and index are the caller's to fill in.
     */
    enum smf_status (*decode)(const struct smf_codec *codec, const struct smf_packed *packed, void *into, size_t size,
                              struct smf_diagnosis *why);
    void *context;
    /* &smf_codec_rules. NULL: for smf_section_read() only; a loader takes neither it nor a list that starts with it. */
    const struct smf_codec_rules *rules;
};

/* LZ4, one raw block [T15]. No memory of its own: without a window it reads 16 bytes at a time. */
extern const struct smf_codec smf_codec_lz4;

/*
 * A section's contents in memory: copied, or decompressed by the codec of `codecs` (a list that ends in NULL; may be NULL)
 * that the file's header names. `capacity` is at least section.virtual_size; what the file does not store is zeroed. For
 * consumers of single sections: nothing is relocated. SMF_ERR_COMPRESSED: no such codec; SMF_ERR_NO_SPACE;
 * SMF_ERR_DECOMPRESS; SMF_ERR_ARGUMENT: no such section. `why` may be NULL. `into` may hold anything after a failure.
 */
SMF_MUST_CHECK
enum smf_status smf_section_read(struct smf_image *image, const struct smf_codec *const *codecs, uint32_t section,
                                 void *into, size_t capacity, struct smf_diagnosis *why);

#ifdef __cplusplus
}
#endif

#endif
