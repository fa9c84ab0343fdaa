/* SPDX-License-Identifier: MIT */
/*
 * smf/infer.h - which types is a template used with? Terms, a unifier that can be taken back, and inference from
 * hints: what it is called with, what its result goes to, what is demanded.
 *
 * Since 0.1. Floor: generic. Terms live in arrays of the caller; nothing recurses; work is n log n (union by weight without
 * path compression, so that a failed unification leaves the terms as they were; one occurs check at the end).
 */
#ifndef SMF_INFER_H
#define SMF_INFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/status.h"
#include "smf/types.h"
#include "smf/unit.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One term: a constructor with arguments (i64, *T, Vec<T>, (A, B) -> C) or a variable. Fields are the core's. */
struct smf_term {
    uint32_t link;    /* itself, or a term that it equals                  */
    uint32_t first;   /* of its arguments                                  */
    uint32_t weight;  /* terms that lead here                              */
    uint32_t mark;    /* of the last check that came by                    */
    const char *name; /* of a named constructor or a variable; not ended by a NUL */
    uint16_t bounds;  /* of a variable: SMF_BOUND_...                      */
    uint8_t name_size, tag, arity;
};

#define SMF_NO_TERM UINT32_MAX

/* Storage is the caller's. */
struct smf_infer {
    struct smf_term *terms;
    uint32_t *arguments;
    uint32_t term_count, term_capacity, argument_count, argument_capacity;
    uint32_t left, right; /* after SMF_ERR_MISMATCH: the two whole types that should have been one */
    uint32_t where;       /* ... and the argument of the call, from 1 on; 0: the result          */
    uint32_t checks;
};

void smf_infer_start(struct smf_infer *infer, struct smf_term *terms, uint32_t term_capacity, uint32_t *arguments,
                     uint32_t argument_capacity);

/* New terms; SMF_NO_TERM: no room. A type of smf/types.h, a type written as the bytes of a record (variable n of which is
 * variables[n]). */
uint32_t smf_infer_variable(struct smf_infer *infer, uint16_t bounds);
uint32_t smf_infer_type(struct smf_infer *infer, const struct smf_type *type);
uint32_t smf_infer_term(struct smf_infer *infer, const uint8_t *bytes, size_t size, const uint32_t *variables,
                        uint32_t variable_count);

/* The term that stands for it now. */
uint32_t smf_infer_find(const struct smf_infer *infer, uint32_t term);

/* Make two terms equal. SMF_ERR_MISMATCH: they cannot be, and nothing has changed. */
SMF_MUST_CHECK
enum smf_status smf_infer_unify(struct smf_infer *infer, uint32_t left, uint32_t right);

/* Is it a whole type? SMF_ERR_NOT_FOUND: a part is still a variable; SMF_ERR_TYPE: it contains itself. */
SMF_MUST_CHECK
enum smf_status smf_infer_check(struct smf_infer *infer, uint32_t term);

/* A term as people write it, "*Vec<i64>"; always ends in a NUL when capacity > 0, cut if it must be. Its length. */
size_t smf_infer_write(const struct smf_infer *infer, uint32_t term, char *buffer, size_t capacity);

/* A whole term as a type in `room` of `capacity` types, names where they lie. SMF_ERR_NO_SPACE, SMF_ERR_LIMIT (too deep), or as
 * smf_infer_check(). `*used` (may be NULL): types that it took. */
SMF_MUST_CHECK
enum smf_status smf_infer_read(struct smf_infer *infer, uint32_t term, struct smf_type *room, size_t capacity,
                               size_t *used, const struct smf_type **type);

/*
 * One call: `signature` is the term of a function type over `count` parameters with these bounds. `arguments` and `result` are terms, SMF_NO_TERM: not known.
 * `parameters[n]` gets the term of parameter n. SMF_ERR_ARITY: another number of arguments; SMF_ERR_MISMATCH with
 * infer->where; SMF_ERR_TYPE: contains itself; SMF_ERR_NO_SPACE; SMF_ERR_FORMAT.
 */
SMF_MUST_CHECK
enum smf_status smf_infer_call(struct smf_infer *infer, const uint8_t *signature, size_t size, const uint16_t *bounds,
                               uint32_t count, const uint32_t *arguments, uint32_t argument_count, uint32_t result,
                               uint32_t *parameters);

/* "argument 2: expected *f64, found *i64", of the last failure. Its length. */
size_t smf_infer_explain(const struct smf_infer *infer, enum smf_status status, char *buffer, size_t capacity);

/* ---- Hints ---- */

enum smf_hint_source { SMF_HINT_CALL_SITE, SMF_HINT_RETURN, SMF_HINT_ASSIGNMENT, SMF_HINT_CONSTRAINT };

/* One thing that is known about a use of a template. */
struct smf_infer_hint {
    uint8_t source;              /* enum smf_hint_source                                            */
    int parameter;               /* number of the type parameter that it is about; -1: not said     */
    int argument;                /* CALL_SITE: number of the function's argument; -1: not said      */
    const struct smf_type *type; /* one type: its `next` is not looked at                           */
};

/*
 * The types of a template's parameters by hints: `parameter` counts first; `argument` and RETURN are unified with the signature, if
 * there is one (size 0: none); a hint that says neither, of a template with one parameter, means that one; else it is
 * left aside. `*types` is a list in `room`, one for each of `count` parameters, NULL if count is 0. SMF_ERR_NOT_FOUND: nothing says
 * what a parameter is, `why->index` says which. Else as smf_infer_call(); `why` explains.
 */
SMF_MUST_CHECK
enum smf_status smf_infer_types(struct smf_infer *infer, const uint8_t *signature, size_t size, const uint16_t *bounds,
                                uint32_t count, const struct smf_infer_hint *hints, size_t hint_count,
                                struct smf_type *room, size_t capacity, const struct smf_type **types,
                                struct smf_diagnosis *why);

/* ---- Signatures as text ---- */

/*
 * "sort<T: compare>(*T, usize) -> bool" -> name, parameters with bounds, and the function type as a term. SMF_ERR_TYPE: does not read
 * so, `why->offset` says where; SMF_ERR_NO_SPACE; SMF_ERR_LIMIT. Names point into `text`. Types: void bool i8 .. u64 f32 f64 text
 * usize isize nil, *t, []t, Name, Name<t, ..>, (t, ..) -> t, parameters.
 */
struct smf_signature {
    const char *name;
    size_t name_size;
    struct {
        const char *name;
        uint8_t name_size;
        uint16_t bounds;
    } parameters[SMF_TEMPLATE_PARAMETERS_MAX];
    uint32_t parameter_count;
    uint8_t term[SMF_RECORD_TERM_MAX];
    uint8_t term_size;
};
SMF_MUST_CHECK
enum smf_status smf_signature_parse(const char *text, size_t size, struct smf_signature *signature,
                                    struct smf_diagnosis *why);

/* The same of a need, "swap<T>", over known parameters: name, and the terms of its types in `signature->term`. */
SMF_MUST_CHECK
enum smf_status smf_signature_parse_need(const char *text, size_t size, const struct smf_signature *of,
                                         struct smf_signature *need, struct smf_diagnosis *why);

/* An export of a record as text, "sort<T: compare>(*T, usize)". Always ends in a NUL when capacity > 0. Its length. */
size_t smf_signature_write(const struct smf_record *record, unsigned export_index, char *buffer, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif
