/* SPDX-License-Identifier: MIT */
/*
 * infer.c - types from hints: smf_infer_types() with the room that it needs, what it leaves open filled in, and
 * the answer remembered.
 */
#include "compiler.h"

#include <stdlib.h>
#include <string.h>

/* Room for one inference; a question that does not fit is SMF_ERR_NO_SPACE. */
enum { TERMS = 4096, ARGUMENTS = 4096, TYPES = 1024, PARAMETERS_MAX = 64 };

struct workspace {
    struct smf_infer infer;
    struct smf_term terms[TERMS];
    uint32_t arguments[ARGUMENTS];
    struct smf_type types[TYPES];
    struct smf_signature signature;
    uint16_t bounds[PARAMETERS_MAX];
};

static const struct smf_type signed_64 = {.kind = SMF_TYPE_INT, .bits = 64, .is_signed = true};

/* How many parameters there are, and what is known of them. */
static enum smf_status read_signature(struct workspace *space, const struct smf_compiler_template *template,
                                      uint32_t *count, struct smf_diagnosis *why)
{
    if (template->signature == NULL) {
        *count = (uint32_t) template->parameter_count;
        return SMF_OK;
    }
    const enum smf_status status =
        smf_signature_parse(template->signature, strlen(template->signature), &space->signature, why);
    if (status != SMF_OK)
        return status;
    *count = space->signature.parameter_count;
    if (template->parameters != NULL && template->parameter_count != *count)
        return compiler_fail(why, SMF_ERR_ARITY, "%s: %u parameters, its signature has %u", template->name,
                             (unsigned)template->parameter_count, (unsigned)*count);
    for (uint32_t i = 0; i < *count; i++)
        space->bounds[i] = space->signature.parameters[i].bounds;
    return SMF_OK;
}

/* For a parameter that no hint names. */
static const struct smf_type *fallback(const struct smf_infer_hint *hints, size_t hint_count)
{
    for (size_t i = 0; i < hint_count; i++)
        if (hints[i].source == SMF_HINT_CALL_SITE && hints[i].parameter < 0 && hints[i].argument < 0)
            return hints[i].type;
    return &signed_64;
}

/* Does a hint say something about this parameter? With one parameter every hint without a number does. */
static bool is_hinted(const struct smf_infer_hint *hints, size_t hint_count, uint32_t count, uint32_t parameter)
{
    for (size_t i = 0; i < hint_count; i++)
        if (hints[i].parameter == (int)parameter || (count == 1 && hints[i].parameter < 0 && hints[i].argument < 0))
            return true;
    return false;
}

/* The hints, and one more for each parameter that would stay open. A signature leaves none open that is used. */
static struct smf_infer_hint *complete(const struct smf_compiler_template *template, uint32_t count,
                                       const struct smf_infer_hint *hints, size_t hint_count, size_t *all)
{
    struct smf_infer_hint *list = calloc(hint_count + count + 1, sizeof *list);
    if (list == NULL)
        return NULL;
    if (hint_count != 0)
        memcpy(list, hints, hint_count * sizeof *list);
    *all = hint_count;
    for (uint32_t i = 0; i < count && (hint_count == 0 || template->signature == NULL); i++)
        if (!is_hinted(hints, hint_count, count, i))
            list[(*all)++] = (struct smf_infer_hint){SMF_HINT_CONSTRAINT, (int)i, -1, fallback(hints, hint_count)};
    return list;
}

static enum smf_status work_out(struct workspace *space, const struct smf_compiler_template *template,
                                const struct smf_infer_hint *hints, size_t hint_count, struct memo_types *answer,
                                struct smf_diagnosis *why)
{
    uint32_t count = 0;
    enum smf_status status = read_signature(space, template, &count, why);
    if (status != SMF_OK)
        return status;
    size_t all = 0;
    struct smf_infer_hint *list = complete(template, count, hints, hint_count, &all);
    if (list == NULL)
        return SMF_ERR_NO_MEMORY;
    const struct smf_type *types = NULL;
    smf_infer_start(&space->infer, space->terms, TERMS, space->arguments, ARGUMENTS);
    status = smf_infer_types(&space->infer, space->signature.term, space->signature.term_size, space->bounds, count,
                             list, all, space->types, TYPES, &types, why);
    if (status == SMF_OK)
        status = memo_copy(types, answer); /* before the list goes: names may lie in its types */
    free(list);
    return status;
}

static enum smf_status check_question(const struct smf_compiler_template *template, const struct smf_infer_hint *hints,
                                      size_t hint_count, struct smf_diagnosis *why)
{
    if (template->name == NULL || (hints == NULL && hint_count != 0) ||
        (template->parameters == NULL && template->parameter_count != 0 && template->signature != NULL))
        return compiler_fail(why, SMF_ERR_ARGUMENT, "a template without a name, or parameters without theirs");
    if (template->parameter_count > SMF_TEMPLATE_PARAMETERS_MAX)
        return compiler_fail(why, SMF_ERR_LIMIT, "%s: more than %u parameters", template->name,
                             SMF_TEMPLATE_PARAMETERS_MAX);
    return SMF_OK;
}

/* Work it out, and remember it. Forgetting costs time only, so failing to remember is no failure. */
static enum smf_status infer_anew(struct smf_compiler_context *context, const struct smf_compiler_template *template,
                                  const struct smf_infer_hint *hints, size_t hint_count, struct memo_bytes *key,
                                  struct smf_diagnosis *why)
{
    struct memo_types found = {0}, kept = {0};
    struct workspace *space = calloc(1, sizeof *space);
    context->statistics.cache_misses++;
    enum smf_status status = space == NULL ? compiler_fail(why, SMF_ERR_NO_MEMORY, "inference")
                                           : work_out(space, template, hints, hint_count, &found, why);
    free(space);
    if (status != SMF_OK)
        return status;
    context->statistics.type_inferences++;
    if (memo_copy(found.types, &kept) == SMF_OK && !memo_keep(&context->memo, key, &kept))
        memo_free(&kept);
    memo_free(&context->last);
    context->last = found;
    return SMF_OK;
}

enum smf_status compiler_infer(struct smf_compiler_context *context, const struct smf_compiler_template *template,
                               const struct smf_infer_hint *hints, size_t hint_count, const struct smf_type **types,
                               struct smf_diagnosis *why)
{
    struct smf_diagnosis unwanted;
    struct memo_bytes key = {0};
    why = why != NULL ? why : &unwanted;
    enum smf_status status = check_question(template, hints, hint_count, why);
    if (status == SMF_OK) {
        status = memo_key(&key, template, hints, hint_count);
        if (status != SMF_OK)
            (void)compiler_fail(why, status, "%s: hints", template->name);
    }
    const struct memo_types *known = status == SMF_OK ? memo_find(&context->memo, &key) : NULL;
    if (known != NULL) {
        context->statistics.cache_hits++;
        *types = known->types;
    } else if (status == SMF_OK) {
        status = infer_anew(context, template, hints, hint_count, &key, why);
        if (status == SMF_OK)
            *types = context->last.types;
    }
    free(key.bytes);
    return status;
}
