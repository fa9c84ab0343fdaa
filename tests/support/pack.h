/* SPDX-License-Identifier: MIT */
/*
 * pack.h - compressed bytes for tests: LZ4 blocks sequence by sequence, a small
 * encoder, and canonical modules with compressed sections. Apart from the decoder,
 * small enough for boards, and in no hurry.
 */
#ifndef SMF_TESTS_PACK_H
#define SMF_TESTS_PACK_H

#include <stddef.h>
#include <stdint.h>

/* Room that `size` bytes need at most. */
#define PACK_ROOM(size) ((size) + (size) / 255 + 16)

/* Append one sequence to a block at `into`: literals, then a match of `length` bytes (4 or more; 0: none, the last
 * sequence) `distance` bytes back. How many bytes that takes. */
size_t pack_sequence(uint8_t *into, const void *literals, size_t count, size_t distance, size_t length);

/* The whole block for `size` bytes. Its size. */
size_t pack_lz4(const uint8_t *bytes, size_t size, uint8_t *into);

/* Types of sections that pack_module() compresses: bits 1 << SMF_SECTION_.... */
#define PACK_LOADED 0xEu
#define PACK_ALL 0x10Eu

/* Sections of these types as the forge takes them, compressed; `room` holds the blocks. */
struct forge_section;
void pack_sections(struct forge_section *sections, size_t count, unsigned types, uint8_t *room);

/* A copy of a canonical file with its sections of these types as LZ4 blocks, and module_hash right if it has one.
 * Allocated; free() it. */
uint8_t *pack_module(const uint8_t *file, size_t size, unsigned types, size_t *packed_size);

#endif
