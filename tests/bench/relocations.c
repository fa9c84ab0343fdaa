/* SPDX-License-Identifier: MIT */
/* relocations.c - time against the number of relocations: it has to grow in proportion. */
#include <stdlib.h>

#include "bench.h"

enum { IMPORTS = 256 };

struct scale {
    struct bench_loader bench;
    struct smf_source source;
};

/* Every pointer of the module, added up: shows that each record was applied. */
static uint32_t sum(const struct smf_module *module)
{
    size_t count;
    const struct smf_region *regions = smf_module_regions(module, &count);
    struct smf_found table, end;
    bench_check(smf_find(module, "table", &table), NULL, "table");
    bench_check(smf_find(module, "table_end", &end), NULL, "table_end");
    uint32_t total = 0;
    for (size_t i = 0; i < count; i++)
        if (table.address - regions[i].address < regions[i].size) {
            const uint8_t *bytes = regions[i].bytes + (table.address - regions[i].address);
            for (uint64_t at = 0; at < end.address - table.address; at += sizeof(uintptr_t))
                total += bytes[at] != 0 || bytes[at + 1] != 0 || bytes[at + 2] != 0 || bytes[at + 3] != 0;
        }
    return total;
}

static double run(void *context, uint32_t *checksum)
{
    struct scale *scale = context;
    struct smf_module *module;
    struct smf_diagnosis why;
    const uint64_t start = measure_now();
    const enum smf_status status = smf_load(&scale->bench.loader, &scale->source, &module, &why);
    const uint64_t end = measure_now();
    bench_check(status, &why, "relocations");
    *checksum = sum(module);
    bench_check(smf_unload(&scale->bench.loader, module), NULL, "unload");
    return (double)(end - start);
}

void bench_relocations(unsigned long count)
{
    for (int imported = 0; imported < 2; imported++) {
        struct scale scale;
        const struct bench_file file = bench_module_of_relocations((uint32_t)count, imported ? IMPORTS : 0);
        scale.source = smf_source_memory(file.bytes, file.size, SMF_STAYS_FOR_LOAD);
        bench_loader_start(&scale.bench, BENCH_PLAIN, &scale.source);
        measure_print(&(struct measure_row){"relocations", imported ? "256 imports" : "own data", count, file.size,
                                            count > 100000 ? 11 : 31, (uint32_t)count},
                      run, &scale);
        bench_loader_finish(&scale.bench);
        free(file.bytes);
    }
}
