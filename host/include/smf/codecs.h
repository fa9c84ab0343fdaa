/* SPDX-License-Identifier: MIT */
/*
 * smf/codecs.h - what a host can decompress: sections of modules (smf/codec.h), and whole files. Since 0.1.
 *
 *     options.system.load.codecs = smf_codecs_host();      what smf_live_start() does by itself
 *
 *     struct smf_unpacked unpacked;
 *     ... smf_unpack(bytes, size, 0, &unpacked, &why) == SMF_OK
 *     if (unpacked.bytes != NULL)                           it was compressed: use these bytes instead
 *         bytes = unpacked.bytes, size = unpacked.size;
 *     ... when they are no longer used:
 *     smf_unpack_free(&unpacked);
 *
 * LZ4 sections are decompressed by core itself. zstd's sections and files need libzstd, files of LZ4 need liblz4: where
 * smf::host was built without one of them, it says so (SMF_ERR_COMPRESSED for a section, SMF_ERR_UNSUPPORTED for a file).
 */
#ifndef SMF_CODECS_H
#define SMF_CODECS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/codec.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Sections -------------------------------------------------------------------------------------- */

/* Every codec that this host has, as a list that ends in NULL: config.codecs. Static. */
const struct smf_codec *const *smf_codecs_host(void);

/*
 * zstd: one frame [T15], without a dictionary and with nothing behind it; its checksum is compared if it has one. From
 * bytes that can be addressed it is decompressed straight into the section, and takes zstd's own 160 KiB for that; what
 * has to be read by position is read into memory of its own first. That is never more than the section's own size and
 * SMF_ZSTD_EXCESS of it: a frame that stores more than any compressor makes of so many bytes is SMF_ERR_LIMIT. In a host
 * without libzstd it is in no list, and answers SMF_ERR_UNSUPPORTED.
 */
extern const struct smf_codec smf_codec_zstd;

/* What a zstd section may store beyond its size in memory: a 128th, and 4 KiB for what a small one has around it. */
#define SMF_ZSTD_EXCESS(size) (((size) >> 7) + 4096u)

/* --- Whole files ----------------------------------------------------------------------------------- */

/* How a file is packed, as its first four bytes say. */
enum smf_packing {
    SMF_PACKING_NONE, /* 0: not that we know */
    SMF_PACKING_ZSTD, /* 28 B5 2F FD: one zstd frame */
    SMF_PACKING_LZ4   /* 04 22 4D 18: one LZ4 frame (not the raw block of a section) */
};

/* Looks at 4 bytes: what `size` (0 on) bytes at `bytes` begin with. Whether it is a packed file, smf_unpack() says: a module
 * whose first section is compressed by zstd begins like one. */
enum smf_packing smf_packing_of(const void *bytes, size_t size);

/* Bytes that an unpacked file may have when the caller does not say: 256 MiB. */
#define SMF_UNPACK_LIMIT ((size_t)1 << 28)

/* Largest window that is kept for a zstd frame that does not say its size: the 8 MiB that RFC 8878 asks of every reader. */
#define SMF_UNPACK_WINDOW_LOG 23

/* What came out. Free it with smf_unpack_free(). */
struct smf_unpacked {
    uint8_t *bytes; /* NULL: it was not compressed (SMF_PACKING_NONE), or smf_unpack() failed */
    size_t size;
    enum smf_packing packing;
};

/*
 * Unpack a file that is one zstd frame or one LZ4 frame around a module or a library: all of `size` bytes at `bytes`,
 * which must not change meanwhile, into at most `limit` bytes (0: SMF_UNPACK_LIMIT) of new memory. The frame says its size
 * in most files: then that is asked for once, before anything is decompressed, and is demanded exactly; else memory grows
 * as bytes come. Unpacks once: a file packed twice gives a packed one.
 *
 * SMF_OK with unpacked->bytes NULL: neither kind of frame, or a module that only begins like one and ends in its header; use
 * the bytes as they are. `unpacked` is always written; only
 * its `packing` says something after a failure. `why` may be NULL.
 *   SMF_ERR_DECOMPRESS   damaged, cut, another size than the frame says, empty, or bytes left behind the frame; a frame
 *                        that needs a dictionary
 *   SMF_ERR_LIMIT        more than `limit` bytes, or a larger window than SMF_UNPACK_WINDOW_LOG
 *   SMF_ERR_NO_MEMORY    the memory is not there
 *   SMF_ERR_UNSUPPORTED  this host was built without the library for it
 */
SMF_MUST_CHECK
enum smf_status smf_unpack(const void *bytes, size_t size, size_t limit, struct smf_unpacked *unpacked,
                           struct smf_diagnosis *why);

/*
 * The same for an open file (smf/host.h): if it is compressed as a whole, its source becomes what comes out, in memory
 * that stays until smf_file_close(), and the file itself is closed; file->packing says how it was packed. SMF_OK also for
 * a file that is not compressed, which stays as it is. Fails as smf_unpack(), and with SMF_ERR_IO (errno says why).
 */
struct smf_file;
SMF_MUST_CHECK
enum smf_status smf_file_unpack(struct smf_file *file, size_t limit, struct smf_diagnosis *why);

/* Free it; empty ones, too. */
void smf_unpack_free(struct smf_unpacked *unpacked);

#ifdef __cplusplus
}
#endif

#endif
