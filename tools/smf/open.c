/* SPDX-License-Identifier: MIT */
/* open.c - a file as an image, for the verbs that look and do not load. Read by position, or unpacked: it may be anybody's. */
#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int smf_command_open_file(struct smf_file *file, const char *path)
{
    struct smf_diagnosis why;
    if (smf_file_open(file, path) != SMF_OK)
        return smf_command_unreadable(path);
    const enum smf_status status = smf_file_unpack(file, 0, &why);
    if (status == SMF_OK)
        return 0;
    const int error = errno;
    smf_file_close(file);
    errno = error;
    return status == SMF_ERR_IO ? smf_command_unreadable(path) : smf_command_refuse(path, &why);
}

bool smf_command_read(const struct smf_source *source, uint64_t offset, void *into, size_t size)
{
    if (source->bytes == NULL)
        return source->read_at(source->context, offset, into, size) == SMF_OK;
    memcpy(into, (const uint8_t *)source->bytes + offset, size);
    return true;
}

int smf_command_open_image(struct smf_opened *opened, const char *shown)
{
    struct smf_diagnosis why;
    uint32_t count = 0;
    opened->sections = NULL;
    enum smf_status status = smf_image_count_sections(&opened->image, &opened->source, &count, &why);
    if (status == SMF_OK) {
        opened->sections = calloc((size_t)count + 1, sizeof *opened->sections);
        if (opened->sections == NULL)
            return smf_command_fail(shown, "no memory for %lu sections", (unsigned long)count);
        status = smf_image_open(&opened->image, &opened->source, opened->sections, count, &why);
    }
    if (status == SMF_OK)
        return 0;
    smf_command_close_image(opened);
    return smf_command_refuse(shown, &why);
}

void smf_command_close_image(struct smf_opened *opened)
{
    free(opened->sections);
    opened->sections = NULL;
}

int smf_command_open(struct smf_opened *opened, const char *path)
{
    if (smf_command_open_file(&opened->file, path) != 0)
        return 1;
    opened->source = opened->file.source;
    if (smf_command_open_image(opened, path) == 0)
        return 0;
    smf_file_close(&opened->file);
    return 1;
}

void smf_command_close(struct smf_opened *opened)
{
    smf_command_close_image(opened);
    smf_file_close(&opened->file);
}
