/* SPDX-License-Identifier: MIT */
/* hints.c - the types of a template's parameters by what is known of a use: which hint counts, and that no order of them matters. */
#include <stdio.h>
#include <string.h>

#include "generic/inference/scene.h"
#include "harness/tap.h"

enum { MOST = 6, ROOM = 40 };

static struct smf_infer_hint hints[MOST];
static size_t hint_count;
static struct smf_diagnosis why;
static char found[256];

static void begin(void) { hint_count = 0; }

static void hint(enum smf_hint_source source, int parameter, int argument, const char *type)
{
    hints[hint_count++] = (struct smf_infer_hint){(uint8_t)source, parameter, argument, scene_types(type)};
}

/* What the hints say of a signature, NULL: only how many parameters there are. In `found`, types with blanks between. */
static enum smf_status solve_in(const char *text, uint32_t count, struct smf_type *room, size_t capacity)
{
    const struct smf_type *types = NULL;
    const struct smf_signature *signature = text != NULL ? scene_signature(text) : NULL;
    const uint16_t bounds[SMF_TEMPLATE_PARAMETERS_MAX + 1] = {0};
    const enum smf_status status = smf_infer_types(
        &scene, signature != NULL ? signature->term : NULL, signature != NULL ? signature->term_size : 0, bounds,
        signature != NULL ? signature->parameter_count : count, hints, hint_count, room, capacity, &types, &why);
    found[0] = '\0';
    if (status != SMF_OK) {
        CHECK_EQUAL(why.status, status);
        return status;
    }
    CHECK_EQUAL(smf_types_count(types), signature != NULL ? signature->parameter_count : count);
    CHECK_EQUAL(scene.term_count, 0); /* nothing is left of it */
    CHECK_EQUAL(scene.argument_count, 0);
    for (; types != NULL; types = types->next) {
        char one[100];
        size_t length;
        CHECK_STATUS(smf_type_write(types, one, sizeof one, &length), SMF_OK);
        strcat(strcat(found, found[0] == '\0' ? "" : " "), one);
    }
    return status;
}

static enum smf_status solve(const char *text, uint32_t count)
{
    static struct smf_type room[ROOM];
    scene_start();
    return solve_in(text, count, room, ROOM);
}

static void a_parameter_that_is_named(void)
{
    begin();
    hint(SMF_HINT_CALL_SITE, 1, -1, "Vec<[u8]>");
    hint(SMF_HINT_CONSTRAINT, 0, -1, "*f32");
    CHECK_STATUS(solve(NULL, 2), SMF_OK);
    CHECK_TEXT(found, "*f32 Vec<[u8]>");
    CHECK_STATUS(solve("f<T, U>(T, usize) -> U", 2), SMF_OK);
    CHECK_TEXT(found, "*f32 Vec<[u8]>");
}

static void arguments_and_result_by_the_signature(void)
{
    begin();
    hint(SMF_HINT_CALL_SITE, -1, 1, "*string");
    hint(SMF_HINT_RETURN, -1, -1, "*f64");
    CHECK_STATUS(solve("map_get<K, V>(*Map<K, V>, *K) -> *V", 0), SMF_OK);
    CHECK_TEXT(found, "string f64");
    begin();
    hint(SMF_HINT_CALL_SITE, -1, 0, "*Map<string,(i64)->simd<4,f32>>");
    CHECK_STATUS(solve("map_get<K, V>(*Map<K, V>, *K) -> *V", 0), SMF_OK);
    CHECK_TEXT(found, "string (i64)->simd<4,f32>");
}

/* Rows F2 and D-29: no number, no signature. */
static void one_parameter_and_no_number(void)
{
    begin();
    hint(SMF_HINT_CALL_SITE, -1, -1, "i32");
    CHECK_STATUS(solve(NULL, 1), SMF_OK);
    CHECK_TEXT(found, "i32");
    begin();
    hint(SMF_HINT_RETURN, -1, -1, "i16");
    CHECK_STATUS(solve(NULL, 1), SMF_OK);
    CHECK_TEXT(found, "i16");
    begin();
    hint(SMF_HINT_CALL_SITE, -1, 0, "i16"); /* of an argument, and no signature says what that is */
    CHECK_STATUS(solve(NULL, 1), SMF_OK);
    CHECK_TEXT(found, "i16");
    begin(); /* one hint says nothing about two parameters */
    hint(SMF_HINT_CALL_SITE, -1, -1, "i32");
    CHECK_STATUS(solve(NULL, 2), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(why.index, 0);
}

static void which_hint_counts(void)
{
    begin();
    hint(SMF_HINT_CONSTRAINT, -1, -1, "u8");
    hint(SMF_HINT_ASSIGNMENT, -1, -1, "u16");
    hint(SMF_HINT_RETURN, -1, -1, "u32");
    CHECK_STATUS(solve(NULL, 1), SMF_OK);
    CHECK_TEXT(found, "u32");
    hint(SMF_HINT_CALL_SITE, -1, -1, "u64");
    hint(SMF_HINT_CALL_SITE, -1, -1, "i8"); /* the first one */
    CHECK_STATUS(solve(NULL, 1), SMF_OK);
    CHECK_TEXT(found, "u64");
    hint(SMF_HINT_CONSTRAINT, 0, -1, "bool"); /* a number counts more than all of these */
    CHECK_STATUS(solve(NULL, 1), SMF_OK);
    CHECK_TEXT(found, "bool");
    begin(); /* what it leaves open is still asked for */
    hint(SMF_HINT_CALL_SITE, 0, -1, "Vec<unknown>");
    hint(SMF_HINT_CALL_SITE, -1, -1, "Vec<u8>");
    CHECK_STATUS(solve(NULL, 1), SMF_OK);
    CHECK_TEXT(found, "Vec<u8>");
    begin();
    hint(SMF_HINT_CALL_SITE, 0, -1, "Vec<unknown>");
    hint(SMF_HINT_CALL_SITE, -1, -1, "u8");
    CHECK_STATUS(solve(NULL, 1), SMF_ERR_MISMATCH);
    CHECK_TEXT(why.name, "hint 2: expected Vec<?>, found u8");
}

static void hints_that_do_not_agree(void)
{
    begin();
    hint(SMF_HINT_CALL_SITE, 0, -1, "i64");
    hint(SMF_HINT_RETURN, 0, -1, "f64");
    CHECK_STATUS(solve(NULL, 1), SMF_ERR_MISMATCH);
    CHECK_TEXT(why.name, "hint 2: expected i64, found f64");
    CHECK_EQUAL(why.index, 1);
    begin();
    hint(SMF_HINT_CALL_SITE, -1, 0, "*i64");
    hint(SMF_HINT_CALL_SITE, -1, 1, "*f64");
    CHECK_STATUS(solve("swap<T>(*T, *T)", 0), SMF_ERR_MISMATCH);
    CHECK_TEXT(why.name, "argument 2: expected *i64, found *f64");
    CHECK_EQUAL(why.index, 2);
    begin();
    hint(SMF_HINT_RETURN, -1, -1, "f64");
    CHECK_STATUS(solve("swap<T>(*T, *T)", 0), SMF_ERR_MISMATCH);
    CHECK_TEXT(why.name, "result: expected void, found f64");
}

static void types_that_share_a_variable(void)
{
    begin();
    hint(SMF_HINT_CALL_SITE, 0, -1, "Pair<?a,?b>");
    hint(SMF_HINT_CALL_SITE, 1, -1, "?a");
    hint(SMF_HINT_CALL_SITE, 1, -1, "*?b");
    hint(SMF_HINT_RETURN, 1, -1, "*u8");
    CHECK_STATUS(solve(NULL, 2), SMF_OK);
    CHECK_TEXT(found, "Pair<*u8,u8> *u8");
    begin();
    hint(SMF_HINT_CALL_SITE, 0, -1, "?a");
    hint(SMF_HINT_CALL_SITE, 0, -1, "[?a]");
    CHECK_STATUS(solve(NULL, 1), SMF_ERR_TYPE);
    CHECK_TEXT(why.name, "a type would contain itself");
}

/* The same hints in every order say the same, or fail in the same way. SPEC [V5]. */
static void no_order_matters(void)
{
    static const struct {
        enum smf_status status;
        const char *found, *first, *second, *third, *fourth; /* of parameter 0 and 1, in turns */
    } sets[] = {
        {SMF_OK,            "Pair<i8,u8> i8",   "Pair<?a,u8>", "?a", "Pair<i8,?b>",    "?c"  },
        {SMF_OK,            "Pair<*u8,u8> *u8", "Pair<?a,u8>", "?b", "Pair<?b,?c>",    "*?c" },
        {SMF_OK,            "[[u8]] [u8]",      "?a",          "?b", "[?b]",           "[u8]"},
        {SMF_ERR_TYPE,      "",                 "Pair<?a,?b>", "?a", "Pair<?b,[?a]>",  "?a"  },
        {SMF_ERR_MISMATCH,  "",                 "Pair<?a,u8>", "?a", "Pair<i8,?b>",    "?b"  },
        {SMF_ERR_MISMATCH,  "",                 "Pair<?a,?b>", "?b", "Pair<[?b],*?a>", "[u8]"},
        {SMF_ERR_NOT_FOUND, "",                 "Pair<?a,?b>", "u8", "Pair<?c,?c>",    "u8"  },
    };
    for (size_t set = 0; set < sizeof sets / sizeof sets[0]; set++)
        for (unsigned order = 0; order < 256; order++) {
            const char *const types[] = {sets[set].first, sets[set].second, sets[set].third, sets[set].fourth};
            unsigned used = 0;
            begin();
            for (unsigned i = 0; i < 4; i++) {
                const unsigned next = order >> 2 * i & 3;
                used |= 1u << next;
                hint(next & 1 ? SMF_HINT_RETURN : SMF_HINT_CALL_SITE, (int)(next & 1), -1, types[next]);
            }
            if (used != 15)
                continue;
            const enum smf_status status = solve(NULL, 2);
            tap_check(status == sets[set].status && strcmp(found, sets[set].found) == 0, __FILE__, __LINE__,
                      "set %u in order %#x: %s, '%s'", (unsigned)set, order, smf_status_name(status), found);
        }
}

static void hints_about_nothing(void)
{
    begin();
    hint(SMF_HINT_CALL_SITE, 2, -1, "i64");
    CHECK_STATUS(solve(NULL, 2), SMF_ERR_ARITY);
    CHECK_EQUAL(why.index, 0);
    CHECK_TEXT(why.name, "hint 1 is about a parameter or an argument that there is not");
    begin();
    hint(SMF_HINT_CALL_SITE, 0, -1, "i64");
    hint(SMF_HINT_CALL_SITE, -1, 2, "i64");
    CHECK_STATUS(solve("swap<T>(*T, *T)", 0), SMF_ERR_ARITY);
    CHECK_EQUAL(why.index, 1);
    begin();
    CHECK_STATUS(solve("f<T, U>(T, U)", 0), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(why.index, 0);
    hint(SMF_HINT_CALL_SITE, -1, 0, "i64");
    CHECK_STATUS(solve("f<T, U>(T, U)", 0), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(why.index, 1);
    CHECK_TEXT(why.name, "nothing says what type parameter 2 is");
    begin();
    CHECK_STATUS(solve(NULL, 0), SMF_OK); /* no parameters: no types */
    CHECK_TEXT(found, "");
    CHECK_STATUS(solve(NULL, SMF_TEMPLATE_PARAMETERS_MAX + 1), SMF_ERR_LIMIT);
    CHECK_TEXT(why.name, "too many type parameters");
}

static void hints_that_are_no_types(void)
{
    const struct smf_type bad[] = {
        {.kind = SMF_TYPE_INT,                                          .bits = 7     },
        {.kind = SMF_TYPE_FLOAT,                                        .bits = 16    },
        {.kind = SMF_TYPE_NAMED                                       },
        {.kind = SMF_TYPE_NAMED,                                                   .name = "",               .name_size = 0},
        {.kind = SMF_TYPE_NAMED,                                        .name = "a",.name_size = 256},
        {.kind = SMF_TYPE_VARIABLE                                                            },
        {.kind = SMF_TYPE_VARIABLE,                                     .name = "a",    .name_size = 1, .arguments = bad},
        {.kind = SMF_TYPE_ARRAY                                            },
        {.kind = SMF_TYPE_POINTER                },
        {.kind = SMF_TYPE_FUNCTION                                    },
        {.kind = SMF_TYPE_SIMD,                                                   .lanes = 4                                                  },
        {.kind = SMF_TYPE_SIMD, .arguments = &(const struct smf_type){.kind = SMF_TYPE_BOOL}   },
        {.kind = SMF_TYPE_BOOL, .arguments = &(const struct smf_type){.kind = SMF_TYPE_BOOL}                                                          },
        {.kind = SMF_TYPE_UNKNOWN, .arguments = &(const struct smf_type){.kind = SMF_TYPE_BOOL}       },
        {.kind = 99                                                            },
        {.kind = SMF_TYPE_POINTER,                                                             .arguments = &(const struct smf_type){.kind = SMF_TYPE_INT, .bits = 65}              },
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        begin();
        hints[hint_count++] = (struct smf_infer_hint){SMF_HINT_CALL_SITE, 0, -1, &bad[i]};
        CHECK_STATUS(solve(NULL, 1), SMF_ERR_TYPE);
        CHECK_TEXT(why.name, "hint 1 is no type");
        scene_start();
        CHECK(smf_infer_type(&scene, &bad[i]) == SMF_NO_TERM && !scene.full && scene.term_count == 0);
    }
    begin();
    hints[hint_count++] = (struct smf_infer_hint){SMF_HINT_CALL_SITE, 0, -1, NULL};
    CHECK_STATUS(solve(NULL, 1), SMF_ERR_TYPE);
}

/* What came out can be too deep, though no part of it was. */
static void what_is_too_deep(void)
{
    begin();
    hint(SMF_HINT_CALL_SITE, 0, -1, "********?a");
    hint(SMF_HINT_CALL_SITE, 1, -1, "?a");
    hint(SMF_HINT_CALL_SITE, 1, -1, "u8");
    CHECK_STATUS(solve(NULL, 2), SMF_OK);
    CHECK_TEXT(found, "********u8 u8");
    hints[2].type = scene_types("*u8");
    CHECK_STATUS(solve(NULL, 2), SMF_ERR_LIMIT);
    CHECK_EQUAL(why.index, 0);
    CHECK_TEXT(why.name, "type parameter 1 is too deep");
}

static void a_signature_that_is_none(void)
{
    static const uint8_t bytes[] = {SMF_TERM_BOOL, SMF_TERM_FUNCTION, 0, 3, SMF_TERM_FUNCTION, 0, SMF_TERM_VOID, 0};
    static const uint8_t starts[] = {0, 1, 1, 4}, sizes[] = {1, 2, 3, 4};
    const struct smf_type *types;
    struct smf_type room[4];
    const uint16_t bounds[1] = {0};
    for (size_t i = 0; i < sizeof sizes; i++) {
        scene_start();
        CHECK_STATUS(smf_infer_types(&scene, bytes + starts[i], sizes[i], bounds, 1, NULL, 0, room, 4, &types, &why),
                     SMF_ERR_FORMAT);
        CHECK_EQUAL(why.status, SMF_ERR_FORMAT);
        CHECK_STATUS(smf_infer_types(&scene, bytes + starts[i], sizes[i], bounds, 1, NULL, 0, room, 4, &types, NULL),
                     SMF_ERR_FORMAT);
    }
}

/* Each room that is too small fails, and is as it was after the next call. */
static void no_room_at_every_size(void)
{
    static struct smf_type room[ROOM];
    unsigned failures = 0;
    begin();
    hint(SMF_HINT_CALL_SITE, -1, 0, "*Map<Pair<?a,u8>,(?a)->[?b]>");
    hint(SMF_HINT_RETURN, -1, -1, "*(i8)->[f32]");
    for (unsigned which = 0; which < 3; which++)
        for (uint32_t size = 0;; size++) {
            scene_start();
            if (which == 0)
                scene.term_capacity = size;
            if (which == 1)
                scene.argument_capacity = size;
            const enum smf_status status =
                solve_in("map_get<K, V>(*Map<K, V>, *K) -> *V", 2, room, which == 2 ? size : ROOM);
            if (status == SMF_OK)
                break;
            failures++;
            CHECK_STATUS(status, SMF_ERR_NO_SPACE);
            smf_infer_undo(&scene);
            CHECK(scene.term_count == 0 && scene.argument_count == 0 && size < 60);
        }
    CHECK_TEXT(found, "Pair<i8,u8> (i8)->[f32]");
    CHECK(failures > 30);
}

static const struct tap_case cases[] = {
    {"a_parameter_that_is_named",             a_parameter_that_is_named            },
    {"arguments_and_result_by_the_signature", arguments_and_result_by_the_signature},
    {"one_parameter_and_no_number",           one_parameter_and_no_number          },
    {"which_hint_counts",                     which_hint_counts                    },
    {"hints_that_do_not_agree",               hints_that_do_not_agree              },
    {"types_that_share_a_variable",           types_that_share_a_variable          },
    {"no_order_matters",                      no_order_matters                     },
    {"hints_about_nothing",                   hints_about_nothing                  },
    {"hints_that_are_no_types",               hints_that_are_no_types              },
    {"what_is_too_deep",                      what_is_too_deep                     },
    {"a_signature_that_is_none",              a_signature_that_is_none             },
    {"no_room_at_every_size",                 no_room_at_every_size                },
};
TAP_MAIN(cases)
