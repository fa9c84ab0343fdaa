/* SPDX-License-Identifier: MIT */
/* generic/taker_maker.h - private to core/generic: the two halves of what a taker is served with. */
#ifndef SMF_GENERIC_TAKER_MAKER_H
#define SMF_GENERIC_TAKER_MAKER_H

#include "smf/taker.h"

/* As struct smf_taker_maker says of `infer`: by the hints of the module's note (taker_hints.c). */
SMF_MUST_CHECK
enum smf_status smf_generic_infer(const struct smf_taker_maker *maker, const struct smf_instantiation *what,
                                  struct smf_type *room, size_t capacity, const struct smf_type **types,
                                  struct smf_diagnosis *why);

#endif
