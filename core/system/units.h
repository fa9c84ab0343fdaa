/* SPDX-License-Identifier: MIT */
/* system/units.h - private to core/system: the exported functions of an open module, and where their code is. */
#ifndef SMF_SYSTEM_UNITS_H
#define SMF_SYSTEM_UNITS_H

#include "system/entries.h"

/* Scratch memory of the arena, taken in this order and given back the other way round. */
struct smf_units {
    size_t *bases;               /* of each section: bytes of Code sections before it                        */
    uint8_t *marks;              /* of each section: UNIT_...                                                */
    uint8_t *code;               /* all Code sections, one behind the other; NULL: read where they lie       */
    struct smf_code_unit *units; /* `count` of them                                                          */
    char *names;                 /* NULL: read where they lie                                                */
    size_t count, name_bytes;
    bool compressed; /* some Code section is */
};
enum { UNIT_RELOCATED = 1, UNIT_READABLE = 2 };

/* All of them. SMF_ERR_EMPTY: there is none. Give them back after a failure, too. */
SMF_MUST_CHECK
enum smf_status smf_units_gather(struct smf_provider *provider, const struct smf_provider_entry *entry,
                                 struct smf_units *units, struct smf_diagnosis *why);
void smf_units_give(struct smf_provider *provider, struct smf_units *units);

/* bases and marks; nothing is readable yet. */
SMF_MUST_CHECK
enum smf_status smf_units_survey(struct smf_provider *provider, const struct smf_image *image, struct smf_units *units,
                                 struct smf_diagnosis *why);

/* Where the code of a symbol is. false: it is no exported function. One whose code cannot be read has unit->size 0. */
bool smf_unit_place(const struct smf_units *units, const struct smf_image *image, const struct smf_symbol *symbol,
                    struct smf_code_unit *unit);

/* A failure that is not the one record's or section's. */
static inline bool smf_unit_is_fatal(enum smf_status status)
{
    return status == SMF_ERR_IO || status == SMF_ERR_CHANGED || status == SMF_ERR_NO_ARENA ||
           status == SMF_ERR_NO_MEMORY;
}

#endif
