/* SPDX-License-Identifier: MIT */
/*
 * boundary.h - private to json*.c: one call of the boundary (json_call.c), types between JSON and struct smf_type
 * (json_types.c).
 *
 * Texts are read by Jansson: it proves UTF-8, bounds depth, refuses numbers that do not fit and members that stand twice, and
 * prints `"key": 0` with its blank. cJSON, the smaller one, proves no UTF-8 and has doubles for numbers. One weakness is known: where
 * memory runs out inside its reader (2.14), that goes past the end of its buffer; what it writes, and all else here, may fail.
 */
#ifndef SMF_HOST_COMPILER_BOUNDARY_H
#define SMF_HOST_COMPILER_BOUNDARY_H

#include <jansson.h>

#include "smf/compiler.h"

/* ---- Calls ---- */

struct boundary_room;

struct boundary_handle {
    int64_t number;
    const struct smf_compiler *compiler;
    struct smf_compiler_context *context;
    struct boundary_handle *next;
};

/* Everything of one call. */
struct boundary_call {
    struct boundary_handle *handle; /* NULL: invalid */
    json_t *template, *given;       /* what was read */
    struct smf_compiler_template asked;
    const char *names[SMF_TEMPLATE_PARAMETERS_MAX];
    struct smf_infer_hint *hints;
    size_t hint_count;
    struct boundary_room *room;
    char error[256]; /* "": none */
};

/* From begin, whatever it says, to end: one call at a time. Those that say false have set the error. */
bool boundary_begin(struct boundary_call *call, int64_t context);
void boundary_end(struct boundary_call *call);
bool boundary_fail(struct boundary_call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool boundary_fail_with(struct boundary_call *call, enum smf_status status, const struct smf_diagnosis *why);
/* One JSON value; `what` names it in errors. */
bool boundary_read(struct boundary_call *call, const char *text, const char *what, json_t **value);
bool boundary_read_template(struct boundary_call *call, const char *text);
bool boundary_read_hints(struct boundary_call *call, const char *text);

/* A text without a context; NULL: refused. */
json_t *boundary_parse(const char *text, json_error_t *error);
/* An answer as text; takes the reference. NULL: no memory. */
char *boundary_print(json_t *answer);
/* An error's text; {"error": text}. */
json_t *boundary_text(const char *error);
json_t *boundary_error(const char *error);

/* ---- Types ---- */

/* Most types in one text, nested ones too. */
enum { BOUNDARY_TYPES_MAX = 1024 };

/* What reading fills: names lie in the JSON value, which has to stay. */
struct boundary_room {
    struct smf_type types[BOUNDARY_TYPES_MAX];
    size_t used;
    char error[160]; /* why reading failed */
};

/* NULL: room->error. */
const struct smf_type *boundary_read_type(struct boundary_room *room, const json_t *value);
/* An array of types as a list. False: room->error. */
bool boundary_read_types(struct boundary_room *room, const json_t *value, const struct smf_type **types);

/* A new reference; NULL: no memory. */
json_t *boundary_write_type(const struct smf_type *type);
json_t *boundary_write_types(const struct smf_type *types);

#endif
