/* SPDX-License-Identifier: MIT */
/* job.c - a file mapped in a thread of its own. */
#include "view.h"

static void map(void *argument)
{
    struct smf_view_job *job = argument;
    job->status = smf_view_map(&job->view, job->path, job->flags, job->offset, job->size);
    const size_t page = smf_view_page_size();
    for (size_t at = 0; job->status == SMF_OK && at < job->view.size; at += page)
        (void)*(const volatile uint8_t *)(job->view.bytes + at);
}

enum smf_status smf_view_map_start(struct smf_view_job *job)
{
    job->status = SMF_ERR_BUSY;
    return smf_thread_start(&job->thread, map, job);
}

enum smf_status smf_view_map_wait(struct smf_view_job *job)
{
    smf_thread_join(&job->thread);
    return job->status;
}
