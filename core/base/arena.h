/* SPDX-License-Identifier: MIT */
/*
 * base/arena.h - blocks in memory that the caller gave.
 *
 * First fit from the bottom for what stays, from the end of the highest free
 * block that is large enough for scratch; neighbours that are free coalesce at
 * once. Scratch is given back in reverse order. Every block is aligned to
 * SMF_ARENA_ALIGNMENT and has a header of SMF_ARENA_HEADER bytes.
 *
 * Blocks below the first hole are not looked at, nor are those below the
 * place where scratch is found: in an arena that only grows, taking and giving
 * cost the same however many blocks there are.
 */
#ifndef SMF_BASE_ARENA_H
#define SMF_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

/* Alignment of blocks: enough for uint64_t and pointers. */
#define SMF_ARENA_ALIGNMENT 8u
#define SMF_ARENA_HEADER 16u

struct smf_arena {
    uint8_t *bytes; /* aligned start */
    size_t size;    /* a multiple of SMF_ARENA_ALIGNMENT */
    size_t lowest;  /* offset: no free block is below it */
    size_t last;    /* offset of the last block          */
};

/* Take over `size` bytes at `memory`, any alignment. What is too small for one block is an arena that has no room. */
void smf_arena_start(struct smf_arena *arena, void *memory, size_t size);

/* Bytes that a block of `size` bytes takes out of an arena, header included; SIZE_MAX if that overflows. */
size_t smf_arena_block_size(size_t size);

/* A block that stays, or NULL. Contents unspecified. */
void *smf_arena_take(struct smf_arena *arena, size_t size);

/* A block for a while, from the top, or NULL. */
void *smf_arena_take_scratch(struct smf_arena *arena, size_t size);

/* Give back what a block has behind its first `size` bytes. */
void smf_arena_trim(struct smf_arena *arena, void *block, size_t size);

/* Give a block back. NULL is allowed. */
void smf_arena_give(struct smf_arena *arena, void *block);

/* Size of the largest block that could be taken now, without its header. */
size_t smf_arena_largest(const struct smf_arena *arena);

#endif
