/* SPDX-License-Identifier: MIT */
/* json_types.c - see boundary.h. Recursion ends at SMF_TYPE_DEPTH. */
#include "boundary.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- Reading --------------------------------------------------------------------------------------- */

static bool fail(struct boundary_room *room, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool fail(struct boundary_room *room, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(room->error, sizeof room->error, format, list);
    va_end(list);
    return false;
}

static struct smf_type *add(struct boundary_room *room)
{
    if (room->used == BOUNDARY_TYPES_MAX) {
        fail(room, "more than %d types", BOUNDARY_TYPES_MAX);
        return NULL;
    }
    struct smf_type *type = &room->types[room->used++];
    *type = (struct smf_type){0};
    return type;
}

static bool read_into(struct boundary_room *room, const json_t *value, unsigned depth, struct smf_type *type);

static const struct smf_type *read_one(struct boundary_room *room, const json_t *value, unsigned depth)
{
    struct smf_type *type = add(room);
    return type != NULL && read_into(room, value, depth, type) ? type : NULL;
}

static bool read_list(struct boundary_room *room, const json_t *array, unsigned depth, const struct smf_type **list)
{
    const struct smf_type **tail = list;
    for (size_t i = 0; i < json_array_size(array); i++) {
        struct smf_type *type = add(room);
        if (type == NULL || !read_into(room, json_array_get(array, i), depth, type))
            return false;
        *tail = type;
        tail = &type->next;
    }
    return true;
}

static size_t count_all(const struct smf_type *types)
{
    size_t count = 0;
    for (; types != NULL; types = types->next)
        count += 1 + count_all(types->arguments);
    return count;
}

/* A type as text: "Vec<i64>". */
static bool read_text(struct boundary_room *room, const json_t *text, struct smf_type *type)
{
    const struct smf_type *list = NULL;
    const enum smf_status status = smf_types_parse(json_string_value(text), json_string_length(text),
                                                   &room->types[room->used], BOUNDARY_TYPES_MAX - room->used, &list);
    if (status != SMF_OK || list == NULL || list->next != NULL)
        return fail(room, "'%.60s' is no type", json_string_value(text));
    *type = *list;
    room->used += count_all(list);
    return true;
}

/* A whole number, `usual` if it is not said. */
static bool read_number(struct boundary_room *room, const json_t *object, const char *member, json_int_t usual,
                        json_int_t *number)
{
    const json_t *value = json_object_get(object, member);
    *number = value != NULL ? json_integer_value(value) : usual;
    return value == NULL || json_is_integer(value) || fail(room, "'%s' is no whole number", member);
}

/* The name of a primitive may say what `bits` and `signed` do not. */
static void take_hint_of_name(const json_t *name, struct smf_type *type)
{
    struct smf_type said;
    const struct smf_type *list = NULL;
    const uint8_t kind = type->kind;
    if (json_is_string(name) &&
        smf_types_parse(json_string_value(name), json_string_length(name), &said, 1, &list) == SMF_OK && list != NULL &&
        list->kind == kind)
        *type = *list;
}

static bool read_int_or_float(struct boundary_room *room, const json_t *object, struct smf_type *type)
{
    const json_t *is_signed = json_object_get(object, "signed");
    json_int_t bits;
    type->bits = 64;
    type->is_signed = type->kind == SMF_TYPE_INT;
    take_hint_of_name(json_object_get(object, "name"), type);
    if (!read_number(room, object, "bits", type->bits, &bits))
        return false;
    if (bits != 64 && bits != 32 && (type->kind == SMF_TYPE_FLOAT || (bits != 16 && bits != 8)))
        return fail(room, "no number has %" JSON_INTEGER_FORMAT " bits", bits);
    type->bits = (uint8_t)bits;
    if (is_signed != NULL && !json_is_boolean(is_signed))
        return fail(room, "'signed' is neither true nor false");
    if (is_signed != NULL && type->kind == SMF_TYPE_INT)
        type->is_signed = json_is_true(is_signed);
    return true;
}

static bool read_name(struct boundary_room *room, const json_t *object, struct smf_type *type)
{
    const json_t *name = json_object_get(object, "name");
    if (!json_is_string(name) || json_string_length(name) == 0)
        return fail(room, "a type without its 'name'");
    type->name = json_string_value(name);
    type->name_size = json_string_length(name);
    return true;
}

static bool read_arguments(struct boundary_room *room, const json_t *object, unsigned depth, struct smf_type *type)
{
    const json_t *arguments = json_object_get(object, "args");
    if (arguments != NULL && !json_is_array(arguments))
        return fail(room, "'args' is no array");
    return read_list(room, arguments, depth + 1, &type->arguments);
}

/* Its element: unknown, if who wrote it left that out. */
static bool read_element(struct boundary_room *room, const json_t *object, unsigned depth, struct smf_type *type)
{
    const json_t *element = json_object_get(object, "elem");
    type->arguments = element != NULL ? read_one(room, element, depth + 1) : add(room);
    return type->arguments != NULL;
}

static bool read_simd(struct boundary_room *room, const json_t *object, unsigned depth, struct smf_type *type)
{
    json_int_t lanes;
    if (!read_number(room, object, "lanes", 0, &lanes))
        return false;
    if (lanes < 1 || lanes > UINT16_MAX)
        return fail(room, "'lanes' is %" JSON_INTEGER_FORMAT, lanes);
    type->lanes = (uint16_t)lanes;
    return read_element(room, object, depth, type);
}

/* Parameters, then the result: void, if there is none. */
static bool read_function(struct boundary_room *room, const json_t *object, unsigned depth, struct smf_type *type)
{
    if (!read_arguments(room, object, depth, type))
        return false;
    const json_t *result = json_object_get(object, "ret");
    struct smf_type *last = add(room);
    if (last == NULL)
        return false;
    last->kind = SMF_TYPE_VOID;
    if (result != NULL && !read_into(room, result, depth + 1, last))
        return false;
    const struct smf_type **tail = &type->arguments;
    while (*tail != NULL)
        tail = &((struct smf_type *)(uintptr_t)*tail)->next; /* they are ours, in `room` */
    *tail = last;
    return true;
}

static bool find_kind(struct boundary_room *room, const json_t *kind, uint8_t *found)
{
    static const struct {
        const char *word;
        uint8_t kind;
    } kinds[] = {
        {"int",      SMF_TYPE_INT     },
        {"float",    SMF_TYPE_FLOAT   },
        {"bool",     SMF_TYPE_BOOL    },
        {"string",   SMF_TYPE_STRING  },
        {"str",      SMF_TYPE_STRING  },
        {"text",     SMF_TYPE_STRING  },
        {"void",     SMF_TYPE_VOID    },
        {"nil",      SMF_TYPE_VOID    },
        {"named",    SMF_TYPE_NAMED   },
        {"array",    SMF_TYPE_ARRAY   },
        {"simd",     SMF_TYPE_SIMD    },
        {"pointer",  SMF_TYPE_POINTER },
        {"function", SMF_TYPE_FUNCTION},
        {"var",      SMF_TYPE_VARIABLE},
        {"unknown",  SMF_TYPE_UNKNOWN },
    };
    if (!json_is_string(kind))
        return fail(room, "'kind' is no text");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].word, json_string_value(kind)) == 0) {
            *found = kinds[i].kind;
            return true;
        }
    return fail(room, "no kind of type is called '%.40s'", json_string_value(kind));
}

static bool read_object(struct boundary_room *room, const json_t *object, unsigned depth, struct smf_type *type)
{
    const json_t *kind = json_object_get(object, "kind"), *name = json_object_get(object, "name");
    type->kind = SMF_TYPE_INT;
    if (kind == NULL && json_is_string(name))
        return read_text(room, name, type);
    if (kind != NULL && !find_kind(room, kind, &type->kind))
        return false;
    switch (type->kind) {
    case SMF_TYPE_INT:
    case SMF_TYPE_FLOAT:
        return read_int_or_float(room, object, type);
    case SMF_TYPE_NAMED:
        return read_name(room, object, type) && read_arguments(room, object, depth, type);
    case SMF_TYPE_VARIABLE:
        return read_name(room, object, type);
    case SMF_TYPE_ARRAY:
    case SMF_TYPE_POINTER:
        return read_element(room, object, depth, type);
    case SMF_TYPE_SIMD:
        return read_simd(room, object, depth, type);
    case SMF_TYPE_FUNCTION:
        return read_function(room, object, depth, type);
    default:
        return true;
    }
}

static bool read_into(struct boundary_room *room, const json_t *value, unsigned depth, struct smf_type *type)
{
    if (depth > SMF_TYPE_DEPTH)
        return fail(room, "types lie in types more than %u deep", SMF_TYPE_DEPTH);
    if (json_is_string(value))
        return read_text(room, value, type);
    return json_is_object(value) ? read_object(room, value, depth, type) : fail(room, "a type is no object");
}

const struct smf_type *boundary_read_type(struct boundary_room *room, const json_t *value)
{
    return read_one(room, value, 0);
}

bool boundary_read_types(struct boundary_room *room, const json_t *value, const struct smf_type **types)
{
    *types = NULL;
    if (!json_is_array(value))
        return fail(room, "the types are no array");
    return read_list(room, value, 0, types);
}

/* --- Writing --------------------------------------------------------------------------------------- */

/* Takes the value; false: no memory. */
static bool put(json_t *object, const char *member, json_t *value)
{
    return json_object_set_new(object, member, value) == 0;
}

/* As people write it; of a named type or a variable the name alone. */
static json_t *write_name(const struct smf_type *type)
{
    if (type->kind == SMF_TYPE_NAMED || type->kind == SMF_TYPE_VARIABLE)
        return json_stringn(type->name, type->name_size);
    char brief[64];
    size_t length = 0;
    const enum smf_status status = smf_type_write(type, brief, sizeof brief, &length);
    if (status == SMF_OK)
        return json_string(brief);
    if (status != SMF_ERR_NO_SPACE)
        return json_string("unknown");
    char *whole = malloc(length + 1);
    json_t *name =
        whole != NULL && smf_type_write(type, whole, length + 1, &length) == SMF_OK ? json_string(whole) : NULL;
    free(whole);
    return name;
}

/* The first `count` of a list. */
static json_t *write_list(const struct smf_type *types, size_t count)
{
    json_t *array = json_array();
    for (; types != NULL && count != 0; types = types->next, count--)
        if (json_array_append_new(array, boundary_write_type(types)) != 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

static bool put_function(json_t *object, const struct smf_type *type)
{
    const struct smf_type *result = type->arguments;
    while (result != NULL && result->next != NULL)
        result = result->next;
    const size_t count = smf_types_count(type->arguments);
    return result != NULL && put(object, "args", write_list(type->arguments, count - 1)) &&
           put(object, "ret", boundary_write_type(result));
}

static bool put_parts(json_t *object, const struct smf_type *type)
{
    switch (type->kind) {
    case SMF_TYPE_INT:
        return put(object, "bits", json_integer(type->bits)) && put(object, "signed", json_boolean(type->is_signed));
    case SMF_TYPE_FLOAT:
        return put(object, "bits", json_integer(type->bits));
    case SMF_TYPE_NAMED:
        return put(object, "args", boundary_write_types(type->arguments));
    case SMF_TYPE_SIMD:
        return put(object, "lanes", json_integer(type->lanes)) &&
               put(object, "elem", boundary_write_type(type->arguments));
    case SMF_TYPE_ARRAY:
    case SMF_TYPE_POINTER:
        return put(object, "elem", boundary_write_type(type->arguments));
    case SMF_TYPE_FUNCTION:
        return put_function(object, type);
    default:
        return true;
    }
}

json_t *boundary_write_type(const struct smf_type *type)
{
    static const char *const kinds[] = {"unknown", "int",   "float",   "bool",     "string", "void",
                                        "named",   "array", "pointer", "function", "simd",   "var"};
    json_t *object = json_object();
    if (put(object, "kind", json_string(type->kind <= SMF_TYPE_VARIABLE ? kinds[type->kind] : kinds[0])) &&
        put(object, "name", write_name(type)) && put_parts(object, type))
        return object;
    json_decref(object);
    return NULL;
}

json_t *boundary_write_types(const struct smf_type *types) { return write_list(types, SIZE_MAX); }
