/* SPDX-License-Identifier: MIT */
/*
 * types.c - names of types: as people write them, and in the names of instances,
 * where no two lists of types may give one name (SPEC, "Names of instances").
 */
#include "smf/types.h"

#include "base/bytes.h"
#include "base/type_words.h"

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
    static const uint32_t powers[] = {1000000000, 100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1};
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

/* Is a name `word` and a number? */
static bool is_numbered(const char *name, size_t size, const char *word)
{
    size_t at = 0;
    for (; word[at] != '\0'; at++)
        if (at == size || name[at] != word[at])
            return false;
    const size_t digits = at;
    while (at < size && is_digit(name[at]))
        at++;
    return at == size && at != digits;
}

bool smf_type_is_reserved(const char *name, size_t size)
{
    struct smf_type word;
    return smf_type_word(name, size, false, &word) || is_numbered(name, size, "fn") ||
           is_numbered(name, size, "simd") ||
           (size == 3 && (memcmp(name, "arr", 3) == 0 || memcmp(name, "ptr", 3) == 0));
}

static bool is_sound(const struct smf_type *type, bool mangled)
{
    const uint8_t bits = type->bits;
    const bool named = type->name != NULL && is_name(type->name, type->name_size);
    const bool single = type->arguments != NULL && type->arguments->next == NULL;
    switch (type->kind) {
    case SMF_TYPE_INT:
        return (bits == 8 || bits == 16 || bits == 32 || bits == 64) && type->arguments == NULL;
    case SMF_TYPE_FLOAT:
        return (bits == 32 || bits == 64) && type->arguments == NULL;
    case SMF_TYPE_NAMED:
        return named;
    case SMF_TYPE_VARIABLE:
        return named && type->arguments == NULL && !mangled;
    case SMF_TYPE_ARRAY:
    case SMF_TYPE_POINTER:
        return single;
    case SMF_TYPE_SIMD:
        return single && type->lanes != 0;
    case SMF_TYPE_FUNCTION:
        return type->arguments != NULL;
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

static void put_name(struct out *out, const struct smf_type *type, bool mangled)
{
    for (size_t i = 0; i < type->name_size; i++) {
        if (mangled && type->name[i] == '_')
            put(out, '$');
        put(out, type->name[i]);
    }
    if (mangled && (type->arguments != NULL || smf_type_is_reserved(type->name, type->name_size))) {
        put(out, '$');
        put_number(out, smf_types_count(type->arguments));
    } else if (type->arguments != NULL) {
        put(out, '<');
    }
}

/* What stands before the arguments. */
static void put_start(struct out *out, const struct smf_type *type, bool mangled)
{
    switch (type->kind) {
    case SMF_TYPE_ARRAY:
        put_text(out, mangled ? "arr_" : "[");
        break;
    case SMF_TYPE_POINTER:
        put_text(out, mangled ? "ptr_" : "*");
        break;
    case SMF_TYPE_SIMD:
        put_text(out, mangled ? "simd" : "simd<");
        put_number(out, type->lanes);
        put(out, mangled ? '_' : ',');
        break;
    case SMF_TYPE_FUNCTION:
        put_text(out, mangled ? "fn" : type->arguments->next == NULL ? "()->" : "(");
        if (mangled) {
            put_number(out, smf_types_count(type->arguments) - 1);
            put(out, '_');
        }
        break;
    case SMF_TYPE_VARIABLE:
        put(out, '?');
        put_name(out, type, mangled);
        break;
    case SMF_TYPE_NAMED:
        put_name(out, type, mangled);
        break;
    default:
        put_simple(out, type);
    }
}

/* What stands behind the last argument, as people write it. */
static void put_end(struct out *out, const struct smf_type *type)
{
    if (type->kind == SMF_TYPE_ARRAY)
        put(out, ']');
    else if (type->kind == SMF_TYPE_NAMED || type->kind == SMF_TYPE_SIMD)
        put(out, '>');
}

/* What stands before `next`, which is not the first of the arguments of `outer` (NULL: of a list). */
static void put_between(struct out *out, const struct smf_type *outer, const struct smf_type *next, bool mangled)
{
    if (!mangled && outer != NULL && outer->kind == SMF_TYPE_FUNCTION && next->next == NULL)
        put_text(out, ")->");
    else
        put(out, mangled ? '_' : ',');
}

/* A type, and those that follow it unless it is `single`. */
static enum smf_status put_types(struct out *out, const struct smf_type *type, bool mangled, bool single)
{
    const struct smf_type *outer[SMF_TYPE_DEPTH];
    unsigned depth = 0;
    while (type != NULL) {
        if (!is_sound(type, mangled))
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
                put_end(out, type);
            if (depth == 0 && single)
                return SMF_OK;
        }
        type = depth == 0 && single ? NULL : type->next;
        if (type != NULL)
            put_between(out, depth != 0 ? outer[depth - 1] : NULL, type, mangled);
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
    if (left->kind == SMF_TYPE_SIMD)
        return left->lanes == right->lanes;
    if (left->kind == SMF_TYPE_NAMED || left->kind == SMF_TYPE_VARIABLE)
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
