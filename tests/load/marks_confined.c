/* SPDX-License-Identifier: MIT */
/* marks_confined.c - of the marked exports (smf/export.h), modules that run unprivileged may call those marked as open. */
#include "board.h"
#include "harness/tap.h"
#include "smf/confined.h"
#include "smf/export.h"

#include "marks.h"

int zebra(int value) { return 3 * value; }
SMF_EXPORT(zebra);
int antelope(int value) { return value + 1000; }
SMF_EXPORT(antelope);
int mark_number = 5;
SMF_EXPORT_DATA(mark_number);
SMF_EXPORT_AS(renamed, zebra, SMF_KIND_FUNCTION);
static volatile int calls;
int mark_open(int value)
{
    calls++;
    return 2 * value;
}
SMF_EXPORT_OPEN(mark_open);

extern const uint8_t marks_module[], marks_module_end[], marks_guest[], marks_guest_end[];

static struct smf_exports table;
static struct smf_gates gates = {&table};
static struct smf_loader loader;

static enum smf_status load(const uint8_t *first, const uint8_t *end, struct smf_module **module)
{
    const struct smf_source source = smf_source_memory(first, (size_t)(end - first), SMF_STAYS_FOR_MODULE);
    return smf_load(&loader, &source, module, NULL);
}

static void start(void)
{
    static uint8_t arena[8192];
    static uint32_t buckets[16];
    const struct smf_config config = {.port = board_port(),
                                      .arena = arena,
                                      .arena_size = sizeof arena,
                                      .resolve = smf_gates_resolve,
                                      .resolve_context = &gates};
    CHECK_STATUS(smf_exports_collect(&table, buckets, 16), SMF_OK);
    CHECK_STATUS(smf_loader_start(&loader, &config), SMF_OK);
}

static void an_open_one_is_called(void)
{
    const struct smf_region_request request = {.size = 8192, .alignment = 8192, .access = SMF_ACCESS_RW};
    const struct smf_port *const port = board_port();
    static struct smf_confined confined;
    struct smf_module *module = NULL;
    struct smf_region stack;
    start();
    CHECK_STATUS(load(marks_guest, marks_guest_end, &module), SMF_OK);
    CHECK_STATUS(port->reserve(port->context, &request, 1, &stack), SMF_OK);
    CHECK_STATUS(smf_confined_start(&confined, module, &stack, &gates), SMF_OK);
    const uintptr_t argument = 21;
    uintptr_t result = 0;
    CHECK_STATUS(smf_call_confined(&confined, smf_function(module, "use_open"), &argument, 1, &result, NULL), SMF_OK);
    CHECK_EQUAL(result, 43);
    CHECK_EQUAL(calls, 1);
    port->release(port->context, &stack, 1);
    smf_loader_finish(&loader);
}

static void closed_ones_do_not_bind(void)
{
    struct smf_module *module = NULL;
    start();
    CHECK_STATUS(load(marks_module, marks_module_end, &module), SMF_ERR_NOT_OPEN);
    CHECK(module == NULL);
    smf_loader_finish(&loader);
}

static const struct tap_case cases[] = {
    {"an_open_one_is_called",   an_open_one_is_called  },
    {"closed_ones_do_not_bind", closed_ones_do_not_bind},
};
TAP_MAIN(cases)
