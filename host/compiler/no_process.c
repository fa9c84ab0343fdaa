/* SPDX-License-Identifier: MIT */
/* no_process.c - takes the place of process.c where nothing turns an object into a unit: they are listed, and refuse. */
#include "compiler.h"
#include "source.h"

static enum smf_status create(const struct smf_compiler *compiler, const struct smf_compiler_options *options,
                              struct smf_compiler_context **context, struct smf_diagnosis *why)
{
    (void)options;
    (void)context;
    return compiler_fail(why, SMF_ERR_UNSUPPORTED, "%s: not in this build", compiler->name);
}

const struct smf_compiler smf_compiler_gcc = {.name = "gcc",
                                              .backend = SMF_BACKEND_C,
                                              .mode = SMF_MODE_RELEASE,
                                              .create = create,
                                              .infer = compiler_infer,
                                              .instantiate = compiler_instantiate,
                                              .check = compiler_check,
                                              .statistics = compiler_statistics,
                                              .units = source_units,
                                              .destroy = compiler_finish};

const struct smf_compiler smf_compiler_clang = {.name = "clang",
                                                .backend = SMF_BACKEND_LLVM,
                                                .mode = SMF_MODE_RELEASE,
                                                .create = create,
                                                .infer = compiler_infer,
                                                .instantiate = compiler_instantiate,
                                                .check = compiler_check,
                                                .statistics = compiler_statistics,
                                                .units = source_units,
                                                .destroy = compiler_finish};
