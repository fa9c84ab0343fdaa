/* SPDX-License-Identifier: MIT */
/* generic/infer.h - what the parts of inference know of each other. */
#ifndef SMF_GENERIC_INFER_H
#define SMF_GENERIC_INFER_H

#include "base/bytes.h"
#include "smf/infer.h"

/* Tag of a vector, which no record writes: its lanes are in `bounds`. */
#define SMF_TERM_SIMD 0x24u

/* Tag of the word that a named type without arguments is (usize, isize, nil); else no tag below SMF_TERM_POINTER. */
unsigned smf_infer_word(const char *name, size_t size);

/* A new term with room for its arguments, or SMF_NO_TERM. None of these takes back what a failed call has left. */
uint32_t smf_infer_add(struct smf_infer *infer, unsigned tag, unsigned arity);
uint32_t smf_infer_from_type(struct smf_infer *infer, const struct smf_type *type);

/* As smf_infer_unify(); a failure was at `where`. */
SMF_MUST_CHECK
enum smf_status smf_infer_meet(struct smf_infer *infer, uint32_t left, uint32_t right, uint32_t where);

/* Variables for the parameters, and the term of the signature over them (SMF_NO_TERM: `size` is 0). */
SMF_MUST_CHECK
enum smf_status smf_infer_scheme(struct smf_infer *infer, const uint8_t *signature, size_t size, const uint16_t *bounds,
                                 uint32_t count, uint32_t *parameters, uint32_t *whole);

/* From here on everything can be taken back by smf_infer_undo(), until old_terms is SMF_NO_TERM; smf_infer_made() sees to that when
 * a term is made, or takes it back. */
void smf_infer_begin(struct smf_infer *infer);
uint32_t smf_infer_made(struct smf_infer *infer, uint32_t term);

/* What smf_infer_types() has found, for people. */
void smf_infer_say(const struct smf_infer *infer, enum smf_status status, struct smf_diagnosis *why);

#endif
