/* SPDX-License-Identifier: MIT */
/*
 * port.c - what the port refuses, what it runs out of, what it costs, and what it hands out.
 */
#include <string.h>

#include "board.h"
#include "cortexm_run.h"
#include "guests.h"
#include "harness/tap.h"
#include "mpu.h"

static void must_refuse(const struct smf_mpu_config *config, enum smf_status status, enum smf_detail detail)
{
    static struct smf_mpu unused;
    const struct smf_port *none = NULL;
    tap_variant("detail %u", (unsigned)detail);
    CHECK_STATUS(smf_mpu_start(&unused, config, &none, &why), status);
    CHECK_EQUAL(why.detail, detail);
    CHECK_STATUS(smf_mpu_start(&unused, config, &none, NULL), status);
    CHECK(none == NULL);
}

static void nothing(void *context) { (void)context; }

static void bad_pools_are_refused(void)
{
    const struct smf_mpu_config good = whole_board();
    struct smf_mpu_config config = good;
    config.code.size = 0;
    must_refuse(&config, SMF_ERR_ARGUMENT, SMF_DETAIL_POOL_MEMORY);
    config = good;
    config.data.bytes = (void *)(UINTPTR_MAX - 15);
    must_refuse(&config, SMF_ERR_ARGUMENT, SMF_DETAIL_POOL_MEMORY);
    config = good;
    config.rodata.blocks = NULL;
    must_refuse(&config, SMF_ERR_ARGUMENT, SMF_DETAIL_POOL_BOOKS);
    config = good;
    config.records = NULL;
    must_refuse(&config, SMF_ERR_ARGUMENT, SMF_DETAIL_POOL_BOOKS);
    config = good;
    config.data.bytes = smf_data_start + 4;
    must_refuse(&config, SMF_ERR_ARGUMENT, SMF_DETAIL_POOL_START);
    config = good;
    config.data.size -= 8;
    must_refuse(&config, SMF_ERR_ARGUMENT, SMF_DETAIL_POOL_SIZE);
    config = good;
    config.data.bytes = smf_code_start + config.code.size - 32;
    must_refuse(&config, SMF_ERR_ARGUMENT, SMF_DETAIL_POOL_OVERLAP);
    config = good;
    config.lock = nothing;
    must_refuse(&config, SMF_ERR_ARGUMENT, SMF_DETAIL_POOL_HOOKS);
    config = good;
    config.ram += 16;
    must_refuse(&config, SMF_ERR_ARGUMENT, SMF_DETAIL_MPU_RAM);
    config = good;
    config.ram_size = (size_t)((uintptr_t)smf_code_start + 64 - config.ram) & ~(size_t)31; /* ends in the code pool */
    must_refuse(&config, SMF_ERR_ARGUMENT, SMF_DETAIL_MPU_RAM);
#if !SMF_CORTEXM_HAS_LIMITS
    config = good;
    config.code.size -= 4096;
    must_refuse(&config, SMF_ERR_ARGUMENT, SMF_DETAIL_POOL_SIZE);
    config = good;
    config.code.bytes = smf_code_start + 4096;
    must_refuse(&config, SMF_ERR_ARGUMENT, SMF_DETAIL_POOL_START);
#endif
}

static void running_out_changes_nothing(void)
{
    struct smf_module *module;
    struct smf_mpu_config config = whole_board();
    config.data.size = 64;
    start(&config);
    CHECK_STATUS(load(&module, BYTES(worker)), SMF_ERR_NO_MEMORY);
    CHECK_EQUAL(port->available(port->context, SMF_ACCESS_RW), 64);
    CHECK_EQUAL(mpu.pools[0].block_count + mpu.pools[1].block_count, 0);

    config = whole_board();
    config.record_max = 2; /* the third region finds no record: the first two go back */
    start(&config);
    CHECK_STATUS(load(&module, BYTES(worker)), SMF_ERR_NO_MEMORY);
    CHECK_EQUAL(port->available(port->context, SMF_ACCESS_RW), (size_t)(smf_data_end - smf_data_start));
    pools_are_empty();

    struct smf_region_request request = {.size = 600, .alignment = 1, .access = SMF_ACCESS_RW};
    struct smf_region regions[3];
    start(&config);
    CHECK_STATUS(port->reserve(port->context, &request, 1, &regions[0]), SMF_OK);
    CHECK_STATUS(port->reserve(port->context, &request, 1, &regions[1]), SMF_OK);
    CHECK_EQUAL(port->available(port->context, SMF_ACCESS_RW), 0); /* of records */
    CHECK_STATUS(port->reserve(port->context, &request, 1, &regions[2]), SMF_ERR_LIMIT);
    port->release(port->context, &regions[0], 1);
    port->release(port->context, &regions[1], 1);
    request.size = port->available(port->context, SMF_ACCESS_RW);
    CHECK_STATUS(port->reserve(port->context, &request, 1, &regions[0]), SMF_OK);
    port->release(port->context, &regions[0], 1);
    request.size++;
    CHECK_STATUS(port->reserve(port->context, &request, 1, &regions[0]), SMF_ERR_NO_MEMORY);
    pools_are_empty();
}

/* What protection costs, as smf_measure() says before anything is reserved. */
static void waste_is_measured(void)
{
    struct smf_needs needs = {0};
    const struct smf_source source = smf_source_memory(BYTES(worker), SMF_STAYS_FOR_LOAD);
    const struct smf_mpu_config config = whole_board();
    struct smf_module *module;
    start(&config);
    CHECK_STATUS(smf_measure(&loader, &source, &needs, &why), SMF_OK);
    CHECK_EQUAL(needs.region_count, 3);
    CHECK(needs.region_waste * 4 <= needs.region_bytes);
    CHECK_STATUS(load(&module, BYTES(worker)), SMF_OK);
    size_t taken = 0;
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < mpu.pools[i].block_count; k++)
            taken += mpu.pools[i].blocks[k].size;
    CHECK_EQUAL(taken, needs.region_bytes);
    tap_note("%u regions of %u bytes: %u wasted", (unsigned)needs.region_count,
             (unsigned)(needs.region_bytes - needs.region_waste), (unsigned)needs.region_waste);
    CHECK_STATUS(smf_unload(&loader, module), SMF_OK);
}

/* Constants that share the pool of code, and lie behind its rights: a store finds the region that closes them. */
static void slots_in_the_code_pool_take_stores(void)
{
    struct smf_region_request request = {.size = 256, .alignment = 32, .access = SMF_ACCESS_RO};
    struct smf_region slots;
    struct smf_mpu_config config = whole_board();
    config.rodata.size = config.data.size = 0;
    for (unsigned i = 0; i < 2; i++) {
        tap_variant("%s", i == 0 ? "with ram" : "without");
        start(&config);
        CHECK_STATUS(port->reserve(port->context, &request, 1, &slots), SMF_OK);
        CHECK_STATUS(port->protect(port->context, &slots, SMF_ACCESS_RO), SMF_OK);
        const struct smf_store stores[] = {
            {8,   1234},
            {252, 5678}
        };
        port->store(port->context, &slots, stores, 2);
        uint32_t words[2];
        memcpy(&words[0], slots.bytes + 8, sizeof words[0]);
        memcpy(&words[1], slots.bytes + 252, sizeof words[1]);
        CHECK_EQUAL(words[0], 1234);
        CHECK_EQUAL(words[1], 5678);
        port->release(port->context, &slots, 1);
        config.ram_size = 0;
    }
}

/* What a region takes beyond its size is the module's to read: nobody's bytes are left in it. */
static void padding_tells_nothing(void)
{
    struct smf_region_request request = {.size = 4096, .alignment = 32, .access = SMF_ACCESS_RW};
    struct smf_region region;
    const struct smf_mpu_config config = whole_board();
    start(&config);
    CHECK_STATUS(port->reserve(port->context, &request, 1, &region), SMF_OK);
    memset(region.bytes, 0xEE, request.size);
    port->release(port->context, &region, 1);
    request.size = 1030;
    const size_t taken = smf_mpu_footprint(request.size);
    CHECK(taken > request.size);
    CHECK_STATUS(port->reserve(port->context, &request, 1, &region), SMF_OK);
    for (size_t i = request.size; i < taken; i++)
        CHECK_EQUAL(region.bytes[i], 0);
    CHECK_EQUAL(region.bytes[taken], 0xEE);
    port->release(port->context, &region, 1);
}

/* A region goes back to the pool it lies in, whatever it was last used for. */
static void regions_return_where_they_came_from(void)
{
    const struct smf_region_request request = {.size = 256, .alignment = 32, .access = SMF_ACCESS_RW};
    struct smf_region region;
    const struct smf_mpu_config config = whole_board();
    start(&config);
    CHECK_STATUS(port->reserve(port->context, &request, 1, &region), SMF_OK);
    region.access = SMF_ACCESS_RO;
    CHECK_STATUS(port->protect(port->context, &region, SMF_ACCESS_RO), SMF_OK);
    port->release(port->context, &region, 1);
    pools_are_empty();
}

/* The RTOS owns the MPU: nothing is programmed, calls are not this port's business, descriptors are. */
static void descriptors_only_touches_nothing(void)
{
    struct guest guest;
    struct smf_mpu_config config = whole_board();
    uintptr_t result;
    smf_mpu_off();
    config.descriptors_only = true;
    start(&config);
    CHECK_STATUS(confine(&guest, BYTES(worker)), SMF_OK);
    CHECK_EQUAL(*(volatile uint32_t *)0xE000ED94u, 0);
    CHECK_STATUS(smf_call_confined(&guest.confined, smf_function(guest.module, "count"), NULL, 0, &result, NULL),
                 SMF_ERR_UNSUPPORTED);
    struct smf_mpu_entry given[SMF_MPU_CALL_ENTRIES];
    size_t count = SMF_MPU_CALL_ENTRIES;
    CHECK_STATUS(smf_mpu_entries(&guest.confined, given, &count), SMF_OK);
    CHECK_EQUAL(count, 5);
    dismiss(&guest);
    pools_are_empty();
}

static void entries_are_handed_out(void)
{
    struct guest guest;
    struct smf_mpu_entry given[SMF_MPU_CALL_ENTRIES];
    size_t count = 2;
    const struct smf_mpu_config config = whole_board();
    start(&config);
    CHECK_STATUS(confine(&guest, BYTES(worker)), SMF_OK);
    CHECK_STATUS(smf_mpu_entries(&guest.confined, given, &count), SMF_ERR_NO_SPACE);
    CHECK_EQUAL(count, 5);
    CHECK_STATUS(smf_mpu_entries(&guest.confined, given, &count), SMF_OK);
    dismiss(&guest);
}

static void confinement_refuses_bad_stacks(void)
{
    struct guest guest;
    const struct smf_mpu_config config = whole_board();
    start(&config);
    CHECK_STATUS(confine(&guest, BYTES(worker)), SMF_OK);
    struct smf_region stack = guest.stack;
    stack.size = 112;
    CHECK_STATUS(smf_confined_start(&guest.confined, guest.module, &stack, &gates), SMF_ERR_ARGUMENT);
    stack = guest.stack;
    stack.address += 4;
    CHECK_STATUS(smf_confined_start(&guest.confined, guest.module, &stack, &gates), SMF_ERR_ARGUMENT);
    stack.address += 4; /* right for a stack, but no region of the MPU */
    CHECK_STATUS(smf_confined_start(&guest.confined, guest.module, &stack, &gates), SMF_ERR_LIMIT);
    stack.address = 0xffffff00; /* past the end of memory */
    stack.size = 512;
    CHECK_STATUS(smf_confined_start(&guest.confined, guest.module, &stack, &gates), SMF_ERR_ARGUMENT);
    stack.size = guest.stack.size;
    size_t count;
    stack.address = smf_module_regions(guest.module, &count)[0].address; /* the module's own code */
    CHECK_STATUS(smf_confined_start(&guest.confined, guest.module, &stack, &gates), SMF_ERR_ARGUMENT);
    CHECK_EQUAL(must_return(&guest, "add", 1, 1), 2); /* as it was */
    dismiss(&guest);
}

static const struct tap_case cases[] = {
    {"bad_pools_are_refused",               bad_pools_are_refused              },
    {"running_out_changes_nothing",         running_out_changes_nothing        },
    {"waste_is_measured",                   waste_is_measured                  },
    {"slots_in_the_code_pool_take_stores",  slots_in_the_code_pool_take_stores },
    {"padding_tells_nothing",               padding_tells_nothing              },
    {"regions_return_where_they_came_from", regions_return_where_they_came_from},
    {"descriptors_only_touches_nothing",    descriptors_only_touches_nothing   },
    {"entries_are_handed_out",              entries_are_handed_out             },
    {"confinement_refuses_bad_stacks",      confinement_refuses_bad_stacks     },
};
TAP_MAIN(cases)
