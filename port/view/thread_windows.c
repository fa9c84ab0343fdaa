/* SPDX-License-Identifier: MIT */
/* thread_windows.c - threads of Windows, started through the C library, which keeps data for each. */
#include <process.h>
#include <windows.h>

#include "view.h"

static unsigned __stdcall run(void *argument)
{
    const struct smf_thread *thread = argument;
    thread->run(thread->argument);
    return 0;
}

enum smf_status smf_thread_start(struct smf_thread *thread, void (*function)(void *), void *argument)
{
    *thread = (struct smf_thread){.run = function, .argument = argument};
    thread->handle = _beginthreadex(NULL, 0, run, thread, 0, NULL);
    thread->started = thread->handle != 0;
    return thread->started ? SMF_OK : SMF_ERR_LIMIT;
}

void smf_thread_join(struct smf_thread *thread)
{
    if (!thread->started)
        return;
    HANDLE handle = (HANDLE)thread->handle; /* NOLINT */
    WaitForSingleObject(handle, INFINITE);
    CloseHandle(handle);
    thread->started = false;
}
