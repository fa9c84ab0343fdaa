/* SPDX-License-Identifier: MIT */
/* infer.c - what it takes to find the types of a template's use: usual calls, many times, and types that are as bad as can be. */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "smf/infer.h"

static const char signature_text[] = "map_get<K: hash + equal, V>(*Map<K, V>, *K) -> *V";
static const char argument_text[] = "*Map<string, Vec<f64>>, *string";

struct calls {
    struct smf_signature signature;
    uint16_t bounds[SMF_TEMPLATE_PARAMETERS_MAX];
    struct smf_type room[16];
    const struct smf_type *arguments; /* two */
    struct smf_infer_hint hints[2];
    unsigned long count;
};

/* The arguments' terms, and the call. */
static double call(void *context, uint32_t *checksum)
{
    const struct calls *calls = context;
    struct smf_term terms[24];
    uint32_t arguments[24], parameters[SMF_TEMPLATE_PARAMETERS_MAX];
    struct smf_infer infer;
    *checksum = 0;
    const uint64_t start = measure_now();
    for (unsigned long i = 0; i < calls->count; i++) {
        smf_infer_start(&infer, terms, 24, arguments, 24);
        const uint32_t given[] = {smf_infer_type(&infer, calls->arguments),
                                  smf_infer_type(&infer, calls->arguments->next)};
        bench_check(smf_infer_call(&infer, calls->signature.term, calls->signature.term_size, calls->bounds,
                                   calls->signature.parameter_count, given, 2, SMF_NO_TERM, parameters),
                    NULL, "a call");
        *checksum += terms[smf_infer_find(&infer, parameters[0])].tag == SMF_TERM_TEXT;
    }
    return (double)(measure_now() - start);
}

/* The same through hints, with the types read back. */
static double ask(void *context, uint32_t *checksum)
{
    const struct calls *calls = context;
    struct smf_term terms[24];
    uint32_t arguments[24];
    struct smf_infer infer;
    struct smf_type room[8];
    const struct smf_type *types;
    *checksum = 0;
    smf_infer_start(&infer, terms, 24, arguments, 24);
    const uint64_t start = measure_now();
    for (unsigned long i = 0; i < calls->count; i++) {
        bench_check(smf_infer_types(&infer, calls->signature.term, calls->signature.term_size, calls->bounds,
                                    calls->signature.parameter_count, calls->hints, 2, room, 8, &types, NULL),
                    NULL, "hints");
        *checksum += types->kind == SMF_TYPE_STRING;
    }
    return (double)(measure_now() - start);
}

struct doubled {
    struct smf_infer infer;
    struct smf_term *terms;
    uint32_t *arguments;
    unsigned long count;
    bool mismatch;
};

static uint32_t pair(struct smf_infer *infer, uint32_t both)
{
    static const uint8_t bytes[] = {SMF_TERM_NAMED, 4, 'P', 'a', 'i', 'r', 2, 0, 0};
    return smf_infer_term(infer, bytes, sizeof bytes, &both, 1);
}

/* a1 = (a0, a0), a2 = (a1, a1), ... twice, made one and checked; the making is not measured. */
static double join(void *context, uint32_t *checksum)
{
    struct doubled *doubled = context;
    struct smf_infer *infer = &doubled->infer;
    static const uint8_t words[] = {SMF_TERM_I64, SMF_TERM_U64};
    const uint32_t size = (uint32_t)(2 * doubled->count + 2);
    smf_infer_start(infer, doubled->terms, size, doubled->arguments, 2 * size);
    uint32_t left = doubled->mismatch ? smf_infer_term(infer, &words[0], 1, NULL, 0) : smf_infer_variable(infer, 0);
    uint32_t right = doubled->mismatch ? smf_infer_term(infer, &words[1], 1, NULL, 0) : smf_infer_variable(infer, 0);
    for (unsigned long i = 0; i < doubled->count; i++) {
        left = pair(infer, left);
        right = pair(infer, right);
    }
    const uint64_t start = measure_now();
    const enum smf_status status = smf_infer_unify(infer, left, right);
    const enum smf_status whole = smf_infer_check(infer, left);
    const uint64_t end = measure_now();
    *checksum = status == (doubled->mismatch ? SMF_ERR_MISMATCH : SMF_OK) &&
                whole == (doubled->mismatch ? SMF_OK : SMF_ERR_NOT_FOUND);
    return (double)(end - start);
}

void bench_infer(unsigned long count, unsigned long doublings)
{
    struct calls calls = {.count = count};
    bench_check(smf_signature_parse(signature_text, sizeof signature_text - 1, &calls.signature, NULL), NULL,
                "signature");
    bench_check(smf_types_parse(argument_text, sizeof argument_text - 1, calls.room, 16, &calls.arguments), NULL,
                "types");
    calls.hints[0] = (struct smf_infer_hint){SMF_HINT_CALL_SITE, -1, 0, calls.arguments};
    calls.hints[1] = (struct smf_infer_hint){SMF_HINT_CALL_SITE, -1, 1, calls.arguments->next};
    for (uint32_t i = 0; i < calls.signature.parameter_count; i++)
        calls.bounds[i] = calls.signature.parameters[i].bounds;
    measure_print(&(struct measure_row){"inference", "map_get: smf_infer_call", count, 0, 11, (uint32_t)count}, call,
                  &calls);
    measure_print(&(struct measure_row){"inference", "map_get: smf_infer_types", count, 0, 11, (uint32_t)count}, ask,
                  &calls);
    struct doubled doubled = {.count = doublings};
    doubled.terms = malloc((2 * doublings + 2) * sizeof *doubled.terms);
    doubled.arguments = malloc((4 * doublings + 4) * sizeof *doubled.arguments);
    if (doubled.terms == NULL || doubled.arguments == NULL)
        measure_fail("inference", "no memory");
    for (unsigned i = 0; i < 2; i++) {
        doubled.mismatch = i != 0;
        measure_print(&(struct measure_row){"inference", i != 0 ? "a pair doubled: taken back" : "a pair doubled",
                                            doublings, 0, 11, 1},
                      join, &doubled);
    }
    free(doubled.terms);
    free(doubled.arguments);
}
