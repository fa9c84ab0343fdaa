/* SPDX-License-Identifier: MIT */
/*
 * template_forge.h - makes template records and modules that carry them, for tests.
 *
 * Written from SPEC's tables and apart from core/emit, so that it can disagree with it: the description is the writer's
 * (smf/template_writer.h), but nothing is checked or sorted, names are stored as often as they are said, and what does not
 * fit ends the test. Records can be broken afterwards: forged_record says where each part starts.
 *
 *     struct forged_record record;
 *     forge_record(&forge_size_of, &record);          a ready template of all machines, see below
 *     CHECK_STATUS(smf_record_open(&opened, record.bytes, record.size, &why), SMF_OK);
 *     forge_record_free(&record);
 *
 *     const struct smf_write_record *const records[] = {&forge_size_of, &forge_swap};
 *     const struct smf_write_sdn_row uses[] = {{SMF_SDN_POSSIBLE, {"swap", "i32", "swap$i32", "user", "true"}}};
 *     forge_template_module(&(struct template_module){.records = records, .record_count = 2, .rows = uses, .row_count = 1,
 *                                                     .arch = SMF_ARCH_X86_64}, &file);
 *     ... smf_source_memory(file.bytes, file.size, SMF_STAYS_FOR_MODULE) ...
 *     forge_free(&file);
 */
#ifndef SMF_TESTS_TEMPLATE_FORGE_H
#define SMF_TESTS_TEMPLATE_FORGE_H

#include "smf/template_writer.h"
#include "support/forge.h"

/* A record, allocated with exactly `size` bytes, and where its parts are. */
struct forged_record {
    uint8_t *bytes;
    size_t size;
    size_t text, parameters, exports, needs, units;
    size_t unit[256]; /* heads; one more: the end */
};

void forge_record(const struct smf_write_record *what, struct forged_record *record);
void forge_record_free(struct forged_record *record);

/* Where the tables of unit `index` are. */
size_t forge_unit_shape(const struct smf_write_record *what, const struct forged_record *record, unsigned index,
                        unsigned parameter);
size_t forge_unit_export(const struct smf_write_record *what, const struct forged_record *record, unsigned index,
                         unsigned export);
size_t forge_unit_symbol(const struct smf_write_record *what, const struct forged_record *record, unsigned index,
                         unsigned symbol);
size_t forge_unit_relocation(const struct smf_write_record *what, const struct forged_record *record, unsigned index,
                             unsigned relocation);

/* A module: .text (one instruction that returns) and what is given here. The layout is canonical. */
struct template_module {
    const struct smf_write_record *const *records; /* its templates, of a section "templates" */
    const struct smf_write_sdn_row *rows;          /* of note.sdn; none: no note              */
    const struct forge_section *sections;          /* more sections, between .text and "templates" */
    const struct forge_symbol *symbols;            /* exports come last, as in struct forge   */
    unsigned record_count, row_count, section_count, symbol_count, exported_count;
    uint8_t arch;
    uint32_t flags; /* of the header; SMF_FLAG_PIC is added */
};

/* Each template is an exported symbol, too: Function, generic, in "templates", with its number of parameters and template_offset. */
void forge_template_module(const struct template_module *what, struct forged *file);

/*
 * Ready templates with units for all five machines, made by hand.
 *
 * forge_size_of   size_of<T>() -> usize: the hole "size" as an immediate; any shape
 * forge_swap      swap<T>(*T, *T): units for 4-byte signed types, without holes; then one of shape any for x86-64 alone,
 *                 that calls import "swap_any"
 * forge_chain     chain<T>(): tail call of what it needs, size_of<T>; any shape
 */
extern const struct smf_write_record forge_size_of, forge_swap, forge_chain;
/* Features of this processor with which an instantiator takes them: they say that they are for soft-float calls, and pass nothing
 * that any other calls would pass elsewhere. */
extern const uint8_t forge_features;

#endif
