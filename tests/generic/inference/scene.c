/* SPDX-License-Identifier: MIT */
/* scene.c - terms, types and calls out of text. */
#include "generic/inference/scene.h"

#include <stdio.h>
#include <string.h>

#include "harness/tap.h"

struct smf_term scene_terms[SCENE_TERMS];
uint32_t scene_arguments[SCENE_ARGUMENTS];
struct smf_infer scene;
static char found[512];

void scene_start(void) { smf_infer_start(&scene, scene_terms, SCENE_TERMS, scene_arguments, SCENE_ARGUMENTS); }

const struct smf_signature *scene_signature(const char *text)
{
    static struct smf_signature signatures[4];
    static unsigned turn;
    struct smf_diagnosis why;
    struct smf_signature *signature = &signatures[turn++ % 4];
    const enum smf_status status = smf_signature_parse(text, strlen(text), signature, &why);
    tap_check(status == SMF_OK, __FILE__, __LINE__, "'%s' is no signature: %s", text, smf_status_name(status));
    return signature;
}

const struct smf_type *scene_types(const char *text)
{
    static struct smf_type rooms[16][SCENE_ROOM];
    static unsigned turn;
    const struct smf_type *types = NULL;
    const enum smf_status status = smf_types_parse(text, strlen(text), rooms[turn++ % 16], SCENE_ROOM, &types);
    tap_check(status == SMF_OK, __FILE__, __LINE__, "'%s' are no types: %s", text, smf_status_name(status));
    return types;
}

uint32_t scene_term(const char *text)
{
    const struct smf_type *type = scene_types(text);
    const uint32_t term = type == NULL ? SMF_NO_TERM : smf_infer_type(&scene, type);
    CHECK(term != SMF_NO_TERM);
    return term;
}

const char *scene_written(uint32_t term)
{
    static char text[256];
    CHECK_EQUAL(smf_infer_write(&scene, term, text, sizeof text), strlen(text));
    return text;
}

const char *scene_found(void) { return found; }

enum smf_status scene_call(const char *text, const char *arguments, const char *result)
{
    const struct smf_signature *signature = scene_signature(text);
    uint32_t given[8], parameters[SMF_TEMPLATE_PARAMETERS_MAX], count = 0;
    uint16_t bounds[SMF_TEMPLATE_PARAMETERS_MAX];
    scene_start();
    for (const struct smf_type *type = scene_types(arguments); type != NULL; type = type->next) {
        const bool known = !(type->kind == SMF_TYPE_NAMED && type->name_size == 1 && type->name[0] == '_');
        given[count++] = known ? smf_infer_type(&scene, type) : SMF_NO_TERM;
    }
    const uint32_t into = result != NULL ? scene_term(result) : SMF_NO_TERM;
    for (uint32_t i = 0; i < signature->parameter_count; i++)
        bounds[i] = signature->parameters[i].bounds;
    const enum smf_status status = smf_infer_call(&scene, signature->term, signature->term_size, bounds,
                                                  signature->parameter_count, given, count, into, parameters);
    found[0] = '\0';
    if (status != SMF_OK) {
        CHECK_EQUAL(smf_infer_explain(&scene, status, found, sizeof found), strlen(found));
        return status;
    }
    for (uint32_t i = 0; i < signature->parameter_count; i++) {
        const size_t length = strlen(found);
        const bool whole = smf_infer_check(&scene, parameters[i]) == SMF_OK;
        snprintf(found + length, sizeof found - length, "%s%.*s=%s%s", i == 0 ? "" : " ",
                 signature->parameters[i].name_size, signature->parameters[i].name, scene_written(parameters[i]),
                 whole ? "" : "!");
    }
    return status;
}
