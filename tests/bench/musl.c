/* SPDX-License-Identifier: MIT */
/*
 * musl.c - a program of its own, built by musl-gcc: dlopen of another C library.
 *
 *     musl FOLDER FUNCTIONS CHECKSUM    the same files and copies as the main program's glibc rows
 */
#include <stdio.h>
#include <stdlib.h>

#include "dynamic.h"
#include "measure.h"

int main(int argc, char **argv)
{
    if (argc != 4)
        measure_fail("usage", "musl FOLDER FUNCTIONS CHECKSUM");
    char path[4096];
    const unsigned long functions = strtoul(argv[2], NULL, 10);
    const uint32_t expected = (uint32_t)strtoul(argv[3], NULL, 10);
    snprintf(path, sizeof path, "%s/module-%lu.so", argv[1], functions);
    dynamic_measure("musl dlopen", path, argv[1], functions, expected);
    snprintf(path, sizeof path, "%s/module-%lu-symbolic.so", argv[1], functions);
    dynamic_measure("musl dlopen -Bsymbolic", path, argv[1], functions, expected);
    return 0;
}
