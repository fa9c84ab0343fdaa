/* SPDX-License-Identifier: MIT */
/*
 * smf/module.h - for those who write modules: the functions that a system
 * (smf/system.h) calls if a module exports them. Since 0.1.
 *
 * All are optional. Their names are not offered to other modules, so that every
 * module can have them. Needs no other header, in C or C++.
 */
#ifndef SMF_MODULE_H
#define SMF_MODULE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* After .init_array. Not 0: the module does not want to start; it is stopped and does not stay. */
int smf_module_on_start(void);

/* Before .fini_array, when nobody calls the module any more. */
void smf_module_on_stop(void);

/*
 * A reload asks the old version for its state, and then the new one to take it
 * over. `*size` bytes at the answer; they stay the old version's, which is stopped
 * later, and must be copied. NULL: it has none to give, and smf_state_take is not
 * called. Unless the reload is quiet, other threads go on calling the old version meanwhile.
 */
const void *smf_state_give(size_t *size);

/* `version` is the old version's state version (smf build --state-version). Not 0: it cannot be taken over; the old
 * version goes on serving. Called after the new version was started. */
int smf_state_take(const void *state, size_t size, uint32_t version);

/*
 * What outlives reloads without being copied: variables in sections whose names begin with ".keep.". They stay
 * where they are while name, size, alignment and state version of the section are equal; else they begin anew. No pointers to
 * code or data of the module belong there.
 *
 *     SMF_KEEP(counters) unsigned calls;
 */
#define SMF_KEEP(name) __attribute__((section(".keep." #name)))

#ifdef __cplusplus
}
#endif

#endif
