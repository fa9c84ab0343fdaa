/* SPDX-License-Identifier: MIT */
/*
 * Tests of smf/codecs.h: sections of zstd, as the libraries make them and as nobody should. Whatever comes in, nothing is
 * written behind what was asked for (a sanitizer and a guard behind the memory look), and what cannot be right is refused.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/tap.h"
#include "packed.h"
#include "smf/codecs.h"

enum { PLAIN = 5000, GUARD = 32 };

/* A source that is read by position, and fails at call number `fail_read`. */
struct reader {
    const uint8_t *bytes;
    size_t size;
    unsigned calls, fail_read;
};

static enum smf_status read_at(void *context, uint64_t offset, void *into, size_t size)
{
    struct reader *reader = context;
    CHECK(offset <= reader->size && size <= reader->size - offset && size != 0);
    if (++reader->calls == reader->fail_read)
        return SMF_ERR_IO;
    memcpy(into, reader->bytes + offset, size);
    return SMF_OK;
}

/* Decode `packed` from behind a few other bytes, from memory or by position, into `size` bytes before a guard. */
static enum smf_status decode(const struct bytes *packed, bool by_position, size_t size, uint8_t *into,
                              struct smf_diagnosis *why)
{
    enum { BEFORE = 7 };
    uint8_t *file = malloc(packed->size + BEFORE);
    memset(file, 0xEE, BEFORE);
    memcpy(file + BEFORE, packed->at, packed->size);
    memset(into + size, 0xAA, GUARD);
    struct reader reader = {.bytes = file, .size = packed->size + BEFORE};
    struct smf_source source = smf_source_memory(file, reader.size, SMF_STAYS_FOR_LOAD);
    if (by_position)
        source = (struct smf_source){.size = reader.size, .read_at = read_at, .context = &reader};
    const struct smf_packed what = {.source = &source, .offset = BEFORE, .size = packed->size};
    memset(why, 0, sizeof *why);
    const enum smf_status status = smf_codec_zstd.decode(&smf_codec_zstd, &what, into, size, why);
    for (size_t i = 0; i < GUARD; i++)
        CHECK_EQUAL(into[size + i], 0xAA);
    if (status != SMF_OK) {
        CHECK_STATUS(why->status, status);
        CHECK_EQUAL(why->detail / 64, -status);
        CHECK(why->offset >= BEFORE && why->offset <= reader.size);
    }
    free(file);
    return status;
}

static void sections_come_back_whole(void)
{
    static const size_t sizes[] = {1, 2, 100, 4096, 100000, 300000};
    struct smf_diagnosis why;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (unsigned k = 0; k < PACKED_HOWS * 2; k++) {
            struct bytes from = packed_plain(sizes[i]), packed = packed_zstd(&from, packed_hows[k / 2]);
            uint8_t *into = malloc(from.size + GUARD);
            CHECK_STATUS(decode(&packed, (k & 1) != 0, from.size, into, &why), SMF_OK);
            CHECK(memcmp(into, from.at, from.size) == 0);
            free(into);
            packed_drop(&packed);
            packed_drop(&from);
        }
}

/* The size in memory is demanded exactly, whether the frame says its own or not. */
static void sections_of_another_size_are_refused(void)
{
    struct smf_diagnosis why;
    struct bytes from = packed_plain(PLAIN);
    uint8_t *into = malloc(2 * PLAIN + GUARD);
    static const size_t wrong[] = {1, PLAIN / 2, PLAIN - 1, PLAIN + 1, 2 * PLAIN};
    for (unsigned k = 0; k < PACKED_HOWS * 2; k++) {
        struct bytes packed = packed_zstd(&from, packed_hows[k / 2]);
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
            CHECK_STATUS(decode(&packed, (k & 1) != 0, wrong[i], into, &why), SMF_ERR_DECOMPRESS);
            CHECK_EQUAL(why.detail, SMF_DETAIL_FRAME_SIZE);
        }
        packed_drop(&packed);
    }
    free(into);
    packed_drop(&from);
}

static void sections_are_one_frame_and_nothing_else(void)
{
    struct smf_diagnosis why;
    struct bytes from = packed_plain(PLAIN), packed = packed_zstd(&from, packed_hows[0]);
    uint8_t *into = malloc(2 * PLAIN + GUARD);
    struct bytes twice = {malloc(packed.size * 2 + 12), packed.size * 2};
    memcpy(twice.at, packed.at, packed.size);
    memcpy(twice.at + packed.size, packed.at, packed.size);
    for (int by_position = 0; by_position < 2; by_position++) {
        twice.size = packed.size * 2;
        CHECK_STATUS(decode(&twice, by_position, 2 * PLAIN, into, &why), SMF_ERR_DECOMPRESS);
        CHECK_EQUAL(why.detail, SMF_DETAIL_FRAME_LEFT);
        twice.size = packed.size + 1;
        CHECK_STATUS(decode(&twice, by_position, PLAIN, into, &why), SMF_ERR_DECOMPRESS);
        CHECK_EQUAL(why.detail, SMF_DETAIL_FRAME_LEFT);
        CHECK_EQUAL(why.value, 1);
    }
    /* A skippable frame in front is no part of a section. */
    static const uint8_t skippable[12] = {0x50, 0x2A, 0x4D, 0x18, 4, 0, 0, 0};
    memcpy(twice.at, skippable, 12);
    memcpy(twice.at + 12, packed.at, packed.size);
    twice.size = packed.size + 12;
    CHECK_STATUS(decode(&twice, false, PLAIN, into, &why), SMF_ERR_DECOMPRESS);
    CHECK_EQUAL(why.detail, SMF_DETAIL_FRAME_DAMAGED);
    packed_drop(&twice);
    packed_drop(&packed);
    packed = packed_lz4(&from, packed_hows[0]); /* the other library's */
    CHECK_STATUS(decode(&packed, false, PLAIN, into, &why), SMF_ERR_DECOMPRESS);
    CHECK_EQUAL(why.detail, SMF_DETAIL_FRAME_DAMAGED);
    packed_drop(&packed);
    free(into);
    packed_drop(&from);
}

static void cut_sections_are_refused(void)
{
    struct smf_diagnosis why;
    struct bytes from = packed_plain(PLAIN);
    uint8_t *into = malloc(PLAIN + GUARD);
    for (unsigned k = 0; k < PACKED_HOWS; k++) {
        struct bytes packed = packed_zstd(&from, packed_hows[k]);
        for (size_t size = 1; size < packed.size; size++) {
            const struct bytes cut = {packed.at, size};
            CHECK_STATUS(decode(&cut, false, PLAIN, into, &why), SMF_ERR_DECOMPRESS);
            CHECK_EQUAL(why.detail, SMF_DETAIL_FRAME_DAMAGED);
        }
        packed_drop(&packed);
    }
    free(into);
    packed_drop(&from);
}

/* A bit that is wrong is found, or gives other bytes of the same size; with a checksum it is found. */
static void flipped_bits_in_sections_do_no_harm(void)
{
    struct smf_diagnosis why;
    struct bytes from = packed_plain(PLAIN);
    uint8_t *into = malloc(PLAIN + GUARD);
    unsigned found[2] = {0, 0}, tried[2] = {0, 0};
    for (unsigned k = 0; k < PACKED_HOWS; k++) {
        struct bytes packed = packed_zstd(&from, packed_hows[k]);
        for (size_t bit = 0; bit < packed.size * 8; bit++) {
            packed.at[bit / 8] ^= (uint8_t)(1u << (bit & 7));
            const enum smf_status status = decode(&packed, false, PLAIN, into, &why);
            packed.at[bit / 8] ^= (uint8_t)(1u << (bit & 7));
            const bool same = status == SMF_OK && memcmp(into, from.at, PLAIN) == 0;
            CHECK(status == SMF_OK || status == SMF_ERR_DECOMPRESS || status == SMF_ERR_LIMIT);
            tried[packed_hows[k].checksum]++;
            found[packed_hows[k].checksum] += status != SMF_OK;
            if (packed_hows[k].checksum) /* the bits that say nothing may be flipped */
                CHECK(status != SMF_OK || same);
        }
        packed_drop(&packed);
    }
    tap_note("%u of %u flips found without a checksum, %u of %u with", found[0], tried[0], found[1], tried[1]);
    CHECK(found[0] > tried[0] / 4 && found[1] > tried[1] / 4 * 3);
    free(into);
    packed_drop(&from);
}

static void sections_that_need_a_dictionary_are_refused(void)
{
    struct smf_diagnosis why;
    struct bytes from = packed_plain(PLAIN);
    uint8_t *into = malloc(PLAIN + GUARD);
    struct bytes packed = packed_zstd(&from, (struct how){.level = 3});
    /* By hand: the descriptor says one byte of dictionary number, which stands behind it. */
    const uint8_t descriptor = packed.at[4];
    struct bytes other = {malloc(packed.size + 1), packed.size + 1};
    const size_t window = (descriptor & 0x20) != 0 ? 0 : 1;
    memcpy(other.at, packed.at, 5 + window);
    other.at[4] = descriptor | 1;
    other.at[5 + window] = 42;
    memcpy(other.at + 6 + window, packed.at + 5 + window, packed.size - 5 - window);
    CHECK_STATUS(decode(&other, false, PLAIN, into, &why), SMF_ERR_DECOMPRESS);
    CHECK_EQUAL(why.detail, SMF_DETAIL_FRAME_DICTIONARY);
    CHECK_EQUAL(why.value, 42);
    struct smf_unpacked unpacked; /* nor in a file */
    CHECK_STATUS(smf_unpack(other.at, other.size, 0, &unpacked, &why), SMF_ERR_DECOMPRESS);
    CHECK_EQUAL(why.detail, SMF_DETAIL_FRAME_DICTIONARY);
    packed_drop(&other);
    packed_drop(&packed);
    /* One that does not say that it used a dictionary cannot be told from a damaged one. */
    packed =
        packed_zstd(&from, (struct how){.level = 3, .checksum = true, .dictionary = (const char *)"a b c d e f g h"});
    const enum smf_status status = decode(&packed, false, PLAIN, into, &why);
    CHECK(status == SMF_ERR_DECOMPRESS || (status == SMF_OK && memcmp(into, from.at, PLAIN) == 0));
    packed_drop(&packed);
    free(into);
    packed_drop(&from);
}

/* A frame of thousands of empty blocks in front of a byte: what is stored beyond any compressor's is refused, unread. */
static void sections_that_store_too_much_are_refused(void)
{
    enum { BLOCKS = 4000 };
    struct smf_diagnosis why;
    struct bytes packed = {malloc(6 + 3 * BLOCKS + 4), 0};
    static const uint8_t head[] = {0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x00};
    memcpy(packed.at, head, sizeof head);
    packed.size = sizeof head;
    for (unsigned i = 0; i < BLOCKS; i++, packed.size += 3)
        memset(packed.at + packed.size, 0, 3); /* raw, no bytes, not the last */
    const uint8_t last[] = {(1 << 3) | 1, 0, 0, 'x'};
    memcpy(packed.at + packed.size, last, sizeof last);
    packed.size += sizeof last;
    uint8_t into[1 + GUARD];
    uint8_t *large = malloc((size_t)BLOCKS * 3 + GUARD);
    for (int by_position = 0; by_position < 2; by_position++) {
        CHECK_STATUS(decode(&packed, by_position, 1, into, &why), SMF_ERR_LIMIT);
        CHECK_EQUAL(why.detail, SMF_DETAIL_FRAME_STORED);
        CHECK_EQUAL(why.expected, 1 + SMF_ZSTD_EXCESS(1u));
        CHECK_STATUS(decode(&packed, by_position, (size_t)BLOCKS * 3, large, &why), SMF_ERR_DECOMPRESS);
    }
    free(large);
    packed_drop(&packed);
}

/* What cannot be compressed at all is stored in a little more, and still comes. */
static void sections_of_noise_fit_the_limit(void)
{
    struct smf_diagnosis why;
    static const size_t sizes[] = {1, 50, 5000, 400000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct bytes from = {malloc(sizes[i]), sizes[i]};
        uint32_t state = 99;
        for (size_t k = 0; k < from.size; k++)
            from.at[k] = (uint8_t)((state = state * 1664525u + 1013904223u) >> 24);
        struct bytes packed = packed_zstd(&from, (struct how){.level = 19, .checksum = true});
        CHECK(packed.size > from.size && packed.size <= from.size + SMF_ZSTD_EXCESS(from.size));
        uint8_t *into = malloc(from.size + GUARD);
        CHECK_STATUS(decode(&packed, true, from.size, into, &why), SMF_OK);
        CHECK(memcmp(into, from.at, from.size) == 0);
        free(into);
        packed_drop(&packed);
        packed_drop(&from);
    }
}

static void failing_reads_and_allocations_of_sections_are_told(void)
{
    struct smf_diagnosis why;
    struct bytes from = packed_plain(PLAIN), packed = packed_zstd(&from, packed_hows[0]);
    uint8_t into[PLAIN];
    struct reader reader = {.bytes = packed.at, .size = packed.size, .fail_read = 1};
    const struct smf_source source = {.size = packed.size, .read_at = read_at, .context = &reader};
    const struct smf_packed what = {.source = &source, .size = packed.size};
    CHECK_STATUS(smf_codec_zstd.decode(&smf_codec_zstd, &what, into, PLAIN, &why), SMF_ERR_IO);
    enum smf_status status = SMF_ERR_NO_MEMORY;
    for (packed_fail_at = 1; status == SMF_ERR_NO_MEMORY && packed_fail_at < 50; packed_fail_at++) {
        packed_allocations = 0;
        status = smf_codec_zstd.decode(&smf_codec_zstd, &what, into, PLAIN, &why);
        CHECK(status == SMF_OK || status == SMF_ERR_NO_MEMORY);
    }
    CHECK_STATUS(status, SMF_OK);
    CHECK(packed_fail_at > 2); /* one did fail */
    packed_fail_at = 0;
    CHECK(memcmp(into, from.at, PLAIN) == 0);
    packed_drop(&packed);
    packed_drop(&from);
}

static void the_list_ends_and_knows_each_method_once(void)
{
    const struct smf_codec *const *list = smf_codecs_host();
    unsigned seen = 0;
    for (; *list != NULL; list++) {
        CHECK((seen >> (*list)->number & 1) == 0);
        seen |= 1u << (*list)->number;
        CHECK((*list)->decode != NULL && (*list)->name[0] != '\0');
    }
    CHECK_EQUAL(seen, 1u << SMF_COMPRESSION_ZSTD | 1u << SMF_COMPRESSION_LZ4);
    CHECK_TEXT(smf_codec_zstd.name, "zstd");
}

/* A kilobyte that would become a megabyte: another size than the section's, and not a byte behind it. */
static void bombs_in_sections_are_refused(void)
{
    enum { SIZE = 1 << 20 };
    struct smf_diagnosis why;
    uint8_t into[1024 + GUARD];
    struct bytes zeros = {calloc(1, SIZE), SIZE};
    for (unsigned k = 0; k < PACKED_HOWS; k++) {
        struct bytes packed = packed_zstd(&zeros, packed_hows[k]);
        CHECK(packed.size < 1024);
        CHECK_STATUS(decode(&packed, (k & 1) != 0, 1024, into, &why), SMF_ERR_DECOMPRESS);
        CHECK_EQUAL(why.detail, SMF_DETAIL_FRAME_SIZE);
        packed_drop(&packed);
    }
    packed_drop(&zeros);
}

/* A compressed block without a byte: libzstd skips it in a stream and refuses it at once, so a frame that hides one would be
 * good as a file and damaged as a section. */
static void a_block_of_no_bytes_is_damage_in_a_file_and_in_a_section(void)
{
    static const struct {
        uint16_t stored, size;
        uint8_t bytes[24];
    } frames[] = {
        {17, 2,   {0x28, 0xB5, 0x2F, 0xFD, 0x00, 0, 4, 0, 0, 8, 0, 0, 'a', 9, 0, 0, 'b'}       }, /* the first */
        {13, 1,   {0x28, 0xB5, 0x2F, 0xFD, 0x00, 0, 8, 0, 0, 'a', 5, 0, 0}                     }, /* the last */
        {18, 2,   {0x28, 0xB5, 0x2F, 0xFD, 0x01, 0, 0, 8, 0, 0, 'a', 4, 0, 0, 9, 0, 0, 'b'}    }, /* dictionary 0 */
        {17, 5,   {0x28, 0xB5, 0x2F, 0xFD, 0x00, 0, 0x22, 0, 0, 'a', 4, 0, 0, 9, 0, 0, 'b'}    }, /* after a run */
        {13, 1,   {0x28, 0xB5, 0x2F, 0xFD, 0x20, 1, 4, 0, 0, 9, 0, 0, 'a'}                     }, /* a byte of size */
        {14, 256, {0x28, 0xB5, 0x2F, 0xFD, 0x60, 0, 0, 4, 0, 0, 3, 8, 0, 'a'}                  }, /* 2 */
        {16, 1,   {0x28, 0xB5, 0x2F, 0xFD, 0xA0, 1, 0, 0, 0, 4, 0, 0, 9, 0, 0, 'a'}            }, /* 4 */
        {20, 1,   {0x28, 0xB5, 0x2F, 0xFD, 0xE0, 1, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 9, 0, 0, 'a'}}, /* 8 */
    };
    for (unsigned k = 0; k < sizeof frames / sizeof frames[0]; k++) {
        struct smf_unpacked unpacked;
        struct smf_diagnosis why;
        uint8_t into[256 + GUARD];
        struct bytes packed = {malloc(frames[k].stored), frames[k].stored};
        memcpy(packed.at, frames[k].bytes, packed.size);
        CHECK_STATUS(smf_unpack(packed.at, packed.size, 256, &unpacked, &why), SMF_ERR_DECOMPRESS);
        CHECK_EQUAL(why.detail, SMF_DETAIL_FRAME_DAMAGED);
        CHECK_STATUS(decode(&packed, (k & 1) != 0, frames[k].size, into, &why), SMF_ERR_DECOMPRESS);
        CHECK_EQUAL(why.detail, SMF_DETAIL_FRAME_DAMAGED);
        packed_drop(&packed);
    }
}

static const struct tap_case cases[] = {
    {"sections_come_back_whole",                                 sections_come_back_whole                          },
    {"sections_of_another_size_are_refused",                     sections_of_another_size_are_refused              },
    {"sections_are_one_frame_and_nothing_else",                  sections_are_one_frame_and_nothing_else           },
    {"a_block_of_no_bytes_is_damage_in_a_file_and_in_a_section",
     a_block_of_no_bytes_is_damage_in_a_file_and_in_a_section                                                      },
    {"cut_sections_are_refused",                                 cut_sections_are_refused                          },
    {"flipped_bits_in_sections_do_no_harm",                      flipped_bits_in_sections_do_no_harm               },
    {"sections_that_need_a_dictionary_are_refused",              sections_that_need_a_dictionary_are_refused       },
    {"sections_that_store_too_much_are_refused",                 sections_that_store_too_much_are_refused          },
    {"bombs_in_sections_are_refused",                            bombs_in_sections_are_refused                     },
    {"sections_of_noise_fit_the_limit",                          sections_of_noise_fit_the_limit                   },
    {"failing_reads_and_allocations_of_sections_are_told",       failing_reads_and_allocations_of_sections_are_told},
    {"the_list_ends_and_knows_each_method_once",                 the_list_ends_and_knows_each_method_once          },
};
TAP_MAIN(cases)
