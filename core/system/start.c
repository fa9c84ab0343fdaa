/* SPDX-License-Identifier: MIT */
/* start.c - the places where a system runs code of modules: starting, stopping, handing state over. */
#include "system/graph.h"

/* x86-64 has two calling conventions, and a module says in its header which one it uses; elsewhere there is one. */
#if defined(__x86_64__)
#define MICROSOFT SMF_MODULE_CALL_MICROSOFT
static bool is_microsoft(const struct smf_version *version) { return version->abi == SMF_ABI_X86_64_MICROSOFT; }
#else
#define MICROSOFT SMF_MODULE_CALL
static bool is_microsoft(const struct smf_version *version) { return (void)version, false; }
#endif

static void call_stop(const struct smf_version *version, uintptr_t hook)
{
    if (is_microsoft(version))
        ((void(MICROSOFT *)(void))hook)();
    else
        ((void(SMF_MODULE_CALL *)(void))hook)();
}

static int call_start(const struct smf_version *version, uintptr_t hook)
{
    return is_microsoft(version) ? ((int(MICROSOFT *)(void))hook)() : ((int(SMF_MODULE_CALL *)(void))hook)();
}

void smf_stop_version(struct smf_system *system, struct smf_version *version)
{
    if (!version->started)
        return;
    version->started = false;
    const uintptr_t hook = smf_name_hook(version, "smf_module_on_stop");
    if (hook != 0)
        call_stop(version, hook);
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
        version->refusal = hook != 0 ? call_start(version, hook) : 0;
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
    return is_microsoft(version) ? ((const void *(MICROSOFT *)(size_t *))function)(size)
                                 : ((const void *(SMF_MODULE_CALL *)(size_t *))function)(size);
}

int smf_call_take(const struct smf_version *version, uintptr_t function, const void *state, size_t size,
                  uint32_t state_version)
{
    return is_microsoft(version)
               ? ((int(MICROSOFT *)(const void *, size_t, uint32_t))function)(state, size, state_version)
               : ((int(SMF_MODULE_CALL *)(const void *, size_t, uint32_t))function)(state, size, state_version);
}
