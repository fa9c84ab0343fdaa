/* SPDX-License-Identifier: MIT */
/*
 * instructions.c - what loading takes, in instructions of the board's processor: the standard workload out of flash,
 * through the board's own port, with names and slots bound to a host of 1,024 exports. Beside it the memcpy of the same
 * bytes. Under the emulator's -icount the numbers are exact and repeat; tools/instructions makes a table of them.
 */
#include <string.h>

#include "bench.h"
#include "board.h"
#include "harness/tap.h"
#include "smf/smf.h"

#define WORKLOAD(file, functions, imports, answer) extern const uint8_t file[], file##_end[];
SMF_TEST_WORKLOADS
#undef WORKLOAD

static const struct workload {
    const uint8_t *file, *end;
    unsigned functions, imports;
    uint32_t answer; /* mod_entry(-1) + mod_entry(3) */
} workloads[] = {
#define WORKLOAD(file, functions, imports, answer) {file, file##_end, functions, imports, answer},
    SMF_TEST_WORKLOADS
#undef WORKLOAD
};

static struct smf_exports host;
static uint32_t buckets[4096];
static uint8_t arena[1 << 16], copy[1 << 16];

/* The counter's own part, taken off. */
static uint64_t since(uint64_t start)
{
    const uint64_t end = board_instructions(), nothing = board_instructions();
    const uint64_t own = board_instructions() - nothing;
    return end - start > own ? end - start - own : 0;
}

static uint64_t copy_all(const struct workload *workload, size_t size)
{
    const uint64_t start = board_instructions();
    memcpy(copy, workload->file, size);
    __asm__ volatile("" : : : "memory");
    return since(start);
}

static uint32_t execute(const struct smf_module *module)
{
    int (*const entry)(int) = (int (*)(int))smf_function(module, "mod_entry");
    CHECK(entry != NULL);
    if (entry == NULL)
        return 0;
    const uint32_t first = (uint32_t)entry(-1);
    return first + (uint32_t)entry(3);
}

static void measure(const struct workload *workload)
{
    const struct smf_config config = {.port = board_port(),
                                      .arena = arena,
                                      .arena_size = sizeof arena,
                                      .resolve = smf_exports_resolve,
                                      .resolve_context = &host};
    const struct smf_source source =
        smf_source_memory(workload->file, (size_t)(workload->end - workload->file), SMF_STAYS_FOR_MODULE);
    struct smf_loader loader;
    struct smf_module *module = NULL;
    struct smf_diagnosis why = {0};
    struct smf_needs needs = {0};
    CHECK_STATUS(smf_loader_start(&loader, &config), SMF_OK);
    CHECK_STATUS(smf_measure(&loader, &source, &needs, &why), SMF_OK);
    size_t size = 0;
    for (uint32_t i = 0; i < needs.region_count; i++)
        size += needs.regions[i].size;
    CHECK(size <= sizeof copy);
    uint64_t start = board_instructions();
    const enum smf_status status = smf_load(&loader, &source, &module, &why);
    const uint64_t load = since(start);
    CHECK_STATUS(status, SMF_OK);
    if (status == SMF_OK) {
        CHECK_EQUAL(execute(module), workload->answer);
        start = board_instructions();
        CHECK_STATUS(smf_unload(&loader, module), SMF_OK);
        const uint64_t unload = since(start);
        CHECK(load > copy_all(workload, size));
        tap_note("workload functions=%u imports=%u bytes=%u load=%lu memcpy=%lu unload=%lu arena=%u",
                 workload->functions, workload->imports, (unsigned)size, (unsigned long)load,
                 (unsigned long)copy_all(workload, size), (unsigned long)unload, (unsigned)needs.arena_kept);
    }
    smf_loader_finish(&loader);
}

static void standard_workload(void)
{
    CHECK(board_port() != NULL);
    if (board_port() == NULL)
        return;
    CHECK_STATUS(smf_exports_index(&host, bench_host, bench_host_count, buckets, sizeof buckets / sizeof buckets[0]),
                 SMF_OK);
    for (size_t i = 0; i < sizeof workloads / sizeof workloads[0]; i++) {
        tap_variant("workload=%u,%u", workloads[i].functions, workloads[i].imports);
        measure(&workloads[i]);
    }
}

static const struct tap_case cases[] = {
    {"standard_workload", standard_workload},
};
TAP_MAIN(cases)
