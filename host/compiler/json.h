/* SPDX-License-Identifier: MIT */
/*
 * json.h - types between JSON and struct smf_type (json_types.c), for the calls of the boundary (json.c).
 *
 * Texts are read by Jansson: it proves UTF-8, bounds depth, refuses numbers that do not fit and members that stand twice, and
 * prints `"key": 0` with its blank. cJSON, the smaller one, proves no UTF-8 and has doubles for numbers.
 */
#ifndef SMF_HOST_COMPILER_JSON_H
#define SMF_HOST_COMPILER_JSON_H

#include <jansson.h>

#include "smf/compiler.h"

/* Most types in one text, nested ones too. */
enum { JSON_TYPES_MAX = 1024 };

/* What reading fills: names lie in the JSON value, which has to stay. */
struct json_room {
    struct smf_type types[JSON_TYPES_MAX];
    size_t used;
    char error[160]; /* why reading failed */
};

/* NULL: room->error. */
const struct smf_type *json_read_type(struct json_room *room, const json_t *value);
/* An array of types as a list. False: room->error. */
bool json_read_types(struct json_room *room, const json_t *value, const struct smf_type **types);

/* A new reference; NULL: no memory. */
json_t *json_write_type(const struct smf_type *type);
json_t *json_write_types(const struct smf_type *types);

#endif
