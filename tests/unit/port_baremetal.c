/* SPDX-License-Identifier: MIT */
/*
 * port_baremetal.c - the logic of port/baremetal over a processor made of paper: it believes an entry only once it was
 * flushed, and counts what it was asked to do. What real page tables do, tests/baremetal shows on the boards.
 */
#include "baremetal/machine.h"
#include "harness/tap.h"

#include <string.h>

enum { PAGE = SMF_BAREMETAL_PAGE, PAGES = 24, BOOKS = 16, RESERVES = 6 };

static uint8_t memory[PAGES * PAGE] __attribute__((aligned(4096)));
static uint64_t entries[PAGES];
static struct smf_pool_block books[BOOKS];

/* ---- The processor ---- */

static struct {
    uint64_t believed[PAGES]; /* its TLB */
    bool ready, leads;
    unsigned masked, windows; /* now; windows closed again */
} machine;

enum { VALID = 1, OPEN = 2, ACCESS_BIT = 4 };

bool smf_machine_ready(unsigned memory_type, struct smf_diagnosis *why)
{
    why->value = memory_type;
    why->expected = 77;
    return machine.ready;
}
uint64_t smf_machine_entry(uint64_t physical, enum smf_access access, bool open, unsigned memory_type)
{
    (void)memory_type;
    return physical | VALID | (open ? OPEN : 0) | (uint64_t)access * ACCESS_BIT;
}
bool smf_machine_access(uint64_t entry, enum smf_access *access)
{
    *access = (enum smf_access)(entry / ACCESS_BIT & 3);
    return (entry & VALID) != 0;
}
bool smf_machine_is_open(uint64_t entry) { return (entry & OPEN) != 0; }
bool smf_machine_leads(uintptr_t address, uint64_t physical)
{
    return machine.leads && address - (uintptr_t)memory == physical - 0x100000;
}
void smf_machine_flush(uintptr_t address, size_t count)
{
    const size_t first = (address - (uintptr_t)memory) / PAGE;
    CHECK(address % PAGE == 0 && first + count <= PAGES);
    for (size_t i = first; i < first + count && i < PAGES; i++)
        machine.believed[i] = entries[i];
}
void smf_machine_sync_code(void *context, const struct smf_region *region) { (void)context, (void)region; }
uintptr_t smf_machine_mask(void) { return machine.masked++; }
void smf_machine_unmask(uintptr_t before)
{
    machine.masked = (unsigned)before;
    machine.windows++;
}

/* ---- The port on it ---- */

static struct smf_baremetal baremetal;
static const struct smf_port *port;
static unsigned others;

static void tell_others(void *context, uintptr_t address, size_t size)
{
    (void)context;
    others += address % PAGE == 0 && size % PAGE == 0;
}

static struct smf_baremetal_config whole(void)
{
    return (struct smf_baremetal_config){
        .code = {memory, sizeof memory, entries, 0x100000, books, BOOKS},
          .flush_others = tell_others
    };
}

static void start(void)
{
    const struct smf_baremetal_config config = whole();
    memset(&machine, 0, sizeof machine);
    memset(entries, 0x5a, sizeof entries); /* what start-up left there */
    machine.ready = machine.leads = true;
    CHECK_STATUS(smf_baremetal_start(&baremetal, &config, &port, NULL), SMF_OK);
}

/* The processor believes what is written, and what nobody reserved is not mapped. Returns how many pages are. */
static unsigned mapped(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i < PAGES; i++) {
        CHECK_EQUAL(machine.believed[i], entries[i]);
        CHECK(entries[i] == 0 || (entries[i] & ~(uint64_t)0xfff) == 0x100000 + i * PAGE);
        count += entries[i] != 0;
    }
    CHECK_EQUAL(machine.masked, 0);
    return count;
}

static void start_asks_the_processor_and_unmaps(void)
{
    struct smf_baremetal_config config = whole();
    struct smf_diagnosis why;
    start();
    CHECK_EQUAL(mapped(), 0);
    machine.ready = false;
    CHECK_STATUS(smf_baremetal_start(&baremetal, &config, &port, &why), SMF_ERR_UNSUPPORTED);
    CHECK_EQUAL(why.detail, SMF_DETAIL_MACHINE_STATE);
    CHECK_EQUAL(why.expected, 77);
    machine.ready = true;
    machine.leads = false;
    entries[3] = 99;
    CHECK_STATUS(smf_baremetal_start(&baremetal, &config, &port, &why), SMF_ERR_ARGUMENT);
    CHECK_EQUAL(why.detail, SMF_DETAIL_POOL_TABLES);
    CHECK_EQUAL(why.expected, PAGES);
    CHECK_EQUAL(entries[3], 99); /* as it was */
    machine.leads = true;
    config.code.physical += PAGE;
    CHECK_STATUS(smf_baremetal_start(&baremetal, &config, &port, &why), SMF_ERR_ARGUMENT);
    CHECK_EQUAL(why.value, 0);
}

static void every_change_is_flushed(void)
{
    const struct smf_region_request requests[3] = {
        {.size = PAGE + 1, .alignment = 16,       .access = SMF_ACCESS_RX},
        {.size = 1,        .alignment = 1,        .access = SMF_ACCESS_RO},
        {.size = 2 * PAGE, .alignment = 2 * PAGE, .access = SMF_ACCESS_RW}
    };
    const struct smf_store stores[3] = {
        {0,  1},
        {8,  2},
        {16, 3}
    };
    struct smf_region regions[3];
    enum smf_access access;
    start();
    others = 0;
    CHECK_STATUS(port->reserve(port->context, requests, 3, regions), SMF_OK);
    CHECK_EQUAL(mapped(), 5);
    CHECK_STATUS(port->protect(port->context, &regions[0], SMF_ACCESS_RX), SMF_OK);
    CHECK_STATUS(port->protect(port->context, &regions[1], SMF_ACCESS_RO), SMF_OK);
    CHECK_EQUAL(mapped(), 5);
    CHECK_EQUAL(others, 5);
    machine.windows = 0;
    port->store(port->context, &regions[1], stores, 3);
    CHECK_EQUAL(mapped(), 5);
    CHECK_EQUAL(machine.windows, 1);
    CHECK_EQUAL(others, 6);
    CHECK_STATUS(port->query(port->context, regions[1].address, &access), SMF_OK);
    CHECK_EQUAL(access, SMF_ACCESS_RO);
    CHECK_STATUS(smf_baremetal_open(&baremetal, &regions[0], true), SMF_OK);
    CHECK_EQUAL(mapped(), 5);
    CHECK(smf_machine_is_open(entries[(regions[0].bytes - memory) / PAGE]));
    port->release(port->context, regions, 3);
    CHECK_EQUAL(mapped(), 0);
    CHECK_EQUAL(port->available(port->context, SMF_ACCESS_RX), sizeof memory);
    smf_baremetal_finish(&baremetal);
    CHECK_EQUAL(mapped(), 0);
}

/* What a region's last page has beyond its size is the module's to read, or to execute: nobody's bytes are left in it. */
static void padding_tells_nothing(void)
{
    struct smf_region_request request = {.size = 2 * PAGE, .alignment = 16, .access = SMF_ACCESS_RX};
    struct smf_region region;
    start();
    CHECK_STATUS(port->reserve(port->context, &request, 1, &region), SMF_OK);
    memset(region.bytes, 0xee, request.size);
    port->release(port->context, &region, 1);
    request.size = 100;
    CHECK_STATUS(port->reserve(port->context, &request, 1, &region), SMF_OK);
    for (size_t i = request.size; i < PAGE; i++)
        CHECK_EQUAL(region.bytes[i], 0);
    CHECK_EQUAL(region.bytes[PAGE], 0xee); /* another page is nobody's business */
    port->release(port->context, &region, 1);
}

/* ---- Random calls ---- */

static uint32_t state;
static uint32_t next(uint32_t below)
{
    state = state * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)(state >> 8) * below) >> 24);
}

struct reserve {
    struct smf_region regions[3];
    size_t count;
};

static unsigned pages_in(const struct reserve *reserves)
{
    size_t pages = 0;
    for (unsigned i = 0; i < RESERVES; i++)
        for (size_t k = 0; k < reserves[i].count; k++)
            pages += (reserves[i].regions[k].size + PAGE - 1) / PAGE;
    return (unsigned)pages;
}

static void reserve_or_release(struct reserve *reserve)
{
    struct smf_region_request requests[3];
    if (reserve->count != 0) {
        port->release(port->context, reserve->regions, reserve->count);
        reserve->count = 0;
        return;
    }
    const size_t count = 1 + next(3);
    for (size_t i = 0; i < count; i++)
        requests[i] =
            (struct smf_region_request){.size = 1 + next(4 * PAGE),
                                        .alignment = (size_t)1 << next(15),
                                        .access = (enum smf_access)next(3),
                                        .highest = next(4) == 0 ? (uintptr_t)memory + next(sizeof memory) : 0};
    const size_t before = port->available(port->context, SMF_ACCESS_RX);
    const enum smf_status status = port->reserve(port->context, requests, count, reserve->regions);
    CHECK(status == SMF_OK || status == SMF_ERR_NO_MEMORY || status == SMF_ERR_LIMIT);
    if (status != SMF_OK) {
        CHECK_EQUAL(port->available(port->context, SMF_ACCESS_RX), before);
        return;
    }
    reserve->count = count;
    for (size_t i = 0; i < count; i++) {
        const struct smf_region *region = &reserve->regions[i];
        CHECK_EQUAL(region->address % requests[i].alignment, 0);
        CHECK(requests[i].highest == 0 || region->address + region->size - 1 <= requests[i].highest);
        memset(region->bytes, 0xcc, region->size); /* inside of the memory: the sanitizer looks */
    }
}

static void random_calls_keep_every_promise(void)
{
    for (uint32_t seed = 1; seed <= 60; seed++) {
        struct reserve reserves[RESERVES] = {0};
        tap_variant("seed=%u", (unsigned)seed);
        state = seed;
        start();
        for (unsigned step = 0; step < 150; step++) {
            struct reserve *one = &reserves[next(RESERVES)];
            if (one->count == 0 || next(3) == 0) {
                reserve_or_release(one);
            } else {
                const struct smf_region *region = &one->regions[next((uint32_t)one->count)];
                const enum smf_access wanted = (enum smf_access)next(4);
                enum smf_access access;
                CHECK_STATUS(port->protect(port->context, region, wanted),
                             wanted == SMF_ACCESS_RWX ? SMF_ERR_PROTECT : SMF_OK);
                CHECK_STATUS(port->query(port->context, region->address + next((uint32_t)region->size), &access),
                             SMF_OK);
                CHECK(access != SMF_ACCESS_RWX && (wanted == SMF_ACCESS_RWX || access == wanted));
            }
            CHECK_EQUAL(mapped(), pages_in(reserves));
        }
        for (unsigned i = 0; i < RESERVES; i++)
            if (reserves[i].count != 0)
                reserve_or_release(&reserves[i]);
        CHECK_EQUAL(mapped(), 0);
        CHECK_EQUAL(port->available(port->context, SMF_ACCESS_RW), sizeof memory);
    }
    tap_variant("%s", "");
}

static const struct tap_case cases[] = {
    {"start_asks_the_processor_and_unmaps", start_asks_the_processor_and_unmaps},
    {"every_change_is_flushed",             every_change_is_flushed            },
    {"padding_tells_nothing",               padding_tells_nothing              },
    {"random_calls_keep_every_promise",     random_calls_keep_every_promise    },
};
TAP_MAIN(cases)
