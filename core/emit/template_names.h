/* SPDX-License-Identifier: MIT */
/* emit/template_names.h - private to core/emit: the texts of a template record, each stored once, in the order in which they are first met. */
#ifndef SMF_EMIT_TEMPLATE_NAMES_H
#define SMF_EMIT_TEMPLATE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/template_writer.h"

struct names {
    const struct smf_write_record *record;
    const uint8_t *order; /* of its units                                     */
    uint8_t *bytes;       /* where they were put; NULL: only counted so far   */
    uint32_t size;
};

/* How many bytes they take. */
void smf_names_count(struct names *names);

/* Write them: names->size bytes. */
void smf_names_put(struct names *names, uint8_t *bytes);

/* Where a name lies among them; 0 while they are only counted. */
uint16_t smf_names_place(const struct names *names, const char *name);

static inline bool smf_symbol_is_named(const struct smf_write_unit_symbol *symbol)
{
    return symbol->kind == SMF_UNIT_NAMED || symbol->kind == SMF_UNIT_IMPORT || symbol->kind == SMF_UNIT_WEAK;
}

#endif
