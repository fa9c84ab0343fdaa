/* SPDX-License-Identifier: MIT */
/* provided.c - instances out of modules that a provider has by name: they run, are cached, and follow the module that changes. */
#include <string.h>

#include "provider/stock.h"
#include "smf/instantiator.h"
#include "support/own_port.h"
#include "support/template_forge.h"

static uint64_t taker_memory[1024], instantiator_memory[2048], mapper_memory[512];
static struct smf_mapper mapper;
static struct smf_instantiator instantiator;
static struct smf_taker_maker maker;
static struct smf_taker taker;

/* "alpha" with one template, whose parameter has this name; what uses it says the note. */
static void put(const char *parameter, const char *used_with)
{
    struct smf_write_record changed = forge_size_of;
    const struct smf_write_parameter named = {parameter, 0};
    const struct smf_write_record *const records[] = {&changed};
    const struct smf_write_sdn_row row = {
        SMF_SDN_TYPE_INFERENCES, {used_with, "size_of", "call_site", "a.c", "1"}
    };
    const struct template_module what = {
        .records = records, .record_count = 1, .rows = &row, .row_count = 1, .arch = smf_arch_native()->id};
    struct forged file;
    changed.parameters = &named;
    forge_template_module(&what, &file);
    stock_put_bytes(0, "alpha", file.bytes, file.size);
    forge_free(&file);
}

static void begin(void)
{
    const struct smf_mapper_config mapping = {
        .port = own_port(), .arena = mapper_memory, .arena_size = sizeof mapper_memory};
    struct smf_instantiator_config making = smf_instantiator_defaults();
    struct smf_taker_config config = smf_taker_defaults();
    CHECK_STATUS(smf_mapper_start(&mapper, &mapping), SMF_OK);
    making.arch = smf_arch_native();
    making.features = forge_features;
    making.mapper = &mapper;
    making.arena = instantiator_memory;
    making.arena_size = sizeof instantiator_memory;
    CHECK_STATUS(smf_instantiator_start(&instantiator, &making), SMF_OK);
    maker = smf_instantiator_taker_maker(&instantiator);
    config.arena = taker_memory;
    config.arena_size = sizeof taker_memory;
    config.instantiator = &maker;
    stock_start();
    CHECK_STATUS(smf_taker_start(&taker, &config), SMF_OK);
    stock.config.taker = &taker;
    put("T", "u16");
    stock_open();
}

static uint32_t instances(void)
{
    struct smf_instantiator_statistics statistics;
    smf_instantiator_get_statistics(&instantiator, &statistics);
    return statistics.instances;
}

static void end(void)
{
    stock_end();
    smf_taker_finish(&taker);
    CHECK_EQUAL(instances(), 0);
    smf_instantiator_finish(&instantiator);
    smf_mapper_finish(&mapper);
}

static enum smf_status take(const char *text, struct smf_taken *taken, struct smf_source *module)
{
    static struct smf_type room[4];
    const struct smf_type *types = NULL;
    CHECK_STATUS(smf_types_parse(text, strlen(text), room, 4, &types), SMF_OK);
    return smf_provider_instantiate(&stock.provider, "alpha", "size_of", types, taken, module, &stock.why);
}

static size_t call(const struct smf_taken *taken) { return ((size_t(*)(void))taken->address)(); }

/* What size_of answers for these types; "": for those that it is used with. */
static size_t size_of(const char *types)
{
    struct smf_taken taken;
    struct smf_source module;
    if (take(types, &taken, &module) != SMF_OK)
        return 0;
    CHECK(taken.kind == SMF_TAKEN_CODE && taken.made && taken.address != 0);
    const size_t size = taken.address != 0 ? call(&taken) : 0;
    CHECK_STATUS(smf_provider_give_back_taken(&stock.provider, &taken, &module), SMF_OK);
    return size;
}

static void instances_out_of_a_provider(void)
{
    begin();
    for (unsigned time = 0; time < 2; time++) {
        CHECK_EQUAL(size_of("i64"), 8);
        CHECK_EQUAL(size_of(""), 2);
    }
    CHECK(instances() == 2 && instantiator.statistics.made == 2);
    end();
}

static void a_module_that_changes_has_other_instances(void)
{
    struct smf_taken held;
    struct smf_source module;
    begin();
    CHECK_STATUS(take("i32", &held, &module), SMF_OK);
    put("Element", "i8");
    CHECK_EQUAL(size_of(""), 1);
    CHECK_EQUAL(size_of("i32"), 4);
    CHECK_EQUAL(call(&held), 4);
    CHECK_EQUAL(instances(), 3);
    CHECK_STATUS(smf_provider_give_back_taken(&stock.provider, &held, &module), SMF_OK);
    CHECK_EQUAL(instances(), 2);
    end();
}

static void what_cannot_be_made_holds_nothing(void)
{
    struct smf_taken taken;
    struct smf_source module;
    begin();
    CHECK_STATUS(take("i32, i32", &taken, &module), SMF_ERR_ARITY);
    CHECK_EQUAL(taken.kind, SMF_TAKEN_ERROR);
    CHECK_STATUS(take("Point", &taken, &module), SMF_ERR_TYPE);
    CHECK(stock_statistics().held == 0 && instances() == 0);
    end();
}

static const struct tap_case cases[] = {
    {"instances_out_of_a_provider",               instances_out_of_a_provider              },
    {"a_module_that_changes_has_other_instances", a_module_that_changes_has_other_instances},
    {"what_cannot_be_made_holds_nothing",         what_cannot_be_made_holds_nothing        },
};
TAP_MAIN(cases)
