/* SPDX-License-Identifier: MIT */
/* thread_posix.c - threads of POSIX. */
#include <pthread.h>
#include <string.h>

#include "view.h"

_Static_assert(sizeof(pthread_t) <= sizeof(uintptr_t), "a pthread_t fits smf_thread.handle");

static void *run(void *argument)
{
    const struct smf_thread *thread = argument;
    thread->run(thread->argument);
    return NULL;
}

enum smf_status smf_thread_start(struct smf_thread *thread, void (*function)(void *), void *argument)
{
    pthread_t handle;
    *thread = (struct smf_thread){.run = function, .argument = argument};
    if (pthread_create(&handle, NULL, run, thread) != 0)
        return SMF_ERR_LIMIT;
    memcpy(&thread->handle, &handle, sizeof handle);
    thread->started = true;
    return SMF_OK;
}

void smf_thread_join(struct smf_thread *thread)
{
    pthread_t handle;
    if (!thread->started)
        return;
    memcpy(&handle, &thread->handle, sizeof handle);
    pthread_join(handle, NULL);
    thread->started = false;
}
