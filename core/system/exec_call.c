/* SPDX-License-Identifier: MIT */
/* exec_call.c - from an address to a call: only what is executable now is ever called. */
#include "system/record.h"

typedef void (*function)(void); /* what the public prototype spells out */

function smf_exec_function(const struct smf_exec *exec, uintptr_t address)
{
    if (!smf_exec_is_executable(exec, address))
        return NULL;
#if defined(__thumb__)
    address |= 1; /* AAPCS32: bit 0 of a function's address selects Thumb */
#endif
    return (function)address; /* NOLINT */
}

enum smf_status smf_exec_call(const struct smf_exec *exec, uintptr_t address, const int64_t *arguments, size_t count,
                              int64_t *result)
{
    if (count > 2 || (count != 0 && arguments == NULL) || result == NULL)
        return SMF_ERR_ARGUMENT;
    const function called = smf_exec_function(exec, address);
    if (called == NULL)
        return SMF_ERR_PROTECT;
    if (count == 0)
        *result = ((int64_t(*)(void))called)();
    else if (count == 1)
        *result = ((int64_t(*)(int64_t))called)(arguments[0]);
    else
        *result = ((int64_t(*)(int64_t, int64_t))called)(arguments[0], arguments[1]);
    return SMF_OK;
}
