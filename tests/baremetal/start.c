/* SPDX-License-Identifier: MIT */
/* start.c - what smf_baremetal_start() refuses, with need and have, and where regions then lie. */
#include "baremetal/scene.h"

#include <string.h>

#include "board.h"
#include "board_pages.h"

enum { PAGE = SMF_BAREMETAL_PAGE };
static struct scene scene;

/* The configuration is refused for this reason, pool and pair of numbers, and the port's storage stays as it was. */
static void refused(const struct smf_baremetal_config *config, enum smf_detail detail, unsigned pool, uint64_t have,
                    uint64_t need)
{
    struct smf_baremetal baremetal;
    const struct smf_port *port = NULL;
    struct smf_diagnosis why;
    memset(&baremetal, 0x5a, sizeof baremetal);
    const enum smf_status status = smf_baremetal_start(&baremetal, config, &port, &why);
    CHECK_STATUS(status, -(int)(detail / 64));
    CHECK_STATUS(why.status, status);
    CHECK_EQUAL(why.detail, detail);
    CHECK_EQUAL(why.index, pool);
    CHECK_EQUAL(why.value, have);
    CHECK_EQUAL(why.expected, need);
    CHECK(port == NULL);
    CHECK_EQUAL(*(uint8_t *)&baremetal, 0x5a);
    CHECK_STATUS(smf_baremetal_start(&baremetal, config, &port, NULL), status);
}

static void pools_that_are_none(void)
{
    struct smf_baremetal_config config = scene_config(SCENE_THREE);
    config.code.size = 0;
    refused(&config, SMF_DETAIL_POOL_MEMORY, 0, 0, 1);
    config = scene_config(SCENE_THREE);
    config.rodata.bytes = NULL;
    refused(&config, SMF_DETAIL_POOL_MEMORY, 1, config.rodata.size, UINTPTR_MAX);
    config = scene_config(SCENE_PLAIN);
    config.code.size = SIZE_MAX;
    refused(&config, SMF_DETAIL_POOL_MEMORY, 0, SIZE_MAX, UINTPTR_MAX - (uintptr_t)config.code.bytes);
    config = scene_config(SCENE_THREE);
    config.data.block_max = 0;
    refused(&config, SMF_DETAIL_POOL_BOOKS, 2, 0, 1);
    config = scene_config(SCENE_THREE);
    config.code.blocks = NULL;
    refused(&config, SMF_DETAIL_POOL_BOOKS, 0, 0, 1);
}

static void pools_that_start_or_end_inside_of_a_page(void)
{
    struct smf_baremetal_config config = scene_config(SCENE_THREE);
    config.code.bytes = smf_code_start + 64;
    refused(&config, SMF_DETAIL_POOL_START, 0, 64, PAGE);
    config = scene_config(SCENE_THREE);
    config.data.physical += 256;
    refused(&config, SMF_DETAIL_POOL_START, 2, 256, PAGE);
    config = scene_config(SCENE_THREE);
    config.rodata.size = 5 * PAGE + 1;
    refused(&config, SMF_DETAIL_POOL_SIZE, 1, 5 * PAGE + 1, 6 * PAGE);
    config.rodata.size = 100; /* too small for one page */
    refused(&config, SMF_DETAIL_POOL_SIZE, 1, 100, PAGE);
}

static void pools_that_do_not_go_together(void)
{
    struct smf_baremetal_config config = scene_config(SCENE_THREE);
    config.data.bytes = smf_code_start + PAGE;
    refused(&config, SMF_DETAIL_POOL_OVERLAP, 2, 0, 0);
    config = scene_config(SCENE_THREE);
    config.rodata.entries = NULL;
    refused(&config, SMF_DETAIL_POOL_ENTRIES, 1, 0, 8);
    config = scene_config(SCENE_THREE);
    config.code.entries = NULL;
    config.rodata.size = config.data.size = 0;
    config.data = scene_config(SCENE_THREE).data;
    refused(&config, SMF_DETAIL_POOL_ENTRIES, 2, 0, 8);
    config = scene_config(SCENE_ONE);
    config.code.entries = (uint64_t *)(void *)((uint8_t *)config.code.entries + 4);
    refused(&config, SMF_DETAIL_POOL_ENTRIES, 0, 4, 8);
    config = scene_config(SCENE_FAR);
    config.data = scene_config(SCENE_THREE).data;
    const uintptr_t span = (uintptr_t)config.code.bytes + config.code.size - 1 - (uintptr_t)config.data.bytes;
    refused(&config, SMF_DETAIL_POOL_REACH, 0, span, 0x7fffffff);
}

static void nothing(void *context) { (void)context; }

static void half_a_pair_of_hooks(void)
{
    struct smf_baremetal_config config = scene_config(SCENE_ONE);
    config.lock = nothing;
    refused(&config, SMF_DETAIL_POOL_HOOKS, 0, 1, 2);
    config.lock = NULL;
    config.unlock = nothing;
    refused(&config, SMF_DETAIL_POOL_HOOKS, 0, 1, 2);
}

#if defined(__aarch64__)
static void a_processor_that_is_not_ready(void)
{
    struct smf_baremetal_config config = scene_config(SCENE_ONE);
    uint64_t control, translation;
    config.memory_type = 1; /* the board's devices */
    refused(&config, SMF_DETAIL_MACHINE_STATE, 0, 0, 0xff);
    config.memory_type = 8;
    refused(&config, SMF_DETAIL_MACHINE_STATE, 0, 0, 0xff);
    config.memory_type = 0;
    __asm__ volatile("mrs %0, tcr_el1" : "=r"(translation));
    __asm__ volatile("mrs %0, sctlr_el1" : "=r"(control));
    /* The board maps its memory where it lies, so the program goes on without the MMU. */
    struct smf_baremetal baremetal;
    const struct smf_port *port = NULL;
    struct smf_diagnosis why;
    __asm__ volatile("msr sctlr_el1, %0\n\tisb" : : "r"(control & ~UINT64_C(1)) : "memory");
    const enum smf_status off = smf_baremetal_start(&baremetal, &config, &port, &why);
    __asm__ volatile("msr sctlr_el1, %0\n\tisb" : : "r"(control) : "memory");
    CHECK_STATUS(off, SMF_ERR_UNSUPPORTED);
    CHECK_EQUAL(why.detail, SMF_DETAIL_MACHINE_STATE);
    CHECK_EQUAL(why.value, control & ~UINT64_C(1));
    CHECK_EQUAL(why.expected, control);
    CHECK((translation >> 14 & 3) == 0);
}

/* Entries that no table leads to: the processor says so before a module gets memory that is not there. */
static void entries_that_are_not_in_force(void)
{
    static uint64_t nowhere[512] __attribute__((aligned(4096)));
    struct smf_baremetal_config config = scene_config(SCENE_THREE);
    config.data.entries = nowhere;
    refused(&config, SMF_DETAIL_POOL_TABLES, 2, 0, config.data.size / PAGE);
    config = scene_config(SCENE_THREE);
    config.rodata.entries -= 1; /* all one page off */
    refused(&config, SMF_DETAIL_POOL_TABLES, 1, 0, config.rodata.size / PAGE);
    for (unsigned i = 0; i < 512; i++)
        CHECK_EQUAL(nowhere[i], 0);
}
#else
static void a_processor_that_is_not_ready(void)
{
    struct smf_baremetal_config config = scene_config(SCENE_ONE);
    uint64_t control;
    config.memory_type = 1;
    refused(&config, SMF_DETAIL_MACHINE_STATE, 0, 1, 0);
    config.memory_type = 0;
    __asm__ volatile("mov %%cr0, %0" : "=r"(control));
    const uint64_t without = control & ~UINT64_C(0x10000); /* WP */
    __asm__ volatile("mov %0, %%cr0" : : "r"(without) : "memory");
    refused(&config, SMF_DETAIL_MACHINE_STATE, 0, without, without | 0x80010000);
    __asm__ volatile("mov %0, %%cr0" : : "r"(control) : "memory");
}

static void entries_that_are_not_in_force(void)
{
    tap_skip("x86-64 has no instruction that asks where an address leads");
}
#endif

static void one_pool_gives_the_default_layout(void)
{
    const struct smf_region_request three[3] = {
        {.size = PAGE + 1, .alignment = 16,       .access = SMF_ACCESS_RX},
        {.size = 10,       .alignment = 4 * PAGE, .access = SMF_ACCESS_RO},
        {.size = PAGE,     .alignment = 8,        .access = SMF_ACCESS_RW}
    };
    struct smf_region regions[3], again[3];
    scene_start(&scene, SCENE_ONE);
    const struct smf_port *port = scene.port;
    CHECK_STATUS(port->reserve(port->context, three, 3, regions), SMF_OK);
    CHECK_EQUAL(regions[0].address % (4 * PAGE), 0);
    CHECK_EQUAL(regions[1].address, regions[0].address + 4 * PAGE);
    CHECK_EQUAL(regions[2].address, regions[0].address + 5 * PAGE);
    CHECK_STATUS(port->reserve(port->context, three, 3, again), SMF_OK);
    CHECK(again[0].address >= regions[2].address + PAGE);
    port->release(port->context, regions, 3);
    CHECK_STATUS(port->reserve(port->context, three, 3, regions), SMF_OK);
    CHECK(regions[0].address < again[0].address); /* the same place as before */
    port->release(port->context, again, 3);
    port->release(port->context, regions, 3);
    scene_finish(&scene);
}

static void three_pools_serve_their_own_kind(void)
{
    scene_start(&scene, SCENE_THREE);
    const struct smf_region code = scene_reserve(&scene, SMF_ACCESS_RX, 1),
                            constants = scene_reserve(&scene, SMF_ACCESS_RO, 1),
                            data = scene_reserve(&scene, SMF_ACCESS_RW, 1);
    CHECK(code.bytes >= smf_code_start && code.bytes < smf_code_end);
    CHECK(constants.bytes >= smf_rodata_start && constants.bytes < smf_rodata_end);
    CHECK(data.bytes >= smf_data_start && data.bytes < smf_data_end);
    scene_release(&scene, &code);
    scene_release(&scene, &constants);
    scene_release(&scene, &data);
    CHECK_EQUAL(scene.port->available(scene.port->context, SMF_ACCESS_RO), smf_rodata_end - smf_rodata_start);
    scene_finish(&scene);
}

/* All or none: what was taken before the one that does not fit is given back and not mapped. */
static void a_reserve_that_fails_reserves_nothing(void)
{
    scene_start(&scene, SCENE_THREE);
    const struct smf_port *port = scene.port;
    const size_t code = port->available(port->context, SMF_ACCESS_RX);
    const struct smf_region_request requests[3] = {
        {.size = PAGE,                                        .alignment = 1, .access = SMF_ACCESS_RX},
        {.size = PAGE,                                        .alignment = 1, .access = SMF_ACCESS_RO},
        {.size = (size_t)(smf_data_end - smf_data_start) + 1, .alignment = 1, .access = SMF_ACCESS_RW}
    };
    struct smf_region regions[3];
    CHECK_STATUS(port->reserve(port->context, requests, 3, regions), SMF_ERR_NO_MEMORY);
    CHECK_EQUAL(port->available(port->context, SMF_ACCESS_RX), code);
    CHECK(scene_faults(&scene, GUARD_PRIVILEGED, GUARD_READ, (uintptr_t)smf_rodata_start, false));
    struct smf_region_request huge = requests[0];
    huge.size = SIZE_MAX;
    CHECK_STATUS(port->reserve(port->context, &huge, 1, regions), SMF_ERR_NO_MEMORY);
    huge.size = SIZE_MAX - PAGE;
    CHECK_STATUS(port->reserve(port->context, &huge, 1, regions), SMF_ERR_NO_MEMORY);
    huge.size = 1;
    huge.alignment = (size_t)1 << 63;
    CHECK_STATUS(port->reserve(port->context, &huge, 1, regions), SMF_ERR_NO_MEMORY);
    CHECK_STATUS(port->reserve(port->context, requests, 0, regions), SMF_ERR_ARGUMENT);
    CHECK_STATUS(port->reserve(port->context, requests, 4, regions), SMF_ERR_ARGUMENT);
    scene_finish(&scene);
}

static void exact_addresses_and_limits(void)
{
    scene_start(&scene, SCENE_ONE);
    const struct smf_port *port = scene.port;
    const uintptr_t middle = (uintptr_t)smf_code_start + 64 * PAGE;
    struct smf_region region, other;
    struct smf_region_request request = {.size = PAGE + 1, .alignment = 16, .access = SMF_ACCESS_RX, .address = middle};
    CHECK_STATUS(port->reserve(port->context, &request, 1, &region), SMF_OK);
    CHECK_EQUAL(region.address, middle);
    CHECK(scene_works(&scene, GUARD_PRIVILEGED, GUARD_WRITE, middle + PAGE));
    CHECK_STATUS(port->reserve(port->context, &request, 1, &other), SMF_ERR_NO_MEMORY); /* taken */
    request.address = middle + PAGE;
    CHECK_STATUS(port->reserve(port->context, &request, 1, &other), SMF_ERR_NO_MEMORY); /* its second page */
    request.address = middle + 2 * PAGE + 16;
    CHECK_STATUS(port->reserve(port->context, &request, 1, &other), SMF_ERR_NO_MEMORY); /* inside of a page */
    request.address = (uintptr_t)smf_code_end - PAGE;
    CHECK_STATUS(port->reserve(port->context, &request, 1, &other), SMF_ERR_NO_MEMORY); /* past the end */
    request.address = (uintptr_t)&scene / PAGE * PAGE;
    CHECK_STATUS(port->reserve(port->context, &request, 1, &other), SMF_ERR_NO_MEMORY); /* not the port's */
    request.address = middle + 2 * PAGE;
    request.highest = middle + 3 * PAGE; /* the second page lies above, but one byte of it is asked for */
    CHECK_STATUS(port->reserve(port->context, &request, 1, &other), SMF_ERR_NO_MEMORY);
    request.highest = middle + 4 * PAGE - 1;
    CHECK_STATUS(port->reserve(port->context, &request, 1, &other), SMF_OK);
    port->release(port->context, &other, 1);
    request.address = 0;
    request.highest = (uintptr_t)smf_code_start;
    CHECK_STATUS(port->reserve(port->context, &request, 1, &other), SMF_ERR_NO_MEMORY);
    port->release(port->context, &region, 1);
    scene_finish(&scene);
}

/* No entries: memory of the program itself, for machines without an MMU. */
static void without_entries_there_is_memory_and_no_protection(void)
{
    scene_start(&scene, SCENE_PLAIN);
    const struct smf_port *port = scene.port;
    CHECK_EQUAL(port->granule, 0);
    CHECK(port->query == NULL && port->store == NULL && port->can_rwx);
    const struct smf_region first = scene_reserve(&scene, SMF_ACCESS_RX, 10),
                            second = scene_reserve(&scene, SMF_ACCESS_RW, 10);
    CHECK_EQUAL(second.address - first.address, 16);
    scene_write_code(first.bytes, 7);
    scene_protect(&scene, &first, SMF_ACCESS_RX);
    first.bytes[8] = 9; /* still writable */
    CHECK_STATUS(smf_baremetal_open(&scene.baremetal, &first, true), SMF_ERR_UNSUPPORTED);
    scene_release(&scene, &first);
    scene_release(&scene, &second);
    scene_finish(&scene);
}

static unsigned locked, flushed;
static void count_lock(void *context) { locked += context == &locked; }
static uint64_t tell_time(void *context) { return context == &locked ? 1234 : 0; }
static void count_flush(void *context, uintptr_t address, size_t size)
{
    flushed += context == &locked && address % PAGE == 0 && size == 2 * PAGE;
}

static void hooks_are_called_with_their_context(void)
{
    struct smf_baremetal_config config = scene_config(SCENE_ONE);
    struct smf_baremetal baremetal;
    const struct smf_port *port;
    struct smf_region region;
    const struct smf_region_request request = {.size = 2 * PAGE, .alignment = 1, .access = SMF_ACCESS_RO};
    config.context = &locked;
    config.lock = config.unlock = count_lock;
    config.now = tell_time;
    config.flush_others = count_flush;
    CHECK_STATUS(smf_baremetal_start(&baremetal, &config, &port, NULL), SMF_OK);
    port->lock(port->context);
    port->unlock(port->context);
    CHECK_EQUAL(locked, 2);
    CHECK_EQUAL(port->now(port->context), 1234);
    CHECK_STATUS(port->reserve(port->context, &request, 1, &region), SMF_OK);
    CHECK_EQUAL(flushed, 1);
    CHECK_STATUS(port->protect(port->context, &region, SMF_ACCESS_RO), SMF_OK);
    CHECK_EQUAL(flushed, 2);
    port->release(port->context, &region, 1);
    CHECK_EQUAL(flushed, 3);
    smf_baremetal_finish(&baremetal);
}

static const struct tap_case cases[] = {
    {"pools_that_are_none",                               pools_that_are_none                              },
    {"pools_that_start_or_end_inside_of_a_page",          pools_that_start_or_end_inside_of_a_page         },
    {"pools_that_do_not_go_together",                     pools_that_do_not_go_together                    },
    {"half_a_pair_of_hooks",                              half_a_pair_of_hooks                             },
    {"a_processor_that_is_not_ready",                     a_processor_that_is_not_ready                    },
    {"entries_that_are_not_in_force",                     entries_that_are_not_in_force                    },
    {"one_pool_gives_the_default_layout",                 one_pool_gives_the_default_layout                },
    {"three_pools_serve_their_own_kind",                  three_pools_serve_their_own_kind                 },
    {"a_reserve_that_fails_reserves_nothing",             a_reserve_that_fails_reserves_nothing            },
    {"exact_addresses_and_limits",                        exact_addresses_and_limits                       },
    {"without_entries_there_is_memory_and_no_protection", without_entries_there_is_memory_and_no_protection},
    {"hooks_are_called_with_their_context",               hooks_are_called_with_their_context              },
};
TAP_MAIN(cases)
