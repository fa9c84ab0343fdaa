/* SPDX-License-Identifier: MIT */
/* terms.c - proving types in prefix order with a count of what is wanted instead of recursion. */
#include "base/terms.h"

/* Tags, as enum smf_term_tag has them (core/image/record.c asserts it). Below VOID: variables. */
enum { VOID = 0x10, POINTER = 0x20, NAMED = 0x22, FUNCTION = 0x23 };

/* A name: u8 size, bytes without a NUL. Where it ends, or NULL. */
static const uint8_t *pass_name(const uint8_t *at, const uint8_t *end)
{
    if (at == end || *at == 0 || *at >= end - at)
        return NULL;
    for (unsigned left = *at++; left != 0; left--)
        if (*at++ == 0)
            return NULL;
    return at;
}

/* One type. Where it ends, or NULL. */
static const uint8_t *pass_term(const uint8_t *at, const uint8_t *end, unsigned variables)
{
    for (uint32_t wanted = 1; wanted != 0; wanted--) {
        if (at == end)
            return NULL;
        const unsigned tag = *at++;
        if (tag > FUNCTION || (tag < VOID && tag >= variables))
            return NULL;
        if (tag == NAMED && (at = pass_name(at, end)) == NULL)
            return NULL;
        if (tag >= NAMED) { /* a count of types; of a function, its result is one more */
            if (at == end)
                return NULL;
            wanted += *at++ + (unsigned)(tag == FUNCTION);
        } else if (tag >= POINTER) {
            wanted++;
        }
    }
    return at;
}

unsigned smf_terms_count(const uint8_t *terms, uint8_t size, unsigned variables)
{
    unsigned count = 0;
    if (size == 0) /* no bytes may have no place, either */
        return 0;
    for (const uint8_t *const end = terms + size; terms != end;) {
        terms = pass_term(terms, end, variables);
        if (terms == NULL)
            return 0;
        count++;
    }
    return count;
}
