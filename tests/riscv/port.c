/* SPDX-License-Identifier: MIT */
/*
 * port.c - what the port refuses, what it runs out of, what it costs, and what it hands out.
 */
#include <string.h>

#include "board.h"
#include "guests.h"
#include "harness/tap.h"
#include "riscv_run.h"

__asm__(".option arch, +zicsr");

static void too_few_entries_are_told(void)
{
    static struct smf_pmp unused;
    const struct smf_port *none = NULL;
    struct smf_module *module;
    struct smf_pmp_config config = whole_board();
    config.entries_max = 4;
    CHECK_STATUS(smf_pmp_start(&unused, &config, &none, &why), SMF_ERR_LIMIT);
    CHECK_EQUAL(why.value, 4);
    CHECK_EQUAL(why.expected, 5);
    config.power_of_two = true;
    config.entries_max = 2;
    CHECK_STATUS(smf_pmp_start(&unused, &config, &none, &why), SMF_ERR_LIMIT);
    CHECK_EQUAL(why.value, 2);
    CHECK_EQUAL(why.expected, 3);
    CHECK(none == NULL);

    /* Enough for some modules: the one that needs more says how many. */
    config.entries_max = 4;
    start(&config);
    CHECK_EQUAL(port->regions_max, 2);
    CHECK_STATUS(load(&module, BYTES(worker)), SMF_ERR_LIMIT);
    CHECK_EQUAL(why.value, 3);
    CHECK_EQUAL(why.expected, 2);
    config.power_of_two = false;
    config.entries_max = 8;
    start(&config);
    CHECK_EQUAL(port->regions_max, 2);
    CHECK_STATUS(load(&module, BYTES(worker)), SMF_ERR_LIMIT);
    char line[160];
    smf_diagnosis_format(&why, line, sizeof line);
    tap_note("%s", line);
    pools_are_empty();
}

static void must_refuse(const struct smf_pmp_config *config, enum smf_status status, enum smf_detail detail)
{
    static struct smf_pmp unused;
    const struct smf_port *none = NULL;
    tap_variant("detail %u", (unsigned)detail);
    CHECK_STATUS(smf_pmp_start(&unused, config, &none, &why), status);
    CHECK_EQUAL(why.detail, detail);
    CHECK_STATUS(smf_pmp_start(&unused, config, &none, NULL), status);
    CHECK(none == NULL);
}

static void nothing(void *context) { (void)context; }

static void bad_pools_are_refused(void)
{
    const struct smf_pmp_config good = whole_board();
    struct smf_pmp_config config = good;
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
    config.data.bytes = smf_code_start + config.code.size - 16;
    must_refuse(&config, SMF_ERR_ARGUMENT, SMF_DETAIL_POOL_OVERLAP);
    config = good;
    config.lock = nothing;
    must_refuse(&config, SMF_ERR_ARGUMENT, SMF_DETAIL_POOL_HOOKS);
#if __riscv_xlen == 64
    config = good;
    config.data.bytes = (void *)((uintptr_t)smf_data_start + 0x80000000u);
    must_refuse(&config, SMF_ERR_LIMIT, SMF_DETAIL_POOL_REACH);
#endif
}

/* Supervisor mode would get the faults: not with this port. */
static void delegated_traps_are_refused(void)
{
    const struct smf_pmp_config config = whole_board();
    __asm__ volatile("csrw medeleg, %0" : : "r"((uintptr_t)1 << 8)); /* ecall from U-mode */
    must_refuse(&config, SMF_ERR_UNSUPPORTED, SMF_DETAIL_MACHINE_STATE);
    CHECK_EQUAL(why.value, 0x100);
    __asm__ volatile("csrw medeleg, zero");
}

/* What a region takes beyond its size is the module's to read: nobody's bytes are left in it. */
static void padding_tells_nothing(void)
{
    struct smf_region_request request = {.size = 2048, .alignment = 16, .access = SMF_ACCESS_RW};
    struct smf_region region;
    struct smf_pmp_config config = whole_board();
    config.power_of_two = true;
    start(&config);
    CHECK_STATUS(port->reserve(port->context, &request, 1, &region), SMF_OK);
    memset(region.bytes, 0xEE, request.size);
    port->release(port->context, &region, 1);
    request.size = 600;
    CHECK_STATUS(port->reserve(port->context, &request, 1, &region), SMF_OK);
    for (size_t i = request.size; i < 1024; i++)
        CHECK_EQUAL(region.bytes[i], 0);
    CHECK_EQUAL(region.bytes[1024], 0xEE);
    port->release(port->context, &region, 1);
}

static void running_out_changes_nothing(void)
{
    struct smf_module *module;
    struct smf_pmp_config config = whole_board();
    config.code.size = 64;
    start(&config);
    CHECK_STATUS(load(&module, BYTES(worker)), SMF_ERR_NO_MEMORY);
    CHECK_EQUAL(port->available(port->context, SMF_ACCESS_RX), 64);
    CHECK_EQUAL(pmp.pools[1].block_count + pmp.pools[2].block_count, 0);

    config = whole_board();
    config.record_max = 2; /* the third region finds no record: the first two go back */
    start(&config);
    CHECK_STATUS(load(&module, BYTES(worker)), SMF_ERR_NO_MEMORY);
    CHECK_EQUAL(port->available(port->context, SMF_ACCESS_RW), (size_t)(smf_data_end - smf_data_start));
    pools_are_empty();

    config = whole_board();
    config.power_of_two = true;
    start(&config);
    struct smf_region_request request = {.size = 600, .alignment = 1, .access = SMF_ACCESS_RW};
    struct smf_region region;
    CHECK_STATUS(port->reserve(port->context, &request, 1, &region), SMF_OK);
    CHECK_EQUAL(region.address & 1023, 0);
    port->release(port->context, &region, 1);
    request.size = port->available(port->context, SMF_ACCESS_RW);
    CHECK_STATUS(port->reserve(port->context, &request, 1, &region), SMF_OK);
    CHECK_EQUAL(region.address & (request.size - 1), 0);
    port->release(port->context, &region, 1);
    request.size++;
    CHECK_STATUS(port->reserve(port->context, &request, 1, &region), SMF_ERR_NO_MEMORY);
}

/* What the two forms cost, as smf_measure() says before anything is reserved. */
static void waste_is_measured(void)
{
    struct smf_needs any = {0}, power = {0};
    const struct smf_source source = smf_source_memory(BYTES(worker), SMF_STAYS_FOR_LOAD);
    struct smf_pmp_config config = whole_board();
    start(&config);
    CHECK_STATUS(smf_measure(&loader, &source, &any, &why), SMF_OK);
    config.power_of_two = true;
    start(&config);
    CHECK_STATUS(smf_measure(&loader, &source, &power, &why), SMF_OK);
    CHECK(any.region_waste < 3 * 16);
    CHECK(power.region_waste > any.region_waste);
    CHECK_EQUAL(any.region_bytes - any.region_waste, power.region_bytes - power.region_waste);
    tap_note("3 regions of %u bytes: %u wasted in any size, %u in powers of two",
             (unsigned)(any.region_bytes - any.region_waste), (unsigned)any.region_waste, (unsigned)power.region_waste);
}

static void entries_are_handed_out(void)
{
    struct guest guest;
    struct smf_pmp_entry given[SMF_PMP_MODULE_ENTRIES];
    size_t count = 2;
    const struct smf_pmp_config config = whole_board();
    start(&config);
    CHECK_STATUS(confine(&guest, BYTES(worker)), SMF_OK);
    CHECK_STATUS(smf_pmp_entries(&guest.confined, given, &count), SMF_ERR_NO_SPACE);
    CHECK(count >= 5 && count <= SMF_PMP_MODULE_ENTRIES);
    CHECK_STATUS(smf_pmp_entries(&guest.confined, given, &count), SMF_OK);
    for (size_t i = 0; i < count; i++)
        CHECK((given[i].config & 6) != 6 && (given[i].config & 0x80) == 0); /* never W and X, never locked */
    dismiss(&guest);
}

static void confinement_refuses_bad_stacks(void)
{
    struct guest guest;
    const struct smf_pmp_config config = whole_board();
    start(&config);
    CHECK_STATUS(confine(&guest, BYTES(worker)), SMF_OK);
    struct smf_region stack = guest.stack;
    stack.size = 112;
    CHECK_STATUS(smf_confined_start(&guest.confined, guest.module, &stack, &gates), SMF_ERR_ARGUMENT);
    stack = guest.stack;
    stack.address += 8;
    CHECK_STATUS(smf_confined_start(&guest.confined, guest.module, &stack, &gates), SMF_ERR_ARGUMENT);
    size_t count;
    stack.address = smf_module_regions(guest.module, &count)[0].address; /* the module's own code */
    CHECK_STATUS(smf_confined_start(&guest.confined, guest.module, &stack, &gates), SMF_ERR_ARGUMENT);
    CHECK_EQUAL(must_return(&guest, "add", 1, 1), 2); /* as it was */
    dismiss(&guest);
}

static const struct tap_case cases[] = {
    {"too_few_entries_are_told",       too_few_entries_are_told      },
    {"bad_pools_are_refused",          bad_pools_are_refused         },
    {"delegated_traps_are_refused",    delegated_traps_are_refused   },
    {"padding_tells_nothing",          padding_tells_nothing         },
    {"running_out_changes_nothing",    running_out_changes_nothing   },
    {"waste_is_measured",              waste_is_measured             },
    {"entries_are_handed_out",         entries_are_handed_out        },
    {"confinement_refuses_bad_stacks", confinement_refuses_bad_stacks}
};
TAP_MAIN(cases)
