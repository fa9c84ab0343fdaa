/* SPDX-License-Identifier: MIT */
/*
 * types.c - names of types: as people write them, and in the names of instances,
 * where no two lists of types may give one name (SPEC, "Names of instances").
 */
#include "smf/types.h"

#include "base/bytes.h"

struct out {
    char *buffer;
    size_t capacity, length;
};

static void put(struct out *out, char c)
{
    if (out->length < out->capacity)
        out->buffer[out->length] = c;
    out->length++;
}

static void put_text(struct out *out, const char *text)
{
    while (*text != '\0')
        put(out, *text++);
}

/* End the text with a NUL, cut if need be. */
static enum smf_status finish(struct out *out, enum smf_status status, size_t *length)
{
    const bool fits = out->length < out->capacity;
    if (out->capacity != 0)
        out->buffer[fits ? out->length : out->capacity - 1] = '\0';
    *length = out->length;
    return status == SMF_OK && !fits ? SMF_ERR_NO_SPACE : status;
}

/* Decimal, without a division. */
static void put_number(struct out *out, size_t number)
{
    static const uint16_t powers[] = {10000, 1000, 100, 10, 1};
    bool started = false;
    for (unsigned i = 0; i < sizeof powers / sizeof powers[0]; i++) {
        char digit = '0';
        for (; number >= powers[i]; number -= powers[i])
            digit++;
        started = started || digit != '0' || powers[i] == 1;
        if (started)
            put(out, digit);
    }
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_name(const char *name, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        const char c = name[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (is_digit(c) && i != 0)))
            return false;
    }
    return size != 0;
}

/* Names that mean something else where they stand in a mangled name. */
static bool is_reserved(const struct smf_type *type)
{
    static const char words[][8] = {"arr", "bool", "string", "void", "unknown", "i8",  "i16", "i32",
                                    "i64", "u8",   "u16",    "u32",  "u64",     "f32", "f64"};
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
        if (type->name_size < sizeof words[0] && memcmp(words[i], type->name, type->name_size) == 0 &&
            words[i][type->name_size] == '\0')
            return true;
    return false;
}

static bool is_sound(const struct smf_type *type)
{
    const uint8_t bits = type->bits;
    switch (type->kind) {
    case SMF_TYPE_INT:
        return (bits == 8 || bits == 16 || bits == 32 || bits == 64) && type->arguments == NULL;
    case SMF_TYPE_FLOAT:
        return (bits == 32 || bits == 64) && type->arguments == NULL;
    case SMF_TYPE_NAMED:
        return type->name != NULL && is_name(type->name, type->name_size);
    case SMF_TYPE_ARRAY:
        return type->arguments != NULL && type->arguments->next == NULL;
    default:
        return type->kind <= SMF_TYPE_VOID && type->arguments == NULL;
    }
}

/* ---- One list, in one of two styles ---- */

static void put_simple(struct out *out, const struct smf_type *type)
{
    static const char *const words[] = {"unknown", "", "", "bool", "string", "void"};
    if (type->kind == SMF_TYPE_INT || type->kind == SMF_TYPE_FLOAT) {
        put(out, type->kind == SMF_TYPE_FLOAT ? 'f' : type->is_signed ? 'i' : 'u');
        put_number(out, type->bits);
    } else {
        put_text(out, words[type->kind]);
    }
}

/* What stands before the arguments. */
static void put_start(struct out *out, const struct smf_type *type, bool mangled)
{
    if (type->kind == SMF_TYPE_ARRAY) {
        put_text(out, mangled ? "arr_" : "[");
        return;
    }
    if (type->kind != SMF_TYPE_NAMED) {
        put_simple(out, type);
        return;
    }
    for (size_t i = 0; i < type->name_size; i++) {
        if (mangled && type->name[i] == '_')
            put(out, '$');
        put(out, type->name[i]);
    }
    if (mangled && (type->arguments != NULL || is_reserved(type))) {
        put(out, '$');
        put_number(out, smf_types_count(type->arguments));
    } else if (type->arguments != NULL) {
        put(out, '<');
    }
}

/* A type, and those that follow it unless it is `single`. */
static enum smf_status put_types(struct out *out, const struct smf_type *type, bool mangled, bool single)
{
    const struct smf_type *outer[SMF_TYPE_DEPTH];
    unsigned depth = 0;
    while (type != NULL) {
        if (!is_sound(type))
            return SMF_ERR_TYPE;
        put_start(out, type, mangled);
        if (type->arguments != NULL) {
            if (depth == SMF_TYPE_DEPTH)
                return SMF_ERR_LIMIT;
            outer[depth++] = type;
            type = type->arguments;
            continue;
        }
        while (type->next == NULL && depth != 0) {
            type = outer[--depth];
            if (!mangled)
                put(out, type->kind == SMF_TYPE_ARRAY ? ']' : '>');
            if (depth == 0 && single)
                return SMF_OK;
        }
        type = depth == 0 && single ? NULL : type->next;
        if (type != NULL)
            put(out, mangled ? '_' : ',');
    }
    return SMF_OK;
}

enum smf_status smf_types_mangle(const char *base, size_t base_size, const struct smf_type *types, char *buffer,
                                 size_t capacity, size_t *length)
{
    struct out out = {buffer, capacity, 0};
    enum smf_status status = SMF_OK;
    for (size_t i = 0; i < base_size; i++) {
        put(&out, base[i]);
        if (base[i] == '$' && types != NULL)
            status = SMF_ERR_TYPE;
    }
    if (types != NULL && status == SMF_OK) {
        put(&out, '$');
        status = put_types(&out, types, true, false);
    }
    return finish(&out, status, length);
}

enum smf_status smf_type_write(const struct smf_type *type, char *buffer, size_t capacity, size_t *length)
{
    struct out out = {buffer, capacity, 0};
    return finish(&out, put_types(&out, type, false, true), length);
}

/* ---- Lists ---- */

size_t smf_types_count(const struct smf_type *types)
{
    size_t count = 0;
    for (; types != NULL; types = types->next)
        count++;
    return count;
}

static bool is_alike(const struct smf_type *left, const struct smf_type *right)
{
    const bool number = left->kind == SMF_TYPE_INT || left->kind == SMF_TYPE_FLOAT;
    if (left->kind != right->kind || (left->arguments == NULL) != (right->arguments == NULL) ||
        (left->next == NULL) != (right->next == NULL))
        return false;
    if (left->kind == SMF_TYPE_NAMED)
        return left->name_size == right->name_size && memcmp(left->name, right->name, left->name_size) == 0;
    return !number ||
           (left->bits == right->bits && (left->kind == SMF_TYPE_FLOAT || left->is_signed == right->is_signed));
}

bool smf_types_are_same(const struct smf_type *left, const struct smf_type *right)
{
    const struct smf_type *outer[SMF_TYPE_DEPTH], *others[SMF_TYPE_DEPTH];
    unsigned depth = 0;
    while (left != NULL && right != NULL) {
        if (!is_alike(left, right))
            return false;
        if (left->arguments != NULL) {
            if (depth == SMF_TYPE_DEPTH)
                return false;
            outer[depth] = left;
            others[depth++] = right;
            left = left->arguments;
            right = right->arguments;
            continue;
        }
        while (left->next == NULL && depth != 0) {
            left = outer[--depth];
            right = others[depth];
        }
        left = left->next;
        right = right->next;
    }
    return left == right;
}

/* ---- Substitution ---- */

/* The type of the parameter with this name, or NULL. */
static const struct smf_type *find(const char *name, size_t size, const char *const *names, size_t count,
                                   const struct smf_type *types)
{
    for (size_t i = 0; i < count && types != NULL; i++, types = types->next) {
        size_t at = 0;
        while (at < size && names[i][at] == name[at]) /* a NUL differs from every character of an identifier */
            at++;
        if (at == size && names[i][at] == '\0')
            return types;
    }
    return NULL;
}

enum smf_status smf_types_substitute(const char *text, size_t size, const char *const *names, size_t count,
                                     const struct smf_type *types, char *buffer, size_t capacity, size_t *length)
{
    struct out out = {buffer, capacity, 0};
    enum smf_status status = smf_types_count(types) == count ? SMF_OK : SMF_ERR_TYPE;
    for (size_t at = 0, end; at < size && status == SMF_OK; at = end) {
        const bool digit = is_digit(text[at]); /* a number is no identifier */
        for (end = at; end < size && (is_name(text + end, 1) || is_digit(text[end]));)
            end++;
        const struct smf_type *type = digit || end == at ? NULL : find(text + at, end - at, names, count, types);
        end += end == at;
        if (type != NULL)
            status = put_types(&out, type, false, true);
        for (size_t i = at; type == NULL && i < end; i++)
            put(&out, text[i]);
    }
    return finish(&out, status, length);
}
