/* SPDX-License-Identifier: MIT */
/* start.c - the places where a system runs code of modules: starting, stopping, handing state over. */
#include "system/graph.h"

/*
 * x86-64 has two calling conventions, and a module says in its header which one it uses; elsewhere there is one.
 */
#if defined(__x86_64__)
#define CALL(version, type, function, arguments)                                                                       \
    ((version)->abi == SMF_ABI_X86_64_MICROSOFT ? ((type##_microsoft *)(function))arguments                            \
                                                : ((type *)(function))arguments)
typedef int SMF_MODULE_CALL_MICROSOFT start_function_microsoft(void);
typedef void SMF_MODULE_CALL_MICROSOFT stop_function_microsoft(void);
typedef const void *SMF_MODULE_CALL_MICROSOFT give_function_microsoft(size_t *size);
typedef int SMF_MODULE_CALL_MICROSOFT take_function_microsoft(const void *state, size_t size, uint32_t version);
#else
#define CALL(version, type, function, arguments) ((void)(version), ((type *)(function))arguments)
#endif
typedef int SMF_MODULE_CALL start_function(void);
typedef void SMF_MODULE_CALL stop_function(void);
typedef const void *SMF_MODULE_CALL give_function(size_t *size);
typedef int SMF_MODULE_CALL take_function(const void *state, size_t size, uint32_t version);

void smf_stop_version(struct smf_system *system, struct smf_version *version)
{
    if (!version->started)
        return;
    version->started = false;
    const uintptr_t hook = smf_name_hook(version, "smf_module_on_stop");
    if (hook != 0)
        CALL(version, stop_function, hook, ());
    if (system->config.stop != NULL)
        system->config.stop(system->config.start_context, version->module);
    else
        smf_module_stop(version->module);
}

static enum smf_status run_start(struct smf_system *system, struct smf_version *version)
{
    if (system->config.start != NULL)
        return system->config.start(system->config.start_context, version->module,
                                    version->opened ? &version->source : NULL);
    smf_module_start(version->module);
    return SMF_OK;
}

enum smf_status smf_start_version(struct smf_system *system, struct smf_version *version, struct smf_diagnosis *why)
{
    enum smf_status status = SMF_OK;
    if (version->started)
        return SMF_OK;
    if (version->refusal == 0) /* else it has been stopped, and nothing starts twice */
        status = run_start(system, version);
    if (status == SMF_OK && version->refusal == 0) {
        const uintptr_t hook = smf_name_hook(version, "smf_module_on_start");
        version->started = true;
        version->refusal = hook != 0 ? CALL(version, start_function, hook, ()) : 0;
        if (version->refusal == 0)
            return SMF_OK;
        smf_stop_version(system, version);
    }
    smf_fail_clear(why);
    smf_fail_name(why, version->name, smf_name_ask(version->name).size - 1);
    if (status != SMF_OK)
        return smf_fail(why, SMF_DETAIL_NOT_STARTED, 0, (size_t) - (ptrdiff_t)status, 0);
    return smf_fail(why, SMF_DETAIL_REFUSED_START, 0, (unsigned)version->refusal, 0);
}

const void *smf_call_give(const struct smf_version *version, uintptr_t function, size_t *size)
{
    return CALL(version, give_function, function, (size));
}

int smf_call_take(const struct smf_version *version, uintptr_t function, const void *state, size_t size,
                  uint32_t state_version)
{
    return CALL(version, take_function, function, (state, size, state_version));
}
