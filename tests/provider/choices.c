/* SPDX-License-Identifier: MIT */
/*
 * choices.c - which module is given: backends and modes (G6), position-independence (G7,
 * D-9), no fallbacks where they are forbidden (G8, D-26), and validated loads (L11).
 */
#include <string.h>

#include "provider/stock.h"

static void make(unsigned shelf, const char *name, uint8_t value, enum smf_backend backend)
{
    stock_make(shelf, name, &(const struct stock_recipe){.value = value, .backend = (uint8_t)backend});
}

/* ---- G6 ---- */

static void g6_names_of_backends(void)
{
    static const char *const names[] = {"auto", "llvm", "cranelift", "c", "wasm", "vhdl", "native", "byl"};
    enum smf_backend backend;
    for (unsigned i = 0; i < 8; i++) {
        CHECK_TEXT(smf_backend_name((enum smf_backend)i), names[i]);
        CHECK_STATUS(smf_backend_find(names[i], &backend), SMF_OK);
        CHECK_EQUAL(backend, i);
    }
    CHECK_TEXT(smf_backend_name((enum smf_backend)8), "?");
    CHECK_STATUS(smf_backend_find("llvm-lib", &backend), SMF_OK);
    CHECK_EQUAL(backend, SMF_BACKEND_LLVM);
    CHECK_STATUS(smf_backend_find("none", &backend), SMF_OK);
    CHECK_EQUAL(backend, SMF_BACKEND_AUTO);
    CHECK_STATUS(smf_backend_find("llv", &backend), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_backend_find(NULL, &backend), SMF_ERR_NOT_FOUND);
}

static void g6_modes(void)
{
    /* release, debug */
    static const bool serves[8][2] = {
        {0, 0},
        {1, 0},
        {0, 1},
        {1, 0},
        {0, 0},
        {0, 0},
        {1, 1},
        {0, 0}
    };
    for (unsigned i = 0; i < 9; i++) {
        CHECK(smf_backend_serves((enum smf_backend)i, SMF_MODE_ANY));
        CHECK_EQUAL(smf_backend_serves((enum smf_backend)i, SMF_MODE_RELEASE), i < 8 && serves[i][0]);
        CHECK_EQUAL(smf_backend_serves((enum smf_backend)i, SMF_MODE_DEBUG), i < 8 && serves[i][1]);
    }
    CHECK(!smf_backend_serves(SMF_BACKEND_LLVM, (enum smf_provider_mode)3));
}

/* One library by LLVM, one by Cranelift: the mode switches between them. */
static void s0_release_and_debug_switch_backends(void)
{
    for (unsigned order = 0; order < 2; order++) {
        stock_start();
        make(order, "alpha", 0x11, SMF_BACKEND_LLVM);
        make(1 - order, "alpha", 0xDD, SMF_BACKEND_CRANELIFT);
        stock.config.mode = SMF_MODE_RELEASE;
        stock_open();
        CHECK_EQUAL(stock_value("alpha"), 0x11);
        CHECK_EQUAL(stock_value("alpha"), 0x11);
        CHECK(stock_statistics().modules.hits == 1 && stock_statistics().fallbacks == 0);
        smf_provider_finish(&stock.provider);
        stock.config.mode = SMF_MODE_DEBUG;
        stock_open();
        CHECK_EQUAL(stock_value("alpha"), 0xDD);
        smf_provider_finish(&stock.provider);
        stock.config.mode = SMF_MODE_ANY;
        stock_open();
        CHECK_EQUAL(stock_value("alpha"), order == 0 ? 0x11 : 0xDD);
        stock_end();
    }
}

/* A mode is a wish: what there is will do, until something better comes, anywhere. */
static void g6_a_mode_falls_back(void)
{
    stock_start();
    make(0, "alpha", 1, SMF_BACKEND_AUTO);
    make(1, "alpha", 2, SMF_BACKEND_C);
    stock.config.mode = SMF_MODE_DEBUG;
    stock_open();
    CHECK_EQUAL(stock_value("alpha"), 1);
    CHECK_EQUAL(stock_value("alpha"), 1);
    CHECK(stock_statistics().fallbacks == 1 && stock_statistics().modules.hits == 1);
    make(1, "alpha", 3, SMF_BACKEND_NATIVE);
    CHECK_EQUAL(stock_value("alpha"), 3);
    make(0, "alpha", 4, SMF_BACKEND_CRANELIFT); /* one that was passed over has changed */
    CHECK_EQUAL(stock_value("alpha"), 4);
    CHECK_EQUAL(stock_statistics().stale, 2);
    CHECK_EQUAL(stock_out(), 1);
    stock_end();
}

static void g6_a_backend_is_a_demand(void)
{
    static const enum smf_backend backends[] = {SMF_BACKEND_LLVM, SMF_BACKEND_CRANELIFT, SMF_BACKEND_C,
                                                SMF_BACKEND_WASM, SMF_BACKEND_VHDL,      SMF_BACKEND_NATIVE,
                                                SMF_BACKEND_BYL};
    for (unsigned i = 0; i < 7; i++) {
        tap_variant("backend=%u", i);
        stock_start();
        make(0, "alpha", 1, backends[(i + 1) % 7]);
        stock.config.backend = backends[i];
        stock.config.mode = SMF_MODE_RELEASE; /* counts for nothing */
        stock_open();
        stock_bytes("alpha", SMF_ERR_BACKEND);
        CHECK_EQUAL(stock.why.value, backends[(i + 1) % 7]);
        CHECK(strstr(stock_line(), smf_backend_name(backends[i])) != NULL);
        stock_object("alpha", SMF_ERR_BACKEND);
        CHECK(stock_value("alpha") == -1 && stock.why.status == SMF_ERR_BACKEND);
        CHECK_EQUAL(stock_out(), 0);
        make(1, "alpha", 2, backends[i]); /* another supplier has it */
        CHECK_EQUAL(stock_value("alpha"), 2);
        stock_end();
    }
    tap_variant("%s", "");
}

static void g6_a_long_name_is_cut(void)
{
    char name[100];
    stock_start();
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    stock_put(0, "alpha", 1);
    stock_open();
    stock_bytes(name, SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(stock.why.name[SMF_DIAGNOSIS_NAME_SIZE - 2], '~');
    stock_end();
}

static void g6_a_malformed_block(void)
{
    struct smf_metadata metadata;
    stock_start();
    make(0, "alpha", 1, SMF_BACKEND_LLVM);
    stock_file(0, "alpha")->bytes[stock_file(0, "alpha")->size - 128 + 88 + 12] = 1; /* reserved */
    stock.config.mode = SMF_MODE_RELEASE;
    stock_open();
    stock_bytes("alpha", SMF_ERR_FORMAT);
    CHECK_STATUS(smf_provider_metadata(&stock.provider, "alpha", &metadata, &stock.why), SMF_ERR_FORMAT);
    CHECK_EQUAL(stock_out(), 0);
    stock_end();
}

/* ---- G7 ---- */

static void g7_what_is_not_position_independent(void)
{
    const struct stock_recipe fixed = {.value = 1, .fixed = true};
    const struct stock_recipe patched = {.value = 2, .fixed = true, .relocations = true};
    stock_start();
    stock_make(0, "fixed", &fixed);
    stock_make(0, "patched", &patched);
    stock_open();
    stock_bytes("fixed", SMF_ERR_UNSUPPORTED);
    CHECK_EQUAL(stock.why.detail, SMF_DETAIL_NOT_PIC);
    CHECK(strstr(stock_line(), "'fixed'") != NULL);
    struct smf_source source = stock_bytes("patched", SMF_OK); /* its relocations say how */
    CHECK_EQUAL(stock_value_of(&source), 2);
    stock_give_back(&source);
    stock_object("fixed", SMF_ERR_UNSUPPORTED); /* an emitter gets neither */
    stock_object("patched", SMF_ERR_UNSUPPORTED);
    CHECK_EQUAL(stock.why.detail, SMF_DETAIL_EMIT_PIC);
    CHECK_EQUAL(stock_value("patched"), -1);
    struct smf_image *image = stock_reader("fixed", SMF_OK); /* looking is free */
    stock_give_back(image->source);
    stock_put_object(0, "fixed", "object", 6); /* and so is an object that is there */
    smf_provider_invalidate(&stock.provider, NULL);
    source = stock_object("fixed", SMF_OK);
    stock_give_back(&source);
    stock_end();
}

/* ---- G8 ---- */

static void g8_fixed_backend_means_llvm(void)
{
    stock_start();
    make(0, "alpha", 1, SMF_BACKEND_CRANELIFT);
    make(1, "alpha", 2, SMF_BACKEND_LLVM);
    make(0, "beta", 3, SMF_BACKEND_LLVM);
    stock.config.fixed_backend = true;
    stock_open();
    stock_bytes("alpha", SMF_ERR_BACKEND); /* the first supplier decides */
    CHECK(strstr(stock_line(), "llvm for alpha") != NULL);
    CHECK_EQUAL(stock_value("beta"), 3);
    CHECK_EQUAL(stock.shelves[1].finds, 0);
    stock_end();
}

static void g8_fixed_backend_makes_a_mode_a_demand(void)
{
    stock_start();
    make(0, "alpha", 1, SMF_BACKEND_LLVM);
    stock.config.fixed_backend = true;
    stock.config.mode = SMF_MODE_DEBUG;
    stock_open();
    stock_bytes("alpha", SMF_ERR_BACKEND);
    CHECK(strstr(stock_line(), "debug for alpha") != NULL);
    stock_end();
}

static void g8_fixed_backend_skips_no_export(void)
{
    stock_start();
    stock_make(0, "half", &(const struct stock_recipe){.value = 1, .backend = SMF_BACKEND_LLVM, .unreadable = true});
    stock.config.fixed_backend = true;
    stock_open();
    stock_object("half", SMF_ERR_SYMBOL);
    CHECK_EQUAL(stock.emitted, 0);
    stock_end();
}

/* D-26: invalid bytes in the first place are an error, whatever another place has. */
static void d26_invalid_bytes_are_no_reason_to_look_further(void)
{
    static const uint8_t noise[200] = {7};
    stock_start();
    stock_put_bytes(0, "alpha", noise, sizeof noise);
    make(1, "alpha", 2, SMF_BACKEND_LLVM);
    stock_open();
    stock_bytes("alpha", SMF_ERR_NOT_SMF);
    smf_provider_finish(&stock.provider);
    stock.config.backend = SMF_BACKEND_LLVM;
    stock_open();
    stock_bytes("alpha", SMF_ERR_NOT_SMF);
    stock_end();
}

/* ---- L11 ---- */

static void l11_a_stale_module_is_made_anew(void)
{
    stock_start();
    stock_make(0, "alpha", &(const struct stock_recipe){.value = 1, .hash = 100});
    stock_open();
    CHECK_EQUAL(stock_value("alpha"), 1); /* nobody knows what is expected */
    stock.expected = 100;
    CHECK_EQUAL(stock_value("alpha"), 1);
    CHECK_EQUAL(stock.regenerated, 0);
    stock.expected = 200;
    CHECK_EQUAL(stock_value("alpha"), 0x77);
    CHECK(stock.regenerated == 1 && stock_statistics().regenerated == 1);
    CHECK_EQUAL(stock_value("alpha"), 0x77);
    CHECK(stock.regenerated == 1 && stock_out() == 1);
    stock_put(0, "beta", 3); /* no hash at all */
    CHECK_EQUAL(stock_value("beta"), 0x77);
    CHECK_EQUAL(stock.regenerated, 2);
    stock_end();
}

static void l11_a_stale_object_is_made_anew(void)
{
    stock_start();
    stock_make(0, "alpha", &(const struct stock_recipe){.value = 1, .hash = 100});
    stock.expected = 100;
    stock_open();
    struct smf_source object = stock_object("alpha", SMF_OK);
    stock_give_back(&object);
    object = stock_object("alpha", SMF_OK);
    CHECK_EQUAL(stock.emitted, 1);
    stock_give_back(&object);
    stock.expected = 200;
    object = stock_object("alpha", SMF_OK);
    CHECK(stock.emitted == 2 && ((const uint8_t *)object.bytes)[0] == 0x77);
    stock_give_back(&object);
    stock_end();
}

static void l11_without_a_way_to_make_it(void)
{
    stock_start();
    stock.config.regenerate = NULL;
    stock_make(0, "alpha", &(const struct stock_recipe){.value = 1, .hash = 100});
    stock.expected = 0x200;
    stock_open();
    stock_bytes("alpha", SMF_ERR_BACKEND);
    CHECK(stock.why.detail == SMF_DETAIL_STALE && stock.why.value == 100 && stock.why.expected == 0x200);
    CHECK_EQUAL(stock_out(), 0);
    stock_end();
}

/* Made anew, and stale again: asked once, refused. */
static enum smf_status make_in_vain(void *context, const char *name, const struct smf_compile_options *found,
                                    struct smf_diagnosis *why)
{
    (void)name, (void)why;
    CHECK(context == &stock && found->hash == 100);
    stock.regenerated++;
    return SMF_OK;
}

static void l11_in_vain(void)
{
    stock_start();
    stock.config.regenerate = make_in_vain;
    stock_make(0, "alpha", &(const struct stock_recipe){.value = 1, .hash = 100});
    stock.expected = 0x200;
    stock_open();
    stock_bytes("alpha", SMF_ERR_BACKEND);
    CHECK(stock.why.detail == SMF_DETAIL_STALE && stock.regenerated == 1);
    CHECK_EQUAL(stock_out(), 0);
    stock_end();
}

static const struct tap_case cases[] = {
    {"g6_names_of_backends",                            g6_names_of_backends                           },
    {"g6_modes",                                        g6_modes                                       },
    {"s0_release_and_debug_switch_backends",            s0_release_and_debug_switch_backends           },
    {"g6_a_mode_falls_back",                            g6_a_mode_falls_back                           },
    {"g6_a_backend_is_a_demand",                        g6_a_backend_is_a_demand                       },
    {"g6_a_long_name_is_cut",                           g6_a_long_name_is_cut                          },
    {"g6_a_malformed_block",                            g6_a_malformed_block                           },
    {"g7_what_is_not_position_independent",             g7_what_is_not_position_independent            },
    {"g8_fixed_backend_means_llvm",                     g8_fixed_backend_means_llvm                    },
    {"g8_fixed_backend_makes_a_mode_a_demand",          g8_fixed_backend_makes_a_mode_a_demand         },
    {"g8_fixed_backend_skips_no_export",                g8_fixed_backend_skips_no_export               },
    {"d26_invalid_bytes_are_no_reason_to_look_further", d26_invalid_bytes_are_no_reason_to_look_further},
    {"l11_a_stale_module_is_made_anew",                 l11_a_stale_module_is_made_anew                },
    {"l11_a_stale_object_is_made_anew",                 l11_a_stale_object_is_made_anew                },
    {"l11_without_a_way_to_make_it",                    l11_without_a_way_to_make_it                   },
    {"l11_in_vain",                                     l11_in_vain                                    },
};
TAP_MAIN(cases)
