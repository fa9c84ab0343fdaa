/* SPDX-License-Identifier: MIT */
/* json.c - smf/compiler_json.h: what contexts are asked. */
#include "smf/compiler_json.h"

#include <stdlib.h>
#include <string.h>

#include "boundary.h"

bool smf_json_is_here(void) { return true; }

void smf_json_free(char *text) { free(text); }

/* --- Calls ------------------------------------------------------------------------------------------- */

char *smf_json_infer_types(int64_t context, const char *template, const char *hints)
{
    struct boundary_call call;
    json_t *answer = NULL;
    if (boundary_begin(&call, context) && boundary_read_template(&call, template) &&
        boundary_read_hints(&call, hints)) {
        const struct smf_type *types = NULL;
        struct smf_diagnosis why = {0};
        const struct boundary_handle *handle = call.handle;
        const enum smf_status status =
            handle->compiler->infer(handle->context, &call.asked, call.hints, call.hint_count, &types, &why);
        if (status == SMF_OK)
            answer = boundary_write_types(types);
        else
            boundary_fail_with(&call, status, &why);
    }
    if (call.error[0] != '\0')
        answer = boundary_error(call.error);
    char *text = boundary_print(answer);
    boundary_end(&call);
    return text;
}

static const char *name_of_arch(unsigned arch)
{
    static const char *const names[] = {"x86_64", "aarch64", "x86", "arm", "riscv64", "riscv32"};
    return arch < sizeof names / sizeof names[0] ? names[arch] : "?";
}

static json_t *write_code(const uint8_t *bytes, size_t size)
{
    json_t *array = json_array();
    for (size_t i = 0; i < size; i++)
        if (json_array_append_new(array, json_integer(bytes[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

static json_t *result_of(const struct smf_compiled *compiled)
{
    json_t *code = write_code(compiled->code, compiled->size);
    return code == NULL ? NULL
                        : json_pack("{s: b, s: s, s: s, s: s, s: o}", "success", 1, "kind", "native", "arch",
                                    name_of_arch(compiled->arch), "symbol", compiled->symbol, "code", code);
}

char *smf_json_instantiate(int64_t context, const char *template, const char *types)
{
    struct boundary_call call;
    json_t *answer = NULL;
    const struct smf_type *list = NULL;
    if (boundary_begin(&call, context) && boundary_read_template(&call, template) &&
        boundary_read(&call, types, "types", &call.given)) {
        struct smf_compiled compiled;
        struct smf_diagnosis why = {0};
        const struct boundary_handle *handle = call.handle;
        if (!boundary_read_types(call.room, call.given, &list)) {
            boundary_fail(&call, "types: %s", call.room->error);
        } else {
            const enum smf_status status =
                handle->compiler->instantiate(handle->context, &call.asked, list, &compiled, &why);
            if (status == SMF_OK)
                answer = result_of(&compiled);
            else
                boundary_fail_with(&call, status, &why);
        }
    }
    if (call.error[0] != '\0')
        answer = json_pack("{s: b, s: o}", "success", 0, "error", boundary_text(call.error));
    char *text = boundary_print(answer);
    boundary_end(&call);
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
    struct boundary_call call;
    bool good = false;
    if (boundary_begin(&call, context) && boundary_read(&call, code, "code", &call.given)) {
        size_t size = 0;
        const json_t *array = json_is_array(call.given) ? call.given : json_object_get(call.given, "code");
        uint8_t *bytes = array == call.given || is_native(call.given) ? read_bytes(array, &size) : NULL;
        good = bytes != NULL && call.handle->compiler->check(call.handle->context, bytes, size);
        free(bytes);
    }
    boundary_end(&call);
    return good;
}

char *smf_json_get_stats(int64_t context)
{
    struct boundary_call call;
    json_t *answer = NULL;
    if (boundary_begin(&call, context)) {
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
            if (json_object_set_new(answer, rows[i].name, json_integer((json_int_t)rows[i].number)) != 0) {
                json_decref(answer);
                answer = NULL;
            }
    } else {
        answer = boundary_error(call.error);
    }
    char *text = boundary_print(answer);
    boundary_end(&call);
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
static json_t *whole(struct boundary_call *call, struct unifier *unifier, uint32_t term)
{
    const struct smf_type *type = NULL;
    struct smf_type *spare = &call->room->types[call->room->used];
    const size_t left = BOUNDARY_TYPES_MAX - call->room->used;
    if (smf_infer_read(&unifier->infer, term, spare, left, NULL, &type) == SMF_OK)
        return boundary_write_type(type);
    const size_t size = smf_infer_write(&unifier->infer, term, unifier->text, sizeof unifier->text);
    if (size < sizeof unifier->text && smf_types_parse(unifier->text, size, spare, left, &type) == SMF_OK)
        return boundary_write_type(type);
    return json_pack("{s: s, s: s}", "kind", "unknown", "name", unifier->text);
}

static json_t *unify(struct boundary_call *call, const struct smf_type *left, const struct smf_type *right)
{
    json_t *answer = NULL;
    struct unifier *unifier = malloc(sizeof *unifier);
    if (unifier == NULL) {
        boundary_fail(call, "no memory");
        return NULL;
    }
    struct smf_infer *infer = &unifier->infer;
    smf_infer_start(infer, unifier->terms, TERMS, unifier->arguments, TERMS);
    const uint32_t one = smf_infer_type(infer, left), other = smf_infer_type(infer, right);
    enum smf_status status =
        one == SMF_NO_TERM || other == SMF_NO_TERM ? SMF_ERR_TYPE : smf_infer_unify(infer, one, other);
    if (status == SMF_OK && smf_infer_check(infer, one) == SMF_ERR_TYPE)
        status = SMF_ERR_TYPE;
    if (status == SMF_OK) {
        answer = whole(call, unifier, one);
    } else if (one == SMF_NO_TERM || other == SMF_NO_TERM) {
        boundary_fail(call, "%s: no type", smf_status_name(status));
    } else {
        char text[200];
        smf_infer_explain(infer, status, text, sizeof text);
        boundary_fail(call, "%s: %s", smf_status_name(status), text);
    }
    free(unifier);
    return answer;
}

char *smf_json_unify(int64_t context, const char *left, const char *right)
{
    struct boundary_call call;
    json_t *answer = NULL;
    if (boundary_begin(&call, context) && boundary_read(&call, left, "left", &call.template) &&
        boundary_read(&call, right, "right", &call.given)) {
        const struct smf_type *one = boundary_read_type(call.room, call.template);
        const struct smf_type *other = one != NULL ? boundary_read_type(call.room, call.given) : NULL;
        if (other != NULL)
            answer = unify(&call, one, other);
        else
            boundary_fail(&call, "%s: %s", one == NULL ? "left" : "right", call.room->error);
    }
    if (call.error[0] != '\0')
        answer = boundary_error(call.error);
    char *text = boundary_print(answer);
    boundary_end(&call);
    return text;
}
