/* SPDX-License-Identifier: MIT */
/*
 * smf/templates.h - what a module has to make code of: its TemplateCode
 * sections, each proven in one pass and then walked without memory.
 *
 * Since 0.1. Floor: image. Several writers filled these sections in several
 * forms (SPEC, "Templates"); which one it is follows from the bytes alone. What
 * no form explains is one opaque entry: listed, with its bytes, and nothing said
 * about them. Names are told as places in the source; smf_span_read() copies one.
 *
 * Everything is read through the image's own window for records, so between two
 * of these calls the image may be used for anything else, by the same thread.
 */
#ifndef SMF_TEMPLATES_H
#define SMF_TEMPLATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/image.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Type parameters of one template record of ours (GTPL version 2). */
#define SMF_TEMPLATE_PARAMETERS_MAX 8u

/* Room for a parameter's default name with its NUL: T to Z, then T7, T8 and so on. */
#define SMF_PARAMETER_NAME_SIZE 12

/* Bytes of the image's source. */
struct smf_span {
    size_t offset; /* from the start of the source */
    size_t size;
};

/* How a section says what it holds. */
enum smf_templates_form {
    SMF_TEMPLATES_OPAQUE,  /* none of these: one entry with all its bytes, or none if it has no byte */
    SMF_TEMPLATES_BRIEF,   /* GTPL 1: kind, name, number of parameters                               */
    SMF_TEMPLATES_WHOLE,   /* GTPL 1: the same, parameter names, and fields by kind                  */
    SMF_TEMPLATES_NAMED,   /* no magic: names and bodies                                             */
    SMF_TEMPLATES_RECORDS, /* GTPL 2: names and records of ours                                      */
    SMF_TEMPLATES_SINGLE   /* one body at a symbol's template_offset; never said of a section        */
};

/* Numbers of files; the last one is ours. */
enum smf_template_kind {
    SMF_TEMPLATE_FUNCTION = 0,
    SMF_TEMPLATE_STRUCT = 1,
    SMF_TEMPLATE_CLASS = 2,
    SMF_TEMPLATE_ENUM = 3,
    SMF_TEMPLATE_TRAIT = 4,
    SMF_TEMPLATE_OPAQUE = 255 /* the file does not say */
};

/* One TemplateCode section as proven. Borrows the image. */
struct smf_templates {
    struct smf_image *image;
    uint32_t section;
    uint32_t count; /* of entries */
    uint8_t form;   /* enum smf_templates_form */
};

/* One template. Places are proven to lie in its section. */
struct smf_template {
    struct smf_span name;        /* size 0: has none (opaque, or told by a symbol)                                    */
    struct smf_span body;        /* WHOLE: what follows the parameter names; RECORDS: the record; BRIEF: size 0       */
    struct smf_span parameters;  /* where their names are recorded; size 0: they are not                       */
    struct smf_span constraints; /* where pairs are recorded; size 0: none (of a record: with its parameters)  */
    uint32_t parameter_count;    /* arity; 0: none, or not recorded                                            */
    uint32_t constraint_count;
    uint32_t section;
    uint8_t kind; /* enum smf_template_kind  */
    uint8_t form; /* enum smf_templates_form */
    bool record;  /* the body is a record of ours, "SMFT" version 1: names and bounds lie in it */
    bool special; /* WHOLE: not a template itself but a specialization of one, or marked as no template */
};

/* What a type argument has to be able to do. */
struct smf_constraint {
    struct smf_span parameter; /* its name */
    struct smf_span bound;     /* name of a trait; size 0 in records */
    uint16_t bounds;           /* records: SMF_BOUND_... ; else 0    */
};

/* Bounds of records. */
#define SMF_BOUND_COPY 1u
#define SMF_BOUND_DROP 2u
#define SMF_BOUND_COMPARE 4u
#define SMF_BOUND_EQUAL 8u
#define SMF_BOUND_HASH 16u
#define SMF_BOUND_INTEGER 32u
#define SMF_BOUND_FLOAT 64u
#define SMF_BOUND_NUMBER 128u

/* Type of section `index` (enum smf_section_type), 0 if there is no such section. */
uint8_t smf_image_section_type(const struct smf_image *image, uint32_t index);

/* The first TemplateCode section from index `from` on, or SMF_NO_SYMBOL. */
uint32_t smf_templates_section(const struct smf_image *image, uint32_t from);

/*
 * Prove a TemplateCode section as a whole (`why` may be NULL, here and below). SMF_ERR_ARGUMENT: another type of section, or
 * none; SMF_ERR_COMPRESSED; SMF_ERR_FORMAT: its magic promises a form that its bytes do not keep; SMF_ERR_IO.
 */
SMF_MUST_CHECK
enum smf_status smf_templates_open(struct smf_templates *templates, struct smf_image *image, uint32_t section,
                                   struct smf_diagnosis *why);

/* Entry by entry, templates->count of them: `*cursor` starts at 0. Proven again; SMF_ERR_CHANGED if it is not what it was.
 * SMF_ERR_NOT_FOUND after the last one. */
SMF_MUST_CHECK
enum smf_status smf_templates_next(const struct smf_templates *templates, size_t *cursor, struct smf_template *entry,
                                   struct smf_diagnosis *why);

/* The first entry of this name, compared byte for byte. SMF_ERR_NOT_FOUND. */
SMF_MUST_CHECK
enum smf_status smf_templates_find(const struct smf_templates *templates, const char *name, size_t size,
                                   struct smf_template *entry, struct smf_diagnosis *why);

/* What symbol `index` of the image says about its template; S40 symbols say nothing (zeros). */
struct smf_symbol_template {
    uint64_t offset;         /* template_offset, in its TemplateCode section */
    uint8_t parameter_count; /* template_param_count                         */
};
SMF_MUST_CHECK
enum smf_status smf_image_symbol_template(struct smf_image *image, uint32_t index, struct smf_symbol_template *said,
                                          struct smf_diagnosis *why);

/*
 * The template that a symbol means, looked for as SPEC [O4] says: in a GTPL section by name; else at the symbol's
 * template_offset, a u32 size and the body; else in a section of names; else the opaque bytes from that offset on. A body
 * that starts with GTPL is read as one template (form SINGLE). `said` may have both fields 0. SMF_ERR_NOT_FOUND: none here.
 */
SMF_MUST_CHECK
enum smf_status smf_templates_of_symbol(const struct smf_templates *templates, const char *name, size_t size,
                                        const struct smf_symbol_template *said, struct smf_template *entry,
                                        struct smf_diagnosis *why);

/* Name of parameter `index` (below parameter_count, else SMF_ERR_ARGUMENT): as recorded, else the default. Ends in a NUL;
 * SMF_ERR_NO_SPACE. */
SMF_MUST_CHECK
enum smf_status smf_template_parameter(struct smf_image *image, const struct smf_template *entry, uint32_t index,
                                       char *buffer, size_t capacity, struct smf_diagnosis *why);

/* Default name of parameter `index`: T, U, V, W, X, Y, Z, T7, T8 ... Its length. */
size_t smf_parameter_name(uint32_t index, char name[SMF_PARAMETER_NAME_SIZE]);

/* Constraint `index` (below constraint_count, else SMF_ERR_ARGUMENT). */
SMF_MUST_CHECK
enum smf_status smf_template_constraint(struct smf_image *image, const struct smf_template *entry, uint32_t index,
                                        struct smf_constraint *constraint, struct smf_diagnosis *why);

/* Copy a span, with a NUL behind it: SMF_ERR_NO_SPACE unless it is smaller than `capacity`. */
SMF_MUST_CHECK
enum smf_status smf_span_read(struct smf_image *image, const struct smf_span *span, char *buffer, size_t capacity,
                              struct smf_diagnosis *why);

/* Are the bytes of a span these? */
SMF_MUST_CHECK
enum smf_status smf_span_is(struct smf_image *image, const struct smf_span *span, const char *text, size_t size,
                            bool *same, struct smf_diagnosis *why);

#ifdef __cplusplus
}
#endif

#endif
