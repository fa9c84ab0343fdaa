/* SPDX-License-Identifier: MIT */
/* json.c - smf/compiler_json.h: handles, texts in, texts out. */
#include "smf/compiler_json.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

bool smf_json_is_here(void) { return true; }

void smf_json_free(char *text) { free(text); }

/* --- Handles --------------------------------------------------------------------------------------- */

struct handle {
    int64_t number;
    const struct smf_compiler *compiler;
    struct smf_compiler_context *context;
    struct handle *next;
};

/* Callers have nothing but numbers, so the table is the process's. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct handle *handles;
static int64_t last_number;

static struct handle *find(int64_t number)
{
    struct handle *handle = handles;
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
    struct handle *handle = calloc(1, sizeof *handle);
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
    struct handle **link = &handles;
    while (*link != NULL && (*link)->number != context)
        link = &(*link)->next;
    struct handle *handle = *link;
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

/* Everything of one call. */
struct call {
    struct handle *handle; /* NULL: invalid */
    int64_t number;
    json_t *template, *given; /* what was read */
    struct smf_compiler_template asked;
    const char *names[SMF_TEMPLATE_PARAMETERS_MAX];
    struct json_room *room;
    char error[256]; /* "": none */
};

static bool fail(struct call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool fail(struct call *call, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(call->error, sizeof call->error, format, list);
    va_end(list);
    return false;
}

static bool fail_with(struct call *call, enum smf_status status, const struct smf_diagnosis *why)
{
    char line[200];
    struct smf_diagnosis shown = *why;
    shown.status = status;
    smf_diagnosis_format(&shown, line, sizeof line);
    return fail(call, "%s: %s", smf_status_name(status), line);
}

/* One JSON value; `what` names it in errors. */
static bool read_text(struct call *call, const char *text, const char *what, json_t **value)
{
    json_error_t error;
    const size_t size = text != NULL ? strnlen(text, (size_t)SMF_JSON_SIZE_MAX + 1) : 0;
    if (text == NULL)
        return fail(call, "%s: no text", what);
    if (size > SMF_JSON_SIZE_MAX)
        return fail(call, "%s: longer than %u bytes", what, SMF_JSON_SIZE_MAX);
    *value = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    return *value != NULL || fail(call, "%s: %.150s (byte %d)", what, error.text, error.position);
}

static bool begin(struct call *call, int64_t context)
{
    *call = (struct call){.number = context};
    pthread_mutex_lock(&lock);
    call->handle = find(context);
    if (call->handle == NULL)
        return fail(call, "invalid handle %lld", (long long)context);
    call->room = malloc(sizeof *call->room);
    if (call->room == NULL)
        return fail(call, "no memory");
    call->room->used = 0;
    return true;
}

static void end(struct call *call)
{
    json_decref(call->template);
    json_decref(call->given);
    free(call->room);
    pthread_mutex_unlock(&lock);
}

/* An answer as text; takes the reference. */
static char *print(json_t *answer)
{
    char *text = answer != NULL ? json_dumps(answer, JSON_ENCODE_ANY) : NULL;
    json_decref(answer);
    return text;
}

/* Texts of errors quote what was read, cut anywhere: only ASCII of it is sure to be whole. */
static json_t *error_of(const char *error)
{
    char ascii[256];
    size_t length = 0;
    for (; error[length] != '\0' && length + 1 < sizeof ascii; length++)
        ascii[length] = error[length] >= ' ' && error[length] <= '~' ? error[length] : '?';
    ascii[length] = '\0';
    return json_pack("{s: s}", "error", ascii);
}

/* --- Templates and hints --------------------------------------------------------------------------- */

static bool read_parameters(struct call *call, const json_t *array)
{
    if (array != NULL && !json_is_array(array))
        return fail(call, "template: 'type_params' is no array");
    const size_t count = json_array_size(array);
    if (count > SMF_TEMPLATE_PARAMETERS_MAX)
        return fail(call, "template: more than %u type parameters", SMF_TEMPLATE_PARAMETERS_MAX);
    for (size_t i = 0; i < count; i++) {
        call->names[i] = json_string_value(json_array_get(array, i));
        if (call->names[i] == NULL)
            return fail(call, "template: type parameter %u is no text", (unsigned)i);
    }
    call->asked.parameters = array != NULL ? call->names : NULL;
    call->asked.parameter_count = count;
    return true;
}

static bool read_template(struct call *call, const char *text)
{
    if (!read_text(call, text, "template", &call->template))
        return false;
    const json_t *name = json_object_get(call->template, "name");
    const json_t *signature = json_object_get(call->template, "signature");
    if (!json_is_object(call->template) || !json_is_string(name) || json_string_length(name) == 0)
        return fail(call, "template: no object with a 'name'");
    if (signature != NULL && !json_is_string(signature))
        return fail(call, "template: 'signature' is no text");
    call->asked.name = json_string_value(name);
    call->asked.signature = json_string_value(signature);
    return read_parameters(call, json_object_get(call->template, "type_params"));
}

/* -1: not said. */
static bool read_index(struct call *call, const json_t *hint, const char *member, int *index)
{
    const json_t *value = json_object_get(hint, member);
    const json_int_t number = json_integer_value(value);
    *index = json_is_integer(value) && number >= 0 && number < 256 ? (int)number : -1;
    if (value == NULL || json_is_null(value) || (json_is_integer(value) && number < 256))
        return true;
    return fail(call, "hints: '%s' is no number of a parameter", member);
}

static bool read_source(struct call *call, const json_t *hint, uint8_t *source)
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
    return fail(call, "hints: '%.40s' is no source", json_is_string(value) ? json_string_value(value) : "");
}

static bool read_hint(struct call *call, const json_t *value, struct smf_infer_hint *hint)
{
    const json_t *type = json_object_get(value, "ty");
    type = type != NULL ? type : json_object_get(value, "type");
    if (!json_is_object(value) || type == NULL)
        return fail(call, "hints: no object with a 'type'");
    if (!read_source(call, value, &hint->source) || !read_index(call, value, "param_index", &hint->parameter) ||
        !read_index(call, value, "argument", &hint->argument))
        return false;
    hint->type = json_read_type(call->room, type);
    return hint->type != NULL || fail(call, "hints: %s", call->room->error);
}

static bool read_hints(struct call *call, const char *text, struct smf_infer_hint **hints, size_t *count)
{
    if (!read_text(call, text, "hints", &call->given))
        return false;
    if (!json_is_array(call->given))
        return fail(call, "hints: no array");
    *count = json_array_size(call->given);
    if (*count > JSON_TYPES_MAX)
        return fail(call, "hints: more than %d", JSON_TYPES_MAX);
    *hints = calloc(*count + 1, sizeof **hints);
    if (*hints == NULL)
        return fail(call, "no memory");
    for (size_t i = 0; i < *count; i++)
        if (!read_hint(call, json_array_get(call->given, i), &(*hints)[i]))
            return false;
    return true;
}

/* --- Calls ------------------------------------------------------------------------------------------- */

char *smf_json_infer_types(int64_t context, const char *template, const char *hints)
{
    struct call call;
    struct smf_infer_hint *list = NULL;
    size_t count = 0;
    json_t *answer = NULL;
    if (begin(&call, context) && read_template(&call, template) && read_hints(&call, hints, &list, &count)) {
        const struct smf_type *types = NULL;
        struct smf_diagnosis why = {0};
        const struct handle *handle = call.handle;
        const enum smf_status status = handle->compiler->infer(handle->context, &call.asked, list, count, &types, &why);
        if (status == SMF_OK)
            answer = json_write_types(types);
        else
            fail_with(&call, status, &why);
    }
    if (call.error[0] != '\0')
        answer = error_of(call.error);
    free(list);
    char *text = print(answer);
    end(&call);
    return text;
}

static const char *name_of_arch(unsigned arch)
{
    static const char *const names[] = {"x86_64", "aarch64", "x86", "arm", "riscv64", "riscv32"};
    return arch < sizeof names / sizeof names[0] ? names[arch] : "?";
}

static json_t *result_of(const struct smf_compiled *compiled)
{
    json_t *answer = json_object(), *code = json_array();
    for (size_t i = 0; i < compiled->size; i++)
        json_array_append_new(code, json_integer(compiled->code[i]));
    json_object_set_new(answer, "success", json_true());
    json_object_set_new(answer, "kind", json_string("native"));
    json_object_set_new(answer, "arch", json_string(name_of_arch(compiled->arch)));
    json_object_set_new(answer, "symbol", json_string(compiled->symbol));
    json_object_set_new(answer, "code", code);
    return answer;
}

char *smf_json_instantiate(int64_t context, const char *template, const char *types)
{
    struct call call;
    json_t *answer = NULL;
    const struct smf_type *list = NULL;
    if (begin(&call, context) && read_template(&call, template) && read_text(&call, types, "types", &call.given)) {
        struct smf_compiled compiled;
        struct smf_diagnosis why = {0};
        const struct handle *handle = call.handle;
        if (!json_read_types(call.room, call.given, &list)) {
            fail(&call, "types: %s", call.room->error);
        } else {
            const enum smf_status status =
                handle->compiler->instantiate(handle->context, &call.asked, list, &compiled, &why);
            if (status == SMF_OK)
                answer = result_of(&compiled);
            else
                fail_with(&call, status, &why);
        }
    }
    if (call.error[0] != '\0') {
        answer = json_object();
        json_object_set_new(answer, "success", json_false());
        json_object_update_new(answer, error_of(call.error));
    }
    char *text = print(answer);
    end(&call);
    return text;
}

/* An array of bytes; NULL: it is none, or too long. */
static uint8_t *read_bytes(const json_t *array, size_t *size)
{
    *size = json_array_size(array);
    uint8_t *bytes = *size != 0 ? malloc(*size) : NULL;
    for (size_t i = 0; bytes != NULL && i < *size; i++) {
        const json_t *value = json_array_get(array, i);
        const json_int_t number = json_integer_value(value);
        if (!json_is_integer(value) || number < 0 || number > 255) {
            free(bytes);
            return NULL;
        }
        bytes[i] = (uint8_t)number;
    }
    return bytes;
}

static bool is_native(const json_t *answer)
{
    const char *kind = json_string_value(json_object_get(answer, "kind"));
    return json_is_true(json_object_get(answer, "success")) && kind != NULL && strcmp(kind, "native") == 0;
}

bool smf_json_check_types(int64_t context, const char *code)
{
    struct call call;
    bool good = false;
    if (begin(&call, context) && read_text(&call, code, "code", &call.given)) {
        size_t size = 0;
        const json_t *array = json_is_array(call.given) ? call.given : json_object_get(call.given, "code");
        uint8_t *bytes = array == call.given || is_native(call.given) ? read_bytes(array, &size) : NULL;
        good = bytes != NULL && call.handle->compiler->check(call.handle->context, bytes, size);
        free(bytes);
    }
    end(&call);
    return good;
}

char *smf_json_get_stats(int64_t context)
{
    struct call call;
    json_t *answer = NULL;
    if (begin(&call, context)) {
        struct smf_compiler_statistics all;
        call.handle->compiler->statistics(call.handle->context, &all);
        const struct {
            const char *name;
            uint64_t number;
        } rows[] = {
            {"type_inferences",         all.type_inferences        },
            {"template_instantiations", all.template_instantiations},
            {"cache_hits",              all.cache_hits             },
            {"cache_misses",            all.cache_misses           },
            {"compiled",                all.compiled               },
            {"read",                    all.read                   },
            {"damaged",                 all.damaged                },
            {"unwritten",               all.unwritten              },
            {"fallbacks",               all.fallbacks              },
        };
        answer = json_object();
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
            json_object_set_new(answer, rows[i].name, json_integer((json_int_t)rows[i].number));
    } else {
        answer = error_of(call.error);
    }
    char *text = print(answer);
    end(&call);
    return text;
}

/* --- Two types made one ------------------------------------------------------------------------------ */

enum { TERMS = 4096 };

struct unifier {
    struct smf_infer infer;
    struct smf_term terms[TERMS];
    uint32_t arguments[TERMS];
    char text[SMF_INFER_WRITE_MAX + 1];
};

/* What both are; parts that are still open are variables. */
static json_t *whole(struct call *call, struct unifier *unifier, uint32_t term)
{
    const struct smf_type *type = NULL;
    struct smf_type *spare = &call->room->types[call->room->used];
    const size_t left = JSON_TYPES_MAX - call->room->used;
    if (smf_infer_read(&unifier->infer, term, spare, left, NULL, &type) == SMF_OK)
        return json_write_type(type);
    const size_t size = smf_infer_write(&unifier->infer, term, unifier->text, sizeof unifier->text);
    if (size < sizeof unifier->text && smf_types_parse(unifier->text, size, spare, left, &type) == SMF_OK)
        return json_write_type(type);
    return json_pack("{s: s, s: s}", "kind", "unknown", "name", unifier->text);
}

static json_t *unify(struct call *call, const struct smf_type *left, const struct smf_type *right)
{
    json_t *answer = NULL;
    struct unifier *unifier = malloc(sizeof *unifier);
    if (unifier == NULL) {
        fail(call, "no memory");
        return NULL;
    }
    struct smf_infer *infer = &unifier->infer;
    smf_infer_start(infer, unifier->terms, TERMS, unifier->arguments, TERMS);
    const uint32_t one = smf_infer_type(infer, left), other = smf_infer_type(infer, right);
    enum smf_status status = one == SMF_NO_TERM || other == SMF_NO_TERM ? SMF_ERR_TYPE : smf_infer_unify(infer, one, other);
    if (status == SMF_OK && smf_infer_check(infer, one) == SMF_ERR_TYPE)
        status = SMF_ERR_TYPE;
    if (status == SMF_OK) {
        answer = whole(call, unifier, one);
    } else if (one == SMF_NO_TERM || other == SMF_NO_TERM) {
        fail(call, "%s: no type", smf_status_name(status));
    } else {
        char text[200];
        smf_infer_explain(infer, status, text, sizeof text);
        fail(call, "%s: %s", smf_status_name(status), text);
    }
    free(unifier);
    return answer;
}

char *smf_json_unify(int64_t context, const char *left, const char *right)
{
    struct call call;
    json_t *answer = NULL;
    if (begin(&call, context) && read_text(&call, left, "left", &call.template) &&
        read_text(&call, right, "right", &call.given)) {
        const struct smf_type *one = json_read_type(call.room, call.template);
        const struct smf_type *other = one != NULL ? json_read_type(call.room, call.given) : NULL;
        if (other != NULL)
            answer = unify(&call, one, other);
        else
            fail(&call, "%s: %s", one == NULL ? "left" : "right", call.room->error);
    }
    if (call.error[0] != '\0')
        answer = error_of(call.error);
    char *text = print(answer);
    end(&call);
    return text;
}
