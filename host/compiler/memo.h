/* SPDX-License-Identifier: MIT */
/*
 * memo.h - inferences that are remembered: a table whose keys are all that was said, compared byte by byte, so
 * that no two questions can be taken for each other.
 */
#ifndef SMF_HOST_COMPILER_MEMO_H
#define SMF_HOST_COMPILER_MEMO_H

#include "smf/infer.h"

struct smf_compiler_template;

/* Bytes that grow. `failed`: memory ran out, and what is there is not whole. */
struct memo_bytes {
    uint8_t *bytes;
    size_t size, capacity;
    bool failed;
};
void memo_put(struct memo_bytes *key, const void *bytes, size_t size);
void memo_put_number(struct memo_bytes *key, uint64_t number);
void memo_put_text(struct memo_bytes *key, const char *text); /* NULL differs from "" */

/* All that decides an inference. SMF_ERR_TYPE: a hint without a type; SMF_ERR_LIMIT: types in types too deep. */
SMF_MUST_CHECK
enum smf_status memo_key(struct memo_bytes *key, const struct smf_compiler_template *template,
                         const struct smf_infer_hint *hints, size_t hint_count);

/* A list of types with all that it refers to, in one block. Zero: none. */
struct memo_types {
    void *block;
    const struct smf_type *types; /* NULL: the empty list */
};
SMF_MUST_CHECK
enum smf_status memo_copy(const struct smf_type *types, struct memo_types *copy);
void memo_free(struct memo_types *types);

struct memo_entry;
struct memo {
    struct memo_entry **buckets; /* as many as `limit`, rounded up to a power of two */
    struct memo_entry *oldest, *newest;
    uint32_t mask, count, limit;
};
SMF_MUST_CHECK
enum smf_status memo_start(struct memo *memo, uint32_t limit);
void memo_finish(struct memo *memo);
/* NULL: not remembered. */
const struct memo_types *memo_find(const struct memo *memo, const struct memo_bytes *key);
/* Takes the key's bytes and the types; false: no memory, and both are still the caller's. */
bool memo_keep(struct memo *memo, struct memo_bytes *key, struct memo_types *types);

#endif
