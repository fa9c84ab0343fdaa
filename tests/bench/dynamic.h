/* SPDX-License-Identifier: MIT */
/* dynamic.h - what the C library's own loader takes for the same module; compiled for glibc and for musl. */
#ifndef SMF_BENCH_DYNAMIC_H
#define SMF_BENCH_DYNAMIC_H

#include <stdint.h>

/*
 * dlopen(RTLD_NOW) of `path`, one row. Each run opens a fresh copy in `folder`:
 * musl never closes, and would answer with the module that is already there.
 */
void dynamic_measure(const char *subject, const char *path, const char *folder, unsigned long functions,
                     uint32_t expected);

#endif
