/* SPDX-License-Identifier: MIT */
/* json_call.c - handles, and what every call of the boundary does: texts in, errors out. */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boundary.h"
#include "smf/compiler_json.h"

/* --- Handles --------------------------------------------------------------------------------------- */

/* Callers have nothing but numbers, so the table is the process's. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct boundary_handle *handles;
static int64_t last_number;

static struct boundary_handle *find(int64_t number)
{
    struct boundary_handle *handle = handles;
    while (handle != NULL && handle->number != number)
        handle = handle->next;
    return handle;
}

int64_t smf_json_create(const struct smf_compiler *compiler, const struct smf_compiler_options *options,
                        struct smf_diagnosis *why)
{
    const struct smf_compiler_options none = {0};
    int64_t number = 0;
    compiler = compiler != NULL ? compiler : &smf_compiler_units;
    struct boundary_handle *handle = calloc(1, sizeof *handle);
    if (handle == NULL) {
        if (why != NULL)
            *why = (struct smf_diagnosis){.status = SMF_ERR_NO_MEMORY};
        return 0;
    }
    pthread_mutex_lock(&lock);
    if (compiler->create(compiler, options != NULL ? options : &none, &handle->context, why) == SMF_OK) {
        handle->compiler = compiler;
        handle->number = number = ++last_number;
        handle->next = handles;
        handles = handle;
    }
    pthread_mutex_unlock(&lock);
    if (number == 0)
        free(handle);
    return number;
}

bool smf_json_destroy(int64_t context)
{
    pthread_mutex_lock(&lock);
    struct boundary_handle **link = &handles;
    while (*link != NULL && (*link)->number != context)
        link = &(*link)->next;
    struct boundary_handle *handle = *link;
    if (handle != NULL) {
        *link = handle->next;
        handle->compiler->destroy(handle->context);
    }
    pthread_mutex_unlock(&lock);
    const bool was_there = handle != NULL;
    free(handle);
    return was_there;
}

/* --- Texts ----------------------------------------------------------------------------------------- */

bool boundary_fail(struct boundary_call *call, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(call->error, sizeof call->error, format, list);
    va_end(list);
    return false;
}

bool boundary_fail_with(struct boundary_call *call, enum smf_status status, const struct smf_diagnosis *why)
{
    char line[200];
    struct smf_diagnosis shown = *why;
    shown.status = status;
    smf_diagnosis_format(&shown, line, sizeof line);
    return boundary_fail(call, "%s: %s", smf_status_name(status), line);
}

json_t *boundary_parse(const char *text, json_error_t *error)
{
    const size_t size = text != NULL ? strnlen(text, (size_t)SMF_JSON_SIZE_MAX + 1) : 0;
    *error = (json_error_t){.position = 0};
    if (text != NULL && size <= SMF_JSON_SIZE_MAX)
        return json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, error);
    snprintf(error->text, sizeof error->text, "%s", text == NULL ? "no text" : "too long");
    return NULL;
}

bool boundary_read(struct boundary_call *call, const char *text, const char *what, json_t **value)
{
    json_error_t error;
    *value = boundary_parse(text, &error);
    return *value != NULL || boundary_fail(call, "%s: %.150s (byte %d)", what, error.text, error.position);
}

bool boundary_begin(struct boundary_call *call, int64_t context)
{
    *call = (struct boundary_call){0};
    pthread_mutex_lock(&lock);
    call->handle = find(context);
    if (call->handle == NULL)
        return boundary_fail(call, "invalid handle %lld", (long long)context);
    call->room = malloc(sizeof *call->room);
    if (call->room == NULL)
        return boundary_fail(call, "no memory");
    call->room->used = 0;
    return true;
}

void boundary_end(struct boundary_call *call)
{
    json_decref(call->template);
    json_decref(call->given);
    free(call->hints);
    free(call->room);
    pthread_mutex_unlock(&lock);
}

/* Into memory of malloc(), whatever Jansson has been told to allocate with: that is what callers are told to free. */
char *boundary_print(json_t *answer)
{
    const size_t size = answer != NULL ? json_dumpb(answer, NULL, 0, JSON_ENCODE_ANY) : 0;
    char *text = size != 0 ? malloc(size + 1) : NULL;
    if (text != NULL) {
        const bool whole = json_dumpb(answer, text, size, JSON_ENCODE_ANY) == size;
        text[size] = '\0';
        if (!whole) {
            free(text);
            text = NULL;
        }
    }
    json_decref(answer);
    return text;
}

/* Texts of errors quote what was read, cut anywhere: only ASCII of it is sure to be whole. */
json_t *boundary_text(const char *error)
{
    char ascii[256];
    size_t length = 0;
    for (; error[length] != '\0' && length + 1 < sizeof ascii; length++)
        ascii[length] = error[length] >= ' ' && error[length] <= '~' ? error[length] : '?';
    ascii[length] = '\0';
    return json_string(ascii);
}

json_t *boundary_error(const char *error) { return json_pack("{s: o}", "error", boundary_text(error)); }

/* --- Templates and hints --------------------------------------------------------------------------- */

static bool read_parameters(struct boundary_call *call, const json_t *array)
{
    if (array != NULL && !json_is_array(array))
        return boundary_fail(call, "template: 'type_params' is no array");
    const size_t count = json_array_size(array);
    if (count > SMF_TEMPLATE_PARAMETERS_MAX)
        return boundary_fail(call, "template: more than %u type parameters", SMF_TEMPLATE_PARAMETERS_MAX);
    for (size_t i = 0; i < count; i++) {
        call->names[i] = json_string_value(json_array_get(array, i));
        if (call->names[i] == NULL)
            return boundary_fail(call, "template: type parameter %u is no text", (unsigned)i);
    }
    call->asked.parameters = array != NULL ? call->names : NULL;
    call->asked.parameter_count = count;
    return true;
}

bool boundary_read_template(struct boundary_call *call, const char *text)
{
    if (!boundary_read(call, text, "template", &call->template))
        return false;
    const json_t *name = json_object_get(call->template, "name");
    const json_t *signature = json_object_get(call->template, "signature");
    if (!json_is_object(call->template) || !json_is_string(name) || json_string_length(name) == 0)
        return boundary_fail(call, "template: no object with a 'name'");
    if (signature != NULL && !json_is_string(signature))
        return boundary_fail(call, "template: 'signature' is no text");
    call->asked.name = json_string_value(name);
    call->asked.signature = json_string_value(signature);
    return read_parameters(call, json_object_get(call->template, "type_params"));
}

/* -1: not said. */
static bool read_index(struct boundary_call *call, const json_t *hint, const char *member, int *index)
{
    const json_t *value = json_object_get(hint, member);
    const json_int_t number = json_integer_value(value);
    *index = json_is_integer(value) && number >= 0 && number < 256 ? (int)number : -1;
    if (value == NULL || json_is_null(value) || (json_is_integer(value) && number < 256))
        return true;
    return boundary_fail(call, "hints: '%s' is no number of a parameter", member);
}

static bool read_source(struct boundary_call *call, const json_t *hint, uint8_t *source)
{
    static const char *const words[] = {"call_site", "return", "assignment", "constraint"};
    const json_t *value = json_object_get(hint, "source");
    *source = SMF_HINT_CALL_SITE;
    if (value == NULL)
        return true;
    for (uint8_t i = 0; json_is_string(value) && i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i], json_string_value(value)) == 0) {
            *source = i;
            return true;
        }
    return boundary_fail(call, "hints: '%.40s' is no source", json_is_string(value) ? json_string_value(value) : "");
}

static bool read_hint(struct boundary_call *call, const json_t *value, struct smf_infer_hint *hint)
{
    const json_t *type = json_object_get(value, "ty");
    type = type != NULL ? type : json_object_get(value, "type");
    if (!json_is_object(value) || type == NULL)
        return boundary_fail(call, "hints: no object with a 'type'");
    if (!read_source(call, value, &hint->source) || !read_index(call, value, "param_index", &hint->parameter) ||
        !read_index(call, value, "argument", &hint->argument))
        return false;
    hint->type = boundary_read_type(call->room, type);
    return hint->type != NULL || boundary_fail(call, "hints: %s", call->room->error);
}

bool boundary_read_hints(struct boundary_call *call, const char *text)
{
    if (!boundary_read(call, text, "hints", &call->given))
        return false;
    if (!json_is_array(call->given))
        return boundary_fail(call, "hints: no array");
    call->hint_count = json_array_size(call->given);
    if (call->hint_count > BOUNDARY_TYPES_MAX)
        return boundary_fail(call, "hints: more than %d", BOUNDARY_TYPES_MAX);
    call->hints = calloc(call->hint_count + 1, sizeof *call->hints);
    if (call->hints == NULL)
        return boundary_fail(call, "no memory");
    for (size_t i = 0; i < call->hint_count; i++)
        if (!read_hint(call, json_array_get(call->given, i), &call->hints[i]))
            return false;
    return true;
}
