/* SPDX-License-Identifier: MIT */
/* json_made.c - smf/compiler_json.h: types out of nothing, types as text, two types made one. */
#include <stdlib.h>
#include <string.h>

#include "boundary.h"
#include "smf/compiler_json.h"

static char *refuse(const char *error) { return boundary_print(boundary_error(error)); }

static char *write_one(struct smf_type type) { return boundary_print(boundary_write_type(&type)); }

char *smf_json_type_int(unsigned bits, bool is_signed)
{
    if (bits != 8 && bits != 16 && bits != 32 && bits != 64)
        return refuse("no int has so many bits");
    return write_one((struct smf_type){.kind = SMF_TYPE_INT, .bits = (uint8_t)bits, .is_signed = is_signed});
}

char *smf_json_type_float(unsigned bits)
{
    if (bits != 32 && bits != 64)
        return refuse("no float has so many bits");
    return write_one((struct smf_type){.kind = SMF_TYPE_FLOAT, .bits = (uint8_t)bits});
}

char *smf_json_type_bool(void) { return write_one((struct smf_type){.kind = SMF_TYPE_BOOL}); }
char *smf_json_type_string(void) { return write_one((struct smf_type){.kind = SMF_TYPE_STRING}); }

char *smf_json_type_named(const char *name, const char *arguments)
{
    struct boundary_room *room = calloc(1, sizeof *room);
    json_error_t error;
    json_t *given = arguments != NULL ? boundary_parse(arguments, &error) : json_array();
    const struct smf_type *list = NULL;
    struct smf_type type = {.kind = SMF_TYPE_NAMED, .name = name, .name_size = name != NULL ? strlen(name) : 0};
    size_t length;
    char *text;
    if (room == NULL)
        text = NULL;
    else if (!boundary_read_types(room, given, &list))
        text = refuse(room->error);
    else {
        type.arguments = list;
        const enum smf_status status = smf_type_write(&type, NULL, 0, &length);
        text = status == SMF_OK || status == SMF_ERR_NO_SPACE ? write_one(type) : refuse("not the name of a type");
    }
    json_decref(given);
    free(room);
    return text;
}

char *smf_json_type_to_string(const char *type)
{
    struct boundary_room *room = calloc(1, sizeof *room);
    json_error_t error;
    json_t *given = boundary_parse(type, &error);
    const struct smf_type *read = room != NULL && given != NULL ? boundary_read_type(room, given) : NULL;
    size_t length = 0;
    char *text = NULL;
    if (read != NULL && smf_type_write(read, NULL, 0, &length) == SMF_ERR_NO_SPACE) {
        text = malloc(length + 1);
        if (text != NULL && smf_type_write(read, text, length + 1, &length) != SMF_OK)
            text[0] = '\0';
    } else {
        text = strdup("unknown");
    }
    json_decref(given);
    free(room);
    return text;
}
