/* SPDX-License-Identifier: MIT */
/*
 * base/bytes.h - little-endian fields at any alignment, and the four memory
 * functions that a freestanding compiler may call anyway (C11 4p6, GCC manual
 * "Standards"). Everything that touches file bytes goes through these.
 */
#ifndef SMF_BASE_BYTES_H
#define SMF_BASE_BYTES_H

#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *left, const void *right, size_t size);

/*
 * Values decoded from a source before this point are kept, not read again: the
 * source may be memory that somebody else writes to (decision 4).
 */
#define SMF_DECODED() __asm__ volatile("" ::: "memory")

/*
 * Where the machine loads and stores words of this byte order at any address, that is said
 * outright: compilers put bytes together again, but not in the middle of a larger
 * expression, and not before they have decided what to inline.
 */
#if (defined(__ARM_FEATURE_UNALIGNED) || defined(__x86_64__)) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define SMF_LOAD static inline __attribute__((always_inline))
SMF_LOAD uint16_t smf_get16(const uint8_t *at)
{
    uint16_t value;
    __builtin_memcpy(&value, at, sizeof value);
    return value;
}
SMF_LOAD uint32_t smf_get32(const uint8_t *at)
{
    uint32_t value;
    __builtin_memcpy(&value, at, sizeof value);
    return value;
}
SMF_LOAD void smf_put16(uint8_t *at, uint16_t value) { __builtin_memcpy(at, &value, sizeof value); }
SMF_LOAD void smf_put32(uint8_t *at, uint32_t value) { __builtin_memcpy(at, &value, sizeof value); }
#else
#define SMF_LOAD static inline
SMF_LOAD uint16_t smf_get16(const uint8_t *at) { return (uint16_t)(at[0] | at[1] << 8); }
SMF_LOAD uint32_t smf_get32(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}
SMF_LOAD void smf_put16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}
SMF_LOAD void smf_put32(uint8_t *at, uint32_t value)
{
    smf_put16(at, (uint16_t)value);
    smf_put16(at + 2, (uint16_t)(value >> 16));
}
#endif
SMF_LOAD uint64_t smf_get64(const uint8_t *at) { return smf_get32(at) | (uint64_t)smf_get32(at + 4) << 32; }

SMF_LOAD void smf_put64(uint8_t *at, uint64_t value)
{
    smf_put32(at, (uint32_t)value);
    smf_put32(at + 4, (uint32_t)(value >> 32));
}

/* A 64-bit field as a word of this machine. What does not fit one is SIZE_MAX: past every end, more than any room. */
#if SIZE_MAX > UINT32_MAX
static inline size_t smf_get_size(const uint8_t *at) { return smf_get64(at); }
#else
size_t smf_get_size(const uint8_t *at); /* bytes.c */
#endif

/* `size` bytes at `offset` lie within `limit`: written so that nothing can wrap. */
static inline int smf_within(size_t offset, size_t size, size_t limit)
{
    return offset <= limit && size <= limit - offset;
}

/* Round up to a power of two. The caller knows that value + alignment does not wrap. */
static inline size_t smf_align_up(size_t value, size_t alignment) { return (value + alignment - 1) & ~(alignment - 1); }
static inline uint64_t smf_align_up64(uint64_t value, uint64_t alignment)
{
    return (value + alignment - 1) & ~(alignment - 1);
}

#endif
