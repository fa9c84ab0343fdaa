/* SPDX-License-Identifier: MIT */
/* boundary.c - the JSON boundary, call by call: what upstream's compiler_ffi_spec lists, by its groups. */
#include "generic/compiler/scene.h"

#include <stdio.h>
#include <stdlib.h>

#define SORT "{\"name\": \"sort\", \"type_params\": [\"T\"]}"
#define SWAP "{\"name\": \"swap\", \"type_params\": [\"T\"]}"
#define I32 "{\"kind\": \"int\", \"bits\": 32, \"signed\": true}"
#define I64 "{\"kind\": \"int\", \"bits\": 64, \"signed\": true}"
#define F64 "{\"kind\": \"float\", \"bits\": 64}"

#if defined(__x86_64__)
#define NATIVE "x86_64"
#elif defined(__aarch64__)
#define NATIVE "aarch64"
#else
#define NATIVE "riscv64"
#endif

static int64_t handle;

static void begin(void)
{
    const struct smf_compiler_options options = {.instantiator = &scene.instantiator};
    scene_start();
    scene_open();
    handle = smf_json_create(NULL, &options, &scene.why);
    CHECK(handle > 0);
}

static void end(void)
{
    smf_json_destroy(handle);
    scene_end();
}

/* An answer has this in it; it is freed. */
static void says(char *answer, const char *text, int line)
{
    tap_check(answer != NULL && strstr(answer, text) != NULL, __FILE__, line, "\"%s\" in %s", text,
              answer != NULL ? answer : "(nothing)");
    smf_json_free(answer);
}
#define SAYS(answer, text) says(answer, text, __LINE__)

static void is(char *answer, const char *text, int line)
{
    tap_check_text(answer != NULL ? answer : "(nothing)", text, "answer", __FILE__, line);
    smf_json_free(answer);
}
#define IS(answer, text) is(answer, text, __LINE__)

/* --- Lifecycle ------------------------------------------------------------------------------------- */

static void lifecycle_positive_handle(void)
{
    const int64_t one = smf_json_create(NULL, NULL, NULL);
    CHECK(one > 0);
    CHECK(smf_json_destroy(one));
}

static void lifecycle_increasing(void)
{
    const int64_t one = smf_json_create(NULL, NULL, NULL), two = smf_json_create(NULL, NULL, NULL);
    CHECK(two > one);
    CHECK(smf_json_destroy(one));
    const int64_t three = smf_json_create(NULL, NULL, NULL);
    CHECK(three > two); /* never given twice */
    CHECK(smf_json_destroy(two));
    CHECK(smf_json_destroy(three));
}

static void lifecycle_destroyed_is_an_error(void)
{
    const int64_t one = smf_json_create(NULL, NULL, NULL);
    CHECK(smf_json_destroy(one));
    CHECK(!smf_json_destroy(one));
    CHECK(!smf_json_destroy(0));
    CHECK(!smf_json_destroy(-1));
    SAYS(smf_json_get_stats(one), "invalid handle");
}

static void lifecycle_inference_on_destroyed(void)
{
    const int64_t one = smf_json_create(NULL, NULL, NULL);
    smf_json_destroy(one);
    char line[64];
    snprintf(line, sizeof line, "{\"error\": \"invalid handle %lld\"}", (long long)one);
    IS(smf_json_infer_types(one, SORT, "[]"), line);
    IS(smf_json_infer_types(0, SORT, "[]"), "{\"error\": \"invalid handle 0\"}");
}

static void lifecycle_instantiation_on_destroyed(void)
{
    const int64_t one = smf_json_create(NULL, NULL, NULL);
    smf_json_destroy(one);
    SAYS(smf_json_instantiate(one, SORT, "[" I64 "]"), "{\"success\": false, \"error\": \"invalid handle");
    IS(smf_json_instantiate(INT64_MIN, SORT, "[]"),
       "{\"success\": false, \"error\": \"invalid handle -9223372036854775808\"}");
    CHECK(!smf_json_check_types(one, "[1]"));
    SAYS(smf_json_unify(one, I64, I64), "invalid handle");
}

/* The same compiler twice: contexts do not know of each other. */
static void lifecycle_alias(void)
{
    begin();
    const struct smf_compiler_options options = {.instantiator = &scene.instantiator};
    const int64_t other = smf_json_create(&smf_compiler_units, &options, NULL);
    CHECK(other > handle);
    smf_json_free(smf_json_instantiate(handle, SORT, "[" I64 "]"));
    smf_json_free(smf_json_instantiate(other, SORT, "[" I64 "]"));
    CHECK(smf_json_destroy(other)); /* what the first one made stays */
    struct smf_instance instance;
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "sort$i64", &instance), SMF_OK);
    CHECK(smf_json_destroy(handle));
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "sort$i64", &instance), SMF_ERR_NOT_FOUND);
    scene_end();
}

/* --- Inference ------------------------------------------------------------------------------------- */

static const char i32_answer[] = "[{\"kind\": \"int\", \"name\": \"i32\", \"bits\": 32, \"signed\": true}]";
static const char i64_answer[] = "[{\"kind\": \"int\", \"name\": \"i64\", \"bits\": 64, \"signed\": true}]";

static void inference_by_hint(void)
{
    begin();
    IS(smf_json_infer_types(handle, SORT, "[{\"source\": \"call_site\", \"param_index\": 0, \"ty\": " I32 "}]"),
       i32_answer);
    IS(smf_json_infer_types(handle, SORT, "[{\"kind\": \"hint\", \"source\": \"return\", \"type\": " I32 "}]"),
       i32_answer);
    IS(smf_json_infer_types(handle, SORT, "[{\"type\": " I32 "}]"), i32_answer);
    IS(smf_json_infer_types(handle, SORT, "[{\"type\": \"i32\", \"param_index\": null}]"), i32_answer);
    end();
}

static void inference_default_is_i64(void)
{
    begin();
    IS(smf_json_infer_types(handle, SORT, "[]"), i64_answer);
    IS(smf_json_infer_types(handle, "{\"name\": \"zero\", \"signature\": \"zero<T>() -> T\"}", "[]"), i64_answer);
    SAYS(smf_json_infer_types(handle, "{\"name\": \"pair\", \"type_params\": [\"K\", \"V\"]}",
                              "[{\"param_index\": 1, \"type\": \"f32\"}]"),
         "[{\"kind\": \"int\", \"name\": \"i64\", \"bits\": 64, \"signed\": true}, "
         "{\"kind\": \"float\", \"name\": \"f32\", \"bits\": 32}]");
    SAYS(smf_json_infer_types(handle, "{\"name\": \"pair\", \"type_params\": [\"K\", \"V\"]}",
                              "[{\"source\": \"return\", \"type\": \"u8\"}, {\"type\": \"bool\"}]"),
         "[{\"kind\": \"bool\", \"name\": \"bool\"}, {\"kind\": \"bool\", \"name\": \"bool\"}]");
    end();
}

static void inference_on_a_bad_handle(void)
{
    SAYS(smf_json_infer_types(999999, SORT, "[]"), "{\"error\": \"invalid handle 999999\"}");
}

/* By all that was said: upstream's key left out the types of hints. */
static void inference_cache_is_equal(void)
{
    begin();
    const char *one = "[{\"source\": \"call_site\", \"param_index\": 0, \"type\": " I32 "}]";
    char *first = smf_json_infer_types(handle, SORT, one), *second = smf_json_infer_types(handle, SORT, one);
    CHECK_TEXT(first, second);
    smf_json_free(first);
    smf_json_free(second);
    SAYS(smf_json_get_stats(handle), "\"cache_hits\": 1, \"cache_misses\": 1");
    IS(smf_json_infer_types(handle, SORT, "[{\"source\": \"call_site\", \"param_index\": 0, \"type\": " I64 "}]"),
       i64_answer);
    IS(smf_json_infer_types(handle, "{\"name\": \"sort\", \"type_params\": [\"U\"]}", one), i32_answer);
    SAYS(smf_json_infer_types(handle, "{\"name\": \"sort\", \"signature\": \"sort<T>(*T)\"}", one), "i32");
    SAYS(smf_json_infer_types(handle, SORT, "[{\"source\": \"call_site\", \"param_index\": 0, \"type\": \"Vec<u8>\"}]"),
         "\"args\": [{\"kind\": \"int\", \"name\": \"u8\"");
    SAYS(
        smf_json_infer_types(handle, SORT, "[{\"source\": \"call_site\", \"param_index\": 0, \"type\": \"Vec<u16>\"}]"),
        "\"args\": [{\"kind\": \"int\", \"name\": \"u16\"");
    SAYS(smf_json_get_stats(handle), "\"cache_hits\": 1, \"cache_misses\": 6");
    end();
}

static void inference_is_counted(void)
{
    begin();
    smf_json_free(smf_json_infer_types(handle, SORT, "[]"));
    SAYS(smf_json_get_stats(handle), "\"type_inferences\": 1,");
    smf_json_free(smf_json_infer_types(handle, SWAP, "[]"));
    SAYS(smf_json_get_stats(handle), "\"type_inferences\": 2,");
    end();
}

static void inference_with_a_signature(void)
{
    begin();
    static const char get[] = "{\"name\": \"map_get\", \"type_params\": [\"K\", \"V\"], "
                              "\"signature\": \"map_get<K: equal, V>(*Map<K, V>, *K) -> *V\"}";
    SAYS(smf_json_infer_types(handle, get,
                              "[{\"argument\": 0, \"type\": \"*Map<string, Vec<f64>>\"}, {\"source\": \"return\", "
                              "\"type\": {\"kind\": \"pointer\", \"elem\": \"Vec<f64>\"}}]"),
         "[{\"kind\": \"string\", \"name\": \"string\"}, {\"kind\": \"named\", \"name\": \"Vec\", \"args\": [");
    SAYS(
        smf_json_infer_types(
            handle, get, "[{\"argument\": 0, \"type\": \"*Map<string, f64>\"}, {\"argument\": 1, \"type\": \"*i64\"}]"),
        "{\"error\": \"SMF_ERR_MISMATCH");
    SAYS(smf_json_infer_types(handle, get, "[{\"argument\": 1, \"type\": \"*i64\"}]"), "{\"error\": ");
    SAYS(smf_json_infer_types(handle, "{\"name\": \"a\", \"signature\": \"a<T\"}", "[]"), "{\"error\": ");
    SAYS(smf_json_infer_types(handle, "{\"name\": \"a\", \"type_params\": [\"T\"], \"signature\": \"a<T, U>(T, U)\"}",
                              "[]"),
         "SMF_ERR_ARITY");
    end();
}

/* --- Instantiation --------------------------------------------------------------------------------- */

static void instantiation_for_int(void)
{
    begin();
    SAYS(smf_json_instantiate(handle, SORT, "[" I64 "]"),
         "{\"success\": true, \"kind\": \"native\", \"arch\": \"" NATIVE "\", \"symbol\": \"sort$i64\", \"code\": [");
    struct smf_instance instance;
    long long numbers[] = {5, -3, 8, 0, 2};
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "sort$i64", &instance), SMF_OK);
    ((void (*)(long long *, size_t))instance.function)(numbers, 5);
    CHECK_EQUAL(numbers[0], -3);
    CHECK_EQUAL(numbers[4], 8);
    end();
}

static void instantiation_for_float(void)
{
    begin();
    SAYS(smf_json_instantiate(handle, SORT, "[" F64 "]"), "\"symbol\": \"sort$f64\"");
    struct smf_instance instance;
    double numbers[] = {0.5, -3.25, 8};
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "sort$f64", &instance), SMF_OK);
    ((void (*)(double *, size_t))instance.function)(numbers, 3);
    CHECK(numbers[0] < -3 && numbers[2] > 7);
    end();
}

static void instantiation_differs_by_kind(void)
{
    begin();
    char *one = smf_json_instantiate(handle, SORT, "[" I64 "]"),
         *other = smf_json_instantiate(handle, SORT, "[" F64 "]");
    const char *one_code = one != NULL ? strstr(one, "\"code\"") : NULL;
    const char *other_code = other != NULL ? strstr(other, "\"code\"") : NULL;
    CHECK(one_code != NULL && other_code != NULL && strcmp(one_code, other_code) != 0);
    smf_json_free(one);
    smf_json_free(other);
    end();
}

static void instantiation_on_a_bad_handle(void)
{
    SAYS(smf_json_instantiate(999999, SORT, "[" I64 "]"), "invalid handle 999999");
}

static void instantiation_is_cached(void)
{
    begin();
    char *one = smf_json_instantiate(handle, SORT, "[" I64 "]"), *two = smf_json_instantiate(handle, SORT, "[" I64 "]");
    CHECK_TEXT(one, two);
    smf_json_free(one);
    smf_json_free(two);
    SAYS(smf_json_get_stats(handle), "\"template_instantiations\": 1, \"cache_hits\": 1, \"cache_misses\": 1");
    struct smf_instance instance;
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "sort$i64", &instance), SMF_OK);
    CHECK_EQUAL(instance.users, 1); /* however often it is asked for */
    end();
}

static void instantiation_is_counted(void)
{
    begin();
    smf_json_free(smf_json_instantiate(handle, SORT, "[" I64 "]"));
    smf_json_free(smf_json_instantiate(handle, SORT, "[" I32 "]"));
    SAYS(smf_json_get_stats(handle), "\"template_instantiations\": 2,");
    end();
}

static void instantiation_of_nested_needs(void)
{
    begin();
    SAYS(smf_json_instantiate(handle, "{\"name\": \"reverse\"}", "[{\"kind\": \"named\", \"name\": \"Point\"}]"),
         "\"symbol\": \"reverse$Point\"");
    struct smf_instance instance;
    struct point points[] = {{.id = 1}, {.id = 2}, {.id = 3}};
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "reverse$Point", &instance), SMF_OK);
    ((void (*)(struct point *, size_t))instance.function)(points, 3);
    CHECK_EQUAL(points[0].id, 3);
    end();
}

static void instantiation_failures(void)
{
    begin();
    SAYS(smf_json_instantiate(handle, "{\"name\": \"nothing\"}", "[" I64 "]"),
         "{\"success\": false, \"error\": \"SMF_ERR_NOT_FOUND");
    SAYS(smf_json_instantiate(handle, SORT, "[]"), "SMF_ERR_ARITY");
    SAYS(smf_json_instantiate(handle, "{\"name\": \"sort\"}", "[" I64 ", " I64 "]"), "SMF_ERR_ARITY");
    SAYS(smf_json_instantiate(handle, SORT, "[{\"kind\": \"unknown\"}]"), "SMF_ERR_TYPE");
    SAYS(smf_json_instantiate(handle, SORT, "[{\"kind\": \"named\", \"name\": \"Nobody\"}]"), "SMF_ERR_TYPE");
    SAYS(smf_json_instantiate(handle, "{\"name\": \"sum\"}", "[\"Point\"]"), "SMF_ERR_BOUND");
    SAYS(smf_json_get_stats(handle), "\"template_instantiations\": 0, \"cache_hits\": 0, \"cache_misses\": 5");
    const int64_t without = smf_json_create(NULL, NULL, NULL);
    SAYS(smf_json_instantiate(without, SORT, "[" I64 "]"), "SMF_ERR_UNSUPPORTED");
    smf_json_destroy(without);
    end();
}

/* --- Checking -------------------------------------------------------------------------------------- */

static void check_of_what_was_made(void)
{
    begin();
    char *answer = smf_json_instantiate(handle, SORT, "[" I64 "]");
    CHECK(answer != NULL && smf_json_check_types(handle, answer));
    char *array = answer != NULL ? strchr(answer, '[') : NULL;
    if (array != NULL) {
        array[strlen(array) - 1] = '\0'; /* the array alone */
        CHECK(smf_json_check_types(handle, array));
    }
    smf_json_free(answer);
    end();
}

static void check_of_something_else(void)
{
    begin();
    char *answer = smf_json_instantiate(handle, SORT, "[" I64 "]");
    static const char *const others[] = {"[]",
                                         "[195]",
                                         "[1, 2, 300]",
                                         "[-1]",
                                         "[\"a\"]",
                                         "{}",
                                         "\"\"",
                                         "{\"success\": true, \"kind\": \"native\"}",
                                         "{\"success\": true, \"kind\": \"bytecode\", \"code\": [195]}",
                                         "{\"success\": false, \"kind\": \"native\", \"code\": [195]}",
                                         "",
                                         "["};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        CHECK(!smf_json_check_types(handle, others[i]));
    CHECK(!smf_json_check_types(handle, NULL));
    char *digit = answer != NULL ? strrchr(answer, ',') : NULL;
    if (digit != NULL) {
        memmove(digit, "]}", 3); /* one byte less */
        CHECK(!smf_json_check_types(handle, answer));
    }
    smf_json_free(answer);
    end();
}

/* --- Statistics ------------------------------------------------------------------------------------ */

static void stats_are_zero(void)
{
    const int64_t one = smf_json_create(NULL, NULL, NULL);
    SAYS(smf_json_get_stats(one), "{\"type_inferences\": 0, \"template_instantiations\": 0, \"cache_hits\": 0, "
                                  "\"cache_misses\": 0");
    smf_json_destroy(one);
}

static void stats_count_one_of_each(void)
{
    begin();
    smf_json_free(smf_json_infer_types(handle, SORT, "[]"));
    smf_json_free(smf_json_instantiate(handle, SORT, "[" I64 "]"));
    SAYS(smf_json_get_stats(handle), "{\"type_inferences\": 1, \"template_instantiations\": 1, ");
    end();
}

static void stats_hits_and_misses(void)
{
    begin();
    smf_json_free(smf_json_infer_types(handle, SORT, "[]"));
    smf_json_free(smf_json_infer_types(handle, SORT, "[]"));
    SAYS(smf_json_get_stats(handle), "\"cache_hits\": 1, \"cache_misses\": 1");
    end();
}

static void stats_on_a_bad_handle(void) { IS(smf_json_get_stats(0), "{\"error\": \"invalid handle 0\"}"); }

/* --- Factories ------------------------------------------------------------------------------------- */

static void factory_int(void)
{
    IS(smf_json_type_int(64, true), "{\"kind\": \"int\", \"name\": \"i64\", \"bits\": 64, \"signed\": true}");
    IS(smf_json_type_int(8, false), "{\"kind\": \"int\", \"name\": \"u8\", \"bits\": 8, \"signed\": false}");
    SAYS(smf_json_type_int(7, true), "{\"error\": ");
}

static void factory_float(void)
{
    IS(smf_json_type_float(32), "{\"kind\": \"float\", \"name\": \"f32\", \"bits\": 32}");
    SAYS(smf_json_type_float(16), "{\"error\": ");
}

static void factory_bool(void) { IS(smf_json_type_bool(), "{\"kind\": \"bool\", \"name\": \"bool\"}"); }
static void factory_string(void) { IS(smf_json_type_string(), "{\"kind\": \"string\", \"name\": \"string\"}"); }

static void factory_named(void)
{
    IS(smf_json_type_named("Point", NULL), "{\"kind\": \"named\", \"name\": \"Point\", \"args\": []}");
    IS(smf_json_type_named("Vec", "[\"bool\"]"),
       "{\"kind\": \"named\", \"name\": \"Vec\", \"args\": [{\"kind\": \"bool\", \"name\": \"bool\"}]}");
    SAYS(smf_json_type_named("a b", NULL), "{\"error\": ");
    SAYS(smf_json_type_named("", NULL), "{\"error\": ");
    SAYS(smf_json_type_named(NULL, NULL), "{\"error\": ");
    SAYS(smf_json_type_named("Vec", "{"), "{\"error\": ");
}

static void factory_to_string(void)
{
    IS(smf_json_type_to_string(I64), "i64");
    IS(smf_json_type_to_string("{\"kind\": \"str\"}"), "string");
    IS(smf_json_type_to_string("{\"kind\": \"array\", \"elem\": {\"kind\": \"float\", \"bits\": 32}}"), "[f32]");
    IS(smf_json_type_to_string("{\"kind\": \"named\", \"name\": \"Map\", \"args\": [\"text\", {\"kind\": \"named\", "
                               "\"name\": \"Vec\", \"args\": [\"u8\"]}]}"),
       "Map<string,Vec<u8>>");
}

static void factory_to_string_of_nothing(void)
{
    IS(smf_json_type_to_string("{\"kind\": \"unknown\"}"), "unknown");
    IS(smf_json_type_to_string("{\"kind\": \"quark\"}"), "unknown");
    IS(smf_json_type_to_string("{"), "unknown");
    IS(smf_json_type_to_string(NULL), "unknown");
}

/* --- JSON ------------------------------------------------------------------------------------------ */

static void json_array_result(void)
{
    begin();
    SAYS(smf_json_infer_types(handle, SORT, "[]"), "[{\"kind\": ");
    end();
}

static void json_field(void)
{
    begin();
    SAYS(smf_json_instantiate(handle, "{\"more\": [1, {}], \"name\": \"sort\", \"type_params\": [\"T\"]}",
                              "[{\"bits\": 64, \"kind\": \"int\", \"extra\": null, \"signed\": true}]"),
         "\"success\": true");
    end();
}

static void json_missing_field(void)
{
    begin();
    SAYS(smf_json_infer_types(handle, "{\"type_params\": [\"T\"]}", "[]"), "{\"error\": \"template: ");
    SAYS(smf_json_infer_types(handle, SORT, "[{\"source\": \"return\"}]"), "{\"error\": \"hints: ");
    SAYS(smf_json_infer_types(handle, SORT, "[{\"type\": {\"kind\": \"named\"}}]"), "'name'");
    SAYS(smf_json_instantiate(handle, "{}", "[]"), "{\"success\": false, \"error\": \"template: ");
    IS(smf_json_infer_types(handle, SORT, "[{\"type\": {}}]"), i64_answer); /* kind, bits and sign have defaults */
    IS(smf_json_infer_types(handle, SORT, "[{\"type\": {\"kind\": \"int\", \"name\": \"i32\"}}]"), i32_answer);
    IS(smf_json_infer_types(handle, SORT, "[{\"type\": {\"name\": \"i32\"}}]"), i32_answer);
    end();
}

static void json_array_field(void)
{
    begin();
    SAYS(smf_json_infer_types(handle, "{\"name\": \"pair\", \"type_params\": [\"K\", \"V\"]}", "[]"), "}, {");
    end();
}

static void json_missing_array(void)
{
    begin();
    SAYS(smf_json_infer_types(handle, SORT, "{}"), "{\"error\": \"hints: no array\"}");
    SAYS(smf_json_instantiate(handle, SORT, "{}"), "{\"success\": false, \"error\": \"types: ");
    SAYS(smf_json_infer_types(handle, "{\"name\": \"a\", \"type_params\": 1}", "[]"), "'type_params' is no array");
    SAYS(smf_json_infer_types(handle, "{\"name\": \"a\", \"type_params\": [1]}", "[]"), "type parameter 0 is no text");
    end();
}

static void json_success(void)
{
    begin();
    SAYS(smf_json_instantiate(handle, SWAP, "[" I32 "]"), "{\"success\": true, ");
    end();
}

static void json_failure(void)
{
    begin();
    SAYS(smf_json_instantiate(handle, "{\"name\": \"no_such\"}", "[]"), "{\"success\": false, \"error\": ");
    end();
}

static void json_empty_parameters(void)
{
    begin();
    IS(smf_json_infer_types(handle, "{\"name\": \"plain\", \"type_params\": []}", "[]"), "[]");
    IS(smf_json_infer_types(handle, "{\"name\": \"plain\"}", "[]"), "[]");
    end();
}

/* A type that goes in comes out, with all that lies in it. */
static void json_round_trips(void)
{
    static const char *const types[] = {
        "{\"kind\": \"simd\", \"name\": \"simd<4,f32>\", \"lanes\": 4, \"elem\": {\"kind\": \"float\", \"name\": "
        "\"f32\", "
        "\"bits\": 32}}",
        "{\"kind\": \"array\", \"name\": \"[[bool]]\", \"elem\": {\"kind\": \"array\", \"name\": \"[bool]\", \"elem\": "
        "{\"kind\": \"bool\", \"name\": \"bool\"}}}",
        "{\"kind\": \"named\", \"name\": \"Map\", \"args\": [{\"kind\": \"string\", \"name\": \"string\"}, {\"kind\": "
        "\"named\", \"name\": \"Vec\", \"args\": [{\"kind\": \"int\", \"name\": \"u16\", \"bits\": 16, \"signed\": "
        "false}]}]}",
        "{\"kind\": \"pointer\", \"name\": \"*Point\", \"elem\": {\"kind\": \"named\", \"name\": \"Point\", \"args\": "
        "[]}}",
        "{\"kind\": \"function\", \"name\": \"(bool)->void\", \"args\": [{\"kind\": \"bool\", \"name\": \"bool\"}], "
        "\"ret\": {\"kind\": \"void\", \"name\": \"void\"}}",
        "{\"kind\": \"function\", \"name\": \"()->bool\", \"args\": [], \"ret\": {\"kind\": \"bool\", \"name\": "
        "\"bool\"}}",
    };
    begin();
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        char hints[600], wanted[600];
        snprintf(hints, sizeof hints, "[{\"source\": \"assignment\", \"ty\": %s}]", types[i]);
        snprintf(wanted, sizeof wanted, "[%s]", types[i]);
        IS(smf_json_infer_types(handle, SORT, hints), wanted);
        IS(smf_json_unify(handle, types[i], types[i]), types[i]);
    }
    end();
}

static void json_unifies(void)
{
    begin();
    SAYS(smf_json_unify(
             handle,
             "{\"kind\": \"named\", \"name\": \"Pair\", \"args\": [{\"kind\": \"var\", \"name\": \"a\"}, \"bool\"]}",
             "\"Pair<i64, ?b>\""),
         "\"args\": [{\"kind\": \"int\", \"name\": \"i64\", \"bits\": 64, \"signed\": true}, {\"kind\": \"bool\"");
    SAYS(smf_json_unify(handle, "\"[i64]\"", "\"[f64]\""), "{\"error\": \"SMF_ERR_MISMATCH: ");
    SAYS(smf_json_unify(handle, "\"?a\"", "\"Vec<?a>\""), "{\"error\": \"SMF_ERR_TYPE: "); /* would contain itself */
    SAYS(smf_json_unify(handle, "\"?a\"", "\"Vec<?b>\""), "\"args\": [{\"kind\": \"var\", \"name\": \"b\"}]");
    end();
}

static const struct tap_case cases[] = {
    {"lifecycle_positive_handle",            lifecycle_positive_handle           },
    {"lifecycle_increasing",                 lifecycle_increasing                },
    {"lifecycle_destroyed_is_an_error",      lifecycle_destroyed_is_an_error     },
    {"lifecycle_inference_on_destroyed",     lifecycle_inference_on_destroyed    },
    {"lifecycle_instantiation_on_destroyed", lifecycle_instantiation_on_destroyed},
    {"lifecycle_alias",                      lifecycle_alias                     },
    {"inference_by_hint",                    inference_by_hint                   },
    {"inference_default_is_i64",             inference_default_is_i64            },
    {"inference_on_a_bad_handle",            inference_on_a_bad_handle           },
    {"inference_cache_is_equal",             inference_cache_is_equal            },
    {"inference_is_counted",                 inference_is_counted                },
    {"inference_with_a_signature",           inference_with_a_signature          },
    {"instantiation_for_int",                instantiation_for_int               },
    {"instantiation_for_float",              instantiation_for_float             },
    {"instantiation_differs_by_kind",        instantiation_differs_by_kind       },
    {"instantiation_on_a_bad_handle",        instantiation_on_a_bad_handle       },
    {"instantiation_is_cached",              instantiation_is_cached             },
    {"instantiation_is_counted",             instantiation_is_counted            },
    {"instantiation_of_nested_needs",        instantiation_of_nested_needs       },
    {"instantiation_failures",               instantiation_failures              },
    {"check_of_what_was_made",               check_of_what_was_made              },
    {"check_of_something_else",              check_of_something_else             },
    {"stats_are_zero",                       stats_are_zero                      },
    {"stats_count_one_of_each",              stats_count_one_of_each             },
    {"stats_hits_and_misses",                stats_hits_and_misses               },
    {"stats_on_a_bad_handle",                stats_on_a_bad_handle               },
    {"factory_int",                          factory_int                         },
    {"factory_float",                        factory_float                       },
    {"factory_bool",                         factory_bool                        },
    {"factory_string",                       factory_string                      },
    {"factory_named",                        factory_named                       },
    {"factory_to_string",                    factory_to_string                   },
    {"factory_to_string_of_nothing",         factory_to_string_of_nothing        },
    {"json_array_result",                    json_array_result                   },
    {"json_field",                           json_field                          },
    {"json_missing_field",                   json_missing_field                  },
    {"json_array_field",                     json_array_field                    },
    {"json_missing_array",                   json_missing_array                  },
    {"json_success",                         json_success                        },
    {"json_failure",                         json_failure                        },
    {"json_empty_parameters",                json_empty_parameters               },
    {"json_round_trips",                     json_round_trips                    },
    {"json_unifies",                         json_unifies                        },
};
TAP_MAIN(cases)
