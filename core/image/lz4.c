/* SPDX-License-Identifier: MIT */
/*
 * lz4.c - one LZ4 block, decoded straight into the memory where it will live (SPEC, "Compression").
 *
 * A block is a row of sequences: a token, literals, and a match, which repeats
 * what was written some bytes before; the last one has literals only. Nothing is
 * written before it is known to fit, nothing is repeated that was not written.
 * Reached through smf_codec_lz4 only: what the linker does not find named, a firmware does not contain.
 */
#include "base/bytes.h"
#include "base/fail.h"
#include "base/window.h"
#include "smf/codec.h"

enum {
    MATCH_LEAST = 4, /* bytes of the shortest match; a token counts from there                  */
    NIBBLE = 15,     /* a length of the token that goes on in the bytes after it                */
    START_LEAST = 12 /* no match starts in the last twelve bytes of a block ...                 */
};
#define TAIL_LEAST 5u /* ... and none reaches into the last five                                 */

/* Stored bytes on their way in. */
struct input {
    const uint8_t *at, *end;         /* what can be read without asking the source                  */
    size_t offset, left;             /* in the source: of the stored bytes behind, and their number */
    size_t size;                     /* of the whole block in memory                                */
    struct smf_diagnosis *why;       /* SMF_OK, or what went wrong: nothing more is read then       */
    const struct smf_source *source; /* of these bytes */
    uint8_t *window;                 /* what a positional source is read through    */
    size_t window_size;
    uint8_t small[16]; /* the same, if the caller has none */
};

/* Unless something went wrong before. */
static enum smf_status refuse(const struct input *input, enum smf_detail detail, size_t value, size_t expected)
{
    if (input->why->status != SMF_OK)
        return input->why->status;
    return smf_fail(input->why, detail, input->offset - (size_t)(input->end - input->at), value, expected);
}

/* How many bytes can be read now; 0 if there are none, which has been said. */
static size_t refill(struct input *input)
{
    size_t size = (size_t)(input->end - input->at);
    if (size != 0 || input->why->status != SMF_OK)
        return size;
    size = input->left < input->window_size ? input->left : input->window_size;
    if (size == 0)
        refuse(input, SMF_DETAIL_PACKED_END, 0, 0);
    else if (smf_source_read(input->source, input->offset, input->window, size, input->why) != SMF_OK)
        size = 0;
    input->offset += size;
    input->left -= size;
    input->at = input->window;
    input->end = input->window + size;
    return size;
}

/* The next byte; 0 if there is none. */
static unsigned take(struct input *input)
{
    if (refill(input) == 0)
        return 0;
    const unsigned byte = *input->at++;
    SMF_DECODED();
    return byte;
}

/* A length of a token, which may go on: bytes are added until one is not 255, or it is longer than all there can be. */
static size_t take_length(struct input *input, unsigned nibble)
{
    size_t length = nibble;
    unsigned byte = nibble == NIBBLE ? 255 : 0;
    while (byte == 255 && length <= input->size) {
        byte = take(input);
        length += byte;
    }
    return length;
}

static void take_literals(struct input *input, uint8_t *to, size_t length)
{
    while (length != 0) {
        size_t some = refill(input);
        if (some == 0)
            return;
        some = length < some ? length : some;
        memcpy(to, input->at, some);
        to += some;
        input->at += some;
        length -= some;
    }
}

/* `length` bytes from `distance` before, those of the match itself among them: what is there twice is a longer pattern. */
static void repeat(uint8_t *to, size_t distance, size_t length)
{
    for (; length > distance; distance += distance) {
        memcpy(to, to - distance, distance);
        to += distance;
        length -= distance;
    }
    memcpy(to, to - distance, length);
}

/*
 * Where a word of eight bytes may lie anywhere, most sequences are taken in whole
 * words that reach beyond what is meant, as long as so much room is proven on both
 * sides. Whatever is near an end, or wrong, is left to the exact way.
 */
#if SIZE_MAX > UINT32_MAX && (defined(__x86_64__) || defined(__ARM_FEATURE_UNALIGNED))
enum { HURRIES = 1 };
#else
enum { HURRIES = 0 };
#endif
enum { NEAR_INPUT = 32, NEAR_END = 64, LONG = 128 }; /* bytes; a match of so many is worth a call */

static inline void copy8(uint8_t *to, const uint8_t *from)
{
    uint64_t word;
    __builtin_memcpy(&word, from, sizeof word);
    __builtin_memcpy(to, &word, sizeof word);
}

/* Two words, of which the second does not depend on what is written as the first. */
static inline void copy16_apart(uint8_t *to, const uint8_t *from)
{
    struct {
        uint64_t words[2];
    } both;
    __builtin_memcpy(&both, from, sizeof both);
    __builtin_memcpy(to, &both, sizeof both);
}

/* At least `length` bytes, up to 15 more. */
static inline void copy_apart(uint8_t *to, const uint8_t *from, size_t length)
{
    const uint8_t *const end = to + length;
    do {
        copy16_apart(to, from);
        to += 16;
        from += 16;
    } while (to < end);
}

/* A length that goes on, read while there is much input; NULL: near its end. */
static inline const uint8_t *hurry_length(const uint8_t *at, const uint8_t *end, size_t *length, size_t most)
{
    unsigned byte;
    do {
        if (end - at < NEAR_INPUT || *length > most)
            return NULL;
        byte = *at++;
        SMF_DECODED();
        *length += byte;
    } while (byte == 255);
    return at;
}

/* At least `length` bytes from `distance` before, up to 20 more. */
static inline void hurry_match(uint8_t *to, size_t distance, size_t length)
{
    /* A pattern of less than eight bytes, written again and again, is one of at least eight. */
    static const uint8_t longer[8] = {0, 8, 8, 9, 8, 10, 12, 14};
    const uint8_t *const end = to + length;
    if (distance < 8) {
        for (unsigned i = 0; i < 8; i++)
            to[i] = *(to + i - distance);
        to += 8;
        distance = longer[distance];
    }
    copy8(to, to - distance);
    copy8(to + 8, to + 8 - distance);
    for (to += 16; to < end; to += 8)
        copy8(to, to - distance);
}

/* Take what sequences can be taken in a hurry; how much is written then. Its registers are not kept while bytes are read. */
static __attribute__((noinline)) size_t hurry(struct input *input, uint8_t *start, size_t written)
{
    const uint8_t *const input_end = input->end, *const end = start + input->size;
    const uint8_t *at = input->at, *taken = at;
    uint8_t *to = start + written, *done = to;
    while (input_end - at >= NEAR_INPUT && end - to >= NEAR_END) {
        const unsigned token = *at++;
        SMF_DECODED();
        size_t length = token >> 4;
        if (length != NIBBLE) {
            copy16_apart(to, at);
        } else {
            at = hurry_length(at, input_end, &length, input->size);
            if (at == NULL || (size_t)(input_end - at) < length + NEAR_INPUT || (size_t)(end - to) < length + NEAR_END)
                break;
            copy_apart(to, at, length);
        }
        to += length;
        at += length;
        const size_t distance = smf_get16(at);
        SMF_DECODED();
        at += 2;
        length = token & NIBBLE;
        if (length == NIBBLE)
            at = hurry_length(at, input_end, &length, input->size);
        length += MATCH_LEAST;
        if (at == NULL || distance - 1 >= (size_t)(to - start) || (size_t)(end - to) < length + NEAR_INPUT)
            break;
        if (length < LONG)
            hurry_match(to, distance, length);
        else
            repeat(to, distance, length);
        to += length;
        taken = at;
        done = to;
    }
    input->at = taken;
    return (size_t)(done - start);
}

static enum smf_status decode_block(struct input *input, uint8_t *start)
{
    size_t written = 0;
    for (;;) {
        if (HURRIES)
            written = hurry(input, start, written);
        const unsigned token = take(input);
        size_t room = input->size - written, length = take_length(input, token >> 4);
        if (length > room)
            return refuse(input, SMF_DETAIL_PACKED_LARGE, length, room);
        take_literals(input, start + written, length);
        written += length;
        room -= length;
        const size_t left = input->left + (size_t)(input->end - input->at);
        if (left == 0 && room != 0)
            return refuse(input, SMF_DETAIL_PACKED_SMALL, room, 0);
        if (room == 0)
            return left == 0 ? input->why->status : refuse(input, SMF_DETAIL_PACKED_LEFT, left, 0);
        size_t distance = take(input);
        distance |= take(input) << 8;
        length = take_length(input, token & NIBBLE) + MATCH_LEAST;
        if (distance - 1 >= written)
            return refuse(input, SMF_DETAIL_LZ4_OFFSET, distance, written);
        if (length > room)
            return refuse(input, SMF_DETAIL_PACKED_LARGE, length, room);
        if (room < START_LEAST || length > room - TAIL_LEAST || input->why->status != SMF_OK)
            return refuse(input, SMF_DETAIL_LZ4_TAIL, length, room);
        repeat(start + written, distance, length);
        written += length;
    }
}

static enum smf_status decode_lz4(const struct smf_codec *codec, const struct smf_packed *packed, void *into,
                                  size_t size, struct smf_diagnosis *why)
{
    struct input input;
    (void)codec;
    input.source = packed->source;
    input.why = why;
    why->status = SMF_OK;
    input.size = size;
    input.offset = packed->offset;
    input.left = packed->size;
    input.window = packed->window;
    input.window_size = SMF_WINDOW_SIZE;
    if (input.window == NULL) {
        input.window = input.small;
        input.window_size = sizeof input.small;
    }
    input.at = input.end = input.window;
    if (input.source->bytes != NULL) {
        input.at = (const uint8_t *)input.source->bytes + packed->offset;
        input.end = input.at + packed->size;
        input.offset += packed->size;
        input.left = 0;
    }
    return decode_block(&input, into);
}

const struct smf_codec smf_codec_lz4 = {
    .number = SMF_COMPRESSION_LZ4, .name = "lz4", .decode = decode_lz4, .rules = &smf_codec_rules};
