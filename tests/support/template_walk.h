/* SPDX-License-Identifier: MIT */
/* template_walk.h - go through every door of a proven template record, and write it anew: for tests that damage records. */
#ifndef SMF_TESTS_TEMPLATE_WALK_H
#define SMF_TESTS_TEMPLATE_WALK_H

#include "smf/template_writer.h"

/* How many things of it lie outside of its bytes, or mean what there is not: 0, if proving is any good. Units are held against
 * the rows of every machine, too, for what that might read. `*meaning` (may be NULL): a hash of all that was read. */
unsigned template_walk(const struct smf_record *record, uint64_t *meaning);

/* Describe it and write it again, units of formats to come left out; the bytes are to be freed. NULL: the writer refuses it, `why`. */
uint8_t *template_rewrite(const struct smf_record *record, size_t *size, struct smf_diagnosis *why);

#endif
