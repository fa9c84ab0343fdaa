/* SPDX-License-Identifier: MIT */
/*
 * operations.c - compare, equal and hash of the machine's own numbers, for code units that ask types for them.
 *
 * Floating-point numbers are ordered by their bits, so that the core needs no floating-point unit: -0 equals 0, and a
 * NaN equals itself and lies beyond everything else. Modules call these: the convention is theirs.
 */
#include "generic/engine.h"

#define INTEGER(name, type)                                                                                            \
    static int SMF_MODULE_CALL compare_##name(const void *a, const void *b)                                            \
    {                                                                                                                  \
        const type left = *(const type *)a, right = *(const type *)b;                                                  \
        return (left > right) - (left < right);                                                                        \
    }
#define BITS(name, type)                                                                                               \
    INTEGER(u##name, type)                                                                                             \
    static int SMF_MODULE_CALL equal_##name(const void *a, const void *b)                                              \
    {                                                                                                                  \
        return *(const type *)a == *(const type *)b;                                                                   \
    }

INTEGER(i8, int8_t)
INTEGER(i16, int16_t)
INTEGER(i32, int32_t)
INTEGER(i64, int64_t)
BITS(8, uint8_t)
BITS(16, uint16_t)
BITS(32, uint32_t)
BITS(64, uint64_t)

/* Every bit of the value has a say in the low ones, by which tables are entered. */
static size_t mix(uint32_t value)
{
    value = (value ^ value >> 16) * 0x7FEB352Du;
    value = (value ^ value >> 15) * 0x846CA68Bu;
    return value ^ value >> 16;
}

static size_t SMF_MODULE_CALL hash_8(const void *value) { return mix(*(const uint8_t *)value); }
static size_t SMF_MODULE_CALL hash_16(const void *value) { return mix(*(const uint16_t *)value); }
static size_t SMF_MODULE_CALL hash_32(const void *value) { return mix(*(const uint32_t *)value); }
static size_t SMF_MODULE_CALL hash_64(const void *value)
{
    const uint64_t bits = *(const uint64_t *)value;
    return mix((uint32_t)bits + (uint32_t)(bits >> 32) * 0x9E3779B9u);
}

/* A number that has the order of the float: -0 is 0. */
static int32_t order32(uint32_t bits)
{
    const uint32_t size = bits & 0x7FFFFFFFu;
    return bits == size ? (int32_t)size : -(int32_t)size;
}
static int64_t order64(uint64_t bits)
{
    const uint64_t size = bits & INT64_MAX;
    return bits == size ? (int64_t)size : -(int64_t)size;
}

#define FLOAT(bits)                                                                                                    \
    static int SMF_MODULE_CALL compare_f##bits(const void *a, const void *b)                                           \
    {                                                                                                                  \
        const int##bits##_t left = order##bits(*(const uint##bits##_t *)a),                                            \
                            right = order##bits(*(const uint##bits##_t *)b);                                           \
        return (left > right) - (left < right);                                                                        \
    }                                                                                                                  \
    static int SMF_MODULE_CALL equal_f##bits(const void *a, const void *b) { return compare_f##bits(a, b) == 0; }      \
    static size_t SMF_MODULE_CALL hash_f##bits(const void *value)                                                      \
    {                                                                                                                  \
        const int##bits##_t order = order##bits(*(const uint##bits##_t *)value);                                       \
        return hash_##bits(&order);                                                                                    \
    }

FLOAT(32)
FLOAT(64)

typedef int SMF_MODULE_CALL comparing(const void *a, const void *b);
typedef size_t SMF_MODULE_CALL hashing(const void *value);

static comparing *const compares[3][4] = {
    {compare_i8, compare_i16, compare_i32, compare_i64},
    {compare_u8, compare_u16, compare_u32, compare_u64},
    {NULL,       NULL,        compare_f32, compare_f64},
};
static comparing *const equals[2][4] = {
    {equal_8, equal_16, equal_32,  equal_64 },
    {NULL,    NULL,     equal_f32, equal_f64},
};
static hashing *const hashes[2][4] = {
    {hash_8, hash_16, hash_32,  hash_64 },
    {NULL,   NULL,    hash_f32, hash_f64},
};

void smf_generic_operations(uint8_t kind, unsigned size_log2, uintptr_t *operations)
{
    const unsigned is_float = kind == SMF_DESCRIPTOR_FLOAT;
    const unsigned order = kind == SMF_DESCRIPTOR_SIGNED ? 0 : is_float ? 2 : 1;
    if (operations[SMF_UNIT_COMPARE] == 0)
        operations[SMF_UNIT_COMPARE] = (uintptr_t)compares[order][size_log2];
    if (operations[SMF_UNIT_EQUAL] == 0)
        operations[SMF_UNIT_EQUAL] = (uintptr_t)equals[is_float][size_log2];
    if (operations[SMF_UNIT_HASH] == 0)
        operations[SMF_UNIT_HASH] = (uintptr_t)hashes[is_float][size_log2];
}
