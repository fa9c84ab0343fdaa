/* SPDX-License-Identifier: MIT */
/* guests.c - see guests.h. */
#include "guests.h"

#include "board.h"
#include "harness/tap.h"
#include "mps2.h"
#include "mps2/mps2_start.h"

#define STACK_SIZE 1024u
#define BUDGET 3000u /* microseconds */

struct smf_mpu mpu;
const struct smf_port *port;
struct smf_loader loader;
struct smf_diagnosis why;
uintptr_t logged;
volatile uint32_t secret = SECRET;

static struct smf_pool_block blocks[3][REGIONS];
static struct smf_mpu_record records[REGIONS];
static uint8_t arena[16384];

uintptr_t log_number(uintptr_t number)
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
struct smf_gates gates = {&exports};

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

struct smf_mpu_config whole_board(void)
{
    return (struct smf_mpu_config){
        .code = {smf_code_start,   (size_t)(smf_code_end - smf_code_start),     blocks[0], REGIONS},
        .rodata = {smf_rodata_start, (size_t)(smf_rodata_end - smf_rodata_start), blocks[1], REGIONS},
        .data = {smf_data_start,   (size_t)(smf_data_end - smf_data_start),     blocks[2], REGIONS},
        .records = records,
        .record_max = REGIONS,
        .ram = MPS2_RAM,
        .ram_size = MPS2_RAM_SIZE,
        .other_fault = mps2_unexpected,
    };
}

void start_loader(enum smf_status (*resolve)(void *, const struct smf_binding_request *, struct smf_binding_answer *),
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

void start(const struct smf_mpu_config *config)
{
    board_timer_handler = expire;
    CHECK_STATUS(smf_mpu_start(&mpu, config, &port, &why), SMF_OK);
    start_loader(smf_gates_resolve, &gates);
}

enum smf_status load(struct smf_module **module, const uint8_t *bytes, size_t size)
{
    const struct smf_source source = smf_source_memory(bytes, size, SMF_STAYS_FOR_LOAD);
    return smf_load(&loader, &source, module, &why);
}

void pools_are_empty(void)
{
    for (size_t i = 0; i < 3; i++)
        CHECK_EQUAL(mpu.pools[i].block_count, 0);
}

enum smf_status confine(struct guest *guest, const uint8_t *bytes, size_t size)
{
    const struct smf_region_request request = {.size = STACK_SIZE, .alignment = 32, .access = SMF_ACCESS_RW};
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

void dismiss(struct guest *guest)
{
    port->release(port->context, &guest->stack, 1);
    CHECK_STATUS(smf_unload(&loader, guest->module), SMF_OK);
}

enum smf_status call(struct guest *guest, const char *name, uintptr_t a0, uintptr_t a1, uintptr_t *result,
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

uintptr_t must_return(struct guest *guest, const char *name, uintptr_t a0, uintptr_t a1)
{
    struct smf_fault fault;
    uintptr_t result;
    CHECK_STATUS(call(guest, name, a0, a1, &result, &fault), SMF_OK);
    return result;
}

struct smf_fault must_fault(struct guest *guest, const char *name, uintptr_t a0, enum smf_fault_kind kind)
{
    struct smf_fault fault;
    uintptr_t result;
    tap_variant("%s", name);
    CHECK_STATUS(call(guest, name, a0, 0, &result, &fault), SMF_ERR_FAULT);
    CHECK_EQUAL(fault.kind, kind);
    CHECK_EQUAL(must_return(guest, "add", 40, 2), 42);
    CHECK_EQUAL(secret, SECRET);
    return fault;
}
