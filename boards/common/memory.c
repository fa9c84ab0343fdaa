/* SPDX-License-Identifier: MIT */
/*
 * memory.c - memcpy, memmove, memset and memcmp by words. The core calls them for everything that is large, and those of
 * picolibc's packages go by bytes, four instructions for each.
 */
#include <stdint.h>
#include <string.h>

/* Loops that the compiler must not turn into calls of themselves. */
#if defined(__clang__)
#define AS_WRITTEN __attribute__((no_builtin))
#else
#define AS_WRITTEN __attribute__((optimize("no-tree-loop-distribute-patterns", "no-tree-vectorize")))
#endif

typedef uintptr_t __attribute__((may_alias)) word;
struct __attribute__((packed, may_alias)) loose { /* a word that starts anywhere */
    uintptr_t word;
};
enum { WORD = sizeof(word), AT_ONCE = 8 };

static size_t to_border(const void *at, size_t size)
{
    const size_t bytes = -(uintptr_t)at % WORD;
    return bytes < size ? bytes : size;
}

/* Whole words to where words start, from anywhere: code in the record of a template starts at any byte. */
AS_WRITTEN static size_t copy_loose(word *words, const struct loose *their, size_t size)
{
    const size_t whole = size - size % WORD;
    for (; size >= AT_ONCE * WORD; size -= AT_ONCE * WORD, words += AT_ONCE, their += AT_ONCE) {
        const word a = their[0].word, b = their[1].word, c = their[2].word, d = their[3].word;
        words[0] = a, words[1] = b, words[2] = c, words[3] = d;
        const word e = their[4].word, f = their[5].word, g = their[6].word, h = their[7].word;
        words[4] = e, words[5] = f, words[6] = g, words[7] = h;
    }
    for (; size >= WORD; size -= WORD, their++)
        *words++ = their->word;
    return whole;
}

AS_WRITTEN void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    uint8_t *target = to;
    const uint8_t *source = from;
    if (((uintptr_t)target - (uintptr_t)source) % WORD == 0) {
        size_t head = to_border(target, size);
        for (size -= head; head > 0; head--)
            *target++ = *source++;
        word *words = (word *)(void *)target;
        const word *their = (const word *)(const void *)source;
        for (; size >= AT_ONCE * WORD; size -= AT_ONCE * WORD, words += AT_ONCE, their += AT_ONCE) {
            const word a = their[0], b = their[1], c = their[2], d = their[3];
            words[0] = a, words[1] = b, words[2] = c, words[3] = d;
            const word e = their[4], f = their[5], g = their[6], h = their[7];
            words[4] = e, words[5] = f, words[6] = g, words[7] = h;
        }
        for (; size >= WORD; size -= WORD)
            *words++ = *their++;
        target = (uint8_t *)words;
        source = (const uint8_t *)their;
    } else if (size >= 4 * WORD) {
        size_t head = to_border(target, size);
        for (size -= head; head > 0; head--)
            *target++ = *source++;
        const size_t whole = copy_loose((word *)(void *)target, (const struct loose *)(const void *)source, size);
        target += whole, source += whole, size -= whole;
    }
    for (; size > 0; size--)
        *target++ = *source++;
    return to;
}

AS_WRITTEN void *memmove(void *to, const void *from, size_t size)
{
    uint8_t *target = to;
    const uint8_t *source = from;
    if ((uintptr_t)target < (uintptr_t)source)
        for (size_t i = 0; i < size; i++)
            target[i] = source[i];
    else
        for (size_t i = size; i > 0; i--)
            target[i - 1] = source[i - 1];
    return to;
}

AS_WRITTEN void *memset(void *to, int value, size_t size)
{
    uint8_t *target = to;
    const word pattern = (word)-1 / 255 * (uint8_t)value;
    size_t head = to_border(target, size);
    for (size -= head; head > 0; head--)
        *target++ = (uint8_t)value;
    word *words = (word *)(void *)target;
    for (; size >= 4 * WORD; size -= 4 * WORD, words += 4)
        words[0] = pattern, words[1] = pattern, words[2] = pattern, words[3] = pattern;
    for (; size >= WORD; size -= WORD)
        *words++ = pattern;
    for (target = (uint8_t *)words; size > 0; size--)
        *target++ = (uint8_t)value;
    return to;
}

AS_WRITTEN int memcmp(const void *left, const void *right, size_t size)
{
    const uint8_t *a = left, *b = right;
    if (((uintptr_t)a | (uintptr_t)b) % WORD == 0)
        for (; size >= WORD && *(const word *)(const void *)a == *(const word *)(const void *)b; size -= WORD)
            a += WORD, b += WORD;
    for (; size > 0; size--, a++, b++)
        if (*a != *b)
            return *a - *b;
    return 0;
}
