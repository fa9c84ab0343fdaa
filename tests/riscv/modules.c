/* SPDX-License-Identifier: MIT */
/*
 * modules.c - real modules through loader and port, called in U-mode: what is provoked here is written in C, and
 * regions, entries and gates are those that the port and the loader made.
 */
#include <string.h>

#include "board.h"
#include "harness/tap.h"
#include "riscv_run.h"
#include "smf/hash.h"
#include "smf/load.h"
#include "smf/port_pmp.h"

__asm__(".option arch, +zicsr");

#define STACK_SIZE 1024u
#define BUDGET 3000u
#define REGIONS 40u

#define FILE(name) extern const uint8_t module_##name[], module_##name##_end[]
FILE(worker);
FILE(closed);
FILE(distant);
FILE(distant_pic);
FILE(low);
#define LOAD(module, name) load(module, module_##name, (size_t)(module_##name##_end - module_##name))

/* ---- The firmware ---- */

static struct smf_pmp pmp;
static const struct smf_port *port;
static struct smf_pool_block blocks[3][REGIONS];
static struct smf_pmp_record records[REGIONS];
static struct smf_loader loader;
static uint8_t arena[16384];
static struct smf_diagnosis why;
static uintptr_t logged;
static volatile uint32_t secret = 0x5EC2E7;

static uintptr_t log_number(uintptr_t number)
{
    logged = number;
    return number + 100;
}
static uintptr_t take_four(uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d)
{
    return a + 10 * b + 100 * c + 1000 * d;
}
static uintptr_t closed(uintptr_t value) { return value; }

/* Sorted by name. */
static const struct smf_export entries[] = {
    {"closed",     (uintptr_t)closed,     SMF_KIND_FUNCTION,                       0},
    {"log_number", (uintptr_t)log_number, SMF_KIND_FUNCTION | SMF_EXPORT_CONFINED, 0},
    {"secret",     (uintptr_t)&secret,    SMF_KIND_DATA | SMF_EXPORT_CONFINED,     0},
    {"take_four",  (uintptr_t)take_four,  SMF_KIND_FUNCTION | SMF_EXPORT_CONFINED, 0},
};
static const struct smf_exports exports = {.entries = entries, .count = sizeof entries / sizeof entries[0]};
static struct smf_gates gates = {&exports};

static void start_timer(void *context, uint32_t microseconds)
{
    (void)context;
    board_timer_start(microseconds);
}
static void stop_timer(void *context)
{
    (void)context;
    board_timer_stop();
}
static const struct smf_confined_timer timer = {start_timer, stop_timer, NULL};
static void expire(void) { smf_confined_expire(); }

static struct smf_pmp_config whole_board(void)
{
    return (struct smf_pmp_config){
        .code = {smf_code_start,   (size_t)(smf_code_end - smf_code_start),     blocks[0], REGIONS},
        .rodata = {smf_rodata_start, (size_t)(smf_rodata_end - smf_rodata_start), blocks[1], REGIONS},
        .data = {smf_data_start,   (size_t)(smf_data_end - smf_data_start),     blocks[2], REGIONS},
        .records = records,
        .record_max = REGIONS,
    };
}

static void start_loader(enum smf_status (*resolve)(void *, const struct smf_binding_request *,
                                                    struct smf_binding_answer *),
                         void *context)
{
    const struct smf_config config = {.port = port,
                                      .arena = arena,
                                      .arena_size = sizeof arena,
                                      .resolve = resolve,
                                      .resolve_context = context,
                                      .checks = SMF_CHECK_HASH | SMF_CHECK_NAMES};
    CHECK_STATUS(smf_loader_start(&loader, &config), SMF_OK);
}

static void start(const struct smf_pmp_config *config)
{
    board_timer_handler = expire;
    CHECK_STATUS(smf_pmp_start(&pmp, config, &port, &why), SMF_OK);
    start_loader(smf_gates_resolve, &gates);
}

static enum smf_status load(struct smf_module **module, const uint8_t *bytes, size_t size)
{
    const struct smf_source source = smf_source_memory(bytes, size, SMF_STAYS_FOR_LOAD);
    return smf_load(&loader, &source, module, &why);
}

/* ---- A module that runs confined ---- */

struct guest {
    struct smf_module *module;
    struct smf_confined confined;
    struct smf_region stack;
};

static enum smf_status confine(struct guest *guest, const uint8_t *bytes, size_t size)
{
    const struct smf_region_request request = {.size = STACK_SIZE, .alignment = 16, .access = SMF_ACCESS_RW};
    *guest = (struct guest){
        .confined = {.budget = BUDGET, .timer = &timer}
    };
    enum smf_status status = load(&guest->module, bytes, size);
    if (status == SMF_OK)
        status = port->reserve(port->context, &request, 1, &guest->stack);
    if (status == SMF_OK)
        status = smf_confined_start(&guest->confined, guest->module, &guest->stack, &gates);
    return status;
}

static void dismiss(struct guest *guest)
{
    port->release(port->context, &guest->stack, 1);
    CHECK_STATUS(smf_unload(&loader, guest->module), SMF_OK);
}

static enum smf_status call(struct guest *guest, const char *name, uintptr_t a0, uintptr_t a1, uintptr_t *result,
                            struct smf_fault *fault)
{
    const uintptr_t arguments[] = {a0, a1};
    void (*const function)(void) = smf_function(guest->module, name);
    CHECK(function != NULL);
    *fault = (struct smf_fault){0};
    *result = 0;
    return function == NULL ? SMF_ERR_NOT_FOUND
                            : smf_call_confined(&guest->confined, function, arguments, 2, result, fault);
}

static uintptr_t must_return(struct guest *guest, const char *name, uintptr_t a0, uintptr_t a1)
{
    struct smf_fault fault;
    uintptr_t result;
    CHECK_STATUS(call(guest, name, a0, a1, &result, &fault), SMF_OK);
    return result;
}

static struct smf_fault must_fault(struct guest *guest, const char *name, uintptr_t a0, enum smf_fault_kind kind)
{
    struct smf_fault fault;
    uintptr_t result;
    tap_variant("%s", name);
    CHECK_STATUS(call(guest, name, a0, 0, &result, &fault), SMF_ERR_FAULT);
    CHECK_EQUAL(fault.kind, kind);
    CHECK_EQUAL(must_return(guest, "add", 40, 2), 42);
    CHECK_EQUAL(secret, 0x5EC2E7);
    return fault;
}

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
    const uintptr_t closed_to_all[] = {0x10000000,
                                       0x100000,
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
        CHECK_EQUAL(fault.cause, SMF_RISCV_LOAD_FAULT);
        fault = must_fault(guest, "poke", closed_to_all[i], SMF_FAULT_ACCESS);
        CHECK_EQUAL(fault.cause, SMF_RISCV_STORE_FAULT);
        fault = must_fault(guest, "jump", closed_to_all[i], SMF_FAULT_EXECUTE);
        CHECK_EQUAL(fault.instruction, closed_to_all[i]);
    }
    (void)must_fault(guest, "jump", data, SMF_FAULT_EXECUTE);
    (void)must_fault(guest, "jump", constants, SMF_FAULT_EXECUTE);
    (void)must_fault(guest, "jump", guest->stack.address, SMF_FAULT_EXECUTE);
    (void)must_fault(guest, "recurse", 0, SMF_FAULT_STACK);
    uintptr_t result;
    CHECK_STATUS(call(guest, "hang", 0, 0, &result, &fault), SMF_ERR_TIMEOUT);
    CHECK_EQUAL(fault.kind, SMF_FAULT_TIME);
    CHECK_EQUAL(must_return(guest, "add", 1, 2), 3);
}

static void two_modules(const struct smf_pmp_config *config)
{
    struct guest one, two;
    start(config);
    CHECK_STATUS(confine(&one, module_worker, (size_t)(module_worker_end - module_worker)), SMF_OK);
    CHECK_STATUS(confine(&two, module_worker, (size_t)(module_worker_end - module_worker)), SMF_OK);
    works(&one);
    works(&two);
    attack(&one, &two);
    attack(&two, &one);
    CHECK(must_return(&one, "count", 0, 0) > 7); /* its data stayed, and what the hang added */
    dismiss(&one);
    CHECK_EQUAL(must_return(&two, "ask", 1, 0), 102);
    dismiss(&two);
    smf_loader_finish(&loader);
    for (size_t i = 0; i < 3; i++)
        CHECK_EQUAL(pmp.pools[i].block_count, 0);
}

static void modules_are_confined(void)
{
    const struct smf_pmp_config config = whole_board();
    two_modules(&config);
}

static void modules_are_confined_by_single_entries(void)
{
    struct smf_pmp_config config = whole_board();
    config.power_of_two = true;
    config.entries_max = 6; /* one of them for the guard between data and stack */
    two_modules(&config);

    /* Without a guard an overflow ends below the module's own data, and is an overflow still. */
    struct guest guest;
    config.entries_max = 5;
    start(&config);
    CHECK_STATUS(confine(&guest, module_worker, (size_t)(module_worker_end - module_worker)), SMF_OK);
    works(&guest);
    (void)must_fault(&guest, "recurse", 0, SMF_FAULT_STACK);
    dismiss(&guest);
}

/* All in one pool: regions, stacks and guards lie side by side. */
static void modules_are_confined_in_one_pool(void)
{
    struct smf_pmp_config config = whole_board();
    config.rodata.size = config.data.size = 0;
    two_modules(&config);
    config.power_of_two = true;
    two_modules(&config);
}

/* ---- Many modules, few entries ---- */

static void many_modules_share_the_entries(void)
{
    enum { COUNT = 8 };
    static struct guest guests[COUNT];
    struct smf_pmp_config config = whole_board();
    config.entries_max = 9;
    start(&config);
    for (unsigned i = 0; i < COUNT; i++) {
        tap_variant("%u", i);
        CHECK_STATUS(confine(&guests[i], module_worker, (size_t)(module_worker_end - module_worker)), SMF_OK);
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
    CHECK_STATUS(LOAD(&module, worker), SMF_ERR_LIMIT);
    CHECK_EQUAL(why.value, 3);
    CHECK_EQUAL(why.expected, 2);
    config.power_of_two = false;
    config.entries_max = 8;
    start(&config);
    CHECK_EQUAL(port->regions_max, 2);
    CHECK_STATUS(LOAD(&module, worker), SMF_ERR_LIMIT);
    char line[160];
    smf_diagnosis_format(&why, line, sizeof line);
    tap_note("%s", line);
    for (size_t i = 0; i < 3; i++)
        CHECK_EQUAL(pmp.pools[i].block_count, 0);
}

/* ---- Start refuses what cannot work ---- */

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

/* ---- Running out ---- */

static void running_out_changes_nothing(void)
{
    struct smf_module *module;
    struct smf_pmp_config config = whole_board();
    config.code.size = 64;
    start(&config);
    CHECK_STATUS(LOAD(&module, worker), SMF_ERR_NO_MEMORY);
    CHECK_EQUAL(port->available(port->context, SMF_ACCESS_RX), 64);
    CHECK_EQUAL(pmp.pools[1].block_count + pmp.pools[2].block_count, 0);

    config = whole_board();
    config.record_max = 2; /* the third region finds no record: the first two go back */
    start(&config);
    CHECK_STATUS(LOAD(&module, worker), SMF_ERR_NO_MEMORY);
    CHECK_EQUAL(port->available(port->context, SMF_ACCESS_RW), (size_t)(smf_data_end - smf_data_start));
    for (size_t i = 0; i < 3; i++)
        CHECK_EQUAL(pmp.pools[i].block_count, 0);

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
    const struct smf_source source =
        smf_source_memory(module_worker, (size_t)(module_worker_end - module_worker), SMF_STAYS_FOR_LOAD);
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

/* ---- Slots ---- */

static void sealed_slots_are_stored_directly(void)
{
    struct guest guest;
    const struct smf_pmp_config config = whole_board();
    size_t count;
    start(&config);
    CHECK_STATUS(confine(&guest, module_worker, (size_t)(module_worker_end - module_worker)), SMF_OK);
    const struct smf_region *regions = smf_module_regions(guest.module, &count);
    CHECK_EQUAL(count, 3);
    CHECK_EQUAL(regions[1].access, SMF_ACCESS_RO);
    const uintptr_t log_gate = (uintptr_t)smf_riscv_gates + 1 * SMF_RISCV_GATE_SIZE;
    const uintptr_t four_gate = (uintptr_t)smf_riscv_gates + 3 * SMF_RISCV_GATE_SIZE;
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

/* Instructions of the way in and out, exact under -icount; two of them read the counter. */
static void calls_cost_little(void)
{
    struct guest guest;
    const struct smf_pmp_config config = whole_board();
    struct smf_fault fault;
    uintptr_t result;
    size_t count;
    start(&config);
    CHECK_STATUS(confine(&guest, module_worker, (size_t)(module_worker_end - module_worker)), SMF_OK);
    guest.confined.budget = 0;
    void (*const add)(void) = smf_function(guest.module, "add"), (*const ask)(void) = smf_function(guest.module, "ask");
    const uintptr_t arguments[] = {1, 2};
    uint64_t before = board_instructions();
    CHECK_STATUS(smf_call_confined(&guest.confined, add, arguments, 2, &result, &fault), SMF_OK);
    const uint64_t call = board_instructions() - before - 2;
    before = board_instructions();
    CHECK_STATUS(smf_call_confined(&guest.confined, ask, arguments, 1, &result, &fault), SMF_OK);
    const uint64_t gate = board_instructions() - before - 2 - call;

    const struct smf_region *slots = &smf_module_regions(guest.module, &count)[1];
    struct smf_store stores[SMF_STORES_MAX];
    for (size_t i = 0; i < SMF_STORES_MAX; i++)
        stores[i] = (struct smf_store){0, *(const uintptr_t *)(const void *)slots->bytes};
    before = board_instructions();
    port->store(port->context, slots, stores, SMF_STORES_MAX);
    const uint64_t store = board_instructions() - before - 2;
    tap_note("instructions: %u for a confined call, %u for a gate more, %u for %u stores into sealed slots",
             (unsigned)call, (unsigned)gate, (unsigned)store, SMF_STORES_MAX);
    CHECK(call < 3000);
    CHECK(gate < 1500);
    CHECK(store < 200);
    dismiss(&guest);
}

static void closed_exports_fail_the_load(void)
{
    struct smf_module *module;
    const struct smf_pmp_config config = whole_board();
    start(&config);
    CHECK_STATUS(LOAD(&module, closed), SMF_ERR_NOT_OPEN);
    CHECK_STATUS(LOAD(&module, distant), SMF_ERR_UNRESOLVED);
    CHECK_EQUAL(pmp.pools[0].block_count, 0);
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

/* ---- Addresses ---- */

static void medlow_modules_say_what_they_need(void)
{
    struct smf_module *module;
    const struct smf_pmp_config config = whole_board();
    start(&config);
#if __riscv_xlen == 64
    char line[200];
    CHECK_STATUS(LOAD(&module, low), SMF_ERR_NO_MEMORY);
    smf_diagnosis_format(&why, line, sizeof line);
    tap_note("%s", line);
    CHECK_EQUAL(pmp.pools[0].block_count, 0);
#else
    /* 32 bits reach everything, whatever the model. */
    CHECK_STATUS(LOAD(&module, low), SMF_OK);
    uintptr_t (*const run)(uintptr_t) = (uintptr_t(*)(uintptr_t))smf_function(module, "run");
    CHECK_EQUAL(run(5), 5);
    CHECK_EQUAL(run(6), 11);
    smf_loader_finish(&loader);
#endif
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
 * The firmware lies further from the modules than a JAL reaches (1 MiB); devices at the low end of memory lie
 * nearer than an AUIPC reaches (2 GiB), and the boot ROM at 0x1000 further.
 */
static void distances_are_bridged(void)
{
    enum { ROM = 0x1000, CLINT_COMPARE = 0x02004000 };
    struct distant far = {CLINT_COMPARE, (uintptr_t)near_function};
    struct smf_module *module;
    const struct smf_pmp_config config = whole_board();
    start(&config);
    start_loader(resolve_distant, &far);
    const uintptr_t distance = (uintptr_t)smf_code_start - (uintptr_t)near_function;
    CHECK(distance > 0x100000);
    tap_note("modules lie 0x%lx bytes behind the firmware", (unsigned long)distance);

    /* A call, and data that an AUIPC reaches. */
    CHECK_STATUS(LOAD(&module, distant), SMF_OK);
    CHECK_EQUAL(((uintptr_t(*)(uintptr_t))smf_function(module, "call_function"))(7), 22);
    CHECK_EQUAL(((uintptr_t(*)(void))smf_function(module, "read_word"))(), *(volatile uint32_t *)CLINT_COMPARE);
    CHECK_STATUS(smf_unload(&loader, module), SMF_OK);

    /* Data that it does not: an error without -fPIC, a slot with it. */
    far.word = ROM;
    far.function = ROM;
#if __riscv_xlen == 64
    CHECK_STATUS(LOAD(&module, distant), SMF_ERR_RELOC_RANGE);
    CHECK_TEXT(why.name, "distant_word");
#endif
    CHECK_STATUS(LOAD(&module, distant_pic), SMF_OK);
    const uint32_t word = *(volatile uint32_t *)(uintptr_t)ROM;
    CHECK(word != 0);
    CHECK_EQUAL(((uintptr_t(*)(void))smf_function(module, "read_word"))(), word);
    CHECK_EQUAL(((uintptr_t(*)(void))smf_function(module, "where_function"))(), ROM);
    smf_loader_finish(&loader);
}

/* ---- For an RTOS that switches the entries itself ---- */

static void entries_are_handed_out(void)
{
    struct guest guest;
    struct smf_pmp_entry given[SMF_PMP_MODULE_ENTRIES];
    size_t count = 2;
    const struct smf_pmp_config config = whole_board();
    start(&config);
    CHECK_STATUS(confine(&guest, module_worker, (size_t)(module_worker_end - module_worker)), SMF_OK);
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
    CHECK_STATUS(confine(&guest, module_worker, (size_t)(module_worker_end - module_worker)), SMF_OK);
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
    {"modules_are_confined",                   modules_are_confined                  },
    {"modules_are_confined_by_single_entries", modules_are_confined_by_single_entries},
    {"modules_are_confined_in_one_pool",       modules_are_confined_in_one_pool      },
    {"many_modules_share_the_entries",         many_modules_share_the_entries        },
    {"too_few_entries_are_told",               too_few_entries_are_told              },
    {"bad_pools_are_refused",                  bad_pools_are_refused                 },
    {"delegated_traps_are_refused",            delegated_traps_are_refused           },
    {"running_out_changes_nothing",            running_out_changes_nothing           },
    {"waste_is_measured",                      waste_is_measured                     },
    {"sealed_slots_are_stored_directly",       sealed_slots_are_stored_directly      },
    {"calls_cost_little",                      calls_cost_little                     },
    {"closed_exports_fail_the_load",           closed_exports_fail_the_load          },
    {"gates_resolve_only_what_is_open",        gates_resolve_only_what_is_open       },
    {"medlow_modules_say_what_they_need",      medlow_modules_say_what_they_need     },
    {"distances_are_bridged",                  distances_are_bridged                 },
    {"entries_are_handed_out",                 entries_are_handed_out                },
    {"confinement_refuses_bad_stacks",         confinement_refuses_bad_stacks        }
};
TAP_MAIN(cases)
