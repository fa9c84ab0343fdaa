/* SPDX-License-Identifier: MIT */
/*
 * conformance.c - port/conformance over both forms of the port, with memory that ends soon; what modules may do is
 * tried in U-mode.
 */
#include "conformance/conformance.h"

#include "access.h"
#include "board.h"
#include "harness/tap.h"
#include "smf/port_pmp.h"
#include "support/faults.h"

enum { REGIONS = 20, SIZE = 65536, LATER = 4096 };

static void nothing(void *context) { (void)context; }

static uint64_t now(void *context)
{
    (void)context;
    return board_instructions();
}

static bool faults(enum smf_port_try kind, uintptr_t address)
{
    return access_faults(kind == SMF_TRY_READ    ? ACCESS_READ
                         : kind == SMF_TRY_WRITE ? ACCESS_WRITE
                                                 : ACCESS_EXECUTE,
                         address);
}

static void check(bool power_of_two, bool one_pool)
{
    static struct smf_pmp pmp;
    static struct smf_pool_block blocks[3][REGIONS];
    static struct smf_pmp_record records[3 * REGIONS];
    const struct smf_pmp_config config = {
        .code = {smf_code_start + LATER,   SIZE,                blocks[0], REGIONS},
        .rodata = {smf_rodata_start + LATER, one_pool ? 0 : SIZE, blocks[1], REGIONS},
        .data = {smf_data_start + LATER,   one_pool ? 0 : SIZE, blocks[2], REGIONS},
        .records = records,
        .record_max = 3 * REGIONS,
        .power_of_two = power_of_two,
        .lock = nothing,
        .unlock = nothing,
        .now = now,
    };
    CHECK_STATUS(smf_pmp_start(&pmp, &config, &access_port, NULL), SMF_OK);
    struct smf_port_check tried = {.port = access_port, .faults = faults, .finite = true};
    for (unsigned i = 0; i < SMF_PROMISES; i++) {
        const char *const promise = smf_port_promise_name((enum smf_port_promise)i);
        const enum smf_promise_result result = smf_port_check_promise(&tried, (enum smf_port_promise)i);
        tap_variant("%s", promise);
        CHECK(result != SMF_PROMISE_BROKEN);
        if (result != SMF_PROMISE_KEPT)
            tap_note("%s: %s", promise, tried.why);
    }
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQUAL(pmp.pools[i].block_count, 0);
}

static void any_size(void) { check(false, false); }
static void any_size_in_one_pool(void) { check(false, true); }
static void powers_of_two(void) { check(true, false); }
static void powers_of_two_in_one_pool(void) { check(true, true); }

static const struct tap_case cases[] = {
    {"any_size",                  any_size                 },
    {"any_size_in_one_pool",      any_size_in_one_pool     },
    {"powers_of_two",             powers_of_two            },
    {"powers_of_two_in_one_pool", powers_of_two_in_one_pool}
};
TAP_MAIN(cases)
