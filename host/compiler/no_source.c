/* SPDX-License-Identifier: MIT */
/* no_source.c - takes the place of source.c where no compiler of C source is in the build. */
#include "source.h"

void source_finish(struct source_compiler *source) { (void)source; }

const struct smf_unit_compiler *source_units(struct smf_compiler_context *context)
{
    (void)context;
    return NULL;
}

void source_ask_for(struct source_compiler *source, const char *name)
{
    (void)source;
    (void)name;
}

bool source_take_answer(struct source_compiler *source)
{
    (void)source;
    return true;
}
