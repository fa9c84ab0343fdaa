/* SPDX-License-Identifier: MIT */
/*
 * image/codec.h - private to core: what the loader does with compressed sections. It reaches these functions through
 * the codecs of its configuration, so that a firmware without any does not contain them.
 */
#ifndef SMF_IMAGE_CODEC_H
#define SMF_IMAGE_CODEC_H

#include "smf/codec.h"

struct smf_codec_rules {
    /* The codec that the file names, or NULL. From then on compressed sections that are loaded are in image->sections as
     * they will be in memory: `size` is what they hold; what is stored is known to unpack() only. */
    const struct smf_codec *(*choose)(struct smf_image *image, const struct smf_codec *const *codecs);
    /* Decompress a section after that. Code is shown to be machine code only now. */
    enum smf_status (*unpack)(struct smf_image *image, const struct smf_codec *codec, const struct smf_section *section,
                              uint8_t *into);
};

#endif
