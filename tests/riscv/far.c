/* SPDX-License-Identifier: MIT */
/*
 * far.c - RV64 with 2.5 GiB of memory: modules lie further behind the firmware than an AUIPC reaches (2 GiB), and
 * calls go both ways, to exports and through gates.
 */
#include "board.h"
#include "guests.h"
#include "harness/tap.h"

#define FAR 0x118000000u
enum { POOL = 0x100000 };

static void *far_pool(unsigned number) { return (void *)(uintptr_t)(FAR + number * (uint64_t)POOL); /* NOLINT */ }

static struct smf_pmp_config far_board(void)
{
    struct smf_pmp_config config = whole_board();
    struct smf_pmp_memory *const pools[] = {&config.code, &config.rodata, &config.data};
    for (unsigned i = 0; i < 3; i++) {
        pools[i]->bytes = far_pool(i);
        pools[i]->size = POOL;
    }
    return config;
}

static void gates_are_reached(void)
{
    struct guest guest;
    const struct smf_pmp_config config = far_board();
    start(&config);
    CHECK_STATUS(confine(&guest, BYTES(worker)), SMF_OK);
    CHECK(must_return(&guest, "where_code", 0, 0) - (uintptr_t)log_number > 0x80000000u);
    CHECK_EQUAL(must_return(&guest, "ask", 5, 0), 106);
    CHECK_EQUAL(logged, 5);
    CHECK_EQUAL(must_return(&guest, "through", 1, 9), 81);
    CHECK_EQUAL(must_return(&guest, "count", 0, 0), 6);
    (void)must_fault(&guest, "poke", must_return(&guest, "where_code", 0, 0) & ~(uintptr_t)3, SMF_FAULT_ACCESS);
    (void)must_fault(&guest, "peek", (uintptr_t)&secret, SMF_FAULT_ACCESS);
    (void)must_fault(&guest, "jump", (uintptr_t)log_number, SMF_FAULT_EXECUTE);
    dismiss(&guest);
    pools_are_empty();
}

/* Without confinement: a plain call from machine mode, and the module's into the firmware. */
static void exports_are_reached(void)
{
    struct smf_module *module;
    const struct smf_pmp_config config = far_board();
    start(&config);
    start_loader(smf_exports_resolve, (void *)(uintptr_t)gates.exports);
    CHECK_STATUS(load(&module, BYTES(worker)), SMF_OK);
    uintptr_t (*const ask)(uintptr_t) = (uintptr_t(*)(uintptr_t))smf_function(module, "ask");
    CHECK((uintptr_t)ask - (uintptr_t)log_number > 0x80000000u);
    CHECK_EQUAL(ask(41), 142);
    CHECK_EQUAL(logged, 41);
    CHECK_STATUS(smf_unload(&loader, module), SMF_OK);
}

static const struct tap_case cases[] = {
    {"gates_are_reached",   gates_are_reached  },
    {"exports_are_reached", exports_are_reached}
};
TAP_MAIN(cases)
