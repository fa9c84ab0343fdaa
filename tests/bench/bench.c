/* SPDX-License-Identifier: MIT */
/*
 * bench.c - one part of the benchmark in one process; tools/bench runs all of them and prints the table.
 *
 *     bench load FOLDER FUNCTIONS CHECKSUM   every loader, on FOLDER/module-FUNCTIONS.{smf,so,o}
 *     bench decode FILE WHAT                 LZ4 blocks of a file's bytes, by liblz4 and by smf
 *     bench lookup FOLDER COUNT              every way to look a name up
 *     bench library FOLDER COUNT             opening a library of so many modules, and finding one
 *     bench relocations COUNT                smf alone: time for each relocation
 *     bench infer COUNT DOUBLINGS          types of so many calls, and of a type with 2^DOUBLINGS leaves
 *     bench calls FOLDER                     ways to call a function of another module
 *     bench reload FOLDER FUNCTIONS CHECKSUM loading, replacing and unloading one of several modules
 *     bench resolve MODULES EXPORTS          a name among many modules
 *     bench cache FOLDER FUNCTIONS CHECKSUM FILES   module files that are read once and used many times
 *     bench templates FOLDER SOURCE          making instances of templates, and the other ways; SOURCE: of sort
 *     bench code FOLDER                      what instances run like, beside code that is written by hand
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dynamic.h"
#include "templates.h"

static void load(const char *folder, unsigned long functions, uint32_t expected)
{
    char path[4096];
    bench_floor(folder, functions);
    bench_smf(folder, functions, expected);
    bench_packed(folder, functions, expected);
    snprintf(path, sizeof path, "%s/module-%lu.so", folder, functions);
    dynamic_measure("glibc dlopen", path, folder, functions, expected);
    snprintf(path, sizeof path, "%s/module-%lu-symbolic.so", folder, functions);
    dynamic_measure("glibc dlopen -Bsymbolic", path, folder, functions, expected);
#if SMF_BENCH_TCC
    bench_tcc(folder, functions, expected);
#endif
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "load") == 0)
        load(argv[2], strtoul(argv[3], NULL, 10), (uint32_t)strtoul(argv[4], NULL, 10));
#if SMF_BENCH_LZ4
    else if (argc == 4 && strcmp(argv[1], "decode") == 0)
        bench_decode(argv[2], argv[3]);
#endif
    else if (argc == 4 && strcmp(argv[1], "lookup") == 0)
        bench_lookup(argv[2], strtoul(argv[3], NULL, 10));
    else if (argc == 4 && strcmp(argv[1], "library") == 0)
        bench_library(argv[2], strtoul(argv[3], NULL, 10));
    else if (argc == 3 && strcmp(argv[1], "relocations") == 0)
        bench_relocations(strtoul(argv[2], NULL, 10));
    else if (argc == 4 && strcmp(argv[1], "infer") == 0)
        bench_infer(strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
    else if (argc == 3 && strcmp(argv[1], "calls") == 0)
        bench_calls(argv[2]);
    else if (argc == 5 && strcmp(argv[1], "reload") == 0)
        bench_reload(argv[2], strtoul(argv[3], NULL, 10), (uint32_t)strtoul(argv[4], NULL, 10));
    else if (argc == 4 && strcmp(argv[1], "resolve") == 0)
        bench_resolve(strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
    else if (argc == 6 && strcmp(argv[1], "cache") == 0)
        bench_cache(argv[2], strtoul(argv[3], NULL, 10), (uint32_t)strtoul(argv[4], NULL, 10),
                    strtoul(argv[5], NULL, 10));
    else if (argc == 4 && strcmp(argv[1], "templates") == 0)
        bench_instances(argv[2], argv[3]);
    else if (argc == 3 && strcmp(argv[1], "code") == 0)
        bench_code(argv[2]);
    else
        measure_fail("usage", "load FOLDER FUNCTIONS CHECKSUM | decode FILE WHAT | lookup FOLDER COUNT | library "
                              "FOLDER COUNT | relocations "
                              "COUNT | infer COUNT DOUBLINGS | calls FOLDER | "
                              "reload FOLDER FUNCTIONS CHECKSUM | resolve MODULES EXPORTS | "
                              "cache FOLDER FUNCTIONS CHECKSUM FILES | templates FOLDER SOURCE | code FOLDER");
    return 0;
}
