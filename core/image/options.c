/* SPDX-License-Identifier: MIT */
/* options.c - the compile-options block of a P128 header: who compiled the module. Asked for by few, so read on request. */
#include "image/view.h"

enum smf_status smf_image_compile_options(struct smf_image *image, struct smf_compile_options *options,
                                          struct smf_diagnosis *why)
{
    take_diagnosis(image, why);
    memset(options, 0, sizeof *options);
    if (image->header.layout != SMF_LAYOUT_P128)
        return SMF_OK;
    image->record = image->header.position; /* proven: 128 bytes from here lie in the source */
    const uint8_t *at = smf_window_at(&image->records, image->record + SMF_P128_OPTIONS, SMF_OPTIONS_SIZE, image->why);
    if (at == NULL)
        return image->why->status;
    const struct smf_compile_options found = {.hash = smf_get64(at + SMF_O_HASH),
                                              .backend = at[SMF_O_BACKEND],
                                              .optimisation = at[SMF_O_OPTIMISATION],
                                              .arch = at[SMF_O_ARCH],
                                              .flags = at[SMF_O_FLAGS]};
    const uint32_t kinds = smf_get32(at + SMF_O_BACKEND), reserved = smf_get32(at + SMF_O_RESERVED);
    SMF_DECODED();
    if (reserved != 0)
        return smf_image_refuse(image, SMF_SAY(HEADER_RESERVED, SMF_P128_OPTIONS + SMF_O_RESERVED), reserved, 0);
    *options = found;
    options->tagged = found.hash != 0 || kinds != 0;
    return SMF_OK;
}
