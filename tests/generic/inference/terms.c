/* SPDX-License-Identifier: MIT */
/*
 * terms.c - terms themselves: from bytes that may say anything, with any room, joined and taken back bit for bit, as text and back.
 */
#include <stdio.h>
#include <string.h>

#include "generic/inference/scene.h"
#include "harness/tap.h"

static struct smf_term kept[SCENE_TERMS];
static uint32_t kept_arguments[SCENE_ARGUMENTS];
static struct smf_infer kept_infer;

static void keep(void)
{
    kept_infer = scene;
    memcpy(kept, scene_terms, sizeof kept);
    memcpy(kept_arguments, scene_arguments, sizeof kept_arguments);
}

/* Is everything as it was kept, but for marks? */
static void check_kept(const char *what)
{
    tap_check(scene.term_count == kept_infer.term_count && scene.argument_count == kept_infer.argument_count &&
                  scene.joined == kept_infer.joined,
              __FILE__, __LINE__, "%s: %u terms, were %u", what, (unsigned)scene.term_count,
              (unsigned)kept_infer.term_count);
    for (uint32_t i = 0; i < kept_infer.term_count; i++) {
        kept[i].mark = scene_terms[i].mark;
        tap_check(memcmp(&kept[i], &scene_terms[i], sizeof kept[i]) == 0, __FILE__, __LINE__, "%s: term %u differs",
                  what, (unsigned)i);
    }
    CHECK(memcmp(kept_arguments, scene_arguments, sizeof kept_arguments[0] * kept_infer.argument_count) == 0);
}

static void terms_are_written_as_they_are_read(void)
{
    static const char *const texts[] = {
        "void",
        "bool",
        "i8",
        "i16",
        "i32",
        "i64",
        "u8",
        "u16",
        "u32",
        "u64",
        "f32",
        "f64",
        "text",
        "usize",
        "isize",
        "nil",
        "*i64",
        "[]u8",
        "**[]*Point",
        "Vec<i64>",
        "Map<text, Vec<[]f64>>",
        "() -> void",
        "(i64) -> bool",
        "(i64, *u8, (T) -> U) -> () -> void",
        "simd<4, f32>",
        "simd<65535, *P<simd<1, u8>>>",
        "?a",
        "P<?a, ?b, ?a>",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        scene_start();
        const uint32_t term = scene_term(texts[i]);
        CHECK_TEXT(scene_written(term), texts[i]);
        CHECK_STATUS(smf_infer_unify(&scene, term, scene_term(scene_written(term))), SMF_OK);
    }
    scene_start();
    CHECK_TEXT(scene_written(scene_term("unknown")), "?");
    CHECK_TEXT(scene_written(smf_infer_variable(&scene, 0)), "?");
}

/* Bytes may spell a word as a named type: it is the word. SPEC [V4]. */
static void words_as_named_types(void)
{
    static const uint8_t isize[] = {SMF_TERM_NAMED, 5, 'i', 's', 'i', 'z', 'e', 0};
    static const uint8_t vector[] = {SMF_TERM_NAMED, 5, 'i', 's', 'i', 'z', 'e', 1, SMF_TERM_NIL};
    scene_start();
    const uint32_t term = smf_infer_term(&scene, isize, sizeof isize, NULL, 0);
    const uint32_t other = smf_infer_term(&scene, vector, sizeof vector, NULL, 0);
    CHECK_TEXT(scene_written(term), "isize");
    CHECK_STATUS(smf_infer_unify(&scene, term, scene_term("isize")), SMF_OK);
    CHECK_STATUS(smf_infer_unify(&scene, other, term), SMF_ERR_MISMATCH);
}

/* Row F8: unify, infer from hints, to text and back; and from a term to types and back. */
static void type_unifier_serializes(void)
{
    static const char text[] = "Map<?k, (?v, *[]u8) -> simd<4, ?v>>";
    char buffer[128];
    struct smf_type room[20];
    const struct smf_type *types = NULL, *read = NULL;
    size_t used = 0;
    scene_start();
    const uint32_t open = scene_term(text);
    CHECK_STATUS(smf_infer_check(&scene, open), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_infer_read(&scene, open, room, 20, &used, &read), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_infer_unify(&scene, open, scene_term("Map<string, (f32, unknown) -> unknown>")), SMF_OK);
    CHECK_STATUS(smf_infer_check(&scene, open), SMF_OK);
    const size_t size = smf_infer_write(&scene, open, buffer, sizeof buffer);
    CHECK_TEXT(buffer, "Map<text, (f32, *[]u8) -> simd<4, f32>>");
    CHECK_STATUS(smf_infer_read(&scene, open, room, 20, &used, &read), SMF_OK);
    CHECK_EQUAL(used, 9);
    types = scene_types(buffer);
    CHECK(size == strlen(buffer) && smf_types_are_same(types, read));
    CHECK_STATUS(smf_infer_unify(&scene, open, smf_infer_type(&scene, read)), SMF_OK);
    for (size_t capacity = 0; capacity < 9; capacity++)
        CHECK_STATUS(smf_infer_read(&scene, open, room, capacity, &used, &read), SMF_ERR_NO_SPACE);
    CHECK_STATUS(smf_infer_read(&scene, open, room, 9, NULL, &read), SMF_OK);
}

static void writing_is_cut_and_bounded(void)
{
    static char text[SMF_INFER_WRITE_MAX + 64];
    scene_start();
    const uint32_t term = scene_term("Map<text, f64>");
    for (size_t capacity = 0; capacity < 16; capacity++) {
        memset(text, 'x', sizeof text);
        CHECK_EQUAL(smf_infer_write(&scene, term, text, capacity), 14);
        CHECK(text[capacity] == 'x' && (capacity == 0 || strlen(text) == (capacity < 15 ? capacity - 1 : 14)));
    }
    uint32_t deep = scene_term("u8"), wide = scene_term("u8");
    for (unsigned i = 0; i < 100; i++) {
        const struct smf_type pointer = *scene_types("*?deep"), pair = *scene_types("P<?wide,?wide>");
        const uint32_t outer = smf_infer_type(&scene, &pointer), both = smf_infer_type(&scene, &pair);
        scene_arguments[scene_terms[outer].first] = deep;
        scene_arguments[scene_terms[both].first] = scene_arguments[scene_terms[both].first + 1] = wide;
        deep = outer;
        wide = both;
    }
    CHECK_EQUAL(smf_infer_write(&scene, deep, text, sizeof text), SMF_INFER_WRITE_DEPTH + 3);
    CHECK_TEXT(text, "****************...");
    const size_t size = smf_infer_write(&scene, wide, text, sizeof text);
    CHECK(size >= SMF_INFER_WRITE_MAX && size < sizeof text && strlen(text) == size);
    CHECK_EQUAL(smf_infer_write(&scene, wide, NULL, 0), size);
    CHECK_STATUS(smf_infer_check(&scene, wide), SMF_OK);
    struct smf_type room[20];
    const struct smf_type *type;
    CHECK_STATUS(smf_infer_read(&scene, wide, room, 20, NULL, &type), SMF_ERR_LIMIT);
}

/* Names from files are not trusted to be letters. */
static void names_that_are_not_printable(void)
{
    static const uint8_t bytes[] = {SMF_TERM_NAMED, 4, 'a', 27, 0xFF, 'b', 0};
    scene_start();
    CHECK_TEXT(scene_written(smf_infer_term(&scene, bytes, sizeof bytes, NULL, 0)), "a??b");
}

static void failures_change_nothing(void)
{
    static const struct {
        const char *left, *right;
    } pairs[] = {
        {"i64",               "u64"                       },
        {"P<?a,?b,i64>",      "P<?b,*?c,u64>"             },
        {"P<?a,?a,?a>",       "P<?b,i8,u8>"               },
        {"P<P<?a,?a>,?c>",    "P<?c,P<i8,Q<u8>>>"         },
        {"P<?a,?b,?c,?d,?a>", "P<?b,?c,?d,*?e,simd<4,u8>>"},
        {"(?a,?b)->?c",       "(?b,?c)->()->?a"           }, /* that one is no mismatch */
        {"P<?x,?y,?x,i8>",    "P<P<?y,?y>,P<?x,?x>,?y,u8>"}, /* round a cycle */
        {"P<?a,[?b]>",        "P<[?a],*?b>"               },
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        scene_start();
        CHECK_STATUS(smf_infer_unify(&scene, scene_term("Q<?a,?e>"), scene_term("Q<?q,?e>")), SMF_OK);
        const uint32_t left = scene_term(pairs[i].left), right = scene_term(pairs[i].right);
        for (unsigned turn = 0; turn < 2; turn++) {
            keep();
            const enum smf_status status = smf_infer_unify(&scene, turn ? right : left, turn ? left : right);
            if (i == 5) {
                CHECK_STATUS(status, SMF_OK);
                CHECK_STATUS(smf_infer_check(&scene, left), SMF_ERR_TYPE);
                CHECK_STATUS(smf_infer_check(&scene, right), SMF_ERR_TYPE);
                break;
            }
            CHECK_STATUS(status, SMF_ERR_MISMATCH);
            CHECK(scene.left == (turn ? right : left) && scene.right == (turn ? left : right));
            check_kept(pairs[i].left);
        }
    }
}

static void a_call_that_fails_is_taken_back(void)
{
    static const char *const signatures[] = {"f<A, B>(P<A, B>, A, B)", "f<A, B>(P<A, B>, A, *A)",
                                             "f<A, B>(P<A, B>, *A)", "f<A>(A, A, *A) -> A"};
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++) {
        const struct smf_signature *signature = scene_signature(signatures[i]);
        const uint16_t bounds[] = {SMF_BOUND_COPY, SMF_BOUND_HASH};
        uint32_t parameters[2];
        char said[100], again[100];
        scene_start();
        const uint32_t given[] = {scene_term("?p"), scene_term("?q"), scene_term("*?q")};
        const uint32_t result = scene_term("u8");
        CHECK_STATUS(smf_infer_unify(&scene, given[0], scene_term("P<?x,u8>")), SMF_OK);
        keep();
        const enum smf_status status = smf_infer_call(&scene, signature->term, signature->term_size, bounds,
                                                      signature->parameter_count, given, 3, result, parameters);
        CHECK(status != SMF_OK);
        CHECK(scene.term_count > kept_infer.term_count);
        smf_infer_explain(&scene, status, said, sizeof said);
        smf_infer_explain(&scene, status, again, sizeof again); /* as often as one likes */
        CHECK_TEXT(again, said);
        smf_infer_undo(&scene);
        check_kept(signatures[i]);
        smf_infer_undo(&scene);
        check_kept("twice");
        CHECK(smf_infer_explain(&scene, status, again, sizeof again) > 0);
        const enum smf_status second = smf_infer_call(&scene, signature->term, signature->term_size, bounds,
                                                      signature->parameter_count, given, 3, result, parameters);
        CHECK_STATUS(second, status);
        CHECK(smf_infer_variable(&scene, 7) == kept_infer.term_count); /* takes back, too */
        CHECK_EQUAL(scene_terms[kept_infer.term_count].bounds, 7);
    }
}

static void bounds_come_together(void)
{
    scene_start();
    const uint32_t a = smf_infer_variable(&scene, SMF_BOUND_COPY), b = smf_infer_variable(&scene, SMF_BOUND_HASH);
    const uint32_t c = smf_infer_variable(&scene, SMF_BOUND_EQUAL);
    CHECK_STATUS(smf_infer_unify(&scene, a, b), SMF_OK);
    CHECK_STATUS(smf_infer_unify(&scene, c, b), SMF_OK);
    CHECK(smf_infer_find(&scene, a) == smf_infer_find(&scene, c));
    CHECK_EQUAL(scene_terms[smf_infer_find(&scene, a)].bounds, SMF_BOUND_COPY | SMF_BOUND_HASH | SMF_BOUND_EQUAL);
    const uint32_t simd = scene_term("simd<4,u8>");
    CHECK_STATUS(smf_infer_unify(&scene, a, simd), SMF_OK);
    CHECK(smf_infer_find(&scene, b) == simd && scene_terms[simd].bounds == 4);
}

/* Bounds of variables go back, too. */
static void failures_give_bounds_back(void)
{
    static const uint8_t left[] = {SMF_TERM_NAMED, 1, 'P', 4, 0, 1, 2, SMF_TERM_I8};
    static const uint8_t right[] = {SMF_TERM_NAMED, 1, 'P', 4, 1, 2, 3, SMF_TERM_U8};
    uint32_t variables[4];
    scene_start();
    for (unsigned i = 0; i < 4; i++)
        variables[i] = smf_infer_variable(&scene, (uint16_t)(1u << i));
    const uint32_t a = smf_infer_term(&scene, left, sizeof left, variables, 4);
    const uint32_t b = smf_infer_term(&scene, right, sizeof right, variables, 4);
    keep();
    CHECK_STATUS(smf_infer_unify(&scene, a, b), SMF_ERR_MISMATCH);
    check_kept("bounds");
}

/* A name ends where its size says, whatever follows in memory. */
static void names_that_start_alike_are_others(void)
{
    static const char text[] = "Points";
    struct smf_type types[3] = {
        {.kind = SMF_TYPE_NAMED, .name = text, .name_size = 6},
        {.kind = SMF_TYPE_NAMED, .name = text, .name_size = 5},
        {.kind = SMF_TYPE_NAMED, .name = text, .name_size = 6}
    };
    uint32_t terms[3];
    scene_start();
    for (int i = 0; i < 3; i++)
        terms[i] = smf_infer_type(&scene, &types[i]);
    CHECK_STATUS(smf_infer_unify(&scene, terms[0], terms[1]), SMF_ERR_MISMATCH);
    CHECK_STATUS(smf_infer_unify(&scene, terms[1], terms[0]), SMF_ERR_MISMATCH);
    CHECK_STATUS(smf_infer_unify(&scene, terms[0], terms[2]), SMF_OK);
}

/* A variable is none of the types that have its name. */
static void names_of_variables_are_their_own(void)
{
    scene_start();
    const uint32_t named = scene_term("a"), variable = scene_term("?a");
    CHECK(named != variable && scene_term("?a") == variable && scene_term("?ab") != variable);
    CHECK_STATUS(smf_infer_check(&scene, variable), SMF_ERR_NOT_FOUND);
}

static void types_that_are_too_large(void)
{
    static struct smf_type arguments[256], chain[SMF_TYPE_DEPTH + 2];
    for (unsigned i = 0; i < 256; i++)
        arguments[i] = (struct smf_type){.kind = SMF_TYPE_BOOL, .next = i < 255 ? &arguments[i + 1] : NULL};
    const struct smf_type wide = {.kind = SMF_TYPE_NAMED, .name = "P", .name_size = 1, .arguments = arguments};
    const struct smf_type fits = {.kind = SMF_TYPE_NAMED, .name = "P", .name_size = 1, .arguments = arguments + 1};
    scene_start();
    CHECK(smf_infer_type(&scene, &wide) == SMF_NO_TERM && !scene.full);
    const uint32_t term = smf_infer_type(&scene, &fits);
    CHECK(term != SMF_NO_TERM && scene_terms[term].arity == 255);
    CHECK_STATUS(smf_infer_check(&scene, term), SMF_OK);
    for (unsigned i = 0; i < SMF_TYPE_DEPTH + 2; i++)
        chain[i] = (struct smf_type){.kind = i < SMF_TYPE_DEPTH + 1 ? SMF_TYPE_POINTER : SMF_TYPE_BOOL,
                                     .arguments = i < SMF_TYPE_DEPTH + 1 ? &chain[i + 1] : NULL};
    CHECK(smf_infer_type(&scene, chain) == SMF_NO_TERM && !scene.full);
    CHECK(smf_infer_type(&scene, chain + 1) != SMF_NO_TERM);
}

/* ---- Bytes ---- */

static void every_truncation_of_a_term(void)
{
    static uint8_t copy[SMF_RECORD_TERM_MAX];
    const struct smf_signature *good = scene_signature("map_get<K, V>(*Map<K, V>, (K, []V) -> *V, Vec<text>) -> *V");
    for (size_t size = 0; size <= good->term_size; size++) {
        scene_start();
        const uint32_t variables[] = {smf_infer_variable(&scene, 0), smf_infer_variable(&scene, 0)};
        uint8_t *at = copy + sizeof copy - size; /* a sanitizer sees what is read behind it */
        memcpy(at, good->term, size);
        keep();
        const uint32_t term = smf_infer_term(&scene, at, size, variables, 2);
        CHECK((term == SMF_NO_TERM) == (size < good->term_size));
        CHECK(!scene.full);
        if (term == SMF_NO_TERM)
            check_kept("truncated");
        else
            CHECK_TEXT(scene_written(term), "(*Map<?, ?>, (?, []?) -> *?, Vec<text>) -> *?");
    }
    uint8_t longer[SMF_RECORD_TERM_MAX];
    memcpy(longer, good->term, good->term_size);
    longer[good->term_size] = SMF_TERM_VOID;
    scene_start();
    const uint32_t variables[] = {smf_infer_variable(&scene, 0), smf_infer_variable(&scene, 0)};
    CHECK(smf_infer_term(&scene, longer, good->term_size + 1u, variables, 2) == SMF_NO_TERM);
    CHECK(smf_infer_term(&scene, longer, good->term_size, variables, 1) == SMF_NO_TERM); /* variable 1 of 1 */
    static const uint8_t nameless[] = {SMF_TERM_NAMED, 0, 0};
    CHECK(smf_infer_term(&scene, nameless, sizeof nameless, variables, 2) == SMF_NO_TERM);
    uint8_t many_parameters[2 + 256] = {SMF_TERM_FUNCTION, UINT8_MAX}; /* variables: 255, and the result */
    CHECK(smf_infer_term(&scene, many_parameters, sizeof many_parameters, variables, 2) == SMF_NO_TERM);
    CHECK(smf_infer_term(&scene, many_parameters, 2, variables, 2) == SMF_NO_TERM);
    many_parameters[1]--;
    CHECK(smf_infer_term(&scene, many_parameters, sizeof many_parameters - 1, variables, 2) != SMF_NO_TERM);
}

/* Each flip of a bit is refused, or is a term that can be written, checked and unified with itself. */
static void every_flip_of_a_term(void)
{
    const struct smf_signature *good = scene_signature("map_get<K, V>(*Map<K, V>, (K, []V) -> *V, Vec<text>) -> *V");
    uint8_t bytes[SMF_RECORD_TERM_MAX];
    unsigned taken = 0, refused = 0;
    for (unsigned bit = 0; bit < good->term_size * 8u; bit++) {
        memcpy(bytes, good->term, good->term_size);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        scene_start();
        const uint32_t variables[] = {smf_infer_variable(&scene, 0), smf_infer_variable(&scene, 0)};
        keep();
        const uint32_t term = smf_infer_term(&scene, bytes, good->term_size, variables, 2);
        if (term == SMF_NO_TERM) {
            refused++;
            check_kept("flipped");
            continue;
        }
        taken++;
        const uint32_t again = smf_infer_term(&scene, bytes, good->term_size, variables, 2);
        CHECK(scene_written(term)[0] != '\0');
        CHECK_STATUS(smf_infer_unify(&scene, term, again), SMF_OK);
        CHECK(smf_infer_check(&scene, term) != SMF_ERR_TYPE);
    }
    CHECK(taken > 20 && refused > 20);
}

static void no_room_for_a_term(void)
{
    const struct smf_signature *good = scene_signature("map_get<K, V>(*Map<K, V>, (K, []V) -> *V, Vec<text>) -> *V");
    for (unsigned which = 0; which < 2; which++)
        for (uint32_t size = 0;; size++) {
            uint32_t variables[2];
            scene_start();
            variables[0] = smf_infer_variable(&scene, 0);
            variables[1] = smf_infer_variable(&scene, 0);
            if (which == 0)
                scene.term_capacity = 2 + size;
            else
                scene.argument_capacity = size;
            keep();
            const uint32_t term = smf_infer_term(&scene, good->term, good->term_size, variables, 2);
            if (term != SMF_NO_TERM)
                break;
            CHECK(scene.full && size < 40);
            check_kept("full");
            CHECK(smf_infer_type(&scene, scene_types("P<P<P<P<u8,u8,u8,u8,u8,u8,u8,u8,u8,u8,u8,u8,u8>>>>")) ==
                      SMF_NO_TERM ||
                  size > 13);
        }
    scene_start();
    scene.term_capacity = 0;
    CHECK(smf_infer_variable(&scene, 0) == SMF_NO_TERM);
}

static const struct tap_case cases[] = {
    {"terms_are_written_as_they_are_read", terms_are_written_as_they_are_read},
    {"words_as_named_types",               words_as_named_types              },
    {"type_unifier_serializes",            type_unifier_serializes           },
    {"writing_is_cut_and_bounded",         writing_is_cut_and_bounded        },
    {"names_that_are_not_printable",       names_that_are_not_printable      },
    {"failures_change_nothing",            failures_change_nothing           },
    {"a_call_that_fails_is_taken_back",    a_call_that_fails_is_taken_back   },
    {"failures_give_bounds_back",          failures_give_bounds_back         },
    {"names_that_start_alike_are_others",  names_that_start_alike_are_others },
    {"names_of_variables_are_their_own",   names_of_variables_are_their_own  },
    {"types_that_are_too_large",           types_that_are_too_large          },
    {"bounds_come_together",               bounds_come_together              },
    {"every_truncation_of_a_term",         every_truncation_of_a_term        },
    {"every_flip_of_a_term",               every_flip_of_a_term              },
    {"no_room_for_a_term",                 no_room_for_a_term                },
};
TAP_MAIN(cases)
