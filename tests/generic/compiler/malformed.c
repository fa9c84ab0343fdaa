/* SPDX-License-Identifier: MIT */
/* malformed.c - texts that are no JSON, or too much of it, or not what was asked for. */
#include "generic/compiler/scene.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

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

/* An answer is JSON, and an error. */
static bool is_error(char *answer)
{
    json_t *value = answer != NULL ? json_loads(answer, 0, NULL) : NULL;
    const bool error =
        json_string_length(json_object_get(value, "error")) != 0 && !json_is_true(json_object_get(value, "success"));
    json_decref(value);
    if (!error)
        tap_note("%.200s", answer != NULL ? answer : "(nothing)");
    smf_json_free(answer);
    return error;
}

static bool is_good(char *answer)
{
    json_t *value = answer != NULL ? json_loads(answer, 0, NULL) : NULL;
    const bool good = value != NULL && json_object_get(value, "error") == NULL;
    json_decref(value);
    smf_json_free(answer);
    return good;
}

static const char template[] =
    "{\"name\": \"sort\", \"type_params\": [\"T\"], \"signature\": \"sort<T: compare>(*T, usize)\"}";
static const char hints[] = "[{\"source\": \"call_site\", \"argument\": 0, \"ty\": {\"kind\": \"pointer\", \"elem\": "
                            "{\"kind\": \"int\", \"bits\": 32, \"signed\": false}}}]";
static const char types[] = "[{\"kind\": \"named\", \"name\": \"Point\", \"args\": []}]";

static void cut_at_every_byte(void)
{
    char cut[300];
    begin();
    CHECK(is_good(smf_json_infer_types(handle, template, hints)));
    CHECK(is_good(smf_json_instantiate(handle, template, types)));
    for (size_t size = 0; size < sizeof template - 1; size++) {
        snprintf(cut, sizeof cut, "%.*s", (int)size, template);
        tap_variant("template=%zu", size);
        CHECK(is_error(smf_json_infer_types(handle, cut, hints)));
        CHECK(is_error(smf_json_instantiate(handle, cut, types)));
    }
    for (size_t size = 0; size < sizeof hints - 1; size++) {
        snprintf(cut, sizeof cut, "%.*s", (int)size, hints);
        tap_variant("hints=%zu", size);
        CHECK(is_error(smf_json_infer_types(handle, template, cut)));
    }
    for (size_t size = 0; size < sizeof types - 1; size++) {
        snprintf(cut, sizeof cut, "%.*s", (int)size, types);
        tap_variant("types=%zu", size);
        CHECK(is_error(smf_json_instantiate(handle, template, cut)));
        CHECK(is_error(smf_json_unify(handle, "\"i64\"", cut)));
    }
    tap_variant("%s", "");
    end();
}

static void something_behind_the_end(void)
{
    begin();
    CHECK(is_error(smf_json_infer_types(handle, "{\"name\": \"a\"} x", "[]")));
    CHECK(is_error(smf_json_infer_types(handle, "{\"name\": \"a\"}", "[][]")));
    CHECK(is_error(smf_json_infer_types(handle, "{\"name\": \"a\", \"name\": \"b\"}", "[]"))); /* twice */
    CHECK(is_error(smf_json_infer_types(handle, NULL, "[]")));
    CHECK(is_error(smf_json_infer_types(handle, "{\"name\": \"a\"}", NULL)));
    CHECK(is_error(smf_json_instantiate(handle, "{\"name\": \"a\"}", NULL)));
    end();
}

/* `count` times `open`, then `inside`, then `count` times `close`. */
static char *nest(size_t count, const char *open, const char *inside, const char *close)
{
    char *text = malloc(count * (strlen(open) + strlen(close)) + strlen(inside) + 1);
    char *at = text;
    for (size_t i = 0; i < count; i++)
        at = stpcpy(at, open);
    at = stpcpy(at, inside);
    for (size_t i = 0; i < count; i++)
        at = stpcpy(at, close);
    return text;
}

static void deep_nesting_is_bounded(void)
{
    static const size_t counts[] = {1, SMF_TYPE_DEPTH, SMF_TYPE_DEPTH + 1, 100, 2000, 100000, 2000000};
    begin();
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        char *type = nest(counts[i], "{\"kind\":\"array\",\"elem\":", "\"bool\"", "}");
        char *list = nest(counts[i], "[", "", "]");
        char *text = nest(counts[i], "\"[", "bool", "]\"");
        char *hint = malloc(strlen(type) + 32);
        sprintf(hint, "[{\"type\":%s}]", type);
        tap_variant("depth=%zu", counts[i]);
        const bool fits = counts[i] <= SMF_TYPE_DEPTH;
        CHECK(fits ? is_good(smf_json_infer_types(handle, "{\"name\": \"a\", \"type_params\": [\"T\"]}", hint))
                   : is_error(smf_json_infer_types(handle, "{\"name\": \"a\", \"type_params\": [\"T\"]}", hint)));
        CHECK(fits ? is_good(smf_json_unify(handle, type, type)) : is_error(smf_json_unify(handle, type, type)));
        CHECK(is_error(smf_json_infer_types(handle, list, "[]")));
        CHECK(is_error(smf_json_instantiate(handle, template, list)));
        CHECK(!smf_json_check_types(handle, list));
        if (counts[i] > 1)
            CHECK(is_error(smf_json_unify(handle, text, "\"i64\"")));
        char *name = smf_json_type_to_string(type);
        CHECK(name != NULL && (strcmp(name, "unknown") != 0) == fits);
        smf_json_free(name);
        free(type);
        free(list);
        free(text);
        free(hint);
    }
    tap_variant("%s", "");
    end();
}

static void huge_numbers_are_refused(void)
{
    static const char *const numbers[] = {
        "1e999",      "99999999999999999999999999", "-1",  "0", "63", "64.0", "1e2", "\"64\"", "true", "{}",
        "4294967328", "18446744073709551680",       "null"};
    begin();
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        char text[200];
        tap_variant("%s", numbers[i]);
        snprintf(text, sizeof text, "{\"kind\": \"int\", \"bits\": %s}", numbers[i]);
        CHECK(is_error(smf_json_unify(handle, text, text)));
        snprintf(text, sizeof text, "{\"kind\": \"float\", \"bits\": %s}", numbers[i]);
        CHECK(is_error(smf_json_unify(handle, text, text)));
        snprintf(text, sizeof text, "[{\"type\": \"i64\", \"param_index\": %s}]", numbers[i]);
        const bool said_or_not =
            i == 2 || i == 3 || i == 4 || i == 12; /* -1 and null say none, 0 the first, 63 one too many */
        if (!said_or_not)
            CHECK(is_error(smf_json_infer_types(handle, "{\"name\": \"a\", \"type_params\": [\"T\"]}", text)));
    }
    static const char *const lanes[] = {"0", "-1", "65536", "1e3", "99999999999999999999"};
    for (size_t i = 0; i < sizeof lanes / sizeof lanes[0]; i++) {
        char text[200];
        tap_variant("lanes=%s", lanes[i]);
        snprintf(text, sizeof text, "{\"kind\": \"simd\", \"lanes\": %s, \"elem\": \"f32\"}", lanes[i]);
        CHECK(is_error(smf_json_unify(handle, text, text)));
    }
    tap_variant("%s", "");
    CHECK(is_error(smf_json_unify(handle, "{\"kind\": \"simd\", \"elem\": \"f32\"}", "\"f32\"")));
    CHECK(is_good(
        smf_json_unify(handle, "{\"kind\": \"simd\", \"lanes\": 65535, \"elem\": \"f32\"}", "\"simd<65535,f32>\"")));
    CHECK(is_error(smf_json_infer_types(handle, "{\"name\": \"a\", \"type_params\": [\"T\"]}",
                                        "[{\"type\": \"i64\", \"param_index\": 63}]")));
    end();
}

static void bad_utf8_is_refused(void)
{
    static const char *const bytes[] = {"\xff",     "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80",
                                        "\xe2\x82", "\x80",     "\\ud800",      "\\u0000",
                                        "\x01",     "\\x41"};
    begin();
    for (size_t i = 0; i < sizeof bytes / sizeof bytes[0]; i++) {
        char text[200];
        tap_variant("%zu", i);
        snprintf(text, sizeof text, "{\"name\": \"a%s\"}", bytes[i]);
        CHECK(is_error(smf_json_infer_types(handle, text, "[]")));
        snprintf(text, sizeof text, "{\"kind\": \"named\", \"name\": \"a%s\"}", bytes[i]);
        CHECK(is_error(smf_json_unify(handle, text, "\"i64\"")));
    }
    tap_variant("%s", "");
    /* What is right, but no name, comes back in errors that are JSON: cut in the middle of a character, too. */
    CHECK(is_error(smf_json_unify(handle, "{\"kind\": \"named\", \"name\": \"\xc3\xa4\"}", "\"i64\"")));
    CHECK(is_error(
        smf_json_unify(handle,
                       "{\"kind\": \"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
                       "a\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\"}",
                       "\"i64\"")));
    end();
}

static void other_kinds_of_values(void)
{
    static const char *const values[] = {"null",
                                         "true",
                                         "1",
                                         "\"a<\"",
                                         "\"\"",
                                         "\"i64, i64\"",
                                         "[]",
                                         "[1]",
                                         "{\"kind\": 1}",
                                         "{\"kind\": \"quark\"}",
                                         "{\"kind\": \"named\", \"name\": 1}",
                                         "{\"kind\": \"named\", \"name\": \"a\", \"args\": 1}",
                                         "{\"kind\": \"named\", \"name\": \"a\", \"args\": [1]}",
                                         "{\"kind\": \"function\", \"args\": {}, \"ret\": \"i64\"}",
                                         "{\"kind\": \"function\", \"ret\": 5}",
                                         "{\"kind\": \"array\", \"elem\": 0}",
                                         "{\"kind\": \"int\", \"signed\": 1}",
                                         "{\"kind\": \"var\"}",
                                         "{\"kind\": \"named\", \"name\": \"\"}"};
    begin();
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char text[300];
        tap_variant("%s", values[i]);
        CHECK(is_error(smf_json_unify(handle, values[i], "\"i64\"")));
        CHECK(is_error(smf_json_unify(handle, "\"i64\"", values[i])));
        snprintf(text, sizeof text, "[%s]", values[i]);
        CHECK(is_error(smf_json_instantiate(handle, "{\"name\": \"sort\"}", text)));
        snprintf(text, sizeof text, "[{\"type\": %s}]", values[i]);
        CHECK(is_error(smf_json_infer_types(handle, "{\"name\": \"a\", \"type_params\": [\"T\"]}", text)));
        if (strstr(values[i], "\"name\": \"a\"") == NULL) /* those are templates with a member more */
            CHECK(is_error(smf_json_infer_types(handle, values[i], "[]")));
    }
    tap_variant("%s", "");
    CHECK(is_error(smf_json_infer_types(handle, "{\"name\": \"a\"}", "[{\"type\": \"i64\", \"source\": \"guess\"}]")));
    CHECK(is_error(smf_json_infer_types(handle, "{\"name\": \"a\"}", "[{\"type\": \"i64\", \"source\": 1}]")));
    CHECK(is_error(smf_json_infer_types(handle, "{\"name\": \"a\", \"signature\": 1}", "[]")));
    CHECK(is_error(smf_json_infer_types(handle, "{\"name\": \"\"}", "[]")));
    CHECK(is_error(smf_json_infer_types(handle, "{\"name\": 1}", "[]")));
    CHECK(is_good(
        smf_json_unify(handle, "{\"kind\": \"array\"}", "\"[i64]\""))); /* who left `elem` out does not know it */
    end();
}

/* A list of `count` times this, with commas. */
static char *repeat(size_t count, const char *what)
{
    char *text = malloc(count * (strlen(what) + 1) + 3);
    char *at = stpcpy(text, "[");
    for (size_t i = 0; i < count; i++)
        at = stpcpy(stpcpy(at, i == 0 ? "" : ","), what);
    stpcpy(at, "]");
    return text;
}

static void many_of_everything(void)
{
    begin();
    char *many = repeat(2000, "\"i64\""), *parameters = repeat(9, "\"T\""),
         *questions = repeat(1100, "{\"type\":\"i64\"}");
    char text[200];
    CHECK(is_error(smf_json_instantiate(handle, "{\"name\": \"sort\"}", many)));
    CHECK(is_error(smf_json_infer_types(handle, "{\"name\": \"a\", \"type_params\": [\"T\"]}", questions)));
    snprintf(text, sizeof text, "{\"name\": \"a\", \"type_params\": %s}", parameters);
    CHECK(is_error(smf_json_infer_types(handle, text, "[]")));
    char *longest = malloc((size_t)SMF_JSON_SIZE_MAX + 2);
    memset(longest, ' ', (size_t)SMF_JSON_SIZE_MAX + 1);
    longest[SMF_JSON_SIZE_MAX + 1] = '\0';
    memcpy(longest, "\"i64\"", 5);
    CHECK(is_error(smf_json_unify(handle, longest, "\"i64\"")));
    longest[SMF_JSON_SIZE_MAX] = '\0';
    CHECK(is_good(smf_json_unify(handle, longest, "\"i64\"")));
    free(longest);
    free(many);
    free(parameters);
    free(questions);
    end();
}

static const struct tap_case cases[] = {
    {"cut_at_every_byte",        cut_at_every_byte       },
    {"something_behind_the_end", something_behind_the_end},
    {"deep_nesting_is_bounded",  deep_nesting_is_bounded },
    {"huge_numbers_are_refused", huge_numbers_are_refused},
    {"bad_utf8_is_refused",      bad_utf8_is_refused     },
    {"other_kinds_of_values",    other_kinds_of_values   },
    {"many_of_everything",       many_of_everything      },
};
TAP_MAIN(cases)
