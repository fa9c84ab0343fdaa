/* SPDX-License-Identifier: MIT */
/* infer.c - what people read when types cannot be inferred, or a signature is none: each detail once, with its line. */
#include <string.h>

#include "generic/inference/scene.h"
#include "harness/tap.h"

enum { LINE = 200, ROOM = 40, HINTS = 3 };

static struct smf_diagnosis why;
static char text[400];

/* ---- Inference ---- */

static const struct inference {
    enum smf_status status;
    enum smf_detail detail;
    const char *line;
    const char *signature; /* NULL: only how many parameters there are */
    uint32_t count;
    struct {
        int parameter, argument;
        const char *type; /* NULL: no hint */
    } hints[HINTS];
} inferences[] = {
    {SMF_ERR_MISMATCH,
     SMF_DETAIL_INFER_MISMATCH,                "hint 2: expected i64, found f64",
     NULL,                                                                                                           1,
     {{0, -1, "i64"}, {0, -1, "f64"}}                                                                                                                                                 },
    {SMF_ERR_MISMATCH,
     SMF_DETAIL_INFER_MISMATCH,                "argument 2: expected *i64, found *f64",
     "swap<T>(*T, *T)",                                                                                              1,
     {{-1, 0, "*i64"}, {-1, 1, "*f64"}}                                                                                                                                               },
    {SMF_ERR_ARITY,
     SMF_DETAIL_INFER_ARITY,                   "hint 1 is about a parameter or an argument that there is not",
     NULL,                                                                                                           2,
     {{2, -1, "i64"}}                                                                                                                                                                 },
    {SMF_ERR_NOT_FOUND,
     SMF_DETAIL_INFER_OPEN,                    "nothing says what type parameter 2 is",
     "f<T, U>(T, U)",                                                                                                2,
     {{-1, 0, "i64"}}                                                                                                                                                                 },
    {SMF_ERR_TYPE,      SMF_DETAIL_INFER_TYPE, "a type would contain itself",                                  NULL, 1,                               {{0, -1, "?a"}, {0, -1, "[?a]"}}},
    {SMF_ERR_LIMIT,
     SMF_DETAIL_INFER_DEEP,                    "type parameter 1 is too deep",
     NULL,                                                                                                           2,
     {{0, -1, "********?a"}, {1, -1, "?a"}, {1, -1, "*u8"}}                                                                                                                           },
    {SMF_ERR_LIMIT,
     SMF_DETAIL_INFER_DEEP,                    "too many type parameters",
     NULL,                                                                                                           SMF_TEMPLATE_PARAMETERS_MAX + 1,
     {{0, 0, NULL}}                                                                                                                                                                   },
};

static void check_line(enum smf_status status, enum smf_status wanted, enum smf_detail detail, const char *starts)
{
    char line[LINE];
    tap_variant("%s", starts);
    CHECK_STATUS(status, wanted);
    CHECK_STATUS(why.status, wanted);
    CHECK_EQUAL(why.detail, detail);
    CHECK(smf_diagnosis_format(&why, line, sizeof line) < sizeof line);
    const size_t size = strlen(starts); /* what may follow is where it was */
    const bool right = strncmp(line, starts, size) == 0 && (line[size] == '\0' || strncmp(line + size, " (", 2) == 0);
    tap_check(right, __FILE__, __LINE__, "'%s', not '%s'", line, starts);
    tap_variant("%s", "");
}

static void each_question_without_an_answer_says_why(void)
{
    static struct smf_type room[ROOM];
    const uint16_t bounds[SMF_TEMPLATE_PARAMETERS_MAX + 1] = {0};
    for (size_t i = 0; i < sizeof inferences / sizeof inferences[0]; i++) {
        const struct inference *what = &inferences[i];
        const struct smf_signature *signature = what->signature != NULL ? scene_signature(what->signature) : NULL;
        const struct smf_type *types = NULL;
        struct smf_infer_hint hints[HINTS];
        size_t count = 0;
        for (; count < HINTS && what->hints[count].type != NULL; count++)
            hints[count] = (struct smf_infer_hint){SMF_HINT_CALL_SITE, what->hints[count].parameter,
                                                   what->hints[count].argument, scene_types(what->hints[count].type)};
        scene_start();
        const enum smf_status status = smf_infer_types(&scene, signature != NULL ? signature->term : NULL,
                                                       signature != NULL ? signature->term_size : 0, bounds,
                                                       what->count, hints, count, room, ROOM, &types, &why);
        check_line(status, what->status, what->detail, what->line);
    }
}

static void hints_and_signatures_that_are_none(void)
{
    static const uint8_t no_function[] = {SMF_TERM_BOOL};
    const struct smf_infer_hint hint = {SMF_HINT_CALL_SITE, 0, -1, NULL};
    const uint16_t bounds[1] = {0};
    const struct smf_type *types = NULL;
    struct smf_type room[1];
    scene_start();
    check_line(smf_infer_types(&scene, NULL, 0, bounds, 1, &hint, 1, room, 1, &types, &why), SMF_ERR_TYPE,
               SMF_DETAIL_INFER_TYPE, "hint 1 is no type");
    scene_start();
    check_line(smf_infer_types(&scene, no_function, sizeof no_function, bounds, 1, NULL, 0, room, 1, &types, &why),
               SMF_ERR_FORMAT, SMF_DETAIL_INFER_SIGNATURE, "malformed signature: it is no function type");
    scene_start();
    scene.term_capacity = 0;
    check_line(smf_infer_types(&scene, NULL, 0, bounds, 1, NULL, 0, room, 1, &types, &why), SMF_ERR_NO_SPACE,
               SMF_DETAIL_INFER_SPACE, "no room for the types of a call");
}

/* ---- Signatures ---- */

static enum smf_status parse(const char *signature)
{
    static struct smf_signature parsed;
    memset(&why, 0xFF, sizeof why);
    return smf_signature_parse(signature, strlen(signature), &parsed, &why);
}

static void signatures_that_are_none(void)
{
    static const struct {
        const char *text, *line;
    } wrong[] = {
        {"",                "no signature: a name is wanted at 0"                           },
        {"f(T)",            "no signature: '<' is wanted at 1"                              },
        {"f<i64>(i64)",     "no signature: another name for a type parameter is wanted at 2"},
        {"f<T: small>(T)",  "no signature: a bound is wanted at 5"                          },
        {"f<T>",            "no signature: '(' is wanted at 4"                              },
        {"f<T>(T) and so ", "no signature: nothing more is wanted at 8"                     },
        {"f<T>(*T usize)",  "no signature: ',' or ')' is wanted at 8"                       },
        {"f<T>(usize, *T;", "no signature: ',' or ')' is wanted at 14"                      },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        check_line(parse(wrong[i].text), SMF_ERR_TYPE, SMF_DETAIL_SIGNATURE, wrong[i].line);
}

static void signatures_that_are_too_much(void)
{
    check_line(parse("f<A, B, C, D, E, F, G, H, I>(A)"), SMF_ERR_LIMIT, SMF_DETAIL_SIGNATURE_LIMIT,
               "a signature with more than 8 type parameters");
    memset(text, 'n', 256);
    strcpy(text + 256, "<T>(T)");
    check_line(parse(text), SMF_ERR_LIMIT, SMF_DETAIL_SIGNATURE_LIMIT,
               "a signature with more than 255 bytes in a name");
    strcpy(text, "f<T>([[[[[[[[[[[[[[[[T]]]]]]]]]]]]]]]])");
    check_line(parse(text), SMF_ERR_LIMIT, SMF_DETAIL_SIGNATURE_LIMIT,
               "a signature with more than 16 brackets in brackets");
    strcpy(text, "f<T>(");
    memset(text + 5, '*', 252);
    strcpy(text + 5 + 252, "T)");
    check_line(parse(text), SMF_ERR_NO_SPACE, SMF_DETAIL_SIGNATURE_SPACE, "a signature of more than 0xff bytes");
}

static const struct tap_case cases[] = {
    {"each_question_without_an_answer_says_why", each_question_without_an_answer_says_why},
    {"hints_and_signatures_that_are_none",       hints_and_signatures_that_are_none      },
    {"signatures_that_are_none",                 signatures_that_are_none                },
    {"signatures_that_are_too_much",             signatures_that_are_too_much            },
};
TAP_MAIN(cases)
