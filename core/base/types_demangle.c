/* SPDX-License-Identifier: MIT */
/*
 * types_demangle.c - a mangled name taken apart. There is one way to read it only (SPEC
 * [O13]), so what does not read like that is refused and nothing is tried twice.
 */
#include "base/bytes.h"
#include "base/type_words.h"
#include "smf/types.h"

struct open {
    struct smf_type *type;
    size_t left; /* arguments that are still to come */
};

struct reader {
    const char *text;
    size_t size, at;
    char *names;
    size_t names_capacity, names_used;
    struct smf_type *room;
    size_t capacity, used;
    struct open open[SMF_TYPE_DEPTH];
    unsigned depth;
};

/* No number in a name is larger: there is no room for so many. */
#define COUNT_MAX 0xFFFFFFu

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

static char peek(const struct reader *reader) { return reader->at < reader->size ? reader->text[reader->at] : '\0'; }

/* A number as it is written: no zero in front. False: none, or more than `most`. */
static bool take_number(struct reader *reader, size_t most, size_t *number)
{
    const bool zero = peek(reader) == '0';
    bool any = false;
    for (*number = 0; is_digit(peek(reader)); reader->at++) {
        if (any && zero)
            return false;
        any = true;
        *number = *number * 10 + (size_t)(reader->text[reader->at] - '0');
        if (*number > most)
            return false;
    }
    return any;
}

/* A name without its escapes. */
static enum smf_status take_name(struct reader *reader, struct smf_type *type)
{
    type->name = reader->names + reader->names_used;
    for (;; reader->at++) {
        char c = peek(reader);
        if (c == '$' && reader->at + 1 < reader->size && reader->text[reader->at + 1] == '_') {
            c = '_';
            reader->at++;
        } else if (!is_letter(c) && !(is_digit(c) && type->name_size != 0)) {
            return type->name_size != 0 ? SMF_OK : SMF_ERR_TYPE;
        }
        if (reader->names_used == reader->names_capacity)
            return SMF_ERR_NO_SPACE;
        reader->names[reader->names_used++] = c;
        type->name_size++;
    }
}

/* The number that makes `fn2` a function and `simd4` a vector; false: the name is none of these. */
static bool is_numbered(const struct smf_type *type, const char *word, size_t word_size, size_t *number)
{
    struct reader digits = {.text = type->name, .size = type->name_size, .at = word_size};
    return type->name_size > word_size && memcmp(type->name, word, word_size) == 0 &&
           take_number(&digits, COUNT_MAX, number) && digits.at == digits.size;
}

/* What a name means that has no `$` behind it; `*count` arguments follow. */
static enum smf_status set_meaning(struct reader *reader, struct smf_type *type, size_t *count)
{
    const bool more = peek(reader) == '_';
    size_t number;
    *count = 0;
    if (type->name_size == 3 && more && (memcmp(type->name, "arr", 3) == 0 || memcmp(type->name, "ptr", 3) == 0)) {
        *type = (struct smf_type){.kind = type->name[0] == 'a' ? SMF_TYPE_ARRAY : SMF_TYPE_POINTER};
        *count = 1;
    } else if (is_numbered(type, "fn", 2, &number)) {
        *type = (struct smf_type){.kind = SMF_TYPE_FUNCTION};
        *count = number + 1;
    } else if (is_numbered(type, "simd", 4, &number)) {
        *type = (struct smf_type){.kind = SMF_TYPE_SIMD, .lanes = (uint16_t)number};
        *count = 1;
        if (number == 0 || number > UINT16_MAX)
            return SMF_ERR_TYPE;
    } else if (!smf_type_word(type->name, type->name_size, false, type)) {
        return smf_type_is_reserved(type->name, type->name_size) ? SMF_ERR_TYPE : SMF_OK;
    }
    if (*count != 0 && !more)
        return SMF_ERR_TYPE;
    reader->at += *count != 0;
    return SMF_OK;
}

/* One type up to its arguments. */
static enum smf_status take_type(struct reader *reader, struct smf_type **into, size_t *count)
{
    if (reader->used == reader->capacity)
        return SMF_ERR_NO_SPACE;
    struct smf_type *type = *into = &reader->room[reader->used++];
    *type = (struct smf_type){.kind = SMF_TYPE_NAMED};
    const enum smf_status status = take_name(reader, type);
    if (status != SMF_OK)
        return status;
    if (peek(reader) != '$')
        return set_meaning(reader, type, count);
    reader->at++;
    if (!take_number(reader, COUNT_MAX, count))
        return SMF_ERR_TYPE;
    return *count != 0 || smf_type_is_reserved(type->name, type->name_size) ? SMF_OK : SMF_ERR_TYPE;
}

static enum smf_status take_types(struct reader *reader, const struct smf_type **tail)
{
    for (;;) {
        struct smf_type *type;
        size_t count;
        const enum smf_status status = take_type(reader, &type, &count);
        if (status != SMF_OK)
            return status;
        *tail = type;
        tail = &type->next;
        if (count != 0) {
            if (reader->depth == SMF_TYPE_DEPTH)
                return SMF_ERR_LIMIT;
            reader->open[reader->depth++] = (struct open){type, count};
            tail = &type->arguments;
            continue;
        }
        while (reader->depth != 0 && --reader->open[reader->depth - 1].left == 0)
            tail = &reader->open[--reader->depth].type->next;
        if (reader->depth == 0 && reader->at == reader->size)
            return SMF_OK;
        if (peek(reader) != '_')
            return SMF_ERR_TYPE;
        reader->at++;
    }
}

enum smf_status smf_types_demangle(const char *text, size_t size, size_t *base_size, char *names, size_t names_capacity,
                                   struct smf_type *room, size_t capacity, const struct smf_type **types)
{
    struct reader reader = {.text = text, .size = size, .names = names, .names_capacity = names_capacity};
    reader.room = room;
    reader.capacity = capacity;
    *types = NULL;
    while (reader.at < size && text[reader.at] != '$')
        reader.at++;
    *base_size = reader.at;
    if (reader.at++ == size)
        return SMF_OK;
    const enum smf_status status = take_types(&reader, types);
    if (status != SMF_OK)
        *types = NULL;
    return status;
}
