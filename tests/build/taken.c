/* SPDX-License-Identifier: MIT */
/*
 * taken.c - an address of an imported function that a module takes before a reload is good, current, and the same as
 * one taken later: position-independent code of smf build reads it from a word of its own, not from the slot.
 */
#include <stdlib.h>

#include "harness/tap.h"
#include "smf/port_posix.h"
#include "smf/system.h"
#include "system/carried.h"

enum { ARENA = 1 << 18 };

typedef int calculation(int value);

static struct smf_system live;

static struct smf_handle load(const char *name, const char *file)
{
    struct smf_handle handle = {0};
    const struct smf_source source = carried(file);
    const struct smf_system_item item = {.name = name, .source = &source};
    CHECK_STATUS(smf_system_load(&live, &item, SMF_LOAD_START, &handle, NULL), SMF_OK);
    return handle;
}

static void exchange(struct smf_handle *provider, const char *file)
{
    const struct smf_source source = carried(file);
    CHECK_STATUS(smf_system_reload(&live, *provider, &source, 0, provider, NULL), SMF_OK);
}

static void addresses_outlive_reloads(void)
{
    void *const arena = aligned_alloc(64, ARENA);
    const struct smf_system_config config = {
        .load = {.port = smf_port_posix(), .arena = arena, .arena_size = ARENA}
    };
    CHECK_STATUS(smf_system_start(&live, &config), SMF_OK);
    struct smf_handle provider = load("provider", "taken_1");
    load("importer", "taken_importer");
    calculation *(*const take)(void) = (calculation * (*)(void)) smf_system_function(&live, "take_it");
    int (*const is)(calculation *) = (int (*)(calculation *))smf_system_function(&live, "is_it");
    calculation *const call = (calculation *)smf_system_function(&live, "call_it");
    CHECK(take != NULL && is != NULL && call != NULL);
    if (take == NULL || is == NULL || call == NULL)
        return;
    calculation *const before = take();
    CHECK_EQUAL(before(5), 105);
    CHECK_EQUAL(call(5), 106);
    exchange(&provider, "taken_2");
    CHECK_EQUAL(before(5), 205);
    CHECK_EQUAL(call(5), 206);
    CHECK(take() == before);
    CHECK(is(before));
    /* Nobody can be in the first version any more, and no address of it is out: it is gone, the address is not. */
    smf_system_collect(&live);
    CHECK_EQUAL(live.statistics.retired, 0);
    CHECK_EQUAL(before(7), 207);
    exchange(&provider, "taken_1");
    CHECK_EQUAL(take()(7), 107);
    CHECK(take() == before);
    smf_system_finish(&live);
    free(arena);
}

static const struct tap_case cases[] = {
    {"addresses_outlive_reloads", addresses_outlive_reloads}
};
TAP_MAIN(cases)
