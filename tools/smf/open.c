/* SPDX-License-Identifier: MIT */
/* open.c - a file as an image, for the verbs that look and do not load. Read by position: it may be anybody's. */
#include "command.h"

#include <stdlib.h>

int smf_command_open(struct smf_opened *opened, const char *path)
{
    struct smf_diagnosis why;
    uint32_t count = 0;
    opened->sections = NULL;
    if (smf_file_open(&opened->file, path) != SMF_OK)
        return smf_command_unreadable(path);
    enum smf_status status = smf_image_count_sections(&opened->image, &opened->file.source, &count, &why);
    if (status == SMF_OK) {
        opened->sections = calloc((size_t)count + 1, sizeof *opened->sections);
        if (opened->sections == NULL) {
            smf_command_close(opened);
            return smf_command_fail(path, "no memory for %lu sections", (unsigned long)count);
        }
        status = smf_image_open(&opened->image, &opened->file.source, opened->sections, count, &why);
    }
    if (status == SMF_OK)
        return 0;
    smf_command_close(opened);
    return smf_command_refuse(path, &why);
}

void smf_command_close(struct smf_opened *opened)
{
    free(opened->sections);
    smf_file_close(&opened->file);
}
