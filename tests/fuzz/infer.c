/* SPDX-License-Identifier: MIT */
/*
 * infer.c - libFuzzer target over terms, signatures and types as text. The last byte of the input says which it is.
 *
 * Whatever the bytes: what is taken can be written and read again as the same; a unification that fails leaves every term as it
 * was; one that succeeds makes two terms that say the same; nothing is left open, and nothing is read behind the end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smf/infer.h"

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition);                                    \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

enum { TERMS = 4096, ROOM = 512, VARIABLES = 4, TEXT = SMF_INFER_WRITE_MAX + 64 };

static struct smf_term terms[TERMS], kept[TERMS];
static uint32_t arguments[2 * TERMS];
static struct smf_infer infer;
static uint32_t variables[VARIABLES];

static void start(uint32_t capacity)
{
    smf_infer_start(&infer, terms, TERMS, arguments, 2 * TERMS);
    for (unsigned i = 0; i < VARIABLES; i++)
        variables[i] = smf_infer_variable(&infer, (uint16_t)(1u << i));
    infer.term_capacity = capacity;
}

/* Is every term as it was kept, but for marks? None is open. */
static void check_kept(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        MUST(terms[i].at == 0);
        kept[i].mark = terms[i].mark;
        MUST(memcmp(&kept[i], &terms[i], sizeof kept[i]) == 0);
    }
}

static size_t write(uint32_t term, char *text)
{
    const size_t size = smf_infer_write(&infer, term, text, TEXT);
    char few[8];
    MUST(size < TEXT && strlen(text) == size);
    MUST(smf_infer_write(&infer, term, few, sizeof few) == size);
    return size;
}

/* A whole term as types, written, read and joined with itself. */
static void check_whole(uint32_t term)
{
    static struct smf_type room[ROOM];
    const struct smf_type *type;
    const enum smf_status status = smf_infer_read(&infer, term, room, ROOM, NULL, &type);
    MUST(status == SMF_OK || status == SMF_ERR_NO_SPACE || status == SMF_ERR_LIMIT);
    if (status != SMF_OK)
        return;
    const uint32_t again = smf_infer_type(&infer, type);
    if (again != SMF_NO_TERM)
        MUST(smf_infer_unify(&infer, term, again) == SMF_OK);
}

static void try_terms(const uint8_t *data, size_t size, unsigned choice)
{
    static char left_text[TEXT], right_text[TEXT];
    const size_t half = size == 0 ? 0 : data[0] % size;
    start(choice & 4 ? 16 : TERMS);
    const uint32_t left = smf_infer_term(&infer, data, half, variables, VARIABLES);
    const uint32_t right = smf_infer_term(&infer, data + half, size - half, variables, VARIABLES);
    if (left == SMF_NO_TERM || right == SMF_NO_TERM)
        return;
    memcpy(kept, terms, sizeof *terms * infer.term_count);
    const enum smf_status status = smf_infer_unify(&infer, left, right);
    MUST(status == SMF_OK || status == SMF_ERR_MISMATCH);
    if (status != SMF_OK) {
        check_kept(infer.term_count);
        MUST(smf_infer_explain(&infer, status, left_text, sizeof left_text) > 0);
        MUST(smf_infer_unify(&infer, right, left) == SMF_ERR_MISMATCH);
        check_kept(infer.term_count);
        return;
    }
    const enum smf_status whole = smf_infer_check(&infer, left);
    MUST(whole == smf_infer_check(&infer, right));
    MUST(write(left, left_text) == write(right, right_text) && strcmp(left_text, right_text) == 0);
    if (whole == SMF_OK)
        check_whole(left);
    for (uint32_t i = 0; i < infer.term_count; i++)
        MUST(terms[i].at == 0);
}

/* A call of the first term with the second as its argument or result, taken back if it fails. */
static void try_call(const uint8_t *data, size_t size, unsigned choice)
{
    static const uint16_t bounds[VARIABLES];
    static char text[TEXT];
    const size_t half = size == 0 ? 0 : data[0] % size;
    uint32_t parameters[VARIABLES];
    start(choice & 4 ? 12 : TERMS);
    const uint32_t given = smf_infer_term(&infer, data + half, size - half, variables, VARIABLES);
    const uint32_t count = infer.term_count;
    memcpy(kept, terms, sizeof *terms * count);
    const enum smf_status status =
        smf_infer_call(&infer, data, half, bounds, VARIABLES, &given, 1, choice & 8 ? given : SMF_NO_TERM, parameters);
    if (status != SMF_OK) {
        MUST(smf_infer_explain(&infer, status, text, sizeof text) > 0);
        smf_infer_undo(&infer);
        MUST(infer.term_count == count);
        check_kept(count);
        return;
    }
    for (unsigned i = 0; i < VARIABLES; i++) {
        MUST(smf_infer_check(&infer, parameters[i]) != SMF_ERR_TYPE);
        write(parameters[i], text);
    }
}

static void try_need(const uint8_t *data, size_t size)
{
    static struct smf_signature signature, need;
    struct smf_diagnosis why;
    MUST(smf_signature_parse("f<T, U>()", 9, &signature, NULL) == SMF_OK);
    const enum smf_status status = smf_signature_parse_need((const char *)data, size, &signature, &need, &why);
    MUST(status == SMF_OK ? need.parameter_count != 0 && need.term_size != 0
                          : why.status == status && why.offset <= size);
}

static void try_signature(const uint8_t *data, size_t size)
{
    static struct smf_signature signature;
    struct smf_diagnosis why;
    const enum smf_status status = smf_signature_parse((const char *)data, size, &signature, &why);
    if (status != SMF_OK) {
        MUST(why.status == status && why.offset <= size);
        return;
    }
    start(TERMS);
    uint32_t parameters[SMF_TEMPLATE_PARAMETERS_MAX];
    for (uint32_t i = 0; i < signature.parameter_count; i++)
        parameters[i] = smf_infer_variable(&infer, signature.parameters[i].bounds);
    MUST(signature.term[0] == SMF_TERM_FUNCTION);
    MUST(smf_infer_term(&infer, signature.term, signature.term_size, parameters, signature.parameter_count) !=
         SMF_NO_TERM);
}

static void try_types(const uint8_t *data, size_t size)
{
    static struct smf_type room[ROOM], other[ROOM];
    static char text[1 << 16], names[1 << 16];
    const struct smf_type *types, *back;
    size_t length, base;
    const enum smf_status apart =
        smf_types_demangle((const char *)data, size, &base, names, sizeof names, room, ROOM, &types);
    if (apart == SMF_OK && types != NULL) { /* only what mangling makes is taken apart */
        MUST(smf_types_mangle((const char *)data, base, types, text, sizeof text, &length) == SMF_OK);
        MUST(length == size && memcmp(text, data, size) == 0);
    }
    MUST(smf_types_normal((const char *)data, size, text, sizeof text, &length) == SMF_OK || length >= sizeof text);
    if (smf_types_parse((const char *)data, size, room, ROOM, &types) != SMF_OK || types == NULL)
        return;
    if (smf_types_mangle("f", 1, types, text, sizeof text, &length) == SMF_OK) {
        MUST(smf_types_demangle(text, length, &base, names, sizeof names, other, ROOM, &back) == SMF_OK);
        MUST(base == 1 && smf_types_are_same(types, back));
    }
    start(TERMS);
    for (const struct smf_type *type = types; type != NULL; type = type->next) {
        MUST(smf_type_write(type, text, sizeof text, &length) == SMF_OK);
        MUST(smf_types_parse(text, length, other, ROOM, &back) == SMF_OK && back->next == NULL);
        const uint32_t term = smf_infer_type(&infer, type), again = smf_infer_type(&infer, back);
        if (term != SMF_NO_TERM && again != SMF_NO_TERM)
            MUST(smf_infer_unify(&infer, term, again) == SMF_OK);
        if (term != SMF_NO_TERM && smf_infer_check(&infer, term) == SMF_OK)
            check_whole(term);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const unsigned choice = data[--size];
    uint8_t *copy = malloc(size + (size == 0)); /* of that very size: a sanitizer sees what is read behind it */
    MUST(copy != NULL);
    memcpy(copy, data, size);
    switch (choice & 3) {
    case 0:
        try_terms(copy, size, choice);
        break;
    case 1:
        try_call(copy, size, choice);
        break;
    case 2:
        (choice & 4 ? try_need : try_signature)(copy, size);
        break;
    default:
        try_types(copy, size);
    }
    free(copy);
    return 0;
}
