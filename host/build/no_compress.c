/* SPDX-License-Identifier: MIT */
/* no_compress.c - in place of compress.c where liblz4 or libzstd is missing: says so. */
#include "compress.h"

bool build_compress(struct build *build, struct smf_writer *writer)
{
    (void)writer;
    return build->options->compression == SMF_COMPRESSION_NONE ||
           build_fail(build, NULL, "this smf was made without liblz4 and libzstd and cannot compress modules");
}
