/* SPDX-License-Identifier: MIT */
/*
 * smf/infer.h - which types is a template used with? Terms, a unifier that can be taken back, and inference from
 * hints: what it is called with, what its result goes to, what is demanded.
 *
 * Since 0.1. Floor: generic. Terms live in arrays of the caller; nothing recurses, and nothing but the making of terms takes
 * room; work is n log n for n terms (union by weight without path compression, so that a failed unification leaves the
 * terms as they were; one check at the end whether a type contains itself).
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
    const char *name; /* of a named constructor or a variable; not ended by a NUL    */
    uint32_t link;    /* itself, or a term that it equals                            */
    uint32_t first;   /* of its arguments; of a variable: the constructor that it is */
    uint32_t weight;  /* terms that lead here                                        */
    uint32_t mark;    /* of the last check that came by                              */
    uint32_t before;  /* that was joined before it, to be taken back after it        */
    uint16_t bounds;  /* of a variable: SMF_BOUND_...; of SIMD: lanes                */
    uint16_t kept;    /* bounds that the term had that this one was joined to        */
    uint8_t name_size, tag, arity;
    uint8_t at; /* argument that a check has come to */
};

#define SMF_NO_TERM UINT32_MAX

/* Storage is the caller's. */
struct smf_infer {
    struct smf_term *terms;
    uint32_t *arguments;
    uint32_t term_count, term_capacity, argument_count, argument_capacity;
    uint32_t left, right; /* after SMF_ERR_MISMATCH: the two whole types that should have been one */
    uint32_t where; /* ... and the argument of the call, from 1 on; 0: the result; above SMF_INFER_HINT: a hint, from
                           * there on. After SMF_ERR_NOT_FOUND: the parameter, from 0 on */
    bool full;      /* the last SMF_NO_TERM was for want of room                             */
    uint32_t checks;
    uint32_t joined;                               /* the last term that was joined                               */
    uint32_t old_terms, old_arguments, old_joined; /* before the call that failed; old_terms SMF_NO_TERM: none did */
};

#define SMF_INFER_HINT 0x10000u

/* How deep smf_infer_write() goes, and how much it writes at most: instead of what is deeper, or more, it says "...". */
#define SMF_INFER_WRITE_DEPTH 16u
#define SMF_INFER_WRITE_MAX 4096u

void smf_infer_start(struct smf_infer *infer, struct smf_term *terms, uint32_t term_capacity, uint32_t *arguments,
                     uint32_t argument_capacity);

/*
 * New terms; SMF_NO_TERM: no room, or no type. A variable; a type of smf/types.h (its `next` is not looked at, an unknown type is a
 * new variable, and variables of one name are one, in all types of this `infer`); a type written as the bytes of a record
 * (variable n of which is variables[n]). Names stay where they lie.
 */
uint32_t smf_infer_variable(struct smf_infer *infer, uint16_t bounds);
uint32_t smf_infer_type(struct smf_infer *infer, const struct smf_type *type);
uint32_t smf_infer_term(struct smf_infer *infer, const uint8_t *bytes, size_t size, const uint32_t *variables,
                        uint32_t variable_count);

/* The term that stands for it now: its constructor, or the variable that all equal ones have in common. */
uint32_t smf_infer_find(const struct smf_infer *infer, uint32_t term);

/* Make two terms equal. SMF_ERR_MISMATCH: they cannot be, and nothing has changed. */
SMF_MUST_CHECK
enum smf_status smf_infer_unify(struct smf_infer *infer, uint32_t left, uint32_t right);

/* Is it a whole type? Linear in the terms below it, however often they are met. SMF_ERR_NOT_FOUND: a part is still a variable; SMF_ERR_TYPE: it contains itself. */
SMF_MUST_CHECK
enum smf_status smf_infer_check(struct smf_infer *infer, uint32_t term);

/* A term as people write it, "*Vec<i64>", variables as "?" or "?name"; always ends in a NUL when capacity > 0, cut if it must be. Its
 * length. What smf_infer_check() calls whole, and is not cut, smf_types_parse() reads as the same type. */
size_t smf_infer_write(const struct smf_infer *infer, uint32_t term, char *buffer, size_t capacity);

/* A whole term as a type in `room` of `capacity` types, names where they lie. SMF_ERR_NO_SPACE, SMF_ERR_LIMIT (too deep), or as
 * smf_infer_check(). `*used` (may be NULL): types that it took. */
SMF_MUST_CHECK
enum smf_status smf_infer_read(struct smf_infer *infer, uint32_t term, struct smf_type *room, size_t capacity,
                               size_t *used, const struct smf_type **type);

/*
 * One call: `signature` is the term of a function type over `count` parameters with these bounds. `arguments` and `result` are
 * terms, SMF_NO_TERM: not known. `parameters[n]` gets the term of parameter n, which may be a variable still.
 * SMF_ERR_ARITY: another number of arguments; SMF_ERR_MISMATCH with infer->where; SMF_ERR_TYPE: a type would contain itself;
 * SMF_ERR_NO_SPACE; SMF_ERR_FORMAT: no function type.
 *
 * A call that fails keeps what it joined up to there, so that smf_infer_explain() can say what was known; the next call
 * that makes or joins terms, or smf_infer_undo(), makes all terms what they were before.
 */
SMF_MUST_CHECK
enum smf_status smf_infer_call(struct smf_infer *infer, const uint8_t *signature, size_t size, const uint16_t *bounds,
                               uint32_t count, const uint32_t *arguments, uint32_t argument_count, uint32_t result,
                               uint32_t *parameters);

/* Take back what a failed call has left. */
void smf_infer_undo(struct smf_infer *infer);

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
 * The types of a template's parameters by hints. A hint with a `parameter` is about that one; one with an `argument`, and RETURN, is
 * unified with the signature, if there is one (size 0: none). All of these have to agree, in whatever order they
 * come. What they leave open in a template with one parameter is what the hints say that say neither: the first CALL_SITE
 * counts, or, without one, the first RETURN, ASSIGNMENT, CONSTRAINT; else they are left aside. `*types` is a list in
 * `room`, one for each of `count` parameters, NULL if count is 0.
 *
 * SMF_ERR_NOT_FOUND: nothing says what a parameter is, `why->index` says which; what it then is, if anything, is for the caller to
 * say. SMF_ERR_ARITY: a hint about a parameter or an
 * argument that there is not. SMF_ERR_TYPE: also a hint that is no type. SMF_ERR_NO_SPACE: of terms or of room; SMF_ERR_LIMIT: deeper than
 * SMF_TYPE_DEPTH. Else as smf_infer_call(); `why` (may be NULL) explains. Terms of this call are gone when it is
 * over; after a failure they stay for smf_infer_explain(), as above.
 */
SMF_MUST_CHECK
enum smf_status smf_infer_types(struct smf_infer *infer, const uint8_t *signature, size_t size, const uint16_t *bounds,
                                uint32_t count, const struct smf_infer_hint *hints, size_t hint_count,
                                struct smf_type *room, size_t capacity, const struct smf_type **types,
                                struct smf_diagnosis *why);

/* ---- Signatures as text ---- */

/*
 * "sort<T: compare>(*T, usize) -> bool" -> name, parameters with bounds, and the function type as a term; without "-> type" the result is
 * void. Names point into `text`. Types: void bool i8 .. u64 f32 f64 text (or string, str) usize isize nil, *t, []t (or [t]), Name,
 * Name<t, ..>, (t, ..) -> t, parameters. Bounds: copy drop compare equal hash integer float number, with + between them.
 *
 * SMF_ERR_TYPE: does not read so, `why->offset` says where and why->name what was wanted; SMF_ERR_NO_SPACE: the term has more than
 * SMF_RECORD_TERM_MAX bytes; SMF_ERR_LIMIT: too many parameters, a name that is too long, too deep. `why` may be NULL.
 * After a failure `*signature` is not to be used.
 */
#define SMF_SIGNATURE_DEPTH 16u /* brackets in brackets */
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

/* The same of a need, "swap<T, *u8>", over the parameters of `of` (NULL: none): name, how many types there are in `parameter_count`, and
 * their terms one behind the other in `need->term`. */
SMF_MUST_CHECK
enum smf_status smf_signature_parse_need(const char *text, size_t size, const struct smf_signature *of,
                                         struct smf_signature *need, struct smf_diagnosis *why);

/* An export of a proven record as text, "sort<T: compare>(*T, usize)", which smf_signature_parse() reads as the same. Always ends in a NUL when capacity > 0. Its length. */
size_t smf_signature_write(const struct smf_record *record, unsigned export_index, char *buffer, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif
