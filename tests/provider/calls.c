/* SPDX-License-Identifier: MIT */
/*
 * calls.c - every call of a provider: what it gives, and that a module that is
 * nowhere is the same error in all of them (G4, G5). The cases of the original
 * object_provider_spec have its names (B.10).
 */
#include <string.h>

#include "provider/stock.h"

/* ---- B.10 ---- */

static void b10_library_bytes_object_bytes_and_code_unit(void)
{
    static const char object[] = "an object";
    struct smf_code_unit unit;
    uint8_t code[16];
    stock_start();
    stock_put(0, "alpha", 0x5A);
    stock_put(1, "beta", 0x5B);
    stock_put_object(0, "alpha", object, sizeof object);
    stock_open();
    struct smf_source bytes = stock_bytes("alpha", SMF_OK), stored = stock_object("alpha", SMF_OK);
    CHECK_EQUAL(stock_value_of(&bytes), 0x5A);
    CHECK(stored.bytes == object && stored.size == sizeof object);
    stock_give_back(&bytes);
    stock_give_back(&stored);
    struct smf_source made = stock_object("beta", SMF_OK); /* SMF-only: of its code units */
    CHECK_EQUAL(made.size, 16 + 1 + 8 + 1);
    CHECK_EQUAL(((const uint8_t *)made.bytes)[0], 0x5B);
    CHECK_EQUAL(((const uint8_t *)made.bytes)[16], strlen("beta"));
    CHECK_EQUAL(((const uint8_t *)made.bytes)[25], strlen("beta_second"));
    stock_give_back(&made);
    CHECK_STATUS(smf_provider_code(&stock.provider, "beta", "beta", &unit, code, sizeof code, &stock.why), SMF_OK);
    CHECK(unit.bytes == code && unit.size == 16 && code[15] == 0x5B && !unit.relocated);
    stock_end();
}

/* On all getters, and with the name; the places are told. */
static int refuse_unit(void *context, const struct smf_code_unit *unit)
{
    (void)context;
    CHECK(unit == NULL);
    return 1;
}
static int refuse_row(void *context, const struct smf_dependency *row)
{
    (void)context;
    CHECK(row == NULL);
    return 1;
}

static void b10_missing_module_errors_on_all_getters(void)
{
    struct smf_source source = {.size = 0};
    struct smf_image *image = NULL;
    struct smf_code_unit unit;
    struct smf_metadata metadata;
    struct smf_location location;
    struct smf_provider *provider = &stock.provider;
    stock_start();
    stock_put(0, "alpha", 1);
    stock_open();
    for (unsigned call = 0; call < 9; call++) {
        enum smf_status status = SMF_OK;
        memset(&stock.why, 0, sizeof stock.why);
        tap_variant("call=%u", call);
        switch (call) {
        case 0:
            status = smf_provider_bytes(provider, "core/none", &source, &stock.why);
            break;
        case 1:
            status = smf_provider_reader(provider, "core/none", &image, &stock.why);
            break;
        case 2:
            status = smf_provider_object(provider, "core/none", &source, &stock.why);
            break;
        case 3:
            status = smf_provider_code(provider, "core/none", "f", &unit, NULL, 0, &stock.why);
            break;
        case 4:
            status = smf_provider_walk_code(provider, "core/none", refuse_unit, NULL, NULL, &stock.why);
            break;
        case 5:
            status = smf_provider_metadata(provider, "core/none", &metadata, &stock.why);
            break;
        case 6:
            status = smf_provider_walk_dependencies(provider, "core/none", refuse_row, NULL, NULL, &stock.why);
            break;
        case 7:
            status = smf_provider_locate(provider, "core/none", &location, NULL, 0, &stock.why);
            break;
        default:
            status = smf_provider_open(provider, "core/none", &source);
            stock.why = provider->opened;
        }
        CHECK_STATUS(status, SMF_ERR_NOT_FOUND);
        CHECK_EQUAL(stock.why.detail, SMF_DETAIL_NO_MODULE);
        CHECK(strstr(stock_line(), "'core/none'") != NULL);
        CHECK(source.size == 0 && image == NULL);
    }
    tap_variant("%s", "");
    CHECK(!smf_provider_has(provider, "core/none") && smf_provider_has(provider, "alpha"));
    stock_end();
}

static void b10_preference_llvm_rejects_an_untagged_module(void)
{
    stock_start();
    stock_put(0, "alpha", 1);
    stock.config.backend = SMF_BACKEND_LLVM;
    stock_open();
    stock_bytes("alpha", SMF_ERR_BACKEND);
    CHECK(strstr(stock_line(), "llvm") != NULL && strstr(stock_line(), "no compile-options hash") != NULL);
    CHECK(strstr(stock_line(), "alpha") != NULL);
    stock_end();
}

static void b10_a_tagged_pic_llvm_module_is_accepted(void)
{
    stock_start();
    stock_make(0, "alpha", &(const struct stock_recipe){.value = 7, .backend = SMF_BACKEND_LLVM});
    stock.config.backend = SMF_BACKEND_LLVM;
    stock_open();
    struct smf_source source = stock_bytes("alpha", SMF_OK);
    CHECK_EQUAL(stock_value_of(&source), 7);
    CHECK_EQUAL(stock_value("alpha"), 7);
    stock_give_back(&source);
    stock_end();
}

/* ---- The rest of G4 and G5 ---- */

static void where_a_module_lies(void)
{
    struct smf_location location;
    char place[16];
    stock_start();
    stock_put(1, "beta", 2);
    stock_put_object(1, "beta", "xyz", 3);
    stock_open();
    CHECK_STATUS(smf_provider_locate(&stock.provider, "beta", &location, place, sizeof place, &stock.why), SMF_OK);
    CHECK_TEXT(place, "shelf two");
    CHECK_EQUAL(location.kind, SMF_ORIGIN_LIBRARY);
    CHECK_EQUAL(location.offset, 64);
    CHECK_EQUAL(location.size, stock_file(1, "beta")->size);
    CHECK_EQUAL(location.object_size, 3);
    CHECK_EQUAL(location.revision, stock_file(1, "beta")->revision);
    CHECK_EQUAL(location.supplier, 1);
    location.supplier = 77;
    CHECK_STATUS(smf_provider_locate(&stock.provider, "beta", &location, place, 9, &stock.why), SMF_ERR_NO_SPACE);
    CHECK_EQUAL(location.supplier, 77);
    CHECK_STATUS(smf_provider_locate(&stock.provider, "beta", &location, NULL, 0, &stock.why), SMF_OK);
    stock_end();
}

static int note_row(void *context, const struct smf_dependency *row)
{
    ++*(unsigned *)context;
    CHECK_TEXT(row->name, "beta");
    return 5;
}

static void what_a_module_says_about_itself(void)
{
    struct smf_metadata metadata;
    unsigned rows = 0;
    int answer = 0;
    stock_start();
    stock_make(0, "alpha",
               &(const struct stock_recipe){.hash = 0x8877665544332211, .backend = SMF_BACKEND_C, .needs = "beta"});
    stock_open();
    CHECK_STATUS(smf_provider_metadata(&stock.provider, "alpha", &metadata, &stock.why), SMF_OK);
    CHECK_TEXT(metadata.note.name, "alpha");
    CHECK_EQUAL(metadata.note.version[1], 2);
    CHECK(metadata.options.tagged && metadata.options.hash == 0x8877665544332211);
    CHECK_EQUAL(metadata.options.backend, SMF_BACKEND_C);
    CHECK_EQUAL(metadata.dependency_count, 1);
    CHECK(metadata.header.canonical && metadata.header.exported_count == 2);
    CHECK_STATUS(smf_provider_walk_dependencies(&stock.provider, "alpha", note_row, &rows, &answer, &stock.why),
                 SMF_OK);
    CHECK(rows == 1 && answer == 5);
    stock_end();
}

static void readers_are_shared_and_stay_open(void)
{
    stock_start();
    stock_put(0, "alpha", 1);
    stock_open();
    struct smf_image *first = stock_reader("alpha", SMF_OK), *second = stock_reader("alpha", SMF_OK);
    CHECK(first == second && first->header.section_count == 3);
    CHECK_EQUAL(stock_statistics().held, 2);
    CHECK_EQUAL(stock.shelves[0].finds, 1);
    stock_give_back(first->source);
    CHECK_EQUAL(smf_image_find_section(second, ".text"), 0);
    stock_give_back(second->source);
    stock_end();
}

struct seen {
    char names[80];
    unsigned calls, stop_at;
};

static int note_name(void *context, const char *name)
{
    struct seen *seen = context;
    strcat(strcat(seen->names, name), " ");
    return ++seen->calls == seen->stop_at ? 9 : 0;
}

static void all_modules_each_once(void)
{
    struct seen seen = {.calls = 0}, few = {.stop_at = 2};
    char line[40];
    stock_start();
    stock_put(0, "alpha", 1);
    stock_put(0, "beta", 1);
    stock_put(1, "beta", 2);
    stock_put(1, "gamma", 2);
    stock_open();
    CHECK_EQUAL(smf_provider_list(&stock.provider, note_name, &seen), 0);
    CHECK_TEXT(seen.names, "alpha beta gamma ");
    CHECK_EQUAL(smf_provider_list(&stock.provider, note_name, &few), 9);
    CHECK_TEXT(few.names, "alpha beta ");
    CHECK_EQUAL(stock_value("beta"), 1); /* the first supplier decides */
    CHECK_EQUAL(smf_provider_places(&stock.provider, line, sizeof line), strlen("shelf one, shelf two"));
    CHECK_TEXT(line, "shelf one, shelf two");
    CHECK_EQUAL(smf_provider_places(&stock.provider, line, 8), strlen("shelf one, shelf two"));
    CHECK_TEXT(line, "shelf o");
    CHECK_EQUAL(smf_provider_places(&stock.provider, NULL, 0), strlen("shelf one, shelf two"));
    stock_end();
}

static void the_code_of_single_functions(void)
{
    struct smf_code_unit unit = {.size = 77};
    uint8_t code[16];
    struct smf_provider *provider = &stock.provider;
    for (unsigned positional = 0; positional < 2; positional++) {
        tap_variant("positional=%u", positional);
        stock_start();
        stock.shelves[0].positional = positional != 0;
        stock_make(0, "alpha", &(const struct stock_recipe){.value = 3, .relocations = true});
        stock_make(0, "beta", &(const struct stock_recipe){.value = 4, .unreadable = true});
        stock_open();
        CHECK_STATUS(smf_provider_code(provider, "alpha", "alpha_second", &unit, NULL, 0, &stock.why), SMF_OK);
        CHECK(unit.size == 8 && unit.offset == 16 && unit.section == 0 && unit.bytes == NULL);
        CHECK(unit.arch == kit_machine()->id && !unit.weak);
        unit.size = 77;
        CHECK_STATUS(smf_provider_code(provider, "alpha", "alpha", &unit, code, 15, &stock.why), SMF_ERR_NO_SPACE);
        CHECK_STATUS(smf_provider_code(provider, "alpha", "alph", &unit, code, 16, &stock.why), SMF_ERR_NOT_FOUND);
        CHECK_EQUAL(stock.why.detail, SMF_DETAIL_NO_CODE);
        CHECK_STATUS(smf_provider_code(provider, "alpha", "", &unit, code, 16, &stock.why), SMF_ERR_NOT_FOUND);
        CHECK_STATUS(smf_provider_code(provider, "alpha", NULL, &unit, code, 16, &stock.why), SMF_ERR_ARGUMENT);
        CHECK_STATUS(smf_provider_code(provider, "beta", "beta", &unit, code, 16, &stock.why), SMF_ERR_SYMBOL);
        CHECK_EQUAL(unit.size, 77);
        CHECK_EQUAL(stock_value("alpha"), 3);
        stock_end();
    }
    tap_variant("%s", "");
}

static int count_unit(void *context, const struct smf_code_unit *unit)
{
    unsigned *counts = context;
    CHECK(unit->bytes[0] == 6 && unit->name[0] == 'a' && unit->size == (counts[0] == 0 ? 16u : 8u));
    counts[0]++;
    return (int)counts[1];
}

static void code_units_in_order(void)
{
    int answer = 1;
    for (unsigned positional = 0; positional < 2; positional++) {
        unsigned counts[2] = {0, 0};
        stock_start();
        stock.shelves[0].positional = positional != 0;
        stock_put(0, "alpha", 6);
        stock_make(0, "silent", &(const struct stock_recipe){.silent = true});
        stock_open();
        CHECK_STATUS(smf_provider_walk_code(&stock.provider, "alpha", count_unit, counts, &answer, &stock.why), SMF_OK);
        CHECK(counts[0] == 2 && answer == 0);
        counts[0] = 0, counts[1] = 4;
        CHECK_STATUS(smf_provider_walk_code(&stock.provider, "alpha", count_unit, counts, &answer, &stock.why), SMF_OK);
        CHECK(counts[0] == 1 && answer == 4);
        CHECK_STATUS(smf_provider_walk_code(&stock.provider, "silent", count_unit, counts, &answer, &stock.why),
                     SMF_ERR_EMPTY);
        stock_end();
    }
}

/* G5: cached, stored, emitted; the result is cached. */
static void g5_the_order_of_objects(void)
{
    stock_start();
    stock_put(0, "alpha", 1);
    stock_open();
    struct smf_source first = stock_object("alpha", SMF_OK), second = stock_object("alpha", SMF_OK);
    CHECK(first.bytes == second.bytes && stock.emitted == 1);
    CHECK(stock_statistics().objects.hits == 1 && stock_statistics().objects.misses == 1);
    stock_give_back(&first);
    stock_give_back(&second);
    stock_put_object(0, "alpha", "stored", 6); /* the emitted one is still the module's */
    first = stock_object("alpha", SMF_OK);
    CHECK_EQUAL(stock.emitted, 1);
    stock_give_back(&first);
    CHECK_EQUAL(smf_provider_invalidate(&stock.provider, "alpha"), 2);
    first = stock_object("alpha", SMF_OK);
    CHECK(first.size == 6 && memcmp(first.bytes, "stored", 6) == 0 && stock.emitted == 1);
    stock_give_back(&first);
    stock_end();
}

static void g5_a_positional_stored_object(void)
{
    char text[6];
    stock_start();
    stock.shelves[0].positional = true;
    stock_put(0, "alpha", 1);
    stock_put_object(0, "alpha", "stored", 6);
    stock_open();
    struct smf_source object = stock_object("alpha", SMF_OK);
    CHECK(object.bytes == NULL && object.size == 6);
    CHECK_STATUS(object.read_at(object.context, 1, text, 5), SMF_OK);
    CHECK(memcmp(text, "tored", 5) == 0);
    stock_give_back(&object);
    stock_end();
}

static void g5_no_exports_no_code_no_emitter(void)
{
    stock_start();
    stock_make(0, "silent", &(const struct stock_recipe){.silent = true});
    stock_make(0, "half", &(const struct stock_recipe){.value = 4, .unreadable = true});
    stock_open();
    stock_object("silent", SMF_ERR_EMPTY);
    struct smf_source object = stock_object("half", SMF_OK); /* one unreadable export is skipped */
    CHECK(stock.emitted_units == 1 && object.size == 9);
    stock_give_back(&object);
    stock_end();
    stock_start();
    stock_put(0, "alpha", 1);
    stock.config.emitter = NULL;
    stock_open();
    stock_object("alpha", SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(stock.why.detail, SMF_DETAIL_NO_OBJECT);
    stock_end();
}

/* Code in a compressed section is decompressed for whoever asks, if there is a codec. */
static void code_that_is_compressed(void)
{
    static const struct smf_codec *const codecs[] = {&smf_codec_lz4, NULL};
    for (unsigned positional = 0; positional < 2; positional++) {
        const struct stock_recipe recipe = {.value = 0x3C, .compressed = true};
        stock_start();
        stock.shelves[0].positional = positional != 0;
        stock_make(0, "alpha", &recipe);
        stock_open();
        CHECK_EQUAL(stock_value("alpha"), -1);
        CHECK_STATUS(stock.why.status, SMF_ERR_COMPRESSED);
        stock_object("alpha", SMF_ERR_EMPTY);
        smf_provider_finish(&stock.provider);
        stock.config.codecs = codecs;
        stock_open();
        CHECK_EQUAL(stock_value("alpha"), 0x3C);
        const struct smf_source object = stock_object("alpha", SMF_OK);
        CHECK(object.size == 26 && ((const uint8_t *)object.bytes)[24] == 0x3C);
        stock_give_back(&object);
        stock_end();
    }
}

/* A function in the zeros behind what is stored has no code. */
static void code_that_is_not_stored(void)
{
    struct smf_code_unit unit;
    uint8_t code[16];
    stock_start();
    stock_make(0, "alpha", &(const struct stock_recipe){.value = 4, .tail = true});
    stock_open();
    CHECK_EQUAL(stock_value("alpha"), 4);
    CHECK_STATUS(smf_provider_code(&stock.provider, "alpha", "alpha_second", &unit, code, sizeof code, &stock.why),
                 SMF_ERR_SYMBOL);
    const struct smf_source object = stock_object("alpha", SMF_OK);
    CHECK(stock.emitted_units == 1 && object.size == 17);
    stock_give_back(&object);
    stock_end();
}

static enum smf_status lies(const struct smf_emitter *emitter, const struct smf_emission *emission, void *into,
                            size_t capacity, size_t *size, struct smf_diagnosis *why)
{
    (void)emitter, (void)emission, (void)capacity, (void)why;
    *size = into == NULL ? 8 : 4;
    return SMF_OK;
}

static enum smf_status says_nothing(const struct smf_emitter *emitter, const struct smf_emission *emission, void *into,
                                    size_t capacity, size_t *size, struct smf_diagnosis *why)
{
    (void)emitter, (void)emission, (void)into, (void)capacity, (void)why;
    *size = 0;
    return SMF_OK;
}

static void an_emitter_that_lies(void)
{
    stock_start();
    stock_put(0, "alpha", 1);
    stock.emitter.emit = lies;
    stock_open();
    stock_object("alpha", SMF_ERR_CHANGED);
    stock.emitter.emit = says_nothing;
    stock_object("alpha", SMF_ERR_CHANGED);
    CHECK_EQUAL(stock_statistics().objects.entries, 0);
    stock_end();
}

static void bad_arguments(void)
{
    struct smf_source source = {.size = 0}, foreign;
    struct smf_provider provider;
    stock_start();
    stock_put(0, "alpha", 1);
    for (unsigned i = 0; i < 9; i++) {
        struct smf_provider_config config = stock.config;
        struct smf_supplier blind = {.title = "blind"};
        tap_variant("config=%u", i);
        switch (i) {
        case 0:
            config.suppliers = NULL;
            break;
        case 1:
            config.suppliers = &blind;
            break;
        case 2:
            config.arena = NULL;
            break;
        case 3:
            config.bucket_count = 3;
            break;
        case 4:
            config.unlock = NULL;
            break;
        case 5:
            config.backend = (enum smf_backend)8;
            break;
        case 6:
            config.mode = (enum smf_provider_mode)3;
            break;
        case 7:
            config.lock = NULL;
            break;
        default:
            config.arena_size = 16;
        }
        CHECK_STATUS(smf_provider_start(&provider, &config), i == 8 ? SMF_ERR_NO_ARENA : SMF_ERR_ARGUMENT);
    }
    tap_variant("%s", "");
    CHECK_STATUS(smf_provider_start(NULL, &stock.config), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_provider_start(&provider, NULL), SMF_ERR_ARGUMENT);
    stock_open();
    stock_bytes("", SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_provider_bytes(&stock.provider, NULL, &source, NULL), SMF_ERR_ARGUMENT);
    stock_object("", SMF_ERR_ARGUMENT);
    CHECK(!smf_provider_has(&stock.provider, "") && !smf_provider_has(&stock.provider, NULL));
    source = stock_bytes("alpha", SMF_OK);
    foreign = source;
    foreign.context = stock.arena + 8;
    CHECK_STATUS(smf_provider_give_back(&stock.provider, &foreign), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_provider_give_back(&stock.provider, NULL), SMF_ERR_ARGUMENT);
    stock_give_back(&source);
    CHECK_STATUS(smf_provider_give_back(&stock.provider, &source), SMF_ERR_ARGUMENT); /* twice */
    smf_provider_close(&stock.provider, "alpha", &source);
    CHECK_EQUAL(stock_statistics().held, 0);
    stock_end();
    smf_provider_finish(&stock.provider); /* a second time: nothing happens */
    smf_provider_finish(NULL);
}

static void what_is_no_module(void)
{
    static const uint8_t noise[300] = {1, 2, 3};
    struct smf_location location;
    stock_start();
    stock_put_bytes(0, "noise", noise, sizeof noise);
    stock_open();
    stock_bytes("noise", SMF_ERR_NOT_SMF);
    stock_reader("noise", SMF_ERR_NOT_SMF);
    stock_object("noise", SMF_ERR_NOT_SMF);
    CHECK_TEXT(stock.why.name, "noise");
    CHECK_STATUS(smf_provider_locate(&stock.provider, "noise", &location, NULL, 0, NULL), SMF_OK);
    CHECK_EQUAL(location.size, sizeof noise);
    stock_end();
}

/* Held and never given back: the end takes it all. */
static void finish_gives_everything_back(void)
{
    stock_start();
    stock_put(0, "alpha", 1);
    stock_put(0, "beta", 1);
    stock_open();
    struct smf_source source = stock_bytes("alpha", SMF_OK);
    stock_object("beta", SMF_OK);
    stock_put(0, "alpha", 2);
    struct smf_source newer = stock_bytes("alpha", SMF_OK);
    CHECK(source.context != newer.context);
    CHECK_EQUAL(stock_out(), 3);
    smf_provider_finish(&stock.provider);
    CHECK_EQUAL(stock_out(), 0);
    stock_end();
}

static const struct tap_case cases[] = {
    {"b10_library_bytes_object_bytes_and_code_unit",   b10_library_bytes_object_bytes_and_code_unit  },
    {"b10_missing_module_errors_on_all_getters",       b10_missing_module_errors_on_all_getters      },
    {"b10_preference_llvm_rejects_an_untagged_module", b10_preference_llvm_rejects_an_untagged_module},
    {"b10_a_tagged_pic_llvm_module_is_accepted",       b10_a_tagged_pic_llvm_module_is_accepted      },
    {"where_a_module_lies",                            where_a_module_lies                           },
    {"what_a_module_says_about_itself",                what_a_module_says_about_itself               },
    {"readers_are_shared_and_stay_open",               readers_are_shared_and_stay_open              },
    {"all_modules_each_once",                          all_modules_each_once                         },
    {"the_code_of_single_functions",                   the_code_of_single_functions                  },
    {"code_units_in_order",                            code_units_in_order                           },
    {"g5_the_order_of_objects",                        g5_the_order_of_objects                       },
    {"g5_a_positional_stored_object",                  g5_a_positional_stored_object                 },
    {"g5_no_exports_no_code_no_emitter",               g5_no_exports_no_code_no_emitter              },
    {"code_that_is_compressed",                        code_that_is_compressed                       },
    {"code_that_is_not_stored",                        code_that_is_not_stored                       },
    {"an_emitter_that_lies",                           an_emitter_that_lies                          },
    {"bad_arguments",                                  bad_arguments                                 },
    {"what_is_no_module",                              what_is_no_module                             },
    {"finish_gives_everything_back",                   finish_gives_everything_back                  },
};
TAP_MAIN(cases)
