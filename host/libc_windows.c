/* SPDX-License-Identifier: MIT */
/*
 * libc_windows.c - the C library as a provider on Windows: for System V
 * modules what foreign.c has, for Microsoft ones what the program and the C
 * library's DLL export. Exceptions do not pass through modules here: their
 * frames are described in DWARF, and the unwinder of Windows wants its own tables.
 */
#include <string.h>
#include <windows.h>

#include "host.h"

const void *smf_frames_register(const struct smf_module *module, const struct smf_source *source)
{
    (void)module;
    (void)source;
    return NULL;
}

void smf_frames_unregister(const void *frames) { (void)frames; }

int smf_process_cxa_atexit(void (*function)(void *), void *argument, void *handle)
{
    (void)function;
    (void)argument;
    (void)handle;
    return -1;
}

enum smf_status smf_libc_resolve(void *context, const struct smf_binding_request *request,
                                 struct smf_binding_answer *answer)
{
    (void)context;
    return smf_foreign_resolve(request, answer);
}

static void nothing(void) {}

/* Functions that are the host's own; 0 for any other name. */
static uintptr_t own(const char *name)
{
    if (strcmp(name, "atexit") == 0)
        return (uintptr_t)smf_ending_atexit;
    if (strcmp(name, "__cxa_atexit") == 0)
        return (uintptr_t)smf_ending_cxa_atexit;
    /* What mingw-w64 has beside the DLL: printf as C11 wants it, and the constructors that clang's main asks for. */
    if (strcmp(name, "printf") == 0)
        return (uintptr_t)__mingw_printf;
    if (strcmp(name, "fprintf") == 0)
        return (uintptr_t)__mingw_fprintf;
    if (strcmp(name, "snprintf") == 0)
        return (uintptr_t)__mingw_snprintf;
    return strcmp(name, "__main") == 0 ? (uintptr_t)nothing : 0;
}

/* Code is what lies in memory that can be executed. */
static enum smf_kind kind_of(uintptr_t address)
{
    MEMORY_BASIC_INFORMATION found;
    const DWORD executable = PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;
    const bool asked = VirtualQuery((const void *)address, &found, sizeof found) != 0; /* NOLINT */
    return asked && (found.Protect & executable) != 0 ? SMF_KIND_FUNCTION : SMF_KIND_DATA;
}

enum smf_status smf_libc_resolve_microsoft(void *context, const struct smf_binding_request *request,
                                           struct smf_binding_answer *answer)
{
    HMODULE providers[] = {GetModuleHandleW(NULL), GetModuleHandleW(L"msvcrt.dll"), GetModuleHandleW(L"kernel32.dll")};
    uintptr_t found = own(request->name);
    (void)context;
    for (size_t i = 0; i < sizeof providers / sizeof providers[0] && found == 0; i++)
        found = providers[i] != NULL ? (uintptr_t)GetProcAddress(providers[i], request->name) : 0;
    if (found == 0)
        return SMF_ERR_NOT_FOUND;
    answer->address = found;
    answer->kind = kind_of(found);
    return SMF_OK;
}
