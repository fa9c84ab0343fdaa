/* SPDX-License-Identifier: MIT */
/* hash.c - FNV-1a with the standard primes (SPEC, "Hashes"). */
#include "smf/hash.h"

uint32_t smf_hash32(uint32_t hash, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * SMF_FNV32_PRIME;
    return hash;
}

uint32_t smf_hash_name(const char *name)
{
    uint32_t hash = SMF_FNV32_BASIS;
    while (*name != '\0')
        hash = (hash ^ (uint8_t)*name++) * SMF_FNV32_PRIME;
    return hash;
}

uint64_t smf_hash64(uint64_t hash, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * SMF_FNV64_PRIME;
    return hash;
}
