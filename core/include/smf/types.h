/* SPDX-License-Identifier: MIT */
/*
 * smf/types.h - types by name, as arguments of templates: i64, string,
 * Vec<i64>, [f32], *Point, (i64)->bool; and the names that instances have because of them.
 *
 * Since 0.1. Floor: base. A type is a small tree in memory of the caller; a list
 * of types is linked by `next`. Nothing is recursive: trees are SMF_TYPE_DEPTH
 * deep at most, and anything deeper is SMF_ERR_LIMIT.
 *
 * Mangled names (SPEC [O12], [O13]): `base$a_b`, so that `Vec<i64>` is `Vec$i64` and
 * `Result<i64, string>` is `Result$i64_string`. They can be taken apart again in one way only:
 * a `_` in the name of a type is written `$_`, a type that has arguments of its own is
 * its name, `$`, their number and they themselves (`Map<string,i64>` as an argument is
 * `Map$2string_i64`), `[i64]` is `arr_i64`, `*i64` is `ptr_i64`, `simd<4,f32>` is `simd4_f32`, `(i64,u8)->bool` is
 * `fn2_i64_u8_bool` (the number is that of the parameters), and a named type that would read as something else has `$0`
 * behind it (`arr`, `fn2`).
 */
#ifndef SMF_TYPES_H
#define SMF_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How deep types may lie in types. */
#define SMF_TYPE_DEPTH 8u

enum smf_type_kind {
    SMF_TYPE_UNKNOWN, /* "unknown": nothing can be made for it             */
    SMF_TYPE_INT,     /* bits 8, 16, 32 or 64, is_signed: i64, u32         */
    SMF_TYPE_FLOAT,   /* bits 32 or 64: f64                                */
    SMF_TYPE_BOOL,
    SMF_TYPE_STRING, /* "string"; "str" and "text" are read as the same   */
    SMF_TYPE_VOID,
    SMF_TYPE_NAMED,    /* name, and arguments if it has some                */
    SMF_TYPE_ARRAY,    /* one argument, its element: [i64], or []i64, or arr_i64 */
    SMF_TYPE_POINTER,  /* one argument, what it points to: *i64, or ptr_i64      */
    SMF_TYPE_FUNCTION, /* arguments: its parameters, then its result: (i64,u8)->bool, ()->void */
    SMF_TYPE_SIMD,     /* lanes, and one argument, what each holds: simd<4,f32>  */
    SMF_TYPE_VARIABLE  /* name: a type that is not known yet, ?T; in no mangled name */
};

struct smf_type {
    const struct smf_type *arguments; /* the first one, or NULL     */
    const struct smf_type *next;      /* in the list that it is in  */
    const char *name;                 /* NAMED, VARIABLE: not ended by a NUL */
    size_t name_size;
    uint8_t kind; /* enum smf_type_kind */
    uint8_t bits;
    bool is_signed;
    uint16_t lanes; /* SIMD: 1 or more */
};

/* Types in the list. */
size_t smf_types_count(const struct smf_type *types);

/* Do two lists say the same types? */
bool smf_types_are_same(const struct smf_type *left, const struct smf_type *right);

/*
 * Read `size` bytes such as "i64, Vec<[string]>, (*u8) -> bool" into `room`: `*types` is the list, NULL for no text. Names point into
 * `text`. SMF_ERR_TYPE: not a list of types; SMF_ERR_LIMIT: too deep; SMF_ERR_NO_SPACE: more than `capacity` in all, nested ones too.
 */
SMF_MUST_CHECK
enum smf_status smf_types_parse(const char *text, size_t size, struct smf_type *room, size_t capacity,
                                const struct smf_type **types);

/*
 * A name as it is asked for: `f<a,b>` is f with types, everything else is a name without. `*base_size` is the length of the
 * base. As smf_types_parse(); SMF_ERR_TYPE: `f<` that does not end, or `f<>`.
 */
SMF_MUST_CHECK
enum smf_status smf_types_split(const char *text, size_t size, size_t *base_size, struct smf_type *room,
                                size_t capacity, const struct smf_type **types);

/*
 * The mangled name of `base` with these types: base alone if there are none. Always ends in a NUL when capacity > 0, cut if
 * it does not fit; `*length` is that of the whole. SMF_ERR_NO_SPACE: it was cut; SMF_ERR_TYPE: a name with other bytes than A to Z, a to
 * z, 0 to 9 and _, or no name, or a `$` in the base, or a type that is a variable, which makes no instance; SMF_ERR_LIMIT: too deep.
 */
SMF_MUST_CHECK
enum smf_status smf_types_mangle(const char *base, size_t base_size, const struct smf_type *types, char *buffer,
                                 size_t capacity, size_t *length);

/*
 * A mangled name taken apart: `*base_size` bytes of base, and the types in `room`. Their names are put together in `names`
 * (as many bytes as `size` are always enough) and point there, but what has none is a kind of its own. A name without a
 * `$` is a base without types. SMF_ERR_TYPE: nothing that smf_types_mangle() writes; SMF_ERR_LIMIT; SMF_ERR_NO_SPACE.
 */
SMF_MUST_CHECK
enum smf_status smf_types_demangle(const char *text, size_t size, size_t *base_size, char *names, size_t names_capacity,
                                   struct smf_type *room, size_t capacity, const struct smf_type **types);

/*
 * A cell of type names with commas between them, "i64, Vec<u8>", as loaders compare it that do not tell sizes apart: i8 to
 * i64, int and Int are Int; f32, f64, float and Float are Float; text, str, string and String are String; bool and Bool are Bool;
 * nil, Nil and () are Nil; everything else, and what lies in brackets, stays as it is; no blanks around. Only for looking up
 * rows that others wrote: i32 and i64 are two types. Ends in a NUL and `*length` as above; SMF_ERR_NO_SPACE.
 */
SMF_MUST_CHECK
enum smf_status smf_types_normal(const char *cell, size_t size, char *buffer, size_t capacity, size_t *length);

/* One type as people write it: i64, string, Vec<i64>, [f32], *Point, (i64)->bool, simd<4,f32>, ?T. As smf_types_mangle(). */
SMF_MUST_CHECK
enum smf_status smf_type_write(const struct smf_type *type, char *buffer, size_t capacity, size_t *length);

/*
 * `text` with each identifier that equals one of `count` names replaced by the type of the same place in `types`:
 * "fn(T, Vec<U>)" becomes "fn(i64, Vec<string>)". Whole identifiers only. SMF_ERR_TYPE: another number of types.
 */
SMF_MUST_CHECK
enum smf_status smf_types_substitute(const char *text, size_t size, const char *const *names, size_t count,
                                     const struct smf_type *types, char *buffer, size_t capacity, size_t *length);

#ifdef __cplusplus
}
#endif

#endif
