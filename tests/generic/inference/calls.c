/* SPDX-License-Identifier: MIT */
/* calls.c - which types a call means: the examples of the design, and those that decide whether the unifier is right. */
#include <string.h>

#include "generic/inference/scene.h"
#include "harness/tap.h"

static const char map_get[] = "map_get<K: hash + equal, V>(*Map<K, V>, *K) -> *V";
static const char map[] = "map<A, B>([]A, (A) -> B) -> []B";
static const char same[] = "same<A>(A, A)";

static void sort_of_i64(void)
{
    CHECK_STATUS(scene_call("sort<T: compare>(*T, usize)", "*i64, usize", NULL), SMF_OK);
    CHECK_TEXT(scene_found(), "T=i64");
    CHECK_STATUS(scene_call("sort<T: compare>(*T, usize)", "*Point, usize", NULL), SMF_OK);
    CHECK_TEXT(scene_found(), "T=Point");
}

static void sort_of_no_pointer(void)
{
    CHECK_STATUS(scene_call("sort<T: compare>(*T, usize)", "i64, usize", NULL), SMF_ERR_MISMATCH);
    CHECK_TEXT(scene_found(), "argument 1: expected *?, found i64");
}

static void map_get_of_nested_types(void)
{
    CHECK_STATUS(scene_call(map_get, "*Map<text, Vec<f64>>, *text", NULL), SMF_OK);
    CHECK_TEXT(scene_found(), "K=text V=Vec<f64>");
}

static void map_get_of_two_keys(void)
{
    CHECK_STATUS(scene_call(map_get, "*Map<text, f64>, *i64", NULL), SMF_ERR_MISMATCH);
    CHECK_TEXT(scene_found(), "argument 2: expected *text, found *i64");
    CHECK_EQUAL(scene.where, 2);
}

static void map_of_another_function(void)
{
    CHECK_STATUS(scene_call(map, "[]i32, (i64) -> text", NULL), SMF_ERR_MISMATCH);
    CHECK_TEXT(scene_found(), "argument 2: expected (i32) -> ?, found (i64) -> text");
    CHECK_STATUS(scene_call(map, "[]i32, (i32) -> text", NULL), SMF_OK);
    CHECK_TEXT(scene_found(), "A=i32 B=text");
}

static void same_of_crossed_pairs(void)
{
    CHECK_STATUS(scene_call(same, "Pair<?a, ?b>, Pair<Vec<?b>, Vec<?a>>", NULL), SMF_ERR_TYPE);
    CHECK_TEXT(scene_found(), "a type would contain itself");
}

/* SPEC [V6]. */
static void zero_of_nothing(void)
{
    CHECK_STATUS(scene_call("zero<T: number>() -> T", "", NULL), SMF_OK);
    CHECK_TEXT(scene_found(), "T=?!");
    CHECK_STATUS(scene_call("zero<T: number>() -> T", "", "f32"), SMF_OK);
    CHECK_TEXT(scene_found(), "T=f32");
    const struct smf_type *types;
    const struct smf_signature *zero = scene_signature("zero<T: number>() -> T");
    struct smf_diagnosis why;
    struct smf_type room[2];
    const uint16_t bounds = SMF_BOUND_NUMBER;
    scene_start();
    CHECK_STATUS(smf_infer_types(&scene, zero->term, zero->term_size, &bounds, 1, NULL, 0, room, 2, &types, &why),
                 SMF_ERR_NOT_FOUND);
    CHECK_TEXT(why.name, "nothing says what type parameter 1 is");
    CHECK_EQUAL(why.index, 0);
}

/* The result and the arguments say as much as each other. */
static void what_the_result_says(void)
{
    CHECK_STATUS(scene_call(map_get, "_, *i64", "*f64"), SMF_OK);
    CHECK_TEXT(scene_found(), "K=i64 V=f64");
    CHECK_STATUS(scene_call(map_get, "_, *i64", NULL), SMF_OK);
    CHECK_TEXT(scene_found(), "K=i64 V=?!");
    CHECK_STATUS(scene_call(map_get, "_, _", "f64"), SMF_ERR_MISMATCH);
    CHECK_TEXT(scene_found(), "result: expected *?, found f64");
    CHECK_EQUAL(scene.where, 0);
}

static void functions_of_functions(void)
{
    CHECK_STATUS(scene_call("compose<A, B, C>((A) -> B, (B) -> C) -> (A) -> C", "(i32)->text, (text)->bool", NULL),
                 SMF_OK);
    CHECK_TEXT(scene_found(), "A=i32 B=text C=bool");
    CHECK_STATUS(scene_call("run<A>(() -> A)", "()->*u8", NULL), SMF_OK);
    CHECK_TEXT(scene_found(), "A=*u8");
    CHECK_STATUS(scene_call("run<A>(() -> A)", "(u8)->*u8", NULL), SMF_ERR_MISMATCH);
    CHECK_TEXT(scene_found(), "argument 1: expected () -> ?, found (u8) -> *u8");
}

/* SPEC [V4]. */
static void what_contains_itself(void)
{
    CHECK_STATUS(scene_call("fix<A>((A) -> A) -> A", "(?a)->*?a", NULL), SMF_ERR_TYPE);
    CHECK_STATUS(scene_call(same, "?a, *?a", NULL), SMF_ERR_TYPE);
    CHECK_STATUS(scene_call(same, "(?a)->?b, (?b)->[?a]", NULL), SMF_ERR_TYPE);
    CHECK_STATUS(scene_call(same, "Pair<?a, *?b>, Pair<*?b, ?a>", NULL), SMF_OK);
    CHECK_TEXT(scene_found(), "A=Pair<*?b, *?b>!");
    CHECK_STATUS(scene_call(same, "Pair<?a, *?b>, Pair<*i64, ?a>", NULL), SMF_OK);
    CHECK_TEXT(scene_found(), "A=Pair<*i64, *i64>");
}

static void wrong_arity(void)
{
    CHECK_STATUS(scene_call("sort<T: compare>(*T, usize)", "*i64", NULL), SMF_ERR_ARITY);
    CHECK_TEXT(scene_found(), "wrong number of arguments for (*?, usize) -> void");
    CHECK_STATUS(scene_call("sort<T: compare>(*T, usize)", "*i64, usize, usize", NULL), SMF_ERR_ARITY);
    CHECK_STATUS(scene_call(same, "Pair<i64>, Pair<i64, i64>", NULL), SMF_ERR_MISMATCH);
    CHECK_STATUS(scene_call(same, "Pair<i64>, Pear<i64>", NULL), SMF_ERR_MISMATCH);
    CHECK_STATUS(scene_call(same, "simd<4,f32>, simd<8,f32>", NULL), SMF_ERR_MISMATCH);
    CHECK_TEXT(scene_found(), "argument 2: expected simd<4, f32>, found simd<8, f32>");
    CHECK_STATUS(scene_call(same, "simd<4,f32>, simd<4,?a>", NULL), SMF_OK);
}

/* The words that only terms know. */
static void sizes_are_types_of_their_own(void)
{
    CHECK_STATUS(scene_call(same, "usize, u64", NULL), SMF_ERR_MISMATCH);
    CHECK_STATUS(scene_call(same, "usize, usize", NULL), SMF_OK);
    CHECK_TEXT(scene_found(), "A=usize");
    CHECK_STATUS(scene_call(same, "usize<u8>, usize", NULL), SMF_ERR_MISMATCH);
    CHECK_STATUS(scene_call("f<A>(A, usize, isize, nil)", "bool, usize, isize, nil", NULL), SMF_OK);
}

static const struct tap_case cases[] = {
    {"sort_of_i64",                  sort_of_i64                 },
    {"sort_of_no_pointer",           sort_of_no_pointer          },
    {"map_get_of_nested_types",      map_get_of_nested_types     },
    {"map_get_of_two_keys",          map_get_of_two_keys         },
    {"map_of_another_function",      map_of_another_function     },
    {"same_of_crossed_pairs",        same_of_crossed_pairs       },
    {"zero_of_nothing",              zero_of_nothing             },
    {"what_the_result_says",         what_the_result_says        },
    {"functions_of_functions",       functions_of_functions      },
    {"what_contains_itself",         what_contains_itself        },
    {"wrong_arity",                  wrong_arity                 },
    {"sizes_are_types_of_their_own", sizes_are_types_of_their_own},
};
TAP_MAIN(cases)
