/* SPDX-License-Identifier: MIT */
/* mapper_own.c - symbols over this tree's own port: what is mapped, replaced and found again is called. */
#include "conformance/code.h"
#include "harness/tap.h"
#include "smf/mapper.h"
#include "support/own_port.h"

static struct smf_mapper mapper;
static uint64_t arena[512];

static void start(void)
{
    const struct smf_mapper_config config = {.port = own_port(), .arena = arena, .arena_size = sizeof arena};
    CHECK_STATUS(smf_mapper_start(&mapper, &config), SMF_OK);
}

static void map(const struct smf_mapper_policy *policy, const char *owner, const char *symbol, unsigned value)
{
    uint8_t code[SMF_CODE_MAX];
    uintptr_t address = 0;
    const size_t size = smf_code_return(code, value);
    CHECK(size != 0);
    CHECK_STATUS(smf_mapper_map(&mapper, policy, owner, symbol, code, size, 16, &address), SMF_OK);
    CHECK_EQUAL(address, smf_mapper_lookup(&mapper, symbol));
}

static int64_t call(const char *symbol)
{
    int64_t (*const function)(void) = (int64_t(*)(void))smf_mapper_function(&mapper, symbol);
    CHECK(function != NULL);
    return function != NULL ? function() : -1;
}

static void what_is_mapped_is_called(void)
{
    start();
    map(&smf_mapper_loader, "a", "answer", 42);
    map(&smf_mapper_jit, NULL, "compiled", 7);
    CHECK_EQUAL(call("answer"), 42);
    CHECK_EQUAL(call("compiled"), 7);
    CHECK_STATUS(smf_mapper_record(&mapper, &smf_mapper_loader, "a", "alias", smf_mapper_lookup(&mapper, "answer"), 4),
                 SMF_OK);
    CHECK_EQUAL(call("alias"), 42);
    CHECK_STATUS(smf_mapper_unmap(&mapper, "alias"), SMF_OK);
    CHECK_EQUAL(call("answer"), 42);
    smf_mapper_finish(&mapper);
}

/* Again and again: no version's instructions are left wherever the processor keeps them, and no region is lost. */
static void the_code_that_was_mapped_last_is_called(void)
{
    start();
    for (unsigned value = 0; value < 100; value++) {
        map(&smf_mapper_jit, NULL, "compiled", value);
        CHECK_EQUAL(call("compiled"), value);
    }
    struct smf_mapper_statistics statistics;
    smf_mapper_get_statistics(&mapper, &statistics);
    CHECK_EQUAL(statistics.generation, 100);
    CHECK_EQUAL(statistics.region_count, 1);
    CHECK_EQUAL(smf_mapper_unmap_owner(&mapper, "__jit__"), 1);
    CHECK(smf_mapper_function(&mapper, "compiled") == NULL);
    smf_mapper_finish(&mapper);
}

static const struct tap_case cases[] = {
    {"what_is_mapped_is_called",                what_is_mapped_is_called               },
    {"the_code_that_was_mapped_last_is_called", the_code_that_was_mapped_last_is_called},
};
TAP_MAIN(cases)
