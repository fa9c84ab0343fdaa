/* SPDX-License-Identifier: MIT */
/* failing.h - callbacks of a system that fail when they are told to, for failing.c and faults.c. One per program. */
#ifndef SMF_TESTS_FAILING_H
#define SMF_TESTS_FAILING_H

#include <string.h>

#include "smf/system.h"

/* What fails, counted from 1; 0: nothing. */
enum { READ, RESOLVE, PROGRESS, OPEN, START, CALLBACKS };
static struct {
    unsigned at[CALLBACKS], seen[CALLBACKS];
    unsigned opened, closed, started, stopped;
} faults;

static inline bool fails(unsigned callback) { return ++faults.seen[callback] == faults.at[callback]; }

static inline enum smf_status resolve(void *context, const struct smf_binding_request *request,
                                      struct smf_binding_answer *answer)
{
    (void)context;
    if (fails(RESOLVE))
        return SMF_ERR_IO;
    if (strcmp(request->name, "host_function") != 0)
        return SMF_ERR_NOT_FOUND;
    answer->address = 0x4000100;
    answer->kind = SMF_KIND_FUNCTION;
    return SMF_OK;
}

static inline int progress(void *context)
{
    (void)context;
    return fails(PROGRESS);
}

static inline enum smf_status start_module(void *context, struct smf_module *module, const struct smf_source *source)
{
    (void)context;
    (void)module;
    (void)source;
    if (fails(START))
        return SMF_ERR_NO_MEMORY;
    faults.started++;
    return SMF_OK;
}

static inline void stop_module(void *context, struct smf_module *module)
{
    (void)context;
    (void)module;
    faults.stopped++;
}

#endif
