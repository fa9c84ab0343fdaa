/* SPDX-License-Identifier: MIT */
/*
 * smf/source.h - where a module's bytes come from. Since 0.1. Floor: base.
 *
 * Either bytes that can be addressed (RAM, memory-mapped flash or file), or a
 * function that copies bytes from a position (serial flash, a network block
 * cache). Nothing read from a source is trusted; what is read twice is checked
 * twice (SECURITY.md).
 */
#ifndef SMF_SOURCE_H
#define SMF_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "smf/config.h"
#include "smf/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How long a source's bytes stay readable and unchanged. */
enum smf_stay {
    SMF_STAYS_FOR_LOAD,  /* 0, default: until smf_load returns; names of exports are copied      */
    SMF_STAYS_FOR_MODULE /* until smf_unload returns: names are used where they lie (`bytes` only) */
};

/*
 * A source of `size` bytes. Zero it, then set either `bytes` or `read_at`.
 * Borrowed: it must live as long as `stay` says.
 */
struct smf_source {
    const void *bytes; /* the image, any alignment; NULL: use read_at                  */
    uint64_t size;     /* bytes in the image                                           */

    /* Copies `size` bytes at `offset` into `into`: all of them and SMF_OK, or an error
     * (reported as SMF_ERR_IO). Never asked for a byte at or past source.size, nor for 0 bytes. */
    SMF_MUST_CHECK
    enum smf_status (*read_at)(void *context, uint64_t offset, void *into, size_t size);
    void *context; /* passed to read_at */

    enum smf_stay stay;
};

/* A source over `size` bytes in memory that stay as `stay` says. */
static inline struct smf_source smf_source_memory(const void *bytes, size_t size, enum smf_stay stay)
{
    struct smf_source source; /* field by field: {0} draws a warning from C++ compilers */
    source.bytes = bytes;
    source.size = size;
    source.read_at = NULL;
    source.context = NULL;
    source.stay = stay;
    return source;
}

/* Part of another source, for smf_source_part(). */
struct smf_part {
    const struct smf_source *whole;
    uint64_t offset;
};

/*
 * `*source` becomes the bytes [offset, offset + size) of `whole`, a source of its own that stays as long: what lies in a
 * container needs no copy. Of an addressable `whole` nothing is kept but its bytes; else `part` and `whole` must live as
 * long as `*source` is used. SMF_ERR_ARGUMENT, with nothing written: not all inside of `whole`.
 */
SMF_MUST_CHECK
enum smf_status smf_source_part(struct smf_part *part, const struct smf_source *whole, uint64_t offset, uint64_t size,
                                struct smf_source *source);

/* A window over a positional source, for the core's own use; here so that images can be given storage. */
struct smf_window {
    const struct smf_source *source;
    size_t start;  /* source offset of buffer[0]      */
    size_t filled; /* valid bytes in buffer           */
    uint8_t buffer[SMF_WINDOW_SIZE];
};

#ifdef __cplusplus
}
#endif

#endif
