/* SPDX-License-Identifier: MIT */
/*
 * generics.h - what a module has to make code of, and what it uses: read once, as a whole, into memory of
 * its own, so that whatever is printed of it has been proven and cannot change meanwhile.
 */
#ifndef SMF_TOOLS_GENERICS_H
#define SMF_TOOLS_GENERICS_H

#include "smf/sdn.h"
#include "smf/templates.h"
#include "smf/unit.h"

/* One template, in whatever form it is there. */
struct smf_told_template {
    struct smf_template entry;
    const char *name;              /* NULL: nothing says it                                       */
    const char *const *parameters; /* entry.parameter_count names                                 */
    const char *const *bounds;     /* entry.constraint_count pairs: the parameter, what it must be; not of records */
    struct smf_record record;      /* proven, over a copy; record.bytes NULL: it is no record of ours */
    unsigned version;              /* of what starts like a record and is none that is known; else 0 */
    bool compressed;               /* nothing is known but its section                            */
};

/* One row of note.sdn: texts by column, NULL where it has none. */
struct smf_told_row {
    const char *cells[SMF_SDN_COLUMNS];
    uint8_t table; /* enum smf_sdn_table */
};

struct smf_told_entry {
    const char *name;
    uint32_t specializations;
};

struct smf_generics {
    struct smf_told_template *templates;
    size_t template_count;
    struct smf_sdn note;
    bool note_is_compressed; /* and so it was not read */
    const char *cycle;       /* among its dependencies, "ping->pong->ping"; NULL: none */
    struct smf_told_row *rows;
    size_t row_count;
    bool has_meta;
    struct smf_template_meta meta;
    struct smf_told_entry *entries; /* meta.entries of them */
    struct smf_generics_block *blocks;
};

/* Read all of it; forget it in any case. `why` is filled in after a failure. */
enum smf_status smf_generics_read(struct smf_generics *generics, struct smf_image *image, struct smf_diagnosis *why);
void smf_generics_forget(struct smf_generics *generics);

/* ---- In words, the same for people and for programs (generics_words.c) ---- */

/* Room for any of them; longer ones are cut. */
#define SMF_GENERICS_TEXT 2048

const char *smf_generics_kind(unsigned kind);     /* enum smf_template_kind; NULL: the file does not say */
const char *smf_generics_form(unsigned form);     /* enum smf_templates_form                             */
const char *smf_generics_bound(unsigned bit);     /* SMF_BOUND_... 1 << bit; NULL: it has no word         */
const char *smf_generics_table(unsigned table);   /* enum smf_sdn_table */
const char *smf_generics_column(unsigned column); /* enum smf_sdn_column */

/* Why no code can be made of it; NULL: it can, if a unit fits. */
const char *smf_generics_opaque(const struct smf_told_template *told, char text[SMF_GENERICS_TEXT]);

/* "sort<T: compare>(*T, usize)"; "swap<T>". */
void smf_generics_signature(const struct smf_record *record, unsigned index, char text[SMF_GENERICS_TEXT]);
void smf_generics_need(const struct smf_record *record, const struct smf_record_item *need,
                       char text[SMF_GENERICS_TEXT]);

/* A unit's shape, "plain:24:8"; what its processor must have, by number from 0 on: NULL after the last one. */
void smf_generics_shape(const struct smf_shape *shape, char text[SMF_GENERICS_TEXT]);
const char *smf_generics_feature(const struct smf_unit *unit, unsigned number);

/* Symbols of a unit. */
struct smf_generics_counts {
    unsigned holes, needs, imports, stubs, slots;
};
struct smf_generics_counts smf_generics_count(const struct smf_unit *unit);
/* What a hole is, "size", "compare"; of a named one its name. NULL: the symbol is none. */
const char *smf_generics_hole(const struct smf_record *record, const struct smf_unit_symbol *symbol,
                              char text[SMF_GENERICS_TEXT]);
void smf_generics_text(struct smf_unit_text from, char text[SMF_GENERICS_TEXT]);

#endif
