/* SPDX-License-Identifier: MIT */
/* choose.c - which implementation serves a backend and a mode: the rules of smf/provider.h. */
#include "compiler.h"

/* Of two that serve, the first. */
static const struct smf_compiler *const compilers[] = {&smf_compiler_clang, &smf_compiler_gcc, &smf_compiler_tcc,
                                                       &smf_compiler_units};

const struct smf_compiler *smf_compiler_get(size_t index)
{
    return index < sizeof compilers / sizeof compilers[0] ? compilers[index] : NULL;
}

bool smf_compiler_works(const struct smf_compiler *compiler)
{
    const struct smf_compiler_options options = {0};
    struct smf_compiler_context *context;
    if (compiler == NULL || !compiler->present || compiler->create(compiler, &options, &context, NULL) != SMF_OK)
        return false;
    compiler->destroy(context);
    return true;
}

static bool serves(const struct smf_compiler *compiler, enum smf_backend backend, enum smf_provider_mode mode)
{
    if (backend != SMF_BACKEND_AUTO && compiler->backend != (uint8_t)backend)
        return false;
    return mode == SMF_MODE_ANY || compiler->mode == SMF_MODE_ANY || compiler->mode == (uint8_t)mode;
}

static const struct smf_compiler *find(enum smf_backend backend, enum smf_provider_mode mode)
{
    for (size_t i = 0; i < sizeof compilers / sizeof compilers[0]; i++)
        if (serves(compilers[i], backend, mode) && smf_compiler_works(compilers[i]))
            return compilers[i];
    return NULL;
}

enum smf_status smf_compiler_choose(enum smf_backend backend, enum smf_provider_mode mode, bool fixed_backend,
                                    const struct smf_compiler **compiler, struct smf_diagnosis *why)
{
    if (compiler == NULL || (unsigned)mode > SMF_MODE_DEBUG || (unsigned)backend > SMF_BACKEND_BYL)
        return compiler_fail(why, SMF_ERR_ARGUMENT, "no such backend or mode");
    const bool said_nothing = backend == SMF_BACKEND_AUTO && mode == SMF_MODE_ANY;
    if (said_nothing && fixed_backend)
        backend = SMF_BACKEND_LLVM;
    const struct smf_compiler *found = said_nothing && !fixed_backend ? &smf_compiler_units : find(backend, mode);
    if (found == NULL && backend != SMF_BACKEND_AUTO) /* the backend is the demand, the mode a wish */
        found = find(backend, SMF_MODE_ANY);
    if (found == NULL && !fixed_backend && mode != SMF_MODE_ANY)
        found = find(SMF_BACKEND_AUTO, mode);
    if (found == NULL && fixed_backend)
        return compiler_fail(why, SMF_ERR_BACKEND, "%s", smf_backend_name(backend));
    *compiler = found != NULL ? found : &smf_compiler_units;
    return SMF_OK;
}
