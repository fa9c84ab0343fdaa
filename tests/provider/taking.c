/* SPDX-License-Identifier: MIT */
/* taking.c - single objects through a provider's taker: held with their module, forgotten when that changes. */
#include <string.h>

#include "provider/stock.h"
#include "smf/taker.h"

static struct smf_taker taker;
static uint8_t memory[1 << 13];

static void begin(void)
{
    struct smf_taker_config config = smf_taker_defaults();
    config.arena = memory;
    config.arena_size = sizeof memory;
    stock_start();
    CHECK_STATUS(smf_taker_start(&taker, &config), SMF_OK);
    stock.config.taker = &taker;
}

static void end(void)
{
    struct smf_taker_statistics statistics;
    smf_taker_get_statistics(&taker, &statistics);
    CHECK_EQUAL(statistics.held, 0);
    stock_end();
    smf_taker_finish(&taker);
}

static enum smf_status take(const char *symbol, struct smf_taken *taken, struct smf_source *module)
{
    return smf_provider_instantiate(&stock.provider, "alpha", symbol, NULL, taken, module, &stock.why);
}

/* First byte of what was taken; -1: nothing. */
static int value_of(const char *symbol)
{
    struct smf_taken taken;
    struct smf_source module;
    if (take(symbol, &taken, &module) != SMF_OK)
        return -1;
    CHECK(taken.kind == SMF_TAKEN_CODE && taken.size != 0);
    const int value = *(const uint8_t *)taken.bytes;
    CHECK_STATUS(smf_provider_give_back_taken(&stock.provider, &taken, &module), SMF_OK);
    return value;
}

static void an_object_is_taken(void)
{
    struct smf_taken taken;
    struct smf_source module;
    struct smf_taker_statistics statistics;
    begin();
    stock_put(0, "alpha", 5);
    stock_open();
    CHECK_STATUS(take("alpha", &taken, &module), SMF_OK);
    CHECK(taken.kind == SMF_TAKEN_CODE && taken.size == 16 && *(const uint8_t *)taken.bytes == 5);
    CHECK_EQUAL(stock_statistics().held, 1);
    smf_provider_invalidate(&stock.provider, NULL); /* held: it stays */
    CHECK(stock_out() == 1 && *(const uint8_t *)taken.bytes == 5);
    CHECK_STATUS(smf_provider_give_back_taken(&stock.provider, &taken, &module), SMF_OK);
    CHECK_EQUAL(stock_out(), 0);
    CHECK_STATUS(smf_provider_give_back_taken(&stock.provider, &taken, &module), SMF_ERR_ARGUMENT);
    CHECK(value_of("alpha_second") == 5 && value_of("alpha_second") == 5);
    smf_taker_get_statistics(&taker, &statistics);
    CHECK_EQUAL(statistics.instances.hits, 1);
    end();
}

/* The taker knows names only; what it kept of the older module is not served for the newer one. */
static void what_changed_is_forgotten(void)
{
    struct smf_taken taken;
    struct smf_source module;
    begin();
    stock_put(0, "alpha", 5);
    stock_open();
    CHECK_EQUAL(value_of("alpha"), 5);
    CHECK_STATUS(take("alpha", &taken, &module), SMF_OK);
    stock_put(0, "alpha", 6);
    CHECK_EQUAL(value_of("alpha"), 6);
    CHECK_EQUAL(*(const uint8_t *)taken.bytes, 5);
    CHECK_STATUS(smf_provider_give_back_taken(&stock.provider, &taken, &module), SMF_OK);
    CHECK_EQUAL(value_of("alpha"), 6);
    stock_remove(0, "alpha");
    CHECK_EQUAL(value_of("alpha"), -1);
    stock_put(1, "alpha", 7);
    CHECK_EQUAL(value_of("alpha"), 7);
    end();
}

static void what_cannot_be_taken(void)
{
    struct smf_taken taken;
    struct smf_source module = {.size = 77};
    begin();
    stock_make(0, "alpha", &(const struct stock_recipe){.value = 1, .fixed = true, .relocations = true});
    stock_open();
    CHECK_STATUS(take("alpha", &taken, &module), SMF_ERR_UNSUPPORTED); /* not position-independent */
    CHECK_EQUAL(stock.why.detail, SMF_DETAIL_EMIT_PIC);
    CHECK(taken.kind == SMF_TAKEN_ERROR && module.size == 77);
    CHECK_STATUS(take("none", &taken, &module), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(taken.kind, SMF_TAKEN_NOT_FOUND);
    CHECK_STATUS(take("", &taken, &module), SMF_ERR_ARGUMENT);
    CHECK_STATUS(take(NULL, &taken, &module), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_provider_instantiate(&stock.provider, "no", "f", NULL, &taken, &module, &stock.why),
                 SMF_ERR_NOT_FOUND);
    CHECK(stock.why.detail == SMF_DETAIL_NO_MODULE && taken.kind == SMF_TAKEN_NOT_FOUND);
    CHECK_EQUAL(stock_statistics().held, 0);
    smf_provider_finish(&stock.provider);
    stock.config.taker = NULL;
    stock_open();
    CHECK_STATUS(take("alpha", &taken, &module), SMF_ERR_UNSUPPORTED);
    CHECK_EQUAL(stock.why.detail, SMF_DETAIL_NO_TAKER);
    end();
}

/* Types for what is not generic are refused by the taker, and nothing stays held. */
static void types_for_a_concrete_function(void)
{
    struct smf_taken taken;
    struct smf_source module;
    const struct smf_type *types = NULL;
    struct smf_type room[2];
    begin();
    stock_put(0, "alpha", 5);
    stock_open();
    CHECK_STATUS(smf_types_parse("i64", 3, room, 2, &types), SMF_OK);
    CHECK_STATUS(smf_provider_instantiate(&stock.provider, "alpha", "alpha", types, &taken, &module, &stock.why),
                 SMF_ERR_TYPE);
    CHECK(taken.kind == SMF_TAKEN_ERROR && stock_statistics().held == 0);
    end();
}

static const struct tap_case cases[] = {
    {"an_object_is_taken",            an_object_is_taken           },
    {"what_changed_is_forgotten",     what_changed_is_forgotten    },
    {"what_cannot_be_taken",          what_cannot_be_taken         },
    {"types_for_a_concrete_function", types_for_a_concrete_function},
};
TAP_MAIN(cases)
