/* SPDX-License-Identifier: MIT */
/* base/terms.h - the bytes that spell types in template records (smf/unit.h): are they whole? */
#ifndef SMF_BASE_TERMS_H
#define SMF_BASE_TERMS_H

#include <stddef.h>
#include <stdint.h>

/*
 * How many types these bytes are, one after the other; 0 if they are not whole types from the first byte to the last,
 * name a variable that is not below `variables`, or are none at all. One look at each byte. At most 255 bytes, as a
 * record has them: what is wanted is counted in 32 bits.
 */
unsigned smf_terms_count(const uint8_t *terms, uint8_t size, unsigned variables);

#endif
