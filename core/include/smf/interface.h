/* SPDX-License-Identifier: MIT */
/*
 * smf/interface.h - one number for what somebody offers: a hash over exported names and their kinds, and nothing else.
 *
 * A module may say which interface it was built against (note.deps; smf build --needs NAME=HASH); one that needs
 * another is refused (SMF_ERR_INTERFACE). New exports change the number, too: it says "this one", not "at least this".
 *
 *     config.host_interface = smf_interface_hash(tables, table_count);
 *
 * Since 0.1. Floor: system. The order of entries does not matter: each one's FNV-1a-64 over its name, the NUL behind it and
 * one byte of kind is mixed (below) and they are summed up modulo 2^64; a sum of 0 is told as 1, because 0 means any.
 * The mixing is h ^= h >> 33, h *= 0xFF51AFD7ED558CCD, h ^= h >> 33, h *= 0xC4CEB9FE1A85EC53, h ^= h >> 33: sums of
 * plain FNV-1a stay the same when two entries exchange their kinds or their last letters.
 */
#ifndef SMF_INTERFACE_H
#define SMF_INTERFACE_H

#include "smf/load.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Entry by entry, in any order: start with 0, end with smf_interface_end(). `kind`: enum smf_kind; SMF_EXPORT_... bits
 * beside it do not count, and UNKNOWN counts as a function. `name` is not NULL. */
uint64_t smf_interface_add(uint64_t sum, const char *name, uint32_t kind);
uint64_t smf_interface_end(uint64_t sum);

/* Of `count` tables of a host together; never 0. A name that stands in two tables counts twice. */
uint64_t smf_interface_hash(const struct smf_exports *const *tables, size_t count);

/* Of a loaded module's exports; never 0. NULL: of none. */
uint64_t smf_interface_of_module(const struct smf_module *module);

#ifdef __cplusplus
}
#endif

#endif
