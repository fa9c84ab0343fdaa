/* SPDX-License-Identifier: MIT */
/*
 * image_refusals.h - shared by the files of unit/image_refusals: a good file, one
 * field patched, and the detail that must come of it.
 */
#ifndef SMF_TESTS_IMAGE_REFUSALS_H
#define SMF_TESTS_IMAGE_REFUSALS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/tap.h"
#include "image/door.h"
#include "smf/codec.h"
#include "support/forge.h"
#include "support/module.h"

extern struct opened opened;

/* `status` is that of opened.why, and so is the detail; SMF_DETAIL_NONE: it was no failure. */
void expect(const char *what, enum smf_status status, enum smf_detail detail);

enum where { HEADER, SECTION, SYMBOL, PAYLOAD, STRINGS };

struct patch {
    const char *what;
    enum where where;
    uint32_t index, offset;
    unsigned size;
    uint64_t value;
    enum smf_detail detail;
};

/* Patch a field; module_hash is left as it is. */
void apply(struct forged *file, const struct patch *patch);

/* The whole module in this layout, with each of the patches alone. */
void refuse_all(enum forge_layout layout, const struct patch *patches, size_t count);
#define REFUSE(layout, patches) refuse_all(layout, patches, sizeof(patches) / sizeof((patches)[0]))
#define D(name) SMF_DETAIL_##name

/* image_refuse_tables.c */
void a2_headers_for_nobody(void);
void a3_counts_times_sizes(void);
void a4_offsets_past_the_end(void);
void a5_sizes_that_are_no_multiple(void);
void a6_overlaps(void);
void a6_payload_in_the_tables(void);
void a7_alignments(void);
void a8_memory_totals(void);
void section_entries(void);
void a9_links(void);
void a19_entry_outside_code(void);

/* image_refuse_records.c */
void a9_a16_symbols(void);
void symbols_of_older_files(void);
void a10_a13_relocations(void);
void a10_indices_just_past_the_end(void);
void a16_strings_without_an_end(void);
void a16_very_long_names(void);
void a20_names_twice_or_empty(void);
void a23_a_name_that_loses_its_end(void);
void a25_shared_names_have_a_budget(void);

/* image_refuse_files.c */
void notes(void);
void what_notes_say(void);
void compressed_code_is_opened_and_not_read(void);
void compressed_sections_that_cannot_be(void);
void code_that_is_no_machine_code(void);
void other_kinds_of_files(void);
void two_headers_are_ambiguous(void);
void canonical_only_at_the_end(void);
void space_that_the_caller_lacks(void);
void a31_arguments(void);
void more_than_a_word(void);

#endif
