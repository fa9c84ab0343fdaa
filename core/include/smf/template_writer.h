/* SPDX-License-Identifier: MIT */
/*
 * smf/template_writer.h - write template records, the sections that hold them, and
 * the tables of note.sdn: the way back of smf/unit.h, smf/templates.h and smf/sdn.h.
 *
 * Since 0.1. Floor: emit. No malloc. Each call writes into the caller's buffer
 * and answers the size that it takes, which may be larger than `capacity`: then nothing is to be used; with a
 * buffer of NULL it is only measured. The same input gives the same bytes.
 */
#ifndef SMF_TEMPLATE_WRITER_H
#define SMF_TEMPLATE_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include "smf/image.h"
#include "smf/sdn.h"
#include "smf/unit.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A record to write. Names are C strings; texts are stored once each. Units come in any order and are sorted: most
 * specific first. Terms are those of smf/unit.h. */
struct smf_write_parameter {
    const char *name;
    uint16_t bounds;
};
struct smf_write_item {
    const char *name;
    const uint8_t *term;
    uint8_t term_size;
};
struct smf_write_unit_symbol {
    const char *name; /* NAMED, IMPORT, WEAK: else NULL, and `what` counts */
    uint16_t what;
    uint8_t kind, parameter;
    bool called, slot;
};
struct smf_write_unit {
    const struct smf_shape *shapes; /* one a parameter             */
    const uint32_t *exports;        /* one an export; CODE only    */
    const struct smf_write_unit_symbol *symbols;
    const struct smf_unit_relocation *relocations; /* in ascending order of offsets */
    const uint8_t *code;
    uint32_t size;
    uint16_t symbol_count, relocation_count;
    uint8_t format, arch, features, alignment_log2;
};
struct smf_write_record {
    const struct smf_write_parameter *parameters;
    const struct smf_write_item *exports, *needs; /* the first export names the template */
    const struct smf_write_unit *units;
    uint8_t kind, parameter_count, export_count, need_count, unit_count;
};

/* One record, "SMFT". SMF_ERR_LIMIT, SMF_ERR_FORMAT: what smf_record_open() would refuse, with the same detail; the index is
 * the number of the unit as given. Nothing is written then. Units of other formats than CODE and C are not written. */
SMF_MUST_CHECK
enum smf_status smf_record_write(const struct smf_write_record *record, uint8_t *buffer, size_t capacity, size_t *size,
                                 struct smf_diagnosis *why);

/* A TemplateCode section, GTPL version 2, of records; `offsets` (may be NULL) gets where each one's record_size word lies: the
 * template_offset of its symbol. */
struct smf_write_template {
    const char *name;
    const uint8_t *record;
    uint32_t record_size;
};
size_t smf_templates_write(const struct smf_write_template *templates, uint32_t count, uint32_t *offsets,
                           uint8_t *buffer, size_t capacity);

/* A TemplateMeta section: counts, then names with the number of instances built in. */
struct smf_write_meta_entry {
    const char *name;
    uint32_t specializations;
    uint8_t kind; /* enum smf_template_kind; classes count as structs */
};
size_t smf_template_meta_write(const struct smf_write_meta_entry *entries, uint32_t count, uint8_t *buffer,
                               size_t capacity);

/*
 * note.sdn: the six tables, rows in the order given. A row has the cells of its table in the writer's order (FORMAT: instantiations: template,
 * type_args, mangled_name, from_file, from_loc, to_obj, status; possible: template, type_args, mangled_name,
 * required_by, can_defer "true", anything else is false; dependencies: from_inst, to_inst, dep_kind; ...); ids are counted from 0. NULL is an empty cell.
 */
struct smf_write_sdn_row {
    uint8_t table; /* enum smf_sdn_table */
    const char *cells[SMF_SDN_CELLS];
};
size_t smf_sdn_write(const struct smf_write_sdn_row *rows, uint32_t count, char *buffer, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif
