/* SPDX-License-Identifier: MIT */
/* smf/hash.h - FNV-1a, as symbol tables (32 bits) and module_hash (64 bits) use it. Since 0.1. Floor: base. */
#ifndef SMF_HASH_H
#define SMF_HASH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SMF_FNV32_BASIS 0x811C9DC5u
#define SMF_FNV32_PRIME 0x01000193u
#define SMF_FNV64_BASIS 0xCBF29CE484222325u
#define SMF_FNV64_PRIME 0x00000100000001B3u

/* Hash of a NUL-terminated name: what symbol entries and export tables store. */
uint32_t smf_hash_name(const char *name);

/* The same over `size` bytes, continuing `hash` (start with SMF_FNV32_BASIS or SMF_FNV64_BASIS). */
uint32_t smf_hash32(uint32_t hash, const void *bytes, size_t size);
uint64_t smf_hash64(uint64_t hash, const void *bytes, size_t size);

#ifdef __cplusplus
}
#endif

#endif
