/* SPDX-License-Identifier: MIT */
/*
 * lz4.c - the decoder alone: what blocks mean, how each kind of lie is refused,
 * and that no byte outside of the output is ever written, from both kinds of source.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/tap.h"
#include "smf/codec.h"
#include "support/module.h"
#include "support/pack.h"

enum { GUARD = 64, MOST = 1 << 16 };
#define D(name) SMF_DETAIL_##name

/* Decode `size` bytes of a block into exactly `room` bytes between guards; contents go to `into` unless it is NULL. */
struct attempt {
    enum smf_status status;
    struct smf_diagnosis why;
};

static void check_guards(const uint8_t *memory, size_t room)
{
    unsigned touched = 0;
    for (unsigned i = 0; i < GUARD; i++)
        touched += memory[i] != 0xA5 || memory[GUARD + room + i] != 0xA5;
    CHECK_EQUAL(touched, 0);
}

static struct attempt decode(const struct smf_source *source, size_t offset, size_t size, uint8_t *into, size_t room)
{
    static uint8_t window[SMF_WINDOW_SIZE];
    static unsigned turn; /* with a window and without */
    const bool has = turn++ % 4 < 2;
    const struct smf_packed packed = {.source = source, .offset = offset, .size = size, .window = has ? window : NULL};
    struct attempt attempt;
    uint8_t *memory = malloc(room + (size_t)(2 * GUARD));
    if (memory == NULL)
        abort();
    memset(memory, 0xA5, room + (size_t)(2 * GUARD));
    memset(&attempt.why, 0x5A, sizeof attempt.why);
    attempt.status = smf_codec_lz4.decode(&smf_codec_lz4, &packed, memory + GUARD, room, &attempt.why);
    check_guards(memory, room);
    if (into != NULL)
        memcpy(into, memory + GUARD, room);
    free(memory);
    return attempt;
}

/* From bytes in memory, with nothing readable behind them, and from a positional source, `offset` bytes into it. */
static struct attempt decode_both(const uint8_t *block, size_t size, uint8_t *into, size_t room)
{
    enum { offset = 5 };
    uint8_t *exact = malloc(offset + size);
    memset(exact, 0xFF, offset);
    memcpy(exact + offset, block, size);
    struct fickle fickle = {.bytes = exact, .size = offset + size};
    const struct smf_source positional = fickle_source(&fickle);
    const struct smf_source memory = smf_source_memory(exact, offset + size, SMF_STAYS_FOR_LOAD);
    uint8_t *const again = into != NULL ? malloc(room) : NULL;
    const struct attempt first = decode(&memory, offset, size, into, room);
    const struct attempt second = decode(&positional, offset, size, again, room);
    CHECK_STATUS(second.status, first.status);
    CHECK_EQUAL(fickle.outside, 0);
    if (first.status != SMF_OK) {
        CHECK_EQUAL(second.why.detail, first.why.detail);
        CHECK_EQUAL(second.why.offset, first.why.offset);
        CHECK(first.why.offset >= offset && first.why.offset <= offset + size);
    } else if (into != NULL) {
        CHECK(memcmp(into, again, room) == 0);
    }
    free(again);
    free(exact);
    return first;
}

static void expect(const char *name, const uint8_t *block, size_t size, size_t room, enum smf_detail detail)
{
    const struct attempt attempt = decode_both(block, size, NULL, room);
    tap_check(attempt.status == SMF_ERR_DECOMPRESS && attempt.why.detail == detail, __FILE__, __LINE__,
              "%s: status %s, detail %d, wanted %d", name, smf_status_name(attempt.status), (int)attempt.why.detail,
              (int)detail);
}

static uint8_t contents[MOST], block[PACK_ROOM(MOST)], found[MOST];

static uint32_t state = 1;
static uint32_t next(void)
{
    state = state * 1664525u + 1013904223u;
    return state >> 8;
}

/* Runs of literals and repetitions of all lengths and distances. */
static void make_contents(size_t size)
{
    size_t at = 0;
    while (at < size) {
        const size_t length = next() % 7 == 0 ? next() % 700 : next() % 40;
        const size_t distance = next() % 3 == 0 ? next() % 1100 : next() % 20;
        const bool repeats = next() % 2 == 0 && distance < at;
        for (size_t i = 0; i < length && at < size; i++, at++)
            contents[at] = repeats ? contents[at - distance - 1] : (uint8_t)next();
    }
}

static void round_trip(size_t size)
{
    make_contents(size);
    const size_t packed = pack_lz4(contents, size, block);
    const struct attempt attempt = decode_both(block, packed, found, size);
    tap_check(attempt.status == SMF_OK && memcmp(found, contents, size) == 0, __FILE__, __LINE__,
              "%u bytes come back: %s", (unsigned)size, smf_status_name(attempt.status));
}

static void what_is_packed_comes_back(void)
{
    for (size_t size = 1; size < 300; size++)
        round_trip(size);
    for (unsigned i = 0; i < 40; i++)
        round_trip(300 + next() % 3000);
    round_trip(20000);
}

/* One sequence of each kind, written by hand. */
static void what_sequences_mean(void)
{
    static const uint8_t literals[] = {0x50, 'h', 'e', 'l', 'l', 'o'};
    static const uint8_t match[] = {0x30, 'a', 'b', 'c', 3, 0, 0x80, 's', 't', 'u', 'v', 'w', 'x', 'y', 'z'};
    CHECK_STATUS(decode_both(literals, sizeof literals, found, 5).status, SMF_OK);
    CHECK(memcmp(found, "hello", 5) == 0);
    CHECK_STATUS(decode_both(match, sizeof match, found, 15).status, SMF_OK);
    CHECK(memcmp(found, "abcabcastuvwxyz", 15) == 0);
}

/* Every distance up to forty and some far ones, every length that a word-wise copy could get wrong. */
static void matches_overlap_as_they_should(void)
{
    static const size_t far[] = {41, 63, 64, 65, 255, 256, 1000, 4095, 30000, 65535};
    enum { BEFORE = MOST - 400 };
    make_contents(BEFORE);
    for (size_t i = 1; i < 50; i++) {
        const size_t distance = i <= 40 ? i : far[i - 40];
        if (distance > BEFORE)
            continue;
        for (size_t length = 4; length < 300; length += length < 80 ? 1 : 37) {
            const size_t before = distance + 3 < 100 ? 100 : distance;
            size_t size = pack_sequence(block, contents, before, distance, length);
            size += pack_sequence(block + size, "0123456789abcdefghijklmnopqrstuvwxyz0123456789", 46, 0, 0);
            const struct attempt attempt = decode_both(block, size, found, before + length + 46);
            unsigned wrong = attempt.status != SMF_OK;
            for (size_t at = 0; at < before + length && wrong == 0; at++)
                wrong += found[at] != (at < before ? contents[at] : found[at - distance]);
            tap_check(wrong == 0, __FILE__, __LINE__, "distance %u, length %u", (unsigned)distance, (unsigned)length);
        }
    }
}

static void lies_about_the_size(void)
{
    make_contents(500);
    const size_t packed = pack_lz4(contents, 500, block);
    for (size_t room = 1; room < 500; room++)
        CHECK_STATUS(decode_both(block, packed, NULL, room).status, SMF_ERR_DECOMPRESS);
    expect("one byte more", block, packed, 501, D(PACKED_SMALL));
    expect("much more", block, packed, 5000, D(PACKED_SMALL));
    const size_t plain = pack_sequence(block, contents, 500, 0, 0);
    expect("one byte less", block, plain, 499, D(PACKED_LARGE));
    expect("one literal more", block, plain, 501, D(PACKED_SMALL));
}

/* SPEC [T17] [T19] */
static void each_kind_of_damage(void)
{
    static const uint8_t nothing[] = {0x00}, beyond[] = {0x10, 'a', 2, 0, 0x50, 1, 2, 3, 4, 5, 6, 7};
    static const uint8_t zero[] = {0x10, 'a', 0, 0, 0x70, 1, 2, 3, 4, 5, 6, 7};
    static const uint8_t first[] = {0x00, 1, 0, 0x70, 1, 2, 3, 4, 5, 6, 7};
    static const uint8_t no_offset[] = {0x10, 'a'}, half[] = {0x10, 'a', 1};
    static const uint8_t no_literals[] = {0x30, 'a', 'b'}, no_length[] = {0xF0}, no_end[] = {0x1F, 'a', 1, 0, 255};
    static const uint8_t left[] = {0x10, 'a', 0x10, 'b'};
    static const uint8_t tail[] = {0x10, 'a', 1, 0, 0x80, 1, 2, 3, 4, 5, 6, 7, 8};
    expect("an empty block", nothing, sizeof nothing, 1, D(PACKED_SMALL));
    expect("a match from before the start", beyond, sizeof beyond, 100, D(LZ4_OFFSET));
    expect("a match of itself", zero, sizeof zero, 100, D(LZ4_OFFSET));
    expect("a match at the start", first, sizeof first, 100, D(LZ4_OFFSET));
    expect("no offset", no_offset, sizeof no_offset, 100, D(PACKED_SMALL));
    expect("half an offset", half, sizeof half, 100, D(PACKED_END));
    expect("no literals", no_literals, sizeof no_literals, 100, D(PACKED_END));
    expect("no length", no_length, sizeof no_length, 100, D(PACKED_END));
    expect("a length without an end", no_end, sizeof no_end, 1000, D(PACKED_END));
    expect("something behind", left, sizeof left, 1, D(PACKED_LEFT));
    CHECK_STATUS(decode_both(tail, sizeof tail, NULL, 13).status, SMF_OK);
}

/* The same far from both ends, where words are copied. */
static void damage_in_the_middle(void)
{
    static const size_t distances[] = {0, 101, 102, 1000, 65535};
    make_contents(300);
    for (size_t i = 0; i < sizeof distances / sizeof distances[0]; i++)
        for (size_t length = 4; length < 300; length += 40) {
            size_t size = pack_sequence(block, contents, 100, distances[i], length);
            size += pack_sequence(block + size, contents, 200, 0, 0);
            expect("in the middle", block, size, 300 + length, D(LZ4_OFFSET));
        }
}

/* SPEC [T19]: neither in the last five bytes nor starting in the last twelve. */
static void the_last_bytes_are_literals(void)
{
    for (size_t literals = 0; literals < 12; literals++)
        for (size_t length = 4; length < 12; length++) {
            size_t size = pack_sequence(block, "abcdefgh", 8, 4, length);
            size += pack_sequence(block + size, "0123456789abc", literals, 0, 0);
            const bool good = literals >= 5 && literals + length >= 12;
            const struct attempt attempt = decode_both(block, size, NULL, 8 + length + literals);
            CHECK_STATUS(attempt.status, good ? SMF_OK : SMF_ERR_DECOMPRESS);
            if (!good)
                CHECK_EQUAL(attempt.why.detail, D(LZ4_TAIL));
        }
}

/* Lengths that go on for ever stop where more could not be true: before 32 bits wrap, and before anything is written. */
static void bombs(void)
{
    enum { LONG = 60000 };
    memset(block, 255, LONG);
    block[0] = 0xF0;
    expect("literals", block, LONG, 1000, D(PACKED_LARGE));
    block[0] = 0x1F;
    block[1] = 'a';
    block[2] = 1;
    block[3] = 0;
    expect("a match", block, LONG, 1000, D(PACKED_LARGE));
    expect("a match of all", block, 300, 255 * 300, D(PACKED_END));
    const struct attempt attempt = decode_both(block, LONG, NULL, 1000);
    CHECK(attempt.why.offset < 32);
}

static void cut_at_every_byte(void)
{
    make_contents(700);
    const size_t packed = pack_lz4(contents, 700, block);
    for (size_t size = 1; size < packed; size++)
        CHECK_STATUS(decode_both(block, size, NULL, 700).status, SMF_ERR_DECOMPRESS);
    memcpy(block + packed, "\0\0\0", 3);
    for (size_t size = packed + 1; size <= packed + 3; size++)
        CHECK_STATUS(decode_both(block, size, NULL, 700).status, SMF_ERR_DECOMPRESS);
}

/* Guards are checked in decode(). */
static void every_bit_flipped(void)
{
    unsigned refused = 0;
    make_contents(600);
    const size_t packed = pack_lz4(contents, 600, block);
    for (size_t bit = 0; bit < 8 * packed; bit++) {
        block[bit / 8] ^= (uint8_t)(1u << bit % 8);
        const struct attempt attempt = decode_both(block, packed, found, 600);
        CHECK(attempt.status == SMF_OK || attempt.status == SMF_ERR_DECOMPRESS);
        refused += attempt.status != SMF_OK;
        block[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    CHECK(refused > packed / 4);
}

static void each_read_fails(void)
{
    static uint8_t window[SMF_WINDOW_SIZE];
    make_contents(3000);
    const size_t packed = pack_lz4(contents, 3000, block);
    for (unsigned way = 0; way < 2; way++) {
        const size_t piece = way == 0 ? SMF_WINDOW_SIZE : 16;
        unsigned at = 1;
        for (;; at++) {
            struct fickle fickle = {.bytes = block, .size = packed, .fail_at = at};
            const struct smf_source source = fickle_source(&fickle);
            struct attempt attempt = {.why = {.status = SMF_ERR_BUSY}};
            const struct smf_packed what = {
                .source = &source, .offset = 0, .size = packed, .window = way == 0 ? window : NULL};
            attempt.status = smf_codec_lz4.decode(&smf_codec_lz4, &what, found, 3000, &attempt.why);
            if (attempt.status == SMF_OK || at > 1000)
                break;
            CHECK_STATUS(attempt.status, SMF_ERR_IO);
            CHECK_STATUS(attempt.why.status, SMF_ERR_IO);
            CHECK_EQUAL(fickle.calls, at);
        }
        CHECK_EQUAL(at, 1 + (packed + piece - 1) / piece);
        CHECK(memcmp(found, contents, 3000) == 0);
    }
}

static void it_says_what_it_is(void)
{
    CHECK_EQUAL(smf_codec_lz4.number, SMF_COMPRESSION_LZ4);
    CHECK_TEXT(smf_codec_lz4.name, "lz4");
}

static const struct tap_case cases[] = {
    {"what_is_packed_comes_back",      what_is_packed_comes_back     },
    {"what_sequences_mean",            what_sequences_mean           },
    {"matches_overlap_as_they_should", matches_overlap_as_they_should},
    {"lies_about_the_size",            lies_about_the_size           },
    {"each_kind_of_damage",            each_kind_of_damage           },
    {"damage_in_the_middle",           damage_in_the_middle          },
    {"the_last_bytes_are_literals",    the_last_bytes_are_literals   },
    {"bombs",                          bombs                         },
    {"cut_at_every_byte",              cut_at_every_byte             },
    {"every_bit_flipped",              every_bit_flipped             },
    {"each_read_fails",                each_read_fails               },
    {"it_says_what_it_is",             it_says_what_it_is            },
};
TAP_MAIN(cases)
