/* SPDX-License-Identifier: MIT */
/*
 * counter.c - a module to be edited while it runs: what lies in a .keep section
 * outlives a reload, everything else begins anew.
 *
 *     smf build -o counter.smf examples/counter.c
 *     smf watch --every 1000 counter.smf count
 *
 * In another terminal: edit, build again, and see the first go on.
 */
#include <stdio.h>

long count(void);

static long calls __attribute__((section(".keep.calls"))); /* smf/module.h calls this SMF_KEEP(calls) */
static long since;

long count(void)
{
    printf("one: call %ld, %ld in this version\n", ++calls, ++since);
    return calls;
}
