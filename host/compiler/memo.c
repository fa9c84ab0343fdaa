/* SPDX-License-Identifier: MIT */
/* memo.c - see memo.h. Types lie in types SMF_TYPE_DEPTH deep at most, and that is how deep anything recurses here. */
#include "memo.h"

#include <stdlib.h>
#include <string.h>

#include "smf/compiler.h"
#include "smf/hash.h"

struct memo_entry {
    struct memo_entry *next;          /* in its bucket      */
    struct memo_entry *older, *newer; /* by age             */
    struct memo_bytes key;
    struct memo_types types;
    uint64_t hash;
};

/* --- Keys ------------------------------------------------------------------------------------------ */

void memo_put(struct memo_bytes *key, const void *bytes, size_t size)
{
    if (size == 0 || key->failed)
        return;
    if (key->capacity - key->size < size) {
        const size_t capacity = 2 * key->capacity + size + 64;
        uint8_t *grown = capacity < size ? NULL : realloc(key->bytes, capacity);
        key->failed = grown == NULL;
        if (key->failed)
            return;
        key->bytes = grown;
        key->capacity = capacity;
    }
    memcpy(key->bytes + key->size, bytes, size);
    key->size += size;
}

void memo_put_number(struct memo_bytes *key, uint64_t number)
{
    uint8_t bytes[8];
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(number >> 8 * i);
    memo_put(key, bytes, sizeof bytes);
}

static void put_sized(struct memo_bytes *key, const char *text, size_t size)
{
    memo_put_number(key, size);
    memo_put(key, text, size);
}

void memo_put_text(struct memo_bytes *key, const char *text)
{
    memo_put_number(key, text != NULL);
    put_sized(key, text, text != NULL ? strlen(text) : 0);
}

static enum smf_status put_type(struct memo_bytes *key, const struct smf_type *type, unsigned depth)
{
    if (depth > SMF_TYPE_DEPTH)
        return SMF_ERR_LIMIT;
    const uint8_t head[] = {type->kind, type->bits, type->is_signed, (uint8_t)type->lanes, (uint8_t)(type->lanes >> 8)};
    memo_put(key, head, sizeof head);
    put_sized(key, type->name, type->name_size);
    memo_put_number(key, smf_types_count(type->arguments));
    enum smf_status status = SMF_OK;
    for (const struct smf_type *one = type->arguments; one != NULL && status == SMF_OK; one = one->next)
        status = put_type(key, one, depth + 1);
    return status;
}

enum smf_status memo_key(struct memo_bytes *key, const struct smf_compiler_template *template,
                         const struct smf_infer_hint *hints, size_t hint_count)
{
    memo_put_text(key, template->name);
    memo_put_text(key, template->signature);
    memo_put_number(key, template->parameters != NULL);
    memo_put_number(key, template->parameter_count);
    for (size_t i = 0; template->parameters != NULL && i < template->parameter_count; i++)
        memo_put_text(key, template->parameters[i]);
    for (size_t i = 0; i < hint_count; i++) {
        if (hints[i].type == NULL)
            return SMF_ERR_TYPE;
        memo_put_number(key, hints[i].source);
        memo_put_number(key, (uint64_t)(int64_t)hints[i].parameter);
        memo_put_number(key, (uint64_t)(int64_t)hints[i].argument);
        const enum smf_status status = put_type(key, hints[i].type, 0);
        if (status != SMF_OK)
            return status;
    }
    return key->failed ? SMF_ERR_NO_MEMORY : SMF_OK;
}

/* --- Types ----------------------------------------------------------------------------------------- */

/* Room that a list takes: types, and bytes of names. */
static enum smf_status measure(const struct smf_type *types, unsigned depth, size_t *count, size_t *bytes)
{
    if (types != NULL && depth > SMF_TYPE_DEPTH)
        return SMF_ERR_LIMIT;
    for (; types != NULL; types = types->next) {
        *count += 1;
        *bytes += types->name_size;
        const enum smf_status status = measure(types->arguments, depth + 1, count, bytes);
        if (status != SMF_OK)
            return status;
    }
    return SMF_OK;
}

struct room {
    struct smf_type *types;
    char *names;
};

static const struct smf_type *copy_list(const struct smf_type *types, struct room *room)
{
    const struct smf_type *first = NULL;
    const struct smf_type **tail = &first;
    for (; types != NULL; types = types->next) {
        struct smf_type *copy = room->types++;
        *copy = *types;
        copy->next = NULL;
        if (types->name != NULL) {
            memcpy(room->names, types->name, types->name_size);
            copy->name = room->names;
            room->names += types->name_size;
        }
        *tail = copy;
        tail = &copy->next;
        copy->arguments = copy_list(types->arguments, room);
    }
    return first;
}

enum smf_status memo_copy(const struct smf_type *types, struct memo_types *copy)
{
    size_t count = 0, bytes = 0;
    const enum smf_status status = measure(types, 0, &count, &bytes);
    *copy = (struct memo_types){0};
    if (status != SMF_OK || count == 0)
        return status;
    copy->block = malloc(count * sizeof *types + bytes);
    if (copy->block == NULL)
        return SMF_ERR_NO_MEMORY;
    struct room room = {copy->block, (char *)copy->block + count * sizeof *types};
    copy->types = copy_list(types, &room);
    return SMF_OK;
}

void memo_free(struct memo_types *types)
{
    free(types->block);
    *types = (struct memo_types){0};
}

/* --- The table ------------------------------------------------------------------------------------- */

enum smf_status memo_start(struct memo *memo, uint32_t limit)
{
    uint32_t count = 1;
    while (count < limit && count < 1u << 20)
        count *= 2;
    *memo = (struct memo){.buckets = calloc(count, sizeof(struct memo_entry *)), .mask = count - 1, .limit = limit};
    return memo->buckets != NULL ? SMF_OK : SMF_ERR_NO_MEMORY;
}

static void free_entry(struct memo_entry *entry)
{
    free(entry->key.bytes);
    memo_free(&entry->types);
    free(entry);
}

void memo_finish(struct memo *memo)
{
    for (struct memo_entry *entry = memo->oldest, *newer; entry != NULL; entry = newer) {
        newer = entry->newer;
        free_entry(entry);
    }
    free(memo->buckets);
    *memo = (struct memo){0};
}

static uint64_t hash_of(const struct memo_bytes *key) { return smf_hash64(SMF_FNV64_BASIS, key->bytes, key->size); }

static struct memo_entry **chain_of(const struct memo *memo, uint64_t hash)
{
    return &memo->buckets[(uint32_t)(hash ^ hash >> 32) & memo->mask];
}

const struct memo_types *memo_find(const struct memo *memo, const struct memo_bytes *key)
{
    const uint64_t hash = hash_of(key);
    for (const struct memo_entry *entry = *chain_of(memo, hash); entry != NULL; entry = entry->next)
        if (entry->hash == hash && entry->key.size == key->size && memcmp(entry->key.bytes, key->bytes, key->size) == 0)
            return &entry->types;
    return NULL;
}

static void forget_oldest(struct memo *memo)
{
    struct memo_entry *entry = memo->oldest;
    struct memo_entry **link = chain_of(memo, entry->hash);
    while (*link != entry)
        link = &(*link)->next;
    *link = entry->next;
    memo->oldest = entry->newer;
    if (memo->oldest != NULL)
        memo->oldest->older = NULL;
    else
        memo->newest = NULL;
    memo->count--;
    free_entry(entry);
}

bool memo_keep(struct memo *memo, struct memo_bytes *key, struct memo_types *types)
{
    struct memo_entry *entry = calloc(1, sizeof *entry);
    if (entry == NULL)
        return false;
    if (memo->count == memo->limit)
        forget_oldest(memo);
    *entry = (struct memo_entry){.older = memo->newest, .key = *key, .types = *types, .hash = hash_of(key)};
    struct memo_entry **chain = chain_of(memo, entry->hash);
    entry->next = *chain;
    *chain = entry;
    if (memo->newest != NULL)
        memo->newest->newer = entry;
    else
        memo->oldest = entry;
    memo->newest = entry;
    memo->count++;
    *key = (struct memo_bytes){0};
    *types = (struct memo_types){0};
    return true;
}
