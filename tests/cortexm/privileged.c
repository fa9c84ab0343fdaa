/* SPDX-License-Identifier: MIT */
/*
 * privileged.c - what the firmware itself may do with memory for modules: faults of privileged code, provoked and
 * seen; code that runs while other code is loaded; single stores into what is sealed.
 */
#include <string.h>

#include "board.h"
#include "cortexm_run.h"
#include "guard.h"
#include "harness/tap.h"
#include "mpu.h"

#define DATA_FAULT 0x82u
#define FETCH_FAULT 0x01u
#define CODE_PART ((size_t)(smf_code_end - smf_code_start) / 8)

static const uint16_t answer_42[] = {0x202a, 0x4770}; /* movs r0, #42; bx lr */
static const struct smf_port *port;

static void take(struct smf_region *region, size_t size, enum smf_access access)
{
    const struct smf_region_request request = {size, 32, access, 0, 0};
    port = board_port();
    CHECK(port != NULL);
    CHECK_STATUS(port->reserve(port->context, &request, 1, region), SMF_OK);
    memset(region->bytes, 0, size);
    memcpy(region->bytes, answer_42, sizeof answer_42);
}

static void seal(struct smf_region *region)
{
    CHECK_STATUS(port->protect(port->context, region, region->access), SMF_OK);
    port->sync_code(port->context, region);
}

static void give(struct smf_region *region) { port->release(port->context, region, 1); }

static void sealed_code_is_not_writable(void)
{
    struct smf_region code;
    take(&code, 256, SMF_ACCESS_RX);
    CHECK_EQUAL(guard_try(GUARD_WRITE, code.address + 8, 1), 0);
    seal(&code);
    CHECK_EQUAL(guard_try(GUARD_WRITE, code.address + 8, 2), DATA_FAULT);
    CHECK_EQUAL(guard_try(GUARD_READ, code.address + 8, 0), 0);
    CHECK_EQUAL(guard_result(), 1);
    CHECK_EQUAL(guard_try(GUARD_CALL, code.address, 0), 0);
    CHECK_EQUAL(guard_result(), 42);
    give(&code);
    CHECK_EQUAL(guard_try(GUARD_WRITE, code.address + 8, 3), 0); /* free memory is the firmware's */
}

static void only_sealed_code_executes(void)
{
    struct smf_region code, data, constants;
    static uint16_t own[2];
    take(&code, 256, SMF_ACCESS_RX);
    take(&data, 256, SMF_ACCESS_RW);
    take(&constants, 256, SMF_ACCESS_RO);
    CHECK_EQUAL(guard_try(GUARD_CALL, code.address, 0), FETCH_FAULT);
    CHECK_EQUAL(guard_try(GUARD_CALL, data.address, 0), FETCH_FAULT);
    seal(&data);
    seal(&constants);
    CHECK_EQUAL(guard_try(GUARD_CALL, data.address, 0), FETCH_FAULT);
    CHECK_EQUAL(guard_try(GUARD_CALL, constants.address, 0), FETCH_FAULT);
    memcpy(own, answer_42, sizeof own);
    CHECK_EQUAL(guard_try(GUARD_CALL, (uintptr_t)own, 0), FETCH_FAULT);
    seal(&code);
    CHECK_EQUAL(guard_try(GUARD_CALL, code.address, 0), 0);
    give(&constants);
    give(&data);
    give(&code);
    CHECK_EQUAL(guard_try(GUARD_CALL, code.address, 0), FETCH_FAULT); /* gone with its release */
}

/* Each state allows exactly what it should, a hundred times. */
static void flips_100_times(void)
{
    struct smf_region code;
    unsigned right = 0, faults = 0;
    take(&code, 64, SMF_ACCESS_RX);
    for (unsigned i = 0; i < 100; i++) {
        const uint16_t answer[] = {(uint16_t)(0x2000 | i), 0x4770};
        CHECK_STATUS(port->protect(port->context, &code, SMF_ACCESS_RW), SMF_OK);
        faults += guard_try(GUARD_CALL, code.address, 0) == FETCH_FAULT;
        memcpy(code.bytes, answer, sizeof answer);
        seal(&code);
        right += guard_try(GUARD_CALL, code.address, 0) == 0 && guard_result() == i;
        faults += guard_try(GUARD_WRITE, code.address, 0) == DATA_FAULT;
    }
    CHECK_EQUAL(right, 100);
    CHECK_EQUAL(faults, 200);
    give(&code);
}

static uint32_t try_call(const struct smf_region *region) { return guard_try(GUARD_CALL, region->address, 0); }

/* Two regions that share a part of the pool (Armv7-M) or lie behind one another (Armv8-M). */
static void modules_run_while_others_are_loaded(void)
{
    struct smf_region first, second, third;
    take(&first, 256, SMF_ACCESS_RX);
    seal(&first);
    CHECK_EQUAL(try_call(&first), 0);
    take(&second, 256, SMF_ACCESS_RX);
    CHECK(second.address - first.address < CODE_PART);
    CHECK_EQUAL(try_call(&first), 0);
    CHECK_EQUAL(guard_try(GUARD_WRITE, first.address + 8, 1), DATA_FAULT);
    CHECK_EQUAL(guard_try(GUARD_WRITE, second.address + 8, 1), 0);
    CHECK_EQUAL(try_call(&second), FETCH_FAULT);
    seal(&second);
    CHECK_EQUAL(try_call(&first), 0);
    CHECK_EQUAL(try_call(&second), 0);
    CHECK_EQUAL(guard_try(GUARD_WRITE, second.address + 8, 2), DATA_FAULT);
    /* One that has a part of its own. */
    take(&third, CODE_PART, SMF_ACCESS_RX);
    CHECK_EQUAL(try_call(&second), 0);
    CHECK_EQUAL(guard_try(GUARD_WRITE, third.address + CODE_PART - 4, 1), 0);
    CHECK_EQUAL(try_call(&third), FETCH_FAULT);
    seal(&third);
    CHECK_EQUAL(try_call(&third), 0);
    /* The first goes, and its place is taken anew and written, while those behind it run on. */
    give(&first);
    take(&first, 256, SMF_ACCESS_RX);
    CHECK_EQUAL(guard_try(GUARD_WRITE, first.address + 8, 1), 0);
    CHECK_EQUAL(try_call(&first), FETCH_FAULT);
    CHECK_EQUAL(try_call(&second), 0);
    CHECK_EQUAL(try_call(&third), 0);
    CHECK_EQUAL(guard_try(GUARD_WRITE, second.address + 8, 2), DATA_FAULT);
    seal(&first);
    CHECK_EQUAL(try_call(&third), 0);
    give(&third);
    give(&second);
    give(&first);
}

/* As long as the unit has entries: five for regions in one part (Armv7-M), one for what lies behind a gap (Armv8-M). */
static void too_many_at_once_hide_their_neighbours(void)
{
    enum { COUNT = 8, OPEN = SMF_CORTEXM_HAS_LIMITS ? 1 : 5, STEP = SMF_CORTEXM_HAS_LIMITS ? 2 : 1 };
    struct smf_region regions[COUNT];
    for (unsigned i = 0; i < COUNT; i++) {
        take(&regions[i], 256, SMF_ACCESS_RX);
        seal(&regions[i]);
    }
    for (unsigned i = 0; i <= OPEN; i++) {
        CHECK_STATUS(port->protect(port->context, &regions[1 + i * STEP], SMF_ACCESS_RW), SMF_OK);
        CHECK_EQUAL(guard_try(GUARD_WRITE, regions[1 + i * STEP].address + 8, 1), 0);
        CHECK_EQUAL(try_call(&regions[1 + i * STEP]), FETCH_FAULT);
        CHECK_EQUAL(try_call(&regions[COUNT - 1]), i < OPEN ? 0 : FETCH_FAULT);
    }
    for (unsigned i = 0; i <= OPEN; i++) {
        seal(&regions[1 + i * STEP]);
        CHECK_EQUAL(try_call(&regions[COUNT - 1]), 0);
    }
    for (unsigned i = 0; i < COUNT; i++) {
        CHECK_EQUAL(try_call(&regions[i]), 0);
        give(&regions[i]);
    }
}

static uint32_t word_at(const struct smf_region *region, size_t offset)
{
    uint32_t word;
    memcpy(&word, region->bytes + offset, sizeof word);
    return word;
}

/* Sealed constants take stores through the port; where the unit can say so, through nothing else. */
static void sealed_slots_take_single_stores(void)
{
    struct smf_region slots;
    struct smf_store stores[SMF_STORES_MAX];
    take(&slots, 256, SMF_ACCESS_RO);
    seal(&slots);
    CHECK_EQUAL(guard_try(GUARD_WRITE, slots.address, 1), SMF_CORTEXM_HAS_LIMITS ? DATA_FAULT : 0);
    for (uint32_t i = 0; i < SMF_STORES_MAX; i++)
        stores[i] = (struct smf_store){i * 4, 100 + i};
    uint64_t counted[2];
    for (unsigned i = 0; i < 2; i++) {
        const uint64_t before = board_instructions();
        port->store(port->context, &slots, stores, i == 0 ? 1 : SMF_STORES_MAX);
        counted[i] = board_instructions() - before;
    }
    for (uint32_t i = 0; i < SMF_STORES_MAX; i++)
        CHECK_EQUAL(word_at(&slots, i * 4), 100 + i);
    CHECK_EQUAL(guard_try(GUARD_WRITE, slots.address, 1), SMF_CORTEXM_HAS_LIMITS ? DATA_FAULT : 0);
    CHECK_EQUAL(guard_try(GUARD_CALL, slots.address, 0), FETCH_FAULT);
    tap_note("store: %u instructions for 1, %u for %u, the call included", (unsigned)counted[0], (unsigned)counted[1],
             SMF_STORES_MAX);
    CHECK(counted[1] <= SMF_MPU_WINDOW);
    give(&slots);
}

static void protect_refuses_what_is_no_region(void)
{
    struct smf_region code;
    take(&code, 512, SMF_ACCESS_RX);
    struct smf_region part = code;
    part.address += 32;
    CHECK_STATUS(port->protect(port->context, &part, SMF_ACCESS_RX), SMF_ERR_PROTECT);
    part = code;
    part.size = 64;
    CHECK_STATUS(port->protect(port->context, &part, SMF_ACCESS_RX), SMF_ERR_PROTECT);
    CHECK_STATUS(port->protect(port->context, &code, SMF_ACCESS_RWX), SMF_ERR_PROTECT);
    enum smf_access access;
    CHECK_STATUS(port->query(port->context, code.address + 511, &access), SMF_OK);
    CHECK_EQUAL(access, SMF_ACCESS_RW);
    CHECK_STATUS(port->query(port->context, code.address + 512, &access), SMF_ERR_NOT_FOUND);
    give(&code);
}

static const struct tap_case cases[] = {
    {"sealed_code_is_not_writable",            sealed_code_is_not_writable           },
    {"only_sealed_code_executes",              only_sealed_code_executes             },
    {"flips_100_times",                        flips_100_times                       },
    {"modules_run_while_others_are_loaded",    modules_run_while_others_are_loaded   },
    {"too_many_at_once_hide_their_neighbours", too_many_at_once_hide_their_neighbours},
    {"sealed_slots_take_single_stores",        sealed_slots_take_single_stores       },
    {"protect_refuses_what_is_no_region",      protect_refuses_what_is_no_region     },
};
TAP_MAIN(cases)
