/* SPDX-License-Identifier: MIT */
/* exec_own.c - executable memory by hand over this tree's own port: code is written, sealed, called, patched. */
#include <string.h>

#include "conformance/code.h"
#include "harness/tap.h"
#include "smf/exec.h"
#include "support/own_port.h"
#ifndef SMF_TESTS_BOARD
#include "support/maps.h"
#endif

static struct smf_exec exec;
static struct smf_exec_block blocks[4];

static void start(void)
{
    const struct smf_exec_config config = {.port = own_port(), .blocks = blocks, .block_count = 4};
    CHECK_STATUS(smf_exec_start(&exec, &config), SMF_OK);
}

/* The port's own memory is what it was before, and nothing is executable that was writable. */
static size_t both_now(void)
{
    size_t both = 0;
#ifndef SMF_TESTS_BOARD
    size_t mappings;
    maps_count(&mappings, &both);
#endif
    return both;
}

static struct smf_region seal(const uint8_t *code, size_t size)
{
    struct smf_region region = {0};
    const size_t before = both_now();
    CHECK(size != 0);
    CHECK_STATUS(smf_exec_alloc(&exec, size, 16, SMF_ACCESS_RX, &region), SMF_OK);
    CHECK_EQUAL(both_now(), before);
    CHECK_STATUS(smf_exec_write(&exec, region.address, 0, code, size), SMF_OK);
    CHECK_STATUS(smf_exec_seal(&exec, region.address), SMF_OK);
    CHECK_EQUAL(both_now(), before);
    return region;
}

static void calls_take_up_to_two_arguments(void)
{
    static const int64_t arguments[] = {INT64_C(0x1234567890), INT64_C(-0x1234567880)};
    uint8_t code[SMF_CODE_MAX];
    int64_t result = 0;
    start();
    struct smf_region region = seal(code, smf_code_return(code, 42));
    CHECK_STATUS(smf_exec_call(&exec, region.address, NULL, 0, &result), SMF_OK);
    CHECK_EQUAL(result, 42);
    region = seal(code, smf_code_first(code));
    CHECK_STATUS(smf_exec_call(&exec, region.address, arguments, 1, &result), SMF_OK);
    CHECK_EQUAL(result, INT64_C(0x1234567890));
    region = seal(code, smf_code_add(code));
    CHECK_STATUS(smf_exec_call(&exec, region.address, arguments, 2, &result), SMF_OK);
    CHECK_EQUAL(result, 16);
    struct smf_exec_totals totals;
    smf_exec_totals(&exec, &totals);
    CHECK_EQUAL(totals.executable, 3);
    smf_exec_finish(&exec);
}

/* Each version is called: the old one's instructions are gone from wherever the processor keeps them. */
static void patched_code_runs_as_it_was_written_last(void)
{
    uint8_t code[SMF_CODE_MAX];
    start();
    const struct smf_region region = seal(code, smf_code_return(code, 1));
    const size_t both = both_now();
    for (unsigned value = 2; value < 40; value++) {
        const size_t size = smf_code_return(code, value);
        int64_t result = 0;
        CHECK_STATUS(smf_exec_write(&exec, region.address, 0, code, size), SMF_ERR_PROTECT);
        CHECK_STATUS(smf_exec_unseal(&exec, region.address), SMF_OK);
        CHECK_STATUS(smf_exec_call(&exec, region.address, NULL, 0, &result), SMF_ERR_PROTECT);
        CHECK_STATUS(smf_exec_write(&exec, region.address, 0, code, size), SMF_OK);
        CHECK_STATUS(smf_exec_seal(&exec, region.address), SMF_OK);
        CHECK_STATUS(smf_exec_call(&exec, region.address, NULL, 0, &result), SMF_OK);
        CHECK_EQUAL(result, value);
        CHECK_EQUAL(both_now(), both);
    }
    smf_exec_finish(&exec);
    enum smf_access access;
    CHECK_STATUS(smf_exec_query(&exec, region.address, &access), SMF_ERR_NOT_FOUND);
}

static void more_than_the_port_has_is_refused(void)
{
    struct smf_region region;
    start();
    CHECK_STATUS(smf_exec_alloc(&exec, SIZE_MAX / 2, 0, SMF_ACCESS_RX, &region), SMF_ERR_NO_MEMORY);
    CHECK_STATUS(smf_exec_alloc(&exec, 16, 0, SMF_ACCESS_RWX, &region), SMF_ERR_PROTECT);
    smf_exec_finish(&exec);
}

static const struct tap_case cases[] = {
    {"calls_take_up_to_two_arguments",           calls_take_up_to_two_arguments          },
    {"patched_code_runs_as_it_was_written_last", patched_code_runs_as_it_was_written_last},
    {"more_than_the_port_has_is_refused",        more_than_the_port_has_is_refused       },
};
TAP_MAIN(cases)
