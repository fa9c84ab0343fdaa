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
