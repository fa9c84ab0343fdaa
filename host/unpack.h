/* SPDX-License-Identifier: MIT */
/*
 * unpack.h - private to host: unpacking a whole file, one file of code for each library. Where a library is missing,
 * no_zstd.c or no_lz4.c takes the place of its file and refuses.
 */
#ifndef SMF_HOST_UNPACK_H
#define SMF_HOST_UNPACK_H

#include "base/fail.h"
#include "smf/codecs.h"

/* One call of smf_unpack(). `into` has the bytes so far, which the call frees if it fails. */
struct unpacking {
    const uint8_t *bytes;
    size_t size, limit, capacity;
    struct smf_unpacked *into;
    struct smf_diagnosis *why;
};

/* The libraries' parts: all of the file into `into`, or a failure. */
enum smf_status smf_unpack_zstd(struct unpacking *unpacking);
enum smf_status smf_unpack_lz4(struct unpacking *unpacking);

/* Are these bytes one zstd frame and nothing else? False without libzstd. */
bool smf_unpack_zstd_covers(const uint8_t *bytes, size_t size);

/* Room for all of the `size` bytes that the frame promises: SMF_ERR_LIMIT, SMF_ERR_DECOMPRESS for none, SMF_ERR_NO_MEMORY. */
enum smf_status smf_unpack_expect(struct unpacking *unpacking, uint64_t size);

/* More room for a frame that does not say its size, up to one byte above the limit. SMF_ERR_LIMIT: that byte has come. */
enum smf_status smf_unpack_grow(struct unpacking *unpacking);

/* All that is to come has come: nothing is not a file, and one byte above the limit is too much. */
enum smf_status smf_unpack_end(struct unpacking *unpacking);

enum smf_status smf_unpack_no_memory(struct unpacking *unpacking, size_t size);

#endif
