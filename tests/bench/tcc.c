/* SPDX-License-Identifier: MIT */
/* tcc.c - the same object through libtcc: reading, linking and relocating it in memory. */
#include <libtcc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

struct tcc {
    char path[4096];
};

static void complain(void *context, const char *message)
{
    (void)context;
    fprintf(stderr, "bench: libtcc: %s\n", message);
}

/* Measured are tcc_add_file and tcc_relocate; not the state and the imports, which a program could keep. */
static double run(void *context, uint32_t *checksum)
{
    const struct tcc *tcc = context;
    TCCState *state = tcc_new();
    if (state == NULL)
        measure_fail("libtcc", "no state");
    tcc_set_error_func(state, NULL, complain);
    tcc_set_options(state, "-nostdlib");
    tcc_set_output_type(state, TCC_OUTPUT_MEMORY);
    for (uint32_t i = 0; i < bench_host_count; i++)
        tcc_add_symbol(state, bench_host[i].name,
                       (const void *)bench_host[i].address); /* NOLINT(performance-no-int-to-ptr) */

    const uint64_t start = measure_now();
    const int added = tcc_add_file(state, tcc->path);
    const int relocated = added == 0 ? tcc_relocate(state, TCC_RELOCATE_AUTO) : -1;
    const uint64_t end = measure_now();

    if (relocated != 0)
        measure_fail("libtcc", "cannot load the object");
    void *symbol = tcc_get_symbol(state, "mod_entry");
    int (*entry)(int);
    memcpy(&entry, &symbol, sizeof entry);
    if (symbol == NULL)
        measure_fail("libtcc", "has no mod_entry");
    *checksum = (uint32_t)entry(-1);
    *checksum += (uint32_t)entry(3);
    tcc_delete(state);
    return (double)(end - start);
}

void bench_tcc(const char *folder, unsigned long functions, uint32_t expected)
{
    struct tcc tcc;
    snprintf(tcc.path, sizeof tcc.path, "%s/module-%lu.o", folder, functions);
    measure_print(&(struct measure_row){"load", "libtcc", functions, 0, measure_runs(functions), expected}, run, &tcc);
}

/* ---- A template for one type, from its source ---- */

static double run_template(void *context, uint32_t *checksum)
{
    const char *source = context;
    const uint64_t start = measure_now();
    TCCState *state = tcc_new();
    if (state == NULL)
        measure_fail("libtcc", "no state");
    tcc_set_error_func(state, NULL, complain);
    tcc_set_options(state, "-nostdlib -w");
    tcc_add_include_path(state, BENCH_INCLUDE);
    tcc_set_output_type(state, TCC_OUTPUT_MEMORY);
    tcc_define_symbol(state, "__builtin_memcpy", "memcpy");
    tcc_define_symbol(state, "SMF_NUMBER_HOLE(symbol)", "static inline size_t symbol##_(void) { return 0; }");
    tcc_define_symbol(state, "SMF_SHAPE_T", "i64");
    tcc_add_symbol(state, "memcpy", (const void *)(uintptr_t)memcpy);
    tcc_add_symbol(state, "memmove", (const void *)(uintptr_t)memmove); /* what it makes of assignments of structures */
    const int made = tcc_add_file(state, source) == 0 ? tcc_relocate(state, TCC_RELOCATE_AUTO) : -1;
    void *const symbol = made == 0 ? tcc_get_symbol(state, "sort") : NULL;
    const uint64_t end = measure_now();
    if (symbol == NULL)
        measure_fail("libtcc", "cannot compile the template");
    int64_t items[3] = {3, 1, 2};
    void (*sort)(int64_t *, size_t);
    memcpy(&sort, &symbol, sizeof sort);
    sort(items, 3);
    *checksum = items[0] == 1 && items[1] == 2 && items[2] == 3;
    tcc_delete(state);
    return (double)(end - start);
}

void bench_tcc_template(const char *source)
{
    measure_print(&(struct measure_row){"instance", "libtcc; in this process", 1, 0, 51, 1}, run_template,
                  (void *)(uintptr_t)source);
}
