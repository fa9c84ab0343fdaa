/* SPDX-License-Identifier: MIT */
/*
 * modules.c - real modules through loader and port, called unprivileged: what is provoked here is written in C, and
 * regions, entries and gates are those that the port and the loader made.
 */
#include <string.h>

#include "board.h"
#include "cortexm_run.h"
#include "guests.h"
#include "harness/tap.h"
#include "mps2.h"
#include "smf/hash.h"

static void works(struct guest *guest)
{
    CHECK_EQUAL(must_return(guest, "constant", 3, 0), 7);
    CHECK_EQUAL(must_return(guest, "through", 0, 21), 42);
    CHECK_EQUAL(must_return(guest, "through", 1, 9), 81);
    CHECK_EQUAL(must_return(guest, "count", 0, 0), 6);
    CHECK_EQUAL(must_return(guest, "count", 0, 0), 7);
    CHECK_EQUAL(must_return(guest, "ask", 5, 0), 106);
    CHECK_EQUAL(logged, 5);
    CHECK_EQUAL(must_return(guest, "ask_four", 0, 0), 4321);
}

/* Everything that a module in C can do wrong. */
static void attack(struct guest *guest, const struct guest *other)
{
    const uintptr_t code = must_return(guest, "where_code", 0, 0);
    const uintptr_t constants = must_return(guest, "where_constants", 0, 0);
    const uintptr_t data = must_return(guest, "where_data", 0, 0);
    enum smf_access access;
    CHECK(port->query(port->context, code, &access) == SMF_OK && access == SMF_ACCESS_RX);
    CHECK(port->query(port->context, constants, &access) == SMF_OK && access == SMF_ACCESS_RO);
    CHECK(port->query(port->context, data, &access) == SMF_OK && access == SMF_ACCESS_RW);
    CHECK_EQUAL(must_return(guest, "peek", constants, 0), 2);

    size_t count;
    const struct smf_region *foreign = smf_module_regions(other->module, &count);
    const uintptr_t closed_to_all[] = {MPS2_UART,
                                       (uintptr_t)smf_cortexm_gates_end,
                                       0,
                                       (uintptr_t)&secret,
                                       (uintptr_t)&loader,
                                       (uintptr_t)&guest,
                                       (uintptr_t)log_number & ~(uintptr_t)3,
                                       other->stack.address,
                                       foreign[0].address,
                                       foreign[1].address,
                                       foreign[2].address};
    struct smf_fault fault = must_fault(guest, "poke", code & ~(uintptr_t)3, SMF_FAULT_ACCESS);
    CHECK_EQUAL(fault.address, code & ~(uintptr_t)3);
    fault = must_fault(guest, "poke", constants, SMF_FAULT_ACCESS);
    CHECK_EQUAL(fault.address, constants);
    for (size_t i = 0; i < sizeof closed_to_all / sizeof closed_to_all[0]; i++) {
        fault = must_fault(guest, "peek", closed_to_all[i], SMF_FAULT_ACCESS);
        CHECK_EQUAL(fault.address, closed_to_all[i]);
        CHECK_EQUAL(fault.cause, 0x82);
        fault = must_fault(guest, "poke", closed_to_all[i], SMF_FAULT_ACCESS);
        CHECK_EQUAL(fault.cause, 0x82);
        fault = must_fault(guest, "jump", closed_to_all[i] | 1, SMF_FAULT_EXECUTE);
        CHECK_EQUAL(fault.instruction, closed_to_all[i] & ~(uintptr_t)1);
    }
    (void)must_fault(guest, "jump", data | 1, SMF_FAULT_EXECUTE);
    (void)must_fault(guest, "jump", constants | 1, SMF_FAULT_EXECUTE);
    (void)must_fault(guest, "jump", guest->stack.address | 1, SMF_FAULT_EXECUTE);
    (void)must_fault(guest, "recurse", 0, SMF_FAULT_STACK);
    uintptr_t result;
    CHECK_STATUS(call(guest, "hang", 0, 0, &result, &fault), SMF_ERR_TIMEOUT);
    CHECK_EQUAL(fault.kind, SMF_FAULT_TIME);
    CHECK_EQUAL(must_return(guest, "add", 1, 2), 3);
}

static void two_modules(const struct smf_mpu_config *config)
{
    struct guest one, two;
    start(config);
    CHECK_STATUS(confine(&one, BYTES(worker)), SMF_OK);
    CHECK_STATUS(confine(&two, BYTES(worker)), SMF_OK);
    works(&one);
    works(&two);
    attack(&one, &two);
    attack(&two, &one);
    CHECK(must_return(&one, "count", 0, 0) > 7); /* its data stayed, and what the hang added */
    dismiss(&one);
    CHECK_EQUAL(must_return(&two, "ask", 1, 0), 102);
    dismiss(&two);
    smf_loader_finish(&loader);
    pools_are_empty();
}

static void modules_are_confined(void)
{
    const struct smf_mpu_config config = whole_board();
    two_modules(&config);
}

/* All in one pool: regions, stacks and guards lie side by side. */
static void modules_are_confined_in_one_pool(void)
{
    struct smf_mpu_config config = whole_board();
    config.rodata.size = config.data.size = 0;
    two_modules(&config);
}

static void many_modules_share_the_entries(void)
{
    enum { COUNT = 8 };
    static struct guest guests[COUNT];
    struct smf_mpu_config config = whole_board();
    start(&config);
    for (unsigned i = 0; i < COUNT; i++) {
        tap_variant("%u", i);
        CHECK_STATUS(confine(&guests[i], BYTES(worker)), SMF_OK);
    }
    for (unsigned turn = 0; turn < 3; turn++)
        for (unsigned i = 0; i < COUNT; i++) {
            tap_variant("%u", i);
            CHECK_EQUAL(must_return(&guests[i], "count", 0, 0), 6 + turn);
            const uintptr_t data = must_return(&guests[(i + 1) % COUNT], "where_data", 0, 0);
            (void)must_fault(&guests[i], "poke", data, SMF_FAULT_ACCESS);
        }
    for (unsigned i = 0; i < COUNT; i++)
        dismiss(&guests[i]);
}

static void sealed_slots_take_stores(void)
{
    struct guest guest;
    const struct smf_mpu_config config = whole_board();
    size_t count;
    start(&config);
    CHECK_STATUS(confine(&guest, BYTES(worker)), SMF_OK);
    const struct smf_region *regions = smf_module_regions(guest.module, &count);
    CHECK_EQUAL(count, 3);
    CHECK_EQUAL(regions[1].access, SMF_ACCESS_RO);
    const uintptr_t log_gate = (uintptr_t)smf_cortexm_gates + GATE_LOG * SMF_CORTEXM_GATE_SIZE + 1;
    const uintptr_t four_gate = (uintptr_t)smf_cortexm_gates + GATE_FOUR * SMF_CORTEXM_GATE_SIZE + 1;
    size_t slot = SIZE_MAX;
    for (size_t i = 0; i + sizeof(uintptr_t) <= regions[1].size; i += sizeof(uintptr_t))
        if (memcmp(regions[1].bytes + i, &log_gate, sizeof log_gate) == 0)
            slot = i;
    CHECK(slot != SIZE_MAX);
    if (slot == SIZE_MAX)
        return;
    CHECK_EQUAL(must_return(&guest, "ask", 5, 0), 106);
    const struct smf_store to_four = {slot, four_gate}, back = {slot, log_gate};
    port->store(port->context, &regions[1], &to_four, 1);
    CHECK(must_return(&guest, "ask", 5, 0) != 106);
    (void)must_fault(&guest, "poke", regions[1].address + slot, SMF_FAULT_ACCESS); /* still sealed for the module */
    port->store(port->context, &regions[1], &back, 1);
    CHECK_EQUAL(must_return(&guest, "ask", 5, 0), 106);
    dismiss(&guest);
}

/* Instructions of the way in and out, exact under -icount but for a few that read the counter. */
static void calls_cost_little(void)
{
    struct guest guest;
    const struct smf_mpu_config config = whole_board();
    struct smf_fault fault;
    uintptr_t result;
    size_t count;
    start(&config);
    CHECK_STATUS(confine(&guest, BYTES(worker)), SMF_OK);
    guest.confined.budget = 0;
    void (*const add)(void) = smf_function(guest.module, "add"), (*const ask)(void) = smf_function(guest.module, "ask");
    const uintptr_t arguments[] = {1, 2};
    uint64_t before = board_instructions();
    enum smf_status status = smf_call_confined(&guest.confined, add, arguments, 2, &result, &fault);
    const uint64_t call = board_instructions() - before;
    CHECK_STATUS(status, SMF_OK);
    before = board_instructions();
    status = smf_call_confined(&guest.confined, ask, arguments, 1, &result, &fault);
    const uint64_t gate = board_instructions() - before - call;
    CHECK_STATUS(status, SMF_OK);

    const struct smf_region *slots = &smf_module_regions(guest.module, &count)[1];
    struct smf_store stores[SMF_STORES_MAX];
    for (size_t i = 0; i < SMF_STORES_MAX; i++)
        stores[i] = (struct smf_store){0, *(const uintptr_t *)(const void *)slots->bytes};
    before = board_instructions();
    port->store(port->context, slots, stores, SMF_STORES_MAX);
    const uint64_t store = board_instructions() - before - 2;
    tap_note("instructions: %u for a confined call, %u for a gate more, %u for %u stores into sealed slots",
             (unsigned)call, (unsigned)gate, (unsigned)store, SMF_STORES_MAX);
    CHECK(call < 1400);
    CHECK(gate < 400);
    CHECK(store < 200);
    dismiss(&guest);
}

/* Executed from flash: the module sees its code there, and nothing around it. */
static void code_in_place_is_confined_too(void)
{
    struct guest guest = {.confined = {.budget = 0}};
    const struct smf_mpu_config config = whole_board();
    const struct smf_region_request request = {.size = 1024, .alignment = 16, .access = SMF_ACCESS_RW};
    const struct smf_source source = smf_source_memory(BYTES(pure), SMF_STAYS_FOR_MODULE);
    struct smf_fault fault;
    size_t count;
    start(&config);
    loader.config.in_place = &smf_in_place_required;
    CHECK_STATUS(smf_load(&loader, &source, &guest.module, &why), SMF_OK);
    CHECK_STATUS(port->reserve(port->context, &request, 1, &guest.stack), SMF_OK);
    CHECK_STATUS(smf_confined_start(&guest.confined, guest.module, &guest.stack, &gates), SMF_OK);
    const struct smf_region *code = smf_module_regions(guest.module, &count);
    CHECK_EQUAL(count, 1);
    CHECK(code->bytes >= module_pure && code->bytes < module_pure_end);
    CHECK_EQUAL(must_return(&guest, "add", 40, 2), 42);
    CHECK_EQUAL(must_return(&guest, "poke", guest.stack.address, 7), 7);
    const uintptr_t start_of_code = code->address & ~(uintptr_t)31,
                    end = (code->address + code->size + 31) & ~(uintptr_t)31;
    (void)must_return(&guest, "peek", start_of_code, 0);
    fault = must_fault(&guest, "poke", code->address, SMF_FAULT_ACCESS);
    CHECK_EQUAL(fault.address, code->address);
    (void)must_fault(&guest, "peek", end, SMF_FAULT_ACCESS);
    (void)must_fault(&guest, "peek", start_of_code - 4, SMF_FAULT_ACCESS);
    (void)must_fault(&guest, "jump", ((end + 1023) & ~(uintptr_t)1023) | 1, SMF_FAULT_EXECUTE);
    dismiss(&guest);
    pools_are_empty();
}

static void closed_exports_fail_the_load(void)
{
    struct smf_module *module;
    const struct smf_mpu_config config = whole_board();
    start(&config);
    CHECK_STATUS(load(&module, BYTES(closed)), SMF_ERR_NOT_OPEN);
    CHECK_STATUS(load(&module, BYTES(distant)), SMF_ERR_UNRESOLVED);
    CHECK_EQUAL(mpu.pools[0].block_count, 0);
}

static void gates_resolve_only_what_is_open(void)
{
    static const struct {
        const char *name;
        enum smf_status status;
    } names[] = {
        {"log_number", SMF_OK           },
        {"take_four",  SMF_OK           },
        {"closed",     SMF_ERR_NOT_OPEN },
        {"secret",     SMF_ERR_NOT_OPEN },
        {"nobody",     SMF_ERR_NOT_FOUND},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        tap_variant("%s", names[i].name);
        const struct smf_binding_request request = {
            .name = names[i].name, .length = strlen(names[i].name), .hash = smf_hash_name(names[i].name)};
        struct smf_binding_answer answer = {0};
        CHECK_STATUS(smf_gates_resolve(&gates, &request, &answer), names[i].status);
        CHECK_EQUAL(answer.address != 0, names[i].status == SMF_OK);
    }
}

struct distant {
    uintptr_t word, function;
};

static enum smf_status resolve_distant(void *context, const struct smf_binding_request *request,
                                       struct smf_binding_answer *answer)
{
    const struct distant *distant = context;
    const bool word = strcmp(request->name, "distant_word") == 0;
    *answer = (struct smf_binding_answer){.address = word ? distant->word : distant->function,
                                          .kind = word ? SMF_KIND_DATA : SMF_KIND_FUNCTION};
    return SMF_OK;
}

static uintptr_t near_function(uintptr_t value) { return 3 * value; }

/*
 * The firmware's flash lies half a gigabyte from the modules, 16 MiB is what a BL reaches: calls go both ways all the
 * same, without -mlong-calls. These modules run privileged.
 */
static void distances_are_bridged(void)
{
    static const uint32_t word = 0x1234567;
    struct distant far = {(uintptr_t)&word, (uintptr_t)near_function};
    struct smf_module *module;
    const struct smf_mpu_config config = whole_board();
    start(&config);
    start_loader(resolve_distant, &far);
    const uintptr_t distance = (uintptr_t)smf_code_start - (uintptr_t)near_function;
    CHECK(distance > 0x1000000);
    tap_note("modules lie 0x%lx bytes behind the firmware", (unsigned long)distance);
    CHECK_STATUS(load(&module, BYTES(distant)), SMF_OK);
    CHECK_EQUAL(((uintptr_t(*)(uintptr_t))smf_function(module, "call_function"))(7), 22);
    CHECK_EQUAL(((uintptr_t(*)(void))smf_function(module, "read_word"))(), word);
    CHECK_EQUAL(((uintptr_t(*)(void))smf_function(module, "where_function"))(), (uintptr_t)near_function);
    smf_loader_finish(&loader);
}

static const struct tap_case cases[] = {
    {"modules_are_confined",             modules_are_confined            },
    {"modules_are_confined_in_one_pool", modules_are_confined_in_one_pool},
    {"many_modules_share_the_entries",   many_modules_share_the_entries  },
    {"sealed_slots_take_stores",         sealed_slots_take_stores        },
    {"calls_cost_little",                calls_cost_little               },
    {"code_in_place_is_confined_too",    code_in_place_is_confined_too   },
    {"closed_exports_fail_the_load",     closed_exports_fail_the_load    },
    {"gates_resolve_only_what_is_open",  gates_resolve_only_what_is_open },
    {"distances_are_bridged",            distances_are_bridged           },
};
TAP_MAIN(cases)
