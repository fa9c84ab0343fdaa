/* SPDX-License-Identifier: MIT */
/*
 * smf/unit.h - one template as this project writes it (GTPL version 2, SPEC
 * "Templates"): a record with its names, what its parameters must be able to do,
 * what it needs of other templates, and its code units, one for each shape of
 * types that is worth code of its own.
 *
 * Since 0.1. Floor: image. A record is proven once, whole, in one pass over its bytes, and then read
 * where it lies: every accessor below is for proven records and checks nothing. So the bytes must not
 * change: they lie in memory that stays, or are the caller's own copy. What depends on a machine (has a relocation a row? does
 * its field lie inside?) is proven by who makes code of a unit (smf/instantiator.h).
 */
#ifndef SMF_UNIT_H
#define SMF_UNIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/image.h"
#include "smf/templates.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bounds of one record, each with a detail of its own. Parameters: SMF_TEMPLATE_PARAMETERS_MAX. */
#define SMF_RECORD_EXPORTS_MAX 32u
#define SMF_RECORD_NEEDS_MAX 32u
#define SMF_RECORD_NAME_MAX 255u        /* bytes of one name                   */
#define SMF_RECORD_TEXTS_MAX 0xFFFFu    /* bytes of all names, with their sizes */
#define SMF_RECORD_TERM_MAX 255u        /* bytes of one term                   */
#define SMF_UNIT_SIZE_MAX 0x100000u     /* bytes of one unit's code            */
#define SMF_UNIT_SYMBOLS_MAX 65533u     /* of one unit; relocations: 65535     */
#define SMF_UNIT_ALIGNMENT_LOG2_MAX 12u /* of code, and of types in shapes    */
#define SMF_BOUNDS_KNOWN 0xFFu          /* SMF_BOUND_... of smf/templates.h    */
#define SMF_UNIT_VALUE_MAX 0x7FFFFFFFu  /* a number hole holds less or as much */

/* ---- Terms: types with variables, in prefix order, as bytes ---- */
enum smf_term_tag {
    SMF_TERM_VARIABLE = 0x00, /* 00 to 0F: type parameter of this number */
    SMF_TERM_VOID = 0x10,
    SMF_TERM_BOOL,
    SMF_TERM_I8,
    SMF_TERM_I16,
    SMF_TERM_I32,
    SMF_TERM_I64,
    SMF_TERM_U8,
    SMF_TERM_U16,
    SMF_TERM_U32,
    SMF_TERM_U64,
    SMF_TERM_F32,
    SMF_TERM_F64,
    SMF_TERM_TEXT,
    SMF_TERM_USIZE,
    SMF_TERM_ISIZE,
    SMF_TERM_NIL,
    SMF_TERM_POINTER = 0x20, /* t                                   */
    SMF_TERM_ARRAY = 0x21,   /* t                                   */
    SMF_TERM_NAMED = 0x22,   /* u8 length, name, u8 n, t * n        */
    SMF_TERM_FUNCTION = 0x23 /* u8 n, t * n, t: the result          */
};

/* ---- Records ---- */

/* Text in a record: not ended by a NUL. */
struct smf_unit_text {
    const char *bytes;
    uint8_t size;
};

/* A proven record. Pointers go into its bytes. */
struct smf_record {
    const uint8_t *bytes;
    size_t size;
    const uint8_t *text, *parameters, *exports, *needs, *units; /* where each part starts */
    uint16_t text_size;
    uint8_t kind; /* enum smf_template_kind */
    uint8_t parameter_count, export_count, need_count, unit_count;
};

/*
 * Prove `size` bytes as one record: names inside the texts, terms consumed exactly and with no variable that is no
 * parameter, shapes, export offsets inside the code, symbols, relocations in ascending order (two may share an offset) with their fields
 * starting inside, everything consumed at the end; units of a format that is not known are stepped over. Work is linear in `size`.
 * SMF_ERR_OPAQUE: no record of ours ("SMFT", version 1); SMF_ERR_TRUNCATED; SMF_ERR_FORMAT; SMF_ERR_LIMIT. `why` may be
 * NULL; its offset is counted from the start of the record, its index is the number of the unit, and `*record` is untouched after a failure.
 */
SMF_MUST_CHECK
enum smf_status smf_record_open(struct smf_record *record, const void *bytes, size_t size, struct smf_diagnosis *why);

struct smf_record_parameter {
    struct smf_unit_text name;
    uint16_t bounds; /* SMF_BOUND_... */
};
struct smf_record_parameter smf_record_parameter(const struct smf_record *record, unsigned index);

/* An export (a function type over the parameters) or a need (type arguments of another template's function). */
struct smf_record_item {
    struct smf_unit_text name;
    const uint8_t *term;
    uint8_t term_size;
};
/* Walk: `*at` starts NULL. False after the last one. */
bool smf_record_next_export(const struct smf_record *record, const uint8_t **at, struct smf_record_item *item);
bool smf_record_next_need(const struct smf_record *record, const uint8_t **at, struct smf_record_item *item);
/* By number, below the count: a walk. */
struct smf_record_item smf_record_export(const struct smf_record *record, unsigned index);
struct smf_record_item smf_record_need(const struct smf_record *record, unsigned index);
/* Number of the export of this name, or -1. */
int smf_record_find_export(const struct smf_record *record, const char *name, size_t size);

/* ---- Units ---- */

enum smf_unit_format {
    SMF_UNIT_CODE = 1, /* machine code with holes                      */
    SMF_UNIT_C = 2     /* C source (arch 255, no symbols, no relocations) for who has a compiler */
};
#define SMF_UNIT_NO_ARCH 255u

/* What is known of a type argument. */
enum smf_shape_class {
    SMF_SHAPE_ANY,   /* anything                                                */
    SMF_SHAPE_PLAIN, /* copied by memcpy, nothing to drop; size 0: of every size */
    SMF_SHAPE_SIGNED,
    SMF_SHAPE_UNSIGNED,
    SMF_SHAPE_FLOAT,
    SMF_SHAPE_POINTER
};
struct smf_shape {
    uint16_t size;      /* bytes; 0 with ANY, and with PLAIN of every size */
    uint8_t type_class; /* enum smf_shape_class                            */
    uint8_t alignment_log2;
};

/*
 * What the CPU must have beyond its family, in `features`, by arch: RISC-V the low three bits of ELF e_flags (1: compressed
 * instructions; 2, 4: float ABI); Arm 1: Thumb-2 (else Armv6-M code), 2: floating-point registers used, 4: hard-float calls; x86-64: 0 baseline,
 * 1 v2, 2 v3, 3 v4 (as numbers in bits 0 and 1); AArch64: 0. A unit may need less than a CPU has, but how it passes
 * floating-point values (RISC-V bits 1 and 2, Arm bit 2) has to be the same [U8].
 */
struct smf_unit {
    const uint8_t *shapes, *exports, *symbols, *relocations, *code;
    uint32_t size; /* of the code, or of the source */
    uint16_t symbol_count, relocation_count;
    uint8_t format, arch, features, alignment_log2;
};

/* Walk the units in the order of the file, which is the most specific first: `*at` starts NULL. */
bool smf_record_next_unit(const struct smf_record *record, const uint8_t **at, struct smf_unit *unit);

struct smf_shape smf_unit_shape(const struct smf_unit *unit, unsigned parameter);
/* Offset of export `index` in the code, to be added to its address; on Arm bit 0 says Thumb, x86-64 has odd ones, too. Format CODE only. */
uint32_t smf_unit_export(const struct smf_unit *unit, unsigned index);

enum smf_unit_symbol_kind {
    SMF_UNIT_NUMBER = 1,   /* what: enum smf_unit_number                         */
    SMF_UNIT_FUNCTION = 2, /* what: enum smf_unit_function                       */
    SMF_UNIT_NAMED = 3,    /* what: the name of an operation of the type's own   */
    SMF_UNIT_NEED = 4,     /* what: number of a need                             */
    SMF_UNIT_IMPORT = 5,   /* what: a name                                       */
    SMF_UNIT_WEAK = 6      /* the same, 0 if nobody has it                       */
};
enum smf_unit_number { SMF_UNIT_SIZE, SMF_UNIT_ALIGN, SMF_UNIT_PLAIN, SMF_UNIT_NUMBERS };
enum smf_unit_function {
    SMF_UNIT_COPY,
    SMF_UNIT_DROP,
    SMF_UNIT_COMPARE,
    SMF_UNIT_EQUAL,
    SMF_UNIT_HASH,
    SMF_UNIT_FUNCTIONS
};
struct smf_unit_symbol {
    uint16_t what;
    uint8_t kind;      /* enum smf_unit_symbol_kind  */
    uint8_t parameter; /* of holes                   */
    bool called;       /* wants a stub, and a slot   */
    bool slot;         /* wants a slot: a word that holds its address */
};
struct smf_unit_symbol smf_unit_symbol(const struct smf_unit *unit, unsigned index);
/* Text of NAMED, IMPORT, WEAK (of `what`). */
struct smf_unit_text smf_record_text(const struct smf_record *record, uint16_t what);

#define SMF_UNIT_SELF 0xFFFFu /* relocation symbol: the unit itself                                   */
#define SMF_UNIT_PAIR 0xFFFEu /* the value of the first relocation at offset `addend`, a HI20 (RISC-V)  */
struct smf_unit_relocation {
    uint32_t offset;
    int32_t addend;
    uint16_t type;   /* psABI number of the unit's arch */
    uint16_t symbol; /* number, SELF or PAIR            */
};
struct smf_unit_relocation smf_unit_relocation(const struct smf_unit *unit, unsigned index);
/* The first one at this offset, or -1: what a PAIR means. Found by bisection. */
int smf_unit_relocation_at(const struct smf_unit *unit, uint32_t offset);

/* ---- TemplateMeta ---- */

/* Counts of a TemplateMeta section, and how many bytes follow them (names and numbers of specializations, or nothing). */
struct smf_template_meta {
    uint32_t functions, structs, enums, traits;
    uint32_t entries; /* that follow: their sum, or 0 */
};
/*
 * Read the counts and prove what follows them. SMF_ERR_NOT_FOUND: there is no such section (one named note.sdn is none).
 * SMF_ERR_OPAQUE: not "META" version 1; SMF_ERR_FORMAT: that, and it does not end where it should; SMF_ERR_COMPRESSED; SMF_ERR_IO.
 * `why` may be NULL, here and below.
 */
SMF_MUST_CHECK
enum smf_status smf_template_meta(struct smf_image *image, struct smf_template_meta *meta, struct smf_diagnosis *why);
/* Entry by entry; `*cursor` starts at 0. SMF_ERR_NOT_FOUND after the last one. */
struct smf_template_meta_entry {
    struct smf_span name;
    uint32_t specializations;
};
SMF_MUST_CHECK
enum smf_status smf_template_meta_next(struct smf_image *image, size_t *cursor, struct smf_template_meta_entry *entry,
                                       struct smf_diagnosis *why);

#ifdef __cplusplus
}
#endif

#endif
