/* SPDX-License-Identifier: MIT */
/* no_debug.c - in place of debug.c and debug_perf.c where there is neither gdb's interface for Linux nor perf. */
#include "smf/debug.h"

enum smf_status smf_debug_add(struct smf_debug **debug, const struct smf_debug_module *what)
{
    (void)what;
    *debug = NULL;
    return SMF_ERR_UNSUPPORTED;
}

struct smf_debug *smf_debug_find(const struct smf_module *module)
{
    (void)module;
    return NULL;
}

bool smf_debug_has_lines(const struct smf_debug *debug)
{
    (void)debug;
    return false;
}

void smf_debug_remove(struct smf_debug *debug) { (void)debug; }

enum smf_status smf_perf_map_add(const struct smf_debug_module *what, const char *directory)
{
    (void)what;
    (void)directory;
    return SMF_ERR_UNSUPPORTED;
}
