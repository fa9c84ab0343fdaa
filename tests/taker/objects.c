/* SPDX-License-Identifier: MIT */
/*
 * objects.c - what comes of a name: concrete objects byte for byte, templates,
 * instances and deferred objects, from every kind of source; and the refusals.
 */
#include <string.h>

#include "harness/tap.h"
#include "taker/module.h"

static struct scene scene;
static struct maker maker;
static struct smf_taker taker;
static struct smf_taken taken;
static uint64_t memory[2048];
static struct smf_taker_config config;

static void begin(enum scene_source kind)
{
    module_make(&scene, 0x40, kind);
    maker_start(&maker);
    config = smf_taker_defaults();
    config.arena = memory;
    config.arena_size = sizeof memory;
    CHECK_STATUS(smf_taker_start(&taker, &config), SMF_OK);
}

static void again(void) /* the configuration was changed */
{
    smf_taker_finish(&taker);
    CHECK_STATUS(smf_taker_start(&taker, &config), SMF_OK);
}

static void finish(void)
{
    struct smf_taker_statistics statistics;
    smf_taker_get_statistics(&taker, &statistics);
    CHECK_EQUAL(statistics.held, 0);
    smf_taker_finish(&taker);
    scene_end(&scene);
}

static enum smf_status take(const char *name)
{
    return smf_taker_take(&taker, "m", &scene.image, name, &taken, &scene.why);
}

static enum smf_status take_with(const char *name, const char *text)
{
    static struct smf_type room[8];
    const struct smf_type *types;
    CHECK_STATUS(smf_types_parse(text, strlen(text), room, 8, &types), SMF_OK);
    return smf_taker_take_with_types(&taker, "m", &scene.image, name, types, &taken, &scene.why);
}

static void give_back(void) { smf_taker_give_back(&taker, &taken); }

static void check_code(const char *name, const void *bytes, size_t size, uint8_t type, bool in_place)
{
    CHECK_STATUS(take(name), SMF_OK);
    CHECK_EQUAL(taken.kind, SMF_TAKEN_CODE);
    CHECK_TEXT(taken.symbol, name);
    CHECK_EQUAL(taken.size, size);
    CHECK(taken.size == size && memcmp(taken.bytes, bytes, size) == 0);
    CHECK_EQUAL(taken.type, type);
    tap_check(taken.in_place == in_place, __FILE__, __LINE__, "%s in place: %d", name, taken.in_place);
    give_back();
}

/* SPEC [O15]. */
static void concrete_objects(void)
{
    for (unsigned kind = SCENE_STAYS; kind <= SCENE_READ; kind++) {
        const bool stays = kind == SCENE_STAYS;
        begin((enum scene_source)kind);
        for (unsigned time = 0; time < 2; time++) {
            check_code("add", "\x40\x41\x42\x43", 4, SMF_SYMBOL_FUNCTION, stays);
            check_code("sub", "\x44\x45\x46\x47", 4, SMF_SYMBOL_FUNCTION, stays);
            check_code("mul", "\x50\x51\x52\x53\x54\x55\x56\x57", 8, SMF_SYMBOL_FUNCTION, stays);
            check_code("datum", "3456\0", 6, SMF_SYMBOL_DATA, false);
            check_code("zeros", "\0\0\0\0", 5, SMF_SYMBOL_DATA, false);
        }
        CHECK_EQUAL(taker.statistics.instances.hits, 5);
        CHECK_STATUS(take("fixed"), SMF_ERR_UNSUPPORTED);
        CHECK_EQUAL(taken.kind, SMF_TAKEN_ERROR);
        finish();
    }
}

/* B.7: configuration. */
static void config_defaults(void)
{
    const struct smf_taker_config defaults = smf_taker_defaults();
    CHECK(defaults.enable_caching && defaults.allow_deferred && defaults.max_cache_size == 10000);
    CHECK(defaults.trace == NULL && defaults.instantiator == NULL);
}

static void config_custom(void)
{
    struct smf_taker_maker without = {0};
    begin(SCENE_STAYS);
    config.max_cache_size = 100;
    config.enable_caching = false;
    config.buckets = 8;
    again();
    CHECK(taker.config.max_cache_size == 100 && !taker.config.enable_caching && taker.config.buckets == 8);
    finish();
    config.buckets = 12;
    CHECK_STATUS(smf_taker_start(&taker, &config), SMF_ERR_ARGUMENT);
    config.buckets = 0x80000000u;
    CHECK_STATUS(smf_taker_start(&taker, &config), SMF_ERR_NO_ARENA);
    config.buckets = 0;
    config.instantiator = &without;
    CHECK_STATUS(smf_taker_start(&taker, &config), SMF_ERR_ARGUMENT);
    config.instantiator = NULL;
    config.arena = NULL;
    CHECK_STATUS(smf_taker_start(&taker, &config), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_taker_start(&taker, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_taker_start(NULL, &config), SMF_ERR_ARGUMENT);
    config.arena_size = 0;
    CHECK_STATUS(smf_taker_start(&taker, &config), SMF_ERR_NO_ARENA);
}

/* ---- B.7: the five results ---- */

static void result_code(void)
{
    begin(SCENE_READ);
    check_code("add", "\x40\x41\x42\x43", 4, SMF_SYMBOL_FUNCTION, false);
    CHECK_EQUAL(taker.statistics.taken[SMF_TAKEN_CODE], 1);
    CHECK(taken.entry == NULL);
    give_back(); /* twice is nothing */
    finish();
}

/* SPEC [O16]. */
static void result_template(void)
{
    for (unsigned kind = SCENE_STAYS; kind <= SCENE_READ; kind++) {
        begin((enum scene_source)kind);
        CHECK_STATUS(take("sort"), SMF_OK);
        CHECK_EQUAL(taken.kind, SMF_TAKEN_TEMPLATE);
        CHECK_TEXT(taken.symbol, "sort");
        CHECK_EQUAL(taken.generic.parameter_count, 2);
        CHECK_EQUAL(taken.generic.kind, SMF_TEMPLATE_FUNCTION);
        CHECK(taken.size == taken.generic.body.size && memcmp(taken.bytes, "SMFT\x01", 5) == 0);
        CHECK_EQUAL(taken.in_place, kind == SCENE_STAYS);
        CHECK_EQUAL(taken.number, 1 + OBJECT_SORT);
        give_back();
        CHECK_EQUAL(taker.statistics.taken[SMF_TAKEN_TEMPLATE], 1);
        finish();
    }
}

static void result_deferred(void)
{
    begin(SCENE_READ);
    for (unsigned time = 0; time < 2; time++) { /* the second one from the cache */
        CHECK_STATUS(take("make"), SMF_OK);
        CHECK_EQUAL(taken.kind, SMF_TAKEN_DEFERRED);
        CHECK_TEXT(taken.symbol, "make");
        CHECK(taken.hints.type_vars == 1 && taken.hints.constraints == 1 && taken.hints.usages == 1);
        CHECK(taken.bytes == NULL && taken.number == 1 + OBJECT_MAKE);
        give_back();
    }
    CHECK_EQUAL(taker.statistics.taken[SMF_TAKEN_DEFERRED], 2);
    finish();
}

static void result_not_found(void)
{
    static const char *const names[] = {"nobody", "ad", "addx", "absent", "add<", "nobody<i64>", "add$i64", "sort$i64"};
    begin(SCENE_READ);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const enum smf_status status = take(names[i]);
        const bool typed = i == 4; /* no list of types */
        CHECK_STATUS(status, typed ? SMF_ERR_TYPE : SMF_ERR_NOT_FOUND);
        CHECK_EQUAL(taken.kind, typed ? SMF_TAKEN_ERROR : SMF_TAKEN_NOT_FOUND);
        CHECK(taken.symbol == NULL && taken.entry == NULL && taken.bytes == NULL);
    }
    CHECK_EQUAL(taker.statistics.taken[SMF_TAKEN_NOT_FOUND], 7);
    CHECK_TEXT(scene.why.name, "sort$i64");
    finish();
}

static void result_error(void)
{
    begin(SCENE_STAYS);
    CHECK_STATUS(take("lost"), SMF_ERR_TYPE);
    CHECK_EQUAL(scene.why.detail, SMF_DETAIL_NO_BODY);
    CHECK_EQUAL(taken.kind, SMF_TAKEN_ERROR);
    CHECK_STATUS(take(""), SMF_ERR_ARGUMENT);
    CHECK_STATUS(take(NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_taker_take(&taker, NULL, &scene.image, "add", &taken, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_taker_take(&taker, "m", NULL, "add", &taken, NULL), SMF_ERR_ARGUMENT);
    CHECK_EQUAL(taker.statistics.taken[SMF_TAKEN_ERROR], 5);
    config.allow_deferred = false;
    again();
    CHECK_STATUS(take("make"), SMF_ERR_TYPE);
    CHECK_EQUAL(scene.why.detail, SMF_DETAIL_DEFERRED);
    CHECK_STATUS(take("sort"), SMF_ERR_TYPE);
    CHECK_EQUAL(scene.why.detail, SMF_DETAIL_NOT_INFERRED);
    CHECK_STATUS(take("sort<i64,u8>"), SMF_ERR_TYPE);
    CHECK_EQUAL(scene.why.detail, SMF_DETAIL_NO_INSTANTIATOR);
    finish();
}

/* What each of the five carries, and what it does not. */
static void payloads_of_all_five_results(void)
{
    begin(SCENE_STAYS);
    CHECK_STATUS(take("add"), SMF_OK);
    CHECK(taken.kind == SMF_TAKEN_CODE && taken.size == 4 && memcmp(taken.bytes, "\x40\x41\x42\x43", 4) == 0);
    CHECK(taken.type == SMF_SYMBOL_FUNCTION && !taken.made && taken.address == 0 && taken.offset == 0);
    CHECK_TEXT(taken.symbol, "add");
    give_back();
    CHECK_STATUS(take("pair"), SMF_OK);
    CHECK(taken.kind == SMF_TAKEN_TEMPLATE && taken.generic.kind == SMF_TEMPLATE_STRUCT && taken.generic.record);
    CHECK(taken.bytes != NULL && taken.size == taken.generic.body.size);
    CHECK_TEXT(taken.symbol, "pair");
    give_back();
    CHECK_STATUS(take("make"), SMF_OK);
    CHECK(taken.kind == SMF_TAKEN_DEFERRED && taken.bytes == NULL && taken.size == 0 && taken.hints.type_vars == 1);
    CHECK_TEXT(taken.symbol, "make");
    give_back();
    CHECK_STATUS(take("nobody"), SMF_ERR_NOT_FOUND);
    CHECK(taken.kind == SMF_TAKEN_NOT_FOUND && taken.symbol == NULL && taken.number == SMF_NO_SYMBOL);
    CHECK_TEXT(scene.why.name, "nobody");
    CHECK_STATUS(take("lost"), SMF_ERR_TYPE);
    CHECK(taken.kind == SMF_TAKEN_ERROR && taken.symbol == NULL && taken.bytes == NULL);
    CHECK_TEXT(scene.why.name, "lost");
    finish();
}

/* ---- Types given, or inferred ---- */

static void with_maker(enum scene_source kind)
{
    begin(kind);
    config.instantiator = &maker.instantiator;
    again();
}

static void arity_of_one(void)
{
    with_maker(SCENE_READ);
    CHECK_STATUS(take_with("pair", "i64"), SMF_OK);
    CHECK_TEXT(taken.symbol, "pair$i64");
    give_back();
    CHECK_STATUS(take_with("pair", "i64,u8"), SMF_ERR_ARITY);
    CHECK(scene.why.detail == SMF_DETAIL_ARITY && scene.why.value == 2 && scene.why.expected == 1);
    finish();
}

static void arity_of_two(void)
{
    with_maker(SCENE_READ);
    CHECK_STATUS(take_with("sort", "i64, string"), SMF_OK);
    CHECK_TEXT(taken.symbol, "sort$i64_string");
    CHECK(taken.made && taken.size == 15 && memcmp(taken.bytes, "sort$i64_string", 15) == 0);
    CHECK_EQUAL(taken.type, SMF_SYMBOL_FUNCTION);
    CHECK_TEXT(maker.base, "sort");
    CHECK(memcmp(maker.body, "SMFT", 4) == 0);
    give_back();
    CHECK_STATUS(take_with("sort", "i64"), SMF_ERR_ARITY);
    CHECK(scene.why.value == 1 && scene.why.expected == 2);
    finish();
}

static void arity_of_none(void)
{
    with_maker(SCENE_READ);
    CHECK_STATUS(take_with("add", "i64"), SMF_ERR_TYPE);
    CHECK_EQUAL(scene.why.detail, SMF_DETAIL_NOT_GENERIC);
    CHECK_STATUS(take_with("make", "i64"), SMF_ERR_TYPE);
    CHECK_STATUS(take_with("nobody", "i64"), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(taken.kind, SMF_TAKEN_NOT_FOUND);
    CHECK_EQUAL(maker.made, 0);
    finish();
}

static void names_with_types(void)
{
    with_maker(SCENE_READ);
    CHECK_STATUS(take("sort<Vec<i64>, my_type>"), SMF_OK);
    CHECK_TEXT(taken.symbol, "sort$Vec$1i64_my$_type");
    give_back();
    CHECK_STATUS(take("sort$Vec$1i64_my$_type"), SMF_OK); /* from the cache, by its own name */
    CHECK_TEXT(taken.symbol, "sort$Vec$1i64_my$_type");
    give_back();
    CHECK_STATUS(take("sort< Vec<i64> ,my_type>"), SMF_OK);
    give_back();
    CHECK_EQUAL(maker.made, 1);
    CHECK_STATUS(take("sort<i64>"), SMF_ERR_ARITY);
    CHECK_STATUS(take("sort<unknown$,i64>"), SMF_ERR_TYPE);
    finish();
}

static void instances_that_are_built_in(void)
{
    with_maker(SCENE_STAYS);
    CHECK_STATUS(take("pair<bool>"), SMF_OK);
    CHECK(taken.size == 2 && memcmp(taken.bytes, "\x4C\x4D", 2) == 0 && !taken.made && taken.in_place);
    give_back();
    CHECK_EQUAL(maker.made, 0);
    finish();
}

static void types_are_inferred_where_somebody_can(void)
{
    with_maker(SCENE_READ);
    for (unsigned time = 0; time < 2; time++) {
        CHECK_STATUS(take("pair"), SMF_OK);
        CHECK_EQUAL(taken.kind, SMF_TAKEN_CODE);
        CHECK_TEXT(taken.symbol, "pair$u8");
        CHECK_EQUAL(taken.type, SMF_SYMBOL_TYPE);
        give_back();
    }
    CHECK(maker.inferred == 2 && maker.made == 1);
    CHECK_STATUS(take("sort"), SMF_OK); /* nothing in the note says how it is used */
    CHECK_EQUAL(taken.kind, SMF_TAKEN_TEMPLATE);
    give_back();
    config.allow_deferred = false;
    again();
    CHECK_STATUS(take("sort"), SMF_ERR_TYPE);
    maker.instantiator.infer = NULL;
    CHECK_STATUS(take("pair"), SMF_ERR_TYPE);
    finish();
}

/* Where an instance runs is told with it, also from the cache; who made it hears when it goes, once. */
static void instances_run_somewhere(void)
{
    with_maker(SCENE_READ);
    maker.address = 0x1001;
    maker.offset = 5;
    for (unsigned time = 0; time < 2; time++) {
        CHECK_STATUS(take("pair<i64>"), SMF_OK);
        CHECK(taken.made && taken.address == 0x1001 && taken.offset == 5 && taken.size == 8);
        give_back();
    }
    CHECK(maker.made == 1 && maker.released == 0);
    CHECK_STATUS(take("add"), SMF_OK);
    CHECK_EQUAL(taken.address, 0);
    give_back();
    CHECK_EQUAL(smf_taker_forget(&taker, "other"), 0);
    CHECK_EQUAL(maker.released, 0);
    CHECK_STATUS(take("pair<i64>"), SMF_OK);
    CHECK(smf_taker_forget(&taker, "m") != 0);
    CHECK_EQUAL(maker.released, 0); /* held */
    give_back();
    CHECK_EQUAL(maker.released, 1);
    CHECK_TEXT(maker.gone, "pair$i64");
    maker.offset = 8; /* past its end */
    CHECK_STATUS(take("pair<i64>"), SMF_ERR_EMPTY);
    CHECK(maker.made == 2 && maker.released == 2);
    maker.makes_nothing = true;
    CHECK_STATUS(take("pair<i64>"), SMF_ERR_EMPTY);
    CHECK(maker.made == 3 && maker.released == 3);
    maker.makes_nothing = false;
    maker.offset = 0;
    CHECK_STATUS(take("pair<i64>"), SMF_OK);
    give_back();
    finish(); /* cached still */
    CHECK_EQUAL(maker.released, 4);
}

static void an_instantiator_that_fails(void)
{
    static const enum smf_status with[] = {SMF_ERR_FORMAT, SMF_ERR_NOT_FOUND, SMF_ERR_NO_MEMORY};
    with_maker(SCENE_READ);
    for (unsigned i = 0; i < 6; i++) {
        maker.made = maker.inferred = 0;
        maker.fail_at = 1 + i / 3;
        maker.fail_with = with[i % 3];
        const bool leaves = maker.fail_at == 1 && maker.fail_with == SMF_ERR_NOT_FOUND;
        CHECK_STATUS(take("pair"), leaves ? SMF_OK : maker.fail_with);
        CHECK_EQUAL(taken.kind, leaves ? SMF_TAKEN_TEMPLATE : SMF_TAKEN_ERROR);
        CHECK(leaves || scene.why.status == maker.fail_with);
        give_back();
    }
    maker.fail_at = 0;
    maker.makes_nothing = true;
    CHECK_STATUS(take("pair"), SMF_ERR_EMPTY);
    maker.makes_nothing = false;
    maker.asks_twice = true;
    CHECK_STATUS(take("pair"), SMF_OK);
    give_back();
    finish();
}

/* ---- Other files ---- */

/* A name that only an entry of a TemplateCode section has; older layouts; several sections. */
static void templates_without_symbols(void)
{
    struct payload payload = {0}, second = {0};
    payload_magic(&payload, 1, 1);
    payload_whole(&payload, SMF_TEMPLATE_STRUCT, "Vec", 1, (const char *const[]){"T"});
    payload_u32(&second, 1);
    payload_text(&second, "Result");
    payload_text(&second, "body");
    const struct forge_section sections[] = {
        {.name = "code",  .type = SMF_SECTION_CODE, .flags = 5, .alignment = 4, .bytes = "\1\2\3\4\5\6\7", .size = 7},
        {.name = "t1",
         .type = SMF_SECTION_TEMPLATE_CODE,
         .flags = 1,
         .alignment = 1,
         .bytes = payload.bytes,
         .size = payload.size                                                                                       },
        {.name = "code2", .type = SMF_SECTION_CODE, .flags = 5, .alignment = 1, .bytes = "ABCDEF",         .size = 6},
        {.name = "t2",
         .type = SMF_SECTION_TEMPLATE_CODE,
         .flags = 1,
         .alignment = 1,
         .bytes = second.bytes,
         .size = second.size                                                                                        }
    };
    const struct forge_symbol symbols[] = {
        {.name = "first",  .value = 0,  .size = 3, .binding = 1, .visibility = 1},
        {.name = "middle", .value = 3,  .size = 0, .binding = 1, .visibility = 1},
        {.name = "far",    .value = 8,  .size = 0, .binding = 1, .visibility = 1},
        {.name = "local",  .value = 10, .size = 1, .binding = 0, .visibility = 1},
        {.name = "past",   .value = 11, .size = 9, .binding = 1, .visibility = 1},
    };
    static const enum forge_layout layouts[] = {FORGE_R72, FORGE_R96};
    for (unsigned i = 0; i < 2; i++) {
        const struct forge forge = {.layout = layouts[i],
                                    .sections = sections,
                                    .section_count = 4,
                                    .symbols = symbols,
                                    .symbol_count = 5,
                                    .exported_count = 4};
        begin(SCENE_READ);
        scene_end(&scene);
        scene_make(&scene, &forge, SCENE_READ);
        config.instantiator = &maker.instantiator;
        again();
        check_code("first", "\1\2\3", 3, SMF_SYMBOL_FUNCTION, false);
        check_code("middle", "\4\5\6\7", 4, SMF_SYMBOL_FUNCTION, false); /* its section ends */
        check_code("far", "BC", 2, SMF_SYMBOL_FUNCTION, false);
        CHECK_STATUS(take("local"), SMF_ERR_NOT_FOUND);
        CHECK_STATUS(take("past"), SMF_ERR_TRUNCATED);
        CHECK_STATUS(take_with("Vec", "i64"), SMF_OK);
        CHECK_TEXT(taken.symbol, "Vec$i64");
        give_back();
        CHECK_STATUS(take("Result<i64,str>"), SMF_OK); /* its arity is not recorded */
        CHECK_TEXT(taken.symbol, "Result$i64_string");
        CHECK(memcmp(maker.body, "body", 4) == 0);
        give_back();
        finish();
    }
}

static void compressed_sections_need_a_codec(void)
{
    static const uint8_t packed[] = {0x60, 'a', 'b', 'c', 'd', 'e', 'f'}; /* one LZ4 sequence: six literals */
    static const struct smf_codec *const codecs[] = {&smf_codec_lz4, NULL};
    const struct forge_section sections[] = {
        {.name = ".text",
         .type = SMF_SECTION_CODE,
         .flags = 5 | SMF_SECTION_COMPRESSED,
         .alignment = 1,
         .bytes = packed,
         .size = sizeof packed,
         .virtual_size = 6}
    };
    const struct forge_symbol symbols[] = {
        {.name = "f", .value = 2, .size = 3, .binding = 1, .visibility = 1}
    };
    const struct forge forge = {.layout = FORGE_CANONICAL,
                                .sections = sections,
                                .section_count = 1,
                                .symbols = symbols,
                                .symbol_count = 1,
                                .exported_count = 1,
                                .compression = SMF_COMPRESSION_LZ4};
    for (unsigned kind = SCENE_STAYS; kind <= SCENE_READ; kind++) {
        begin((enum scene_source)kind);
        scene_end(&scene);
        scene_make(&scene, &forge, (enum scene_source)kind);
        CHECK_STATUS(take("f"), SMF_ERR_COMPRESSED);
        config.codecs = codecs;
        again();
        check_code("f", "cde", 3, SMF_SYMBOL_FUNCTION, false);
        finish();
    }
}

static unsigned traced;
static void trace(void *context, const char *module, const char *name, const struct smf_taken *what,
                  enum smf_status status)
{
    traced++;
    CHECK(context == &traced && (what->kind == SMF_TAKEN_CODE) == (status == SMF_OK));
    CHECK_TEXT(module, "m");
    CHECK_TEXT(name, status == SMF_OK ? "add" : "nobody");
}

static void each_take_is_told(void)
{
    begin(SCENE_STAYS);
    config.trace = trace;
    config.trace_context = &traced;
    traced = 0;
    again();
    CHECK_STATUS(take("add"), SMF_OK);
    give_back();
    CHECK_STATUS(take("nobody"), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(traced, 2);
    finish();
}

static const struct tap_case cases[] = {
    {"concrete_objects",                      concrete_objects                     },
    {"config_defaults",                       config_defaults                      },
    {"config_custom",                         config_custom                        },
    {"result_code",                           result_code                          },
    {"result_template",                       result_template                      },
    {"result_deferred",                       result_deferred                      },
    {"result_not_found",                      result_not_found                     },
    {"result_error",                          result_error                         },
    {"payloads_of_all_five_results",          payloads_of_all_five_results         },
    {"instances_run_somewhere",               instances_run_somewhere              },
    {"arity_of_one",                          arity_of_one                         },
    {"arity_of_two",                          arity_of_two                         },
    {"arity_of_none",                         arity_of_none                        },
    {"names_with_types",                      names_with_types                     },
    {"instances_that_are_built_in",           instances_that_are_built_in          },
    {"types_are_inferred_where_somebody_can", types_are_inferred_where_somebody_can},
    {"an_instantiator_that_fails",            an_instantiator_that_fails           },
    {"templates_without_symbols",             templates_without_symbols            },
    {"compressed_sections_need_a_codec",      compressed_sections_need_a_codec     },
    {"each_take_is_told",                     each_take_is_told                    },
};
TAP_MAIN(cases)
