/* SPDX-License-Identifier: MIT */
/* no_tcc.c - takes the place of tcc.c where there is no libtcc: it is listed, and refuses. */
#include "compiler.h"
#include "source.h"

static enum smf_status create(const struct smf_compiler *compiler, const struct smf_compiler_options *options,
                              struct smf_compiler_context **context, struct smf_diagnosis *why)
{
    (void)options;
    (void)context;
    return compiler_fail(why, SMF_ERR_UNSUPPORTED, "%s: not in this build", compiler->name);
}

const struct smf_compiler smf_compiler_tcc = {.name = "libtcc",
                                              .backend = SMF_BACKEND_C,
                                              .mode = SMF_MODE_DEBUG,
                                              .create = create,
                                              .infer = compiler_infer,
                                              .instantiate = compiler_instantiate,
                                              .check = compiler_check,
                                              .statistics = compiler_statistics,
                                              .units = source_units,
                                              .destroy = compiler_finish};
