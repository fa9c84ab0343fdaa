/* SPDX-License-Identifier: MIT */
/* contexts.c - the table of functions from C: what is remembered, what is asked wrongly, who holds what. */
#include "generic/compiler/scene.h"

#include <stdio.h>

static struct smf_compiler_context *context;

static void begin(struct smf_compiler_options options)
{
    scene_start();
    scene_open();
    options.instantiator = &scene.instantiator;
    CHECK_STATUS(smf_compiler_units.create(&smf_compiler_units, &options, &context, &scene.why), SMF_OK);
}

static void end(void)
{
    smf_compiler_units.destroy(context);
    scene_end();
}

static struct smf_compiler_statistics statistics(void)
{
    struct smf_compiler_statistics now;
    smf_compiler_units.statistics(context, &now);
    return now;
}

static const struct smf_compiler_template sort = {.name = "sort"};

static enum smf_status infer(const struct smf_compiler_template *template, const struct smf_infer_hint *hints,
                             size_t count, char *text, size_t size)
{
    const struct smf_type *types = NULL;
    const enum smf_status status = smf_compiler_units.infer(context, template, hints, count, &types, &scene.why);
    size_t length = 0;
    text[0] = '\0';
    for (; status == SMF_OK && types != NULL; types = types->next, length = strlen(text)) {
        size_t one = 0;
        snprintf(text + length, size - length, "%s", length != 0 ? ";" : "");
        length = strlen(text);
        CHECK_STATUS(smf_type_write(types, text + length, size - length, &one), SMF_OK);
    }
    return status;
}

/* The types of a hint are the caller's, and so are their names: what is remembered has its own. */
static void remembers_copies(void)
{
    static const char *const letters[] = {"T"};
    const struct smf_compiler_template template = {.name = "f", .parameters = letters, .parameter_count = 1};
    char name[] = "Vec", text[64];
    const struct smf_type byte = {.kind = SMF_TYPE_INT, .bits = 8};
    struct smf_type vec = {.kind = SMF_TYPE_NAMED, .name = name, .name_size = 3, .arguments = &byte};
    const struct smf_infer_hint hint = {SMF_HINT_ASSIGNMENT, 0, -1, &vec};
    begin((struct smf_compiler_options){0});
    CHECK_STATUS(infer(&template, &hint, 1, text, sizeof text), SMF_OK);
    CHECK_TEXT(text, "Vec<u8>");
    name[0] = 'V' + 1; /* another question now */
    CHECK_STATUS(infer(&template, &hint, 1, text, sizeof text), SMF_OK);
    CHECK_TEXT(text, "Wec<u8>");
    name[0] = 'V';
    CHECK_STATUS(infer(&template, &hint, 1, text, sizeof text), SMF_OK);
    CHECK_TEXT(text, "Vec<u8>");
    CHECK_EQUAL(statistics().cache_hits, 1);
    CHECK_EQUAL(statistics().type_inferences, 2);
    end();
}

static void forgets_the_oldest(void)
{
    char text[64], name[16];
    const struct smf_compiler_template template = {.name = name, .parameter_count = 1};
    begin((struct smf_compiler_options){.remembered = 3});
    for (unsigned i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "f%u", i);
        CHECK_STATUS(infer(&template, NULL, 0, text, sizeof text), SMF_OK);
    }
    for (unsigned i = 1; i < 4; i++) {
        snprintf(name, sizeof name, "f%u", i);
        CHECK_STATUS(infer(&template, NULL, 0, text, sizeof text), SMF_OK);
    }
    CHECK_EQUAL(statistics().cache_hits, 3);
    snprintf(name, sizeof name, "f0");
    CHECK_STATUS(infer(&template, NULL, 0, text, sizeof text), SMF_OK);
    CHECK_EQUAL(statistics().cache_hits, 3);
    CHECK_EQUAL(statistics().cache_misses, 5);
    end();
}

/* Fields that follow each other in a key are not taken for one another. */
static void keys_have_borders(void)
{
    static const char *const one[] = {"ab", "c"}, *const other[] = {"a", "bc"};
    const struct smf_compiler_template left = {.name = "f", .parameters = one, .parameter_count = 2};
    const struct smf_compiler_template right = {.name = "f", .parameters = other, .parameter_count = 2};
    const struct smf_compiler_template name = {.name = "fab", .parameters = one + 1, .parameter_count = 1};
    char text[64];
    begin((struct smf_compiler_options){0});
    CHECK_STATUS(infer(&left, NULL, 0, text, sizeof text), SMF_OK);
    CHECK_STATUS(infer(&right, NULL, 0, text, sizeof text), SMF_OK);
    CHECK_STATUS(infer(&name, NULL, 0, text, sizeof text), SMF_OK);
    CHECK_EQUAL(statistics().cache_hits, 0);
    end();
}

static void hints_name_parameters(void)
{
    static const char *const letters[] = {"K", "V", "E"};
    const struct smf_compiler_template template = {.name = "f", .parameters = letters, .parameter_count = 3};
    const struct smf_type byte = {.kind = SMF_TYPE_INT, .bits = 8}, real = {.kind = SMF_TYPE_FLOAT, .bits = 32};
    const struct smf_infer_hint hints[] = {
        {SMF_HINT_RETURN,    -1, -1, &real},
        {SMF_HINT_CALL_SITE, 2,  -1, &real},
        {SMF_HINT_CALL_SITE, -1, -1, &byte},
        {SMF_HINT_CALL_SITE, -1, -1, &real}
    };
    char text[64];
    begin((struct smf_compiler_options){0});
    CHECK_STATUS(infer(&template, hints, 4, text, sizeof text), SMF_OK);
    CHECK_TEXT(text, "u8;u8;f32"); /* the first call_site for those that nobody names */
    CHECK_STATUS(infer(&template, hints, 2, text, sizeof text), SMF_OK);
    CHECK_TEXT(text, "i64;i64;f32");
    const struct smf_infer_hint wrong = {SMF_HINT_CALL_SITE, 3, -1, &byte};
    CHECK_STATUS(infer(&template, &wrong, 1, text, sizeof text), SMF_ERR_ARITY);
    const struct smf_infer_hint twice[] = {
        {SMF_HINT_CALL_SITE, 0, -1, &byte},
        {SMF_HINT_CALL_SITE, 0, -1, &real}
    };
    CHECK_STATUS(infer(&template, twice, 2, text, sizeof text), SMF_ERR_MISMATCH);
    CHECK_EQUAL(statistics().type_inferences, 2);
    end();
}

static void wrong_questions(void)
{
    const struct smf_compiler_template nameless = {.name = NULL}, many = {.name = "f", .parameter_count = 9};
    const struct smf_infer_hint empty = {SMF_HINT_CALL_SITE, 0, -1, NULL};
    struct smf_type deep[SMF_TYPE_DEPTH + 3];
    char text[64];
    struct smf_compiled compiled;
    begin((struct smf_compiler_options){0});
    CHECK_STATUS(infer(&nameless, NULL, 0, text, sizeof text), SMF_ERR_ARGUMENT);
    CHECK_STATUS(infer(&many, NULL, 0, text, sizeof text), SMF_ERR_LIMIT);
    CHECK_STATUS(infer(&sort, NULL, 1, text, sizeof text), SMF_ERR_ARGUMENT);
    CHECK_STATUS(infer(&sort, &empty, 1, text, sizeof text), SMF_ERR_TYPE);
    for (unsigned i = 0; i < SMF_TYPE_DEPTH + 3; i++)
        deep[i] = (struct smf_type){.kind = i == SMF_TYPE_DEPTH + 2 ? SMF_TYPE_BOOL : SMF_TYPE_ARRAY,
                                    .arguments = i == SMF_TYPE_DEPTH + 2 ? NULL : &deep[i + 1]};
    const struct smf_infer_hint bottomless = {SMF_HINT_CALL_SITE, 0, -1, deep};
    CHECK_STATUS(infer(&sort, &bottomless, 1, text, sizeof text), SMF_ERR_LIMIT);
    CHECK_STATUS(smf_compiler_units.instantiate(context, &nameless, NULL, &compiled, &scene.why), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_compiler_units.instantiate(context, &many, NULL, &compiled, NULL), SMF_ERR_NOT_FOUND);
    CHECK(!smf_compiler_units.check(context, NULL, 4));
    CHECK(!smf_compiler_units.check(context, "abc", 0));
    CHECK(smf_compiler_units.units(context) == NULL);
    CHECK_EQUAL(statistics().cache_misses, 1);
    smf_compiler_units.destroy(NULL);
    end();
}

static enum smf_status make(const char *name, const char *types, struct smf_compiled *compiled)
{
    struct smf_type room[4];
    const struct smf_type *list = NULL;
    const struct smf_compiler_template template = {.name = name};
    CHECK_STATUS(smf_types_parse(types, strlen(types), room, 4, &list), SMF_OK);
    return smf_compiler_units.instantiate(context, &template, list, compiled, &scene.why);
}

/* Modules go under a context's feet: what it holds goes with them, and it asks again. */
static void modules_go_and_come(void)
{
    struct smf_compiled compiled;
    struct smf_instance instance;
    begin((struct smf_compiler_options){0});
    CHECK_STATUS(make("sort", "Point", &compiled), SMF_OK);
    smf_instantiator_remove(&scene.instantiator, SCENE_LIBRARY);
    CHECK_STATUS(make("sort", "Point", &compiled), SMF_ERR_NOT_FOUND);
    scene_add(SCENE_LIBRARY);
    CHECK_STATUS(make("sort", "Point", &compiled), SMF_OK);
    CHECK(compiled.made);
    CHECK_STATUS(make("sort", "Point", &compiled), SMF_OK);
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "sort$Point", &instance), SMF_OK);
    CHECK_EQUAL(instance.users, 1);
    end();
}

/* What went and was made again for somebody else is not the context's to drop. */
static void others_make_it_again(void)
{
    struct smf_compiled compiled;
    struct smf_instance instance;
    begin((struct smf_compiler_options){0});
    CHECK_STATUS(make("sort", "Point", &compiled), SMF_OK);
    smf_instantiator_remove(&scene.instantiator, SCENE_LIBRARY);
    const struct smf_instantiator_item item = {
        .number = 9, .name = "library", .image = &scene.files[SCENE_LIBRARY].image};
    CHECK_STATUS(smf_instantiator_add(&scene.instantiator, &item, &scene.why), SMF_OK);
    CHECK_STATUS(smf_instantiate_symbol(&scene.instantiator, SCENE_USER, "sort$Point", &instance, &scene.why), SMF_OK);
    CHECK_STATUS(make("sort", "Point", &compiled), SMF_OK);
    CHECK(!compiled.made);
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "sort$Point", &instance), SMF_OK);
    CHECK_EQUAL(instance.users, 2);
    smf_compiler_units.destroy(context);
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "sort$Point", &instance), SMF_OK);
    CHECK_EQUAL(instance.users, 1);
    scene_end();
    begin((struct smf_compiler_options){0}); /* the same, and the context does not ask again */
    CHECK_STATUS(make("sort", "Point", &compiled), SMF_OK);
    smf_instantiator_remove(&scene.instantiator, SCENE_LIBRARY);
    CHECK_STATUS(smf_instantiator_add(&scene.instantiator, &item, &scene.why), SMF_OK);
    CHECK_STATUS(smf_instantiate_symbol(&scene.instantiator, SCENE_USER, "sort$Point", &instance, &scene.why), SMF_OK);
    smf_compiler_units.destroy(context);
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "sort$Point", &instance), SMF_OK);
    scene_end();
}

/* Functions of one template are one instance, with a name each. */
static void functions_of_one_template(void)
{
    struct smf_compiled push, clear;
    begin((struct smf_compiler_options){0});
    CHECK_STATUS(make("vec_push", "Point", &push), SMF_OK);
    CHECK_STATUS(make("vec_clear", "Point", &clear), SMF_OK);
    CHECK(push.made && !clear.made);
    CHECK(push.code == clear.code && push.function != clear.function);
    CHECK_TEXT(clear.symbol, "vec_clear$Point");
    CHECK(smf_compiler_units.check(context, push.code, push.size));
    CHECK(!smf_compiler_units.check(context, push.code, push.size - 1));
    smf_compiler_units.destroy(context);
    struct smf_instantiator_statistics left;
    smf_instantiator_get_statistics(&scene.instantiator, &left);
    CHECK_EQUAL(left.instances, 0);
    scene_end();
}

/* A record of a template proves, too: what a compiler made is checked before it is given to anybody. */
static void checks_records(void)
{
    begin((struct smf_compiler_options){0});
    const uint8_t *bytes = scene.files[SCENE_PURE].bytes;
    const uint8_t *record = memmem(bytes, scene.files[SCENE_PURE].size, "SMFT", 4);
    CHECK(record != NULL);
    if (record != NULL) {
        const size_t size = (size_t)record[-4] | (size_t)record[-3] << 8;
        CHECK(smf_compiler_units.check(context, record, size));
        CHECK(!smf_compiler_units.check(context, record, size - 1));
        CHECK(!smf_compiler_units.check(context, record + 1, size - 1));
    }
    end();
}

static const struct tap_case cases[] = {
    {"remembers_copies",          remembers_copies         },
    {"forgets_the_oldest",        forgets_the_oldest       },
    {"keys_have_borders",         keys_have_borders        },
    {"hints_name_parameters",     hints_name_parameters    },
    {"wrong_questions",           wrong_questions          },
    {"modules_go_and_come",       modules_go_and_come      },
    {"others_make_it_again",      others_make_it_again     },
    {"functions_of_one_template", functions_of_one_template},
    {"checks_records",            checks_records           },
};
TAP_MAIN(cases)
