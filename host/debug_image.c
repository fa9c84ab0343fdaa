/* SPDX-License-Identifier: MIT */
/* debug_image.c - the image of a loaded module, with the addresses of its sections. */
#include <stdlib.h>
#include <string.h>

#include "debug.h"

enum smf_status smf_debug_image_open(struct debug_image *image, const struct smf_debug_module *what)
{
    uint32_t count = 0;
    memset(image, 0, sizeof *image);
    enum smf_status status = smf_image_count_sections(&image->image, what->source, &count, NULL);
    if (status != SMF_OK)
        return status;
    image->sections = calloc((size_t)count + 1, sizeof *image->sections);
    image->addresses = calloc((size_t)count + 1, sizeof *image->addresses);
    if (image->sections == NULL || image->addresses == NULL)
        return SMF_ERR_NO_MEMORY;
    status = smf_image_open(&image->image, what->source, image->sections, count, NULL);
    if (status == SMF_OK)
        smf_debug_sections(what->module, &image->image, image->addresses);
    return status;
}

void smf_debug_image_close(struct debug_image *image)
{
    free(image->sections);
    free(image->addresses);
}
