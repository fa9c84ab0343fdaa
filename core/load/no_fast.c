/* SPDX-License-Identifier: MIT */
/* no_fast.c - what stands for fast.c in a small core: everything goes through the doors. */
#include "load/load.h"

uint32_t smf_load_fast_records(const struct load *load, uint32_t first, uint32_t count)
{
    (void)load;
    (void)first;
    (void)count;
    return 0;
}

uint32_t smf_load_fast_exports(struct load *load, uint32_t index, uint32_t section)
{
    (void)load;
    (void)section;
    return index;
}
