/* SPDX-License-Identifier: MIT */
/* faults.c - every allocation fails once: answers are right, or errors, or nothing, and nothing is lost. */
#include "generic/compiler/sources.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

/* Allocations of the libraries under test; `live` of those that are counted. */
static unsigned long count, fail_at;
static long live;

/* Jansson's reader goes past the end of a text whose buffer could not grow (2.14: lex_save() does not look), so it is spared. */
static bool reading;

static bool fails(void)
{
    if (reading)
        return false;
    count++;
    return fail_at != 0 && count == fail_at;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t items, size_t size);
void *__real_realloc(void *block, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t items, size_t size);
void *__wrap_realloc(void *block, size_t size);
char *__wrap_strdup(const char *text);

void *__wrap_malloc(size_t size) { return fails() ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t items, size_t size) { return fails() ? NULL : __real_calloc(items, size); }
void *__wrap_realloc(void *block, size_t size) { return fails() ? NULL : __real_realloc(block, size); }
char *__wrap_strdup(const char *text) { return fails() ? NULL : __real_strdup(text); }

json_t *__real_json_loadb(const char *text, size_t size, size_t flags, json_error_t *error);
json_t *__wrap_json_loadb(const char *text, size_t size, size_t flags, json_error_t *error);
json_t *__wrap_json_loadb(const char *text, size_t size, size_t flags, json_error_t *error)
{
    reading = true;
    json_t *value = __real_json_loadb(text, size, flags, error);
    reading = false;
    return value;
}

static void *take(size_t size)
{
    void *block = fails() ? NULL : __real_malloc(size);
    live += block != NULL;
    return block;
}

static void give(void *block)
{
    live -= block != NULL;
    free(block);
}

/* For every N: run it with the N-th allocation failing, until it runs without. */
static void loop(void (*run)(void))
{
    unsigned long n = 0;
    bool failed;
    fail_at = 0;
    run(); /* what libraries keep for themselves they have now */
    do {
        const long before = live;
        n++;
        tap_variant("allocation=%lu", n);
        count = 0;
        fail_at = n;
        run();
        failed = count >= n;
        fail_at = 0;
        CHECK_EQUAL(live, before);
    } while (failed && n < 20000);
    tap_variant("%s", "");
    tap_note("%lu allocations", n - 1);
    CHECK(n > 10);
}

/* Right, or {"error": ..}, or nothing. */
static void check(char *answer, const char *right, int line)
{
    tap_check(answer == NULL || strncmp(answer, right, strlen(right)) == 0 || strstr(answer, "\"error\": ") != NULL,
              __FILE__, line, "%s", answer != NULL ? answer : "");
    smf_json_free(answer);
}
#define ANSWERS(answer, right) check(answer, right, __LINE__)

static const char sort[] =
    "{\"name\": \"sort\", \"type_params\": [\"T\"], \"signature\": \"sort<T: compare>(*T, usize)\"}";
static const char map[] =
    "[{\"kind\": \"named\", \"name\": \"Map\", \"args\": [{\"kind\": \"string\", \"name\": \"string\"}, "
    "{\"kind\": \"function\", \"name\": \"([f32])->simd<4,f32>\", ";

static void ask_all(void)
{
    const struct smf_compiler_options options = {.instantiator = &scene.instantiator, .remembered = 1};
    const int64_t handle = smf_json_create(NULL, &options, NULL);
    if (handle == 0)
        return;
    ANSWERS(smf_json_infer_types(handle, sort, "[{\"argument\": 0, \"ty\": \"*Map<string, ([f32]) -> simd<4,f32>>\"}]"),
            map);
    ANSWERS(smf_json_infer_types(handle, sort, "[]"),
            "[{\"kind\": \"int\", \"name\": \"i64\", \"bits\": 64, \"signed\": true}]");
    char *made = smf_json_instantiate(handle, sort, "[\"i64\"]");
    if (made != NULL && strstr(made, "\"success\": true") != NULL)
        CHECK(strstr(made, "\"symbol\": \"sort$i64\"") != NULL && made[strlen(made) - 1] == '}');
    if (made != NULL)
        (void)smf_json_check_types(handle, made);
    smf_json_free(made);
    ANSWERS(smf_json_unify(handle, "\"Pair<?a, [u8]>\"", "\"Pair<bool, ?b>\""),
            "{\"kind\": \"named\", \"name\": \"Pair\", \"args\": [{\"kind\": \"bool\", \"name\": \"bool\"}, {\"kind\": "
            "\"array\", \"name\": \"[u8]\", ");
    ANSWERS(smf_json_type_named("Vec", "[\"bool\"]"),
            "{\"kind\": \"named\", \"name\": \"Vec\", \"args\": [{\"kind\": \"bool\", \"name\": \"bool\"}]}");
    smf_json_free(smf_json_type_to_string("\"Vec<u8>\""));
    ANSWERS(smf_json_get_stats(handle), "{\"type_inferences\": ");
    CHECK(smf_json_destroy(handle));
}

static void the_json_boundary(void)
{
    json_set_alloc_funcs(take, give);
    scene_start();
    scene_open();
    loop(ask_all);
    struct smf_instantiator_statistics statistics;
    smf_instantiator_get_statistics(&scene.instantiator, &statistics);
    CHECK_EQUAL(statistics.instances, 0); /* whoever could not hold it has let it go */
    scene_end();
    json_set_alloc_funcs(malloc, free);
}

static void remember(void)
{
    struct smf_persist persist;
    struct smf_diagnosis why;
    char path[600];
    snprintf(path, sizeof path, "%s", scene_path("m.smf"));
    if (smf_persist_start(&persist, path) != SMF_OK)
        return;
    const struct smf_persist_row row = {.base = "sort", .type_args = "i64", .mangled = "sort$i64"};
    (void)!smf_persist_read(&persist, &why);
    (void)!smf_persist_add(&persist, &row);
    const enum smf_status status = smf_persist_write(&persist, &why);
    CHECK(status == SMF_OK || status == SMF_ERR_NO_MEMORY);
    smf_persist_finish(&persist);
}

static void sidecars(void)
{
    loop(remember);
    fail_at = 0;
    char *text = scene_read(scene_path("m.smf" SMF_PERSIST_SUFFIX), &(size_t){0});
    CHECK(text != NULL && strncmp(text, "I|0|sort|i64|sort$i64|", 22) == 0 &&
          strchr(text, '\n') == text + strlen(text) - 1);
    CHECK_EQUAL(scene_count_files(scene.folder, "", NULL, 0), 1);
    free(text);
    scene_forget();
}

static const struct tap_case cases[] = {
    {"the_json_boundary", the_json_boundary},
    {"sidecars",          sidecars         },
};
TAP_MAIN(cases)
