/* SPDX-License-Identifier: MIT */
/* no_checks.c - what stands for checks.c in a small core: a loader that was told to check more says that it cannot. */
#include "load/load.h"

enum smf_status smf_load_check_file(struct load *load, uint32_t checks)
{
    return smf_load_fail(load, SMF_DETAIL_NO_CHECKS, checks, 0);
}

enum smf_status smf_load_refuse_twice(struct load *load, uint32_t index, const char *name)
{
    (void)index;
    (void)name;
    return smf_load_check_file(load, SMF_CHECK_NAMES);
}
