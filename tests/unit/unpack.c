/* SPDX-License-Identifier: MIT */
/*
 * Tests of smf/codecs.h: whole files of zstd and LZ4, as the libraries make them and as nobody should. Whatever comes in,
 * nothing is written behind what was asked for (a sanitizer looks), and what cannot be right is refused.
 */
#include <errno.h>
#include <lz4frame.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "harness/tap.h"
#include "packed.h"
#include "smf/codecs.h"
#include "smf/host.h"

enum { PLAIN = 5000 };

static void write_file(const char *path, const struct bytes *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL && fwrite(bytes->at, 1, size, file) == size);
    if (file != NULL)
        fclose(file);
}

static void check_empty(const struct smf_unpacked *unpacked)
{
    CHECK(unpacked->bytes == NULL);
    CHECK_EQUAL(unpacked->size, 0);
}

/* REQUIREMENTS B.6 "Compression": none round trip. What is not compressed is told, and not copied. */
static void compression_none_round_trip(void)
{
    static const char *const others[] = {"SMF", "\177ELF....", "\x28\xB5\x2F", "\x02\x21\x4C\x18 the older LZ4", ""};
    struct smf_unpacked unpacked;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        CHECK_EQUAL(smf_packing_of(others[i], strlen(others[i])), SMF_PACKING_NONE);
        CHECK_STATUS(smf_unpack(others[i], strlen(others[i]), 0, &unpacked, NULL), SMF_OK);
        check_empty(&unpacked);
        CHECK_EQUAL(unpacked.packing, SMF_PACKING_NONE);
        smf_unpack_free(&unpacked);
    }
}

/* "kind decode incl. unknown": by four bytes, of files that are too short to have them, too. */
static void compression_kind_decode(void)
{
    uint8_t bytes[] = {0x28, 0xB5, 0x2F, 0xFD, 0x04, 0x22, 0x4D, 0x18};
    for (size_t size = 0; size <= 4; size++) {
        CHECK_EQUAL(smf_packing_of(bytes, size), size == 4 ? SMF_PACKING_ZSTD : SMF_PACKING_NONE);
        CHECK_EQUAL(smf_packing_of(bytes + 4, size), size == 4 ? SMF_PACKING_LZ4 : SMF_PACKING_NONE);
    }
    for (unsigned bit = 0; bit < 64; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << (bit & 7));
        CHECK_EQUAL(smf_packing_of(bytes + (bit < 32 ? 0 : 4), 4), SMF_PACKING_NONE);
        bytes[bit / 8] ^= (uint8_t)(1u << (bit & 7));
    }
}

/* C18: detected by magic, decompressed to memory of its own. */
static void files_come_back_whole(void)
{
    static const size_t sizes[] = {1, 100, 65535, 65536, 65537, 400000};
    struct smf_diagnosis why;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (unsigned k = 0; k < PACKED_HOWS * PACKED_WAYS; k++) {
            struct bytes from = packed_plain(sizes[i]),
                         packed = packed_by[k % PACKED_WAYS](&from, packed_hows[k / PACKED_WAYS]);
            struct smf_unpacked unpacked;
            tap_variant("%s-%u-%u", packed_names[k % PACKED_WAYS], k / PACKED_WAYS, (unsigned)sizes[i]);
            /* Exactly as much as is allowed, and one byte less. */
            CHECK_STATUS(smf_unpack(packed.at, packed.size, from.size, &unpacked, &why), SMF_OK);
            CHECK_EQUAL(unpacked.packing, k % PACKED_WAYS == 0 ? SMF_PACKING_ZSTD : SMF_PACKING_LZ4);
            CHECK_EQUAL(unpacked.size, from.size);
            CHECK(unpacked.bytes != NULL && memcmp(unpacked.bytes, from.at, from.size) == 0);
            smf_unpack_free(&unpacked);
            check_empty(&unpacked);
            if (from.size > 1) {
                CHECK_STATUS(smf_unpack(packed.at, packed.size, from.size - 1, &unpacked, &why), SMF_ERR_LIMIT);
                CHECK_EQUAL(why.detail, SMF_DETAIL_UNPACKED_SIZE);
                check_empty(&unpacked);
            }
            CHECK_STATUS(smf_unpack(packed.at, packed.size, SIZE_MAX, &unpacked, NULL), SMF_OK);
            smf_unpack_free(&unpacked);
            packed_drop(&packed);
            packed_drop(&from);
        }
    tap_variant("%s", "");
}

static void cut_files_are_refused(void)
{
    struct smf_diagnosis why;
    struct smf_unpacked unpacked;
    struct bytes from = packed_plain(PLAIN);
    for (unsigned k = 0; k < PACKED_HOWS * PACKED_WAYS; k++) {
        struct bytes packed = packed_by[k % PACKED_WAYS](&from, packed_hows[k / PACKED_WAYS]);
        for (size_t size = 4; size < packed.size; size++) {
            uint8_t *cut = malloc(size); /* of its own size: a sanitizer sees a read behind it */
            memcpy(cut, packed.at, size);
            CHECK_STATUS(smf_unpack(cut, size, 0, &unpacked, &why), SMF_ERR_DECOMPRESS);
            CHECK_EQUAL(why.detail, SMF_DETAIL_FRAME_DAMAGED);
            check_empty(&unpacked);
            free(cut);
        }
        packed_drop(&packed);
    }
    packed_drop(&from);
}

static void flipped_bits_in_files_do_no_harm(void)
{
    struct smf_diagnosis why;
    struct smf_unpacked unpacked;
    struct bytes from = packed_plain(PLAIN);
    for (unsigned k = 0; k < PACKED_HOWS * PACKED_WAYS; k++) {
        const struct how how = packed_hows[k / PACKED_WAYS];
        struct bytes packed = packed_by[k % PACKED_WAYS](&from, how);
        for (size_t bit = 32; bit < packed.size * 8; bit++) {
            packed.at[bit / 8] ^= (uint8_t)(1u << (bit & 7));
            const enum smf_status status = smf_unpack(packed.at, packed.size, PLAIN * 4, &unpacked, &why);
            packed.at[bit / 8] ^= (uint8_t)(1u << (bit & 7));
            CHECK(status == SMF_OK || status == SMF_ERR_DECOMPRESS || status == SMF_ERR_LIMIT);
            CHECK((status == SMF_OK) == (unpacked.bytes != NULL));
            if (how.checksum && status == SMF_OK)
                CHECK(unpacked.size == PLAIN && memcmp(unpacked.bytes, from.at, PLAIN) == 0);
            smf_unpack_free(&unpacked);
        }
        packed_drop(&packed);
    }
    packed_drop(&from);
}

static void files_are_one_frame_and_nothing_else(void)
{
    struct smf_diagnosis why;
    struct smf_unpacked unpacked;
    struct bytes from = packed_plain(PLAIN);
    for (unsigned k = 0; k < PACKED_HOWS * PACKED_WAYS; k++) {
        struct bytes packed = packed_by[k % PACKED_WAYS](&from, packed_hows[k / PACKED_WAYS]);
        struct bytes more = {malloc(packed.size * 2), 0};
        memcpy(more.at, packed.at, packed.size);
        memcpy(more.at + packed.size, packed.at, packed.size);
        for (size_t left = 1; left <= packed.size; left += left == 1 ? 3 : packed.size - 4) {
            CHECK_STATUS(smf_unpack(more.at, packed.size + left, 0, &unpacked, &why), SMF_ERR_DECOMPRESS);
            CHECK_EQUAL(why.detail, SMF_DETAIL_FRAME_LEFT);
            CHECK_EQUAL(why.value, left);
            CHECK_EQUAL(why.offset, packed.size);
            check_empty(&unpacked);
        }
        packed_drop(&more);
        packed_drop(&packed);
    }
    packed_drop(&from);
}

/* SPEC [T18]: the first section of a module may be a zstd frame, at the very start of the file. */
static void a_module_that_begins_like_a_frame_is_none(void)
{
    struct smf_unpacked unpacked;
    struct bytes from = packed_plain(PLAIN);
    for (unsigned k = 0; k < PACKED_HOWS * PACKED_WAYS; k++) {
        struct bytes packed = packed_by[k % PACKED_WAYS](&from, packed_hows[k / PACKED_WAYS]);
        struct bytes module = {calloc(1, packed.size + 200 + 128), packed.size + 200 + 128};
        memcpy(module.at, packed.at, packed.size);
        memcpy(module.at + packed.size + 200, "SMF", 4);
        const bool zstd = packed_by[k % PACKED_WAYS] == packed_zstd; /* no block of LZ4 begins like its frame */
        CHECK_STATUS(smf_unpack(module.at, module.size, 0, &unpacked, NULL), zstd ? SMF_OK : SMF_ERR_DECOMPRESS);
        check_empty(&unpacked);
        CHECK_EQUAL(unpacked.packing, zstd ? SMF_PACKING_NONE : SMF_PACKING_LZ4);
        module.at[packed.size + 200] = 'T'; /* no header: a packed file with something behind it */
        CHECK_STATUS(smf_unpack(module.at, module.size, 0, &unpacked, NULL), SMF_ERR_DECOMPRESS);
        packed_drop(&module);
        packed_drop(&packed);
    }
    packed_drop(&from);
}

/* And a frame that stores its last block as it is, without a checksum, ends like what is inside. */
static void a_frame_that_ends_like_a_module_is_unpacked(void)
{
    struct smf_unpacked unpacked;
    struct bytes frame = {calloc(1, 9 + 128), 9 + 128};
    static const uint8_t head[] = {0x28, 0xB5, 0x2F, 0xFD, 0x20, 128, (128 << 3 | 1) & 0xFF, 128 >> 5, 0};
    memcpy(frame.at, head, sizeof head);
    memcpy(frame.at + sizeof head, "SMF", 4);
    CHECK_STATUS(smf_unpack(frame.at, frame.size, 0, &unpacked, NULL), SMF_OK);
    CHECK(unpacked.size == 128 && unpacked.bytes != NULL && memcmp(unpacked.bytes, "SMF", 4) == 0);
    smf_unpack_free(&unpacked);
    packed_drop(&frame);
}

/* Packed once is unpacked once: what is inside is somebody else's to judge. */
static void files_packed_twice_are_unpacked_once(void)
{
    struct smf_unpacked unpacked;
    struct bytes from = packed_plain(PLAIN), inner = packed_lz4(&from, packed_hows[0]),
                 outer = packed_zstd(&inner, packed_hows[0]);
    CHECK_STATUS(smf_unpack(outer.at, outer.size, 0, &unpacked, NULL), SMF_OK);
    CHECK_EQUAL(smf_packing_of(unpacked.bytes, unpacked.size), SMF_PACKING_LZ4);
    smf_unpack_free(&unpacked);
    packed_drop(&outer);
    packed_drop(&inner);
    packed_drop(&from);
}

static void files_of_nothing_are_refused(void)
{
    struct smf_diagnosis why;
    struct smf_unpacked unpacked;
    const struct bytes nothing = {(uint8_t *)"", 0};
    for (unsigned k = 0; k < PACKED_HOWS * PACKED_WAYS; k++) {
        struct bytes packed = packed_by[k % PACKED_WAYS](&nothing, packed_hows[k / PACKED_WAYS]);
        CHECK_STATUS(smf_unpack(packed.at, packed.size, 0, &unpacked, &why), SMF_ERR_DECOMPRESS);
        CHECK_EQUAL(why.detail, SMF_DETAIL_FRAME_EMPTY);
        check_empty(&unpacked);
        packed_drop(&packed);
    }
}

/* C18 "size bomb limit": a kilobyte that becomes hundreds of megabytes, whether it says so or not. */
static void bombs_are_refused(void)
{
    enum { BLOCKS = 300, BLOCK = 1 << 20 };
    struct smf_diagnosis why;
    struct smf_unpacked unpacked;
    struct bytes zeros = {calloc(1, BLOCK), BLOCK};
    /* zstd, which says nothing: the same block again and again. The default limit is 256 MiB. */
    struct bytes bomb = {malloc(BLOCKS * 512), 0};
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_outBuffer out = {bomb.at, (size_t)BLOCKS * 512, 0};
    for (unsigned i = 0; i <= BLOCKS; i++) {
        ZSTD_inBuffer in = {zeros.at, i < BLOCKS ? BLOCK : 0, 0};
        CHECK(!ZSTD_isError(ZSTD_compressStream2(context, &out, &in, i < BLOCKS ? ZSTD_e_continue : ZSTD_e_end)));
    }
    ZSTD_freeCCtx(context);
    bomb.size = out.pos;
    CHECK(bomb.size < BLOCK / 8);
    CHECK_STATUS(smf_unpack(bomb.at, bomb.size, 0, &unpacked, &why), SMF_ERR_LIMIT);
    CHECK_EQUAL(why.detail, SMF_DETAIL_UNPACKED_SIZE);
    CHECK_EQUAL(why.expected, SMF_UNPACK_LIMIT);
    check_empty(&unpacked);
    packed_drop(&bomb);
    /* One that says its size is refused before anything is allocated. */
    for (unsigned k = 0; k < PACKED_WAYS; k++) {
        struct bytes packed = packed_by[k](&zeros, packed_hows[0]);
        packed_allocations = 0;
        CHECK_STATUS(smf_unpack(packed.at, packed.size, BLOCK - 1, &unpacked, &why), SMF_ERR_LIMIT);
        CHECK(packed_allocations <= 1); /* LZ4's context */
        packed_drop(&packed);
        packed = packed_by[k](&zeros, (struct how){.level = 1, .unsized = true});
        CHECK_STATUS(smf_unpack(packed.at, packed.size, BLOCK - 1, &unpacked, &why), SMF_ERR_LIMIT);
        CHECK_EQUAL(why.detail, SMF_DETAIL_UNPACKED_SIZE);
        packed_drop(&packed);
    }
    packed_drop(&zeros);
}

/* A frame that does not say its size and wants a larger window than every reader has to have. */
static void large_windows_are_refused(void)
{
    struct smf_diagnosis why;
    struct smf_unpacked unpacked;
    struct bytes from = packed_plain(PLAIN);
    struct bytes packed = packed_zstd(&from, (struct how){.level = 3, .unsized = true});
    /* The compressor makes windows smaller for small inputs: write the descriptor by hand. */
    CHECK_EQUAL(packed.at[4] & 0x20, 0);
    packed.at[5] = (SMF_UNPACK_WINDOW_LOG - 10) << 3;
    CHECK_STATUS(smf_unpack(packed.at, packed.size, 0, &unpacked, &why), SMF_OK);
    smf_unpack_free(&unpacked);
    packed.at[5] = (SMF_UNPACK_WINDOW_LOG - 10 + 1) << 3;
    CHECK_STATUS(smf_unpack(packed.at, packed.size, 0, &unpacked, &why), SMF_ERR_LIMIT);
    CHECK_EQUAL(why.detail, SMF_DETAIL_FRAME_WINDOW);
    check_empty(&unpacked);
    packed_drop(&packed);
    packed_drop(&from);
}

/* The header of a frame says another size than comes. */
static void files_that_lie_about_their_size_are_refused(void)
{
    struct smf_diagnosis why;
    struct smf_unpacked unpacked;
    struct bytes from = packed_plain(PLAIN);
    for (int by = -1; by <= 1; by += 2) {
        struct bytes packed = packed_zstd(&from, packed_hows[0]);
        CHECK_EQUAL(packed.at[4] & 0xE0, 0x60); /* one segment, two bytes of size, minus 256 */
        packed.at[5] = (uint8_t)(packed.at[5] + by);
        CHECK_STATUS(smf_unpack(packed.at, packed.size, 0, &unpacked, &why), SMF_ERR_DECOMPRESS);
        check_empty(&unpacked);
        packed_drop(&packed);
        /* LZ4's header has a checksum of its own, so it is made with the lie: compressed in parts, with a wrong sum. */
        LZ4F_preferences_t wanted = LZ4F_INIT_PREFERENCES;
        wanted.frameInfo.contentSize = (unsigned long long)(PLAIN + by);
        LZ4F_cctx *context;
        CHECK(!LZ4F_isError(LZ4F_createCompressionContext(&context, LZ4F_VERSION)));
        const size_t room = LZ4F_compressBound(PLAIN, &wanted) + LZ4F_HEADER_SIZE_MAX;
        packed = (struct bytes){malloc(room), 0};
        packed.size = LZ4F_compressBegin(context, packed.at, room, &wanted);
        packed.size += LZ4F_compressUpdate(context, packed.at + packed.size, room - packed.size, from.at, PLAIN, NULL);
        packed.size += LZ4F_flush(context, packed.at + packed.size, room - packed.size, NULL);
        memset(packed.at + packed.size, 0, 4); /* the end mark, which the library would refuse to write */
        packed.size += 4;
        LZ4F_freeCompressionContext(context);
        CHECK_STATUS(smf_unpack(packed.at, packed.size, 0, &unpacked, &why), SMF_ERR_DECOMPRESS);
        check_empty(&unpacked);
        packed_drop(&packed);
    }
    packed_drop(&from);
}

static void lz4_files_that_need_a_dictionary_are_refused(void)
{
    struct smf_diagnosis why;
    struct smf_unpacked unpacked;
    struct bytes from = packed_plain(PLAIN), packed = packed_lz4(&from, (struct how){.level = 1, .dictionary = "any"});
    CHECK_STATUS(smf_unpack(packed.at, packed.size, 0, &unpacked, &why), SMF_ERR_DECOMPRESS);
    CHECK_EQUAL(why.detail, SMF_DETAIL_FRAME_DICTIONARY);
    CHECK_EQUAL(why.value, 77);
    packed_drop(&packed);
    packed_drop(&from);
}

/* The same through a file that is open or mapped. */
static void open_files_are_unpacked(void)
{
    static const char path[] = "unpack.packed";
    struct smf_diagnosis why;
    struct smf_file file;
    struct bytes from = packed_plain(PLAIN);
    for (unsigned k = 0; k < PACKED_HOWS * PACKED_WAYS * 2; k++) {
        enum smf_status (*const open_file)(struct smf_file *, const char *) =
            (k & 1) != 0 ? smf_file_open : smf_file_map;
        struct bytes packed = packed_by[k / 2 % PACKED_WAYS](&from, packed_hows[k / 2 / PACKED_WAYS]);
        write_file(path, &packed, packed.size);
        CHECK_STATUS(open_file(&file, path), SMF_OK);
        CHECK_STATUS(smf_file_unpack(&file, PLAIN - 1, &why), SMF_ERR_LIMIT);
        CHECK(file.packing == SMF_PACKING_NONE && file.source.size == packed.size); /* as it was */
        CHECK_STATUS(smf_file_unpack(&file, PLAIN, &why), SMF_OK);
        CHECK_EQUAL(file.packing, smf_packing_of(packed.at, packed.size));
        CHECK_EQUAL(file.packed_size, packed.size);
        CHECK(file.source.size == PLAIN && memcmp(file.source.bytes, from.at, PLAIN) == 0);
        CHECK_STATUS(smf_file_unpack(&file, 1, &why), SMF_OK); /* once */
        smf_file_close(&file);
        write_file(path, &packed, packed.size - 1);
        CHECK_STATUS(open_file(&file, path), SMF_OK);
        CHECK_STATUS(smf_file_unpack(&file, 0, NULL), SMF_ERR_DECOMPRESS);
        smf_file_close(&file);
        packed_drop(&packed);
    }
    for (size_t size = 0; size < 6; size++) { /* too short for a magic, or not packed */
        write_file(path, &from, size);
        CHECK_STATUS(smf_file_open(&file, path), SMF_OK);
        CHECK_STATUS(smf_file_unpack(&file, 0, &why), SMF_OK);
        CHECK(file.unpacked == NULL && file.source.size == size);
        smf_file_close(&file);
    }
    packed_drop(&from);
}

/* Between opening and reading somebody makes it shorter, or another file: an error, or what it is by then. */
static void files_that_change_are_told(void)
{
    static const char path[] = "unpack.changes";
    struct smf_diagnosis why;
    struct smf_file file;
    struct bytes from = packed_plain(PLAIN), packed = packed_zstd(&from, packed_hows[0]);
    for (size_t size = 0; size < packed.size; size += size < 8 ? 1 : 97) {
        write_file(path, &packed, packed.size);
        CHECK_STATUS(smf_file_open(&file, path), SMF_OK);
        write_file(path, &packed, size);
        CHECK_STATUS(smf_file_unpack(&file, 0, &why), SMF_ERR_IO);
        CHECK_STATUS(why.status, SMF_ERR_IO);
        CHECK_EQUAL(errno, EIO);
        smf_file_close(&file);
    }
    (void)remove(path);
    packed_drop(&packed);
    packed_drop(&from);
}

static void failing_allocations_of_files_are_told(void)
{
    struct smf_diagnosis why;
    struct smf_unpacked unpacked;
    struct bytes from = packed_plain(200000);
    for (unsigned k = 0; k < PACKED_HOWS * PACKED_WAYS; k++) {
        struct bytes packed = packed_by[k % PACKED_WAYS](&from, packed_hows[k / PACKED_WAYS]);
        enum smf_status status = SMF_ERR_NO_MEMORY;
        unsigned failed = 0;
        for (unsigned at = 1; at < 50 && status != SMF_OK; at++) {
            packed_fail_at = at;
            packed_allocations = 0;
            status = smf_unpack(packed.at, packed.size, 0, &unpacked, &why);
            packed_fail_at = 0;
            failed += status != SMF_OK;
            if (status != SMF_OK) {
                CHECK(status == SMF_ERR_NO_MEMORY || status == SMF_ERR_DECOMPRESS);
                check_empty(&unpacked);
            }
        }
        CHECK_STATUS(status, SMF_OK);
        CHECK(failed != 0);
        CHECK(unpacked.size == from.size && memcmp(unpacked.bytes, from.at, from.size) == 0);
        smf_unpack_free(&unpacked);
        packed_drop(&packed);
    }
    packed_drop(&from);
}

static const struct tap_case cases[] = {
    {"compression_none_round_trip",                  compression_none_round_trip                 },
    {"compression_kind_decode",                      compression_kind_decode                     },
    {"files_come_back_whole",                        files_come_back_whole                       },
    {"cut_files_are_refused",                        cut_files_are_refused                       },
    {"flipped_bits_in_files_do_no_harm",             flipped_bits_in_files_do_no_harm            },
    {"files_are_one_frame_and_nothing_else",         files_are_one_frame_and_nothing_else        },
    {"a_module_that_begins_like_a_frame_is_none",    a_module_that_begins_like_a_frame_is_none   },
    {"a_frame_that_ends_like_a_module_is_unpacked",  a_frame_that_ends_like_a_module_is_unpacked },
    {"files_packed_twice_are_unpacked_once",         files_packed_twice_are_unpacked_once        },
    {"files_of_nothing_are_refused",                 files_of_nothing_are_refused                },
    {"bombs_are_refused",                            bombs_are_refused                           },
    {"large_windows_are_refused",                    large_windows_are_refused                   },
    {"files_that_lie_about_their_size_are_refused",  files_that_lie_about_their_size_are_refused },
    {"lz4_files_that_need_a_dictionary_are_refused", lz4_files_that_need_a_dictionary_are_refused},
    {"open_files_are_unpacked",                      open_files_are_unpacked                     },
    {"files_that_change_are_told",                   files_that_change_are_told                  },
    {"failing_allocations_of_files_are_told",        failing_allocations_of_files_are_told       },
};
TAP_MAIN(cases)
