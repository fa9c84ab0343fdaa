/* SPDX-License-Identifier: MIT */
/* no_json.c - takes the place of json*.c where there is no JSON library: nothing is answered, and it says so. */
#include <stdlib.h>
#include <string.h>

#include "smf/compiler_json.h"

static char *refusal(void)
{
    static const char text[] = "{\"success\": false, \"error\": \"this build has no JSON library\"}";
    char *copy = malloc(sizeof text);
    return copy != NULL ? memcpy(copy, text, sizeof text) : NULL;
}

bool smf_json_is_here(void) { return false; }
void smf_json_free(char *text) { free(text); }

int64_t smf_json_create(const struct smf_compiler *compiler, const struct smf_compiler_options *options,
                        struct smf_diagnosis *why)
{
    (void)compiler;
    (void)options;
    if (why != NULL)
        *why = (struct smf_diagnosis){.status = SMF_ERR_UNSUPPORTED};
    return 0;
}

bool smf_json_destroy(int64_t context)
{
    (void)context;
    return false;
}

char *smf_json_infer_types(int64_t context, const char *template, const char *hints)
{
    (void)context;
    (void)template;
    (void)hints;
    return refusal();
}

char *smf_json_instantiate(int64_t context, const char *template, const char *types)
{
    return smf_json_infer_types(context, template, types);
}

bool smf_json_check_types(int64_t context, const char *code)
{
    (void)context;
    (void)code;
    return false;
}

char *smf_json_get_stats(int64_t context)
{
    (void)context;
    return refusal();
}

char *smf_json_unify(int64_t context, const char *left, const char *right)
{
    return smf_json_infer_types(context, left, right);
}

char *smf_json_type_int(unsigned bits, bool is_signed)
{
    (void)bits;
    (void)is_signed;
    return refusal();
}

char *smf_json_type_float(unsigned bits)
{
    (void)bits;
    return refusal();
}

char *smf_json_type_bool(void) { return refusal(); }
char *smf_json_type_string(void) { return refusal(); }

char *smf_json_type_named(const char *name, const char *arguments)
{
    (void)name;
    (void)arguments;
    return refusal();
}

char *smf_json_type_to_string(const char *type)
{
    (void)type;
    return refusal();
}
